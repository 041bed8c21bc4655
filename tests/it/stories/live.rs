//! What arrives as it happens, over an event stream.

use std::time::Duration;

use letterlock::jobs;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    backend::{Backend, Backends},
    client::Client,
    listening::{Listening, PATIENCE},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_message_arrives_as_it_is_sent,
        what_came_meanwhile_comes_first_and_once,
        a_block_in_mid_stream_masks_and_does_not_show,
        a_conversation_tells_of_its_changes,
        presence_is_as_visible_as_it_is_shown,
        a_stream_ends_with_its_session,
        a_stream_ends_when_its_session_is_replaced,
        a_stream_ends_when_another_signs_in_in_its_place,
        what_one_server_takes_another_hands_out,
        a_visitor_has_nothing_to_listen_to,
    )
}

const RECEIVED: &str = "subscription($after: String) { messageReceived(after: $after) { cursor message { text sentByMe } \
     conversation { id unreadCount member { displayName } } } }";

async fn penpals(app: &TestApp) -> [(Client, String); 2] {
    let (ana, ben) = (app.visitor_at(1), app.visitor_at(2));
    let ids = [
        ana.sign_up("Ana", "1990-01-01").await,
        ben.sign_up("Ben", "1991-01-01").await,
    ];
    ana.befriend(&ben).await;
    let [one, two] = ids;
    [(ana, one), (ben, two)]
}

async fn write(client: &Client, to: &str, text: &str) -> Value {
    let input = json!({"to": {"member": to}, "text": text, "clientKey": format!("key-of-{}", text.replace(' ', "-"))});
    let reply = client
        .ask(
            "mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { id } conversation { id } userErrors { code } } }",
            json!({ "input": input }),
        )
        .await;
    assert_eq!(reply.at("/sendMessage/userErrors"), json!([]));
    reply.at("/sendMessage")
}

fn text(event: &Value) -> &str {
    event["data"]["messageReceived"]["message"]["text"]
        .as_str()
        .unwrap()
}

/// The store's announcements are heard, as a server hears them.
async fn hearing(app: &TestApp) -> jobs::Job {
    let job = jobs::hear(app.services.clone());
    // Until it listens, nothing that is announced is heard; what comes first rings for all.
    tokio::time::sleep(Duration::from_millis(300)).await;
    job
}

async fn a_message_arrives_as_it_is_sent(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id)] = penpals(&app).await;
    let mut listening = Listening::to(&ben, RECEIVED, json!({})).await;
    listening.silent().await;
    write(&ana, &ben_id, "the first one").await;
    let event = listening.next().await;
    let received = &event["data"]["messageReceived"];
    assert_eq!(
        received["message"],
        json!({"text": "the first one", "sentByMe": false})
    );
    assert_eq!(received["conversation"]["unreadCount"], 1);
    assert_eq!(received["conversation"]["member"]["displayName"], "Ana");
    for nth in 0..20 {
        write(&ana, &ben_id, &format!("number {nth:02}")).await;
    }
    for nth in 0..20 {
        assert_eq!(text(&listening.next().await), format!("number {nth:02}"));
    }
    // One's own do not arrive.
    write(&ben, &ana_id, "an answer").await;
    listening.silent().await;
}

async fn what_came_meanwhile_comes_first_and_once(app: TestApp) {
    let [(ana, _), (ben, ben_id)] = penpals(&app).await;
    let mut listening = Listening::to(&ben, RECEIVED, json!({})).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    write(&ana, &ben_id, "before it broke off").await;
    let cursor = listening.next().await["data"]["messageReceived"]["cursor"].clone();
    drop(listening);
    for nth in 0..60 {
        write(&ana, &ben_id, &format!("number {nth:02}")).await;
    }
    let mut listening = Listening::to(&ben, RECEIVED, json!({ "after": cursor })).await;
    for nth in 0..60 {
        assert_eq!(text(&listening.next().await), format!("number {nth:02}"));
    }
    write(&ana, &ben_id, "and then").await;
    assert_eq!(text(&listening.next().await), "and then");
    listening.silent().await;
    // A cursor is the viewer's alone.
    let mut refused = Listening::to(&ana, RECEIVED, json!({ "after": cursor })).await;
    let answer = refused.next().await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
        "{answer}"
    );
}

