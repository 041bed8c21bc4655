//! Settings from flags, environment and file, and `letterlock config`, as an operator meets them.

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

use libtest_mimic::Trial;
use tempfile::TempDir;

use crate::support::plain;

pub(crate) fn trials() -> Vec<Trial> {
    plain!(
        a_flag_wins_over_the_environment_and_that_over_the_file,
        secrets_are_masked,
        what_is_wrong_with_a_file_is_said_without_its_values,
        a_file_with_a_secret_must_be_its_owners_alone,
        what_is_printed_can_be_used,
        the_example_holds_every_setting_and_its_default,
        printing_makes_nothing,
    )
}

const SECRET: &str = "a-secret-of-the-tests-that-is-long-enough";

struct Folder(TempDir);

impl Folder {
    fn new(file: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("letterlock.toml");
        std::fs::write(&path, file).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_letterlock"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LETTERLOCK_")) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .envs(environment.iter().copied())
            .current_dir(self.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn printed(&self, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let mut all = vec!["config"];
        all.extend(arguments);
        let output = self.run(&all, environment);
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn complaint(&self) -> String {
        let output = self.run(&["config"], &[]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    }
}

fn line<'a>(printed: &'a str, key: &str) -> &'a str {
    let begins = |line: &&str| {
        line.trim_start_matches("# ")
            .strip_prefix(key)
            .is_some_and(|rest| rest.starts_with([' ', ':']))
    };
    let mut found = printed.lines().filter(begins);
    let line = found.next().unwrap_or_else(|| panic!("{key} in {printed}"));
    assert!(found.next().is_none(), "{key} twice in {printed}");
    line
}

fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let folder = Folder::new(
        "listen = \"127.0.0.1:1\"\ndatabase_connections = 3\ngraphiql = false\n\
         cors_origin = [\"https://a.example\", \"https://b.example\"]\n",
    );
    let printed = folder.printed(&[], &[]);
    assert_eq!(
        line(&printed, "listen"),
        "listen = \"127.0.0.1:1\"  # letterlock.toml"
    );
    assert_eq!(
        line(&printed, "graphiql"),
        "graphiql = false  # letterlock.toml"
    );
    assert_eq!(
        line(&printed, "cors_origin"),
        "cors_origin = [\"https://a.example\", \"https://b.example\"]  # letterlock.toml"
    );
    assert_eq!(
        line(&printed, "introspection"),
        "introspection = true  # default"
    );
    assert_eq!(line(&printed, "public_url"), "# public_url: not set");
    let environment = [
        ("LETTERLOCK_LISTEN", "127.0.0.1:2"),
        ("LETTERLOCK_DATABASE_CONNECTIONS", "4"),
    ];
    let printed = folder.printed(&["--listen", "127.0.0.1:3"], &environment);
    assert_eq!(
        line(&printed, "listen"),
        "listen = \"127.0.0.1:3\"  # --listen"
    );
    assert_eq!(
        line(&printed, "database_connections"),
        "database_connections = 4  # the environment variable LETTERLOCK_DATABASE_CONNECTIONS"
    );
    // Another file, by flag or by the environment.
    std::fs::write(folder.path().join("other.toml"), "listen = \"127.0.0.1:5\"").unwrap();
    for (arguments, environment) in [
        (&["--config", "other.toml"][..], &[][..]),
        (&[][..], &[("LETTERLOCK_CONFIG", "other.toml")][..]),
    ] {
        let printed = folder.printed(arguments, environment);
        assert_eq!(
            line(&printed, "listen"),
            "listen = \"127.0.0.1:5\"  # other.toml"
        );
        assert_eq!(line(&printed, "graphiql"), "graphiql = true  # default");
    }
    // A flag that stands before the sub-command is found too.
    let output = folder.run(&["--config", "other.toml", "config"], &[]);
    assert!(String::from_utf8(output.stdout).unwrap().contains(":5"));
}

fn secrets_are_masked() {
    let url = "postgres://me:hunter2@db.example:5433/letters?sslmode=disable&password=hunter3";
    let folder = Folder::new(&format!(
        "secret = \"{SECRET}\"\ndatabase_url = \"{url}\"\nsealing_keys = \"1:{SECRET}\"\n"
    ));
    let keys = format!("1:{SECRET}");
    let environment = [
        ("LETTERLOCK_DATABASE_URL", url),
        ("LETTERLOCK_SECRET", SECRET),
        ("LETTERLOCK_SEALING_KEYS", keys.as_str()),
    ];
    for printed in [folder.printed(&[], &[]), folder.printed(&[], &environment)] {
        assert!(
            !printed.contains("hunter") && !printed.contains(SECRET),
            "{printed}"
        );
        assert!(
            printed
                .contains("postgres://me:***@db.example:5433/letters?sslmode=disable&password=***"),
            "{printed}"
        );
        assert!(line(&printed, "secret").starts_with("secret = \"***\""));
        assert!(line(&printed, "sealing_keys").starts_with("sealing_keys = \"***\""));
    }
    // Neither does the help show what the file says.
    let help = folder.run(&["serve", "--help"], &[]);
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("--secret") && !help.contains("hunter") && !help.contains(SECRET));
}

