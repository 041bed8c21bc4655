//! Birth dates and ages. The only place that knows 13 and 18.
//!
//! Dates are kept as `yyyymmdd` in one `i32`, the *key*, so that the database compares and subtracts
//! them with plain integers on every backend:
//!
//! * age = `(today - birth) / 10000`, integer division;
//! * 13 or older ⇔ `birth + 130000 <= today`; 18 or older ⇔ `birth + 180000 <= today`.
//!
//! Whoever was born on 29 February has their birthday on 1 March in a common year: `20080229 + 130000`
//! is `20210229`, a day that does not exist and that 1 March is the first to reach. Where the world's
//! calendars disagree, the younger age holds (policy clauses C28, C84).

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

/// The first year that a birth date may lie in.
pub const FIRST_YEAR: i32 = 1900;

/// The last year that a key can hold with four digits.
const LAST_YEAR: i32 = 9999;

/// What one year is worth in a key.
const YEAR: i32 = 10_000;

/// From this age on a person may have an account (policy clause C28).
const TEEN_FROM: i32 = 13;

/// From this age on a person is an adult.
const ADULT_FROM: i32 = 18;

/// The ages that a rule about who may write can name.
pub const CONTACT_AGES: std::ops::RangeInclusive<i32> = TEEN_FROM..=150;

/// How far ahead of UTC the earliest local time on Earth is (Kiribati, UTC+14).
const EARLIEST_ZONE: TimeDelta = TimeDelta::hours(14);

/// How far behind UTC the latest local time on Earth is (UTC-12).
const LATEST_ZONE: TimeDelta = TimeDelta::hours(12);

/// Why a date cannot be a birth date. Never says the date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BirthDateError {
    /// The calendar has no such day, or the text is not `yyyy-mm-dd`.
    #[error("there is no such date")]
    NoSuchDate,
    /// Before 1900.
    #[error("the date lies before {FIRST_YEAR}")]
    TooEarly,
    /// Has not begun anywhere on Earth.
    #[error("the date lies in the future")]
    InFuture,
}

/// The day on which somebody was born: a real day since 1900. Its `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BirthDate(i32);

impl BirthDate {
    /// Makes a birth date of a calendar day that has begun somewhere on Earth at `now`.
    ///
    /// # Errors
    /// [`BirthDateError`] when the day does not exist, lies before 1900, or is still to come everywhere.
    pub fn new(
        year: i32,
        month: u32,
        day: u32,
        now: DateTime<Utc>,
    ) -> Result<Self, BirthDateError> {
        let date = real_date(year, month, day)?;
        let latest_today = now
            .checked_add_signed(EARLIEST_ZONE)
            .unwrap_or(now)
            .date_naive();
        if date > latest_today {
            return Err(BirthDateError::InFuture);
        }
        Ok(Self(key_of(date)))
    }

    /// Reads `yyyy-mm-dd` (ISO 8601, the extended form alone) as [`BirthDate::new`] does.
    ///
    /// # Errors
    /// [`BirthDateError::NoSuchDate`] when the text has another form, else as [`BirthDate::new`].
    pub fn parse_iso(text: &str, now: DateTime<Utc>) -> Result<Self, BirthDateError> {
        let digits = |part: &str| -> Result<u32, BirthDateError> {
            if !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(BirthDateError::NoSuchDate);
            }
            part.parse().map_err(|_| BirthDateError::NoSuchDate)
        };
        let mut parts = text.split('-');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(year), Some(month), Some(day), None)
                if year.len() == 4 && month.len() == 2 && day.len() == 2 =>
            {
                let year = i32::try_from(digits(year)?).map_err(|_| BirthDateError::NoSuchDate)?;
                Self::new(year, digits(month)?, digits(day)?, now)
            }
            _ => Err(BirthDateError::NoSuchDate),
        }
    }

    /// Takes a birth date back from its key; the future is not looked at.
    ///
    /// # Errors
    /// [`BirthDateError`] when the key is not a real day since 1900.
    pub fn from_key(key: i32) -> Result<Self, BirthDateError> {
        let part = |value: i32| u32::try_from(value).map_err(|_| BirthDateError::NoSuchDate);
        let date = real_date(key / YEAR, part(key / 100 % 100)?, part(key % 100)?)?;
        Ok(Self(key_of(date)))
    }

    /// The date as `yyyymmdd`, as the database holds it.
    pub const fn key(self) -> i32 {
        self.0
    }

    /// The date as `yyyy-mm-dd` (ISO 8601). Deliberately not `Display`: birth dates are in no log.
    pub fn iso(self) -> String {
        format!(
            "{:04}-{:02}-{:02}",
            self.0 / YEAR,
            self.0 / 100 % 100,
            self.0 % 100
        )
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate(hidden)")
    }
}

/// The careful date: the day it is where the day begins last (UTC-12).
///
/// Nobody is 13 or 18 by it before they are so in their own time zone, wherever that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Today(i32);

