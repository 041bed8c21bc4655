//! Mutation testing of the conditions in SQL: of `store::visible`, and of who is found by a search. They are text, so they
//! are changed where they are sent, one thing at a time, and `sql_agrees` or `search_agrees` must fail.
//!
//! It runs where `LETTERLOCK_MUTANTS` is set, as by `scripts/mutants`; a word in it picks those changes that have it in
//! their names. Otherwise it is only looked at whether the conditions are still sent as they stand here.

use std::{
    collections::BTreeSet,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    time::Instant,
};

use chrono::TimeDelta;
use futures_util::FutureExt;
use letterlock::{
    domain::profile::Field,
    store::proof::{BOUND, plant, uproot},
};
use libtest_mimic::Trial;

use super::{search_agrees, sql_agrees};
use crate::support::{
    app::TestApp,
    backend::{Backend, Backends},
    twins,
};

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    twins!(backends; each_change_of_a_condition_is_noticed)
}

/// A condition as it is sent. `?` stands for a bound value, `[` and `]` for the ends of what is true or false by itself.
/// In `{field}` stands the place of a field, and in `{shown}` and `{excepted}` its bit; it stands for the conditions of
/// all fields, which are changed together.
struct Condition {
    name: &'static str,
    text: &'static str,
    asked: Asked,
}

/// Which of the tests ask a condition.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    Lists,
    Search,
    Both,
}

const CONDITIONS: [Condition; 27] = [
    Condition {
        name: "meets, for a visitor",
        text: "([s.standing = 0] AND [s.turns_18_on <= ?] AND [s.audiences LIKE '%4%'])",
        asked: Asked::Lists,
    },
    Condition {
        name: "meets, for a member",
        text: "([v.standing <> 1] AND [v.turns_13_on <= ?] AND ([s.member_id = ?] \
               OR ([s.standing = 0] AND [v.standing = 0] AND [s.turns_13_on <= ?] \
               AND [NOT EXISTS (SELECT 1 FROM blocks x WHERE x.blocked_id = s.member_id AND x.blocker_id = ?)] \
               AND [NOT EXISTS (SELECT 1 FROM blocks x WHERE x.blocker_id = s.member_id AND x.blocked_id = ?)] \
               AND ([(s.turns_18_on <= ?) = (v.turns_18_on <= ?)] \
               OR [EXISTS (SELECT 1 FROM bonds x WHERE x.penpal_id = s.member_id AND x.member_id = ?)]))))",
        asked: Asked::Lists,
    },
    Condition {
        name: "meets by facts, for a visitor",
        text: "([f.standing = 0] AND [f.eighteen] AND [f.audiences LIKE '%4%'])",
        asked: Asked::Both,
    },
    Condition {
        name: "meets by facts, for a member",
        text: "([f.my_standing <> 1] AND [f.my_thirteen] AND ([f.member_id = ?] \
               OR ([f.standing = 0] AND [f.my_standing = 0] AND [f.thirteen] \
               AND [NOT f.blocked] AND ([f.eighteen = f.my_eighteen] OR [f.penpals]))))",
        asked: Asked::Both,
    },
    Condition {
        name: "found, for a visitor",
        text: "([substr(s.findable, 1, 1) = '4'])",
        asked: Asked::Lists,
    },
    Condition {
        name: "found, for a member",
        text: "([substr(s.findable, 1, 1) >= '3'] OR [s.member_id = ?] OR [substr(s.findable, 1, 1) = '2'] \
               AND [EXISTS (SELECT 1 FROM bonds x WHERE x.penpal_id = s.member_id AND x.member_id = ?)])",
        asked: Asked::Lists,
    },
    Condition {
        name: "found by facts, for a visitor",
        text: "([substr(f.findable, 1, 1) = '4'])",
        asked: Asked::Both,
    },
    Condition {
        name: "found by facts, for a member",
        text: "([substr(f.findable, 1, 1) >= '3'] OR [f.penpals] AND [substr(f.findable, 1, 1) = '2'] \
               OR [f.member_id = ?])",
        asked: Asked::Both,
    },
    Condition {
        name: "shows by facts, for a visitor",
        text: "([substr(f.audiences, {field}, 1) = '4'])",
        asked: Asked::Both,
    },
    Condition {
        name: "shows by facts, for a member",
        text: "(([substr(f.audiences, {field}, 1) >= '3'] OR [f.penpals] AND ([substr(f.audiences, {field}, 1) = '2'] \
               OR [substr(f.audiences, {field}, 1) = '1'] AND [(coalesce(f.named, 0) >> {shown}) & 1 = 1])) \
               AND NOT ([(coalesce(f.named, 0) >> {excepted}) & 1 = 1]))",
        asked: Asked::Both,
    },
    Condition {
        name: "search, far, for a member",
        text: "[v.standing = 0] AND [v.turns_13_on <= ?] AND [e.turns_13_on <= ?] \
               AND [(e.turns_18_on <= ?) = (v.turns_18_on <= ?)] AND [e.member_id NOT IN (SELECT id FROM near)] \
               AND [e.found_level >= 3]",
        asked: Asked::Search,
    },
    Condition {
        name: "search, far, for a visitor",
        text: "[e.turns_18_on <= ?] AND [e.audiences LIKE '%4%'] AND [e.found_level >= 4]",
        asked: Asked::Search,
    },
    Condition {
        name: "search, near",
        text: "UNION SELECT penpal_id FROM bonds WHERE [member_id = ?] UNION SELECT l.owner_id FROM list_members m \
               JOIN lists l ON l.id = m.list_id WHERE [m.member_id = ?] UNION SELECT blocker_id FROM blocks \
               WHERE [blocked_id = ?] UNION SELECT blocked_id FROM blocks WHERE blocked_id IS NOT NULL AND [blocker_id = ?]",
        asked: Asked::Search,
    },
    Condition {
        name: "search, oneself",
        text: " WHERE s.member_id = n.id AND [n.id <> ?])",
        asked: Asked::Search,
    },
    Condition {
        name: "search, shows to many, for a member",
        text: "([substr(e.audiences, {field}, 1) >= '3'])",
        asked: Asked::Search,
    },
    Condition {
        name: "search, shows to many, for a visitor",
        text: "([substr(e.audiences, {field}, 1) >= '4'])",
        asked: Asked::Search,
    },
    Condition {
        name: "search, shows a candidate, for a member",
        text: "([substr(c.audiences, {field}, 1) >= '3'])",
        asked: Asked::Search,
    },
    Condition {
        name: "search, newest",
        text: " AND [e.joined_level >= 3]",
        asked: Asked::Search,
    },
    Condition {
        name: "search, lately online",
        text: " AND [p.level >= 3]",
        asked: Asked::Search,
    },
    Condition {
        name: "search, newest, for a visitor",
        text: " AND [e.joined_level >= 4]",
        asked: Asked::Search,
    },
    Condition {
        name: "search, lately online, for a visitor",
        text: " AND [p.level >= 4]",
        asked: Asked::Search,
    },
    Condition {
        name: "search, when one of many was here",
        text: " AND [p.last_seen_at / 60000 >= ?]",
        asked: Asked::Search,
    },
    Condition {
        name: "search, when one of many joined",
        text: " AND [e.joined_on >= ?]",
        asked: Asked::Search,
    },
    Condition {
        name: "search, seen",
        text: " AND [f.seen >= ?])",
        asked: Asked::Search,
    },
    Condition {
        name: "search, the age of one of many",
        text: " END - e.birth_on) / 10000 BETWEEN ? AND ?)",
        asked: Asked::Search,
    },
    Condition {
        name: "search, the age by facts",
        text: " END - f.birth_on) / 10000 BETWEEN ? AND ?)",
        asked: Asked::Search,
    },
    Condition {
        name: "search, joined",
        text: " AND [f.joined_on >= ?])",
        asked: Asked::Search,
    },
];

