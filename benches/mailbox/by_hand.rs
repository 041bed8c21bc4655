//! The same mailbox by hand: poem and prepared PostgreSQL statements that find the session, apply the same rules
//! and return the JSON; no GraphQL, no permits, no second look. What it costs is the yardstick.
//!
//! It knows these three requests and nothing else: it sends into conversations that both have accepted, of two
//! who exist for each other, and writes no cursors.

use letterlock::domain::{
    id::{ConversationId, MessageId},
    message::{self, ClientKey, MessageText},
};
use poem::{Request, Response, Route, get, http::StatusCode, post};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::hand::{self, Connection, EXISTS, Hand, VIEWER, refuse};

/// Nothing of somebody whose account is frozen.
const THAWED: &str = "(e.mine OR NOT EXISTS (SELECT 1 FROM standings w WHERE w.member_id = m.sender_id \
     AND w.standing = 1))";

/// A time as the API writes it.
fn time(column: &str) -> String {
    format!(
        "to_char(to_timestamp({column} / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    )
}

fn inbox() -> String {
    format!(
        "WITH v AS ({VIEWER}), d AS (SELECT d.* FROM v JOIN conversation_sides d ON d.member_id = v.me \
         WHERE d.latest_seq > 0 AND d.state = 2 AND NOT d.archived ORDER BY d.latest_seq DESC LIMIT 20) \
         SELECT (SELECT json_agg(json_build_object('member', (SELECT m.display_name FROM standings s \
         JOIN members m ON m.id = s.member_id WHERE s.member_id = d.other_id AND {EXISTS}), \
         'unread', (SELECT count(*) FROM (SELECT 1 FROM mailbox_entries e JOIN messages m ON m.id = e.message_id \
         WHERE e.member_id = d.member_id AND e.conversation_id = d.conversation_id AND e.seq > d.read_seq \
         AND NOT e.mine AND {THAWED} LIMIT 1000) u), \
         'last', (SELECT m.body FROM mailbox_entries e JOIN messages m ON m.id = e.message_id \
         WHERE e.member_id = d.member_id AND e.conversation_id = d.conversation_id AND {THAWED} \
         ORDER BY e.seq DESC LIMIT 1)) ORDER BY d.latest_seq DESC) FROM d)::text FROM v"
    )
}

fn messages() -> String {
    format!(
        "WITH v AS ({VIEWER}), f AS (SELECT e.seq, e.mine, m.* FROM v \
         JOIN conversation_sides d ON d.member_id = v.me AND d.conversation_id = $5 AND d.state <> 0 \
         JOIN mailbox_entries e ON e.member_id = d.member_id AND e.conversation_id = d.conversation_id \
         JOIN messages m ON m.id = e.message_id WHERE {THAWED} ORDER BY e.seq DESC LIMIT 30) \
         SELECT (SELECT json_agg(json_build_object('text', f.body, 'mine', f.mine, 'sentAt', {sent}, \
         'readAt', CASE WHEN f.mine THEN {read} END) ORDER BY f.seq) FROM f)::text FROM v",
        sent = time("f.sent_at"),
        read = time("f.read_at"),
    )
}

/// Locks the two, so that what stands between them does not change meanwhile.
const LOCK: &str = "SELECT s.member_id FROM standings s WHERE s.member_id IN \
     (SELECT d.member_id FROM conversation_sides d WHERE d.conversation_id = $1) ORDER BY s.member_id FOR UPDATE";

/// Sends: a number of each mailbox, the message, its entries, both sides, and the others are told.
fn send() -> String {
    format!(
        "WITH v AS ({VIEWER}), \
         c AS (SELECT v.me, s.member_id AS other, coalesce(r.writers, 2) >= 2 AS arrives \
         FROM v JOIN conversation_sides d ON d.member_id = v.me AND d.conversation_id = $5 AND d.state = 2 \
         JOIN conversation_sides o ON o.member_id = d.other_id AND o.conversation_id = $5 AND o.state = 2 \
         JOIN standings s ON s.member_id = d.other_id LEFT JOIN contact_rules r ON r.member_id = s.member_id \
         WHERE {EXISTS} AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.sender_id = v.me AND m.client_key = $8)), \
         n AS (INSERT INTO mailboxes (member_id, seq) SELECT h.member_id, 1 FROM (SELECT c.me AS member_id FROM c \
         UNION ALL SELECT c.other FROM c WHERE c.arrives) h \
         ON CONFLICT (member_id) DO UPDATE SET seq = mailboxes.seq + 1 RETURNING member_id, seq), \
         m AS (INSERT INTO messages (id, conversation_id, sender_id, sent_at, body, client_key, terms) \
         SELECT $6, $5, c.me, $3, $7, $8, 'u' || to_hex(c.me) || CASE WHEN c.arrives THEN ' u' || to_hex(c.other) \
         ELSE '' END || ' ' || $9 FROM c), \
         e AS (INSERT INTO mailbox_entries (member_id, seq, conversation_id, message_id, mine) \
         SELECT n.member_id, n.seq, $5, $6, n.member_id = c.me FROM n, c), \
         d AS (UPDATE conversation_sides d SET latest_seq = n.seq, changed_seq = n.seq, \
         archived = n.member_id <> c.me AND d.archived AND d.muted, \
         draft = CASE WHEN n.member_id = c.me THEN NULL ELSE d.draft END \
         FROM n, c WHERE d.member_id = n.member_id AND d.conversation_id = $5) \
         SELECT json_build_object('sentAt', {sent})::text, pg_notify('letterlock', 'm' || c.me), \
         pg_notify('letterlock', 'm' || c.other) FROM c",
        sent = time("$3::bigint"),
    )
}

/// Serves `/inbox`, `/conversation/<id>` and `/send`; gives back the address.
pub(crate) async fn serve(url: &str, connections: usize) -> Result<String, String> {
    // A transaction has its connection for itself.
    let mut senders = Vec::new();
    for _ in 0..connections {
        let statements = [LOCK.to_owned(), send()];
        senders.push(Mutex::new(hand::connect(url, &statements).await?));
    }
    let senders: &'static [Mutex<Connection>] = senders.leak();
    let routes = Route::new()
        .at("/inbox", get(poem::endpoint::make(read_inbox)))
        .at(
            "/conversation/:id",
            get(poem::endpoint::make(read_messages)),
        )
        .at(
            "/send",
            post(poem::endpoint::make(move |request| {
                deliver(request, senders)
            })),
        );
    hand::serve(url, connections, &[inbox(), messages()], routes).await
}

fn broken(_: tokio_postgres::Error) -> poem::Error {
    refuse(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn read_inbox(request: Request) -> poem::Result<Response> {
    let hand = Hand::of(&request)?;
    let asked = hand.asked(&request)?;
    let connection = hand.connection();
    let (today, now, idle) = (asked.today.key(), asked.now, asked.idle_since);
    let row = connection
        .client
        .query_opt(
            &connection.statements[0],
            &[&asked.digest, &today, &now, &idle],
        )
        .await
        .map_err(broken)?
        .ok_or_else(|| refuse(StatusCode::UNAUTHORIZED))?;
    Ok(hand::json(
        row.get::<_, Option<String>>(0).unwrap_or_default(),
    ))
}

async fn read_messages(request: Request) -> poem::Result<Response> {
    let id = request
        .raw_path_param("id")
        .and_then(ConversationId::from_global)
        .ok_or_else(|| refuse(StatusCode::NOT_FOUND))?;
    let hand = Hand::of(&request)?;
    let asked = hand.asked(&request)?;
    let connection = hand.connection();
    let (today, now, idle) = (asked.today.key(), asked.now, asked.idle_since);
    let row = connection
        .client
        .query_opt(
            &connection.statements[1],
            &[&asked.digest, &today, &now, &idle, &id.key()],
        )
        .await
        .map_err(broken)?
        .ok_or_else(|| refuse(StatusCode::UNAUTHORIZED))?;
    Ok(hand::json(
        row.get::<_, Option<String>>(0).unwrap_or_default(),
    ))
}

async fn deliver(
    mut request: Request,
    senders: &'static [Mutex<Connection>],
) -> poem::Result<Response> {
    let wrong = || refuse(StatusCode::BAD_REQUEST);
    let body = request.take_body().into_bytes_limit(64 * 1024).await?;
    let input: Value = serde_json::from_slice(&body).map_err(|_| wrong())?;
    let said = |name: &str| input[name].as_str().unwrap_or_default();
    let text = MessageText::parse(said("text")).map_err(|_| wrong())?;
    let key = ClientKey::parse(said("clientKey")).ok_or_else(wrong)?;
    let to = input["to"]["conversation"].as_str().unwrap_or_default();
    let to = ConversationId::from_global(to).ok_or_else(wrong)?;
    let id = MessageId::random(&mut ChaCha20Rng::seed_from_u64(rand::random()));
    let terms = message::terms(text.as_str());
    let asked = Hand::of(&request)?.asked(&request)?;
    // Whichever is free, or else the first that will be.
    let free = senders.iter().find_map(|it| it.try_lock().ok());
    let mut connection = match free {
        Some(connection) => connection,
        None => {
            let all = senders.iter().map(|it| Box::pin(it.lock()));
            futures_util::future::select_all(all).await.0
        }
    };
    let Connection { client, statements } = &mut *connection;
    let tx = client.transaction().await.map_err(broken)?;
    // Neither waits for the other's answer.
    let (today, body) = (asked.today.key(), text.as_str());
    let (to_key, id_key, key) = (to.key(), id.key(), key.as_str());
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 9] = [
        &asked.digest,
        &today,
        &asked.now,
        &asked.idle_since,
        &to_key,
        &id_key,
        &body,
        &key,
        &terms,
    ];
    let lock: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&to_key];
    let lock = tx.query(&statements[0], &lock);
    let written = tx.query_opt(&statements[1], &values);
    let (locked, written) = futures_util::future::join(lock, written).await;
    locked.map_err(broken)?;
    let row = written
        .map_err(broken)?
        .ok_or_else(|| refuse(StatusCode::NOT_FOUND))?;
    tx.commit().await.map_err(broken)?;
    let mut told: Value = serde_json::from_str(row.get(0)).map_err(|_| wrong())?;
    told["id"] = json!(id.global());
    let answer = json!({ "message": told, "conversation": { "id": to.global() } });
    Ok(hand::json(answer.to_string()))
}
