//! The two services, asked the same, and what they answer.

use std::collections::{BTreeSet, HashSet};

use chrono::TimeDelta;
use letterlock::viewer::entropy::proof;
use serde_json::{Value as Json, json};

use super::{
    operation::{Kind, Operation},
    settle::settle,
    world::{Viewer, World},
};
use crate::support::{app::TestApp, client::Client};

/// How many pages of a list are walked along.
const PAGES: usize = 4;

/// How often two are asked again whose statements differ.
const AGAIN: usize = 8;

/// Two services, each on a database of its own.
pub(super) struct Twins {
    pub(super) first: TestApp,
    pub(super) second: TestApp,
}

/// Two worlds and somebody who looks at either.
#[derive(Clone, Debug)]
pub(super) struct Worlds {
    pub(super) first: World,
    pub(super) second: World,
    pub(super) viewer: Viewer,
    /// Whether every decision comes out the same in both, so that statements must be the same.
    pub(super) strictly: bool,
}

/// What came back, and what was sent to the database for it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heard {
    status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
    pub(super) statements: Vec<String>,
}

impl Twins {
    /// Writes both worlds anew.
    pub(super) async fn settle(&self, worlds: &Worlds) -> [Client; 2] {
        [
            settle(&self.first, &worlds.first, worlds.viewer).await,
            settle(&self.second, &worlds.second, worlds.viewer).await,
        ]
    }

    /// Lets some time pass, so that limits on how often somebody acts are not met.
    pub(super) fn rest(&self) {
        for app in [&self.first, &self.second] {
            app.clock.advance(TimeDelta::seconds(90));
        }
    }

    /// Asks both, page after page where it is a walk; gives back the answers of the first, or in what the two
    /// differ.
    pub(super) async fn ask(
        &self,
        clients: &[Client; 2],
        worlds: &Worlds,
        operation: &Operation,
    ) -> Result<Vec<Heard>, String> {
        let mut operation = operation.clone();
        let mut all = Vec::new();
        for page in 0..PAGES {
            let [first, second] = self.hear(clients, &operation).await;
            if let Some(difference) = difference(&first, &second) {
                return Err(format!("page {}: {difference}", page + 1));
            }
            if worlds.strictly
                && first.statements != second.statements
                && !self.now_and_then(clients, worlds, &operation).await
            {
                let statements = unlike(&first.statements, &second.statements);
                return Err(format!("page {}: {statements}", page + 1));
            }
            let next = end_cursor(&first.body);
            all.push(first);
            let walking = operation.parts.iter_mut().find(|part| part.walk.is_some());
            let (Some(part), Some(next)) = (walking, next) else {
                break;
            };
            let variable = part.walk.clone().unwrap();
            part.set(&variable, json!(next));
        }
        Ok(all)
    }

    async fn hear(&self, clients: &[Client; 2], operation: &Operation) -> [Heard; 2] {
        let (text, variables) = operation.written();
        [
            hear(&self.first, &clients[0], &text, &variables).await,
            hear(&self.second, &clients[1], &text, &variables).await,
        ]
    }

    /// Whether the two are ever sent the same statements.
    ///
    /// Which reads go together is a matter of which come back first, where fields stand beside one another that do
    /// not wait for each other; so that it differs from time to time, of one world too. Where it can, and the two
    /// never meet, they must still name the same.
    async fn now_and_then(
        &self,
        clients: &[Client; 2],
        worlds: &Worlds,
        operation: &Operation,
    ) -> bool {
        let mut sent: [HashSet<Vec<String>>; 2] = Default::default();
        for _ in 0..AGAIN {
            if operation.kind == Kind::Mutation {
                self.settle(worlds).await;
            }
            let heard = self.hear(clients, operation).await;
            for (sent, heard) in sent.iter_mut().zip(heard) {
                sent.insert(heard.statements);
            }
            if !sent[0].is_disjoint(&sent[1]) {
                return true;
            }
        }
        let [first, second] =
            sent.map(|all| all.iter().map(|one| named(one)).collect::<HashSet<_>>());
        operation.races() && !first.is_disjoint(&second)
    }
}

/// What an answer's statements name, however many they are.
fn named(statements: &[String]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for statement in statements {
        if statement.starts_with("SELECT k.id, k.owner_version") {
            // Each column by itself: who is read together decides which stand in one statement.
            let columns = statement.split(", CASE WHEN k.mask").skip(1);
            // A value is bound in the one and stands in the text of the other, by how many texts are kept prepared.
            let number = |c: char| c.is_ascii_digit() || c == '$';
            all.extend(columns.map(|column| {
                let column = column.split(" END").next().unwrap_or_default();
                column.replace(number, "")
            }));
        } else if statement.starts_with("SELECT s.member_id") && !statement.contains("LIMIT") {
            all.insert("facts".to_owned());
        } else {
            all.insert(statement.clone());
        }
    }
    all
}

