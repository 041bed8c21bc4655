//! Sending: in one transaction that locks both sides, decides whether the message is wanted, and writes the same
//! statements whether it is or not.

use std::sync::Arc;

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{
    MessageRow,
    mailbox::{Arrival, arrive, enter, numbers},
};
use crate::domain::{
    age::Today,
    contact::Told,
    id::{ConversationId, MemberId, MessageId},
    message::{self, ClientKey, MessageText, Stage},
    profile::governed,
};
use crate::privacy::{
    Case, Depth, Grants, Permit, contact,
    wishes::{KeepOwn, Write},
};
use crate::store::{
    Conflict, Error, Store,
    bell::{Topic, announce},
    conn::{Conn, on},
    contact::rules,
    content::{self, Column, Content},
    facts,
    kept::Kept,
    tables::{conversation_sides as sides, conversations, mailbox_entries as entries, messages},
    versions,
};
use crate::viewer::who::Viewer;

/// What is sent.
#[derive(Debug)]
pub struct Letter<'a> {
    /// Its id.
    pub id: MessageId,
    /// The id of a conversation that begins with it.
    pub begins: ConversationId,
    /// Its text.
    pub text: &'a MessageText,
    /// The terms of its words: to find them takes a while, and is done before anything is locked.
    pub terms: String,
    /// By what its sender's program knows it.
    pub key: &'a ClientKey,
    /// When, in milliseconds since the Unix epoch.
    pub now: i64,
    /// The day by which ages are reckoned.
    pub today: Today,
}

