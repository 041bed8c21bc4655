//! Messages, as one of the two who have them (policy clause C48).

use std::collections::HashMap;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use super::{
    both_ways::{Given, Stretch},
    connection::{Connection, List, Listed},
    foresight,
    query::signed_in,
};
use crate::domain::{
    id::{ConversationId, MessageId},
    message, words,
};
use crate::graphql::{
    context::{Request, time},
    error::Error,
    guard,
};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::store::{
    lists::Place,
    messages::{MessageRow, Window},
};

/// A message that the viewer has.
#[derive(Clone, Debug)]
pub struct Message(MessageRow);

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        Self(row)
    }
}

impl Listed for Message {
    const CONNECTION: &'static str = "MessageConnection";
    const EDGE: &'static str = "MessageEdge";
}

impl Message {
    /// Those of the viewer's own messages that have these ids.
    pub async fn own(ctx: &Context<'_>, ids: &[MessageId]) -> Result<Vec<Self>, Error> {
        if ids.is_empty() || !signed_in(ctx) {
            return Ok(Vec::new());
        }
        let permit = guard::own(ctx).await?;
        let store = &Request::of(ctx).services().store;
        let rows = Request::of(ctx)
            .read_mail(store.messages_by_id(&permit, ids))
            .await?;
        Ok(rows.into_iter().map(Self).collect())
    }

    /// Its id.
    pub fn message_id(&self) -> MessageId {
        self.0.id
    }
}

/// A message that the viewer has.
#[Object]
impl Message {
    /// Opaque and stable.
    pub async fn id(&self) -> ID {
        self.0.id.global().into()
    }

    /// The id of the conversation in which it stands.
    async fn conversation_id(&self) -> ID {
        self.0.conversation.global().into()
    }

    /// Whether the viewer wrote it; else the other did.
    async fn sent_by_me(&self) -> bool {
        self.0.mine
    }

    /// What it says.
    async fn text(&self, ctx: &Context<'_>) -> Result<&str, Error> {
        Request::of(ctx).write_out(&self.0.text)?;
        Ok(&self.0.text)
    }

    /// When it was sent.
    async fn sent_at(&self) -> DateTime<Utc> {
        time(self.0.sent_at)
    }

    /// Of the viewer's own: when the other read it, where they let the viewer know. They do once they have accepted the
    /// conversation. What was not wanted looks like what waits to be read.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at.map(time)
    }

    /// Whether the viewer has read it, or wrote it.
    async fn read_by_me(&self) -> bool {
        self.0.read
    }
}

/// Pages of several conversations' messages, read together: by conversation, window and limit.
pub type Ahead = HashMap<(ConversationId, Window, i64), Vec<MessageRow>>;

/// Reads the pages of these conversations that are asked for at `path` below the field that is being resolved.
pub async fn ahead(
    ctx: &Context<'_>,
    permit: &Permit<KeepOwn>,
    conversations: &[ConversationId],
    path: &[&str],
) -> Result<Ahead, Error> {
    let request = Request::of(ctx);
    let mut ahead = Ahead::new();
    for given in foresight::messages(ctx.field(), path) {
        // No cursor is given, which would be of one conversation's list.
        let list = List::Messages(ConversationId::from_key(0));
        let Ok(stretch) = Stretch::read(list, request, &given) else {
            continue;
        };
        let (window, limit) = stretch.window();
        let key = |conversation| (conversation, window, limit);
        if conversations.iter().all(|it| ahead.contains_key(&key(*it))) {
            continue;
        }
        let empty = conversations.iter().map(|it| (key(*it), Vec::new()));
        ahead.extend(empty);
        for row in read(request, permit, conversations, window, limit).await? {
            ahead.entry(key(row.conversation)).or_default().push(row);
        }
    }
    Ok(ahead)
}

/// How many messages are read in one statement at most, where not one page alone has more: of the greatest length they
/// have 16 MB.
const LARGEST: i64 = 200;

async fn read(
    request: &Request,
    permit: &Permit<KeepOwn>,
    conversations: &[ConversationId],
    window: Window,
    limit: i64,
) -> Result<Vec<MessageRow>, Error> {
    let store = &request.services().store;
    let mut rows = Vec::new();
    let together = usize::try_from(LARGEST / limit).unwrap_or_default().max(1);
    for some in conversations.chunks(together) {
        let page = store.messages(permit, some, window, limit);
        rows.extend(request.read_mail(page).await?);
    }
    rows.sort_by_key(|row| row.seq);
    if !window.ascending {
        rows.reverse();
    }
    Ok(rows)
}

/// A page of a conversation's messages, the earliest first; of those that were read ahead, where it was.
pub async fn of_conversation(
    ctx: &Context<'_>,
    conversation: ConversationId,
    given: &Given,
    ahead: &Ahead,
) -> Result<Connection<Message>, Error> {
    let request = Request::of(ctx);
    let stretch = Stretch::read(List::Messages(conversation), request, given)?;
    let (window, limit) = stretch.window();
    let rows = match ahead.get(&(conversation, window, limit)) {
        Some(rows) => rows.clone(),
        None => {
            let permit = guard::own(ctx).await?;
            read(request, &permit, &[conversation], window, limit).await?
        }
    };
    let numbered = rows.into_iter().map(|row| (row.seq, Message(row)));
    Ok(stretch.page(numbered.collect()))
}

/// The most characters that can be looked for.
const LONGEST_QUERY: usize = 200;

/// The most words that can be looked for.
const MOST_WORDS: usize = 12;

/// A page of those of the viewer's own messages that have each of these words in some form, the latest first.
pub async fn search(
    ctx: &Context<'_>,
    words: &str,
    first: i32,
    after: Option<String>,
) -> Result<Connection<Message>, Error> {
    let permit = guard::own(ctx).await?;
    guard::count_search(ctx)?;
    if words.chars().count() > LONGEST_QUERY {
        return Err(Error::BadInput("`words` has at most 200 characters."));
    }
    let sought = words::sought(words);
    if sought.is_empty() || sought.len() > MOST_WORDS {
        return Err(Error::BadInput(
            "`words` has from 1 to 12 words, of letters and digits.",
        ));
    }
    let terms = message::sought(&sought);
    let request = Request::of(ctx);
    let list = List::FoundMessages(List::number_of(&format!("{terms:?}")));
    let window = list.window(request, first, after.as_deref())?;
    let store = &request.services().store;
    let below = window.after.map(|place| place.id);
    let found = store.search_messages(&permit, &terms, below, window.limit());
    let rows = request.read_mail(found).await?;
    let page = window.page(&rows).to_vec();
    let nodes = page.into_iter().map(|row| {
        let place = Place { at: 0, id: row.seq };
        (place, Message(row))
    });
    Ok(Connection::new(list, window, rows.len(), nodes))
}
