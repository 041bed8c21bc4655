//! Lists: their pages, put together, are the whole; their cursors open nothing else.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{app::TestApp, backend::Backends, client::Client, trials, world::Plan};
use letterlock::domain::audience::Audience;

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        the_pages_of_every_list_are_the_whole_list,
        a_page_is_between_one_and_a_hundred,
        a_cursor_opens_its_own_list_for_its_own_viewer_alone,
        a_cursor_tells_nothing,
        a_page_goes_on_where_the_last_one_ended_whatever_is_added,
        nodes_come_in_the_order_asked_and_a_hundred_at_most,
    )
}

/// The lists of one viewer, as the path to them and the text that asks for them.
const LISTS: [(&str, &str); 5] = [
    ("/members", "members(first: $first, after: $after) { BODY }"),
    (
        "/me/member/penpals",
        "me { member { penpals(first: $first, after: $after) { BODY } } }",
    ),
    (
        "/me/requestsReceived",
        "me { requestsReceived(first: $first, after: $after) { BODY } }",
    ),
    (
        "/me/requestsSent",
        "me { requestsSent(first: $first, after: $after) { BODY } }",
    ),
    (
        "/me/blocks",
        "me { blocks(first: $first, after: $after) { BODY } }",
    ),
];

fn document(list: &str) -> String {
    let body = "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
    format!(
        "query($first: Int!, $after: String) {{ {} }}",
        list.replace("BODY", body)
    )
}

async fn page(
    viewer: &Client,
    (path, list): (&str, &str),
    first: i64,
    after: Option<&str>,
) -> Value {
    let reply = viewer
        .ask(&document(list), json!({ "first": first, "after": after }))
        .await;
    reply.at(path)
}

