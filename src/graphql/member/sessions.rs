//! Signing in and out, and the viewer's sessions.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use secrecy::SecretString;

use super::{
    coming_in::{SignInPayload, hashing_failed, reveal},
    enums::SessionTransport,
    me::Me,
    payload::{UserError, UserErrorCode as Code},
    query::signed_in,
    second_factor::{prove, used},
};
use crate::domain::{
    email::Email,
    id::{MemberId, NoticeId, SessionId},
};
use crate::graphql::{
    arrival::{Credential, Effect},
    context::Request,
    error::{Error, Failure},
    guard::{self, Sight, sight},
};
use crate::store::{
    self, Conflict, accounts::Credentials, second_factor::Verified, sessions::NewSession,
};
use crate::viewer::{passwords, throttle::Attempt, tokens::Token, who::Viewer};

/// Signing in and out.
#[derive(Default)]
pub struct Sessions;

/// What signing in takes.
#[derive(InputObject)]
pub struct SignInInput {
    /// E-mail address.
    #[graphql(secret)]
    email: String,
    /// Password.
    #[graphql(secret)]
    password: String,
    /// A code of the authenticator or a recovery code, where the second factor is on.
    #[graphql(secret)]
    code: Option<String>,
    /// How the session's token travels.
    #[graphql(default)]
    transport: SessionTransport,
    /// The mark of this device from an earlier sign-in, where it is not in a cookie.
    #[graphql(secret)]
    device_token: Option<String>,
}

/// What signing out answers.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// Whether there was a session to end.
    signed_out: bool,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

/// What ending sessions answers.
#[derive(SimpleObject)]
pub struct RevokeSessionsPayload {
    /// How many were ended.
    revoked: i32,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

#[Object]
impl Sessions {
    /// Signs in. One answer for every reason to refuse, until the password is right; then, where the second
    /// factor is on, a code is asked for.
    async fn sign_in(&self, ctx: &Context<'_>, input: SignInInput) -> Sight<SignInPayload> {
        sight(sign_in(ctx, input).await.map(Some))
    }

    /// Ends the session that this request came with.
    async fn sign_out(&self, ctx: &Context<'_>) -> Sight<SignOutPayload> {
        sight(sign_out(ctx).await.map(Some))
    }

    /// Ends one of the viewer's own sessions. For another than the one that this request came with, the
    /// password must have been given lately.
    async fn revoke_session(&self, ctx: &Context<'_>, id: ID) -> Sight<RevokeSessionsPayload> {
        sight(revoke(ctx, &id).await.map(Some))
    }

    /// Ends all of the viewer's own sessions but the one that this request came with. The password must have
    /// been given lately.
    async fn revoke_other_sessions(&self, ctx: &Context<'_>) -> Sight<RevokeSessionsPayload> {
        sight(revoke_others(ctx).await.map(Some))
    }
}

/// A session that was opened.
#[derive(Debug)]
pub struct Opened {
    /// Its token, where it travels in a body.
    pub token: Option<String>,
    /// The device's new mark, where it travels in a body.
    pub device_token: Option<String>,
}

/// Who comes in, and how.
#[derive(Debug)]
pub struct Entry<'a> {
    /// Who.
    pub member: MemberId,
    /// What was verified.
    pub verified: Verified<'a>,
    /// How the session's token travels.
    pub transport: SessionTransport,
    /// The device's mark, where one arrived.
    pub device: Option<Token>,
    /// Whether the member is told, since the device had not signed in before.
    pub told: bool,
}

