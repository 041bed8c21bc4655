//! Who writes which column (policy clauses C3, C30): found in the source, held in a golden list.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, sources};
use crate::support::golden;

/// The columns of every table, from the migrations of one dialect.
fn columns(dialect: &str) -> BTreeSet<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(dialect);
    let mut folders: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let mut columns = BTreeSet::new();
    for folder in folders {
        let sql = std::fs::read_to_string(folder.join("up.sql")).unwrap();
        let mut table = None;
        for line in sql.lines() {
            let words: Vec<&str> = line.trim_end_matches(';').split_whitespace().collect();
            match words[..] {
                ["ALTER", "TABLE", table, "ADD", "COLUMN", column, ..] => {
                    columns.insert((table.to_owned(), column.to_owned()));
                }
                ["ALTER", "TABLE", table, "DROP", "COLUMN", column] => {
                    columns.remove(&(table.to_owned(), column.to_owned()));
                }
                // Of another type it is the same column.
                ["ALTER", "TABLE", _, "ALTER", "COLUMN", ..] => {}
                ["ALTER", "TABLE", from, "RENAME", "TO", to] => {
                    let renamed = |(table, column): (String, String)| {
                        let table = if table == from { to.to_owned() } else { table };
                        (table, column)
                    };
                    columns = columns.into_iter().map(renamed).collect();
                }
                ["DROP", "TABLE", gone] => columns.retain(|(table, _)| table != gone),
                ["ALTER", ..] => panic!("teach this test to read: {line}"),
                _ => {}
            }
            if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                table = rest.split_whitespace().next();
            } else if line.starts_with(')') {
                table = None;
            } else if let Some(table) = table {
                let indent = line.len() - line.trim_start().len();
                let name = line.split_whitespace().next().unwrap_or(")");
                // A column stands four blanks in; a constraint in capitals, a comment by its dashes.
                let column = name.chars().all(|letter| {
                    letter.is_ascii_lowercase() || letter == '_' || letter.is_ascii_digit()
                });
                // What the database makes of other columns nobody writes.
                if indent == 4 && column && !line.contains(" GENERATED ") {
                    columns.insert((table.to_owned(), name.to_owned()));
                }
            }
        }
    }
    columns
}

/// What a migration fills for the program to seal. No file writes to it.
const HANDED_OVER: &str = "unsealed";

type Writers = BTreeMap<(String, String), BTreeSet<String>>;

/// The text between the bracket at `open` and the one that closes it.
fn bracket(code: &str, open: usize) -> &str {
    let mut depth = 0;
    for (at, letter) in code[open..].char_indices() {
        match letter {
            '(' | '{' => depth += 1,
            ')' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &code[open + 1..open + at];
        }
    }
    panic!("a bracket that does not close")
}

/// What a file calls a table: itself, or what `use … as` says.
fn table_of(source: &Source, alias: &str) -> String {
    let tokens = source.tokens();
    let renamed = tokens
        .windows(3)
        .find(|three| three[1] == "as" && three[2] == alias);
    renamed.map_or_else(|| alias.to_owned(), |three| three[0].clone())
}

fn written_by(source: &Source, writers: &mut Writers) {
    let code = &source.code;
    let mut write = |table: String, column: &str| {
        writers
            .entry((table, column.to_owned()))
            .or_default()
            .insert(source.path.clone());
    };
    for verb in [".values(", ".set("] {
        for (at, _) in code.match_indices(verb) {
            let inside = bracket(code, at + verb.len() - 1);
            for (eq, _) in inside.match_indices(".eq(") {
                let path = inside[..eq].rsplit(|letter: char| {
                    !(letter.is_alphanumeric() || letter == '_' || letter == ':')
                });
                let mut path = path.into_iter().next().unwrap().rsplit("::");
                let (column, table) = (path.next().unwrap(), path.next());
                let table =
                    table.unwrap_or_else(|| panic!("{}: whose column is {column}?", source.path));
                write(table_of(source, table), column);
            }
        }
    }
    // What a selection is written into.
    const INTO: &str = ".into_columns((";
    for (at, _) in code.match_indices(INTO) {
        for path in bracket(code, at + INTO.len() - 1).split(',') {
            if let Some((table, column)) = path.trim().split_once("::") {
                write(table_of(source, table), column);
            }
        }
    }
    // Structs that are written as a whole.
    for (at, _) in code.match_indices("table_name = ") {
        let rest = &code[at + "table_name = ".len()..];
        let table = rest.split(')').next().unwrap().trim();
        let body = bracket(rest, rest.find('{').unwrap());
        // A part that is written with it names its own columns.
        let fields = body.split(',').filter(|field| !field.contains("(embed)"));
        for field in fields.filter_map(|field| field.split_once(':')) {
            write(
                table_of(source, table),
                field.0.split_whitespace().last().unwrap(),
            );
        }
    }
}

/// The one statement that is composed, of the shapes of tables.
const BULK: (&str, &str) = ("store/bulk.rs", "INSERT INTO {} ({}) SELECT {}");

/// Shapes of tables that are written in large pieces: `NAME = table { column: Kind, … }`.
fn shaped_by(source: &Source, writers: &mut Writers) {
    const MACRO: &str = "\nshapes! {";
    for (at, _) in source.code.match_indices(MACRO) {
        let inside = bracket(&source.code, at + MACRO.len() - 1);
        for (open, _) in inside.match_indices('{') {
            let table = inside[..open].split_whitespace().last().unwrap();
            for column in bracket(inside, open).split(',') {
                if let Some((column, _)) = column.split_once(':') {
                    writers
                        .entry((table.to_owned(), column.trim().to_owned()))
                        .or_default()
                        .insert(source.path.clone());
                }
            }
        }
    }
}

pub(super) fn every_column_has_its_writers_and_no_others() {
    let mut columns = columns("sqlite");
    assert!(columns.len() > 60, "{}", columns.len());
    assert_eq!(columns, self::columns("postgres"));
    columns.retain(|(table, _)| table != HANDED_OVER);
    let mut writers = Writers::new();
    for source in sources().iter().filter(|source| !source.tests) {
        written_by(source, &mut writers);
        shaped_by(source, &mut writers);
        for string in &source.strings {
            if (source.path.as_str(), string.as_str()) == BULK {
                continue;
            }
            let words = string.to_uppercase();
            for verb in ["INSERT INTO", "UPDATE ", "DELETE FROM", "TRUNCATE"] {
                assert!(
                    !words.trim_start().starts_with(verb) && !words.contains(&format!(" {verb}"))
                        || words.contains(" FOR UPDATE"),
                    "{}: writes past the typed tables: {string}",
                    source.path
                );
            }
        }
    }
    let mut text = String::from(
        "Which file writes each column (policy clauses C3, C30). A row as a whole is deleted by its table's own files.\n\n",
    );
    for column in &columns {
        let by = writers
            .remove(column)
            .unwrap_or_else(|| panic!("nobody writes {column:?}: whose is it?"));
        for file in &by {
            assert!(
                file.starts_with("store/"),
                "{column:?} is written by {file}"
            );
        }
        text += &format!(
            "{}.{}: {}\n",
            column.0,
            column.1,
            by.into_iter().collect::<Vec<_>>().join(", ")
        );
    }
    assert!(
        writers.is_empty(),
        "written, yet in no migration: {writers:?}"
    );
    golden::check("tests/it/golden/writers.txt", &text);
}
