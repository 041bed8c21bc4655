//! One fictional member.

use chrono::{Datelike, Days, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use super::{
    draw::Draw,
    letters,
    reach::Audiences,
    tables::{Country, capitalised, tables},
    tastes,
};

pub use crate::domain::profile::Gender;
pub(super) use crate::domain::profile::Relationship;

/// A language that somebody speaks or learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpokenLanguage {
    /// ISO 639-1.
    pub code: &'static str,
    /// Whether they grew up with it.
    pub native: bool,
    /// From 1 (A1) to 6 (C2); none for a native language.
    pub level: Option<u8>,
}

/// A fictional member: everything that signing up and filling in the profile would have given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What everybody sees; 2 to 30 characters, never the e-mail address.
    pub display_name: String,
    /// The chosen part of the handle: 3 to 20 lower-case ASCII letters and digits, a letter first.
    pub handle_stem: String,
    /// Given and family name, as written at home.
    pub full_name: Option<String>,
    /// Unique within the world; always at `letterlock.example`.
    pub email: String,
    /// Aged 13 to 90 on the day of the world.
    pub birth: NaiveDate,
    /// Gender, where given.
    pub gender: Option<Gender>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<&'static str>,
    /// A city of the country; none where no country is given.
    pub city: Option<String>,
    /// Native languages first; no language twice.
    pub languages: Vec<SpokenLanguage>,
    /// A job, former job or course of study, in English.
    pub occupation: Option<String>,
    /// Slugs of the taxonomy of interests; none twice.
    pub interests: Vec<&'static str>,
    /// A few English sentences, at most 600 characters.
    pub about_me: Option<String>,
    /// A school or a subject, in English.
    pub education: Option<String>,
    /// How they live, where told; never of a teen.
    pub relationship: Option<Relationship>,
    /// What they look for in a penpal, a sentence in English.
    pub looking_for: Option<String>,
    /// Days before the day of the world; 1 or more, and not before the thirteenth birthday.
    pub joined_days_ago: u16,
    /// Minutes before the moment of filling the database; never before joining.
    pub last_seen_minutes_ago: u32,
    /// Who may see what.
    pub audiences: Audiences,
}

/// Where somebody comes from and lives; the same for most.
pub(super) struct Roots {
    pub(super) origin: &'static Country,
    pub(super) home: &'static Country,
}

impl Person {
    /// Draws a member of this age with as many interests as are wanted, or as chance has it; the address
    /// is made unique by `taken`.
    pub(super) fn draw(
        draw: &mut Draw,
        age: u32,
        today: NaiveDate,
        interests: Option<usize>,
        taken: impl FnMut(&str) -> bool,
    ) -> Option<Self> {
        let roots = Roots::draw(draw, age)?;
        let birth = birth(draw, age, today);
        let audiences = Audiences::draw(draw, age);
        let feminine = draw.chance(52);
        let given = given_name(draw, roots.origin, feminine, age)?;
        let family = family_name(draw, roots.origin, feminine)?;
        let (display_name, handle_stem) = public_names(draw, given, &family);
        let email = address(draw, given, &family, age, taken);
        let gender = match draw.below(100) {
            0..2 => Gender::NonBinary,
            2..3 => Gender::Other,
            _ if feminine => Gender::Woman,
            _ => Gender::Man,
        };
        let country = draw.chance(94).then_some(roots.home.code);
        let city = draw.pick(&roots.home.names.cities).copied();
        let (occupation, work) = tastes::work(draw, age);
        let joined_days_ago = joined(draw, birth, today);
        let mut person = Self {
            full_name: draw.chance(65).then(|| format!("{given} {family}")),
            gender: draw.chance(76).then_some(gender),
            city: country
                .and(city)
                .filter(|_| draw.chance(72))
                .map(str::to_owned),
            languages: tastes::languages(draw, &roots, age),
            occupation: occupation.filter(|_| draw.chance(80)),
            interests: tastes::interests(draw, age, interests),
            last_seen_minutes_ago: last_seen(draw, joined_days_ago),
            display_name,
            handle_stem,
            email,
            birth,
            country,
            about_me: None,
            education: tastes::education(draw, age),
            relationship: tastes::relationship(draw, age),
            looking_for: tastes::looking_for(draw),
            joined_days_ago,
            audiences,
        };
        if draw.chance(76) {
            tastes::add_english(draw, &mut person.languages);
            person.about_me = letters::about(draw, &person, &roots, &work, given, age);
        }
        if draw.chance(4) {
            person.languages.clear();
            person.about_me = None;
        }
        Some(person)
    }
}

impl Roots {
    fn draw(draw: &mut Draw, age: u32) -> Option<Self> {
        let countries = &tables().countries;
        let origin = draw.weighted(countries, |country| country.weight)?;
        let home = if age >= 20 && draw.chance(7) {
            draw.weighted(countries, |country| country.weight)?
        } else {
            origin
        };
        Some(Self { origin, home })
    }

    /// Whether the country of today is not the one of childhood.
    pub(super) fn moved(&self) -> bool {
        self.origin.code != self.home.code
    }
}

/// A birth date that makes somebody `age` years old on `today`, and for some days around it.
pub(super) fn birth(draw: &mut Draw, age: u32, today: NaiveDate) -> NaiveDate {
    let year = today.year() - i32::try_from(age).unwrap_or(0);
    let anniversary = today
        .with_year(year)
        .or_else(|| NaiveDate::from_ymd_opt(year, 2, 28))
        .unwrap_or(today);
    let date = anniversary
        .checked_sub_days(Days::new(u64::from(draw.between(2, 363))))
        .unwrap_or(anniversary);
    // When somebody born on a leap day comes of age is a matter for the service's own tests.
    let leap_day = date.month() == 2 && date.day() == 29;
    date.with_day(28).filter(|_| leap_day).unwrap_or(date)
}

