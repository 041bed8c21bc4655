//! Why somebody sees one's own field, or does not.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::reflections::scene;
use crate::support::{
    app::TestApp,
    backend::Backends,
    client::{Client, Reply},
    penpals::{add, list, set_well},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        the_rule_and_the_facts_on_which_it_rests_are_told,
        a_former_penpal_stays_excepted_and_is_told_to_be,
        who_blocked_me_is_nobody_like_an_id_that_never_was,
        who_is_frozen_or_in_doubt_is_nobody_and_who_thaws_is_somebody,
        across_the_age_line_there_is_nobody_to_ask_about,
        what_does_not_go_together_is_said,
        another_members_lists_and_fields_are_not_told,
    )
}

const WHY: &str = "query($field: GovernedField!, $onlooker: Onlooker!, $id: ID, $handle: String) {
    me { why(field: $field, onlooker: $onlooker, id: $id, handle: $handle) {
        field onlooker sees rule facts { about inWords } } } }";

async fn ask(client: &Client, field: &str, onlooker: &str, more: Value) -> Reply {
    let mut variables = json!({ "field": field, "onlooker": onlooker });
    for (name, value) in more.as_object().unwrap() {
        variables[name] = value.clone();
    }
    client.ask(WHY, variables).await
}

async fn why(client: &Client, field: &str, onlooker: &str, more: Value) -> Value {
    ask(client, field, onlooker, more).await.at("/me/why")
}

/// Whether they see it, by which rule, and what it rests on, in words.
fn told(why: &Value) -> (bool, &str, Vec<&str>) {
    let facts = why["facts"].as_array().unwrap().iter();
    (
        why["sees"].as_bool().unwrap(),
        why["rule"].as_str().unwrap(),
        facts.map(|it| it["inWords"].as_str().unwrap()).collect(),
    )
}

const INCLUDES: &str = "the field's audience includes the viewer";
const EXCEPTED: &str = "the owner has excepted the viewer from the field's audience";
const NO_RULE: &str = "no rule allows it";
const ACROSS: &str = "adults and teens who are not penpals do not exist for each other";
const PENPAL: &str = "They are your penpal.";
const NO_PENPAL: &str = "They are no penpal of yours.";

async fn the_rule_and_the_facts_on_which_it_rests_are_told(app: TestApp) {
    let ([ana, ben, ..], ids, near) = scene(&app).await;
    let far = list(&ana, "Far", &[&ids[1]]).await;
    set_well(
        &ana,
        json!([{"field": "CITY", "audience": "LISTS", "lists": [near, far]}]),
    )
    .await;
    let by_id = |nth: usize| json!({ "id": ids[nth] });
    for (field, onlooker, more, expected) in [
        (
            "CITY",
            "MEMBER",
            json!({"handle": ben.handle().await}),
            (
                true,
                INCLUDES,
                vec![
                    PENPAL,
                    "You show it to lists of your penpals.",
                    "They stand on “Far” and “Near”, to which you show it.",
                ],
            ),
        ),
        (
            "CITY",
            "ON_LIST",
            json!({ "id": near }),
            (
                true,
                INCLUDES,
                vec![
                    PENPAL,
                    "You show it to lists of your penpals.",
                    "They stand on “Near”, to which you show it.",
                ],
            ),
        ),
        (
            "CITY",
            "PENPAL",
            by_id(2),
            (
                false,
                NO_RULE,
                vec![
                    "You show it to lists of your penpals.",
                    "They stand on no list to which you show it.",
                ],
            ),
        ),
        (
            "GENDER",
            "MEMBER",
            by_id(1),
            (
                false,
                EXCEPTED,
                vec!["They stand on “Near”, which you have excepted."],
            ),
        ),
        (
            "GENDER",
            "PENPAL",
            json!({}),
            (true, INCLUDES, vec![PENPAL, "You show it to your penpals."]),
        ),
        (
            "GENDER",
            "MEMBER",
            by_id(3),
            (
                false,
                NO_RULE,
                vec![NO_PENPAL, "You show it to your penpals."],
            ),
        ),
        (
            "EMAIL",
            "ADULT",
            json!({}),
            (false, NO_RULE, vec!["You show it to nobody."]),
        ),
        (
            "CITY",
            "TEEN",
            json!({}),
            (
                false,
                ACROSS,
                vec!["One of you is an adult and the other a teen.", NO_PENPAL],
            ),
        ),
        (
            "COUNTRY",
            "VISITOR",
            json!({}),
            (true, INCLUDES, vec!["You show it to the public."]),
        ),
        (
            "EMAIL",
            "VISITOR",
            json!({}),
            (false, NO_RULE, vec!["You show it to nobody."]),
        ),
    ] {
        let why = why(&ana, field, onlooker, more.clone()).await;
        assert_eq!(told(&why), expected, "{field} {onlooker} {more}");
        assert_eq!(
            (&why["field"], &why["onlooker"]),
            (&json!(field), &json!(onlooker))
        );
    }
    assert_eq!(
        app.visitor()
            .query("{ me { why(field: CITY, onlooker: VISITOR) { rule } } }")
            .await
            .at("/me"),
        Value::Null
    );
}

