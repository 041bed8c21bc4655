//! Who may write to the viewer (policy clause C49).

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};

use super::{
    catalog::Country,
    fields::Findings,
    payload::{UserError, UserErrorCode as Code},
};
use crate::domain::{
    self,
    audience::Audience,
    contact::{GREATEST_LENGTH, MOST_COUNTRIES},
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};

/// Setting who may write to the viewer.
#[derive(Default)]
pub struct Contact;

/// Those who may write to a member.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// Nobody.
    Nobody,
    /// The member's penpals.
    Penpals,
    /// Everyone who is signed in and for whom the member exists, as far as the other rules allow.
    Members,
}

impl From<Audience> for Writers {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::OnlyMe | Audience::Lists => Writers::Nobody,
            Audience::Penpals => Writers::Penpals,
            Audience::Members | Audience::Public => Writers::Members,
        }
    }
}

impl From<Writers> for Audience {
    fn from(writers: Writers) -> Self {
        match writers {
            Writers::Nobody => Audience::OnlyMe,
            Writers::Penpals => Audience::Penpals,
            Writers::Members => Audience::Members,
        }
    }
}

/// Who may write to a member for the first time who is no penpal. What is compared is what each of the two shows the
/// other: who hides their age from the member meets no rule about ages.
#[derive(SimpleObject, Clone, Debug)]
pub struct ContactRules {
    /// Who at all. The other rules are for those who are no penpals.
    writers: Writers,
    /// Of at least this age, in years.
    min_age: Option<i32>,
    /// Of at most this age, in years.
    max_age: Option<i32>,
    /// In one of these countries; any, where there is none.
    countries: Vec<Country>,
    /// With a language in common.
    shared_language: bool,
    /// With an interest in common.
    shared_interest: bool,
    /// The fewest characters of a first message.
    min_length: i32,
}

impl From<domain::contact::ContactRules> for ContactRules {
    fn from(rules: domain::contact::ContactRules) -> Self {
        Self {
            writers: rules.writers.into(),
            min_age: rules.youngest,
            max_age: rules.oldest,
            countries: rules.countries.into_iter().map(Country::from).collect(),
            shared_language: rules.share_language,
            shared_interest: rules.share_interest,
            min_length: rules.least_length,
        }
    }
}

impl ContactRules {
    /// The viewer's own.
    pub async fn own(ctx: &Context<'_>) -> Result<Self, Error> {
        let permit = guard::own(ctx).await?;
        let store = &Request::of(ctx).services().store;
        let rules = store.contact_rules(&permit).await?;
        Ok(rules.into())
    }
}

/// What setting who may write takes: all of it.
#[derive(InputObject)]
pub struct SetContactRulesInput {
    /// Who at all.
    writers: Writers,
    /// Of at least this age, in years: from 13 to 150.
    min_age: Option<i32>,
    /// Of at most this age, in years: from 13 to 150.
    max_age: Option<i32>,
    /// In one of these countries; any, where there is none; at most 60.
    countries: Option<Vec<String>>,
    /// With a language in common.
    #[graphql(default)]
    shared_language: bool,
    /// With an interest in common.
    #[graphql(default)]
    shared_interest: bool,
    /// The fewest characters of a first message: from 0 to 2,000.
    #[graphql(default)]
    min_length: i32,
}

/// What setting who may write answers.
#[derive(SimpleObject)]
pub struct SetContactRulesPayload {
    /// The rules, after the change.
    contact_rules: Option<ContactRules>,
    /// What can be put right. Where something is wrong, nothing was changed.
    user_errors: Vec<UserError>,
}

#[Object]
impl Contact {
    /// Sets who may write to the viewer, from now on. Nobody learns of it: what is not wanted looks to its sender like what
    /// waits to be read.
    async fn set_contact_rules(
        &self,
        ctx: &Context<'_>,
        input: SetContactRulesInput,
    ) -> Sight<SetContactRulesPayload> {
        sight(set(ctx, &input).await.map(Some))
    }
}

fn read(input: &SetContactRulesInput, findings: &mut Findings) -> domain::contact::ContactRules {
    let ages = [("minAge", input.min_age), ("maxAge", input.max_age)];
    for (name, age) in ages {
        if age.is_some_and(|age| !domain::age::CONTACT_AGES.contains(&age)) {
            findings.add(
                &["input", name],
                Code::Malformed,
                "Give an age from 13 to 150.",
            );
        }
    }
    if let (Some(least), Some(most)) = (input.min_age, input.max_age)
        && least > most
    {
        findings.add(
            &["input", "maxAge"],
            Code::Malformed,
            "Nobody is at least so old and at most so old.",
        );
    }
    if !(0..=GREATEST_LENGTH).contains(&input.min_length) {
        findings.add(
            &["input", "minLength"],
            Code::Malformed,
            "Give a number from 0 to 2,000.",
        );
    }
    let given = input.countries.as_deref().unwrap_or_default();
    if given.len() > MOST_COUNTRIES {
        findings.add(
            &["input", "countries"],
            Code::TooMany,
            "Give at most 60 countries.",
        );
    }
    let countries = given
        .iter()
        .take(MOST_COUNTRIES)
        .filter_map(|code| findings.country(&["input", "countries"], code))
        .collect();
    domain::contact::ContactRules {
        writers: input.writers.into(),
        youngest: input.min_age,
        oldest: input.max_age,
        countries,
        share_language: input.shared_language,
        share_interest: input.shared_interest,
        least_length: input.min_length,
    }
}

async fn set(
    ctx: &Context<'_>,
    input: &SetContactRulesInput,
) -> Result<SetContactRulesPayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let mut findings = Findings::default();
    let rules = read(input, &mut findings);
    if findings.none() {
        let store = &Request::of(ctx).services().store;
        store.set_contact_rules(&permit, &rules).await?;
    }
    Ok(SetContactRulesPayload {
        contact_rules: Some(ContactRules::own(ctx).await?),
        user_errors: findings.into_errors(),
    })
}
