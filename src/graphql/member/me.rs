//! What only the viewer sees: settings, sessions, requests, blocks.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    blocks::{Block, blocks},
    connection::Connection,
    contact::ContactRules,
    conversations::{Conversation, ConversationFolder, conversations},
    enums::{self, Audience, GovernedField, SessionTransport},
    exposure::Exposure,
    findability::Findability,
    foresight::foresee,
    lists::PenpalList,
    mails::MailPreference,
    members::{Member, page_cost},
    messages::{self, Message},
    notices::{self, Notice},
    preview::VisibilityPreview,
    query::signed_in,
    reflection::{Onlooker, Reflection},
    requests::{PenpalRequest, requests},
    scalars::Date,
    second_factor::SecondFactor,
    settings::SetVisibilityInput,
    walls::{self, Comment, Post},
    why::Why,
};
use crate::domain::{
    id::SessionId,
    profile::{Field, Preset},
};
use crate::graphql::{
    context::{Request, time},
    error::Error,
    guard::{self, Sight, sight},
};
use crate::store::{lists::Direction, sessions::SessionRow, settings::Named};

/// The viewer, to themselves.
#[derive(Debug)]
pub struct Me {
    member: Member,
}

impl Me {
    /// The viewer, who stands at `path` below the field that is being resolved; nothing for a visitor.
    pub async fn of(ctx: &Context<'_>, path: &[&str]) -> Result<Option<Self>, Error> {
        if !signed_in(ctx) {
            return Ok(None);
        }
        let (_, case) = guard::own_case(ctx).await?;
        let path = [path, &["member"]].concat();
        let foreseen = foresee(ctx, &path, Some(case.subject()));
        let met = guard::met(ctx, [case], &foreseen).await.pop();
        Ok(met.map(|met| Self { member: met.into() }))
    }
}

/// The viewer, to themselves.
#[Object]
impl Me {
    /// The viewer as a member.
    async fn member(&self) -> Member {
        self.member.clone()
    }

    /// The audience of each of the viewer's own fields.
    async fn visibility(&self, ctx: &Context<'_>) -> Sight<Vec<VisibilityEntry>> {
        sight(VisibilityEntry::all(ctx).await)
    }

    /// Who can find the viewer, by each way (policy clause C44).
    async fn findability(&self, ctx: &Context<'_>) -> Sight<Findability> {
        sight(Findability::own(ctx).await.map(Some))
    }

