//! Seeing oneself as others do.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    backend::Backends,
    client::Client,
    penpals::{list, people, set_well},
    trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        lists_and_exceptions_are_seen_with_the_eyes_of_those_on_them,
        an_age_is_shown_as_the_other_would_see_it,
        nobody_but_a_penpal_and_a_list_of_ones_own_is_an_onlooker,
        being_blocked_makes_no_difference,
        a_visitor_has_nothing_to_look_at,
        who_can_see_a_field_is_said_in_words_numbers_and_rules,
        a_list_of_penpals_is_told_within_bounds_and_nobody_on_it,
    )
}

const FIELDS: &str =
    "handle displayName profile { city gender country { code } access(field: CITY) }";

/// The viewer as somebody else sees them; nothing where there is nothing.
async fn view_as(client: &Client, onlooker: &str, id: Option<&str>) -> Value {
    let document = format!(
        "query($onlooker: Onlooker!, $id: ID) {{ me {{ viewAs(onlooker: $onlooker, id: $id) {{ {FIELDS} }} }} }}"
    );
    let variables = json!({ "onlooker": onlooker, "id": id });
    client.ask(&document, variables).await.at("/me/viewAs")
}

async fn seen(viewer: &Client, id: &str) -> Value {
    let document = format!("query($id: ID!) {{ member(id: $id) {{ {FIELDS} }} }}");
    viewer
        .ask(&document, json!({ "id": id }))
        .await
        .at("/member")
}

/// Ana, whose city Ben sees for standing on a list, and whose gender he does not, for standing on it; Cleo
/// is a penpal, and Dora is not.
pub(super) async fn scene(app: &TestApp) -> ([Client; 4], [String; 4], String) {
    let (clients, ids) = people::<4>(app).await;
    let [ana, ben, cleo, _] = &clients;
    ana.befriend(ben).await;
    ana.befriend(cleo).await;
    let told = json!({"city": "Porto", "gender": "WOMAN", "country": "PT"});
    let told = ana.update_profile(told).await;
    assert!(told.user_errors().is_empty(), "{}", told.text);
    let near = list(ana, "Near", &[&ids[1]]).await;
    set_well(
        ana,
        json!([
            {"field": "CITY", "audience": "LISTS", "lists": [near]},
            {"field": "GENDER", "audience": "PENPALS", "except": [near]},
            {"field": "COUNTRY", "audience": "PUBLIC"},
        ]),
    )
    .await;
    (clients, ids, near)
}

async fn lists_and_exceptions_are_seen_with_the_eyes_of_those_on_them(app: TestApp) {
    let ([ana, ben, cleo, dora], ids, near) = scene(&app).await;
    let real = [
        seen(&ben, &ids[0]).await,
        seen(&cleo, &ids[0]).await,
        seen(&dora, &ids[0]).await,
        seen(&app.visitor(), &ids[0]).await,
    ];
    // So that none of the equalities below is one of nothings.
    assert_eq!(real[0]["profile"]["city"], "Porto");
    assert_eq!(real[0]["profile"]["access"], "VISIBLE");
    assert_eq!(real[0]["profile"]["gender"], Value::Null);
    assert_eq!(real[1]["profile"]["city"], Value::Null);
    assert_eq!(real[1]["profile"]["gender"], "WOMAN");
    assert_eq!(real[2]["profile"]["gender"], Value::Null);
    assert_eq!(real[3]["profile"]["country"]["code"], "PT");
    for (onlooker, id, real) in [
        ("PENPAL", Some(ids[1].as_str()), &real[0]),
        ("ON_LIST", Some(near.as_str()), &real[0]),
        ("PENPAL", Some(ids[2].as_str()), &real[1]),
        ("PENPAL", None, &real[1]),
        ("ADULT", None, &real[2]),
        ("VISITOR", None, &real[3]),
        ("TEEN", None, &Value::Null),
    ] {
        assert_eq!(
            &view_as(&ana, onlooker, id).await,
            real,
            "{onlooker} {id:?}"
        );
    }
    // All at once, and beside oneself, of whom nothing is hidden.
    let document = format!(
        "query($ben: ID!) {{ me {{ member {{ {FIELDS} }} ben: viewAs(onlooker: PENPAL, id: $ben) {{ {FIELDS} }}
            visitor: viewAs(onlooker: VISITOR) {{ {FIELDS} }} }} }}"
    );
    let all = ana.ask(&document, json!({ "ben": ids[1] })).await;
    assert_eq!(all.at("/me/ben"), real[0]);
    assert_eq!(all.at("/me/visitor"), real[3]);
    assert_eq!(all.at("/me/member/profile/city"), "Porto");
    assert_eq!(all.at("/me/member/profile/gender"), "WOMAN");
    // With nothing public, no visitor knows of Ana.
    set_well(&ana, json!([{"field": "COUNTRY", "audience": "MEMBERS"}])).await;
    assert_eq!(view_as(&ana, "VISITOR", None).await, Value::Null);
}

