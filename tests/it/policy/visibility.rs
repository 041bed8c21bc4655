//! The whole decision as tables that anybody can read, enumerated from `decide`.
//!
//! A row stands for every situation that fits it, and each situation fits one row alone: a table whose
//! row hides a difference fails before it is compared with the golden file.

use std::fmt::Write;

use letterlock::{
    domain::{
        age::AgeClass,
        audience::Audience,
        photo::AUDIENCES,
        profile::{Field, FieldSet, Spec},
    },
    privacy::{Act, Known, ViewerFacts, Wish, decide},
};
use libtest_mimic::Trial;

use super::{
    situations::{every, possible, viewers, wishes},
    table::{
        Cell, Class, check, in_doubt, lay_out, owner_is, owner_takes_no_part, place_of,
        shows_something, unserved, viewer_is, visits,
    },
};
use crate::support::plain;

pub(super) fn trials() -> Vec<Trial> {
    plain!(who_is_served, who_exists, audiences, photos, fields)
}

fn who_is_served() {
    let mut rows = Vec::new();
    for viewer in viewers() {
        let (mut any, mut all_of_oneself) = (Cell::default(), Cell::default());
        for wish in wishes() {
            let toward_oneself = !matches!(wish, Wish::Do(act) if act != Act::KeepOwn);
            for known in every(wish).filter(|known| possible(known) && known.viewer == viewer) {
                any.add(wish, &known);
                if known.pair.same && toward_oneself {
                    all_of_oneself.add(wish, &known);
                }
            }
        }
        let name = match viewer {
            ViewerFacts::Visitor => ["no account".to_owned(), "—".to_owned()],
            ViewerFacts::Member { age, standing } => [
                format!("{age:?}").to_lowercase(),
                format!("{standing:?}").to_lowercase(),
            ],
        };
        let served = any.answers.contains(&true);
        if !served {
            // One rule refuses it all, before any other is looked at.
            assert_eq!(any.reasons.len(), 1, "{:?}", any.reasons);
        }
        let own = all_of_oneself.answer(&name[0]).unwrap_or("—");
        let [age, standing] = name;
        let why = if served {
            ""
        } else {
            any.reasons.first().unwrap()
        };
        rows.push(vec![
            age,
            standing,
            if served { "yes" } else { "no" }.into(),
            own.into(),
            why.into(),
        ]);
    }
    check(
        "who-is-served",
        &lay_out(
            "Who is served anything at all, and who sees and keeps all of their own.",
            &["age", "standing", "served", "all of one's own", "why not"],
            &rows,
        ),
    );
}

const MEETINGS: &[Class] = &[
    (
        "an account that is not served | anybody, oneself too | —",
        unserved,
    ),
    ("a member who is served | oneself | —", |k| {
        !unserved(k) && k.pair.same
    }),
    ("a member in doubt | anybody else | —", |k| {
        in_doubt(k) && !k.pair.same
    }),
    (
        "anybody else | frozen, in doubt, a child, or of unknown age | —",
        |k| !unserved(k) && !in_doubt(k) && !k.pair.same && owner_takes_no_part(k),
    ),
    ("an adult | an adult | strangers", |k| {
        adult_meets(k, AgeClass::Adult) && !k.pair.penpals && !k.pair.blocked
    }),
    ("an adult | an adult | penpals", |k| {
        adult_meets(k, AgeClass::Adult) && k.pair.penpals && !k.pair.blocked
    }),
    ("an adult | an adult | blocked by either", |k| {
        adult_meets(k, AgeClass::Adult) && k.pair.blocked
    }),
    ("an adult | a teen | strangers", |k| {
        adult_meets(k, AgeClass::Teen) && !k.pair.penpals && !k.pair.blocked
    }),
    ("an adult | a teen | penpals", |k| {
        adult_meets(k, AgeClass::Teen) && k.pair.penpals && !k.pair.blocked
    }),
    ("an adult | a teen | blocked by either", |k| {
        adult_meets(k, AgeClass::Teen) && k.pair.blocked
    }),
    ("a teen | an adult | strangers", |k| {
        teen_meets(k, AgeClass::Adult) && !k.pair.penpals && !k.pair.blocked
    }),
    ("a teen | an adult | penpals", |k| {
        teen_meets(k, AgeClass::Adult) && k.pair.penpals && !k.pair.blocked
    }),
    ("a teen | an adult | blocked by either", |k| {
        teen_meets(k, AgeClass::Adult) && k.pair.blocked
    }),
    ("a teen | a teen | strangers", |k| {
        teen_meets(k, AgeClass::Teen) && !k.pair.penpals && !k.pair.blocked
    }),
    ("a teen | a teen | penpals", |k| {
        teen_meets(k, AgeClass::Teen) && k.pair.penpals && !k.pair.blocked
    }),
    ("a teen | a teen | blocked by either", |k| {
        teen_meets(k, AgeClass::Teen) && k.pair.blocked
    }),
    (
        "a visitor | an adult who shows something to the public | —",
        |k| visits(k) && owner_is(k, AgeClass::Adult) && shows_something(k),
    ),
    (
        "a visitor | an adult who shows nothing to the public | —",
        |k| visits(k) && owner_is(k, AgeClass::Adult) && !shows_something(k),
    ),
    ("a visitor | a teen | —", |k| {
        visits(k) && owner_is(k, AgeClass::Teen)
    }),
];

