//! The house keeps its shape: who imports whom, and what stands nowhere but in its place.

mod source;
mod writers;

use libtest_mimic::Trial;
use source::{Source, sources};
use writers::every_column_has_its_writers_and_no_others;

use crate::support::plain;

pub(crate) fn trials() -> Vec<Trial> {
    plain!(
        the_reader_of_the_source_sees_what_the_compiler_sees,
        rooms_import_only_the_rooms_below_them,
        names_stand_only_where_they_belong,
        only_the_age_file_knows_the_ages,
        what_could_panic_or_print_is_only_in_tests,
        no_file_is_too_long,
        a_wire_type_is_no_row,
        every_column_has_its_writers_and_no_others,
        nothing_released_has_what_the_proof_needs,
    )
}

/// Each room and the rooms that it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("viewer", &["domain"]),
    ("privacy", &["domain", "viewer"]),
    ("store", &["domain", "viewer", "privacy"]),
    ("pictures", &["domain"]),
    ("mail", &["domain"]),
    (
        "graphql",
        &["domain", "viewer", "privacy", "store", "pictures"],
    ),
    // What it serves about a person is decided behind graphql's door: no privacy.
    (
        "http",
        &["domain", "viewer", "store", "graphql", "pictures"],
    ),
    (
        "jobs",
        &[
            "domain",
            "viewer",
            "privacy",
            "store",
            "mail",
            "graphql::services",
            "graphql::news",
        ],
    ),
    ("demo", &["domain"]),
    ("config", &["domain", "viewer", "store", "http"]),
    (
        "app",
        &[
            "domain", "viewer", "store", "pictures", "mail", "graphql", "http", "jobs", "demo",
            "config",
        ],
    ),
    ("main", &["app", "config", "graphql"]),
    ("lib", &[]),
];

fn code() -> Vec<Source> {
    let sources: Vec<Source> = sources()
        .into_iter()
        .filter(|source| !source.tests)
        .collect();
    assert!(sources.len() > 60);
    sources
}

fn the_reader_of_the_source_sees_what_the_compiler_sees() {
    let text = r##"
        // use crate::http;
        /* crate::http /* nested */ crate::http */
        const A: &str = "crate::http \" quoted"; const B: &str = r#"crate::http "raw""#;
        const C: char = '"'; const D: char = '\''; fn e<'a>(_: &'a str) {}
        use crate::{domain::{age, id::{self, MemberId}}, viewer as v};
        use super::super::store::Error; use super::loaders::Look;
        fn f() { self::g(); crate::privacy::decide() }
        #[cfg(test)] mod tests { use crate::app; fn t() { "x".parse().unwrap() } }
        #[cfg(test)] mod more;
        fn after() {}
    "##;
    let source = Source::parse("graphql/guard".to_owned(), text);
    let mut imports: Vec<String> = source
        .imports()
        .iter()
        .map(|path| path.join("::"))
        .collect();
    imports.sort();
    assert_eq!(
        imports,
        [
            "domain::age",
            "domain::id",
            "domain::id::MemberId",
            "graphql::loaders::Look",
            "privacy::decide",
            "store::Error",
            "viewer"
        ]
    );
    assert_eq!(source.strings.len(), 2);
    assert!(source.code.contains("fn after()") && !source.code.contains("unwrap"));
}

fn rooms_import_only_the_rooms_below_them() {
    let mut edges = 0;
    for source in code() {
        let room = source.room();
        let (_, below) = ROOMS
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{}: a room that no rule names", source.path));
        for path in source.imports() {
            let Some(target) = path.first() else { continue };
            // What is no room is a macro or the crate itself.
            if target == room || !ROOMS.iter().any(|(name, _)| name == target) {
                continue;
            }
            let path = path.join("::");
            let allowed = below
                .iter()
                .any(|allowed| path == *allowed || path.starts_with(&format!("{allowed}::")));
            assert!(allowed, "{} may not use {path}", source.path);
            edges += 1;
        }
    }
    assert!(edges > 200, "{edges}");
}

