use chrono::{Datelike, Months, TimeZone};
use proptest::prelude::*;

use super::*;

fn utc(y: i32, m: u32, d: u32, h: u32, min: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(y, m, d, h, min, 0).unwrap()
}

fn born(key: i32) -> BirthDate {
    BirthDate::from_key(key).unwrap()
}

/// Counts birthdays one by one on the calendar, 29 February being kept on 1 March in common years.
fn birthdays(birth: NaiveDate, today: NaiveDate) -> u16 {
    (1..=200)
        .take_while(|years| {
            let year = birth.year() + years;
            let day = NaiveDate::from_ymd_opt(year, birth.month(), birth.day())
                .unwrap_or_else(|| NaiveDate::from_ymd_opt(year, 3, 1).unwrap());
            day <= today
        })
        .count()
        .try_into()
        .unwrap()
}

#[test]
fn real_days_since_1900_are_birth_dates_and_others_say_why_not() {
    let now = utc(2026, 6, 15, 0, 0);
    for (year, month, day, expected) in [
        (1900, 1, 1, Ok(19_000_101)),
        (2000, 2, 29, Ok(20_000_229)),
        (2026, 6, 15, Ok(20_260_615)),
        (1899, 12, 31, Err(BirthDateError::TooEarly)),
        (0, 1, 1, Err(BirthDateError::TooEarly)),
        (-44, 3, 15, Err(BirthDateError::TooEarly)),
        (1900, 2, 29, Err(BirthDateError::NoSuchDate)),
        (2023, 2, 29, Err(BirthDateError::NoSuchDate)),
        (2023, 13, 1, Err(BirthDateError::NoSuchDate)),
        (2023, 0, 1, Err(BirthDateError::NoSuchDate)),
        (2023, 4, 31, Err(BirthDateError::NoSuchDate)),
        (2023, 4, 0, Err(BirthDateError::NoSuchDate)),
        (2026, 6, 16, Err(BirthDateError::InFuture)),
        (10_000, 1, 1, Err(BirthDateError::NoSuchDate)),
        (i32::MAX, 1, 1, Err(BirthDateError::NoSuchDate)),
        (i32::MIN, 1, 1, Err(BirthDateError::NoSuchDate)),
    ] {
        assert_eq!(
            BirthDate::new(year, month, day, now).map(BirthDate::key),
            expected,
            "{year}-{month}-{day}"
        );
    }
}

#[test]
fn the_future_begins_where_no_day_on_earth_has_reached() {
    assert!(BirthDate::new(2026, 6, 16, utc(2026, 6, 15, 9, 59)).is_err());
    assert!(BirthDate::new(2026, 6, 16, utc(2026, 6, 15, 10, 0)).is_ok());
}

#[test]
fn iso_text_is_read_in_one_form_only() {
    let now = utc(2026, 6, 15, 0, 0);
    assert_eq!(
        BirthDate::parse_iso("2008-02-29", now).map(BirthDate::iso),
        Ok("2008-02-29".to_owned())
    );
    for text in [
        "",
        "2008-2-29",
        "20080229",
        "2008-02-29T00:00:00Z",
        " 2008-02-29",
        "2008-02-29 ",
        "+008-02-29",
        "-2008-02-29",
        "2008-02-29-",
        "２００８-02-29",
        "2008-02-30",
    ] {
        assert_eq!(
            BirthDate::parse_iso(text, now),
            Err(BirthDateError::NoSuchDate),
            "{text:?}"
        );
    }
}

#[test]
fn keys_that_are_no_days_are_refused() {
    for key in [
        0,
        -20_080_229,
        20_080_230,
        20_081_301,
        18_991_231,
        i32::MAX,
        i32::MIN,
    ] {
        assert!(BirthDate::from_key(key).is_err(), "{key}");
    }
}

#[test]
fn debug_hides_the_date() {
    let birth = born(20_080_229);
    let shown = format!("{birth:?} {:?} {:?}", Some(birth), boundaries(birth));
    assert!(
        !shown.contains("2008") && !shown.contains("2021"),
        "{shown}"
    );
}

#[test]
fn today_is_the_last_date_on_earth() {
    assert_eq!(Today::at(utc(2026, 6, 15, 11, 59)).key(), 20_260_614);
    assert_eq!(Today::at(utc(2026, 6, 15, 12, 0)).key(), 20_260_615);
    assert_eq!(Today::at(utc(2024, 3, 1, 0, 0)).key(), 20_240_229);
}

