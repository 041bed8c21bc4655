//! THE closed list of governed fields.
//!
//! A field that is not in [`Field`] has no column that anybody can read: the content read of `store` is
//! built from this list, the guard of `graphql` is typed by it, and the tables of the documentation and
//! the golden files are printed from it (policy clauses C30, C43, C46).

use chrono::{DateTime, NaiveDate, Utc};

use super::age::AgeClass;
use super::audience::Audience;
pub use super::audiences::{Audiences, FieldSet, Preset};
use super::interest::Interest;
use super::place::Country;
use super::spoken::Spoken;
use super::web_handle::WebHandle;

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
    /// Telephone number.
    Phone,
    /// Postal address.
    PostalAddress,
    /// Day and month of birth, without the year.
    Birthday,
    /// Education.
    Education,
    /// Relationship.
    Relationship,
    /// What one looks for in a penpal.
    LookingFor,
    /// Names and addresses elsewhere on the web.
    WebHandles,
    /// The day on which one joined.
    Joined,
    /// The list of penpals, governed as a connection.
    Penpals,
    /// The penpals that one has in common with the viewer, governed as a connection.
    MutualPenpals,
}

/// How many governed fields there are.
pub const FIELDS: usize = 22;

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
    /// As the documentation of the database names it.
    pub column: &'static str,
    /// Its type and bounds, in words.
    pub bounds: &'static str,
    /// The audience that an adult's field begins with.
    pub adult_default: Audience,
    /// The audience that a teen's field begins with.
    pub teen_default: Audience,
    /// The audience that the careful preset gives it.
    pub careful: Audience,
    /// The audience that the open preset gives it.
    pub open: Audience,
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
    ($field:ident, $name:literal, $column:literal, $bounds:literal, $adult:ident, $teen:ident, $careful:ident .. $open:ident, $widest:ident / $teen_widest:ident, $clause:literal, $purpose:ident, $statistics:literal) => {
        Spec {
            field: Field::$field,
            name: $name,
            column: $column,
            bounds: $bounds,
            adult_default: $adult,
            teen_default: $teen,
            careful: $careful,
            open: $open,
            adult_widest: $widest,
            teen_widest: $teen_widest,
            clause: $clause,
            purpose: Purpose::$purpose,
            statistics: $statistics,
        }
    };
}