fn ids(page: &Value) -> Vec<String> {
    page["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["node"]["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Somebody with 23 entries in each list, among others who see other things.
async fn busy(app: &TestApp) -> Client {
    let mut plans = vec![Plan::adult("Busy", Audience::Members)];
    plans.extend((1..100).map(|nth| Plan::adult(&format!("P{nth}"), Audience::Members)));
    let bonds: Vec<(usize, usize)> = (1..24).map(|nth| (0, nth)).collect();
    let blocks: Vec<(usize, usize)> = (70..93).map(|nth| (0, nth)).collect();
    let people = app.db_world(&plans, &bonds, &blocks).await;
    let viewer = app.db_client(&people[0]).await;
    for (nth, person) in people.iter().enumerate().take(70).skip(24) {
        if nth < 47 {
            viewer.act("askPenpal", &person.id.global()).await;
        } else {
            app.db_client(person)
                .await
                .act("askPenpal", &people[0].id.global())
                .await;
        }
        // Several at the same moment, so that places in time alone are not enough.
        if nth % 3 == 0 {
            app.clock.advance(chrono::TimeDelta::seconds(1));
        }
    }
    viewer
}

async fn the_pages_of_every_list_are_the_whole_list(app: TestApp) {
    let viewer = busy(&app).await;
    for list in LISTS {
        let whole = page(&viewer, list, 100, None).await;
        let expected = ids(&whole);
        assert_eq!(
            expected.len(),
            if list.0 == "/members" { 77 } else { 23 },
            "{}",
            list.0
        );
        assert_eq!(whole["pageInfo"]["hasNextPage"], false);
        assert_eq!(whole["pageInfo"]["hasPreviousPage"], false);
        for size in [1, 2, 7, 22, 23, 24, 76, 77, 99] {
            let mut found = Vec::new();
            let mut after: Option<String> = None;
            for turn in 0.. {
                assert!(turn <= 100, "{} never ends in pages of {size}", list.0);
                let page = page(&viewer, list, size, after.as_deref()).await;
                let (some, info) = (ids(&page), &page["pageInfo"]);
                assert_eq!(info["hasPreviousPage"], after.is_some());
                assert_eq!(info["startCursor"], page["edges"][0]["cursor"]);
                assert_eq!(
                    info["endCursor"],
                    page["edges"][some.len().max(1) - 1]["cursor"]
                );
                found.extend(some.iter().cloned());
                let more = found.len() < expected.len();
                assert_eq!(info["hasNextPage"], more, "{} in pages of {size}", list.0);
                if !more {
                    break;
                }
                assert_eq!(
                    some.len() as i64,
                    size,
                    "{}: a page is full before the last",
                    list.0
                );
                after = Some(info["endCursor"].as_str().unwrap().to_owned());
            }
            assert_eq!(found, expected, "{} in pages of {size}", list.0);
        }
        // After the last one there is an empty page.
        let last = whole["pageInfo"]["endCursor"].as_str().unwrap();
        let beyond = page(&viewer, list, 5, Some(last)).await;
        assert_eq!(beyond["edges"], json!([]));
        assert_eq!(beyond["pageInfo"]["hasNextPage"], false);
        assert_eq!(beyond["pageInfo"]["endCursor"], json!(null));
        // The same cursors come again for the same places: pages are stable.
        assert_eq!(ids(&page(&viewer, list, 100, None).await), expected);
    }
    let visitor = page(&app.visitor(), LISTS[0], 100, None).await;
    assert_eq!(ids(&visitor), Vec::<String>::new());
}

async fn a_page_is_between_one_and_a_hundred(app: TestApp) {
    let viewer = app.visitor();
    viewer.sign_up("Ana", "1990-01-01").await;
    for (path, list) in LISTS {
        for first in [
            0,
            -1,
            101,
            1_000_000_000,
            i64::from(i32::MIN),
            i64::from(i32::MAX),
        ] {
            let reply = viewer.ask(&document(list), json!({ "first": first })).await;
            assert_eq!(
                reply.codes(),
                ["BAD_USER_INPUT"],
                "{path} {first}: {}",
                reply.text
            );
            assert_eq!(reply.status, 200);
            assert_eq!(
                reply.json()["errors"][0]["message"],
                "`first` is from 1 to 100."
            );
            assert!(
                reply
                    .json()
                    .pointer(&format!("/data{path}"))
                    .is_some_and(Value::is_null),
                "{}",
                reply.text
            );
        }
        for first in [
            json!(2_147_483_648_i64),
            json!(1.5),
            json!("1"),
            json!(null),
            json!([1, 2]),
            json!(true),
        ] {
            let reply = viewer.ask(&document(list), json!({ "first": first })).await;
            let codes = reply.codes();
            let typed = |code: &String| {
                ["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"].contains(&code.as_str())
            };
            assert!(
                !codes.is_empty() && codes.iter().all(typed),
                "{}",
                reply.text
            );
        }
        for first in [1, 100] {
            viewer
                .ask(&document(list), json!({ "first": first }))
                .await
                .at(path);
        }
    }
}

async fn a_cursor_opens_its_own_list_for_its_own_viewer_alone(app: TestApp) {
    let viewer = busy(&app).await;
    let other = app.visitor();
    other.sign_up("Other", "1990-01-01").await;
    let mut cursors = Vec::new();
    for list in LISTS {
        let page = page(&viewer, list, 3, None).await;
        cursors.push(page["edges"][1]["cursor"].as_str().unwrap().to_owned());
    }
    // The penpal list of somebody else is another list, too.
    let somebody = ids(&page(&viewer, LISTS[1], 1, None).await)[0].clone();
    let theirs = "query($id: ID!, $after: String) { member(id: $id) { penpals(first: 5, after: $after) { edges { cursor } } } }";
    let reply = viewer
        .ask(theirs, json!({ "id": somebody, "after": cursors[1] }))
        .await;
    assert_eq!(
        reply.codes(),
        ["BAD_USER_INPUT"],
        "another's list: {}",
        reply.text
    );

    for (nth, (path, list)) in LISTS.into_iter().enumerate() {
        let good = &cursors[nth];
        viewer
            .ask(&document(list), json!({ "first": 5, "after": good }))
            .await
            .at(path);
        let mut flipped = good.clone().into_bytes();
        flipped[3] = if flipped[3] == b'A' { b'B' } else { b'A' };
        let mut bad: Vec<(String, String)> = vec![
            ("empty".into(), String::new()),
            ("cut".into(), good[..good.len() - 2].to_owned()),
            ("longer".into(), format!("{good}AA")),
            ("flipped".into(), String::from_utf8(flipped).unwrap()),
            ("a number".into(), "1".into()),
            ("an id".into(), somebody.clone()),
            (
                "an offset as others have it".into(),
                "YXJyYXljb25uZWN0aW9uOjA=".into(),
            ),
            (
                "a token".into(),
                app.visitor().screening_token("1990-01-01").await,
            ),
            ("long".into(), "A".repeat(5_000)),
            ("not ASCII".into(), "č\u{0}ř".into()),
        ];
        for (mth, cursor) in cursors.iter().enumerate() {
            if mth != nth {
                bad.push((format!("of {}", LISTS[mth].0), cursor.clone()));
            }
        }
        for (what, cursor) in bad {
            let reply = viewer
                .ask(&document(list), json!({ "first": 5, "after": cursor }))
                .await;
            assert_eq!(
                reply.codes(),
                ["BAD_USER_INPUT"],
                "{path}, {what}: {}",
                reply.text
            );
            assert!(
                cursor.len() < 3 || !reply.text.contains(&cursor),
                "{what} is echoed"
            );
            assert!(
                !reply.text.to_lowercase().contains("digit"),
                "internals: {}",
                reply.text
            );
        }
        let reply = other
            .ask(&document(list), json!({ "first": 5, "after": good }))
            .await;
        assert_eq!(
            reply.codes(),
            ["BAD_USER_INPUT"],
            "{path}, another viewer's"
        );
        if path == "/members" {
            let reply = app
                .visitor()
                .ask(&document(list), json!({ "first": 5, "after": good }))
                .await;
            assert_eq!(reply.codes(), ["BAD_USER_INPUT"], "a visitor's");
        }
    }
}

async fn a_cursor_tells_nothing(app: TestApp) {
    let viewer = busy(&app).await;
    let now = app.clock.now().timestamp_millis();
    for list in LISTS {
        let page = page(&viewer, list, 20, None).await;
        for edge in page["edges"].as_array().unwrap() {
            let cursor = edge["cursor"].as_str().unwrap();
            let plain = data_encoding::BASE64URL_NOPAD
                .decode(cursor.as_bytes())
                .unwrap();
            for bytes in plain.windows(8) {
                let number = i64::from_be_bytes(bytes.try_into().unwrap());
                assert!(
                    (number - now).abs() > 90 * 24 * 3_600_000,
                    "a cursor of {} tells a time",
                    list.0
                );
            }
            let id = data_encoding::BASE64URL_NOPAD
                .decode(edge["node"]["id"].as_str().unwrap().as_bytes())
                .unwrap();
            assert!(
                !plain.windows(8).any(|bytes| *bytes == id[1..]),
                "a cursor of {} tells a key",
                list.0
            );
        }
    }
}

async fn a_page_goes_on_where_the_last_one_ended_whatever_is_added(app: TestApp) {
    let viewer = app.visitor();
    viewer.sign_up("Ana", "1990-01-01").await;
    for nth in 0..6 {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        app.visitor_at(nth)
            .sign_up(&format!("Old{nth}"), "1990-01-01")
            .await;
    }
    let whole = ids(&page(&viewer, LISTS[0], 100, None).await);
    let first = page(&viewer, LISTS[0], 3, None).await;
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let newcomer = app.visitor_at(9).sign_up("New", "1990-01-01").await;
    // The one at the cursor goes away as well.
    let at = &whole[2];
    viewer.block(at).await;
    let rest = page(
        &viewer,
        LISTS[0],
        100,
        first["pageInfo"]["endCursor"].as_str(),
    )
    .await;
    // Wherever the newcomer stands in an order that tells nothing.
    let old = |page: &Value| -> Vec<String> {
        let all = ids(page).into_iter();
        all.filter(|id| *id != newcomer).collect()
    };
    assert_eq!(old(&rest), whole[3..]);
    assert!(ids(&page(&viewer, LISTS[0], 100, None).await).contains(&newcomer));
}

async fn nodes_come_in_the_order_asked_and_a_hundred_at_most(app: TestApp) {
    let plans: Vec<Plan> = (0..100)
        .map(|nth| Plan::adult(&format!("P{nth}"), Audience::Members))
        .collect();
    let people = app.db_world(&plans, &[], &[(0, 7)]).await;
    let viewer = app.db_client(&people[0]).await;
    let mut asked: Vec<String> = people
        .iter()
        .rev()
        .map(|person| person.id.global())
        .collect();
    asked[50] = "no id".to_owned();
    asked[51] = asked[49].clone();
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    app.recorder.clear();
    let reply = viewer.ask(nodes, json!({ "ids": asked })).await;
    let found = reply.at("/nodes");
    for (nth, id) in asked.iter().enumerate() {
        let hidden = nth == 50 || *id == people[7].id.global();
        let expected = if hidden {
            json!(null)
        } else {
            json!({ "__typename": "Member", "id": id })
        };
        assert_eq!(found[nth], expected, "the {nth}th");
    }
    assert!(
        app.recorder.statements().len() < 10,
        "one by one: {}",
        app.recorder.statements().len()
    );
    asked.push("one more".to_owned());
    let reply = viewer.ask(nodes, json!({ "ids": asked })).await;
    assert_eq!(reply.codes(), ["BAD_USER_INPUT"], "{}", reply.text);
    assert_eq!(reply.json()["data"], json!({ "nodes": null }));
    assert_eq!(
        viewer.ask(nodes, json!({ "ids": [] })).await.at("/nodes"),
        json!([])
    );
}
