//! What one does with a conversation for oneself.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::{
    conversations::Conversation,
    fields::Findings,
    payload::{UserError, UserErrorCode as Code},
};
use crate::domain::{
    id::{ConversationId, MemberId, MessageId},
    message::MessageText,
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Refused, Sight, act, sight},
};
use crate::privacy::wishes;
use crate::store::{self, messages::Change};

/// Keeping one's own conversations.
#[derive(Default)]
pub struct Keeping;

/// What marking messages as read takes.
#[derive(InputObject)]
pub struct MarkReadInput {
    /// The conversation.
    conversation: ID,
    /// The message up to which it was read.
    message: ID,
}

/// One of the viewer's conversations.
#[derive(InputObject)]
pub struct ConversationInput {
    /// The conversation.
    conversation: ID,
}

/// What archiving a conversation takes.
#[derive(InputObject)]
pub struct ArchiveConversationInput {
    /// The conversation.
    conversation: ID,
    /// Whether it is put away, or taken out again.
    archived: bool,
}

/// What muting a conversation takes.
#[derive(InputObject)]
pub struct MuteConversationInput {
    /// The conversation.
    conversation: ID,
    /// Whether nothing of it is to be announced.
    muted: bool,
}

/// What keeping a draft takes.
#[derive(InputObject)]
pub struct SaveDraftInput {
    /// The conversation.
    conversation: ID,
    /// What is being written; null throws it away.
    text: MaybeUndefined<String>,
}

/// What a change of the viewer's own side of a conversation answers.
#[derive(SimpleObject)]
pub struct ConversationPayload {
    /// The conversation, after the change.
    conversation: Option<Conversation>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

/// What deleting a message takes.
#[derive(InputObject)]
pub struct DeleteMessageInput {
    /// The message.
    message: ID,
}

/// What deleting a message answers.
#[derive(SimpleObject)]
pub struct DeleteMessagePayload {
    /// The id of the message that is gone, for the viewer.
    deleted: Option<ID>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

#[Object]
impl Keeping {
    /// Accepts what waits as a request. From then on the other learns what was read.
    async fn accept_conversation(
        &self,
        ctx: &Context<'_>,
        input: ConversationInput,
    ) -> Sight<ConversationPayload> {
        sight(
            change(ctx, &input.conversation, Change::Accept)
                .await
                .map(Some),
        )
    }

    /// Notes that the viewer has read a conversation up to a message.
    async fn mark_read(
        &self,
        ctx: &Context<'_>,
        input: MarkReadInput,
    ) -> Sight<ConversationPayload> {
        sight(mark_read(ctx, &input).await.map(Some))
    }

    /// Puts a conversation away, or takes it out again; the other does not learn of it.
    async fn archive_conversation(
        &self,
        ctx: &Context<'_>,
        input: ArchiveConversationInput,
    ) -> Sight<ConversationPayload> {
        let archived = Change::Archive(input.archived);
        sight(change(ctx, &input.conversation, archived).await.map(Some))
    }

    /// Mutes a conversation, or ends that; the other does not learn of it.
    async fn mute_conversation(
        &self,
        ctx: &Context<'_>,
        input: MuteConversationInput,
    ) -> Sight<ConversationPayload> {
        let muted = Change::Mute(input.muted);
        sight(change(ctx, &input.conversation, muted).await.map(Some))
    }

    /// Keeps what the viewer is writing in a conversation.
    async fn save_draft(
        &self,
        ctx: &Context<'_>,
        input: SaveDraftInput,
    ) -> Sight<ConversationPayload> {
        sight(save_draft(ctx, &input).await.map(Some))
    }

    /// Deletes all of a conversation's messages for the viewer. The other keeps theirs.
    async fn delete_conversation(
        &self,
        ctx: &Context<'_>,
        input: ConversationInput,
    ) -> Sight<ConversationPayload> {
        sight(clear(ctx, &input.conversation).await.map(Some))
    }

