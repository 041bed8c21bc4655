//! A world of any size: the demo's five and a crowd around them, for trying how the service bears numbers.
//!
//! It is made one member after the other, so that a million need no more memory than their ties do. Penpals
//! lie at fixed distances around a circle, of adults or of teens: some of them near, so that there are
//! circles of friends, and some anywhere.

use chrono::NaiveDate;

use super::{
    age_at,
    conversations::{self, Conversation, Letter},
    draw::Draw,
    person::Person,
    reach::{Field, Reach},
    regulars::{self, ADA, BORIS, NOOR, TIM},
    ties::{Block, Bond, Request},
    walls::{self, WallPost, plain},
};
use crate::domain::message::Stage;

/// One in so many is a teen, beginning with the regular who is one.
const TEEN_EVERY: usize = 16;
/// Half as many as the penpals of each, for every bond is two people's.
const DISTANCES: usize = 10;
/// Distances of close friends. The five regulars, who are next to each other, are not among their own.
const NEAR: std::ops::Range<usize> = 5..10;
/// The interests of each.
const INTERESTS: usize = 5;
/// Which distances are of those who write to each other: from every place, and from every second one, which is
/// odd, so that each has three conversations.
const WRITES: usize = 0;
const WRITES_BY_TURNS: usize = 2;
/// The letters of a conversation.
const LETTERS: usize = 5;
/// The posts on each wall.
const ON_A_WALL: usize = 10;
/// One in so many keeps a list of friends.
const LIST_EVERY: usize = 8;

/// A list that somebody keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Friends {
    /// What it is called.
    pub name: &'static str,
    /// Penpals of the owner's, as indexes.
    pub members: Vec<usize>,
    /// A field that only those on the list see.
    pub shown: Field,
    /// A field that those on the list do not see.
    pub excepted: Field,
}

/// The members of a circle, and how far from each other penpals are.
struct Circle {
    members: Vec<usize>,
    /// Bonds first, then two more: of requests and of blocks.
    distances: Vec<usize>,
}

/// A world that is made as it is read.
pub struct Crowd {
    draw: Draw,
    seed: u64,
    today: NaiveDate,
    members: usize,
    regulars: std::vec::IntoIter<Person>,
    joined_days_ago: Vec<u16>,
    circles: [Circle; 2],
}

impl Crowd {
    /// A world of `members` people, five at least, whose ages are right on `today`.
    pub fn new(members: usize, seed: u64, today: NaiveDate) -> Self {
        let mut draw = Draw::new(seed);
        let regulars = Vec::from(regulars::people(&mut draw, today));
        let members = members.max(regulars.len());
        // Apart, so that who somebody is does not depend on how many there are.
        let mut apart = Draw::new(!seed);
        let circles = [false, true].map(|teens| {
            let people = (0..members).filter(|at| *at != NOOR && teen(*at) == teens);
            Circle::new(&mut apart, people.collect())
        });
        Self {
            draw,
            seed,
            today,
            members,
            regulars: regulars.into_iter(),
            joined_days_ago: Vec::with_capacity(members),
            circles,
        }
    }

    /// The address of somebody of the crowd, who is no regular.
    pub fn address(at: usize) -> String {
        format!("member{}@letterlock.example", at + 1)
    }

    /// The bonds of which `one` is the first, the request and the block that are theirs; `one` and those
    /// whom they concern have been made.
    pub fn ties(&self, one: usize) -> (Vec<Bond>, Option<Request>, Option<Block>) {
        let nothing = (Vec::new(), None, None);
        let Some((circle, place)) = self.place(one) else {
            return nothing;
        };
        let tie = |distance: &usize| {
            let other = circle.at(place + distance)?;
            Some((other, self.days_ago(one, other)))
        };
        let bonds = circle.distances.iter().take(DISTANCES).filter_map(tie);
        let mut others = circle.distances.iter().skip(DISTANCES).filter_map(tie);
        let bonds = bonds.map(|(accepter, days_ago)| Bond {
            asker: one,
            accepter,
            days_ago,
        });
        // Those whom the demo presents stand to each other, and to everybody, as it says.
        let chance = |every: usize| place.is_multiple_of(every) && one > regulars::VERA;
        let request = others.next().filter(|_| chance(3));
        let by_chance = others
            .next()
            .filter(|(other, _)| chance(16) && *other > regulars::VERA);
        let block = match one {
            ADA => Some((BORIS, self.days_ago(ADA, BORIS))),
            _ => by_chance,
        };
        (
            bonds.collect(),
            request.map(|(to, days_ago)| Request {
                from: one,
                to,
                days_ago: days_ago.min(30),
            }),
            block.map(|(blocked, days_ago)| Block {
                blocker: one,
                blocked,
                days_ago,
            }),
        )
    }

    /// The list that `one` keeps.
    pub fn list(&self, one: usize) -> Option<Friends> {
        let keeps = one > regulars::VERA && one.is_multiple_of(LIST_EVERY);
        let (circle, place) = self.place(one).filter(|_| keeps)?;
        let near = circle.distances.iter().take(NEAR.len());
        let members: Vec<usize> = near.filter_map(|it| circle.at(place + it)).collect();
        Some(Friends {
            name: "Close friends",
            members,
            shown: SHOWN,
            excepted: EXCEPTED,
        })
    }

