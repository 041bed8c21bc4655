//! Mailboxes in which there is much, and what goes at one moment.

use letterlock::{
    domain::{
        id::{ConversationId, MemberId, MessageId},
        message::Stage,
    },
    jobs,
    store::world::{Correspondence, Mailboxes, Side, Written},
};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_long_conversation_is_deleted_whole,
        what_both_delete_at_one_moment_is_gone,
        a_child_who_wrote_much_is_erased,
        pages_of_several_conversations_are_read_together,
        an_answer_has_so_much_of_messages_and_no_more,
    )
}

/// More than is deleted at once, twice.
const MANY: usize = 450;

/// Two penpals with a conversation of `many` messages, taking turns.
async fn penpals(app: &TestApp, birth: &str, many: usize) -> [(Client, MemberId); 2] {
    let (ana, ben) = (app.visitor_at(1), app.visitor_at(2));
    let one = ana.sign_up("Ana", birth).await;
    let other = ben.sign_up("Ben", birth).await;
    ana.befriend(&ben).await;
    let ids = [one, other].map(|id| MemberId::from_global(&id).unwrap());
    let mut mailboxes = Mailboxes::default();
    let all = [correspondence(ids, many)];
    let store = &app.services.store;
    store.correspond(&all, &mut mailboxes).await.unwrap();
    store.number_mailboxes(&mailboxes).await.unwrap();
    let [one, other] = ids;
    [(ana, one), (ben, other)]
}

fn correspondence(members: [MemberId; 2], many: usize) -> Correspondence {
    let mut rng = rand::rng();
    Correspondence {
        id: ConversationId::random(&mut rng),
        sides: members.map(|member| Side {
            member,
            stage: Stage::Accepted,
            archived: false,
            muted: false,
            read: 0,
            draft: None,
        }),
        messages: (0..many)
            .map(|nth| Written {
                id: MessageId::random(&mut rng),
                by: nth % 2,
                sent_at: 1_780_000_000_000 + nth as i64,
                text: format!("number {nth}"),
                arrived: true,
                kept: [true, true],
                client_key: Some(MessageId::random(&mut rng).global()),
                read_at: None,
            })
            .collect(),
    }
}

async fn conversation(client: &Client) -> Value {
    let reply = client
        .query("{ me { conversations(first: 5) { edges { node { id unreadCount messages(last: 2) { edges { node { text } } } } } } } }")
        .await;
    reply.at("/me/conversations/edges/0/node")
}

async fn delete(client: &Client, id: &Value) -> Value {
    let reply = client
        .ask(
            "mutation($id: ID!) { deleteConversation(input: {conversation: $id}) { conversation { lastMessage { text } } userErrors { code } } }",
            json!({ "id": id }),
        )
        .await;
    reply.at("/deleteConversation")
}

async fn a_long_conversation_is_deleted_whole(app: TestApp) {
    let [(ana, _), (ben, _)] = penpals(&app, "1990-01-01", MANY).await;
    let id = conversation(&ana).await["id"].clone();
    let gone = delete(&ana, &id).await;
    assert_eq!(
        gone,
        json!({"conversation": {"lastMessage": null}, "userErrors": []})
    );
    assert_eq!(app.db_count("mailbox_entries").await, MANY as i64);
    assert_eq!(app.db_count("messages").await, MANY as i64);
    let kept = conversation(&ben).await;
    assert_eq!(kept["unreadCount"], MANY / 2);
    assert_eq!(
        kept["messages"]["edges"][1]["node"]["text"],
        format!("number {}", MANY - 1)
    );
    // Of what one has deleted, the key is forgotten; of what the other wrote, it is not.
    let keys = "SELECT client_key AS t FROM messages WHERE client_key IS NOT NULL";
    assert_eq!(app.db_texts(keys).await.len(), MANY / 2);
    delete(&ben, &id).await;
    for table in ["mailbox_entries", "messages"] {
        assert_eq!(app.db_count(table).await, 0, "{table}");
    }
}

async fn what_both_delete_at_one_moment_is_gone(app: TestApp) {
    let [(ana, one), (ben, other)] = penpals(&app, "1990-01-01", 0).await;
    for round in 0..6 {
        app.db_sql("DELETE FROM conversations; DELETE FROM mailboxes")
            .await;
        let mut mailboxes = Mailboxes::default();
        let store = &app.services.store;
        let all = [correspondence([one, other], 60)];
        store.correspond(&all, &mut mailboxes).await.unwrap();
        store.number_mailboxes(&mailboxes).await.unwrap();
        let id = json!(all[0].id.global());
        let gone = tokio::join!(delete(&ana, &id), delete(&ben, &id));
        assert_eq!(gone.0["userErrors"], json!([]), "{round}");
        assert_eq!(gone.1["userErrors"], json!([]), "{round}");
        assert_eq!(app.db_count("messages").await, 0, "{round}");
    }
}

