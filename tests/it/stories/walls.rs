//! Walls: what is written on them, who reads it, and what nobody can tell.

use chrono::TimeDelta;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_post_is_written_read_commented_on_and_edited,
        an_audience_names_whom_it_says,
        two_edits_at_once_bring_nothing_before_many_unconfirmed,
        penpals_write_on_a_wall_and_nobody_else,
        a_block_masks_what_stands_on_walls,
        the_owner_of_a_wall_removes_and_an_author_deletes,
        what_it_said_before_is_its_authors_alone,
        a_feed_is_what_penpals_posted_page_by_page,
        what_is_hidden_is_not_there,
        whatever_is_written_breaks_nothing,
        what_a_teen_writes_is_not_for_visitors,
        what_somebody_wrote_whose_account_is_frozen_is_shown_to_nobody,
        what_tells_how_to_reach_somebody_is_confirmed_before_many_read_it,
        a_visitor_writes_nothing,
    )
}

pub(super) const POST: &str = "{ id text audience writtenAt editedAt edits { text } author { displayName } wall { displayName } \
     commentCount comments(first: 9) { edges { node { id text audience author { displayName } } } } }";

pub(super) async fn people<const N: usize>(
    app: &TestApp,
    names: [&str; N],
) -> Vec<(Client, String)> {
    let mut people = Vec::new();
    for (nth, name) in names.into_iter().enumerate() {
        let client = app.visitor_at(u8::try_from(nth).unwrap() + 1);
        let id = client.sign_up(name, "1990-01-01").await;
        people.push((client, id));
    }
    people
}

async fn create(client: &Client, wall: Option<&str>, text: &str, audience: &str) -> Value {
    let input = json!({"wall": wall, "text": text, "audience": audience});
    client
        .ask(
            &format!(
                "mutation($input: CreatePostInput!) {{ createPost(input: $input) {{ post {POST} userErrors {{ field code message }} }} }}"
            ),
            json!({ "input": input }),
        )
        .await
        .at("/createPost")
}

pub(super) async fn post(
    client: &Client,
    wall: Option<&str>,
    text: &str,
    audience: &str,
) -> String {
    let written = create(client, wall, text, audience).await;
    assert_eq!(written["userErrors"], json!([]), "{written}");
    assert_eq!(written["post"]["text"], text);
    written["post"]["id"].as_str().unwrap().to_owned()
}

async fn reply(client: &Client, post: &str, text: &str, audience: &str) -> Value {
    let input = json!({"post": post, "text": text, "audience": audience});
    client
        .ask(
            "mutation($input: CreateCommentInput!) { createComment(input: $input) { comment { id text author { displayName } }
             userErrors { field code message } } }",
            json!({ "input": input }),
        )
        .await
        .at("/createComment")
}

pub(super) async fn comment(client: &Client, post: &str, text: &str, audience: &str) -> String {
    let written = reply(client, post, text, audience).await;
    assert_eq!(written["userErrors"], json!([]), "{written}");
    written["comment"]["id"].as_str().unwrap().to_owned()
}

async fn edit(client: &Client, what: &str, input: Value) -> Value {
    let (mutation, input_type) = (format!("edit{what}"), format!("Edit{what}Input"));
    let field = what.to_lowercase();
    client
        .ask(
            &format!(
                "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ {field} {{ id text audience editedAt edits {{ text }} }}
                 userErrors {{ field code }} }} }}"
            ),
            json!({ "input": input }),
        )
        .await
        .at(&format!("/{mutation}"))
}

async fn delete(client: &Client, what: &str, id: &str) -> Value {
    let (mutation, input_type) = (format!("delete{what}"), format!("Delete{what}Input"));
    let field = what.to_lowercase();
    client
        .ask(
            &format!(
                "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ deletedId userErrors {{ field code message }} }} }}"
            ),
            json!({ "input": {field: id} }),
        )
        .await
        .at(&format!("/{mutation}"))
}

fn nodes(connection: &Value) -> Vec<Value> {
    let edges = connection["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"].clone()).collect()
}

