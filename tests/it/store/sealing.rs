//! What is sealed at rest: a copy of the database shows none of it, nobody opens it elsewhere, and keys can change.

use letterlock::{
    domain::{age::BirthDate, audience::Audience, email::Email},
    jobs::mails::carry_due,
    mail::carrier::Carrier,
    store::{Address, Error, Keyring, Store},
};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::stories::{linking, mailing};
use crate::support::{
    app::{KEYS, TestApp, keys},
    backend::{Backend, Backends},
    client::{Client, PASSWORD},
    log, raw, trials,
    world::Plan,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends;
        a_copy_of_the_database_shows_no_contact_detail,
        a_value_that_was_moved_or_changed_opens_nothing_and_fails_alone,
        keys_change_and_nobody_is_lost,
        an_address_is_one_account_s_whatever_key_sealed_it,
        keys_that_do_not_fit_open_no_database,
        who_is_erased_leaves_no_hash,
        what_was_in_the_clear_is_sealed_by_migrating,
        sealing_that_was_broken_off_goes_on,
        what_is_sealed_is_not_taken_back_by_sql,
    )
}

const SECOND: &str = "2:the-second-key-of-the-tests-which-is-long-enough";

fn keyring(texts: &[&str]) -> Keyring {
    Keyring::parse(&texts.join("\n").into()).unwrap()
}

fn store(app: &TestApp, keys: Keyring) -> Store {
    Store::new(&app.address, 1, keys, None).unwrap()
}

/// The forms in which a word may stand in bytes: as it is in any case, in UTF-16, in hexadecimal digits, in Base64.
fn forms(word: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![word.to_lowercase().into_bytes()];
    for word in [word.to_owned(), word.to_lowercase(), word.to_uppercase()] {
        let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        forms.push(wide.to_ascii_lowercase());
        forms.push(data_encoding::HEXLOWER.encode(word.as_bytes()).into());
        for before in 0..3 {
            let bytes = [&[0; 3][..before], word.as_bytes()].concat();
            let whole = &bytes[..bytes.len() / 3 * 3];
            let text = data_encoding::BASE64.encode(whole);
            forms.push(text[(before * 8).div_ceil(6)..].to_lowercase().into());
        }
    }
    forms
}

/// Which of the words stand in the bytes, in whatever form.
fn shown<'a>(bytes: &[u8], words: &[&'a str]) -> Vec<&'a str> {
    let bytes = bytes.to_ascii_lowercase();
    let holds = |form: &Vec<u8>| bytes.windows(form.len()).any(|window| window == form);
    let there = |word: &&&str| forms(word).iter().any(holds);
    words.iter().filter(there).copied().collect()
}

/// All that a copy of the database holds: every row as text, and on SQLite the bytes of its files.
async fn copy(app: &TestApp) -> Vec<u8> {
    let mut bytes = app.db_text().await.into_bytes();
    if let Address::Sqlite(path) = &app.address {
        for ending in ["", "-wal", "-journal"] {
            let file = format!("{}{ending}", path.display());
            bytes.extend(std::fs::read(file).unwrap_or_default());
        }
    }
    bytes
}

/// The files of a server's tables and indexes, where it lets whoever tests read them; in hexadecimal digits.
async fn server_files(app: &TestApp) -> Option<Vec<u8>> {
    let may = "SELECT count(*) AS n FROM pg_roles WHERE rolname = current_user AND rolsuper";
    if app.backend == Backend::Sqlite || app.db_sql(may).await != Some(1) {
        return None;
    }
    // What it still holds in memory goes there first.
    app.db_sql("CHECKPOINT").await;
    let files = "SELECT encode(pg_read_binary_file(pg_relation_filepath(c.oid)), 'hex') AS t \
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname IN ('public', 'pg_toast') AND c.relkind IN ('r', 'i', 't')";
    let files = raw::texts(&app.address, files).await;
    Some(files.concat().into_bytes())
}

const CONTACT: &str =
    "{ me { member { displayName profile { email phone postalAddress city } } } }";

/// What somebody reads of their own.
async fn own(client: &Client) -> Value {
    client.query(CONTACT).await.at("/me/member/profile")
}

