//! The profile page through HTTP: one member with twelve fields, and the first twenty penpals with five
//! fields each, on SQLite and on PostgreSQL; beside it, in the same run, the same page by hand (on
//! PostgreSQL: one statement, no GraphQL), a list of 50 members, and what a request costs without either.
//!
//! `cargo bench --bench profile_page`, and after `--`: `--database sqlite` or `postgres`, `--only` with the
//! name of a request (may come again), `--page` with the id of a member, `--connections`, `--seconds` a
//! line, `--seeded` with the address of a PostgreSQL database that `letterlock seed --sign-ins 1` has
//! filled, under the keys in `LETTERLOCK_SEALING_KEYS`. The servers listen on loopback alone, and end with the
//! run; client and server share the machine's cores. PostgreSQL is used as the tests use it: at
//! `LETTERLOCK_TEST_POSTGRES_URL`, or else from programs that are found, with its `fsync` off. Without
//! `--bench`, as `cargo test --benches` runs it, a few requests to a small world show that it works.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints its figures"
)]

#[path = "common/alone.rs"]
#[expect(dead_code, reason = "of its memory, only the most counts here")]
mod alone;
#[path = "profile_page/by_hand.rs"]
mod by_hand;
#[path = "common/crowd.rs"]
#[expect(dead_code, reason = "nothing is sent here")]
mod crowd;
#[path = "common/database.rs"]
mod database;
#[path = "common/hand.rs"]
mod hand;
#[path = "common/house.rs"]
mod house;
#[path = "common/machine.rs"]
mod machine;
#[path = "common/outcome.rs"]
mod outcome;
#[path = "profile_page/page.rs"]
mod page;
#[path = "profile_page/plan.rs"]
mod plan;
#[path = "../tests/it/support/postgres.rs"]
mod postgres;
#[path = "common/running.rs"]
mod running;

use std::{process::ExitCode, time::Duration};

use crowd::{Asking, Figures};
use database::Database;
use plan::Plan;
use serde_json::Value;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The page.
const PAGE: &str = "query($id: ID!) { member(id: $id) { id handle displayName bond
    profile { fullName email birthDate age gender country { code name } city
        languages { language { code name } fluency } occupation interests { slug name } aboutMe lastSeen }
    penpals(first: 20) { totalCount pageInfo { hasNextPage endCursor }
        edges { node { id displayName profile { age country { code } city occupation lastSeen } } } } } }";

/// Fifty members with twelve fields each.
const LIST: &str = "{ members(first: 50) { edges { node { id handle displayName
    profile { fullName birthDate age gender country { code } city languages { fluency } occupation
        interests { slug } aboutMe lastSeen lookingFor } } } } }";

/// Connections to the database, of the service and of the page by hand.
const CONNECTIONS: usize = 8;

fn main() -> ExitCode {
    outcome::outcome(async { run(&Plan::of(std::env::args())?).await })
}

async fn run(plan: &Plan) -> Result<(), String> {
    println!(
        "profile page: a member with 12 fields and up to 20 penpals with 5 fields each; a world of {}, \
         {} ms a line, {}",
        plan.members,
        plan.each.as_millis(),
        machine::cores(),
    );
    let folder = tempfile::TempDir::new().map_err(|error| error.to_string())?;
    if plan.takes("sqlite") && plan.seeded.is_none() {
        measure(plan, Database::sqlite(folder.path())).await?;
    }
    if let Some(url) = &plan.seeded {
        measure(plan, Database::seeded(url)).await?;
    } else if plan.takes("postgres") {
        match Database::postgres().await {
            Ok(database) => measure(plan, database).await?,
            Err(why) => println!("PostgreSQL: not measured ({why})"),
        }
    }
    Ok(())
}