/// What is put for what, each time that it stands in a condition.
const CHANGES: [(&str, &str); 37] = [
    (" AND ", " OR "),
    (" OR ", " AND "),
    ("NOT EXISTS", "EXISTS"),
    ("NOT f.", "f."),
    ("NOT (", "("),
    (" = ", " <> "),
    (" <> ", " = "),
    (" <= ", " < "),
    (" <= ", " > "),
    (" >= ", " > "),
    (" >= ", " < "),
    ("standing = 0", "standing = 1"),
    ("standing = 0", "standing = 2"),
    ("standing <> 1", "standing <> 0"),
    ("standing <> 1", "standing <> 2"),
    ("turns_13_on", "turns_18_on"),
    ("turns_18_on", "turns_13_on"),
    ("thirteen", "eighteen"),
    ("eighteen", "thirteen"),
    ("f.my_", "f."),
    ("blocked_id", "blocker_id"),
    ("blocker_id", "blocked_id"),
    ("'%4%'", "'%3%'"),
    ("'4'", "'3'"),
    ("'3'", "'2'"),
    ("'2'", "'1'"),
    ("'2'", "'3'"),
    ("'1'", "'2'"),
    ("'1'", "'0'"),
    ("findable, 1,", "findable, 2,"),
    ("NOT IN", "IN"),
    ("level >= 3", "level >= 2"),
    ("level >= 4", "level >= 3"),
    ("BETWEEN", "NOT BETWEEN"),
    ("{field}", "{next}"),
    ("{shown}", "{excepted}"),
    ("{excepted}", "{shown}"),
];

