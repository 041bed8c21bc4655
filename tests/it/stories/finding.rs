//! Being found is another thing than being seen.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{app::TestApp, backend::Backends, client::Client, penpals::people, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_member_chooses_who_finds_them_by_search,
        a_member_chooses_who_finds_them_by_handle,
        by_email_nobody_is_found_who_has_not_chosen_it,
        nobody_tells_by_email_addresses_who_is_a_member,
        an_address_of_ones_own_is_changed_a_few_times_an_hour,
        tries_are_counted,
        a_teen_is_found_by_no_visitor,
        who_is_not_found_is_seen_as_before,
    )
}

async fn set(client: &Client, way: &str, finders: &str) -> Vec<String> {
    let document = "mutation($input: SetFindabilityInput!) { setFindability(input: $input) {
        findability { bySearch byHandle byEmail } userErrors { code field } } }";
    let reply = client
        .ask(document, json!({ "input": { way: finders } }))
        .await;
    let errors = reply.user_errors();
    if errors.is_empty() {
        assert_eq!(
            reply.at(&format!("/setFindability/findability/{way}")),
            finders
        );
    }
    errors
}

/// Whether the search, and the list of all, have somebody of this name.
async fn finds(client: &Client, name: &str) -> bool {
    let document =
        "{ searchMembers(first: 50) { totalCount { value } edges { node { displayName } } }
        members(first: 50) { edges { node { displayName } } } }";
    let reply = client.query(document).await;
    let has = |pointer: &str| {
        let edges = reply.at(pointer);
        let mut edges = edges.as_array().unwrap().iter();
        edges.any(|edge| edge["node"]["displayName"] == name)
    };
    let count = reply.at("/searchMembers/edges").as_array().unwrap().len();
    assert_eq!(reply.at("/searchMembers/totalCount/value"), count);
    assert_eq!(has("/searchMembers/edges"), has("/members/edges"));
    has("/members/edges")
}

async fn by_handle(client: &Client, handle: &str) -> Value {
    let document = "query($handle: String!) { memberByHandle(handle: $handle) { displayName } }";
    client
        .ask(document, json!({ "handle": handle }))
        .await
        .at("/memberByHandle/displayName")
}

async fn by_email(client: &Client, email: &str) -> Value {
    let document = "query($email: String!) { memberByEmail(email: $email) { displayName } }";
    client
        .ask(document, json!({ "email": email }))
        .await
        .at("/memberByEmail")
}

/// Ana, her penpal Ben, and Cleo.
async fn three(app: &TestApp) -> [Client; 3] {
    let (clients, _) = people(app).await;
    clients[0].befriend(&clients[1]).await;
    clients[0].update_profile(json!({"country": "PT"})).await;
    clients[0].set_audience("COUNTRY", "PUBLIC").await;
    clients
}

/// Who finds, as each choice says: a visitor, a member, a penpal.
const CHOICES: [(&str, [bool; 3]); 4] = [
    ("EVERYONE", [true, true, true]),
    ("MEMBERS", [false, true, true]),
    ("PENPALS", [false, false, true]),
    ("NOBODY", [false, false, false]),
];

async fn a_member_chooses_who_finds_them_by_search(app: TestApp) {
    let [ana, ben, cleo] = three(&app).await;
    for (finders, found) in CHOICES {
        assert!(set(&ana, "bySearch", finders).await.is_empty());
        for (client, found) in [&app.visitor(), &cleo, &ben].into_iter().zip(found) {
            assert_eq!(finds(client, "Ana").await, found, "{finders}");
        }
    }
}

async fn a_member_chooses_who_finds_them_by_handle(app: TestApp) {
    let [ana, ben, cleo] = three(&app).await;
    let handle = ana.handle().await;
    for (finders, found) in CHOICES {
        assert!(set(&ana, "byHandle", finders).await.is_empty());
        for (client, found) in [&app.visitor(), &cleo, &ben].into_iter().zip(found) {
            let document =
                "query($handle: String!) { memberByHandle(handle: $handle) { displayName } }";
            let reply = client.ask(document, json!({ "handle": handle })).await;
            assert_eq!(
                reply.at("/memberByHandle") == Value::Null,
                !found,
                "{finders}"
            );
        }
        assert_eq!(by_handle(&ana, &handle).await, "Ana");
        // Nor does looking at oneself with the eyes of whoever has a handle tell whether somebody has it.
        let document = "query($handle: String) { me { viewAs(onlooker: MEMBER, handle: $handle) { handle } } }";
        let reply = cleo.ask(document, json!({ "handle": handle })).await;
        assert_eq!(
            reply.at("/me/viewAs") == Value::Null,
            !found[1],
            "{finders}"
        );
    }
}

