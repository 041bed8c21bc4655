//! Sending a message (policy clauses C3, C48, C49).

use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};

use super::{
    conversations::Conversation,
    fields::{Findings, member_id},
    keeping::no_conversation,
    messages::Message,
    payload::{UserError, UserErrorCode as Code, refused},
};
use crate::domain::{
    id::{ConversationId, MemberId, MessageId},
    message::{self, ClientKey, MessageText},
    profile::{Field, governed},
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Refused, Sight, act, see, sight},
};
use crate::privacy::{Permit, Wish, wishes};
use crate::store::{
    self, Conflict,
    messages::{Letter, MessageRow, Target},
};

/// Sending messages.
#[derive(Default)]
pub struct Sending;

/// To whom a message goes.
#[derive(OneofObject)]
pub enum MessageTarget {
    /// A member, by id.
    Member(ID),
    /// One of the viewer's conversations, by id: also where the other does not exist for the viewer any more.
    Conversation(ID),
}

/// What sending a message takes.
#[derive(InputObject)]
pub struct SendMessageInput {
    /// To whom.
    to: MessageTarget,
    /// What it says: 1 to 20,000 characters, line breaks kept.
    text: String,
    /// A key that the client makes for each message, such as a UUID: 8 to 64 letters, digits, `-` and `_`. Sent again
    /// under its key, a message is not sent twice.
    client_key: String,
}

/// What sending a message answers. It is the same whether or not the message is wanted by whom it is for.
#[derive(SimpleObject)]
pub struct SendMessagePayload {
    /// The message.
    message: Option<Message>,
    /// The conversation in which it stands.
    conversation: Option<Conversation>,
    /// What can be put right. Where something is wrong, nothing was sent.
    user_errors: Vec<UserError>,
}

#[Object]
impl Sending {
    /// Sends a message to a member, or into a conversation: 120 a minute, 2,000 a day. Strangers can be written to 20 times
    /// a day, by newcomers 5, and who is no penpal 50 times without an answer. What the other's contact rules do not want is kept for the viewer as if it waited to be read.
    async fn send_message(
        &self,
        ctx: &Context<'_>,
        input: SendMessageInput,
    ) -> Sight<SendMessagePayload> {
        sight(Box::pin(send(ctx, &input)).await.map(Some))
    }
}

/// For how long somebody is a newcomer, in days.
const NEW_FOR: i64 = 7;

impl SendMessagePayload {
    fn wrong(user_errors: Vec<UserError>) -> Self {
        Self {
            message: None,
            conversation: None,
            user_errors,
        }
    }
}

async fn send(ctx: &Context<'_>, input: &SendMessageInput) -> Result<SendMessagePayload, Error> {
    let own = guard::own(ctx).await?;
    guard::count(ctx, &own, |limits| &limits.messages)?;
    guard::count(ctx, &own, |limits| &limits.messages_a_day)?;
    let mut findings = Findings::default();
    let text = findings.text(&["input", "text"], MessageText::parse(&input.text));
    let key = ClientKey::parse(&input.client_key);
    if key.is_none() {
        findings.add(
            &["input", "clientKey"],
            Code::Malformed,
            "Give a key of 8 to 64 letters, digits, - and _, such as a UUID.",
        );
    }
    let (Some(text), Some(key)) = (text, key) else {
        return Ok(SendMessagePayload::wrong(findings.into_errors()));
    };
    let request = Request::of(ctx);
    let mut rng = request.rng()?;
    let letter = Letter {
        id: MessageId::random(&mut rng),
        begins: ConversationId::random(&mut rng),
        terms: message::terms(text.as_str()),
        text: &text,
        key: &key,
        now: request.now_millis(),
        today: request.today(),
    };
    let sent = match &input.to {
        MessageTarget::Member(id) => to_member(ctx, &own, id, &letter).await,
        MessageTarget::Conversation(id) => into_conversation(ctx, &own, id, &letter).await,
    };
    match sent {
        Ok(row) => {
            let conversation =
                Conversation::own(ctx, &[row.conversation], &["conversation"]).await?;
            Ok(SendMessagePayload {
                message: Some(row.into()),
                conversation: conversation.into_iter().next(),
                user_errors: Vec::new(),
            })
        }
        Err(refused) => Ok(SendMessagePayload::wrong(vec![wrong(refused, &input.to)?])),
    }
}

