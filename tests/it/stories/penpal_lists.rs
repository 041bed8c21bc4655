//! Lists of penpals, exceptions, presets, and what a shown age gives away.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::Client,
    penpals::{add, change, list, people, set},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_field_shown_to_a_list_is_seen_by_penpals_on_it_alone,
        an_exception_goes_before_every_audience,
        who_is_no_penpal_any_more_stands_on_a_list_in_vain_and_stays_excepted,
        deleting_a_list_narrows_and_never_widens,
        a_list_is_its_owners_alone,
        what_is_wrong_with_a_list_is_said_and_nothing_is_written,
        presets_set_everything_at_once,
        mutual_penpals_show_where_all_three_allow,
        a_shown_age_steps_on_the_first_of_the_next_month,
        a_teen_is_among_the_adults_from_the_first_of_the_next_month,
    )
}

const NONE: [&str; 0] = [];

/// Sets who sees the city.
async fn show(owner: &Client, audience: &str, lists: &[&str], except: &[&str]) -> Vec<String> {
    let entry = json!([{"field": "CITY", "audience": audience, "lists": lists, "except": except}]);
    set(owner, entry).await
}

async fn city(viewer: &Client, id: &str) -> Value {
    viewer
        .ask(
            "query($id: ID!) { member(id: $id) { profile { city } } }",
            json!({ "id": id }),
        )
        .await
        .at("/member")["profile"]["city"]
        .clone()
}

/// The audience of the city, the lists to which it is shown, and those excepted, by name.
async fn choice(owner: &Client) -> Value {
    let all = owner
        .query("{ me { visibility { field audience lists { name } except { name } } } }")
        .await
        .at("/me/visibility");
    let entry = |entry: &&Value| entry["field"] == "CITY";
    let entry = all.as_array().unwrap().iter().find(entry).unwrap().clone();
    let names = |of: &str| -> Vec<Value> {
        let lists = entry[of].as_array().unwrap().iter();
        lists.map(|list| list["name"].clone()).collect()
    };
    json!([entry["audience"], names("lists"), names("except")])
}

async fn a_field_shown_to_a_list_is_seen_by_penpals_on_it_alone(app: TestApp) {
    let ([ana, ben, cleo, dora], [ana_id, ben_id, cleo_id, dora_id]) = people(&app).await;
    ana.update_profile(json!({"city": "Porto"})).await;
    ana.befriend(&ben).await;
    ana.befriend(&cleo).await;
    let near = list(&ana, "Near", &[&ben_id]).await;
    // Who is no penpal cannot be put on a list, and nobody is for the sake of others.
    assert_eq!(
        add(&ana, &near, &[&cleo_id, &dora_id]).await,
        ["NOT_POSSIBLE"]
    );
    assert_eq!(show(&ana, "LISTS", &[&near], &[]).await, NONE);
    assert_eq!(choice(&ana).await, json!(["LISTS", ["Near"], []]));
    assert_eq!(city(&ana, &ana_id).await, "Porto");
    assert_eq!(city(&ben, &ana_id).await, "Porto");
    assert_eq!(city(&cleo, &ana_id).await, Value::Null);
    assert_eq!(city(&dora, &ana_id).await, Value::Null);
    // Another field is not touched by it: nothing else was shown or hidden.
    assert_eq!(add(&ana, &near, &[&cleo_id]).await, NONE);
    assert_eq!(city(&cleo, &ana_id).await, "Porto");
    assert_eq!(
        change(&ana, "removeFromList", &near, &[&ben_id]).await,
        NONE
    );
    assert_eq!(city(&ben, &ana_id).await, Value::Null);
}