    /// Who can see one of the viewer's own fields, and by which rules (policy clause C46).
    async fn exposure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The field.")] field: GovernedField,
    ) -> Sight<Exposure> {
        sight(Exposure::of(ctx, field).await)
    }

    /// What setting audiences would bring about, before it is done (policy clauses C46, C49): of the same input as
    /// `setVisibility` takes, or of a preset as `applyPreset` does. Nothing is changed.
    // It may go through all who stand on the viewer's lists, and no more than a few times a document.
    #[graphql(complexity = "500 + child_complexity")]
    async fn preview_visibility(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What `setVisibility` would be given.")] input: Option<SetVisibilityInput>,
        #[graphql(desc = "Instead: what `applyPreset` would be given.")] preset: Option<
            enums::Preset,
        >,
    ) -> Sight<VisibilityPreview> {
        sight(VisibilityPreview::of(ctx, input.as_ref(), preset).await)
    }

    /// The viewer, as somebody else would be given them (policy clause C46); null where the viewer would not
    /// exist for the onlooker, and where there is no such penpal, list or member for the viewer.
    async fn view_as(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who looks.")] onlooker: Onlooker,
        #[graphql(desc = "With PENPAL or MEMBER: which one. With ON_LIST: which list.")] id: Option<
            ID,
        >,
        #[graphql(desc = "With MEMBER, in the place of an id: which one.")] handle: Option<String>,
    ) -> Sight<Reflection> {
        sight(
            match onlooker.eyes(ctx, id.as_ref(), handle.as_deref()).await {
                Ok(eyes) => Reflection::of(ctx, eyes).await,
                Err(error) => Err(error),
            },
        )
    }

    /// Why somebody else sees one of the viewer's own fields, or does not (policy clause C46); null where there
    /// is no such penpal, list or member for the viewer.
    async fn why(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The field.")] field: GovernedField,
        #[graphql(desc = "Who looks.")] onlooker: Onlooker,
        #[graphql(desc = "With PENPAL or MEMBER: which one. With ON_LIST: which list.")] id: Option<
            ID,
        >,
        #[graphql(desc = "With MEMBER, in the place of an id: which one.")] handle: Option<String>,
    ) -> Sight<Why> {
        sight(
            match onlooker.eyes(ctx, id.as_ref(), handle.as_deref()).await {
                Ok(eyes) => Why::of(ctx, field, onlooker, eyes).await,
                Err(error) => Err(error),
            },
        )
    }

    /// A birth date that the viewer stated and staff must confirm before it takes effect.
    async fn pending_birth_date(&self, ctx: &Context<'_>) -> Sight<Date> {
        sight(pending_birth_date(ctx).await)
    }

    /// Until when the password counts as given lately in this session; null when it does not.
    async fn reauthenticated_until(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        Request::of(ctx).reauthenticated_until()
    }

    /// The viewer's own second factor; null where it is off.
    async fn second_factor(&self, ctx: &Context<'_>) -> Sight<SecondFactor> {
        sight(SecondFactor::own(ctx).await)
    }

    /// The viewer's own lists of penpals, by name; at most 50.
    async fn lists(&self, ctx: &Context<'_>) -> Sight<Vec<PenpalList>> {
        sight(PenpalList::all(ctx).await.map(Some))
    }

    /// The viewer's sessions, the latest used first; at most 50.
    async fn sessions(&self, ctx: &Context<'_>) -> Sight<Vec<Session>> {
        sight(Session::all(ctx).await.map(Some))
    }

    /// Requests to become penpals that the viewer has received and not declined, newest first.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn requests_received(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<PenpalRequest>> {
        sight(
            requests(ctx, Direction::Received, first, after)
                .await
                .map(Some),
        )
    }

    /// Requests to become penpals that the viewer has sent, newest first. That one was declined is not
    /// told.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn requests_sent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<PenpalRequest>> {
        sight(requests(ctx, Direction::Sent, first, after).await.map(Some))
    }

    /// The viewer's conversations of one folder, the latest first.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn conversations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; `INBOX` where it is left out.")] folder: Option<
            ConversationFolder,
        >,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<Conversation>> {
        let folder = folder.unwrap_or(ConversationFolder::Inbox);
        sight(conversations(ctx, folder, first, after).await.map(Some))
    }

    /// Those of the viewer's own messages that have all of these words in some form, the latest first.
    #[graphql(complexity = "200 + page_cost(first) * child_complexity")]
    async fn search_messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From 1 to 12 words; at most 200 characters.")] words: String,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<Message>> {
        sight(messages::search(ctx, &words, first, after).await.map(Some))
    }

    /// What the viewer's penpals posted and the viewer may read, wherever it stands, the newest first.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<Post>> {
        sight(walls::feed(ctx, first, after).await)
    }

    /// The viewer's own posts, wherever they stand, the newest first.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn posts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<Post>> {
        sight(walls::own_posts(ctx, first, after).await)
    }

    /// The viewer's own comments, wherever they stand, the newest first.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<Comment>> {
        sight(walls::own_comments(ctx, first, after).await)
    }

    /// What the viewer is told of, the latest first.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only those that are not marked as read.", default)] unread_only: bool,
    ) -> Sight<Connection<Notice>> {
        sight(
            notices::notices(ctx, first, after, unread_only)
                .await
                .map(Some),
        )
    }

    /// How many of these the viewer has not marked as read.
    async fn unread_notice_count(&self, ctx: &Context<'_>) -> Sight<i64> {
        sight(notices::unread_count(ctx).await.map(Some))
    }

    /// Whether the viewer has confirmed that their e-mail address is theirs.
    async fn email_confirmed(&self, ctx: &Context<'_>) -> Sight<bool> {
        sight(email_confirmed(ctx).await.map(Some))
    }

    /// Which mails the viewer wants, of every category (policy clause C76).
    async fn mail_preferences(&self, ctx: &Context<'_>) -> Sight<Vec<MailPreference>> {
        sight(MailPreference::own(ctx).await.map(Some))
    }

    /// Who may write to the viewer (policy clause C49).
    async fn contact_rules(&self, ctx: &Context<'_>) -> Sight<ContactRules> {
        sight(ContactRules::own(ctx).await.map(Some))
    }

    /// Whom the viewer has blocked, newest first, by handle: an entry looks the same whatever became of
    /// the member, and whether there ever was one.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn blocks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<Block>> {
        sight(blocks(ctx, first, after).await.map(Some))
    }
}

