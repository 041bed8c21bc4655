//! Finding penpals by what they show.

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
        a_word_is_found_in_any_of_its_forms_and_marked_where_it_stands,
        what_is_changed_is_found_or_not_by_the_very_next_search,
        what_is_hidden_is_neither_found_nor_counted_nor_marked,
        who_is_excepted_finds_nothing_that_is_hidden_from_them,
        the_blocked_the_frozen_and_the_other_side_of_the_age_line_are_not_found,
        languages_are_exchanged,
        the_best_match_says_why,
        a_cursor_is_of_one_search_one_order_and_one_viewer,
        absurd_filters_are_refused_in_words_or_find_nobody,
        whatever_is_typed_breaks_nothing,
        suggestions_come_from_public_lists_alone,
        a_page_is_the_same_whoever_else_has_come,
    )
}

const FOUND: &str = "query($filter: MemberFilter, $order: MemberOrder, $first: Int = 50, $after: String) {
    searchMembers(filter: $filter, orderBy: $order, first: $first, after: $after) {
        totalCount { value more }
        facets { countries { country { code } count { value } } }
        didYouMean { word suggestion { name } }
        pageInfo { hasNextPage endCursor }
        edges { cursor match { score reasons { kind points } }
            highlights { field parts { text matched } cutBefore cutAfter } node { displayName } } } }";

/// What a search answers.
async fn search(client: &Client, filter: Value) -> Value {
    let variables = json!({ "filter": filter, "order": "ANY" });
    client.ask(FOUND, variables).await.at("/searchMembers")
}