async fn an_exception_goes_before_every_audience(app: TestApp) {
    let ([ana, ben, cleo, dora], [ana_id, ben_id, cleo_id, _]) = people(&app).await;
    ana.update_profile(json!({"city": "Porto"})).await;
    ana.befriend(&ben).await;
    ana.befriend(&cleo).await;
    let near = list(&ana, "Near", &[&ben_id, &cleo_id]).await;
    let nosy = list(&ana, "Nosy", &[&ben_id]).await;
    for (audience, lists, stranger) in [
        ("PENPALS", vec![], false),
        ("MEMBERS", vec![], true),
        ("PUBLIC", vec![], true),
        ("LISTS", vec![near.as_str()], false),
    ] {
        assert_eq!(show(&ana, audience, &lists, &[&nosy]).await, NONE);
        assert_eq!(city(&ben, &ana_id).await, Value::Null, "{audience}");
        assert_eq!(city(&cleo, &ana_id).await, "Porto", "{audience}");
        assert_eq!(
            city(&dora, &ana_id).await == "Porto",
            stranger,
            "{audience}"
        );
        assert_eq!(city(&ana, &ana_id).await, "Porto");
    }
    assert_eq!(choice(&ana).await, json!(["LISTS", ["Near"], ["Nosy"]]));
    // Of every audience it is said what is told of it: hidden looks like empty to the excepted.
    let told = ben
        .ask(
            "query($id: ID!) { member(id: $id) { profile { access(field: CITY) } } }",
            json!({ "id": ana_id }),
        )
        .await;
    assert_eq!(told.at("/member/profile/access"), "UNAVAILABLE");
    assert_eq!(show(&ana, "PENPALS", &[], &[]).await, NONE);
    assert_eq!(city(&ben, &ana_id).await, "Porto");
}

async fn who_is_no_penpal_any_more_stands_on_a_list_in_vain_and_stays_excepted(app: TestApp) {
    let ([ana, ben], [ana_id, ben_id]) = people(&app).await;
    ana.update_profile(json!({"city": "Porto"})).await;
    ana.befriend(&ben).await;
    let near = list(&ana, "Near", &[&ben_id]).await;
    show(&ana, "LISTS", &[&near], &[]).await;
    assert_eq!(city(&ben, &ana_id).await, "Porto");
    ben.act("endPenpal", &ana_id).await;
    assert_eq!(city(&ben, &ana_id).await, Value::Null);
    // To end the bond gets nobody out of an exception.
    show(&ana, "MEMBERS", &[], &[&near]).await;
    assert_eq!(city(&ben, &ana_id).await, Value::Null);
    // The owner sees who stands there, and takes them off.
    let on = ana
        .query("{ me { lists { memberCount members(first: 5) { edges { node { id } } } } } }")
        .await
        .at("/me/lists/0");
    assert_eq!(on["memberCount"], 1);
    assert_eq!(on["members"]["edges"][0]["node"]["id"], ben_id.as_str());
    change(&ana, "removeFromList", &near, &[&ben_id]).await;
    assert_eq!(city(&ben, &ana_id).await, "Porto");
    // Who blocks disappears from the list too.
    ana.befriend(&ben).await;
    assert_eq!(add(&ana, &near, &[&ben_id]).await, NONE);
    ben.block(&ana_id).await;
    let on = ana
        .query("{ me { lists { memberCount members(first: 5) { edges { node { id } } } } } }")
        .await
        .at("/me/lists/0");
    assert_eq!(on, json!({"memberCount": 0, "members": {"edges": []}}));
}

