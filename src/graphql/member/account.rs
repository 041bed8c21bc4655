//! The viewer's own account: password, e-mail address, birth date.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{
    coming_in::{check_password, email_unavailable, hash, hashing_failed},
    fields::{DisplayName, Findings},
    me::Me,
    payload::{UserError, UserErrorCode as Code},
    scalars::Date,
};
use crate::domain::{
    age::{AgeClass, BirthDate},
    profile::governed,
};
use crate::graphql::{
    arrival::Effect,
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::store::{self, Conflict};
use crate::viewer::who::Viewer;

/// The viewer's own account.
#[derive(Default)]
pub struct Account;

/// What a new password takes.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password until now.
    #[graphql(secret)]
    current_password: String,
    /// The password from now on: 8 to 128 characters, hard to guess.
    #[graphql(secret)]
    new_password: String,
}

/// What a new e-mail address takes.
#[derive(InputObject)]
pub struct ChangeEmailInput {
    /// The password.
    #[graphql(secret)]
    current_password: String,
    /// The address from now on.
    #[graphql(secret)]
    email: String,
}

/// What correcting the birth date takes.
#[derive(InputObject)]
pub struct CorrectBirthDateInput {
    /// The right date.
    birth_date: Date,
}

/// What a change of one's own things answers.
#[derive(SimpleObject)]
pub struct AccountPayload {
    /// The viewer, after the change.
    me: Option<Me>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

impl AccountPayload {
    /// After a change, or after none.
    pub async fn of(ctx: &Context<'_>, user_errors: Vec<UserError>) -> Result<Self, Error> {
        Ok(Self {
            me: Me::of(ctx).await?,
            user_errors,
        })
    }
}

#[Object]
impl Account {
    /// Replaces the password and ends all other sessions.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        input: ChangePasswordInput,
    ) -> Sight<AccountPayload> {
        sight(change_password(ctx, input).await.map(Some))
    }

    /// Replaces the e-mail address.
    async fn change_email(
        &self,
        ctx: &Context<'_>,
        input: ChangeEmailInput,
    ) -> Sight<AccountPayload> {
        sight(change_email(ctx, input).await.map(Some))
    }

    /// Corrects the birth date. A date that keeps what the viewer may see and do, or restricts it, counts
    /// at once; one that would open something is stored for staff to confirm.
    async fn correct_birth_date(
        &self,
        ctx: &Context<'_>,
        input: CorrectBirthDateInput,
    ) -> Sight<AccountPayload> {
        sight(correct_birth_date(ctx, &input).await.map(Some))
    }
}

/// Whether the password is the viewer's own, with a limit on tries of its own.
async fn confirm(
    ctx: &Context<'_>,
    permit: &Permit<KeepOwn>,
    password: String,
) -> Result<bool, Error> {
    let request = Request::of(ctx);
    let services = request.services();
    services
        .throttles
        .password
        .check(permit.subject().key().to_be_bytes())
        .map_err(|wait| request.rate_limited(wait.seconds()))?;
    let stored = services.store.own_password_hash(permit).await?;
    services
        .passwords
        .verify(password.into(), Some(&stored))
        .await
        .map_err(|failure| hashing_failed(request, failure))
}

fn wrong_password() -> UserError {
    UserError::at(
        &["input", "currentPassword"],
        Code::WrongPassword,
        "That is not your password.",
    )
}

/// The viewer's own e-mail address and display name, as words that a password must not be made of.
async fn own_words(ctx: &Context<'_>, permit: &Permit<KeepOwn>) -> Result<[String; 2], Error> {
    let me = permit.subject();
    let email = guard::see::<governed::Email>(ctx, me).await.transpose()?;
    let name = guard::display_name(ctx, me).await.transpose()?;
    Ok([email.unwrap_or_default(), name.unwrap_or_default()])
}