#[test]
fn ages_turn_on_the_birthday_and_leap_days_on_the_first_of_march() {
    for (birth, today, age, class) in [
        (20_130_615, 20_260_614, 12, AgeClass::Child),
        (20_130_615, 20_260_615, 13, AgeClass::Teen),
        (20_080_615, 20_260_614, 17, AgeClass::Teen),
        // Among the adults from the first of the month after.
        (20_080_615, 20_260_615, 18, AgeClass::Teen),
        (20_080_615, 20_260_630, 18, AgeClass::Teen),
        (20_080_615, 20_260_701, 18, AgeClass::Adult),
        (20_080_601, 20_260_601, 18, AgeClass::Teen),
        (20_081_231, 20_261_231, 18, AgeClass::Teen),
        (20_081_231, 20_270_101, 18, AgeClass::Adult),
        (20_080_229, 20_210_228, 12, AgeClass::Child),
        (20_080_229, 20_210_301, 13, AgeClass::Teen),
        (20_080_229, 20_260_228, 17, AgeClass::Teen),
        (20_080_229, 20_260_301, 18, AgeClass::Adult),
        (20_080_229, 20_240_229, 16, AgeClass::Teen),
        (20_260_616, 20_260_615, 0, AgeClass::Child),
        (20_260_101, 20_251_231, 0, AgeClass::Child),
        (19_000_101, 20_260_615, 126, AgeClass::Adult),
    ] {
        assert_eq!(age_on(born(birth), Today(today)), age, "{birth} {today}");
        assert_eq!(AgeClass::of(Some(born(birth)), Today(today)), class);
    }
    assert_eq!(AgeClass::of(None, Today(20_260_615)), AgeClass::Unknown);
}

#[test]
fn flags_amount_to_a_class_and_doubt_to_unknown() {
    use AgeClass::*;
    let (no, yes) = (Some(false), Some(true));
    for (thirteen, eighteen, class) in [
        (no, no, Child),
        (yes, no, Teen),
        (yes, yes, Adult),
        (no, yes, Unknown),
        (None, None, Unknown),
        (None, yes, Unknown),
        (yes, None, Unknown),
        (no, None, Unknown),
    ] {
        assert_eq!(AgeClass::from_flags(thirteen, eighteen), class);
    }
}

prop_compose! {
    fn any_day()(days in 0..(250 * 365i64)) -> NaiveDate {
        NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap() + TimeDelta::days(days)
    }
}

prop_compose! {
    /// Leap days and the days around a birthday are what goes wrong: half of the cases are there.
    fn a_pair()(
        birth in prop_oneof![
            any_day(),
            (0..62i32).prop_map(|n| {
                NaiveDate::from_ymd_opt(1904 + 4 * n, 2, 29)
                    .unwrap_or_else(|| NaiveDate::from_ymd_opt(1904 + 4 * n, 2, 28).unwrap())
            }),
        ],
        near in prop_oneof![
            (0..40_000i64).boxed(),
            (prop_oneof![Just(13i64), Just(18i64), 0..100i64], -3..4i64)
                .prop_map(|(years, off)| (years * 1461 / 4 + off).max(0)).boxed(),
        ],
    ) -> (NaiveDate, NaiveDate) {
        (birth, birth + TimeDelta::days(near))
    }
}

/// How many days a month has, by the rule of 1582; none for what is no month, or a year of more than four digits.
fn days_of(year: i32, month: u32) -> u32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        _ if year > 9_999 => 0,
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    }
}

