//! A world as the test knows it: plain values, of which the database is written.

use std::collections::{BTreeMap, BTreeSet};

use letterlock::domain::{
    audience::Audience,
    contact::ContactRules,
    findable::{Findable, Way},
    profile::{Audiences, FIELDS, Field},
    standing::Standing,
};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::gallery::Gallery;
use super::note::{self, Note};
use super::talk::{Talk, random_rules};
use super::vocabulary::{CITIES, COUNTRIES, INTERESTS, LANGUAGES, perhaps, phrase};
use super::wall::{self, Posted};

/// How many members a world has room for; some of them are not there.
pub(super) const PLACES: usize = 9;

/// Noon of 15 June 2026, in milliseconds since the Unix epoch: when the tests take place.
pub(super) const NOW: i64 = 1_781_524_800_000;
pub(super) const MINUTE: i64 = 60_000;

/// Somebody who looks: a member, by the place, or a visitor.
pub(super) type Viewer = Option<usize>;

/// A world. Members are named by their places; ids, handles and the times of ties are those of the seed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) members: Vec<Member>,
    /// The lesser place first.
    pub(super) bonds: BTreeSet<(usize, usize)>,
    /// From, to.
    pub(super) requests: BTreeMap<(usize, usize), Request>,
    /// Who has blocked whom.
    pub(super) blocks: BTreeSet<(usize, usize)>,
    pub(super) lists: BTreeMap<(usize, usize), List>,
    /// The lesser place first.
    pub(super) talks: BTreeMap<(usize, usize), Talk>,
    /// By whose wall it is, and a number.
    pub(super) walls: BTreeMap<(usize, usize), Posted>,
    /// Of what whom is told: by the member, and a number.
    pub(super) notes: BTreeMap<(usize, usize), Note>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) present: bool,
    pub(super) name: String,
    pub(super) email: String,
    /// As `yyyymmdd`.
    pub(super) birth: i32,
    /// The account's age is not known, whatever the birth date says.
    pub(super) ageless: bool,
    pub(super) standing: Standing,
    pub(super) audiences: Audiences,
    pub(super) findable: Findable,
    pub(super) contact: ContactRules,
    pub(super) profile: Profile,
    pub(super) gallery: Gallery,
    pub(super) joined_at: i64,
    pub(super) last_seen_at: i64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Profile {
    pub(super) full_name: Option<String>,
    /// From 1 to 4.
    pub(super) gender: Option<i16>,
    pub(super) country: Option<&'static str>,
    pub(super) city: Option<String>,
    pub(super) occupation: Option<String>,
    pub(super) about_me: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) postal_address: Option<String>,
    pub(super) education: Option<String>,
    /// From 1 to 7.
    pub(super) relationship: Option<i16>,
    pub(super) looking_for: Option<String>,
    pub(super) web_handles: Vec<String>,
    /// By code; the level from 0, which is native, to 6.
    pub(super) languages: BTreeMap<&'static str, i16>,
    /// By their places in the taxonomy.
    pub(super) interests: BTreeSet<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Request {
    pub(super) declined: bool,
    pub(super) withdrawn: bool,
}

/// A list of penpals, known by its owner and a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct List {
    pub(super) members: BTreeSet<usize>,
    pub(super) shown: BTreeSet<usize>,
    pub(super) excepted: BTreeSet<usize>,
}

/// Everything that has a row of its own, and so an id.
#[derive(Clone, Copy, Debug)]
pub(super) enum Thing {
    Member(usize),
    Session(usize),
    Request(usize, usize),
    Block(usize, usize),
    List(usize, usize),
    /// Of two, the lesser first.
    Conversation(usize, usize),
    /// The place in the conversation last.
    Message(usize, usize, usize),
    /// By whose wall it is.
    Post(usize, usize),
    /// The place below the post last.
    Comment(usize, usize, usize),
    /// The place in the owner's gallery last.
    Photo(usize, usize),
    Album(usize, usize),
    /// By whom it tells.
    Notice(usize, usize),
    /// What there is in no world.
    Nothing(usize),
}