fn what_is_wrong_with_a_file_is_said_without_its_values() {
    for (file, words) in [
        (
            "lisen = \"x-marks\"",
            &["no setting", "lisen", "listen", "letterlock.toml"][..],
        ),
        ("demo = true", &["no setting", "demo"]),
        ("listen = 8000", &["listen", "text in quotes"]),
        (
            "database_connections = \"x-marks\"",
            &["database_connections", "whole number"],
        ),
        ("graphiql = \"yes\"", &["graphiql", "true or false"]),
        (
            "cors_origin = \"https://x-marks.example\"",
            &["cors_origin", "list of texts"],
        ),
        ("secret = [\"x-marks\"]", &["secret", "text in quotes"]),
        (
            "listen = \"a\"\nsecret = \"x-marks",
            &["not TOML", "line 2"],
        ),
        (
            "listen = \"here\"",
            &["listen in letterlock.toml", "address and a port"],
        ),
        (
            "database_connections = 0",
            &["database_connections in letterlock.toml", "from 1 to 1000"],
        ),
        (
            "secret = \"x-marks\"",
            &["secret in letterlock.toml", "32 characters"],
        ),
        (
            "database_url = \"mysql://me:x-marks@h/n\"",
            &["database_url in letterlock.toml", "sqlite:PATH"],
        ),
    ] {
        let complaint = Folder::new(file).complaint();
        for word in words {
            assert!(complaint.contains(word), "{file}: {word}: {complaint}");
        }
        assert!(!complaint.contains("x-marks"), "{file}: {complaint}");
    }
    let folder = Folder::new("");
    let output = folder.run(&["config", "--config", "nowhere.toml"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("nowhere.toml")
    );
}

fn a_file_with_a_secret_must_be_its_owners_alone() {
    for (file, refused) in [
        (format!("secret = \"{SECRET}\""), true),
        (format!("sealing_keys = \"1:{SECRET}\""), true),
        (
            "database_url = \"postgres://me:hunter2@h/n\"\nsecret_file = \"s\"\nsealing_keys_file = \"k\""
                .to_owned(),
            true,
        ),
        (
            "database_url = \"postgres://me@h/n\"\nsecret_file = \"s\"\nsealing_keys_file = \"k\"".to_owned(),
            false,
        ),
        ("listen = \"127.0.0.1:1\"".to_owned(), false),
    ] {
        let folder = Folder::new(&file);
        assert!(folder.run(&["config"], &[]).status.success(), "{file}");
        let path = folder.path().join("letterlock.toml");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let output = folder.run(&["config"], &[]);
        assert_eq!(output.status.success(), !refused, "{file}: {output:?}");
        if refused {
            assert!(String::from_utf8(output.stderr).unwrap().contains("0600"));
        }
    }
}

fn what_is_printed_can_be_used() {
    let printed = Folder::new("").printed(
        &[
            "--listen",
            "127.0.0.1:7",
            "--cors-origin",
            "https://a.example",
            "--parallel-hashes",
            "2",
        ],
        &[],
    );
    let again = Folder::new(&printed).printed(&[], &[]);
    let values = |text: &str| -> Vec<String> {
        let value = |line: &str| line.split("  # ").next().unwrap().to_owned();
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .map(value)
            .collect()
    };
    assert!(values(&printed).len() > 10, "{printed}");
    assert_eq!(values(&printed), values(&again));
}

fn the_example_holds_every_setting_and_its_default() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("letterlock.example.toml");
    let example = std::fs::read_to_string(example).unwrap();
    let (defaults, shown) = (
        Folder::new("").printed(&[], &[]),
        Folder::new(&example).printed(&[], &[]),
    );
    for default in defaults.lines().skip(1) {
        let key = default
            .trim_start_matches("# ")
            .split([' ', ':'])
            .next()
            .unwrap();
        // What is secret itself is spoken of, and better kept in a file of its own.
        let spoken = example.contains(&format!("\n{key} = "))
            || example.contains(&format!("\n# {key} = "))
            || ["secret", "sealing_keys"].contains(&key) && example.contains(&format!("`{key}`"));
        assert!(spoken, "{key} is not in the example");
        let value = |line: &str| line.split("  # ").next().unwrap().to_owned();
        let of = line(&shown, key);
        if !default.starts_with('#') {
            assert_eq!(value(default), value(of), "{key}");
        }
    }
}

fn printing_makes_nothing() {
    let folder = Folder::new("listen = \"127.0.0.1:1\"");
    folder.printed(&[], &[]);
    let there: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(there, ["letterlock.toml"]);
}
