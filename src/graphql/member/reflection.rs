//! The viewer, seen with others' eyes.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::{foresight::foresee, members::Profile, query::holder};
use crate::domain::{
    age::AgeClass,
    id::{ListId, MemberId},
    profile::{Field, FieldSet},
};
use crate::graphql::{
    error::Error,
    guard::{self, Bounds, Eyes, Met, Sight},
};
use crate::privacy::{self, wishes};

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
    /// A penpal who stands on the list with the given id, and on no other.
    OnList,
    /// Another member, penpal or not: the one with the given id or handle.
    Member,
}

const fn stranger(age: AgeClass) -> privacy::Onlooker {
    privacy::Onlooker::Member {
        age,
        excepted: FieldSet::NONE,
    }
}

impl Onlooker {
    /// Those who need no id, and with whose eyes they look.
    pub(super) const KINDS: [(Self, privacy::Onlooker); 4] = [
        (Self::Visitor, privacy::Onlooker::Visitor),
        (Self::Adult, stranger(AgeClass::Adult)),
        (Self::Teen, stranger(AgeClass::Teen)),
        (
            Self::Penpal,
            privacy::Onlooker::Penpal {
                listed: FieldSet::NONE,
                excepted: FieldSet::NONE,
            },
        ),
    ];

    /// The eyes of one who needs no id.
    fn kind(self) -> Option<Eyes> {
        let kind = Self::KINDS.iter().find(|(kind, _)| *kind == self);
        kind.map(|(_, onlooker)| Eyes::from(*onlooker))
    }

    /// The eyes of the one who is meant; nothing where the viewer has no such penpal or list, and where there
    /// is no such member for the viewer.
    ///
    /// # Errors
    ///
    /// [`Error::BadInput`] for an id or handle with which the onlooker does not go, or for none where there
    /// must be one.
    pub(super) async fn eyes(
        self,
        ctx: &Context<'_>,
        id: Option<&ID>,
        handle: Option<&str>,
    ) -> Result<Option<Eyes>, Error> {
        Ok(match (self, id, handle) {
            (Self::Penpal, Some(id), None) => match MemberId::from_global(id) {
                Some(member) => guard::penpal(ctx, member).await?,
                None => None,
            },
            (Self::OnList, Some(id), None) => match ListId::from_global(id) {
                Some(list) => guard::on_list(ctx, list).await?,
                None => None,
            },
            (Self::OnList, None, None) => {
                return Err(Error::BadInput("ON_LIST needs the `id` of a list."));
            }
            (Self::Member, Some(id), None) => match MemberId::from_global(id) {
                Some(member) => guard::other::<wishes::Meet>(ctx, member).await?,
                None => None,
            },
            (Self::Member, None, Some(handle)) => match holder(ctx, handle).await? {
                Some(member) => guard::other::<wishes::FindByHandle>(ctx, member).await?,
                None => None,
            },
            (Self::Member, None, None) => {
                return Err(Error::BadInput("MEMBER needs an `id` or a `handle`."));
            }
            (kind, None, None) => kind.kind(),
            (_, _, Some(_)) => {
                return Err(Error::BadInput(
                    "`handle` goes with MEMBER, in the place of an `id`.",
                ));
            }
            (Self::Visitor | Self::Adult | Self::Teen, Some(_), None) => {
                return Err(Error::BadInput(
                    "`id` goes with PENPAL, ON_LIST and MEMBER.",
                ));
            }
        })
    }
}

/// The viewer, as somebody else would be given them. It is made of the viewer's own settings and of what the
/// viewer knows anyway: whether the other has blocked the viewer, or can sign in at all, makes no difference.
#[derive(Clone, Debug)]
pub struct Reflection(Met);

/// A list of the viewer's penpals, as somebody else would be given it. Who is on it depends on what each of them
/// shows to the other, which is theirs alone to know: what is told is whether the viewer shows the list, and within
/// which bounds its size is.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct ReflectedList {
    /// Whether the viewer shows it to them; a list that is not shown is an empty one.
    shown: bool,
    /// How many would be on it at least.
    at_least: i64,
    /// How many would be on it at most: no more than the penpals whom the viewer can see.
    at_most: i64,
}

impl From<Bounds> for ReflectedList {
    fn from(bounds: Bounds) -> Self {
        Self {
            shown: bounds.shown,
            at_least: bounds.at_least,
            at_most: bounds.at_most,
        }
    }
}

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

    /// What can be said of the viewer's list of penpals, as the onlooker would be given it.
    async fn penpals(&self, ctx: &Context<'_>) -> Sight<ReflectedList> {
        let list = guard::bounds(ctx, &self.0, Field::Penpals).await;
        Some(list.map(ReflectedList::from))
    }

    /// What can be said of the penpals whom the viewer has in common with the onlooker, as the onlooker would be
    /// given them.
    async fn mutual_penpals(&self, ctx: &Context<'_>) -> Sight<ReflectedList> {
        let list = guard::bounds(ctx, &self.0, Field::MutualPenpals).await;
        Some(list.map(ReflectedList::from))
    }

    /// The governed fields. `access` of a list of penpals says whether there could be something on it.
    async fn profile(&self) -> Profile {
        Profile::of(self.0.clone())
    }
}

impl Reflection {
    /// The viewer as the onlooker would be given them; nothing where the viewer would not exist for the
    /// onlooker, and where there is no such onlooker.
    pub async fn of(ctx: &Context<'_>, eyes: Option<Eyes>) -> Result<Option<Self>, Error> {
        let Some(eyes) = eyes else {
            return Ok(None);
        };
        let foreseen = foresee(ctx, &[], None);
        let met = guard::reflection(ctx, eyes.onlooker, &foreseen).await?;
        Ok(met.map(Self))
    }
}
