//! Becoming penpals, parting, and blocking.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};

use super::{
    blocks::Block,
    fields::member_id,
    foresight::foresee,
    members::Member,
    payload::{UserError, UserErrorCode as Code, refused},
};
use crate::domain::{
    handle::Handle,
    id::{BlockId, MemberId, NoticeId, RequestId},
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Refused, Sight, act, sight},
};
use crate::privacy::wishes;
use crate::store::{self, Conflict};

/// Becoming penpals and parting.
#[derive(Default)]
pub struct Bonds;

/// Blocking and unblocking.
#[derive(Default)]
pub struct Blocking;

/// What an act between two members takes.
#[derive(InputObject)]
pub struct PenpalInput {
    /// The other one's id.
    member: ID,
}

/// What an act between two members answers.
#[derive(SimpleObject)]
pub struct PenpalPayload {
    /// The other one, after the act; their `bond` tells what came of it.
    member: Option<Member>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

/// Whom to block.
#[derive(OneofObject)]
pub enum BlockInput {
    /// Somebody who exists for the viewer, by id.
    Member(ID),
    /// Anybody, by handle, whether or not they exist for the viewer, or at all.
    Handle(String),
}

/// What blocking answers.
#[derive(SimpleObject)]
pub struct BlockPayload {
    /// The entry of the viewer's block list.
    block: Option<Block>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

/// What unblocking takes.
#[derive(InputObject)]
pub struct UnblockInput {
    /// The id of the entry of the viewer's block list.
    block: ID,
}

/// What unblocking answers.
#[derive(SimpleObject)]
pub struct UnblockPayload {
    /// The id of the entry that is gone.
    unblocked: Option<ID>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

#[Object]
impl Bonds {
    /// Asks a member to become penpals. Asking somebody who has asked accepts.
    async fn ask_penpal(&self, ctx: &Context<'_>, input: PenpalInput) -> Sight<PenpalPayload> {
        sight(ask(ctx, &input).await.map(Some))
    }

    /// Accepts what a member asked.
    async fn accept_penpal(&self, ctx: &Context<'_>, input: PenpalInput) -> Sight<PenpalPayload> {
        sight(accept(ctx, &input).await.map(Some))
    }

    /// Declines what a member asked, who does not learn of it.
    async fn decline_penpal(&self, ctx: &Context<'_>, input: PenpalInput) -> Sight<PenpalPayload> {
        sight(decline(ctx, &input).await.map(Some))
    }

    /// Withdraws what the viewer asked of a member.
    async fn withdraw_penpal(&self, ctx: &Context<'_>, input: PenpalInput) -> Sight<PenpalPayload> {
        sight(withdraw(ctx, &input).await.map(Some))
    }

    /// Ends the bond with a penpal.
    async fn end_penpal(&self, ctx: &Context<'_>, input: PenpalInput) -> Sight<PenpalPayload> {
        sight(end(ctx, &input).await.map(Some))
    }
}

impl PenpalPayload {
    fn refused(unknown: bool) -> Self {
        Self {
            member: None,
            user_errors: vec![refused(&["input", "member"], unknown)],
        }
    }

    async fn of(
        ctx: &Context<'_>,
        member: MemberId,
        done: Result<(), Refused>,
    ) -> Result<Self, Error> {
        match done {
            Ok(()) => Ok(Self {
                member: guard::meet(ctx, member, &foresee(ctx, &["member"], Some(member)))
                    .await?
                    .map(Member::from),
                user_errors: Vec::new(),
            }),
            Err(Refused::Unknown) => Ok(Self::refused(true)),
            Err(Refused::NotPossible | Refused::Full | Refused::Used) => Ok(Self::refused(false)),
            Err(Refused::Failed(error)) => Err(error),
        }
    }
}

async fn ask(ctx: &Context<'_>, input: &PenpalInput) -> Result<PenpalPayload, Error> {
    let me = guard::count_act(ctx).await?.subject();
    let Some(member) = member_id(&input.member) else {
        return Ok(PenpalPayload::refused(true));
    };
    let request = Request::of(ctx);
    // Whoever asks and withdraws again and again pushes out what else the other was told of. Counted whether or not there is
    // such a member.
    let pair = [me.key(), member.key()].map(i64::to_be_bytes).concat();
    let asks = &request.services().throttles.asks;
    asks.check(pair)
        .map_err(|wait| request.rate_limited(wait.seconds()))?;
    let store = &request.services().store;
    let mut rng = request.rng()?;
    let (id, notice) = (RequestId::random(&mut rng), NoticeId::random(&mut rng));
    let done = act!(ctx, wishes::Ask, member, permit => {
        store.ask(&permit, id, notice, request.now_millis()).await
    });
    PenpalPayload::of(ctx, member, done.map(|_| ())).await
}

async fn accept(ctx: &Context<'_>, input: &PenpalInput) -> Result<PenpalPayload, Error> {
    guard::count_act(ctx).await?;
    let Some(member) = member_id(&input.member) else {
        return Ok(PenpalPayload::refused(true));
    };
    let request = Request::of(ctx);
    let store = &request.services().store;
    let notice = NoticeId::random(&mut request.rng()?);
    let done = act!(ctx, wishes::Accept, member, permit => {
        store.accept(&permit, notice, request.now_millis()).await
    });
    PenpalPayload::of(ctx, member, done).await
}

async fn decline(ctx: &Context<'_>, input: &PenpalInput) -> Result<PenpalPayload, Error> {
    guard::count_act(ctx).await?;
    let Some(member) = member_id(&input.member) else {
        return Ok(PenpalPayload::refused(true));
    };
    let request = Request::of(ctx);
    let store = &request.services().store;
    let done = act!(ctx, wishes::Decline, member, permit => store.decline(&permit, request.now_millis()).await);
    PenpalPayload::of(ctx, member, done).await
}

async fn withdraw(ctx: &Context<'_>, input: &PenpalInput) -> Result<PenpalPayload, Error> {
    guard::count_act(ctx).await?;
    let Some(member) = member_id(&input.member) else {
        return Ok(PenpalPayload::refused(true));
    };
    let request = Request::of(ctx);
    let store = &request.services().store;
    let done = act!(ctx, wishes::Withdraw, member, permit => store.withdraw(&permit).await);
    PenpalPayload::of(ctx, member, done).await
}

async fn end(ctx: &Context<'_>, input: &PenpalInput) -> Result<PenpalPayload, Error> {
    guard::count_act(ctx).await?;
    let Some(member) = member_id(&input.member) else {
        return Ok(PenpalPayload::refused(true));
    };
    let request = Request::of(ctx);
    let store = &request.services().store;
    let done = act!(ctx, wishes::End, member, permit => store.end(&permit).await);
    PenpalPayload::of(ctx, member, done).await
}

#[Object]
impl Blocking {
    /// Blocks: from then on neither exists for the other, a bond between them ends, and nobody is told.
    async fn block(&self, ctx: &Context<'_>, input: BlockInput) -> Sight<BlockPayload> {
        sight(block(ctx, &input).await.map(Some))
    }

