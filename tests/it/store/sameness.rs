//! What is hidden and what never was take the same statements, so that neither the answer nor the work
//! behind it tells them apart.

use letterlock::domain::{audience::Audience, id::MemberId};
use libtest_mimic::Trial;
use serde_json::json;

use super::recorded::{Kind, kinds, texts};
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, PASSWORD, Reply},
    trials,
    world::{Person, Plan},
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends;
        reading_somebody_hidden_takes_what_reading_nobody_takes,
        acting_on_somebody_hidden_takes_what_acting_on_nobody_takes,
        blocking_by_handle_takes_the_same_for_anybody_and_nobody,
        blocking_again_tells_not_that_the_blocked_is_gone,
        signing_in_takes_the_same_for_a_wrong_password_and_an_unknown_address,
        signing_in_takes_the_same_on_a_marked_device,
    )
}

/// A viewer, and those who do not exist for the viewer: blocked by the viewer, having blocked the viewer,
/// a teen, somebody frozen, a child, somebody of unknown age.
async fn hidden(app: &TestApp) -> (Client, Vec<Person>) {
    let adult = |name| Plan::adult(name, Audience::Members);
    let plans = [
        adult("Viewer"),
        adult("Blocked"),
        adult("Blocker"),
        Plan::teen("Teen", Audience::Members),
        adult("Frozen"),
        adult("Child"),
        adult("Unknown"),
    ];
    let people = app.db_world(&plans, &[], &[(0, 1), (2, 0)]).await;
    for (nth, state) in [
        (4, "standing = 1"),
        (5, "turns_13_on = 20290101, turns_18_on = 20340101"),
        (6, "turns_13_on = NULL, turns_18_on = NULL"),
    ] {
        let id = people[nth].id.key();
        app.db_sql(&format!(
            "UPDATE standings SET {state} WHERE member_id = {id}"
        ))
        .await;
    }
    (app.db_client(&people[0]).await, people[1..].to_vec())
}

/// The answer and the statements behind it.
async fn taken(app: &TestApp, asking: impl Future<Output = Reply>) -> (Reply, Vec<String>) {
    app.recorder.clear();
    let reply = asking.await;
    (reply, texts(app))
}

async fn reading_somebody_hidden_takes_what_reading_nobody_takes(app: TestApp) {
    let (client, people) = hidden(&app).await;
    let nobody = MemberId::from_key(1_234_567_890).global();
    for client in [client, app.visitor()] {
        for document in [
            "query($id: ID!) { member(id: $id) { displayName profile { city } penpals(first: 3) { totalCount } } }",
            "query($id: ID!) { node(id: $id) { id ... on Member { displayName profile { city } } } }",
            "query($id: ID!) { nodes(ids: [$id]) { id ... on Member { handle profile { email } } } }",
        ] {
            let (answer, statements) =
                taken(&app, client.ask(document, json!({ "id": nobody }))).await;
            assert!(statements.len() <= 2, "{statements:#?}");
            assert!(kinds(&app).contains(&Kind::Facts));
            for person in &people {
                let variables = json!({ "id": person.id.global() });
                let (reply, took) = taken(&app, client.ask(document, variables)).await;
                assert_eq!(reply.text, answer.text, "{}", person.name);
                assert_eq!(took, statements, "{}", person.name);
            }
        }
        let document =
            "query($handle: String!) { memberByHandle(handle: $handle) { displayName } }";
        let (answer, statements) = taken(
            &app,
            client.ask(document, json!({ "handle": "somebody-234567" })),
        )
        .await;
        for person in &people {
            let variables = json!({ "handle": person.handle });
            let (reply, took) = taken(&app, client.ask(document, variables)).await;
            assert_eq!(reply.text, answer.text, "{}", person.name);
            assert_eq!(took, statements, "{}", person.name);
        }
        assert!(kinds(&app).contains(&Kind::Holder));
        let document = "query($email: String!) { memberByEmail(email: $email) { displayName } }";
        let by_email = |email: String| client.ask(document, json!({ "email": email }));
        let (answer, statements) = taken(&app, by_email("nobody@example.org".to_owned())).await;
        for person in &people {
            let email = format!("{}@example.org", person.name.to_lowercase());
            let (reply, took) = taken(&app, by_email(email)).await;
            assert_eq!(reply.text, answer.text, "{}", person.name);
            assert_eq!(took, statements, "{}", person.name);
        }
    }
}

