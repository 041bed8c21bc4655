//! How much is taken and given out: of messages, of strangers, of what nobody answers.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::messages::{change, folder, key, people, rules, send, write};
use crate::support::{app::TestApp, backend::Backends, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        whatever_is_sent_breaks_nothing,
        strangers_are_counted,
        who_does_not_answer_is_not_flooded,
        what_is_long_is_not_written_out_again_and_again,
    )
}

async fn whatever_is_sent_breaks_nothing(app: TestApp) {
    let [(ana, _), (ben, ben_id), _] = people(&app).await;
    let to = json!({ "member": ben_id });
    let long = "x".repeat(20_000);
    for (text, code) in [
        ("", "BLANK"),
        (" \n ", "BLANK"),
        ("a\u{0}b", "CONTROL_CHARACTERS"),
        (&format!("{long}y"), "TOO_LONG"),
    ] {
        let sent = send(&ana, to.clone(), text, 1).await;
        assert_eq!(sent["userErrors"][0]["code"], code);
        assert_eq!(sent["message"], Value::Null);
    }
    for key in ["", "short", "with blank in it", &"k".repeat(65)] {
        let input = json!({"to": to, "text": "Hello", "clientKey": key});
        let reply = ana
            .ask("mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { id } userErrors { code } } }", json!({ "input": input }))
            .await;
        assert_eq!(reply.at("/sendMessage/userErrors/0/code"), "MALFORMED");
    }
    assert_eq!(app.db_count("messages").await, 0);
    let sent = send(&ana, to.clone(), &long, 2).await;
    assert_eq!(sent["userErrors"], json!([]));
    // As long as a message can be, each character in twelve bytes of JSON.
    let input = json!({"to": to, "text": "👋".repeat(20_000), "clientKey": key(4)});
    let query = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { text } userErrors { code } } }";
    let body = json!({"query": query, "variables": {"input": input}}).to_string();
    let escaped = body.replace('👋', "\\ud83d\\udc4b");
    assert!(escaped.len() > 240_000);
    let sent = ana.post("application/json", escaped).await;
    assert_eq!(sent.at("/sendMessage/message/text"), "👋".repeat(20_000));
    let right_to_left = "שלום 👩‍👩‍👧 مرحبا";
    assert_eq!(
        send(&ana, to, right_to_left, 3).await["message"]["text"],
        right_to_left
    );
    let conversation = folder(&ben, "REQUESTS").await[0]["id"].clone();
    let cleo = app.visitor_at(12);
    cleo.sign_up("Dora", "1990-01-01").await;
    for target in [conversation.clone(), json!("x"), json!(ben_id)] {
        let sent = send(&cleo, json!({ "conversation": target }), "Let me in", 1).await;
        assert_eq!(sent["userErrors"][0]["code"], "NOT_FOUND", "{target}");
    }
    let node = cleo
        .ask(
            "query($id: ID!) { node(id: $id) { id } }",
            json!({ "id": conversation }),
        )
        .await;
    assert_eq!(node.at("/node"), Value::Null);
}

async fn strangers_are_counted(app: TestApp) {
    let app = app.limited().await;
    let ana = app.visitor_at(1);
    ana.sign_up("Ana", "1990-01-01").await;
    let mut others = Vec::new();
    for nth in 0..6 {
        let other = app.visitor_at(20 + nth);
        others.push(other.sign_up(&format!("Other{nth}"), "1990-01-01").await);
    }
    for (nth, other) in others[..5].iter().enumerate() {
        write(&ana, other, "Hello", nth).await;
    }
    // A newcomer writes to five a day; in what goes on already, one can go on.
    let input = json!({"to": {"member": others[5]}, "text": "Hello", "clientKey": key(5)});
    let query = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { userErrors { code } } }";
    let reply = ana.ask(query, json!({ "input": input })).await;
    assert_eq!(reply.codes(), ["RATE_LIMITED"]);
    write(&ana, &others[0], "Hello again", 6).await;
}

async fn who_does_not_answer_is_not_flooded(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), (cleo, cleo_id)] = people(&app).await;
    rules(&cleo, json!({"writers": "NOBODY"})).await;
    // It is the same where the messages are wanted and where they are not.
    for (nth, other) in [&ben_id, &cleo_id].into_iter().enumerate() {
        for message in 0..50 {
            write(&ana, other, "Hello?", nth * 100 + message).await;
        }
        let refused = send(&ana, json!({ "member": other }), "Hello??", nth * 100 + 50).await;
        assert_eq!(refused["userErrors"][0]["code"], "TOO_MANY", "{refused}");
        assert_eq!(refused["message"], Value::Null);
    }
    // Deleting one's own does not help.
    let conversation = folder(&ana, "INBOX").await[1].clone();
    assert_eq!(conversation["member"]["displayName"], "Ben");
    change(
        &ana,
        "deleteConversation",
        json!({"conversation": conversation["id"]}),
    )
    .await;
    let refused = send(&ana, json!({ "member": ben_id }), "Hello???", 300).await;
    assert_eq!(refused["userErrors"][0]["code"], "TOO_MANY");
    // An answer does, and to be penpals.
    write(&ben, &ana_id, "Patience", 1).await;
    write(&ana, &ben_id, "At last", 301).await;
    ana.befriend(&cleo).await;
    write(&ana, &cleo_id, "Dear Cleo", 302).await;
}

async fn what_is_long_is_not_written_out_again_and_again(app: TestApp) {
    let [(ana, _), (ben, ben_id), _] = people(&app).await;
    ana.befriend(&ben).await;
    let conversation = write(&ana, &ben_id, &"x".repeat(20_000), 1).await;
    let draft = json!({"conversation": conversation["id"], "text": "y".repeat(20_000)});
    change(&ana, "saveDraft", draft).await;
    let message = conversation["messages"]["edges"][0]["node"]["id"].clone();
    let names = |field: &str| {
        (0..29)
            .map(|nth| format!("a{nth}: {field} "))
            .collect::<String>()
    };
    for (of, field, id) in [
        ("Message", "text", message),
        ("Conversation", "draft", conversation["id"].clone()),
    ] {
        let ids = vec![id; 100];
        let query = format!(
            "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {of} {{ {} }} }} }}",
            names(field)
        );
        // It would be 58 MB.
        let reply = ana.ask(&query, json!({ "ids": ids })).await;
        assert!(reply.text.len() < 12_000_000, "{of} {}", reply.text.len());
        let codes = reply.codes();
        assert!(
            !codes.is_empty() && codes.iter().all(|code| code == "LIMIT_EXCEEDED"),
            "{of}"
        );
    }
}
