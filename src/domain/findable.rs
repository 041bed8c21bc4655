//! Being found: another thing than being seen. A member decides for each way of looking who can find them.

use super::age::AgeClass;
use super::audience::Audience;

/// A way to look for a member whom one does not have the id of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// By search, and in the list of all members.
    Search,
    /// By handle.
    Handle,
    /// By e-mail address, for who knows it.
    Email,
}

/// How many ways there are.
pub const WAYS: usize = 3;

impl Way {
    /// Every way, in the order in which the database keeps them.
    pub const ALL: [Way; WAYS] = [Way::Search, Way::Handle, Way::Email];

    /// Its place in the list, from 0.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Who can find somebody of this age who has chosen nothing.
    pub const fn default_for(self, age: AgeClass) -> Audience {
        match self {
            Way::Email => Audience::OnlyMe,
            Way::Search | Way::Handle => self.widest_for(age),
        }
    }

    /// The widest that somebody of this age can choose. A visitor finds nobody by e-mail address.
    pub const fn widest_for(self, age: AgeClass) -> Audience {
        match (self, age) {
            (Way::Search | Way::Handle, AgeClass::Adult) => Audience::Public,
            _ => Audience::Members,
        }
    }
}

/// Who can find a member, by each way.
///
/// Lists are not among the choices: who stands on one is a penpal, and has been found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Findable([Audience; WAYS]);

impl Findable {
    /// What someone of this age begins with.
    pub fn defaults(age: AgeClass) -> Self {
        Self(Way::ALL.map(|way| way.default_for(age)))
    }

    /// The same for every way.
    pub const fn all(audience: Audience) -> Self {
        Self([audience; WAYS])
    }

    /// As chosen for `way`.
    pub const fn chosen(&self, way: Way) -> Audience {
        self.0[way.index()]
    }

    /// As in force for `way`: never wider than an owner of this age can choose.
    pub fn in_force(&self, way: Way, age: AgeClass) -> Audience {
        self.chosen(way).min(way.widest_for(age))
    }

    /// With `way` set to `audience`.
    #[must_use]
    pub const fn with(mut self, way: Way, audience: Audience) -> Self {
        self.0[way.index()] = audience;
        self
    }

    /// With every way drawn in to what someone of this age can choose.
    #[must_use]
    pub fn drawn_in(mut self, age: AgeClass) -> Self {
        for way in Way::ALL {
            self.0[way.index()] = self.in_force(way, age);
        }
        self
    }

    /// As the database keeps it: a digit a way.
    pub fn digits(&self) -> String {
        self.0.iter().map(|audience| audience.digit()).collect()
    }

    /// From what the database keeps. What is missing or unreadable is the narrowest.
    pub fn from_digits(digits: &str) -> Self {
        let mut findable = [Audience::OnlyMe; WAYS];
        for (audience, digit) in findable.iter_mut().zip(digits.bytes()) {
            *audience = Audience::from_digit(digit);
        }
        Self(findable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_go_there_and_back() {
        for age in AgeClass::ALL {
            let findable = Findable::defaults(age);
            assert_eq!(Findable::from_digits(&findable.digits()), findable);
            for way in Way::ALL {
                assert!(findable.chosen(way) <= way.widest_for(age));
            }
        }
        assert_eq!(Findable::from_digits("x"), Findable::all(Audience::OnlyMe));
    }

    #[test]
    fn nobody_is_found_by_email_who_has_not_chosen_it_and_no_teen_by_visitors() {
        for age in AgeClass::ALL {
            let findable = Findable::defaults(age);
            assert_eq!(findable.chosen(Way::Email), Audience::OnlyMe);
        }
        for way in Way::ALL {
            assert!(way.widest_for(AgeClass::Teen) < Audience::Public);
        }
        assert!(Way::Email.widest_for(AgeClass::Adult) < Audience::Public);
    }
}