async fn pending_birth_date(ctx: &Context<'_>) -> Result<Option<Date>, Error> {
    let permit = guard::own(ctx).await?;
    let store = &Request::of(ctx).services().store;
    Ok(store.requested_birth_date(&permit).await?.map(Date::from))
}

/// The audience of one of the viewer's own fields.
#[derive(SimpleObject, Clone, Debug)]
pub struct VisibilityEntry {
    /// The field.
    pub(super) field: GovernedField,
    /// Who may see it now.
    pub(super) audience: Audience,
    /// Where the audience is `LISTS`: the lists to which it is shown.
    pub(super) lists: Vec<PenpalList>,
    /// The lists that are excepted from the audience.
    pub(super) except: Vec<PenpalList>,
    /// The widest audience that the viewer can give it.
    widest: Audience,
    /// The audience that somebody of the viewer's age begins with.
    default: Audience,
    /// The audience that the preset CAREFUL gives it.
    careful: Audience,
    /// The audience that the preset OPEN gives it.
    open: Audience,
}

impl VisibilityEntry {
    /// One entry a field; nothing for a visitor.
    pub async fn all(ctx: &Context<'_>) -> Result<Option<Vec<Self>>, Error> {
        if !signed_in(ctx) {
            return Ok(None);
        }
        let (permit, case) = guard::own_case(ctx).await?;
        let store = &Request::of(ctx).services().store;
        let named = store.named_lists(&permit).await?;
        let own = if named.is_empty() {
            Vec::new()
        } else {
            PenpalList::all(ctx).await?
        };
        let lists = |field: Field, excepted: bool| {
            let of = |list: &PenpalList| {
                let entry = Named {
                    field,
                    list: list.list_id(),
                    excepted,
                };
                named.contains(&entry)
            };
            own.iter().filter(|&list| of(list)).cloned().collect()
        };
        let known = case.known();
        let age = known.owner.age;
        Ok(Some(
            Field::ALL
                .into_iter()
                .map(|field| Self {
                    field: field.into(),
                    audience: known.audience(field).into(),
                    lists: lists(field, false),
                    except: lists(field, true),
                    widest: field.spec().widest_for(age).into(),
                    default: field.spec().default_for(age).into(),
                    careful: field.spec().preset_for(Preset::Careful, age).into(),
                    open: field.spec().preset_for(Preset::Open, age).into(),
                })
                .collect(),
        ))
    }
}

/// A session of the viewer's own.
#[derive(Clone, Copy, Debug)]
pub struct Session(SessionRow);

impl Session {
    /// The viewer's sessions, the latest used first.
    pub async fn all(ctx: &Context<'_>) -> Result<Vec<Self>, Error> {
        if !signed_in(ctx) {
            return Ok(Vec::new());
        }
        let permit = guard::own(ctx).await?;
        let request = Request::of(ctx);
        let rows = request
            .services()
            .store
            .sessions(&permit, request.now_millis(), request.idle_since())
            .await?;
        Ok(rows.into_iter().map(Self).collect())
    }

    /// Its id.
    pub fn session_id(&self) -> SessionId {
        self.0.id
    }
}

/// A session of the viewer's own.
#[Object]
impl Session {
    /// Opaque and stable.
    pub async fn id(&self) -> ID {
        self.0.id.global().into()
    }

    /// Whether it is the one that this request came with.
    async fn current(&self, ctx: &Context<'_>) -> bool {
        Request::of(ctx).session() == Some(self.0.id)
    }

    /// How its token travels.
    async fn transport(&self) -> SessionTransport {
        if self.0.bearer {
            SessionTransport::Bearer
        } else {
            SessionTransport::Cookie
        }
    }

    /// When it began.
    async fn created_at(&self) -> DateTime<Utc> {
        time(self.0.created_at)
    }

    /// When it was last used, give or take half a minute.
    async fn last_used_at(&self) -> DateTime<Utc> {
        time(self.0.last_used_at)
    }

    /// When it ends, whatever happens. Without use it ends sooner.
    async fn expires_at(&self) -> DateTime<Utc> {
        time(self.0.expires_at)
    }
}

async fn email_confirmed(ctx: &Context<'_>) -> Result<bool, Error> {
    let permit = guard::own(ctx).await?;
    let store = &Request::of(ctx).services().store;
    Ok(store.own_address_confirmed(&permit).await?)
}
