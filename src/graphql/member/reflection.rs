//! The viewer, seen with others' eyes.

use async_graphql::{Context, Enum, ID, Object};

use super::{foresight::foresee, members::Profile};
use crate::domain::{
    age::AgeClass,
    id::{ListId, MemberId},
    profile::FieldSet,
};
use crate::graphql::{
    error::Error,
    guard::{self, Met, Sight},
};
use crate::privacy;

/// Somebody who might look at the viewer.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onlooker {
    /// Somebody without an account.
    Visitor,
    /// An adult member who is no penpal.
    Adult,
    /// A teen member who is no penpal.
    Teen,
    /// A penpal: the one with the given id, or without an id one who stands on no list.
    Penpal,
    /// Whoever stands on the list with the given id, and on no other.
    OnList,
}

impl Onlooker {
    /// Those who need no id, and with whose eyes they look.
    pub(super) const KINDS: [(Self, privacy::Onlooker); 4] = [
        (Self::Visitor, privacy::Onlooker::Visitor),
        (Self::Adult, privacy::Onlooker::Member(AgeClass::Adult)),
        (Self::Teen, privacy::Onlooker::Member(AgeClass::Teen)),
        (
            Self::Penpal,
            privacy::Onlooker::Penpal {
                listed: FieldSet::NONE,
                excepted: FieldSet::NONE,
            },
        ),
    ];

    /// The eyes of one who needs no id.
    fn eyes(self) -> Option<privacy::Onlooker> {
        let kind = Self::KINDS.iter().find(|(kind, _)| *kind == self);
        kind.map(|(_, eyes)| *eyes)
    }
}

/// The viewer, as somebody else would be given them. It is made of the viewer's own settings and of what the
/// viewer knows anyway: whether the other has blocked the viewer, or can sign in at all, makes no difference.
#[derive(Clone, Debug)]
pub struct Reflection(Met);

#[Object]
impl Reflection {
    /// The handle.
    async fn handle(&self, ctx: &Context<'_>) -> Sight<String> {
        guard::handle(ctx, &self.0).await
    }

    /// The display name.
    async fn display_name(&self, ctx: &Context<'_>) -> Sight<String> {
        guard::display_name(ctx, &self.0).await
    }

    /// The governed fields. `access` of a list of penpals says whether the list is shown: who of them is
    /// depends on their own settings, too.
    async fn profile(&self) -> Profile {
        Profile::of(self.0.clone())
    }
}

impl Reflection {
    /// The viewer as the onlooker would be given them; nothing where the viewer would not exist for the
    /// onlooker, and where the viewer has no such penpal or list.
    ///
    /// # Errors
    ///
    /// [`Error::BadInput`] for an id that the onlooker does not go with, or for none where there must be one.
    pub async fn of(
        ctx: &Context<'_>,
        onlooker: Onlooker,
        id: Option<ID>,
    ) -> Result<Option<Self>, Error> {
        let onlooker = match (onlooker, id) {
            (Onlooker::Penpal, Some(id)) => match MemberId::from_global(&id) {
                Some(member) => guard::penpal(ctx, member).await?,
                None => None,
            },
            (Onlooker::OnList, Some(id)) => match ListId::from_global(&id) {
                Some(list) => guard::on_list(ctx, list).await?,
                None => None,
            },
            (Onlooker::OnList, None) => {
                return Err(Error::BadInput("ON_LIST needs the `id` of a list."));
            }
            (kind, None) => kind.eyes(),
            (Onlooker::Visitor | Onlooker::Adult | Onlooker::Teen, Some(_)) => {
                return Err(Error::BadInput("`id` goes with PENPAL and ON_LIST."));
            }
        };
        let Some(onlooker) = onlooker else {
            return Ok(None);
        };
        let foreseen = foresee(ctx, &[], None);
        let met = guard::reflection(ctx, onlooker, &foreseen).await?;
        Ok(met.map(Self))
    }
}
