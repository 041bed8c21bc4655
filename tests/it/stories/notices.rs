//! Notices: of what somebody is told, and what nobody can tell by them.

use chrono::TimeDelta;
use letterlock::{
    domain::{audience::Audience, id::MemberId, notice},
    jobs,
};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::linking;
use super::walls::{self, comment, post};
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, PASSWORD},
    listening::Listening,
    trials,
    world::Plan,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_request_is_told_and_what_comes_of_it,
        what_is_undone_is_told_no_more,
        who_was_declined_cannot_ring_again,
        what_is_written_on_a_wall_is_told_to_its_owner,
        a_comment_is_told_to_the_posts_author_and_the_walls_owner,
        a_comment_that_somebody_cannot_read_is_not_told_to_them,
        a_block_takes_out_of_the_list_the_count_and_the_pages_what_the_blocked_did,
        who_is_blocked_makes_nothing_appear,
        what_a_frozen_account_did_is_told_to_nobody,
        notices_are_marked_as_read_some_or_up_to_one,
        nobody_marks_or_reads_the_notices_of_another,
        what_is_done_with_the_account_is_told,
        what_others_do_pushes_out_nothing_about_the_account,
        what_is_announced_is_told_to_all_once,
        notices_end,
        a_notice_comes_as_it_happens,
        a_notice_of_who_is_blocked_meanwhile_does_not_come,
        a_notice_from_another_server_comes,
        a_visitor_is_told_nothing,
    )
}

const TOLD: &str =
    "{ id kind category read member { displayName } post { text } comment { text } }";

async fn people<const N: usize>(app: &TestApp, names: [&str; N]) -> [(Client, String); N] {
    let people = walls::people(app, names).await;
    people.try_into().ok().unwrap()
}

/// All that somebody is told, the latest first.
async fn told(client: &Client) -> Vec<Value> {
    let query = format!("{{ me {{ notices(first: 100) {{ edges {{ node {TOLD} }} }} }} }}");
    let reply = client.query(&query).await.at("/me/notices/edges");
    let edges = reply.as_array().unwrap();
    edges.iter().map(|edge| edge["node"].clone()).collect()
}

/// The same, as kinds and names.
async fn kinds(client: &Client) -> Vec<String> {
    let line = |it: &Value| {
        let name = it["member"]["displayName"].as_str().unwrap_or("-");
        format!("{} {name}", it["kind"].as_str().unwrap())
    };
    told(client).await.iter().map(line).collect()
}

async fn number(app: &TestApp, sql: &str) -> i64 {
    let sql =
        sql.replacen("SELECT ", "SELECT CAST(", 1)
            .replacen(" FROM", " AS TEXT) AS t FROM", 1);
    app.db_texts(&sql).await[0].parse().unwrap()
}

async fn unread(client: &Client) -> i64 {
    let reply = client.query("{ me { unreadNoticeCount } }").await;
    reply.at("/me/unreadNoticeCount").as_i64().unwrap()
}

async fn act(client: &Client, act: &str, member: &str) {
    let done = client.act(act, member).await;
    assert!(done.user_errors().is_empty(), "{act}: {}", done.text);
}

async fn mark(client: &Client, input: Value) -> Value {
    client
        .ask(
            "mutation($input: MarkNoticesReadInput!) { markNoticesRead(input: $input) { unreadNoticeCount userErrors { field code } } }",
            json!({ "input": input }),
        )
        .await
        .at("/markNoticesRead")
}