async fn signed_up(client: &Client, name: &str, email: &str) {
    let token = client.screening_token("1990-01-01").await;
    let reply = client
        .sign_up_with(json!({
            "screeningToken": token, "displayName": name, "email": email, "password": PASSWORD,
        }))
        .await;
    assert_eq!(reply.user_errors(), Vec::<String>::new(), "{}", reply.text);
}

async fn signed_in(app: &TestApp, email: &str) -> Client {
    let client = app.visitor();
    let reply = client.sign_in(email, PASSWORD).await;
    assert_eq!(reply.user_errors(), Vec::<String>::new(), "{}", reply.text);
    client
}

/// Ana, with all that is sealed.
async fn ana(app: &TestApp) -> Client {
    let ana = app.visitor();
    signed_up(&ana, "Ana", "Quillon.Wryneck@Example.org").await;
    ana.update_profile(json!({
        "phone": "+351 219 998 877", "postalAddress": "Rua Zebrafinch 7\nPintarolas", "city": "Cotovia",
    }))
    .await;
    ana
}

fn of_ana() -> Value {
    json!({
        "email": "Quillon.Wryneck@example.org", "phone": "+351219998877",
        "postalAddress": "Rua Zebrafinch 7\nPintarolas", "city": "Cotovia",
    })
}

const WORDS: [&str; 5] = [
    "Quillon",
    "Wryneck",
    "351219998877",
    "Zebrafinch",
    "Pintarolas",
];

async fn a_copy_of_the_database_shows_no_contact_detail(app: TestApp) {
    let people = app
        .db_world(&[Plan::adult("Oystercatcher", Audience::Penpals)], &[], &[])
        .await;
    let ana = ana(&app).await;
    assert_eq!(own(&ana).await, of_ana());
    let all: Vec<&str> = [
        &WORDS[..],
        &["oystercatcher@", "+35121000000", "postalAddress"],
    ]
    .concat();
    // What is not sealed is found by the same look.
    let before = copy(&app).await;
    assert_eq!(shown(&before, &["Cotovia", "OYSTERCATCHER"]).len(), 2);
    assert_eq!(shown(&before, &all), Vec::<&str>::new());
    let filled = own(&app.db_client(&people[0]).await).await;
    assert_eq!(filled["email"], "oystercatcher@example.org");
    assert_eq!(filled["phone"], "+351210000001");
    assert_eq!(
        filled["postalAddress"],
        "Oystercatcher's very own postalAddress"
    );

    // Nor does what comes after, or what was there before it.
    let change = "mutation($input: ChangeEmailInput!) { changeEmail(input: $input) { userErrors { code } } }";
    let input = json!({"input": {"email": "Nightjar.Zink@example.org"}});
    let changed = ana.ask(change, input).await;
    assert_eq!(
        changed.user_errors(),
        Vec::<String>::new(),
        "{}",
        changed.text
    );
    // While it waits, too.
    let new = ["Nightjar"];
    assert_eq!(shown(&copy(&app).await, &new), Vec::<&str>::new());
    linking::follow_changes(&app).await;
    ana.update_profile(json!({"phone": "+351 213 334 445", "postalAddress": null}))
        .await;
    let now = own(&ana).await;
    assert_eq!(now["email"], "Nightjar.Zink@example.org");
    assert_eq!(
        (&now["phone"], &now["postalAddress"]),
        (&json!("+351213334445"), &Value::Null)
    );
    // The old one is in a mail that waits.
    let waiting = "SELECT count(*) AS n FROM outbox";
    assert_eq!(app.db_sql(waiting).await, Some(1));
    if app.backend == Backend::Sqlite {
        app.db_sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    }
    let after = [&all[..], &["Nightjar", "351213334445"]].concat();
    assert_eq!(shown(&copy(&app).await, &after), Vec::<&str>::new());
    signed_in(&app, "NIGHTJAR.zink@example.org").await;
    // Nor does the log.
    for line in log::lines().await {
        assert_eq!(shown(line.as_bytes(), &after), Vec::<&str>::new(), "{line}");
    }
}

