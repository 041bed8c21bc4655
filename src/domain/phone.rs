//! Telephone numbers.

/// A telephone number in the international form of ITU-T E.164: `+` and 7 to 15 digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phone(hidden)")
    }
}

/// Not a number of that form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an international telephone number")]
pub struct Malformed;

impl Phone {
    /// Reads a number; spaces, hyphens, dots, slashes and parentheses between its digits are left out.
    ///
    /// # Errors
    ///
    /// [`Malformed`] when it does not begin with `+` and a country code, or has too few or too many digits.
    pub fn parse(raw: &str) -> Result<Self, Malformed> {
        let digits = raw.trim().strip_prefix('+').ok_or(Malformed)?;
        let mut number = String::with_capacity(16);
        number.push('+');
        for character in digits.chars() {
            match character {
                '0'..='9' => number.push(character),
                ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' => {}
                _ => return Err(Malformed),
            }
        }
        // No country code begins with 0.
        if !(8..=16).contains(&number.len()) || number.starts_with("+0") {
            return Err(Malformed);
        }
        Ok(Self(number))
    }

    /// `+` and digits.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_international_form_alone() {
        let read = |text| Phone::parse(text).map(Phone::into_string);
        assert_eq!(
            read(" +351 (21) 123-45.67 "),
            Ok("+351211234567".to_owned())
        );
        for bad in [
            "",
            "+",
            "0211234567",
            "+0351211234567",
            "+123456",
            "+1234567890123456",
            "+1 555 CALL",
            "++3512112345",
        ] {
            assert_eq!(read(bad), Err(Malformed), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_a_number_and_reads_itself(
            raw in prop_oneof![
                prop::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
                " ?\\+[0-9]{5,18} ?",
                "[+0-9 ().\\-/\u{a0}]{0,24}",
                "\\+[1-9][0-9 ().\\-/\u{a0}]{4,24}",
                "\\+[1-9][0-9\u{660}\u{ff11}x]{6,14}",
            ],
        ) {
            let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
            match Phone::parse(&raw) {
                Ok(phone) => {
                    let number = phone.into_string();
                    prop_assert_eq!(&number, &format!("+{digits}"));
                    prop_assert!((7..=15).contains(&digits.len()) && !digits.starts_with('0'));
                    prop_assert_eq!(Phone::parse(&number).map(Phone::into_string), Ok(number));
                }
                Err(Malformed) => {
                    let inner = raw.trim().strip_prefix('+');
                    let plain = inner.is_some_and(|inner| {
                        inner.chars().all(|c| c.is_ascii_digit() || " -./()\u{a0}".contains(c))
                    });
                    let fits = (7..=15).contains(&digits.len()) && !digits.starts_with('0');
                    prop_assert!(!plain || !fits, "{:?} is one", raw);
                }
            }
        }
    }
}
