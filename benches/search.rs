//! Searching among very many, on a database that `letterlock seed` has filled: each search in turns with *open*,
//! the same statement in which every rule about who sees what is true for everybody, and with *bare*, what somebody
//! would write who knows of no such rules; the fiftieth page beside the first; and the plan of the search itself.
//!
//! `cargo bench --bench search -- --seeded URL` (may come again: `sqlite:FILE` or `postgres://…`), `--times`
//! how often each is asked, `--only` a word of the names of searches. A plan that reads a large table as a whole is an error. Without `--seeded`, as
//! `cargo test --benches` runs it, a small world on SQLite shows that it works.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints its figures"
)]

#[path = "search/asked.rs"]
mod asked;
#[path = "search/open.rs"]
mod open;
#[path = "common/outcome.rs"]
mod outcome;
#[path = "../tests/it/support/plans.rs"]
mod plans;
#[path = "search/raw.rs"]
mod raw;
#[path = "../tests/it/support/written.rs"]
mod written;

use std::{
    process::ExitCode,
    sync::{Arc, Mutex},
    time::Duration,
};

use asked::{ASKED, Asked, Search, searches};
use chrono::Utc;
use letterlock::{
    domain::{id::MemberId, search::Order},
    privacy::Depth,
    store::{
        Keyring, Store,
        lists::Place,
        search::{MOST, Query},
    },
    viewer::who::Viewer,
};
use open::opened;
use raw::{Raw, Sent};

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
    let (mut seeded, mut times, mut only) = (Vec::new(), 40_usize, String::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--seeded" => seeded.push(value()?),
            "--only" => only = value()?,
            "--times" => times = value()?.parse().map_err(|_| "--times: no number")?,
            _ => {}
        }
    }
    if seeded.is_empty() {
        let folder = tempfile::TempDir::new().map_err(|error| error.to_string())?;
        let url = format!("sqlite:{}", folder.path().join("small.db").display());
        raw::small(&url).await?;
        return measure(&url, 2, "").await;
    }
    for url in &seeded {
        measure(url, times, &only).await?;
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

async fn measure(url: &str, times: usize, only: &str) -> Result<(), String> {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let tap = Arc::clone(&asked);
    let address = raw::address(url)?;
    // Nothing that is sealed is searched.
    let keys = Keyring::parse(&"1:a-key-of-the-bench-that-is-long-enough".into());
    let store = Store::new(
        &address,
        2,
        keys.map_err(|it| it.to_string())?,
        Some(Arc::new(move |statement: &str| {
            if let Ok(mut asked) = tap.lock() {
                asked.push(statement.to_owned());
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
        "{:<38} {:>13} {:>6} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6} {:>6} {:>7}",
        "search",
        "asked",
        "found",
        "p50",
        "p95",
        "open",
        "p95",
        "bare",
        "p95",
        "/open",
        "/bare",
        "page 50"
    );
    let mut ratios = Vec::new();
    for search in searches().into_iter().filter(|it| it.name.contains(only)) {
        for (name, of) in ASKED {
            let line = Line {
                store: &store,
                raw: &raw,
                asked: &asked,
                search: &search,
                name,
                of,
                viewer: Viewer::Member(MemberId::from_key(viewer)),
            };
            ratios.push(line.measure(times).await?);
        }
    }
    for (what, nth) in [("open", 0), ("bare", 1)] {
        let mut ratios: Vec<f64> = ratios.iter().map(|both: &[f64; 2]| both[nth]).collect();
        ratios.sort_by(f64::total_cmp);
        let at = |part: usize| {
            ratios
                .get(ratios.len() * part / 100)
                .copied()
                .unwrap_or_default()
        };
        let most = ratios.last().copied().unwrap_or_default();
        println!(
            "ratio of the 95th percentiles to {what}: median {:.2}, of 90 in a hundred at most {:.2}, largest {most:.2}",
            at(50),
            at(90)
        );
    }
    Ok(())
}

struct Line<'a> {
    store: &'a Store,
    raw: &'a Raw,
    /// The statements that were sent.
    asked: &'a Mutex<Vec<String>>,
    search: &'a Search,
    name: &'static str,
    of: Asked,
    viewer: Viewer,
}

/// The statements of a search, where its page ends, and how many it gives.
type Answer = (Vec<Sent>, Option<Place>, usize);

impl Line<'_> {
    /// Asks, and gives the statements that were sent for it.
    async fn sent(&self, after: Option<Place>) -> Result<Answer, String> {
        self.asked.lock().map_err(|it| it.to_string())?.clear();
        let order = match self.of {
            Asked::Page(order) => order,
            Asked::Count | Asked::Facets => Order::Any,
        };
        let mut clauses = self.search.clauses.clone();
        clauses.extend(order.clause());
        let query = Query {
            clauses: &clauses,
            order,
            like: &self.search.like,
            after,
            limit: PAGE + 1,
            most: MOST,
            depth: Depth::Seeing,
        };
        let now = Utc::now();
        let (end, found) = match self.of {
            Asked::Page(_) => {
                let found = self.store.search(self.viewer, now, &query).await;
                let found = found.map_err(|error| error.to_string())?;
                let end = found.get(PAGE as usize - 1).map(|((place, _), _)| *place);
                (end, found.len())
            }
            Asked::Count => {
                let count = self.store.search_count(self.viewer, now, &query).await;
                (
                    None,
                    count.map_err(|error| error.to_string())?.value as usize,
                )
            }
            Asked::Facets => {
                let facets = self.store.search_facets(self.viewer, now, &query).await;
                let facets = facets.map_err(|error| error.to_string())?;
                let values = [&facets.countries, &facets.languages, &facets.interests];
                (None, values.map(Vec::len).iter().sum())
            }
        };
        let asked = self.asked.lock().map_err(|it| it.to_string())?;
        let sent = asked
            .iter()
            .map(|text| Sent::recorded(text, self.raw.sqlite()))
            .collect();
        Ok((sent, end, found))
    }

    async fn measure(&self, times: usize) -> Result<[f64; 2], String> {
        let (first, end, found) = self.sent(None).await?;
        let (search, before) = first.split_last().ok_or("nothing was asked")?;
        let scans = self.raw.scans(search).await?;
        if !scans.is_empty() {
            return Err(format!(
                "{}, {} reads large tables as a whole: {scans:#?}",
                self.search.name, self.name
            ));
        }
        let mut open = before.to_vec();
        open.push(Sent {
            sql: opened(&search.sql)?,
            ..search.clone()
        });
        let bare = self.search.bare(self.of, PAGE + 1, self.raw.sqlite());
        let bare = vec![Sent::alone(bare)];
        let (mut last, mut place, mut pages) = (first.clone(), end, 1);
        while let Some(after) = place.filter(|_| pages < PAGES) {
            let (sent, end, found) = self.sent(Some(after)).await?;
            if found <= PAGE as usize {
                break;
            }
            (last, place, pages) = (sent, end, pages + 1);
        }
        let paged = pages == PAGES;
        let mut all = [&first, &open, &bare, &last].map(|sent| (sent, Vec::new()));
        for _ in 0..times {
            for (sent, times) in all.iter_mut().take(if paged { 4 } else { 3 }) {
                times.push(self.raw.time(sent).await?);
            }
        }
        let [with, open, bare, later] = all.map(|(_, mut times)| {
            times.sort();
            Times(times)
        });
        let ratios = [&open, &bare].map(|other| with.at(0.95) / other.at(0.95));
        let found = match self.of {
            Asked::Page(_) if found > PAGE as usize => "more".to_owned(),
            _ => found.to_string(),
        };
        let page = if paged {
            format!("{:.2}", later.at(0.5))
        } else {
            "-".to_owned()
        };
        println!(
            "{:<38} {:>13} {found:>6} {:>7.2} {:>7.2} {:>7.2} {:>7.2} {:>7.2} {:>7.2} {:>6.2} {:>6.2} {page:>7}",
            self.search.name,
            self.name,
            with.at(0.5),
            with.at(0.95),
            open.at(0.5),
            open.at(0.95),
            bare.at(0.5),
            bare.at(0.95),
            ratios[0],
            ratios[1],
        );
        Ok(ratios)
    }
}
