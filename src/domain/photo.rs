//! Photos: to whom they may be shown, and by what chance name their files go.

use data_encoding::HEXLOWER;

use super::{age::AgeClass, audience::Audience};

/// The audiences of a photo or an album, from fewest to most. Lists are not among them.
pub const AUDIENCES: [Audience; 4] = [
    Audience::OnlyMe,
    Audience::Penpals,
    Audience::Members,
    Audience::Public,
];

/// The widest audience that somebody of this age may give a photo (policy clause C43): a teen's are for penpals.
pub const fn widest(age: AgeClass) -> Audience {
    match age {
        AgeClass::Adult => Audience::Public,
        AgeClass::Teen => Audience::Penpals,
        AgeClass::Child | AgeClass::Unknown => Audience::OnlyMe,
    }
}

/// As it is kept.
pub const fn code(audience: Audience) -> i16 {
    match audience {
        Audience::OnlyMe | Audience::Lists => 0,
        Audience::Penpals => 2,
        Audience::Members => 3,
        Audience::Public => 4,
    }
}

/// As it was kept; what is none is read as the narrowest.
pub const fn from_code(code: i16) -> Audience {
    match code {
        2 => Audience::Penpals,
        3 => Audience::Members,
        4 => Audience::Public,
        _ => Audience::OnlyMe,
    }
}

/// The name of a photo's files: 128 random bits, told neither from what it shows nor from whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileName(String);

impl FileName {
    /// A name from random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(HEXLOWER.encode(&bytes))
    }

    /// Reads a name back; nothing for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 32 && text.bytes().all(hexadecimal)).then(|| Self(text.to_owned()))
    }

    /// As text: 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_thirty_two_digits_and_nothing_else() {
        let text = "0123456789abcdef0123456789abcdef";
        assert_eq!(FileName::parse(text).unwrap().as_str(), text);
        assert_eq!(FileName::from_bytes([0xab; 16]).as_str(), "ab".repeat(16));
        for other in [
            "",
            "../../../../../../../../etc/passwd",
            "0123456789ABCDEF0123456789abcdef",
            "0123456789abcdef0123456789abcde",
            "0123456789abcdef0123456789abcdef0",
            "0123456789abcdef0123456789abcde/",
        ] {
            assert!(FileName::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn an_audience_is_read_as_it_was_written_and_a_doubtful_one_as_the_narrowest() {
        for audience in AUDIENCES {
            assert_eq!(from_code(code(audience)), audience);
        }
        for other in [-1, 1, 5, i16::MAX] {
            assert_eq!(from_code(other), Audience::OnlyMe);
        }
        // A photo names no list: where one got there, nobody is meant.
        assert_eq!(from_code(code(Audience::Lists)), Audience::OnlyMe);
    }
}