async fn acting_on_somebody_hidden_takes_what_acting_on_nobody_takes(app: TestApp) {
    let (client, people) = hidden(&app).await;
    let nobody = MemberId::from_key(1_234_567_890).global();
    for act in [
        "askPenpal",
        "acceptPenpal",
        "declinePenpal",
        "withdrawPenpal",
        "endPenpal",
    ] {
        let (answer, statements) = taken(&app, client.act(act, &nobody)).await;
        assert_eq!(answer.user_errors(), ["NOT_FOUND"]);
        for person in &people {
            let (reply, took) = taken(&app, client.act(act, &person.id.global())).await;
            assert_eq!(reply.text, answer.text, "{act} {}", person.name);
            assert_eq!(took, statements, "{act} {}", person.name);
        }
    }
    let (answer, statements) = taken(&app, client.block(&nobody)).await;
    for person in &people {
        let (reply, took) = taken(&app, client.block(&person.id.global())).await;
        assert_eq!(reply.text, answer.text, "block {}", person.name);
        assert_eq!(took, statements, "block {}", person.name);
    }
}

async fn blocking_by_handle_takes_the_same_for_anybody_and_nobody(app: TestApp) {
    let (client, people) = hidden(&app).await;
    let document = "mutation($handle: String!) { block(input: {handle: $handle}) {
        block { handle blockedAt } userErrors { code } } }";
    let block = |handle: &str| client.ask(document, json!({ "handle": handle }));
    let nobody = "somebody-234567";
    let (answer, statements) = taken(&app, block(nobody)).await;
    assert_eq!(answer.at("/block/block/handle"), nobody);
    // But for the first, whom the viewer has blocked already and whose entry stays as it is.
    for person in &people[1..] {
        let (reply, took) = taken(&app, block(&person.handle)).await;
        assert_eq!(
            reply.text.replace(&person.handle, nobody),
            answer.text,
            "{}",
            person.name
        );
        assert_eq!(took, statements, "{}", person.name);
    }
}

async fn blocking_again_tells_not_that_the_blocked_is_gone(app: TestApp) {
    let adult = |name| Plan::adult(name, Audience::Members);
    let plans = [adult("Viewer"), adult("Here"), adult("Gone")];
    let people = app.db_world(&plans, &[], &[(0, 1), (0, 2)]).await;
    let gone = people[2].id.key();
    app.db_sql(&format!("DELETE FROM members WHERE id = {gone}"))
        .await;
    let client = app.db_client(&people[0]).await;
    let mut all = Vec::new();
    for person in &people[1..] {
        let document = format!(
            "mutation {{ block(input: {{handle: \"{}\"}}) {{ userErrors {{ code }} }} }}",
            person.handle
        );
        let (reply, statements) = taken(&app, client.query(&document)).await;
        all.push((reply.text, statements));
    }
    assert_eq!(all[0], all[1]);
}

async fn signing_in_takes_the_same_for_a_wrong_password_and_an_unknown_address(app: TestApp) {
    app.visitor().sign_up("Ana", "1990-01-01").await;
    let wrong = "three-boats-over-porto";
    let stranger = app.visitor();
    let (known, took) = taken(&app, stranger.sign_in("ana@example.org", wrong)).await;
    let (unknown, took_unknown) =
        taken(&app, stranger.sign_in("nobody@example.org", PASSWORD)).await;
    assert_eq!(known.user_errors(), ["SIGN_IN_FAILED"]);
    assert_eq!(known.text, unknown.text);
    assert_eq!(took, took_unknown);
}

async fn signing_in_takes_the_same_on_a_marked_device(app: TestApp) {
    // A device that signed in to some account carries a mark; what it learns of others is the same.
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    app.visitor().sign_up("Ben", "1991-01-01").await;
    let wrong = "three-boats-over-porto";
    let (known, took) = taken(&app, ana.sign_in("ben@example.org", wrong)).await;
    let (unknown, took_unknown) = taken(&app, ana.sign_in("nobody@example.org", wrong)).await;
    assert_eq!(known.text, unknown.text);
    assert_eq!(took, took_unknown);
}
