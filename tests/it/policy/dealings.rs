//! What members may do to each other, as a table.

use letterlock::privacy::{Act, Known, Wish};
use libtest_mimic::Trial;

use super::{
    situations::{every, possible},
    table::{
        Cell, Class, across, alike, check, in_doubt, lay_out, owner_takes_no_part, place_of,
        unserved, visits,
    },
};
use crate::support::plain;

pub(super) fn trials() -> Vec<Trial> {
    plain!(acts)
}

const DEALINGS: &[Class] = &[
    ("a visitor | anybody | —", visits),
    (
        "an account that is not served | anybody, oneself too | —",
        unserved,
    ),
    ("a member | oneself | —", |k| !unserved(k) && k.pair.same),
    ("a member in doubt | anybody else | —", |k| {
        in_doubt(k) && !k.pair.same
    }),
    (
        "a member | frozen, in doubt, a child, or of unknown age | —",
        |k| !visits(k) && !unserved(k) && !in_doubt(k) && !k.pair.same && owner_takes_no_part(k),
    ),
    ("a member | whom either has blocked | —", |k| {
        (alike(k) || across(k)) && k.pair.blocked
    }),
    ("a member | alike in age | nothing", |k| {
        dealing(k, alike, false, false, false)
    }),
    ("a member | alike in age | the member has asked", |k| {
        dealing(k, alike, false, true, false)
    }),
    ("a member | alike in age | the other has asked", |k| {
        dealing(k, alike, false, false, true)
    }),
    ("a member | alike in age | both have asked", |k| {
        dealing(k, alike, false, true, true)
    }),
    ("a member | alike in age | penpals", |k| {
        dealing(k, alike, true, false, false)
    }),
    (
        "a member | alike in age | penpals, yet the member has asked",
        |k| dealing(k, alike, true, true, false),
    ),
    (
        "a member | alike in age | penpals, yet the other has asked",
        |k| dealing(k, alike, true, false, true),
    ),
    (
        "a member | alike in age | penpals, yet both have asked",
        |k| dealing(k, alike, true, true, true),
    ),
    (
        "a teen or an adult | of the other age | no penpals, whoever has asked",
        |k| across(k) && !k.pair.blocked && !k.pair.penpals,
    ),
    ("a teen or an adult | of the other age | penpals", |k| {
        dealing(k, across, true, false, false)
    }),
    (
        "a teen or an adult | of the other age | penpals, yet the member has asked",
        |k| dealing(k, across, true, true, false),
    ),
    (
        "a teen or an adult | of the other age | penpals, yet the other has asked",
        |k| dealing(k, across, true, false, true),
    ),
    (
        "a teen or an adult | of the other age | penpals, yet both have asked",
        |k| dealing(k, across, true, true, true),
    ),
];

fn dealing(
    k: &Known,
    ages: fn(&Known) -> bool,
    penpals: bool,
    asked: bool,
    asked_me: bool,
) -> bool {
    let pair = k.pair;
    let wanted = (pair.penpals, pair.asked, pair.asked_me) == (penpals, asked, asked_me);
    ages(k) && wanted && !pair.blocked && !pair.same
}

fn acts() {
    let mut rows: Vec<[Cell; 12]> = DEALINGS.iter().map(|_| Default::default()).collect();
    for (nth, act) in Act::ALL.into_iter().enumerate() {
        for known in every(Wish::Do(act)).filter(possible) {
            rows[place_of(DEALINGS, &known)][nth].add(Wish::Do(act), &known);
        }
    }
    let rows: Vec<Vec<String>> = DEALINGS
        .iter()
        .zip(&rows)
        .map(|((name, _), cells)| {
            let mut row: Vec<String> = name.split(" | ").map(str::to_owned).collect();
            row.extend(cells.iter().map(|cell| {
                cell.answer(name)
                    .expect("a situation for every row")
                    .to_owned()
            }));
            row
        })
        .collect();
    check(
        "acts",
        &lay_out(
            "What somebody may do to somebody.",
            &[
                "who acts",
                "toward whom",
                "between them",
                "keep own",
                "ask",
                "accept",
                "decline",
                "withdraw",
                "end",
                "block",
                "enlist",
                "write",
                "report",
                "post",
                "comment",
            ],
            &rows,
        ),
    );
}
