//! Writing to each other: what is sent, what arrives, and what nobody can tell.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_message_is_sent_read_and_answered,
        a_stranger_s_first_message_waits_as_a_request,
        what_is_not_wanted_looks_to_its_sender_like_what_waits,
        rules_compare_what_either_shows_the_other,
        nobody_finds_a_hidden_interest_by_trying,
        a_block_masks_and_closes_nothing,
        a_message_is_sent_once_under_its_key,
        a_key_does_not_tell_whether_a_message_is_there_still,
        a_gap_in_receipts_does_not_tell_what_did_not_arrive,
        adults_and_teens_do_not_write_to_each_other_unless_they_are_penpals,
        pages_go_both_ways,
        what_one_does_with_a_conversation_is_nothing_to_the_other,
        one_searches_in_one_s_own_messages_alone,
        what_a_child_wrote_is_shown_to_nobody,
        a_report_holds_the_message_in_question_and_nothing_else,
        whatever_is_sent_breaks_nothing,
        strangers_are_counted,
        who_does_not_answer_is_not_flooded,
        to_delete_a_message_tells_nothing_of_it,
        what_did_not_arrive_is_read_with_what_did,
        only_the_first_message_has_to_be_long,
        who_was_a_penpal_once_is_a_stranger_unless_they_were_answered,
        what_is_no_message_of_theirs_is_not_found,
        what_is_long_is_not_written_out_again_and_again,
        a_visitor_has_no_mailbox,
    )
}

const CONVERSATION: &str = "{ id stage archived muted unreadCount draft updatedAt member { displayName } \
     lastMessage { text sentByMe } messages(last: 20) { edges { node { id text sentByMe readAt readByMe sentAt } } } }";

async fn people(app: &TestApp) -> [(Client, String); 3] {
    let (ana, ben, cleo) = (app.visitor_at(1), app.visitor_at(2), app.visitor_at(3));
    let ids = [
        ana.sign_up("Ana", "1990-01-01").await,
        ben.sign_up("Ben", "1991-01-01").await,
        cleo.sign_up("Cleo", "1992-01-01").await,
    ];
    let [one, two, three] = ids;
    [(ana, one), (ben, two), (cleo, three)]
}

fn key(nth: usize) -> String {
    format!("key-of-a-test-{nth}")
}

async fn send(client: &Client, to: Value, text: &str, nth: usize) -> Value {
    let input = json!({"to": to, "text": text, "clientKey": key(nth)});
    client
        .ask(
            &format!(
                "mutation($input: SendMessageInput!) {{ sendMessage(input: $input) {{ message {{ id text sentByMe readAt readByMe }} \
                 conversation {CONVERSATION} userErrors {{ field code message }} }} }}"
            ),
            json!({ "input": input }),
        )
        .await
        .at("/sendMessage")
}

async fn write(client: &Client, to: &str, text: &str, nth: usize) -> Value {
    let sent = send(client, json!({"member": to}), text, nth).await;
    assert_eq!(sent["userErrors"], json!([]), "{sent}");
    sent["conversation"].clone()
}

async fn folder(client: &Client, folder: &str) -> Vec<Value> {
    let query = format!(
        "query($folder: ConversationFolder) {{ me {{ conversations(folder: $folder, first: 5) {{ edges {{ node {CONVERSATION} }} }} }} }}"
    );
    let reply = client.ask(&query, json!({ "folder": folder })).await;
    let edges = reply.at("/me/conversations/edges");
    edges
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["node"].clone())
        .collect()
}

fn texts(conversation: &Value) -> Vec<String> {
    let edges = conversation["messages"]["edges"].as_array().unwrap();
    edges
        .iter()
        .map(|edge| edge["node"]["text"].as_str().unwrap().to_owned())
        .collect()
}

async fn change(client: &Client, mutation: &str, input: Value) -> Value {
    let capital = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
    let input_type = match mutation {
        "acceptConversation" | "deleteConversation" => "ConversationInput".to_owned(),
        _ => format!("{capital}Input"),
    };
    client
        .ask(
            &format!(
                "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ conversation {CONVERSATION} userErrors {{ field code }} }} }}"
            ),
            json!({ "input": input }),
        )
        .await
        .at(&format!("/{mutation}"))
}

