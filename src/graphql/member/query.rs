//! What can be asked.

use async_graphql::{Context, ID, Interface, Object};

use super::{
    catalog::{Country, FieldInfo, Interest, Language},
    checking::TextCheck,
    connection::{Connection, List},
    conversations::{self, Conversation},
    foresight::{self, foresee},
    lists::PenpalList,
    me::{Me, Session, VisibilityEntry},
    members::{self, Member, page_cost},
    messages::Message,
    notices::Notice,
    requests::PenpalRequest,
    search::{self, MemberFilter, MemberOrder, MemberSearch, Suggestion},
    walls::{Comment, Post},
};
use crate::domain::{
    self,
    email::Email,
    handle::Handle,
    id::{
        CommentId, ConversationId, GlobalId, Kind, ListId, MemberId, MessageId, NoticeId, PostId,
        RequestId, SessionId,
    },
    profile::SPECS,
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};
use crate::privacy::{Wished, wishes};
use crate::viewer::who::Viewer;

/// What can be asked. Visitors get what is public; `me` and what begins with `my` is null for them.
#[derive(Debug)]
pub struct Query;

/// Something that has a global id. What does not exist for the viewer is null, whatever the reason.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque and stable."))]
pub enum Node {
    /// A member.
    Member(Member),
    /// A session of the viewer's own.
    Session(Session),
    /// A request to become penpals that the viewer sent or received.
    PenpalRequest(PenpalRequest),
    /// One of the viewer's own lists of penpals.
    PenpalList(PenpalList),
    /// One of the viewer's own conversations.
    Conversation(Conversation),
    /// A message that the viewer has.
    Message(Message),
    /// A post that the viewer may read.
    Post(Post),
    /// A comment that the viewer may read.
    Comment(Comment),
    /// Something that the viewer is told of.
    Notice(Notice),
}

/// The most ids that `nodes` takes.
const MOST_NODES: usize = 100;

/// What can be asked. Visitors get what is public; `me` and what begins with `my` is null for them.
#[Object]
impl Query {
    /// The viewer; null for visitors.
    async fn me(&self, ctx: &Context<'_>) -> Sight<Me> {
        sight(Me::of(ctx, &[]).await)
    }

    /// The audience of each of the viewer's own fields; null for visitors.
    async fn my_visibility(&self, ctx: &Context<'_>) -> Sight<Vec<VisibilityEntry>> {
        sight(VisibilityEntry::all(ctx).await)
    }

    /// A member by id.
    async fn member(&self, ctx: &Context<'_>, id: ID) -> Sight<Member> {
        sight(match MemberId::from_global(&id) {
            Some(id) => meet(ctx, id).await,
            None => Ok(None),
        })
    }

    /// A member by handle, in either case, where they let the viewer find them by it.
    async fn member_by_handle(&self, ctx: &Context<'_>, handle: String) -> Sight<Member> {
        sight(by_handle(ctx, &handle).await)
    }