fn adult_meets(known: &Known, owner: AgeClass) -> bool {
    viewer_is(known, AgeClass::Adult) && owner_is(known, owner) && !known.pair.same
}

fn teen_meets(known: &Known, owner: AgeClass) -> bool {
    viewer_is(known, AgeClass::Teen) && owner_is(known, owner) && !known.pair.same
}

fn who_exists() {
    let mut cells: Vec<Cell> = MEETINGS.iter().map(|_| Cell::default()).collect();
    for known in every(Wish::Meet).filter(possible) {
        cells[place_of(MEETINGS, &known)].add(Wish::Meet, &known);
    }
    let rows: Vec<Vec<String>> = MEETINGS
        .iter()
        .zip(&cells)
        .map(|((name, _), cell)| {
            let mut row: Vec<String> = name.split(" | ").map(str::to_owned).collect();
            row.push(
                cell.answer(name)
                    .expect("a situation for every row")
                    .to_owned(),
            );
            row.push(cell.reasons.iter().copied().collect::<Vec<_>>().join("; "));
            row
        })
        .collect();
    check(
        "who-exists",
        &lay_out(
            "For whom a member exists. Where one does, the id, the handle and the display name are seen.",
            &["who looks", "at whom", "between them", "exists", "because"],
            &rows,
        ),
    );
}

/// Of the field that is looked at: the viewer stands on a list to which it is shown, or that is excepted.
const RELATIONS: &[Class] = &[
    ("themselves", |k| k.pair.same && !unserved(k)),
    ("a penpal", |k| {
        meets_another(k) && !visits(k) && k.pair.penpals && !listed(k) && !excepted(k)
    }),
    ("a penpal, listed", |k| {
        meets_another(k) && !visits(k) && k.pair.penpals && listed(k) && !excepted(k)
    }),
    ("a penpal, excepted", |k| {
        meets_another(k) && !visits(k) && k.pair.penpals && excepted(k)
    }),
    ("another member, listed or not", |k| {
        meets_another(k) && !visits(k) && !k.pair.penpals && !excepted(k)
    }),
    ("another member, excepted", |k| {
        meets_another(k) && !visits(k) && !k.pair.penpals && excepted(k)
    }),
    ("a visitor", |k| meets_another(k) && visits(k)),
    ("for whom they do not exist", |k| {
        !decide(Wish::Meet, k).allows()
    }),
];

fn listed(known: &Known) -> bool {
    known.pair.listed == FieldSet::ALL
}

fn excepted(known: &Known) -> bool {
    known.pair.excepted == FieldSet::ALL
}

/// The situation as the classes look at it: lists of `field` alone.
fn as_of(field: Field, mut known: Known) -> Known {
    let of = |set: FieldSet| {
        if set.contains(field) {
            FieldSet::ALL
        } else {
            FieldSet::NONE
        }
    };
    known.pair.listed = of(known.pair.listed);
    known.pair.excepted = of(known.pair.excepted);
    known
}

fn meets_another(known: &Known) -> bool {
    !known.pair.same && decide(Wish::Meet, known).allows()
}

/// For each relation, what a viewer sees of one field at each audience: the field's own row of cells.
fn seen(field: Field, age: AgeClass) -> Vec<[Cell; 5]> {
    let mut rows: Vec<[Cell; 5]> = RELATIONS.iter().map(|_| Default::default()).collect();
    for known in every(Wish::See(field))
        .filter(possible)
        .filter(|known| known.owner.age == age)
    {
        let audience = known.owner.audiences.chosen(field);
        rows[place_of(RELATIONS, &as_of(field, known))][audience as usize]
            .add(Wish::See(field), &known);
    }
    rows
}

fn audiences() {
    let mut rows = Vec::new();
    for (kind, sample) in [
        ("any field but these:", Field::City),
        ("contact", Field::Email),
        ("web handles", Field::WebHandles),
        ("mutual penpals", Field::MutualPenpals),
    ] {
        for age in [AgeClass::Adult, AgeClass::Teen] {
            let cells = seen(sample, age);
            for field in Field::ALL
                .into_iter()
                .filter(|field| sample_of(*field) == sample)
            {
                assert!(
                    seen(field, age) == cells,
                    "{field:?} is not like {sample:?}"
                );
            }
            for ((relation, _), cells) in RELATIONS.iter().zip(&cells) {
                let mut row = vec![
                    kind.to_owned(),
                    format!("{age:?}").to_lowercase(),
                    (*relation).to_owned(),
                ];
                row.extend(
                    cells
                        .iter()
                        .map(|cell| cell.answer(relation).unwrap_or("cannot be").to_owned()),
                );
                rows.push(row);
            }
        }
    }
    // Of an owner without a known age, or who is a child, nobody sees anything.
    for age in [AgeClass::Unknown, AgeClass::Child] {
        for field in Field::ALL {
            for cell in seen(field, age).into_iter().flatten() {
                assert_ne!(cell.answer("a child"), Some("yes"));
            }
        }
    }
    check(
        "audiences",
        &lay_out(
            "Who sees a field, by the audience that its owner has chosen. An audience that is wider than the\n\
             field or the owner's age allows counts as the widest that they allow. Contact: e-mail address,\n\
             telephone number, postal address.",
            &[
                "field", "owner", "viewer", "ONLY_ME", "LISTS", "PENPALS", "MEMBERS", "PUBLIC",
            ],
            &rows,
        ),
    );
}

