//! A client, as a browser or another program is one: it keeps its cookies, or a bearer token.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use reqwest::{RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

/// Somebody who asks.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    bearer: Option<String>,
    network: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// The body, as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// What `pointer` (RFC 6901) points to under `data`; there must be no errors.
    pub(crate) fn at(&self, pointer: &str) -> Value {
        let json = self.json();
        assert!(json.get("errors").is_none(), "errors: {}", self.text);
        json.pointer(&format!("/data{pointer}"))
            .unwrap_or_else(|| panic!("nothing at {pointer} of {}", self.text))
            .clone()
    }

    /// The `extensions.code` of each error.
    pub(crate) fn codes(&self) -> Vec<String> {
        self.json()["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| {
                error["extensions"]["code"]
                    .as_str()
                    .unwrap_or("(none)")
                    .to_owned()
            })
            .collect()
    }

    /// The codes of the `userErrors` of the one mutation that ran.
    pub(crate) fn user_errors(&self) -> Vec<String> {
        let json = self.json();
        json["data"]
            .as_object()
            .into_iter()
            .flatten()
            .flat_map(|(_, payload)| {
                payload["userErrors"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default()
            })
            .map(|error| error["code"].as_str().unwrap_or("(none)").to_owned())
            .collect()
    }
}

/// The password of everybody in the tests.
pub(crate) const PASSWORD: &str = "seven-kites-over-lisbon";

impl Client {
    pub(crate) fn new(http: reqwest::Client, base: String) -> Self {
        Self {
            http,
            base,
            cookies: Arc::default(),
            bearer: None,
            network: "192.0.2.1".to_owned(),
        }
    }

    /// The same client with a bearer token.
    pub(crate) fn with_bearer(&self, token: &str) -> Self {
        Self {
            bearer: Some(token.to_owned()),
            cookies: Arc::default(),
            ..self.clone()
        }
    }

    /// The same client, its cookies too, at another address.
    pub(crate) fn at_network(&self, address: &str) -> Self {
        Self {
            network: address.to_owned(),
            ..self.clone()
        }
    }