async fn a_request_is_told_and_what_comes_of_it(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id)] = people(&app, ["Ana", "Ben"]).await;
    assert_eq!(kinds(&ben).await, Vec::<String>::new());
    act(&ana, "askPenpal", &ben_id).await;
    // Once, however often it is asked.
    act(&ana, "askPenpal", &ben_id).await;
    assert_eq!(kinds(&ben).await, ["PENPAL_REQUEST Ana"]);
    assert_eq!((unread(&ana).await, unread(&ben).await), (0, 1));
    act(&ben, "acceptPenpal", &ana_id).await;
    assert_eq!(kinds(&ana).await, ["REQUEST_ACCEPTED Ben"]);
    // What waits no longer is nothing to be told of.
    assert_eq!(kinds(&ben).await, Vec::<String>::new());
    assert_eq!((unread(&ana).await, unread(&ben).await), (1, 0));
    // Asking who has asked accepts, and is told so.
    act(&ana, "endPenpal", &ben_id).await;
    act(&ben, "askPenpal", &ana_id).await;
    assert_eq!(kinds(&ana).await, ["PENPAL_REQUEST Ben"]);
    act(&ana, "askPenpal", &ben_id).await;
    assert_eq!(kinds(&ana).await, Vec::<String>::new());
    assert_eq!(kinds(&ben).await, ["REQUEST_ACCEPTED Ana"]);
}

async fn what_is_undone_is_told_no_more(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), (cleo, cleo_id)] =
        people(&app, ["Ana", "Ben", "Cleo"]).await;
    act(&ana, "askPenpal", &ben_id).await;
    act(&cleo, "askPenpal", &ben_id).await;
    act(&ana, "withdrawPenpal", &ben_id).await;
    assert_eq!(kinds(&ben).await, ["PENPAL_REQUEST Cleo"]);
    act(&ben, "declinePenpal", &cleo_id).await;
    assert_eq!(kinds(&ben).await, Vec::<String>::new());
    ana.befriend(&ben).await;
    assert_eq!(kinds(&ana).await, ["REQUEST_ACCEPTED Ben"]);
    let written = post(&ana, Some(&ben_id), "a kite", "PENPALS").await;
    let below = comment(&ana, &written, "and its string", "PENPALS").await;
    assert_eq!(kinds(&ben).await, ["COMMENT Ana", "WALL_POST Ana"]);
    let delete = |what: &str, id: &str| {
        format!(
            "mutation {{ delete{what}(input: {{{}: \"{id}\"}}) {{ userErrors {{ code }} }} }}",
            what.to_lowercase()
        )
    };
    ana.query(&delete("Comment", &below)).await;
    assert_eq!(kinds(&ben).await, ["WALL_POST Ana"]);
    comment(&ana, &written, "and its tail", "PENPALS").await;
    ana.query(&delete("Post", &written)).await;
    assert_eq!(kinds(&ben).await, Vec::<String>::new());
    act(&ben, "endPenpal", &ana_id).await;
    assert_eq!(kinds(&ana).await, Vec::<String>::new());
}

/// Withdrawing and asking again is no bell: who declined hears nothing of it, and the answers are those of the first time.
async fn who_was_declined_cannot_ring_again(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id)] = people(&app, ["Ana", "Ben"]).await;
    let first = ana.act("askPenpal", &ben_id).await;
    act(&ben, "declinePenpal", &ana_id).await;
    let mut listening = Listening::to(&ben, RECEIVED, json!({})).await;
    for _ in 0..3 {
        act(&ana, "withdrawPenpal", &ben_id).await;
        let again = ana.act("askPenpal", &ben_id).await;
        assert_eq!(first.text, again.text);
    }
    listening.silent().await;
    assert_eq!(told(&ben).await, Vec::<Value>::new());
}

