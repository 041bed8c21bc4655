//! Who a fictional member lets see what.

use super::draw::Draw;

pub use crate::domain::{audience::Audience as Reach, profile::Field};

/// The audiences that a member has chosen: for each field a reach, or none where the default was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audiences([Option<Reach>; Field::ALL.len()]);

impl Audiences {
    /// The reach chosen for `field`; none where the default was left.
    pub fn of(&self, field: Field) -> Option<Reach> {
        self.0.get(field as usize).copied().flatten()
    }

    /// Every field with its reach, in the order of the profile.
    pub fn iter(&self) -> impl Iterator<Item = (Field, Option<Reach>)> + '_ {
        Field::ALL.into_iter().map(|field| (field, self.of(field)))
    }

    /// All defaults left as they were.
    pub(super) fn untouched() -> Self {
        Self([None; Field::ALL.len()])
    }

    /// The same reach for every field, as far as the field and the age let it go.
    pub(super) fn all(reach: Reach, age: u32) -> Self {
        let mut audiences = Self([Some(reach); Field::ALL.len()]);
        audiences.bound(age);
        audiences
    }

    /// The audiences that somebody of this age has chosen.
    pub(super) fn draw(draw: &mut Draw, age: u32) -> Self {
        match draw.below(100) {
            0..40 => Self::untouched(),
            40..52 => Self::all(Reach::Public, age),
            52..65 => Self::all(Reach::Penpals, age),
            65..70 => Self::all(Reach::OnlyMe, age),
            _ => Self::mixed(draw, age),
        }
    }

    fn mixed(draw: &mut Draw, age: u32) -> Self {
        let mut audiences = Self::untouched();
        for reach in &mut audiences.0 {
            *reach = match draw.below(100) {
                0..30 => None,
                30..45 => Some(Reach::OnlyMe),
                45..67 => Some(Reach::Penpals),
                67..88 => Some(Reach::Members),
                _ => Some(Reach::Public),
            };
        }
        audiences.bound(age);
        audiences
    }

    /// The audiences with `field` set to `reach`.
    pub(super) fn with(mut self, field: Field, reach: Reach) -> Self {
        if let Some(of_field) = self.0.get_mut(field as usize) {
            *of_field = Some(reach);
        }
        self
    }

    /// Whether whoever may read what is written about oneself may know `field` too, so that the text
    /// may mention it without giving away what its owner hides.
    pub(super) fn may_mention(&self, field: Field, age: u32) -> bool {
        let reach = |field| self.of(field).unwrap_or(usual(field, age));
        reach(field) >= reach(Field::AboutMe)
    }

    /// Whether `field` is for `reach` at least; where the default was left, as far as one may count on it.
    pub(super) fn reaches(&self, field: Field, reach: Reach, age: u32) -> bool {
        self.of(field).unwrap_or(usual(field, age)) >= reach
    }

    /// Narrows what is wider than the field, or the age of a teen, allows.
    fn bound(&mut self, age: u32) {
        for (field, reach) in Field::ALL.into_iter().zip(&mut self.0) {
            let contact = matches!(field, Field::FullName | Field::Email | Field::BirthDate);
            let widest = match (field, age) {
                (Field::Email, _) => Reach::Penpals,
                (_, ..18) if contact => Reach::Penpals,
                (_, ..18) | (Field::FullName | Field::BirthDate, _) => Reach::Members,
                _ => Reach::Public,
            };
            *reach = reach.map(|reach| reach.min(widest));
        }
    }
}

/// What a text may count on where the default was left: the narrowest that the service may give.
fn usual(field: Field, age: u32) -> Reach {
    match (field, age) {
        (Field::AboutMe, ..18) => Reach::Penpals,
        (Field::Languages | Field::Interests | Field::Occupation, ..18) => Reach::Penpals,
        (
            Field::AboutMe
            | Field::Country
            | Field::Languages
            | Field::Interests
            | Field::Occupation,
            _,
        ) => Reach::Members,
        _ => Reach::OnlyMe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_their_order() {
        for (at, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, at);
        }
    }

    #[test]
    fn openness_ends_at_contact_fields_and_for_teens() {
        let adult = Audiences::all(Reach::Public, 18);
        assert_eq!(adult.of(Field::City), Some(Reach::Public));
        assert_eq!(adult.of(Field::Email), Some(Reach::Penpals));
        let teen = Audiences::all(Reach::Public, 17);
        assert_eq!(teen.of(Field::City), Some(Reach::Members));
        assert_eq!(teen.of(Field::FullName), Some(Reach::Penpals));
    }

    #[test]
    fn a_text_mentions_no_narrower_field() {
        let hidden = Audiences::untouched().with(Field::City, Reach::Penpals);
        assert!(!hidden.may_mention(Field::City, 30));
        assert!(hidden.may_mention(Field::Country, 30));
        let shown = hidden.with(Field::AboutMe, Reach::OnlyMe);
        assert!(shown.may_mention(Field::City, 30));
    }
}
