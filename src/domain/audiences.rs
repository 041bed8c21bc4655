//! A member's audiences for all governed fields, as they are chosen, kept, and in force.

use super::age::AgeClass;
use super::audience::Audience;
use super::profile::{FIELDS, Field, SPECS, Spec};
use Audience::OnlyMe;

/// Audiences for all fields at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    /// Little, to few.
    Careful,
    /// Much, to many; contact details not.
    Open,
}

impl Spec {
    /// The audience that `preset` gives the field of someone of this age.
    ///
    /// A teen's is never wider than a teen's widest, and the careful one never wider than a teen begins with.
    pub fn preset_for(&self, preset: Preset, age: AgeClass) -> Audience {
        match preset {
            Preset::Careful => self.careful.min(self.default_for(age)),
            Preset::Open => self.open.min(self.widest_for(age)),
        }
    }
}

/// A set of governed fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldSet(u32);

impl FieldSet {
    /// None.
    pub const NONE: Self = Self(0);
    /// Every field.
    pub const ALL: Self = Self((1 << FIELDS) - 1);

    /// From a bit a field, by its place in the list; other bits are dropped.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// A bit a field, by its place in the list.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether no field is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The fields in it, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL
            .into_iter()
            .filter(move |field| self.contains(*field))
    }

    /// Whether `field` is in it.
    pub const fn contains(self, field: Field) -> bool {
        self.0 & (1 << field.index()) != 0
    }

    /// With `field`.
    #[must_use]
    pub const fn with(self, field: Field) -> Self {
        Self(self.0 | 1 << field.index())
    }
}

/// A member's audience for each governed field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Audiences([Audience; FIELDS]);

impl Audiences {
    /// What someone of this age begins with.
    pub fn defaults(age: AgeClass) -> Self {
        Self(SPECS.map(|spec| spec.default_for(age)))
    }

    /// The same audience for every field.
    pub const fn all(audience: Audience) -> Self {
        Self([audience; FIELDS])
    }

    /// In the order of [`Field::ALL`].
    pub const fn from_array(audiences: [Audience; FIELDS]) -> Self {
        Self(audiences)
    }

    /// As chosen for `field`.
    pub const fn chosen(&self, field: Field) -> Audience {
        self.0[field.index()]
    }

    /// As in force for `field`: as chosen, but never wider than an owner of this age can choose.
    pub fn in_force(&self, field: Field, age: AgeClass) -> Audience {
        self.chosen(field).min(field.spec().widest_for(age))
    }

    /// The widest audience in force over all fields.
    pub fn reach(&self, age: AgeClass) -> Audience {
        Field::ALL
            .into_iter()
            .map(|field| self.in_force(field, age))
            .max()
            .unwrap_or(OnlyMe)
    }

    /// With `field` set to `audience`.
    #[must_use]
    pub const fn with(mut self, field: Field, audience: Audience) -> Self {
        self.0[field.index()] = audience;
        self
    }

    /// As the database keeps them: a digit a field, in the order of the list.
    pub fn digits(&self) -> String {
        self.0.iter().map(|audience| audience.digit()).collect()
    }

    /// From what the database keeps. What is missing or unreadable is the narrowest audience.
    pub fn from_digits(digits: &str) -> Self {
        let mut audiences = [OnlyMe; FIELDS];
        for (audience, digit) in audiences.iter_mut().zip(digits.bytes()) {
            *audience = Audience::from_digit(digit);
        }
        Self(audiences)
    }

    /// What `preset` gives someone of this age.
    pub fn preset(preset: Preset, age: AgeClass) -> Self {
        Self(SPECS.map(|spec| spec.preset_for(preset, age)))
    }

    /// With every field drawn in to what someone of this age can choose.
    #[must_use]
    pub fn drawn_in(mut self, age: AgeClass) -> Self {
        for field in Field::ALL {
            self.0[field.index()] = self.in_force(field, age);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_go_there_and_back() {
        for age in AgeClass::ALL {
            let audiences = Audiences::defaults(age);
            assert_eq!(Audiences::from_digits(&audiences.digits()), audiences);
        }
        assert_eq!(Audiences::from_digits("9x"), Audiences::all(OnlyMe));
        assert_eq!(Audiences::from_digits(""), Audiences::all(OnlyMe));
    }

    #[test]
    fn presets_are_within_the_widest_and_careful_within_the_default() {
        for spec in SPECS {
            for age in [AgeClass::Teen, AgeClass::Adult] {
                let careful = spec.preset_for(Preset::Careful, age);
                let open = spec.preset_for(Preset::Open, age);
                assert!(careful <= spec.default_for(age), "{}", spec.name);
                assert!(careful <= open, "{}", spec.name);
                assert!(spec.default_for(age) <= open, "{}", spec.name);
                assert!(open <= spec.widest_for(age), "{}", spec.name);
            }
        }
    }
}