async fn rules(client: &Client, input: Value) {
    let reply = client
        .ask(
            "mutation($input: SetContactRulesInput!) { setContactRules(input: $input) { contactRules { writers } userErrors { code } } }",
            json!({ "input": input }),
        )
        .await;
    assert_eq!(reply.at("/setContactRules/userErrors"), json!([]));
}

async fn a_message_is_sent_read_and_answered(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), _] = people(&app).await;
    ana.befriend(&ben).await;
    let sent = write(&ana, &ben_id, "Dear Ben,\nhow is Porto?", 1).await;
    assert_eq!(texts(&sent), ["Dear Ben,\nhow is Porto?"]);
    assert_eq!(sent["member"]["displayName"], "Ben");
    assert_eq!(sent["unreadCount"], 0);
    // A penpal's is no request.
    let inbox = folder(&ben, "INBOX").await;
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0]["unreadCount"], 1);
    assert_eq!(inbox[0]["id"], sent["id"]);
    assert_eq!(
        inbox[0]["lastMessage"],
        json!({"text": "Dear Ben,\nhow is Porto?", "sentByMe": false})
    );
    let message = inbox[0]["messages"]["edges"][0]["node"].clone();
    assert_eq!(message["readByMe"], false);
    assert_eq!(message["readAt"], Value::Null);
    let read = json!({"conversation": sent["id"], "message": message["id"]});
    let read = change(&ben, "markRead", read).await;
    assert_eq!(read["conversation"]["unreadCount"], 0);
    // Ana learns that it was read.
    let mine = folder(&ana, "INBOX").await;
    assert_ne!(
        mine[0]["messages"]["edges"][0]["node"]["readAt"],
        Value::Null
    );
    write(&ben, &ana_id, "Rainy.", 1).await;
    assert_eq!(
        texts(&folder(&ana, "INBOX").await[0]),
        ["Dear Ben,\nhow is Porto?", "Rainy."]
    );
    assert_eq!(folder(&ana, "INBOX").await[0]["unreadCount"], 1);
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

async fn a_block_masks_and_closes_nothing(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), _] = people(&app).await;
    ana.befriend(&ben).await;
    let conversation = write(&ana, &ben_id, "Before", 1).await["id"].clone();
    write(&ben, &ana_id, "Yes?", 1).await;
    ben.block(&ana_id).await;
    let mine = folder(&ana, "INBOX").await;
    assert_eq!(mine.len(), 1);
    assert_eq!(mine[0]["member"], Value::Null);
    assert_eq!(texts(&mine[0]), ["Before", "Yes?"]);
    // It goes on for Ana, and for nobody else.
    let sent = send(&ana, json!({ "conversation": conversation }), "After", 2).await;
    assert_eq!(sent["userErrors"], json!([]));
    assert_eq!(
        texts(&folder(&ana, "INBOX").await[0]),
        ["Before", "Yes?", "After"]
    );
    assert_eq!(texts(&folder(&ben, "INBOX").await[0]), ["Before", "Yes?"]);
    // Nor does Ben's reach Ana, nor that he reads.
    let sent = send(
        &ben,
        json!({ "conversation": conversation }),
        "Still here",
        2,
    )
    .await;
    assert_eq!(sent["userErrors"], json!([]));
    let theirs = folder(&ben, "INBOX").await;
    let first = theirs[0]["messages"]["edges"][0]["node"]["id"].clone();
    change(
        &ben,
        "markRead",
        json!({"conversation": conversation, "message": first}),
    )
    .await;
    let mine = folder(&ana, "INBOX").await;
    assert_eq!(texts(&mine[0]), ["Before", "Yes?", "After"]);
    assert_eq!(
        mine[0]["messages"]["edges"][0]["node"]["readAt"],
        Value::Null
    );
    // By id there is nobody.
    let sent = send(&ana, json!({"member": ben_id}), "By id", 3).await;
    assert_eq!(sent["userErrors"][0]["code"], "NOT_FOUND");
    let query = "query($id: ID!) { conversationWith(member: $id) { id } }";
    assert_eq!(
        ana.ask(query, json!({"id": ben_id}))
            .await
            .at("/conversationWith"),
        Value::Null
    );
}