async fn a_former_penpal_stays_excepted_and_is_told_to_be(app: TestApp) {
    let ([ana, ben, ..], ids, near) = scene(&app).await;
    set_well(
        &ana,
        json!([{"field": "CITY", "audience": "MEMBERS", "except": [near]}]),
    )
    .await;
    ana.act("endPenpal", &ids[1]).await;
    let why = why(&ana, "CITY", "MEMBER", json!({ "id": ids[1] })).await;
    assert_eq!(
        told(&why),
        (
            false,
            EXCEPTED,
            vec!["They stand on “Near”, which you have excepted."]
        )
    );
    let city = "query($id: ID!) { member(id: $id) { profile { city } } }";
    let given = ben.ask(city, json!({ "id": ids[0] })).await;
    assert_eq!(given.at("/member/profile/city"), Value::Null);
    let seen = "query($id: ID!) { me { viewAs(onlooker: MEMBER, id: $id) { profile { city } } } }";
    let seen = ana.ask(seen, json!({ "id": ids[1] })).await;
    assert_eq!(seen.at("/me/viewAs/profile/city"), Value::Null);
}

/// The answer and the statements that it took.
async fn recorded(app: &TestApp, client: &Client, more: Value) -> (String, Vec<String>) {
    let mut all = String::new();
    app.recorder.clear();
    for onlooker in ["MEMBER", "PENPAL"] {
        if onlooker == "PENPAL" && more.get("handle").is_some() {
            continue;
        }
        let reply = ask(client, "GENDER", onlooker, more.clone()).await;
        assert_eq!(reply.at("/me"), json!({ "why": null }), "{}", reply.text);
        all.push_str(&reply.text);
    }
    let texts = app.recorder.statements();
    let texts = texts
        .iter()
        .map(|text| text.split(" -- binds: ").next().unwrap().to_owned());
    (all, texts.collect())
}

async fn who_blocked_me_is_nobody_like_an_id_that_never_was(app: TestApp) {
    let ([ana, ben, _, dora], ids, _) = scene(&app).await;
    // An id that never was: of the right form, and nobody's.
    let never = json!({ "id": letterlock::domain::id::MemberId::from_key(4_611).global() });
    let nobody = recorded(&app, &ana, never).await;
    let nobody_by_handle = recorded(&app, &ana, json!({"handle": "quiet-heron-7k2mpq"})).await;
    for (client, nth) in [(&ben, 1), (&dora, 3)] {
        let handle = client.handle().await;
        // Before, there is an answer.
        assert_ne!(
            why(&ana, "GENDER", "MEMBER", json!({ "id": ids[nth] })).await,
            Value::Null
        );
        client.block(&ids[0]).await;
        // A former penpal who stands on a list, and a stranger: the same bytes, the same statements.
        assert_eq!(
            recorded(&app, &ana, json!({ "id": ids[nth] })).await,
            nobody
        );
        assert_eq!(
            recorded(&app, &ana, json!({ "handle": handle })).await,
            nobody_by_handle
        );
    }
    // And what is told of kinds has not changed by it.
    assert_ne!(why(&ana, "GENDER", "ADULT", json!({})).await, Value::Null);
}