async fn by_email_nobody_is_found_who_has_not_chosen_it(app: TestApp) {
    let [ana, ben, cleo] = three(&app).await;
    let email = "ANA@example.org";
    for client in [&app.visitor(), &cleo, &ben] {
        assert_eq!(by_email(client, email).await, Value::Null);
    }
    assert_eq!(
        set(&ana, "byEmail", "EVERYONE").await,
        ["AUDIENCE_TOO_WIDE"]
    );
    assert!(set(&ana, "byEmail", "MEMBERS").await.is_empty());
    assert_eq!(by_email(&cleo, email).await["displayName"], "Ana");
    assert_eq!(by_email(&app.visitor(), email).await, Value::Null);
    // The address is still hidden from who did not know it.
    let document = "query($email: String!) { memberByEmail(email: $email) { profile { email } } }";
    let reply = cleo.ask(document, json!({ "email": email })).await;
    assert_eq!(reply.at("/memberByEmail/profile/email"), Value::Null);
    ana.block(&cleo.whoami().await.unwrap()).await;
    assert_eq!(by_email(&cleo, email).await, Value::Null);
}

async fn nobody_tells_by_email_addresses_who_is_a_member(app: TestApp) {
    let [_, _, cleo] = three(&app).await;
    let document = "query($email: String!) { memberByEmail(email: $email) { id } }";
    let ask = |email: &'static str| cleo.ask(document, json!({ "email": email }));
    let nobody = ask("nobody@example.org").await;
    for email in ["ana@example.org", "no address", "", "@"] {
        let reply = ask(email).await;
        assert_eq!(reply.text, nobody.text, "{email}");
        assert_eq!(reply.status, nobody.status);
    }
}

/// A mailbox gets a few mails, and so does everybody who is written to for one's sake.
async fn an_address_of_ones_own_is_changed_a_few_times_an_hour(app: TestApp) {
    let [ana, _, _] = three(&app).await;
    let change =
        "mutation($email: String!) { changeEmail(input: {email: $email}) { userErrors { code } } }";
    for _ in 0..10 {
        let reply = ana.ask(change, json!({"email": "cleo@example.org"})).await;
        assert_eq!(reply.user_errors(), Vec::<String>::new());
    }
    for email in ["cleo@example.org", "nobody@example.org"] {
        let reply = ana.ask(change, json!({ "email": email })).await;
        assert_eq!(reply.codes(), ["RATE_LIMITED"], "{}", reply.text);
    }
}

/// However patient: tries are counted, whoever is looked for.
async fn tries_are_counted(app: TestApp) {
    let app = app.limited().await;
    let cleo = app.visitor();
    cleo.sign_up("Cleo", "1990-05-06").await;
    let by_email = "{ memberByEmail(email: \"somebody@example.org\") { id } }";
    for _ in 0..30 {
        assert!(cleo.query(by_email).await.codes().is_empty());
    }
    assert_eq!(cleo.query(by_email).await.codes(), ["RATE_LIMITED"]);
    // Each page, count and facet is one; of visitors a network has as many.
    let search = "{ a: searchMembers(first: 1) { totalCount { value } facets { countries { count { value } } } }
        b: searchMembers(first: 1) { totalCount { value } facets { countries { count { value } } } } }";
    for client in [&cleo, &app.visitor_at(7)] {
        for _ in 0..50 {
            assert!(client.query(search).await.codes().is_empty());
        }
        let refused = client.query(search).await;
        assert_eq!(
            refused.codes(),
            ["RATE_LIMITED", "RATE_LIMITED"],
            "{}",
            refused.text
        );
    }
    assert!(app.visitor_at(8).query(search).await.codes().is_empty());
}

async fn a_teen_is_found_by_no_visitor(app: TestApp) {
    let tom = app.visitor();
    tom.sign_up("Tom", "2010-03-04").await;
    for way in ["bySearch", "byHandle", "byEmail"] {
        assert_eq!(
            set(&tom, way, "EVERYONE").await,
            ["AUDIENCE_TOO_WIDE"],
            "{way}"
        );
        assert!(set(&tom, way, "MEMBERS").await.is_empty());
    }
    let tina = app.visitor_at(2);
    tina.sign_up("Tina", "2010-03-04").await;
    assert!(finds(&tina, "Tom").await);
    let ana = app.visitor_at(3);
    ana.sign_up("Ana", "1990-05-06").await;
    for client in [&ana, &app.visitor()] {
        assert!(!finds(client, "Tom").await);
        assert_eq!(by_email(client, "tom@example.org").await, Value::Null);
    }
}

async fn who_is_not_found_is_seen_as_before(app: TestApp) {
    let [ana, _, cleo] = three(&app).await;
    let id = ana.whoami().await.unwrap();
    let document = "query($id: ID!) { member(id: $id) { handle profile { country { code } } } }";
    let before = cleo.ask(document, json!({ "id": id })).await.text;
    for way in ["bySearch", "byHandle", "byEmail"] {
        assert!(set(&ana, way, "NOBODY").await.is_empty());
    }
    assert_eq!(cleo.ask(document, json!({ "id": id })).await.text, before);
}