async fn a_message_is_sent_once_under_its_key(app: TestApp) {
    let [(ana, _), (ben, ben_id), (_, cleo_id)] = people(&app).await;
    let to = json!({ "member": ben_id });
    let first = send(&ana, to.clone(), "Once", 1).await;
    let again = send(&ana, to.clone(), "Once", 1).await;
    assert_eq!(first["message"]["id"], again["message"]["id"]);
    assert_eq!(texts(&folder(&ben, "REQUESTS").await[0]), ["Once"]);
    for (to, text) in [(to, "Another"), (json!({"member": cleo_id}), "Once")] {
        let refused = send(&ana, to, text, 1).await;
        assert_eq!(refused["userErrors"][0]["code"], "KEY_REUSED", "{refused}");
    }
    // Another's keys are their own.
    let ana_id = ana.whoami().await.unwrap();
    write(&ben, &ana_id, "Mine", 1).await;
    // At the same time, too.
    let together = (0..4).map(|_| send(&ana, json!({"member": ben_id}), "Together", 7));
    let together = futures_util::future::join_all(together).await;
    assert!(
        together
            .iter()
            .all(|it| it["message"]["id"] == together[0]["message"]["id"])
    );
    assert_eq!(
        texts(&folder(&ana, "INBOX").await[0]),
        ["Once", "Mine", "Together"]
    );
}

async fn a_key_does_not_tell_whether_a_message_is_there_still(app: TestApp) {
    let [(ana, _), (_, ben_id), (cleo, cleo_id)] = people(&app).await;
    rules(&cleo, json!({"writers": "NOBODY"})).await;
    let mut answers = Vec::new();
    for (nth, other) in [ben_id, cleo_id].iter().enumerate() {
        let to = json!({ "member": other });
        let sent = send(&ana, to.clone(), "Hello", nth).await;
        change(
            &ana,
            "deleteConversation",
            json!({"conversation": sent["conversation"]["id"]}),
        )
        .await;
        let again = send(&ana, to, "Something else", nth).await;
        answers.push((
            again["userErrors"].clone(),
            again["message"]["text"].clone(),
        ));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], (json!([]), json!("Something else")));
}

async fn a_gap_in_receipts_does_not_tell_what_did_not_arrive(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), _] = people(&app).await;
    rules(&ben, json!({"writers": "MEMBERS", "minLength": 20})).await;
    write(&ana, &ben_id, "Too short", 1).await;
    let conversation = write(&ana, &ben_id, "Long enough to be welcome", 2).await;
    write(&ben, &ana_id, "Hello Ana", 1).await;
    let theirs = folder(&ben, "INBOX").await;
    assert_eq!(
        texts(&theirs[0]),
        ["Long enough to be welcome", "Hello Ana"]
    );
    let read = json!({
        "conversation": conversation["id"], "message": theirs[0]["messages"]["edges"][0]["node"]["id"],
    });
    change(&ben, "markRead", read).await;
    let mine = folder(&ana, "INBOX").await;
    let edges = mine[0]["messages"]["edges"].as_array().unwrap();
    for edge in &edges[..2] {
        assert_ne!(edge["node"]["readAt"], Value::Null, "{edge}");
    }
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

async fn pages_go_both_ways(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), _] = people(&app).await;
    ana.befriend(&ben).await;
    let mut conversation = Value::Null;
    for nth in 0..7 {
        let (writer, to) = if nth % 2 == 0 {
            (&ana, &ben_id)
        } else {
            (&ben, &ana_id)
        };
        conversation = write(writer, to, &format!("letter {nth}"), nth).await["id"].clone();
    }
    let query = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { node(id: $id) { ... on Conversation { \
        messages(first: $first, after: $after, last: $last, before: $before) { edges { cursor node { text } } \
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } }";
    let page = async |mut variables: Value| {
        variables["id"] = conversation.clone();
        let reply = ana.ask(query, variables).await;
        let page = reply.at("/node/messages");
        let texts: Vec<String> = page["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edge| {
                edge["node"]["text"]
                    .as_str()
                    .unwrap()
                    .replace("letter ", "")
            })
            .collect();
        (texts.join(" "), page["pageInfo"].clone())
    };
    let (texts, info) = page(json!({"first": 3})).await;
    assert_eq!(texts, "0 1 2");
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(true), &json!(false))
    );
    let (texts, info) = page(json!({"first": 3, "after": info["endCursor"]})).await;
    assert_eq!(texts, "3 4 5");
    let (texts, last) = page(json!({"first": 3, "after": info["endCursor"]})).await;
    assert_eq!((texts.as_str(), &last["hasNextPage"]), ("6", &json!(false)));
    let (texts, info) = page(json!({"last": 3})).await;
    assert_eq!(texts, "4 5 6");
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(false), &json!(true))
    );
    let (texts, info) = page(json!({"last": 3, "before": info["startCursor"]})).await;
    assert_eq!(texts, "1 2 3");
    let (texts, info) = page(json!({"last": 3, "before": info["startCursor"]})).await;
    assert_eq!(
        (texts.as_str(), &info["hasPreviousPage"]),
        ("0", &json!(false))
    );
    // A cursor is of one conversation and one viewer.
    let cursor = page(json!({"first": 1})).await.1["endCursor"].clone();
    let reply = ben
        .ask(
            query,
            json!({"id": conversation, "first": 1, "after": cursor}),
        )
        .await;
    assert_eq!(reply.codes(), ["BAD_USER_INPUT"]);
    for wrong in [
        json!({}),
        json!({"first": 1, "last": 1}),
        json!({"first": 0}),
        json!({"last": 51}),
        json!({"first": 1, "after": "x"}),
    ] {
        let mut variables = wrong.clone();
        variables["id"] = conversation.clone();
        assert_eq!(
            ana.ask(query, variables).await.codes(),
            ["BAD_USER_INPUT"],
            "{wrong}"
        );
    }
}

