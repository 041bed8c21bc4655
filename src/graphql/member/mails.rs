//! Which mails the viewer wants (policy clause C76).

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{
    notices::NoticeCategory,
    payload::{UserError, UserErrorCode as Code},
};
use crate::domain::notice::Category;
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
};

/// Choosing mails.
#[derive(Default)]
pub struct Mails;

/// Whether the viewer wants mails of a category.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct MailPreference {
    /// The category.
    category: NoticeCategory,
    /// Whether mails of it are sent.
    wanted: bool,
    /// Whether they can be refused.
    refusable: bool,
}

impl MailPreference {
    /// Of every category.
    pub async fn own(ctx: &Context<'_>) -> Result<Vec<Self>, Error> {
        let permit = guard::own(ctx).await?;
        let store = &Request::of(ctx).services().store;
        let wanted = store.mail_preferences(&permit).await?;
        let of = |(category, wanted): (Category, bool)| Self {
            category: category.into(),
            wanted,
            refusable: category.refusable(),
        };
        Ok(wanted.into_iter().map(of).collect())
    }
}

/// What choosing mails takes.
#[derive(InputObject)]
pub struct SetMailPreferenceInput {
    /// Of which category. SERVICE and SECURITY cannot be refused.
    category: NoticeCategory,
    /// Whether they are to be sent, from the next one on.
    wanted: bool,
}

/// What choosing mails answers.
#[derive(SimpleObject)]
pub struct SetMailPreferencePayload {
    /// What is sent from now on, of every category.
    mail_preferences: Option<Vec<MailPreference>>,
    /// What can be put right.
    user_errors: Vec<UserError>,
}

#[Object]
impl Mails {
    /// Chooses whether mails of a category are sent to the viewer, from the next one on. What is told in the service itself
    /// stays as it is.
    async fn set_mail_preference(
        &self,
        ctx: &Context<'_>,
        input: SetMailPreferenceInput,
    ) -> Sight<SetMailPreferencePayload> {
        sight(set(ctx, &input).await.map(Some))
    }
}

/// Why mails of a category cannot be refused.
const fn why(category: Category) -> &'static str {
    match category {
        Category::Security => {
            "Mails about the security of your account cannot be refused: by them you learn that somebody else has come in."
        }
        Category::Service => {
            "Mails that you need to use the service cannot be refused: what you asked for yourself, and what changes for all."
        }
        Category::Social | Category::Marketing => "",
    }
}

async fn set(
    ctx: &Context<'_>,
    input: &SetMailPreferenceInput,
) -> Result<SetMailPreferencePayload, Error> {
    let permit = guard::count_act(ctx).await?;
    let category = Category::from(input.category);
    if category.refusable() {
        let store = &Request::of(ctx).services().store;
        store.prefer_mail(&permit, category, input.wanted).await?;
    } else if !input.wanted {
        let error = UserError::at(&["input", "wanted"], Code::NotPossible, why(category));
        return Ok(SetMailPreferencePayload {
            mail_preferences: None,
            user_errors: vec![error],
        });
    }
    Ok(SetMailPreferencePayload {
        mail_preferences: Some(MailPreference::own(ctx).await?),
        user_errors: Vec::new(),
    })
}
