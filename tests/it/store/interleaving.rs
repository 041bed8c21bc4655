//! What happens when settings change between the decision and the read, or the act: the answer is the new
//! one or nothing, and an act that is no longer allowed writes nothing.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use letterlock::domain::{
    audience::Audience,
    profile::{Audiences, Field},
};
use libtest_mimic::Trial;
use serde_json::json;
use tokio::{runtime::Handle, task::block_in_place};

use super::accounts::give_password;
use super::recorded::{Kind, Recorded, kinds};
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::Client,
    trials,
    world::{ADULT, Person, Plan, canary},
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends;
        an_audience_is_tightened,
        an_audience_is_tightened_before_its_owner_sees_it_with_others_eyes,
        an_audience_is_widened,
        an_audience_changes_at_every_look,
        a_value_is_replaced,
        the_owner_blocks,
        the_viewer_blocks,
        the_owner_ends_the_bond,
        the_viewer_ends_the_bond,
        the_owner_turns_out_to_be_a_teen,
        the_owner_turns_out_to_be_a_child,
        a_public_field_is_drawn_in_before_a_visitor,
        a_penpal_list_is_hidden_before_its_page,
        a_penpal_blocks_before_the_page,
        a_penpal_hides_their_list_before_the_page,
        a_member_blocks_before_those_on_a_list_are_read,
        a_block_lands_before_an_ask,
        a_block_lands_before_an_acceptance,
        a_bond_ends_before_it_is_ended,
    )
}

/// An owner with the city at `city`, a viewer, and a penpal of the owner's; the viewer is bonded to both.
struct Scene {
    app: TestApp,
    people: Vec<Person>,
    owner: Client,
    viewer: Client,
    penpal: Client,
}

impl Scene {
    async fn new(app: TestApp, city: Audience, bonds: &[(usize, usize)]) -> Self {
        let audiences = Audiences::all(Audience::Members)
            .with(Field::Email, Audience::OnlyMe)
            .with(Field::City, city);
        let plans = ["Owner", "Viewer", "Penpal"].map(|name| Plan::new(name, ADULT, audiences));
        let people = app.db_world(&plans, bonds, &[]).await;
        let owner = app.db_client(&people[0]).await;
        let viewer = app.db_client(&people[1]).await;
        let penpal = app.db_client(&people[2]).await;
        Self {
            app,
            people,
            owner,
            viewer,
            penpal,
        }
    }

    fn id(&self, place: usize) -> String {
        self.people[place].id.global()
    }

    /// Makes `change`, to its end, just before each of the first `times` statements of which `when` holds.
    fn before<F>(
        &self,
        times: usize,
        when: impl Fn(&Recorded) -> bool + Send + Sync + 'static,
        change: impl Fn(usize) -> F + Send + Sync + 'static,
    ) -> Arc<AtomicUsize>
    where
        F: Future<Output = ()>,
    {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        self.app.recorder.listen(move |statement| {
            if !when(&Recorded::of(statement)) {
                return;
            }
            // What the change itself sends is past the count.
            let nth = counter.fetch_add(1, Ordering::SeqCst);
            if nth < times {
                block_in_place(|| Handle::current().block_on(change(nth)));
            }
        });
        count
    }

    /// The owner's city and display name, as `viewer` is told them while `change` is made before the
    /// content statement.
    async fn read<F>(
        &self,
        viewer: &Client,
        change: impl Fn() -> F + Send + Sync + 'static,
    ) -> (serde_json::Value, serde_json::Value)
    where
        F: Future<Output = ()>,
    {
        let document = "query($id: ID!) { member(id: $id) { displayName profile { city } } }";
        let variables = json!({ "id": self.id(0) });
        let old = viewer.ask(document, variables.clone()).await;
        old.at("/member/displayName")
            .as_str()
            .expect("the owner is seen before the change");
        let happened = self.before(1, |s| s.kind == Kind::Content, move |_| change());
        let reply = viewer.ask(document, variables.clone()).await;
        self.app.recorder.unlisten();
        assert_ne!(
            happened.load(Ordering::SeqCst),
            0,
            "the change was never made"
        );
        let found = reply.at("/member");
        // And what is told afterwards is no less than was told in the midst of it.
        let after = viewer.ask(document, variables).await.at("/member");
        let city = &found["profile"]["city"];
        if after.is_null() {
            assert_eq!(found, json!(null));
        } else {
            assert!(city.is_null() || city == &after["profile"]["city"]);
            assert_eq!(found["displayName"], after["displayName"]);
        }
        (city.clone(), found["displayName"].clone())
    }

