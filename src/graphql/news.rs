//! News by mail: what is there for a member, asked as they would ask it themselves, at the moment when the mail goes.

use std::sync::Arc;

use chrono::DateTime;
use serde_json::Value;

use super::{MemberApi, context::Request, error::Failure, services::Services};
use crate::domain::id::MemberId;

/// What the mail tells of, the latest first: what is not there for the member is not in the answer, names as the member is
/// shown them.
const QUERY: &str = "{ me { notices(first: 50, unreadOnly: true) { edges { node { kind createdAt \
    member { displayName } } } } } }";

/// Asks what is new for members, on their behalf.
#[derive(Clone)]
pub struct Newsroom(MemberApi);

impl std::fmt::Debug for Newsroom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Newsroom")
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the question for news was not answered: {0}")]
struct Unanswered(String);

impl Newsroom {
    /// One that asks by the schema that is there.
    pub const fn of(api: MemberApi) -> Self {
        Self(api)
    }

    /// One that asks by a schema of its own.
    pub fn new(services: Arc<Services>) -> Self {
        Self::of(MemberApi::new(services, false))
    }

    /// What others did since a time (in milliseconds since the Unix epoch) that is there for the member and not read, a line each,
    /// the latest first; 50 at most.
    ///
    /// # Errors
    ///
    /// [`Failure`] where it cannot be told now.
    pub async fn since(&self, member: MemberId, since: i64) -> Result<Vec<String>, Failure> {
        let request = Arc::new(Request::on_behalf_of(self.0.services.clone(), member));
        let query = async_graphql::Request::new(QUERY).data(request);
        let response = self.0.schema.execute(query).await;
        if let Some(error) = response.errors.first() {
            return Err(Failure::new(Unanswered(error.message.clone())));
        }
        let data = response.data.into_json().map_err(Failure::new)?;
        let edges = data.pointer("/me/notices/edges").and_then(Value::as_array);
        let nodes = edges.into_iter().flatten().map(|edge| &edge["node"]);
        Ok(nodes.filter_map(|node| line(node, since)).collect())
    }
}

fn line(node: &Value, since: i64) -> Option<String> {
    let at = DateTime::parse_from_rfc3339(node["createdAt"].as_str()?).ok()?;
    if at.timestamp_millis() <= since {
        return None;
    }
    let name = node.pointer("/member/displayName")?.as_str()?;
    Some(match node["kind"].as_str()? {
        "PENPAL_REQUEST" => format!("{name} asks to become penpals."),
        "REQUEST_ACCEPTED" => format!("{name} has accepted what you asked."),
        "WALL_POST" => format!("{name} wrote on your wall."),
        "COMMENT" => format!("{name} wrote a comment."),
        // What was done with the account is told at once, by itself.
        _ => return None,
    })
}
