use secrecy::ExposeSecret;

use super::*;

fn parse(line: &str) -> Result<Config, Fault> {
    Config::parse(std::iter::once("letterlock").chain(line.split_whitespace()))
}

fn serve(line: &str) -> Serve {
    match parse(&format!("serve {line}")).unwrap().command {
        Command::Serve(serve) => *serve,
        other => panic!("{other:?}"),
    }
}

fn complaint(line: &str) -> String {
    let fault = parse(line).unwrap_err();
    assert_eq!(fault.exit_code(), 2, "{line}");
    fault.to_string()
}

#[test]
fn the_flags_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn defaults_serve_sqlite_on_this_machine() {
    let serve = serve("");
    assert_eq!(serve.listen.to_string(), "127.0.0.1:8000");
    assert!(
        matches!(&serve.database.url, DatabaseUrl::Sqlite(path) if path.ends_with("data/letterlock.db"))
    );
    assert!(
        matches!(&serve.secret, SecretSource::Made(path) if path.ends_with("data/letterlock.db.secret"))
    );
    assert!(
        matches!(&serve.database.keys, KeysSource::Made(path) if path.ends_with("data/letterlock.db.keys"))
    );
    assert!(!serve.demo && serve.introspection && serve.http.graphiql);
    assert_eq!(serve.http.explain, Explain::Nothing);
    assert_eq!(serve.http.connections, 1_024);
    let passwords = serve.passwords;
    assert_eq!(
        (passwords.memory_kib, passwords.iterations, passwords.lanes),
        (19_456, 2, 1)
    );
}

#[test]
fn values_are_typed() {
    let serve = serve(
        "--demo --listen [::1]:9000 --public-url https://letterlock.example --cors-origin https://a.example \
         --cors-origin https://b.example,https://c.example --trusted-proxy 10.0.0.7 --trusted-proxy fd00::/8 \
         --introspection false --graphiql false --parallel-hashes 3 --database-connections 20 \
         --connections 5000",
    );
    assert!(serve.demo && serve.http.demo && !serve.introspection && !serve.http.graphiql);
    assert_eq!(serve.http.explain, Explain::Everything);
    assert_eq!(serve.http.cors_origins.len(), 3);
    assert_eq!(serve.http.connections, 5_000);
    assert_eq!(serve.http.trusted_proxies[0].to_string(), "10.0.0.7/32");
    assert_eq!(
        (serve.passwords.parallel.get(), serve.database.connections),
        (3, 20)
    );
    assert!(matches!(
        parse("schema member").unwrap().command,
        Command::Schema(SchemaName::Member)
    ));
    assert!(matches!(
        parse("migrate").unwrap().command,
        Command::Migrate(_)
    ));
}

#[test]
fn photos_lie_beside_the_database_or_where_it_says() {
    let folder = |path: &str| PhotosAt::Folder(path.into());
    let bucket = |name: &str, prefix: &str| PhotosAt::Bucket {
        name: name.to_owned(),
        prefix: prefix.to_owned(),
    };
    for (line, wanted) in [
        ("", folder("data/letterlock.db.photos")),
        ("--database-url sqlite:/x/y.db", folder("/x/y.db.photos")),
        ("--photos /mnt/photos", folder("/mnt/photos")),
        ("--photos s3://letters", bucket("letters", "")),
        (
            "--photos s3://letters/live/photos/",
            bucket("letters", "live/photos"),
        ),
    ] {
        assert_eq!(serve(line).photos, wanted, "{line}");
    }
    for wrong in [
        "--photos s3://",
        "--photos s3:///x",
        "--photos https://x.example",
    ] {
        assert!(
            complaint(&format!("serve {wrong}")).contains("--photos"),
            "{wrong}"
        );
    }
}

