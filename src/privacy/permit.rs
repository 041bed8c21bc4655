//! The permit: that a decision allowed, carried as a value to the read that it allows.

use std::marker::PhantomData;

use super::{Act, Case, Depth, Verdict, Versions, Wish, Wished, decide};
use crate::domain::{id::MemberId, profile::Field};
use crate::viewer::who::Viewer;

/// Leave to do what `W` says with one member, for one viewer, as the facts stood at [`Permit::versions`].
///
/// There is no other way to one than through a decision that allowed:
///
/// ```compile_fail,E0451
/// use letterlock::domain::{id::MemberId, profile::governed::City};
/// use letterlock::privacy::{Permit, Versions};
/// use letterlock::viewer::who::Viewer;
/// let forged: Permit<City> = Permit {
///     viewer: Viewer::Visitor,
///     subject: MemberId::from_key(1),
///     versions: Versions { owner: 1, viewer: 0 },
///     _of: std::marker::PhantomData,
/// };
/// ```
///
/// A permit for one field is none for another:
///
/// ```compile_fail,E0308
/// use letterlock::domain::profile::governed::{City, FullName};
/// use letterlock::privacy::Permit;
/// fn turn(city: Permit<City>) -> Permit<FullName> {
///     city
/// }
/// ```
///
/// It cannot be copied, so that one decision is one use:
///
/// ```compile_fail,E0599
/// use letterlock::domain::profile::governed::City;
/// use letterlock::privacy::Permit;
/// fn twice(city: Permit<City>) -> (Permit<City>, Permit<City>) {
///     (city.clone(), city)
/// }
/// ```
///
/// And the way that exists:
///
/// ```
/// use letterlock::domain::profile::governed::City;
/// use letterlock::privacy::{Case, Permit};
/// fn ask(case: &Case) -> Option<Permit<City>> {
///     Permit::<City>::ask(case).ok()
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Permit<W> {
    viewer: Viewer,
    subject: MemberId,
    versions: Versions,
    _of: PhantomData<fn() -> W>,
}

impl<W: Wished> Permit<W> {
    /// Asks for leave.
    ///
    /// # Errors
    ///
    /// The verdict, when it denies.
    pub fn ask(case: &Case) -> Result<Self, Verdict> {
        let verdict = match W::WISH {
            // An act that depends on what was asked must not be decided where nobody looked.
            Wish::Do(act) if act != Act::KeepOwn && case.depth < Depth::Acting => {
                Verdict::Deny("not all facts are known")
            }
            wish => decide(wish, &case.known),
        };
        if verdict.allows() {
            Ok(Self {
                viewer: case.viewer,
                subject: case.subject,
                versions: case.versions,
                _of: PhantomData,
            })
        } else {
            Err(verdict)
        }
    }
}

impl<W> Permit<W> {
    /// On whose behalf.
    pub const fn viewer(&self) -> Viewer {
        self.viewer
    }

    /// The member whom it is about.
    pub const fn subject(&self) -> MemberId {
        self.subject
    }

    /// The settings versions that the decision saw.
    pub const fn versions(&self) -> Versions {
        self.versions
    }
}

/// A permit for one governed field, with the field as a value: what the loaders of lists are keyed by.
///
/// ```compile_fail,E0451
/// use letterlock::domain::{id::MemberId, profile::Field};
/// use letterlock::privacy::{FieldPermit, Versions};
/// use letterlock::viewer::who::Viewer;
/// let forged = FieldPermit {
///     viewer: Viewer::Visitor,
///     subject: MemberId::from_key(1),
///     versions: Versions { owner: 1, viewer: 0 },
///     field: Field::Penpals,
/// };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldPermit {
    viewer: Viewer,
    subject: MemberId,
    versions: Versions,
    field: Field,
}

impl FieldPermit {
    /// Asks for leave.
    ///
    /// # Errors
    ///
    /// The verdict, when it denies.
    pub fn ask(case: &Case, field: Field) -> Result<Self, Verdict> {
        let verdict = decide(Wish::See(field), &case.known);
        if verdict.allows() {
            Ok(Self {
                viewer: case.viewer,
                subject: case.subject,
                versions: case.versions,
                field,
            })
        } else {
            Err(verdict)
        }
    }

    /// On whose behalf.
    pub const fn viewer(&self) -> Viewer {
        self.viewer
    }

    /// The member whom it is about.
    pub const fn subject(&self) -> MemberId {
        self.subject
    }

    /// The settings versions that the decision saw.
    pub const fn versions(&self) -> Versions {
        self.versions
    }

    /// The field.
    pub const fn field(&self) -> Field {
        self.field
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        age::AgeClass, audience::Audience, findable::Findable, profile::Audiences,
        standing::Standing,
    };
    use crate::privacy::{Known, OwnerFacts, PairFacts, ViewerFacts, wishes};

    fn case(depth: Depth) -> Case {
        let (age, standing) = (AgeClass::Adult, Standing::Active);
        Case::new(
            Viewer::Member(MemberId::from_key(1)),
            MemberId::from_key(2),
            Versions {
                owner: 1,
                viewer: 1,
            },
            depth,
            Known {
                viewer: ViewerFacts::Member { age, standing },
                owner: OwnerFacts {
                    age,
                    standing,
                    audiences: Audiences::defaults(age),
                    findable: Findable::all(Audience::Public),
                },
                pair: PairFacts {
                    asked: true,
                    asked_me: true,
                    ..PairFacts::default()
                },
            },
        )
    }

    #[test]
    fn an_act_wants_all_facts() {
        let (all, some) = (case(Depth::Acting), case(Depth::Seeing));
        assert!(Permit::<wishes::Accept>::ask(&all).is_ok());
        assert!(Permit::<wishes::Accept>::ask(&some).is_err());
        assert!(Permit::<wishes::Withdraw>::ask(&some).is_err());
        // Though these ask nothing of requests.
        assert!(Permit::<wishes::Block>::ask(&all).is_ok());
        assert!(Permit::<wishes::Block>::ask(&some).is_err());
        assert!(Permit::<wishes::Meet>::ask(&some).is_ok());
    }
}
