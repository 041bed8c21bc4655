//! The index by which members are searched: that it is what it is made of, that nothing stays in it, and that
//! a search is answered from it.

use letterlock::{
    domain::{
        id::MemberId,
        profile::FIELDS,
        search::{Likeness, Order},
    },
    privacy::Depth,
    store::search::Query,
    viewer::who::Viewer,
};
use libtest_mimic::Trial;
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::recorded::{Recorded, recorded};
use crate::support::{
    app::TestApp,
    backend::{Backend, Backends},
    client::Client,
    plans, raw, trials,
};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends;
        an_entry_is_what_it_is_made_of_after_every_act,
        nothing_of_who_is_erased_stays_in_the_index,
        a_search_scans_no_large_table,
        a_search_hands_out_places_counts_and_facts_and_no_content,
        a_search_takes_as_many_statements_for_a_hundred_as_for_one,
        who_is_near_takes_a_place_like_anybody_else,
        an_entry_goes_with_the_audiences_that_it_was_made_with,
    )
}

const ENTRIES: &str = "SELECT CAST(e.member_id AS text) || e.tags || '|' || e.words || '|' || e.terms || '|' \
    || coalesce(CAST(e.birth_on AS text), '') || '|' || CAST(e.joined_on AS text) || '|' || CAST(e.joined_level AS text) || '|' || CAST(e.found_level AS text) \
    || '|' || e.audiences || '|' || CAST(e.turns_13_on AS text) || '|' || CAST(e.turns_18_on AS text) \
    || '|' || CAST(p.level AS text) AS t FROM search_entries e JOIN presences p ON p.member_id = e.member_id ORDER BY 1";

async fn entries(app: &TestApp) -> Vec<String> {
    raw::texts(&app.address, ENTRIES).await
}

async fn act(client: &Client, rng: &mut ChaCha8Rng) {
    let field = *[
        "COUNTRY",
        "CITY",
        "ABOUT_ME",
        "LANGUAGES",
        "INTERESTS",
        "AGE",
        "JOINED",
        "LAST_SEEN",
    ]
    .choose(rng)
    .unwrap();
    let audience = *["ONLY_ME", "PENPALS", "MEMBERS", "PUBLIC"]
        .choose(rng)
        .unwrap();
    let finders = *["NOBODY", "PENPALS", "MEMBERS", "EVERYONE"]
        .choose(rng)
        .unwrap();
    let word = *["kites", "Gärten", "письма", "東京"].choose(rng).unwrap();
    let (document, variables) = match rng.random_range(0..7) {
        0 => (
            "mutation($field: GovernedField!, $audience: Audience!) { setVisibility(input: {entries: [{field: $field, audience: $audience}]}) { userErrors { code } } }",
            json!({"field": field, "audience": audience}),
        ),
        1 => (
            "mutation($finders: Finders!) { setFindability(input: {bySearch: $finders}) { userErrors { code } } }",
            json!({"finders": finders}),
        ),
        2 => (
            "mutation($preset: Preset!) { applyPreset(input: {preset: $preset}) { userErrors { code } } }",
            json!({"preset": if rng.random_bool(0.5) { "OPEN" } else { "CAREFUL" }}),
        ),
        3 => (
            "mutation($word: String!) { updateProfile(input: {aboutMe: $word, city: $word, occupation: $word}) { userErrors { code } } }",
            json!({ "word": word }),
        ),
        4 => (
            "mutation($date: Date!) { correctBirthDate(input: {birthDate: $date}) { userErrors { code } } }",
            json!({"date": format!("19{}-0{}-11", rng.random_range(70..99), rng.random_range(1..10))}),
        ),
        5 => (
            "mutation($country: String, $gender: Gender) { updateProfile(input: {country: $country, gender: $gender}) { userErrors { code } } }",
            json!({"country": (["PT", "DE"].choose(rng).unwrap()), "gender": (["WOMAN", "MAN"].choose(rng).unwrap())}),
        ),
        _ => (
            "mutation($languages: [SpokenLanguageInput!], $interests: [String!]) { updateProfile(input: {languages: $languages, interests: $interests}) { userErrors { code } } }",
            json!({"languages": [{"language": "pt", "fluency": "B1"}], "interests": ([["chess"], ["letter-writing"]].choose(rng).unwrap())}),
        ),
    };
    let reply = client.ask(document, variables).await;
    assert!(
        reply.codes().is_empty() && reply.user_errors().is_empty(),
        "{}",
        reply.text
    );
}