async fn what_is_written_on_a_wall_is_told_to_its_owner(app: TestApp) {
    let [(ana, _), (ben, ben_id), (cleo, _)] = people(&app, ["Ana", "Ben", "Cleo"]).await;
    ana.befriend(&ben).await;
    cleo.befriend(&ben).await;
    mark(&ben, json!({ "notices": [] })).await;
    post(&ana, Some(&ben_id), "a kite", "PENPALS_NOW").await;
    let all = told(&ben).await;
    assert_eq!(
        (&all[0]["kind"], &all[0]["category"], &all[0]["read"]),
        (&json!("WALL_POST"), &json!("SOCIAL"), &json!(false))
    );
    assert_eq!(all[0]["post"], json!({"text": "a kite"}));
    assert_eq!(all[0]["comment"], Value::Null);
    // Neither the one who wrote it nor another who reads it is told, and of one's own post nobody.
    post(&ben, None, "a home", "PENPALS").await;
    assert_eq!(kinds(&ben).await, ["WALL_POST Ana"]);
    for client in [&ana, &cleo] {
        assert_eq!(kinds(client).await, ["REQUEST_ACCEPTED Ben"]);
    }
}

async fn a_comment_is_told_to_the_posts_author_and_the_walls_owner(app: TestApp) {
    let [(ana, _), (ben, ben_id), (cleo, _)] = people(&app, ["Ana", "Ben", "Cleo"]).await;
    ana.befriend(&ben).await;
    cleo.befriend(&ben).await;
    let by_ana = post(&ana, Some(&ben_id), "a kite", "PENPALS").await;
    let own = post(&ben, None, "a home", "PENPALS").await;
    comment(&cleo, &by_ana, "how high", "PENPALS").await;
    comment(&cleo, &own, "how warm", "PENPALS").await;
    // Of the last, whose wall and whose post it is, once.
    assert_eq!(
        kinds(&ben).await,
        ["COMMENT Cleo", "COMMENT Cleo", "WALL_POST Ana"]
    );
    let all = told(&ana).await;
    assert_eq!(all.len(), 2);
    assert_eq!(
        (&all[0]["post"]["text"], &all[0]["comment"]["text"]),
        (&json!("a kite"), &json!("how high"))
    );
    // Of one's own nobody is told who wrote it; the other still is.
    comment(&ana, &by_ana, "so high", "PENPALS").await;
    assert_eq!(told(&ana).await.len(), 2);
    assert_eq!(told(&ben).await.len(), 4);
    // Who commented before is not.
    assert_eq!(kinds(&cleo).await, ["REQUEST_ACCEPTED Ben"]);
}

/// The post's author may not know of the wall's owner any more, and so of nothing that is written there; whoever writes it
/// cannot tell.
async fn a_comment_that_somebody_cannot_read_is_not_told_to_them(app: TestApp) {
    let [(ana, _), (ben, ben_id), (cleo, _)] = people(&app, ["Ana", "Ben", "Cleo"]).await;
    ana.befriend(&ben).await;
    cleo.befriend(&ben).await;
    ana.befriend(&cleo).await;
    let by_ana = post(&ana, Some(&ben_id), "a kite", "PENPALS").await;
    // Ana comes to be a teen, and no penpal of Ben's: neither exists for the other, and Cleo sees both.
    let ends = "DELETE FROM bonds WHERE member_id IN (SELECT id FROM members WHERE display_name IN ('Ana', 'Ben')) \
        AND penpal_id IN (SELECT id FROM members WHERE display_name IN ('Ana', 'Ben'))";
    app.db_sql(ends).await;
    app.db_sql(
        "UPDATE standings SET turns_18_on = 20300101, privacy_version = privacy_version + 1 \
         WHERE member_id = (SELECT id FROM members WHERE display_name = 'Ana')",
    )
    .await;
    assert_eq!(kinds(&ana).await, ["REQUEST_ACCEPTED Cleo"]);
    let before = (
        app.db_count("notices").await,
        number(&app, "SELECT sum(seq) FROM notice_counts").await,
    );
    comment(&cleo, &by_ana, "how high", "PENPALS").await;
    assert_eq!(kinds(&ana).await, ["REQUEST_ACCEPTED Cleo"]);
    // Nor Ben, for whom Ana wrote nothing that could be commented on.
    let after = (
        app.db_count("notices").await,
        number(&app, "SELECT sum(seq) FROM notice_counts").await,
    );
    assert_eq!(before, after);
}