#[test]
fn mails_lie_beside_the_database_or_go_where_it_says() {
    for (line, wanted) in [
        ("", "data/letterlock.db.mail"),
        ("--database-url sqlite:/x/y.db", "/x/y.db.mail"),
        ("--mail maildir:/mnt/mail", "/mnt/mail"),
    ] {
        let MailBy::Folder(folder) = serve(line).mail.by else {
            panic!("{line}");
        };
        assert_eq!(folder, Path::new(wanted), "{line}");
    }
    for server in [
        "smtp://localhost",
        "smtp://localhost:2525",
        "smtps://ana:word@mail.example",
        "smtp://ana:word@mail.example?tls=required",
    ] {
        let mail = serve(&format!("--mail {server}")).mail;
        assert!(matches!(&mail.by, MailBy::Server(url) if url.expose_secret() == server));
        assert!(!format!("{mail:?}").contains("word"), "{mail:?}");
    }
    for wrong in [
        "maildir:",
        "/mnt/mail",
        "mail.example",
        "https://mail.example",
        // Everybody on the way would read it.
        "smtp://ana:hunter2@mail.example",
        "smtp://ana:hunter2@mail.example?tls=opportunistic",
    ] {
        let said = complaint(&format!("serve --mail {wrong}"));
        assert!(
            said.contains("--mail") && said.contains("tls=required"),
            "{said}"
        );
        assert!(!said.contains("hunter2"), "{said}");
    }
    assert_eq!(
        serve("").mail.from.email.to_string(),
        "letterlock@localhost"
    );
    let said = complaint("serve --mail-from nobody");
    assert!(said.contains("--mail-from"), "{said}");
}

#[test]
fn only_a_demo_explains_itself_unasked_and_only_a_demo_all_of_itself() {
    for (line, explain) in [
        ("--explain false", Explain::Nothing),
        ("--explain true", Explain::Own),
        ("--demo", Explain::Everything),
        ("--demo --explain true", Explain::Everything),
        ("--demo --explain false", Explain::Nothing),
    ] {
        assert_eq!(serve(line).http.explain, explain, "{line}");
    }
    let complaint = complaint("serve --explain 1");
    assert!(
        complaint.contains("--explain") && complaint.contains("true or false"),
        "{complaint}"
    );
}

#[test]
fn a_bad_value_names_itself_its_source_and_what_would_be_right() {
    for (line, parts) in [
        (
            "serve --listen 8000",
            ["--listen", "\"8000\"", "127.0.0.1:8000"],
        ),
        (
            "serve --public-url https://a.example/x",
            ["--public-url", "/x", "no path"],
        ),
        (
            "serve --cors-origin *",
            ["--cors-origin", "\"*\"", "https://"],
        ),
        (
            "serve --cors-origin null",
            ["--cors-origin", "\"null\"", "https://"],
        ),
        (
            "serve --trusted-proxy 10.0.0.0/33",
            ["--trusted-proxy", "10.0.0.0/33", "10.0.0.0/8"],
        ),
        (
            "serve --graphiql yes",
            ["--graphiql", "\"yes\"", "true or false"],
        ),
        (
            "serve --argon2-memory-kib 7",
            ["--argon2-memory-kib", "\"7\"", "from 8 to"],
        ),
        (
            "serve --argon2-lanes 0",
            ["--argon2-lanes", "\"0\"", "from 1 to 64"],
        ),
        (
            "serve --connections 15",
            ["--connections", "\"15\"", "from 16 to 1000000"],
        ),
        ("serve --parallel-hashes=-1", ["parallel-hashes", "-1", ""]),
        ("serve --log =[", ["--log", "\"=[\"", "letterlock=debug"]),
        (
            "migrate --database-connections 0",
            ["--database-connections", "\"0\"", "1 to 1000"],
        ),
        (
            "migrate --database-url mysql://x",
            ["--database-url", "sqlite:PATH", "postgres://"],
        ),
        (
            "serve --database-url sqlite::memory:",
            ["--database-url", "memory", "sqlite:PATH"],
        ),
        ("serve --nonsense", ["--nonsense", "", ""]),
        ("schema nobody", ["nobody", "member", ""]),
        ("dance", ["dance", "", ""]),
    ] {
        let text = complaint(line);
        for part in parts {
            assert!(text.contains(part), "{line}: {text:?} lacks {part:?}");
        }
    }
    assert_eq!(parse("--help").unwrap_err().exit_code(), 0);
    assert_eq!(parse("serve --help").unwrap_err().exit_code(), 0);
    assert_eq!(parse("").unwrap_err().exit_code(), 2);
}

