//! The viewer's own audiences.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{
    enums::{Audience, GovernedField},
    fields::Findings,
    me::VisibilityEntry,
    payload::{UserError, UserErrorCode as Code},
};
use crate::domain::{self, profile::Field};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};

/// The viewer's own audiences.
#[derive(Default)]
pub struct Settings;

/// A field and who may see it.
#[derive(InputObject)]
pub struct VisibilityInput {
    /// The field.
    field: GovernedField,
    /// Who may see it from now on.
    audience: Audience,
}

/// What setting audiences takes.
#[derive(InputObject)]
pub struct SetVisibilityInput {
    /// Each field at most once; those that are not named stay as they are.
    entries: Vec<VisibilityInput>,
}

/// What setting audiences answers.
#[derive(SimpleObject)]
pub struct SetVisibilityPayload {
    /// All of the viewer's audiences, after the change.
    visibility: Option<Vec<VisibilityEntry>>,
    /// What can be put right. Where something is wrong, nothing was changed.
    user_errors: Vec<UserError>,
}

#[Object]
impl Settings {
    /// Sets who may see which of the viewer's own fields; effective for the very next read by anyone.
    async fn set_visibility(
        &self,
        ctx: &Context<'_>,
        input: SetVisibilityInput,
    ) -> Sight<SetVisibilityPayload> {
        sight(set(ctx, &input).await.map(Some))
    }
}

async fn set(ctx: &Context<'_>, input: &SetVisibilityInput) -> Result<SetVisibilityPayload, Error> {
    guard::count_act(ctx).await?;
    let (permit, case) = guard::own_case(ctx).await?;
    let age = case.known().owner.age;
    let mut findings = Findings::default();
    let mut chosen: Vec<(Field, domain::audience::Audience)> = Vec::new();
    for (index, entry) in input.entries.iter().enumerate() {
        let field = Field::from(entry.field);
        let audience = domain::audience::Audience::from(entry.audience);
        let place = index.to_string();
        if chosen.iter().any(|(seen, _)| *seen == field) {
            findings.add(
                &["input", "entries", &place, "field"],
                Code::Repeated,
                "Give each field once.",
            );
        } else if audience > field.spec().widest_for(age) {
            findings.add(
                &["input", "entries", &place, "audience"],
                Code::AudienceTooWide,
                format!("{} cannot be shown that widely.", field.spec().name),
            );
        } else {
            chosen.push((field, audience));
        }
    }
    if findings.none() {
        let request = Request::of(ctx);
        request
            .services()
            .store
            .set_audiences(&permit, &chosen)
            .await?;
        request.refresh();
    }
    Ok(SetVisibilityPayload {
        visibility: VisibilityEntry::all(ctx).await?,
        user_errors: findings.into_errors(),
    })
}
