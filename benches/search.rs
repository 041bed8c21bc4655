//! Searching among very many: each search beside the same one without any rule of privacy, in turns, on a
//! database that `letterlock seed` has filled; the fiftieth page beside the first; and the plan of each.
//!
//! `cargo bench --bench search -- --seeded URL` (may come again: `sqlite:FILE` or `postgres://…`), `--times`
//! how often each is asked. A plan that reads a large table as a whole is an error. Without `--seeded`, as
//! `cargo test --benches` runs it, a small world on SQLite shows that it works.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints its figures"
)]

#[path = "search/asked.rs"]
mod asked;
#[path = "common/outcome.rs"]
mod outcome;
#[path = "search/raw.rs"]
mod raw;
#[path = "../tests/it/support/written.rs"]
mod written;

use std::{
    process::ExitCode,
    sync::{Arc, Mutex},
    time::Duration,
};

use asked::{ORDERS, Search, searches};
use chrono::Utc;
use letterlock::{
    domain::id::MemberId,
    privacy::Depth,
    store::{
        Store,
        lists::Place,
        search::{MOST, Query},
    },
    viewer::who::Viewer,
};
use raw::Raw;
use written::written_out;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many stand on a page.
const PAGE: i64 = 20;
/// How many pages are gone through before the last is measured.
const PAGES: usize = 50;

fn main() -> ExitCode {
    outcome::outcome(run())
}

async fn run() -> Result<(), String> {
    let (mut seeded, mut times) = (Vec::new(), 40_usize);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--seeded" => seeded.push(value()?),
            "--times" => times = value()?.parse().map_err(|_| "--times: no number")?,
            _ => {}
        }
    }
    if seeded.is_empty() {
        let folder = tempfile::TempDir::new().map_err(|error| error.to_string())?;
        let url = format!("sqlite:{}", folder.path().join("small.db").display());
        raw::small(&url).await?;
        return measure(&url, 2).await;
    }
    for url in &seeded {
        measure(url, times).await?;
    }
    Ok(())
}

/// Times in the order of size.
struct Times(Vec<Duration>);

impl Times {
    fn at(&self, part: f64) -> f64 {
        let nth = (self.0.len() as f64 * part) as usize;
        let time = self.0.get(nth.min(self.0.len().saturating_sub(1)));
        time.map_or(0.0, Duration::as_secs_f64) * 1e3
    }
}

async fn measure(url: &str, times: usize) -> Result<(), String> {
    let asked = Arc::new(Mutex::new(String::new()));
    let tap = Arc::clone(&asked);
    let address = raw::address(url)?;
    let store = Store::new(
        &address,
        2,
        Some(Arc::new(move |statement: &str| {
            if let Ok(mut last) = tap.lock() {
                statement.clone_into(&mut last);
            }
        })),
    )
    .map_err(|it| it.to_string())?;
    let raw = Raw::open(&address).await?;
    let (members, viewer) = raw.somebody().await?;
    println!(
        "\n{} members, {times} times each, pages of {PAGE}; ms",
        members
    );
    println!(
        "{:<44} {:>13} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7}",
        "search", "order", "found", "p50", "p95", "without", "p95", "ratio", "page 50"
    );
    let mut ratios = Vec::new();
    for search in searches() {
        for order in ORDERS {
            let line = Line {
                store: &store,
                raw: &raw,
                asked: &asked,
                search: &search,
                viewer: Viewer::Member(MemberId::from_key(viewer)),
            };
            ratios.push(line.measure(order, times).await?);
        }
    }
    ratios.sort_by(f64::total_cmp);
    let middle = ratios.get(ratios.len() / 2).copied().unwrap_or_default();
    let most = ratios.last().copied().unwrap_or_default();
    println!("ratio of the 95th percentiles: median {middle:.2}, largest {most:.2}");
    Ok(())
}

struct Line<'a> {
    store: &'a Store,
    raw: &'a Raw,
    /// The statement that was sent last.
    asked: &'a Mutex<String>,
    search: &'a Search,
    viewer: Viewer,
}

impl Line<'_> {
    /// The statement for a page, with its values written out; and where the page ends.
    async fn page(
        &self,
        order: asked::Ordered,
        after: Option<Place>,
    ) -> Result<(String, Option<Place>, usize), String> {
        let mut clauses = self.search.clauses.clone();
        clauses.extend(order.order.clause());
        let query = Query {
            clauses: &clauses,
            order: order.order,
            like: &self.search.like,
            after,
            limit: PAGE + 1,
            most: MOST,
            depth: Depth::Seeing,
        };
        let found = self.store.search(self.viewer, Utc::now(), &query).await;
        let found = found.map_err(|error| format!("{error}"))?;
        let last = self.asked.lock().map_err(|it| it.to_string())?.clone();
        let (sql, binds) = last.rsplit_once(" -- binds: ").unwrap_or((&last, "[]"));
        let sql = written_out(&sql.replace('`', "\""), binds, self.raw.sqlite());
        let end = found.get(PAGE as usize - 1).map(|((place, _), _)| *place);
        Ok((sql, end, found.len()))
    }

    async fn measure(&self, order: asked::Ordered, times: usize) -> Result<f64, String> {
        let (first, end, found) = self.page(order, None).await?;
        let scans = self.raw.scans(&first).await?;
        if !scans.is_empty() {
            return Err(format!(
                "{} reads large tables as a whole: {scans:#?}",
                self.search.name
            ));
        }
        let without = self.search.without(order, PAGE + 1, self.raw.sqlite());
        let (mut last, mut place, mut pages) = (first.clone(), end, 1);
        while let Some(after) = place.filter(|_| pages < PAGES) {
            let (sql, end, found) = self.page(order, Some(after)).await?;
            if found <= PAGE as usize {
                break;
            }
            (last, place, pages) = (sql, end, pages + 1);
        }
        let (mut with, mut plain, mut later) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..times {
            with.push(self.raw.time(&first).await?);
            plain.push(self.raw.time(&without).await?);
            later.push(self.raw.time(&last).await?);
        }
        let [with, plain, later] = [with, plain, later].map(|mut times| {
            times.sort();
            Times(times)
        });
        let ratio = with.at(0.95) / plain.at(0.95);
        let page = if pages == PAGES {
            format!("{:.2}", later.at(0.5))
        } else {
            "-".to_owned()
        };
        println!(
            "{:<44} {:>13} {:>8} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>7.2} {:>7}",
            self.search.name,
            order.name,
            if found > PAGE as usize {
                "more".to_owned()
            } else {
                found.to_string()
            },
            with.at(0.5),
            with.at(0.95),
            plain.at(0.5),
            plain.at(0.95),
            ratio,
            page
        );
        Ok(ratio)
    }
}
