//! Who knows whom, who asks whom, and who has blocked whom.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    draw::Draw,
    person::Person,
    regulars::{ADA, BORIS, NOOR, TIM, VERA},
};

/// The most penpals that anybody has.
const MOST: usize = 40;

/// Two people who are penpals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bond {
    /// Whoever asked, as an index into the people.
    pub asker: usize,
    /// Whoever accepted, as an index into the people.
    pub accepter: usize,
    /// Days before the day of the world; both had joined by then.
    pub days_ago: u16,
}

/// A request to become penpals that nobody has answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whoever asks, as an index into the people.
    pub from: usize,
    /// Whoever is asked, as an index into the people.
    pub to: usize,
    /// Days before the day of the world; both had joined by then.
    pub days_ago: u16,
}

/// A block, which works in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Whoever blocked, as an index into the people.
    pub blocker: usize,
    /// Whoever was blocked, as an index into the people.
    pub blocked: usize,
    /// Days before the day of the world; both had joined by then.
    pub days_ago: u16,
}

/// All ties of a world. No pair has more than one of them.
#[derive(Default)]
pub(super) struct Ties {
    pub(super) bonds: Vec<Bond>,
    pub(super) requests: Vec<Request>,
    pub(super) blocks: Vec<Block>,
}

struct Weaver<'a> {
    draw: &'a mut Draw,
    people: &'a [Person],
    tied: BTreeSet<(usize, usize)>,
    degree: BTreeMap<usize, usize>,
    ties: Ties,
}

/// Draws the ties of these people: within the adults and within the teens, never across.
pub(super) fn weave(draw: &mut Draw, people: &[Person], teen: &[bool]) -> Ties {
    let class = |wanted: bool| -> Vec<usize> {
        let indices = teen.iter().enumerate();
        indices
            .filter(|(_, teen)| **teen == wanted)
            .map(|(at, _)| at)
            .collect()
    };
    let (adults, teens) = (class(false), class(true));
    let mut weaver = Weaver {
        draw,
        people,
        tied: BTreeSet::new(),
        degree: BTreeMap::new(),
        ties: Ties::default(),
    };
    weaver.block(ADA, BORIS);
    for class in [&adults, &teens] {
        weaver.blocks(class, class.len() * 6 / 100);
        weaver.bonds(class);
        weaver.requests(class, class.len() * 3 / 10);
    }
    weaver.ties
}

impl Weaver<'_> {
    fn blocks(&mut self, class: &[usize], count: usize) {
        for _ in 0..count {
            if let Some((blocker, blocked)) = self.pair(class).filter(|pair| !regular(*pair)) {
                self.block(blocker, blocked);
            }
        }
    }

    fn block(&mut self, blocker: usize, blocked: usize) {
        if let Some(days_ago) = self.tie(blocker, blocked) {
            self.ties.blocks.push(Block {
                blocker,
                blocked,
                days_ago,
            });
        }
    }

    fn bonds(&mut self, class: &[usize]) {
        let wanted: BTreeMap<usize, usize> =
            class.iter().map(|at| (*at, self.sociable(*at))).collect();
        let wants = |at: usize| wanted.get(&at).copied().unwrap_or(0);
        // The regulars come first, while everybody still has room.
        for at in class.iter().copied() {
            let mut patience = 60 * (1 + wants(at));
            while self.penpals(at) < wants(at) && patience > 0 {
                patience -= 1;
                let Some(other) = self.draw.pick(class).copied() else {
                    break;
                };
                let room = self.penpals(other) < wants(other);
                if other == at || !room || !self.fits(at, other) {
                    continue;
                }
                let (asker, accepter) = if self.draw.chance(50) {
                    (at, other)
                } else {
                    (other, at)
                };
                if let Some(days_ago) = self.tie(asker, accepter) {
                    self.ties.bonds.push(Bond {
                        asker,
                        accepter,
                        days_ago,
                    });
                    for end in [asker, accepter] {
                        *self.degree.entry(end).or_default() += 1;
                    }
                }
            }
        }
    }

    fn requests(&mut self, class: &[usize], count: usize) {
        let wanted = self.ties.requests.len() + count;
        let mut patience = 20 * count;
        while self.ties.requests.len() < wanted && patience > 0 {
            patience -= 1;
            let pair = self.pair(class);
            let Some((from, to)) = pair.filter(|(from, to)| self.fits(*from, *to)) else {
                continue;
            };
            if let Some(days_ago) = self.tie(from, to) {
                let days_ago = days_ago.min(30);
                self.ties.requests.push(Request { from, to, days_ago });
            }
        }
    }

    /// How many penpals somebody would like; few have very many.
    fn sociable(&mut self, at: usize) -> usize {
        let drawn = match self.draw.below(100) {
            0..14 => 0,
            14..45 => self.draw.between(1, 5),
            45..80 => self.draw.between(4, 13),
            80..95 => self.draw.between(10, 24),
            _ => self.draw.between(20, 40),
        };
        match at {
            ADA => 12,
            NOOR => 0,
            TIM => 4,
            BORIS => 6,
            VERA => 5,
            _ => usize::try_from(drawn).unwrap_or(0).min(MOST),
        }
    }

    fn penpals(&self, at: usize) -> usize {
        self.degree.get(&at).copied().unwrap_or(0)
    }

    /// Whether two people would take to each other: more readily when they share something.
    fn fits(&mut self, one: usize, other: usize) -> bool {
        let (Some(one), Some(other)) = (self.people.get(one), self.people.get(other)) else {
            return false;
        };
        let alike = |slug: &&str| other.interests.contains(slug);
        let interest = one.interests.iter().any(alike);
        let language = one.languages.iter().any(|spoken| {
            let theirs = |their: &&super::SpokenLanguage| their.code == spoken.code;
            other.languages.iter().any(|their| theirs(&their))
        });
        self.draw.chance(match (interest, language) {
            (true, true) => 100,
            (true, false) | (false, true) => 45,
            (false, false) => 3,
        })
    }

    fn pair(&mut self, class: &[usize]) -> Option<(usize, usize)> {
        let one = *self.draw.pick(class)?;
        let other = *self.draw.pick(class)?;
        Some((one, other)).filter(|_| one != other)
    }

    /// Takes the pair, and says how many days ago; none when it is taken already.
    fn tie(&mut self, one: usize, other: usize) -> Option<u16> {
        let joined = |at: usize| self.people.get(at).map(|person| person.joined_days_ago);
        let latest = joined(one)?.min(joined(other)?);
        let free = self.tied.insert((one.min(other), one.max(other)));
        let days_ago = self.draw.between(0, u32::from(latest));
        free.then(|| u16::try_from(days_ago).unwrap_or(0))
    }
}

/// Whether one of the five is in this pair: their standing is fixed, so chance blocks none of them.
fn regular((one, other): (usize, usize)) -> bool {
    one.min(other) <= VERA
}
