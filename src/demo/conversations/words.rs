//! What letters say.
//!
//! A letter mentions nothing of a profile but interests that its reader may see there: what is hidden does not
//! stand in a letter either.

use std::collections::BTreeSet;

use super::Post;
use crate::demo::{
    reach::{Field, Reach},
    tables::tables,
};

impl Post<'_> {
    /// What the letters say, of whose writers there is one index each.
    pub(super) fn texts(
        &mut self,
        people: [usize; 2],
        by: &[usize],
        stranger: bool,
    ) -> Vec<String> {
        // No sentence comes twice.
        let mut said = BTreeSet::new();
        let mut texts = Vec::new();
        for (nth, writer) in by.iter().enumerate() {
            let mut kinds = Vec::new();
            kinds.push(match nth {
                0 if stranger => "stranger",
                0 => "first",
                _ => "answer",
            });
            for (kind, percent) in [("news", 55), ("topic", 35), ("ask", 60), ("end", 25)] {
                if self.draw.chance(percent) {
                    kinds.push(kind);
                }
            }
            let (from, to) = (people[*writer], people[1 - *writer]);
            let sentences: Vec<String> = kinds
                .iter()
                .filter_map(|kind| self.sentence(kind, from, to, stranger, &mut said))
                .collect();
            texts.push(if sentences.is_empty() {
                "I am still here!".to_owned()
            } else {
                sentences.join(" ")
            });
        }
        texts
    }

    fn sentence(
        &mut self,
        kind: &str,
        from: usize,
        to: usize,
        stranger: bool,
        said: &mut BTreeSet<&'static str>,
    ) -> Option<String> {
        let age = |at: usize| self.ages.get(at).copied().unwrap_or(0);
        let youngest = age(from).min(age(to));
        let needed = if stranger {
            Reach::Members
        } else {
            Reach::Penpals
        };
        let writer = self.world.people.get(from)?;
        let interests = if writer
            .audiences
            .reaches(Field::Interests, needed, age(from))
        {
            writer.interests.as_slice()
        } else {
            &[]
        };
        let hobbies = interests.iter().filter_map(|it| tables().hobbies.get(it));
        let hobbies: Vec<_> = hobbies.filter(|it| it.min_age <= youngest).collect();
        let phrases = tables().phrases.get(kind)?.iter();
        let phrases: Vec<_> = phrases
            .filter(|it| it.min_age <= youngest && !said.contains(it.text))
            .filter(|it| !hobbies.is_empty() || !it.text.contains('{'))
            .collect();
        let phrase = self.draw.pick(&phrases)?.text;
        said.insert(phrase);
        if !phrase.contains('{') {
            return Some(phrase.to_owned());
        }
        let hobby = self.draw.pick(&hobbies)?;
        Some(phrase.replace("{a}", hobby.phrase))
    }
}
