//! Who writes to whom, and how far each has read.

mod words;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{
    World,
    draw::Draw,
    regulars::{ADA, BORIS, NOOR, TIM, VERA},
    tables::tables,
    ties::Block,
};
use crate::domain::message::Stage;

/// Of a hundred pairs of penpals, so many write to each other here.
const PERCENT: u32 = 20;
/// One in so many adults writes to a stranger.
const STRANGERS_EVERY: usize = 30;
/// The most letters between two.
const MOST: u32 = 12;
/// How far back a correspondence begins at most, in minutes.
const LONGEST: u32 = 200 * DAY;
const DAY: u32 = 24 * 60;
/// When the one who had enough of it blocked the other, in days.
const ENDED: u16 = 20;
/// The least time, in minutes, that a correspondence has.
const LEAST: u32 = 120;

/// What two people have written to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Each of the two's.
    pub sides: [Side; 2],
    /// In the order in which they were sent.
    pub letters: Vec<Letter>,
    /// What has ended it; the world does not know of it otherwise.
    pub ended: Option<Block>,
}

/// A conversation, as one of the two has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Whose, as an index into the people.
    pub person: usize,
    /// How far it has come.
    pub stage: Stage,
    /// Whether it is put away.
    pub archived: bool,
    /// Whether nothing of it is to be announced.
    pub muted: bool,
    /// How many of the letters, from the first on, were read.
    pub read: usize,
    /// What is being written.
    pub draft: Option<String>,
}

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Which of the sides wrote it: 0 or 1.
    pub by: usize,
    /// When, in minutes before the moment of filling the database.
    pub minutes_ago: u32,
    /// What it says, in English.
    pub text: String,
    /// Whether it arrived: not where its reader hears from no strangers.
    pub arrived: bool,
    /// When it was read, in minutes before the moment of filling the database.
    pub read_minutes_ago: Option<u32>,
}

/// How one of the regulars has left a conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Unread,
    Read,
    Archived,
    Muted,
    Drafting,
}

const WAYS: [Left; 5] = [
    Left::Unread,
    Left::Read,
    Left::Drafting,
    Left::Muted,
    Left::Archived,
];

struct Post<'a> {
    draw: Draw,
    world: &'a World,
    ages: Vec<u32>,
    pairs: BTreeSet<(usize, usize)>,
    all: Vec<Conversation>,
}

/// Draws what the people of a world have written. It has draws of its own: the world is the same without it.
pub(super) fn write(world: &World, seed: u64, today: NaiveDate) -> Vec<Conversation> {
    let people = world.people.iter();
    let ages = people.map(|it| today.years_since(it.birth).unwrap_or(0));
    let bonds = world.bonds.iter().map(|it| (it.asker, it.accepter));
    let requests = world.requests.iter().map(|it| (it.from, it.to));
    let blocks = world.blocks.iter().map(|it| (it.blocker, it.blocked));
    let mut post = Post {
        draw: Draw::new(seed ^ 0x706f_7374),
        world,
        ages: ages.collect(),
        // Strangers are those between whom there is nothing.
        pairs: bonds
            .chain(requests)
            .chain(blocks)
            .map(|(one, other)| pair(one, other))
            .collect(),
        all: Vec::new(),
    };
    post.regulars();
    for bond in &world.bonds {
        let regular = bond.asker.min(bond.accepter) <= VERA;
        if post.draw.chance(PERCENT) && !regular {
            post.penpals((bond.asker, bond.accepter), bond.days_ago, None);
        }
    }
    let adults: Vec<usize> = post.of_kind(false);
    for _ in 0..adults.len() / STRANGERS_EVERY {
        if let (Some(from), Some(to)) = (post.one_of(&adults), post.one_of(&adults)) {
            post.stranger(from, to, Stage::Request);
        }
    }
    post.all
}

