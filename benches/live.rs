//! Many who wait for messages, and messages that come: subscribers over WebSockets (`graphql-transport-ws`,
//! `messageReceived`), each a member of their own, and so many messages a second between them, each to a penpal.
//! The server is the program as it is shipped, in a process of its own, with its limits as documented but for the
//! number of connections. What is told: what it holds of memory for each subscriber, how long it takes from when
//! a message is due to be sent until it is there, and whether all are there, each once and in its order.
//!
//! `cargo bench --bench live`, and after `--`: `--database sqlite` or `postgres`, `--subscribers`, `--rate` of
//! messages a second, `--seconds`. Everything is on loopback, shares the machine's cores and ends with the run,
//! after five minutes at the latest. It opens as many sockets as there are subscribers: see `ulimit -n`.
//! PostgreSQL is used as the tests use it: at `LETTERLOCK_TEST_POSTGRES_URL`, or else from programs that are
//! found, with its `fsync` off. Without `--bench`, a few subscribers for a second show that it works.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints its figures"
)]

#[path = "common/alone.rs"]
mod alone;
#[path = "common/crowd.rs"]
#[expect(dead_code, reason = "nobody asks again and again here")]
mod crowd;
#[path = "common/database.rs"]
#[expect(
    dead_code,
    reason = "no database that was filled before is measured here"
)]
mod database;
#[path = "common/machine.rs"]
mod machine;
#[path = "common/outcome.rs"]
mod outcome;
#[path = "common/people.rs"]
mod people;
#[path = "live/plan.rs"]
mod plan;
#[path = "../tests/it/support/postgres.rs"]
mod postgres;
#[path = "common/running.rs"]
mod running;
#[path = "live/sender.rs"]
mod sender;
#[path = "live/subscriber.rs"]
mod subscriber;
#[path = "common/wide.rs"]
mod wide;

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use alone::Alone;
use crowd::Asking;
use database::Database;
use futures_util::{StreamExt, stream};
use letterlock::{demo, domain::clock::Clock, viewer::passwords::Params};
use people::{Circle, People};
use plan::Plan;
use running::Running;
use sender::{Post, Sender};
use serde_json::json;
use subscriber::Arrivals;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Connections to the database.
const CONNECTIONS: usize = 8;

/// Sockets that are opened at the same time.
const AT_ONCE: usize = 32;

/// After so long it ends, whatever is missing.
const LONGEST: Duration = Duration::from_secs(300);

/// Signing in is no part of what is measured.
const CHEAP: Params = Params {
    memory_kib: 8,
    iterations: 1,
    lanes: 1,
};

fn main() -> ExitCode {
    outcome::outcome(async {
        let plan = Plan::of(std::env::args())?;
        tokio::time::timeout(LONGEST * 2, run(&plan))
            .await
            .map_err(|_| "it took too long".to_owned())?
    })
}

async fn run(plan: &Plan) -> Result<(), String> {
    println!(
        "live: {} subscribers, {} messages a second for {} s, {}",
        plan.subscribers,
        plan.rate,
        plan.within.as_secs_f64(),
        machine::cores(),
    );
    let folder = tempfile::TempDir::new().map_err(|error| error.to_string())?;
    if plan.takes("sqlite") {
        bounded(plan, Database::sqlite(folder.path())).await?;
    }
    if plan.takes("postgres") {
        match Database::postgres().await {
            Ok(database) => bounded(plan, database).await?,
            Err(why) => println!("PostgreSQL: not measured ({why})"),
        }
    }
    Ok(())
}

/// Measures, and leaves nothing behind whatever comes of it.
async fn bounded(plan: &Plan, database: Database) -> Result<(), String> {
    let outcome = tokio::time::timeout(LONGEST, measure(plan, &database)).await;
    database.end().await?;
    outcome.map_err(|_| "it took too long".to_owned())?
}