async fn what_one_does_with_a_conversation_is_nothing_to_the_other(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), _] = people(&app).await;
    ana.befriend(&ben).await;
    let id = write(&ana, &ben_id, "One", 1).await["id"].clone();
    write(&ben, &ana_id, "Two", 1).await;
    let before = folder(&ben, "INBOX").await;
    let of = || json!({ "conversation": id });
    let with = |name: &str, value: Value| {
        let mut input = of();
        input[name] = value;
        input
    };
    let muted = change(&ana, "muteConversation", with("muted", json!(true))).await;
    assert_eq!(muted["conversation"]["muted"], true);
    let archived = change(&ana, "archiveConversation", with("archived", json!(true))).await;
    assert_eq!(archived["conversation"]["archived"], true);
    assert_eq!(folder(&ana, "INBOX").await.len(), 0);
    assert_eq!(folder(&ana, "ARCHIVE").await.len(), 1);
    let draft = change(&ana, "saveDraft", with("text", json!("Dear …"))).await;
    assert_eq!(draft["conversation"]["draft"], "Dear …");
    // Muted, it stays where it is.
    write(&ben, &ana_id, "Three", 2).await;
    assert_eq!(folder(&ana, "INBOX").await.len(), 0);
    let messages = folder(&ana, "ARCHIVE").await[0]["messages"]["edges"].clone();
    let deleted = ana
        .ask(
            "mutation($input: DeleteMessageInput!) { deleteMessage(input: $input) { deleted userErrors { code } } }",
            json!({"input": {"message": messages[0]["node"]["id"]}}),
        )
        .await;
    assert_eq!(
        deleted.at("/deleteMessage/deleted"),
        messages[0]["node"]["id"]
    );
    assert_eq!(texts(&folder(&ana, "ARCHIVE").await[0]), ["Two", "Three"]);
    let cleared = change(&ana, "deleteConversation", of()).await;
    assert_eq!(texts(&cleared["conversation"]), Vec::<String>::new());
    assert_eq!(folder(&ana, "ARCHIVE").await.len(), 0);
    let mut after = folder(&ben, "INBOX").await;
    assert_eq!(texts(&after[0]), ["One", "Two", "Three"]);
    // But for what Ben wrote himself, it is as it was.
    for field in ["lastMessage", "messages", "updatedAt"] {
        after[0][field] = before[0][field].clone();
    }
    assert_eq!(after, before);
    // It comes back with the next.
    write(&ben, &ana_id, "Four", 3).await;
    assert_eq!(texts(&folder(&ana, "INBOX").await[0]), ["Four"]);
    // What both have deleted is nowhere.
    change(&ana, "deleteConversation", of()).await;
    change(&ben, "deleteConversation", of()).await;
    assert_eq!(app.db_count("messages").await, 0);
    assert_eq!(app.db_count("mailbox_entries").await, 0);
    // Nobody else's.
    let cleo = app.visitor_at(11);
    cleo.sign_up("Dora", "1990-01-01").await;
    let refused = change(&cleo, "archiveConversation", with("archived", json!(true))).await;
    assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND");
}

