//! Conversations, as one of the two has them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};

use super::{
    both_ways::{Given, LARGEST},
    connection::{Connection, List, Listed},
    foresight::{asks, foresee},
    members::Member,
    messages::{self, Ahead, Message},
    query::signed_in,
};
use crate::domain::{
    id::{ConversationId, MemberId},
    message::Stage,
};
use crate::graphql::{
    context::{Request, time},
    error::Error,
    guard::{self, Sight, sight},
};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::store::{
    lists::Place,
    messages::{self as mailbox, ConversationRow, MessageRow},
};

/// Which of the viewer's conversations.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationFolder {
    /// Those that go on: the viewer wrote, or accepted.
    Inbox,
    /// First messages of members who are no penpals, kept apart until the viewer accepts or answers. Their senders do
    /// not learn whether they were read.
    Requests,
    /// Those that the viewer has put away.
    Archive,
}

impl From<ConversationFolder> for mailbox::Folder {
    fn from(folder: ConversationFolder) -> Self {
        match folder {
            ConversationFolder::Inbox => Self::Inbox,
            ConversationFolder::Requests => Self::Requests,
            ConversationFolder::Archive => Self::Archive,
        }
    }
}

/// How far a conversation has come.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationStage {
    /// The other's first messages wait for the viewer to accept or to answer.
    Request,
    /// It goes on.
    Accepted,
}

/// A conversation of the viewer's with another member.
#[derive(Clone, Debug)]
pub struct Conversation {
    row: ConversationRow,
    other: Option<Member>,
    latest: Option<MessageRow>,
    ahead: Arc<Ahead>,
}

impl Listed for Conversation {
    const CONNECTION: &'static str = "ConversationConnection";
    const EDGE: &'static str = "ConversationEdge";
}

/// Nobody's key: where the other is gone, as many statements are sent as where they are hidden.
const NOBODY: MemberId = MemberId::from_key(0);

impl Conversation {
    /// Conversations of the viewer's own that stand at `path` below the field that is being resolved.
    pub async fn of(
        ctx: &Context<'_>,
        permit: &Permit<KeepOwn>,
        rows: Vec<ConversationRow>,
        path: &[&str],
    ) -> Result<Vec<Self>, Error> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let below = |name| [path, &[name]].concat();
        let others: Vec<MemberId> = rows.iter().map(|row| row.other.unwrap_or(NOBODY)).collect();
        let met = if asks(ctx.field(), &below("member")) {
            guard::meet_all(ctx, &others, &foresee(ctx, &below("member"), None)).await?
        } else {
            Vec::new()
        };
        let wanted = ["lastMessage", "updatedAt"];
        let latest = if wanted.iter().any(|name| asks(ctx.field(), &below(name))) {
            let seqs: Vec<i64> = rows.iter().map(|row| row.shown).collect();
            let request = Request::of(ctx);
            let store = &request.services().store;
            request.read_mail(store.messages_at(permit, &seqs)).await?
        } else {
            Vec::new()
        };
        // Of one there is nothing to read together.
        let ahead = if rows.len() > 1 {
            let ids: Vec<ConversationId> = rows.iter().map(|row| row.id).collect();
            messages::ahead(ctx, permit, &ids, path).await?
        } else {
            Ahead::new()
        };
        let ahead = Arc::new(ahead);
        Ok(rows
            .into_iter()
            .map(|row| Self {
                ahead: ahead.clone(),
                other: met
                    .iter()
                    .find(|met| Some(met.id()) == row.other)
                    .map(|met| met.clone().into()),
                latest: latest
                    .iter()
                    .find(|message| message.seq == row.shown && message.conversation == row.id)
                    .cloned(),
                row,
            })
            .collect())
    }

    /// Those of the viewer's own conversations that have these ids.
    pub async fn own(
        ctx: &Context<'_>,
        ids: &[ConversationId],
        path: &[&str],
    ) -> Result<Vec<Self>, Error> {
        if ids.is_empty() || !signed_in(ctx) {
            return Ok(Vec::new());
        }
        let permit = guard::own(ctx).await?;
        let store = &Request::of(ctx).services().store;
        let rows = Request::of(ctx)
            .read_mail(store.conversations_by_id(&permit, ids))
            .await?;
        Self::of(ctx, &permit, rows, path).await
    }

    /// Its id.
    pub fn conversation_id(&self) -> ConversationId {
        self.row.id
    }
}

