//! The program itself, as an operator runs it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use letterlock::{demo, store::Address};
use libtest_mimic::Trial;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::support::{
    app::{KEYS, TestApp},
    backend::{Backend, Backends},
    client::{Client, PASSWORD},
    photos::look,
    plain,
    smtp::{MailServer, Then},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    let mut trials = trials!(
        backends;
        a_demo_is_filled_once_and_its_five_sign_ins_work,
        a_demo_refuses_a_database_that_holds_members,
        a_plain_start_refuses_a_demos_database,
        a_world_of_any_size_is_seeded,
        a_world_that_was_not_finished_is_not_served,
        a_schema_that_is_not_there_is_made_by_migrate,
        a_request_under_way_finishes_when_the_program_is_told_to_stop,
        an_address_that_is_taken_is_named,
        keys_are_rotated_by_an_operator,
        an_operator_tells_all_members_something,
        mails_go_into_a_folder_and_those_nobody_takes_are_listed,
        a_database_without_its_keys_is_not_opened,
    );
    trials.extend(plain!(
        help_reads_well,
        bad_values_name_themselves,
        the_schema_is_printed
    ));
    trials
}

const SECRET: &str = "a secret of the tests that is long enough";
const PATIENCE: Duration = Duration::from_secs(120);

/// The program, with nothing of this environment's configuration, and with the keys of the tests' databases.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_letterlock"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LETTERLOCK_")) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null());
    command.env("LETTERLOCK_SEALING_KEYS", KEYS);
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The address of a test's database, as an operator writes it.
pub(super) fn url(app: &TestApp) -> String {
    match &app.address {
        Address::Sqlite(path) => format!("sqlite:{}", path.display()),
        Address::Postgres { url, .. } => format!("{}?sslmode=disable", url.expose_secret()),
    }
}

/// The same with no table in it.
async fn bare(app: &TestApp) -> String {
    if app.backend == Backend::Postgres {
        app.db_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            .await;
        return url(app);
    }
    format!("{}.bare", url(app))
}

/// A program that serves; it is killed at the end of a test that fails.
pub(super) struct Serving {
    child: Child,
    lines: Receiver<String>,
    said: String,
    pub(super) base: String,
}

impl Serving {
    pub(super) fn start(arguments: &[&str]) -> Self {
        let mut command = program(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(arguments).env("LETTERLOCK_SECRET", SECRET);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut serving = Self {
            child,
            lines,
            said: String::new(),
            base: String::new(),
        };
        while serving.base.is_empty() {
            let Ok(line) = serving.lines.recv_timeout(PATIENCE) else {
                let _ = serving.child.kill();
                let mut errors = String::new();
                serving
                    .child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut errors)
                    .unwrap();
                panic!("it did not serve: {}{errors}", serving.said);
            };
            if let Some((_, address)) = line.split_once("http://127.0.0.1:") {
                serving.base = format!("http://127.0.0.1:{}", address.trim());
            }
            serving.said.push_str(&line);
            serving.said.push('\n');
        }
        serving
    }

    fn client(&self) -> Client {
        Client::new(reqwest::Client::new(), self.base.clone())
    }

    fn terminate(&self) {
        let done = Command::new("sh")
            .arg("-c")
            .arg(format!("kill -TERM {}", self.child.id()))
            .status();
        assert!(done.unwrap().success());
    }

