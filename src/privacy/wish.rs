//! What somebody may wish for, as values and as types.

use crate::domain::profile::{Field, Governed};

/// What is wished of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wish {
    /// To know that the member exists, by id, handle and display name.
    Meet,
    /// To see a governed field.
    See(Field),
    /// To do something.
    Do(Act),
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
}

impl Act {
    /// Every act.
    pub const ALL: [Act; 8] = [
        Act::KeepOwn,
        Act::Ask,
        Act::Accept,
        Act::Decline,
        Act::Withdraw,
        Act::End,
        Act::Block,
        Act::Enlist,
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
    use super::{Act, Wish, Wished};

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
    }
}