async fn an_entry_is_what_it_is_made_of_after_every_act(app: TestApp) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let clients = [app.visitor_at(1), app.visitor_at(2)];
    for (client, name) in clients.iter().zip(["Ana", "Ben"]) {
        client.sign_up(name, "1990-05-06").await;
    }
    let mut changed = 0;
    let mut last = entries(&app).await;
    assert_eq!(last.len(), 2);
    for _ in 0..40 {
        act(clients.choose(&mut rng).unwrap(), &mut rng).await;
        let kept = entries(&app).await;
        app.db_sql("DELETE FROM search_entries").await;
        assert_eq!(app.services.store.index_missing().await.unwrap(), 2);
        assert_eq!(kept, entries(&app).await);
        changed += usize::from(kept != last);
        last = kept;
    }
    assert!(changed > 20, "{changed}");
}

async fn nothing_of_who_is_erased_stays_in_the_index(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-05-06").await;
    ana.update_profile(json!({"aboutMe": "Xylophone", "lookingFor": "Zitherns"}))
        .await;
    let kept = |word: &'static str| {
        let app = &app;
        async move {
            let sql = match app.backend {
                Backend::Sqlite => format!(
                    "SELECT count(*) AS n FROM search_terms_data WHERE instr(block, CAST('{word}' AS blob)) > 0"
                ),
                Backend::Postgres => format!(
                    "SELECT count(*) AS n FROM search_entries WHERE terms LIKE '%{word}%' OR indexed::text LIKE '%{word}%'"
                ),
            };
            app.db_sql(&sql).await.unwrap()
        }
    };
    assert!(kept("xylophon").await > 0 && kept("zithern").await > 0);
    // A word that is hidden, or is there no more, is gone from the index at once.
    ana.set_audience("LOOKING_FOR", "PENPALS").await;
    assert_eq!(kept("zithern").await, 0);
    ana.set_audience("LOOKING_FOR", "MEMBERS").await;
    assert!(kept("zithern").await > 0);
    ana.update_profile(json!({"lookingFor": null})).await;
    assert_eq!(kept("zithern").await, 0);
    app.db_sql("DELETE FROM members").await;
    assert_eq!(kept("xylophon").await, 0);
    assert_eq!(entries(&app).await.len(), 0);
}

const SEARCH: &str = "query($filter: MemberFilter, $order: MemberOrder) { searchMembers(filter: $filter, orderBy: $order, first: 20) {
    totalCount { value } facets { countries { count { value } } } edges { node { handle } } } }";

/// Filters that a member might choose, alone and together.
fn filters() -> Vec<Value> {
    vec![
        json!({"countries": ["PT"]}),
        json!({"regions": ["SOUTHERN_EUROPE"], "genders": ["WOMAN"]}),
        json!({"native": ["pt"], "learning": [{"language": "de"}]}),
        json!({"age": {"min": 30, "max": 40}, "countries": ["PT"]}),
        json!({"interests": {"all": ["chess"], "any": ["letter-writing"]}}),
        json!({"words": "letters gardens"}),
        json!({"city": "Porto", "occupation": "baker"}),
        json!({"seenWithin": "DAY"}),
        json!({"joinedWithin": "WEEK", "countries": ["PT"]}),
        json!({"languageExchange": true}),
        json!({}),
    ]
}

/// The steps of the plan that read a table as a whole.
async fn scans(app: &TestApp, statement: &Recorded) -> Vec<String> {
    const LARGE: [&str; 12] = [
        "search_entries",
        "standings",
        "presences",
        "profiles",
        "profile_languages",
        "profile_interests",
        "bonds",
        "blocks",
        "list_members",
        "lists",
        "audience_lists",
        "members",
    ];
    let plan = statement.plan(app).await;
    match app.backend {
        Backend::Sqlite => plan
            .into_iter()
            .filter(|step| step.starts_with("SCAN "))
            // In the order of an index, until there are enough. `e` alone is gone through in the order of ids.
            .filter(|step| !step.contains("USING INDEX") && !step.contains("VIRTUAL TABLE"))
            .filter(|step| {
                let of = step.split(' ').nth(1).unwrap();
                LARGE.contains(&of) || ["s", "p", "x", "v", "b", "l", "a"].contains(&of)
            })
            .collect(),
        Backend::Postgres => plans::whole(&plan, &LARGE),
    }
}

