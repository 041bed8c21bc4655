//! Audiences: who gets what, and that everything a member gave can be read and changed by them.

use libtest_mimic::Trial;
use serde_json::{Map, Value, json};

use crate::support::{app::TestApp, backend::Backends, client::Client, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        each_field_goes_to_its_audience_and_to_nobody_else,
        each_field_of_a_teen_goes_to_its_audience_and_to_nobody_else,
        what_is_too_wide_is_refused_and_nothing_is_written,
        defaults_are_those_of_the_list,
        a_change_counts_for_the_very_next_read_of_anybody,
        a_field_has_an_audience_of_its_own,
        hidden_and_empty_look_alike,
        everything_that_a_member_gave_comes_back_and_can_be_changed_and_emptied,
        a_penpal_list_shows_a_pair_only_where_both_ends_show_it,
    )
}

const NONE: [&str; 0] = [];

/// The governed fields, as the enum names them and as `Profile` does, and the widest of teens.
const FIELDS: [(&str, &str); 20] = [
    ("FULL_NAME", "fullName"),
    ("EMAIL", "email"),
    ("BIRTH_DATE", "birthDate"),
    ("AGE", "age"),
    ("GENDER", "gender"),
    ("COUNTRY", "country"),
    ("CITY", "city"),
    ("LANGUAGES", "languages"),
    ("OCCUPATION", "occupation"),
    ("INTERESTS", "interests"),
    ("ABOUT_ME", "aboutMe"),
    ("LAST_SEEN", "lastSeen"),
    ("PHONE", "phone"),
    ("POSTAL_ADDRESS", "postalAddress"),
    ("BIRTHDAY", "birthday"),
    ("EDUCATION", "education"),
    ("RELATIONSHIP", "relationship"),
    ("LOOKING_FOR", "lookingFor"),
    ("WEB_HANDLES", "webHandles"),
    ("JOINED", "joinedOn"),
];

const AUDIENCES: [&str; 4] = ["ONLY_ME", "PENPALS", "MEMBERS", "PUBLIC"];

/// The widest place in [`AUDIENCES`] that a field may have; written down anew, as the clauses have it.
fn widest(field: &str, teen: bool) -> usize {
    match (field, teen) {
        ("EMAIL" | "PHONE" | "POSTAL_ADDRESS", _) | ("WEB_HANDLES", true) => 1,
        ("MUTUAL_PENPALS", _) => 2,
        (_, true) => 2,
        (_, false) => 3,
    }
}

const PROFILE: &str = "fullName email birthDate age gender country { code } city
    languages { language { code } fluency } occupation interests { slug } aboutMe lastSeen
    phone postalAddress birthday education relationship lookingFor webHandles { service address } joinedOn";

async fn fill(client: &Client) {
    let interests = client
        .query("{ interests { slug } }")
        .await
        .at("/interests");
    let slugs: Vec<&Value> = interests
        .as_array()
        .unwrap()
        .iter()
        .take(3)
        .map(|one| &one["slug"])
        .collect();
    let reply = client
        .update_profile(json!({
            "fullName": "Ana Maria Lopes", "gender": "NON_BINARY", "country": "PT", "city": "Porto",
            "languages": [{"language": "pt", "fluency": "NATIVE"}, {"language": "de", "fluency": "B1"}],
            "occupation": "Lighthouse keeper", "interests": slugs, "aboutMe": "Letters.\nMany.",
            "phone": "+351 21 123 4567", "postalAddress": "Rua do Farol 1\nPorto", "education": "History",
            "relationship": "WIDOWED", "lookingFor": "Long letters.\nOn paper.",
            "webHandles": [{"service": "Elsewhere", "address": "@ana"}],
        }))
        .await;
    assert_eq!(reply.user_errors(), NONE);
}

async fn set_all(client: &Client, audience: &str, fields: &[&str]) {
    let entries: Vec<Value> = fields
        .iter()
        .map(|field| json!({ "field": field, "audience": audience }))
        .collect();
    let reply = client
        .ask(
            "mutation($entries: [VisibilityInput!]!) { setVisibility(input: {entries: $entries}) {
                visibility { field audience } userErrors { field code } } }",
            json!({ "entries": entries }),
        )
        .await;
    assert_eq!(reply.user_errors(), NONE);
}