/// A name, and the places where it may stand; a place is a room, a folder or a file.
const NAMES: &[(&[&str], &[&str])] = &[
    (&["diesel"], &["store"]),
    (&["diesel_async"], &["store"]),
    (&["diesel_migrations"], &["store"]),
    // A URL is read where the configuration is.
    (&["tokio_postgres"], &["store", "config/database.rs"]),
    (&["async_graphql"], &["graphql", "http"]),
    (&["poem"], &["http"]),
    (&["async_graphql", "::", "Error"], &["graphql/error.rs"]),
    (&["async_graphql", "::", "Result"], &["graphql/error.rs"]),
    (&["Case", "::", "new"], &["store/facts.rs"]),
    (&["decide"], &["privacy"]),
    (&["Permit", "::", "ask"], &["privacy", "graphql/guard"]),
    (&["FieldPermit", "::", "ask"], &["privacy", "graphql/guard"]),
    (&["Grants", "::", "ask"], &["privacy", "graphql/guard"]),
    (&["Gallery", "::", "ask"], &["privacy", "graphql/guard"]),
    // What strangers send is decoded, and kept, in one place.
    (&["image"], &["pictures"]),
    (&["object_store"], &["pictures"]),
    (&["Utc", "::", "now"], &["domain/clock.rs"]),
    (&["SystemTime"], &[]),
    (&["Local", "::", "now"], &[]),
    (&["unsafe"], &[]),
    // Time is passed in.
    (&["dsl", "::", "now"], &[]),
    (&["sql_query"], &["store"]),
];

fn stands_in(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| {
        path == *place || path == format!("{place}.rs") || path.starts_with(&format!("{place}/"))
    })
}

fn names_stand_only_where_they_belong() {
    let sources = code();
    for (name, places) in NAMES {
        let mut found = 0;
        for source in &sources {
            let tokens = source.tokens();
            let here = tokens
                .windows(name.len())
                .filter(|window| window == name)
                .count();
            found += here;
            assert!(
                here == 0 || stands_in(&source.path, places),
                "{}: `{}` may not stand here",
                source.path,
                name.concat()
            );
        }
        let must = ["diesel", "async_graphql", "poem", "decide", "Case", "Utc"].contains(&name[0])
            && places != &["graphql/error.rs"];
        assert!(
            found > 0 || !must,
            "`{}` stands nowhere: is the rule still about something?",
            name.concat()
        );
    }
    for source in &sources {
        // Imported by list: `use async_graphql::{Error, …}`.
        let tokens = source.tokens();
        for (at, _) in tokens
            .windows(3)
            .enumerate()
            .filter(|(_, w)| w[0] == "async_graphql" && w[2] == "{")
        {
            let list: Vec<&String> = tokens[at + 3..]
                .iter()
                .take_while(|token| *token != "}")
                .collect();
            for name in ["Error", "Result", "ResultExt"] {
                assert!(
                    !list.iter().any(|token| *token == name),
                    "{}: imports async_graphql's {name}",
                    source.path
                );
            }
        }
        for string in &source.strings {
            let lower = string.to_lowercase();
            for clock in [
                "now()",
                "current_timestamp",
                "current_date",
                "datetime(",
                "julianday(",
            ] {
                assert!(
                    !lower.contains(clock),
                    "{}: the database tells the time: {string}",
                    source.path
                );
            }
        }
        let pure = source.room() == "domain"
            || source.path.starts_with("privacy/") && source.path != "privacy/facts.rs";
        assert!(
            !pure
                || !tokens
                    .iter()
                    .any(|token| token == "async" || token == "await"),
            "{}: async",
            source.path
        );
    }
    let manifest = env!("CARGO_MANIFEST_DIR");
    for dialect in ["sqlite", "postgres"] {
        for folder in std::fs::read_dir(format!("{manifest}/migrations/{dialect}")).unwrap() {
            let sql = std::fs::read_to_string(folder.unwrap().path().join("up.sql"))
                .unwrap()
                .to_lowercase();
            assert!(
                !sql.contains("now()") && !sql.contains("current_"),
                "a migration tells the time"
            );
        }
    }
}