async fn an_age_is_shown_as_the_other_would_see_it(app: TestApp) {
    let [ana, ben] = std::array::from_fn(|_| app.visitor());
    // The day before yesterday was the birthday; others learn of it on the first of July.
    let id = ana.sign_up("Ana", "1990-06-12").await;
    ben.sign_up("Ben", "1990-01-01").await;
    set_well(
        &ana,
        json!([{"field": "BIRTH_DATE", "audience": "ONLY_ME"}, {"field": "AGE", "audience": "MEMBERS"}]),
    )
    .await;
    let document = "query($id: ID!) { member(id: $id) { profile { age } } }";
    let real = ben.ask(document, json!({ "id": id })).await;
    let mine = "{ me { viewAs(onlooker: ADULT) { profile { age } } member { profile { age } } } }";
    let mine = ana.query(mine).await;
    assert_eq!(mine.at("/me/viewAs"), real.at("/member"));
    assert_eq!(mine.at("/me/viewAs/profile/age"), 35);
    assert_eq!(mine.at("/me/member/profile/age"), 36);
}

async fn nobody_but_a_penpal_and_a_list_of_ones_own_is_an_onlooker(app: TestApp) {
    let ([ana, ben, ..], ids, near) = scene(&app).await;
    for (onlooker, id) in [
        // Oneself, somebody who is no penpal, no member, no id.
        ("PENPAL", ids[0].as_str()),
        ("PENPAL", ids[3].as_str()),
        ("PENPAL", near.as_str()),
        ("PENPAL", "nobody"),
        ("ON_LIST", ids[1].as_str()),
        ("ON_LIST", "nothing"),
    ] {
        assert_eq!(
            view_as(&ana, onlooker, Some(id)).await,
            Value::Null,
            "{onlooker} {id}"
        );
    }
    // A list of somebody else's is none.
    assert_eq!(view_as(&ben, "ON_LIST", Some(&near)).await, Value::Null);
    for arguments in [
        "onlooker: ON_LIST".to_owned(),
        format!("onlooker: VISITOR, id: \"{}\"", ids[1]),
        format!("onlooker: TEEN, id: \"{}\"", ids[1]),
    ] {
        let document = format!("{{ me {{ viewAs({arguments}) {{ handle }} member {{ id }} }} }}");
        let reply = ana.query(&document).await;
        assert_eq!(reply.codes(), ["BAD_USER_INPUT"], "{arguments}");
        // The error is that field's alone.
        assert_eq!(reply.json()["data"]["me"]["member"]["id"], ids[0].as_str());
    }
}

