//! Giving the password again (policy clause C19).

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    coming_in::hashing_failed,
    payload::{UserError, UserErrorCode as Code},
    second_factor::{prove, used},
    sessions::renew_hash,
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};
use crate::store::{self, Conflict, second_factor::Verified};

/// Giving the password again.
#[derive(Default)]
pub struct Reauthentication;

/// What giving the password again takes.
#[derive(InputObject)]
pub struct ReauthenticateInput {
    /// Password.
    #[graphql(secret)]
    password: String,
    /// A code of the authenticator or a recovery code, where the second factor is on.
    #[graphql(secret)]
    code: Option<String>,
}

/// What giving the password again answers.
#[derive(SimpleObject)]
pub struct ReauthenticatePayload {
    /// Until when it counts as given lately, in this session.
    reauthenticated_until: Option<DateTime<Utc>>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

#[Object]
impl Reauthentication {
    /// Gives the password again, for what asks that it was given in this session within the last quarter of
    /// an hour.
    async fn reauthenticate(
        &self,
        ctx: &Context<'_>,
        input: ReauthenticateInput,
    ) -> Sight<ReauthenticatePayload> {
        sight(reauthenticate(ctx, input).await.map(Some))
    }
}

async fn reauthenticate(
    ctx: &Context<'_>,
    input: ReauthenticateInput,
) -> Result<ReauthenticatePayload, Error> {
    let permit = guard::own(ctx).await?;
    let request = Request::of(ctx);
    let services = request.services();
    let Some(session) = request.session() else {
        return Err(Error::Unauthenticated);
    };
    // A limit of its own, the member's: it does not lock anybody out of signing in.
    guard::count(ctx, &permit, |limits| &limits.password)?;
    let stored = services.store.own_password_hash(&permit).await?;
    let right = services
        .passwords
        .verify(input.password.clone().into(), Some(&stored))
        .await
        .map_err(|failure| hashing_failed(request, failure))?;
    let wrong = || ReauthenticatePayload {
        reauthenticated_until: request.reauthenticated_until(),
        user_errors: vec![UserError::at(
            &["input", "password"],
            Code::WrongPassword,
            "That is not your password.",
        )],
    };
    if !right {
        return Ok(wrong());
    }
    let refused = |error| ReauthenticatePayload {
        reauthenticated_until: request.reauthenticated_until(),
        user_errors: vec![error],
    };
    let me = permit.subject();
    let key = services.store.own_factor(&permit).await?;
    let key = key.filter(|key| key.enabled_at.is_some());
    let key = key.as_ref().map(|key| key.sealed_key.as_str());
    let mark = session.key().to_be_bytes();
    let factor = match prove(ctx, me, key, input.code.as_deref(), &mark).await? {
        Ok(factor) => factor,
        Err(error) => return Ok(refused(error)),
    };
    let verified = Verified {
        password_hash: &stored,
        factor,
    };
    let now = request.now_millis();
    match services
        .store
        .reauthenticate(&permit, session, verified, now)
        .await
    {
        Ok(()) => request.reauthenticated(),
        // The password was changed by another session a moment ago, or the code was used.
        Err(store::Error::Conflict(Conflict::Stale)) => {
            return Ok(used(factor).map_or_else(wrong, refused));
        }
        Err(store::Error::Missing) => return Err(Error::Unauthenticated),
        Err(error) => return Err(error.into()),
    }
    renew_hash(ctx, input.password.clone().into(), &stored).await;
    Ok(ReauthenticatePayload {
        reauthenticated_until: request.reauthenticated_until(),
        user_errors: Vec::new(),
    })
}