impl Today {
    /// The careful date at `now`.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(key_of(
            now.checked_sub_signed(LATEST_ZONE)
                .unwrap_or(now)
                .date_naive(),
        ))
    }

    /// The date as `yyyymmdd`, to be bound in SQL beside the keys of birth dates.
    pub const fn key(self) -> i32 {
        self.0
    }

    /// A key before every day of the month and after every day of the one before.
    ///
    /// An age that is reckoned by it steps on the first of the month after the birthday, so that watching
    /// it does not tell the day on which somebody was born.
    pub const fn month_key(self) -> i32 {
        self.0 / 100 * 100
    }
}

/// Day and month of birth, without the year.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Birthday(i32);

impl fmt::Debug for Birthday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Birthday(hidden)")
    }
}

impl Birthday {
    /// From `mmdd`; nothing when no year has such a day.
    pub fn from_key(key: i32) -> Option<Self> {
        let part = |value: i32| u32::try_from(value).ok();
        // A leap year has every day that there is.
        NaiveDate::from_ymd_opt(2000, part(key / 100)?, part(key % 100)?).map(|_| Self(key))
    }

    /// As `--mm-dd`, the form of XML Schema's `gMonthDay` (ISO 8601:2000, truncated).
    pub fn iso(self) -> String {
        format!("--{:02}-{:02}", self.0 / 100, self.0 % 100)
    }
}

/// The age in whole years; 0 for somebody born today in an earlier time zone.
pub fn age_on(birth: BirthDate, today: Today) -> u16 {
    u16::try_from((today.0 - birth.0) / YEAR).unwrap_or(0)
}

/// The keys from which on somebody is 13, and counts as 18: compare with `boundary <= Today::key()`.
///
/// A boundary is a key, not always a day: 29 February of a common year may stand in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AgeBoundaries {
    /// `turns_13_on <= today` exactly from the thirteenth birthday on.
    pub turns_13_on: i32,
    /// `turns_18_on <= today` from the first of the month after the eighteenth birthday on: who moves among
    /// the adults does not thereby tell the day of their birth.
    pub turns_18_on: i32,
}

impl fmt::Debug for AgeBoundaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgeBoundaries(hidden)")
    }
}

/// When somebody born on `birth` comes of the two ages that matter.
pub fn boundaries(birth: BirthDate) -> AgeBoundaries {
    AgeBoundaries {
        turns_13_on: birth.0 + TEEN_FROM * YEAR,
        turns_18_on: first_of_the_month_after(birth.0 + ADULT_FROM * YEAR),
    }
}

const fn first_of_the_month_after(key: i32) -> i32 {
    let month = key / 100;
    if month % 100 == 12 {
        (month / 100 + 1) * YEAR + 101
    } else {
        (month + 1) * 100 + 1
    }
}

/// Which of the ages that matter somebody has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgeClass {
    /// No birth date is known: treated as a child's (policy clause C29).
    Unknown,
    /// Under 13.
    Child,
    /// From 13 on, under 18.
    Teen,
    /// From 18 on.
    Adult,
}

impl AgeClass {
    /// Every class, the most careful first.
    pub const ALL: [AgeClass; 4] = [
        AgeClass::Unknown,
        AgeClass::Child,
        AgeClass::Teen,
        AgeClass::Adult,
    ];

    /// The class of somebody born on `birth`.
    pub fn of(birth: Option<BirthDate>, today: Today) -> Self {
        let doors = birth.map(boundaries);
        Self::from_flags(
            doors.map(|doors| doors.turns_13_on <= today.0),
            doors.map(|doors| doors.turns_18_on <= today.0),
        )
    }

    /// The class that a statement's two comparisons amount to; a missing or contradictory one is [`AgeClass::Unknown`].
    pub const fn from_flags(thirteen: Option<bool>, eighteen: Option<bool>) -> Self {
        match (thirteen, eighteen) {
            (Some(true), Some(true)) => AgeClass::Adult,
            (Some(true), Some(false)) => AgeClass::Teen,
            (Some(false), Some(false)) => AgeClass::Child,
            // 18 without being 13 cannot be; whatever made it so is no proof of an age.
            (Some(false), Some(true)) | (None, _) | (_, None) => AgeClass::Unknown,
        }
    }
}

fn real_date(year: i32, month: u32, day: u32) -> Result<NaiveDate, BirthDateError> {
    if year > LAST_YEAR {
        return Err(BirthDateError::NoSuchDate);
    }
    let date = NaiveDate::from_ymd_opt(year, month, day).ok_or(BirthDateError::NoSuchDate)?;
    if year < FIRST_YEAR {
        return Err(BirthDateError::TooEarly);
    }
    Ok(date)
}

fn key_of(date: NaiveDate) -> i32 {
    // Month and day are below 100.
    date.year() * YEAR + (date.month() * 100 + date.day()).cast_signed()
}

#[cfg(test)]
mod tests;
