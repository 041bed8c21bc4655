//! THE closed list of governed fields.
//!
//! A field that is not in [`Field`] has no column that anybody can read: the content read of `store` is
//! built from this list, the guard of `graphql` is typed by it, and the tables of the documentation and
//! the golden files are printed from it (policy clauses C30, C43, C46).

use chrono::{DateTime, Utc};

use super::age::{AgeClass, BirthDate};
use super::audience::Audience;
use super::interest::Interest;
use super::place::Country;
use super::spoken::Spoken;

/// A governed field of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Field {
    /// Full name.
    FullName,
    /// E-mail address.
    Email,
    /// Date of birth.
    BirthDate,
    /// Age in years.
    Age,
    /// Gender.
    Gender,
    /// Country.
    Country,
    /// City.
    City,
    /// Languages, native and learned.
    Languages,
    /// Occupation.
    Occupation,
    /// Interests.
    Interests,
    /// About me.
    AboutMe,
    /// When last seen.
    LastSeen,
    /// The list of penpals, governed as a connection.
    Penpals,
}

/// How many governed fields there are.
pub const FIELDS: usize = 13;

/// What a governed field is kept for: of the seven purposes of policy clause C9, those that apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Providing the service.
    Provision,
    /// Identification and authentication.
    Identification,
    /// Contact.
    Contact,
}

/// What holds for one governed field.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The field.
    pub field: Field,
    /// As GraphQL's enum names it.
    pub name: &'static str,
    /// As the column of its audience is named, less `_audience`.
    pub column: &'static str,
    /// Its type and bounds, in words.
    pub bounds: &'static str,
    /// The audience that an adult's field begins with.
    pub adult_default: Audience,
    /// The audience that a teen's field begins with.
    pub teen_default: Audience,
    /// The widest audience that an adult can give it.
    pub adult_widest: Audience,
    /// The widest audience that a teen can give it.
    pub teen_widest: Audience,
    /// The clause of the source policy that it answers to.
    pub clause: &'static str,
    /// What it is kept for.
    pub purpose: Purpose,
    /// Whether aggregated statistics may ever count it.
    pub statistics: bool,
}

use Audience::{Members, OnlyMe, Penpals, Public};

macro_rules! spec {
    ($field:ident, $name:literal, $column:literal, $bounds:literal, $adult:ident, $teen:ident, $widest:ident / $teen_widest:ident, $clause:literal, $purpose:ident, $statistics:literal) => {
        Spec {
            field: Field::$field,
            name: $name,
            column: $column,
            bounds: $bounds,
            adult_default: $adult,
            teen_default: $teen,
            adult_widest: $widest,
            teen_widest: $teen_widest,
            clause: $clause,
            purpose: Purpose::$purpose,
            statistics: $statistics,
        }
    };
}

/// The list. A teen's default is never wider than an adult's.
#[rustfmt::skip]
pub const SPECS: [Spec; FIELDS] = [
    spec!(FullName, "FULL_NAME", "full_name", "text of 1 to 100 characters", OnlyMe, OnlyMe, Public / Members, "C42", Identification, false),
    spec!(Email, "EMAIL", "email", "e-mail address of at most 254 bytes", OnlyMe, OnlyMe, Penpals / Penpals, "C42", Contact, false),
    spec!(BirthDate, "BIRTH_DATE", "birth_date", "date from 1900 on", OnlyMe, OnlyMe, Public / Members, "C42", Identification, false),
    spec!(Age, "AGE", "age", "whole years", Members, Penpals, Public / Members, "C42", Provision, true),
    spec!(Gender, "GENDER", "gender", "one of four", Penpals, Penpals, Public / Members, "C43", Provision, true),
    spec!(Country, "COUNTRY", "country", "ISO 3166-1 country", Members, Members, Public / Members, "C43", Provision, true),
    spec!(City, "CITY", "city", "text of 1 to 100 characters", Penpals, Penpals, Public / Members, "C43", Provision, false),
    spec!(Languages, "LANGUAGES", "languages", "at most 20 ISO 639-1 languages, native or with a CEFR level", Members, Penpals, Public / Members, "C43", Provision, true),
    spec!(Occupation, "OCCUPATION", "occupation", "text of 1 to 100 characters", Members, Penpals, Public / Members, "C43", Provision, true),
    spec!(Interests, "INTERESTS", "interests", "at most 30 of the taxonomy", Members, Penpals, Public / Members, "C43", Provision, true),
    spec!(AboutMe, "ABOUT_ME", "about_me", "text of 1 to 4,000 characters, line breaks kept", Members, Penpals, Public / Members, "C43", Provision, false),
    spec!(LastSeen, "LAST_SEEN", "last_seen", "time, to the minute", Penpals, Penpals, Public / Members, "C46", Provision, false),
    spec!(Penpals, "PENPALS", "penpals", "connection of members", Penpals, Penpals, Public / Members, "C46", Provision, false),
];