async fn found(client: &Client, words: &str) -> Vec<String> {
    let query = "query($words: String!) { me { searchMessages(words: $words, first: 20) { edges { node { text } } } } }";
    let reply = client.ask(query, json!({ "words": words })).await;
    let edges = reply.at("/me/searchMessages/edges");
    edges
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["node"]["text"].as_str().unwrap().to_owned())
        .collect()
}

async fn one_searches_in_one_s_own_messages_alone(app: TestApp) {
    let [(ana, _), (ben, ben_id), (cleo, cleo_id)] = people(&app).await;
    rules(&cleo, json!({"writers": "NOBODY"})).await;
    write(&ana, &ben_id, "The lanterns of Porto", 1).await;
    write(&ana, &ben_id, "Gardens and kites", 2).await;
    write(&ana, &cleo_id, "A lantern for Cleo", 3).await;
    assert_eq!(
        found(&ana, "LANTERN").await,
        ["A lantern for Cleo", "The lanterns of Porto"]
    );
    assert_eq!(found(&ben, "lanterns").await, ["The lanterns of Porto"]);
    assert_eq!(found(&ben, "lanterns kites").await, Vec::<String>::new());
    // What never arrived is not found either.
    assert_eq!(found(&cleo, "lantern").await, Vec::<String>::new());
    let eve = app.visitor_at(12);
    eve.sign_up("Eve", "1990-01-01").await;
    for words in [
        "lantern",
        "u1",
        "\" OR 1",
        "kites & !lanterns",
        "лантерна",
        "🪁 kite",
    ] {
        assert_eq!(found(&eve, words).await, Vec::<String>::new(), "{words}");
    }
    let query = "query($words: String!) { me { searchMessages(words: $words, first: 20) { edges { node { text } } } } }";
    for words in ["", "…", "🪁", &"long ".repeat(41)] {
        let reply = eve.ask(query, json!({ "words": words })).await;
        assert_eq!(reply.codes(), ["BAD_USER_INPUT"], "{words}");
    }
}

async fn what_a_child_wrote_is_shown_to_nobody(app: TestApp) {
    let (tom, tim) = (app.visitor_at(8), app.visitor_at(9));
    tom.sign_up("Tom", "2010-03-04").await;
    let tim_id = tim.sign_up("Tim", "2010-03-05").await;
    let tom_id = tom.whoami().await.unwrap();
    tim.befriend(&tom).await;
    write(&tom, &tim_id, "I am eleven", 1).await;
    write(&tim, &tom_id, "Really?", 1).await;
    let key = letterlock::domain::id::MemberId::from_global(&tom_id)
        .unwrap()
        .key();
    app.db_sql(&format!("UPDATE standings SET standing = 1, frozen_at = 0, privacy_version = privacy_version + 1 WHERE member_id = {key}")).await;
    let inbox = folder(&tim, "INBOX").await;
    assert_eq!(texts(&inbox[0]), ["Really?"]);
    assert_eq!(inbox[0]["member"], Value::Null);
    assert_eq!(found(&tim, "eleven").await, Vec::<String>::new());
    // And once the account is erased, it is nowhere.
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_count("members").await, 1);
    assert_eq!(app.db_count("messages").await, 1);
    assert_eq!(texts(&folder(&tim, "INBOX").await[0]), ["Really?"]);
    assert!(!app.db_text().await.contains("eleven"));
}

async fn a_report_holds_the_message_in_question_and_nothing_else(app: TestApp) {
    let [(ana, _), (ben, ben_id), (cleo, cleo_id)] = people(&app).await;
    write(&ana, &ben_id, "The first", 1).await;
    let conversation = write(&ana, &ben_id, "Send me money", 2).await;
    let message = conversation["messages"]["edges"][1]["node"]["id"].clone();
    let report = async |client: &Client, target: Value| {
        let input = json!({"target": target, "reason": "FRAUD", "remark": "Please look"});
        client
            .ask(
                "mutation($input: ReportInput!) { report(input: $input) { reported userErrors { code } } }",
                json!({ "input": input }),
            )
            .await
            .at("/report")
    };
    let done = report(&ben, json!({ "message": message })).await;
    assert_eq!(done, json!({"reported": true, "userErrors": []}));
    // Not one's own, and not another's.
    for client in [&ana, &cleo] {
        let refused = report(client, json!({ "message": message })).await;
        assert_eq!(
            refused,
            json!({"reported": false, "userErrors": [{"code": "NOT_FOUND"}]})
        );
    }
    assert_eq!(
        report(&ana, json!({"member": cleo_id})).await["reported"],
        true
    );
    assert_eq!(
        report(&ana, json!({"member": "nobody"})).await["userErrors"][0]["code"],
        "NOT_FOUND"
    );
    let kept = app
        .db_texts(
            "SELECT coalesce(message_body, '-') || '|' || remark AS t FROM reports ORDER BY 1",
        )
        .await;
    assert_eq!(kept, ["-|Please look", "Send me money|Please look"]);
}

