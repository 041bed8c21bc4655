use std::sync::Arc;

use async_graphql::{Variables, parser::parse_query};
use serde_json::json;

use super::*;
use crate::{
    domain::clock::Clock,
    graphql::{
        arrival::{Credential, Explain},
        listeners::Listeners,
        services::{Services, SessionLife, Throttles},
    },
    pictures::{Pictures, shelf::Shelf},
    store::{Keyring, Store, conn::Address},
    viewer::{
        passwords::{Params, Passwords},
        seal::Sealer,
    },
};

struct House {
    api: MemberApi,
    _folder: tempfile::TempDir,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keyring::parse(&format!("1:{}", "k".repeat(32)).into()).unwrap();
    let store = Store::new(&Address::Sqlite(folder.path().join("db")), 2, keys, None).unwrap();
    store.migrate().await.unwrap();
    let clock = Clock::system();
    let cheap = Params {
        memory_kib: 8,
        iterations: 1,
        lanes: 1,
    };
    let services = Services {
        store,
        passwords: Passwords::new(cheap, 1).unwrap(),
        sealer: Sealer::from_secret(&[7; 32]).unwrap(),
        throttles: Throttles::new(&clock),
        sessions: SessionLife::default(),
        listeners: Listeners::default(),
        pictures: Pictures::kept_on(Shelf::in_memory()),
        clock,
    };
    House {
        api: MemberApi::new(Arc::new(services), true),
        _folder: folder,
    }
}

impl House {
    async fn subscribe(
        &self,
        document: &str,
        variables: serde_json::Value,
        credential: Credential,
    ) -> Live {
        let question = Question {
            document: Arc::new(parse_query(document).unwrap().into()),
            operation_name: None,
            variables: Variables::from_json(variables),
        };
        let arrival = Arrival {
            credential,
            device: None,
            screened_out: false,
            explain: Explain::Nothing,
            network: "192.0.2.0/24".parse().unwrap(),
        };
        self.api.subscribe(question, arrival).await
    }
}

fn code(response: &Response) -> String {
    let error = serde_json::to_value(response.errors.first().unwrap()).unwrap();
    assert!(error.get("path").is_none(), "{error}");
    error["extensions"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_query_is_answered_once() {
    let house = house().await;
    let mut live = house
        .subscribe(
            "{ __typename me { __typename } }",
            json!({}),
            Credential::None,
        )
        .await;
    let response = live.answers.recv().await.unwrap();
    assert_eq!(response.errors, []);
    assert_eq!(
        response.data.into_json().unwrap(),
        json!({ "__typename": "Query", "me": null })
    );
    assert!(live.answers.recv().await.is_none());
}

#[tokio::test]
async fn what_is_not_to_run_is_one_answer_without_data() {
    let house = house().await;
    for (document, variables, credential, expected) in [
        (
            "{ nothing }",
            json!({}),
            Credential::None,
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "subscription { nothing }",
            json!({}),
            Credential::None,
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "query($id: ID!) { node(id: $id) { id } }",
            json!({ "id": [] }),
            Credential::None,
            "BAD_USER_INPUT",
        ),
        (
            "{ __typename }",
            json!({}),
            Credential::Bearer("stale".into()),
            "UNAUTHENTICATED",
        ),
    ] {
        let mut live = house.subscribe(document, variables, credential).await;
        let response = live.answers.recv().await.unwrap();
        assert_eq!(response.data, async_graphql::Value::Null);
        assert_eq!(code(&response), expected, "{document}");
        assert!(live.answers.recv().await.is_none());
    }
}

#[tokio::test]
async fn a_query_gives_its_place_back_and_waits_for_one_while_it_is_listened_to() {
    let house = house().await;
    let most = house.api.under_way.available_permits();
    let all = house.api.under_way.clone().acquire_many_owned(most as u32);
    let all = all.await.unwrap();
    let mut waiting = house
        .subscribe("{ __typename }", json!({}), Credential::None)
        .await;
    let gone = house
        .subscribe("{ __typename }", json!({}), Credential::None)
        .await;
    drop(gone);
    tokio::task::yield_now().await;
    assert!(waiting.answers.try_recv().is_err());
    drop(all);
    assert!(waiting.answers.recv().await.is_some());
    assert!(waiting.answers.recv().await.is_none());
    assert_eq!(house.api.under_way.available_permits(), most);
}
