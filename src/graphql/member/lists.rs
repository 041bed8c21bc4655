//! The viewer's own lists of penpals, which audiences name. Nobody else ever learns of them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    connection::{Connection, List},
    enums::GovernedField,
    fields::{Findings, ListName, member_id},
    members::{self, Member, page_cost},
    payload::{UserError, UserErrorCode as Code, refused},
    query::signed_in,
};
use crate::domain::id::{ListId, MemberId};
use crate::graphql::{
    context::{Request, time},
    error::Error,
    guard::{self, Refused, Sight, sight},
};
use crate::store::{
    self, Conflict,
    penpal_lists::{ListRow, MOST_ENTRIES, MOST_LISTS},
};

/// One of the viewer's own lists of penpals.
#[derive(Clone, Debug)]
pub struct PenpalList(ListRow);

impl PenpalList {
    /// The viewer's own lists, by name.
    pub async fn all(ctx: &Context<'_>) -> Result<Vec<Self>, Error> {
        if !signed_in(ctx) {
            return Ok(Vec::new());
        }
        let permit = guard::own(ctx).await?;
        let store = &Request::of(ctx).services().store;
        let rows = store.own_lists(&permit).await?;
        Ok(rows.into_iter().map(Self).collect())
    }

    /// Its id.
    pub fn list_id(&self) -> ListId {
        self.0.id
    }

    /// As the viewer named it.
    pub fn title(&self) -> &str {
        &self.0.name
    }

    async fn one(ctx: &Context<'_>, id: ListId) -> Result<Option<Self>, Error> {
        let mut all = Self::all(ctx).await?.into_iter();
        Ok(all.find(|list| list.0.id == id))
    }
}

/// One of the viewer's own lists of penpals.
#[Object]
impl PenpalList {
    /// Opaque and stable.
    pub async fn id(&self) -> ID {
        self.0.id.global().into()
    }

    /// As the viewer named it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        time(self.0.created_at)
    }

    /// Those on it who exist for the viewer, the latest added first. Who is no penpal any more is shown
    /// nothing for standing here, but stays excepted where the list is an exception.
    #[graphql(complexity = "1 + page_cost(first) * child_complexity")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, from 1 to 100.")] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> Sight<Connection<Member>> {
        sight(page(ctx, self.0.id, first, after).await.map(Some))
    }

    /// How many on it exist for the viewer.
    async fn member_count(&self, ctx: &Context<'_>) -> Sight<i64> {
        sight(count(ctx, self.0.id).await.map(Some))
    }
}

async fn page(
    ctx: &Context<'_>,
    id: ListId,
    first: i32,
    after: Option<String>,
) -> Result<Connection<Member>, Error> {
    let permit = guard::own(ctx).await?;
    let request = Request::of(ctx);
    let list = List::On(id);
    let window = list.window(request, first, after.as_deref())?;
    let placed = request
        .services()
        .store
        .list_page(&permit, id, request.today(), window.after, window.limit())
        .await?;
    let nodes = members::placed(ctx, window.page(&placed), &["edges", "node"]).await;
    Ok(Connection::new(list, window, placed.len(), nodes))
}

async fn count(ctx: &Context<'_>, id: ListId) -> Result<i64, Error> {
    let permit = guard::own(ctx).await?;
    let request = Request::of(ctx);
    let store = &request.services().store;
    Ok(store.list_count(&permit, id, request.today()).await?)
}

/// Keeping lists of penpals.
#[derive(Default)]
pub struct Lists;

/// What making a list takes.
#[derive(InputObject)]
pub struct CreateListInput {
    /// 1 to 50 characters, unlike the viewer's other lists' in either case.
    name: String,
}

/// What renaming a list takes.
#[derive(InputObject)]
pub struct RenameListInput {
    /// The list.
    list: ID,
    /// 1 to 50 characters, unlike the viewer's other lists' in either case.
    name: String,
}

/// What putting members on a list, or taking them off, takes.
#[derive(InputObject)]
pub struct ListMembersInput {
    /// The list.
    list: ID,
    /// At most 100.
    members: Vec<ID>,
}

/// What deleting a list takes.
#[derive(InputObject)]
pub struct DeleteListInput {
    /// The list.
    list: ID,
}

