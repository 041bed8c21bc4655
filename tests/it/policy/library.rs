//! The holes of the GraphQL library's own guards, on the pinned version, and beside each that ours is none.
//!
//! A hole that a later version closes fails here: then the sentence in the docs is to be changed, and the
//! typed guard stays.

use async_graphql::{
    ComplexObject, Context, EmptyMutation, EmptySubscription, Guard, Interface, Object, Response,
    Schema, SimpleObject, Value, value,
};
use letterlock::domain::audience::Audience;
use libtest_mimic::Trial;
use serde_json::json;

use super::canaries::{found, global, governed_words};
use crate::support::{app::TestApp, backend::Backends, plain, trials, world::Plan};

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    let mut trials = plain!(
        a_guard_at_a_field_replaces_the_guard_of_its_object,
        a_guard_on_a_simple_object_leaves_its_complex_half_open,
        a_guard_at_a_field_is_skipped_through_an_interface,
        a_guard_that_refuses_takes_the_parent_down,
        a_foreign_error_is_told_word_for_word,
    );
    trials.extend(trials!(
        backends;
        ours_holds_at_every_field_and_through_the_interface,
        ours_leaves_the_parent_and_the_siblings_whole,
        ours_tells_nothing_of_what_broke,
    ));
    trials
}

/// Refuses, whoever asks.
struct Nobody;

impl Guard for Nobody {
    async fn check(&self, _: &Context<'_>) -> async_graphql::Result<()> {
        Err("refused".into())
    }
}

/// Lets everybody in.
struct Anybody;

impl Guard for Anybody {
    async fn check(&self, _: &Context<'_>) -> async_graphql::Result<()> {
        Ok(())
    }
}

#[derive(SimpleObject)]
#[graphql(complex, guard = "Nobody")]
struct Halves {
    plain: i32,
    #[graphql(guard = "Anybody")]
    replaced: i32,
}

#[ComplexObject]
impl Halves {
    async fn complex(&self) -> i32 {
        3
    }
}

struct Guarded;

#[Object]
impl Guarded {
    #[graphql(guard = "Nobody")]
    async fn secret(&self) -> String {
        "told".to_owned()
    }

    #[graphql(guard = "Nobody")]
    async fn required(&self) -> i32 {
        1
    }

    async fn open(&self) -> i32 {
        1
    }
}

#[derive(Interface)]
#[graphql(field(name = "secret", ty = "String"))]
enum Face {
    Guarded(Guarded),
}

struct Query;

#[derive(Debug, thiserror::Error)]
#[error("relation \"members\" at 10.0.0.7 with password hunter2")]
struct Foreign;

#[Object]
impl Query {
    async fn halves(&self) -> Option<Halves> {
        Some(Halves {
            plain: 1,
            replaced: 2,
        })
    }

    async fn face(&self) -> Option<Face> {
        Some(Face::Guarded(Guarded))
    }

    async fn guarded(&self) -> Option<Guarded> {
        Some(Guarded)
    }

    async fn foreign(&self) -> async_graphql::Result<Option<i32>> {
        Err(Foreign)?;
        Ok(Some(1))
    }
}

fn ask(query: &str) -> Response {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    futures_util::future::FutureExt::now_or_never(schema.execute(query))
        .expect("nothing to wait for")
}

fn data(query: &str) -> Value {
    ask(query).data
}

fn a_guard_at_a_field_replaces_the_guard_of_its_object() {
    // The object's guard refuses its fields …
    assert_eq!(data("{ halves { plain } }"), value!({"halves": null}));
    // … but one that has a guard of its own is no longer under it.
    assert_eq!(
        data("{ halves { replaced } }"),
        value!({"halves": {"replaced": 2}})
    );
}

fn a_guard_on_a_simple_object_leaves_its_complex_half_open() {
    assert_eq!(
        data("{ halves { complex } }"),
        value!({"halves": {"complex": 3}})
    );
}

fn a_guard_at_a_field_is_skipped_through_an_interface() {
    assert_eq!(data("{ guarded { secret } }"), value!({"guarded": null}));
    assert_eq!(
        data("{ face { secret } }"),
        value!({"face": {"secret": "told"}})
    );
}

fn a_guard_that_refuses_takes_the_parent_down() {
    assert_eq!(
        data("{ guarded { open } }"),
        value!({"guarded": {"open": 1}})
    );
    assert_eq!(
        data("{ guarded { open required } }"),
        value!({"guarded": null})
    );
}