async fn deleting_a_list_narrows_and_never_widens(app: TestApp) {
    let ([ana, ben, cleo], [ana_id, ben_id, cleo_id]) = people(&app).await;
    ana.update_profile(json!({"city": "Porto"})).await;
    ana.befriend(&ben).await;
    ana.befriend(&cleo).await;
    let delete = async |id: &str| {
        let reply = ana
            .ask(
                "mutation($id: ID!) { deleteList(input: {list: $id}) {
                    deleted narrowed userErrors { code } } }",
                json!({ "id": id }),
            )
            .await;
        assert_eq!(reply.user_errors(), NONE);
        reply.at("/deleteList/narrowed")
    };
    // One of two lists: the other stays.
    let one = list(&ana, "One", &[&ben_id]).await;
    let two = list(&ana, "Two", &[&cleo_id]).await;
    show(&ana, "LISTS", &[&one, &two], &[]).await;
    assert_eq!(delete(&one).await, json!(["CITY"]));
    assert_eq!(choice(&ana).await, json!(["LISTS", ["Two"], []]));
    assert_eq!(
        (city(&ben, &ana_id).await, city(&cleo, &ana_id).await),
        (Value::Null, json!("Porto"))
    );
    // The last one: the owner alone.
    assert_eq!(delete(&two).await, json!(["CITY"]));
    assert_eq!(choice(&ana).await, json!(["ONLY_ME", [], []]));
    assert_eq!(city(&cleo, &ana_id).await, Value::Null);
    // An exception: to lose it would widen.
    let nosy = list(&ana, "Nosy", &[&ben_id]).await;
    show(&ana, "PUBLIC", &[], &[&nosy]).await;
    assert_eq!(city(&cleo, &ana_id).await, "Porto");
    assert_eq!(delete(&nosy).await, json!(["CITY"]));
    assert_eq!(choice(&ana).await, json!(["ONLY_ME", [], []]));
    for viewer in [&ben, &cleo] {
        assert_eq!(city(viewer, &ana_id).await, Value::Null);
    }
    // One that nothing uses.
    let idle = list(&ana, "Idle", &[]).await;
    assert_eq!(delete(&idle).await, json!([]));
    assert_eq!(app.db_count("lists").await, 0);
}

async fn a_list_is_its_owners_alone(app: TestApp) {
    let ([ana, ben], [_, ben_id]) = people(&app).await;
    ana.befriend(&ben).await;
    let near = list(&ana, "Near", &[&ben_id]).await;
    show(&ana, "LISTS", &[&near], &[]).await;
    let before = app.db_dump().await;
    let node = ben
        .ask(
            "query($id: ID!) { node(id: $id) { id } me { lists { id } } }",
            json!({ "id": near }),
        )
        .await;
    assert_eq!(node.at("/node"), Value::Null);
    assert_eq!(node.at("/me/lists"), json!([]));
    // To others it is as good as an id that never was, whatever they try.
    let never = letterlock::domain::id::ListId::from_key(77).global();
    for (document, path) in [
        (
            "mutation($l: ID!) { deleteList(input: {list: $l}) { deleted narrowed userErrors { field code message } } }",
            "",
        ),
        (
            "mutation($l: ID!) { renameList(input: {list: $l, name: \"Mine\"}) { list { id } userErrors { field code message } } }",
            "",
        ),
        (
            "mutation($l: ID!) { addToList(input: {list: $l, members: []}) { list { id } userErrors { field code message } } }",
            "",
        ),
        (
            "mutation($l: ID!) { removeFromList(input: {list: $l, members: []}) { list { id } userErrors { field code message } } }",
            "",
        ),
        (
            "mutation($l: ID!) { setVisibility(input: {entries: [{field: CITY, audience: LISTS, lists: [$l]}]}) { userErrors { field code message } } }",
            "",
        ),
        (
            "mutation($l: ID!) { setVisibility(input: {entries: [{field: CITY, audience: MEMBERS, except: [$l]}]}) { userErrors { field code message } } }",
            "",
        ),
    ] {
        let reply = ben.ask(document, json!({ "l": near })).await;
        assert_eq!(reply.user_errors(), ["NOT_FOUND"], "{document}{path}");
        let nothing = ben.ask(document, json!({ "l": never })).await;
        assert_eq!(reply.text, nothing.text, "{document}");
    }
    app.assert_nothing_stored(&before, "lists of others").await;
}

