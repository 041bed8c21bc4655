//! What the service tells though the one who asks may not see it: the short list of what is meant so.

use std::fmt::Write;

/// Something that is told on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Declassified {
    /// `EMAIL_UNAVAILABLE`.
    AddressTaken,
    /// What an act opens.
    DeedOpens,
}

impl Declassified {
    pub(super) const ALL: [Self; 2] = [Self::AddressTaken, Self::DeedOpens];

    const fn reason(self) -> &'static str {
        match self {
            Self::AddressTaken => {
                "signUp tells that an e-mail address is taken (EMAIL_UNAVAILABLE). An address opens one account, and what \
                 is refused must say so; it is limited in how often it can be tried, and it is not told whose it is. The two worlds are not asked with an address that is taken in one of them alone."
            }
            Self::DeedOpens => {
                "What one does changes what one may see: a new penpal is shown what penpals are shown, one who is taken \
                 off the block list exists again, one whose bond is ended is shown what others are shown, and asking \
                 somebody whose request one has declined binds, unless it was withdrawn meanwhile. What is seen then \
                 is seen as it is. The two worlds are not asked to do what makes them unlike by the same relation."
            }
        }
    }
}

/// The list, for the golden file.
pub(super) fn written() -> String {
    let mut text = "What is told on purpose, though the viewer may not see it. Each entry is used by policy::two_worlds.\n"
        .to_owned();
    for entry in Declassified::ALL {
        let _ = write!(text, "\n{entry:?}\n    {}\n", entry.reason());
    }
    text
}