/// What keeping a list answers.
#[derive(SimpleObject)]
pub struct ListPayload {
    /// The list, after the change.
    list: Option<PenpalList>,
    /// What can be put right. Where something is wrong, nothing was changed.
    user_errors: Vec<UserError>,
}

/// What deleting a list answers.
#[derive(SimpleObject)]
pub struct DeleteListPayload {
    /// The id of the list that is gone.
    deleted: Option<ID>,
    /// The fields whose audience named it, and that are shown to fewer from now on: where it was an
    /// exception, or the only list, to the viewer alone.
    narrowed: Vec<GovernedField>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

/// The most members whom one mutation puts on a list.
const MOST_AT_ONCE: usize = 100;

#[Object]
impl Lists {
    /// Makes a list of penpals, on which nobody stands yet.
    async fn create_list(&self, ctx: &Context<'_>, input: CreateListInput) -> Sight<ListPayload> {
        sight(create(ctx, &input).await.map(Some))
    }

    /// Gives a list another name.
    async fn rename_list(&self, ctx: &Context<'_>, input: RenameListInput) -> Sight<ListPayload> {
        sight(rename(ctx, &input).await.map(Some))
    }

    /// Puts penpals on a list; all of them, or none.
    async fn add_to_list(&self, ctx: &Context<'_>, input: ListMembersInput) -> Sight<ListPayload> {
        sight(add(ctx, &input).await.map(Some))
    }

    /// Takes members off a list. Who does not stand on it is passed over.
    async fn remove_from_list(
        &self,
        ctx: &Context<'_>,
        input: ListMembersInput,
    ) -> Sight<ListPayload> {
        sight(remove(ctx, &input).await.map(Some))
    }

    /// Deletes a list. Nothing is shown to more people for it.
    async fn delete_list(
        &self,
        ctx: &Context<'_>,
        input: DeleteListInput,
    ) -> Sight<DeleteListPayload> {
        sight(delete(ctx, &input).await.map(Some))
    }
}

fn no_such_list() -> UserError {
    UserError::at(&["input", "list"], Code::NotFound, "There is no such list.")
}

fn name_taken() -> UserError {
    UserError::at(
        &["input", "name"],
        Code::NameTaken,
        "Another of your lists has that name.",
    )
}

impl ListPayload {
    fn refused(error: UserError) -> Self {
        Self {
            list: None,
            user_errors: vec![error],
        }
    }

    async fn of(ctx: &Context<'_>, id: ListId) -> Result<Self, Error> {
        Request::of(ctx).refresh();
        Ok(Self {
            list: PenpalList::one(ctx, id).await?,
            user_errors: Vec::new(),
        })
    }
}

async fn create(ctx: &Context<'_>, input: &CreateListInput) -> Result<ListPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let mut findings = Findings::default();
    let Some(name) = findings.text(&["input", "name"], ListName::parse(&input.name)) else {
        return Ok(ListPayload {
            list: None,
            user_errors: findings.into_errors(),
        });
    };
    let request = Request::of(ctx);
    let row = ListRow {
        id: ListId::random(&mut request.rng()?),
        name: name.into_string(),
        created_at: request.now_millis(),
    };
    match request.services().store.create_list(&permit, &row).await {
        Ok(()) => ListPayload::of(ctx, row.id).await,
        Err(store::Error::Conflict(Conflict::Name)) => Ok(ListPayload::refused(name_taken())),
        Err(store::Error::Conflict(Conflict::Full)) => Ok(ListPayload::refused(UserError::whole(
            Code::TooMany,
            format!("You have {MOST_LISTS} lists, as many as there can be."),
        ))),
        Err(error) => Err(error.into()),
    }
}

async fn rename(ctx: &Context<'_>, input: &RenameListInput) -> Result<ListPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let Some(list) = ListId::from_global(&input.list) else {
        return Ok(ListPayload::refused(no_such_list()));
    };
    let mut findings = Findings::default();
    let Some(name) = findings.text(&["input", "name"], ListName::parse(&input.name)) else {
        return Ok(ListPayload {
            list: None,
            user_errors: findings.into_errors(),
        });
    };
    let store = &Request::of(ctx).services().store;
    match store.rename_list(&permit, list, name.as_str()).await {
        Ok(()) => ListPayload::of(ctx, list).await,
        Err(store::Error::Missing) => Ok(ListPayload::refused(no_such_list())),
        Err(store::Error::Conflict(Conflict::Name)) => Ok(ListPayload::refused(name_taken())),
        Err(error) => Err(error.into()),
    }
}

