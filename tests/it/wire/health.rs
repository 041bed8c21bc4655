//! What supervisors ask.

use libtest_mimic::Trial;
use reqwest::Method;
use serde_json::json;

use crate::support::{app::TestApp, backend::Backends, client::Reply, trials};

pub(crate) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_service_on_a_current_schema_is_live_and_ready,
        a_service_whose_schema_is_behind_is_live_and_not_ready,
        a_service_whose_tables_are_gone_is_live_and_not_ready,
        health_is_asked_by_get_alone_and_every_answer_is_hardened,
    )
}

async fn health(app: &TestApp, which: &str) -> Reply {
    let visitor = app.visitor();
    visitor
        .send(visitor.request(Method::GET, &format!("/health/{which}")))
        .await
}

async fn a_service_on_a_current_schema_is_live_and_ready(app: TestApp) {
    for which in ["live", "ready"] {
        let reply = health(&app, which).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.json(), json!({ "status": "ok" }));
    }
}

async fn not_ready(app: &TestApp) {
    assert_eq!(health(app, "live").await.status, 200);
    let reply = health(app, "ready").await;
    assert_eq!(reply.status, 503);
    assert_eq!(
        reply.json(),
        json!({ "status": "unavailable" }),
        "nothing of what is amiss is told"
    );
}

async fn a_service_whose_schema_is_behind_is_live_and_not_ready(app: TestApp) {
    app.db_sql("DELETE FROM __diesel_schema_migrations").await;
    not_ready(&app).await;
}

async fn a_service_whose_tables_are_gone_is_live_and_not_ready(app: TestApp) {
    app.db_sql("DROP TABLE __diesel_schema_migrations").await;
    not_ready(&app).await;
}

async fn health_is_asked_by_get_alone_and_every_answer_is_hardened(app: TestApp) {
    let visitor = app.visitor();
    for (method, path, status) in [
        (Method::POST, "/health/live", 405),
        (Method::DELETE, "/health/ready", 405),
        (Method::GET, "/health", 404),
        (Method::GET, "/nowhere", 404),
        (Method::GET, "/graphql/", 404),
        (Method::GET, "/health/live", 200),
        (Method::GET, "/", 200),
        (Method::GET, "/graphql", 400),
        (Method::PUT, "/graphql", 405),
    ] {
        let reply = visitor.send(visitor.request(method.clone(), path)).await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(reply.headers["referrer-policy"], "no-referrer", "{path}");
        assert!(
            reply.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("frame-ancestors 'none'")
        );
        assert!(reply.headers.contains_key("cache-control"), "{path}");
        assert!(!reply.headers.contains_key("server"), "{path}");
    }
}