async fn a_value_that_was_moved_or_changed_opens_nothing_and_fails_alone(app: TestApp) {
    let ana = ana(&app).await;
    let eve = app.visitor();
    signed_up(&eve, "Eve", "eve@example.org").await;
    let whole = json!({"phone": "+351213334445", "postalAddress": "Here", "city": "Evora"});
    eve.update_profile(whole.clone()).await;
    let of = |name: &str| format!("(SELECT id FROM members WHERE display_name = '{name}')");
    let (eves, anas) = (of("Eve"), of("Ana"));
    for (change, failed) in [
        // Whoever can write to the database is not shown Ana's by a service that opens Eve's.
        (
            format!(
                "UPDATE profiles SET phone = (SELECT phone FROM profiles WHERE member_id = {anas}) WHERE member_id = {eves}"
            ),
            "phone",
        ),
        (
            format!("UPDATE profiles SET phone = postal_address WHERE member_id = {eves}"),
            "phone",
        ),
        (
            format!(
                "UPDATE profiles SET postal_address = (SELECT email FROM accounts WHERE member_id = {eves}) WHERE member_id = {eves}"
            ),
            "postalAddress",
        ),
        (
            format!(
                "UPDATE accounts SET email = (SELECT phone FROM profiles WHERE member_id = {anas}) WHERE member_id = {eves}"
            ),
            "email",
        ),
    ] {
        eve.update_profile(whole.clone()).await;
        app.db_sql(&change).await;
        let reply = eve.query(CONTACT).await;
        let json = reply.json();
        assert_eq!(reply.status, 200);
        let profile = &json["data"]["me"]["member"]["profile"];
        assert_eq!(profile[failed], Value::Null, "{failed}: {}", reply.text);
        assert_eq!(profile["city"], "Evora");
        assert_eq!(json["data"]["me"]["member"]["displayName"], "Eve");
        let errors = json["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{}", reply.text);
        assert_eq!(errors[0]["extensions"]["code"], "INTERNAL_SERVER_ERROR");
        assert_eq!(
            errors[0]["path"],
            json!(["me", "member", "profile", failed])
        );
        assert_eq!(shown(reply.text.as_bytes(), &WORDS), Vec::<&str>::new());
    }
    // Eve still comes in, since that goes by the hash, and can set it right.
    let eve = signed_in(&app, "eve@example.org").await;
    let change =
        "mutation { changeEmail(input: {email: \"eve2@example.org\"}) { userErrors { code } } }";
    assert_eq!(eve.query(change).await.user_errors(), Vec::<String>::new());
    linking::follow_changes(&app).await;
    eve.update_profile(whole).await;
    assert_eq!(own(&eve).await["email"], "eve2@example.org");
    assert_eq!(own(&ana).await, of_ana());
    let said = log::lines().await.concat();
    assert!(
        said.contains("a value of profiles.phone does not open"),
        "{said}"
    );
    assert_eq!(shown(said.as_bytes(), &WORDS), Vec::<&str>::new());
}

/// How many values a version has sealed.
async fn sealed_with(app: &TestApp, version: u8) -> i64 {
    let begins = |column: &str| match app.backend {
        Backend::Sqlite => format!("substr({column}, 1, 2) = X'00{version:02x}'"),
        Backend::Postgres => format!("substring({column} from 1 for 2) = '\\x00{version:02x}'"),
    };
    let mut all = 0;
    for (table, column) in [
        ("accounts", "email"),
        ("profiles", "phone"),
        ("profiles", "postal_address"),
        ("outbox", "address"),
        ("links", "address"),
    ] {
        let count = format!("SELECT count(*) AS n FROM {table} WHERE {}", begins(column));
        all += app.db_sql(&count).await.unwrap();
    }
    all
}

