//! The second factor: switching it on and off, and giving it.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::{
    me::Me,
    payload::{UserError, UserErrorCode as Code},
    query::signed_in,
};
use crate::domain::{
    id::MemberId,
    profile::{Field, governed},
};
use crate::graphql::{
    context::{Request, time},
    error::{Error, Failure},
    guard::{self, Sight, sight},
};
use crate::privacy::Wish;
use crate::store::{self, Conflict, second_factor::Factor};
use crate::viewer::second_factor::{Given, Key, RecoveryCode, recovery_codes};

/// The viewer's own second factor.
#[derive(Default)]
pub struct SecondFactors;

/// The viewer's own second factor, where it is on.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct SecondFactor {
    /// Since when it is on.
    enabled_at: DateTime<Utc>,
    /// How many recovery codes are left.
    recovery_codes_left: i32,
}

impl SecondFactor {
    /// The viewer's; nothing for a visitor, and where it is off.
    pub async fn own(ctx: &Context<'_>) -> Result<Option<Self>, Error> {
        if !signed_in(ctx) {
            return Ok(None);
        }
        let permit = guard::own(ctx).await?;
        let store = &Request::of(ctx).services().store;
        let factor = store.own_factor(&permit).await?;
        let Some(enabled_at) = factor.and_then(|factor| factor.enabled_at) else {
            return Ok(None);
        };
        let left = store.recovery_codes_left(&permit).await?;
        Ok(Some(Self {
            enabled_at: time(enabled_at),
            recovery_codes_left: i32::try_from(left).unwrap_or(i32::MAX),
        }))
    }
}

/// What switching the second factor on takes.
#[derive(InputObject)]
pub struct EnableSecondFactorInput {
    /// A code that the authenticator shows for the key of `prepareSecondFactor`.
    #[graphql(secret)]
    code: String,
}

/// What preparing a second factor answers.
#[derive(SimpleObject, Default)]
pub struct PrepareSecondFactorPayload {
    /// The key in base32, to type into an authenticator: SHA-1, six digits, thirty seconds.
    key: Option<String>,
    /// The same as an `otpauth:` address, to be shown as a QR code.
    uri: Option<String>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

/// What a change of the second factor answers.
#[derive(SimpleObject)]
pub struct SecondFactorPayload {
    /// New recovery codes, where there are: shown this once.
    recovery_codes: Option<Vec<String>>,
    /// The viewer, after the change.
    me: Option<Me>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

impl SecondFactorPayload {
    async fn of(
        ctx: &Context<'_>,
        codes: Option<Vec<RecoveryCode>>,
        user_errors: Vec<UserError>,
    ) -> Result<Self, Error> {
        let shown = |code: &RecoveryCode| code.text.expose_secret().to_owned();
        Ok(Self {
            recovery_codes: codes.map(|codes| codes.iter().map(shown).collect()),
            me: Me::of(ctx, &["me"]).await?,
            user_errors,
        })
    }

    async fn refused(ctx: &Context<'_>, error: UserError) -> Result<Self, Error> {
        Self::of(ctx, None, vec![error]).await
    }
}

#[Object]
impl SecondFactors {
    /// Makes a new key for an authenticator. It does nothing before `enableSecondFactor`. The password must
    /// have been given lately.
    async fn prepare_second_factor(&self, ctx: &Context<'_>) -> Sight<PrepareSecondFactorPayload> {
        sight(prepare(ctx).await.map(Some))
    }

    /// Switches the second factor on: from now on, signing in and `reauthenticate` ask for a code besides the
    /// password. Answers ten recovery codes. The password must have been given lately.
    async fn enable_second_factor(
        &self,
        ctx: &Context<'_>,
        input: EnableSecondFactorInput,
    ) -> Sight<SecondFactorPayload> {
        sight(enable(ctx, &input.code).await.map(Some))
    }

    /// Replaces the recovery codes; the old ones open nothing any more. The password must have been given
    /// lately, with a code.
    async fn renew_recovery_codes(&self, ctx: &Context<'_>) -> Sight<SecondFactorPayload> {
        sight(renew(ctx).await.map(Some))
    }

