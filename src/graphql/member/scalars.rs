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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values that are dates, or nearly, or nothing of the kind.
    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            "[0-9]{4}-[01][0-9]-[0-3][0-9]".prop_map(Value::from),
            "[0-9]{4}-[01]?[0-9]-[0-3]?[0-9][ Z]?".prop_map(Value::from),
            "[0-9 +-]{9,11}".prop_map(Value::from),
            "[0-9\u{660}-\u{669}]{4}-0[1-9]-0[1-9]".prop_map(Value::from),
            "--[01][0-9]-[0-3][0-9]".prop_map(Value::from),
            prop::collection::vec(any::<char>(), 0..14)
                .prop_map(|text| Value::from(String::from_iter(text))),
            any::<i64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            Just(Value::Null),
            Just(Value::List(vec![Value::from("2000-01-01")])),
        ]
    }

    proptest! {
        #[test]
        fn a_date_is_written_as_it_was_read_or_refused(value in any_value()) {
            let read = Date::parse(value.clone());
            prop_assert_eq!(read.is_ok(), <Date as ScalarType>::is_valid(&value));
            if let Ok(date) = read {
                prop_assert_eq!(&date.to_value(), &value);
            }
            prop_assert!(MonthDay::parse(value.clone()).is_err() && !MonthDay::is_valid(&value));
        }

        #[test]
        fn every_day_of_four_digits_comes_back(year in 0..10_000i32, day in 1..366u32) {
            let day = NaiveDate::from_yo_opt(year, day).unwrap();
            let date = Date::from(day);
            prop_assert_eq!(Date::parse(date.to_value()).ok(), Some(date));
            prop_assert_eq!(date.parts(), (day.year(), day.month(), day.day()));
            if let Ok(birth) = BirthDate::from_key(year * 10_000 + (day.month() * 100 + day.day()).cast_signed()) {
                prop_assert_eq!(Date::from(birth), date);
            }
        }
    }
}