async fn whatever_is_sent_breaks_nothing(app: TestApp) {
    let [(ana, _), (ben, ben_id), _] = people(&app).await;
    let to = json!({ "member": ben_id });
    let long = "x".repeat(20_000);
    for (text, code) in [
        ("", "BLANK"),
        (" \n ", "BLANK"),
        ("a\u{0}b", "CONTROL_CHARACTERS"),
        (&format!("{long}y"), "TOO_LONG"),
    ] {
        let sent = send(&ana, to.clone(), text, 1).await;
        assert_eq!(sent["userErrors"][0]["code"], code);
        assert_eq!(sent["message"], Value::Null);
    }
    for key in ["", "short", "with blank in it", &"k".repeat(65)] {
        let input = json!({"to": to, "text": "Hello", "clientKey": key});
        let reply = ana
            .ask("mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { id } userErrors { code } } }", json!({ "input": input }))
            .await;
        assert_eq!(reply.at("/sendMessage/userErrors/0/code"), "MALFORMED");
    }
    assert_eq!(app.db_count("messages").await, 0);
    let sent = send(&ana, to.clone(), &long, 2).await;
    assert_eq!(sent["userErrors"], json!([]));
    // As long as a message can be, each character in twelve bytes of JSON.
    let input = json!({"to": to, "text": "👋".repeat(20_000), "clientKey": key(4)});
    let query = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { text } userErrors { code } } }";
    let body = json!({"query": query, "variables": {"input": input}}).to_string();
    let escaped = body.replace('👋', "\\ud83d\\udc4b");
    assert!(escaped.len() > 240_000);
    let sent = ana.post("application/json", escaped).await;
    assert_eq!(sent.at("/sendMessage/message/text"), "👋".repeat(20_000));
    let right_to_left = "שלום 👩‍👩‍👧 مرحبا";
    assert_eq!(
        send(&ana, to, right_to_left, 3).await["message"]["text"],
        right_to_left
    );
    let conversation = folder(&ben, "REQUESTS").await[0]["id"].clone();
    let cleo = app.visitor_at(12);
    cleo.sign_up("Dora", "1990-01-01").await;
    for target in [conversation.clone(), json!("x"), json!(ben_id)] {
        let sent = send(&cleo, json!({ "conversation": target }), "Let me in", 1).await;
        assert_eq!(sent["userErrors"][0]["code"], "NOT_FOUND", "{target}");
    }
    let node = cleo
        .ask(
            "query($id: ID!) { node(id: $id) { id } }",
            json!({ "id": conversation }),
        )
        .await;
    assert_eq!(node.at("/node"), Value::Null);
}

async fn strangers_are_counted(app: TestApp) {
    let app = app.limited().await;
    let ana = app.visitor_at(1);
    ana.sign_up("Ana", "1990-01-01").await;
    let mut others = Vec::new();
    for nth in 0..6 {
        let other = app.visitor_at(20 + nth);
        others.push(other.sign_up(&format!("Other{nth}"), "1990-01-01").await);
    }
    for (nth, other) in others[..5].iter().enumerate() {
        write(&ana, other, "Hello", nth).await;
    }
    // A newcomer writes to five a day; in what goes on already, one can go on.
    let input = json!({"to": {"member": others[5]}, "text": "Hello", "clientKey": key(5)});
    let query = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { userErrors { code } } }";
    let reply = ana.ask(query, json!({ "input": input })).await;
    assert_eq!(reply.codes(), ["RATE_LIMITED"]);
    write(&ana, &others[0], "Hello again", 6).await;
}