async fn a_block_takes_out_of_the_list_the_count_and_the_pages_what_the_blocked_did(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), (cleo, _)] = people(&app, ["Ana", "Ben", "Cleo"]).await;
    ana.befriend(&ben).await;
    cleo.befriend(&ben).await;
    let mut ids = Vec::new();
    for nth in 0..3 {
        post(&ana, Some(&ben_id), &format!("kite {nth}"), "PENPALS").await;
        post(&cleo, Some(&ben_id), &format!("boat {nth}"), "PENPALS").await;
    }
    for notice in told(&ben).await {
        if notice["member"]["displayName"] == "Ana" {
            ids.push(notice["id"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!((ids.len(), unread(&ben).await), (3, 6));
    ben.block(&ana_id).await;
    assert_eq!(kinds(&ben).await, ["WALL_POST Cleo"; 3]);
    assert_eq!(unread(&ben).await, 3);
    let page = "{ me { notices(first: 3) { pageInfo { hasNextPage } edges { node { id } } } } }";
    let page = ben.query(page).await.at("/me/notices");
    assert_eq!(page["pageInfo"]["hasNextPage"], false);
    assert_eq!(page["edges"].as_array().unwrap().len(), 3);
    // Nor by its id, which is like one that never was.
    for id in &ids {
        let node = ben
            .ask(
                "query($id: ID!) { node(id: $id) { id } }",
                json!({ "id": id }),
            )
            .await;
        assert_eq!(node.at("/node"), Value::Null);
        let never = "DX__________";
        let marked = mark(&ben, json!({ "upTo": id })).await;
        assert_eq!(marked, mark(&ben, json!({ "upTo": never })).await);
        assert_eq!(marked["userErrors"][0]["code"], "NOT_FOUND");
        let marked = mark(&ben, json!({ "notices": [id] })).await;
        assert_eq!(marked, mark(&ben, json!({ "notices": [never] })).await);
    }
    assert_eq!(unread(&ben).await, 3);
    // Nor for the one who was blocked.
    assert_eq!(kinds(&ana).await, Vec::<String>::new());
}

/// Whoever is blocked learns nothing by any act's answer, and nothing of theirs is written.
async fn who_is_blocked_makes_nothing_appear(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), (cleo, _)] = people(&app, ["Ana", "Ben", "Cleo"]).await;
    ana.befriend(&ben).await;
    cleo.befriend(&ben).await;
    ana.befriend(&cleo).await;
    let by_cleo = post(&cleo, Some(&ben_id), "a boat", "PENPALS").await;
    ben.block(&ana_id).await;
    let numbers = "SELECT sum(seq) FROM notice_counts";
    let before = (app.db_count("notices").await, number(&app, numbers).await);
    let nobody = MemberId::from_key(77).global();
    for act in [
        "askPenpal",
        "acceptPenpal",
        "declinePenpal",
        "withdrawPenpal",
        "endPenpal",
    ] {
        let blocked = ana.act(act, &ben_id).await.text;
        assert_eq!(blocked, ana.act(act, &nobody).await.text, "{act}");
    }
    let input =
        |wall: &str| json!({"input": {"wall": wall, "text": "a kite", "audience": "PENPALS"}});
    let write = "mutation($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { code } } }";
    assert_eq!(
        ana.ask(write, input(&ben_id)).await.text,
        ana.ask(write, input(&nobody)).await.text
    );
    let reply = "mutation($post: ID!) { createComment(input: {post: $post, text: \"x\", audience: PENPALS}) { userErrors { code } } }";
    let refused = ana.ask(reply, json!({ "post": by_cleo })).await;
    assert_eq!(refused.user_errors(), ["NOT_FOUND"]);
    let after = (app.db_count("notices").await, number(&app, numbers).await);
    assert_eq!(after, before);
}

async fn what_a_frozen_account_did_is_told_to_nobody(app: TestApp) {
    let [(ana, _), (ben, ben_id), (cleo, _)] = people(&app, ["Ana", "Ben", "Cleo"]).await;
    ana.befriend(&ben).await;
    cleo.befriend(&ben).await;
    post(&ana, Some(&ben_id), "a kite", "PENPALS").await;
    post(&cleo, Some(&ben_id), "a boat", "PENPALS").await;
    // Ana turns out to be a child.
    let child =
        "mutation { correctBirthDate(input: {birthDate: \"2020-01-01\"}) { userErrors { code } } }";
    ana.query(child).await;
    assert_eq!(kinds(&ben).await, ["WALL_POST Cleo"]);
    assert_eq!(unread(&ben).await, 1);
    // And with the account all of it goes, both what it was told and what it made others be told.
    app.clock.advance(jobs::FROZEN_FOR + TimeDelta::hours(1));
    jobs::forget(&app.services).await.unwrap();
    assert_eq!(
        app.db_count("notices").await,
        2,
        "Ben's of Cleo's post, and Cleo's of Ben"
    );
}

async fn notices_are_marked_as_read_some_or_up_to_one(app: TestApp) {
    let [(ana, _), (ben, ben_id)] = people(&app, ["Ana", "Ben"]).await;
    ana.befriend(&ben).await;
    for nth in 0..5 {
        post(&ana, Some(&ben_id), &format!("kite {nth}"), "PENPALS").await;
    }
    let ids: Vec<Value> = told(&ben).await.iter().map(|it| it["id"].clone()).collect();
    assert_eq!(
        mark(&ben, json!({ "notices": [ids[0], ids[3]] })).await["unreadNoticeCount"],
        3
    );
    let marked = mark(&ben, json!({ "upTo": ids[2] })).await;
    assert_eq!(marked, json!({"unreadNoticeCount": 1, "userErrors": []}));
    let all = told(&ben).await;
    let read: Vec<bool> = all.iter().map(|it| it["read"].as_bool().unwrap()).collect();
    assert_eq!(read, [true, false, true, true, true]);
    let unread_only = "{ me { notices(first: 9, unreadOnly: true) { edges { node { id } } } } }";
    let unread_only = ben.query(unread_only).await.at("/me/notices/edges");
    assert_eq!(unread_only, json!([{"node": {"id": ids[1]}}]));
    // A page after another has all, each once.
    let page = "query($after: String) { me { notices(first: 2, after: $after) { edges { node { id } } pageInfo { endCursor hasNextPage } } } }";
    let (mut after, mut walked) = (Value::Null, Vec::new());
    for goes_on in [true, true, false] {
        let page = ben
            .ask(page, json!({ "after": after }))
            .await
            .at("/me/notices");
        assert_eq!(page["pageInfo"]["hasNextPage"], goes_on);
        after = page["pageInfo"]["endCursor"].clone();
        walked.extend(
            page["edges"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["node"]["id"].clone()),
        );
    }
    assert_eq!(walked, ids);
    let many: Vec<&Value> = std::iter::repeat_n(&ids[1], 101).collect();
    let wrong = mark(&ben, json!({ "notices": many })).await;
    assert_eq!(wrong["userErrors"][0]["code"], "TOO_MANY");
    assert_eq!(unread(&ben).await, 1);
}

async fn nobody_marks_or_reads_the_notices_of_another(app: TestApp) {
    let [(ana, _), (ben, ben_id), (cleo, _)] = people(&app, ["Ana", "Ben", "Cleo"]).await;
    act(&ana, "askPenpal", &ben_id).await;
    let id = told(&ben).await[0]["id"].clone();
    for client in [&ana, &cleo] {
        let node = client
            .ask(
                "query($id: ID!) { node(id: $id) { id } }",
                json!({ "id": id }),
            )
            .await;
        assert_eq!(node.at("/node"), Value::Null);
        mark(client, json!({ "notices": [id] })).await;
        let marked = mark(client, json!({ "upTo": id })).await;
        assert_eq!(marked["userErrors"][0]["code"], "NOT_FOUND");
    }
    assert_eq!(unread(&ben).await, 1);
}

async fn what_is_done_with_the_account_is_told(app: TestApp) {
    let ana = app.visitor_at(1);
    ana.sign_up("Ana", "1990-01-01").await;
    // Of coming in for the first time nobody is told.
    assert_eq!(kinds(&ana).await, Vec::<String>::new());
    let change = |field: &str, input: &str| {
        format!("mutation {{ {field}(input: {{{input}}}) {{ userErrors {{ code }} }} }}")
    };
    for (field, input) in [
        ("changeEmail", "email: \"new@example.org\""),
        ("changePassword", "newPassword: \"eight-owls-over-coimbra\""),
    ] {
        let changed = ana.query(&change(field, input)).await;
        assert!(changed.user_errors().is_empty(), "{}", changed.text);
        linking::follow_changes(&app).await;
    }
    // Refused is not done.
    ana.query(&change("changePassword", "newPassword: \"x\""))
        .await;
    ana.query("mutation { disableSecondFactor { userErrors { code } } }")
        .await;
    assert_eq!(kinds(&ana).await, ["PASSWORD_CHANGED -", "EMAIL_CHANGED -"]);
    let all = told(&ana).await;
    assert!(all.iter().all(|it| it["category"] == "SECURITY"));
    // A wrong password is nothing to be told of; the right one is, on a device that is not known, and then no more.
    let stranger = app.visitor_at(2);
    stranger.sign_in("new@example.org", PASSWORD).await;
    assert_eq!(told(&ana).await.len(), 2);
    stranger
        .sign_in("new@example.org", "eight-owls-over-coimbra")
        .await;
    assert_eq!(kinds(&ana).await[0], "SIGNED_IN -");
    stranger
        .query("mutation { signOut { userErrors { code } } }")
        .await;
    stranger
        .sign_in("new@example.org", "eight-owls-over-coimbra")
        .await;
    assert_eq!(told(&ana).await.len(), 3);
}

/// Penpals who write without end cannot hide that somebody signed in.
async fn what_others_do_pushes_out_nothing_about_the_account(app: TestApp) {
    let [(ana, _), (ben, ben_id)] = people(&app, ["Ana", "Ben"]).await;
    ana.befriend(&ben).await;
    let changed = ben
        .query("mutation { changePassword(input: {newPassword: \"eight-owls-over-coimbra\"}) { userErrors { code } } }")
        .await;
    assert!(changed.user_errors().is_empty());
    post(&ana, Some(&ben_id), "the first", "PENPALS").await;
    // As if many had come since.
    app.db_sql("UPDATE notice_counts SET seq = seq + 499").await;
    post(&ana, Some(&ben_id), "the second", "PENPALS").await;
    let texts = |all: &[Value]| -> Vec<String> {
        let text = |it: &Value| it["post"]["text"].as_str().unwrap_or("-").to_owned();
        all.iter().map(text).collect()
    };
    assert_eq!(texts(&told(&ben).await), ["the second", "-"]);
    // Of what is done with the account, the latest are kept.
    let me = MemberId::from_global(&ben_id).unwrap().key();
    let many: String = (0..notice::MOST_OTHERS + 3)
        .map(|nth| {
            format!(
                "INSERT INTO notices (id, member_id, seq, kind, category, made_at, unread) \
                 VALUES ({nth}, {me}, {}, 22, 2, {now}, FALSE);",
                nth - 1_000,
                now = app.clock.now().timestamp_millis(),
            )
        })
        .collect();
    app.db_sql(&many).await;
    let changed = ben
        .query(
            "mutation { changeEmail(input: {email: \"new@example.org\"}) { userErrors { code } } }",
        )
        .await;
    assert!(changed.user_errors().is_empty(), "{}", changed.text);
    linking::follow_changes(&app).await;
    let kept = number(&app, "SELECT count(*) FROM notices WHERE category = 2").await;
    assert_eq!(kept, notice::MOST_OTHERS);
    assert_eq!(kinds(&ben).await[0], "EMAIL_CHANGED -");
}

async fn what_is_announced_is_told_to_all_once(app: TestApp) {
    let [(ana, _), (ben, _)] = people(&app, ["Ana", "Ben"]).await;
    let mut listening = Listening::to(&ben, RECEIVED, json!({})).await;
    listening.silent().await;
    let plans: Vec<Plan> = (0..150)
        .map(|nth| Plan::adult(&format!("Cleo{nth}"), Audience::Members))
        .collect();
    let crowd = app.db_world(&plans, &[], &[]).await;
    assert_eq!(app.db_announce("The policy\nhas changed.").await, 152);
    assert_eq!(heard(&listening.next().await), "ANNOUNCEMENT -");
    let announced =
        "{ me { notices(first: 9) { edges { node { kind category read announcement } } } } }";
    for client in [&ana, &ben, &app.db_client(&crowd[149]).await] {
        let told = client.query(announced).await.at("/me/notices/edges");
        assert_eq!(
            told,
            json!([{"node": {"kind": "ANNOUNCEMENT", "category": "SERVICE", "read": false, "announcement": "The policy\nhas changed."}}])
        );
    }
    // Nobody is told twice, whoever goes on with it; and what was broken off goes on where it was.
    jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_count("notices").await, 152);
    let half = "SELECT CAST(count(*) AS TEXT) AS t FROM members WHERE id > ";
    let middle = crowd[70].id.key();
    app.db_sql(&format!("UPDATE announcements SET told_up_to = {middle}"))
        .await;
    app.db_sql("DELETE FROM notices").await;
    jobs::forget(&app.services).await.unwrap();
    let rest = app.db_texts(&format!("{half}{middle}")).await;
    assert_eq!(app.db_count("notices").await.to_string(), rest[0]);
    // Who comes in later is not told of what was so before.
    app.clock.advance(TimeDelta::minutes(1));
    let later = app.visitor_at(9);
    later.sign_up("Zoe", "1990-01-01").await;
    jobs::forget(&app.services).await.unwrap();
    assert_eq!(kinds(&later).await, Vec::<String>::new());
}