/// The profile, and what `access` says of each field; nothing where the member is not there.
async fn profile(viewer: &Client, id: &str) -> Option<(Value, Map<String, Value>)> {
    let access: String = FIELDS
        .iter()
        .map(|(field, name)| format!("{name}: access(field: {field}) "))
        .collect();
    let shown = viewer
        .ask(
            &format!("query($id: ID!) {{ member(id: $id) {{ profile {{ {PROFILE} }} }} }}"),
            json!({ "id": id }),
        )
        .await
        .at("/member");
    let told = viewer
        .ask(
            &format!("query($id: ID!) {{ member(id: $id) {{ profile {{ {access} }} }} }}"),
            json!({ "id": id }),
        )
        .await
        .at("/member");
    assert_eq!(shown.is_null(), told.is_null());
    (!shown.is_null()).then(|| {
        (
            shown["profile"].clone(),
            told["profile"].as_object().unwrap().clone(),
        )
    })
}

/// Goes through audience × field × relation for an owner; `relations` names who reaches up to which audience.
async fn matrix(owner: &Client, id: &str, teen: bool, relations: &[(&str, &Client, usize)]) {
    fill(owner).await;
    let all: Vec<&str> = FIELDS
        .iter()
        .map(|(field, _)| *field)
        .chain(["PENPALS"])
        .collect();
    for (place, audience) in AUDIENCES.into_iter().enumerate() {
        set_all(owner, "ONLY_ME", &all).await;
        let settable: Vec<&str> = all
            .iter()
            .copied()
            .filter(|field| place <= widest(field, teen))
            .collect();
        set_all(owner, audience, &settable).await;
        let (own, _) = profile(owner, id)
            .await
            .expect("the owner is there for themselves");
        for (_, name) in FIELDS {
            assert!(!own[name].is_null(), "the owner sees all: {name}");
        }
        for (relation, viewer, least) in relations {
            // A relation sees a field whose audience is at least so wide; a visitor meets only who is public.
            let Some((shown, told)) = profile(viewer, id).await else {
                assert!(
                    *least == 3 && (teen || place < 3) || *least > 3,
                    "{relation} at {audience} meets nobody"
                );
                continue;
            };
            assert!(
                *least < 3 || (place == 3 && !teen && *least == 3),
                "{relation} at {audience} meets somebody"
            );
            for (field, name) in FIELDS {
                let visible = settable.contains(&field) && place >= *least;
                assert_eq!(
                    shown[name] == own[name],
                    visible,
                    "{relation} sees {field} at {audience}: {shown}"
                );
                assert_eq!(
                    shown[name].is_null(),
                    !visible,
                    "{relation} sees {field} at {audience}: {shown}"
                );
                let access = if visible { "VISIBLE" } else { "UNAVAILABLE" };
                assert_eq!(
                    told[name], access,
                    "{relation} asks for {field} at {audience}"
                );
            }
        }
    }
}

async fn each_field_goes_to_its_audience_and_to_nobody_else(app: TestApp) {
    let [owner, penpal, asked, stranger, blocked, teen] = std::array::from_fn(|_| app.visitor());
    let id = owner.sign_up("Ana", "1990-01-01").await;
    for (client, name, birth) in [
        (&penpal, "Pen", "1990-01-01"),
        (&asked, "Ask", "1990-01-01"),
        (&stranger, "Str", "1990-01-01"),
        (&blocked, "Blo", "1990-01-01"),
        (&teen, "Tee", "2010-01-01"),
    ] {
        client.sign_up(name, birth).await;
    }
    owner.befriend(&penpal).await;
    asked.act("askPenpal", &id).await;
    owner.block(&blocked.whoami().await.unwrap()).await;
    let visitor = app.visitor();
    // 1: up to PENPALS, 2: up to MEMBERS, 3: PUBLIC alone, 4: never.
    matrix(
        &owner,
        &id,
        false,
        &[
            ("the penpal", &penpal, 1),
            ("who has asked", &asked, 2),
            ("the stranger", &stranger, 2),
            ("the visitor", &visitor, 3),
            ("the blocked", &blocked, 4),
            ("the teen", &teen, 4),
        ],
    )
    .await;
}

async fn each_field_of_a_teen_goes_to_its_audience_and_to_nobody_else(app: TestApp) {
    let [owner, penpal, stranger, adult] = std::array::from_fn(|_| app.visitor());
    let id = owner.sign_up("Tim", "2010-01-01").await;
    penpal.sign_up("Pen", "2010-05-05").await;
    stranger.sign_up("Str", "2011-05-05").await;
    adult.sign_up("Old", "1980-05-05").await;
    owner.befriend(&penpal).await;
    let visitor = app.visitor();
    matrix(
        &owner,
        &id,
        true,
        &[
            ("the penpal", &penpal, 1),
            ("the stranger", &stranger, 2),
            ("the visitor", &visitor, 3),
            ("the adult", &adult, 4),
        ],
    )
    .await;
}

