//! The statement recorder as proof: over random worlds, viewers and documents, a governed column is named
//! only in a content statement, only where somebody's permit for it was granted, and read only for the
//! members whose permit was.

use letterlock::domain::{
    audience::Audience,
    profile::{FIELDS, SPECS},
};
use libtest_mimic::Trial;
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::{
    oracle::Souls,
    recorded::{Kind, Recorded, recorded},
};
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::Client,
    trials,
    world::{Person, Plan, canary},
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends;
        a_governed_column_is_read_only_for_members_whose_permit_was_granted,
        a_visitor_and_somebody_blocked_cause_no_content_statement,
        an_account_that_is_not_served_causes_a_session_statement_and_no_other,
    )
}

const IDENTITY: i64 = 1 << 62;
const PEOPLE: usize = 12;

/// How a content statement reads each field, by its place in the list; the rest of what it does is joins.
const READS: [&str; FIELDS] = [
    "p.full_name",
    "a.email",
    "p.birth_on",
    "p.birth_on",
    "p.gender",
    "p.country",
    "p.city",
    "profile_languages",
    "p.occupation",
    "profile_interests",
    "p.about_me",
    "n.last_seen_at",
    "p.phone",
    "p.postal_address",
    "p.birth_on",
    "p.education",
    "p.relationship",
    "p.looking_for",
    "profile_web_handles",
    "m.joined_at",
    "(nothing)",
    "(nothing)",
];
const AGE: usize = 3;
const BIRTHDAY: usize = 14;
const JOINED: usize = 19;
const PENPALS: usize = 20;
/// The bit for an age to the day.
const TO_THE_DAY: i64 = 1 << 61;
/// The bits of what is read from the birth date.
const BIRTHS: i64 = 1 << 2 | 1 << AGE | 1 << BIRTHDAY;

/// Each field as the wire names it, with a selection, by its place in the list.
const SELECTIONS: [&str; PENPALS] = [
    "fullName",
    "email",
    "birthDate",
    "age",
    "gender",
    "country { code }",
    "city",
    "languages { fluency }",
    "occupation",
    "interests { slug }",
    "aboutMe",
    "lastSeen",
    "phone",
    "postalAddress",
    "birthday",
    "education",
    "relationship",
    "lookingFor",
    "webHandles { address }",
    "joinedOn",
];

/// Draws documents.
struct Author {
    rng: ChaCha20Rng,
    aliases: usize,
    /// What `access` is asked about: one field in a document, since two of one name in the answer must agree.
    accessed: &'static str,
}

impl Author {
    fn alias(&mut self) -> String {
        // The document guard allows thirty, fragments written out.
        if self.aliases < 12 && self.rng.random_range(0..4) == 0 {
            self.aliases += 1;
            format!("x{}: ", self.aliases)
        } else {
            String::new()
        }
    }

    fn profile(&mut self) -> String {
        let mut text = "profile { __typename ".to_owned();
        for selection in SELECTIONS {
            if self.rng.random_range(0..3) == 0 {
                let alias = self.alias();
                text.push_str(&format!("{alias}{selection} "));
            }
        }
        if self.rng.random_range(0..4) == 0 {
            text.push_str(&format!("access(field: {}) ", self.accessed));
        }
        text + "} "
    }

    fn member(&mut self, depth: usize) -> String {
        let mut text = "id ".to_owned();
        for plain in [
            "handle ",
            "displayName ",
            "bond ",
            "...Some ",
            "... on Member { ...More } ",
        ] {
            if self.rng.random_range(0..4) == 0 {
                text.push_str(plain);
            }
        }
        if self.rng.random_range(0..4) != 0 {
            let profile = self.profile();
            text.push_str(&profile);
        }
        if depth > 0 && self.rng.random_range(0..2) == 0 {
            let (first, count) = (self.rng.random_range(1..6), self.rng.random_range(0..2));
            let inner = self.member(depth - 1);
            let count = if count == 0 { "" } else { "totalCount " };
            let list = ["penpals", "mutualPenpals"][self.rng.random_range(0..2)];
            text.push_str(&format!(
                "{list}(first: {first}) {{ {count}edges {{ node {{ {inner} }} }} }} "
            ));
        }
        text
    }

