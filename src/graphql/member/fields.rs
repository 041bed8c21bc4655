//! Inputs, read: each check once, each problem as a [`UserError`] with its path.

use std::collections::HashSet;

use async_graphql::{ID, MaybeUndefined};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::payload::{UserError, UserErrorCode as Code};
use crate::domain::{
    email::{Email, EmailProblem},
    id::MemberId,
    interest::Interest,
    language::Language,
    phone::Phone,
    place::Country,
    spoken::{Fluency, Spoken},
    text::{Line, Problem, Prose},
    web_handle::{self, WebHandle},
};
use crate::viewer::passwords::{MAX_CHARACTERS, MIN_CHARACTERS, Weakness};

/// Display name: 2 to 50 characters.
pub type DisplayName = Line<50, 2>;
/// Full name, city, occupation: 1 to 100 characters.
pub type ShortText = Line<100>;
/// About me: 1 to 4,000 characters, line breaks kept.
pub type LongText = Prose<4_000>;

/// What one looks for: 1 to 2,000 characters, line breaks kept.
pub type MiddleText = Prose<2_000>;
/// Postal address: 1 to 500 characters, line breaks kept.
pub type AddressText = Prose<500>;
/// What is said of a photo: 1 to 500 characters, line breaks kept.
pub type Caption = Prose<500>;
/// An album's title: 1 to 100 characters.
pub type AlbumTitle = Line<100>;
/// A list's name: 1 to 50 characters.
pub type ListName = Line<50>;

/// The most names and addresses elsewhere on the web of one member.
pub const MOST_WEB_HANDLES: usize = 10;
/// The most languages of one member.
pub const MOST_LANGUAGES: usize = 20;
/// The most interests of one member.
pub const MOST_INTERESTS: usize = 30;

/// Gathers what is wrong with an input.
#[derive(Debug, Default)]
pub struct Findings(Vec<UserError>);

impl Findings {
    /// Adds a problem.
    pub fn add(&mut self, path: &[&str], code: Code, message: impl Into<String>) {
        self.0.push(UserError::at(path, code, message));
    }

