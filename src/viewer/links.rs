//! Links in mails by which somebody says that an address is theirs, or chooses another password, without signing in.
//!
//! A link is a sealed text that names a row of the database and what it is good for. The row makes it good once and for a
//! while; whoever reads the database can make no link of it without the server's secret.

use super::seal::Sealer;
use crate::domain::{id::LinkId, mail::LinkKind};

const PURPOSE: &str = "a link in a mail";

/// A link that this server made: it comes of a sealed text alone, and says nothing yet of whether it is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    id: LinkId,
    kind: LinkKind,
}

impl Link {
    /// Which one.
    pub const fn id(&self) -> LinkId {
        self.id
    }

    /// What it is good for.
    pub const fn kind(&self) -> LinkKind {
        self.kind
    }

    /// Reads a link; nothing for what this server did not seal.
    pub fn open(sealer: &Sealer, text: &str) -> Option<Self> {
        let plain: [u8; 10] = sealer.open(PURPOSE, &[], text)?.try_into().ok()?;
        let (id, code) = plain.split_at_checked(8)?;
        Some(Self {
            id: LinkId::from_key(i64::from_be_bytes(id.try_into().ok()?)),
            kind: LinkKind::from_code(i16::from_be_bytes(code.try_into().ok()?))?,
        })
    }
}

/// The text of a link, for a mail alone.
pub fn text(sealer: &Sealer, kind: LinkKind, id: LinkId) -> String {
    let mut plain = id.key().to_be_bytes().to_vec();
    plain.extend(kind.code().to_be_bytes());
    sealer.seal(PURPOSE, &[], &plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sealer() -> Sealer {
        Sealer::from_secret(&[7; 64]).unwrap()
    }

    #[test]
    fn what_is_sealed_for_something_else_or_elsewhere_is_no_link() {
        let mut plain = 7_i64.to_be_bytes().to_vec();
        plain.extend(LinkKind::ResetPassword.code().to_be_bytes());
        let cursor = sealer().seal("cursor", &[], &plain);
        assert_eq!(Link::open(&sealer(), &cursor), None);
        let elsewhere = Sealer::from_secret(&[8; 64]).unwrap();
        let theirs = text(&elsewhere, LinkKind::ResetPassword, LinkId::from_key(7));
        assert_eq!(Link::open(&sealer(), &theirs), None);
        plain[9] = 99;
        let unknown = sealer().seal(PURPOSE, &[], &plain);
        assert_eq!(Link::open(&sealer(), &unknown), None);
    }

    proptest! {
        #[test]
        fn a_link_is_one_and_good_for_one_thing(key in 1..=i64::MAX) {
            let id = LinkId::from_key(key);
            let [confirm, reset, change] = LinkKind::ALL.map(|kind| text(&sealer(), kind, id));
            prop_assert!(confirm != reset && reset != change && confirm != change);
            let kind = LinkKind::ConfirmAddress;
            prop_assert_eq!(Link::open(&sealer(), &confirm), Some(Link { id, kind }));
            prop_assert!(!reset.contains(&key.to_string()));
        }

        #[test]
        fn no_other_text_is_one(other in ".{0,60}", at in 0..30usize, put: char) {
            prop_assert_eq!(Link::open(&sealer(), &other), None);
            let whole = text(&sealer(), LinkKind::ResetPassword, LinkId::from_key(7));
            let mut changed: Vec<char> = whole.chars().collect();
            if changed[at] != put {
                changed[at] = put;
                let changed: String = changed.into_iter().collect();
                prop_assert_eq!(Link::open(&sealer(), &changed), None);
            }
        }
    }
}