impl Post<'_> {
    /// Those above the regulars who are teens, or who are not.
    fn of_kind(&self, teens: bool) -> Vec<usize> {
        let ages = self.ages.iter().enumerate().skip(VERA + 1);
        ages.filter(|(_, age)| (**age < 18) == teens)
            .map(|(at, _)| at)
            .collect()
    }

    fn one_of(&mut self, people: &[usize]) -> Option<usize> {
        self.draw.pick(people).copied()
    }

    /// The five, whose mailboxes show what there is.
    fn regulars(&mut self) {
        for regular in [ADA, TIM, BORIS, VERA] {
            let mut ways = WAYS.into_iter().peekable();
            for bond in &self.world.bonds {
                let pair = (bond.asker, bond.accepter);
                let mine = pair.0 == regular || pair.1 == regular;
                // Two of the five who are penpals write to each other once.
                if !mine || pair.0.min(pair.1) < regular {
                    continue;
                }
                let way = ways.peek().copied();
                if way.is_none() && self.draw.chance(60) {
                    continue;
                }
                if self.penpals(pair, bond.days_ago, way.map(|way| (regular, way))) {
                    ways.next();
                }
            }
        }
        let [adults, teens] = [false, true].map(|teens| self.of_kind(teens));
        for (to, wanted, stage) in [
            (ADA, 3, Stage::Request),
            (BORIS, 2, Stage::Request),
            (VERA, 2, Stage::Request),
            (NOOR, 1, Stage::Accepted),
            (NOOR, 3, Stage::Request),
            // Teens hear from penpals alone.
            (TIM, 1, Stage::Nothing),
        ] {
            let crowd = if to == TIM { &teens } else { &adults };
            let (mut written, mut patience) = (0, 200);
            while written < wanted && patience > 0 {
                patience -= 1;
                let from = self.one_of(crowd);
                written += usize::from(from.is_some_and(|from| self.stranger(from, to, stage)));
            }
        }
        for _ in 0..200 {
            if self
                .one_of(&adults)
                .is_some_and(|from| self.ended(from, VERA))
            {
                break;
            }
        }
    }

    /// Letters from before the one blocked the other: to each other they do not exist, and the letters have stayed.
    fn ended(&mut self, blocker: usize, blocked: usize) -> bool {
        let joined = self.joined(blocker).min(self.joined(blocked));
        let until = (u32::from(ENDED) + 1) * DAY;
        let seen = self.seen(blocker).max(self.seen(blocked));
        if seen > until || !self.pairs.insert(pair(blocker, blocked)) {
            return false;
        }
        let left = Some((blocked, Left::Read));
        let made = self.correspond((blocker, blocked), (joined, until), left);
        if let Some(last) = self.all.last_mut().filter(|_| made) {
            last.ended = Some(Block {
                blocker,
                blocked,
                days_ago: ENDED,
            });
        }
        made
    }

    fn joined(&self, at: usize) -> u32 {
        let joined = self.world.people.get(at).map_or(0, |it| it.joined_days_ago);
        u32::from(joined) * DAY
    }

    fn seen(&self, at: usize) -> u32 {
        let people = self.world.people.get(at);
        people.map_or(0, |it| it.last_seen_minutes_ago)
    }

    /// Letters between two who are penpals; whether there was time for any.
    fn penpals(
        &mut self,
        pair: (usize, usize),
        days_ago: u16,
        left: Option<(usize, Left)>,
    ) -> bool {
        let until = self.seen(pair.0).max(self.seen(pair.1));
        // The bond is somewhere within its day.
        let since = (u32::from(days_ago) * DAY).saturating_sub(1);
        self.correspond(pair, (since, until), left)
    }

    fn correspond(
        &mut self,
        (one, other): (usize, usize),
        (since, until): (u32, u32),
        left: Option<(usize, Left)>,
    ) -> bool {
        let since = since.min(until + LONGEST);
        if since < until + LEAST || !self.in_english(one) || !self.in_english(other) {
            return false;
        }
        let count = self.draw.between(1, MOST);
        let mut by: Vec<usize> = Vec::new();
        for nth in 0..count {
            // Mostly in turns.
            let last = by.last().copied();
            let again = nth > 0 && self.draw.chance(15);
            by.push(last.map_or(0, |last| if again { last } else { 1 - last }));
        }
        // Which of the sides the regular is.
        let left = left.map(|(regular, way)| (usize::from(regular != one), way));
        if let Some((regular, way)) = left {
            // Of the last, it is the other's turn to be read, or the regular's to have been.
            let wanted = if way == Left::Read {
                regular
            } else {
                1 - regular
            };
            if let Some(last) = by.last_mut() {
                *last = wanted;
            }
        }
        let mut at: Vec<u32> = by.iter().map(|_| self.draw.between(until, since)).collect();
        at.sort_unstable_by(|a, b| b.cmp(a));
        let texts = self.texts([one, other], &by, false);
        let letters = by.iter().zip(at).zip(texts);
        let letters = letters.map(|((by, minutes_ago), text)| Letter {
            by: *by,
            minutes_ago,
            text,
            arrived: true,
            read_minutes_ago: None,
        });
        let mut conversation = Conversation {
            letters: letters.collect(),
            sides: [one, other].map(|person| side(person, Stage::Accepted)),
            ended: None,
        };
        for which in [0, 1] {
            self.read(&mut conversation, which, until, left);
        }
        if let Some((regular, way)) = left {
            self.leave(&mut conversation.sides[regular], way);
        } else {
            let all = conversation.letters.len();
            for side in &mut conversation.sides {
                side.archived = self.draw.chance(5) && side.read == all;
                side.muted = self.draw.chance(5);
            }
        }
        self.all.push(conversation);
        true
    }

    fn leave(&mut self, side: &mut Side, way: Left) {
        match way {
            Left::Unread | Left::Read => {}
            Left::Archived => side.archived = true,
            Left::Muted => side.muted = true,
            Left::Drafting => {
                let phrases = tables().phrases.get("draft").map_or(&[][..], Vec::as_slice);
                side.draft = self.draw.pick(phrases).map(|it| it.text.to_owned());
            }
        }
    }

    /// How far one of the two has read, which is as far as they have answered at least, and when.
    fn read(
        &mut self,
        of: &mut Conversation,
        which: usize,
        until: u32,
        left: Option<(usize, Left)>,
    ) {
        let answered = of.letters.iter().rposition(|it| it.by == which);
        let answered = answered.map_or(0, |at| at + 1);
        let all = of.letters.len();
        let everything = match left {
            Some((regular, way)) if regular == which => !matches!(way, Left::Unread | Left::Muted),
            Some((_, Left::Read)) => true,
            _ => self.draw.chance(75),
        };
        let read = if everything { all } else { answered };
        of.sides[which].read = read;
        let mut latest = u32::MAX;
        for nth in 0..read {
            let letter = &of.letters[nth];
            if letter.by == which {
                continue;
            }
            let mut after = of.letters.iter().skip(nth);
            let own = after.find(|it| it.by == which).map(|it| it.minutes_ago);
            let at = self.draw.between(own.unwrap_or(until), letter.minutes_ago);
            // Nobody reads a later letter first.
            latest = latest.min(at);
            of.letters[nth].read_minutes_ago = Some(latest);
        }
    }

    /// A letter to somebody who is no penpal, and what became of it; whether there was one.
    fn stranger(&mut self, from: usize, to: usize, stage: Stage) -> bool {
        let since = self.joined(from).min(self.joined(to)).min(30 * DAY) - 1;
        let until = match stage {
            Stage::Accepted => self.seen(from).max(self.seen(to)),
            _ => self.seen(from),
        };
        let free = !self.pairs.contains(&pair(from, to));
        let able = self.in_english(from) && self.in_english(to);
        if from == to || !free || !able || since < until + LEAST {
            return false;
        }
        self.pairs.insert(pair(from, to));
        if stage == Stage::Accepted {
            return self.correspond((from, to), (since, until), Some((to, Left::Unread)));
        }
        let text = self.texts([from, to], &[0], true).pop();
        let mut sides = [from, to].map(|person| side(person, Stage::Accepted));
        sides[0].read = 1;
        sides[1].stage = stage;
        self.all.push(Conversation {
            letters: vec![Letter {
                by: 0,
                minutes_ago: self.draw.between(until, since),
                text: text.unwrap_or_default(),
                arrived: stage != Stage::Nothing,
                read_minutes_ago: None,
            }],
            sides,
            ended: None,
        });
        true
    }

    /// Whether somebody writes English, as far as they say.
    fn in_english(&self, at: usize) -> bool {
        self.world.people.get(at).is_some_and(|it| {
            it.languages.is_empty() || it.languages.iter().any(|spoken| spoken.code == "en")
        })
    }
}

const fn pair(one: usize, other: usize) -> (usize, usize) {
    if one < other {
        (one, other)
    } else {
        (other, one)
    }
}

/// A side of which nothing is read.
pub(super) fn side(person: usize, stage: Stage) -> Side {
    Side {
        person,
        stage,
        archived: false,
        muted: false,
        read: 0,
        draft: None,
    }
}

#[cfg(test)]
mod tests;