async fn a_visitor_has_no_mailbox(app: TestApp) {
    let [(_, ana_id), _, _] = people(&app).await;
    let visitor = app.visitor_at(30);
    let input = json!({"to": {"member": ana_id}, "text": "Hello", "clientKey": key(1)});
    let query = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { userErrors { code } } }";
    assert_eq!(
        visitor.ask(query, json!({ "input": input })).await.codes(),
        ["UNAUTHENTICATED"]
    );
    let query = "query($id: ID!) { conversationWith(member: $id) { id } }";
    assert_eq!(
        visitor
            .ask(query, json!({"id": ana_id}))
            .await
            .at("/conversationWith"),
        Value::Null
    );
}

async fn who_does_not_answer_is_not_flooded(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), (cleo, cleo_id)] = people(&app).await;
    rules(&cleo, json!({"writers": "NOBODY"})).await;
    // It is the same where the messages are wanted and where they are not.
    for (nth, other) in [&ben_id, &cleo_id].into_iter().enumerate() {
        for message in 0..50 {
            write(&ana, other, "Hello?", nth * 100 + message).await;
        }
        let refused = send(&ana, json!({ "member": other }), "Hello??", nth * 100 + 50).await;
        assert_eq!(refused["userErrors"][0]["code"], "TOO_MANY", "{refused}");
        assert_eq!(refused["message"], Value::Null);
    }
    // Deleting one's own does not help.
    let conversation = folder(&ana, "INBOX").await[1].clone();
    assert_eq!(conversation["member"]["displayName"], "Ben");
    change(
        &ana,
        "deleteConversation",
        json!({"conversation": conversation["id"]}),
    )
    .await;
    let refused = send(&ana, json!({ "member": ben_id }), "Hello???", 300).await;
    assert_eq!(refused["userErrors"][0]["code"], "TOO_MANY");
    // An answer does, and to be penpals.
    write(&ben, &ana_id, "Patience", 1).await;
    write(&ana, &ben_id, "At last", 301).await;
    ana.befriend(&cleo).await;
    write(&ana, &cleo_id, "Dear Cleo", 302).await;
}

async fn read_to_the_end(client: &Client, conversation: &Value) {
    let edges = conversation["messages"]["edges"].as_array().unwrap();
    let input = json!({
        "conversation": conversation["id"], "message": edges.last().unwrap()["node"]["id"],
    });
    let read = change(client, "markRead", input).await;
    assert_eq!(read["userErrors"], json!([]));
}

/// Which of the sender's messages were read, as the sender is told.
async fn told(client: &Client, of: usize) -> Vec<bool> {
    let conversations = folder(client, "INBOX").await;
    let edges = conversations[of]["messages"]["edges"].as_array().unwrap();
    edges
        .iter()
        .filter(|edge| edge["node"]["sentByMe"] == true)
        .map(|edge| !edge["node"]["readAt"].is_null())
        .collect()
}

async fn to_delete_a_message_tells_nothing_of_it(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), (cleo, cleo_id)] = people(&app).await;
    for (nth, (other, id)) in [(&ben, &ben_id), (&cleo, &cleo_id)].into_iter().enumerate() {
        write(&ana, id, "The first", nth * 10).await;
        write(other, &ana_id, "An answer", 1).await;
    }
    // The second is wanted by the one, and not by the other.
    rules(&cleo, json!({"writers": "NOBODY"})).await;
    for (nth, (other, id)) in [(&ben, &ben_id), (&cleo, &cleo_id)].into_iter().enumerate() {
        let sent = send(&ana, json!({ "member": id }), "The second", nth * 10 + 1).await;
        let gone = ana
            .ask(
                "mutation($id: ID!) { deleteMessage(input: {message: $id}) { userErrors { code } } }",
                json!({"id": sent["message"]["id"]}),
            )
            .await;
        assert_eq!(gone.at("/deleteMessage/userErrors"), json!([]));
        read_to_the_end(other, &folder(other, "INBOX").await[0]).await;
    }
    assert_eq!(told(&ana, 0).await, [true]);
    assert_eq!(told(&ana, 1).await, [true]);
}