fn texts(connection: &Value) -> Vec<String> {
    let text = |node: &Value| node["text"].as_str().unwrap().to_owned();
    nodes(connection).iter().map(text).collect()
}

pub(super) async fn wall(client: &Client, member: &str) -> Value {
    let query = format!(
        "query($id: ID!) {{ member(id: $id) {{ wall(first: 20) {{ edges {{ node {POST} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
    );
    client
        .ask(&query, json!({ "id": member }))
        .await
        .at("/member")["wall"]
        .clone()
}

async fn by_id(client: &Client, id: &str) -> Value {
    let query =
        "query($id: ID!) { node(id: $id) { ... on Post { text } ... on Comment { text postId } } }";
    client.ask(query, json!({ "id": id })).await.at("/node")
}

async fn a_post_is_written_read_commented_on_and_edited(app: TestApp) {
    let people = people(&app, ["Ana", "Ben"]).await;
    let [(ana, ana_id), (ben, _)] = &people[..] else {
        unreachable!()
    };
    ana.befriend(ben).await;
    let id = post(
        ana,
        None,
        "Snow in Lisbon!\nWho would have thought.",
        "PENPALS",
    )
    .await;
    comment(ben, &id, "Send some here.", "PENPALS").await;
    let seen = wall(ben, ana_id).await;
    let [seen] = &nodes(&seen)[..] else {
        panic!("{seen}")
    };
    assert_eq!(seen["text"], "Snow in Lisbon!\nWho would have thought.");
    assert_eq!(seen["author"]["displayName"], "Ana");
    assert_eq!(seen["wall"]["displayName"], "Ana");
    assert_eq!(seen["commentCount"], 1);
    assert_eq!(texts(&seen["comments"]), ["Send some here."]);
    // For whom it is, and what it said before, is told to its author alone.
    assert_eq!(
        (&seen["audience"], &seen["edits"], &seen["editedAt"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    app.clock.advance(TimeDelta::minutes(5));
    let input = json!({"post": id, "text": "Snow in Lisbon, briefly."});
    let edited = edit(ana, "Post", input).await;
    assert_eq!(edited["post"]["audience"], "PENPALS");
    assert_eq!(
        edited["post"]["edits"],
        json!([{"text": "Snow in Lisbon!\nWho would have thought."}])
    );
    let seen = wall(ben, ana_id).await;
    assert_eq!(texts(&seen), ["Snow in Lisbon, briefly."]);
    assert!(nodes(&seen)[0]["editedAt"].is_string());
}

/// One brings the text and the other the audience: neither alone would have to be confirmed.
async fn two_edits_at_once_bring_nothing_before_many_unconfirmed(app: TestApp) {
    let mut people = people(&app, ["Ana"]).await;
    let (ana, _) = people.pop().unwrap();
    let mut refused = 0;
    for nth in 0..25 {
        let id = post(&ana, None, &format!("Nothing to confirm {nth}"), "PENPALS").await;
        let edit = async |what: &str| {
            let edit = format!(
                "mutation($id: ID!) {{ editPost(input: {{post: $id, {what}}}) {{ post {{ id }} userErrors {{ code }} }} }}"
            );
            ana.ask(&edit, json!({ "id": id })).await.user_errors()
        };
        let (told, widened) = tokio::join!(
            edit("text: \"Write to me: ana.lopes@example.org\""),
            edit("audience: PUBLIC")
        );
        refused += [told, widened]
            .iter()
            .filter(|errors| *errors == &["UNCONFIRMED"])
            .count();
        let read = "query($id: ID!) { node(id: $id) { ... on Post { text } } }";
        let read = app.visitor().ask(read, json!({ "id": id })).await;
        assert!(!read.text.contains("@example.org"), "{}", read.text);
    }
    assert_eq!(refused, 25, "of two one is told, whichever comes later");
}

async fn an_audience_names_whom_it_says(app: TestApp) {
    let people = people(&app, ["Ana", "Old", "New", "Strange", "Gone"]).await;
    let client = |nth: usize| &people[nth].0;
    let ana = &people[0].1;
    client(0).befriend(client(1)).await;
    client(0).befriend(client(4)).await;
    let public = client(0).set_audience("COUNTRY", "PUBLIC").await;
    assert_eq!(public.user_errors(), Vec::<String>::new());
    app.clock.advance(TimeDelta::minutes(1));
    for audience in ["PENPALS_NOW", "PENPALS", "MEMBERS", "PUBLIC"] {
        post(client(0), None, audience, audience).await;
        app.clock.advance(TimeDelta::minutes(1));
    }
    client(0).befriend(client(2)).await;
    // Who was a penpal then, and is again, is one who became a penpal later.
    client(0).act("endPenpal", &people[4].1).await;
    client(0).befriend(client(4)).await;
    let visitor = app.visitor();
    let all = ["PUBLIC", "MEMBERS", "PENPALS", "PENPALS_NOW"];
    for (viewer, sees) in [
        (client(0), &all[..]),
        (client(1), &all[..]),
        (client(2), &all[..3]),
        (client(3), &all[..2]),
        (client(4), &all[..3]),
        (&visitor, &all[..1]),
    ] {
        assert_eq!(texts(&wall(viewer, ana).await), sees);
    }
    // Chosen anew, it is for those who are penpals by now.
    let first = nodes(&wall(client(0), ana).await)[3].clone();
    let input = json!({"post": first["id"], "audience": "PENPALS_NOW"});
    let edited = edit(client(0), "Post", input).await;
    assert_eq!(edited["post"]["editedAt"], Value::Null, "{edited}");
    assert_eq!(texts(&wall(client(2), ana).await), all);
    assert_eq!(texts(&wall(client(3), ana).await), all[..2]);
}

async fn penpals_write_on_a_wall_and_nobody_else(app: TestApp) {
    let people = people(&app, ["Ana", "Ben", "Cleo", "Dora"]).await;
    let [(ana, ana_id), (ben, _), (cleo, _), (dora, _)] = &people[..] else {
        unreachable!()
    };
    ana.befriend(ben).await;
    ana.befriend(cleo).await;
    app.clock.advance(TimeDelta::minutes(1));
    let id = post(ben, Some(ana_id), "Happy birthday, Ana", "PENPALS_NOW").await;
    // The penpals are those of the wall's owner.
    for reader in [ana, ben, cleo] {
        assert_eq!(texts(&wall(reader, ana_id).await), ["Happy birthday, Ana"]);
    }
    assert_eq!(texts(&wall(dora, ana_id).await), [""; 0]);
    let strange = create(dora, Some(ana_id), "Hello", "MEMBERS").await;
    assert_eq!(strange["post"], Value::Null);
    assert_eq!(strange["userErrors"][0]["field"], json!(["input", "wall"]));
    // A comment on what one cannot read is one on nothing.
    let hidden = reply(dora, &id, "Me too", "MEMBERS").await;
    let nothing = reply(dora, "CTAwMDAwMDAw", "Me too", "MEMBERS").await;
    assert_eq!(hidden["userErrors"], nothing["userErrors"]);
    assert_eq!(hidden["userErrors"][0]["code"], "NOT_FOUND");
    app.clock.advance(TimeDelta::minutes(1));
    // What is for members is read by who is no penpal, and not commented on.
    let open = post(ana, None, "Who knows a good dentist?", "MEMBERS").await;
    assert_eq!(
        texts(&wall(dora, ana_id).await),
        ["Who knows a good dentist?"]
    );
    let refused = reply(dora, &open, "I do", "MEMBERS").await;
    assert_eq!(refused["comment"], Value::Null);
    assert_ne!(refused["userErrors"][0]["code"], "NOT_FOUND");
    // Who was a penpal writes no more; what they wrote stays.
    ana.act("endPenpal", &people[1].1).await;
    let past = create(ben, Some(ana_id), "And again", "PENPALS").await;
    assert_eq!(past["userErrors"], strange["userErrors"]);
    assert_eq!(
        texts(&wall(cleo, ana_id).await),
        ["Who knows a good dentist?", "Happy birthday, Ana"]
    );
}

async fn a_block_masks_what_stands_on_walls(app: TestApp) {
    let people = people(&app, ["Ana", "Ben", "Cleo"]).await;
    let [(ana, ana_id), (ben, ben_id), (cleo, _)] = &people[..] else {
        unreachable!()
    };
    ana.befriend(ben).await;
    ana.befriend(cleo).await;
    app.clock.advance(TimeDelta::minutes(1));
    let of_ben = post(ben, Some(ana_id), "From Ben", "PENPALS").await;
    let of_ana = post(ana, None, "From Ana", "PENPALS").await;
    comment(ben, &of_ana, "Ben says", "PENPALS").await;
    comment(cleo, &of_ana, "Cleo says", "PENPALS").await;
    let counted = |seen: &Value| {
        let nodes = nodes(seen);
        let of_ana = nodes.iter().find(|node| node["text"] == "From Ana");
        let of_ana = of_ana.unwrap();
        (
            of_ana["commentCount"].as_i64().unwrap(),
            texts(&of_ana["comments"]),
        )
    };
    // Between two who read the wall of a third.
    let block = cleo.block(ben_id).await.at("/block/block/id");
    let seen = wall(cleo, ana_id).await;
    assert_eq!(texts(&seen), ["From Ana"]);
    assert_eq!(counted(&seen), (1, vec!["Cleo says".to_owned()]));
    assert_eq!(by_id(cleo, &of_ben).await, Value::Null);
    let seen = wall(ben, ana_id).await;
    assert_eq!(counted(&seen), (1, vec!["Ben says".to_owned()]));
    let seen = wall(ana, ana_id).await;
    assert_eq!(counted(&seen).0, 2);
    cleo.ask(
        "mutation($id: ID!) { unblock(input: {block: $id}) { unblocked } }",
        json!({ "id": block }),
    )
    .await;
    assert_eq!(counted(&wall(cleo, ana_id).await).0, 2);
    // Between the author and the wall's owner it is masked for everybody: nobody else could remove it.
    ana.block(ben_id).await;
    for reader in [ana, cleo] {
        let seen = wall(reader, ana_id).await;
        assert_eq!(texts(&seen), ["From Ana"]);
        assert_eq!(counted(&seen), (1, vec!["Cleo says".to_owned()]));
    }
    // Its author has it still, and does not know where it stands.
    let own = ben
        .query("{ me { posts(first: 5) { edges { node { text wall { displayName } } } } comments(first: 5) { edges { node { text wall { id } } } } } }")
        .await;
    assert_eq!(
        own.at("/me/posts/edges"),
        json!([{"node": {"text": "From Ben", "wall": null}}])
    );
    assert_eq!(
        own.at("/me/comments/edges"),
        json!([{"node": {"text": "Ben says", "wall": null}}])
    );
    let gone = reply(ben, &of_ben, "More", "PENPALS").await;
    assert_eq!(gone["userErrors"][0]["code"], "NOT_FOUND");
    let deleted = delete(ben, "Post", &of_ben).await;
    assert_eq!(deleted["deletedId"], json!(of_ben));
}

async fn the_owner_of_a_wall_removes_and_an_author_deletes(app: TestApp) {
    let people = people(&app, ["Ana", "Ben", "Cleo"]).await;
    let [(ana, ana_id), (ben, _), (cleo, _)] = &people[..] else {
        unreachable!()
    };
    ana.befriend(ben).await;
    ana.befriend(cleo).await;
    let of_ben = post(ben, Some(ana_id), "From Ben", "PENPALS").await;
    let of_cleo = comment(cleo, &of_ben, "From Cleo", "PENPALS").await;
    // Nobody else: it reads as if there were nothing.
    let nothing = delete(ben, "Comment", "CjAwMDAwMDAw").await;
    assert_eq!(nothing["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(delete(ben, "Comment", &of_cleo).await, nothing);
    let other = delete(cleo, "Post", &of_ben).await;
    assert_eq!(other["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(
        delete(ana, "Post", &of_cleo).await["deletedId"],
        Value::Null
    );
    assert_eq!(
        delete(ana, "Comment", &of_ben).await["deletedId"],
        Value::Null
    );
    // The wall's owner does, and each what is theirs.
    assert_eq!(
        delete(ana, "Comment", &of_cleo).await["deletedId"],
        json!(of_cleo)
    );
    assert_eq!(by_id(cleo, &of_cleo).await, Value::Null);
    let again = comment(cleo, &of_ben, "Again", "PENPALS").await;
    assert_eq!(
        delete(cleo, "Comment", &again).await["deletedId"],
        json!(again)
    );
    let last = comment(cleo, &of_ben, "Once more", "PENPALS").await;
    assert_eq!(
        delete(ana, "Post", &of_ben).await["deletedId"],
        json!(of_ben)
    );
    assert_eq!(by_id(ben, &of_ben).await, Value::Null);
    assert_eq!(by_id(cleo, &last).await, Value::Null);
    assert_eq!(app.db_count("posts").await, 0);
}

async fn what_it_said_before_is_its_authors_alone(app: TestApp) {
    let people = people(&app, ["Ana", "Ben"]).await;
    let [(ana, ana_id), (ben, _)] = &people[..] else {
        unreachable!()
    };
    ana.befriend(ben).await;
    let id = post(ben, Some(ana_id), "First", "PENPALS").await;
    let said = comment(ben, &id, "first", "PENPALS").await;
    for text in ["Second", "Third", "Third"] {
        edit(ben, "Post", json!({"post": id, "text": text})).await;
        edit(
            ben,
            "Comment",
            json!({"comment": said, "text": text.to_lowercase()}),
        )
        .await;
    }
    let query = "query($id: ID!) { node(id: $id) { ... on Post { text edits { text writtenAt } } ... on Comment { text edits { text } } } }";
    let seen = |client: &Client, id: &str| {
        let id = id.to_owned();
        let client = client.copy();
        async move { client.ask(query, json!({ "id": id })).await.at("/node") }
    };
    let own = seen(ben, &id).await;
    let before: Vec<&Value> = own["edits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["text"])
        .collect();
    assert_eq!(before, ["First", "Second"]);
    assert_eq!(
        seen(ben, &said).await["edits"],
        json!([{"text": "first"}, {"text": "second"}])
    );
    for id in [&id, &said] {
        let others = seen(ana, id).await;
        assert_eq!(others["edits"], Value::Null, "{others}");
        // Not by the wall's owner, either.
        let what = if *id == said { "Comment" } else { "Post" };
        let input = json!({what.to_lowercase(): id, "text": "Other"});
        let tried = edit(ana, what, input).await;
        assert_eq!(tried["userErrors"][0]["code"], "NOT_FOUND");
    }
    for nth in 0..48 {
        let edited = edit(ben, "Post", json!({"post": id, "text": format!("{nth}")})).await;
        assert_eq!(edited["userErrors"], json!([]), "{nth}");
    }
    let full = edit(ben, "Post", json!({"post": id, "text": "Full"})).await;
    assert_eq!(full["userErrors"][0]["code"], "TOO_MANY");
}

async fn a_feed_is_what_penpals_posted_page_by_page(app: TestApp) {
    let people = people(&app, ["Ana", "Ben", "Cleo", "Dora"]).await;
    let client = |nth: usize| &people[nth].0;
    client(0).befriend(client(1)).await;
    client(0).befriend(client(2)).await;
    client(1).befriend(client(2)).await;
    client(2).befriend(client(3)).await;
    let mut wanted = Vec::new();
    for nth in 0..7 {
        // By turns Ben on his wall, Cleo on Ben's, and Cleo on Dora's, whom Ana is no penpal of.
        let (author, wall) = [(1, 1), (2, 1), (2, 3)][nth % 3];
        let text = format!("{nth}");
        let on = Some(people[wall].1.as_str());
        let audience = if nth == 2 { "MEMBERS" } else { "PENPALS" };
        post(client(author), on, &text, audience).await;
        // What is read on Ben's wall by his penpals, and on Dora's by members.
        if wall == 1 || nth == 2 {
            wanted.insert(0, text);
        }
        if nth % 2 == 0 {
            app.clock.advance(TimeDelta::seconds(1));
        }
    }
    post(client(0), None, "mine", "PUBLIC").await;
    post(client(3), None, "of no penpal", "PUBLIC").await;
    let mut read = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = client(0)
            .ask(
                "query($after: String) { me { feed(first: 2, after: $after) { edges { node { text } } pageInfo { hasNextPage endCursor } } } }",
                json!({ "after": after }),
            )
            .await
            .at("/me/feed");
        read.extend(texts(&page));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let sorted = |mut texts: Vec<String>| {
        texts.sort();
        texts
    };
    assert_eq!(sorted(read.clone()), sorted(wanted));
    // The clock goes on after every other: two of one moment are in an order of their own.
    let moments: Vec<i32> = read
        .iter()
        .map(|it| (it.parse::<i32>().unwrap() + 1) / 2)
        .collect();
    assert!(moments.is_sorted_by(|a, b| a >= b), "{read:?}");
    let nobody = app
        .visitor()
        .query("{ me { feed(first: 2) { edges { node { text } } } } }")
        .await;
    assert_eq!(nobody.at("/me"), Value::Null);
}

async fn what_is_hidden_is_not_there(app: TestApp) {
    let people = people(&app, ["Ana", "Ben", "Cleo", "Dora"]).await;
    let [(ana, ana_id), (ben, _), (cleo, cleo_id), (dora, _)] = &people[..] else {
        unreachable!()
    };
    ana.befriend(ben).await;
    cleo.befriend(ben).await;
    let mut hidden = Vec::new();
    for nth in 0..5 {
        hidden.push(post(ana, None, &format!("hidden {nth}"), "PENPALS").await);
        app.clock.advance(TimeDelta::seconds(1));
    }
    comment(ben, &hidden[0], "hidden too", "PENPALS_NOW").await;
    let ask = |id: &str| {
        let query = "query($id: ID!, $first: Int!) { member(id: $id) { wall(first: $first) { edges { cursor node { id commentCount } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";
        let (id, dora) = (id.to_owned(), dora.copy());
        async move {
            let mut answers = Vec::new();
            for first in [1, 5, 50] {
                let reply = dora.ask(query, json!({"id": id, "first": first})).await;
                answers.push(reply.text.clone());
            }
            answers
        }
    };
    // A wall of which nothing is shown is an empty wall, byte by byte.
    assert_eq!(ask(ana_id).await, ask(cleo_id).await);
    for id in &hidden {
        assert_eq!(by_id(dora, id).await, Value::Null);
    }
    // Between what is hidden, pages are as full as if there were nothing else.
    for nth in 0..3 {
        post(ana, None, &format!("shown {nth}"), "MEMBERS").await;
        app.clock.advance(TimeDelta::seconds(1));
        post(ana, None, &format!("hidden again {nth}"), "PENPALS").await;
        app.clock.advance(TimeDelta::seconds(1));
    }
    let query = "query($id: ID!, $after: String) { member(id: $id) { wall(first: 2, after: $after) { edges { node { text } } pageInfo { hasNextPage endCursor } } } }";
    let page = dora
        .ask(query, json!({ "id": ana_id }))
        .await
        .at("/member/wall");
    assert_eq!(texts(&page), ["shown 2", "shown 1"]);
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let after = &page["pageInfo"]["endCursor"];
    let page = dora
        .ask(query, json!({ "id": ana_id, "after": after }))
        .await
        .at("/member/wall");
    assert_eq!(texts(&page), ["shown 0"]);
    assert_eq!(page["pageInfo"]["hasNextPage"], false);
    // A cursor is of one wall and one viewer.
    for (viewer, wall) in [(dora, cleo_id), (ben, ana_id)] {
        let foreign = viewer
            .ask(query, json!({ "id": wall, "after": after }))
            .await;
        assert_eq!(foreign.codes(), ["BAD_USER_INPUT"]);
    }
}

async fn whatever_is_written_breaks_nothing(app: TestApp) {
    let people = people(&app, ["Ana", "Ben"]).await;
    let [(ana, ana_id), (ben, ben_id)] = &people[..] else {
        unreachable!()
    };
    ana.befriend(ben).await;
    let long = "x".repeat(5_001);
    for (text, code) in [
        ("", "BLANK"),
        (" \n ", "BLANK"),
        ("a\u{202e}b", "CONTROL_CHARACTERS"),
        ("a\u{0}b", "CONTROL_CHARACTERS"),
        (long.as_str(), "TOO_LONG"),
    ] {
        let wrong = create(ana, None, text, "PENPALS").await;
        assert_eq!(wrong["userErrors"][0]["code"], code);
        assert_eq!(wrong["userErrors"][0]["field"], json!(["input", "text"]));
    }
    let id = post(ana, None, &"é".repeat(5_000), "PENPALS").await;
    let said = comment(ben, &id, "Long!", "MEMBERS").await;
    let nobody = "AX7777777777";
    for wall in ["", "nonsense", id.as_str(), nobody] {
        let wrong = create(ana, Some(wall), "Hello", "PENPALS").await;
        assert_eq!(
            wrong["userErrors"][0]["code"], "NOT_FOUND",
            "{wall}: {wrong}"
        );
    }
    for on in ["", ana_id, said.as_str(), nobody] {
        let wrong = reply(ana, on, "Hello", "PENPALS").await;
        assert_eq!(wrong["userErrors"][0]["code"], "NOT_FOUND", "{on}: {wrong}");
    }
    for (what, id) in [
        ("Post", said.as_str()),
        ("Comment", id.as_str()),
        ("Post", ben_id),
        ("Comment", ""),
    ] {
        let input = json!({what.to_lowercase(): id, "text": "Other"});
        assert_eq!(
            edit(ana, what, input).await["userErrors"][0]["code"],
            "NOT_FOUND"
        );
        let wrong = delete(ana, what, id).await;
        assert_eq!(wrong["userErrors"][0]["code"], "NOT_FOUND", "{wrong}");
    }
    let other = edit(ben, "Post", json!({"post": id, "audience": "PUBLIC"})).await;
    assert_eq!(other["userErrors"][0]["code"], "NOT_FOUND");
    // A comment is one on a post, and reads as none of the wall's own.
    assert_eq!(texts(&wall(ben, ana_id).await), ["é".repeat(5_000)]);
    assert_eq!(app.db_count("posts").await, 2);
    assert_eq!(app.db_count("post_edits").await, 0);
}

async fn what_a_teen_writes_is_not_for_visitors(app: TestApp) {
    let teen = app.visitor_at(1);
    let teen_id = teen.sign_up("Teen", "2010-01-01").await;
    let adult = app.visitor_at(2);
    adult.sign_up("Adult", "1990-01-01").await;
    let wide = create(&teen, None, "For all", "PUBLIC").await;
    assert_eq!(wide["userErrors"][0]["code"], "AUDIENCE_TOO_WIDE");
    let id = post(&teen, None, "For members", "MEMBERS").await;
    let wider = edit(&teen, "Post", json!({"post": id, "audience": "PUBLIC"})).await;
    assert_eq!(wider["userErrors"][0]["code"], "AUDIENCE_TOO_WIDE");
    // For an adult who is no penpal, the teen does not exist.
    assert_eq!(wall(&adult, &teen_id).await, Value::Null);
    assert_eq!(by_id(&adult, &id).await, Value::Null);
    assert_eq!(by_id(&app.visitor(), &id).await, Value::Null);
}

async fn what_somebody_wrote_whose_account_is_frozen_is_shown_to_nobody(app: TestApp) {
    let people = people(&app, ["Ana", "Ben", "Cleo"]).await;
    let [(ana, ana_id), (ben, ben_id), (cleo, _)] = &people[..] else {
        unreachable!()
    };
    ana.befriend(ben).await;
    ana.befriend(cleo).await;
    post(ben, Some(ana_id), "From Ben", "MEMBERS").await;
    let id = post(ana, None, "From Ana", "MEMBERS").await;
    comment(ben, &id, "Ben says", "MEMBERS").await;
    let on_bens = post(ana, Some(ben_id), "On Ben's", "MEMBERS").await;
    let key = letterlock::domain::id::MemberId::from_global(ben_id)
        .unwrap()
        .key();
    app.db_sql(&format!("UPDATE standings SET standing = 1, frozen_at = 0, privacy_version = privacy_version + 1 WHERE member_id = {key}")).await;
    for reader in [ana, cleo] {
        let seen = wall(reader, ana_id).await;
        assert_eq!(texts(&seen), ["From Ana"]);
        assert_eq!(nodes(&seen)[0]["commentCount"], 0);
        assert_eq!(nodes(&seen)[0]["comments"]["edges"], json!([]));
    }
    assert_eq!(by_id(cleo, &on_bens).await, Value::Null);
    // What stood on the wall of somebody who is erased goes with it.
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_count("posts").await, 1);
}

async fn what_tells_how_to_reach_somebody_is_confirmed_before_many_read_it(app: TestApp) {
    let people = people(&app, ["Ana", "Ben"]).await;
    let [(ana, ana_id), (ben, _)] = &people[..] else {
        unreachable!()
    };
    ana.befriend(ben).await;
    let telling = "Write to me: ana.lopes@example.org";
    for audience in ["MEMBERS", "PUBLIC"] {
        let asked = create(ana, None, telling, audience).await;
        assert_eq!(asked["userErrors"][0]["code"], "UNCONFIRMED", "{asked}");
        assert_eq!(
            asked["userErrors"][0]["field"],
            json!(["input", "confirmed"])
        );
    }
    assert_eq!(app.db_count("posts").await, 0);
    // To penpals it can be told.
    let id = post(ana, None, telling, "PENPALS").await;
    let open = post(ana, None, "Nothing to tell", "MEMBERS").await;
    let said = comment(ana, &open, telling, "PENPALS").await;
    let asked = reply(ana, &open, telling, "MEMBERS").await;
    assert_eq!(asked["userErrors"][0]["code"], "UNCONFIRMED");
    // Neither is it told to more by and by.
    for (what, input) in [
        ("Post", json!({"post": id, "audience": "MEMBERS"})),
        ("Post", json!({"post": open, "text": telling})),
        ("Comment", json!({"comment": said, "audience": "PUBLIC"})),
    ] {
        let mut input = input;
        let asked = edit(ana, what, input.clone()).await;
        assert_eq!(
            asked["userErrors"][0]["code"], "UNCONFIRMED",
            "{input}: {asked}"
        );
        input["confirmed"] = json!(true);
        let done = edit(ana, what, input).await;
        assert_eq!(done["userErrors"], json!([]), "{done}");
    }
    let input = json!({"text": telling, "audience": "PUBLIC", "confirmed": true});
    let done = ana
        .ask(
            "mutation($input: CreatePostInput!) { createPost(input: $input) { userErrors { code } } }",
            json!({ "input": input }),
        )
        .await;
    assert_eq!(done.user_errors(), [""; 0]);
    assert_eq!(nodes(&wall(ben, ana_id).await).len(), 3);
}

async fn a_visitor_writes_nothing(app: TestApp) {
    let visitor = app.visitor();
    for mutation in [
        "createPost(input: {text: \"a\", audience: PUBLIC}) { userErrors { code } }",
        "createComment(input: {post: \"CTAwMDAwMDAw\", text: \"a\", audience: PUBLIC}) { userErrors { code } }",
        "editPost(input: {post: \"CTAwMDAwMDAw\", text: \"a\"}) { userErrors { code } }",
        "editComment(input: {comment: \"CjAwMDAwMDAw\", text: \"a\"}) { userErrors { code } }",
        "deletePost(input: {post: \"CTAwMDAwMDAw\"}) { userErrors { code } }",
        "deleteComment(input: {comment: \"CjAwMDAwMDAw\"}) { userErrors { code } }",
    ] {
        let reply = visitor.query(&format!("mutation {{ {mutation} }}")).await;
        assert_eq!(reply.codes(), ["UNAUTHENTICATED"], "{mutation}");
    }
}