    /// Takes an entry off the viewer's block list. A bond that the block ended does not come back.
    async fn unblock(&self, ctx: &Context<'_>, input: UnblockInput) -> Sight<UnblockPayload> {
        sight(unblock(ctx, &input).await.map(Some))
    }
}

async fn block(ctx: &Context<'_>, input: &BlockInput) -> Result<BlockPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let request = Request::of(ctx);
    let store = &request.services().store;
    let id = BlockId::random(&mut request.rng()?);
    let refuse = |error| BlockPayload {
        block: None,
        user_errors: vec![error],
    };
    let done = match input {
        BlockInput::Member(member) => {
            let path = ["input", "member"];
            let Some(member) = member_id(member) else {
                return Ok(refuse(refused(&path, true)));
            };
            let done = act!(ctx, wishes::Block, member, permit => {
                store.block(&permit, id, request.now_millis()).await
            });
            match done {
                Ok(row) => Ok(row),
                Err(Refused::Unknown) => return Ok(refuse(refused(&path, true))),
                Err(Refused::NotPossible) => return Ok(refuse(refused(&path, false))),
                Err(Refused::Full | Refused::Used) => return Ok(refuse(too_many())),
                Err(Refused::Failed(error)) => return Err(error),
            }
        }
        BlockInput::Handle(handle) => {
            let path = ["input", "handle"];
            let Some(handle) = Handle::parse(handle) else {
                return Ok(refuse(UserError::at(
                    &path,
                    Code::Malformed,
                    "That is not a handle.",
                )));
            };
            match store
                .block_handle(&permit, &handle, id, request.now_millis())
                .await
            {
                Err(store::Error::Missing) => {
                    return Ok(refuse(UserError::at(
                        &path,
                        Code::NotPossible,
                        "That is not possible.",
                    )));
                }
                done => done,
            }
        }
    };
    request.refresh();
    match done {
        Ok(row) => Ok(BlockPayload {
            block: Some(row.into()),
            user_errors: Vec::new(),
        }),
        Err(store::Error::Conflict(Conflict::Full)) => Ok(refuse(too_many())),
        Err(error) => Err(error.into()),
    }
}

fn too_many() -> UserError {
    UserError::whole(
        Code::TooMany,
        format!(
            "A block list has at most {} entries.",
            store::blocks::MOST_BLOCKS
        ),
    )
}

async fn unblock(ctx: &Context<'_>, input: &UnblockInput) -> Result<UnblockPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let request = Request::of(ctx);
    let missing = || UnblockPayload {
        unblocked: None,
        user_errors: vec![UserError::at(
            &["input", "block"],
            Code::NotFound,
            "There is no such entry on your block list.",
        )],
    };
    let Some(id) = BlockId::from_global(&input.block) else {
        return Ok(missing());
    };
    match request.services().store.unblock(&permit, id).await {
        Ok(()) => {}
        Err(store::Error::Missing) => return Ok(missing()),
        Err(error) => return Err(error.into()),
    }
    request.refresh();
    Ok(UnblockPayload {
        unblocked: Some(input.block.clone()),
        user_errors: Vec::new(),
    })
}