async fn a_search_scans_no_large_table(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-05-06").await;
    ana.update_profile(json!({"languages": [{"language": "pt", "fluency": "NATIVE"}, {"language": "de", "fluency": "A2"}]}))
        .await;
    let mut looked = 0;
    for filter in filters() {
        for order in ["ANY", "NEWEST", "LATELY_ONLINE", "BEST_MATCH"] {
            for client in [&ana, &app.visitor()] {
                app.recorder.clear();
                let variables = json!({"filter": filter, "order": order});
                let reply = client.ask(SEARCH, variables).await;
                let exchange = filter.get("languageExchange").is_some();
                if exchange && reply.codes() == ["BAD_USER_INPUT"] {
                    // Visitors have nothing to exchange.
                    continue;
                }
                assert!(reply.codes().is_empty(), "{}", reply.text);
                for statement in recorded(&app) {
                    // What asks for an estimate reads nothing.
                    let estimate = statement.sql.starts_with("EXPLAIN ");
                    if statement.sql.contains("search_entries") && !estimate {
                        let scans = scans(&app, &statement).await;
                        assert!(
                            scans.is_empty(),
                            "{filter} {order}: {scans:#?}\n{}",
                            statement.sql
                        );
                        looked += 1;
                    }
                }
            }
        }
    }
    assert!(looked > 200, "{looked}");
}

/// The columns of a search's rows: what stands between `SELECT` and `FROM` on the outside, without what is in
/// brackets, which are counts, points and conversions.
fn handed_out(sql: &str) -> Vec<String> {
    let mut depth = 0;
    let mut outside = String::new();
    for letter in sql.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            letter if depth == 0 => outside.push(letter),
            _ => {}
        }
    }
    let parts = outside.split("SELECT ").skip(1);
    parts
        .flat_map(|part| part.split(" FROM ").next().unwrap().split(", "))
        .map(|column| column.trim().to_owned())
        .collect()
}

/// A place, the facts, and of a facet its number, its value and how many show it.
const HANDED_OUT: [&str; 24] = [
    "",
    "CAST",
    "f.at",
    "f.member_id",
    "f.standing",
    "f.thirteen",
    "f.eighteen",
    "f.privacy_version",
    "f.audiences",
    "f.findable",
    "f.my_standing",
    "f.my_thirteen",
    "f.my_eighteen",
    "f.my_version",
    "f.penpals",
    "f.blocked",
    "f.asked",
    "f.asked_me",
    "f.named",
    "''",
    "count",
    "x.country",
    "x.language",
    "+",
];

async fn a_search_hands_out_places_counts_and_facts_and_no_content(app: TestApp) {
    let ana = app.visitor();
    ana.sign_up("Ana", "1990-05-06").await;
    let mut looked = 0;
    for filter in filters() {
        for order in ["ANY", "NEWEST", "LATELY_ONLINE", "BEST_MATCH"] {
            app.recorder.clear();
            let variables = json!({"filter": filter, "order": order});
            let reply = ana.ask(SEARCH, variables).await;
            assert!(reply.codes().is_empty(), "{}", reply.text);
            for statement in recorded(&app) {
                if !statement.sql.contains("search_entries e") {
                    continue;
                }
                for column in handed_out(&statement.sql) {
                    let number = column.parse::<i64>().is_ok() || column == "::bigint";
                    assert!(number || HANDED_OUT.contains(&column.as_str()), "{column}");
                    looked += 1;
                }
            }
        }
    }
    assert!(looked > 100, "{looked}");
}

async fn a_search_takes_as_many_statements_for_a_hundred_as_for_one(app: TestApp) {
    let ana = app.visitor_at(1);
    ana.sign_up("Ana", "1990-05-06").await;
    let mut counts = Vec::new();
    for nth in 0..12 {
        let other = app.visitor_at(10 + nth);
        other.sign_up(&format!("Other{nth}"), "1990-05-06").await;
        other
            .update_profile(json!({"aboutMe": "kites", "country": "PT"}))
            .await;
        app.recorder.clear();
        let document = "{ searchMembers(first: 100, filter: {words: \"kites\"}) { edges { highlights { parts { text } }
            node { handle profile { aboutMe country { code } } } } } }";
        let reply = ana.query(document).await;
        assert_eq!(
            reply.at("/searchMembers/edges").as_array().unwrap().len(),
            nth as usize + 1
        );
        counts.push(recorded(&app).len());
    }
    assert!(counts.iter().all(|count| count == &counts[0]), "{counts:?}");
}

