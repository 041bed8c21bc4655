//! Who may write to whom: rules of the one who reads, requests, and what neither tells.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::messages::{change, folder, people, rules, send, texts, write};
use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_stranger_s_first_message_waits_as_a_request,
        what_is_not_wanted_looks_to_its_sender_like_what_waits,
        rules_compare_what_either_shows_the_other,
        nobody_finds_a_hidden_interest_by_trying,
        adults_and_teens_do_not_write_to_each_other_unless_they_are_penpals,
        only_the_first_message_has_to_be_long,
        who_was_a_penpal_once_is_a_stranger_unless_they_were_answered,
    )
}

async fn a_stranger_s_first_message_waits_as_a_request(app: TestApp) {
    let [(ana, _), (ben, ben_id), _] = people(&app).await;
    let sent = write(&ana, &ben_id, "Hello, I write to you since …", 1).await;
    assert_eq!(folder(&ben, "INBOX").await, Vec::<Value>::new());
    let requests = folder(&ben, "REQUESTS").await;
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0]["stage"], "REQUEST");
    let message = requests[0]["messages"]["edges"][0]["node"]["id"].clone();
    let read = json!({"conversation": sent["id"], "message": message});
    change(&ben, "markRead", read.clone()).await;
    // No receipt before it is accepted.
    let receipt =
        async || folder(&ana, "INBOX").await[0]["messages"]["edges"][0]["node"]["readAt"].clone();
    assert_eq!(receipt().await, Value::Null);
    let accepted = change(
        &ben,
        "acceptConversation",
        json!({"conversation": sent["id"]}),
    )
    .await;
    assert_eq!(accepted["conversation"]["stage"], "ACCEPTED");
    // What was read before stays untold.
    assert_eq!(receipt().await, Value::Null);
    write(&ana, &ben_id, "One more thing", 2).await;
    let inbox = folder(&ben, "INBOX").await;
    let latest = inbox[0]["messages"]["edges"][1]["node"]["id"].clone();
    change(
        &ben,
        "markRead",
        json!({"conversation": sent["id"], "message": latest}),
    )
    .await;
    let mine = folder(&ana, "INBOX").await;
    assert_ne!(
        mine[0]["messages"]["edges"][1]["node"]["readAt"],
        Value::Null
    );
}

/// What a sender can look at, without ids, keys and times.
async fn sender_sees(client: &Client) -> String {
    let mut seen = String::new();
    for name in ["INBOX", "REQUESTS", "ARCHIVE"] {
        for mut conversation in folder(client, name).await {
            conversation["id"] = Value::Null;
            conversation["updatedAt"] = Value::Null;
            for edge in conversation["messages"]["edges"].as_array_mut().unwrap() {
                edge["node"]["id"] = Value::Null;
                edge["node"]["sentAt"] = Value::Null;
            }
            seen += &conversation
                .to_string()
                .replace("Cleo", "…")
                .replace("Ben", "…");
        }
    }
    seen
}

async fn what_is_not_wanted_looks_to_its_sender_like_what_waits(app: TestApp) {
    let [(ana, _), (ben, ben_id), (cleo, cleo_id)] = people(&app).await;
    rules(&cleo, json!({"writers": "NOBODY"})).await;
    app.recorder.clear();
    let one = send(&ana, json!({"member": ben_id}), "Hello there", 1).await;
    let wanted = app.recorder.statements().len();
    app.recorder.clear();
    let other = send(&ana, json!({"member": cleo_id}), "Hello there", 2).await;
    let unwanted = app.recorder.statements().len();
    assert_eq!(wanted, unwanted, "as many statements, wanted or not");
    let plain = |mut sent: Value| {
        sent["message"]["id"] = Value::Null;
        sent["conversation"]["id"] = Value::Null;
        sent["conversation"]["updatedAt"] = Value::Null;
        sent["conversation"]["member"] = Value::Null;
        sent["conversation"]["messages"]["edges"][0]["node"]["id"] = Value::Null;
        sent["conversation"]["messages"]["edges"][0]["node"]["sentAt"] = Value::Null;
        sent
    };
    assert_eq!(plain(one), plain(other));
    assert_eq!(folder(&ben, "REQUESTS").await.len(), 1);
    for name in ["INBOX", "REQUESTS", "ARCHIVE"] {
        assert_eq!(folder(&cleo, name).await, Vec::<Value>::new(), "{name}");
    }
    // Cleo can write all the same, in the same conversation, and finds what is hers alone.
    let ana_id = ana.whoami().await.unwrap();
    let hers = write(&cleo, &ana_id, "It was I who wrote first", 1).await;
    assert_eq!(texts(&hers), ["It was I who wrote first"]);
    let ours = folder(&ana, "INBOX").await;
    let with_cleo = ours
        .iter()
        .find(|it| it["member"]["displayName"] == "Cleo")
        .unwrap();
    assert_eq!(
        texts(with_cleo),
        ["Hello there", "It was I who wrote first"]
    );
    assert_eq!(with_cleo["id"], hers["id"]);
}

