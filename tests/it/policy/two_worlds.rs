//! Two worlds that differ only in what a viewer may not see give that viewer the same bytes.
//!
//! A world is drawn, and for each viewer a second one made of it by changes of which none may show: by a
//! relation that is written from the prose of docs/policy.md alone (`prose`). Both are put into databases,
//! and operations that are made by chance over the whole schema (`writer`) are asked of both. Answers,
//! headers and, where every decision is the same, statements must be the same. See docs/proof.md.

mod campaign;
mod change;
mod conformity;
mod declassified;
mod operation;
mod pair;
mod planted;
mod prose;
mod settle;
mod shrink;
mod values;
mod vocabulary;
mod weakened;
mod world;
mod writer;

use apollo_compiler::Schema;
use campaign::{Campaign, Tally};
use libtest_mimic::Trial;
use pair::Twins;
use weakened::{each_planted_leak_is_found, each_rule_that_is_taken_out_is_missed};
use writer::Focus;

use crate::support::{
    app::TestApp,
    backend::{Backend, Backends},
    twins,
};

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    twins!(
        backends;
        what_a_viewer_may_not_see_changes_no_answer,
        each_rule_that_is_taken_out_is_missed,
        each_planted_leak_is_found,
    )
}

fn schema() -> Schema {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql"));
    Schema::parse(text.unwrap(), "schema.graphql").unwrap()
}

async fn what_a_viewer_may_not_see_changes_no_answer(first: TestApp, second: TestApp) {
    let most = match first.backend {
        Backend::Sqlite => 2_000,
        Backend::Postgres => 500,
    };
    let most = std::env::var("LETTERLOCK_TWO_WORLDS").map_or(most, |pairs| pairs.parse().unwrap());
    let schema = schema();
    let twins = Twins { first, second };
    let mut campaign = Campaign {
        schema: &schema,
        twins: &twins,
        tally: Tally::default(),
        most,
        focus: Focus::default(),
        progress: &|_| {},
    };
    if let Err(found) = campaign.run(0).await {
        let (seed, found) = *found;
        let found = found.shrink(&twins).await;
        panic!("seed {seed}: {}", found.report());
    }
    eprintln!("{:#?}", campaign.tally);
}
