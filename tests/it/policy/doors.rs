//! Every field of the schema, asked by those to whom a member does not exist or shows nothing; by the
//! owner first, so that a pass is no coincidence.

use std::collections::BTreeSet;

use letterlock::domain::audience::Audience;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::{
    canaries::{all_words, found, global, governed_words},
    documents::{About, Document, declared, documents},
    reach::{FieldName, Sdl},
};
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, PASSWORD, Reply},
    photos, trials,
    world::{Person, Plan},
};

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        no_field_of_the_schema_gives_anything_of_a_member_to_whom_they_do_not_exist,
        no_governed_field_gives_anything_to_whom_its_audience_leaves_out,
    )
}

/// A member and what belongs to them alone, as variables for every document.
async fn variables(owner: &Person, client: &Client) -> Value {
    let photo = photos::send(client, photos::jpeg()).await;
    let album = photos::album(client, "Somebody's album", "PENPALS").await;
    let me = client
        .query("{ me { sessions { id } lists { id } requestsReceived(first: 1) { edges { node { id } } } blocks(first: 1) { edges { node { id } } } \
            conversations(first: 1) { edges { node { id lastMessage { id } } } } \
            posts(first: 1) { edges { node { id } } } comments(first: 1) { edges { node { id } } } \
            notices(first: 1) { edges { node { id } } } } }")
        .await;
    json!({
        "id": global(owner.id),
        "handle": owner.handle,
        "session": me.at("/me/sessions/0/id"),
        "request": me.at("/me/requestsReceived/edges/0/node/id"),
        "block": me.at("/me/blocks/edges/0/node/id"),
        "list": me.at("/me/lists/0/id"),
        "name": "Somebody's list",
        "preset": "OPEN",
        "date": "1985-01-01",
        "signUp": {"screeningToken": "x", "displayName": "Xenia", "email": "x@example.org", "password": PASSWORD},
        "email": format!("{}@example.org", owner.name.to_lowercase()),
        "password": PASSWORD,
        "newPassword": "eight-owls-over-coimbra",
        "newEmail": "y@example.org",
        "profile": {"occupation": "tester"},
        "audience": "ONLY_ME",
        "finders": "NOBODY",
        "conversation": me.at("/me/conversations/edges/0/node/id"),
        "message": me.at("/me/conversations/edges/0/node/lastMessage/id"),
        "post": me.at("/me/posts/edges/0/node/id"),
        "comment": me.at("/me/comments/edges/0/node/id"),
        "notice": me.at("/me/notices/edges/0/node/id"),
        "text": "A word to them",
        "youngest": 20,
        "photo": photo,
        "album": album,
        "wanted": false,
    })
}