/// The list and the members of an input, read; or what is wrong with it.
fn read(input: &ListMembersInput) -> Result<(ListId, Vec<MemberId>), UserError> {
    let list = ListId::from_global(&input.list).ok_or_else(no_such_list)?;
    if input.members.len() > MOST_AT_ONCE {
        return Err(UserError::at(
            &["input", "members"],
            Code::TooMany,
            format!("Give at most {MOST_AT_ONCE} members."),
        ));
    }
    let mut members: Vec<MemberId> = Vec::with_capacity(input.members.len());
    for (at, id) in input.members.iter().enumerate() {
        let member =
            member_id(id).ok_or_else(|| refused(&["input", "members", &at.to_string()], true))?;
        if members.contains(&member) {
            return Err(UserError::at(
                &["input", "members", &at.to_string()],
                Code::Repeated,
                "Give each member once.",
            ));
        }
        members.push(member);
    }
    Ok((list, members))
}

async fn add(ctx: &Context<'_>, input: &ListMembersInput) -> Result<ListPayload, Error> {
    guard::count_act(ctx).await?;
    let (list, members) = match read(input) {
        Ok(read) => read,
        Err(error) => return Ok(ListPayload::refused(error)),
    };
    let request = Request::of(ctx);
    // First whether there is such a list: members are not looked at for one that is not the viewer's.
    if PenpalList::one(ctx, list).await?.is_none() {
        return Ok(ListPayload::refused(no_such_list()));
    }
    // Others' acts can make a decision stale: it is made again, a few times.
    for _ in 0..6 {
        let permits = match guard::leave_all(ctx, &members).await {
            Ok(permits) => permits,
            Err((_, Refused::Failed(error))) => return Err(error),
            Err((at, why)) => {
                let path = ["input", "members", &at.to_string()];
                let unknown = matches!(why, Refused::Unknown);
                return Ok(ListPayload::refused(refused(&path, unknown)));
            }
        };
        let store = &request.services().store;
        match store.enlist(&permits, list, request.now_millis()).await {
            Ok(()) => return ListPayload::of(ctx, list).await,
            Err(store::Error::Conflict(Conflict::Stale)) => request.refresh(),
            Err(store::Error::Missing) => return Ok(ListPayload::refused(no_such_list())),
            Err(store::Error::Conflict(Conflict::Full)) => {
                return Ok(ListPayload::refused(UserError::at(
                    &["input", "members"],
                    Code::TooMany,
                    format!("A list has at most {MOST_ENTRIES} members."),
                )));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(ListPayload::refused(refused(&["input", "members"], false)))
}

async fn remove(ctx: &Context<'_>, input: &ListMembersInput) -> Result<ListPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let (list, members) = match read(input) {
        Ok(read) => read,
        Err(error) => return Ok(ListPayload::refused(error)),
    };
    let store = &Request::of(ctx).services().store;
    match store.strike(&permit, list, &members).await {
        Ok(()) => ListPayload::of(ctx, list).await,
        Err(store::Error::Missing) => Ok(ListPayload::refused(no_such_list())),
        Err(error) => Err(error.into()),
    }
}

async fn delete(ctx: &Context<'_>, input: &DeleteListInput) -> Result<DeleteListPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let refused = |error| DeleteListPayload {
        deleted: None,
        narrowed: Vec::new(),
        user_errors: vec![error],
    };
    let Some(list) = ListId::from_global(&input.list) else {
        return Ok(refused(no_such_list()));
    };
    let request = Request::of(ctx);
    match request.services().store.delete_list(&permit, list).await {
        Ok(narrowed) => {
            request.refresh();
            Ok(DeleteListPayload {
                deleted: Some(list.global().into()),
                narrowed: narrowed.into_iter().map(GovernedField::from).collect(),
                user_errors: Vec::new(),
            })
        }
        Err(store::Error::Missing) => Ok(refused(no_such_list())),
        Err(error) => Err(error.into()),
    }
}
