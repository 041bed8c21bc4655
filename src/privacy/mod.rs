//! Who may see or do what: the one decision, and the only maker of permits.
//!
//! # The rules in prose
//!
//! 1. An account that is frozen, a child's, or of unknown age is served nothing (clauses C28, C29).
//! 2. Members see all of themselves (clause C82).
//! 3. A member who is frozen, in doubt, a child or of unknown age does not exist for anybody else (C28),
//!    and nobody else exists for one who is in doubt: an adult who has said to be a teen.
//! 4. Where either has blocked the other, neither exists for the other.
//! 5. Adults and teens who are not penpals do not exist for each other. A bond that stood when one of
//!    them turned eighteen stays; a new one cannot be made.
//! 6. For a visitor, a member exists who is an adult and shows something, anything, to the public.
//! 7. Where a member exists, the id, handle and display name are seen (C45).
//! 8. A governed field is seen by those whom its audience names (C46), but by nobody who stands on a list
//!    that its owner has excepted. A list names those on it who are penpals now. An audience that is
//!    wider than the owner's age allows counts as the widest that it allows.
//! 9. By search, by handle and by e-mail address a member is found by those alone, of those for whom the
//!    member exists, whom the member lets find them in that way (C44).
//! 10. A photo, or an album, is seen by those whom its own audience names, where its owner exists for them; a teen's by
//!     penpals at most (C43).
//! 11. Everything else is refused (C30).
//!
//! Acts obey the same first five rules, and each its own condition besides: one asks somebody who is not
//! yet a penpal, accepts or declines what was asked, withdraws what one asked, ends what stands, and puts
//! penpals on lists. Messages are written to whoever exists; whether one is wanted, the one it is for has said in rules of
//! their own ([`contact`]), and its sender does not learn it. What stands on a wall has rules of its own, too ([`posts`]);
//! penpals of the wall's owner write there.
//!
//! Whoever may see the birth date sees the age to the day; anybody else sees it step on the first of the
//! month after the birthday, as the step from teen to adult does for everybody.
//!
//! [`decide`] is a pure function of a [`Wish`] and the [`Known`] facts. A [`Permit`] comes only from a
//! decision that allowed; `store` reads the subject out of the permit and nothing else.

pub mod contact;
pub mod facts;
mod gallery;
mod grants;
mod permit;
mod policy;
pub mod posts;
mod reasons;
mod reflection;
mod rules;
mod verdict;
mod wish;

pub use facts::{Case, Depth, Known, OwnerFacts, PairFacts, Versions, ViewerFacts};
pub use gallery::Gallery;
pub use grants::Grants;
pub use permit::{FieldPermit, Permit};
pub use policy::decide;
#[cfg(feature = "proof")]
pub use policy::proof;
pub use reasons::Fact;
pub use reflection::Onlooker;
pub use verdict::Verdict;
pub use wish::{Act, Wanted, Wish, Wished, wishes};

#[cfg(test)]
mod tests;