async fn keys_change_and_nobody_is_lost(app: TestApp) {
    let old = ana(&app).await;
    // Of this she is told by a mail, which waits.
    signed_in(&app, "quillon.wryneck@example.org").await;
    let both = app.with_keys(keyring(&[KEYS, SECOND])).await;
    let store = &both.services.store;
    store.unlock().await.unwrap();
    // What was sealed before opens, and is found; what is new is sealed by the newest.
    let ana = signed_in(&both, "quillon.wryneck@example.org").await;
    assert_eq!(own(&ana).await, of_ana());
    signed_up(&both.visitor(), "Ben", "ben@example.org").await;
    assert_eq!(
        (sealed_with(&app, 1).await, sealed_with(&app, 2).await),
        (5, 3)
    );
    // A server that was not given the newest shows nothing of it, and everything else.
    let reply = app.visitor().sign_in("ben@example.org", PASSWORD).await;
    assert_eq!(reply.user_errors().len(), 1);
    assert_eq!(own(&old).await, of_ana());

    let done = store.reseal().await.unwrap();
    assert_eq!((done.version, done.values, done.unopened), (2, 5, 0));
    assert_eq!(done.retired, [1]);
    assert_eq!(
        (sealed_with(&app, 1).await, sealed_with(&app, 2).await),
        (0, 8)
    );
    let again = store.reseal().await.unwrap();
    assert_eq!((again.values, again.retired), (0, Vec::new()));

    // The first can go.
    let new = app.with_keys(keyring(&[SECOND])).await;
    new.services.store.unlock().await.unwrap();
    let ana = signed_in(&new, "QUILLON.wryneck@example.org").await;
    assert_eq!(own(&ana).await, of_ana());
    signed_in(&new, "ben@example.org").await;
    let place = tempfile::tempdir().unwrap();
    let post = mailing::post(Carrier::folder(place.path()).unwrap());
    assert_eq!(carry_due(&new.services, &post).await.unwrap(), 6);
    // With the first alone each of them fails, and shows nothing.
    let reply = old.query(CONTACT).await;
    let json = reply.json();
    assert_eq!(json["errors"].as_array().unwrap().len(), 3);
    assert_eq!(json["data"]["me"]["member"]["profile"]["city"], "Cotovia");
    assert_eq!(shown(reply.text.as_bytes(), &WORDS), Vec::<&str>::new());
}

async fn an_address_is_one_account_s_whatever_key_sealed_it(app: TestApp) {
    ana(&app).await;
    let both = app.with_keys(keyring(&[KEYS, SECOND])).await;
    let ben = both.visitor();
    signed_up(&ben, "Ben", "ben@example.org").await;
    let (taken, eve) = ("QUILLON.Wryneck@example.org", both.visitor());
    let token = eve.screening_token("1990-01-01").await;
    let reply = eve
        .sign_up_with(json!({
            "screeningToken": token, "displayName": "Eve", "email": taken, "password": PASSWORD,
        }))
        .await;
    assert_eq!(reply.user_errors(), ["EMAIL_UNAVAILABLE"]);
    let change = "mutation($input: ChangeEmailInput!) { changeEmail(input: $input) { userErrors { code } } }";
    ben.ask(change, json!({"input": {"email": taken}})).await;
    linking::follow_changes(&both).await;
    assert_eq!(own(&ben).await["email"], "ben@example.org");
    // It is found by its address, too, and by no other.
    let store = &both.services.store;
    let found = |text: &str| {
        let email = Email::parse(text).unwrap();
        async move { store.addressee(&email).await.unwrap().is_some() }
    };
    assert!(found(taken).await && found("BEN@example.org").await);
    assert!(!found("wryneck@example.org").await);
}

async fn keys_that_do_not_fit_open_no_database(app: TestApp) {
    ana(&app).await;
    let complaint = async |keys: Keyring| match store(&app, keys).unlock().await {
        Err(Error::Broken(cause)) => cause.to_string(),
        other => panic!("{other:?}"),
    };
    let another = "1:another-key-of-the-tests-which-is-long-enough";
    assert_eq!(
        complaint(keyring(&[another])).await,
        "version 1 of the keys, which seals what is in this database, is not the one that is given"
    );
    assert_eq!(
        complaint(keyring(&[SECOND])).await,
        "version 1 of the keys, which seals what is in this database, is not given"
    );
    // A start that was refused leaves no trace of its keys.
    assert_eq!(app.db_count("sealing_keys").await, 1);
    store(&app, keys()).unlock().await.unwrap();
    // Where a value cannot be opened, its version is not given up.
    store(&app, keyring(&[KEYS, SECOND]))
        .unlock()
        .await
        .unwrap();
    app.db_sql("UPDATE profiles SET phone = postal_address")
        .await;
    let done = store(&app, keyring(&[KEYS, SECOND]))
        .reseal()
        .await
        .unwrap();
    assert_eq!(
        (done.values, done.unopened, done.retired),
        (3, 1, Vec::new())
    );
    assert_eq!(app.db_count("sealing_keys").await, 2);
    complaint(keyring(&[SECOND])).await;
}