async fn what_did_not_arrive_is_read_with_what_did(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), (cleo, cleo_id)] = people(&app).await;
    for (nth, (other, id)) in [(&ben, &ben_id), (&cleo, &cleo_id)].into_iter().enumerate() {
        write(&ana, id, "The first", nth * 10).await;
        write(other, &ana_id, "An answer", 1).await;
        write(&ana, id, "The second", nth * 10 + 1).await;
    }
    rules(&cleo, json!({"writers": "NOBODY"})).await;
    for (nth, id) in [&ben_id, &cleo_id].into_iter().enumerate() {
        write(&ana, id, "The third", nth * 10 + 2).await;
    }
    for other in [&ben, &cleo] {
        read_to_the_end(other, &folder(other, "INBOX").await[0]).await;
    }
    assert_eq!(told(&ana, 0).await, [true; 3]);
    assert_eq!(told(&ana, 1).await, [true; 3]);
    // What came after that waits, until the conversation is opened again.
    for (nth, id) in [&ben_id, &cleo_id].into_iter().enumerate() {
        write(&ana, id, "The fourth", nth * 10 + 3).await;
    }
    assert_eq!(told(&ana, 0).await, [true, true, true, false]);
    assert_eq!(told(&ana, 1).await, [true, true, true, false]);
    for other in [&ben, &cleo] {
        read_to_the_end(other, &folder(other, "INBOX").await[0]).await;
    }
    assert_eq!(told(&ana, 0).await, [true; 4]);
    assert_eq!(told(&ana, 1).await, [true; 4]);
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

async fn what_is_no_message_of_theirs_is_not_found(app: TestApp) {
    let [(ana, _), (ben, ben_id), (_, cleo_id)] = people(&app).await;
    ana.befriend(&ben).await;
    let mine = write(&ana, &ben_id, "Hello", 1).await;
    let other = write(&ana, &cleo_id, "Hello", 2).await;
    let foreign = other["messages"]["edges"][0]["node"]["id"].clone();
    let input = json!({"conversation": mine["id"], "message": foreign});
    let read = change(&ana, "markRead", input).await;
    assert_eq!(read["userErrors"][0]["code"], "NOT_FOUND");
    // Neither is what somebody wrote whose account is frozen by now.
    let (tom, tim) = (app.visitor_at(8), app.visitor_at(9));
    let tom_id = tom.sign_up("Tom", "2012-03-04").await;
    tim.sign_up("Tim", "2012-03-05").await;
    rules(&tom, json!({"writers": "MEMBERS"})).await;
    let sent = write(&tim, &tom_id, "Hello Tom", 1).await;
    let message = folder(&tom, "REQUESTS").await[0]["messages"]["edges"][0]["node"]["id"].clone();
    tim.query(
        "mutation { correctBirthDate(input: {birthDate: \"2020-01-01\"}) { userErrors { code } } }",
    )
    .await;
    assert_eq!(folder(&tom, "REQUESTS").await, Vec::<Value>::new());
    let input = json!({"conversation": sent["id"], "message": message});
    let read = change(&tom, "markRead", input).await;
    assert_eq!(read["userErrors"][0]["code"], "NOT_FOUND");
    for mutation in [
        "deleteMessage(input: {message: $id})",
        "report(input: {target: {message: $id}, reason: SPAM})",
    ] {
        let query = format!("mutation($id: ID!) {{ {mutation} {{ userErrors {{ code }} }} }}");
        let reply = tom.ask(&query, json!({ "id": message })).await;
        assert_eq!(reply.user_errors(), ["NOT_FOUND"], "{mutation}");
    }
    assert_eq!(app.db_count("reports").await, 0);
}

async fn what_is_long_is_not_written_out_again_and_again(app: TestApp) {
    let [(ana, _), (ben, ben_id), _] = people(&app).await;
    ana.befriend(&ben).await;
    let conversation = write(&ana, &ben_id, &"x".repeat(20_000), 1).await;
    let draft = json!({"conversation": conversation["id"], "text": "y".repeat(20_000)});
    change(&ana, "saveDraft", draft).await;
    let message = conversation["messages"]["edges"][0]["node"]["id"].clone();
    let names = |field: &str| {
        (0..29)
            .map(|nth| format!("a{nth}: {field} "))
            .collect::<String>()
    };
    for (of, field, id) in [
        ("Message", "text", message),
        ("Conversation", "draft", conversation["id"].clone()),
    ] {
        let ids = vec![id; 100];
        let query = format!(
            "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {of} {{ {} }} }} }}",
            names(field)
        );
        // It would be 58 MB.
        let reply = ana.ask(&query, json!({ "ids": ids })).await;
        assert!(reply.text.len() < 12_000_000, "{of} {}", reply.text.len());
        let codes = reply.codes();
        assert!(
            !codes.is_empty() && codes.iter().all(|code| code == "LIMIT_EXCEEDED"),
            "{of}"
        );
    }
}