#[test]
fn an_environment_variable_is_named_as_the_source() {
    let matches = clap::Command::new("x")
        .arg(clap::Arg::new("listen").long("listen").env("PATH"))
        .try_get_matches_from(["x"])
        .unwrap();
    let file = file::Settings::default();
    let values = Values {
        matches: Some(&matches),
        file: &file,
    };
    assert_eq!(
        values.origin("listen"),
        "the environment variable LETTERLOCK_LISTEN"
    );
    let every: Vec<_> = Cli::command()
        .get_subcommands()
        .flat_map(|command| command.get_arguments().cloned().collect::<Vec<_>>())
        .filter(|argument| {
            // What to do, not how, comes from the command line alone.
            let what = ["demo", "members", "retry", "seed", "sign-ins"];
            argument
                .get_long()
                .is_some_and(|long| !what.contains(&long))
        })
        .collect();
    assert!(every.len() > 15);
    for argument in every {
        let expected = format!("LETTERLOCK_{}", argument.get_id().as_str().to_uppercase());
        assert_eq!(
            argument.get_env().unwrap().to_str(),
            Some(expected.as_str())
        );
    }
}

#[test]
fn postgres_addresses_are_taken_apart() {
    let take = |text: &str| match database::parse(text) {
        Ok(DatabaseUrl::Postgres {
            url,
            tls,
            root_certificate,
        }) => Ok((url.expose_secret().to_owned(), tls, root_certificate)),
        Ok(other) => panic!("{other:?}"),
        Err(expected) => Err(expected),
    };
    let base = "postgres://u:p@db.example/l";
    for (query, kept, tls) in [
        ("", "?sslmode=prefer", TlsMode::Prefer),
        ("?sslmode=disable", "?sslmode=disable", TlsMode::Disable),
        ("?sslmode=require", "?sslmode=require", TlsMode::Require),
        (
            "?sslmode=verify-full",
            "?sslmode=require",
            TlsMode::VerifyFull,
        ),
        (
            "?connect_timeout=5&sslmode=prefer",
            "?connect_timeout=5&sslmode=prefer",
            TlsMode::Prefer,
        ),
    ] {
        let taken = take(&format!("{base}{query}"));
        assert_eq!(taken, Ok((format!("{base}{kept}"), tls, None)), "{query}");
    }
    let (_, tls, root) = take(&format!(
        "{base}?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem"
    ))
    .unwrap();
    assert_eq!(
        (tls, root),
        (TlsMode::VerifyFull, Some("/etc/ca.pem".into()))
    );
    for (text, expected) in [
        (format!("{base}?sslmode=allow"), "sslmode must be"),
        (
            format!("{base}?sslmode=require&sslrootcert=/ca"),
            "verify-full only",
        ),
        (
            format!("{base}?sslmode=verify-full&sslrootcert=%F"),
            "path of a file",
        ),
        (format!("{base}?nonsense=1"), "postgres://"),
        ("postgres://u:p@db.example:port/l".to_owned(), "postgres://"),
        ("postgres://".to_owned(), "postgres://"),
    ] {
        assert!(take(&text).unwrap_err().contains(expected), "{text}");
    }
    for (text, path) in [
        ("sqlite:a.db", "a.db"),
        ("sqlite:///var/a.db", "/var/a.db"),
        ("sqlite:/var/a.db", "/var/a.db"),
    ] {
        assert!(
            matches!(database::parse(text), Ok(DatabaseUrl::Sqlite(it)) if it.as_os_str() == path)
        );
    }
    for text in ["", "sqlite:", "a.db", "sqlite:a.db?mode=ro", "sqlite:data/"] {
        assert!(database::parse(text).is_err(), "{text}");
    }
}