    /// Members whom the viewer can find by search, and the viewer, in an order that tells nothing about them.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<Member>> {
        sight(everybody(ctx, first, after).await.map(Some))
    }

    /// Members whom the viewer can find, and who show the viewer what is looked for (policy clause C44). The
    /// viewer is not among them.
    #[graphql(complexity = "1_500 + page_cost(first) * child_complexity")]
    async fn search_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is looked for; everybody, where it is left out.")] filter: Option<
            MemberFilter,
        >,
        #[graphql(desc = "In what order; `ANY` where it is left out.")] order_by: Option<
            MemberOrder,
        >,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<MemberSearch> {
        let filter = filter.unwrap_or_default();
        sight(
            Box::pin(search::search(
                ctx,
                &filter,
                order_by.unwrap_or_default(),
                first,
                after,
            ))
            .await
            .map(Some),
        )
    }

    /// What a text that is being typed may become, of the public lists by which members are searched.
    async fn search_suggestions(
        &self,
        #[graphql(desc = "What was typed; at most 100 characters.")] text: String,
        #[graphql(desc = "How many at most, from 1 to 50; 10 where it is left out.")] first: Option<
            i32,
        >,
    ) -> Sight<Vec<Suggestion>> {
        sight(search::begun(&text, first.unwrap_or(10)).map(Some))
    }

    /// A member by e-mail address, where they let who knows it find them by it; null for visitors. It can
    /// be tried 30 times an hour.
    async fn member_by_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] email: String,
    ) -> Sight<Member> {
        sight(by_email(ctx, &email).await)
    }

    /// Where a text of the viewer's tells an e-mail address, a telephone number, a postal address or the viewer's own
    /// full name, before it is shown to many (policy clause C49). It is looked at here, and neither kept nor handed on.
    /// It can be asked 60 times a minute.
    #[graphql(complexity = "200 + child_complexity")]
    async fn check_text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The text; at most 20,000 characters.")] text: String,
    ) -> Sight<TextCheck> {
        sight(TextCheck::of(ctx, text).await.map(Some))
    }

    /// The viewer's own conversation with a member; null where there is none.
    async fn conversation_with(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member.")] member: ID,
    ) -> Sight<Conversation> {
        sight(match MemberId::from_global(&member) {
            Some(member) => conversations::with(ctx, member).await,
            None => Ok(None),
        })
    }

    /// Anything by its global id.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Sight<Node> {
        sight(node(ctx, &id).await)
    }

    /// Anything by its global id, in the order asked; at most 100.
    #[graphql(complexity = "1 + ids.len() * child_complexity")]
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Sight<Vec<Option<Node>>> {
        sight(nodes(ctx, &ids).await.map(Some))
    }

    /// Every governed field, with its default and widest audiences.
    async fn governed_fields(&self) -> Vec<FieldInfo> {
        SPECS_REF.iter().map(FieldInfo::from).collect()
    }

    /// Every country.
    async fn countries(&self) -> Vec<Country> {
        domain::place::Country::all().map(Country::from).collect()
    }

    /// Every language.
    async fn languages(&self) -> Vec<Language> {
        domain::language::Language::all()
            .map(Language::from)
            .collect()
    }

    /// Every interest, by category.
    async fn interests(&self) -> Vec<Interest> {
        domain::interest::Interest::all()
            .map(Interest::from)
            .collect()
    }
}

static SPECS_REF: &[domain::profile::Spec] = &SPECS;

async fn meet(ctx: &Context<'_>, id: MemberId) -> Result<Option<Member>, Error> {
    let foreseen = foresee(ctx, &[], Some(id));
    Ok(guard::meet(ctx, id, &foreseen).await?.map(Member::from))
}

async fn by_handle(ctx: &Context<'_>, handle: &str) -> Result<Option<Member>, Error> {
    match holder(ctx, handle).await? {
        Some(holder) => find::<wishes::FindByHandle>(ctx, holder).await,
        None => Ok(None),
    }
}

/// Whoever has the handle, whether or not they exist for the viewer, or nobody's key; nothing for what is no
/// handle.
pub async fn holder(ctx: &Context<'_>, handle: &str) -> Result<Option<MemberId>, Error> {
    let Some(handle) = Handle::parse(handle) else {
        return Ok(None);
    };
    let holder = Request::of(ctx).services().store.holder_of(&handle).await?;
    // Nobody's key: a handle that nobody has takes the same statements as one that is hidden.
    Ok(Some(holder.unwrap_or(MemberId::from_key(0))))
}

/// The member, where the viewer may find them so.
async fn find<W: Wished>(ctx: &Context<'_>, member: MemberId) -> Result<Option<Member>, Error> {
    let foreseen = foresee(ctx, &[], Some(member));
    Ok(guard::find::<W>(ctx, member, &foreseen)
        .await?
        .map(Member::from))
}

async fn by_email(ctx: &Context<'_>, email: &str) -> Result<Option<Member>, Error> {
    if !signed_in(ctx) {
        return Ok(None);
    }
    let permit = guard::own(ctx).await?;
    guard::count(ctx, &permit, |limits| &limits.by_email)?;
    let Ok(email) = Email::parse(email) else {
        return Ok(None);
    };
    let addressee = Request::of(ctx).services().store.addressee(&email).await?;
    // As for a handle.
    find::<wishes::FindByEmail>(ctx, addressee.unwrap_or(MemberId::from_key(0))).await
}

async fn everybody(
    ctx: &Context<'_>,
    first: i32,
    after: Option<String>,
) -> Result<Connection<Member>, Error> {
    let request = Request::of(ctx);
    let list = List::Members;
    let window = list.window(request, first, after.as_deref())?;
    let placed = request
        .services()
        .store
        .members(
            request.viewer(),
            request.today(),
            foresight::depth(ctx.field(), &["edges", "node"]),
            window.after,
            window.limit(),
        )
        .await?;
    let nodes = members::placed(ctx, window.page(&placed), &["edges", "node"]).await;
    Ok(Connection::new(list, window, placed.len(), nodes))
}