/// To whom.
#[derive(Debug)]
pub enum Target<'a> {
    /// A member who exists for the one who writes.
    Member(&'a Permit<Write>),
    /// Into a conversation whose other does not exist for the one who writes: it is kept as if it had been sent.
    Unheard(&'a Permit<KeepOwn>, ConversationId),
}

impl Store {
    /// Sends a message; one that was sent before under the same key is found again. Whether it is wanted by whom it is for
    /// is decided here, and nothing that is given back tells.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`] when the decision no longer stands, [`Conflict::Key`] when the key was used for something else,
    /// [`Conflict::Full`] at [`MOST_UNANSWERED`], [`Error::Missing`] when there is no such conversation.
    pub async fn send(&self, target: Target<'_>, letter: &Letter<'_>) -> Result<MessageRow, Error> {
        let mut tx = self.begin().await?;
        let outcome = self.deliver(&mut tx, target, letter).await;
        let sent = tx.settle(outcome).await?;
        self.bell.ring(&sent.1);
        Ok(sent.0)
    }

    async fn deliver(
        &self,
        tx: &mut Conn,
        target: Target<'_>,
        letter: &Letter<'_>,
    ) -> Result<(MessageRow, Vec<MemberId>), Error> {
        match target {
            Target::Member(permit) => {
                versions::hold(tx, permit).await?;
                let Viewer::Member(me) = permit.viewer() else {
                    return Err(Error::Missing);
                };
                let other = permit.subject();
                // Both are held, so that none of these waits for another's answer.
                let tx = &*tx;
                let (before, begun, mine, theirs, rules) = tokio::join!(
                    biased;
                    sent_before(tx, me, letter, |of, _| of == Some(other)),
                    between(tx, me, other),
                    case(tx, letter.today, me, other),
                    case(tx, letter.today, other, me),
                    rules(tx, other.key()),
                );
                if let Some(row) = before? {
                    return Ok((row, Vec::new()));
                }
                let (mine, theirs, rules) = (mine?, theirs?, rules?);
                let between = match begun? {
                    Some(between) if between.begun => between,
                    _ => begin(tx, me, other, letter).await?,
                };
                let penpals = mine.known().pair.penpals;
                let (writer, reader) = if penpals {
                    (Told::default(), Told::default())
                } else {
                    let (writer, reader) = tokio::join!(
                        biased;
                        self.told(tx, letter.today, contact::of_writer(&theirs)),
                        self.told(tx, letter.today, contact::of_reader(&mine)),
                    );
                    (writer?, reader?)
                };
                if !penpals {
                    can_go_on(between.unanswered)?;
                }
                let length = letter.text.as_str().chars().count();
                let arrives =
                    contact::arrives(&rules, between.stage, &theirs, &writer, &reader, length);
                let arrival = Arrival {
                    arrives,
                    stage: between.stage,
                    penpals,
                };
                let to = Some((other, arrival));
                let row = write(tx, me, to, between.conversation, letter).await?;
                Ok((row, vec![me, other]))
            }
            Target::Unheard(permit, conversation) => {
                let me = versions::owner(permit)?;
                versions::hold_own(tx, me).await?;
                let unanswered: i32 = on!(tx, c => sides::table
                    .find((me.key(), conversation.key()))
                    .select(sides::unanswered)
                    .first(c)
                    .await)?;
                if let Some(row) = sent_before(tx, me, letter, |_, of| of == conversation).await? {
                    return Ok((row, Vec::new()));
                }
                can_go_on(unanswered)?;
                let row = write(tx, me, None, conversation, letter).await?;
                Ok((row, vec![me]))
            }
        }
    }

    /// What was granted of what rules compare.
    async fn told(&self, tx: &Conn, today: Today, grants: Grants) -> Result<Told, Error> {
        let statement = content::statement(
            tx.dialect(),
            &self.shapes,
            today,
            grants.viewer(),
            &[grants],
        )?;
        let rows: Vec<content::ContentLoaded> = on!(tx, c => statement.load(c).await)?;
        let mut contents = content::contents(&self.keys, rows).into_values();
        let content: Option<Arc<Content>> = contents.next();
        let Some(content) = content else {
            return Ok(Told::default());
        };
        let languages = governed::Languages::of(&content)?.unwrap_or_default();
        Ok(Told {
            age: governed::Age::of(&content)?.map(i32::from),
            country: governed::Country::of(&content)?,
            ..Told::default()
        }
        .speaking(languages.into_iter().map(|spoken| spoken.language))
        .interested(governed::Interests::of(&content)?.unwrap_or_default()))
    }
}

/// How many messages can be sent to somebody who is no penpal and does not answer. What counts is what the sender has
/// sent and received, wanted or not, so that this tells nothing.
pub const MOST_UNANSWERED: i32 = 50;

const fn can_go_on(unanswered: i32) -> Result<(), Error> {
    if unanswered >= MOST_UNANSWERED {
        return Err(Error::Conflict(Conflict::Full));
    }
    Ok(())
}

async fn case(tx: &Conn, today: Today, viewer: MemberId, subject: MemberId) -> Result<Case, Error> {
    facts::cases(tx, today, Viewer::Member(viewer), &[subject], Depth::Seeing)
        .await?
        .pop()
        .ok_or(Error::Missing)
}

/// What was sent under the same key before; it must be the same, and for the same.
async fn sent_before(
    tx: &Conn,
    me: MemberId,
    letter: &Letter<'_>,
    same: impl FnOnce(Option<MemberId>, ConversationId) -> bool,
) -> Result<Option<MessageRow>, Error> {
    type Row = (i64, i64, i64, String, Option<i64>, Option<i64>, i64);
    let row: Option<Row> = on!(tx, c => messages::table
        .inner_join(sides::table.on(sides::conversation_id
            .eq(messages::conversation_id)
            .and(sides::member_id.eq(me.key()))))
        .inner_join(entries::table.on(entries::message_id
            .eq(messages::id)
            .and(entries::member_id.eq(me.key()))))
        .filter(messages::sender_id.eq(me.key()))
        .filter(messages::client_key.eq(letter.key.as_str()))
        .select((
            messages::id,
            messages::conversation_id,
            messages::sent_at,
            messages::body,
            messages::read_at,
            sides::other_id,
            entries::seq,
        ))
        .first(c)
        .await
        .optional())?;
    let Some((id, conversation, sent_at, body, read_at, other, seq)) = row else {
        return Ok(None);
    };
    let conversation = ConversationId::from_key(conversation);
    if body != letter.text.as_str() || !same(other.map(MemberId::from_key), conversation) {
        return Err(Error::Conflict(Conflict::Key));
    }
    Ok(Some(MessageRow {
        id: MessageId::from_key(id),
        conversation,
        seq,
        mine: true,
        sent_at,
        text: body.into(),
        read_at,
        read: true,
    }))
}

/// The conversation of two, as far as it has come.
struct Between {
    conversation: ConversationId,
    /// Whether the one who writes knows of it.
    begun: bool,
    /// How many the one who writes has sent without an answer.
    unanswered: i32,
    /// How far it has come for the other.
    stage: Stage,
}

/// The conversation of the two, where there is one, whether the one who writes knows of it or not.
async fn between(tx: &Conn, me: MemberId, other: MemberId) -> Result<Option<Between>, Error> {
    let pair = [me.key(), other.key()];
    let rows: Vec<(i64, i64, i16, i32)> = on!(tx, c => Kept(sides::table
        .filter(sides::member_id.eq_any(pair))
        .filter(sides::other_id.eq_any(pair))
        .select((
            sides::member_id,
            sides::conversation_id,
            sides::state,
            sides::unanswered,
        )))
        .load(c)
        .await)?;
    let side = |of: MemberId| rows.iter().find(|row| row.0 == of.key());
    let (Some(mine), Some(theirs)) = (side(me), side(other)) else {
        return Ok(None);
    };
    Ok(Some(Between {
        conversation: ConversationId::from_key(mine.1),
        begun: mine.2 != Stage::Nothing.code(),
        unanswered: mine.3,
        stage: Stage::from_code(theirs.2),
    }))
}

/// Begins the conversation of the two: by as many statements where the other has begun it, in vain, as far as the one who
/// writes can know.
async fn begin(
    tx: &Conn,
    me: MemberId,
    other: MemberId,
    letter: &Letter<'_>,
) -> Result<Between, Error> {
    let id = letter.begins;
    on!(tx, c => diesel::insert_into(conversations::table)
        .values(conversations::id.eq(id.key()))
        .execute(c)
        .await)?;
    for (member, of) in [(me, other), (other, me)] {
        on!(tx, c => diesel::insert_into(sides::table)
            .values((
                sides::member_id.eq(member.key()),
                sides::conversation_id.eq(id.key()),
                sides::other_id.eq(of.key()),
                sides::state.eq(Stage::Nothing.code()),
                sides::archived.eq(false),
                sides::muted.eq(false),
                sides::latest_seq.eq(0),
                sides::read_seq.eq(0),
                sides::changed_seq.eq(0),
                sides::unanswered.eq(0),
            ))
            .on_conflict((sides::member_id, sides::other_id))
            .do_nothing()
            .execute(c)
            .await)?;
    }
    let between = between(tx, me, other).await?.ok_or(Error::Missing)?;
    // Where there was one, the new one has no side.
    on!(tx, c => diesel::delete(conversations::table)
        .filter(conversations::id.eq(id.key()))
        .filter(conversations::id.ne(between.conversation.key()))
        .execute(c)
        .await)?;
    Ok(between)
}

/// Writes the message, its sender's entry, and its receiver's where it arrives: the same statements where it does not.
async fn write(
    tx: &Conn,
    me: MemberId,
    other: Option<(MemberId, Arrival)>,
    conversation: ConversationId,
    letter: &Letter<'_>,
) -> Result<MessageRow, Error> {
    let to = other.map(|(other, arrival)| (other, arrival.arrives));
    let takers: Vec<_> = [(me, true)].into_iter().chain(to).collect();
    let numbers = numbers(tx, &takers).await?;
    let number = |of: MemberId| numbers.get(&of).copied().ok_or(Error::Missing);
    let mine = number(me)?;
    let theirs = match other {
        Some((other, arrival)) => Some((other, number(other)?, arrival)),
        None => None,
    };
    let message = message(tx, me, to, conversation, letter);
    let entry = enter(tx, me, mine, conversation, letter.id, (true, true));
    let side = sent(tx, me, mine, conversation);
    let arrived = async {
        let Some((other, seq, arrival)) = theirs else {
            return Ok(());
        };
        let (entry, side) = tokio::join!(
            biased;
            enter(tx, other, seq, conversation, letter.id, (false, arrival.arrives)),
            arrive(tx, other, seq, conversation, arrival),
        );
        entry.and(side)
    };
    let topics: Vec<_> = takers.iter().map(|(of, _)| Topic::Mailbox(*of)).collect();
    // In this order they are written, and none waits for another's answer.
    let (message, entry, side, arrived, announced) =
        tokio::join!(biased; message, entry, side, arrived, announce(tx, &topics));
    message.and(entry).and(side).and(arrived).and(announced)?;
    Ok(MessageRow {
        id: letter.id,
        conversation,
        seq: mine,
        mine: true,
        sent_at: letter.now,
        text: letter.text.as_str().into(),
        read_at: None,
        read: true,
    })
}

/// The message itself, which those can find in whose mailboxes it is.
async fn message(
    tx: &Conn,
    me: MemberId,
    to: Option<(MemberId, bool)>,
    conversation: ConversationId,
    letter: &Letter<'_>,
) -> Result<(), Error> {
    let holds = |(other, arrives)| if arrives { Some(other) } else { None };
    let holders: Vec<_> = [me].into_iter().chain(to.and_then(holds)).collect();
    on!(tx, c => diesel::insert_into(messages::table)
        .values((
            messages::id.eq(letter.id.key()),
            messages::conversation_id.eq(conversation.key()),
            messages::sender_id.eq(me.key()),
            messages::sent_at.eq(letter.now),
            messages::body.eq(letter.text.as_str()),
            messages::client_key.eq(letter.key.as_str()),
            messages::terms.eq(message::held(&letter.terms, &holders)),
        ))
        .execute(c)
        .await)?;
    Ok(())
}

/// The sender's side of the conversation.
async fn sent(
    tx: &Conn,
    me: MemberId,
    seq: i64,
    conversation: ConversationId,
) -> Result<(), Error> {
    on!(tx, c => Kept(diesel::update(sides::table.find((me.key(), conversation.key())))
        .set((
            sides::state.eq(Stage::Accepted.code()),
            sides::archived.eq(false),
            sides::latest_seq.eq(seq),
            sides::changed_seq.eq(seq),
            sides::unanswered.eq(sides::unanswered + 1),
            sides::draft.eq(None::<String>),
        )))
        .execute(c)
        .await)?;
    Ok(())
}
