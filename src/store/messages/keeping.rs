//! What one does with a conversation and its messages for oneself: nothing of it reaches the other, but that a message was
//! read, where they are to know.

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl};
use diesel_async::RunQueryDsl;

use super::mailbox::{least, numbers};
use crate::domain::{
    id::{ConversationId, MemberId, MessageId},
    message::Stage,
    standing::Standing,
};
use crate::privacy::{
    Permit,
    wishes::{KeepOwn, Write},
};
use crate::store::{
    Error, Store,
    bell::{Topic, announce},
    conn::{Conn, on},
    tables::{
        conversation_sides as sides, conversations, mailbox_entries as entries, messages, standings,
    },
    versions,
};

/// A change of one's own side of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// What waits as a request is accepted.
    Accept,
    /// It is put away, or taken out again.
    Archive(bool),
    /// What arrives is not to be announced, or is again.
    Mute(bool),
    /// What is being written is kept, or thrown away.
    Draft(Option<String>),
}

/// How many messages are deleted in one transaction: a fraction of a second's work.
pub(in crate::store) const AT_ONCE: i64 = 200;
/// The number and the key of no message.
const NONE: (i64, i64) = (i64::MIN, i64::MIN);

impl Store {
    /// Changes one's own side of a conversation.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when there is no such conversation on this side.
    pub async fn change_conversation(
        &self,
        permit: &Permit<KeepOwn>,
        conversation: ConversationId,
        change: &Change,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            there(&mut tx, me, conversation).await?;
            alter(&mut tx, me, conversation, change).await?;
            changed(&mut tx, me, conversation).await
        }
        .await;
        tx.settle(outcome).await?;
        self.bell.ring(&[me]);
        Ok(())
    }

    /// Deletes a conversation's messages for oneself, the latest first, and in pieces: others are to write meanwhile. What is
    /// interrupted goes on where it is asked for again.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when there is no such conversation on this side.
    pub async fn clear_conversation(
        &self,
        permit: &Permit<KeepOwn>,
        conversation: ConversationId,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut up_to = i64::MAX;
        loop {
            let mut tx = self.begin().await?;
            let outcome = async {
                versions::hold_own(&mut tx, me).await?;
                there(&mut tx, me, conversation).await?;
                let piece: Vec<(i64, i64)> = on!(&mut tx, c => entries::table
                    .filter(entries::member_id.eq(me.key()))
                    .filter(entries::conversation_id.eq(conversation.key()))
                    .filter(entries::seq.le(up_to))
                    .order(entries::seq.desc())
                    .limit(AT_ONCE)
                    .select((entries::seq, entries::message_id))
                    .load(c)
                    .await)?;
                // Always as many, where the text of a statement has a place for each: there may be some that do not show.
                let mut all = piece.clone();
                all.resize(usize::try_from(AT_ONCE).unwrap_or_default(), NONE);
                remove(&mut tx, me, conversation, &all).await?;
                let rest = piece.len() == usize::try_from(AT_ONCE).unwrap_or_default();
                if !rest {
                    on!(&mut tx, c => diesel::update(sides::table.find((me.key(), conversation.key())))
                        .set((sides::draft.eq(None::<String>), sides::archived.eq(false)))
                        .execute(c)
                        .await)?;
                    changed(&mut tx, me, conversation).await?;
                }
                // What arrives meanwhile stays.
                Ok(piece.last().filter(|_| rest).map(|(seq, _)| *seq))
            }
            .await;
            let Some(last) = tx.settle(outcome).await? else {
                break;
            };
            up_to = last - 1;
        }
        self.bell.ring(&[me]);
        Ok(())
    }

    /// Notes that the viewer has read a conversation up to a message. The other is to know of it where `receipts` says so:
    /// they exist for the viewer, and the conversation was accepted.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when there is no such message in it, [`Conflict::Stale`](crate::store::Conflict::Stale) when the
    /// decision no longer stands.
    pub async fn mark_read(
        &self,
        permit: &Permit<KeepOwn>,
        receipts: Option<&Permit<Write>>,
        conversation: ConversationId,
        up_to: MessageId,
        now: i64,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let other = receipts.map(Permit::subject);
        let mut tx = self.begin().await?;
        let outcome = async {
            match receipts {
                Some(permit) => versions::hold(&mut tx, permit).await?,
                None => versions::hold_own(&mut tx, me).await?,
            }
            let (seq, of) = shown(&mut tx, me, up_to).await?;
            if of != conversation {
                return Err(Error::Missing);
            }
            let (read, stage): (i64, i16) = on!(&mut tx, c => sides::table
                .find((me.key(), conversation.key()))
                .select((sides::read_seq, sides::state))
                .first(c)
                .await)?;
            let newly = seq > read;
            if newly {
                on!(&mut tx, c => diesel::update(sides::table.find((me.key(), conversation.key())))
                    .set(sides::read_seq.eq(seq))
                    .execute(c)
                    .await)?;
                changed(&mut tx, me, conversation).await?;
            }
            let accepted = Stage::from_code(stage) >= Stage::Open;
            if let Some(other) = other.filter(|_| accepted) {
                let told = tell(&mut tx, (me, other), conversation, seq.max(read), now).await?;
                // Nothing to learn is no event, by the same statements.
                mark_changed(&mut tx, other, conversation, told > 0).await?;
            }
            Ok(())
        }
        .await;
        tx.settle(outcome).await?;
        let both: Vec<MemberId> = [Some(me), other].into_iter().flatten().collect();
        self.bell.ring(&both);
        Ok(())
    }

    /// Deletes a message for oneself. The key under which one sent it is forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when the viewer has no such message.
    pub async fn delete_message(
        &self,
        permit: &Permit<KeepOwn>,
        message: MessageId,
    ) -> Result<ConversationId, Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let (seq, conversation) = shown(&mut tx, me, message).await?;
            remove(&mut tx, me, conversation, &[(seq, message.key())]).await?;
            changed(&mut tx, me, conversation).await?;
            Ok(conversation)
        }
        .await;
        let conversation = tx.settle(outcome).await?;
        self.bell.ring(&[me]);
        Ok(conversation)
    }
}

