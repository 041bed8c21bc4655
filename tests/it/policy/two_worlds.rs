//! Two worlds that differ only in what a viewer may not see give that viewer the same bytes.
//!
//! A world is drawn, and for each viewer a second one made of it by changes of which none may show: by a
//! relation that is written from the prose of docs/policy.md alone (`prose`). Both are put into databases,
//! and operations that are made by chance over the whole schema (`writer`) are asked of both. Answers,
//! headers and, where every decision is the same, statements must be the same. See docs/proof.md.

mod campaign;
mod change;
mod conformity;
mod course;
mod declassified;
mod gallery;
mod mail;
mod note;
mod operation;
mod pair;
mod planted;
mod prose;
mod seeds;
mod settle;
mod shrink;
mod talk;
mod values;
mod vocabulary;
mod wall;
mod weakened;
mod world;
mod writer;

use apollo_compiler::{Schema, schema::ExtendedType};
use campaign::{Campaign, Tally};
use change::KINDS;
use declassified::Declassified;
use indicatif::ProgressBar;
use libtest_mimic::Trial;
use pair::Twins;
use seeds::SEEDS;
use weakened::{each_planted_leak_is_found, each_rule_that_is_taken_out_is_missed};
use writer::Focus;

use crate::support::{
    app::TestApp,
    backend::{Backend, Backends},
    golden, plain, twins,
};

/// Where the seeds of the worlds begin; those before are the named ones'.
const FIRST_SEED: u64 = 100;
/// Where those begin that are looked through besides, and how many they are at most.
const MORE_SEEDS: u64 = 1_000_000;
const MORE_WORLDS: usize = 300;

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    let mut trials = twins!(
        backends;
        what_a_viewer_may_not_see_changes_no_answer,
        what_a_viewer_may_see_shows,
        acts_come_out_as_the_prose_says,
        each_rule_that_is_taken_out_is_missed,
        each_planted_leak_is_found,
    );
    trials.extend(plain!(what_is_told_on_purpose_is_listed));
    trials
}

fn schema() -> Schema {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql"));
    Schema::parse(text.unwrap(), "schema.graphql").unwrap()
}

/// How many pairs: as many as `LETTERLOCK_TWO_WORLDS` says.
fn wanted(backend: Backend) -> usize {
    let most = match backend {
        Backend::Sqlite => 2_000,
        Backend::Postgres => 500,
    };
    let said = std::env::var("LETTERLOCK_TWO_WORLDS");
    said.map_or(most, |pairs| pairs.parse().expect("a number of pairs"))
}

async fn what_a_viewer_may_not_see_changes_no_answer(first: TestApp, second: TestApp) {
    let (backend, most) = (first.backend, wanted(first.backend));
    let schema = schema();
    let twins = Twins { first, second };
    let bar = match std::env::var("LETTERLOCK_TWO_WORLDS") {
        Ok(_) => ProgressBar::new(most as u64),
        Err(_) => ProgressBar::hidden(),
    };
    let mut campaign = Campaign {
        schema: &schema,
        twins: &twins,
        tally: Tally::default(),
        most,
        focus: Focus::default(),
        progress: &|tally| bar.set_position(tally.pairs as u64),
    };
    for (name, seed) in SEEDS {
        if let Err(found) = campaign.world(seed).await {
            panic!(
                "{name}: seed {seed}: {}",
                found.shrink(&twins).await.report()
            );
        }
    }
    if let Err(found) = campaign.run(FIRST_SEED).await {
        let (seed, found) = *found;
        panic!("seed {seed}: {}", found.shrink(&twins).await.report());
    }
    // Some of it is met in few worlds: as many more are looked through as it takes.
    campaign.most = usize::MAX;
    for seed in (MORE_SEEDS..).take(if most >= 2_000 { MORE_WORLDS } else { 0 }) {
        if unmet(&schema, &campaign.tally).is_empty() {
            break;
        }
        if let Err(found) = campaign.world(seed).await {
            panic!("seed {seed}: {}", found.shrink(&twins).await.report());
        }
    }
    bar.finish_and_clear();
    let tally = campaign.tally;
    eprintln!(
        "two worlds on {}, seeds from {FIRST_SEED}: {} pairs, no difference; {} answers, {} of them with errors; \
         {} mutations, {} of which changed something; statements compared in {} pairs; \
         {} accounts that are served nothing; {} courses of events, {} of their steps not the same in both, {} events heard",
        backend.name(),
        tally.pairs,
        tally.pages,
        tally.errors,
        tally.mutations,
        tally.done,
        tally.strictly,
        tally.unserved,
        tally.courses,
        tally.hidden,
        tally.events,
    );
    assert!(tally.pairs >= most);
    if most >= 2_000 {
        enough(&schema, &tally);
    }
}

