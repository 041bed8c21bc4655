//! Scalars of the wire.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate};

use crate::domain::age::{BirthDate, Birthday};

/// A calendar date without a time, as `YYYY-MM-DD` (RFC 3339, `full-date`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(NaiveDate);

/// A calendar date without a time, as `YYYY-MM-DD` (RFC 3339, `full-date`).
#[Scalar(
    name = "Date",
    specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html"
)]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::custom("a date is written YYYY-MM-DD"));
        };
        // chrono takes signs, spaces and short numbers too.
        let strict = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        strict
            .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
            .flatten()
            .map(Date)
            .ok_or_else(|| InputValueError::custom("a date is written YYYY-MM-DD"))
    }

    // Looked at before anything runs: an argument that turns out wrong while mutations run takes the whole
    // answer down after the first of them have been done.
    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

impl Date {
    /// Year, month and day, the latter two from 1.
    pub fn parts(self) -> (i32, u32, u32) {
        (self.0.year(), self.0.month(), self.0.day())
    }
}

impl From<NaiveDate> for Date {
    fn from(date: NaiveDate) -> Self {
        Self(date)
    }
}

/// A day and month without a year, as `--MM-DD` (XML Schema, `gMonthDay`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthDay(String);

/// A day and month without a year, as `--MM-DD` (XML Schema, `gMonthDay`).
#[Scalar(
    name = "MonthDay",
    specified_by_url = "https://www.w3.org/TR/xmlschema-2/#gMonthDay"
)]
impl ScalarType for MonthDay {
    // Only ever told, never asked for: the day comes from the birth date.
    fn parse(_: Value) -> InputValueResult<Self> {
        Err(InputValueError::custom("a day and month is not an input"))
    }

    fn is_valid(_: &Value) -> bool {
        false
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl From<Birthday> for MonthDay {
    fn from(day: Birthday) -> Self {
        Self(day.iso())
    }
}

impl From<BirthDate> for Date {
    fn from(birth: BirthDate) -> Self {
        Self(birth.iso().parse().unwrap_or_default())
    }
}
