//! Whether what is done by hand is what the API does.

use serde_json::Value;

use crate::{
    crowd::{Asking, TEXT},
    hand,
    house::House,
};

/// What is asked of the API, by name, and the same by hand.
type Asked = (&'static str, Asking, Option<Asking>);

/// Compares each with its other, but for what is not the same twice: ids and times of what is sent.
pub(crate) async fn check(house: &House, url: &str, asked: &[Asked]) -> Result<(), String> {
    for (name, api, by_hand) in asked {
        let Some(by_hand) = by_hand else { continue };
        let (api, hand) = (house.once(api).await?, house.once(by_hand).await?);
        let (api, hand) = match *name {
            "inbox" => (inbox(&api), hand),
            "30 messages" => (
                messages(&api),
                hand.as_array().into_iter().flatten().map(message).collect(),
            ),
            _ => {
                sent(url).await?;
                let here = |answer: &Value| Value::Bool(answer["message"]["sentAt"].is_string());
                (here(&api["data"]["sendMessage"]), here(&hand))
            }
        };
        if api != hand || api.as_array().is_some_and(|rows| rows.len() < 20) {
            return Err(format!(
                "{name}: the API says {api:.2000}, by hand {hand:.2000}"
            ));
        }
    }
    Ok(())
}

fn nodes(edges: &Value, told: impl Fn(&Value) -> Value) -> Value {
    let edges = edges.as_array().into_iter().flatten();
    edges.map(|edge| told(&edge["node"])).collect()
}

fn inbox(answer: &Value) -> Value {
    nodes(&answer["data"]["me"]["conversations"]["edges"], |it| {
        serde_json::json!({
            "member": it["member"]["displayName"],
            "unread": it["unreadCount"],
            "last": it["lastMessage"]["text"],
        })
    })
}

fn messages(answer: &Value) -> Value {
    let edges = &answer["data"]["node"]["messages"]["edges"];
    nodes(edges, |it| {
        message(&serde_json::json!({
            "text": it["text"],
            "mine": it["sentByMe"],
            "sentAt": it["sentAt"],
            "readAt": it["readAt"],
        }))
    })
}

/// A message of which times are numbers: the two write them differently.
fn message(told: &Value) -> Value {
    let mut told = told.clone();
    for name in ["sentAt", "readAt"] {
        let text = told[name].as_str();
        let time = text.and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
        told[name] = time.map(|time| time.timestamp_millis()).into();
    }
    told
}

/// Whether the last two messages, by whomever, lie in the mailboxes in the same way.
async fn sent(url: &str) -> Result<(), String> {
    let connection = hand::connect(
        url,
        &["SELECT count(*), count(DISTINCT (m.conversation_id, m.sender_id, m.body, m.terms, m.read_at IS NULL)), \
           min(m.body), sum((SELECT count(*) FROM mailbox_entries e JOIN mailboxes b ON b.member_id = e.member_id \
           AND b.seq >= e.seq JOIN conversation_sides d ON d.member_id = e.member_id \
           AND d.conversation_id = e.conversation_id AND d.latest_seq >= e.seq AND d.changed_seq >= e.seq \
           WHERE e.message_id = m.id AND e.mine = (m.sender_id = e.member_id)))::bigint \
           FROM (SELECT * FROM messages ORDER BY sent_at DESC LIMIT 2) m"
            .to_owned()],
    )
    .await?;
    let row = connection
        .client
        .query_one(&connection.statements[0], &[])
        .await
        .map_err(|error| error.to_string())?;
    let found: (i64, i64, String, i64) = (row.get(0), row.get(1), row.get(2), row.get(3));
    if found == (2, 1, TEXT.to_owned(), 4) {
        Ok(())
    } else {
        Err(format!(
            "what is sent by hand is not what the API sends: {found:?}"
        ))
    }
}
