//! Who may write to a member (policy clause C49): what the member chose, and what it is compared with.

use std::collections::BTreeSet;

use super::{
    age::AgeClass, audience::Audience, interest::Interest, language::Language, place::Country,
};

/// Who may write to a member who is no penpal of theirs yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRules {
    /// [`Audience::OnlyMe`] for nobody, [`Audience::Penpals`], or [`Audience::Members`], to whom the rest applies.
    pub writers: Audience,
    /// Of at least this age, in years.
    pub youngest: Option<i32>,
    /// Of at most this age, in years.
    pub oldest: Option<i32>,
    /// In one of these countries; any, where there is none.
    pub countries: Vec<Country>,
    /// With a language in common.
    pub share_language: bool,
    /// With an interest in common.
    pub share_interest: bool,
    /// The fewest characters of a first message.
    pub least_length: i32,
}

/// The most countries that a rule names.
pub const MOST_COUNTRIES: usize = 60;

/// The greatest length that a first message can be asked to have.
pub const GREATEST_LENGTH: i32 = 2_000;

impl ContactRules {
    /// What somebody who signs up at this age begins with: teens hear from penpals alone, also when they have come of age.
    pub fn default_for(age: AgeClass) -> Self {
        Self {
            writers: match age {
                AgeClass::Adult => Audience::Members,
                _ => Audience::Penpals,
            },
            ..Self::unchosen()
        }
    }

    /// What holds for who has neither begun with rules nor chosen any.
    pub const fn unchosen() -> Self {
        Self {
            writers: Audience::Penpals,
            youngest: None,
            oldest: None,
            countries: Vec::new(),
            share_language: false,
            share_interest: false,
            least_length: 0,
        }
    }

    /// Whether something about the two is compared, and not only a length.
    pub const fn compares(&self) -> bool {
        self.youngest.is_some()
            || self.oldest.is_some()
            || !self.countries.is_empty()
            || self.share_language
            || self.share_interest
    }

    /// Whether a first message of somebody who is no penpal meets what is asked of members: by what either shows the
    /// other, so that nobody finds what is hidden by trying, and nobody asks for it by a rule.
    pub fn met_by(&self, writer: &Told, reader: &Told, length: usize) -> bool {
        let age = |holds: &dyn Fn(i32) -> bool| writer.age.is_some_and(holds);
        self.youngest.is_none_or(|least| age(&|age| age >= least))
            && self.oldest.is_none_or(|most| age(&|age| age <= most))
            && (self.countries.is_empty()
                || writer
                    .country
                    .is_some_and(|it| self.countries.contains(&it)))
            && (!self.share_language || !writer.languages.is_disjoint(&reader.languages))
            && (!self.share_interest || !writer.interests.is_disjoint(&reader.interests))
            && usize::try_from(self.least_length).is_ok_and(|least| length >= least)
    }
}

/// What one of the two shows the other of what rules compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// In years.
    pub age: Option<i32>,
    /// Where they live.
    pub country: Option<Country>,
    /// By their codes, at whatever level.
    pub languages: BTreeSet<&'static str>,
    /// By their keys.
    pub interests: BTreeSet<i16>,
}

impl Told {
    /// With these languages.
    #[must_use]
    pub fn speaking(mut self, languages: impl IntoIterator<Item = Language>) -> Self {
        self.languages = languages.into_iter().map(Language::code).collect();
        self
    }

    /// With these interests.
    #[must_use]
    pub fn interested(mut self, interests: impl IntoIterator<Item = Interest>) -> Self {
        self.interests = interests.into_iter().map(Interest::key).collect();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Told {
        Told {
            age: Some(30),
            country: Country::parse("PT").ok(),
            languages: ["pt", "en"].into(),
            interests: [1, 2].into(),
        }
    }

    #[test]
    fn each_rule_is_asked() {
        let open = ContactRules::default_for(AgeClass::Adult);
        let met = |rules: &ContactRules, writer: &Told| rules.met_by(writer, &told(), 10);
        assert!(met(&open, &Told::default()));
        let japan: Vec<Country> = Country::parse("JP").into_iter().collect();
        let portugal: Vec<Country> = Country::parse("PT").into_iter().collect();
        let asked: [(ContactRules, bool); 10] = [
            (
                ContactRules {
                    youngest: Some(30),
                    ..open.clone()
                },
                true,
            ),
            (
                ContactRules {
                    youngest: Some(31),
                    ..open.clone()
                },
                false,
            ),
            (
                ContactRules {
                    oldest: Some(30),
                    ..open.clone()
                },
                true,
            ),
            (
                ContactRules {
                    oldest: Some(29),
                    ..open.clone()
                },
                false,
            ),
            (
                ContactRules {
                    countries: portugal,
                    ..open.clone()
                },
                true,
            ),
            (
                ContactRules {
                    countries: japan,
                    ..open.clone()
                },
                false,
            ),
            (
                ContactRules {
                    share_language: true,
                    ..open.clone()
                },
                true,
            ),
            (
                ContactRules {
                    share_interest: true,
                    ..open.clone()
                },
                true,
            ),
            (
                ContactRules {
                    least_length: 10,
                    ..open.clone()
                },
                true,
            ),
            (
                ContactRules {
                    least_length: 11,
                    ..open.clone()
                },
                false,
            ),
        ];
        for (rules, holds) in asked {
            assert_eq!(met(&rules, &told()), holds, "{rules:?}");
            // What is not shown meets nothing that is compared.
            assert_eq!(
                met(&rules, &Told::default()),
                holds && !rules.compares(),
                "{rules:?}"
            );
            let hidden = rules.met_by(&told(), &Told::default(), 10);
            let shares = rules.share_language || rules.share_interest;
            assert_eq!(hidden, holds && !shares, "{rules:?}");
        }
    }
}
