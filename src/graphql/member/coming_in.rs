//! Coming in: the age screen and signing up.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use secrecy::{ExposeSecret, SecretString};

use super::{
    enums::SessionTransport,
    fields::Findings,
    me::Me,
    payload::{UserError, UserErrorCode as Code},
    scalars::Date,
    sessions::{self, Entry, Opened},
};
use crate::domain::{
    age::{AgeClass, BirthDate},
    contact::ContactRules,
    findable::Findable,
    handle::{Handle, MAX_STEM, MIN_STEM, Stem, StemProblem},
    id::{LinkId, MemberId},
    profile::Audiences,
};
use crate::graphql::{
    arrival::Effect,
    context::Request,
    error::{Error, Failure},
    guard::{Sight, sight},
};
use crate::store::{
    self, Conflict,
    accounts::Newcomer,
    second_factor::{Factor, Verified},
};
use crate::viewer::{
    passwords::{self, Password},
    screening::{CLOCK_SKEW, Screened, ScreeningToken},
};

/// Coming in.
#[derive(Default)]
pub struct ComingIn;

/// What the age screen asks.
#[derive(InputObject)]
pub struct ScreenAgeInput {
    /// The whole date, any year from 1900 on.
    birth_date: Date,
}

/// What the age screen answers.
#[derive(SimpleObject)]
pub struct ScreenAgePayload {
    /// To sign up with, once, within a quarter of an hour.
    screening_token: Option<String>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

/// What signing up takes.
#[derive(InputObject)]
pub struct SignUpInput {
    /// From `screenAge`.
    screening_token: String,
    /// The name that others see, 2 to 50 characters; not the e-mail address.
    display_name: String,
    /// E-mail address, to sign in with. Nobody sees it before you say so.
    #[graphql(secret)]
    email: String,
    /// 8 to 128 characters, hard to guess.
    #[graphql(secret)]
    password: String,
    /// The beginning of the handle, 3 to 20 of a–z, 0–9 and single hyphens; one is made up where none is
    /// given. The end is given by chance.
    handle: Option<String>,
    /// How the session's token travels.
    #[graphql(default)]
    transport: SessionTransport,
}

/// What signing up, or signing in, answers.
#[derive(SimpleObject)]
pub struct SignInPayload {
    /// Who came in.
    me: Option<Me>,
    /// The session's token, shown this once, where `BEARER` was asked for.
    token: Option<String>,
    /// The mark of this device, shown this once, where `BEARER` was asked for and none was sent: to be
    /// sent with the next sign-in, which is then spared what strangers' failures bring about.
    device_token: Option<String>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

impl SignInPayload {
    /// Nobody came in.
    pub fn refused(user_errors: Vec<UserError>) -> Self {
        Self {
            me: None,
            token: None,
            device_token: None,
            user_errors,
        }
    }

    /// Somebody came in.
    pub fn opened(me: Option<Me>, opened: Opened) -> Self {
        Self {
            me,
            token: opened.token,
            device_token: opened.device_token,
            user_errors: Vec::new(),
        }
    }
}

#[Object]
impl ComingIn {
    /// The first step of signing up: a date of birth, and nothing else.
    async fn screen_age(
        &self,
        ctx: &Context<'_>,
        input: ScreenAgeInput,
    ) -> Sight<ScreenAgePayload> {
        sight(screen(ctx, &input).map(Some))
    }

