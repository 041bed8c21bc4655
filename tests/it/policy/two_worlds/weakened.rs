//! The proof that the instrument works: without each rule, and with each planted leak, it finds a difference.

use letterlock::{
    privacy::{
        decide,
        proof::{rules, without},
    },
    store::proof::uproot,
};

use super::{
    campaign::{Campaign, Tally},
    conformity::{acts_come_out_as_written, what_is_shown_shows},
    pair::Twins,
    planted::{ANYWHERE, CONDITIONS, LEAKS},
    schema,
    writer::Focus,
};
use crate::{
    policy::situations::{every, possible, wishes},
    support::{app::TestApp, backend::Backend},
};

/// How many worlds are looked through at most for one difference.
const WORLDS: u64 = 80;

/// The parts of the instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    /// Acts come out as the prose says.
    Acts,
    /// What may be seen shows.
    Shows,
    /// What may not be seen changes no answer.
    TwoWorlds,
}

/// What finds the lack of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lack {
    IsFoundBy(Part),
    /// No decision comes out otherwise: another rule, or that the undecided is denied, covers it.
    ChangesNoDecision,
    /// No request gets as far as the decisions that come out otherwise.
    IsBehindAnotherDoor,
}

/// Every rule, and what finds that it is missing.
const RULES: [(&str, Lack); 20] = [
    ("allow_oneself", Lack::IsFoundBy(Part::Shows)),
    ("allow_the_act", Lack::IsFoundBy(Part::Acts)),
    ("allow_the_audience", Lack::IsFoundBy(Part::Shows)),
    ("allow_to_meet_who_exists", Lack::IsFoundBy(Part::Shows)),
    ("allow_who_may_find", Lack::IsFoundBy(Part::Shows)),
    ("deny_across_the_age_line", Lack::IsFoundBy(Part::TwoWorlds)),
    // An account that is not served is turned away before any resolver, and one that is frozen on the way has no
    // session any more.
    (
        "deny_an_account_that_is_not_served",
        Lack::IsBehindAnotherDoor,
    ),
    // Who is across the line and no penpal does not exist, and who is a penpal cannot become one.
    (
        "deny_new_bonds_across_the_age_line",
        Lack::ChangesNoDecision,
    ),
    (
        "deny_others_to_who_is_in_doubt",
        Lack::IsFoundBy(Part::TwoWorlds),
    ),
    ("deny_penpals", Lack::IsFoundBy(Part::Acts)),
    ("deny_the_blocked", Lack::IsFoundBy(Part::TwoWorlds)),
    ("deny_the_excepted", Lack::IsFoundBy(Part::TwoWorlds)),
    // What no rule decides is denied anyway.
    ("deny_the_rest", Lack::ChangesNoDecision),
    ("deny_to_oneself", Lack::IsFoundBy(Part::Acts)),
    ("deny_unless_asked", Lack::IsFoundBy(Part::Acts)),
    ("deny_unless_asked_me", Lack::IsFoundBy(Part::Acts)),
    ("deny_unless_penpals", Lack::IsFoundBy(Part::Acts)),
    // An act begins with leave to keep one's own account, which a visitor has none of.
    ("deny_visitors", Lack::IsBehindAnotherDoor),
    (
        "deny_visitors_all_but_public_adults",
        Lack::IsFoundBy(Part::TwoWorlds),
    ),
    ("deny_who_takes_no_part", Lack::IsFoundBy(Part::TwoWorlds)),
];

/// Looks for a difference with one part of the instrument; says in the world of which seed it was.
async fn found(twins: &Twins, part: Part, focus: Focus, worlds: u64) -> Option<(u64, String)> {
    let schema = schema();
    for seed in 0..worlds {
        twins.rest();
        let what = match part {
            Part::Acts => acts_come_out_as_written(twins, seed).await.err(),
            Part::Shows => what_is_shown_shows(twins, seed).await.err(),
            Part::TwoWorlds => {
                let mut campaign = Campaign {
                    schema: &schema,
                    twins,
                    tally: Tally::default(),
                    most: usize::MAX,
                    focus,
                    progress: &|_| {},
                };
                let found = campaign.world(seed).await.err();
                found.map(|found| format!("{} pairs, {}", campaign.tally.pairs, found.difference))
            }
        };
        if let Some(what) = what {
            return Some((seed, what));
        }
    }
    None
}

/// Whether some decision about facts that can be comes out otherwise without the rule.
fn changes_a_decision(rule: &'static str) -> bool {
    wishes().into_iter().any(|wish| {
        every(wish).filter(possible).any(|known| {
            let whole = decide(wish, &known).allows();
            without(Some(rule));
            let weakened = decide(wish, &known).allows();
            without(None);
            whole != weakened
        })
    })
}

/// The whole of the policy is in force, and nothing is found.
pub(super) async fn each_rule_that_is_taken_out_is_missed(first: TestApp, second: TestApp) {
    let held: Vec<&str> = RULES.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules().into_iter().collect::<Vec<_>>(), held);
    if first.backend == Backend::Postgres {
        // What is decided does not go by the database.
        return;
    }
    let twins = Twins { first, second };
    for (rule, lack) in RULES {
        let Lack::IsFoundBy(part) = lack else {
            assert_eq!(
                changes_a_decision(rule),
                lack == Lack::IsBehindAnotherDoor,
                "{rule}"
            );
            continue;
        };
        without(Some(rule));
        let found = found(&twins, part, ANYWHERE, WORLDS).await;
        without(None);
        let (seed, what) = found.unwrap_or_else(|| panic!("nobody missed {rule}"));
        eprintln!("without {rule}: {part:?}, world {seed}, {}", begin(&what));
    }
    // And behind the other doors nothing is to be had, in a few worlds.
    for (rule, lack) in RULES {
        if lack == Lack::IsBehindAnotherDoor {
            without(Some(rule));
            for part in [Part::Acts, Part::TwoWorlds] {
                let found = found(&twins, part, Focus::default(), 1).await;
                assert_eq!(found, None, "{rule} was missed by {part:?} after all");
            }
            without(None);
        }
    }
}

/// Leaks in SQL; in the longer run also each condition of `store::visible` left out.
pub(super) async fn each_planted_leak_is_found(first: TestApp, second: TestApp) {
    let longer = std::env::var("LETTERLOCK_TWO_WORLDS").is_ok();
    let planted = match (first.backend, longer) {
        (_, true) => LEAKS.iter().chain(&CONDITIONS),
        (Backend::Sqlite, false) => LEAKS.iter().chain(&[]),
        // The same text, but for the names of bound values.
        (Backend::Postgres, false) => return,
    };
    let twins = Twins { first, second };
    let mut missed = Vec::new();
    for planted in planted {
        planted.plant();
        let found = found(&twins, Part::TwoWorlds, planted.focus, WORLDS).await;
        uproot();
        if let Some((seed, what)) = found {
            eprintln!("{}: world {seed}, {}", planted.name, begin(&what));
        } else {
            missed.push(planted.name);
        }
    }
    assert!(missed.is_empty(), "nobody found: {missed:?}");
}

fn begin(what: &str) -> String {
    what.chars()
        .take(60)
        .map(|c| if c == '\n' { ' ' } else { c })
        .collect()
}
