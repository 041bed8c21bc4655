//! The policy, a value: for each wish the ordered rules that decide it. The first rule that says something decides.

use super::{
    Act, Known, Verdict, Wish,
    rules::{
        Says, allow_oneself, allow_the_act, allow_the_audience, allow_to_meet_who_exists,
        allow_who_may_find, deny_across_the_age_line, deny_an_account_that_is_not_served,
        deny_new_bonds_across_the_age_line, deny_others_to_who_is_in_doubt, deny_penpals,
        deny_the_blocked, deny_the_excepted, deny_the_rest, deny_to_oneself, deny_unless_asked,
        deny_unless_asked_me, deny_unless_penpals, deny_visitors,
        deny_visitors_all_but_public_adults, deny_who_takes_no_part,
    },
};

/// A rule and its name.
struct Rule {
    // Read by the tests of the proof alone.
    #[cfg_attr(
        not(feature = "proof"),
        expect(dead_code, reason = "rules go by their names in the proof alone")
    )]
    name: &'static str,
    says: Says,
}

macro_rules! rules {
    ($($rule:ident),* $(,)?) => {
        &[$(Rule { name: stringify!($rule), says: $rule }),*]
    };
}

/// What every look at a member asks first: that the member exists for the one who looks.
macro_rules! looking {
    ($($rule:ident),* $(,)?) => {
        rules![
            deny_an_account_that_is_not_served,
            allow_oneself,
            deny_others_to_who_is_in_doubt,
            deny_who_takes_no_part,
            deny_the_blocked,
            deny_across_the_age_line,
            deny_visitors_all_but_public_adults,
            $($rule,)*
            deny_the_rest,
        ]
    };
}

const SEEING: &[Rule] = looking![
    allow_to_meet_who_exists,
    deny_the_excepted,
    allow_the_audience,
];
const FINDING: &[Rule] = looking![allow_who_may_find];

const KEEPING_OWN: &[Rule] = rules![
    deny_an_account_that_is_not_served,
    deny_visitors,
    allow_oneself,
    deny_the_rest,
];

/// What every act toward another member asks first: that the other exists for the one who acts.
macro_rules! acting {
    ($($rule:ident),* $(,)?) => {
        rules![
            deny_an_account_that_is_not_served,
            deny_visitors,
            deny_to_oneself,
            deny_others_to_who_is_in_doubt,
            deny_who_takes_no_part,
            deny_the_blocked,
            deny_across_the_age_line,
            $($rule,)*
            allow_the_act,
            deny_the_rest,
        ]
    };
}

const ASKING: &[Rule] = acting![deny_new_bonds_across_the_age_line, deny_penpals];
const ACCEPTING: &[Rule] = acting![
    deny_new_bonds_across_the_age_line,
    deny_penpals,
    deny_unless_asked_me
];
const DECLINING: &[Rule] = acting![deny_unless_asked_me];
const WITHDRAWING: &[Rule] = acting![deny_unless_asked];
const ENDING: &[Rule] = acting![deny_unless_penpals];
const BLOCKING: &[Rule] = acting![];
const ENLISTING: &[Rule] = acting![deny_unless_penpals];
// Whether what is written is wanted is for `contact`, and is not told.
const WRITING: &[Rule] = acting![];
const REPORTING: &[Rule] = acting![];
const POSTING: &[Rule] = acting![deny_unless_penpals];
// Whether the viewer may read the post is decided besides.
const COMMENTING: &[Rule] = acting![deny_unless_penpals];

const fn policy(wish: Wish) -> &'static [Rule] {
    match wish {
        Wish::Meet | Wish::See(_) | Wish::Look(_) => SEEING,
        Wish::Find(_) => FINDING,
        Wish::Do(act) => match act {
            Act::KeepOwn => KEEPING_OWN,
            Act::Ask => ASKING,
            Act::Accept => ACCEPTING,
            Act::Decline => DECLINING,
            Act::Withdraw => WITHDRAWING,
            Act::End => ENDING,
            Act::Block => BLOCKING,
            Act::Enlist => ENLISTING,
            Act::Write => WRITING,
            Act::Report => REPORTING,
            Act::Post => POSTING,
            Act::Comment => COMMENTING,
        },
    }
}

/// Decides whether what is known allows the wish. Pure.
pub fn decide(wish: Wish, known: &Known) -> Verdict {
    policy(wish)
        .iter()
        .filter(|rule| in_force(rule))
        .find_map(|rule| (rule.says)(wish, known))
        // Undecided is a bug, and denies.
        .unwrap_or(Verdict::Deny("undecided"))
}

/// Every rule is in force: there is no way to switch one off in what is released.
#[cfg(not(feature = "proof"))]
const fn in_force(_: &Rule) -> bool {
    true
}

#[cfg(feature = "proof")]
fn in_force(rule: &Rule) -> bool {
    proof::WITHOUT.get() != Some(rule.name)
}

/// A policy without one of its rules, for the proof that the tests would notice.
#[cfg(feature = "proof")]
pub mod proof {
    use std::{cell::Cell, collections::BTreeSet};

    use super::{Act, Wish, policy};
    use crate::domain::findable::Way;

    thread_local! {
        pub(super) static WITHOUT: Cell<Option<&'static str>> = const { Cell::new(None) };
    }

    /// The names of all rules.
    pub fn rules() -> BTreeSet<&'static str> {
        let acts = Act::ALL.into_iter().map(Wish::Do);
        let finds = Way::ALL.into_iter().map(Wish::Find);
        let wishes = acts.chain(finds).chain([Wish::Meet]);
        wishes.flat_map(policy).map(|rule| rule.name).collect()
    }

    /// From now on this thread, and no other, decides without the rule of this name.
    pub fn without(rule: Option<&'static str>) {
        WITHOUT.set(rule);
    }
}