    /// Whether nothing is wrong.
    pub fn none(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong.
    pub fn into_errors(self) -> Vec<UserError> {
        self.0
    }

    /// The value, or the problem noted.
    pub fn text<T>(&mut self, path: &[&str], parsed: Result<T, Problem>) -> Option<T> {
        parsed
            .map_err(|problem| {
                let (code, message) = describe(problem);
                self.add(path, code, message);
            })
            .ok()
    }

    /// An optional text: absent stays absent, null and blank empty it.
    pub fn clearable<T>(
        &mut self,
        path: &[&str],
        given: &MaybeUndefined<String>,
        parse: impl Fn(&str) -> Result<T, Problem>,
    ) -> Option<Option<T>> {
        match given {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(text) => match parse(text) {
                Err(Problem::Blank) => Some(None),
                parsed => self.text(path, parsed).map(Some),
            },
        }
    }

    /// A display name: something to see, and not only signs that combine with others.
    pub fn display_name(&mut self, path: &[&str], text: &str) -> Option<DisplayName> {
        let name = self.text(path, DisplayName::parse(text))?;
        let seen = |character: char| {
            matches!(
                character.general_category_group(),
                GeneralCategoryGroup::Letter
                    | GeneralCategoryGroup::Number
                    | GeneralCategoryGroup::Symbol
            )
        };
        if !name.as_str().chars().any(seen) {
            self.add(
                path,
                Code::Malformed,
                "Give at least one letter, digit or symbol.",
            );
            return None;
        }
        Some(name)
    }

    /// An e-mail address.
    pub fn email(&mut self, path: &[&str], text: &str) -> Option<Email> {
        Email::parse(text)
            .map_err(|problem| {
                let (code, message) = match problem {
                    EmailProblem::Blank => (Code::Blank, "Give an e-mail address."),
                    EmailProblem::TooLong => {
                        (Code::TooLong, "An e-mail address has at most 254 bytes.")
                    }
                    EmailProblem::Malformed => (
                        Code::Malformed,
                        "That is not an e-mail address like name@example.org.",
                    ),
                };
                self.add(path, code, message);
            })
            .ok()
    }

    /// A telephone number.
    pub fn phone(&mut self, path: &[&str], text: &str) -> Option<Phone> {
        Phone::parse(text)
            .map_err(|_| {
                self.add(
                    path,
                    Code::Malformed,
                    "Give the number with its country code, such as +351 21 123 4567.",
                );
            })
            .ok()
    }

    /// Names and addresses elsewhere on the web.
    pub fn web_handles(&mut self, path: &[&str], given: &[(String, String)]) -> Vec<WebHandle> {
        if given.len() > MOST_WEB_HANDLES {
            self.add(
                path,
                Code::TooMany,
                format!("Give at most {MOST_WEB_HANDLES}."),
            );
            return Vec::new();
        }
        let mut handles = Vec::new();
        for (at, (service, address)) in given.iter().enumerate() {
            let at = at.to_string();
            let mut of = path.to_vec();
            of.extend([at.as_str(), "service"]);
            let service = self.text(&of, web_handle::Service::parse(service));
            of.pop();
            of.push("address");
            let address = self.text(&of, web_handle::Address::parse(address));
            if let (Some(service), Some(address)) = (service, address) {
                match WebHandle::new(service, address) {
                    Ok(handle) => handles.push(handle),
                    Err(web_handle::NotOfTheWeb) => self.add(
                        &of,
                        Code::Malformed,
                        "Give a name, or an address that begins with http:// or https://.",
                    ),
                }
            }
        }
        handles
    }

    /// A country, by its ISO 3166-1 alpha-2 code.
    pub fn country(&mut self, path: &[&str], code: &str) -> Option<Country> {
        Country::parse(code)
            .map_err(|_| {
                self.add(
                    path,
                    Code::Unknown,
                    "That is not a country's two-letter code of ISO 3166-1, such as PT.",
                );
            })
            .ok()
    }

    /// Languages, by their ISO 639-1 codes, each once.
    pub fn languages(&mut self, path: &[&str], given: &[(String, Fluency)]) -> Vec<Spoken> {
        if given.len() > MOST_LANGUAGES {
            self.add(
                path,
                Code::TooMany,
                format!("Give at most {MOST_LANGUAGES} languages."),
            );
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let mut spoken = Vec::new();
        for (code, fluency) in given {
            match Language::parse(code) {
                Err(_) => self.add(
                    path,
                    Code::Unknown,
                    "That is not a language's two-letter code of ISO 639-1, such as pt.",
                ),
                Ok(language) if !seen.insert(language.code()) => {
                    self.add(path, Code::Repeated, "Give each language once.");
                }
                Ok(language) => spoken.push(Spoken {
                    language,
                    fluency: *fluency,
                }),
            }
        }
        spoken
    }

    /// Interests, by the taxonomy's names for programs, each once.
    pub fn interests(&mut self, path: &[&str], given: &[String]) -> Vec<Interest> {
        if given.len() > MOST_INTERESTS {
            self.add(
                path,
                Code::TooMany,
                format!("Give at most {MOST_INTERESTS} interests."),
            );
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let mut interests = Vec::new();
        for slug in given {
            match Interest::by_slug(slug) {
                None => self.add(
                    path,
                    Code::Unknown,
                    "That is not an interest of the list; `interests` has them all.",
                ),
                Some(interest) if !seen.insert(interest.key()) => {
                    self.add(path, Code::Repeated, "Give each interest once.");
                }
                Some(interest) => interests.push(interest),
            }
        }
        interests
    }

    /// A password that will not do.
    pub fn weak(&mut self, path: &[&str], weakness: Weakness) {
        let (code, message) = match weakness {
            Weakness::TooShort => (
                Code::TooShort,
                format!("A password has at least {MIN_CHARACTERS} characters."),
            ),
            Weakness::TooLong => (
                Code::TooLong,
                format!("A password has at most {MAX_CHARACTERS} characters."),
            ),
            Weakness::ControlCharacters => (
                Code::ControlCharacters,
                "A password has no control characters.".to_owned(),
            ),
            Weakness::Guessable => (
                Code::WeakPassword,
                "That password is easy to guess. Three or four unrelated words make a good one."
                    .to_owned(),
            ),
        };
        self.add(path, code, message);
    }

    /// A display name that is no copy of the e-mail address (policy clause C45).
    pub fn unlike_email(&mut self, path: &[&str], name: &DisplayName, email: &Email) {
        if email.stands_in(name.as_str()) {
            self.add(
                path,
                Code::EchoesEmail,
                "The display name is shown to others and must not be the e-mail address.",
            );
        }
    }
}

fn describe(problem: Problem) -> (Code, String) {
    match problem {
        Problem::Blank => (Code::Blank, "This cannot be blank.".to_owned()),
        Problem::TooShort { min } => (Code::TooShort, format!("Give at least {min} characters.")),
        Problem::TooLong { max } => (Code::TooLong, format!("Give at most {max} characters.")),
        Problem::ControlCharacters => (
            Code::ControlCharacters,
            "Control characters and invisible ones cannot be used.".to_owned(),
        ),
    }
}

/// The member of a global id; nothing for any other text, which is as good as an id that never was.
pub fn member_id(id: &ID) -> Option<MemberId> {
    MemberId::from_global(id)
}
