//! Blocking: silent, symmetric, everywhere.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, Reply},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        neither_exists_for_the_other_by_any_way_of_reading,
        the_blocked_cannot_tell_it_from_a_member_that_never_was,
        a_block_ends_the_bond_and_unblocking_does_not_restore_it,
        a_block_ends_requests_in_both_directions,
        a_third_party_sees_each_but_neither_sees_the_other_in_their_list,
        when_both_block_each_must_unblock,
        the_block_list_looks_the_same_whatever_became_of_the_blocked,
        somebody_is_blocked_by_handle_without_a_word_on_whether_they_exist,
        nobody_blocks_themselves,
        blocking_twice_is_blocking_once,
        only_the_blocker_unblocks,
    )
}

const NONE: [&str; 0] = [];

async fn pair(app: &TestApp) -> ((Client, String), (Client, String)) {
    let (ana, ben) = (app.visitor(), app.visitor());
    let ids = (
        ana.sign_up("Ana", "1990-01-01").await,
        ben.sign_up("Ben", "1991-01-01").await,
    );
    ((ana, ids.0), (ben, ids.1))
}

async fn block_handle(client: &Client, handle: &str) -> Reply {
    client
        .ask(
            "mutation($handle: String!) { block(input: {handle: $handle}) {
                block { id handle blockedAt } userErrors { field code message } } }",
            json!({ "handle": handle }),
        )
        .await
}

async fn unblock(client: &Client, block: &Value) -> Reply {
    client
        .ask("mutation($id: ID!) { unblock(input: {block: $id}) { unblocked userErrors { field code message } } }",
            json!({ "id": block }))
        .await
}

async fn block_list(client: &Client) -> Vec<Value> {
    let reply = client
        .query("{ me { blocks(first: 100) { edges { node { id handle blockedAt } } } } }")
        .await;
    let edges = reply.at("/me/blocks/edges");
    edges
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["node"].clone())
        .collect()
}

const EVERY_WAY: &str =
    "query($id: ID!, $handle: String!) { member(id: $id) { displayName bond } node(id: $id) { id }
    nodes(ids: [$id]) { id } memberByHandle(handle: $handle) { id }
    members(first: 100) { edges { node { id } } }
    me { member { penpals(first: 100) { edges { node { id } } totalCount } }
        requestsReceived(first: 100) { edges { node { member { id } } } }
        requestsSent(first: 100) { edges { node { member { id } } } } } }";

async fn every_way(viewer: &Client, id: &str, handle: &str) -> Reply {
    viewer
        .ask(EVERY_WAY, json!({ "id": id, "handle": handle }))
        .await
}

async fn neither_exists_for_the_other_by_any_way_of_reading(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    let handles = (ana.handle().await, ben.handle().await);
    for client in [&ana, &ben] {
        client.set_audience("CITY", "PUBLIC").await;
    }
    let reply = ana.block(&ben_id).await;
    assert_eq!(reply.user_errors(), NONE);
    assert_eq!(reply.at("/block/block/handle"), handles.1.as_str());
    for (viewer, id, handle) in [(&ana, &ben_id, &handles.1), (&ben, &ana_id, &handles.0)] {
        let reply = every_way(viewer, id, handle).await;
        assert_eq!(reply.codes(), NONE);
        assert!(!reply.text.contains(id.as_str()), "{}", reply.text);
        for pointer in ["/member", "/node", "/nodes/0", "/memberByHandle"] {
            assert_eq!(reply.at(pointer), json!(null), "{pointer}");
        }
        for act in [
            "askPenpal",
            "acceptPenpal",
            "declinePenpal",
            "withdrawPenpal",
            "endPenpal",
        ] {
            assert_eq!(
                viewer.act(act, id).await.user_errors(),
                ["NOT_FOUND"],
                "{act}"
            );
        }
    }
    // A visitor is neither of them.
    let seen = app
        .visitor()
        .ask(
            "query($id: ID!) { member(id: $id) { id } }",
            json!({"id": ben_id}),
        )
        .await;
    assert_eq!(seen.at("/member/id"), ben_id.as_str());
}

