//! `privacy_version` rises with everything that a decision looks at, on the sides that it is about, and
//! with nothing else.

use letterlock::domain::audience::Audience;
use libtest_mimic::Trial;
use serde_json::json;

use super::{accounts::give_password, concurrency::version};
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, Reply},
    trials,
    world::{Person, Plan},
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends;
        what_is_between_two_raises_both_sides,
        what_is_ones_own_raises_ones_own_side,
        what_a_decision_does_not_look_at_raises_nothing,
    )
}

struct Three {
    app: TestApp,
    people: Vec<Person>,
    ana: Client,
    ben: Client,
}

impl Three {
    async fn new(app: TestApp) -> Self {
        let plans = ["Ana", "Ben", "Cleo"].map(|name| Plan::adult(name, Audience::Members));
        let people = app.db_world(&plans, &[], &[]).await;
        let ana = app.db_client(&people[0]).await;
        let ben = app.db_client(&people[1]).await;
        Self {
            app,
            people,
            ana,
            ben,
        }
    }

    async fn versions(&self) -> [i64; 3] {
        let mut versions = [0; 3];
        for (version_of, person) in versions.iter_mut().zip(&self.people) {
            *version_of = version(&self.app, person).await;
        }
        versions
    }

    /// Does something, and looks which of Ana's, Ben's and Cleo's versions rose by it.
    async fn raised(&self, doing: impl Future<Output = Reply>) -> [bool; 3] {
        let before = self.versions().await;
        let reply = doing.await;
        assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
        let after = self.versions().await;
        [0, 1, 2].map(|nth| {
            assert!(after[nth] >= before[nth], "a version fell");
            after[nth] > before[nth]
        })
    }
}

const BOTH: [bool; 3] = [true, true, false];
const ANA: [bool; 3] = [true, false, false];
const NOBODY: [bool; 3] = [false; 3];

async fn what_is_between_two_raises_both_sides(app: TestApp) {
    let three = Three::new(app).await;
    let (ana, ben) = (three.people[0].id.global(), three.people[1].id.global());
    let clean =
        |reply: &Reply| assert_eq!(reply.user_errors(), Vec::<String>::new(), "{}", reply.text);
    let steps: [(&Client, &str, &str); 9] = [
        (&three.ana, "askPenpal", &ben),
        (&three.ana, "withdrawPenpal", &ben),
        (&three.ana, "askPenpal", &ben),
        (&three.ben, "declinePenpal", &ana),
        (&three.ana, "withdrawPenpal", &ben),
        (&three.ben, "askPenpal", &ana),
        (&three.ana, "acceptPenpal", &ben),
        (&three.ben, "endPenpal", &ana),
        (&three.ana, "askPenpal", &ben),
    ];
    for (client, act, other) in steps {
        let doing = async {
            let reply = client.act(act, other).await;
            clean(&reply);
            reply
        };
        assert_eq!(three.raised(doing).await, BOTH, "{act}");
    }
    // Asking who has asked accepts.
    assert_eq!(three.raised(three.ben.act("askPenpal", &ana)).await, BOTH);
    let block = three.ana.block(&ben);
    let mut entry = json!(null);
    let raised = three
        .raised(async {
            let reply = block.await;
            clean(&reply);
            entry = reply.at("/block/block/id");
            reply
        })
        .await;
    assert_eq!(raised, BOTH, "block");
    let unblock = "mutation($id: ID!) { unblock(input: {block: $id}) { userErrors { code } } }";
    assert_eq!(
        three
            .raised(three.ana.ask(unblock, json!({ "id": entry })))
            .await,
        BOTH,
        "unblock"
    );
    let by_handle =
        "mutation($handle: String!) { block(input: {handle: $handle}) { userErrors { code } } }";
    let handle = &three.people[1].handle;
    let blocking = three.ana.ask(by_handle, json!({ "handle": handle }));
    assert_eq!(three.raised(blocking).await, BOTH, "block by handle");
    let blocking = three
        .ana
        .ask(by_handle, json!({ "handle": "somebody-234567" }));
    assert_eq!(three.raised(blocking).await, ANA, "block of nobody");
}

async fn what_is_ones_own_raises_ones_own_side(app: TestApp) {
    let three = Three::new(app).await;
    for (field, audience) in [
        ("CITY", "PENPALS"),
        ("PENPALS", "ONLY_ME"),
        ("LAST_SEEN", "PUBLIC"),
    ] {
        let raised = three.raised(three.ana.set_audience(field, audience)).await;
        assert_eq!(raised, ANA, "{field}");
    }
    give_password(&three.app, &three.people[0]).await;
    let correct = |date: &str| {
        let document = "mutation($date: Date!) { correctBirthDate(input: {birthDate: $date}) { userErrors { code } } }";
        three.ana.ask(document, json!({ "date": date }))
    };
    for (what, date) in [
        ("within adults", "1991-05-06"),
        ("to a teen's", "2010-05-06"),
    ] {
        assert_eq!(three.raised(correct(date)).await, ANA, "{what}");
    }
    // A date that would open a door waits for staff, and nothing is decided differently until then.
    assert_eq!(three.raised(correct("1990-05-06")).await, NOBODY, "upwards");
    let before = three.versions().await;
    correct("2016-05-06").await;
    let after = three.versions().await;
    assert!(after[0] > before[0], "frozen");
    assert_eq!(after[1..], before[1..]);
}

async fn what_a_decision_does_not_look_at_raises_nothing(app: TestApp) {
    let three = Three::new(app).await;
    let update = "mutation { updateProfile(input: {city: \"Lagos\", displayName: \"Anna\"}) { userErrors { code } } }";
    assert_eq!(three.raised(three.ana.query(update)).await, NOBODY);
    let read = "{ me { member { profile { city } } } members(first: 9) { edges { node { displayName } } } }";
    assert_eq!(three.raised(three.ana.query(read)).await, NOBODY);
    let nobody = letterlock::domain::id::MemberId::from_key(77).global();
    assert_eq!(
        three.raised(three.ana.act("askPenpal", &nobody)).await,
        NOBODY
    );
    let ben = three.people[1].id.global();
    assert_eq!(
        three.raised(three.ana.act("acceptPenpal", &ben)).await,
        NOBODY,
        "nothing was asked"
    );
}