#[test]
fn nothing_secret_is_shown() {
    let secret = "hunter2hunter2hunter2hunter2hunter2";
    let postgres = format!("postgres://u:{secret}@db.example/l");
    let keys = format!("--sealing-keys 1:{secret}");
    let config = parse(&format!(
        "serve --database-url {postgres} --secret {secret} {keys}"
    ))
    .unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    for line in [
        format!("serve --database-url {postgres}?sslmode=x --secret {secret}"),
        format!("serve --database-url {postgres}"),
        format!("serve {keys} --sealing-keys-file x"),
        format!("reseal {keys},1:{secret}"),
        format!("migrate --sealing-keys {secret}"),
        "seed --sealing-keys 1:hunter2".to_owned(),
        format!("serve --secret {secret} --secret-file x"),
        "serve --secret hunter2".to_owned(),
        format!("migrate --database-url mysql://u:{secret}@h/d"),
    ] {
        assert!(!complaint(&line).contains("hunter2"), "{line}");
    }
    assert!(
        complaint(&format!("serve --database-url {postgres} {keys}")).contains("LETTERLOCK_SECRET")
    );
    // Whatever opens a database of several programs needs the keys that all of them have.
    for command in ["serve", "migrate", "reseal", "announce", "seed"] {
        let said = complaint(&format!("{command} --database-url {postgres}"));
        assert!(said.contains("LETTERLOCK_SEALING_KEYS"), "{said}");
    }
}

#[test]
fn keys_are_made_once_and_read_as_they_were_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letterlock.db.keys");
    let source = KeysSource::Made(path.clone());
    assert_eq!(source.missing(), Some(path.as_path()));
    assert_eq!(format!("{:?}", source.load().unwrap()), "Keyring([1])");
    assert_eq!(source.missing(), None);
    let made = std::fs::read_to_string(&path).unwrap();
    assert_eq!(made.len(), 2 + 64);
    source.load().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), made);
    let mode = |mode| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let second = format!("{made}\n2:{}\n", "s".repeat(32));
    std::fs::write(&path, &second).unwrap();
    for source in [source.clone(), KeysSource::Kept(path.clone())] {
        assert_eq!(format!("{:?}", source.load().unwrap()), "Keyring([2, 1])");
    }
    mode(0o640);
    assert!(matches!(
        source.load(),
        Err(KeysError::File(SecretError::Exposed(_)))
    ));
    std::fs::write(&path, "1:short-secret").unwrap();
    let error = KeysSource::Kept(path).load().unwrap_err();
    assert!(!error.to_string().contains("short-secret") && error.to_string().contains("32"));
}

#[test]
fn a_secret_is_made_once_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/letterlock.db.secret");
    let source = SecretSource::Made(path.clone());
    let first = source.load().unwrap();
    assert_eq!(first.expose_secret().len(), 64);
    assert_eq!(
        source.load().unwrap().expose_secret(),
        first.expose_secret()
    );
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(
        std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
        1,
        "no draft stays"
    );
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(matches!(source.load(), Err(SecretError::Exposed(_))));
    let kept = SecretSource::Kept(path.clone());
    assert_eq!(kept.load().unwrap().expose_secret(), first.expose_secret());
    std::fs::write(&path, "short\n").unwrap();
    assert!(matches!(kept.load(), Err(SecretError::Short)));
    let missing = SecretSource::Kept(folder.path().join("nowhere"));
    assert!(matches!(missing.load(), Err(SecretError::File(..))));
}