/// A run in which something was never tried proves nothing about it.
fn enough(schema: &Schema, tally: &Tally) {
    assert!(tally.done > 100 && tally.strictly > 500, "{tally:?}");
    assert!(
        tally.courses > 10 && tally.hidden > 10 && tally.events > 30,
        "{tally:?}"
    );
    assert_eq!(tally.made.len(), KINDS.len(), "{:?}", tally.made);
    assert_eq!(unmet(schema, tally), Vec::<String>::new(), "never met");
}

/// What is told on purpose and was not, and what of the schema was never asked for.
fn unmet(schema: &Schema, tally: &Tally) -> Vec<String> {
    let told = Declassified::ALL.iter();
    let untold = told.filter(|entry| !tally.declassified.contains_key(entry));
    let mut unmet: Vec<String> = untold.map(|entry| format!("{entry:?}")).collect();
    let mut never = Vec::new();
    for (name, of) in &schema.types {
        let ExtendedType::Object(object) = of else {
            continue;
        };
        if name.starts_with("__") {
            continue;
        }
        for field in object.fields.values() {
            let place = format!("{name}.{}", field.name);
            let arguments = field.arguments.iter();
            never.extend(arguments.map(|it| format!("{place}({})", it.name)));
            never.push(place);
        }
    }
    never.retain(|place| {
        !tally.asked.contains(place)
            && !["(after)", "(before)"].iter().any(|it| place.ends_with(it))
    });
    unmet.extend(never);
    unmet
}

async fn what_a_viewer_may_see_shows(first: TestApp, second: TestApp) {
    let twins = Twins { first, second };
    for seed in 0..2 {
        match conformity::what_is_shown_shows(&twins, seed).await {
            Ok(looked) => assert!(looked > 3),
            Err(what) => panic!("seed {seed}: {what}"),
        }
    }
}

async fn acts_come_out_as_the_prose_says(first: TestApp, second: TestApp) {
    let twins = Twins { first, second };
    for seed in 0..2 {
        match conformity::acts_come_out_as_written(&twins, seed).await {
            Ok(done) => assert!(done > 50),
            Err(what) => panic!("seed {seed}: {what}"),
        }
    }
    let mut all = [0; 2];
    for seed in 0..6 {
        match conformity::messages_arrive_as_written(&twins, seed).await {
            Ok([not, did]) => all = [all[0] + not, all[1] + did],
            Err(what) => panic!("seed {seed}: {what}"),
        }
    }
    assert!(all.iter().all(|many| *many > 25), "{all:?}");
    let mut all = [0; 2];
    for seed in 0..8 {
        match conformity::walls_are_read_as_written(&twins, seed).await {
            Ok([not, did]) => all = [all[0] + not, all[1] + did],
            Err(what) => panic!("seed {seed}: {what}"),
        }
    }
    assert!(all.iter().all(|many| *many > 100), "{all:?}");
    let mut all = [0; 2];
    for seed in 0..8 {
        match conformity::galleries_are_shown_as_written(&twins, seed).await {
            Ok([not, did]) => all = [all[0] + not, all[1] + did],
            Err(what) => panic!("seed {seed}: {what}"),
        }
    }
    assert!(all.iter().all(|many| *many > 100), "{all:?}");
}

fn what_is_told_on_purpose_is_listed() {
    golden::check("tests/it/golden/declassified.txt", &declassified::written());
}