async fn who_is_erased_leaves_no_hash(app: TestApp) {
    ana(&app).await;
    let hex = match app.backend {
        Backend::Sqlite => "SELECT lower(hex(email_hash)) AS t FROM accounts",
        Backend::Postgres => "SELECT encode(email_hash, 'hex') AS t FROM accounts",
    };
    let hash = raw::texts(&app.address, hex).await.concat();
    assert_eq!(hash.len(), 64);
    let bytes = data_encoding::HEXLOWER.decode(hash.as_bytes()).unwrap();
    let there = async || {
        let copy = copy(&app).await;
        let text = String::from_utf8_lossy(&copy).to_lowercase();
        text.contains(&hash) || copy.windows(32).any(|window| window == bytes)
    };
    assert!(there().await);
    app.db_sql("UPDATE standings SET standing = 1, frozen_at = 0")
        .await;
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_count("accounts").await, 0);
    if app.backend == Backend::Sqlite {
        app.db_sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    }
    assert!(!there().await);
    // The address is free again.
    signed_up(&app.visitor(), "Ana", "quillon.wryneck@example.org").await;
}

/// The SQL of a migration.
fn script(app: &TestApp, name: &str, way: &str) -> String {
    let path = format!("migrations/{}/{name}/{way}.sql", app.backend.name());
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).unwrap()
}

const OLD: i64 = 1_200;

/// A database as the version before left it, in which `OLD` live; all have the tests' password.
async fn earlier(app: &TestApp) {
    app.visitor().sign_up("Somebody", "1990-01-01").await;
    let hash = raw::texts(&app.address, "SELECT password_hash AS t FROM accounts").await;
    app.db_sql("DELETE FROM members").await;
    app.services.store.revert_all().await.unwrap();
    let folder = format!("{}/migrations/sqlite", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.as_str() < "0009")
        .collect();
    names.sort();
    assert_eq!(names.len(), 8);
    for name in names {
        let version = name.split('_').next().unwrap();
        app.db_sql(&script(app, &name, "up")).await;
        app.db_sql(&format!(
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')"
        ))
        .await;
    }
    let born = BirthDate::parse_iso("1990-01-01", app.clock.now())
        .unwrap()
        .key();
    // The even ones first, so that pages are parted when the odd ones come between them.
    for odd in [0, 1] {
        let all = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OLD})
             SELECT i FROM n WHERE i % 2 = {odd}"
        );
        app.db_sql(&format!(
            "INSERT INTO members (id, handle, display_name, joined_at)
                SELECT i, 'old-' || i, 'Old' || i, 1 FROM ({all}) x;
             INSERT INTO accounts (member_id, email, email_folded, password_hash)
                SELECT i, 'Quillon.Wryneck' || i || '@example.org', 'quillon.wryneck' || i || '@example.org', '{}'
                FROM ({all}) x;
             INSERT INTO standings (member_id, standing, turns_13_on, turns_18_on, audiences, findable)
                SELECT i, 0, 20030101, 20080201, '0000000000000000000000', '223' FROM ({all}) x;
             INSERT INTO profiles (member_id, birth_on, city, phone, postal_address)
                SELECT i, {born}, 'Cotovia', CASE WHEN i % 3 = 0 THEN '+35121999' || (887700 + i) END,
                'Rua Zebrafinch ' || i || ', Pintarolas' FROM ({all}) x;
             INSERT INTO presences (member_id, last_seen_at) SELECT i, 1 FROM ({all}) x;",
            hash[0]
        ))
        .await;
    }
}

const OLD_WORDS: [&str; 5] = ["Quillon", "Wryneck", "35121999", "Zebrafinch", "Pintarolas"];

/// That everything of the `OLD` is sealed, and that they are as they were.
async fn all_sealed(app: &TestApp) {
    let store = &app.services.store;
    assert!(store.current().await.unwrap());
    assert_eq!(app.db_count("accounts").await, OLD);
    assert_eq!(sealed_with(app, 1).await, 2 * OLD + OLD / 3);
    assert!(!app.db_tables().await.contains(&"unsealed".to_owned()));
    let copy = copy(app).await;
    assert_eq!(shown(&copy, &["Cotovia"]), ["Cotovia"]);
    assert_eq!(shown(&copy, &OLD_WORDS), Vec::<&str>::new());
    let client = signed_in(app, "quillon.WRYNECK9@example.org").await;
    assert_eq!(
        own(&client).await,
        json!({
            "email": "Quillon.Wryneck9@example.org", "phone": "+35121999887709",
            "postalAddress": "Rua Zebrafinch 9, Pintarolas", "city": "Cotovia",
        })
    );
    let other = signed_in(app, "quillon.wryneck1000@example.org").await;
    assert_eq!(own(&other).await["phone"], Value::Null);
    // Found by the address, as before.
    let document = "query($email: String!) { memberByEmail(email: $email) { displayName } }";
    let email = json!({"email": "Quillon.Wryneck1000@Example.ORG"});
    let found = client.ask(document, email).await;
    assert_eq!(found.at("/memberByEmail/displayName"), "Old1000");
}