fn wrong(why: Refused, to: &MessageTarget) -> Result<UserError, Error> {
    let unknown = matches!(why, Refused::Unknown);
    match (why, to) {
        (Refused::Failed(error), _) => Err(error),
        (Refused::Full, _) => Ok(UserError::at(
            &["input", "to"],
            Code::TooMany,
            "You have sent as many as one may before the other answers.",
        )),
        (Refused::Used, _) => Ok(UserError::at(
            &["input", "clientKey"],
            Code::KeyReused,
            "This key was used for another message.",
        )),
        (_, MessageTarget::Member(_)) => Ok(refused(&["input", "to", "member"], unknown)),
        (_, MessageTarget::Conversation(_)) => {
            Ok(no_conversation(&["input", "to", "conversation"]))
        }
    }
}

async fn to_member(
    ctx: &Context<'_>,
    own: &Permit<wishes::KeepOwn>,
    id: &ID,
    letter: &Letter<'_>,
) -> Result<MessageRow, Refused> {
    let Some(member) = member_id(id) else {
        return Err(Refused::Unknown);
    };
    let store = &Request::of(ctx).services().store;
    if guard::bound(ctx, member).await? == Some(false)
        && store.conversation_with(own, member).await?.is_none()
    {
        count_stranger(ctx, own).await?;
    }
    act!(ctx, wishes::Write, member, permit => store.send(Target::Member(&permit), letter).await)
}

/// Where the other does not exist for the viewer, it is kept as if it had been sent: by as many statements, whoever or
/// whatever is the reason.
async fn into_conversation(
    ctx: &Context<'_>,
    own: &Permit<wishes::KeepOwn>,
    id: &ID,
    letter: &Letter<'_>,
) -> Result<MessageRow, Refused> {
    let Some(id) = ConversationId::from_global(id) else {
        return Err(Refused::Unknown);
    };
    let store = &Request::of(ctx).services().store;
    let Some(row) = store.conversations_by_id(own, &[id]).await?.pop() else {
        return Err(Refused::Unknown);
    };
    let other = row.other.unwrap_or(MemberId::from_key(0));
    let sent = act!(ctx, wishes::Write, other, permit => {
        store.send(Target::Member(&permit), letter).await
    });
    match sent {
        Err(Refused::Unknown) => match store.send(Target::Unheard(own, id), letter).await {
            Err(store::Error::Conflict(Conflict::Key)) => Err(Refused::Used),
            Err(store::Error::Conflict(Conflict::Full)) => Err(Refused::Full),
            sent => sent.map_err(Refused::from),
        },
        // The facts changed again and again while it was being sent.
        Err(Refused::NotPossible) => Err(Refused::Failed(Request::of(ctx).rate_limited(1))),
        sent => sent,
    }
}

/// Counts somebody whom the viewer has not written to before, and who is no penpal.
async fn count_stranger(ctx: &Context<'_>, own: &Permit<wishes::KeepOwn>) -> Result<(), Error> {
    let me = guard::oneself(ctx, &[Wish::See(Field::Joined)]).await?;
    let joined = see::<governed::Joined>(ctx, &me).await.transpose()?;
    let today = Request::of(ctx).now().date_naive();
    let new = joined.is_none_or(|joined| (today - joined).num_days() < NEW_FOR);
    if new {
        guard::count(ctx, own, |limits| &limits.newcomers)?;
    }
    guard::count(ctx, own, |limits| &limits.strangers)
}