    /// Everything it said, once it has ended by itself; and how it ended.
    fn ended(mut self) -> (Option<i32>, String) {
        let since = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(since.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(5)) {
            self.said.push_str(&line);
            self.said.push('\n');
        }
        (status.code(), std::mem::take(&mut self.said))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn help_reads_well() {
    for (arguments, expected) in [
        (
            &["--help"][..],
            &["serve", "migrate", "schema", "Usage"][..],
        ),
        (
            &["serve", "--help"],
            &[
                "--demo",
                "--listen",
                "127.0.0.1:8000",
                "--database-url",
                "LETTERLOCK_DATABASE_URL",
                "sqlite:data/letterlock.db",
                "LETTERLOCK_SECRET",
            ],
        ),
        (&["migrate", "--help"], &["--database-url"]),
        (&["schema", "--help"], &["member"]),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        for word in expected {
            assert!(
                text(&output.stdout).contains(word),
                "{arguments:?} lacks {word}: {}",
                text(&output.stdout)
            );
        }
    }
    assert_eq!(run(&["--version"]).status.code(), Some(0));
    assert_eq!(run(&[]).status.code(), Some(2));
}

fn bad_values_name_themselves() {
    for (arguments, environment, expected) in [
        (
            &["serve", "--listen", "nowhere"][..],
            None,
            &["--listen", "nowhere", "127.0.0.1:8000"][..],
        ),
        (
            &["serve"],
            Some(("LETTERLOCK_LISTEN", "8000")),
            &["LETTERLOCK_LISTEN", "8000"],
        ),
        (
            &["serve", "--database-url", "mysql://u:hunter2@h/d"],
            None,
            &["--database-url", "sqlite:"],
        ),
        (
            &["migrate"],
            Some(("LETTERLOCK_DATABASE_URL", "oracle:hunter2")),
            &["LETTERLOCK_DATABASE_URL", "postgres://"],
        ),
        (
            &[
                "serve",
                "--database-url",
                "postgres://u:hunter2@h/d?sslmode=maybe",
            ],
            None,
            &["--database-url", "sslmode"],
        ),
        (
            &["serve", "--database-connections", "0"],
            None,
            &["--database-connections", "1", "1000"],
        ),
        (
            &["serve", "--argon2-iterations", "many"],
            None,
            &["--argon2-iterations", "many"],
        ),
        (
            &["serve"],
            Some(("LETTERLOCK_SECRET", "hunter2")),
            &["LETTERLOCK_SECRET", "32"],
        ),
        (
            &["serve", "--public-url", "letterlock.example"],
            None,
            &["--public-url", "https://"],
        ),
        (
            &["serve", "--trusted-proxy", "10.0.0.0/99"],
            None,
            &["--trusted-proxy", "10.0.0.0/99"],
        ),
        (&["serve", "--log", "=="], None, &["--log", "=="]),
        (
            &["serve", "--graphiql", "perhaps"],
            None,
            &["--graphiql", "perhaps", "true"],
        ),
        (
            &["serve", "--database-url", "postgres://h/d"],
            None,
            &["--secret-file", "LETTERLOCK_SECRET"],
        ),
        (
            &["reseal"],
            Some(("LETTERLOCK_SEALING_KEYS", "1:hunter2")),
            &["LETTERLOCK_SEALING_KEYS", "32", "version 1"],
        ),
        (
            &["migrate", "--database-url", "postgres://h/d"],
            Some((
                "LETTERLOCK_SEALING_KEYS",
                "hunter2-hunter2-hunter2-hunter2-hunter2",
            )),
            &["LETTERLOCK_SEALING_KEYS", "VERSION:SECRET"],
        ),
        (
            &["announce"],
            Some(("LETTERLOCK_SEALING_KEYS", "1:hunter2")),
            &["LETTERLOCK_SEALING_KEYS", "32", "version 1"],
        ),
        (&["fly"], None, &["fly"]),
        (&["serve", "--fly"], None, &["--fly"]),
        (
            &["schema", "partner-of-mine"],
            None,
            &["partner-of-mine", "member"],
        ),
    ] {
        let output = program(arguments).envs(environment).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?} {environment:?}: {said}"
        );
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        for word in expected {
            assert!(
                said.contains(word),
                "{arguments:?} {environment:?} lacks {word}: {said}"
            );
        }
        assert!(!said.contains("hunter2"), "a secret is shown: {said}");
    }
}

fn the_schema_is_printed() {
    let output = run(&["schema", "member"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), letterlock::graphql::MemberApi::sdl());
    assert_eq!(text(&output.stderr), "");
}