    fn city(&self) -> String {
        canary(&self.people[0].name, "city")
    }

    async fn rows(&self, sql: &str) -> i64 {
        self.app.db_sql(sql).await.unwrap()
    }
}

fn accepted(reply: &crate::support::client::Reply) {
    assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
    assert_eq!(reply.user_errors(), Vec::<String>::new(), "{}", reply.text);
}

/// Reads while somebody does something: `during!(scene, viewer, owner, ids => act)`; `ids` are those of the
/// owner, the viewer and the penpal.
macro_rules! during {
    ($scene:expr, $viewer:expr, $actor:ident, $ids:ident => $act:expr) => {{
        let actor = $scene.$actor.clone();
        let ids = [0, 1, 2].map(|place| $scene.id(place));
        $scene
            .read(&$viewer, move || {
                let ($actor, $ids) = (actor.clone(), ids.clone());
                async move {
                    let _ = &$ids;
                    accepted(&$act.await);
                }
            })
            .await
    }};
}

async fn an_audience_is_tightened(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[]).await;
    let found = during!(scene, scene.viewer, owner, ids => owner.set_audience("CITY", "ONLY_ME"));
    assert_eq!(found, (json!(null), json!("Owner")));
}

/// The second look is with the same eyes as the first: with their own, an owner would see the city.
async fn an_audience_is_tightened_before_its_owner_sees_it_with_others_eyes(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[]).await;
    let document = "{ me { viewAs(onlooker: ADULT) { displayName profile { city } } } }";
    let view = async || scene.owner.query(document).await.at("/me/viewAs");
    assert_eq!(view().await["profile"]["city"], scene.city());
    let owner = scene.owner.clone();
    let happened = scene.before(
        1,
        |s| s.kind == Kind::Content,
        move |_| {
            let owner = owner.clone();
            async move { accepted(&owner.set_audience("CITY", "ONLY_ME").await) }
        },
    );
    let seen = view().await;
    scene.app.recorder.unlisten();
    assert_ne!(
        happened.load(Ordering::SeqCst),
        0,
        "the change was never made"
    );
    assert_eq!(
        seen,
        json!({ "displayName": "Owner", "profile": { "city": null } })
    );
}

async fn an_audience_is_widened(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[]).await;
    let found = during!(scene, scene.viewer, owner, ids => owner.set_audience("CITY", "PUBLIC"));
    assert_eq!(found, (json!(scene.city()), json!("Owner")));
    // From nothing: the decision was made before, and its field stays out of the read.
    accepted(&scene.owner.set_audience("CITY", "ONLY_ME").await);
    let found = during!(scene, scene.viewer, owner, ids => owner.set_audience("CITY", "MEMBERS"));
    assert!(found.0.is_null() || found.0 == json!(scene.city()));
}

async fn an_audience_changes_at_every_look(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[]).await;
    let owner = scene.owner.clone();
    let looks = scene.before(
        9,
        |s| s.kind == Kind::Content,
        move |nth| {
            let owner = owner.clone();
            async move {
                let audience = if nth % 2 == 0 { "PUBLIC" } else { "MEMBERS" };
                accepted(&owner.set_audience("CITY", audience).await);
            }
        },
    );
    let document = "query($id: ID!) { member(id: $id) { id profile { city } } }";
    let reply = scene
        .viewer
        .ask(document, json!({ "id": scene.id(0) }))
        .await;
    // Decided twice and never a third time; what cannot be had is nothing, and no error.
    assert_eq!(looks.load(Ordering::SeqCst), 2);
    assert_eq!(reply.at("/member/profile/city"), json!(null));
    assert_eq!(reply.at("/member/id"), json!(scene.id(0)));
}

async fn a_value_is_replaced(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[]).await;
    let update = "mutation { updateProfile(input: {city: \"Lagos\"}) { userErrors { code } } }";
    let found = during!(scene, scene.viewer, owner, ids => owner.query(update));
    assert_eq!(found, (json!("Lagos"), json!("Owner")));
}

async fn the_owner_blocks(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[]).await;
    let found = during!(scene, scene.viewer, owner, ids => owner.block(&ids[1]));
    assert_eq!(found, (json!(null), json!(null)));
}