/// Three numbers that are a day, or nearly; most years are of people who live.
fn any_numbers() -> impl Strategy<Value = (i32, u32, u32)> {
    prop_oneof![
        4 => (1899..2101i32, 0..14u32, 0..33u32),
        2 => (prop::sample::select(vec![1900, 1904, 2000, 2100, 2023, 2024]), 2..3u32, 27..31u32),
        1 => (-10_000..11_000i32, any::<u32>(), any::<u32>()),
        1 => (-10_000..11_000i32, 1..13u32, 1..32u32),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn the_formula_the_boundaries_and_the_calendar_agree((birth, today) in a_pair()) {
        let expected = birthdays(birth, today);
        let date = today;
        let (born, today) = (born(key_of(birth)), Today(key_of(today)));
        prop_assert_eq!(age_on(born, today), expected);
        let at = boundaries(born);
        let (thirteen, eighteen) =
            (at.turns_13_on <= today.key(), at.turns_18_on <= today.key());
        prop_assert_eq!(thirteen, expected >= 13);
        let first = |date: NaiveDate| date.with_day(1).unwrap();
        let month_of_birthday = first(birth) + Months::new(18 * 12);
        prop_assert_eq!(eighteen, first(date) > month_of_birthday);
        // Shown by the month, an age is that of the last day of the month before.
        let shown = u16::try_from((today.month_key() - born.key()) / 10_000).unwrap_or(0);
        // A leap day's birthday is the first of March in a common year: that is when it steps, too.
        let leaps = (birth.month(), birth.day(), date.month()) == (2, 29, 3);
        let before = first(date) - TimeDelta::days(i64::from(!leaps));
        let before = before.max(birth);
        prop_assert_eq!(shown, birthdays(birth, before));
        prop_assert_eq!(
            AgeClass::from_flags(Some(thirteen), Some(eighteen)),
            AgeClass::of(Some(born), today)
        );
    }

    #[test]
    fn keys_and_iso_texts_come_back(day in any_day()) {
        let birth = born(key_of(day));
        prop_assert_eq!(birth.iso(), day.format("%Y-%m-%d").to_string());
        prop_assert_eq!(BirthDate::parse_iso(&birth.iso(), utc(2200, 1, 1, 0, 0)), Ok(birth));
        prop_assert_eq!(BirthDate::from_key(birth.key()), Ok(birth));
    }

    #[test]
    fn a_date_is_read_where_the_calendar_has_it_and_it_has_begun(
        (year, month, day) in any_numbers(),
        (now_year, now_month, now_day, hour) in (1899..2101i32, 1..13u32, 1..29u32, 0..24u32),
    ) {
        let now = utc(now_year, now_month, now_day, hour, 0);
        let last = (now + TimeDelta::hours(14)).date_naive();
        let expected = if !(1..=days_of(year, month)).contains(&day) {
            Err(BirthDateError::NoSuchDate)
        } else if year < 1900 {
            Err(BirthDateError::TooEarly)
        } else if (year, month, day) > (last.year(), last.month(), last.day()) {
            Err(BirthDateError::InFuture)
        } else {
            Ok((year, month, day))
        };
        let parts = |birth: BirthDate| {
            let part = |key: i32| u32::try_from(key % 100).unwrap();
            (birth.key() / 10_000, part(birth.key() / 100), part(birth.key()))
        };
        prop_assert_eq!(BirthDate::new(year, month, day, now).map(parts), expected);
        if year >= 0 && month < 100 && day < 100 {
            let text = format!("{year:04}-{month:02}-{day:02}");
            let read = BirthDate::parse_iso(&text, now);
            prop_assert_eq!(read.map(parts), expected);
            prop_assert_eq!(read.map(BirthDate::iso), expected.map(|_| text));
        }
    }

    #[test]
    fn the_future_begins_tomorrow_in_the_earliest_zone(day in any_day(), hour in 0..24u32) {
        let now = day.and_hms_opt(hour, 0, 0).unwrap().and_utc();
        let last = (now + TimeDelta::hours(14)).date_naive();
        let new = |day: NaiveDate| BirthDate::new(day.year(), day.month(), day.day(), now);
        prop_assert_eq!(new(last).map(BirthDate::key), Ok(key_of(last)));
        prop_assert_eq!(new(last + TimeDelta::days(1)), Err(BirthDateError::InFuture));
    }

    #[test]
    fn a_text_is_read_as_it_is_written_or_refused(
        text in prop_oneof![
            prop::collection::vec(any::<char>(), 0..14).prop_map(String::from_iter),
            "[0-9 +-]{8,11}",
            "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]",
            "(19|20)[0-9]{2}-[01]?[0-9]-[0-3]?[0-9][ Z]?",
            "(19|20)[0-9\u{660}-\u{669}]{2}-0[1-9]-0[1-9]",
        ],
    ) {
        if let Ok(birth) = BirthDate::parse_iso(&text, utc(2100, 1, 1, 0, 0)) {
            prop_assert_eq!(birth.iso(), text);
        }
    }

    #[test]
    fn a_birthday_is_a_day_of_a_leap_year(key in prop_oneof![any::<i32>(), -1_400..1_400]) {
        let (month, day) = (u32::try_from(key / 100), u32::try_from(key % 100));
        let real = matches!((month, day), (Ok(month), Ok(day)) if (1..=days_of(2000, month)).contains(&day));
        let read = Birthday::from_key(key).map(Birthday::iso);
        prop_assert_eq!(read, real.then(|| format!("--{:02}-{:02}", key / 100, key % 100)));
    }

    #[test]
    fn any_key_is_read_as_itself_or_refused(key in any::<i32>()) {
        if let Ok(birth) = BirthDate::from_key(key) {
            prop_assert_eq!(birth.key(), key);
        }
    }
}