    /// Switches the second factor off. The password must have been given lately, with a code.
    async fn disable_second_factor(&self, ctx: &Context<'_>) -> Sight<SecondFactorPayload> {
        sight(disable(ctx).await.map(Some))
    }
}

fn wrong() -> UserError {
    UserError::at(
        &["input", "code"],
        Code::WrongCode,
        "That code is not right, or was used before.",
    )
}

/// Reads the code that somebody gave, and finds what it proves. With a key, a code must have been given. Tries
/// are counted for the member together with `mark`, that of a known device or of a session.
///
/// # Errors
///
/// [`Error::RateLimited`] after too many codes.
pub async fn prove(
    ctx: &Context<'_>,
    member: MemberId,
    sealed_key: Option<&str>,
    code: Option<&str>,
    mark: &[u8],
) -> Result<Result<Factor, UserError>, Error> {
    let Some(sealed_key) = sealed_key else {
        return Ok(Ok(Factor::None));
    };
    let Some(code) = code else {
        return Ok(Err(UserError::at(
            &["input", "code"],
            Code::SecondFactorRequired,
            "A code of your authenticator, or a recovery code, is needed as well.",
        )));
    };
    let request = Request::of(ctx);
    // So that whoever has learnt the password cannot use up the owner's tries.
    let mut counter = member.key().to_be_bytes().to_vec();
    counter.extend(mark);
    request
        .services()
        .throttles
        .code
        .check(counter)
        .map_err(|wait| request.rate_limited(wait.seconds()))?;
    Ok(match Given::parse(code) {
        Some(Given::Authenticator(code)) => step(request, member, sealed_key, &code)
            .map_or_else(|| Err(wrong()), |step| Ok(Factor::Step(step))),
        Some(Given::Recovery(digest)) => Ok(Factor::Recovery(digest)),
        None => Err(wrong()),
    })
}

/// What somebody is told whose code was used before, or is no recovery code of theirs.
pub fn used(factor: Factor) -> Option<UserError> {
    match factor {
        Factor::None => None,
        Factor::Step(_) | Factor::Recovery(_) => Some(wrong()),
    }
}

fn step(request: &Request, member: MemberId, sealed_key: &str, code: &str) -> Option<i64> {
    let Some(key) = Key::open(&request.services().sealer, member, sealed_key) else {
        // Sealed under another secret: recovery codes open all the same.
        tracing::warn!("a second factor was sealed under another secret");
        return None;
    };
    key.step(code, request.now().timestamp())
}

fn draw_codes() -> Result<(Vec<RecoveryCode>, Vec<[u8; 32]>), Error> {
    let codes = recovery_codes().map_err(Failure::new)?;
    let digests = codes.iter().map(|code| code.digest).collect();
    Ok((codes, digests))
}

async fn prepare(ctx: &Context<'_>) -> Result<PrepareSecondFactorPayload, Error> {
    let permit = guard::lately(ctx).await?;
    let services = Request::of(ctx).services();
    let me = permit.subject();
    let oneself = guard::oneself(ctx, &[Wish::See(Field::Email)]).await?;
    let email = guard::see::<governed::Email>(ctx, &oneself)
        .await
        .transpose()?;
    let key = Key::random().map_err(Failure::new)?;
    let sealed = key.sealed(&services.sealer, me);
    match services.store.prepare_factor(&permit, &sealed).await {
        Ok(()) => {}
        Err(store::Error::Conflict(Conflict::Full)) => {
            return Ok(PrepareSecondFactorPayload {
                user_errors: vec![UserError::whole(
                    Code::NotPossible,
                    "The second factor is on. Switch it off first.",
                )],
                ..PrepareSecondFactorPayload::default()
            });
        }
        Err(error) => return Err(error.into()),
    }
    let uri = key.uri(&email.unwrap_or_default());
    Ok(PrepareSecondFactorPayload {
        key: Some(key.text().expose_secret().to_owned()),
        uri: uri.map(|uri| uri.expose_secret().to_owned()),
        user_errors: Vec::new(),
    })
}

async fn enable(ctx: &Context<'_>, code: &str) -> Result<SecondFactorPayload, Error> {
    let permit = guard::lately(ctx).await?;
    let request = Request::of(ctx);
    let Some(session) = request.session() else {
        return Err(Error::Unauthenticated);
    };
    let me = permit.subject();
    let store = &request.services().store;
    let factor = store.own_factor(&permit).await?;
    let Some(prepared) = factor.filter(|factor| factor.enabled_at.is_none()) else {
        let error = UserError::whole(
            Code::NotPossible,
            "No second factor was prepared. Begin with `prepareSecondFactor`.",
        );
        return SecondFactorPayload::refused(ctx, error).await;
    };
    let mark = session.key().to_be_bytes();
    let step = match prove(ctx, me, Some(&prepared.sealed_key), Some(code), &mark).await? {
        Ok(Factor::Step(step)) => step,
        Ok(Factor::None | Factor::Recovery(_)) => {
            return SecondFactorPayload::refused(ctx, wrong()).await;
        }
        Err(error) => return SecondFactorPayload::refused(ctx, error).await,
    };
    let (codes, digests) = draw_codes()?;
    let told = guard::told(request)?;
    match store
        .enable_factor(&permit, session, &prepared.sealed_key, step, &digests, told)
        .await
    {
        Ok(()) => SecondFactorPayload::of(ctx, Some(codes), Vec::new()).await,
        Err(store::Error::Conflict(Conflict::Stale)) => {
            SecondFactorPayload::refused(ctx, wrong()).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn renew(ctx: &Context<'_>) -> Result<SecondFactorPayload, Error> {
    let permit = guard::lately(ctx).await?;
    let (codes, digests) = draw_codes()?;
    let request = Request::of(ctx);
    let told = guard::told(request)?;
    let store = &request.services().store;
    match store.replace_recovery_codes(&permit, &digests, told).await {
        Ok(()) => SecondFactorPayload::of(ctx, Some(codes), Vec::new()).await,
        Err(store::Error::Missing) => {
            let error = UserError::whole(Code::NotPossible, "The second factor is off.");
            SecondFactorPayload::refused(ctx, error).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn disable(ctx: &Context<'_>) -> Result<SecondFactorPayload, Error> {
    let permit = guard::lately(ctx).await?;
    let request = Request::of(ctx);
    let told = guard::told(request)?;
    let store = &request.services().store;
    store.disable_factor(&permit, told).await?;
    SecondFactorPayload::of(ctx, None, Vec::new()).await
}
