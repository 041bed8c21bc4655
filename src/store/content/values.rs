//! What was read, as values of the domain.

use super::Content;
use crate::domain::{
    age::{BirthDate, Birthday},
    clock::from_millis,
    interest::Interest,
    language::Language,
    place::Country,
    profile::{Gender, Governed, Relationship, governed},
    spoken::{Fluency, Spoken},
    web_handle::WebHandle,
};
use crate::store::Error;

/// A governed field that is read from a column.
pub trait Column: Governed {
    /// The value, where a permit was given and there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] where it is sealed and does not open.
    fn of(content: &Content) -> Result<Option<Self::Value>, Error>;
}

macro_rules! columns {
    ($($field:ident = |$content:ident| $value:expr;)*) => { $(
        impl Column for governed::$field {
            fn of($content: &Content) -> Result<Option<Self::Value>, Error> {
                Ok($value)
            }
        }
    )* };
}

macro_rules! sealed_columns {
    ($($field:ident = $member:ident;)*) => { $(
        impl Column for governed::$field {
            fn of(content: &Content) -> Result<Option<Self::Value>, Error> {
                content.$member.clone().transpose()
            }
        }
    )* };
}

sealed_columns! {
    Email = email;
    Phone = phone;
    PostalAddress = postal_address;
}

columns! {
    FullName = |content| content.full_name.clone();
    BirthDate = |content| content.birth_on.and_then(|key| BirthDate::from_key(key).ok());
    Age = |content| content.age.and_then(|age| u16::try_from(age).ok());
    Gender = |content| content.gender.and_then(Gender::from_code);
    Country = |content| content.country.as_deref().and_then(|code| Country::parse(code).ok());
    City = |content| content.city.clone();
    Languages = |content| content.languages.as_deref().map(languages);
    Occupation = |content| content.occupation.clone();
    Interests = |content| content.interests.as_deref().map(interests);
    AboutMe = |content| content.about_me.clone();
    LastSeen = |content| content.last_seen_at.map(from_millis);
    Birthday = |content| content.birthday.and_then(Birthday::from_key);
    Education = |content| content.education.clone();
    Relationship = |content| content.relationship.and_then(Relationship::from_code);
    LookingFor = |content| content.looking_for.clone();
    WebHandles = |content| content.web_handles.as_deref().map(web_handles);
    Joined = |content| content.joined_at.map(|at| from_millis(at).date_naive());
}

/// Reads `de:0,fr:3`; native languages first, then the best learned, then by code.
fn languages(text: &str) -> Vec<Spoken> {
    let mut spoken: Vec<Spoken> = text
        .split(',')
        .filter_map(|entry| {
            let (code, fluency) = entry.split_once(':')?;
            Some(Spoken {
                language: Language::parse(code).ok()?,
                fluency: Fluency::from_code(fluency.parse().ok()?)?,
            })
        })
        .collect();
    spoken.sort_by_key(|spoken| {
        let rank = match spoken.fluency {
            Fluency::Native => 0,
            learned => 7 - learned.code(),
        };
        (rank, spoken.language.code())
    });
    spoken
}

/// Reads `3,17`; in the order of the taxonomy.
fn interests(text: &str) -> Vec<Interest> {
    let mut keys: Vec<i16> = text.split(',').filter_map(|key| key.parse().ok()).collect();
    keys.sort_unstable();
    keys.into_iter().filter_map(Interest::by_key).collect()
}

/// Reads what stands between the separators of records and of units (ISO/IEC 6429), which no line has.
fn web_handles(text: &str) -> Vec<WebHandle> {
    text.split('\u{1e}')
        .filter_map(|entry| entry.split_once('\u{1f}'))
        .map(|(service, address)| WebHandle::stored(service, address))
        .collect()
}