async fn no_field_of_the_schema_gives_anything_of_a_member_to_whom_they_do_not_exist(app: TestApp) {
    let adult = |name| Plan::adult(name, Audience::Public);
    let plans = [
        Plan::adult("Olga", Audience::Members),
        adult("Petra"),
        Plan::teen("Tilda", Audience::Members),
        adult("Frida"),
        adult("Vera"),
        Plan::teen("Tom", Audience::Members),
        adult("Friend"),
        Plan::teen("Tina", Audience::Members),
        adult("Wanda"),
    ];
    let bonds = [(0, 6), (1, 6), (2, 7), (3, 6), (8, 6)];
    // Petra has blocked Vera, and Vera has blocked Wanda.
    let people = app.db_world(&plans, &bonds, &[(1, 4), (4, 8)]).await;
    // Somebody has asked each owner, and each owner has blocked somebody.
    for owner in [0, 1, 2, 3, 8] {
        let asking = if owner == 2 { 5 } else { 6 };
        let client = app.db_client(&people[owner]).await;
        if asking == 6 {
            client.act("endPenpal", &global(people[6].id)).await;
        }
        let asker = app.db_client(&people[asking]).await;
        assert!(
            asker
                .act("askPenpal", &global(people[owner].id))
                .await
                .user_errors()
                .is_empty()
        );
        let letter = "mutation($id: ID!) { sendMessage(input: {to: {member: $id}, text: \"A lantern\", clientKey: \"key-of-the-doors\"}) { message { id } userErrors { code } } }";
        let sent = client
            .ask(letter, json!({"id": global(people[asking].id)}))
            .await;
        assert!(sent.user_errors().is_empty(), "{}", sent.text);
        // For as many as their age allows.
        let audience = if owner == 2 { "MEMBERS" } else { "PUBLIC" };
        let post = format!(
            "mutation {{ createPost(input: {{text: \"A lantern on a wall\", audience: {audience}}}) {{ post {{ id }} }} }}"
        );
        let post = client.query(&post).await.at("/createPost/post/id");
        let comment = format!(
            "mutation {{ createComment(input: {{post: {post}, text: \"How it shines\", audience: {audience}}}) {{ userErrors {{ code }} }} }}"
        );
        assert!(client.query(&comment).await.user_errors().is_empty());
        let document = "mutation { block(input: {handle: \"nobody-at-all-234567\"}) { block { id } userErrors { code } } }";
        client.query(document).await;
        let document =
            "mutation { createList(input: {name: \"Near\"}) { list { id } userErrors { code } } }";
        assert!(client.query(document).await.user_errors().is_empty());
    }
    let doors: [(&str, Option<usize>, usize); 8] = [
        (
            "a visitor, of an adult who shows nothing to the public",
            None,
            0,
        ),
        ("a stranger whom the member has blocked", Some(4), 1),
        ("a stranger who has blocked the member", Some(4), 8),
        ("an adult, of a teen", Some(4), 2),
        ("a visitor, of a teen", None, 2),
        ("a teen, of an adult", Some(5), 0),
        ("an adult, of a frozen member", Some(4), 3),
        ("a visitor, of a frozen member", None, 3),
    ];
    let sdl = Sdl::read();
    for (door, viewer, owner) in doors {
        let owner = &people[owner];
        let words = all_words(owner);
        let client = app.db_client(owner).await;
        let variables = variables(owner, &client).await;
        let before = client.ask(&me(), json!({})).await;
        for document in documents() {
            // First the owner, so that nothing is hidden by accident.
            let sent = declared(&document.text, &variables);
            if document.about == About::Member {
                let reply = client.ask(&document.text, sent.clone()).await;
                assert_eq!(
                    found(&reply, &words).len(),
                    words.len(),
                    "{door}: {}",
                    reply.text
                );
            }
        }
        if door.contains("frozen") {
            freeze(&app, owner, true).await;
        }
        for document in documents() {
            let sent = declared(&document.text, &variables);
            let asking = match viewer {
                Some(nth) => app.db_client(&people[nth]).await,
                None => app.visitor(),
            };
            let reply = asking.ask(&document.text, sent.clone()).await;
            // An answer may repeat what was asked with. One's own block list names whom one has blocked.
            let mut known = sent.to_string();
            if door.contains("who has blocked") && document.about != About::Member {
                known += &owner.handle;
            }
            let leaked: Vec<&str> = found(&reply, &words)
                .into_iter()
                .filter(|word| !known.contains(word))
                .collect();
            assert!(
                leaked.is_empty(),
                "{door}: `{}` tells {leaked:?}: {}",
                document.name,
                reply.text
            );
            if matches!(document.about, About::Member | About::Belonging) {
                let json = reply.json();
                let valued = sdl.valued(&document.text, &json["data"]);
                assert!(
                    valued.is_empty(),
                    "{door}: `{}` gives {valued:?}",
                    document.name
                );
                assert!(
                    json.get("errors").is_none(),
                    "{door}: `{}` objects: {json}",
                    document.name
                );
            }
        }
        if door.contains("frozen") {
            freeze(&app, owner, false).await;
        }
        // Nor did any act change anything for the owner.
        let after = client.ask(&me(), json!({})).await;
        assert_eq!(
            before.json(),
            after.json(),
            "{door}: something was done to the owner"
        );
    }
}