async fn a_demo_is_filled_once_and_its_five_sign_ins_work(app: TestApp) {
    let url = bare(&app).await;
    // On PostgreSQL they lie elsewhere than beside the database.
    let photos = tempfile::tempdir().unwrap();
    let photos = photos.path().to_str().unwrap();
    let arguments = ["--demo", "--database-url", url.as_str(), "--photos", photos];
    let began = Instant::now();
    let first = Serving::start(&arguments);
    let filling = began.elapsed();
    let visitor = first.client();
    let ready = visitor
        .send(visitor.request(reqwest::Method::GET, "/health/ready"))
        .await;
    assert_eq!(ready.status, 200);
    let mut ids = Vec::new();
    for sign_in in demo::SIGN_INS {
        let client = first.client();
        let reply = client.sign_in(sign_in.email, demo::PASSWORD).await;
        assert_eq!(
            reply.user_errors(),
            Vec::<String>::new(),
            "{}",
            sign_in.email
        );
        ids.push(client.whoami().await.unwrap());
    }
    let public = visitor.query("{ members(first: 100) { pageInfo { hasNextPage } edges { node { handle displayName } } } }").await;
    assert!(
        public.at("/members/edges").as_array().unwrap().len() > 20,
        "a visitor finds people"
    );
    // The first has blocked the fourth.
    let ada = first.client();
    ada.sign_in(demo::SIGN_INS[0].email, demo::PASSWORD).await;
    let boris = ada
        .ask(
            "query($id: ID!) { member(id: $id) { id } }",
            json!({ "id": ids[3] }),
        )
        .await;
    assert_eq!(boris.at("/member"), json!(null));
    let shown = ada
        .query(
            "{ me { member { photos(first: 1) { edges { node { address(size: MEDIUM) } } } } } }",
        )
        .await;
    let address = shown.at("/me/member/photos/edges/0/node/address");
    let address = address.as_str().unwrap();
    let mine = look(&ada, address).await;
    assert_eq!(mine.status, 200);
    assert_eq!(mine.headers["content-type"], "image/jpeg");
    assert_eq!(look(&visitor, address).await.status, 404);
    first.terminate();
    let (code, said) = first.ended();
    assert_eq!(code, Some(0));
    assert!(
        said.contains("/graphiql") && said.contains(demo::PASSWORD),
        "{said}"
    );
    for sign_in in demo::SIGN_INS {
        assert!(
            said.contains(sign_in.email) && said.contains(sign_in.label),
            "{said}"
        );
    }

    let began = Instant::now();
    let second = Serving::start(&arguments);
    let starting = began.elapsed();
    // The promise of a second is measured on a quiet machine; here a second start must be no second filling.
    assert!(
        starting < Duration::from_secs(15),
        "{starting:?} after {filling:?}"
    );
    let client = second.client();
    client
        .sign_in(demo::SIGN_INS[1].email, demo::PASSWORD)
        .await;
    assert_eq!(
        client.whoami().await.as_ref(),
        Some(&ids[1]),
        "the world is the same"
    );
    second.terminate();
    let (code, said) = second.ended();
    assert_eq!(code, Some(0));
    assert!(!said.contains("Filling"), "{said}");

    // Without --demo it is refused: everybody knows its passwords.
    let output = program(&["serve", "--listen", "127.0.0.1:0", "--database-url", &url])
        .env("LETTERLOCK_SECRET", SECRET)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(
        text(&output.stderr).contains("--demo"),
        "{}",
        text(&output.stderr)
    );
}

async fn refused(app: &TestApp, arguments: &[&str], words: &[&str]) {
    let before = app.db_dump().await;
    let url = url(app);
    let mut all = vec![
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database-url",
        url.as_str(),
    ];
    all.extend(arguments);
    let output = program(&all)
        .env("LETTERLOCK_SECRET", SECRET)
        .output()
        .unwrap();
    let said = text(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}{said}",
        text(&output.stdout)
    );
    for word in words {
        assert!(said.contains(word), "{said} lacks {word}");
    }
    app.assert_nothing_stored(&before, "a start that was refused")
        .await;
}

async fn a_demo_refuses_a_database_that_holds_members(app: TestApp) {
    app.visitor().sign_up("Ana", "1990-01-01").await;
    refused(&app, &["--demo"], &["holds members", "--database-url"]).await;
}

async fn a_plain_start_refuses_a_demos_database(app: TestApp) {
    app.db_world(&[], &[], &[]).await;
    refused(&app, &[], &["--demo"]).await;
}