/// Five who show a country, and Ana, who searches; a stranger puts her on a list that nobody else knows of.
async fn who_is_near_takes_a_place_like_anybody_else(app: TestApp) {
    let ana = app.visitor_at(1);
    ana.sign_up("Ana", "1990-05-06").await;
    let viewer = Viewer::Member(MemberId::from_global(&ana.whoami().await.unwrap()).unwrap());
    let mut strangers = Vec::new();
    for nth in 0..5 {
        let other = app.visitor_at(10 + nth);
        let id = other.sign_up(&format!("Other{nth}"), "1990-05-06").await;
        let country = ["PT", "DE", "JP", "NO", "IN"][usize::from(nth)];
        other.update_profile(json!({ "country": country })).await;
        strangers.push(MemberId::from_global(&id).unwrap().key());
    }
    // The bound is on the first of the order of ids: the last of all is beyond it.
    let last = *strangers.iter().min().unwrap();
    let like = Likeness::default();
    let query = |order| Query {
        clauses: &[],
        order,
        like: &like,
        after: None,
        limit: 100,
        most: 2,
        depth: Depth::Seeing,
    };
    let given = async || {
        let store = &app.services.store;
        let now = app.clock.now();
        let best = store
            .search(viewer, now, &query(Order::BestMatch))
            .await
            .unwrap();
        let best: Vec<i64> = best.iter().map(|((place, _), _)| place.id).collect();
        let facets = store
            .search_facets(viewer, now, &query(Order::Any))
            .await
            .unwrap();
        let count = store
            .search_count(viewer, now, &query(Order::Any))
            .await
            .unwrap();
        (best, facets, count)
    };
    let before = given().await;
    assert_eq!(before.0.len(), 2);
    assert!(!before.0.contains(&last));
    assert!(before.1.more && before.2.more);
    app.db_sql(&format!(
        "INSERT INTO lists (id, owner_id, name, name_folded, created_at) VALUES (1, {last}, 'Kept', 'kept', 1);
         INSERT INTO list_members (list_id, member_id, added_at) VALUES (1, {}, 1);",
        viewer.key()
    ))
    .await;
    assert_eq!(given().await, before);
}

async fn an_entry_goes_with_the_audiences_that_it_was_made_with(app: TestApp) {
    let (ana, ben) = (app.visitor_at(1), app.visitor_at(2));
    ana.sign_up("Ana", "1990-05-06").await;
    ben.sign_up("Ben", "1990-05-06").await;
    let told = json!({"country": "PT", "aboutMe": "kites"});
    ana.update_profile(told).await;
    ana.set_audience("LAST_SEEN", "MEMBERS").await;
    let found = async |filter: Value, order: &str| {
        let variables = json!({"filter": filter, "order": order});
        let reply = ben.ask(SEARCH, variables).await;
        let found = reply.at("/searchMembers");
        let edges = found["edges"].as_array().unwrap().len();
        let facets = found["facets"]["countries"].as_array().unwrap().len();
        (edges, found["totalCount"]["value"].clone(), facets)
    };
    let searches = [
        (json!({"words": "kites"}), "ANY"),
        (json!({"countries": ["PT"]}), "BEST_MATCH"),
        (json!({"seenWithin": "DAY"}), "ANY"),
        (json!({}), "NEWEST"),
        (json!({}), "LATELY_ONLINE"),
    ];
    let before = entries(&app).await;
    let one = (1, json!(1), 1);
    let digits = app
        .db_texts("SELECT audiences || findable AS t FROM standings ORDER BY member_id")
        .await;
    // Past the service, which would have written the entry anew.
    let changes = ["audiences = '0000000000000000000000'", "findable = '000'"];
    for change in changes {
        for (filter, order) in searches.clone() {
            assert_eq!(found(filter, order).await, one, "before {change}, {order}");
        }
        app.db_sql(&format!("UPDATE standings SET {change}")).await;
        assert_eq!(entries(&app).await, Vec::<String>::new());
        for (filter, order) in searches.clone() {
            let nobody = (0, json!(0), 0);
            assert_eq!(found(filter, order).await, nobody, "{change}, {order}");
        }
        app.services.store.index_missing().await.unwrap();
        assert_eq!(entries(&app).await.len(), before.len());
        for (filter, order) in searches.clone() {
            let nobody = (0, json!(0), 0);
            assert_eq!(
                found(filter, order).await,
                nobody,
                "{change}, {order}, with new entries"
            );
        }
        for (nth, digits) in digits.iter().enumerate() {
            let (audiences, findable) = digits.split_at(FIELDS);
            app.db_sql(&format!(
                "UPDATE standings SET audiences = '{audiences}', findable = '{findable}' WHERE member_id = \
                 (SELECT member_id FROM standings ORDER BY member_id LIMIT 1 OFFSET {nth})"
            ))
            .await;
        }
        app.services.store.index_missing().await.unwrap();
        assert_eq!(entries(&app).await, before);
    }
}
