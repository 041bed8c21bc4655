//! Reporting a message or a member to moderation.

use async_graphql::{Context, Enum, ID, InputObject, Object, OneofObject, SimpleObject};

use super::{
    fields::{Findings, MiddleText, member_id},
    payload::{UserError, UserErrorCode as Code, refused},
};
use crate::domain::id::{MessageId, ReportId};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Refused, Sight, act, sight},
};
use crate::privacy::wishes;
use crate::store::{
    self, Conflict,
    reports::{Complaint, Reported},
};

/// Reporting.
#[derive(Default)]
pub struct Reporting;

/// Why something is reported.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportReason {
    /// Advertising, or the same to many.
    Spam,
    /// Insults, threats, or not letting go.
    Harassment,
    /// Wants money or secrets under false pretences.
    Fraud,
    /// Endangers somebody who is not of age.
    MinorSafety,
    /// Seems to be under 13.
    Underage,
    /// Something else, which the remark says.
    Other,
}

impl ReportReason {
    const fn code(self) -> i16 {
        match self {
            ReportReason::Spam => 1,
            ReportReason::Harassment => 2,
            ReportReason::Fraud => 3,
            ReportReason::MinorSafety => 4,
            ReportReason::Underage => 5,
            ReportReason::Other => 6,
        }
    }
}

/// What is reported.
#[derive(OneofObject)]
pub enum ReportTarget {
    /// A member, by id.
    Member(ID),
    /// A message that the viewer has received, by id. Moderation gets a copy of it, and of nothing else.
    Message(ID),
}

/// What reporting takes.
#[derive(InputObject)]
pub struct ReportInput {
    /// What.
    target: ReportTarget,
    /// Why.
    reason: ReportReason,
    /// What else there is to say: up to 2,000 characters.
    remark: Option<String>,
}

/// What reporting answers.
#[derive(SimpleObject)]
pub struct ReportPayload {
    /// Whether it was reported. Whoever it is about does not learn of it.
    reported: bool,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

#[Object]
impl Reporting {
    /// Reports a message or a member to moderation. Up to 20 times a day.
    async fn report(&self, ctx: &Context<'_>, input: ReportInput) -> Sight<ReportPayload> {
        sight(report(ctx, &input).await.map(Some))
    }
}

async fn report(ctx: &Context<'_>, input: &ReportInput) -> Result<ReportPayload, Error> {
    let own = guard::own(ctx).await?;
    guard::count(ctx, &own, |limits| &limits.reports)?;
    let mut findings = Findings::default();
    let remark = input
        .remark
        .as_deref()
        .filter(|remark| !remark.trim().is_empty())
        .and_then(|remark| findings.text(&["input", "remark"], MiddleText::parse(remark)));
    let wrong = |user_errors| ReportPayload {
        reported: false,
        user_errors,
    };
    if !findings.none() {
        return Ok(wrong(findings.into_errors()));
    }
    let request = Request::of(ctx);
    let store = &request.services().store;
    let complaint = Complaint {
        id: ReportId::random(&mut request.rng()?),
        reason: input.reason.code(),
        remark: remark.map(MiddleText::into_string),
        now: request.now_millis(),
    };
    let too_many = || UserError::whole(Code::TooMany, "You have reported as much as one can.");
    match &input.target {
        ReportTarget::Member(id) => {
            let path = ["input", "target", "member"];
            let Some(member) = member_id(id) else {
                return Ok(wrong(vec![refused(&path, true)]));
            };
            let done = act!(ctx, wishes::Report, member, permit => {
                store.report(Reported::Member(&permit), &complaint).await
            });
            match done {
                Ok(()) => {}
                Err(Refused::Unknown) => return Ok(wrong(vec![refused(&path, true)])),
                Err(Refused::NotPossible) => return Ok(wrong(vec![refused(&path, false)])),
                Err(Refused::Full | Refused::Used) => return Ok(wrong(vec![too_many()])),
                Err(Refused::Failed(error)) => return Err(error),
            }
        }
        ReportTarget::Message(id) => {
            let missing = || {
                UserError::at(
                    &["input", "target", "message"],
                    Code::NotFound,
                    "There is no such message that you have received.",
                )
            };
            let Some(id) = MessageId::from_global(id) else {
                return Ok(wrong(vec![missing()]));
            };
            match store.report(Reported::Message(&own, id), &complaint).await {
                Ok(()) => {}
                Err(store::Error::Missing) => return Ok(wrong(vec![missing()])),
                Err(store::Error::Conflict(Conflict::Full)) => return Ok(wrong(vec![too_many()])),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(ReportPayload {
        reported: true,
        user_errors: Vec::new(),
    })
}