async fn a_world_of_any_size_is_seeded(app: TestApp) {
    let url = url(&app);
    let seed = [
        "seed",
        "--members",
        "120",
        "--sign-ins",
        "7",
        "--database-url",
        &url,
    ];
    let output = run(&seed);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        said.contains("member6@letterlock.example to member7@"),
        "{said}"
    );
    let count = |sql: &'static str| app.db_sql(sql);
    assert_eq!(count("SELECT count(*) AS n FROM members").await, Some(120));
    // All but the newcomer and the few teens, who are fewer than twenty.
    let twenty = "SELECT count(*) AS n FROM (SELECT member_id FROM bonds GROUP BY member_id HAVING count(*) = 20) AS it";
    assert_eq!(count(twenty).await, Some(120 - 1 - 8));
    assert!(count("SELECT count(*) AS n FROM audience_lists").await > Some(20));
    let several = "SELECT count(*) AS n FROM (SELECT member_id FROM conversation_sides GROUP BY member_id HAVING count(*) BETWEEN 2 AND 4) AS it";
    assert!(count(several).await >= Some(120 - 1 - 8));
    // Every number of a mailbox is of one message, and the last is noted.
    let numbers = "SELECT count(*) AS n FROM mailboxes m WHERE m.seq <> (SELECT count(*) FROM mailbox_entries e WHERE e.member_id = m.member_id)";
    assert_eq!(count(numbers).await, Some(0));
    let conversations = count("SELECT count(*) AS n FROM conversations")
        .await
        .unwrap();
    let messages = count("SELECT count(*) AS n FROM messages").await.unwrap();
    let entries = count("SELECT count(*) AS n FROM mailbox_entries")
        .await
        .unwrap();
    assert_eq!((messages, entries), (5 * conversations, 10 * conversations));

    let again = run(&seed);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        text(&again.stderr).contains("not empty"),
        "{}",
        text(&again.stderr)
    );
    refused(&app, &[], &["--demo"]).await;

    let serving = Serving::start(&["--demo", "--database-url", &url]);
    for (email, able) in [
        ("ada@letterlock.example", true),
        ("member6@letterlock.example", true),
        ("member7@letterlock.example", true),
        ("member8@letterlock.example", false),
        ("member120@letterlock.example", false),
    ] {
        let client = serving.client();
        client.sign_in(email, demo::PASSWORD).await;
        assert_eq!(client.whoami().await.is_some(), able, "{email}");
    }
    let ada = serving.client();
    ada.sign_in("ada@letterlock.example", demo::PASSWORD).await;
    let reply = ada
        .query("{ me { member { penpals(first: 100) { edges { node { id } } } } } }")
        .await;
    assert_eq!(
        reply
            .at("/me/member/penpals/edges")
            .as_array()
            .unwrap()
            .len(),
        20
    );
    serving.terminate();
    assert_eq!(serving.ended().0, Some(0));
}

async fn a_world_that_was_not_finished_is_not_served(app: TestApp) {
    app.services.store.begin_world().await.unwrap();
    refused(&app, &["--demo"], &["not finished"]).await;
    refused(&app, &[], &["not finished"]).await;
    let output = run(&["seed", "--database-url", &url(&app)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("not finished"));
}

async fn a_schema_that_is_not_there_is_made_by_migrate(app: TestApp) {
    let url = bare(&app).await;
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database-url",
        url.as_str(),
    ];
    if app.backend == Backend::Postgres {
        let output = program(&serve)
            .env("LETTERLOCK_SECRET", SECRET)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            text(&output.stderr).contains("letterlock migrate"),
            "{}",
            text(&output.stderr)
        );
    }
    let output = run(&["migrate", "--database-url", &url]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("Ran "),
        "{}",
        text(&output.stdout)
    );
    let output = run(&["migrate", "--database-url", &url]);
    assert_eq!(
        (output.status.code(), text(&output.stdout)),
        (Some(0), "The schema is current.\n".to_owned())
    );
    let serving = Serving::start(&["--database-url", &url]);
    let client = serving.client();
    client.sign_up("Ana", "1990-01-01").await;
    assert!(client.whoami().await.is_some());
    serving.terminate();
    assert_eq!(serving.ended().0, Some(0));
}

async fn a_request_under_way_finishes_when_the_program_is_told_to_stop(app: TestApp) {
    let url = url(&app);
    // A hundred passes over its memory make one sign-in slow.
    let serving = Serving::start(&["--database-url", &url, "--argon2-iterations", "100"]);
    let (base, client) = (serving.base.clone(), serving.client());
    let slow =
        tokio::spawn(async move { client.sign_in("nobody@example.org", "some-password").await });
    // Long enough to arrive, on a busy machine too.
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(
        !slow.is_finished(),
        "it is not slow enough to prove anything"
    );
    serving.terminate();
    let reply = slow.await.unwrap();
    assert_eq!(reply.user_errors(), ["SIGN_IN_FAILED"]);
    assert_eq!(serving.ended().0, Some(0));
    assert!(
        reqwest::get(format!("{base}/health/live")).await.is_err(),
        "it still listens"
    );
}