async fn who_is_frozen_or_in_doubt_is_nobody_and_who_thaws_is_somebody(app: TestApp) {
    let ([ana, ..], ids, _) = scene(&app).await;
    let before = why(&ana, "GENDER", "MEMBER", json!({ "id": ids[2] })).await;
    assert!(told(&before).0);
    let key = letterlock::domain::id::MemberId::from_global(&ids[2])
        .unwrap()
        .key();
    for (standing, expected) in [(1, Value::Null), (2, Value::Null), (0, before)] {
        app.db_sql(&format!(
            "UPDATE standings SET standing = {standing} WHERE member_id = {key}"
        ))
        .await;
        let after = why(&ana, "GENDER", "MEMBER", json!({ "id": ids[2] })).await;
        assert_eq!(after, expected, "{standing}");
    }
}

async fn across_the_age_line_there_is_nobody_to_ask_about(app: TestApp) {
    let [ana, tom] = [app.visitor_at(1), app.visitor_at(2)];
    ana.sign_up("Ana", "1990-05-06").await;
    let tom_id = tom.sign_up("Tom", "2010-05-06").await;
    let asked = why(&ana, "COUNTRY", "MEMBER", json!({ "id": tom_id })).await;
    assert_eq!(asked, Value::Null);
    // A teen shows nothing to visitors, and is told that it is for being one.
    let asked = why(&tom, "COUNTRY", "VISITOR", json!({})).await;
    let (sees, rule, facts) = told(&asked);
    assert!(!sees && rule.starts_with("for a visitor, only an adult"));
    assert_eq!(facts, ["They have not signed in.", "You are no adult."]);
}

async fn what_does_not_go_together_is_said(app: TestApp) {
    let ([ana, ..], ids, near) = scene(&app).await;
    for (onlooker, more) in [
        ("MEMBER", json!({})),
        ("ON_LIST", json!({})),
        ("ADULT", json!({ "id": ids[1] })),
        ("PENPAL", json!({"handle": "quiet-heron-7k2mpq"})),
        (
            "MEMBER",
            json!({"id": ids[1], "handle": "quiet-heron-7k2mpq"}),
        ),
    ] {
        let reply = ask(&ana, "CITY", onlooker, more.clone()).await;
        assert_eq!(reply.codes(), ["BAD_USER_INPUT"], "{onlooker} {more}");
    }
    for (onlooker, more) in [
        ("MEMBER", json!({ "id": ids[0] })),
        ("MEMBER", json!({ "id": near })),
        ("MEMBER", json!({"id": "nothing"})),
        ("MEMBER", json!({"handle": "no handle"})),
        ("PENPAL", json!({ "id": ids[3] })),
        ("ON_LIST", json!({ "id": ids[1] })),
    ] {
        let reply = ask(&ana, "CITY", onlooker, more.clone()).await;
        assert_eq!(reply.at("/me/why"), Value::Null, "{onlooker} {more}");
    }
}

async fn another_members_lists_and_fields_are_not_told(app: TestApp) {
    let ([ana, ben, _, dora], ids, near) = scene(&app).await;
    // Ben puts Ana on a list that he excepts from everything: nothing of it is Ana's to know.
    let before = ask(&ana, "CITY", "MEMBER", json!({ "id": ids[1] })).await;
    let secret = list(&ben, "Tiresome", &[&ids[0]]).await;
    set_well(
        &ben,
        json!([{"field": "CITY", "audience": "PENPALS", "except": [secret]},
               {"field": "AGE", "audience": "ONLY_ME"}]),
    )
    .await;
    let after = ask(&ana, "CITY", "MEMBER", json!({ "id": ids[1] })).await;
    assert_eq!(before.text, after.text);
    // And a list of Ana's is no list of Dora's.
    let reply = ask(&dora, "CITY", "ON_LIST", json!({ "id": near })).await;
    assert_eq!(reply.at("/me/why"), Value::Null);
    assert_eq!(add(&dora, &near, &[]).await, ["NOT_FOUND"]);
}