    /// Deletes a message for the viewer. The other keeps theirs.
    async fn delete_message(
        &self,
        ctx: &Context<'_>,
        input: DeleteMessageInput,
    ) -> Sight<DeleteMessagePayload> {
        sight(delete(ctx, &input).await.map(Some))
    }
}

/// That there is no such conversation.
pub(super) fn no_conversation(path: &[&str]) -> UserError {
    UserError::at(
        path,
        Code::NotFound,
        "There is no such conversation of yours.",
    )
}

impl ConversationPayload {
    async fn of(
        ctx: &Context<'_>,
        id: ConversationId,
        done: Result<(), store::Error>,
    ) -> Result<Self, Error> {
        match done {
            Ok(()) => {
                Request::of(ctx).refresh();
                let conversation = Conversation::own(ctx, &[id], &["conversation"]).await?;
                Ok(Self {
                    conversation: conversation.into_iter().next(),
                    user_errors: Vec::new(),
                })
            }
            Err(store::Error::Missing) => Ok(Self::missing()),
            Err(error) => Err(error.into()),
        }
    }

    fn missing() -> Self {
        Self {
            conversation: None,
            user_errors: vec![no_conversation(&["input", "conversation"])],
        }
    }
}

async fn change(ctx: &Context<'_>, id: &ID, change: Change) -> Result<ConversationPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let Some(id) = ConversationId::from_global(id) else {
        return Ok(ConversationPayload::missing());
    };
    let store = &Request::of(ctx).services().store;
    let done = store.change_conversation(&permit, id, &change).await;
    ConversationPayload::of(ctx, id, done).await
}

async fn clear(ctx: &Context<'_>, id: &ID) -> Result<ConversationPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let Some(id) = ConversationId::from_global(id) else {
        return Ok(ConversationPayload::missing());
    };
    let store = &Request::of(ctx).services().store;
    let done = store.clear_conversation(&permit, id).await;
    ConversationPayload::of(ctx, id, done).await
}

async fn save_draft(
    ctx: &Context<'_>,
    input: &SaveDraftInput,
) -> Result<ConversationPayload, Error> {
    let mut findings = Findings::default();
    let text = findings.clearable(&["input", "text"], &input.text, MessageText::parse);
    if !findings.none() {
        return Ok(ConversationPayload {
            conversation: None,
            user_errors: findings.into_errors(),
        });
    }
    let draft = text.flatten().map(MessageText::into_string);
    change(ctx, &input.conversation, Change::Draft(draft)).await
}

async fn mark_read(ctx: &Context<'_>, input: &MarkReadInput) -> Result<ConversationPayload, Error> {
    let own = guard::count_act(ctx).await?;
    let id = ConversationId::from_global(&input.conversation);
    let (Some(id), Some(message)) = (id, MessageId::from_global(&input.message)) else {
        return Ok(ConversationPayload::missing());
    };
    let request = Request::of(ctx);
    let store = &request.services().store;
    let Some(row) = store.conversations_by_id(&own, &[id]).await?.pop() else {
        return Ok(ConversationPayload::missing());
    };
    let now = request.now_millis();
    let other = row.other.unwrap_or(MemberId::from_key(0));
    // The other learns of it where they exist for the viewer.
    let told = act!(ctx, wishes::Write, other, permit => {
        // That there is no such message is nothing that broke.
        match store.mark_read(&own, Some(&permit), id, message, now).await {
            Err(store::Error::Missing) => Ok(false),
            done => done.map(|()| true),
        }
    });
    let done = match told {
        Ok(true) => Ok(()),
        Ok(false) => Err(store::Error::Missing),
        Err(Refused::NotPossible) => return Err(request.rate_limited(1)),
        Err(Refused::Unknown | Refused::Full | Refused::Used) => {
            store.mark_read(&own, None, id, message, now).await
        }
        Err(Refused::Failed(error)) => return Err(error),
    };
    ConversationPayload::of(ctx, id, done).await
}

async fn delete(
    ctx: &Context<'_>,
    input: &DeleteMessageInput,
) -> Result<DeleteMessagePayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let missing = || DeleteMessagePayload {
        deleted: None,
        user_errors: vec![UserError::at(
            &["input", "message"],
            Code::NotFound,
            "There is no such message of yours.",
        )],
    };
    let Some(id) = MessageId::from_global(&input.message) else {
        return Ok(missing());
    };
    match Request::of(ctx)
        .services()
        .store
        .delete_message(&permit, id)
        .await
    {
        Ok(_) => Ok(DeleteMessagePayload {
            deleted: Some(input.message.clone()),
            user_errors: Vec::new(),
        }),
        Err(store::Error::Missing) => Ok(missing()),
        Err(error) => Err(error.into()),
    }
}