async fn the_viewer_blocks(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[]).await;
    let found = during!(scene, scene.viewer, viewer, ids => viewer.block(&ids[0]));
    assert_eq!(found, (json!(null), json!(null)));
}

async fn the_owner_ends_the_bond(app: TestApp) {
    let scene = Scene::new(app, Audience::Penpals, &[(0, 1)]).await;
    let found = during!(scene, scene.viewer, owner, ids => owner.act("endPenpal", &ids[1]));
    assert_eq!(found, (json!(null), json!("Owner")));
}

async fn the_viewer_ends_the_bond(app: TestApp) {
    let scene = Scene::new(app, Audience::Penpals, &[(0, 1)]).await;
    let found = during!(scene, scene.viewer, viewer, ids => viewer.act("endPenpal", &ids[0]));
    assert_eq!(found, (json!(null), json!("Owner")));
}

async fn the_owner_turns_out_to_be_a_teen(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[]).await;
    give_password(&scene.app, &scene.people[0]).await;
    let correct =
        "mutation { correctBirthDate(input: {birthDate: \"2010-03-04\"}) { userErrors { code } } }";
    let owner = scene.owner.clone();
    let found = scene
        .read(&scene.viewer, move || {
            let owner = owner.clone();
            // Staff has to look at it; until then the owner is in doubt and exists for nobody else.
            async move { drop(owner.query(correct).await) }
        })
        .await;
    assert_eq!(found, (json!(null), json!(null)));
    let in_doubt = "SELECT count(*) AS n FROM standings WHERE standing = 2";
    assert_eq!(scene.rows(in_doubt).await, 1);
}

async fn the_owner_turns_out_to_be_a_child(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[(0, 1)]).await;
    give_password(&scene.app, &scene.people[0]).await;
    let correct =
        "mutation { correctBirthDate(input: {birthDate: \"2016-03-04\"}) { userErrors { code } } }";
    let owner = scene.owner.clone();
    let found = scene
        .read(&scene.viewer, move || {
            let owner = owner.clone();
            // Which answer a child gets is a story; here it is that the account is frozen.
            async move { drop(owner.query(correct).await) }
        })
        .await;
    assert_eq!(found, (json!(null), json!(null)));
    assert_eq!(
        scene
            .rows("SELECT count(*) AS n FROM standings WHERE standing = 1")
            .await,
        1
    );
}

async fn a_public_field_is_drawn_in_before_a_visitor(app: TestApp) {
    let scene = Scene::new(app, Audience::Public, &[]).await;
    let visitor = scene.app.visitor();
    let found = during!(scene, visitor, owner, ids => owner.set_audience("CITY", "MEMBERS"));
    // Nothing is public any more, so that the owner does not exist for a visitor.
    assert_eq!(found, (json!(null), json!(null)));
}

const PENPALS: &str = "query($id: ID!) { member(id: $id) { penpals(first: 9) {
    totalCount edges { node { displayName profile { city } } } } } }";

/// What the viewer is told of the owner's penpals while `change` is made before the page.
async fn page_during<F>(
    scene: &Scene,
    change: impl Fn() -> F + Send + Sync + 'static,
) -> serde_json::Value
where
    F: Future<Output = ()>,
{
    let variables = json!({ "id": scene.id(0) });
    let old = scene
        .viewer
        .ask(PENPALS, variables.clone())
        .await
        .at("/member/penpals");
    assert_eq!(
        (old["edges"].as_array().unwrap().len(), &old["totalCount"]),
        (2, &json!(2))
    );
    let happened = scene.before(1, |s| s.kind == Kind::Page, move |_| change());
    let reply = scene.viewer.ask(PENPALS, variables.clone()).await;
    scene.app.recorder.unlisten();
    assert_ne!(
        happened.load(Ordering::SeqCst),
        0,
        "the change was never made"
    );
    let after = scene
        .viewer
        .ask(PENPALS, variables)
        .await
        .at("/member/penpals");
    assert_eq!(reply.at("/member/penpals"), after);
    after
}

async fn a_penpal_list_is_hidden_before_its_page(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[(0, 1), (0, 2)]).await;
    let owner = scene.owner.clone();
    let page = page_during(&scene, move || {
        let owner = owner.clone();
        async move { accepted(&owner.set_audience("PENPALS", "ONLY_ME").await) }
    })
    .await;
    assert_eq!(page, json!({ "totalCount": 0, "edges": [] }));
}