async fn notices_end(app: TestApp) {
    let [(ana, _), (ben, ben_id)] = people(&app, ["Ana", "Ben"]).await;
    act(&ana, "askPenpal", &ben_id).await;
    app.clock.advance(notice::LASTS - TimeDelta::days(1));
    ben.sign_in("ben@example.org", PASSWORD).await;
    mark(&ben, json!({ "notices": [] })).await;
    assert!(kinds(&ben).await.contains(&"PENPAL_REQUEST Ana".to_owned()));
    app.clock.advance(TimeDelta::days(1));
    // To the moment, whenever the job comes.
    assert!(!kinds(&ben).await.contains(&"PENPAL_REQUEST Ana".to_owned()));
    let expired = "SELECT count(*) FROM notices WHERE kind = 1";
    assert_eq!(number(&app, expired).await, 1);
    jobs::forget(&app.services).await.unwrap();
    assert_eq!(number(&app, expired).await, 0);
}

const RECEIVED: &str = "subscription($after: String) { noticeReceived(after: $after) { cursor notice { kind member { displayName } } } }";

fn heard(event: &Value) -> String {
    let notice = &event["data"]["noticeReceived"]["notice"];
    let name = notice["member"]["displayName"].as_str().unwrap_or("-");
    format!("{} {name}", notice["kind"].as_str().unwrap_or("nothing"))
}

