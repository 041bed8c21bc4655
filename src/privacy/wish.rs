//! What somebody may wish for, as values and as types.

use crate::domain::{
    audience::Audience,
    findable::Way,
    profile::{Field, FieldSet, Governed},
};

/// What is wished of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wish {
    /// To know that the member exists, by id, handle and display name.
    Meet,
    /// To find the member by something else than the id.
    Find(Way),
    /// To see a governed field.
    See(Field),
    /// To look at a photo, or an album, that its owner has given this audience.
    Look(Audience),
    /// To do something.
    Do(Act),
}

/// The reads that are wished of a member, all at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    identity: bool,
    fields: FieldSet,
}

impl Wanted {
    /// Nothing.
    pub const NOTHING: Self = Self {
        identity: false,
        fields: FieldSet::NONE,
    };

    /// With `wish`, where it is one to read.
    #[must_use]
    pub const fn with(mut self, wish: Wish) -> Self {
        match wish {
            Wish::Meet => self.identity = true,
            Wish::See(field) => self.fields = self.fields.with(field),
            Wish::Find(_) | Wish::Look(_) | Wish::Do(_) => {}
        }
        self
    }

    /// Whether `wish` is among them.
    pub const fn contains(self, wish: Wish) -> bool {
        match wish {
            Wish::Meet => self.identity,
            Wish::See(field) => self.fields.contains(field),
            Wish::Find(_) | Wish::Look(_) | Wish::Do(_) => false,
        }
    }

    /// Whether handle and display name are wanted.
    pub const fn identity(self) -> bool {
        self.identity
    }

    /// The governed fields that are wanted.
    pub const fn fields(self) -> FieldSet {
        self.fields
    }
}

/// What one member may do about another, or about themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Read and change one's own account, settings, sessions and lists.
    KeepOwn,
    /// Ask to become penpals.
    Ask,
    /// Accept what was asked.
    Accept,
    /// Decline what was asked.
    Decline,
    /// Withdraw what one asked.
    Withdraw,
    /// End a bond.
    End,
    /// Block.
    Block,
    /// Put on one of one's own lists.
    Enlist,
    /// Write a message.
    Write,
    /// Report to moderation.
    Report,
    /// Write a post on the wall of another.
    Post,
    /// Write a comment on a post on the wall of another.
    Comment,
}

impl Act {
    /// Every act.
    pub const ALL: [Act; 12] = [
        Act::KeepOwn,
        Act::Ask,
        Act::Accept,
        Act::Decline,
        Act::Withdraw,
        Act::End,
        Act::Block,
        Act::Enlist,
        Act::Write,
        Act::Report,
        Act::Post,
        Act::Comment,
    ];
}

/// A wish as a type: what a permit is for.
pub trait Wished: Send + Sync + 'static {
    /// The wish.
    const WISH: Wish;
}

impl<F: Governed> Wished for F {
    const WISH: Wish = Wish::See(F::FIELD);
}

/// The wishes that are not for a governed field, one type each.
pub mod wishes {
    use super::{Act, Way, Wish, Wished};

    macro_rules! wished {
        ($($(#[$doc:meta])* $name:ident => $wish:expr),* $(,)?) => { $(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $name {}
            impl Wished for $name {
                const WISH: Wish = $wish;
            }
        )* };
    }

    wished! {
        /// [`Wish::Meet`]
        Meet => Wish::Meet,
        /// [`Way::Search`]
        FindBySearch => Wish::Find(Way::Search),
        /// [`Way::Handle`]
        FindByHandle => Wish::Find(Way::Handle),
        /// [`Way::Email`]
        FindByEmail => Wish::Find(Way::Email),
        /// [`Act::KeepOwn`]
        KeepOwn => Wish::Do(Act::KeepOwn),
        /// [`Act::Ask`]
        Ask => Wish::Do(Act::Ask),
        /// [`Act::Accept`]
        Accept => Wish::Do(Act::Accept),
        /// [`Act::Decline`]
        Decline => Wish::Do(Act::Decline),
        /// [`Act::Withdraw`]
        Withdraw => Wish::Do(Act::Withdraw),
        /// [`Act::End`]
        End => Wish::Do(Act::End),
        /// [`Act::Block`]
        Block => Wish::Do(Act::Block),
        /// [`Act::Enlist`]
        Enlist => Wish::Do(Act::Enlist),
        /// [`Act::Write`]
        Write => Wish::Do(Act::Write),
        /// [`Act::Report`]
        Report => Wish::Do(Act::Report),
        /// [`Act::Post`]
        Post => Wish::Do(Act::Post),
        /// [`Act::Comment`]
        Comment => Wish::Do(Act::Comment),
    }
}