    fn document(&mut self, people: &[Person]) -> String {
        self.aliases = 0;
        self.accessed = SPECS.choose(&mut self.rng).unwrap().name;
        let mut text = "{ ".to_owned();
        for root in 0..self.rng.random_range(1..4) {
            let person = people.choose(&mut self.rng).unwrap().clone();
            let id = person.id.global();
            let inner = self.member(2);
            let field = match self.rng.random_range(0..6) {
                0 => format!("me {{ member {{ {inner} }} }}"),
                1 => format!("member(id: \"{id}\") {{ {inner} }}"),
                2 => format!(
                    "memberByHandle(handle: \"{}\") {{ {inner} }}",
                    person.handle
                ),
                3 => format!("node(id: \"{id}\") {{ ... on Member {{ {inner} }} }}"),
                4 => {
                    let some = people.sample(&mut self.rng, 6);
                    let ids: Vec<String> = some.map(|person| person.id.global()).collect();
                    format!(
                        "nodes(ids: {}) {{ ... on Member {{ {inner} }} }}",
                        json!(ids)
                    )
                }
                _ => format!("members(first: 8) {{ edges {{ node {{ {inner} }} }} }}"),
            };
            text.push_str(&format!("r{root}: {field} "));
        }
        text.push_str("} ");
        // Written out, a fragment's aliases count at each place.
        self.aliases = usize::MAX;
        for (name, also) in [("Some", ""), ("More", "handle ")] {
            let profile = self.profile();
            if text.contains(&format!("...{name} ")) {
                text.push_str(&format!("fragment {name} on Member {{ {also}{profile} }} "));
            }
        }
        text
    }
}

/// What was seen in all, so that a pass is no coincidence.
#[derive(Debug, Default)]
struct Tally {
    contents: usize,
    granted: usize,
    unnamed: usize,
    withheld: usize,
    silent: usize,
}

async fn a_governed_column_is_read_only_for_members_whose_permit_was_granted(app: TestApp) {
    let plans: Vec<Plan> = (0..PEOPLE)
        .map(|nth| Plan::adult(&format!("Person{nth}x"), Audience::OnlyMe))
        .collect();
    let people = app.db_world(&plans, &[], &[]).await;
    let mut clients: Vec<(Option<usize>, Client)> = vec![(None, app.visitor())];
    for (place, person) in people.iter().enumerate() {
        clients.push((Some(place), app.db_client(person).await));
    }
    let mut tally = Tally::default();
    for seed in 0..12 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let souls = Souls::random(PEOPLE, &mut rng);
        souls.settle(&app, &people).await;
        let mut author = Author {
            rng,
            aliases: 0,
            accessed: "",
        };
        for (viewer, client) in &clients {
            let document = author.document(&people);
            app.recorder.clear();
            let reply = client.query(&document).await;
            let codes = reply.codes();
            let served = viewer.is_none_or(|viewer| souls.served(viewer));
            assert_eq!(
                codes.is_empty(),
                served,
                "seed {seed}: {document}\n{}",
                reply.text
            );
            let statements = recorded(&app);
            for statement in &statements {
                look(&souls, &people, *viewer, statement, &mut tally);
            }
            if statements
                .iter()
                .all(|statement| statement.kind != Kind::Content)
            {
                tally.silent += 1;
            }
            hidden_values_stay_hidden(&souls, &people, *viewer, &reply.text);
        }
    }
    assert!(tally.contents > 60, "{tally:?}");
    assert!(tally.granted > 500, "{tally:?}");
    assert!(tally.unnamed > 200, "{tally:?}");
    assert!(tally.withheld > 200, "{tally:?}");
    assert!(tally.silent > 10, "{tally:?}");
}