/// A first name that was given when somebody of this age was born.
fn given_name(draw: &mut Draw, origin: &Country, feminine: bool, age: u32) -> Option<&'static str> {
    let names = if feminine {
        &origin.names.female
    } else {
        &origin.names.male
    };
    let last = names.len().checked_sub(1)?;
    // The lists run from the names of the oldest to those of the youngest.
    let centre = last * (90usize.saturating_sub(age as usize)) / 77;
    let at = (centre + draw.below(11)).saturating_sub(5);
    names.get(at.min(last)).copied()
}

fn family_name(draw: &mut Draw, origin: &Country, feminine: bool) -> Option<String> {
    let one = |draw: &mut Draw| {
        let name = *draw.pick(&origin.names.family)?;
        let (man, woman) = name.split_once('/').unwrap_or((name, name));
        Some(if feminine { woman } else { man })
    };
    let first = one(draw)?;
    let second = one(draw)?;
    let double = origin.two_family_names && draw.chance(75) && first != second;
    Some(if double {
        format!("{first} {second}")
    } else {
        first.to_owned()
    })
}

/// The display name and the stem of the handle. Neither tells the family name: it has its own audience.
fn public_names(draw: &mut Draw, given: &str, family: &str) -> (String, String) {
    let mut word = |kind| draw.pick(tables().words(kind)).copied().unwrap_or("paper");
    let (first, second, verb) = (word("first"), word("second"), word("handle"));
    let plain = ascii(given);
    let initial = family.chars().find(|c| c.is_uppercase()).unwrap_or('L');
    let style = draw.below(100);
    let display_name = match style {
        0..62 => given.to_owned(),
        62..76 => format!("{given} {initial}."),
        76..88 => format!("{first} {second}"),
        _ => second.to_owned(),
    };
    let stem = match draw.below(4) {
        _ if style >= 76 => ascii(&format!("{first}{second}")),
        0 => format!("{plain}{verb}"),
        1 => ascii(&format!("{first}{plain}")),
        2 => ascii(&format!("{plain}{second}")),
        _ => format!("{plain}s{}", ascii(second)),
    };
    (display_name, stem.chars().take(20).collect())
}

fn address(
    draw: &mut Draw,
    given: &str,
    family: &str,
    age: u32,
    mut taken: impl FnMut(&str) -> bool,
) -> String {
    let (given, family) = (ascii(given), ascii(family));
    let word = draw
        .pick(tables().words("second"))
        .copied()
        .unwrap_or("paper");
    let word = word.to_lowercase();
    let local = match draw.below(4) {
        0 | 1 if age >= 18 => format!("{given}.{family}"),
        2 => format!("{word}.{given}"),
        _ => format!("{given}.{word}"),
    };
    let mut address = format!("{local}@letterlock.example");
    while taken(&address) {
        address = format!("{local}{}@letterlock.example", draw.between(2, 9999));
    }
    address
}

fn joined(draw: &mut Draw, birth: NaiveDate, today: NaiveDate) -> u16 {
    let thirteenth = NaiveDate::from_ymd_opt(birth.year() + 13, birth.month(), birth.day());
    let since = thirteenth.map_or(1, |day| (today - day).num_days());
    let most = u32::try_from(since).unwrap_or(1).clamp(1, 1460);
    // The smaller of two draws: more have come lately than long ago.
    let days = draw.between(1, most).min(draw.between(1, most));
    u16::try_from(days).unwrap_or(1)
}

fn last_seen(draw: &mut Draw, joined_days_ago: u16) -> u32 {
    let since_joining = u32::from(joined_days_ago) * 24 * 60;
    let most = match draw.below(100) {
        0..30 => 24 * 60,
        30..65 => 7 * 24 * 60,
        65..88 => 60 * 24 * 60,
        _ => since_joining,
    };
    draw.between(1, most.min(since_joining))
}

/// `text` in lower-case ASCII letters and digits.
pub(super) fn ascii(text: &str) -> String {
    let spelled = |c: char| match c {
        'ß' => "ss".to_owned(),
        'ø' | 'Ø' => "o".to_owned(),
        'ł' | 'Ł' => "l".to_owned(),
        'æ' | 'Æ' => "ae".to_owned(),
        'đ' | 'Đ' => "d".to_owned(),
        'ı' => "i".to_owned(),
        other => other.to_string(),
    };
    let spelled: String = text.chars().map(spelled).collect();
    spelled
        .nfd()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// A title within a longer one: `Retired tram driver`.
pub(super) fn retired(title: &str) -> String {
    let mut chars = title.chars();
    let lower: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .chain(chars)
        .collect();
    capitalised(&format!("retired {lower}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ascii() {
        assert_eq!(ascii("Łukasz Ødegård"), "lukaszodegard");
        assert_eq!(ascii("O’Neill-Çınar ß"), "oneillcinarss");
        assert_eq!(retired("Tram driver"), "Retired tram driver");
    }

    #[test]
    fn births_make_the_age_on_any_day() {
        let mut draw = Draw::new(4);
        for today in ["2026-11-23", "2028-02-29", "2027-02-28", "2027-03-01"] {
            let today: NaiveDate = today.parse().unwrap();
            for age in (13..=90).flat_map(|age| [age; 40]) {
                let born = birth(&mut draw, age, today);
                assert_eq!(today.years_since(born), Some(age), "{born} on {today}");
            }
        }
    }
}