async fn the_blocked_cannot_tell_it_from_a_member_that_never_was(app: TestApp) {
    let ((ana, ana_id), (ben, _)) = pair(&app).await;
    let nobody = letterlock::domain::id::MemberId::from_key(4711).global();
    let handle = ana.handle().await;
    let no_handle = format!(
        "quiet-heron-{}",
        "0".repeat(handle.rsplit('-').next().unwrap().len())
    );
    let blocked_him = ana
        .ask(
            "mutation($id: ID!) { block(input: {member: $id}) { userErrors { code } } }",
            json!({ "id": ben.whoami().await }),
        )
        .await;
    assert_eq!(blocked_him.user_errors(), NONE);
    let (hidden, never) = (
        every_way(&ben, &ana_id, &handle).await,
        every_way(&ben, &nobody, &no_handle).await,
    );
    assert_eq!(hidden.text, never.text);
    assert_eq!(hidden.status, never.status);
    for act in [
        "askPenpal",
        "acceptPenpal",
        "declinePenpal",
        "withdrawPenpal",
        "endPenpal",
    ] {
        assert_eq!(
            ben.act(act, &ana_id).await.text,
            ben.act(act, &nobody).await.text,
            "{act}"
        );
    }
    assert_eq!(ben.block(&ana_id).await.text, ben.block(&nobody).await.text);
    // As many statements, too: the work does not tell.
    for query in [
        "query($id: ID!) { member(id: $id) { displayName } }",
        "query($handle: String!) { memberByHandle(handle: $handle) { displayName } }",
    ] {
        let mut counts = Vec::new();
        for (id, handle) in [(&ana_id, &handle), (&nobody, &no_handle)] {
            app.recorder.clear();
            ben.ask(query, json!({ "id": id, "handle": handle })).await;
            counts.push(app.recorder.statements().len());
        }
        assert_eq!(counts[0], counts[1], "{query}");
    }
}

async fn a_block_ends_the_bond_and_unblocking_does_not_restore_it(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    ana.befriend(&ben).await;
    let block = ana.block(&ben_id).await.at("/block/block/id");
    assert_eq!(app.db_count("bonds").await, 0);
    let reply = unblock(&ana, &block).await;
    assert_eq!(reply.at("/unblock/unblocked"), block);
    assert_eq!(block_list(&ana).await, Vec::<Value>::new());
    for (viewer, other) in [(&ana, &ben_id), (&ben, &ana_id)] {
        let reply = viewer
            .ask(
                "query($id: ID!) { member(id: $id) { bond } }",
                json!({ "id": other }),
            )
            .await;
        assert_eq!(reply.at("/member/bond"), "NONE");
    }
    ana.befriend(&ben).await;
}

async fn a_block_ends_requests_in_both_directions(app: TestApp) {
    for (round, blocker) in [(0, "asker"), (1, "asked")] {
        let (asker, asked) = (app.visitor_at(round), app.visitor_at(round));
        let asker_id = asker.sign_up(&format!("Asker{round}"), "1990-01-01").await;
        let asked_id = asked.sign_up(&format!("Asked{round}"), "1990-01-01").await;
        asker.act("askPenpal", &asked_id).await;
        let (from, other) = if blocker == "asker" {
            (&asker, &asked_id)
        } else {
            (&asked, &asker_id)
        };
        let block = from.block(other).await.at("/block/block/id");
        for client in [&asker, &asked] {
            let reply = client
                .query("{ me { requestsReceived(first: 9) { edges { cursor } } requestsSent(first: 9) { edges { cursor } } } }")
                .await;
            assert_eq!(
                reply.at("/me/requestsReceived/edges"),
                json!([]),
                "{blocker}"
            );
            assert_eq!(reply.at("/me/requestsSent/edges"), json!([]), "{blocker}");
        }
        unblock(from, &block).await;
        let reply = asked.act("acceptPenpal", &asker_id).await;
        assert_eq!(
            reply.user_errors(),
            ["NOT_POSSIBLE"],
            "{blocker}: the request came back"
        );
    }
}

