//! A language of a member: which, and how well.

use super::language::Language;

/// A language that a member speaks or learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Which.
    pub language: Language,
    /// How well.
    pub fluency: Fluency,
}

/// How well a language is spoken: natively, or learned to a level of the Common European Framework of
/// Reference for Languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum Fluency {
    /// Native.
    Native = 0,
    /// Breakthrough.
    A1 = 1,
    /// Waystage.
    A2 = 2,
    /// Threshold.
    B1 = 3,
    /// Vantage.
    B2 = 4,
    /// Advanced.
    C1 = 5,
    /// Mastery.
    C2 = 6,
}

impl Fluency {
    /// Every fluency.
    pub const ALL: [Fluency; 7] = [
        Fluency::Native,
        Fluency::A1,
        Fluency::A2,
        Fluency::B1,
        Fluency::B2,
        Fluency::C1,
        Fluency::C2,
    ];

    /// As the database knows it.
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// From what the database holds.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|fluency| fluency.code() == code)
    }
}