    /// Makes an account and signs in to it. To its address a link goes to confirm it.
    async fn sign_up(&self, ctx: &Context<'_>, input: SignUpInput) -> Sight<SignInPayload> {
        sight(sign_up(ctx, input).await.map(Some))
    }
}

fn refused() -> UserError {
    UserError::whole(Code::SignUpRefused, "Signing up is not possible.")
}

/// Nothing of a refusal is kept: no row, no log line; the browser is asked to keep a fixed value
/// (policy clause C28).
fn screen(ctx: &Context<'_>, input: &ScreenAgeInput) -> Result<ScreenAgePayload, Error> {
    let request = Request::of(ctx);
    let payload = |screening_token, user_errors| ScreenAgePayload {
        screening_token,
        user_errors,
    };
    request
        .services()
        .throttles
        .screening
        .check_network(request.arrival().network)
        .map_err(|wait| request.rate_limited(wait.seconds()))?;
    let (year, month, day) = input.birth_date.parts();
    let Ok(birth) = BirthDate::new(year, month, day, request.now()) else {
        return Ok(payload(
            None,
            vec![UserError::at(
                &["input", "birthDate"],
                Code::NotABirthDate,
                "Give a date from 1900 on that has passed.",
            )],
        ));
    };
    // A browser that was refused stays refused, whatever date it gives next, and is refused in the same way
    // to the last byte: whether the mark is set anew would tell which dates pass.
    let passes = matches!(
        AgeClass::of(Some(birth), request.today()),
        AgeClass::Teen | AgeClass::Adult
    );
    if !passes || request.screened_out() {
        request.effect(Effect::MarkScreenedOut);
        return Ok(payload(None, vec![refused()]));
    }
    let token = ScreeningToken::issue(&request.services().sealer, birth, request.now())
        .map_err(Failure::new)?;
    Ok(payload(Some(token), Vec::new()))
}

async fn sign_up(ctx: &Context<'_>, input: SignUpInput) -> Result<SignInPayload, Error> {
    let request = Request::of(ctx);
    let services = request.services();
    services
        .throttles
        .sign_up
        .check_network(request.arrival().network)
        .map_err(|wait| request.rate_limited(wait.seconds()))?;
    if request.screened_out() {
        return Ok(SignInPayload::refused(vec![refused()]));
    }
    let invalid_token = || {
        UserError::at(
            &["input", "screeningToken"],
            Code::ScreeningTokenInvalid,
            "This token is not valid. Begin again with `screenAge`.",
        )
    };
    // Before anything else of the input is looked at.
    let Ok(screened) =
        ScreeningToken::open(&services.sealer, &input.screening_token, request.now())
    else {
        return Ok(SignInPayload::refused(vec![invalid_token()]));
    };
    let transport = input.transport;
    let (newcomer, member) = match newcomer(request, input, screened).await? {
        Ok(newcomer) => {
            let member = newcomer.id;
            (newcomer, member)
        }
        Err(errors) => return Ok(SignInPayload::refused(errors)),
    };
    match services.store.admit(&newcomer).await {
        Ok(()) => {}
        Err(store::Error::Conflict(Conflict::Screening)) => {
            return Ok(SignInPayload::refused(vec![invalid_token()]));
        }
        Err(store::Error::Conflict(Conflict::Email)) => {
            return Ok(SignInPayload::refused(vec![email_unavailable()]));
        }
        Err(error) => return Err(error.into()),
    }
    let entry = Entry {
        member,
        verified: Verified {
            password_hash: &newcomer.password_hash,
            factor: Factor::None,
        },
        transport,
        device: None,
        told: false,
    };
    let Some(opened) = sessions::open(ctx, entry).await? else {
        // The account was frozen or its password changed in this very moment.
        return Err(Error::Unauthenticated);
    };
    Ok(SignInPayload::opened(Me::of(ctx, &["me"]).await?, opened))
}

/// The one answer for an address that cannot be used.
fn email_unavailable() -> UserError {
    UserError::at(
        &["input", "email"],
        Code::EmailUnavailable,
        "This e-mail address cannot be used.",
    )
}

/// Reads the input; the password is hashed last, when all else is in order.
async fn newcomer(
    request: &Request,
    input: SignUpInput,
    screened: Screened,
) -> Result<Result<Newcomer, Vec<UserError>>, Error> {
    let mut rng = request.rng()?;
    let mut findings = Findings::default();
    let display_name = findings.display_name(&["input", "displayName"], &input.display_name);
    let email = findings.email(&["input", "email"], &input.email);
    let stem = match &input.handle {
        None => Some(Stem::made_up(&mut rng)),
        Some(text) => stem(&mut findings, text),
    };
    if let (Some(name), Some(email)) = (&display_name, &email) {
        findings.unlike_email(&["input", "displayName"], name, email);
    }
    if let (Some(stem), Some(email)) = (&stem, &email)
        && stem.echoes(email)
    {
        findings.add(
            &["input", "handle"],
            Code::EchoesEmail,
            "The handle is shown to others and must not be taken from the e-mail address.",
        );
    }
    let context = [
        input.display_name.as_str(),
        input.email.as_str(),
        input.handle.as_deref().unwrap_or_default(),
    ];
    let password = check_password(
        request,
        &mut findings,
        &["input", "password"],
        input.password.clone().into(),
        &context,
    )
    .await?;
    let (Some(display_name), Some(email), Some(stem), Some(password), true) =
        (display_name, email, stem, password, findings.none())
    else {
        return Ok(Err(findings.into_errors()));
    };
    let age = AgeClass::of(Some(screened.birth), request.today());
    Ok(Ok(Newcomer {
        id: MemberId::random(&mut rng),
        handles: (0..8).map(|_| Handle::mint(&stem, &mut rng)).collect(),
        display_name: display_name.into_string(),
        email,
        password_hash: hash(request, &password).await?,
        birth: screened.birth,
        audiences: Audiences::defaults(age),
        contact: ContactRules::default_for(age),
        findable: Findable::defaults(age),
        screening: screened.digest,
        screening_expires_at: (screened.expires_at + CLOCK_SKEW).timestamp_millis(),
        confirmation: LinkId::random(&mut rng),
        now: request.now_millis(),
    }))
}

fn stem(findings: &mut Findings, text: &str) -> Option<Stem> {
    Stem::parse(text)
        .map_err(|problem| {
            let (code, message) = match problem {
                StemProblem::TooShort => (
                    Code::TooShort,
                    format!("Give at least {MIN_STEM} characters."),
                ),
                StemProblem::TooLong => (
                    Code::TooLong,
                    format!("Give at most {MAX_STEM} characters."),
                ),
                StemProblem::Characters => (
                    Code::Malformed,
                    "A handle has a–z, 0–9 and single hyphens within.".to_owned(),
                ),
            };
            findings.add(&["input", "handle"], code, message);
        })
        .ok()
}

/// A new password, or the problem noted.
pub async fn check_password(
    request: &Request,
    findings: &mut Findings,
    path: &[&str],
    candidate: SecretString,
    context: &[&str],
) -> Result<Option<Password>, Error> {
    let checked = request
        .services()
        .passwords
        .check_new(candidate, context)
        .await
        .map_err(|failure| hashing_failed(request, failure))?;
    Ok(checked
        .map_err(|weakness| findings.weak(path, weakness))
        .ok())
}

/// A password's hash.
pub async fn hash(request: &Request, password: &Password) -> Result<String, Error> {
    request
        .services()
        .passwords
        .hash(password)
        .await
        .map_err(|failure| hashing_failed(request, failure))
}

/// Too many at once is told as too often: it is over in a moment.
pub fn hashing_failed(request: &Request, failure: passwords::Failure) -> Error {
    match failure {
        passwords::Failure::Busy => request.rate_limited(1),
        failure => Failure::new(failure).into(),
    }
}

/// The text of a secret, for a comparison or a payload.
pub fn reveal(secret: &SecretString) -> String {
    secret.expose_secret().to_owned()
}