async fn a_third_party_sees_each_but_neither_sees_the_other_in_their_list(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    let cleo = app.visitor();
    let cleo_id = cleo.sign_up("Cleo", "1990-01-01").await;
    for friend in [&ana, &ben] {
        friend.befriend(&cleo).await;
        friend.set_audience("PENPALS", "MEMBERS").await;
    }
    cleo.set_audience("PENPALS", "MEMBERS").await;
    let list = |client: Client| {
        let cleo_id = cleo_id.clone();
        async move {
            client
                .ask("query($id: ID!) { member(id: $id) { penpals(first: 9) { totalCount edges { node { id } } } } }",
                    json!({ "id": cleo_id }))
                .await
                .at("/member/penpals")
        }
    };
    assert_eq!(list(ana.clone()).await["totalCount"], 2);
    ana.block(&ben_id).await;
    for (client, hidden, shown) in [(&ana, &ben_id, &ana_id), (&ben, &ana_id, &ben_id)] {
        let list = list(client.clone()).await;
        assert_eq!(list["totalCount"], 1);
        let text = list.to_string();
        assert!(
            !text.contains(hidden.as_str()) && text.contains(shown.as_str()),
            "{text}"
        );
    }
    assert_eq!(list(cleo.clone()).await["totalCount"], 2);
}

async fn when_both_block_each_must_unblock(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    let ana_handle = ana.handle().await;
    let hers = ana.block(&ben_id).await.at("/block/block/id");
    let his = block_handle(&ben, &ana_handle).await.at("/block/block/id");
    unblock(&ana, &hers).await;
    let seen = |client: Client, id: String| async move {
        client
            .ask(
                "query($id: ID!) { member(id: $id) { id } }",
                json!({ "id": id }),
            )
            .await
            .at("/member")
    };
    assert_eq!(seen(ana.clone(), ben_id.clone()).await, json!(null));
    assert_eq!(seen(ben.clone(), ana_id.clone()).await, json!(null));
    unblock(&ben, &his).await;
    assert_ne!(seen(ana, ben_id).await, json!(null));
    assert_ne!(seen(ben, ana_id).await, json!(null));
}

async fn the_block_list_looks_the_same_whatever_became_of_the_blocked(app: TestApp) {
    let ana = app.visitor();
    let ana_id = ana.sign_up("Ana", "1990-01-01").await;
    let mut others = Vec::new();
    for name in ["Here", "Frozen", "Gone", "Back"] {
        let other = app.visitor();
        let id = other.sign_up(name, "1990-01-01").await;
        app.clock.advance(chrono::TimeDelta::seconds(1));
        assert_eq!(ana.block(&id).await.user_errors(), NONE);
        others.push(other);
    }
    block_handle(&others[3], &ana.handle().await).await;
    let before = block_list(&ana).await;
    assert_eq!(before.len(), 4);
    let freeze = r#"mutation { correctBirthDate(input: {birthDate: "2020-01-01"}) { userErrors { code } } }"#;
    assert_eq!(others[2].query(freeze).await.user_errors(), NONE);
    assert_eq!(block_list(&ana).await, before);
    app.clock.advance(chrono::TimeDelta::hours(25));
    assert_eq!(others[1].query(freeze).await.user_errors(), NONE);
    letterlock::jobs::forget(&app.services).await.unwrap();
    assert_eq!(app.db_count("members").await, 4);
    assert_eq!(block_list(&ana).await, before);
    // Nor does an entry lead anywhere.
    for entry in &before {
        let reply = ana.ask("query($id: ID!, $handle: String!) { node(id: $id) { id } memberByHandle(handle: $handle) { id } }",
            json!({ "id": entry["id"], "handle": entry["handle"] })).await;
        assert_eq!(reply.at("/node"), json!(null));
        assert_eq!(reply.at("/memberByHandle"), json!(null));
        assert!(!entry.to_string().contains(&ana_id));
    }
    // Each comes off the list the same way.
    let texts: Vec<String> = {
        let mut texts = Vec::new();
        for entry in &before {
            let reply = unblock(&ana, &entry["id"]).await;
            texts.push(reply.text.replace(entry["id"].as_str().unwrap(), "ID"));
        }
        texts
    };
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}