/// Fills the database, and signs everybody in, where limits are out of reach.
async fn settle(plan: &Plan, database: &Database) -> Result<(People, Vec<String>), String> {
    let limits = wide::wide(&Clock::system());
    let running = Running::start(&database.address, None, CHEAP, limits).await?;
    let store = &running.services.store;
    store.migrate().await.map_err(|error| error.to_string())?;
    let circle = Circle {
        members: plan.subscribers,
        ahead: 2,
        messages: 2,
        blocker: None,
    };
    let people = people::settle(&running, &circle).await?;
    let http = reqwest::Client::new();
    let entered = stream::iter(0..plan.subscribers).map(|nth| {
        let (http, base) = (&http, &running.base);
        async move {
            let query = "mutation($email: String!, $password: String!) {
                signIn(input: {email: $email, password: $password, transport: BEARER}) { token } }";
            let variables = json!({ "email": people::address(nth), "password": demo::PASSWORD });
            let asking = Asking::query(query, variables);
            let answer = asking.once(http, base, "").await?;
            let token = answer["data"]["signIn"]["token"].as_str();
            token
                .map(str::to_owned)
                .ok_or(format!("no sign-in: {answer}"))
        }
    });
    let tokens: Vec<Result<String, String>> = entered.buffered(8).collect().await;
    let tokens = tokens.into_iter().collect::<Result<_, _>>()?;
    running.services.store.close();
    Ok((people, tokens))
}

async fn measure(plan: &Plan, database: &Database) -> Result<(), String> {
    let (people, tokens) = settle(plan, database).await?;
    let http = reqwest::Client::new();
    let most = (plan.subscribers + 1_000).to_string();
    let alone = Alone::start(
        &database.address,
        &http,
        &[("LETTERLOCK_CONNECTIONS", &most)],
    )
    .await?;
    println!("\n{}", database.name);
    // The connections to the database are made, and statements prepared, before memory is looked at.
    let warm = Asking::query(
        "{ me { conversations(folder: INBOX, first: 20) { edges { node { id } } } } }",
        json!({}),
    );
    for token in tokens.iter().take(64) {
        warm.once(&http, &alone.base, token).await?;
    }
    let before = alone.now();

    let arrivals = Arc::new(Arrivals::default());
    let since = Instant::now();
    let opened = stream::iter(&tokens).map(|token| {
        let arrivals = arrivals.clone();
        subscriber::open(&alone.base, token, arrivals)
    });
    let mut subscribers = Vec::new();
    let mut opened = opened.buffer_unordered(AT_ONCE);
    while let Some(one) = opened.next().await {
        subscribers.push(one?);
    }
    let opening = since.elapsed();
    // A subscription does not say that it has begun.
    tokio::time::sleep(plan.settling).await;
    let idle = alone.now();
    tokio::time::sleep(plan.settling).await;
    let after_idle = alone.now();

    let writers = people.conversations.iter().zip(&tokens);
    let writers = writers.map(|(mine, token)| Sender {
        token: token.clone(),
        conversations: mine.iter().map(|it| it.global()).collect(),
    });
    let post = Arc::new(Post::new(alone.base.clone(), writers.collect()));
    let sent = post.send(plan.rate, plan.within).await?;
    arrivals
        .wait_for(sent.due.len(), Duration::from_secs(20))
        .await;
    let loaded = alone.now();
    for one in subscribers {
        one.abort();
    }
    let told = arrivals.told(&sent.due)?;

    let megabytes = |kilobytes: u64| kilobytes as f64 / 1024.0;
    let each = idle.memory_kib.saturating_sub(before.memory_kib) as f64 / plan.subscribers as f64;
    println!(
        "  {} subscribers within {:.1} s; memory {:.1} MiB before, {:.1} with them: {each:.1} KiB each; \
         {:.1} MiB at the end, {} at most",
        plan.subscribers,
        opening.as_secs_f64(),
        megabytes(before.memory_kib),
        megabytes(idle.memory_kib),
        megabytes(loaded.memory_kib),
        alone
            .memory()
            .as_deref()
            .unwrap_or("what this system does not tell"),
    );
    println!(
        "  processor time of the server: idle {:.2} s within {:.0} s, then {:.2} s of the {:.1} s of sending",
        after_idle.processor - idle.processor,
        plan.settling.as_secs_f64(),
        loaded.processor - after_idle.processor,
        sent.took.as_secs_f64(),
    );
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "  {} sent ({:.0} a second), {} delivered, {} twice, {} out of order; sent until there: p50 {:.1} ms, \
         p99 {:.1} ms, at most {:.1} ms; answered: p50 {:.1} ms, p99 {:.1} ms",
        sent.due.len(),
        sent.due.len() as f64 / sent.took.as_secs_f64(),
        told.delivered,
        told.twice,
        told.disordered,
        milliseconds(told.p50),
        milliseconds(told.p99),
        milliseconds(told.most),
        milliseconds(sent.p50),
        milliseconds(sent.p99),
    );
    if told.delivered != sent.due.len() || told.twice + told.disordered + told.broken > 0 {
        return Err(format!(
            "not each message is there once and in its order; {} subscriptions broke",
            told.broken
        ));
    }
    Ok(())
}