async fn a_notice_comes_as_it_happens(app: TestApp) {
    let [(ana, _), (ben, ben_id), (cleo, _)] = people(&app, ["Ana", "Ben", "Cleo"]).await;
    let mut listening = Listening::to(&ben, RECEIVED, json!({})).await;
    listening.silent().await;
    act(&ana, "askPenpal", &ben_id).await;
    let first = listening.next().await;
    assert_eq!(heard(&first), "PENPAL_REQUEST Ana");
    drop(listening);
    act(&cleo, "askPenpal", &ben_id).await;
    act(&ana, "withdrawPenpal", &ben_id).await;
    act(&ana, "askPenpal", &ben_id).await;
    // What came meanwhile comes first, and what was taken back does not.
    let cursor = first["data"]["noticeReceived"]["cursor"].clone();
    let mut listening = Listening::to(&ben, RECEIVED, json!({ "after": cursor })).await;
    assert_eq!(heard(&listening.next().await), "PENPAL_REQUEST Cleo");
    assert_eq!(heard(&listening.next().await), "PENPAL_REQUEST Ana");
    listening.silent().await;
    // Nobody else's cursor opens it.
    let mut theirs = Listening::to(&ana, RECEIVED, json!({ "after": cursor })).await;
    let refused = theirs.next().await;
    assert!(refused["errors"][0]["message"].is_string(), "{refused}");
}