async fn node(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>, Error> {
    Ok(nodes(ctx, std::slice::from_ref(id)).await?.pop().flatten())
}

/// As many statements for a hundred ids as for one.
async fn nodes(ctx: &Context<'_>, ids: &[ID]) -> Result<Vec<Option<Node>>, Error> {
    if ids.len() > MOST_NODES {
        return Err(Error::BadInput("`ids` has at most 100 entries."));
    }
    let ids: Vec<Option<GlobalId>> = ids.iter().map(|id| GlobalId::decode(id)).collect();
    let of = |kind| {
        ids.iter()
            .flatten()
            .filter(move |id| id.kind == kind)
            .map(|id| id.key)
    };
    let members: Vec<MemberId> = of(Kind::Member).map(MemberId::from_key).collect();
    // A cursor is of one owner's list.
    let owner = (ids.len() == 1).then(|| members.first().copied()).flatten();
    let foreseen = foresee(ctx, &[], owner);
    let met = guard::meet_all(ctx, &members, &foreseen).await?;
    let requests: Vec<RequestId> = of(Kind::Request).map(RequestId::from_key).collect();
    let requests = PenpalRequest::own(ctx, &requests).await?;
    let sessions = if of(Kind::Session).next().is_some() {
        Session::all(ctx).await?
    } else {
        Vec::new()
    };
    let lists = if of(Kind::List).next().is_some() {
        PenpalList::all(ctx).await?
    } else {
        Vec::new()
    };
    let conversations: Vec<ConversationId> = of(Kind::Conversation)
        .map(ConversationId::from_key)
        .collect();
    let conversations = Conversation::own(ctx, &conversations, &[]).await?;
    let messages: Vec<MessageId> = of(Kind::Message).map(MessageId::from_key).collect();
    let messages = Message::own(ctx, &messages).await?;
    let posts: Vec<PostId> = of(Kind::Post).map(PostId::from_key).collect();
    let posts = Post::by_id(ctx, &posts, &[]).await?;
    let comments: Vec<CommentId> = of(Kind::Comment).map(CommentId::from_key).collect();
    let comments = Comment::by_id(ctx, &comments, &[]).await?;
    let notices: Vec<NoticeId> = of(Kind::Notice).map(NoticeId::from_key).collect();
    let notices = Notice::own(ctx, &notices).await?;
    let find = |id: &GlobalId| match id.kind {
        Kind::Member => met
            .iter()
            .find(|met| met.id().key() == id.key)
            .map(|met| Node::Member(met.clone().into())),
        Kind::Session => sessions
            .iter()
            .find(|session| session.session_id() == SessionId::from_key(id.key))
            .map(|session| Node::Session(*session)),
        Kind::Request => requests
            .iter()
            .find(|request| request.request_id() == RequestId::from_key(id.key))
            .map(|request| Node::PenpalRequest(request.clone())),
        Kind::List => lists
            .iter()
            .find(|list| list.list_id() == ListId::from_key(id.key))
            .map(|list| Node::PenpalList(list.clone())),
        Kind::Conversation => conversations
            .iter()
            .find(|conversation| conversation.conversation_id() == ConversationId::from_key(id.key))
            .map(|conversation| Node::Conversation(conversation.clone())),
        Kind::Message => messages
            .iter()
            .find(|message| message.message_id() == MessageId::from_key(id.key))
            .map(|message| Node::Message(message.clone())),
        Kind::Post => posts
            .iter()
            .find(|post| post.post_id() == PostId::from_key(id.key))
            .map(|post| Node::Post(post.clone())),
        Kind::Comment => comments
            .iter()
            .find(|comment| comment.comment_id() == CommentId::from_key(id.key))
            .map(|comment| Node::Comment(comment.clone())),
        Kind::Notice => notices
            .iter()
            .find(|notice| notice.notice_id() == NoticeId::from_key(id.key))
            .map(|notice| Node::Notice(notice.clone())),
        Kind::Block | Kind::Report | Kind::Photo | Kind::Album => None,
    };
    Ok(ids.iter().map(|id| id.as_ref().and_then(find)).collect())
}

/// Whether somebody has signed in.
pub fn signed_in(ctx: &Context<'_>) -> bool {
    Request::of(ctx).viewer() != Viewer::Visitor
}
