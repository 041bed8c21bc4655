//! What two members have written to each other, as the test knows it.

use std::collections::BTreeMap;

use letterlock::domain::{
    audience::Audience, contact::ContactRules, message::Stage, place::Country,
};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::vocabulary::{COUNTRIES, perhaps, phrase};

/// For how many messages a conversation has room.
pub(super) const SLOTS: usize = 6;

/// A conversation of two, of whom the first has the lesser place. It is over for neither where one is gone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Talk {
    pub(super) sides: [Side; 2],
    /// By the order in which they were sent; ids and times are those of the place.
    pub(super) letters: BTreeMap<usize, Letter>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Side {
    pub(super) stage: Stage,
    pub(super) archived: bool,
    pub(super) muted: bool,
    /// Those before this place were read.
    pub(super) read: usize,
    pub(super) draft: Option<String>,
}

impl Default for Side {
    fn default() -> Self {
        Self {
            stage: Stage::Nothing,
            archived: false,
            muted: false,
            read: 0,
            draft: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Letter {
    /// Which of the two wrote it: 0 or 1.
    pub(super) by: usize,
    pub(super) text: String,
    /// Whether it arrived on the other's side.
    pub(super) arrived: bool,
    /// Which of the two have not deleted it.
    pub(super) kept: [bool; 2],
    /// Whether its sender was told that it was read.
    pub(super) told: bool,
}

impl Letter {
    /// Whether it ever was on this side.
    pub(super) const fn came_to(&self, which: usize) -> bool {
        self.by == which || self.arrived
    }

    /// Whether it is on this side.
    pub(super) const fn lies_with(&self, which: usize) -> bool {
        self.came_to(which) && self.kept[which]
    }
}

impl Talk {
    pub(super) fn draw(rng: &mut ChaCha8Rng) -> Self {
        let mut talk = Self {
            sides: [side(rng), side(rng)],
            letters: BTreeMap::new(),
        };
        // Often all is by one of them.
        let one = rng.random_bool(0.4).then(|| rng.random_range(0..2));
        for slot in 0..SLOTS {
            if rng.random_bool(0.5) {
                let mut drawn = letter(rng);
                drawn.by = one.unwrap_or(drawn.by);
                talk.letters.insert(slot, drawn);
            }
        }
        talk.tidy();
        talk
    }

    /// Changes something about one of the sides.
    pub(super) fn change_side(&mut self, rng: &mut ChaCha8Rng) {
        let drawn = side(rng);
        let changed = &mut self.sides[rng.random_range(0..2)];
        match rng.random_range(0..5) {
            0 => changed.stage = drawn.stage,
            1 => changed.archived = drawn.archived,
            2 => changed.muted = drawn.muted,
            3 => changed.read = drawn.read,
            _ => changed.draft = drawn.draft,
        }
    }

    /// Changes something about one of the messages, or whether it is there.
    pub(super) fn change_letter(&mut self, rng: &mut ChaCha8Rng) {
        let slot = rng.random_range(0..SLOTS);
        let drawn = letter(rng);
        let Some(changed) = self.letters.get_mut(&slot) else {
            self.letters.insert(slot, drawn);
            return;
        };
        match rng.random_range(0..6) {
            0 => drop(self.letters.remove(&slot)),
            1 => changed.text = drawn.text,
            2 => changed.arrived = !changed.arrived,
            3 => changed.told = !changed.told,
            _ => {
                let which = rng.random_range(0..2);
                changed.kept[which] = !changed.kept[which];
            }
        }
    }

    /// Takes out what cannot be.
    pub(super) fn tidy(&mut self) {
        for which in 0..2 {
            let wrote = self.letters.values().any(|letter| letter.by == which);
            let came = self.letters.values().any(|letter| letter.came_to(which));
            let side = &mut self.sides[which];
            if wrote {
                side.stage = Stage::Accepted;
            } else if !came {
                *side = Side::default();
            } else if side.stage == Stage::Nothing {
                side.stage = Stage::Request;
            }
        }
        let stages = [0, 1].map(|which: usize| self.sides[which].stage);
        for letter in self.letters.values_mut() {
            letter.kept[1 - letter.by] &= letter.arrived;
            // Nobody is told by who has not accepted.
            letter.told &= stages[1 - letter.by] >= Stage::Open;
        }
    }
}

fn side(rng: &mut ChaCha8Rng) -> Side {
    Side {
        stage: *[Stage::Request, Stage::Open, Stage::Accepted]
            .choose(rng)
            .unwrap(),
        archived: rng.random_bool(0.2),
        muted: rng.random_bool(0.2),
        read: rng.random_range(0..=SLOTS),
        draft: rng.random_bool(0.3).then(|| phrase(rng)),
    }
}

fn letter(rng: &mut ChaCha8Rng) -> Letter {
    Letter {
        by: rng.random_range(0..2),
        text: phrase(rng),
        arrived: rng.random_bool(0.75),
        kept: [0, 1].map(|_| rng.random_bool(0.85)),
        told: rng.random_bool(0.4),
    }
}

/// Who may write to somebody: most let many.
pub(super) fn random_rules(rng: &mut ChaCha8Rng) -> ContactRules {
    let number =
        |rng: &mut ChaCha8Rng, of: &[i32]| rng.random_bool(0.15).then(|| *of.choose(rng).unwrap());
    let youngest = number(rng, &[13, 16, 25, 40]);
    let oldest = number(rng, &[17, 30, 50, 99]);
    ContactRules {
        writers: *[
            Audience::OnlyMe,
            Audience::Penpals,
            Audience::Members,
            Audience::Members,
            Audience::Members,
        ]
        .choose(rng)
        .unwrap(),
        // The table takes no band that nobody is in.
        youngest: youngest.filter(|least| oldest.is_none_or(|most| *least <= most)),
        oldest,
        countries: perhaps(rng, |_| ())
            .is_none()
            .then(|| Country::parse(COUNTRIES[0]).unwrap())
            .into_iter()
            .collect(),
        share_language: rng.random_bool(0.15),
        share_interest: rng.random_bool(0.15),
        least_length: *[0, 0, 0, 12].choose(rng).unwrap(),
    }
}