    /// The conversations that `one` has begun; `one` and those with whom they are have been made.
    pub fn conversations(&self, one: usize) -> Vec<Conversation> {
        let Some((circle, place)) = self.place(one) else {
            return Vec::new();
        };
        let by_turns = Some(WRITES_BY_TURNS).filter(|_| place.is_multiple_of(2));
        let nth = [Some(WRITES), by_turns].into_iter().flatten();
        let bonds = circle
            .distances
            .get(..DISTANCES.min(circle.distances.len()));
        nth.filter_map(|nth| bonds?.get(nth))
            .filter_map(|distance| circle.at(place + distance))
            .map(|other| self.conversation(one, other))
            .collect()
    }

    /// What stands on the wall of `one`; those with whom they are penpals have been made.
    pub fn wall(&self, one: usize) -> Vec<WallPost> {
        let (bonds, _, _) = self.ties(one);
        let penpals: Vec<(usize, u16)> =
            bonds.iter().map(|it| (it.accepter, it.days_ago)).collect();
        let mut draw = Draw::new(self.seed.rotate_left(17) ^ one as u64);
        walls::posts(&mut draw, one, &penpals, !teen(one), ON_A_WALL)
    }

    fn conversation(&self, one: usize, other: usize) -> Conversation {
        let pair = (one.min(other) as u64) << 32 | one.max(other) as u64;
        let mut draw = Draw::new(!self.seed ^ pair);
        let since = u32::from(self.days_ago(one, other)) * 24 * 60;
        by_turns(&mut draw, [one, other], since)
    }

    fn place(&self, one: usize) -> Option<(&Circle, usize)> {
        let [adults, teens] = &self.circles;
        let circle = if teen(one) { teens } else { adults };
        let place = circle.members.binary_search(&one).ok()?;
        Some((circle, place))
    }

    /// When the two met: after both had joined, whoever of them asks.
    fn days_ago(&self, one: usize, other: usize) -> u16 {
        let joined = |at: usize| self.joined_days_ago.get(at).copied().unwrap_or(0);
        let pair = (one.min(other) as u64) << 32 | one.max(other) as u64;
        let latest = joined(one).min(joined(other));
        let days = Draw::new(self.seed ^ pair).between(0, latest.into());
        u16::try_from(days).unwrap_or(0)
    }

    fn make(&mut self, at: usize) -> Option<Person> {
        if let Some(regular) = self.regulars.next() {
            return Some(regular);
        }
        let place = if teen(at) {
            self.draw.below(60)
        } else {
            60 + self.draw.below(940)
        };
        // Whoever has just turned eighteen may still count as a teen.
        let age = match age_at(&mut self.draw, place) {
            18 => 19,
            age => age,
        };
        let draw = &mut self.draw;
        let mut person = Person::draw(draw, age, self.today, Some(INTERESTS), |_| false)?;
        person.email = Self::address(at);
        if at.is_multiple_of(LIST_EVERY) {
            person.audiences = person.audiences.with(SHOWN, Reach::Lists);
        }
        Some(person)
    }
}

/// What a list of close friends is shown, and what is kept from them.
const SHOWN: Field = Field::LookingFor;
const EXCEPTED: Field = Field::LastSeen;

fn teen(at: usize) -> bool {
    at % TEEN_EVERY == TIM
}

impl Iterator for Crowd {
    type Item = Person;

    fn next(&mut self) -> Option<Person> {
        let at = self.joined_days_ago.len();
        if at == self.members {
            return None;
        }
        let person = self.make(at)?;
        self.joined_days_ago.push(person.joined_days_ago);
        Some(person)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.members - self.joined_days_ago.len();
        (left, Some(left))
    }
}

impl ExactSizeIterator for Crowd {}

impl Circle {
    fn new(draw: &mut Draw, members: Vec<usize>) -> Self {
        // A distance beyond half the circle is a shorter one the other way round.
        let most = members.len().saturating_sub(1) / 2;
        let mut distances: Vec<usize> = NEAR.filter(|distance| *distance <= most).collect();
        let far = NEAR.end..=most;
        let wanted = (DISTANCES + 2).min(distances.len() + far.clone().count());
        while distances.len() < wanted {
            let distance = far.start() + draw.below(far.clone().count());
            if !distances.contains(&distance) {
                distances.push(distance);
            }
        }
        Self { members, distances }
    }

    fn at(&self, place: usize) -> Option<usize> {
        self.members.get(place % self.members.len().max(1)).copied()
    }
}

/// Letters by turns since a minute, for people of any age: in a crowd, all write alike. In a third of such conversations, the last letter is unread.
fn by_turns(draw: &mut Draw, people: [usize; 2], since: u32) -> Conversation {
    let mut at: Vec<u32> = (0..LETTERS).map(|_| draw.between(0, since)).collect();
    at.sort_unstable_by(|a, b| b.cmp(a));
    let unread = draw.chance(33);
    let mut sides = people.map(|person| conversations::side(person, Stage::Accepted));
    for side in &mut sides {
        side.read = LETTERS;
    }
    let last = LETTERS - 1;
    if unread {
        sides[1 - last % 2].read = last;
    }
    let letters = at.iter().enumerate().map(|(nth, minutes_ago)| {
        let read = nth < last || !unread;
        let kinds = [if nth == 0 { "first" } else { "answer" }, "news", "ask"];
        Letter {
            by: nth % 2,
            minutes_ago: *minutes_ago,
            text: kinds.map(|kind| plain(draw, kind)).join(" "),
            arrived: true,
            read_minutes_ago: read.then_some(at.get(nth + 1).copied().unwrap_or(0)),
        }
    });
    Conversation {
        letters: letters.collect(),
        sides,
        ended: None,
    }
}
