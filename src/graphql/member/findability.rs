//! Who can find the viewer: beside who can see what (policy clause C44).

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};

use super::{
    enums::Audience,
    fields::Findings,
    payload::{UserError, UserErrorCode as Code},
};
use crate::domain::{audience, findable::Way};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};

/// Who can find the viewer.
#[derive(Default)]
pub struct Finding;

/// Those who can find a member in some way.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finders {
    /// Nobody.
    Nobody,
    /// The member's penpals.
    Penpals,
    /// Everyone who is signed in and for whom the member exists.
    Members,
    /// Visitors too, as far as the member exists for them. Not offered to teens, nor for e-mail addresses.
    Everyone,
}

impl From<audience::Audience> for Finders {
    fn from(audience: audience::Audience) -> Self {
        match Audience::from(audience) {
            Audience::OnlyMe | Audience::Lists => Finders::Nobody,
            Audience::Penpals => Finders::Penpals,
            Audience::Members => Finders::Members,
            Audience::Public => Finders::Everyone,
        }
    }
}

impl From<Finders> for audience::Audience {
    fn from(finders: Finders) -> Self {
        match finders {
            Finders::Nobody => audience::Audience::OnlyMe,
            Finders::Penpals => audience::Audience::Penpals,
            Finders::Members => audience::Audience::Members,
            Finders::Everyone => audience::Audience::Public,
        }
    }
}

/// Who can find a member, by each way. Who finds somebody sees no more of them for it.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct Findability {
    /// By `searchMembers`, and in `members`.
    by_search: Finders,
    /// By `memberByHandle`.
    by_handle: Finders,
    /// By `memberByEmail`, for who knows the address already.
    by_email: Finders,
}

impl Findability {
    /// The viewer's own.
    pub async fn own(ctx: &Context<'_>) -> Result<Self, Error> {
        let (_, case) = guard::own_case(ctx).await?;
        let in_force = |way| case.known().finders(way).into();
        Ok(Self {
            by_search: in_force(Way::Search),
            by_handle: in_force(Way::Handle),
            by_email: in_force(Way::Email),
        })
    }
}

/// What setting who can find the viewer takes. What is left out stays as it is.
#[derive(InputObject)]
pub struct SetFindabilityInput {
    /// By `searchMembers`, and in `members`.
    by_search: Option<Finders>,
    /// By `memberByHandle`.
    by_handle: Option<Finders>,
    /// By `memberByEmail`, for who knows the address already.
    by_email: Option<Finders>,
}

/// What setting who can find the viewer answers.
#[derive(SimpleObject)]
pub struct SetFindabilityPayload {
    /// Who can find the viewer, after the change.
    findability: Option<Findability>,
    /// What can be put right. Where something is wrong, nothing was changed.
    user_errors: Vec<UserError>,
}

#[Object]
impl Finding {
    /// Sets who can find the viewer; effective for the very next read by anyone.
    async fn set_findability(
        &self,
        ctx: &Context<'_>,
        input: SetFindabilityInput,
    ) -> Sight<SetFindabilityPayload> {
        sight(set(ctx, &input).await.map(Some))
    }
}

async fn set(
    ctx: &Context<'_>,
    input: &SetFindabilityInput,
) -> Result<SetFindabilityPayload, Error> {
    guard::count_act(ctx).await?;
    let (permit, case) = guard::own_case(ctx).await?;
    let age = case.known().owner.age;
    let mut findings = Findings::default();
    let mut chosen = Vec::new();
    for (name, way, finders) in [
        ("bySearch", Way::Search, input.by_search),
        ("byHandle", Way::Handle, input.by_handle),
        ("byEmail", Way::Email, input.by_email),
    ] {
        let Some(finders) = finders.map(audience::Audience::from) else {
            continue;
        };
        if finders > way.widest_for(age) {
            findings.add(
                &["input", name],
                Code::AudienceTooWide,
                "You cannot be found that widely in this way.",
            );
        }
        chosen.push((way, finders));
    }
    if findings.none() {
        let request = Request::of(ctx);
        let store = &request.services().store;
        store.set_findable(&permit, &chosen).await?;
        request.refresh();
    }
    Ok(SetFindabilityPayload {
        findability: Some(Findability::own(ctx).await?),
        user_errors: findings.into_errors(),
    })
}
