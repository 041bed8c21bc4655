//! Conversations written in large pieces, as they lie in the mailboxes of both.

use std::collections::HashMap;

use serde_json::json;

use crate::domain::{
    id::{ConversationId, MemberId, MessageId},
    message::{self, Stage},
};
use crate::store::{
    Error, Store,
    bulk::{Rows, shapes},
    conn::Conn,
    tables::{conversation_sides, conversations, mailbox_entries, mailboxes, messages},
};

/// What two inhabitants have written to each other.
#[derive(Clone, Debug)]
pub struct Correspondence {
    /// Id.
    pub id: ConversationId,
    /// Each of the two's.
    pub sides: [Side; 2],
    /// In the order in which they were sent.
    pub messages: Vec<Written>,
}

/// A conversation, as one of the two has it.
#[derive(Clone, Debug)]
pub struct Side {
    /// Whose.
    pub member: MemberId,
    /// How far it has come.
    pub stage: Stage,
    /// Whether it is put away.
    pub archived: bool,
    /// Whether nothing of it is to be announced.
    pub muted: bool,
    /// How many of the messages, from the first on, were read.
    pub read: usize,
    /// What is being written.
    pub draft: Option<String>,
}

/// A message between the two.
#[derive(Clone, Debug)]
pub struct Written {
    /// Id.
    pub id: MessageId,
    /// Which of the sides wrote it: 0 or 1.
    pub by: usize,
    /// When it was sent, in milliseconds since the Unix epoch.
    pub sent_at: i64,
    /// What it says.
    pub text: String,
    /// Whether it arrived in the other's mailbox.
    pub arrived: bool,
    /// Which of the sides have not deleted it; what did not arrive is not there, whatever this says.
    pub kept: [bool; 2],
    /// By what its sender's program knows it.
    pub client_key: Option<String>,
    /// When the other read it, in milliseconds since the Unix epoch, where its sender is to know.
    pub read_at: Option<i64>,
}

/// Mailboxes in one statement.
const PIECE: usize = 10_000;

/// How far the mailboxes have come.
#[derive(Clone, Debug, Default)]
pub struct Mailboxes(HashMap<i64, i64>);

impl Mailboxes {
    fn next(&mut self, member: MemberId) -> i64 {
        let last = self.0.entry(member.key()).or_default();
        *last += 1;
        *last
    }
}

shapes! {
    CONVERSATIONS = conversations {
        id: BigInt,
    }
    SIDES = conversation_sides {
        member_id: BigInt,
        conversation_id: BigInt,
        other_id: BigInt,
        state: SmallInt,
        archived: Bool,
        muted: Bool,
        latest_seq: BigInt,
        read_seq: BigInt,
        changed_seq: BigInt,
        unanswered: Integer,
        draft: Text,
    }
    MESSAGES = messages {
        id: BigInt,
        conversation_id: BigInt,
        sender_id: BigInt,
        sent_at: BigInt,
        body: Text,
        client_key: Text,
        read_at: BigInt,
        terms: Text,
    }
    ENTRIES = mailbox_entries {
        member_id: BigInt,
        seq: BigInt,
        conversation_id: BigInt,
        message_id: BigInt,
        mine: Bool,
    }
    MAILBOXES = mailboxes {
        member_id: BigInt,
        seq: BigInt,
    }
}

impl Store {
    /// Adds conversations between inhabitants to a world that has begun, all or none. The mailboxes go on from where they
    /// have come to, and are for [`Store::number_mailboxes`] at the end.
    pub async fn correspond(
        &self,
        all: &[Correspondence],
        mailboxes: &mut Mailboxes,
    ) -> Result<(), Error> {
        let mut tx = self.begin_patiently().await?;
        correspond(&mut tx, all, mailboxes).await?;
        tx.commit().await
    }

    /// Writes how far the mailboxes have come.
    pub async fn number_mailboxes(&self, mailboxes: &Mailboxes) -> Result<(), Error> {
        let mut tx = self.begin_patiently().await?;
        number(&mut tx, mailboxes).await?;
        tx.commit().await
    }
}

/// What of a side is told by the messages alone.
#[derive(Clone, Copy, Default)]
struct Reached {
    latest: i64,
    read: i64,
    changed: i64,
    unanswered: i32,
}

pub(super) async fn correspond(
    tx: &mut Conn,
    all: &[Correspondence],
    mailboxes: &mut Mailboxes,
) -> Result<(), Error> {
    let (mut conversations, mut sides) = (Rows::of(&CONVERSATIONS), Rows::of(&SIDES));
    let (mut messages, mut entries) = (Rows::of(&MESSAGES), Rows::of(&ENTRIES));
    let mut reached = vec![[Reached::default(); 2]; all.len()];
    // Mailboxes are numbered by the time at which messages come, whichever conversation they are of.
    let mut written: Vec<(usize, usize, &Written)> = Vec::new();
    for (at, one) in all.iter().enumerate() {
        written.extend(
            one.messages
                .iter()
                .enumerate()
                .map(|(nth, it)| (at, nth, it)),
        );
    }
    written.sort_by_key(|(at, nth, it)| (it.sent_at, *at, *nth));
    // Fictional people often say the same.
    let mut terms: HashMap<&str, String> = HashMap::new();
    for (at, nth, it) in written {
        let one = &all[at];
        let mut holders = Vec::new();
        for (which, side) in one.sides.iter().enumerate() {
            let mine = it.by == which;
            if !mine && !it.arrived {
                continue;
            }
            let seq = mailboxes.next(side.member);
            let side_reached = &mut reached[at][which];
            side_reached.changed = seq;
            side_reached.unanswered = if mine { side_reached.unanswered + 1 } else { 0 };
            if nth < side.read {
                side_reached.read = seq;
            }
            if it.kept[which] {
                side_reached.latest = seq;
                holders.push(side.member);
                entries.push([
                    json!(side.member.key()),
                    json!(seq),
                    json!(one.id.key()),
                    json!(it.id.key()),
                    json!(mine),
                ]);
            }
        }
        // A message that nobody has any more is gone.
        if !holders.is_empty() {
            let terms = terms
                .entry(&it.text)
                .or_insert_with(|| message::terms(&it.text));
            messages.push([
                json!(it.id.key()),
                json!(one.id.key()),
                json!(one.sides[it.by].member.key()),
                json!(it.sent_at),
                json!(it.text),
                json!(it.client_key),
                json!(it.read_at),
                json!(message::held(terms, &holders)),
            ]);
        }
    }
    for (one, reached) in all.iter().zip(reached) {
        conversations.push([json!(one.id.key())]);
        for (which, side) in one.sides.iter().enumerate() {
            sides.push([
                json!(side.member.key()),
                json!(one.id.key()),
                json!(one.sides[1 - which].member.key()),
                json!(side.stage.code()),
                json!(side.archived),
                json!(side.muted),
                json!(reached[which].latest),
                json!(reached[which].read),
                json!(reached[which].changed),
                json!(reached[which].unanswered),
                json!(side.draft),
            ]);
        }
    }
    for rows in [conversations, sides, messages, entries] {
        rows.insert(tx).await?;
    }
    Ok(())
}

pub(super) async fn number(tx: &mut Conn, mailboxes: &Mailboxes) -> Result<(), Error> {
    let mut all = mailboxes.0.iter().peekable();
    // Piece by piece: of a million, all rows at once would be the most that is held.
    while all.peek().is_some() {
        let mut rows = Rows::of(&MAILBOXES);
        for (member, seq) in all.by_ref().take(PIECE) {
            rows.push([json!(member), json!(seq)]);
        }
        rows.insert(tx).await?;
    }
    Ok(())
}