fn only_the_age_file_knows_the_ages() {
    for source in code() {
        // The demo makes people up, and decides nothing about them.
        if source.path == "domain/age.rs" || source.room() == "demo" {
            continue;
        }
        let tokens = source.tokens();
        for (at, token) in tokens.iter().enumerate() {
            let number = token.trim_end_matches(char::is_alphabetic).replace('_', "");
            let counts_fields = at >= 4 && tokens[at - 4] == "FIELDS";
            assert!(
                !["13", "18"].contains(&number.as_str()) || counts_fields,
                "{}: {token} near `{}`",
                source.path,
                tokens[at.saturating_sub(5)..at].join(" ")
            );
        }
    }
}

fn what_could_panic_or_print_is_only_in_tests() {
    for source in code() {
        let tokens = source.tokens();
        // Where a reason is given, the compiler makes sure that it is still needed.
        let mut reasons = tokens
            .iter()
            .filter(|token| *token == "expect_used")
            .count();
        for window in tokens.windows(3) {
            let call = window[0] == "." && window[2] == "(";
            if call && window[1] == "expect" && reasons > 0 {
                reasons -= 1;
                continue;
            }
            assert!(
                !(call
                    && ["unwrap", "expect", "unwrap_err", "expect_err"]
                        .contains(&window[1].as_str())),
                "{}: .{}(…)",
                source.path,
                window[1]
            );
            let names = [
                "panic",
                "todo",
                "unimplemented",
                "unreachable",
                "dbg",
                "print",
                "println",
                "eprintln",
            ];
            let macros = window[1] == "!" && names.contains(&window[0].as_str());
            let speaks = source.path == "main.rs" || source.path.starts_with("app");
            let prints = window[0].contains("print");
            assert!(
                !macros || prints && speaks,
                "{}: {}!",
                source.path,
                window[0]
            );
            assert!(
                !(window[0] == "[" && window[1] == "allow"),
                "{}: allow",
                source.path
            );
        }
    }
}

fn no_file_is_too_long() {
    for source in sources() {
        assert!(
            source.tests || source.lines <= 450,
            "{} has {} lines",
            source.path,
            source.lines
        );
        assert!(
            !source.path.ends_with("utils.rs"),
            "{}: a file is named for a noun",
            source.path
        );
    }
}

fn a_wire_type_is_no_row() {
    for source in code() {
        let tokens = source.tokens();
        for (at, _) in tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| *token == "derive")
        {
            let list: Vec<&str> = tokens[at..]
                .iter()
                .take_while(|token| *token != ")")
                .map(String::as_str)
                .collect();
            let row = ["Queryable", "QueryableByName", "Selectable", "Insertable"]
                .iter()
                .any(|name| list.contains(name));
            let wire = ["SimpleObject", "InputObject", "MergedObject", "Interface"]
                .iter()
                .any(|name| list.contains(name));
            assert!(
                !(row && wire),
                "{}: both a row and a wire type: {list:?}",
                source.path
            );
        }
    }
}

/// The feature `proof` takes rules out and plants leaks. It is no default, nothing but the tests asks for it, and
/// the service never speaks of it but where it is told from what is released.
fn nothing_released_has_what_the_proof_needs() {
    let manifest = include_str!("../../Cargo.toml");
    let section = |name: &str| {
        let (_, rest) = manifest.split_once(&format!("\n[{name}]\n")).unwrap();
        rest.split("\n[").next().unwrap().to_owned()
    };
    let features: Vec<String> = section("features")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    assert_eq!(features, ["proof = []"]);
    assert!(section("dev-dependencies").contains("features = [\"proof\"]"));
    assert_eq!(manifest.matches("\"proof\"").count(), 1);
    let places = [
        "privacy/mod.rs",
        "privacy/policy.rs",
        "store/mod.rs",
        "store/search/choice.rs",
        "store/statement.rs",
        "store/statement/proof.rs",
        "viewer/entropy.rs",
    ];
    for source in code() {
        let speaks = source
            .code
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|word| word == "proof");
        let may = places.contains(&source.path.as_str());
        assert!(may || !speaks, "{} speaks of the proof", source.path);
    }
}
