//! Editing the viewer's own profile.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{
    account::AccountPayload,
    enums::{Fluency, Gender},
    fields::{DisplayName, Findings, LongText, ShortText},
};
use crate::domain::{email::Email, profile::governed};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};
use crate::store::profiles::ProfileChanges;

/// Editing the viewer's own profile.
#[derive(Default)]
pub struct Editing;

/// A language and how well it is spoken.
#[derive(InputObject)]
pub struct SpokenLanguageInput {
    /// Two letters of ISO 639-1.
    language: String,
    /// How well.
    fluency: Fluency,
}

/// What to change. What is not named stays as it is; null empties it.
#[derive(InputObject)]
pub struct UpdateProfileInput {
    /// 2 to 50 characters; not the e-mail address. Cannot be emptied.
    display_name: Option<String>,
    /// 1 to 100 characters.
    full_name: MaybeUndefined<String>,
    /// Gender.
    gender: MaybeUndefined<Gender>,
    /// Two letters of ISO 3166-1.
    country: MaybeUndefined<String>,
    /// 1 to 100 characters.
    city: MaybeUndefined<String>,
    /// All languages, at most 20.
    languages: MaybeUndefined<Vec<SpokenLanguageInput>>,
    /// 1 to 100 characters.
    occupation: MaybeUndefined<String>,
    /// All interests, at most 30, by their slugs.
    interests: MaybeUndefined<Vec<String>>,
    /// 1 to 4,000 characters; line breaks are kept.
    about_me: MaybeUndefined<String>,
}

#[Object]
impl Editing {
    /// Changes the viewer's own profile; effective for the very next read by anyone. Where something is
    /// wrong, nothing is changed.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        input: UpdateProfileInput,
    ) -> Sight<AccountPayload> {
        sight(update(ctx, input).await.map(Some))
    }
}

async fn update(ctx: &Context<'_>, input: UpdateProfileInput) -> Result<AccountPayload, Error> {
    let permit = guard::own(ctx).await?;
    let mut findings = Findings::default();
    let display_name = input
        .display_name
        .as_deref()
        .and_then(|text| findings.display_name(&["input", "displayName"], text));
    if let Some(name) = &display_name {
        let email = guard::see::<governed::Email>(ctx, permit.subject())
            .await
            .transpose()?;
        if let Some(email) = email.and_then(|email| Email::parse(&email).ok()) {
            findings.unlike_email(&["input", "displayName"], name, &email);
        }
    }
    let changes = read(&mut findings, display_name, input);
    if !findings.none() {
        return AccountPayload::of(ctx, findings.into_errors()).await;
    }
    let request = Request::of(ctx);
    request
        .services()
        .store
        .update_profile(&permit, changes)
        .await?;
    request.refresh();
    AccountPayload::of(ctx, Vec::new()).await
}

fn read(
    findings: &mut Findings,
    display_name: Option<DisplayName>,
    input: UpdateProfileInput,
) -> ProfileChanges {
    let mut short = |name: &str, text: &MaybeUndefined<String>| {
        findings
            .clearable(&["input", name], text, ShortText::parse)
            .map(|text| text.map(ShortText::into_string))
    };
    let full_name = short("fullName", &input.full_name);
    let city = short("city", &input.city);
    let occupation = short("occupation", &input.occupation);
    let about_me = findings
        .clearable(&["input", "aboutMe"], &input.about_me, LongText::parse)
        .map(|text| text.map(LongText::into_string));
    let country = match &input.country {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(code) => findings.country(&["input", "country"], code).map(Some),
    };
    let languages = match input.languages {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(Vec::new()),
        MaybeUndefined::Value(given) => {
            let given: Vec<_> = given
                .into_iter()
                .map(|given| (given.language, given.fluency.into()))
                .collect();
            Some(findings.languages(&["input", "languages"], &given))
        }
    };
    let interests = match input.interests {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(Vec::new()),
        MaybeUndefined::Value(slugs) => Some(findings.interests(&["input", "interests"], &slugs)),
    };
    ProfileChanges {
        display_name: display_name.map(DisplayName::into_string),
        full_name,
        gender: match input.gender {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(gender) => Some(Some(gender.into())),
        },
        country,
        city,
        occupation,
        about_me,
        languages,
        interests,
    }
}