/// The list. A teen's default is never wider than an adult's, and a preset never wider than the widest.
///
/// A field's place is also its digit's place in the audiences that the database keeps: a new field goes to
/// the end, with a migration that appends its digit.
#[rustfmt::skip]
pub const SPECS: [Spec; FIELDS] = [
    spec!(FullName, "FULL_NAME", "full_name", "text of 1 to 100 characters", OnlyMe, OnlyMe, OnlyMe .. Members, Public / Members, "C42", Identification, false),
    spec!(Email, "EMAIL", "email", "e-mail address of at most 254 bytes", OnlyMe, OnlyMe, OnlyMe .. OnlyMe, Penpals / Penpals, "C42", Contact, false),
    spec!(BirthDate, "BIRTH_DATE", "birth_date", "date from 1900 on", OnlyMe, OnlyMe, OnlyMe .. Penpals, Public / Members, "C42", Identification, false),
    spec!(Age, "AGE", "age", "whole years", Members, Penpals, Penpals .. Public, Public / Members, "C42", Provision, true),
    spec!(Gender, "GENDER", "gender", "one of four", Penpals, Penpals, Penpals .. Public, Public / Members, "C43", Provision, true),
    spec!(Country, "COUNTRY", "country", "ISO 3166-1 country", Members, Members, Members .. Public, Public / Members, "C43", Provision, true),
    spec!(City, "CITY", "city", "text of 1 to 100 characters", Penpals, Penpals, OnlyMe .. Members, Public / Members, "C43", Provision, false),
    spec!(Languages, "LANGUAGES", "languages", "at most 20 ISO 639-1 languages, native or with a CEFR level", Members, Penpals, Members .. Public, Public / Members, "C43", Provision, true),
    spec!(Occupation, "OCCUPATION", "occupation", "text of 1 to 100 characters", Members, Penpals, Penpals .. Public, Public / Members, "C43", Provision, true),
    spec!(Interests, "INTERESTS", "interests", "at most 30 of the taxonomy", Members, Penpals, Members .. Public, Public / Members, "C43", Provision, true),
    spec!(AboutMe, "ABOUT_ME", "about_me", "text of 1 to 4,000 characters, line breaks kept", Members, Penpals, Penpals .. Public, Public / Members, "C43", Provision, false),
    spec!(LastSeen, "LAST_SEEN", "last_seen", "time, to the minute", Penpals, Penpals, OnlyMe .. Members, Public / Members, "C46", Provision, false),
    spec!(Phone, "PHONE", "phone", "telephone number of ITU-T E.164", OnlyMe, OnlyMe, OnlyMe .. OnlyMe, Penpals / Penpals, "C43", Contact, false),
    spec!(PostalAddress, "POSTAL_ADDRESS", "postal_address", "text of 1 to 500 characters, line breaks kept", OnlyMe, OnlyMe, OnlyMe .. Penpals, Penpals / Penpals, "C43", Contact, false),
    spec!(Birthday, "BIRTHDAY", "birthday", "day and month", OnlyMe, OnlyMe, OnlyMe .. Members, Public / Members, "C42", Provision, false),
    spec!(Education, "EDUCATION", "education", "text of 1 to 100 characters", Penpals, Penpals, Penpals .. Members, Public / Members, "C43", Provision, false),
    spec!(Relationship, "RELATIONSHIP", "relationship", "one of seven", Penpals, OnlyMe, OnlyMe .. Members, Public / Members, "C43", Provision, false),
    spec!(LookingFor, "LOOKING_FOR", "looking_for", "text of 1 to 2,000 characters, line breaks kept", Members, Penpals, Members .. Public, Public / Members, "C43", Provision, false),
    spec!(WebHandles, "WEB_HANDLES", "web_handles", "at most 10, each a service of 1 to 30 and a name or address of 1 to 200 characters", OnlyMe, OnlyMe, OnlyMe .. Penpals, Public / Penpals, "C43", Contact, false),
    spec!(Joined, "JOINED", "joined", "date", Members, Penpals, Penpals .. Public, Public / Members, "C46", Provision, false),
    spec!(Penpals, "PENPALS", "penpals", "connection of members", Penpals, Penpals, OnlyMe .. Members, Public / Members, "C46", Provision, false),
    spec!(MutualPenpals, "MUTUAL_PENPALS", "mutual_penpals", "connection of members", Penpals, Penpals, OnlyMe .. Members, Members / Members, "C46", Provision, false),
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
        Field::Phone,
        Field::PostalAddress,
        Field::Birthday,
        Field::Education,
        Field::Relationship,
        Field::LookingFor,
        Field::WebHandles,
        Field::Joined,
        Field::Penpals,
        Field::MutualPenpals,
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

/// How somebody lives with whom, as a member states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Relationship {
    /// Single.
    Single = 1,
    /// In a relationship.
    Partnered = 2,
    /// Married.
    Married = 3,
    /// Separated.
    Separated = 4,
    /// Divorced.
    Divorced = 5,
    /// Widowed.
    Widowed = 6,
    /// Another.
    Other = 7,
}

impl Relationship {
    /// Every one.
    pub const ALL: [Relationship; 7] = [
        Relationship::Single,
        Relationship::Partnered,
        Relationship::Married,
        Relationship::Separated,
        Relationship::Divorced,
        Relationship::Widowed,
        Relationship::Other,
    ];

    /// As the database knows it.
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// From what the database holds.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
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
    BirthDate => crate::domain::age::BirthDate,
    Age => u16,
    Gender => super::Gender,
    Country => super::Country,
    City => String,
    Languages => Vec<Spoken>,
    Occupation => String,
    Interests => Vec<Interest>,
    AboutMe => String,
    LastSeen => DateTime<Utc>,
    Phone => String,
    PostalAddress => String,
    Birthday => crate::domain::age::Birthday,
    Education => String,
    Relationship => super::Relationship,
    LookingFor => String,
    WebHandles => Vec<WebHandle>,
    Joined => NaiveDate,
    Penpals => (),
    MutualPenpals => (),
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
    /// are the same for an adult's public fields, because the table refuses a public contact detail.
    #[test]
    fn an_adults_choice_is_in_force_as_it_is() {
        for spec in SPECS {
            let refused_by_the_table = matches!(
                spec.field,
                Field::Email | Field::Phone | Field::PostalAddress | Field::MutualPenpals
            );
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