/// One statement, against the second opinion.
fn look(
    souls: &Souls,
    people: &[Person],
    viewer: Option<usize>,
    statement: &Recorded,
    tally: &mut Tally,
) {
    if statement.kind != Kind::Content {
        assert_eq!(
            statement.governed(),
            Vec::<&str>::new(),
            "{}",
            statement.sql
        );
        assert!(
            !matches!(statement.kind, Kind::Other),
            "unforeseen: {}",
            statement.sql
        );
        let allowed: &[&str] = match statement.kind {
            Kind::Facts | Kind::Page | Kind::Count | Kind::List => &[
                "standings",
                "bonds",
                "blocks",
                "bond_requests",
                "json_each",
                "unnest",
                "k",
                "f",
                "r",
                "audience_lists",
                "list_members",
            ],
            _ => &["members", "sessions", "standings"],
        };
        for table in statement.tables() {
            assert!(allowed.contains(&table), "{table} in {}", statement.sql);
        }
        return;
    }
    tally.contents += 1;
    let keys = statement.keys();
    assert!(
        !keys.is_empty(),
        "a content statement for nobody: {}",
        statement.sql
    );
    for key in &keys {
        let owner = people
            .iter()
            .position(|person| person.id.key() == key.id)
            .expect("somebody of this world");
        assert!(
            key.mask & IDENTITY == 0 || souls.meets(viewer, owner),
            "{viewer:?} {owner}"
        );
        assert_ne!(key.mask, 0, "a key without a permit");
        if key.mask & TO_THE_DAY != 0 {
            assert!(
                souls.sees(viewer, owner, 2),
                "{viewer:?} {owner}: to the day"
            );
            assert!(souls.sees(viewer, owner, AGE), "{viewer:?} {owner}: age");
        }
        for (field, spec) in SPECS.iter().enumerate() {
            if key.mask & (1 << field) == 0 {
                tally.withheld += 1;
                continue;
            }
            tally.granted += 1;
            assert!(
                souls.sees(viewer, owner, field),
                "{viewer:?} was granted {} of {owner}: {:?}",
                spec.name,
                souls.souls[owner],
            );
        }
    }
    let granted = keys.iter().fold(0, |all, key| all | key.mask);
    let known = IDENTITY | TO_THE_DAY | ((1 << FIELDS) - 1);
    assert_eq!(granted & !known, 0, "an unknown bit: {granted:b}");
    assert_eq!(
        granted & (3 << PENPALS),
        0,
        "a list of penpals is no column"
    );
    columns_are_named_as_granted(&statement.sql, granted, tally);
}

/// Each governed column stands once, behind its own bit, where that bit was granted, and else not at all.
fn columns_are_named_as_granted(sql: &str, granted: i64, tally: &mut Tally) {
    for (field, read) in READS.iter().enumerate() {
        let case = format!("CASE WHEN k.mask & {} <> 0 THEN ", 1_i64 << field);
        let expressions: Vec<&str> = sql.split(&case).skip(1).collect();
        if granted & (1 << field) == 0 {
            tally.unnamed += 1;
            assert_eq!(expressions.len(), 0, "{}: {sql}", SPECS[field].name);
            let elsewhere = read == &"p.birth_on" && granted & BIRTHS != 0;
            assert!(elsewhere || !sql.contains(read), "{read} in {sql}");
        } else {
            assert_eq!(expressions.len(), 1, "{}: {sql}", SPECS[field].name);
            let expression = expressions[0].split(", CASE WHEN").next().unwrap();
            let expression = expression.split(" END,").next().unwrap();
            let expression = expression.split(" END FROM").next().unwrap();
            assert!(expression.contains(read), "{expression}");
            assert_eq!(
                expression
                    .trim_end_matches(" END")
                    .ends_with("p.birth_on % 10000"),
                field == BIRTHDAY,
                "{expression}"
            );
            // Of an age, whole years alone leave the database.
            assert_eq!(
                expression
                    .trim_end_matches(" END")
                    .ends_with(" END - p.birth_on) / 10000"),
                field == AGE,
                "{expression}"
            );
        }
        let birth_dates = i64::count_ones(granted & BIRTHS) as usize;
        let times = match *read {
            "p.birth_on" => birth_dates,
            _ => usize::from(granted & (1 << field) != 0),
        };
        assert_eq!(sql.matches(read).count(), times, "{read} in {sql}");
    }
    for name in ["m.handle", "m.display_name"] {
        let guarded = format!("CASE WHEN k.mask & {IDENTITY} <> 0 THEN {name} END");
        let times = usize::from(granted & IDENTITY != 0);
        assert_eq!(
            (sql.matches(&guarded).count(), sql.matches(name).count()),
            (times, times)
        );
    }
    for (table, wanted) in [
        ("accounts", granted & (1 << 1) != 0),
        ("presences", granted & (1 << 11) != 0),
        ("members", granted & (IDENTITY | 1 << JOINED) != 0),
        (
            "profiles",
            [0, 2, 3, 4, 5, 6, 8, 10, 12, 13, 14, 15, 16, 17]
                .iter()
                .any(|field| granted & (1 << field) != 0),
        ),
    ] {
        assert_eq!(
            sql.contains(&format!("JOIN {table} ")),
            wanted,
            "{table} in {sql}"
        );
    }
}