async fn being_blocked_makes_no_difference(app: TestApp) {
    let ([ana, ben, _, dora], ids, near) = scene(&app).await;
    let before = [
        view_as(&ana, "ADULT", None).await,
        view_as(&ana, "ON_LIST", Some(&near)).await,
    ];
    for (client, name) in [(&dora, "a stranger"), (&ben, "a penpal")] {
        let blocked = client.block(&ids[0]).await;
        assert!(blocked.user_errors().is_empty(), "{name}: {}", blocked.text);
        let after = [
            view_as(&ana, "ADULT", None).await,
            view_as(&ana, "ON_LIST", Some(&near)).await,
        ];
        assert_eq!(before, after, "{name}");
    }
    // Ben is no penpal any more, as after any end of a bond.
    assert_eq!(view_as(&ana, "PENPAL", Some(&ids[1])).await, Value::Null);
}

async fn a_visitor_has_nothing_to_look_at(app: TestApp) {
    let document = "{ me { viewAs(onlooker: VISITOR) { handle } } }";
    assert_eq!(app.visitor().query(document).await.at("/me"), Value::Null);
}

async fn exposure(client: &Client, field: &str) -> Value {
    let document = format!(
        "{{ me {{ exposure(field: {field}) {{ field audience inWords count rulings {{ onlooker sees rule }} }} }} }}"
    );
    client.query(&document).await.at("/me/exposure")
}

/// Who of the four kinds sees the field, by what is told of it.
fn who_sees(exposure: &Value) -> Vec<&str> {
    let rulings = exposure["rulings"].as_array().unwrap();
    assert_eq!(rulings.len(), 4);
    let seeing = rulings.iter().filter(|ruling| ruling["sees"] == true);
    seeing
        .map(|ruling| ruling["onlooker"].as_str().unwrap())
        .collect()
}