async fn change_password(
    ctx: &Context<'_>,
    input: ChangePasswordInput,
) -> Result<AccountPayload, Error> {
    let permit = guard::own(ctx).await?;
    let request = Request::of(ctx);
    let Some(session) = request.session() else {
        return Err(Error::Unauthenticated);
    };
    if !confirm(ctx, &permit, input.current_password.clone()).await? {
        return AccountPayload::of(ctx, vec![wrong_password()]).await;
    }
    let [email, name] = own_words(ctx, &permit).await?;
    let mut findings = Findings::default();
    let password = check_password(
        request,
        &mut findings,
        &["input", "newPassword"],
        input.new_password.clone().into(),
        &[&email, &name],
    )
    .await?;
    let Some(password) = password else {
        return AccountPayload::of(ctx, findings.into_errors()).await;
    };
    let password_hash = hash(request, &password).await?;
    request
        .services()
        .store
        .change_password(&permit, &password_hash, session)
        .await?;
    AccountPayload::of(ctx, Vec::new()).await
}

async fn change_email(ctx: &Context<'_>, input: ChangeEmailInput) -> Result<AccountPayload, Error> {
    let permit = guard::own(ctx).await?;
    let request = Request::of(ctx);
    let mut findings = Findings::default();
    let Some(email) = findings.email(&["input", "email"], &input.email) else {
        return AccountPayload::of(ctx, findings.into_errors()).await;
    };
    if !confirm(ctx, &permit, input.current_password.clone()).await? {
        return AccountPayload::of(ctx, vec![wrong_password()]).await;
    }
    // The other half of policy clause C45: the address must not become what the name shows.
    let name = guard::display_name(ctx, permit.subject())
        .await
        .transpose()?;
    if let Some(name) = name
        .as_deref()
        .and_then(|name| DisplayName::parse(name).ok())
    {
        findings.unlike_email(&["input", "email"], &name, &email);
    }
    if !findings.none() {
        return AccountPayload::of(ctx, findings.into_errors()).await;
    }
    match request.services().store.change_email(&permit, &email).await {
        Ok(()) => {}
        Err(store::Error::Conflict(Conflict::Email)) => {
            return AccountPayload::of(ctx, vec![email_unavailable()]).await;
        }
        Err(error) => return Err(error.into()),
    }
    request.refresh();
    AccountPayload::of(ctx, Vec::new()).await
}

async fn correct_birth_date(
    ctx: &Context<'_>,
    input: &CorrectBirthDateInput,
) -> Result<AccountPayload, Error> {
    let (permit, case) = guard::own_case(ctx).await?;
    let request = Request::of(ctx);
    let store = &request.services().store;
    let (year, month, day) = input.birth_date.parts();
    let Ok(birth) = BirthDate::new(year, month, day, request.now()) else {
        let error = UserError::at(
            &["input", "birthDate"],
            Code::NotABirthDate,
            "Give a date from 1900 on that has passed.",
        );
        return AccountPayload::of(ctx, vec![error]).await;
    };
    let held = case.known().owner.age;
    match (held, AgeClass::of(Some(birth), request.today())) {
        // Actual knowledge (policy clause C28 d): out of every read path at once, nothing kept of the date.
        (_, AgeClass::Child | AgeClass::Unknown) => {
            store.freeze_own(&permit, request.now_millis()).await?;
            request.become_viewer(Viewer::Visitor, None);
            request.effect(Effect::ClearSession);
            AccountPayload::of(ctx, Vec::new()).await
        }
        (AgeClass::Teen, AgeClass::Adult) => {
            store
                .request_birth_date(&permit, birth, request.now_millis())
                .await?;
            let note = UserError::at(
                &["input", "birthDate"],
                Code::AwaitsConfirmation,
                "Stored. Staff will confirm it before it takes effect.",
            );
            AccountPayload::of(ctx, vec![note]).await
        }
        (_, age) => {
            let audiences = case.known().owner.audiences;
            match store.set_birth_date(&permit, birth, age, &audiences).await {
                Ok(()) => {}
                Err(store::Error::Conflict(Conflict::Stale)) => {
                    let error =
                        UserError::whole(Code::NotPossible, "Something else changed. Try again.");
                    return AccountPayload::of(ctx, vec![error]).await;
                }
                Err(error) => return Err(error.into()),
            }
            request.refresh();
            AccountPayload::of(ctx, Vec::new()).await
        }
    }
}