async fn rules_compare_what_either_shows_the_other(app: TestApp) {
    let [(ana, _), (ben, ben_id), _] = people(&app).await;
    ana.update_profile(json!({"country": "PT"})).await;
    ana.set_audience("COUNTRY", "ONLY_ME").await;
    rules(&ben, json!({"writers": "MEMBERS", "countries": ["PT"]})).await;
    // Ben must not learn by a rule what Ana hides from him.
    write(&ana, &ben_id, "Hello from somewhere", 1).await;
    assert_eq!(folder(&ben, "REQUESTS").await.len(), 0);
    ana.set_audience("COUNTRY", "MEMBERS").await;
    write(&ana, &ben_id, "Hello from Portugal", 2).await;
    assert_eq!(
        texts(&folder(&ben, "REQUESTS").await[0]),
        ["Hello from Portugal"]
    );
    // A penpal may always write, but where nobody may.
    rules(&ben, json!({"writers": "PENPALS"})).await;
    let cleo = app.visitor_at(9);
    cleo.sign_up("Dora", "1990-01-01").await;
    write(&cleo, &ben_id, "Hello", 1).await;
    assert_eq!(folder(&ben, "REQUESTS").await.len(), 1);
    cleo.befriend(&ben).await;
    write(&cleo, &ben_id, "Hello, penpal", 2).await;
    assert_eq!(texts(&folder(&ben, "INBOX").await[0]), ["Hello, penpal"]);
    // A first message can be asked to be of some length.
    rules(&ben, json!({"writers": "MEMBERS", "minLength": 20})).await;
    let eve = app.visitor_at(10);
    eve.sign_up("Eve", "1990-01-01").await;
    write(&eve, &ben_id, "Hi", 1).await;
    assert_eq!(folder(&ben, "REQUESTS").await.len(), 1);
    write(&eve, &ben_id, "A letter of more than twenty characters", 2).await;
    assert_eq!(folder(&ben, "REQUESTS").await.len(), 2);
}

async fn nobody_finds_a_hidden_interest_by_trying(app: TestApp) {
    let [(ana, _), (ben, ben_id), (cleo, _)] = people(&app).await;
    ben.update_profile(json!({"interests": ["chess"]})).await;
    ben.set_audience("INTERESTS", "ONLY_ME").await;
    rules(&ben, json!({"writers": "MEMBERS", "sharedInterest": true})).await;
    ana.update_profile(json!({"interests": ["chess"]})).await;
    cleo.update_profile(json!({"interests": ["letter-writing"]}))
        .await;
    for client in [&ana, &cleo] {
        client.set_audience("INTERESTS", "PUBLIC").await;
        write(client, &ben_id, "Hello, do you play?", 1).await;
    }
    // Hidden from both, it helps neither.
    assert_eq!(folder(&ben, "REQUESTS").await.len(), 0);
    assert_eq!(sender_sees(&ana).await, sender_sees(&cleo).await);
    ben.set_audience("INTERESTS", "MEMBERS").await;
    for client in [&ana, &cleo] {
        write(client, &ben_id, "Hello, do you play now?", 2).await;
    }
    let requests = folder(&ben, "REQUESTS").await;
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0]["member"]["displayName"], "Ana");
}

async fn adults_and_teens_do_not_write_to_each_other_unless_they_are_penpals(app: TestApp) {
    let [(ana, ana_id), _, _] = people(&app).await;
    let (tom, tim) = (app.visitor_at(8), app.visitor_at(9));
    let tom_id = tom.sign_up("Tom", "2010-03-04").await;
    let tim_id = tim.sign_up("Tim", "2010-03-05").await;
    for (client, other) in [(&ana, &tom_id), (&tom, &ana_id)] {
        let sent = send(client, json!({ "member": other }), "Hello", 1).await;
        assert_eq!(sent["userErrors"][0]["code"], "NOT_FOUND");
    }
    // Teens begin with penpals alone.
    write(&tim, &tom_id, "Hello", 1).await;
    assert_eq!(folder(&tom, "REQUESTS").await.len(), 0);
    tim.befriend(&tom).await;
    write(&tim, &tom_id, "Hello again", 2).await;
    assert_eq!(texts(&folder(&tom, "INBOX").await[0]), ["Hello again"]);
    let _ = tim_id;
}

async fn only_the_first_message_has_to_be_long(app: TestApp) {
    let [(ana, _), (ben, ben_id), _] = people(&app).await;
    rules(&ben, json!({"writers": "MEMBERS", "minLength": 20})).await;
    write(&ana, &ben_id, "Too short", 1).await;
    write(&ana, &ben_id, "Long enough to be welcome", 2).await;
    write(&ana, &ben_id, "PS: Hello!", 3).await;
    let requests = folder(&ben, "REQUESTS").await;
    assert_eq!(
        texts(&requests[0]),
        ["Long enough to be welcome", "PS: Hello!"]
    );
}

async fn who_was_a_penpal_once_is_a_stranger_unless_they_were_answered(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), (cleo, cleo_id)] = people(&app).await;
    for (other, id) in [(&ben, &ben_id), (&cleo, &cleo_id)] {
        rules(other, json!({"writers": "PENPALS"})).await;
        ana.befriend(other).await;
        write(&ana, id, "As a penpal", 1 + usize::from(id == &cleo_id)).await;
    }
    write(&cleo, &ana_id, "An answer", 1).await;
    for (other, id) in [(&ben, &ben_id), (&cleo, &cleo_id)] {
        assert_eq!(
            other.act("endPenpal", &ana_id).await.user_errors(),
            Vec::<String>::new()
        );
        write(&ana, id, "As a stranger", 3 + usize::from(id == &cleo_id)).await;
    }
    assert_eq!(texts(&folder(&ben, "INBOX").await[0]), ["As a penpal"]);
    assert_eq!(
        texts(&folder(&cleo, "INBOX").await[0]),
        ["As a penpal", "An answer", "As a stranger"]
    );
}