async fn an_address_that_is_taken_is_named(app: TestApp) {
    let taken = app.base.trim_start_matches("http://").to_owned();
    let before = app.db_dump().await;
    let output = program(&[
        "serve",
        "--demo",
        "--listen",
        &taken,
        "--database-url",
        &url(&app),
    ])
    .env("LETTERLOCK_SECRET", SECRET)
    .output()
    .unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&taken) && said.contains("in use"), "{said}");
    app.assert_nothing_stored(&before, "a start at a taken address")
        .await;
}

async fn keys_are_rotated_by_an_operator(app: TestApp) {
    let url = bare(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let keys = ["1", "2"].map(|version| format!("{version}:{}", version.repeat(32)));
    let run = |sub: &str, keys: &str| {
        std::fs::write(&file, keys).unwrap();
        let output = program(&[sub, "--database-url", &url])
            .env_remove("LETTERLOCK_SEALING_KEYS")
            .env("LETTERLOCK_SEALING_KEYS_FILE", &file)
            .output()
            .unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!said.contains("1111") && !said.contains("2222"), "{said}");
        (output.status.code(), said)
    };
    let (code, said) = run("migrate", &keys[0]);
    assert_eq!(code, Some(0), "{said}");
    {
        let given = ["--database-url", &url, "--sealing-keys", &keys[0]];
        // Nobody is there who takes mails: the link to confirm her address waits.
        let given = [&given[..], &["--mail", "smtp://127.0.0.1:1"]].concat();
        let serving = Serving::start(&given);
        let ana = serving.client();
        ana.sign_up("Ana", "1990-01-01").await;
        ana.update_profile(json!({"phone": "+351211234567"})).await;
        serving.terminate();
        assert_eq!(serving.ended().0, Some(0));
    }
    assert_eq!(
        run("reseal", &keys.join("\n")),
        (
            Some(0),
            "Sealed 3 values anew, with version 2 of the keys.\nNothing is sealed with version 1 any more.\n"
                .to_owned()
        )
    );
    let (code, said) = run("reseal", &keys[0]);
    assert_eq!(code, Some(1));
    assert!(said.contains("version 2 of the keys"), "{said}");
    let (code, said) = run("reseal", &keys[1]);
    assert!(
        code == Some(0) && said.starts_with("Sealed 0 values"),
        "{said}"
    );
    let serving = Serving::start(&["--database-url", &url, "--sealing-keys", &keys[1]]);
    let ana = serving.client();
    ana.sign_in("ana@example.org", PASSWORD).await;
    let reply = ana.query("{ me { member { profile { phone } } } }").await;
    assert_eq!(reply.at("/me/member/profile/phone"), "+351211234567");
}

