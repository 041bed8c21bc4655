//! Requests that run at the same time share nothing of their viewers.

use futures_util::future::join_all;
use letterlock::domain::audience::Audience;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::canaries::global;
use crate::support::{app::TestApp, backend::Backends, trials, world::Plan};

pub(super) fn trials(backends: &Backends) -> Vec<Trial> {
    trials!(backends; viewers_at_the_same_time_each_get_their_own_answers)
}

const MEMBERS: &str = "query($one: ID!, $two: ID!) {
    me { member { displayName } }
    one: member(id: $one) { bond profile { city aboutMe } }
    two: member(id: $two) { bond profile { city aboutMe } } }";

async fn viewers_at_the_same_time_each_get_their_own_answers(app: TestApp) {
    let plans = [
        Plan::adult("Olga", Audience::Penpals),
        Plan::adult("Petra", Audience::Members),
        Plan::adult("Penpal", Audience::Public),
        Plan::adult("Stranger", Audience::Public),
        Plan::adult("Blocked", Audience::Public),
        Plan::teen("Teen", Audience::Members),
    ];
    let people = app.db_world(&plans, &[(0, 2)], &[(0, 4)]).await;
    let city = |name: &str| json!(format!("{name}'s very own city"));
    // What each sees of Olga and of Petra: whether at all, and the city.
    let hidden = (false, Value::Null);
    let expected = [
        (Some(0), (true, city("Olga")), (true, city("Petra"))),
        (Some(2), (true, city("Olga")), (true, city("Petra"))),
        (Some(3), (true, Value::Null), (true, city("Petra"))),
        (Some(4), hidden.clone(), (true, city("Petra"))),
        (Some(5), hidden.clone(), hidden.clone()),
        (None, hidden.clone(), hidden),
    ];
    let mut clients = Vec::new();
    for (viewer, ..) in &expected {
        clients.push(match viewer {
            Some(nth) => app.db_client(&people[*nth]).await,
            None => app.visitor(),
        });
    }
    let variables = json!({"one": global(people[0].id), "two": global(people[1].id)});
    for round in 0..5 {
        let asked = (0..40).map(|nth| {
            let who = (nth * 7 + round) % expected.len();
            let (client, variables) = (&clients[who], variables.clone());
            async move { (who, client.ask(MEMBERS, variables).await) }
        });
        for (who, reply) in join_all(asked).await {
            let (viewer, one, two) = &expected[who];
            let name = viewer.map_or(Value::Null, |nth| json!(people[nth].name));
            let me = reply.at("/me");
            assert_eq!(
                me.pointer("/member/displayName")
                    .cloned()
                    .unwrap_or_default(),
                name,
                "{}",
                reply.text
            );
            for (alias, (exists, city)) in [("one", one), ("two", two)] {
                let member = reply.at(&format!("/{alias}"));
                assert_eq!(!member.is_null(), *exists, "{viewer:?}: {}", reply.text);
                assert_eq!(
                    member.pointer("/profile/city").unwrap_or(&Value::Null),
                    city,
                    "{viewer:?}: {}",
                    reply.text
                );
            }
        }
    }
}