async fn who_can_see_a_field_is_said_in_words_numbers_and_rules(app: TestApp) {
    let ([ana, ben, ..], ids, near) = scene(&app).await;
    let far = list(&ana, "Far", &[&ids[2]]).await;
    let entry = |audience: &str, lists: &[&str], except: &[&str]| json!([{ "field": "CITY", "audience": audience, "lists": lists, "except": except }]);
    for (choice, words, count, sees) in [
        (
            entry("ONLY_ME", &[], &[]),
            "Nobody but you.",
            Some(0),
            vec![],
        ),
        (
            entry("LISTS", &[&near, &far], &[]),
            "Your penpals on “Far” and “Near”.",
            Some(2),
            vec![],
        ),
        (
            entry("LISTS", &[&near], &[&far]),
            "Your penpals on “Near”, but nobody on “Far”.",
            Some(1),
            vec![],
        ),
        (
            entry("PENPALS", &[], &[&far]),
            "Your penpals, but nobody on “Far”.",
            Some(1),
            vec!["PENPAL"],
        ),
        (
            entry("PENPALS", &[], &[]),
            "Your penpals.",
            Some(2),
            vec!["PENPAL"],
        ),
        (
            entry("MEMBERS", &[], &[]),
            "Your penpals and all adult members.",
            None,
            vec!["ADULT", "PENPAL"],
        ),
        (
            entry("PUBLIC", &[], &[&near]),
            "Everybody, also without an account; those on “Near” while they have not signed in.",
            None,
            vec!["VISITOR", "ADULT", "PENPAL"],
        ),
    ] {
        set_well(&ana, choice).await;
        let told = exposure(&ana, "CITY").await;
        assert_eq!(
            (&told["inWords"], &told["field"]),
            (&json!(words), &json!("CITY"))
        );
        assert_eq!(told["count"], json!(count), "{words}");
        assert_eq!(who_sees(&told), sees, "{words}");
        // What is told of each kind is what viewing as that kind shows.
        for ruling in told["rulings"].as_array().unwrap() {
            let seen = view_as(&ana, ruling["onlooker"].as_str().unwrap(), None).await;
            let shown = seen["profile"]["city"] == "Porto";
            assert_eq!(ruling["sees"] == true, shown, "{words} {ruling}");
        }
    }
    // A rule is told, and it is one of the other's standing only where that is the viewer's own doing.
    let told = exposure(&ana, "PHONE").await;
    let rules: Vec<&Value> = told["rulings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["rule"])
        .collect();
    assert_eq!(
        rules,
        [
            "no rule allows it",
            "no rule allows it",
            "adults and teens who are not penpals do not exist for each other",
            "no rule allows it",
        ]
    );
    // A penpal who blocks is a penpal no more, and counts no more: just as in the viewer's own list.
    set_well(&ana, entry("PENPALS", &[], &[])).await;
    ben.block(&ids[0]).await;
    assert_eq!(exposure(&ana, "CITY").await["count"], 1);
    let visitor = app
        .visitor()
        .query("{ me { exposure(field: CITY) { inWords } } }")
        .await;
    assert_eq!(visitor.at("/me"), Value::Null);
}

async fn a_list_of_penpals_is_told_within_bounds_and_nobody_on_it(app: TestApp) {
    let ([ana, ben, cleo, dora], ids, near) = scene(&app).await;
    let bounds = |onlooker: &'static str, id: Option<String>| {
        let ana = ana.copy();
        async move {
            let document = "query($onlooker: Onlooker!, $id: ID) { me { viewAs(onlooker: $onlooker, id: $id) {
                penpals { shown atLeast atMost } mutualPenpals { shown atLeast atMost }
                profile { list: access(field: PENPALS) mutual: access(field: MUTUAL_PENPALS) } } } }";
            let variables = json!({ "onlooker": onlooker, "id": id });
            let seen = ana.ask(document, variables).await.at("/me/viewAs");
            let list = |name: &str| {
                let list = &seen[name];
                (
                    list["shown"] == true,
                    list["atLeast"].as_i64().unwrap(),
                    list["atMost"].as_i64().unwrap(),
                )
            };
            for (name, access) in [("penpals", "list"), ("mutualPenpals", "mutual")] {
                assert_eq!(list(name).2 > 0, seen["profile"][access] == "VISIBLE");
            }
            (list("penpals"), list("mutualPenpals"))
        }
    };
    let hidden = (false, 0, 0);
    set_well(
        &ana,
        json!([{"field": "PENPALS", "audience": "PENPALS", "except": [near]},
               {"field": "MUTUAL_PENPALS", "audience": "MEMBERS"}]),
    )
    .await;
    assert_eq!(bounds("PENPAL", None).await, ((true, 1, 2), (true, 0, 1)));
    assert_eq!(
        bounds("PENPAL", Some(ids[2].clone())).await,
        ((true, 1, 2), (true, 0, 1))
    );
    assert_eq!(
        bounds("PENPAL", Some(ids[1].clone())).await,
        (hidden, (true, 0, 1))
    );
    assert_eq!(
        bounds("ON_LIST", Some(near.clone())).await,
        (hidden, (true, 0, 1))
    );
    assert_eq!(bounds("ADULT", None).await, (hidden, (true, 0, 2)));
    assert_eq!(
        bounds("MEMBER", Some(ids[3].clone())).await,
        (hidden, (true, 0, 2))
    );
    assert_eq!(bounds("VISITOR", None).await, (hidden, hidden));
    // What the penpals show to whom, and whom they know, moves nothing.
    set_well(&ben, json!([{"field": "PENPALS", "audience": "ONLY_ME"}])).await;
    set_well(&cleo, json!([{"field": "PENPALS", "audience": "MEMBERS"}])).await;
    ben.befriend(&cleo).await;
    dora.block(&ids[2]).await;
    assert_eq!(bounds("PENPAL", None).await, ((true, 1, 2), (true, 0, 1)));
    assert_eq!(
        bounds("MEMBER", Some(ids[3].clone())).await,
        (hidden, (true, 0, 2))
    );
    // Somebody who is no penpal any more counts no more, as in Ana's own list.
    ben.block(&ids[0]).await;
    assert_eq!(
        bounds("PENPAL", Some(ids[2].clone())).await,
        ((true, 1, 1), (true, 0, 0))
    );
}