impl Thing {
    fn number(self) -> u64 {
        let (kind, one, other) = match self {
            Self::Member(one) => (1, one, 0),
            Self::Session(one) => (2, one, 0),
            Self::Request(one, other) => (3, one, other),
            Self::Block(one, other) => (4, one, other),
            Self::List(one, other) => (5, one, other),
            Self::Nothing(one) => (6, one, 0),
            Self::Conversation(one, other) => (7, one, other),
            Self::Photo(owner, slot) => (9, owner, slot),
            Self::Album(owner, slot) => (30, owner, slot),
            Self::Message(one, other, slot) => (10 + slot, one, other),
            Self::Post(wall, slot) => (8, wall, slot),
            Self::Comment(wall, slot, nth) => (20 + nth, wall, slot),
            Self::Notice(me, slot) => (31, me, slot),
        };
        ((kind * 100 + one) * 100 + other) as u64
    }
}

impl World {
    /// The key of a thing: by the world's seed alone, whether or not the thing is there.
    pub(super) fn key(&self, thing: Thing) -> i64 {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed.wrapping_mul(1_000_003) ^ thing.number());
        rng.random_range(1..=i64::MAX)
    }

    /// When something began: by the world's seed alone.
    pub(super) fn time(&self, thing: Thing) -> i64 {
        NOW - 86_400_000 - self.key(thing) % 86_400_000
    }

    pub(super) fn handle(&self, place: usize) -> String {
        const ALPHABET: &[u8] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut rest = self.key(Thing::Member(place)) / 7;
        let mut handle = "quiet-heron-".to_owned();
        for _ in 0..6 {
            handle.push(char::from(ALPHABET[(rest % 32) as usize]));
            rest /= 32;
        }
        handle
    }

    /// Draws a world.
    pub(super) fn draw(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut world = Self {
            seed,
            members: (0..PLACES).map(|place| member(&mut rng, place)).collect(),
            bonds: BTreeSet::new(),
            requests: BTreeMap::new(),
            blocks: BTreeSet::new(),
            lists: BTreeMap::new(),
            talks: BTreeMap::new(),
            walls: BTreeMap::new(),
            notes: BTreeMap::new(),
        };
        for one in 0..PLACES {
            for other in one + 1..PLACES {
                let swap = rng.random_bool(0.5);
                let (from, to) = if swap { (other, one) } else { (one, other) };
                match rng.random_range(0..20) {
                    0..8 => world.bond(one, other),
                    8..11 => world.block(from, to),
                    11..14 => world.ask(from, to, random_request(&mut rng)),
                    _ => {}
                }
            }
        }
        for owner in 0..PLACES {
            for number in 0..rng.random_range(0..4) {
                let list = random_list(&mut rng, owner);
                world.lists.insert((owner, number), list);
            }
        }
        for one in 0..PLACES {
            for other in one + 1..PLACES {
                if rng.random_bool(0.35) {
                    world.talks.insert((one, other), Talk::draw(&mut rng));
                }
            }
        }
        for wall in 0..PLACES {
            for slot in 0..wall::SLOTS {
                if rng.random_bool(0.75) {
                    world
                        .walls
                        .insert((wall, slot), Posted::draw(&mut rng, wall));
                }
            }
        }
        for member in &mut world.members {
            member.gallery = Gallery::draw(&mut rng);
        }
        for me in 0..PLACES {
            for slot in 0..note::SLOTS {
                if let (true, Some(note)) = (rng.random_bool(0.6), Note::draw(&mut rng, &world, me))
                {
                    world.notes.insert((me, slot), note);
                }
            }
        }
        world.tidy();
        world
    }

    /// What the two have written to each other, and which of its sides is the first one's.
    pub(super) fn talk(&self, one: usize, other: usize) -> Option<(&Talk, usize)> {
        let talk = self.talks.get(&(one.min(other), one.max(other)))?;
        Some((talk, usize::from(one > other)))
    }

    pub(super) fn bonded(&self, one: usize, other: usize) -> bool {
        self.bonds.contains(&(one.min(other), one.max(other)))
    }

    pub(super) fn part(&mut self, one: usize, other: usize) {
        self.bonds.remove(&(one.min(other), one.max(other)));
        for pair in [(one, other), (other, one)] {
            match self.requests.get_mut(&pair) {
                Some(request) if request.declined => request.withdrawn = true,
                Some(_) => drop(self.requests.remove(&pair)),
                None => {}
            }
        }
    }

    pub(super) fn bond(&mut self, one: usize, other: usize) {
        self.blocks.remove(&(one, other));
        self.blocks.remove(&(other, one));
        self.requests.remove(&(one, other));
        self.requests.remove(&(other, one));
        self.bonds.insert((one.min(other), one.max(other)));
    }

    pub(super) fn block(&mut self, from: usize, to: usize) {
        self.part(from, to);
        self.blocks.insert((from, to));
    }

    pub(super) fn ask(&mut self, from: usize, to: usize, request: Request) {
        if self.bonded(from, to) {
            return;
        }
        self.requests.insert((from, to), request);
    }

    /// Takes out what cannot be: what belongs to somebody who is not there.
    pub(super) fn tidy(&mut self) {
        let there: Vec<bool> = self.members.iter().map(|member| member.present).collect();
        self.bonds
            .retain(|&(one, other)| there[one] && there[other]);
        self.requests
            .retain(|&(from, to), _| there[from] && there[to]);
        self.blocks.retain(|&(from, _)| there[from]);
        self.lists.retain(|&(owner, _), _| there[owner]);
        wall::tidy(self);
        note::tidy(self);
        // What was written to somebody stays where they are gone.
        for talk in self.talks.values_mut() {
            talk.tidy();
        }
        self.talks.retain(|&(one, other), talk| {
            one != other && (there[one] || there[other]) && !talk.letters.is_empty()
        });
        for ((owner, _), list) in &mut self.lists {
            let audiences = self.members[*owner].audiences;
            list.members.retain(|&member| there[member]);
            // A list is named where the audience is lists, and nowhere in two ways.
            list.shown
                .retain(|&at| audiences.chosen(Field::ALL[at]) == Audience::Lists);
            list.excepted.retain(|at| !list.shown.contains(at));
        }
    }
}