async fn what_is_too_wide_is_refused_and_nothing_is_written(app: TestApp) {
    let (adult, teen) = (app.visitor(), app.visitor());
    adult.sign_up("Ana", "1990-01-01").await;
    teen.sign_up("Tim", "2010-01-01").await;
    let before = app.db_dump().await;
    for (client, is_teen) in [(&adult, false), (&teen, true)] {
        for (field, _) in FIELDS {
            for audience in AUDIENCES.iter().skip(widest(field, is_teen) + 1) {
                // Something that is allowed goes with it, and is not written either.
                let reply = client
                    .query(&format!("mutation {{ setVisibility(input: {{entries: [
                        {{field: PENPALS, audience: MEMBERS}}, {{field: {field}, audience: {audience}}}]}}) {{
                        visibility {{ field audience }} userErrors {{ field code }} }} }}"))
                    .await;
                assert_eq!(
                    reply.user_errors(),
                    ["AUDIENCE_TOO_WIDE"],
                    "{field} {audience}"
                );
                assert_eq!(
                    reply.at("/setVisibility/userErrors/0/field"),
                    json!(["input", "entries", "1", "audience"])
                );
            }
        }
    }
    let twice = adult
        .query(
            "mutation { setVisibility(input: {entries: [{field: CITY, audience: PUBLIC},
            {field: CITY, audience: ONLY_ME}]}) { userErrors { code } } }",
        )
        .await;
    assert_eq!(twice.user_errors(), ["REPEATED"]);
    assert_eq!(
        app.visitor().set_audience("CITY", "PUBLIC").await.codes(),
        ["UNAUTHENTICATED"]
    );
    app.assert_nothing_stored(&before, "audiences that are too wide")
        .await;
}

async fn defaults_are_those_of_the_list(app: TestApp) {
    let list = app
        .visitor()
        .query("{ governedFields { field adultDefault teenDefault adultWidest teenWidest } }")
        .await
        .at("/governedFields");
    for (name, birth, side) in [
        ("Ana", "1990-01-01", "adult"),
        ("Tim", "2010-01-01", "teen"),
    ] {
        let client = app.visitor();
        client.sign_up(name, birth).await;
        let visibility = client
            .query("{ myVisibility { field audience widest default } }")
            .await
            .at("/myVisibility");
        assert_eq!(visibility.as_array().unwrap().len(), 22);
        for (entry, info) in visibility
            .as_array()
            .unwrap()
            .iter()
            .zip(list.as_array().unwrap())
        {
            assert_eq!(entry["field"], info["field"]);
            assert_eq!(entry["audience"], info[format!("{side}Default")], "{entry}");
            assert_eq!(entry["default"], info[format!("{side}Default")], "{entry}");
            assert_eq!(entry["widest"], info[format!("{side}Widest")], "{entry}");
            let place = AUDIENCES
                .iter()
                .position(|audience| entry["widest"] == *audience)
                .unwrap();
            assert_eq!(
                place,
                widest(entry["field"].as_str().unwrap(), side == "teen"),
                "{entry}"
            );
        }
        // Sensitive ones begin with nobody.
        for entry in visibility.as_array().unwrap() {
            if ["FULL_NAME", "EMAIL", "BIRTH_DATE"].contains(&entry["field"].as_str().unwrap()) {
                assert_eq!(entry["audience"], "ONLY_ME");
            }
            assert_ne!(entry["audience"], "PUBLIC", "nothing is public unasked");
        }
    }
}

async fn a_change_counts_for_the_very_next_read_of_anybody(app: TestApp) {
    let (ana, ben) = (app.visitor(), app.visitor());
    let id = ana.sign_up("Ana", "1990-01-01").await;
    ben.sign_up("Ben", "1990-01-01").await;
    let (other_session, _) = app.visitor().sign_in_for_bearer("ben@example.org").await;
    fill(&ana).await;
    for _ in 0..3 {
        for (audience, visible) in [
            ("MEMBERS", true),
            ("PENPALS", false),
            ("PUBLIC", true),
            ("ONLY_ME", false),
        ] {
            ana.set_audience("CITY", audience).await;
            for viewer in [&ben, &other_session] {
                let (shown, _) = profile(viewer, &id).await.unwrap();
                assert_eq!(shown["city"] == "Porto", visible, "{audience}");
            }
        }
    }
    // Also within one document: what follows a change sees it.
    let reply = ana
        .query("mutation { a: setVisibility(input: {entries: [{field: CITY, audience: PUBLIC}]}) {
                visibility { field audience } }
            b: setVisibility(input: {entries: [{field: CITY, audience: ONLY_ME}]}) { visibility { field audience } } }")
        .await;
    let city = |pointer: &str| {
        let list = reply.at(pointer);
        list.as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["field"] == "CITY")
            .unwrap()["audience"]
            .clone()
    };
    assert_eq!(
        (city("/a/visibility"), city("/b/visibility")),
        (json!("PUBLIC"), json!("ONLY_ME"))
    );
}