async fn hear(app: &TestApp, client: &Client, text: &str, variables: &Json) -> Heard {
    // Each draws the same lots, so that nothing of an answer has to be left out of the comparison.
    proof::seed(Some(7));
    app.recorder.clear();
    let reply = client.ask(text, variables.clone()).await;
    let mut headers: Vec<(String, String)> = reply
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            // A cookie's end goes by the machine's clock.
            let ends = value.find("; Expires=").unwrap_or(value.len());
            (name.to_string(), value[..ends].to_owned())
        })
        .filter(|(name, _)| name != "date")
        .collect();
    headers.sort();
    let statements = app.recorder.statements();
    let without_binds = |text: &String| match text.rsplit_once(" -- binds: ") {
        Some((sql, _)) => sql.to_owned(),
        None => text.clone(),
    };
    let mut statements: Vec<String> = statements.iter().map(without_binds).collect();
    // Fields that do not wait for one another send theirs in no certain order.
    statements.sort();
    Heard {
        status: reply.status.as_u16(),
        headers,
        body: in_order(reply.text),
        statements,
    }
}

/// The answer as it came; where there are several errors, with these in one order, since fields that do not wait
/// for one another fail in no certain one.
pub(super) fn in_order(body: String) -> String {
    let Ok(mut json) = serde_json::from_str::<Json>(&body) else {
        return body;
    };
    match json["errors"].as_array_mut() {
        Some(errors) if errors.len() > 1 => errors.sort_by_cached_key(Json::to_string),
        _ => return body,
    }
    json.to_string()
}

/// A statement's beginning and end.
fn short(statement: &str) -> String {
    let chars: Vec<char> = statement.chars().collect();
    match chars.len() {
        0..400 => statement.to_owned(),
        many => chars[..150]
            .iter()
            .chain(&[' ', '…', ' '])
            .chain(&chars[many - 240..])
            .collect(),
    }
}

/// A text from a little before the place where it is no longer like the other.
fn around(text: &str, other: &str) -> String {
    let same = text
        .chars()
        .zip(other.chars())
        .take_while(|(one, other)| one == other);
    let begin = same.count().saturating_sub(200);
    let shown: String = text.chars().skip(begin).take(500).collect();
    format!("{}{shown}", if begin > 0 { "… " } else { "" })
}

/// In what the two differ.
fn difference(first: &Heard, second: &Heard) -> Option<String> {
    if first.status != second.status {
        return Some(format!("status {} and {}", first.status, second.status));
    }
    if first.body != second.body {
        return Some(format!(
            "answers\n  {}\n  {}",
            around(&first.body, &second.body),
            around(&second.body, &first.body)
        ));
    }
    if first.headers != second.headers {
        let unlike = |one: &Heard, other: &Heard| -> Vec<(String, String)> {
            let headers = one.headers.iter();
            headers
                .filter(|header| !other.headers.contains(header))
                .cloned()
                .collect()
        };
        return Some(format!(
            "headers\n  {:?}\n  {:?}\n of the answers\n {}\n {}",
            unlike(first, second),
            unlike(second, first),
            first.body,
            second.body
        ));
    }
    None
}

/// In what two lists of statements differ.
fn unlike(first: &[String], second: &[String]) -> String {
    let mut rest = second.to_vec();
    let mut text = format!("statements, {} and {}", first.len(), rest.len());
    for statement in first {
        match rest.iter().position(|other| other == statement) {
            Some(at) => drop(rest.remove(at)),
            None => text += &format!("\n  - {}", short(statement)),
        }
    }
    for statement in &rest {
        text += &format!("\n  + {}", short(statement));
    }
    text
}

/// Where the list that is walked along goes on; nothing where it ends.
fn end_cursor(body: &str) -> Option<String> {
    fn find(json: &Json) -> Option<String> {
        match json {
            Json::Object(map) => {
                let end = map.get("endCursor").and_then(Json::as_str);
                let more = map.get("hasNextPage") == Some(&Json::Bool(true));
                if let (Some(end), true) = (end, more) {
                    return Some(end.to_owned());
                }
                map.values().find_map(find)
            }
            Json::Array(items) => items.iter().find_map(find),
            _ => None,
        }
    }
    find(&serde_json::from_str(body).ok()?)
}

/// The texts that an answer has under keys of these names.
pub(super) fn texts_under(body: &str, names: &[&str]) -> Vec<String> {
    fn gather(json: &Json, names: &[&str], found: &mut Vec<String>) {
        match json {
            Json::Object(map) => {
                for (key, value) in map {
                    match value.as_str() {
                        Some(text) if names.iter().any(|name| key.ends_with(name)) => {
                            found.push(text.to_owned());
                        }
                        _ => gather(value, names, found),
                    }
                }
            }
            Json::Array(items) => items.iter().for_each(|item| gather(item, names, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Ok(json) = serde_json::from_str(body) {
        gather(&json, names, &mut found);
    }
    found
}