/// Lets the other know what was read: all that they had written before the first that waits here to be read. What did not
/// arrive counts as read with the rest, or else a gap would tell. Gives back of how many messages.
async fn tell(
    tx: &mut Conn,
    (me, other): (MemberId, MemberId),
    conversation: ConversationId,
    read: i64,
    now: i64,
) -> Result<usize, Error> {
    let waiting = entries::table
        .filter(entries::member_id.eq(me.key()))
        .filter(entries::conversation_id.eq(conversation.key()))
        .filter(entries::seq.gt(read))
        .filter(entries::mine.eq(false))
        .select(entries::message_id);
    // Where they have deleted one of these, the next one bounds.
    let theirs = diesel::alias!(entries as theirs);
    let bound: Option<i64> = on!(tx, c => theirs
        .filter(theirs.field(entries::member_id).eq(other.key()))
        .filter(theirs.field(entries::message_id).eq_any(waiting))
        .select(diesel::dsl::min(theirs.field(entries::seq)))
        .first(c)
        .await)?;
    let written = entries::table
        .filter(entries::member_id.eq(other.key()))
        .filter(entries::conversation_id.eq(conversation.key()))
        .filter(entries::seq.lt(bound.unwrap_or(i64::MAX)))
        .filter(entries::mine.eq(true))
        .select(entries::message_id);
    on!(tx, c => diesel::update(messages::table)
        .filter(messages::id.eq_any(written))
        .filter(messages::read_at.is_null())
        .set(messages::read_at.eq(now))
        .execute(c)
        .await)
}

/// A message on somebody's side, by its number, and its conversation; what somebody wrote whose account is frozen is there
/// no more.
pub(in crate::store) async fn shown(
    tx: &mut Conn,
    me: MemberId,
    message: MessageId,
) -> Result<(i64, ConversationId), Error> {
    // One statement, so that a frozen account's takes as many as one that is gone.
    let (seq, conversation): (i64, i64) = on!(tx, c => entries::table
        .inner_join(messages::table.on(messages::id.eq(entries::message_id)))
        .inner_join(standings::table.on(standings::member_id.eq(messages::sender_id)))
        .filter(entries::member_id.eq(me.key()))
        .filter(entries::message_id.eq(message.key()))
        .filter(entries::mine.or(standings::standing.ne(Standing::Frozen.code())))
        .select((entries::seq, entries::conversation_id))
        .first(c)
        .await)?;
    Ok((seq, ConversationId::from_key(conversation)))
}