/// A year of birth, month and day: of all ages, near the borders often.
pub(super) fn random_birth(rng: &mut ChaCha8Rng) -> i32 {
    match rng.random_range(0..12) {
        0..6 => rng.random_range(1960..2006) * 10_000 + month_and_day(rng),
        6..10 => rng.random_range(2009..2013) * 10_000 + month_and_day(rng),
        10 => *[20_080_601, 20_080_531, 20_130_615, 20_130_614]
            .choose(rng)
            .unwrap(),
        _ => 20_200_000 + month_and_day(rng),
    }
}

fn month_and_day(rng: &mut ChaCha8Rng) -> i32 {
    rng.random_range(1..13) * 100 + rng.random_range(1..29)
}

pub(super) fn random_standing(rng: &mut ChaCha8Rng) -> Standing {
    match rng.random_range(0..20) {
        0 => Standing::Frozen,
        1 => Standing::InDoubt,
        _ => Standing::Active,
    }
}

pub(super) fn random_audience(rng: &mut ChaCha8Rng, field: Field) -> Audience {
    let most = match field {
        // The table itself takes no wider one.
        Field::Email | Field::Phone | Field::PostalAddress => 3,
        _ => 5,
    };
    *Audience::ALL[..most].choose(rng).unwrap()
}

/// Most are found by most, so that searches find somebody.
pub(super) fn random_finders(rng: &mut ChaCha8Rng, way: Way) -> Audience {
    let drawn = *[
        Audience::OnlyMe,
        Audience::Penpals,
        Audience::Members,
        Audience::Public,
        Audience::Public,
        Audience::Public,
    ]
    .choose(rng)
    .unwrap();
    match way {
        // The table itself takes no wider one.
        Way::Email => drawn.min(Audience::Members),
        Way::Search | Way::Handle => drawn,
    }
}