/// A conversation of the viewer's with another member.
#[Object]
impl Conversation {
    /// Opaque and stable.
    pub async fn id(&self) -> ID {
        self.row.id.global().into()
    }

    /// The other one; null where they do not exist for the viewer, whatever the reason. What they wrote stays.
    async fn member(&self) -> Option<Member> {
        self.other.clone()
    }

    /// How far it has come, for the viewer.
    async fn stage(&self) -> ConversationStage {
        match self.row.stage {
            Stage::Request => ConversationStage::Request,
            Stage::Nothing | Stage::Open | Stage::Accepted => ConversationStage::Accepted,
        }
    }

    /// Whether the viewer has put it away. A message that arrives takes it out again, unless it is muted.
    async fn archived(&self) -> bool {
        self.row.archived
    }

    /// Whether the viewer wants nothing announced of it.
    async fn muted(&self) -> bool {
        self.row.muted
    }

    /// How many of the other's messages the viewer has not read; at most 1,000.
    async fn unread_count(&self) -> i32 {
        i32::try_from(self.row.unread).unwrap_or(i32::MAX)
    }

    /// What the viewer is writing.
    async fn draft(&self, ctx: &Context<'_>) -> Sight<&str> {
        let draft = self.row.draft.as_deref();
        let written = draft.map(|draft| Request::of(ctx).write_out(draft).map(|()| draft));
        sight(written.transpose())
    }

    /// The latest message; null where the viewer has deleted all.
    async fn last_message(&self) -> Option<Message> {
        self.latest.clone().map(Message::from)
    }

    /// When the latest message was sent.
    async fn updated_at(&self) -> Option<DateTime<Utc>> {
        self.latest.as_ref().map(|message| time(message.sent_at))
    }

    /// Its messages, the earliest first; from the end with `last`.
    // Neither number may be left out of a formula by the library, and one of them is.
    #[graphql(complexity = "1 + LARGEST as usize * child_complexity")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from the beginning: from 1 to 50.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many at most, from the end: from 1 to 50.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Sight<Connection<Message>> {
        let given = Given {
            first,
            after,
            last,
            before,
        };
        sight(
            messages::of_conversation(ctx, self.row.id, &given, &self.ahead)
                .await
                .map(Some),
        )
    }
}

/// A page of the viewer's own conversations, the latest first.
pub async fn conversations(
    ctx: &Context<'_>,
    folder: ConversationFolder,
    first: i32,
    after: Option<String>,
) -> Result<Connection<Conversation>, Error> {
    let permit = guard::own(ctx).await?;
    let request = Request::of(ctx);
    let list = List::Conversations(folder as i64);
    let window = list.window(request, first, after.as_deref())?;
    let below = window.after.map(|place| place.id);
    let store = &request.services().store;
    let rows = request
        .read_mail(store.conversations(&permit, folder.into(), below, window.limit()))
        .await?;
    let read = rows.len();
    let page = window.page(&rows).to_vec();
    let all = Conversation::of(ctx, &permit, page, &["edges", "node"]).await?;
    let nodes = all.into_iter().map(|conversation| {
        let id = conversation.row.latest;
        (Place { at: 0, id }, conversation)
    });
    Ok(Connection::new(list, window, read, nodes))
}

/// The viewer's own conversation with a member who exists for the viewer.
pub async fn with(ctx: &Context<'_>, member: MemberId) -> Result<Option<Conversation>, Error> {
    if !signed_in(ctx) || !guard::exists(ctx, member).await? {
        return Ok(None);
    }
    let permit = guard::own(ctx).await?;
    let store = &Request::of(ctx).services().store;
    let row = store.conversation_with(&permit, member).await?;
    let rows = row.into_iter().collect();
    Ok(Conversation::of(ctx, &permit, rows, &[]).await?.pop())
}
