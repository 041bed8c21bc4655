//! What an inhabitant is searched by.

use super::Inhabitant;
use crate::domain::{age, standing::Standing};
use crate::store::search::Described;

impl Inhabitant {
    pub(super) fn described(&self) -> Described {
        let profile = &self.profile;
        Described {
            standing: Standing::Active,
            doors: age::boundaries(self.birth),
            audiences: self.audiences,
            findable: self.findable,
            birth_on: Some(self.birth.key()),
            joined_at: self.joined_at,
            gender: profile.gender.flatten(),
            country: profile.country.flatten(),
            city: profile.city.clone().flatten(),
            occupation: profile.occupation.clone().flatten(),
            about_me: profile.about_me.clone().flatten(),
            looking_for: profile.looking_for.clone().flatten(),
            languages: profile.languages.clone().unwrap_or_default(),
            interests: profile.interests.clone().unwrap_or_default(),
        }
    }
}