    /// A client of another server, with a copy of the same cookies.
    pub(crate) fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.copy()
        }
    }

    /// Another client with a copy of the same cookies.
    pub(crate) fn copy(&self) -> Self {
        let cookies = self.cookies.lock().unwrap().clone();
        Self {
            cookies: Arc::new(Mutex::new(cookies)),
            ..self.clone()
        }
    }

    /// A cookie's value.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Sets a cookie, or removes it.
    pub(crate) fn set_cookie(&self, name: &str, value: Option<&str>) {
        let mut cookies = self.cookies.lock().unwrap();
        match value {
            Some(value) => cookies.insert(name.to_owned(), value.to_owned()),
            None => cookies.remove(name),
        };
    }

    /// A request that carries what this client carries.
    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header("x-forwarded-for", &self.network);
        let cookies = self.cookies.lock().unwrap();
        if !cookies.is_empty() {
            let line: Vec<String> = cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header("cookie", line.join("; "));
        }
        if let Some(token) = &self.bearer {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request
    }

    /// Sends a request and keeps the cookies that come back.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        for line in headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            let gone = value.is_empty() || line.contains("Max-Age=0");
            self.set_cookie(name, (!gone).then_some(value));
        }
        let text = response.text().await.unwrap();
        Reply {
            status,
            headers,
            text,
        }
    }

    /// Asks, by POST.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Reply {
        if query.trim_start().starts_with("subscription") {
            return self.listen(query, variables).await;
        }
        let request = self
            .request(reqwest::Method::POST, "/graphql")
            .header("accept", "application/graphql-response+json")
            .json(&json!({ "query": query, "variables": variables }));
        self.send(request).await
    }

    /// Asks without variables.
    pub(crate) async fn query(&self, query: &str) -> Reply {
        self.ask(query, json!({})).await
    }

    /// Passes the age screen.
    pub(crate) async fn screen(&self, birth_date: &str) -> Reply {
        self.ask(
            "mutation($date: Date!) { screenAge(input: {birthDate: $date}) {
                screeningToken userErrors { field code message } } }",
            json!({ "date": birth_date }),
        )
        .await
    }

    /// Signs up through the age screen and stays signed in by a cookie; gives back the new member's id.
    pub(crate) async fn sign_up(&self, name: &str, birth_date: &str) -> String {
        let screened = self.screen(birth_date).await;
        let token = screened.at("/screenAge/screeningToken");
        let reply = self
            .ask(
                "mutation($input: SignUpInput!) { signUp(input: $input) {
                    me { member { id } } userErrors { field code message } } }",
                json!({ "input": {
                    "screeningToken": token,
                    "displayName": name,
                    "email": format!("{}@example.org", name.to_lowercase()),
                    "password": PASSWORD,
                } }),
            )
            .await;
        assert_eq!(reply.user_errors(), Vec::<String>::new(), "{}", reply.text);
        reply
            .at("/signUp/me/member/id")
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Signs in by a cookie.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Reply {
        self.ask(
            "mutation($input: SignInInput!) { signIn(input: $input) {
                me { member { id } } token userErrors { field code message } } }",
            json!({ "input": { "email": email, "password": password } }),
        )
        .await
    }

    /// The first answer to a subscription; no data, where none comes.
    async fn listen(&self, query: &str, variables: Value) -> Reply {
        let request = self
            .request(reqwest::Method::POST, "/graphql")
            .header("accept", "text/event-stream")
            .header("content-type", "application/json")
            .body(json!({"query": query, "variables": variables}).to_string());
        let mut response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let mut heard = String::new();
        let patience = std::time::Duration::from_millis(900);
        let first = async {
            while let Some(chunk) = response.chunk().await.unwrap() {
                heard += std::str::from_utf8(&chunk).unwrap();
                let data = heard.split("\n\n").find_map(|event| {
                    let mut lines = event.lines();
                    lines
                        .find_map(|line| line.strip_prefix("data: "))
                        .map(str::to_owned)
                });
                if data.is_some() {
                    return data;
                }
            }
            None
        };
        let text = tokio::time::timeout(patience, first).await.ok().flatten();
        Reply {
            status,
            headers,
            text: text.unwrap_or_else(|| json!({"data": null}).to_string()),
        }
    }

    /// Runs a mutation whose one input is a member: `askPenpal`, `acceptPenpal`, ….
    pub(crate) async fn act(&self, mutation: &str, member: &str) -> Reply {
        let query = format!(
            "mutation($id: ID!) {{ {mutation}(input: {{member: $id}}) {{
                member {{ bond }} userErrors {{ field code message }} }} }}"
        );
        self.ask(&query, json!({ "id": member })).await
    }

    /// Blocks a member by id.
    pub(crate) async fn block(&self, member: &str) -> Reply {
        self.ask(
            "mutation($id: ID!) { block(input: {member: $id}) {
                block { id handle } userErrors { field code message } } }",
            json!({ "id": member }),
        )
        .await
    }

    /// Sets the audience of one field.
    pub(crate) async fn set_audience(&self, field: &str, audience: &str) -> Reply {
        let query = format!(
            "mutation {{ setVisibility(input: {{entries: [{{field: {field}, audience: {audience}}}]}}) {{
                userErrors {{ field code message }} }} }}"
        );
        self.query(&query).await
    }

    /// Sends a body as it is.
    pub(crate) async fn post(&self, content_type: &str, body: impl Into<reqwest::Body>) -> Reply {
        let request = self
            .request(reqwest::Method::POST, "/graphql")
            .header("accept", "application/graphql-response+json")
            .header("content-type", content_type)
            .body(body);
        self.send(request).await
    }

    /// A screening token for this date.
    pub(crate) async fn screening_token(&self, birth_date: &str) -> String {
        let screened = self.screen(birth_date).await;
        screened
            .at("/screenAge/screeningToken")
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Signs up with this input.
    pub(crate) async fn sign_up_with(&self, input: Value) -> Reply {
        self.ask(
            "mutation($input: SignUpInput!) { signUp(input: $input) {
                me { member { id handle displayName } } token userErrors { field code message } } }",
            json!({ "input": input }),
        )
        .await
    }

    /// Signs in for a bearer token; another client that has it.
    pub(crate) async fn sign_in_for_bearer(&self, email: &str) -> (Self, String) {
        let reply = self
            .ask(
                "mutation($input: SignInInput!) { signIn(input: $input) { token userErrors { code } } }",
                json!({ "input": { "email": email, "password": PASSWORD, "transport": "BEARER" } }),
            )
            .await;
        let token = reply.at("/signIn/token").as_str().unwrap().to_owned();
        (self.with_bearer(&token), token)
    }

    /// The id of whoever this is; nothing for a visitor.
    pub(crate) async fn whoami(&self) -> Option<String> {
        let reply = self.query("{ me { member { id } } }").await;
        reply
            .at("/me")
            .pointer("/member/id")
            .map(|id| id.as_str().unwrap().to_owned())
    }

    /// The handle of whoever this is.
    pub(crate) async fn handle(&self) -> String {
        let reply = self.query("{ me { member { handle } } }").await;
        reply.at("/me/member/handle").as_str().unwrap().to_owned()
    }

    /// Changes the profile.
    pub(crate) async fn update_profile(&self, input: Value) -> Reply {
        self.ask(
            "mutation($input: UpdateProfileInput!) { updateProfile(input: $input) {
                me { member { displayName } } userErrors { field code message } } }",
            json!({ "input": input }),
        )
        .await
    }

    /// Becomes penpals with another; both must be signed in.
    pub(crate) async fn befriend(&self, other: &Self) {
        let (mine, theirs) = (self.whoami().await.unwrap(), other.whoami().await.unwrap());
        assert_eq!(
            self.act("askPenpal", &theirs).await.user_errors(),
            Vec::<String>::new()
        );
        let bound = other.act("acceptPenpal", &mine).await;
        assert_eq!(bound.at("/acceptPenpal/member/bond"), "PENPALS");
    }
}
