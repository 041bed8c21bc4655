//! The mailbox through HTTP: a page of twenty conversations, each with its other, how many messages are unread
//! and the last of them; thirty messages of one; and sending. On SQLite and on PostgreSQL; beside it, in the
//! same run, the same by hand (on PostgreSQL: one statement to read, two in a transaction to send; no GraphQL).
//!
//! `cargo bench --bench mailbox`, and after `--`: `--database sqlite` or `postgres`, `--only` with the name of a
//! request (may come again), `--connections`, `--seconds` a line. The servers listen on loopback alone, and end
//! with the run; client and server share the machine's cores. Limits on how often one sends are out of reach
//! here. PostgreSQL is used as the tests use it: at `LETTERLOCK_TEST_POSTGRES_URL`, or else from programs that
//! are found, with its `fsync` off. Without `--bench`, a few requests to a small world show that it works.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints its figures"
)]

#[path = "common/alone.rs"]
#[expect(dead_code, reason = "the program alone is not measured here")]
mod alone;
#[path = "mailbox/by_hand.rs"]
mod by_hand;
#[path = "common/crowd.rs"]
mod crowd;
#[path = "common/database.rs"]
#[expect(
    dead_code,
    reason = "no database that was filled before is measured here"
)]
mod database;
#[path = "common/hand.rs"]
mod hand;
#[path = "common/house.rs"]
#[expect(dead_code, reason = "the program alone is not measured here")]
mod house;
#[path = "common/machine.rs"]
mod machine;
#[path = "common/outcome.rs"]
mod outcome;
#[path = "common/people.rs"]
mod people;
#[path = "mailbox/plan.rs"]
mod plan;
#[path = "../tests/it/support/postgres.rs"]
mod postgres;
#[path = "common/running.rs"]
mod running;
#[path = "mailbox/same.rs"]
mod same;
#[path = "common/wide.rs"]
mod wide;

use std::{process::ExitCode, sync::Arc};

use crowd::{Asking, Figures, Sending, Writer};
use database::Database;
use house::House;
use people::{Circle, People};
use plan::Plan;
use serde_json::json;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A page of the inbox.
const INBOX: &str = "{ me { conversations(folder: INBOX, first: 20) { edges { node {
    id member { id displayName } unreadCount lastMessage { text } } } } } }";

/// The latest messages of a conversation.
const MESSAGES: &str =
    "query($id: ID!) { node(id: $id) { ... on Conversation { messages(last: 30) { edges {
    node { id text sentAt sentByMe readAt } } } } } }";

/// Sending.
const SEND: &str = "mutation($input: SendMessageInput!) { sendMessage(input: $input) {
    message { id sentAt } conversation { id } userErrors { code } } }";

/// Connections to the database, of the service and by hand.
const CONNECTIONS: usize = 8;

/// Whose blocker has a conversation on the page, and does not exist for them.
const BLOCKER: usize = 5;

fn main() -> ExitCode {
    outcome::outcome(async { run(&Plan::of(std::env::args())?).await })
}

async fn run(plan: &Plan) -> Result<(), String> {
    println!(
        "mailbox: {} members, each with 24 conversations of 30 messages; {} ms a line, {}",
        plan.members,
        plan.each.as_millis(),
        machine::cores(),
    );
    let folder = tempfile::TempDir::new().map_err(|error| error.to_string())?;
    if plan.takes("sqlite") {
        measure(plan, Database::sqlite(folder.path())).await?;
    }
    if plan.takes("postgres") {
        match Database::postgres().await {
            Ok(database) => measure(plan, database).await?,
            Err(why) => println!("PostgreSQL: not measured ({why})"),
        }
    }
    Ok(())
}

/// Those who write, two members apart, each to the one after them.
async fn writers(plan: &Plan, house: &House, people: &People) -> Result<Vec<Writer>, String> {
    let mut writers = Vec::new();
    // One more, to whom nothing is sent while the clock counts.
    for seat in 0..=plan.connections.iter().copied().max().unwrap_or(1) {
        let nth = 2 * seat + 1;
        let conversation = people.conversations.get(nth).and_then(|mine| mine.first());
        writers.push(Writer {
            token: house.sign_in(&people::address(nth)).await?,
            conversation: conversation.ok_or("a world too small")?.global(),
        });
    }
    Ok(writers)
}

async fn measure(plan: &Plan, database: Database) -> Result<(), String> {
    let circle = Circle {
        members: plan.members,
        ahead: 12,
        messages: 30,
        blocker: Some(BLOCKER),
    };
    let mut settled = None;
    let house = House::open(&database, wide::wide, async |running| {
        settled = Some(people::settle(running, &circle).await?);
        Ok("one0@letterlock.example")
    })
    .await?;
    let people = settled.ok_or("nobody was settled")?;
    let writers = writers(plan, &house, &people).await?;
    let conversation = people.conversations[0][1];
    let inbox = Asking::query(INBOX, json!({}));
    let messages = Asking::query(MESSAGES, json!({ "id": conversation.global() }));
    let sending = |document, address: String, salt| {
        let sending = Sending::new(writers.clone(), document, address, salt);
        Asking::Sending(Arc::new(sending))
    };
    let send = sending(Some(SEND), String::new(), "bench-api");
    println!(
        "\n{}; statements of an inbox {}, of messages {}, of sending {}",
        house.name,
        house.statements(&inbox).await?,
        house.statements(&messages).await?,
        house.statements(&send).await?,
    );
    println!(
        "{:>12} {:<20} {:>10} {:>9} {:>9} {:>10}",
        "connections", "request", "req/s", "p50 ms", "p99 ms", "of by hand"
    );
    let mut asked = vec![("inbox", inbox, None), ("30 messages", messages, None)];
    asked.push(("send", send, None));
    if let Some(url) = database.postgres_url() {
        let base = by_hand::serve(url, CONNECTIONS).await?;
        let hands = [
            Asking::ByHand(format!("{base}/inbox")),
            Asking::ByHand(format!("{base}/conversation/{}", conversation.global())),
            sending(None, format!("{base}/send"), "bench-hand"),
        ];
        for ((_, _, by_hand), hand) in asked.iter_mut().zip(hands) {
            *by_hand = Some(hand);
        }
        same::check(&house, url, &asked).await?;
    }
    asked.retain(|(name, _, _)| plan.asks(name));
    for connections in &plan.connections {
        for (name, api, by_hand) in &asked {
            let hand = match by_hand {
                Some(asking) => Some(house.crowd(asking, *connections, plan.each, None).await?),
                None => None,
            };
            let figures = house.crowd(api, *connections, plan.each, None).await?;
            let of = hand.as_ref().map(|hand| figures.rate / hand.rate);
            line(*connections, name, &figures, of);
            if let Some(hand) = hand {
                line(*connections, &format!("{name}, by hand"), &hand, None);
            }
        }
    }
    house.close();
    database.end().await
}

/// A line of figures, with the share of what is done by hand.
fn line(connections: usize, name: &str, figures: &Figures, of: Option<f64>) {
    println!(
        "{connections:>12} {name:<20} {:>10.0} {:>9.2} {:>9.2} {:>10}",
        figures.rate,
        figures.p50.as_secs_f64() * 1e3,
        figures.p99.as_secs_f64() * 1e3,
        of.map_or(String::new(), |of| format!("{of:.2}")),
    );
}