fn random_audiences(rng: &mut ChaCha8Rng) -> Audiences {
    // Some choose one for all, so that some show nothing to the public.
    let most = *Audience::ALL.choose(rng).unwrap();
    Audiences::from_array(std::array::from_fn(|at| {
        let drawn = random_audience(rng, Field::ALL[at]);
        if rng.random_bool(0.4) || drawn > most {
            drawn.min(most)
        } else {
            random_audience(rng, Field::ALL[at]).min(most)
        }
    }))
}

pub(super) fn random_request(rng: &mut ChaCha8Rng) -> Request {
    let declined = rng.random_bool(0.4);
    Request {
        declined,
        withdrawn: declined && rng.random_bool(0.3),
    }
}

fn random_list(rng: &mut ChaCha8Rng, owner: usize) -> List {
    let mut list = List::default();
    for member in (0..PLACES).filter(|&member| member != owner) {
        if rng.random_bool(0.4) {
            list.members.insert(member);
        }
    }
    for field in 0..FIELDS {
        match rng.random_range(0..10) {
            0..5 => drop(list.shown.insert(field)),
            5 => drop(list.excepted.insert(field)),
            _ => {}
        }
    }
    list
}

pub(super) fn member(rng: &mut ChaCha8Rng, place: usize) -> Member {
    let letter = char::from(b'A' + place as u8);
    Member {
        present: rng.random_bool(0.85),
        name: format!("Member {letter} {}", phrase(rng)),
        email: email(rng, place),
        birth: random_birth(rng),
        ageless: rng.random_bool(0.04),
        standing: random_standing(rng),
        audiences: random_audiences(rng),
        findable: Way::ALL
            .into_iter()
            .fold(Findable::all(Audience::OnlyMe), |findable, way| {
                findable.with(way, random_finders(rng, way))
            }),
        contact: random_rules(rng),
        profile: profile(rng),
        gallery: Gallery::default(),
        joined_at: NOW - rng.random_range(1..400) * 86_400_000,
        last_seen_at: NOW - rng.random_range(1..4_000) * MINUTE,
    }
}

pub(super) fn email(rng: &mut ChaCha8Rng, place: usize) -> String {
    // No two members have one: the place is in it.
    format!("m{place}.{}@example.org", rng.random_range(10..100))
}

pub(super) fn profile(rng: &mut ChaCha8Rng) -> Profile {
    let text = |rng: &mut ChaCha8Rng| perhaps(rng, phrase);
    let some = |rng: &mut ChaCha8Rng| rng.random_range(0..4);
    Profile {
        full_name: text(rng),
        gender: perhaps(rng, |rng| rng.random_range(1..5)),
        country: perhaps(rng, |rng| *COUNTRIES.choose(rng).unwrap()),
        city: perhaps(rng, |rng| (*CITIES.choose(rng).unwrap()).to_owned()),
        occupation: text(rng),
        about_me: text(rng),
        phone: perhaps(rng, |rng| {
            format!("+35121{:07}", rng.random_range(0..9_999_999))
        }),
        postal_address: text(rng),
        education: text(rng),
        relationship: perhaps(rng, |rng| rng.random_range(1..8)),
        looking_for: text(rng),
        web_handles: (0..some(rng)).map(|_| phrase(rng)).collect(),
        languages: (0..some(rng))
            .map(|_| (*LANGUAGES.choose(rng).unwrap(), rng.random_range(0..7)))
            .collect(),
        interests: (0..some(rng))
            .map(|_| *INTERESTS.choose(rng).unwrap())
            .collect(),
    }
}