/// The names of those who are found, in order of names; the count has to be the same.
async fn names(client: &Client, filter: Value) -> Vec<String> {
    let found = search(client, filter).await;
    let edges = found["edges"].as_array().unwrap().iter();
    let mut names: Vec<String> = edges
        .map(|edge| edge["node"]["displayName"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(
        found["totalCount"],
        json!({"value": names.len(), "more": false})
    );
    names
}

async fn tell(client: &Client, profile: Value) {
    let told = client.update_profile(profile).await;
    assert!(told.user_errors().is_empty(), "{}", told.text);
}

const NOBODY: [&str; 0] = [];

async fn a_word_is_found_in_any_of_its_forms_and_marked_where_it_stands(app: TestApp) {
    let ([ana, ben], _) = people(&app).await;
    let about = "I spend my weekends gardening, and I write long letters to friends far away.";
    tell(&ana, json!({"aboutMe": about, "lookingFor": "Somebody who likes old gardens.", "occupation": "Gärtnerin"})).await;
    for words in ["gardens", "GARDEN", "weekend letter", "gardening friends"] {
        assert_eq!(
            names(&ben, json!({ "words": words })).await,
            ["Ana"],
            "{words}"
        );
    }
    for words in ["horses", "garden horses"] {
        assert_eq!(
            names(&ben, json!({ "words": words })).await,
            NOBODY,
            "{words}"
        );
    }
    assert_eq!(
        names(&ben, json!({"occupation": "gartnerin"})).await,
        ["Ana"]
    );
    // A word of the occupation is none of 'about me'.
    assert_eq!(names(&ben, json!({"words": "gartnerin"})).await, NOBODY);
    let found = search(&ben, json!({"words": "gardens"})).await;
    let highlights = found
        .pointer("/edges/0/highlights")
        .unwrap()
        .as_array()
        .unwrap();
    assert_eq!(highlights.len(), 2, "{found}");
    for (highlight, field, word) in [
        (&highlights[0], "ABOUT_ME", "gardening"),
        (&highlights[1], "LOOKING_FOR", "gardens"),
    ] {
        assert_eq!(highlight["field"], field);
        let parts = highlight["parts"].as_array().unwrap();
        let matched: Vec<&Value> = parts
            .iter()
            .filter(|part| part["matched"] == true)
            .collect();
        assert_eq!(matched.len(), 1);
        assert_eq!(matched[0]["text"], word);
        let text: String = parts
            .iter()
            .map(|part| part["text"].as_str().unwrap())
            .collect();
        assert!(
            about.contains(&text) || text == "Somebody who likes old gardens.",
            "{text}"
        );
    }
}

async fn what_is_changed_is_found_or_not_by_the_very_next_search(app: TestApp) {
    let ([ana, ben], _) = people(&app).await;
    tell(
        &ana,
        json!({"country": "PT", "city": "Porto", "interests": ["chess"]}),
    )
    .await;
    for (filter, field) in [
        (json!({"countries": ["PT"]}), "COUNTRY"),
        (json!({"regions": ["SOUTHERN_EUROPE"]}), "COUNTRY"),
        (json!({"interests": {"all": ["chess"]}}), "INTERESTS"),
        (json!({"city": "PORTO"}), "CITY"),
        (json!({"age": {"min": 30, "max": 40}}), "AGE"),
        (json!({"seenWithin": "HOUR"}), "LAST_SEEN"),
        (json!({"joinedWithin": "DAY"}), "JOINED"),
    ] {
        for (audience, found) in [
            ("MEMBERS", true),
            ("PENPALS", false),
            ("MEMBERS", true),
            ("ONLY_ME", false),
        ] {
            ana.set_audience(field, audience).await;
            let names = names(&ben, filter.clone()).await;
            assert_eq!(names == ["Ana"], found, "{filter} {audience}: {names:?}");
        }
        ana.set_audience(field, "MEMBERS").await;
    }
    tell(
        &ana,
        json!({"country": "DE", "city": null, "interests": []}),
    )
    .await;
    assert_eq!(names(&ben, json!({"countries": ["PT"]})).await, NOBODY);
    assert_eq!(
        names(&ben, json!({"countries": ["PT", "DE"]})).await,
        ["Ana"]
    );
    assert_eq!(names(&ben, json!({"city": "Porto"})).await, NOBODY);
    assert_eq!(
        names(&ben, json!({"interests": {"any": ["chess"]}})).await,
        NOBODY
    );
    // A penpal sees more, and so finds by more.
    ana.set_audience("COUNTRY", "PENPALS").await;
    assert_eq!(names(&ben, json!({"countries": ["DE"]})).await, NOBODY);
    ana.befriend(&ben).await;
    assert_eq!(names(&ben, json!({"countries": ["DE"]})).await, ["Ana"]);
}

async fn what_is_hidden_is_neither_found_nor_counted_nor_marked(app: TestApp) {
    let ([ana, ben, cleo], _) = people(&app).await;
    for client in [&ana, &ben] {
        tell(
            client,
            json!({"country": "PT", "aboutMe": "lanterns", "lookingFor": "kites"}),
        )
        .await;
    }
    ana.set_audience("COUNTRY", "ONLY_ME").await;
    ana.set_audience("ABOUT_ME", "ONLY_ME").await;
    assert_eq!(names(&cleo, json!({"words": "lanterns"})).await, ["Ben"]);
    assert_eq!(
        names(&cleo, json!({"words": "kites"})).await,
        ["Ana", "Ben"]
    );
    // One word is hidden, one is shown: together they do not find, and no mark is set in what is hidden.
    assert_eq!(
        names(&cleo, json!({"words": "kites lanterns"})).await,
        ["Ben"]
    );
    let found = search(&cleo, json!({"words": "kites"})).await;
    assert!(!found.to_string().contains("lanterns"), "{found}");
    let everybody = search(&cleo, json!({})).await;
    assert_eq!(everybody["totalCount"]["value"], 2);
    let one = json!([{"country": {"code": "PT"}, "count": {"value": 1}}]);
    assert_eq!(everybody["facets"]["countries"], one);
}

async fn who_is_excepted_finds_nothing_that_is_hidden_from_them(app: TestApp) {
    let ([ana, ben, cleo], ids) = people(&app).await;
    ana.befriend(&ben).await;
    tell(&ana, json!({"country": "PT", "city": "Porto"})).await;
    let list = list(&ana, "Not these", &[&ids[1]]).await;
    let entries = json!([
        {"field": "COUNTRY", "audience": "MEMBERS", "except": [list]},
        {"field": "CITY", "audience": "LISTS", "lists": [list]},
    ]);
    set_well(&ana, entries).await;
    let countries = || json!({"countries": ["PT"]});
    assert_eq!(names(&ben, countries()).await, NOBODY);
    assert_eq!(names(&cleo, countries()).await, ["Ana"]);
    assert_eq!(names(&ben, json!({"city": "porto"})).await, ["Ana"]);
    assert_eq!(names(&cleo, json!({"city": "porto"})).await, NOBODY);
    // The exception outlives the bond; what the list was shown does not.
    ben.act("endPenpal", &ids[0]).await;
    assert_eq!(names(&ben, countries()).await, NOBODY);
    assert_eq!(names(&ben, json!({"city": "porto"})).await, NOBODY);
    assert_eq!(names(&ben, json!({})).await, ["Ana", "Cleo"]);
}

async fn the_blocked_the_frozen_and_the_other_side_of_the_age_line_are_not_found(app: TestApp) {
    let ([ana, ben, cleo], _) = people(&app).await;
    let tom = app.visitor_at(9);
    tom.sign_up("Tom", "2010-03-04").await;
    for client in [&ana, &ben, &cleo, &tom] {
        tell(client, json!({"country": "PT"})).await;
        client.set_audience("COUNTRY", "MEMBERS").await;
    }
    let countries = || json!({"countries": ["PT"]});
    assert_eq!(names(&ana, countries()).await, ["Ben", "Cleo"]);
    assert_eq!(names(&tom, countries()).await, NOBODY);
    assert_eq!(names(&app.visitor(), countries()).await, NOBODY);
    ana.set_audience("COUNTRY", "PUBLIC").await;
    assert_eq!(names(&app.visitor(), countries()).await, ["Ana"]);
    ana.block(&ben.whoami().await.unwrap()).await;
    assert_eq!(names(&ana, countries()).await, ["Cleo"]);
    assert_eq!(names(&ben, countries()).await, ["Cleo"]);
    let facets = search(&ben, countries()).await;
    assert_eq!(facets["facets"]["countries"][0]["count"]["value"], 1);
    let id = letterlock::domain::id::MemberId::from_global(&cleo.whoami().await.unwrap()).unwrap();
    app.db_sql(&format!(
        "UPDATE standings SET standing = 1, privacy_version = privacy_version + 1 WHERE member_id = {}",
        id.key()
    ))
    .await;
    assert_eq!(names(&ana, countries()).await, NOBODY);
}

async fn languages_are_exchanged(app: TestApp) {
    let ([ana, ben, cleo], _) = people(&app).await;
    let speaks = |native: &str, learned: &str| json!({"languages": [{"language": native, "fluency": "NATIVE"}, {"language": learned, "fluency": "A2"}]});
    tell(&ana, speaks("pt", "ja")).await;
    tell(&ben, speaks("ja", "pt")).await;
    tell(&cleo, speaks("ja", "de")).await;
    let exchange = || json!({"languageExchange": true});
    assert_eq!(names(&ana, exchange()).await, ["Ben"]);
    assert_eq!(names(&ben, exchange()).await, ["Ana"]);
    assert_eq!(names(&cleo, exchange()).await, NOBODY);
    assert_eq!(
        names(&ana, json!({"native": ["ja"]})).await,
        ["Ben", "Cleo"]
    );
    let learning =
        |from: &str, to: &str| json!({"learning": [{"language": "pt", "from": from, "to": to}]});
    assert_eq!(names(&cleo, learning("A1", "B1")).await, ["Ben"]);
    assert_eq!(names(&cleo, learning("B1", "C2")).await, NOBODY);
    // What the viewer hides from others is still the viewer's own.
    ana.set_audience("LANGUAGES", "ONLY_ME").await;
    assert_eq!(names(&ana, exchange()).await, ["Ben"]);
    assert_eq!(names(&ben, exchange()).await, NOBODY);
    let reply = app
        .visitor()
        .ask(FOUND, json!({"filter": exchange()}))
        .await;
    assert_eq!(reply.codes(), ["BAD_USER_INPUT"]);
}

async fn the_best_match_says_why(app: TestApp) {
    let ([ana, ben, cleo, dora], _) = people(&app).await;
    tell(&ana, json!({"interests": ["chess", "letter-writing"], "languages": [{"language": "pt", "fluency": "NATIVE"}, {"language": "ja", "fluency": "A2"}]})).await;
    tell(&ben, json!({"interests": ["chess", "letter-writing"], "languages": [{"language": "ja", "fluency": "NATIVE"}]})).await;
    tell(&cleo, json!({"interests": ["chess"]})).await;
    let best = |client: &Client| {
        let client = client.clone();
        async move {
            let reply = client.ask(FOUND, json!({"order": "BEST_MATCH"})).await;
            let edges = reply.at("/searchMembers/edges");
            let edges = edges.as_array().unwrap().iter();
            edges
                .map(|edge| (edge["node"]["displayName"].clone(), edge["match"].clone()))
                .collect::<Vec<_>>()
        }
    };
    let age = json!({"kind": "ABOUT_MY_AGE", "points": 10});
    let found = best(&ana).await;
    assert_eq!(
        found,
        [
            (
                json!("Ben"),
                json!({"score": 41, "reasons": [
                {"kind": "TEACHES_ME", "points": 20}, {"kind": "INTERESTS", "points": 6}, age,
                {"kind": "COMMON_LANGUAGE", "points": 5}]})
            ),
            (
                json!("Cleo"),
                json!({"score": 13, "reasons": [{"kind": "INTERESTS", "points": 3}, age]})
            ),
            (json!("Dora"), json!({"score": 10, "reasons": [age]})),
        ]
    );
    // What is hidden gives no points, and does not move anybody.
    for field in ["INTERESTS", "LANGUAGES"] {
        ben.set_audience(field, "ONLY_ME").await;
    }
    dora.set_audience("AGE", "ONLY_ME").await;
    let found = best(&ana).await;
    assert_eq!(found[0].0, "Cleo");
    assert_eq!(
        found[1],
        (json!("Ben"), json!({"score": 10, "reasons": [age]}))
    );
    assert_eq!(
        found[2],
        (json!("Dora"), json!({"score": 0, "reasons": []}))
    );
}

async fn a_cursor_is_of_one_search_one_order_and_one_viewer(app: TestApp) {
    let ([ana, ben, cleo], _) = people(&app).await;
    for client in [&ana, &ben, &cleo] {
        tell(client, json!({"country": "PT"})).await;
    }
    let ask = |filter: Value, order: &str, after: Value| json!({"filter": filter, "order": order, "first": 1, "after": after});
    let portugal = || json!({"countries": ["PT"]});
    let first = ana.ask(FOUND, ask(portugal(), "NEWEST", Value::Null)).await;
    let cursor = first.at("/searchMembers/pageInfo/endCursor");
    let next = ana
        .ask(FOUND, ask(portugal(), "NEWEST", cursor.clone()))
        .await;
    assert_eq!(next.at("/searchMembers/edges").as_array().unwrap().len(), 1);
    assert_eq!(next.at("/searchMembers/pageInfo/hasNextPage"), false);
    for (client, filter, order) in [
        (&ana, portugal(), "ANY"),
        (&ana, portugal(), "LATELY_ONLINE"),
        (&ana, json!({}), "NEWEST"),
        (&ana, json!({"countries": ["PT", "DE"]}), "NEWEST"),
        (&ben, portugal(), "NEWEST"),
        (&app.visitor(), portugal(), "NEWEST"),
    ] {
        let reply = client.ask(FOUND, ask(filter, order, cursor.clone())).await;
        assert_eq!(reply.codes(), ["BAD_USER_INPUT"], "{}", reply.text);
    }
    let members = ana
        .ask(
            "query($after: String) { members(first: 1, after: $after) { edges { cursor } } }",
            json!({"after": cursor}),
        )
        .await;
    assert_eq!(members.codes(), ["BAD_USER_INPUT"]);
}

async fn absurd_filters_are_refused_in_words_or_find_nobody(app: TestApp) {
    let ([ana, ben], _) = people(&app).await;
    tell(&ben, json!({"country": "PT", "interests": ["chess"]})).await;
    let many = |what: &'static str| vec![what; 61];
    for filter in [
        json!({"age": {"min": 40, "max": 30}}),
        json!({"age": {"min": -1}}),
        json!({"age": {"max": 151}}),
        json!({"countries": ["XX"]}),
        json!({"countries": many("PT")}),
        json!({"native": ["portuguese"]}),
        json!({"learning": [{"language": "pt", "from": "C1", "to": "A2"}]}),
        json!({"learning": [{"language": "pt", "from": "NATIVE"}]}),
        json!({"interests": {"any": ["no-such-thing"]}}),
        json!({"interests": {"all": many("chess")}}),
        json!({"words": "… — !"}),
        json!({"words": "🐈"}),
        json!({"words": ""}),
        json!({"words": "one ".repeat(25)}),
        json!({"words": "x".repeat(201)}),
        json!({"city": "  "}),
        json!({"city": "x".repeat(201)}),
        json!({"occupation": "-"}),
    ] {
        let reply = ana.ask(FOUND, json!({"filter": filter})).await;
        assert_eq!(
            reply.codes(),
            ["BAD_USER_INPUT"],
            "{filter}: {}",
            reply.text
        );
        // The sentence is a fixed one, about the argument and nothing else.
        assert!(
            !reply.text.contains("xxxx") && !reply.text.contains("no-such-thing"),
            "{}",
            reply.text
        );
    }
    for filter in [
        json!({"countries": []}),
        json!({"countries": ["PT"], "regions": ["EASTERN_ASIA"]}),
        json!({"interests": {"any": [], "all": ["chess"]}}),
        json!({"age": {"min": 149, "max": 150}}),
        json!({"genders": []}),
    ] {
        assert_eq!(names(&ana, filter.clone()).await, NOBODY, "{filter}");
    }
    for filter in [
        json!({"interests": {}}),
        json!({"age": {}}),
        json!({"interests": {"all": []}}),
        Value::Null,
    ] {
        assert_eq!(names(&ana, filter.clone()).await, ["Ben"], "{filter}");
    }
    for first in [0, -1, 101] {
        let reply = ana.ask(FOUND, json!({"first": first})).await;
        assert_eq!(reply.codes(), ["BAD_USER_INPUT"]);
    }
}

async fn whatever_is_typed_breaks_nothing(app: TestApp) {
    let ([ana, ben], _) = people(&app).await;
    let about = "שלום and مرحبا, naïve café 👩‍👩‍👧 AND or NOT near";
    tell(
        &ben,
        json!({"aboutMe": about, "city": "תל אביב", "occupation": "O'Brien; DROP TABLE"}),
    )
    .await;
    for words in [
        "\"",
        "'",
        "a\"b",
        "a'b",
        "AND",
        "a AND",
        "NOT a",
        "a OR b",
        "NEAR(a b)",
        "a*",
        "*",
        "^a",
        "a:b",
        "terms:a",
        "(a",
        "a)",
        "a & b",
        "a | !b",
        "a <-> b",
        "a:*",
        "\\",
        "%",
        "_",
        "{a b} : c",
        "-a",
        "+a",
        "a\u{0}b",
        "שלום",
        "مرحبا",
        "👩‍👩‍👧 cat",
        "\u{202e}abc",
        "ａｂｃ",
        "ﬁsh",
        "e\u{301}",
        "İstanbul",
    ] {
        for filter in [
            json!({ "words": words }),
            json!({ "city": words }),
            json!({ "occupation": words }),
        ] {
            let reply = ana.ask(FOUND, json!({ "filter": filter })).await;
            let codes = reply.codes();
            assert!(
                codes.is_empty() || codes == ["BAD_USER_INPUT"],
                "{words:?}: {}",
                reply.text
            );
        }
        let typed = json!({ "text": words });
        let reply = ana
            .ask(
                "query($text: String!) { searchSuggestions(text: $text) { name } }",
                typed,
            )
            .await;
        assert!(reply.codes().is_empty(), "{words:?}: {}", reply.text);
    }
    for words in ["שלום", "مرحبا", "naive CAFE", "and OR not NEAR"] {
        assert_eq!(
            names(&ana, json!({ "words": words })).await,
            ["Ben"],
            "{words}"
        );
    }
    assert_eq!(
        names(&ana, json!({"occupation": "o'brien drop table"})).await,
        ["Ben"]
    );
    ben.set_audience("CITY", "MEMBERS").await;
    assert_eq!(names(&ana, json!({"city": "תלאביב"})).await, ["Ben"]);
}

async fn suggestions_come_from_public_lists_alone(app: TestApp) {
    let ([ana, ben], _) = people(&app).await;
    tell(
        &ben,
        json!({"aboutMe": "Portuguesewater", "city": "Portugalete", "occupation": "Portraitist"}),
    )
    .await;
    let document = "query($text: String!, $first: Int) { searchSuggestions(text: $text, first: $first) { kind code name } }";
    let typed = ana.ask(document, json!({"text": "portu"})).await;
    assert_eq!(
        typed.at("/searchSuggestions"),
        json!([{"kind": "LANGUAGE", "code": "pt", "name": "Portuguese"}, {"kind": "COUNTRY", "code": "PT", "name": "Portugal"}])
    );
    assert_eq!(
        ana.ask(document, json!({"text": "portuguesew"}))
            .await
            .at("/searchSuggestions"),
        json!([])
    );
    assert_eq!(
        ana.ask(document, json!({"text": "p", "first": 51}))
            .await
            .codes(),
        ["BAD_USER_INPUT"]
    );
    assert_eq!(
        ana.ask(document, json!({"text": "p".repeat(101)}))
            .await
            .codes(),
        ["BAD_USER_INPUT"]
    );
    let found = search(&ana, json!({"words": "portugeese letters"})).await;
    assert_eq!(
        found["didYouMean"],
        json!([{"word": "portugeese", "suggestion": {"name": "Portuguese"}}])
    );
}

/// Whoever else comes, with whatever hidden, does not move those who are shown.
async fn a_page_is_the_same_whoever_else_has_come(app: TestApp) {
    let ([ana, ben, cleo], _) = people(&app).await;
    tell(
        &ana,
        json!({"aboutMe": "kites and lanterns", "interests": ["chess"]}),
    )
    .await;
    tell(&ben, json!({"aboutMe": "kites", "interests": ["chess"]})).await;
    let mut before = Vec::new();
    let orders = ["ANY", "NEWEST", "LATELY_ONLINE", "BEST_MATCH"];
    for order in orders {
        let variables = json!({"filter": {"words": "kites"}, "order": order});
        before.push(cleo.ask(FOUND, variables).await.text);
    }
    // Others, who hide all of it.
    for nth in 0..5 {
        let other = app.visitor_at(20 + nth);
        other.sign_up(&format!("Other{nth}"), "1990-05-06").await;
        tell(
            &other,
            json!({"aboutMe": "kites kites kites lanterns", "interests": ["chess"]}),
        )
        .await;
        for field in ["ABOUT_ME", "INTERESTS"] {
            other.set_audience(field, "PENPALS").await;
        }
    }
    for (order, before) in orders.into_iter().zip(before) {
        let variables = json!({"filter": {"words": "kites"}, "order": order});
        assert_eq!(cleo.ask(FOUND, variables).await.text, before, "{order}");
    }
}