async fn an_operator_tells_all_members_something(app: TestApp) {
    let url = bare(&app).await;
    let tell = |text: &[u8]| {
        let mut command = program(&["announce", "--database-url", &url]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        // One that ends before it has read takes no more.
        let _ = child.stdin.take().unwrap().write_all(text);
        let output = child.wait_with_output().unwrap();
        let said = text_of(&output);
        (output.status.code(), said)
    };
    // Where there is no schema there is nobody to be told.
    assert_eq!(tell(b"The policy has changed.").0, Some(1));
    assert_eq!(
        run(&["migrate", "--database-url", &url]).status.code(),
        Some(0)
    );
    let told = tell("The policy\nhas changed, by Müller.\n".as_bytes());
    assert_eq!(told, (Some(0), "Told 0 members.\n".to_owned()));
    for wrong in [
        &b" \n"[..],
        &b"\xff\xfe"[..],
        &[b'x'; 5_001],
        &[b'x'; 1 << 20],
    ] {
        let (code, said) = tell(wrong);
        assert_eq!(code, Some(1), "{said}");
        assert!(!said.contains("xxx"), "{said}");
    }
}

async fn mails_go_into_a_folder_and_those_nobody_takes_are_listed(app: TestApp) {
    let url = bare(&app).await;
    let place = tempfile::tempdir().unwrap();
    let folder = format!("maildir:{}", place.path().display());
    let refusing = MailServer::start(&[Then::Answered("RCPT", "550 nobody of that name")]).await;
    let mails = |retry: &[&str]| {
        let output = run(&[&["mails", "--database-url", &url], retry].concat());
        (output.status.code(), text_of(&output))
    };
    assert_eq!(mails(&[]).0, Some(1), "there is no schema");
    let until = async |done: &dyn Fn() -> bool| {
        for _ in 0..200 {
            if done() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("nothing came of it");
    };
    let end = |serving: Serving| {
        serving.terminate();
        assert_eq!(serving.ended().0, Some(0));
    };
    assert_eq!(
        run(&["migrate", "--database-url", &url]).status.code(),
        Some(0)
    );
    assert_eq!(
        mails(&[]),
        (Some(0), "No mail is left behind.\n".to_owned())
    );
    let serving = Serving::start(&["--database-url", &url, "--mail", &refusing.url]);
    serving.client().sign_up("Ana", "1990-01-01").await;
    // Of a new device she is told by mail.
    let reply = serving.client().sign_in("ana@example.org", PASSWORD).await;
    assert_eq!(reply.user_errors(), Vec::<String>::new());
    until(&|| mails(&[]).1.matches("refused").count() == 2).await;
    let (_, said) = mails(&[]);
    assert!(said.contains("SignedIn  1 attempts  refused"), "{said}");
    assert!(
        said.contains("ConfirmAddress  1 attempts  refused"),
        "{said}"
    );
    assert!(!said.contains("ana"), "{said}");
    end(serving);
    assert_eq!(
        mails(&["--retry"]),
        (Some(0), "2 mails are tried again.\n".to_owned())
    );
    let serving = Serving::start(&["--database-url", &url, "--mail", &folder]);
    let new = place.path().join("new");
    let count = || std::fs::read_dir(&new).map_or(0, Iterator::count);
    until(&|| count() == 2).await;
    end(serving);
    for file in std::fs::read_dir(&new).unwrap() {
        let mail = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(mail.contains("To: ana@example.org"), "{mail}");
    }
    assert_eq!(
        mails(&[]),
        (Some(0), "No mail is left behind.\n".to_owned())
    );
}

fn text_of(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

async fn a_database_without_its_keys_is_not_opened(app: TestApp) {
    let url = bare(&app).await;
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database-url", &url];
    let unkeyed = |arguments: &[&str]| {
        let mut command = program(arguments);
        command.env_remove("LETTERLOCK_SEALING_KEYS");
        command.env("LETTERLOCK_SECRET", SECRET);
        let output = command.output().unwrap();
        (output.status.code(), text(&output.stderr))
    };
    if app.backend == Backend::Postgres {
        let (code, said) = unkeyed(&serve);
        assert_eq!(code, Some(2));
        assert!(said.contains("LETTERLOCK_SEALING_KEYS"), "{said}");
        return;
    }
    // Beside a file they are made, for its owner alone.
    let (code, said) = unkeyed(&["migrate", "--database-url", &url]);
    assert_eq!(code, Some(0), "{said}");
    let file = std::path::PathBuf::from(format!("{}.keys", url.trim_start_matches("sqlite:")));
    let made = std::fs::read_to_string(&file).unwrap();
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    assert!(made.starts_with("1:") && made.len() == 66);
    // Once lost, no other is made in its place, and no other opens what it sealed.
    std::fs::remove_file(&file).unwrap();
    for arguments in [&serve[..], &["migrate", "--database-url", &url]] {
        let (code, said) = unkeyed(arguments);
        assert_eq!(code, Some(1));
        assert!(
            said.contains(".keys") && said.contains("bring back"),
            "{said}"
        );
        assert!(!file.exists());
    }
    let output = run(&["migrate", "--database-url", &url]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.contains("version 1 of the keys") && !said.contains("first-key"),
        "{said}"
    );
    std::fs::write(&file, made).unwrap();
    let restrict = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, restrict).unwrap();
    let (code, said) = unkeyed(&["migrate", "--database-url", &url]);
    assert_eq!(code, Some(0), "{said}");
}