async fn what_is_wrong_with_a_list_is_said_and_nothing_is_written(app: TestApp) {
    let ([ana, ben], [ana_id, ben_id]) = people(&app).await;
    ana.befriend(&ben).await;
    let near = list(&ana, "Near", &[]).await;
    list(&ana, "Far", &[]).await;
    let before = app.db_dump().await;
    let name = |document: &'static str| {
        let ana = &ana;
        async move { ana.query(document).await.user_errors() }
    };
    assert_eq!(
        name("mutation { createList(input: {name: \" \"}) { list { id } userErrors { code } } }")
            .await,
        ["BLANK"]
    );
    assert_eq!(
        name(
            "mutation { createList(input: {name: \"nEAR\"}) { list { id } userErrors { code } } }"
        )
        .await,
        ["NAME_TAKEN"]
    );
    let renamed = ana
        .ask(
            "mutation($l: ID!) { renameList(input: {list: $l, name: \"far\"}) { list { id } userErrors { code } } }",
            json!({ "l": near }),
        )
        .await;
    assert_eq!(renamed.user_errors(), ["NAME_TAKEN"]);
    assert_eq!(add(&ana, &near, &[&ben_id, &ben_id]).await, ["REPEATED"]);
    assert_eq!(add(&ana, &near, &["nobody"]).await, ["NOT_FOUND"]);
    assert_eq!(add(&ana, &near, &[&ana_id]).await, ["NOT_POSSIBLE"]);
    assert_eq!(
        add(&ana, &near, &vec![ben_id.as_str(); 101]).await,
        ["TOO_MANY"]
    );
    assert_eq!(show(&ana, "LISTS", &[], &[]).await, ["BLANK"]);
    assert_eq!(show(&ana, "PENPALS", &[&near], &[]).await, ["NOT_POSSIBLE"]);
    assert_eq!(show(&ana, "LISTS", &[&near], &[&near]).await, ["REPEATED"]);
    assert_eq!(
        show(&ana, "LISTS", &[&near, &near], &[]).await,
        ["REPEATED"]
    );
    app.assert_nothing_stored(&before, "lists that are wrong")
        .await;
    // A visitor has none.
    let reply = app
        .visitor()
        .query("mutation { createList(input: {name: \"x\"}) { list { id } userErrors { code } } }")
        .await;
    assert_eq!(reply.codes(), ["UNAUTHENTICATED"]);
    // At fifty it is enough.
    for nth in 2..50 {
        list(&ana, &format!("List {nth}"), &[]).await;
    }
    assert_eq!(name("mutation { createList(input: {name: \"One more\"}) { list { id } userErrors { code } } }").await, ["TOO_MANY"]);
}

async fn presets_set_everything_at_once(app: TestApp) {
    let (adult, teen) = (app.visitor(), app.visitor());
    adult.sign_up("Ana", "1990-01-01").await;
    teen.sign_up("Tim", "2010-01-01").await;
    for (client, is_teen) in [(&adult, false), (&teen, true)] {
        let near = list(client, "Near", &[]).await;
        for preset in ["CAREFUL", "OPEN"] {
            assert_eq!(show(client, "MEMBERS", &[], &[&near]).await, NONE);
            let reply = client
                .query(&format!(
                    "mutation {{ applyPreset(input: {{preset: {preset}}}) {{
                        visibility {{ field audience careful open widest default lists {{ id }} except {{ id }} }}
                        userErrors {{ code }} }} }}"
                ))
                .await;
            assert_eq!(reply.user_errors(), NONE);
            let entries = reply.at("/applyPreset/visibility");
            let entries = entries.as_array().unwrap();
            assert_eq!(entries.len(), 22);
            let of = |field: &str| {
                let entry = entries
                    .iter()
                    .find(|entry| entry["field"] == field)
                    .unwrap();
                entry["audience"].as_str().unwrap().to_owned()
            };
            for entry in entries {
                let wanted = if preset == "CAREFUL" {
                    "careful"
                } else {
                    "open"
                };
                assert_eq!(entry["audience"], entry[wanted], "{entry}");
                assert_eq!(
                    (&entry["lists"], &entry["except"]),
                    (&json!([]), &json!([]))
                );
                assert!(!is_teen || entry["audience"] != "PUBLIC", "{entry}");
            }
            let found = ["CITY", "EMAIL", "PHONE", "ABOUT_ME", "COUNTRY"].map(of);
            let wanted = match (preset, is_teen) {
                ("CAREFUL", _) => ["ONLY_ME", "ONLY_ME", "ONLY_ME", "PENPALS", "MEMBERS"],
                (_, false) => ["MEMBERS", "ONLY_ME", "ONLY_ME", "PUBLIC", "PUBLIC"],
                (_, true) => ["MEMBERS", "ONLY_ME", "ONLY_ME", "MEMBERS", "MEMBERS"],
            };
            assert_eq!(found, wanted, "{preset}");
        }
    }
}