async fn a_block_in_mid_stream_masks_and_does_not_show(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id)] = penpals(&app).await;
    let mut listening = Listening::to(&ana, RECEIVED, json!({})).await;
    let mut changes = Listening::to(
        &ana,
        "subscription { conversationChanged { conversation { id } } }",
        json!({}),
    )
    .await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    write(&ben, &ana_id, "good evening").await;
    assert_eq!(text(&listening.next().await), "good evening");
    changes.next().await;
    ben.block(&ana_id).await;
    let conversation = {
        let reply = ben
            .query("{ me { conversations(first: 1) { edges { node { id } } } } }")
            .await;
        reply.at("/me/conversations/edges/0/node/id")
    };
    let input = json!({"to": {"conversation": conversation}, "text": "nobody hears", "clientKey": "key-of-nobody"});
    let query = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { userErrors { code } } }";
    assert_eq!(
        ben.ask(query, json!({ "input": input }))
            .await
            .at("/sendMessage/userErrors"),
        json!([])
    );
    listening.silent().await;
    changes.silent().await;
    let _ = ben_id;
}

async fn a_conversation_tells_of_its_changes(app: TestApp) {
    let [(ana, _), (ben, ben_id)] = penpals(&app).await;
    let query = "subscription($after: String) { conversationChanged(after: $after) { cursor conversation { id archived lastMessage { text readAt } } } }";
    let mut changes = Listening::to(&ana, query, json!({})).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let sent = write(&ana, &ben_id, "did you read it").await;
    let event = changes.next().await;
    let changed = &event["data"]["conversationChanged"];
    assert_eq!(changed["conversation"]["id"], sent["conversation"]["id"]);
    assert_eq!(
        changed["conversation"]["lastMessage"],
        json!({"text": "did you read it", "readAt": null})
    );
    let input =
        json!({"conversation": sent["conversation"]["id"], "message": sent["message"]["id"]});
    let read =
        "mutation($input: MarkReadInput!) { markRead(input: $input) { userErrors { code } } }";
    assert_eq!(
        ben.ask(read, json!({ "input": input }))
            .await
            .at("/markRead/userErrors"),
        json!([])
    );
    let event = changes.next().await;
    assert_ne!(
        event["data"]["conversationChanged"]["conversation"]["lastMessage"]["readAt"],
        Value::Null
    );
    // What Ben does for himself is nothing to Ana.
    let input = json!({"conversation": sent["conversation"]["id"], "archived": true});
    let archive = "mutation($input: ArchiveConversationInput!) { archiveConversation(input: $input) { userErrors { code } } }";
    ben.ask(archive, json!({ "input": input })).await;
    changes.silent().await;
    ana.ask(archive, json!({ "input": input })).await;
    assert_eq!(
        changes.next().await["data"]["conversationChanged"]["conversation"]["archived"],
        true
    );
}

