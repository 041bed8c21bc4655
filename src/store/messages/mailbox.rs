//! What is written in a mailbox: its number, an entry, and how far a conversation has come. The statements are the same
//! whether a message arrives or not.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, IntoSql, QueryDsl,
    sql_types::{BigInt, Bool},
    upsert::excluded,
};
use diesel_async::RunQueryDsl;

use crate::domain::{
    id::{ConversationId, MemberId, MessageId},
    message::Stage,
};
use crate::store::{
    Error,
    bell::{self, Topic},
    conn::{Conn, on},
    tables::{conversation_sides as sides, mailbox_entries as entries, mailboxes, members},
};

/// What becomes of a message on its receiver's side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// Whether it is there at all.
    pub(super) arrives: bool,
    /// How far the conversation had come for the receiver.
    pub(super) stage: Stage,
    /// Whether the two are penpals.
    pub(super) penpals: bool,
}

/// The next number of a member's mailbox, or the last where nothing is to take one.
pub(super) async fn number(tx: &mut Conn, member: MemberId, takes: bool) -> Result<i64, Error> {
    on!(tx, c => diesel::insert_into(mailboxes::table)
        .values((
            mailboxes::member_id.eq(member.key()),
            mailboxes::seq.eq(i64::from(takes)),
        ))
        .on_conflict(mailboxes::member_id)
        .do_update()
        .set(mailboxes::seq.eq(mailboxes::seq + excluded(mailboxes::seq)))
        .returning(mailboxes::seq)
        .get_result(c)
        .await)
}

/// The least key that a condition lets pass: every one has it, or none, and the statement is the same.
pub(super) const fn least(passes: bool) -> i64 {
    if passes { 0 } else { i64::MAX }
}

/// A message's entry in a mailbox, where it `arrives`.
pub(super) async fn enter(
    tx: &mut Conn,
    member: MemberId,
    seq: i64,
    conversation: ConversationId,
    message: MessageId,
    (mine, arrives): (bool, bool),
) -> Result<(), Error> {
    let least = least(arrives);
    on!(tx, c => members::table
        .filter(members::id.eq(member.key()))
        .filter(members::id.gt(least))
        .select((
            members::id,
            seq.into_sql::<BigInt>(),
            conversation.key().into_sql::<BigInt>(),
            message.key().into_sql::<BigInt>(),
            mine.into_sql::<Bool>(),
        ))
        .insert_into(entries::table)
        .into_columns((
            entries::member_id,
            entries::seq,
            entries::conversation_id,
            entries::message_id,
            entries::mine,
        ))
        .execute(c)
        .await)?;
    Ok(())
}

/// The receiver's side of the conversation, where the message arrives: a penpal's is no request.
pub(super) async fn arrive(
    tx: &mut Conn,
    to: MemberId,
    seq: i64,
    conversation: ConversationId,
    arrival: Arrival,
) -> Result<(), Error> {
    let least = least(arrival.arrives);
    let stage = arrival.stage.after_arrival(arrival.penpals);
    on!(tx, c => diesel::update(sides::table.find((to.key(), conversation.key())))
        .filter(sides::member_id.gt(least))
        .set((
            sides::latest_seq.eq(seq),
            sides::changed_seq.eq(seq),
            sides::unanswered.eq(0),
            sides::archived.eq(sides::archived.and(sides::muted)),
            sides::state.eq(stage.code()),
        ))
        .execute(c)
        .await)?;
    Ok(())
}

/// Tells the other servers that something may have come for these.
pub(super) async fn announce(
    tx: &mut Conn,
    members: impl IntoIterator<Item = Option<MemberId>>,
) -> Result<(), Error> {
    for member in members.into_iter().flatten() {
        bell::announce(tx, Topic::Mailbox(member)).await?;
    }
    Ok(())
}