fn a_foreign_error_is_told_word_for_word() {
    let errors = ask("{ foreign }").errors;
    assert_eq!(errors.len(), 1);
    assert!(errors[0].message.contains("hunter2"), "{errors:?}");
}

const FIELDS: &str = "profile { fullName email city occupation aboutMe }";

async fn ours_holds_at_every_field_and_through_the_interface(app: TestApp) {
    let plans = [
        Plan::adult("Olga", Audience::OnlyMe),
        Plan::adult("Vera", Audience::Public),
    ];
    let people = app.db_world(&plans, &[], &[]).await;
    let id = json!({"id": global(people[0].id)});
    let words = governed_words("Olga");
    let text = format!(
        "query($id: ID!) {{ node(id: $id) {{ id ... on Node {{ id ... on Member {{ displayName {FIELDS} }} }} }} }}"
    );
    let own = app.db_client(&people[0]).await.ask(&text, id.clone()).await;
    assert_eq!(found(&own, &words).len(), words.len(), "{}", own.text);
    let others = app.db_client(&people[1]).await;
    app.recorder.clear();
    let reply = others.ask(&text, id.clone()).await;
    assert_eq!(reply.at("/node/displayName"), "Olga");
    assert_eq!(found(&reply, &words), Vec::<&str>::new(), "{}", reply.text);
    // Not even read, and not even named.
    for statement in app.recorder.statements() {
        for column in ["full_name", "a.email", "city", "occupation", "about_me"] {
            assert!(!statement.contains(column), "{statement}");
        }
    }
    // The interface has no governed field of its own that could be asked for without the type.
    let reply = others
        .ask("query($id: ID!) { node(id: $id) { profile { city } } }", id)
        .await;
    assert_eq!(reply.codes(), ["GRAPHQL_VALIDATION_FAILED"]);
}

async fn ours_leaves_the_parent_and_the_siblings_whole(app: TestApp) {
    let mut olga = Plan::adult("Olga", Audience::OnlyMe);
    olga.audiences = olga
        .audiences
        .with(letterlock::domain::profile::Field::City, Audience::Members);
    let people = app
        .db_world(&[olga, Plan::adult("Vera", Audience::Public)], &[], &[])
        .await;
    let text = format!("query($id: ID!) {{ member(id: $id) {{ id {FIELDS} }} }}");
    let reply = app
        .db_client(&people[1])
        .await
        .ask(&text, json!({"id": global(people[0].id)}))
        .await;
    let profile = json!({
        "fullName": null, "email": null, "city": "Olga's very own city", "occupation": null, "aboutMe": null,
    });
    assert_eq!(
        reply.at("/member"),
        json!({"id": global(people[0].id), "profile": profile})
    );
}

async fn ours_tells_nothing_of_what_broke(app: TestApp) {
    let people = app
        .db_world(&[Plan::adult("Olga", Audience::Public)], &[], &[])
        .await;
    let client = app.db_client(&people[0]).await;
    let text =
        "query($id: ID!) { member(id: $id) { id bond profile { lastSeen } } countries { code } }";
    let whole = client.ask(text, json!({"id": global(people[0].id)})).await;
    assert!(whole.at("/member/profile/lastSeen").is_string());
    // Content breaks, facts do not.
    app.db_sql("ALTER TABLE presences RENAME TO presences_gone")
        .await;
    let reply = client.ask(text, json!({"id": global(people[0].id)})).await;
    let json = reply.json();
    assert_eq!(reply.codes(), ["INTERNAL_SERVER_ERROR"], "{}", reply.text);
    assert_eq!(
        json["errors"][0]["path"],
        json!(["member", "profile", "lastSeen"])
    );
    // The field alone is gone: parent and siblings are whole.
    assert_eq!(json["data"]["member"]["profile"], json!({"lastSeen": null}));
    assert_eq!(json["data"]["member"]["bond"], "MYSELF");
    assert!(
        json["data"]["countries"]
            .as_array()
            .is_some_and(|countries| countries.len() > 200)
    );
    // Without what is drawn by chance, in which any three letters can stand; and a place in the document has a line
    // and a column of its own.
    let mut told = json.clone();
    told["data"]["member"]["id"] = json!(null);
    told["errors"][0]["extensions"]["reference"] = json!(null);
    let told = told.to_string().replace("\"column\"", "").to_lowercase();
    for word in [
        "presences",
        "no such",
        "relation",
        "select",
        "sql",
        "diesel",
        "column",
        "table",
    ] {
        assert!(!told.contains(word), "tells `{word}`: {}", json["errors"]);
    }
    app.db_sql("ALTER TABLE presences_gone RENAME TO presences")
        .await;
}
