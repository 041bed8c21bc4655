//! What was acknowledged is there, once, whatever becomes of the server.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use letterlock::domain::audience::Audience;
use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::{Value, json};

use super::binary::{Serving, url};
use crate::support::{app::TestApp, backend::Backends, client::Client, trials, world::Plan};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends; every_message_that_was_acknowledged_is_there_once_after_a_sudden_end)
}

/// How many write, each to somebody else, and how many messages.
const WRITERS: usize = 24;
const EACH: usize = 90;

fn text(writer: usize, nth: usize) -> String {
    format!("letter {nth} of {writer}")
}

/// Sends a message; nothing where the server did not acknowledge it.
async fn send(client: &Client, to: &str, writer: usize, nth: usize) -> Option<()> {
    let input = json!({
        "to": {"member": to}, "text": text(writer, nth), "clientKey": format!("key-of-{writer}-{nth}"),
    });
    let query = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { id } userErrors { code } } }";
    let body = json!({"query": query, "variables": {"input": input}});
    let request = client
        .request(Method::POST, "/graphql")
        .header("content-type", "application/json")
        .body(body.to_string());
    let reply = request.send().await.ok()?.text().await.ok()?;
    let reply: Value = serde_json::from_str(&reply).ok()?;
    reply["data"]["sendMessage"]["message"]["id"]
        .as_str()
        .map(drop)
}

/// The texts that somebody has received, the earliest first.
async fn received(client: &Client) -> Vec<String> {
    let query = "query($before: String) { me { conversations(first: 1) { edges { node { \
        messages(last: 50, before: $before) { edges { node { text } } pageInfo { hasPreviousPage startCursor } } } } } } }";
    let (mut texts, mut before) = (Vec::new(), Value::Null);
    loop {
        let reply = client.ask(query, json!({ "before": before })).await;
        let page = reply.at("/me/conversations/edges/0/node/messages");
        let edges = page["edges"].as_array().unwrap().iter().rev();
        texts.extend(edges.map(|edge| edge["node"]["text"].as_str().unwrap().to_owned()));
        if page["pageInfo"]["hasPreviousPage"] != true {
            texts.reverse();
            return texts;
        }
        before = page["pageInfo"]["startCursor"].clone();
    }
}

async fn every_message_that_was_acknowledged_is_there_once_after_a_sudden_end(app: TestApp) {
    let plans: Vec<Plan> = (0..2 * WRITERS)
        .map(|nth| Plan::adult(&format!("Member{nth}"), Audience::Members))
        .collect();
    let bonds: Vec<(usize, usize)> = (0..WRITERS).map(|nth| (nth, WRITERS + nth)).collect();
    // The program goes by the machine's clock, and serves no demo's database.
    app.clock.advance(chrono::Utc::now() - app.clock.now());
    let people = app.db_world(&plans, &bonds, &[]).await;
    app.db_sql("DELETE FROM purposes").await;
    let url = url(&app);
    let serving = Serving::start(&["--database-url", &url]);
    let acknowledged: Arc<Mutex<Vec<(usize, usize)>>> = Arc::default();
    let mut writing = Vec::new();
    let mut clients = Vec::new();
    for writer in 0..WRITERS {
        let client = app.db_client(&people[writer]).await.at(&serving.base);
        let to = people[WRITERS + writer].id.global();
        let acknowledged = acknowledged.clone();
        clients.push((client.copy(), to.clone()));
        writing.push(tokio::spawn(async move {
            for nth in 0..EACH {
                if send(&client, &to, writer, nth).await.is_none() {
                    break;
                }
                acknowledged.lock().unwrap().push((writer, nth));
            }
        }));
    }
    // In the midst of it.
    let enough = WRITERS * EACH / 2;
    for _ in 0..3_000 {
        if acknowledged.lock().unwrap().len() >= enough {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Killed, and not told to stop.
    drop(serving);
    for writing in writing {
        writing.await.unwrap();
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    let many = acknowledged.len();
    assert!(
        (enough..WRITERS * EACH).contains(&many),
        "{many} were acknowledged"
    );
    let serving = Serving::start(&["--database-url", &url]);
    for (writer, (client, to)) in clients.iter().enumerate() {
        let receiver = app
            .db_client(&people[WRITERS + writer])
            .await
            .at(&serving.base);
        let there = received(&receiver).await;
        let mine: Vec<String> = acknowledged
            .iter()
            .filter(|(by, _)| *by == writer)
            .map(|(_, nth)| text(writer, *nth))
            .collect();
        // In their order, and at most the one more whose acknowledgement was lost.
        assert_eq!(there[..mine.len()], mine[..], "of {writer}");
        assert!(there.len() <= mine.len() + 1, "{there:?}");
        // Sent again from the one on that was not acknowledged, each is there once.
        let client = client.at(&serving.base);
        for nth in mine.len()..EACH {
            send(&client, to, writer, nth).await.unwrap();
        }
        let all: Vec<String> = (0..EACH).map(|nth| text(writer, nth)).collect();
        assert_eq!(received(&receiver).await, all, "of {writer}");
    }
}