async fn presence_is_as_visible_as_it_is_shown(app: TestApp) {
    let [(ana, ana_id), (ben, _)] = penpals(&app).await;
    let query = "subscription($members: [ID!]!) { presence(members: $members) { member { id profile { lastSeen } } } }";
    let members = json!({"members": [ana_id, "nobody"]});
    ana.set_audience("LAST_SEEN", "PENPALS").await;
    let stranger = app.visitor_at(5);
    stranger.sign_up("Cleo", "1990-01-01").await;
    let mut hidden = Listening::to(&stranger, query, members.clone()).await;
    let mut listening = Listening::to(&ben, query, members).await;
    let first = listening.next().await;
    assert_eq!(first["data"]["presence"]["member"]["id"], json!(ana_id));
    app.clock.advance(chrono::TimeDelta::minutes(2));
    ana.whoami().await;
    let second = listening.next().await;
    assert_ne!(
        first["data"]["presence"]["member"]["profile"]["lastSeen"],
        second["data"]["presence"]["member"]["profile"]["lastSeen"]
    );
    // From now on it is hidden, from the one as from the other.
    ana.set_audience("LAST_SEEN", "ONLY_ME").await;
    app.clock.advance(chrono::TimeDelta::minutes(2));
    ana.whoami().await;
    listening.silent().await;
    hidden.silent().await;
}

async fn a_stream_ends_with_its_session(app: TestApp) {
    let [(ana, _), (ben, ben_id)] = penpals(&app).await;
    let mut listening = Listening::to(&ben, RECEIVED, json!({})).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    ben.copy()
        .query("mutation { signOut { userErrors { code } } }")
        .await;
    let event = listening.next().await;
    assert_eq!(
        event["errors"][0]["extensions"]["code"], "UNAUTHENTICATED",
        "{event}"
    );
    write(&ana, &ben_id, "not any more").await;
    let end = tokio::time::timeout(PATIENCE, listening.event())
        .await
        .unwrap();
    assert!(end.is_none_or(|(name, _)| name == "complete"));
}

async fn a_stream_ends_when_its_session_is_replaced(app: TestApp) {
    let [(_, ana_id), (ben, _)] = penpals(&app).await;
    let members = json!({"members": [ana_id]});
    let presence =
        "subscription($members: [ID!]!) { presence(members: $members) { member { id } } }";
    let mut streams = vec![
        Listening::to(&ben, RECEIVED, json!({})).await,
        Listening::to(&ben, presence, members).await,
    ];
    streams[1].next().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    // The same browser, a new session.
    ben.copy()
        .sign_in("ben@example.org", crate::support::client::PASSWORD)
        .await;
    for stream in &mut streams {
        let event = stream.next().await;
        assert_eq!(
            event["errors"][0]["extensions"]["code"], "UNAUTHENTICATED",
            "{event}"
        );
    }
}

async fn a_stream_ends_when_another_signs_in_in_its_place(app: TestApp) {
    let [_, (ben, _)] = penpals(&app).await;
    let mut listening = Listening::to(&ben, RECEIVED, json!({})).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    // With Ben's cookie, as on one browser.
    ben.copy()
        .sign_in("ana@example.org", crate::support::client::PASSWORD)
        .await;
    let event = listening.next().await;
    assert_eq!(
        event["errors"][0]["extensions"]["code"], "UNAUTHENTICATED",
        "{event}"
    );
}

async fn what_one_server_takes_another_hands_out(app: TestApp) {
    if app.backend == Backend::Sqlite {
        // One file has one server.
        return;
    }
    let other = app.limited().await;
    let _hearing = (hearing(&app).await, hearing(&other).await);
    let [(ana, _), (_, ben_id)] = penpals(&app).await;
    let ben = other.visitor_at(9);
    ben.sign_in("ben@example.org", crate::support::client::PASSWORD)
        .await;
    let mut listening = Listening::to(&ben, RECEIVED, json!({})).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    for nth in 0..10 {
        write(&ana, &ben_id, &format!("number {nth}")).await;
        let event = listening.next().await;
        assert_eq!(text(&event), format!("number {nth}"));
    }
}

async fn a_visitor_has_nothing_to_listen_to(app: TestApp) {
    for query in [
        "subscription { messageReceived { cursor } }",
        "subscription { conversationChanged { cursor } }",
        "subscription { presence(members: []) { member { id } } }",
    ] {
        let mut refused = Listening::to(&app.visitor(), query, json!({})).await;
        let answer = refused.next().await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED",
            "{query}: {answer}"
        );
    }
}
