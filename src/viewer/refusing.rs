//! Links by which whoever has a mail refuses more of its kind, without signing in (RFC 8058).
//!
//! A link is a sealed text that names the member and the category, and nothing is looked up by it: it works as long as the
//! server's secret stands, for that category alone, and there is nothing that could be read with it.

use super::seal::Sealer;
use crate::domain::{id::MemberId, notice::Category};

const PURPOSE: &str = "refusing mails";

/// That a member refuses mails of a category: it comes of a link alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    member: MemberId,
    category: Category,
}

impl Refusal {
    /// Whose link it is.
    pub const fn member(&self) -> MemberId {
        self.member
    }

    /// What is refused.
    pub const fn category(&self) -> Category {
        self.category
    }

    /// What a link says; nothing for what this server did not seal, and for what cannot be refused.
    pub fn open(sealer: &Sealer, link: &str) -> Option<Self> {
        let plain: [u8; 10] = sealer.open(PURPOSE, &[], link)?.try_into().ok()?;
        let (member, code) = plain.split_at_checked(8)?;
        let member = i64::from_be_bytes(member.try_into().ok()?);
        let category = Category::from_code(i16::from_be_bytes(code.try_into().ok()?))?;
        category.refusable().then_some(Self {
            member: MemberId::from_key(member),
            category,
        })
    }
}

/// The link by which a member refuses mails of a category; nothing for one that cannot be refused.
pub fn link(sealer: &Sealer, member: MemberId, category: Category) -> Option<String> {
    let mut plain = member.key().to_be_bytes().to_vec();
    plain.extend(category.code().to_be_bytes());
    category
        .refusable()
        .then(|| sealer.seal(PURPOSE, &[], &plain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sealer() -> Sealer {
        Sealer::from_secret(&[7; 64]).unwrap()
    }

    #[test]
    fn what_cannot_be_refused_has_no_link() {
        let me = MemberId::from_key(7);
        for category in [Category::Security, Category::Service] {
            assert_eq!(link(&sealer(), me, category), None);
            // Nor is one made of the same parts.
            let mut plain = me.key().to_be_bytes().to_vec();
            plain.extend(category.code().to_be_bytes());
            let forged = sealer().seal(PURPOSE, &[], &plain);
            assert_eq!(Refusal::open(&sealer(), &forged), None);
        }
    }

    #[test]
    fn what_is_sealed_for_something_else_is_no_link() {
        let mut plain = 7_i64.to_be_bytes().to_vec();
        plain.extend(Category::Social.code().to_be_bytes());
        let cursor = sealer().seal("cursor", &[], &plain);
        assert_eq!(Refusal::open(&sealer(), &cursor), None);
        let elsewhere = Sealer::from_secret(&[8; 64]).unwrap();
        let theirs = link(&elsewhere, MemberId::from_key(7), Category::Social).unwrap();
        assert_eq!(Refusal::open(&sealer(), &theirs), None);
    }

    proptest! {
        #[test]
        fn a_link_is_of_one_member_and_one_category(key in 1..=i64::MAX, marketing: bool) {
            let category = if marketing { Category::Marketing } else { Category::Social };
            let member = MemberId::from_key(key);
            let text = link(&sealer(), member, category).unwrap();
            prop_assert_eq!(Refusal::open(&sealer(), &text), Some(Refusal { member, category }));
            // Nobody reads of it whose it is.
            prop_assert!(!text.contains(&key.to_string()));
        }

        #[test]
        fn no_other_text_is_one(text in ".{0,60}", at in 0..30usize, put: char) {
            prop_assert_eq!(Refusal::open(&sealer(), &text), None);
            let whole = link(&sealer(), MemberId::from_key(7), Category::Social).unwrap();
            let mut changed: Vec<char> = whole.chars().collect();
            if changed[at] != put {
                changed[at] = put;
                let changed: String = changed.into_iter().collect();
                prop_assert_eq!(Refusal::open(&sealer(), &changed), None);
            }
        }
    }
}