/// Waits for whoever deletes in a conversation, and makes the next one wait: each locks many messages, in an order of its own.
pub(in crate::store) async fn take_turns(tx: &mut Conn, conversation: i64) -> Result<(), Error> {
    on!(tx, c => diesel::update(conversations::table.find(conversation))
        .set(conversations::id.eq(conversations::id))
        .execute(c)
        .await)?;
    Ok(())
}

/// Takes these out of a mailbox: numbers, and keys of messages. Under which keys one sent them is forgotten, since whether
/// the other has them still must not show when they are sent again.
async fn remove(
    tx: &mut Conn,
    me: MemberId,
    conversation: ConversationId,
    all: &[(i64, i64)],
) -> Result<(), Error> {
    take_turns(tx, conversation.key()).await?;
    let (seqs, ids): (Vec<i64>, Vec<i64>) = all.iter().copied().unzip();
    on!(tx, c => diesel::update(messages::table)
        .filter(messages::id.eq_any(&ids))
        .filter(messages::sender_id.eq(me.key()))
        .set(messages::client_key.eq(None::<String>))
        .execute(c)
        .await)?;
    on!(tx, c => diesel::delete(entries::table)
        .filter(entries::member_id.eq(me.key()))
        .filter(entries::seq.eq_any(&seqs))
        .execute(c)
        .await)?;
    let latest: Option<i64> = on!(tx, c => entries::table
        .filter(entries::member_id.eq(me.key()))
        .filter(entries::conversation_id.eq(conversation.key()))
        .select(diesel::dsl::max(entries::seq))
        .first(c)
        .await)?;
    on!(tx, c => diesel::update(sides::table.find((me.key(), conversation.key())))
        .set(sides::latest_seq.eq(latest.unwrap_or_default()))
        .execute(c)
        .await)?;
    Ok(())
}

/// Makes sure that there is something of the conversation on this side: what the other wrote in vain is not there.
async fn there(tx: &mut Conn, me: MemberId, conversation: ConversationId) -> Result<(), Error> {
    on!(tx, c => sides::table
        .find((me.key(), conversation.key()))
        .filter(sides::state.ne(Stage::Nothing.code()))
        .select(sides::member_id)
        .first::<i64>(c)
        .await)?;
    Ok(())
}

async fn alter(
    tx: &mut Conn,
    me: MemberId,
    conversation: ConversationId,
    change: &Change,
) -> Result<(), Error> {
    let side = sides::table.find((me.key(), conversation.key()));
    match change {
        Change::Accept => on!(tx, c => diesel::update(side)
            .set(sides::state.eq(Stage::Accepted.code()))
            .execute(c)
            .await)?,
        Change::Archive(archived) => on!(tx, c => diesel::update(side)
            .set(sides::archived.eq(archived))
            .execute(c)
            .await)?,
        Change::Mute(muted) => on!(tx, c => diesel::update(side)
            .set(sides::muted.eq(muted))
            .execute(c)
            .await)?,
        Change::Draft(draft) => on!(tx, c => diesel::update(side)
            .set(sides::draft.eq(draft))
            .execute(c)
            .await)?,
    };
    Ok(())
}

/// Notes that somebody's side of a conversation has changed.
async fn changed(
    tx: &mut Conn,
    member: MemberId,
    conversation: ConversationId,
) -> Result<(), Error> {
    mark_changed(tx, member, conversation, true).await
}

/// The same, where it has: the statements are the same where it has not.
async fn mark_changed(
    tx: &mut Conn,
    member: MemberId,
    conversation: ConversationId,
    has: bool,
) -> Result<(), Error> {
    let numbers = numbers(tx, &[(member, has)]).await?;
    let seq = numbers.get(&member).ok_or(Error::Missing)?;
    let least = least(has);
    on!(tx, c => diesel::update(sides::table.find((member.key(), conversation.key())))
        .filter(sides::member_id.gt(least))
        .set(sides::changed_seq.eq(seq))
        .execute(c)
        .await)?;
    announce(tx, &[Topic::Mailbox(member)]).await
}
