//! What there is to choose from: countries, languages, interests, and the governed fields themselves.

use async_graphql::SimpleObject;

use super::enums::{Audience, GovernedField, Purpose};
use crate::domain;

/// A country of ISO 3166-1.
#[derive(SimpleObject, Clone, Debug)]
pub struct Country {
    /// Two letters.
    code: &'static str,
    /// In English.
    name: &'static str,
}

impl From<domain::place::Country> for Country {
    fn from(country: domain::place::Country) -> Self {
        Self {
            code: country.code(),
            name: country.name(),
        }
    }
}

/// A language of ISO 639-1.
#[derive(SimpleObject, Clone, Debug)]
pub struct Language {
    /// Two letters.
    code: &'static str,
    /// In English.
    name: &'static str,
}

impl From<domain::language::Language> for Language {
    fn from(language: domain::language::Language) -> Self {
        Self {
            code: language.code(),
            name: language.name(),
        }
    }
}

/// Something that people like to do, read or talk about.
#[derive(SimpleObject, Clone, Debug)]
pub struct Interest {
    /// For programs; never changes.
    slug: &'static str,
    /// In English.
    name: &'static str,
    /// What it is filed under.
    category: &'static str,
}

impl From<domain::interest::Interest> for Interest {
    fn from(interest: domain::interest::Interest) -> Self {
        Self {
            slug: interest.slug(),
            name: interest.name(),
            category: interest.category(),
        }
    }
}

/// A governed field, and what holds for it.
#[derive(SimpleObject, Clone, Debug)]
pub struct FieldInfo {
    /// The field.
    field: GovernedField,
    /// Its type and bounds, in words.
    bounds: &'static str,
    /// The audience that an adult's field begins with.
    adult_default: Audience,
    /// The audience that a teen's field begins with.
    teen_default: Audience,
    /// The audience that the preset CAREFUL gives an adult's field; a teen's is never wider than the default.
    careful: Audience,
    /// The audience that the preset OPEN gives an adult's field; a teen's is never wider than the widest.
    open: Audience,
    /// The widest audience that an adult can give it.
    adult_widest: Audience,
    /// The widest audience that a teen can give it.
    teen_widest: Audience,
    /// The clause of the privacy policy that it answers to.
    policy_clause: &'static str,
    /// What it is kept for.
    purpose: Purpose,
    /// Whether aggregated statistics may ever count it.
    statistics: bool,
}

impl From<&'static domain::profile::Spec> for FieldInfo {
    fn from(spec: &'static domain::profile::Spec) -> Self {
        Self {
            field: spec.field.into(),
            bounds: spec.bounds,
            adult_default: spec.adult_default.into(),
            teen_default: spec.teen_default.into(),
            careful: spec.careful.into(),
            open: spec.open.into(),
            adult_widest: spec.adult_widest.into(),
            teen_widest: spec.teen_widest.into(),
            policy_clause: spec.clause,
            purpose: spec.purpose.into(),
            statistics: spec.statistics,
        }
    }
}