async fn a_penpal_blocks_before_the_page(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[(0, 1), (0, 2)]).await;
    let (penpal, viewer) = (scene.penpal.clone(), scene.id(1));
    let page = page_during(&scene, move || {
        let (penpal, viewer) = (penpal.clone(), viewer.clone());
        async move { accepted(&penpal.block(&viewer).await) }
    })
    .await;
    assert_eq!(page["totalCount"], 1);
    assert_eq!(page["edges"][0]["node"]["displayName"], "Viewer");
}

async fn a_penpal_hides_their_list_before_the_page(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[(0, 1), (0, 2)]).await;
    let penpal = scene.penpal.clone();
    let page = page_during(&scene, move || {
        let penpal = penpal.clone();
        async move { accepted(&penpal.set_audience("PENPALS", "ONLY_ME").await) }
    })
    .await;
    assert_eq!(page["totalCount"], 1);
    assert_eq!(page["edges"][0]["node"]["displayName"], "Viewer");
}

async fn a_member_blocks_before_those_on_a_list_are_read(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[]).await;
    let (owner, viewer) = (scene.owner.clone(), scene.id(1));
    let happened = scene.before(
        1,
        |s| s.kind == Kind::Content,
        move |_| {
            let (owner, viewer) = (owner.clone(), viewer.clone());
            async move { accepted(&owner.block(&viewer).await) }
        },
    );
    let reply = scene
        .viewer
        .query("{ members(first: 9) { edges { node { id displayName profile { city } } } } }")
        .await;
    assert_ne!(happened.load(Ordering::SeqCst), 0);
    assert_eq!(reply.at("/members/edges").as_array().unwrap().len(), 2);
    assert!(
        !reply.text.contains(&scene.id(0)) && !reply.text.contains("Owner"),
        "{}",
        reply.text
    );
    assert!(kinds(&scene.app).contains(&Kind::List));
}

fn begins(statement: &Recorded) -> bool {
    statement.sql.starts_with("BEGIN")
}

async fn a_block_lands_before_an_ask(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[]).await;
    let (owner, viewer) = (scene.owner.clone(), scene.id(1));
    let happened = scene.before(1, begins, move |_| {
        let (owner, viewer) = (owner.clone(), viewer.clone());
        async move { accepted(&owner.block(&viewer).await) }
    });
    let reply = scene.viewer.act("askPenpal", &scene.id(0)).await;
    assert_ne!(happened.load(Ordering::SeqCst), 0);
    assert_eq!(reply.user_errors(), ["NOT_FOUND"], "{}", reply.text);
    assert_eq!(reply.at("/askPenpal/member"), json!(null));
    assert_eq!(
        scene.rows("SELECT count(*) AS n FROM bond_requests").await,
        0
    );
    assert_eq!(scene.rows("SELECT count(*) AS n FROM bonds").await, 0);
}

async fn a_block_lands_before_an_acceptance(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[]).await;
    accepted(&scene.owner.act("askPenpal", &scene.id(1)).await);
    let (owner, viewer) = (scene.owner.clone(), scene.id(1));
    let happened = scene.before(1, begins, move |_| {
        let (owner, viewer) = (owner.clone(), viewer.clone());
        async move { accepted(&owner.block(&viewer).await) }
    });
    let reply = scene.viewer.act("acceptPenpal", &scene.id(0)).await;
    assert_ne!(happened.load(Ordering::SeqCst), 0);
    assert_eq!(reply.user_errors(), ["NOT_FOUND"], "{}", reply.text);
    assert_eq!(scene.rows("SELECT count(*) AS n FROM bonds").await, 0);
    assert_eq!(
        scene.rows("SELECT count(*) AS n FROM bond_requests").await,
        0
    );
}

async fn a_bond_ends_before_it_is_ended(app: TestApp) {
    let scene = Scene::new(app, Audience::Members, &[(0, 1)]).await;
    let (owner, viewer) = (scene.owner.clone(), scene.id(1));
    let happened = scene.before(1, begins, move |_| {
        let (owner, viewer) = (owner.clone(), viewer.clone());
        async move { accepted(&owner.act("endPenpal", &viewer).await) }
    });
    let reply = scene.viewer.act("endPenpal", &scene.id(0)).await;
    assert_ne!(happened.load(Ordering::SeqCst), 0);
    assert_eq!(reply.user_errors(), ["NOT_POSSIBLE"], "{}", reply.text);
    assert_eq!(scene.rows("SELECT count(*) AS n FROM bonds").await, 0);
}