async fn a_field_has_an_audience_of_its_own(app: TestApp) {
    let (ana, ben) = (app.visitor(), app.visitor());
    let id = ana.sign_up("Ana", "1990-01-01").await;
    ben.sign_up("Ben", "1990-01-01").await;
    fill(&ana).await;
    let all: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
    for (field, name) in FIELDS.iter().filter(|(field, _)| widest(field, false) > 1) {
        set_all(&ana, "ONLY_ME", &all).await;
        set_all(&ana, "MEMBERS", &[field]).await;
        let (shown, _) = profile(&ben, &id).await.unwrap();
        for (_, other) in FIELDS {
            assert_eq!(
                !shown[other].is_null(),
                other == *name,
                "{field} alone is shown, not {other}"
            );
        }
    }
}

async fn hidden_and_empty_look_alike(app: TestApp) {
    let (full, empty, viewer) = (app.visitor(), app.visitor(), app.visitor());
    let full_id = full.sign_up("Full", "1990-01-01").await;
    let empty_id = empty.sign_up("Empty", "1990-01-01").await;
    viewer.sign_up("Viewer", "1990-01-01").await;
    fill(&full).await;
    let optional = [
        "FULL_NAME",
        "GENDER",
        "COUNTRY",
        "CITY",
        "LANGUAGES",
        "OCCUPATION",
        "INTERESTS",
        "ABOUT_ME",
        "PHONE",
        "POSTAL_ADDRESS",
        "EDUCATION",
        "RELATIONSHIP",
        "LOOKING_FOR",
        "WEB_HANDLES",
    ];
    let rest = [
        "EMAIL",
        "BIRTH_DATE",
        "AGE",
        "LAST_SEEN",
        "BIRTHDAY",
        "JOINED",
        "PENPALS",
    ];
    set_all(&full, "ONLY_ME", &optional).await;
    set_all(&full, "ONLY_ME", &rest).await;
    set_all(&empty, "PENPALS", &optional).await;
    let wide: Vec<&str> = optional
        .into_iter()
        .filter(|field| widest(field, false) > 1)
        .collect();
    set_all(&empty, "MEMBERS", &wide).await;
    set_all(&empty, "ONLY_ME", &rest).await;
    assert_eq!(
        profile(&viewer, &full_id).await,
        profile(&viewer, &empty_id).await
    );
}

