//! Why somebody else sees one of the viewer's own fields, or does not, said to the viewer.

use async_graphql::{Context, Enum, SimpleObject};

use super::{enums::GovernedField, exposure::names, lists::PenpalList, reflection::Onlooker};
use crate::domain::{audience, profile::Field};
use crate::graphql::{
    error::Error,
    guard::{self, Eyes},
};
use crate::privacy::{Fact, Wish};

/// Why somebody else sees one of the viewer's own fields, or does not.
///
/// It is decided as their own look would be, from the viewer's settings, lists and bonds, and from nothing that
/// the viewer does not know: not whether the other can sign in at all, nor how old somebody is.
#[derive(SimpleObject)]
pub struct Why {
    /// The field.
    field: GovernedField,
    /// Who looks.
    onlooker: Onlooker,
    /// Whether they see the field, where something is in it.
    sees: bool,
    /// The rule that decides, in words.
    rule: String,
    /// The facts on which that rests: were one of them otherwise, another rule would decide.
    facts: Vec<DecidingFact>,
}

/// A fact on which a decision rests.
#[derive(SimpleObject)]
pub struct DecidingFact {
    /// What it is about.
    about: DecidingFactKind,
    /// The fact, in words.
    in_words: String,
}

/// What a fact is about.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecidingFactKind {
    /// That the viewer's own account waits for staff.
    Standing,
    /// That the viewer is no adult.
    OwnAge,
    /// That the onlooker has not signed in.
    SignedOut,
    /// That one of the two is an adult and the other a teen.
    AgeLine,
    /// That the viewer shows nothing else to the public.
    Public,
    /// Whether the two are penpals.
    Bond,
    /// That the onlooker stands on a list that the field's audience excepts.
    Exception,
    /// The field's audience.
    Audience,
    /// Whether the onlooker stands on a list to which the field is shown.
    List,
}

impl Why {
    /// Of one of the viewer's own fields and somebody with these eyes; nothing where there is nobody.
    pub async fn of(
        ctx: &Context<'_>,
        field: GovernedField,
        onlooker: Onlooker,
        eyes: Option<Eyes>,
    ) -> Result<Option<Self>, Error> {
        let Some(eyes) = eyes else {
            return Ok(None);
        };
        let (_, case) = guard::own_case(ctx).await?;
        let Some(seen) = case.seen_by(eyes.onlooker) else {
            return Ok(None);
        };
        let governed = Field::from(field);
        let lists = if eyes.named.is_empty() {
            Vec::new()
        } else {
            PenpalList::all(ctx).await?
        };
        let named = |excepted: bool| {
            let of = |list: &PenpalList| {
                eyes.named.iter().any(|it| {
                    it.field == governed && it.list == list.list_id() && it.excepted == excepted
                })
            };
            let lists: Vec<PenpalList> = lists.iter().filter(|list| of(list)).cloned().collect();
            names(&lists)
        };
        let verdict = seen.verdict(Wish::See(governed));
        Ok(Some(Self {
            field,
            onlooker,
            sees: verdict.allows(),
            rule: verdict.sentence().to_owned(),
            facts: seen
                .rests_on(governed)
                .into_iter()
                .map(|fact| reason(fact, named))
                .collect(),
        }))
    }
}

fn reason(fact: Fact, named: impl Fn(bool) -> String) -> DecidingFact {
    let (about, in_words) = match fact {
        Fact::Standing(_) => (
            DecidingFactKind::Standing,
            "Your account waits for staff to look at it.",
        ),
        Fact::NoAdult => (DecidingFactKind::OwnAge, "You are no adult."),
        Fact::Visitor => (DecidingFactKind::SignedOut, "They have not signed in."),
        Fact::AcrossTheAgeLine => (
            DecidingFactKind::AgeLine,
            "One of you is an adult and the other a teen.",
        ),
        Fact::NothingElsePublic => (
            DecidingFactKind::Public,
            "You show nothing else to the public.",
        ),
        Fact::Penpals(true) => (DecidingFactKind::Bond, "They are your penpal."),
        Fact::Penpals(false) => (DecidingFactKind::Bond, "They are no penpal of yours."),
        Fact::Excepted => {
            return DecidingFact {
                about: DecidingFactKind::Exception,
                in_words: format!("They stand on {}, which you have excepted.", named(true)),
            };
        }
        Fact::Audience(audience) => (
            DecidingFactKind::Audience,
            match audience {
                audience::Audience::OnlyMe => "You show it to nobody.",
                audience::Audience::Lists => "You show it to lists of your penpals.",
                audience::Audience::Penpals => "You show it to your penpals.",
                audience::Audience::Members => "You show it to members.",
                audience::Audience::Public => "You show it to the public.",
            },
        ),
        Fact::Listed(true) => {
            return DecidingFact {
                about: DecidingFactKind::List,
                in_words: format!("They stand on {}, to which you show it.", named(false)),
            };
        }
        Fact::Listed(false) => (
            DecidingFactKind::List,
            "They stand on no list to which you show it.",
        ),
    };
    DecidingFact {
        about,
        in_words: in_words.to_owned(),
    }
}
