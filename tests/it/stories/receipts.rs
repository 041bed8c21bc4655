//! What the other has read, and what a receipt must not tell.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::messages::{change, folder, people, rules, send, texts, write};
use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_gap_in_receipts_does_not_tell_what_did_not_arrive,
        to_delete_a_message_tells_nothing_of_it,
        what_did_not_arrive_is_read_with_what_did,
    )
}

async fn a_gap_in_receipts_does_not_tell_what_did_not_arrive(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), _] = people(&app).await;
    rules(&ben, json!({"writers": "MEMBERS", "minLength": 20})).await;
    write(&ana, &ben_id, "Too short", 1).await;
    let conversation = write(&ana, &ben_id, "Long enough to be welcome", 2).await;
    write(&ben, &ana_id, "Hello Ana", 1).await;
    let theirs = folder(&ben, "INBOX").await;
    assert_eq!(
        texts(&theirs[0]),
        ["Long enough to be welcome", "Hello Ana"]
    );
    let read = json!({
        "conversation": conversation["id"], "message": theirs[0]["messages"]["edges"][0]["node"]["id"],
    });
    change(&ben, "markRead", read).await;
    let mine = folder(&ana, "INBOX").await;
    let edges = mine[0]["messages"]["edges"].as_array().unwrap();
    for edge in &edges[..2] {
        assert_ne!(edge["node"]["readAt"], Value::Null, "{edge}");
    }
}

async fn read_to_the_end(client: &Client, conversation: &Value) {
    let edges = conversation["messages"]["edges"].as_array().unwrap();
    let input = json!({
        "conversation": conversation["id"], "message": edges.last().unwrap()["node"]["id"],
    });
    let read = change(client, "markRead", input).await;
    assert_eq!(read["userErrors"], json!([]));
}

/// Which of the sender's messages were read, as the sender is told.
async fn told(client: &Client, of: usize) -> Vec<bool> {
    let conversations = folder(client, "INBOX").await;
    let edges = conversations[of]["messages"]["edges"].as_array().unwrap();
    edges
        .iter()
        .filter(|edge| edge["node"]["sentByMe"] == true)
        .map(|edge| !edge["node"]["readAt"].is_null())
        .collect()
}

async fn to_delete_a_message_tells_nothing_of_it(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), (cleo, cleo_id)] = people(&app).await;
    for (nth, (other, id)) in [(&ben, &ben_id), (&cleo, &cleo_id)].into_iter().enumerate() {
        write(&ana, id, "The first", nth * 10).await;
        write(other, &ana_id, "An answer", 1).await;
    }
    // The second is wanted by the one, and not by the other.
    rules(&cleo, json!({"writers": "NOBODY"})).await;
    for (nth, (other, id)) in [(&ben, &ben_id), (&cleo, &cleo_id)].into_iter().enumerate() {
        let sent = send(&ana, json!({ "member": id }), "The second", nth * 10 + 1).await;
        let gone = ana
            .ask(
                "mutation($id: ID!) { deleteMessage(input: {message: $id}) { userErrors { code } } }",
                json!({"id": sent["message"]["id"]}),
            )
            .await;
        assert_eq!(gone.at("/deleteMessage/userErrors"), json!([]));
        read_to_the_end(other, &folder(other, "INBOX").await[0]).await;
    }
    assert_eq!(told(&ana, 0).await, [true]);
    assert_eq!(told(&ana, 1).await, [true]);
}

async fn what_did_not_arrive_is_read_with_what_did(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), (cleo, cleo_id)] = people(&app).await;
    for (nth, (other, id)) in [(&ben, &ben_id), (&cleo, &cleo_id)].into_iter().enumerate() {
        write(&ana, id, "The first", nth * 10).await;
        write(other, &ana_id, "An answer", 1).await;
        write(&ana, id, "The second", nth * 10 + 1).await;
    }
    rules(&cleo, json!({"writers": "NOBODY"})).await;
    for (nth, id) in [&ben_id, &cleo_id].into_iter().enumerate() {
        write(&ana, id, "The third", nth * 10 + 2).await;
    }
    for other in [&ben, &cleo] {
        read_to_the_end(other, &folder(other, "INBOX").await[0]).await;
    }
    assert_eq!(told(&ana, 0).await, [true; 3]);
    assert_eq!(told(&ana, 1).await, [true; 3]);
    // What came after that waits, until the conversation is opened again.
    for (nth, id) in [&ben_id, &cleo_id].into_iter().enumerate() {
        write(&ana, id, "The fourth", nth * 10 + 3).await;
    }
    assert_eq!(told(&ana, 0).await, [true, true, true, false]);
    assert_eq!(told(&ana, 1).await, [true, true, true, false]);
    for other in [&ben, &cleo] {
        read_to_the_end(other, &folder(other, "INBOX").await[0]).await;
    }
    assert_eq!(told(&ana, 0).await, [true; 4]);
    assert_eq!(told(&ana, 1).await, [true; 4]);
}