async fn everything_that_a_member_gave_comes_back_and_can_be_changed_and_emptied(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-01-01").await;
    let interests = ana.query("{ interests { slug } }").await.at("/interests");
    let slug = |nth: usize| interests[nth]["slug"].clone();
    let read = || async {
        ana.query(&format!(
            "{{ me {{ member {{ displayName profile {{ {PROFILE} }} }} }} }}"
        ))
        .await
        .at("/me/member")
    };
    let rounds = [
        json!({ "displayName": "Ana L.", "fullName": "Ana Lopes", "gender": "WOMAN", "country": "PT", "city": "Porto",
            "languages": [{"language": "pt", "fluency": "NATIVE"}, {"language": "fr", "fluency": "A2"}],
            "occupation": "Baker", "interests": [slug(0), slug(5)], "aboutMe": "One.\n\nTwo.",
            "phone": "+351211234567", "postalAddress": "Rua 1\nPorto", "education": "History", "relationship": "SINGLE",
            "lookingFor": "Letters.\n\nMany.", "webHandles": [{"service": "Elsewhere", "address": "@ana"},
                {"service": "Home", "address": "https://ana.example/?q=1,2"}] }),
        json!({ "displayName": "Ana Ł.", "fullName": "Ána \u{1f469}\u{200d}\u{1f33e}", "gender": "OTHER", "country": "JP",
            "city": "東京", "languages": [{"language": "ja", "fluency": "C2"}], "occupation": "N'djamena \"quotes\" \\ %",
            "interests": [slug(7)], "aboutMe": "'; DROP TABLE members; --",
            "phone": "+819012345678", "postalAddress": "東京都\n1-2-3", "education": "Law", "relationship": "OTHER",
            "lookingFor": "\"", "webHandles": [{"service": "絵", "address": "|,:;' \\"}] }),
    ];
    for given in rounds {
        let reply = ana.update_profile(given.clone()).await;
        assert_eq!(reply.user_errors(), NONE, "{given}");
        let held = read().await;
        assert_eq!(held["displayName"], given["displayName"]);
        for field in [
            "fullName",
            "gender",
            "city",
            "occupation",
            "aboutMe",
            "phone",
            "postalAddress",
            "education",
            "relationship",
            "lookingFor",
            "webHandles",
        ] {
            assert_eq!(held["profile"][field], given[field], "{field}");
        }
        assert_eq!(held["profile"]["country"]["code"], given["country"]);
        let languages: Vec<Value> = held["profile"]["languages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| json!({ "language": one["language"]["code"], "fluency": one["fluency"] }))
            .collect();
        assert_eq!(json!(languages), given["languages"]);
        let mut slugs: Vec<&Value> = held["profile"]["interests"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["slug"])
            .collect();
        let mut expected: Vec<&Value> = given["interests"].as_array().unwrap().iter().collect();
        slugs.sort_by_key(ToString::to_string);
        expected.sort_by_key(ToString::to_string);
        assert_eq!(slugs, expected);
    }
    // What is not named stays; each by itself can be emptied.
    let whole = read().await;
    assert_eq!(ana.update_profile(json!({})).await.user_errors(), NONE);
    assert_eq!(read().await, whole);
    for field in [
        "fullName",
        "gender",
        "country",
        "city",
        "languages",
        "occupation",
        "interests",
        "aboutMe",
        "phone",
        "postalAddress",
        "education",
        "relationship",
        "lookingFor",
        "webHandles",
    ] {
        let mut expected = read().await;
        assert_eq!(
            ana.update_profile(json!({ field: null }))
                .await
                .user_errors(),
            NONE,
            "{field}"
        );
        let held = read().await;
        let value = &held["profile"][field];
        assert!(value.is_null() || *value == json!([]), "{field} is {value}");
        expected["profile"][field] = value.clone();
        assert_eq!(held, expected, "emptying {field} changed something else");
    }
    assert_eq!(app.db_count("profile_languages").await, 0);
    assert_eq!(app.db_count("profile_interests").await, 0);
}

async fn a_penpal_list_shows_a_pair_only_where_both_ends_show_it(app: TestApp) {
    let [ana, ben, viewer] = std::array::from_fn(|_| app.visitor());
    let ana_id = ana.sign_up("Ana", "1990-01-01").await;
    let ben_id = ben.sign_up("Ben", "1990-01-01").await;
    viewer.sign_up("View", "1990-01-01").await;
    ana.befriend(&ben).await;
    let visitor = app.visitor();
    for (nth, hers) in AUDIENCES.into_iter().enumerate() {
        for (mth, his) in AUDIENCES.into_iter().enumerate() {
            ana.set_audience("PENPALS", hers).await;
            ben.set_audience("PENPALS", his).await;
            for (relation, client, least) in [("member", &viewer, 2), ("visitor", &visitor, 3)] {
                for (owner, own, other) in [(&ana_id, nth, mth), (&ben_id, mth, nth)] {
                    let reply = client
                        .ask(
                            "query($id: ID!) { member(id: $id) { profile { access(field: PENPALS) }
                            penpals(first: 9) { totalCount edges { node { id } } } } }",
                            json!({ "id": owner }),
                        )
                        .await
                        .at("/member");
                    if reply.is_null() {
                        assert!(least == 3 && own < 3, "{relation} {hers} {his}");
                        continue;
                    }
                    let visible = own >= least && other >= least;
                    assert_eq!(
                        reply["penpals"]["totalCount"],
                        i64::from(visible),
                        "{relation} {hers} {his}"
                    );
                    assert_eq!(
                        reply["penpals"]["edges"].as_array().unwrap().len(),
                        usize::from(visible)
                    );
                    let access = if visible { "VISIBLE" } else { "UNAVAILABLE" };
                    assert_eq!(
                        reply["profile"]["access"], access,
                        "{relation} {hers} {his}"
                    );
                }
            }
            // The two see their own list in any case.
            let own = ana
                .query("{ me { member { penpals(first: 9) { totalCount } } } }")
                .await;
            assert_eq!(own.at("/me/member/penpals/totalCount"), 1, "{hers} {his}");
        }
    }
}
