//! Links in mails: asking for one, and following it (policy clauses C19, C76).

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{
    account::AccountPayload,
    fields::Findings,
    payload::{UserError, UserErrorCode as Code},
};
use crate::domain::id::LinkId;
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
    links::{self, Followed},
};
use crate::store::links::NewLink;

/// Links in mails.
#[derive(Default)]
pub struct Linked;

/// What asking for another password takes.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// The address of the account.
    #[graphql(secret)]
    email: String,
}

/// What choosing another password takes.
#[derive(InputObject)]
pub struct ResetPasswordInput {
    /// What stands behind `/mail/reset/` in the link of the mail.
    #[graphql(secret)]
    token: String,
    /// The password from now on: 8 to 128 characters, hard to guess.
    #[graphql(secret)]
    new_password: String,
}

/// What confirming an address takes.
#[derive(InputObject)]
pub struct ConfirmEmailInput {
    /// What stands behind `/mail/confirm/` in the link of the mail.
    #[graphql(secret)]
    token: String,
}

/// What asking for a link, or following one, answers. It is the same whoever asks: nothing of whose link it is.
#[derive(SimpleObject)]
pub struct LinkPayload {
    /// What can be put right.
    user_errors: Vec<UserError>,
}

#[Object]
impl Linked {
    /// Has a link to choose another password go to an address by mail, where it is an account's. The answer is the same where it
    /// is not. The link is good once, within an hour; of several, the latest.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        input: RequestPasswordResetInput,
    ) -> Sight<LinkPayload> {
        sight(request_reset(ctx, &input).await.map(Some))
    }

    /// Replaces the password by the link of a mail, and ends all sessions. Nobody is signed in by it, and a second factor stays
    /// as it is.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        input: ResetPasswordInput,
    ) -> Sight<LinkPayload> {
        sight(reset(ctx, input).await.map(Some))
    }

    /// Has another link to confirm the viewer's e-mail address go there by mail. It is good once, within a week.
    async fn request_email_confirmation(&self, ctx: &Context<'_>) -> Sight<AccountPayload> {
        sight(request_confirmation(ctx).await.map(Some))
    }

    /// Confirms an e-mail address by the link of a mail, whoever is signed in: the account's, or the one that is to replace it.
    async fn confirm_email(
        &self,
        ctx: &Context<'_>,
        input: ConfirmEmailInput,
    ) -> Sight<LinkPayload> {
        sight(confirm(ctx, &input).await.map(Some))
    }
}

/// A link that is to go.
///
/// # Errors
///
/// Where there is no randomness for its id.
pub fn new_link(request: &Request) -> Result<NewLink, Error> {
    Ok(NewLink {
        id: LinkId::random(&mut request.rng()?),
        now: request.now_millis(),
    })
}

async fn request_reset(
    ctx: &Context<'_>,
    input: &RequestPasswordResetInput,
) -> Result<LinkPayload, Error> {
    let request = Request::of(ctx);
    let services = request.services();
    services
        .throttles
        .resets
        .check_network(request.arrival().network)
        .map_err(|wait| request.rate_limited(wait.seconds()))?;
    let mut findings = Findings::default();
    if let Some(email) = findings.email(&["input", "email"], &input.email) {
        // Nobody fills a mailbox that is not theirs. What is too often is not told: the answer is always the same.
        if services.throttles.mailboxes.check(email.folded()).is_ok() {
            let link = new_link(request)?;
            services.store.send_reset(&email, link).await?;
        }
    }
    Ok(LinkPayload {
        user_errors: findings.into_errors(),
    })
}

async fn request_confirmation(ctx: &Context<'_>) -> Result<AccountPayload, Error> {
    let permit = guard::own(ctx).await?;
    guard::count(ctx, &permit, |limits| &limits.confirmations)?;
    let request = Request::of(ctx);
    let store = &request.services().store;
    let sent = store.send_confirmation(&permit, new_link(request)?).await?;
    let nothing_to_do = || UserError::whole(Code::NotPossible, "There is nothing to confirm.");
    let errors = if sent {
        Vec::new()
    } else {
        vec![nothing_to_do()]
    };
    AccountPayload::of(ctx, errors).await
}

async fn reset(ctx: &Context<'_>, input: ResetPasswordInput) -> Result<LinkPayload, Error> {
    let request = Request::of(ctx);
    let password = input.new_password.clone().into();
    let followed = links::reset(request.services(), &input.token, password).await?;
    told(request, followed)
}

async fn confirm(ctx: &Context<'_>, input: &ConfirmEmailInput) -> Result<LinkPayload, Error> {
    let request = Request::of(ctx);
    let followed = links::confirm(request.services(), &input.token).await?;
    if matches!(followed, Followed::Done) {
        request.refresh();
    }
    told(request, followed)
}

fn told(request: &Request, followed: Followed) -> Result<LinkPayload, Error> {
    let mut findings = Findings::default();
    match followed {
        Followed::Done => {}
        Followed::NotGood => findings.add(
            &["input", "token"],
            Code::LinkInvalid,
            "This link is not good any more, or is not whole. Ask for another one.",
        ),
        Followed::Weak(weakness) => findings.weak(&["input", "newPassword"], weakness),
        Followed::Busy => return Err(request.rate_limited(1)),
    }
    Ok(LinkPayload {
        user_errors: findings.into_errors(),
    })
}