const NOT_SERVED: &str = "an account that is frozen or a child's is turned away before";
const HELD_TO_IT_BEFORE: &str =
    "whoever comes here shows the list to the public, or was held to the same before";
const MORE_ARE_NEAR: &str =
    "more members count as near; all the facts about them are looked at, which finds the same";

/// Those that no test can notice, and why.
const UNNOTICEABLE: [(&str, &str); 18] = [
    (
        r#"meets, for a member: "[v.standing <> 1]" 1 becomes "(TRUE)""#,
        NOT_SERVED,
    ),
    (
        r#"meets, for a member: "[v.turns_13_on <= ?]" 1 becomes "(TRUE AND ? IS NOT NULL)""#,
        NOT_SERVED,
    ),
    (
        r#"meets by facts, for a visitor: "[f.audiences LIKE '%4%']" 1 becomes "(TRUE)""#,
        HELD_TO_IT_BEFORE,
    ),
    (
        r#"meets by facts, for a member: "standing <> 1" 1 becomes "standing <> 2""#,
        "who is in doubt meets nobody, in whose list they could come upon themselves",
    ),
    (
        r#"meets by facts, for a member: "f.my_" 1 becomes "f.""#,
        NOT_SERVED,
    ),
    (
        r#"meets by facts, for a member: "f.my_" 2 becomes "f.""#,
        NOT_SERVED,
    ),
    (
        r#"meets by facts, for a member: "[f.member_id = ?]" 1 becomes "(FALSE AND ? IS NULL)""#,
        "who takes part meets all the rest of it toward themselves; who is in doubt comes upon no list",
    ),
    (
        r#"meets by facts, for a member: "[f.my_standing <> 1]" 1 becomes "(TRUE)""#,
        NOT_SERVED,
    ),
    (
        r#"meets by facts, for a member: "[f.my_thirteen]" 1 becomes "(TRUE)""#,
        NOT_SERVED,
    ),
    (
        r#"search, far, for a member: "[v.turns_13_on <= ?]" 1 becomes "(TRUE AND ? IS NOT NULL)""#,
        NOT_SERVED,
    ),
    (r#"search, near: " = " 2 becomes " <> ""#, MORE_ARE_NEAR),
    (r#"search, near: " = " 3 becomes " <> ""#, MORE_ARE_NEAR),
    (
        r#"search, near: "[member_id = ?]" 1 becomes "(TRUE AND ? IS NOT NULL)""#,
        MORE_ARE_NEAR,
    ),
    (
        r#"search, near: "[m.member_id = ?]" 1 becomes "(TRUE AND ? IS NOT NULL)""#,
        MORE_ARE_NEAR,
    ),
    (
        r#"search, near: "[blocked_id = ?]" 1 becomes "(TRUE AND ? IS NOT NULL)""#,
        MORE_ARE_NEAR,
    ),
    (
        r#"search, near: "[blocker_id = ?]" 1 becomes "(TRUE AND ? IS NOT NULL)""#,
        MORE_ARE_NEAR,
    ),
    (
        r#"found by facts, for a visitor: "[substr(f.findable, 1, 1) = '4']" 1 becomes "(TRUE)""#,
        HELD_TO_IT_BEFORE,
    ),
    (
        r#"found by facts, for a member: "[f.member_id = ?]" 1 becomes "(FALSE AND ? IS NULL)""#,
        "nobody is among those whom they search",
    ),
];

struct Mutant {
    name: String,
    condition: &'static Condition,
    text: String,
}

/// Every change of a condition.
fn mutants(condition: &'static Condition) -> Vec<Mutant> {
    let text = condition.text;
    let mut all = Vec::new();
    let mut add = |at: usize, from: &str, to: &str| {
        let nth = text[..at].matches(from).count() + 1;
        all.push(Mutant {
            name: format!("{}: {from:?} {nth} becomes {to:?}", condition.name),
            condition,
            text: format!("{}{to}{}", &text[..at], &text[at + from.len()..]),
        });
    };
    for (from, to) in CHANGES {
        for (at, _) in text.match_indices(from) {
            add(at, from, to);
        }
    }
    for (at, _) in text.match_indices('[') {
        let whole = &text[at..=at + text[at..].find(']').unwrap()];
        // As many values are bound as before.
        let bound = whole.matches('?').count();
        for (truth, null) in [("TRUE", " AND ? IS NOT NULL"), ("FALSE", " AND ? IS NULL")] {
            add(at, whole, &format!("({truth}{})", null.repeat(bound)));
        }
    }
    all
}

/// The text as it is sent, of each field where it is of fields.
fn sent(text: &str) -> Vec<String> {
    let plain = text
        .replace(['[', ']'], "")
        .replace('?', &BOUND.to_string());
    let of_field = |field: &Field| {
        let place = field.index() + 1;
        plain
            .replace("{field}", &place.to_string())
            .replace("{next}", &(place + 1).to_string())
            .replace("{shown}", &(place - 1).to_string())
            .replace("{excepted}", &(place + 31).to_string())
    };
    Field::ALL.iter().map(of_field).collect()
}

/// From now on the condition is sent as `text`.
fn change(condition: &Condition, text: &str) {
    let changes: Vec<(String, String)> = sent(condition.text).into_iter().zip(sent(text)).collect();
    let (before, of_fields) = condition
        .text
        .split_once("{field}")
        .unwrap_or((condition.text, ""));
    let begin = before
        .replace(['[', ']'], "")
        .replace('?', &BOUND.to_string());
    let most = if of_fields.is_empty() {
        1
    } else {
        changes.len()
    };
    plant(move |sql| {
        let mut sql = sql.to_owned();
        if sql.contains(&begin) {
            // By way of a mark, so that what one field's has become is not taken for the next one's.
            for (nth, (from, _)) in changes[..most].iter().enumerate() {
                sql = sql.replace(from, &format!("\u{2}{nth}\u{2}"));
            }
            for (nth, (_, to)) in changes[..most].iter().enumerate() {
                sql = sql.replace(&format!("\u{2}{nth}\u{2}"), to);
            }
        }
        sql
    });
}

/// Whether a test fails, and in which world.
async fn noticed(app: &TestApp, asked: Asked) -> Option<String> {
    if asked != Asked::Lists {
        let looked = AssertUnwindSafe(search_agrees::edge(app));
        if looked.catch_unwind().await.is_err() {
            return Some("search, at the edge".to_owned());
        }
    }
    for seed in 0..sql_agrees::WORLDS {
        app.clock.advance(TimeDelta::seconds(1));
        if asked != Asked::Search {
            let mut tally = sql_agrees::Tally::default();
            let looked = AssertUnwindSafe(sql_agrees::world(app, seed, &mut tally));
            if looked.catch_unwind().await.is_err() {
                return Some(format!("lists, world {seed}"));
            }
        }
        if asked != Asked::Lists && seed < search_agrees::WORLDS {
            let mut tally = search_agrees::Tally::default();
            let looked = AssertUnwindSafe(search_agrees::world(app, seed, &mut tally));
            if looked.catch_unwind().await.is_err() {
                return Some(format!("search, world {seed}"));
            }
        }
    }
    None
}

/// Each condition is still sent as it stands here.
async fn are_sent(app: &TestApp) {
    let statements = Arc::new(Mutex::new(BTreeSet::new()));
    let heard = Arc::clone(&statements);
    plant(move |sql| {
        heard.lock().unwrap().insert(sql.to_owned());
        sql.to_owned()
    });
    sql_agrees::world(app, 0, &mut sql_agrees::Tally::default()).await;
    search_agrees::world(app, 0, &mut search_agrees::Tally::default()).await;
    uproot();
    let statements = statements.lock().unwrap();
    for condition in &CONDITIONS {
        let is_sent = |text: &String| statements.iter().any(|sql| sql.contains(text));
        let texts = sent(condition.text);
        assert!(texts.iter().any(is_sent), "is not sent: {}", condition.name);
    }
}

async fn each_change_of_a_condition_is_noticed(app: TestApp, _: TestApp) {
    if app.backend == Backend::Postgres {
        // The same text, but for the names of bound values.
        return;
    }
    are_sent(&app).await;
    let Ok(wanted) = std::env::var("LETTERLOCK_MUTANTS") else {
        return;
    };
    let mutants: Vec<Mutant> = CONDITIONS.iter().flat_map(mutants).collect();
    let (mut all, mut caught, mut wrong) = (0, 0, Vec::new());
    // What the tests say of each failure is not for reading.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for mutant in mutants.iter().filter(|it| it.name.contains(&wanted)) {
        let begin = Instant::now();
        change(mutant.condition, &mutant.text);
        let noticed = noticed(&app, mutant.condition.asked).await;
        uproot();
        let unnoticeable = UNNOTICEABLE.iter().find(|(name, _)| *name == mutant.name);
        let how = match (&noticed, unnoticeable) {
            (Some(place), _) => place.as_str(),
            (None, Some((_, reason))) => reason,
            (None, None) => "MISSED",
        };
        eprintln!(
            "{} — {how} ({:.1} s)",
            mutant.name,
            begin.elapsed().as_secs_f32()
        );
        all += 1;
        caught += usize::from(noticed.is_some());
        if noticed.is_some() == unnoticeable.is_some() {
            wrong.push(&mutant.name);
        }
    }
    std::panic::set_hook(hook);
    eprintln!(
        "{all} changes of conditions: {caught} noticed, {} not",
        all - caught
    );
    assert!(wrong.is_empty(), "missed, or noticed after all: {wrong:#?}");
}