async fn what_was_in_the_clear_is_sealed_by_migrating(app: TestApp) {
    earlier(&app).await;
    assert_eq!(shown(&copy(&app).await, &OLD_WORDS), OLD_WORDS);
    if let Some(files) = server_files(&app).await {
        assert_eq!(shown(&files, &OLD_WORDS), OLD_WORDS);
    }
    let store = store(&app, keys());
    assert_eq!(store.migrate().await.unwrap()[0], "0009");
    store.close();
    let app_now = app.with_keys(keys()).await;
    all_sealed(&app_now).await;
    if let Some(files) = server_files(&app).await {
        assert_eq!(shown(&files, &["Cotovia"]), ["Cotovia"]);
        assert_eq!(shown(&files, &OLD_WORDS), Vec::<&str>::new());
    }
    // All of them in pieces with another key.
    let both = app.with_keys(keyring(&[KEYS, SECOND])).await;
    let done = both.services.store.reseal().await.unwrap();
    // Those of the old, and two mails that tell of who signed in.
    let values = i64::try_from(done.values).unwrap();
    assert_eq!(values, 2 * OLD + OLD / 3 + 2);
    assert_eq!((sealed_with(&app, 1).await, done.unopened), (0, 0));
    signed_in(&both, "quillon.wryneck1199@example.org").await;
}

async fn sealing_that_was_broken_off_goes_on(app: TestApp) {
    earlier(&app).await;
    // The program ended right after the migration.
    app.db_sql(&script(&app, "0009_sealed", "up")).await;
    app.db_sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('0009')")
        .await;
    let store = store(&app, keys());
    assert!(!store.current().await.unwrap(), "nothing may be served yet");
    assert_eq!(app.db_count("unsealed").await, OLD);
    // One of them cannot be sealed for the moment; the pieces before it are.
    let byte = match app.backend {
        Backend::Sqlite => "X'01'",
        Backend::Postgres => "'\\x01'",
    };
    app.db_sql(&format!(
        "INSERT INTO accounts (member_id, email, email_hash, password_hash) VALUES (700, {byte}, {byte}, '!')"
    ))
    .await;
    store.migrate().await.unwrap_err();
    assert!(app.db_count("unsealed").await < OLD && !store.current().await.unwrap());
    app.db_sql("DELETE FROM accounts WHERE password_hash = '!'")
        .await;
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
    store.close();
    all_sealed(&app.with_keys(keys()).await).await;
}

async fn what_is_sealed_is_not_taken_back_by_sql(app: TestApp) {
    ana(&app).await;
    let store = store(&app, keys());
    store.revert_all().await.unwrap_err();
    // Those after it were, and are made anew.
    assert!(!store.migrate().await.unwrap().contains(&"0009".to_owned()));
    assert!(store.current().await.unwrap());
    store.close();
    signed_in(&app, "quillon.wryneck@example.org").await;
    assert_eq!(
        own(&signed_in(&app, "quillon.wryneck@example.org").await).await,
        of_ana()
    );
    // Where nothing was sealed yet, all of it is there again.
    let (app, store) = (&app, self::store(&app, keys()));
    app.db_sql("DELETE FROM members").await;
    earlier(app).await;
    app.db_sql(&script(app, "0009_sealed", "up")).await;
    app.db_sql(&script(app, "0009_sealed", "down")).await;
    let there = "SELECT count(*) AS n FROM accounts a JOIN profiles p ON p.member_id = a.member_id \
        WHERE a.email_folded = lower(a.email) AND p.postal_address LIKE 'Rua%' AND a.email LIKE 'Quillon%'";
    assert_eq!(app.db_sql(there).await, Some(OLD));
    assert_eq!(store.migrate().await.unwrap()[0], "0009");
}