/// Opens a session: always a new token, in the place of the one that the request came with. Nothing when
/// what was verified no longer opens the account.
pub async fn open(ctx: &Context<'_>, entry: Entry<'_>) -> Result<Option<Opened>, Error> {
    let request = Request::of(ctx);
    let services = request.services();
    let token = Token::random().map_err(Failure::new)?;
    let expires_at = request.now() + services.sessions.absolute;
    let cookie = entry.transport == SessionTransport::Cookie;
    let mut rng = request.rng()?;
    let session = NewSession {
        id: SessionId::random(&mut rng),
        member: entry.member,
        digest: *token.digest().as_bytes(),
        bearer: !cookie,
        now: request.now_millis(),
        expires_at: expires_at.timestamp_millis(),
        notice: entry.told.then(|| NoticeId::random(&mut rng)),
    };
    // The one that travels in the same way: the others are other programs'.
    let replaces = match (&request.arrival().credential, cookie) {
        (Credential::Cookie(text), true) | (Credential::Bearer(text), false) => Token::parse(text),
        _ => None,
    };
    // A device keeps its mark, so that two accounts on it do not take it from each other.
    let (mark, fresh) = match entry.device {
        Some(mark) => (mark, false),
        None => (Token::random().map_err(Failure::new)?, true),
    };
    let begun = services
        .store
        .begin_session(
            &session,
            entry.verified,
            replaces.map(|token| *token.digest().as_bytes()),
            Some(*mark.digest().as_bytes()),
        )
        .await;
    match begun {
        Ok(()) => {}
        Err(store::Error::Missing | store::Error::Conflict(Conflict::Stale)) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    request.become_viewer(Viewer::Member(entry.member), Some(session.id));
    if !cookie {
        return Ok(Some(Opened {
            token: Some(reveal(&token.text())),
            device_token: fresh.then(|| reveal(&mark.text())),
        }));
    }
    if fresh {
        request.effect(Effect::SetDevice { token: mark.text() });
    }
    request.effect(Effect::SetSession {
        token: token.text(),
        expires_at,
    });
    Ok(Some(Opened {
        token: None,
        device_token: None,
    }))
}

/// The device's mark: from the input, or from the cookie.
fn device_mark(request: &Request, given: Option<String>) -> Option<Token> {
    let given = given.map(SecretString::from);
    given
        .as_ref()
        .or(request.arrival().device.as_ref())
        .and_then(Token::parse)
}

async fn sign_in(ctx: &Context<'_>, input: SignInInput) -> Result<SignInPayload, Error> {
    let request = Request::of(ctx);
    let services = request.services();
    let failed = || {
        SignInPayload::refused(vec![UserError::whole(
            Code::SignInFailed,
            "E-mail address and password do not open an account.",
        )])
    };
    // An address that is none takes the same way as one that nobody has.
    let email = Email::parse(&input.email).ok();
    let folded = email
        .as_ref()
        .map_or_else(|| input.email.to_lowercase(), Email::folded);
    let mark = device_mark(request, input.device_token.clone());
    let digest = mark.as_ref().map(|mark| *mark.digest().as_bytes());
    let found: Option<Credentials> = match &email {
        Some(email) => {
            let digest = digest.unwrap_or_default();
            services.store.credentials_by_email(email, digest).await?
        }
        None => None,
    };
    // Only a device that this very account knows is exempt from what strangers spoil.
    let device = digest.filter(|_| found.as_ref().is_some_and(|found| found.known_device));
    services
        .throttles
        .sign_in
        .check(&Attempt {
            account: &folded,
            network: request.arrival().network,
            device,
        })
        .map_err(|wait| request.rate_limited(wait.seconds()))?;
    let stored = found.as_ref().map(|found| found.password_hash.as_str());
    let password = input.password.clone().into();
    let right = match services.passwords.verify(password, stored).await {
        Ok(right) => right,
        // Such a hash opens nothing; an error of its own would tell that there is an account.
        Err(passwords::Failure::Stored(error)) => {
            tracing::warn!(%error, "the stored hash of a password is none that can be read");
            false
        }
        Err(failure) => return Err(hashing_failed(request, failure)),
    };
    let Some(found) = found.filter(|_| right) else {
        return Ok(failed());
    };
    // Whether the account may be served is decided on facts, like everything else.
    let viewer = Viewer::Member(found.member);
    request.become_viewer(viewer, None);
    if guard::own(ctx).await.is_err() {
        request.become_viewer(Viewer::Visitor, None);
        return Ok(failed());
    }
    let key = found.sealed_key.as_deref();
    let counter = device.as_ref().map_or(&[][..], |device| device);
    let factor = match prove(ctx, found.member, key, input.code.as_deref(), counter).await {
        Ok(Ok(factor)) => factor,
        refused => {
            request.become_viewer(Viewer::Visitor, None);
            return refused.map(|it| SignInPayload::refused(it.err().into_iter().collect()));
        }
    };
    let entry = Entry {
        member: found.member,
        verified: Verified {
            password_hash: &found.password_hash,
            factor,
        },
        transport: input.transport,
        device: mark,
        told: !found.known_device,
    };
    let Some(opened) = open(ctx, entry).await? else {
        request.become_viewer(Viewer::Visitor, None);
        return Ok(used(factor).map_or_else(failed, |error| SignInPayload::refused(vec![error])));
    };
    renew_hash(ctx, input.password.clone().into(), &found.password_hash).await;
    services
        .store
        .seen(found.member, request.now_millis())
        .await?;
    Ok(SignInPayload::opened(Me::of(ctx, &["me"]).await?, opened))
}

/// Hashes the password that was just verified with the parameters of now. What was asked for does not fail for
/// it: the next sign-in tries again.
pub async fn renew_hash(ctx: &Context<'_>, password: SecretString, stored: &str) {
    let services = Request::of(ctx).services();
    let Some(renewed) = services.passwords.renew(password, stored).await else {
        return;
    };
    let Ok(permit) = guard::own(ctx).await else {
        return;
    };
    if let Err(error) = services.store.rehash(&permit, stored, &renewed).await {
        tracing::warn!(%error, "a password was not hashed anew");
    }
}

async fn sign_out(ctx: &Context<'_>) -> Result<SignOutPayload, Error> {
    let request = Request::of(ctx);
    let Some(session) = request.session().filter(|_| signed_in(ctx)) else {
        return Ok(SignOutPayload {
            signed_out: false,
            user_errors: Vec::new(),
        });
    };
    let permit = guard::own(ctx).await?;
    match request.services().store.end_session(&permit, session).await {
        // Ended by another request in the meantime is ended as well.
        Ok(()) | Err(store::Error::Missing) => {}
        Err(error) => return Err(error.into()),
    }
    request.become_viewer(Viewer::Visitor, None);
    request.effect(Effect::ClearSession);
    Ok(SignOutPayload {
        signed_out: true,
        user_errors: Vec::new(),
    })
}

async fn revoke(ctx: &Context<'_>, id: &ID) -> Result<RevokeSessionsPayload, Error> {
    let permit = guard::own(ctx).await?;
    let request = Request::of(ctx);
    let missing = || RevokeSessionsPayload {
        revoked: 0,
        user_errors: vec![UserError::at(
            &["id"],
            Code::NotFound,
            "You have no such session.",
        )],
    };
    let Some(id) = SessionId::from_global(id) else {
        return Ok(missing());
    };
    if request.session() != Some(id) {
        guard::lately(ctx).await?;
    }
    match request.services().store.end_session(&permit, id).await {
        Ok(()) => {}
        Err(store::Error::Missing) => return Ok(missing()),
        Err(error) => return Err(error.into()),
    }
    if request.session() == Some(id) {
        request.become_viewer(Viewer::Visitor, None);
        request.effect(Effect::ClearSession);
    }
    Ok(RevokeSessionsPayload {
        revoked: 1,
        user_errors: Vec::new(),
    })
}

async fn revoke_others(ctx: &Context<'_>) -> Result<RevokeSessionsPayload, Error> {
    let permit = guard::lately(ctx).await?;
    let request = Request::of(ctx);
    let Some(session) = request.session() else {
        return Err(Error::Unauthenticated);
    };
    let revoked = request
        .services()
        .store
        .end_other_sessions(&permit, session)
        .await?;
    Ok(RevokeSessionsPayload {
        revoked: i32::try_from(revoked).unwrap_or(i32::MAX),
        user_errors: Vec::new(),
    })
}