/// Of a photo no list is asked.
const LOOKERS: &[Class] = &[
    ("themselves", |k| k.pair.same && !unserved(k)),
    ("a penpal", |k| {
        meets_another(k) && !visits(k) && k.pair.penpals
    }),
    ("another member", |k| {
        meets_another(k) && !visits(k) && !k.pair.penpals
    }),
    ("a visitor", |k| meets_another(k) && visits(k)),
    ("for whom they do not exist", |k| {
        !decide(Wish::Meet, k).allows()
    }),
];

fn photos() {
    let mut rows = Vec::new();
    for age in AgeClass::ALL {
        let mut cells: Vec<[Cell; 4]> = LOOKERS.iter().map(|_| Default::default()).collect();
        for (nth, chosen) in AUDIENCES.into_iter().enumerate() {
            let wish = Wish::Look(chosen);
            for known in every(wish)
                .filter(possible)
                .filter(|known| known.owner.age == age)
            {
                cells[place_of(LOOKERS, &known)][nth].add(wish, &known);
            }
        }
        for ((relation, _), cells) in LOOKERS.iter().zip(&cells) {
            let mut row = vec![format!("{age:?}").to_lowercase(), (*relation).to_owned()];
            let answers = cells.iter().map(|cell| cell.answer(relation));
            row.extend(answers.map(|answer| answer.unwrap_or("cannot be").to_owned()));
            rows.push(row);
        }
    }
    check(
        "photos",
        &lay_out(
            "Who looks at a photo or an album, by the audience that its owner has given it. What lies in an album is\n\
             looked at by those whom both audiences name.",
            &["owner", "viewer", "ONLY_ME", "PENPALS", "MEMBERS", "PUBLIC"],
            &rows,
        ),
    );
}

/// The field whose rows stand for those of `field` too.
fn sample_of(field: Field) -> Field {
    match field {
        Field::Email | Field::Phone | Field::PostalAddress => Field::Email,
        Field::WebHandles | Field::MutualPenpals => field,
        _ => Field::City,
    }
}

fn audience(audience: Audience) -> &'static str {
    match audience {
        Audience::OnlyMe => "ONLY_ME",
        Audience::Lists => "LISTS",
        Audience::Penpals => "PENPALS",
        Audience::Members => "MEMBERS",
        Audience::Public => "PUBLIC",
    }
}

/// Who sees the field of somebody of this age at each audience, as one word each.
fn line_of(field: Field, age: AgeClass) -> String {
    let cells = seen(field, age);
    let sees = |audience: usize| {
        let names = [
            "owner",
            "penpals",
            "penpals on its lists",
            "excepted penpals",
            "members",
            "excepted members",
            "visitors",
            "strangers to whom the owner does not exist",
        ];
        let who: Vec<&str> = names
            .into_iter()
            .zip(&cells)
            .filter(|(name, cells)| cells[audience].answer(name) == Some("yes"))
            .map(|(name, _)| name)
            .collect();
        who.join("+")
    };
    let parts: Vec<String> = Audience::ALL
        .into_iter()
        .map(|choice| format!("{} → {}", audience(choice), sees(choice as usize)))
        .collect();
    parts.join("; ")
}

fn fields() {
    let mut text = String::from("Every governed field, and what each of its audiences means.\n");
    for field in Field::ALL {
        let Spec {
            name,
            column,
            bounds,
            adult_default,
            teen_default,
            careful,
            open,
            adult_widest,
            teen_widest,
            clause,
            purpose,
            statistics,
            ..
        } = field.spec();
        write!(
            text,
            "\n{name} ({column}): {bounds}\n\
             \x20   clause {clause}; kept for {}; {} counted in statistics\n\
             \x20   presets: careful {}, open {}\n\
             \x20   adults: begins at {}, at most {}\n            {}\n\
             \x20   teens:  begins at {}, at most {}\n            {}\n",
            format!("{purpose:?}").to_lowercase(),
            if *statistics { "may be" } else { "never" },
            audience(*careful),
            audience(*open),
            audience(*adult_default),
            audience(*adult_widest),
            line_of(field, AgeClass::Adult),
            audience(*teen_default),
            audience(*teen_widest),
            line_of(field, AgeClass::Teen),
        )
        .unwrap();
    }
    check("fields", &text);
}
