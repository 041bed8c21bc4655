//! What is written in a mailbox: its number, an entry, and how far a conversation has come. The statements are the same
//! whether a message arrives or not.

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, IntoSql, QueryDsl,
    dsl::case_when,
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
    conn::{Conn, on},
    kept::Kept,
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

/// The next numbers of members' mailboxes, or of one that is to take none the last; one statement.
pub(super) async fn numbers(
    tx: &Conn,
    takers: &[(MemberId, bool)],
) -> Result<HashMap<MemberId, i64>, Error> {
    let of: Vec<i64> = takers.iter().map(|(member, _)| member.key()).collect();
    // One place a member, since SQLite's text has as many: nobody has the key 0.
    let taking: Vec<i64> = takers
        .iter()
        .map(|(member, takes)| if *takes { member.key() } else { 0 })
        .collect();
    let rows: Vec<(i64, i64)> = on!(tx, c => Kept(members::table
        .filter(members::id.eq_any(&of))
        .select((
            members::id,
            case_when(members::id.eq_any(&taking), 1.into_sql::<BigInt>())
                .otherwise(0.into_sql::<BigInt>()),
        ))
        .insert_into(mailboxes::table)
        .into_columns((mailboxes::member_id, mailboxes::seq))
        .on_conflict(mailboxes::member_id)
        .do_update()
        .set(mailboxes::seq.eq(mailboxes::seq + excluded(mailboxes::seq)))
        .returning((mailboxes::member_id, mailboxes::seq)))
        .get_results(c)
        .await)?;
    let row = |(member, seq)| (MemberId::from_key(member), seq);
    Ok(rows.into_iter().map(row).collect())
}

/// The least key that a condition lets pass: every one has it, or none, and the statement is the same.
pub(super) const fn least(passes: bool) -> i64 {
    if passes { 0 } else { i64::MAX }
}

/// A message's entry in a mailbox, where it `arrives`.
pub(super) async fn enter(
    tx: &Conn,
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
    tx: &Conn,
    to: MemberId,
    seq: i64,
    conversation: ConversationId,
    arrival: Arrival,
) -> Result<(), Error> {
    let least = least(arrival.arrives);
    let stage = arrival.stage.after_arrival(arrival.penpals);
    on!(tx, c => Kept(diesel::update(sides::table.find((to.key(), conversation.key())))
        .filter(sides::member_id.gt(least))
        .set((
            sides::latest_seq.eq(seq),
            sides::changed_seq.eq(seq),
            sides::unanswered.eq(0),
            sides::archived.eq(sides::archived.and(sides::muted)),
            sides::state.eq(stage.code()),
        )))
        .execute(c)
        .await)?;
    Ok(())
}
