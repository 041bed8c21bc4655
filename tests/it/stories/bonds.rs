//! Becoming penpals and parting.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        who_is_asked_can_accept,
        who_is_declined_does_not_learn_of_it,
        asking_again_after_being_declined_asks_nobody,
        who_declined_may_ask_themselves_later,
        a_request_that_is_withdrawn_is_gone_for_both,
        who_asks_somebody_that_has_asked_becomes_their_penpal,
        asking_at_the_same_time_makes_one_bond,
        either_may_end_a_bond_and_ask_anew,
        adults_and_teens_cannot_become_penpals_nor_learn_of_each_other,
        a_bond_is_kept_when_one_of_two_turns_eighteen,
        a_request_across_the_line_disappears_when_one_turns_eighteen,
        what_is_not_there_cannot_be_accepted_declined_withdrawn_or_ended,
        a_visitor_must_sign_in_first,
        one_member_is_asked_a_few_times_a_day,
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

async fn bond(viewer: &Client, other: &str) -> Value {
    viewer
        .ask(
            "query($id: ID!) { member(id: $id) { bond } }",
            json!({ "id": other }),
        )
        .await
        .at("/member")["bond"]
        .clone()
}

/// The ids in the lists of requests: received, sent.
async fn requests(client: &Client) -> (Vec<String>, Vec<String>) {
    let reply = client
        .query(
            "{ me { requestsReceived(first: 100) { edges { node { sentByMe member { id } } } }
            requestsSent(first: 100) { edges { node { sentByMe member { id } } } } } }",
        )
        .await;
    let ids = |pointer: &str, mine: bool| {
        let edges = reply.at(pointer);
        edges
            .as_array()
            .unwrap()
            .iter()
            .map(|edge| {
                assert_eq!(edge["node"]["sentByMe"], mine);
                edge["node"]["member"]["id"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    (
        ids("/me/requestsReceived/edges", false),
        ids("/me/requestsSent/edges", true),
    )
}

async fn penpals(client: &Client) -> Vec<String> {
    let reply = client
        .query("{ me { member { penpals(first: 100) { totalCount edges { node { id } } } } } }")
        .await;
    let edges = reply.at("/me/member/penpals/edges");
    let ids: Vec<String> = edges
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["node"]["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(reply.at("/me/member/penpals/totalCount"), ids.len());
    ids
}

fn nobody() -> Vec<String> {
    Vec::new()
}

async fn who_is_asked_can_accept(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    assert_eq!(bond(&ana, &ana_id).await, "MYSELF");
    assert_eq!(bond(&ana, &ben_id).await, "NONE");
    assert_eq!(
        ana.act("askPenpal", &ben_id)
            .await
            .at("/askPenpal/member/bond"),
        "ASKED_BY_ME"
    );
    assert_eq!(
        (bond(&ana, &ben_id).await, bond(&ben, &ana_id).await),
        (json!("ASKED_BY_ME"), json!("ASKED_ME"))
    );
    assert_eq!(requests(&ana).await, (nobody(), vec![ben_id.clone()]));
    assert_eq!(requests(&ben).await, (vec![ana_id.clone()], nobody()));
    // Asking twice is asking once; and one cannot accept what one asked oneself.
    assert_eq!(ana.act("askPenpal", &ben_id).await.user_errors(), NONE);
    assert_eq!(
        ana.act("acceptPenpal", &ben_id).await.user_errors(),
        ["NOT_POSSIBLE"]
    );
    assert_eq!(app.db_count("bond_requests").await, 1);
    assert_eq!(penpals(&ana).await, nobody());

    assert_eq!(
        ben.act("acceptPenpal", &ana_id)
            .await
            .at("/acceptPenpal/member/bond"),
        "PENPALS"
    );
    assert_eq!(
        (bond(&ana, &ben_id).await, bond(&ben, &ana_id).await),
        (json!("PENPALS"), json!("PENPALS"))
    );
    assert_eq!(
        (penpals(&ana).await, penpals(&ben).await),
        (vec![ben_id.clone()], vec![ana_id.clone()])
    );
    assert_eq!(requests(&ana).await, (nobody(), nobody()));
    assert_eq!(requests(&ben).await, (nobody(), nobody()));
    assert_eq!(
        ana.act("askPenpal", &ben_id).await.user_errors(),
        ["NOT_POSSIBLE"]
    );
    assert_eq!(
        app.visitor()
            .ask(
                "query($id: ID!) { member(id: $id) { bond } }",
                json!({"id": ben_id})
            )
            .await
            .at("/member"),
        json!(null)
    );
}

async fn who_is_declined_does_not_learn_of_it(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    let everything = "{ me { requestsSent(first: 10) { edges { cursor node { id askedAt member { id bond displayName } } }
        pageInfo { hasNextPage } } member { penpals(first: 1) { totalCount } } } }";
    ana.act("askPenpal", &ben_id).await;
    let before = ana.query(everything).await.text;
    assert_eq!(
        ben.act("declinePenpal", &ana_id)
            .await
            .at("/declinePenpal/member/bond"),
        "NONE"
    );
    assert_eq!(ana.query(everything).await.text, before);
    assert_eq!(bond(&ana, &ben_id).await, "ASKED_BY_ME");
    assert_eq!(requests(&ben).await, (nobody(), nobody()));
    assert_eq!(bond(&ben, &ana_id).await, "NONE");
    assert_eq!(
        ben.act("acceptPenpal", &ana_id).await.user_errors(),
        ["NOT_POSSIBLE"]
    );
}

async fn asking_again_after_being_declined_asks_nobody(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    ana.act("askPenpal", &ben_id).await;
    ben.act("declinePenpal", &ana_id).await;
    for withdraw in [false, true, true] {
        if withdraw {
            let reply = ana.act("withdrawPenpal", &ben_id).await;
            assert_eq!(reply.at("/withdrawPenpal/member/bond"), "NONE");
            assert_eq!(requests(&ana).await, (nobody(), nobody()));
        }
        let reply = ana.act("askPenpal", &ben_id).await;
        assert_eq!(
            reply.at("/askPenpal/member/bond"),
            "ASKED_BY_ME",
            "it looks as it did the first time"
        );
        assert_eq!(requests(&ana).await, (nobody(), vec![ben_id.clone()]));
        assert_eq!(
            requests(&ben).await,
            (nobody(), nobody()),
            "he is not asked a second time"
        );
        assert_eq!(bond(&ben, &ana_id).await, "NONE");
    }
}

async fn who_declined_may_ask_themselves_later(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    ana.act("askPenpal", &ben_id).await;
    ben.act("declinePenpal", &ana_id).await;
    // She still asks, as far as she knows: so his asking makes the two penpals.
    assert_eq!(
        ben.act("askPenpal", &ana_id)
            .await
            .at("/askPenpal/member/bond"),
        "PENPALS"
    );
    assert_eq!(
        (penpals(&ana).await, penpals(&ben).await),
        (vec![ben_id], vec![ana_id])
    );
    assert_eq!(requests(&ana).await, (nobody(), nobody()));
}

async fn a_request_that_is_withdrawn_is_gone_for_both(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    ana.act("askPenpal", &ben_id).await;
    assert_eq!(
        ana.act("withdrawPenpal", &ben_id)
            .await
            .at("/withdrawPenpal/member/bond"),
        "NONE"
    );
    assert_eq!(requests(&ana).await, (nobody(), nobody()));
    assert_eq!(requests(&ben).await, (nobody(), nobody()));
    assert_eq!(
        ben.act("acceptPenpal", &ana_id).await.user_errors(),
        ["NOT_POSSIBLE"]
    );
    // Nothing was declined, so asking anew asks.
    ana.act("askPenpal", &ben_id).await;
    assert_eq!(requests(&ben).await.0, vec![ana_id]);
}

async fn who_asks_somebody_that_has_asked_becomes_their_penpal(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    ana.act("askPenpal", &ben_id).await;
    assert_eq!(
        ben.act("askPenpal", &ana_id)
            .await
            .at("/askPenpal/member/bond"),
        "PENPALS"
    );
    assert_eq!(app.db_count("bonds").await, 2);
    assert_eq!(app.db_count("bond_requests").await, 0);
    // A withdrawn request is none.
    assert_eq!(ana.act("endPenpal", &ben_id).await.user_errors(), NONE);
    ana.act("askPenpal", &ben_id).await;
    ana.act("withdrawPenpal", &ben_id).await;
    assert_eq!(
        ben.act("askPenpal", &ana_id)
            .await
            .at("/askPenpal/member/bond"),
        "ASKED_BY_ME"
    );
}

async fn asking_at_the_same_time_makes_one_bond(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    for _ in 0..5 {
        let (one, other) =
            tokio::join!(ana.act("askPenpal", &ben_id), ben.act("askPenpal", &ana_id));
        assert_eq!(
            (one.user_errors().len(), other.user_errors().len()),
            (0, 0),
            "{} {}",
            one.text,
            other.text
        );
        assert_eq!(
            (bond(&ana, &ben_id).await, bond(&ben, &ana_id).await),
            (json!("PENPALS"), json!("PENPALS"))
        );
        assert_eq!(app.db_count("bonds").await, 2);
        assert_eq!(app.db_count("bond_requests").await, 0);
        ana.act("endPenpal", &ben_id).await;
    }
}

async fn either_may_end_a_bond_and_ask_anew(app: TestApp) {
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    for ender in [0, 1] {
        ana.befriend(&ben).await;
        let (one, other) = if ender == 0 {
            (&ana, &ben_id)
        } else {
            (&ben, &ana_id)
        };
        assert_eq!(
            one.act("endPenpal", other)
                .await
                .at("/endPenpal/member/bond"),
            "NONE"
        );
        assert_eq!(
            (bond(&ana, &ben_id).await, bond(&ben, &ana_id).await),
            (json!("NONE"), json!("NONE"))
        );
        assert_eq!(
            (penpals(&ana).await, penpals(&ben).await),
            (nobody(), nobody())
        );
        assert_eq!(app.db_count("bonds").await, 0);
        assert_eq!(
            one.act("endPenpal", other).await.user_errors(),
            ["NOT_POSSIBLE"]
        );
    }
}

async fn adults_and_teens_cannot_become_penpals_nor_learn_of_each_other(app: TestApp) {
    let (adult, teen) = (app.visitor(), app.visitor());
    let adult_id = adult.sign_up("Ana", "2008-05-31").await;
    // Eighteen already, and not among the adults before the first of the next month.
    let teen_id = teen.sign_up("Tim", "2008-06-01").await;
    let before = app.db_dump().await;
    let nobody = letterlock::domain::id::MemberId::from_key(77).global();
    for (viewer, other) in [(&adult, &teen_id), (&teen, &adult_id)] {
        for act in [
            "askPenpal",
            "acceptPenpal",
            "declinePenpal",
            "withdrawPenpal",
            "endPenpal",
        ] {
            let reply = viewer.act(act, other).await;
            assert_eq!(reply.user_errors(), ["NOT_FOUND"], "{act}");
            assert_eq!(
                reply.text,
                viewer.act(act, &nobody).await.text,
                "{act}: as if there were nobody"
            );
        }
        assert_eq!(bond(viewer, other).await, json!(null));
        assert_eq!(viewer.block(other).await.user_errors(), ["NOT_FOUND"]);
    }
    app.assert_nothing_stored(&before, "acts across the line")
        .await;
}

/// Two teens of whom the first is among the adults on the first of the next month.
async fn teens(app: &TestApp) -> ((Client, String), (Client, String)) {
    let (old, young) = (app.visitor(), app.visitor());
    let ids = (
        old.sign_up("Olga", "2008-06-16").await,
        young.sign_up("Yves", "2010-01-01").await,
    );
    ((old, ids.0), (young, ids.1))
}

/// In steps, since a session that lies idle for a fortnight is over.
async fn to_the_first_of_july(app: &TestApp, clients: &[&Client]) {
    for days in [8, 8] {
        app.clock.advance(chrono::TimeDelta::days(days));
        for client in clients {
            assert!(client.whoami().await.is_some());
        }
    }
}

async fn a_bond_is_kept_when_one_of_two_turns_eighteen(app: TestApp) {
    let ((old, old_id), (young, young_id)) = teens(&app).await;
    old.befriend(&young).await;
    young.set_audience("CITY", "PENPALS").await;
    young.update_profile(json!({ "city": "Lyon" })).await;
    to_the_first_of_july(&app, &[&old, &young]).await;
    assert_eq!(
        (bond(&old, &young_id).await, bond(&young, &old_id).await),
        (json!("PENPALS"), json!("PENPALS"))
    );
    assert_eq!(
        (penpals(&old).await, penpals(&young).await),
        (vec![young_id.clone()], vec![old_id.clone()])
    );
    let city = old
        .ask(
            "query($id: ID!) { member(id: $id) { profile { city } } }",
            json!({"id": young_id}),
        )
        .await;
    assert_eq!(city.at("/member/profile/city"), "Lyon");
    // Once it ends, it cannot begin anew, and the two are nobody to each other.
    let ended = young.act("endPenpal", &old_id).await;
    assert_eq!(ended.user_errors(), NONE);
    assert_eq!(ended.at("/endPenpal/member"), json!(null));
    assert_eq!(
        (bond(&old, &young_id).await, bond(&young, &old_id).await),
        (json!(null), json!(null))
    );
    assert_eq!(
        old.act("askPenpal", &young_id).await.user_errors(),
        ["NOT_FOUND"]
    );
}

async fn a_request_across_the_line_disappears_when_one_turns_eighteen(app: TestApp) {
    let ((old, old_id), (young, young_id)) = teens(&app).await;
    old.act("askPenpal", &young_id).await;
    assert_eq!(requests(&young).await, (vec![old_id.clone()], nobody()));
    let node = young
        .query("{ me { requestsReceived(first: 1) { edges { node { id } } } } }")
        .await
        .at("/me/requestsReceived/edges/0/node/id");
    to_the_first_of_july(&app, &[&old, &young]).await;
    assert_eq!(requests(&old).await, (nobody(), nobody()));
    assert_eq!(requests(&young).await, (nobody(), nobody()));
    assert_eq!(
        young.act("acceptPenpal", &old_id).await.user_errors(),
        ["NOT_FOUND"]
    );
    assert_eq!(
        old.act("withdrawPenpal", &young_id).await.user_errors(),
        ["NOT_FOUND"]
    );
    let seen = young
        .ask(
            "query($id: ID!) { node(id: $id) { id } }",
            json!({ "id": node }),
        )
        .await;
    assert_eq!(seen.at("/node"), json!(null));
    assert_eq!(app.db_count("bonds").await, 0);
}

async fn what_is_not_there_cannot_be_accepted_declined_withdrawn_or_ended(app: TestApp) {
    let ((ana, ana_id), (_, ben_id)) = pair(&app).await;
    let before = app.db_dump().await;
    for act in [
        "acceptPenpal",
        "declinePenpal",
        "withdrawPenpal",
        "endPenpal",
    ] {
        assert_eq!(
            ana.act(act, &ben_id).await.user_errors(),
            ["NOT_POSSIBLE"],
            "{act}"
        );
        assert_eq!(
            ana.act(act, &ana_id).await.user_errors(),
            ["NOT_POSSIBLE"],
            "{act} oneself"
        );
    }
    assert_eq!(
        ana.act("askPenpal", &ana_id).await.user_errors(),
        ["NOT_POSSIBLE"]
    );
    app.assert_nothing_stored(&before, "acts on nothing").await;
}

async fn a_visitor_must_sign_in_first(app: TestApp) {
    let (_, (_, ben_id)) = pair(&app).await;
    let before = app.db_dump().await;
    for act in [
        "askPenpal",
        "acceptPenpal",
        "declinePenpal",
        "withdrawPenpal",
        "endPenpal",
    ] {
        for id in [ben_id.as_str(), "x"] {
            let reply = app.visitor().act(act, id).await;
            assert_eq!(reply.codes(), ["UNAUTHENTICATED"], "{act}: {}", reply.text);
            assert_eq!(reply.json()["data"], json!({ act: null }));
        }
    }
    assert_eq!(
        app.visitor().block(&ben_id).await.codes(),
        ["UNAUTHENTICATED"]
    );
    app.assert_nothing_stored(&before, "a visitor's acts").await;
}

/// Whoever asks and withdraws again and again would push out what else the other was told of.
async fn one_member_is_asked_a_few_times_a_day(app: TestApp) {
    let app = app.limited().await;
    let ((ana, ana_id), (ben, ben_id)) = pair(&app).await;
    let nobody = letterlock::domain::id::MemberId::from_key(7).global();
    for other in [&ben_id, &nobody] {
        for _ in 0..5 {
            assert_eq!(ana.act("askPenpal", other).await.codes(), NONE);
            ana.act("withdrawPenpal", other).await;
        }
        assert_eq!(ana.act("askPenpal", other).await.codes(), ["RATE_LIMITED"]);
    }
    // Each for itself.
    assert_eq!(ben.act("askPenpal", &ana_id).await.user_errors(), NONE);
    ben.act("withdrawPenpal", &ana_id).await;
    app.clock.advance(chrono::TimeDelta::hours(5));
    ana.sign_in("ana@example.org", crate::support::client::PASSWORD)
        .await;
    assert_eq!(ana.act("askPenpal", &ben_id).await.user_errors(), NONE);
}
