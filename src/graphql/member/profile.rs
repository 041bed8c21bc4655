//! Editing the viewer's own profile.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{
    account::AccountPayload,
    enums::{Fluency, Gender, Relationship},
    fields::{AddressText, DisplayName, Findings, LongText, MiddleText, ShortText},
};
use crate::domain::{
    email::Email,
    profile::{Field, governed},
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};
use crate::privacy::Wish;
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

/// A name or address elsewhere on the web.
#[derive(InputObject)]
pub struct WebHandleInput {
    /// The service's name: 1 to 30 characters.
    service: String,
    /// The name or address there: 1 to 200 characters. An address with a scheme has http or https.
    address: String,
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
    /// With its country code, such as `+351 21 123 4567` (ITU-T E.164).
    phone: MaybeUndefined<String>,
    /// 1 to 500 characters; line breaks are kept.
    postal_address: MaybeUndefined<String>,
    /// 1 to 100 characters.
    education: MaybeUndefined<String>,
    /// Relationship.
    relationship: MaybeUndefined<Relationship>,
    /// 1 to 2,000 characters; line breaks are kept.
    looking_for: MaybeUndefined<String>,
    /// All names and addresses elsewhere on the web, at most 10, in the order in which they are shown.
    web_handles: MaybeUndefined<Vec<WebHandleInput>>,
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
    // Its words are told and kept anew each time.
    let permit = guard::count_act(ctx).await?;
    let mut findings = Findings::default();
    let display_name = input
        .display_name
        .as_deref()
        .and_then(|text| findings.display_name(&["input", "displayName"], text));
    if let Some(name) = &display_name {
        let me = guard::oneself(ctx, &[Wish::See(Field::Email)]).await?;
        let email = guard::see::<governed::Email>(ctx, &me).await.transpose()?;
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
    let education = short("education", &input.education);
    let looking_for = findings
        .clearable(
            &["input", "lookingFor"],
            &input.looking_for,
            MiddleText::parse,
        )
        .map(|text| text.map(MiddleText::into_string));
    let postal_address = findings
        .clearable(
            &["input", "postalAddress"],
            &input.postal_address,
            AddressText::parse,
        )
        .map(|text| text.map(AddressText::into_string));
    let phone = match &input.phone {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(text) if text.trim().is_empty() => Some(None),
        MaybeUndefined::Value(text) => findings
            .phone(&["input", "phone"], text)
            .map(|phone| Some(phone.into_string())),
    };
    let web_handles = match input.web_handles {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(Vec::new()),
        MaybeUndefined::Value(given) => {
            let given: Vec<_> = given
                .into_iter()
                .map(|given| (given.service, given.address))
                .collect();
            Some(findings.web_handles(&["input", "webHandles"], &given))
        }
    };
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
        phone,
        postal_address,
        education,
        relationship: match input.relationship {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(relationship) => Some(Some(relationship.into())),
        },
        looking_for,
        web_handles,
        languages,
        interests,
    }
}