async fn mutual(viewer: &Client, id: &str) -> Vec<String> {
    let list = viewer
        .ask(
            "query($id: ID!) { member(id: $id) { mutualPenpals(first: 9) {
                totalCount edges { node { id } } } } }",
            json!({ "id": id }),
        )
        .await
        .at("/member/mutualPenpals");
    let edges = list["edges"].as_array().unwrap();
    assert_eq!(list["totalCount"], edges.len());
    let id = |edge: &Value| edge["node"]["id"].as_str().unwrap().to_owned();
    edges.iter().map(id).collect()
}

async fn mutual_penpals_show_where_all_three_allow(app: TestApp) {
    let ([ana, ben, cleo, dora], [ana_id, _, cleo_id, _]) = people(&app).await;
    // Cleo is a penpal of both; Dora is nobody's.
    for one in [&ana, &ben] {
        one.befriend(&cleo).await;
    }
    ana.befriend(&ben).await;
    // A hidden list of all penpals does not hide those in common.
    ana.set_audience("PENPALS", "ONLY_ME").await;
    assert_eq!(mutual(&ben, &ana_id).await, std::slice::from_ref(&cleo_id));
    assert_eq!(mutual(&dora, &ana_id).await, NONE);
    assert_eq!(mutual(&ana, &ana_id).await, NONE, "with oneself");
    for hides in [&ana, &cleo] {
        hides.set_audience("MUTUAL_PENPALS", "ONLY_ME").await;
        assert_eq!(mutual(&ben, &ana_id).await, NONE);
        hides.set_audience("MUTUAL_PENPALS", "PENPALS").await;
        assert_eq!(mutual(&ben, &ana_id).await, std::slice::from_ref(&cleo_id));
    }
    // And a block takes it away.
    cleo.block(&ana_id).await;
    assert_eq!(mutual(&ben, &ana_id).await, NONE);
}

async fn age(viewer: &Client, id: &str) -> Value {
    let reply = viewer
        .ask(
            "query($id: ID!) { member(id: $id) { profile { age } } }",
            json!({ "id": id }),
        )
        .await;
    reply.at("/member/profile/age")
}

/// The clock of a test begins on 15 June 2026.
async fn a_shown_age_steps_on_the_first_of_the_next_month(app: TestApp) {
    let [ana, ben] = std::array::from_fn(|_| app.visitor());
    let id = ana.sign_up("Ana", "1990-06-20").await;
    ben.sign_up("Ben", "1990-01-01").await;
    ana.set_audience("BIRTH_DATE", "ONLY_ME").await;
    assert_eq!(
        (age(&ana, &id).await, age(&ben, &id).await),
        (json!(35), json!(35))
    );
    app.clock.advance(chrono::TimeDelta::days(6));
    assert_eq!(
        (age(&ana, &id).await, age(&ben, &id).await),
        (json!(36), json!(35))
    );
    // Whoever may see the birth date is told the age to the day.
    ana.set_audience("BIRTH_DATE", "MEMBERS").await;
    assert_eq!(age(&ben, &id).await, 36);
    ana.set_audience("BIRTH_DATE", "ONLY_ME").await;
    assert_eq!(age(&ben, &id).await, 35);
    app.clock.advance(chrono::TimeDelta::days(9));
    assert_eq!(age(&ben, &id).await, 35, "30 June");
    app.clock.advance(chrono::TimeDelta::days(1));
    assert_eq!(age(&ben, &id).await, 36, "1 July");
}

async fn a_teen_is_among_the_adults_from_the_first_of_the_next_month(app: TestApp) {
    let [tim, ana] = std::array::from_fn(|_| app.visitor());
    let id = tim.sign_up("Tim", "2008-06-20").await;
    ana.sign_up("Ana", "1990-01-01").await;
    let exists = async || {
        let found = ana
            .ask(
                "query($id: ID!) { member(id: $id) { id } }",
                json!({ "id": id }),
            )
            .await;
        !found.at("/member").is_null()
    };
    for (days, there) in [(0, false), (6, false), (9, false), (1, true)] {
        app.clock.advance(chrono::TimeDelta::days(days));
        assert_eq!(exists().await, there, "{days} days later");
    }
}