async fn a_notice_of_who_is_blocked_meanwhile_does_not_come(app: TestApp) {
    let [(ana, ana_id), (ben, ben_id), (cleo, _)] = people(&app, ["Ana", "Ben", "Cleo"]).await;
    ana.befriend(&ben).await;
    let mut listening = Listening::to(&ben, RECEIVED, json!({})).await;
    listening.silent().await;
    let cursor = ben
        .query("{ me { notices(first: 1) { edges { node { id } } } } }")
        .await
        .at("/me/notices/edges");
    assert_eq!(cursor, json!([]));
    post(&ana, Some(&ben_id), "a kite", "PENPALS").await;
    let first = listening.next().await;
    let after = first["data"]["noticeReceived"]["cursor"].clone();
    post(&ana, Some(&ben_id), "another", "PENPALS").await;
    ben.block(&ana_id).await;
    act(&cleo, "askPenpal", &ben_id).await;
    let mut later = Listening::to(&ben, RECEIVED, json!({ "after": after })).await;
    assert_eq!(heard(&later.next().await), "PENPAL_REQUEST Cleo");
    later.silent().await;
}

async fn a_notice_from_another_server_comes(app: TestApp) {
    if app.backend == crate::support::backend::Backend::Sqlite {
        return;
    }
    let [_, (ben, ben_id)] = people(&app, ["Ana", "Ben"]).await;
    let _hearing = jobs::hear(app.services.clone());
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let mut listening = Listening::to(&ben, RECEIVED, json!({})).await;
    listening.silent().await;
    let other = app.limited().await;
    let ana_there = other.visitor_at(9);
    ana_there.sign_in("ana@example.org", PASSWORD).await;
    act(&ana_there, "askPenpal", &ben_id).await;
    assert_eq!(heard(&listening.next().await), "PENPAL_REQUEST Ana");
}

async fn a_visitor_is_told_nothing(app: TestApp) {
    let visitor = app.visitor();
    assert_eq!(
        visitor
            .query("{ me { unreadNoticeCount } }")
            .await
            .at("/me"),
        Value::Null
    );
    let marked = visitor
        .query("mutation { markNoticesRead(input: {notices: []}) { unreadNoticeCount } }")
        .await;
    assert_eq!(marked.codes(), ["UNAUTHENTICATED"]);
    let mut listening = Listening::to(&visitor, RECEIVED, json!({})).await;
    let refused = listening.next().await;
    assert_eq!(
        refused["errors"][0]["extensions"]["code"],
        "UNAUTHENTICATED"
    );
}