/// Whether the page by hand says what the API says, as far as they say it alike.
fn same(api: &Value, hand: &Value) -> Result<(), String> {
    let api = &api["data"]["member"];
    let names = |edges: &Value, at: &str| -> Vec<Value> {
        let edges = edges.as_array().into_iter().flatten();
        edges
            .map(|edge| edge.pointer(at).cloned().unwrap_or_default())
            .collect()
    };
    let mut alike = vec![
        (api["handle"].clone(), hand["handle"].clone()),
        (api["bond"].clone(), hand["bond"].clone()),
        (
            api["penpals"]["totalCount"].clone(),
            hand["penpals"]["totalCount"].clone(),
        ),
    ];
    alike.push((api["displayName"].clone(), hand["displayName"].clone()));
    alike.push((
        api["profile"]["country"]["code"].clone(),
        hand["profile"]["country"].clone(),
    ));
    for field in ["fullName", "age", "city", "occupation", "aboutMe"] {
        alike.push((
            api["profile"][field].clone(),
            hand["profile"][field].clone(),
        ));
    }
    for field in [
        "email",
        "birthDate",
        "lastSeen",
        "gender",
        "languages",
        "interests",
    ] {
        let shown = |page: &Value| Value::Bool(!page["profile"][field].is_null());
        alike.push((shown(api), shown(hand)));
    }
    for field in [
        "/displayName",
        "/profile/age",
        "/profile/city",
        "/profile/occupation",
    ] {
        let (ours, theirs) = (&api["penpals"]["edges"], &hand["penpals"]["edges"]);
        let ours = names(ours, &format!("/node{field}"));
        alike.push((ours.into(), names(theirs, field).into()));
    }
    match alike.iter().find(|(api, hand)| api != hand) {
        None => Ok(()),
        Some((api, hand)) => Err(format!("the API says {api}, the page by hand {hand}")),
    }
}

/// A line of figures; the last is nothing where the page was not measured.
fn line(connections: usize, name: &str, figures: &Figures, page: Option<f64>) {
    println!(
        "{connections:>12} {name:<14} {:>10.0} {:>9.2} {:>9.2} {:>8}",
        figures.rate,
        figures.p50.as_secs_f64() * 1e3,
        figures.p99.as_secs_f64() * 1e3,
        page.map_or("-".to_owned(), |page| format!("{:.1}", figures.rate / page)),
    );
}

async fn measure(plan: &Plan, database: Database) -> Result<(), String> {
    let house = page::open(&database, plan.members).await?;
    let (id, penpals) = page::page_of(&house, plan.page.as_deref()).await?;
    let page = Asking::query(PAGE, serde_json::json!({ "id": id }));
    let statements = house.statements(&page).await?;
    println!(
        "\n{}, the page of {id} with {penpals} penpals, {statements} statements",
        house.name
    );
    println!(
        "{:>12} {:<14} {:>10} {:>9} {:>9} {:>8}",
        "connections", "request", "req/s", "p50 ms", "p99 ms", "× page"
    );
    let mut asked = vec![("profile page", page.clone())];
    if let Some(url) = database.postgres_url() {
        let base = by_hand::serve(url, CONNECTIONS).await?;
        let by_hand = Asking::ByHand(format!("{base}/page/{id}"));
        if plan.asks("by hand") {
            same(&house.once(&page).await?, &house.once(&by_hand).await?)?;
        }
        asked.push(("by hand", by_hand));
    }
    // The page's document, of which nothing is left to run.
    let unrun = PAGE.replacen("(id: $id) {", "(id: $id) @skip(if: true) {", 1);
    asked.extend([
        (
            "page, skipped",
            Asking::query(&unrun, serde_json::json!({ "id": id })),
        ),
        ("50 members", Asking::query(LIST, serde_json::json!({}))),
        (
            "__typename",
            Asking::query("{ __typename }", serde_json::json!({})),
        ),
        ("/health/live", Asking::Health),
    ]);
    asked.retain(|(name, _)| plan.asks(name));
    let mut yardstick = None;
    for connections in &plan.connections {
        yardstick = None;
        for (name, asking) in &asked {
            let figures = house.crowd(asking, *connections, plan.each, None).await?;
            if *name == "profile page" {
                yardstick = Some(figures.rate);
            }
            line(*connections, name, &figures, yardstick);
        }
        // Each connection asks as often as makes seven tenths of the whole.
        if let Some(rate) = yardstick.filter(|_| plan.asks("page, at 70 %")) {
            let pace = Duration::from_secs_f64(*connections as f64 / (rate * 0.7));
            let figures = house
                .crowd(&page, *connections, plan.each, Some(pace))
                .await?;
            line(*connections, "page, at 70 %", &figures, yardstick);
        }
    }
    if plan.asks("alone") {
        let connections = plan.connections.last().copied().unwrap_or(1);
        let (figures, memory) = house
            .crowd_alone(&database, &page, connections, plan.each)
            .await?;
        line(connections, "alone", &figures, yardstick);
        println!(
            "alone: the program as it is shipped, which has held at most {}",
            memory
                .as_deref()
                .unwrap_or("what this system does not tell")
        );
    }
    house.close();
    database.end().await
}
