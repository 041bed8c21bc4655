//! The viewer's own account: password, e-mail address, birth date.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{
    coming_in::{check_password, hash},
    fields::{DisplayName, Findings},
    linked::new_link,
    me::Me,
    payload::{UserError, UserErrorCode as Code},
    scalars::Date,
};
use crate::domain::{
    age::{AgeClass, BirthDate},
    email::Email,
    profile::{Field, governed},
    standing::Standing,
};
use crate::graphql::{
    arrival::Effect,
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};
use crate::privacy::Wish;
use crate::store::{self, Conflict};
use crate::viewer::who::Viewer;

/// The viewer's own account.
#[derive(Default)]
pub struct Account;

/// What a new password takes.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password from now on: 8 to 128 characters, hard to guess.
    #[graphql(secret)]
    new_password: String,
}

/// What a new e-mail address takes.
#[derive(InputObject)]
pub struct ChangeEmailInput {
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
            me: Me::of(ctx, &["me"]).await?,
            user_errors,
        })
    }
}

#[Object]
impl Account {
    /// Replaces the password and ends all other sessions. The password must have been given lately.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        input: ChangePasswordInput,
    ) -> Sight<AccountPayload> {
        sight(change_password(ctx, input).await.map(Some))
    }

    /// Has a link go to another e-mail address, which is the viewer's once the link was followed; the old one is told then. The
    /// answer is the same where the address is somebody's: they are told instead. The password must have been given lately.
    async fn change_email(
        &self,
        ctx: &Context<'_>,
        input: ChangeEmailInput,
    ) -> Sight<AccountPayload> {
        sight(change_email(ctx, input).await.map(Some))
    }

    /// Corrects the birth date. One that would open something, now or sooner than before, is stored for
    /// staff to confirm and changes nothing. For an adult, a teen's date closes the account to everybody
    /// else at once, and them to it, until staff has looked. Any other counts at once. The password must have been given lately.
    async fn correct_birth_date(
        &self,
        ctx: &Context<'_>,
        input: CorrectBirthDateInput,
    ) -> Sight<AccountPayload> {
        sight(correct_birth_date(ctx, &input).await.map(Some))
    }
}

/// The viewer's own e-mail address and display name, as words that a password must not be made of.
async fn own_words(ctx: &Context<'_>) -> Result<[String; 2], Error> {
    let me = guard::oneself(ctx, &[Wish::Meet, Wish::See(Field::Email)]).await?;
    let email = guard::see::<governed::Email>(ctx, &me).await.transpose()?;
    let name = guard::display_name(ctx, &me).await.transpose()?;
    Ok([email.unwrap_or_default(), name.unwrap_or_default()])
}

async fn change_password(
    ctx: &Context<'_>,
    input: ChangePasswordInput,
) -> Result<AccountPayload, Error> {
    let permit = guard::lately(ctx).await?;
    let request = Request::of(ctx);
    let Some(session) = request.session() else {
        return Err(Error::Unauthenticated);
    };
    let [email, name] = own_words(ctx).await?;
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
        .change_password(&permit, &password_hash, session, guard::told(request)?)
        .await?;
    AccountPayload::of(ctx, Vec::new()).await
}

async fn change_email(ctx: &Context<'_>, input: ChangeEmailInput) -> Result<AccountPayload, Error> {
    let permit = guard::lately(ctx).await?;
    guard::count(ctx, &permit, |limits| &limits.change_email)?;
    let request = Request::of(ctx);
    let mut findings = Findings::default();
    let Some(email) = findings.email(&["input", "email"], &input.email) else {
        return AccountPayload::of(ctx, findings.into_errors()).await;
    };
    // The other half of policy clause C45: the address must not become what the name shows.
    let me = guard::oneself(ctx, &[Wish::Meet]).await?;
    let name = guard::display_name(ctx, &me).await.transpose()?;
    if let Some(name) = name
        .as_deref()
        .and_then(|name| DisplayName::parse(name).ok())
    {
        findings.unlike_email(&["input", "email"], &name, &email);
    }
    let handle = guard::handle(ctx, &me).await.transpose()?;
    if handle.is_some_and(|handle| handle_echoes(&handle, &email)) {
        findings.add(
            &["input", "email"],
            Code::EchoesEmail,
            "The handle is shown to others and must not give the e-mail address away.",
        );
    }
    if !findings.none() {
        return AccountPayload::of(ctx, findings.into_errors()).await;
    }
    // Nobody fills a mailbox that is not theirs; what is too often is not told, since the answer is always the same.
    if request
        .services()
        .throttles
        .mailboxes
        .check(email.folded())
        .is_ok()
    {
        let link = new_link(request)?;
        let store = &request.services().store;
        store.send_change(&permit, &email, link).await?;
    }
    AccountPayload::of(ctx, Vec::new()).await
}

/// Whether the handle, with or without the end that chance gave it, is the address's local part.
fn handle_echoes(handle: &str, email: &Email) -> bool {
    let folded = email.folded();
    let stem = handle.rsplit_once('-').map_or(handle, |(stem, _)| stem);
    folded
        .rsplit_once('@')
        .is_some_and(|(local, _)| local == handle || local == stem)
}

async fn correct_birth_date(
    ctx: &Context<'_>,
    input: &CorrectBirthDateInput,
) -> Result<AccountPayload, Error> {
    guard::lately(ctx).await?;
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
    let (permit, case) = guard::own_case(ctx).await?;
    let me = guard::oneself(ctx, &[Wish::See(Field::BirthDate)]).await?;
    let held = guard::see::<governed::BirthDate>(ctx, &me)
        .await
        .transpose()?;
    let in_doubt = case.known().owner.standing == Standing::InDoubt;
    let age = case.known().owner.age;
    match (age, AgeClass::of(Some(birth), request.today())) {
        // Actual knowledge (policy clause C28 d): out of every read path at once, nothing kept of the date,
        // and this browser is not to begin anew.
        (_, AgeClass::Child | AgeClass::Unknown) => {
            store.freeze_own(&permit, request.now_millis()).await?;
            request.become_viewer(Viewer::Visitor, None);
            request.effect(Effect::ClearSession);
            request.effect(Effect::MarkScreenedOut);
            AccountPayload::of(ctx, Vec::new()).await
        }
        (AgeClass::Adult, AgeClass::Teen) => {
            store
                .put_in_doubt(&permit, birth, request.now_millis())
                .await?;
            request.refresh();
            AccountPayload::of(ctx, vec![awaits_confirmation()]).await
        }
        // A teen's earlier date would make an adult of them sooner.
        (AgeClass::Teen, new) if new == AgeClass::Adult || held.is_none_or(|held| birth < held) => {
            store
                .request_birth_date(&permit, birth, request.now_millis())
                .await?;
            AccountPayload::of(ctx, vec![awaits_confirmation()]).await
        }
        _ if in_doubt => {
            store
                .request_birth_date(&permit, birth, request.now_millis())
                .await?;
            AccountPayload::of(ctx, vec![awaits_confirmation()]).await
        }
        (_, age) => {
            let owner = case.known().owner;
            match store.set_birth_date(&permit, birth, age, &owner).await {
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

fn awaits_confirmation() -> UserError {
    UserError::at(
        &["input", "birthDate"],
        Code::AwaitsConfirmation,
        "Stored. Staff will confirm it before it takes effect.",
    )
}