impl Field {
    /// Every field, in the order of the list.
    pub const ALL: [Field; FIELDS] = [
        Field::FullName,
        Field::Email,
        Field::BirthDate,
        Field::Age,
        Field::Gender,
        Field::Country,
        Field::City,
        Field::Languages,
        Field::Occupation,
        Field::Interests,
        Field::AboutMe,
        Field::LastSeen,
        Field::Penpals,
    ];

    /// What holds for it.
    pub const fn spec(self) -> &'static Spec {
        &SPECS[self as usize]
    }

    /// Its place in the list, from 0.
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl Spec {
    /// The audience that the field of someone of this age begins with.
    pub const fn default_for(&self, age: AgeClass) -> Audience {
        match age {
            AgeClass::Adult => self.adult_default,
            _ => self.teen_default,
        }
    }

    /// The widest audience that someone of this age can give the field.
    pub const fn widest_for(&self, age: AgeClass) -> Audience {
        match age {
            AgeClass::Adult => self.adult_widest,
            _ => self.teen_widest,
        }
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

    /// With every field drawn in to what someone of this age can choose.
    #[must_use]
    pub fn drawn_in(mut self, age: AgeClass) -> Self {
        for field in Field::ALL {
            self.0[field.index()] = self.in_force(field, age);
        }
        self
    }
}

/// Gender, as a member states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Gender {
    /// A woman.
    Woman = 1,
    /// A man.
    Man = 2,
    /// Non-binary.
    NonBinary = 3,
    /// Another.
    Other = 4,
}

impl Gender {
    /// Every gender.
    pub const ALL: [Gender; 4] = [Gender::Woman, Gender::Man, Gender::NonBinary, Gender::Other];

    /// As the database knows it.
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// From what the database holds.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|gender| gender.code() == code)
    }
}

/// A governed field as a type: what a permit is for, and what its content is.
pub trait Governed: Send + Sync + 'static {
    /// The field.
    const FIELD: Field;
    /// What the field holds.
    type Value: Send;
}

macro_rules! governed {
    ($($field:ident => $value:ty),* $(,)?) => {
        /// One type a governed field, so that a permit for one is no permit for another.
        pub mod governed {
            use super::*;
            $(
                #[doc = concat!("[`Field::", stringify!($field), "`]")]
                #[derive(Debug)]
                pub enum $field {}
                impl Governed for $field {
                    const FIELD: Field = Field::$field;
                    type Value = $value;
                }
            )*
        }
    };
}

governed! {
    FullName => String,
    Email => String,
    BirthDate => super::BirthDate,
    Age => u16,
    Gender => super::Gender,
    Country => super::Country,
    City => String,
    Languages => Vec<Spoken>,
    Occupation => String,
    Interests => Vec<Interest>,
    AboutMe => String,
    LastSeen => DateTime<Utc>,
    Penpals => (),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_complete() {
        for (index, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field.index(), index);
            assert_eq!(field.spec().field, field);
        }
    }

    /// The lists' SQL looks at audiences as chosen, where the decision looks at them as in force. The two
    /// are the same as long as an adult's field can be public, or the table refuses what is too wide.
    #[test]
    fn an_adults_choice_is_in_force_as_it_is() {
        for spec in SPECS {
            let refused_by_the_table = spec.field == Field::Email;
            assert!(
                spec.adult_widest == Audience::Public || refused_by_the_table,
                "{}",
                spec.name
            );
        }
    }

    #[test]
    fn defaults_are_within_the_widest_and_teens_within_adults() {
        for spec in SPECS {
            assert!(spec.adult_default <= spec.adult_widest, "{}", spec.name);
            assert!(spec.teen_default <= spec.teen_widest, "{}", spec.name);
            assert!(spec.teen_default <= spec.adult_default, "{}", spec.name);
            assert!(spec.teen_widest <= spec.adult_widest, "{}", spec.name);
            assert!(spec.teen_widest < Audience::Public, "{}", spec.name);
        }
    }
}
