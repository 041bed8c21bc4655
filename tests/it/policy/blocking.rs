//! A block holds, however it came about.

use letterlock::domain::audience::Audience;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::canaries::global;
use crate::support::{app::TestApp, backend::Backends, trials, world::Plan};

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(
        backends;
        a_handle_that_was_blocked_before_anybody_had_it_can_be_blocked_again,
        a_block_by_handle_is_a_block,
    )
}

const MEMBER: &str = "query($id: ID!) { member(id: $id) { displayName } }";

async fn a_block_by_handle_is_a_block(app: TestApp) {
    let people = app
        .db_world(
            &[
                Plan::adult("Olga", Audience::Public),
                Plan::adult("Vera", Audience::Public),
            ],
            &[(0, 1)],
            &[],
        )
        .await;
    let (olga, vera) = (
        app.db_client(&people[0]).await,
        app.db_client(&people[1]).await,
    );
    let id = |nth: usize| json!({"id": global(people[nth].id)});
    assert_eq!(
        olga.ask(MEMBER, id(1)).await.at("/member/displayName"),
        "Vera"
    );
    let text = "mutation($handle: String!) { block(input: {handle: $handle}) { block { id } userErrors { code } } }";
    let reply = olga
        .ask(text, json!({"handle": people[1].handle.to_uppercase()}))
        .await;
    assert!(reply.user_errors().is_empty(), "{}", reply.text);
    assert_eq!(olga.ask(MEMBER, id(1)).await.at("/member"), Value::Null);
    assert_eq!(vera.ask(MEMBER, id(0)).await.at("/member"), Value::Null);
    assert_eq!(app.db_sql("SELECT count(*) AS n FROM bonds").await, Some(0));
}

async fn a_handle_that_was_blocked_before_anybody_had_it_can_be_blocked_again(app: TestApp) {
    let people = app
        .db_world(
            &[
                Plan::adult("Olga", Audience::Public),
                Plan::adult("Vera", Audience::Public),
            ],
            &[],
            &[],
        )
        .await;
    let (olga, vera) = (
        app.db_client(&people[0]).await,
        app.db_client(&people[1]).await,
    );
    let id = |nth: usize| json!({"id": global(people[nth].id)});
    // Olga's entry is from before anybody had the handle.
    olga.block(&global(people[1].id)).await;
    app.db_sql("UPDATE blocks SET blocked_id = NULL").await;
    assert_eq!(
        olga.ask(MEMBER, id(1)).await.at("/member/displayName"),
        "Vera"
    );
    let reply = olga.block(&global(people[1].id)).await;
    assert!(reply.user_errors().is_empty(), "{}", reply.text);
    assert_eq!(olga.ask(MEMBER, id(1)).await.at("/member"), Value::Null);
    assert_eq!(vera.ask(MEMBER, id(0)).await.at("/member"), Value::Null);
}
