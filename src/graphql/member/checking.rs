//! What a text tells of how its author is called and reached, before many read it (policy clause C49).

use async_graphql::{Context, Enum, SimpleObject};

use super::{fields::Findings, payload::UserError};
use crate::domain::{
    message,
    personal::{self, Author, Finding, Kind},
    profile::{Field, governed},
    text::Problem,
};
use crate::graphql::{
    error::{Error, Failure},
    guard::{self, see},
};
use crate::privacy::Wish;

/// What a text can tell.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "Kind")]
pub enum TextFindingKind {
    /// An e-mail address, anybody's.
    EmailAddress,
    /// A telephone number, anybody's.
    PhoneNumber,
    /// A postal address, anybody's, or a part of the viewer's own that tells it.
    PostalAddress,
    /// The viewer's own full name.
    FullName,
}

/// Where a text tells something, in UTF-16 code units, as strings are counted in browsers.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct TextFinding {
    /// What it tells.
    kind: TextFindingKind,
    /// Where it begins.
    start: i32,
    /// Where it ends: before this unit.
    end: i32,
}

/// What a text tells of how its author is called and reached.
#[derive(SimpleObject, Clone, Debug, Default)]
pub struct TextCheck {
    /// In the order of the text; what is of one kind does not overlap.
    findings: Vec<TextFinding>,
    /// What the user can put right.
    user_errors: Vec<UserError>,
}

impl TextCheck {
    /// What the viewer's text tells; nothing of it is kept.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] for a visitor, [`Error::RateLimited`].
    pub async fn of(ctx: &Context<'_>, text: String) -> Result<Self, Error> {
        let permit = guard::own(ctx).await?;
        guard::count(ctx, &permit, |limits| &limits.checks)?;
        let length = match text.chars().count() {
            count if count > message::LONGEST => Err(Problem::TooLong {
                max: message::LONGEST,
            }),
            _ => Ok(()),
        };
        let mut findings = Findings::default();
        if findings.text(&["text"], length).is_none() {
            return Ok(Self {
                user_errors: findings.into_errors(),
                ..Self::default()
            });
        }
        let found = found(ctx, text.clone()).await?;
        Ok(Self {
            findings: personal::in_utf16(&text, &found)
                .into_iter()
                .map(TextFinding::from)
                .collect(),
            user_errors: Vec::new(),
        })
    }
}

impl From<Finding> for TextFinding {
    fn from(found: Finding) -> Self {
        // No text that comes in is as long as that.
        let unit = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
        Self {
            kind: found.kind.into(),
            start: unit(found.start),
            end: unit(found.end),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a text was not looked at to its end")]
struct Unread;

/// What a text of the viewer's tells, in bytes of it: what is to be confirmed before many see it.
///
/// # Errors
///
/// [`Error::Unauthenticated`] for a visitor.
pub async fn found(ctx: &Context<'_>, text: String) -> Result<Vec<Finding>, Error> {
    let author = author(ctx).await?;
    // A long text takes longer than others should wait for.
    let looking = tokio::task::spawn_blocking(move || personal::find(&text, &author));
    // Why it was not is not asked: a panic may quote the text.
    Ok(looking.await.map_err(|_| Failure::new(Unread))?)
}

/// What is looked for of the viewer in a text of theirs: their own, whoever else sees it.
///
/// # Errors
///
/// [`Error::Unauthenticated`] for a visitor.
async fn author(ctx: &Context<'_>) -> Result<Author, Error> {
    let wishes = [
        Field::FullName,
        Field::Email,
        Field::Phone,
        Field::PostalAddress,
        Field::Country,
    ]
    .map(Wish::See);
    let me = guard::oneself(ctx, &wishes).await?;
    Ok(Author {
        full_name: see::<governed::FullName>(ctx, &me).await.transpose()?,
        email: see::<governed::Email>(ctx, &me).await.transpose()?,
        phone: see::<governed::Phone>(ctx, &me).await.transpose()?,
        postal_address: see::<governed::PostalAddress>(ctx, &me).await.transpose()?,
        country: see::<governed::Country>(ctx, &me).await.transpose()?,
    })
}
