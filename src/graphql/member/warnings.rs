//! What is worth knowing before more is shown to more people.

use async_graphql::{Enum, SimpleObject};

use super::{
    enums::GovernedField,
    exposure::{Outlook, ids},
};
use crate::domain::{
    audience::Audience,
    profile::{Field, Purpose},
};

/// Something worth knowing about a change of audiences. It stands in the way of nothing.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct VisibilityWarning {
    /// A name for programs.
    code: VisibilityWarningCode,
    /// The fields that it is about.
    fields: Vec<GovernedField>,
    /// A sentence for people.
    message: String,
}

/// What a warning about a change of audiences is about.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisibilityWarningCode {
    /// Ways to reach the viewer from outside the service are shown to more people (policy clause C49).
    ContactWidened,
    /// Age and birthday together are the birth date, which is itself shown to fewer.
    TellsBirthDate,
    /// Visitors learn that the viewer is here, by handle and display name.
    VisibleToVisitors,
}

/// Whether somebody may see it now who could not before: told from the settings alone, whoever stands on lists.
fn widened(before: &Outlook, after: &Outlook) -> bool {
    let (had, has) = (ids(&before.lists), ids(&after.lists));
    let (left_out, leaves_out) = (ids(&before.except), ids(&after.except));
    after.audience > before.audience
        || after.audience == Audience::Lists && has.iter().any(|list| !had.contains(list))
        || after.audience > Audience::OnlyMe
            && left_out.iter().any(|list| !leaves_out.contains(list))
}

/// The warnings about a change from the one to the other; each has every field, in the same order.
pub fn warnings(before: &[Outlook], after: &[Outlook]) -> Vec<VisibilityWarning> {
    let widened: Vec<&Outlook> = before
        .iter()
        .zip(after)
        .filter(|(before, after)| widened(before, after))
        .map(|(_, after)| after)
        .collect();
    let mut warnings = Vec::new();
    let mut warn = |code, fields: &[Field], message: &str| {
        warnings.push(VisibilityWarning {
            code,
            fields: fields.iter().map(|field| (*field).into()).collect(),
            message: message.to_owned(),
        });
    };

    let contact: Vec<&&Outlook> = widened
        .iter()
        .filter(|it| it.field.spec().purpose == Purpose::Contact)
        .collect();
    if !contact.is_empty() {
        let fields: Vec<Field> = contact.iter().map(|it| it.field).collect();
        let public = contact.iter().any(|it| it.audience == Audience::Public);
        warn(
            VisibilityWarningCode::ContactWidened,
            &fields,
            if public {
                "What is public can be read, kept and passed on by anybody, and may bring you messages that \
                 you did not ask for."
            } else {
                "More people could reach you outside this service, also later: what they have seen they can \
                 keep. Blocking them here does not stop that."
            },
        );
    }

    let audience = |outlooks: &[Outlook], field: Field| {
        let outlook = outlooks.iter().find(|it| it.field == field);
        outlook.map_or(Audience::OnlyMe, |it| it.audience)
    };
    // Whoever sees the two sees the third, in which its own audience has no say.
    let tells = |outlooks: &[Outlook]| {
        let both = audience(outlooks, Field::Age).min(audience(outlooks, Field::Birthday));
        both > audience(outlooks, Field::BirthDate)
    };
    let touched = widened
        .iter()
        .any(|it| matches!(it.field, Field::Age | Field::Birthday));
    if tells(after) && (touched || !tells(before)) {
        warn(
            VisibilityWarningCode::TellsBirthDate,
            &[Field::Age, Field::Birthday],
            "Whoever sees both your age and your birthday knows your birth date.",
        );
    }

    let public = |outlooks: &[Outlook]| -> Vec<Field> {
        let public = outlooks.iter().filter(|it| it.audience == Audience::Public);
        public.map(|it| it.field).collect()
    };
    let shown = public(after);
    if public(before).is_empty() && !shown.is_empty() {
        warn(
            VisibilityWarningCode::VisibleToVisitors,
            &shown,
            "People without an account will find you in the list of members, with your handle and your display \
             name.",
        );
    }
    warnings
}