async fn somebody_is_blocked_by_handle_without_a_word_on_whether_they_exist(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    let teen = app.visitor();
    let teen_id = teen.sign_up("Tim", "2010-01-01").await;
    let (ben_handle, teen_handle) = (ben.handle().await, teen.handle().await);
    let suffix = "0".repeat(ben_handle.rsplit('-').next().unwrap().len());
    let nobody = format!("no-body-{suffix}");
    let mut texts = Vec::new();
    for handle in [&ben_handle, &teen_handle, &nobody] {
        let reply = block_handle(&ana, &handle.to_uppercase()).await;
        assert_eq!(reply.user_errors(), NONE, "{handle}");
        let id = reply.at("/block/block/id").as_str().unwrap().to_owned();
        texts.push(
            reply
                .text
                .replace(&id, "ID")
                .replace(handle.as_str(), "HANDLE"),
        );
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    assert_eq!(block_list(&ana).await.len(), 3);
    let seen = ben
        .ask(
            "query($id: ID!) { member(id: $id) { id } }",
            json!({ "id": ana_id }),
        )
        .await;
    assert_eq!(seen.at("/member"), json!(null), "the block by handle holds");
    // It holds for the teen, too, once they are of one age.
    app.db_sql("UPDATE standings SET turns_13_on = 20030101, turns_18_on = 20080101")
        .await;
    for (viewer, other) in [(&teen, &ana_id), (&ana, &teen_id), (&ana, &ben_id)] {
        let seen = viewer
            .ask(
                "query($id: ID!) { member(id: $id) { id } }",
                json!({ "id": other }),
            )
            .await;
        assert_eq!(seen.at("/member"), json!(null));
    }
    for handle in [
        "",
        "x",
        "no handle",
        "-",
        "ab-1",
        &"a".repeat(300),
        "ana@example.org",
    ] {
        assert_eq!(
            block_handle(&ana, handle).await.user_errors(),
            ["MALFORMED"],
            "{handle}"
        );
    }
    assert_eq!(block_list(&ana).await.len(), 3);
}

async fn nobody_blocks_themselves(app: TestApp) {
    let ((ana, ana_id), _) = pair(&app).await;
    let before = app.db_dump().await;
    assert_eq!(ana.block(&ana_id).await.user_errors(), ["NOT_POSSIBLE"]);
    let reply = block_handle(&ana, &ana.handle().await).await;
    assert_eq!(reply.user_errors(), ["NOT_POSSIBLE"]);
    assert_eq!(reply.at("/block/block"), json!(null));
    app.assert_nothing_stored(&before, "blocking oneself").await;
}

async fn blocking_twice_is_blocking_once(app: TestApp) {
    let ((ana, _), (ben, ben_id)) = pair(&app).await;
    let handle = ben.handle().await;
    let first = ana.block(&ben_id).await.at("/block/block/id");
    // By id he is not there any more; by handle it is the same entry.
    assert_eq!(ana.block(&ben_id).await.user_errors(), ["NOT_FOUND"]);
    app.clock.advance(chrono::TimeDelta::seconds(9));
    assert_eq!(
        block_handle(&ana, &handle).await.at("/block/block/id"),
        first
    );
    assert_eq!(app.db_count("blocks").await, 1);
    unblock(&ana, &first).await;
    let seen = ana
        .ask(
            "query($id: ID!) { member(id: $id) { id } }",
            json!({ "id": ben_id }),
        )
        .await;
    assert_eq!(seen.at("/member/id"), ben_id.as_str());
}

async fn only_the_blocker_unblocks(app: TestApp) {
    let ((ana, _), (ben, ben_id)) = pair(&app).await;
    let block = ana.block(&ben_id).await.at("/block/block/id");
    let never = json!(letterlock::domain::id::BlockId::from_key(9).global());
    let before = app.db_dump().await;
    let refused = unblock(&ben, &block).await;
    assert_eq!(refused.user_errors(), ["NOT_FOUND"]);
    assert_eq!(refused.text, unblock(&ben, &never).await.text);
    assert_eq!(
        unblock(&ana, &json!(ben_id)).await.user_errors(),
        ["NOT_FOUND"]
    );
    assert_eq!(
        unblock(&app.visitor(), &block).await.codes(),
        ["UNAUTHENTICATED"]
    );
    // Of the two ways to name somebody exactly one is to be given.
    for input in ["{}", r#"{member: "x", handle: "y"}"#, "{member: null}"] {
        let reply = ana
            .query(&format!(
                "mutation {{ block(input: {input}) {{ block {{ id }} }} }}"
            ))
            .await;
        assert!(
            reply.status == 400 && reply.json().get("data").is_none(),
            "{input}: {}",
            reply.text
        );
    }
    app.assert_nothing_stored(&before, "unblocking that failed")
        .await;
}