fn me() -> String {
    // The sessions are left out: every look of the test begins one.
    let documents = documents();
    let me = documents
        .iter()
        .find(|document| document.name == "me")
        .unwrap();
    me.text.replace(
        "sessions { id current transport createdAt lastUsedAt expiresAt }",
        "",
    )
}

async fn freeze(app: &TestApp, person: &Person, frozen: bool) {
    let sql = format!(
        "UPDATE standings SET standing = {}, privacy_version = privacy_version + 1 WHERE member_id = {}",
        i32::from(frozen),
        person.id.key()
    );
    app.db_sql(&sql).await;
}

async fn no_governed_field_gives_anything_to_whom_its_audience_leaves_out(app: TestApp) {
    let mut shows_country = Plan::adult("Lena", Audience::Members);
    shows_country.audiences = shows_country.audiences.with(
        letterlock::domain::profile::Field::Country,
        Audience::Public,
    );
    let plans = [
        Plan::adult("Olga", Audience::OnlyMe),
        Plan::adult("Petra", Audience::Penpals),
        shows_country,
        Plan::adult("Vera", Audience::Public),
        Plan::adult("Friend", Audience::Public),
        Plan::teen("Tilda", Audience::Penpals),
        Plan::teen("Tom", Audience::Members),
        Plan::teen("Tina", Audience::Members),
    ];
    let people = app
        .db_world(&plans, &[(0, 4), (1, 4), (2, 4), (5, 7), (0, 3)], &[])
        .await;
    let cases = [
        ("a penpal, of ONLY_ME", Some(3), 0),
        ("a member, of PENPALS", Some(3), 1),
        ("a visitor, of MEMBERS but for the country", None, 2),
        ("a teen, of a teen's PENPALS", Some(6), 5),
    ];
    let sdl = Sdl::read();
    for (case, viewer, owner) in cases {
        let owner = &people[owner];
        let client = app.db_client(owner).await;
        let variables = json!({"id": global(owner.id), "handle": owner.handle});
        let words = governed_words(&owner.name);
        for document in documents()
            .into_iter()
            .filter(|document| document.about == About::Member)
        {
            let sent = declared(&document.text, &variables);
            let own = client.ask(&document.text, sent.clone()).await;
            let valued_to_owner = governed(&sdl, &document, &own);
            assert_eq!(valued_to_owner.len(), 22, "{case}: {valued_to_owner:?}");
            assert_eq!(
                found(&own, &words).len(),
                words.len(),
                "{case}: {}",
                own.text
            );
            let asking = match viewer {
                Some(nth) => app.db_client(&people[nth]).await,
                None => app.visitor(),
            };
            let reply = asking.ask(&document.text, sent).await;
            assert!(
                reply.text.contains(&owner.name),
                "{case}: does not exist: {}",
                reply.text
            );
            assert_eq!(
                found(&reply, &words),
                Vec::<&str>::new(),
                "{case}: {}",
                document.name
            );
            let mut valued = governed(&sdl, &document, &reply);
            valued.remove(&("Profile".to_owned(), "access".to_owned()));
            if viewer.is_none() {
                assert!(valued.remove(&("Profile".to_owned(), "country".to_owned())));
            }
            // A bond is known to the two whom it binds, and is in no list that is hidden.
            assert!(
                valued.is_empty(),
                "{case}: `{}` gives {valued:?}",
                document.name
            );
            assert!(
                reply.text.contains(r#""access":"UNAVAILABLE""#),
                "{case}: {}",
                reply.text
            );
            assert!(
                own.text.contains(r#""access":"VISIBLE""#),
                "{case}: {}",
                own.text
            );
            assert!(
                reply.text.contains(r#""totalCount":0"#),
                "{case}: {}",
                reply.text
            );
        }
    }
}

/// The governed fields that gave a value, and the edges of the list of penpals.
fn governed(sdl: &Sdl, document: &Document, reply: &Reply) -> BTreeSet<FieldName> {
    let valued = sdl.valued(&document.text, &reply.json()["data"]);
    let governs =
        |(on, field): &FieldName| on == "Profile" || on == "PenpalConnection" && field == "edges";
    valued.into_iter().filter(governs).collect()
}