async fn a_child_who_wrote_much_is_erased(app: TestApp) {
    let [(ana, _), (ben, _)] = penpals(&app, "2012-01-01", MANY).await;
    let child =
        "mutation { correctBirthDate(input: {birthDate: \"2020-01-01\"}) { userErrors { code } } }";
    ana.query(child).await;
    app.clock.advance(chrono::TimeDelta::hours(25));
    jobs::forget(&app.services).await.unwrap();
    // What the other wrote is theirs.
    assert_eq!(app.db_count("messages").await, (MANY / 2) as i64);
    assert_eq!(app.db_count("mailbox_entries").await, (MANY / 2) as i64);
    assert_eq!(app.db_count("tombstones").await, 1);
    let kept = conversation(&ben).await;
    assert_eq!(kept["unreadCount"], 0);
    assert_eq!(
        kept["messages"]["edges"][1]["node"]["text"],
        format!("number {}", MANY - 1)
    );
}

async fn pages_of_several_conversations_are_read_together(app: TestApp) {
    let [(ana, one), _] = penpals(&app, "1990-01-01", 0).await;
    app.db_sql("DELETE FROM conversations; DELETE FROM mailboxes")
        .await;
    let mut all = Vec::new();
    for nth in 3..9 {
        let other = app.visitor_at(nth);
        let name = format!("Other{nth}");
        let id = other.sign_up(&name, "1990-01-01").await;
        all.push(correspondence(
            [one, MemberId::from_global(&id).unwrap()],
            7,
        ));
    }
    let mut mailboxes = Mailboxes::default();
    let store = &app.services.store;
    store.correspond(&all, &mut mailboxes).await.unwrap();
    store.number_mailboxes(&mailboxes).await.unwrap();
    let pages = "id latest: messages(last: 3) { edges { node { text } cursor } pageInfo { hasPreviousPage hasNextPage } } \
         earliest: messages(first: 3) { edges { node { text } } pageInfo { hasPreviousPage hasNextPage } } \
         two: messages(last: 2) { edges { node { text } } }";
    let mut counts = Vec::new();
    for first in [2, 6] {
        app.recorder.clear();
        let query = format!(
            "{{ me {{ conversations(first: {first}) {{ edges {{ node {{ {pages} }} }} }} }} }}"
        );
        let reply = ana.query(&query).await;
        counts.push(app.recorder.statements().len());
        let edges = reply.at("/me/conversations/edges");
        assert_eq!(edges.as_array().unwrap().len(), first);
        for edge in edges.as_array().unwrap() {
            let alone = "query($id: ID!) { node(id: $id) { ... on Conversation { PAGES } } }"
                .replace("PAGES", pages);
            let alone = ana.ask(&alone, json!({ "id": edge["node"]["id"] })).await;
            assert_eq!(alone.at("/node"), edge["node"]);
        }
    }
    assert_eq!(counts[0], counts[1]);
}

async fn an_answer_has_so_much_of_messages_and_no_more(app: TestApp) {
    let [(ana, one), (_, other)] = penpals(&app, "1990-01-01", 0).await;
    app.db_sql("DELETE FROM conversations; DELETE FROM mailboxes")
        .await;
    let mut all = [correspondence([one, other], 50)];
    for message in &mut all[0].messages {
        message.text = "ß".repeat(20_000);
    }
    let mut mailboxes = Mailboxes::default();
    let store = &app.services.store;
    store.correspond(&all, &mut mailboxes).await.unwrap();
    store.number_mailboxes(&mailboxes).await.unwrap();
    let pages = |many: usize| {
        let page =
            |nth: usize| format!("a{nth}: messages(last: 50) {{ edges {{ node {{ text }} }} }} ");
        let pages: String = (0..many).map(page).collect();
        format!("query($id: ID!) {{ node(id: $id) {{ ... on Conversation {{ {pages} }} }} }}")
    };
    let id = json!({"id": all[0].id.global()});
    // A page is 2 MB.
    let four = ana.ask(&pages(4), id.clone()).await;
    assert_eq!(four.codes(), Vec::<String>::new());
    let more = ana.ask(&pages(12), id).await;
    assert!(more.text.len() < 11_000_000, "{}", more.text.len());
    assert!(more.codes().iter().all(|code| code == "LIMIT_EXCEEDED") && !more.codes().is_empty());
}
