//! A few people, lists of penpals, and audiences that name them: what stories about settings begin with.

use serde_json::{Value, json};

use super::{app::TestApp, client::Client};

/// Adults who have signed up, each in a network of their own, and their ids.
pub(crate) async fn people<const N: usize>(app: &TestApp) -> ([Client; N], [String; N]) {
    let clients: [Client; N] = std::array::from_fn(|nth| app.visitor_at(nth as u8 + 1));
    let mut ids: [String; N] = std::array::from_fn(|_| String::new());
    for (nth, client) in clients.iter().enumerate() {
        let name = ["Ana", "Ben", "Cleo", "Dora"][nth];
        ids[nth] = client.sign_up(name, "1990-05-06").await;
    }
    (clients, ids)
}

/// Makes a list of penpals, and gives back its id.
pub(crate) async fn list(owner: &Client, name: &str, members: &[&str]) -> String {
    let made = owner
        .ask(
            "mutation($name: String!) { createList(input: {name: $name}) {
                list { id } userErrors { field code } } }",
            json!({ "name": name }),
        )
        .await;
    assert!(made.user_errors().is_empty(), "{}", made.text);
    let id = made.at("/createList/list/id").as_str().unwrap().to_owned();
    assert!(add(owner, &id, members).await.is_empty());
    id
}

/// Puts members on a list; what is wrong with it.
pub(crate) async fn add(owner: &Client, list: &str, members: &[&str]) -> Vec<String> {
    change(owner, "addToList", list, members).await
}

/// Puts members on a list or takes them off, as `act` says; what is wrong with it.
pub(crate) async fn change(owner: &Client, act: &str, list: &str, members: &[&str]) -> Vec<String> {
    let document = format!(
        "mutation($list: ID!, $members: [ID!]!) {{ {act}(input: {{list: $list, members: $members}}) {{
            list {{ memberCount }} userErrors {{ field code }} }} }}"
    );
    let variables = json!({ "list": list, "members": members });
    owner.ask(&document, variables).await.user_errors()
}

/// Sets audiences, as `setVisibility` takes them; what is wrong with it.
pub(crate) async fn set(owner: &Client, entries: Value) -> Vec<String> {
    let document = "mutation($entries: [VisibilityInput!]!) {
        setVisibility(input: {entries: $entries}) { userErrors { field code } } }";
    owner
        .ask(document, json!({ "entries": entries }))
        .await
        .user_errors()
}

/// The same, where nothing is wrong with it.
pub(crate) async fn set_well(owner: &Client, entries: Value) {
    let wrong = set(owner, entries).await;
    assert!(wrong.is_empty(), "{wrong:?}");
}
