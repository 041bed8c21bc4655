//! The fictional world that a demonstration shows: a thousand members who never were.
//!
//! [`World::generate`] is a pure function of a size, a seed and a day. It knows nothing of databases or
//! of the wire; whoever fills a database maps its plain structs. The same size, seed and day give the
//! same world, to the byte, on every machine.

mod conversations;
mod crowd;
mod draw;
mod gallery;
mod letters;
mod person;
mod reach;
mod regulars;
mod tables;
mod tastes;
#[cfg(test)]
mod tests;
mod ties;
mod walls;

use std::collections::BTreeSet;

use chrono::NaiveDate;

pub use conversations::{Conversation, Letter, Side};
pub use crowd::{Crowd, Friends};
use draw::Draw;
pub use gallery::{Album, Photo};
pub use person::{Gender, Person, SpokenLanguage};
pub use reach::{Audiences, Field, Reach};
pub use regulars::{SIGN_INS, SignIn};
pub use ties::{Block, Bond, Request};
pub use walls::{Said, WallPost};

/// The password of the five sign-ins. Nobody else in the world has one.
pub const PASSWORD: &str = "paper-boats-sail-at-dawn";

/// From how many members on every age from 13 to 90 occurs.
const ALL_AGES_FROM: usize = 400;

/// A world of fictional members and what lies between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// The members; the first five are those of the sign-ins.
    pub people: Vec<Person>,
    /// Penpals: adults with adults, teens with teens, no pair twice.
    pub bonds: Vec<Bond>,
    /// Requests still open, between pairs without a bond or a block.
    pub requests: Vec<Request>,
    /// Blocks, between pairs without a bond.
    pub blocks: Vec<Block>,
    /// Five members to sign in as, at the indexes 0 to 4.
    pub sign_ins: [SignIn; 5],
}

impl World {
    /// Makes a world of `members` people, five at least, whose ages are right on `today`.
    pub fn generate(members: usize, seed: u64, today: NaiveDate) -> Self {
        let mut draw = Draw::new(seed);
        let mut people = Vec::from(regulars::people(&mut draw, today));
        let mut taken: BTreeSet<String> = people.iter().map(|p| p.email.clone()).collect();
        let mut ages = Vec::from(regulars::AGES);
        ages.extend(other_ages(&mut draw, members.saturating_sub(people.len())));
        for age in ages.iter().skip(people.len()).copied() {
            let taken = |address: &str| !taken.insert(address.to_owned());
            people.extend(Person::draw(&mut draw, age, today, None, taken));
        }
        let teen: Vec<bool> = ages.iter().map(|age| *age < 18).collect();
        let ties = ties::weave(&mut draw, &people, &teen);
        Self {
            people,
            bonds: ties.bonds,
            requests: ties.requests,
            blocks: ties.blocks,
            sign_ins: regulars::SIGN_INS,
        }
    }

    /// What these people, made of `seed` on `today`, have written to each other.
    pub fn conversations(&self, seed: u64, today: NaiveDate) -> Vec<Conversation> {
        conversations::write(self, seed, today)
    }
}

impl World {
    /// What these people, made of `seed` on `today`, have written on walls.
    pub fn walls(&self, seed: u64, today: NaiveDate) -> Vec<WallPost> {
        let mut penpals: Vec<Vec<(usize, u16)>> = vec![Vec::new(); self.people.len()];
        for bond in &self.bonds {
            for (one, other) in [(bond.asker, bond.accepter), (bond.accepter, bond.asker)] {
                if let Some(of) = penpals.get_mut(one) {
                    of.push((other, bond.days_ago));
                }
            }
        }
        // It has draws of its own: the world is the same without it.
        let mut draw = Draw::new(seed ^ 0x7761_6c6c);
        let people = self.people.iter().zip(&penpals).enumerate();
        let walls = people.flat_map(|(one, (person, penpals))| {
            let adult = today.years_since(person.birth).unwrap_or(0) >= 19;
            // A newcomer has said nothing yet.
            let most = if penpals.is_empty() { 0 } else { 6 };
            let many = draw.between(0, most) as usize;
            walls::posts(&mut draw, one, penpals, adult, many)
        });
        walls.collect()
    }
}

/// How many of the people have photos: the first ones, who can sign in, among them.
const PHOTOGRAPHERS: usize = 40;
/// In days.
const NEWCOMER: u16 = 7;

impl World {
    /// Albums and photos of some of these people, made of `seed` on `today`.
    pub fn gallery(&self, seed: u64, today: NaiveDate) -> (Vec<Album>, Vec<Photo>) {
        // It has draws of its own: the world is the same without it.
        let mut draw = Draw::new(seed ^ 0x7068_6f74);
        let (mut albums, mut photos) = (Vec::new(), Vec::new());
        for (one, person) in self.people.iter().enumerate().take(PHOTOGRAPHERS) {
            // A newcomer has none yet.
            if person.joined_days_ago < NEWCOMER {
                continue;
            }
            let mut audiences = person.audiences.iter();
            let widest = if audiences.all(|(_, it)| it == Some(Reach::OnlyMe)) {
                // Who shows nothing shows no photos.
                Reach::OnlyMe
            } else if today.years_since(person.birth).unwrap_or(0) >= 19 {
                Reach::Public
            } else {
                Reach::Penpals
            };
            let days = person.joined_days_ago.into();
            gallery::hang(&mut draw, one, widest, days, &mut albums, &mut photos);
        }
        (albums, photos)
    }
}

/// The ages of everybody but the five: some teens in any case, every age in a large world.
fn other_ages(draw: &mut Draw, count: usize) -> Vec<u32> {
    let mut ages: Vec<u32> = (14..18).chain([16, 15]).collect();
    if count >= ALL_AGES_FROM {
        ages.extend(13..=90);
    }
    ages.truncate(count);
    while ages.len() < count {
        let at = draw.below(1000);
        ages.push(age_at(draw, at));
    }
    draw.shuffle(&mut ages);
    ages
}

/// The age of whoever stands at this place among a thousand members, of whom the first sixty are teens.
fn age_at(draw: &mut Draw, place: usize) -> u32 {
    let (youngest, oldest) = match place {
        0..60 => (13, 17),
        60..270 => (18, 24),
        270..550 => (25, 34),
        550..740 => (35, 44),
        740..850 => (45, 54),
        850..925 => (55, 64),
        925..975 => (65, 74),
        975..996 => (75, 84),
        _ => (85, 90),
    };
    draw.between(youngest, oldest)
}
