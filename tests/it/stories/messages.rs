//! Writing to each other: what is sent, what arrives, and what nobody can tell.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_message_is_sent_read_and_answered,
        a_block_masks_and_closes_nothing,
        a_message_is_sent_once_under_its_key,
        a_key_does_not_tell_whether_a_message_is_there_still,
        pages_go_both_ways,
        what_one_does_with_a_conversation_is_nothing_to_the_other,
        one_searches_in_one_s_own_messages_alone,
        what_a_child_wrote_is_shown_to_nobody,
        a_report_holds_the_message_in_question_and_nothing_else,
        what_is_no_message_of_theirs_is_not_found,
        a_visitor_has_no_mailbox,
    )
}

const CONVERSATION: &str = "{ id stage archived muted unreadCount draft updatedAt member { displayName } \
     lastMessage { text sentByMe } messages(last: 20) { edges { node { id text sentByMe readAt readByMe sentAt } } } }";

pub(super) async fn people(app: &TestApp) -> [(Client, String); 3] {
    let (ana, ben, cleo) = (app.visitor_at(1), app.visitor_at(2), app.visitor_at(3));
    let ids = [
        ana.sign_up("Ana", "1990-01-01").await,
        ben.sign_up("Ben", "1991-01-01").await,
        cleo.sign_up("Cleo", "1992-01-01").await,
    ];
    let [one, two, three] = ids;
    [(ana, one), (ben, two), (cleo, three)]
}

pub(super) fn key(nth: usize) -> String {
    format!("key-of-a-test-{nth}")
}

pub(super) async fn send(client: &Client, to: Value, text: &str, nth: usize) -> Value {
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

pub(super) async fn write(client: &Client, to: &str, text: &str, nth: usize) -> Value {
    let sent = send(client, json!({"member": to}), text, nth).await;
    assert_eq!(sent["userErrors"], json!([]), "{sent}");
    sent["conversation"].clone()
}

pub(super) async fn folder(client: &Client, folder: &str) -> Vec<Value> {
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

pub(super) fn texts(conversation: &Value) -> Vec<String> {
    let edges = conversation["messages"]["edges"].as_array().unwrap();
    edges
        .iter()
        .map(|edge| edge["node"]["text"].as_str().unwrap().to_owned())
        .collect()
}

pub(super) async fn change(client: &Client, mutation: &str, input: Value) -> Value {
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

pub(super) async fn rules(client: &Client, input: Value) {
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