fn hidden_values_stay_hidden(souls: &Souls, people: &[Person], viewer: Option<usize>, text: &str) {
    for (owner, person) in people.iter().enumerate() {
        for (field, name) in [
            (0, "fullName"),
            (6, "city"),
            (8, "occupation"),
            (10, "aboutMe"),
            (13, "postalAddress"),
            (15, "education"),
            (17, "lookingFor"),
            (18, "webHandles"),
        ] {
            let shown = text.contains(&canary(&person.name, name));
            assert!(
                !shown || souls.sees(viewer, owner, field),
                "{viewer:?} reads {name} of {owner}"
            );
        }
        let named = text.contains(&person.handle);
        assert!(
            !named || souls.meets(viewer, owner),
            "{viewer:?} reads the handle of {owner}"
        );
    }
}

const EVERYTHING: &str = "id handle displayName bond profile { fullName email birthDate age gender
    country { code } city languages { fluency } occupation interests { slug } aboutMe lastSeen
    access(field: CITY) } penpals(first: 5) { totalCount edges { node { displayName } } }";

async fn a_visitor_and_somebody_blocked_cause_no_content_statement(app: TestApp) {
    let plans = [
        Plan::adult("Ana", Audience::Members),
        Plan::adult("Ben", Audience::Members),
        Plan::adult("Cleo", Audience::Members),
    ];
    let people = app.db_world(&plans, &[(0, 2)], &[(0, 1)]).await;
    let id = people[0].id.global();
    let document = format!(
        "{{ member(id: \"{id}\") {{ {EVERYTHING} }}
            memberByHandle(handle: \"{}\") {{ {EVERYTHING} }}
            node(id: \"{id}\") {{ ... on Member {{ {EVERYTHING} }} }}
            nodes(ids: [\"{id}\"]) {{ ... on Member {{ {EVERYTHING} }} }} }}",
        people[0].handle
    );
    let contents = || {
        let statements = recorded(&app);
        statements
            .iter()
            .filter(|statement| statement.kind == Kind::Content)
            .count()
    };
    // The owner's penpal first, so that the silence of the others is no coincidence.
    let penpal = app.db_client(&people[2]).await;
    app.recorder.clear();
    assert_eq!(
        penpal.query(&document).await.at("/member/profile/email"),
        "ana@example.org"
    );
    assert_ne!(contents(), 0);
    let blocked = app.db_client(&people[1]).await;
    for client in [blocked, app.visitor()] {
        app.recorder.clear();
        let reply = client.query(&document).await;
        assert_eq!(reply.at("/member"), json!(null));
        assert_eq!(reply.at("/memberByHandle"), json!(null));
        assert_eq!(reply.at("/node"), json!(null));
        assert_eq!(reply.at("/nodes"), json!([null]));
        assert_eq!(contents(), 0);
    }
}

async fn an_account_that_is_not_served_causes_a_session_statement_and_no_other(app: TestApp) {
    let plans = [
        Plan::adult("Ana", Audience::Public),
        Plan::adult("Ben", Audience::Public),
    ];
    let people = app.db_world(&plans, &[(0, 1)], &[]).await;
    let client = app.db_client(&people[0]).await;
    let document = format!(
        "{{ me {{ member {{ {EVERYTHING} }} }} members(first: 9) {{ edges {{ node {{ {EVERYTHING} }} }} }} }}"
    );
    client.query(&document).await.at("/me/member/displayName");
    let me = people[0].id.key();
    for state in [
        "turns_13_on = 20290101, turns_18_on = 20340101",
        "turns_13_on = NULL, turns_18_on = NULL",
        "turns_13_on = 20030101, turns_18_on = 20080101, standing = 1",
    ] {
        app.db_sql(&format!(
            "UPDATE standings SET {state} WHERE member_id = {me}"
        ))
        .await;
        app.recorder.clear();
        let reply = client.query(&document).await;
        assert_eq!(reply.codes().len(), 1, "{}", reply.text);
        assert!(reply.json()["data"].is_null(), "{}", reply.text);
        let kinds = super::recorded::kinds(&app);
        assert_eq!(kinds, [Kind::Session], "{state}");
    }
}
