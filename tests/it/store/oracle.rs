//! A second opinion on who may see what, written from the prose of the policy and sharing no code with
//! `privacy`; and the random worlds about which it is asked.

use std::collections::BTreeSet;

use letterlock::domain::profile::FIELDS;
use rand::{Rng, RngExt};

use crate::support::{app::TestApp, world::Person};

/// How old somebody is, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    Unknown,
    Child,
    Teen,
    Adult,
}

/// Whether somebody takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Active,
    Frozen,
    InDoubt,
}

/// Somebody of a random world.
#[derive(Clone, Debug)]
pub(super) struct Soul {
    pub(super) age: Age,
    pub(super) standing: Standing,
    /// By a field's place in the list: 0 only me, 1 lists (there are none), 2 penpals, 3 members, 4 public.
    pub(super) audiences: [i16; FIELDS],
}

/// Everything on which the answers depend; people by their places.
#[derive(Clone, Debug)]
pub(super) struct Souls {
    pub(super) souls: Vec<Soul>,
    pub(super) bonds: BTreeSet<(usize, usize)>,
    pub(super) blocks: BTreeSet<(usize, usize)>,
}

/// E-mail address, telephone number, postal address: penpals at most.
const CONTACT: [usize; 3] = [1, 12, 13];
const WEB_HANDLES: usize = 18;
const MUTUAL: usize = 21;

impl Souls {
    /// A world of `count` people in which every age, standing, audience, bond and block is by chance.
    pub(super) fn random(count: usize, rng: &mut impl Rng) -> Self {
        let souls = (0..count)
            .map(|_| Soul {
                age: match rng.random_range(0..20) {
                    0 => Age::Unknown,
                    1 => Age::Child,
                    2..7 => Age::Teen,
                    _ => Age::Adult,
                },
                standing: match rng.random_range(0..18) {
                    0 => Standing::Frozen,
                    1 => Standing::InDoubt,
                    _ => Standing::Active,
                },
                audiences: {
                    // Some show all they can, so that much is granted, and some nothing.
                    let (low, high) = [(0, 5), (3, 5), (0, 1), (2, 4)][rng.random_range(0..4)];
                    let mut audiences = [0; FIELDS];
                    for (field, audience) in audiences.iter_mut().enumerate() {
                        *audience = rng.random_range(low..high);
                        if CONTACT.contains(&field) {
                            *audience = (*audience).min(2);
                        }
                    }
                    audiences
                },
            })
            .collect();
        let mut pairs = |one_in: u32| {
            let mut drawn = BTreeSet::new();
            for one in 0..count {
                for other in 0..count {
                    if one != other && rng.random_range(0..one_in) == 0 {
                        drawn.insert((one, other));
                    }
                }
            }
            drawn
        };
        let blocks = pairs(14);
        let bonds = pairs(4)
            .into_iter()
            .filter(|(one, other)| {
                one < other
                    && !blocks.contains(&(*one, *other))
                    && !blocks.contains(&(*other, *one))
            })
            .collect();
        Self {
            souls,
            bonds,
            blocks,
        }
    }

    /// Makes the database such a world, for the same people.
    pub(super) async fn settle(&self, app: &TestApp, people: &[Person]) {
        let mut sql =
            "DELETE FROM bonds; DELETE FROM blocks; DELETE FROM bond_requests;".to_owned();
        let id = |place: usize| people[place].id.key();
        for (place, soul) in self.souls.iter().enumerate() {
            let (birth, thirteen, eighteen) = match soul.age {
                Age::Unknown => ("NULL", "NULL", "NULL"),
                Age::Child => ("20160304", "20290304", "20340304"),
                Age::Teen => ("20100304", "20230304", "20280304"),
                Age::Adult => ("19900304", "20030304", "20080304"),
            };
            let audiences: String = soul.audiences.iter().map(i16::to_string).collect();
            sql.push_str(&format!(
                "UPDATE profiles SET birth_on = {birth} WHERE member_id = {me};
                 UPDATE standings SET turns_13_on = {thirteen}, turns_18_on = {eighteen},
                 standing = {}, privacy_version = privacy_version + 1, audiences = '{}'
                 WHERE member_id = {me};",
                soul.standing as i16,
                audiences,
                me = id(place),
            ));
        }
        for (nth, (one, other)) in self.bonds.iter().enumerate() {
            for (from, to) in [(one, other), (other, one)] {
                sql.push_str(&format!(
                    "INSERT INTO bonds (member_id, penpal_id, since_at) VALUES ({}, {}, {nth});",
                    id(*from),
                    id(*to),
                ));
            }
        }
        for (nth, (blocker, blocked)) in self.blocks.iter().enumerate() {
            sql.push_str(&format!(
                "INSERT INTO blocks (id, blocker_id, blocked_id, handle, blocked_at)
                 VALUES ({}, {}, {}, '{}', {nth});",
                nth + 1,
                id(*blocker),
                id(*blocked),
                people[*blocked].handle,
            ));
        }
        app.db_sql(&sql).await;
    }

    pub(super) fn bonded(&self, one: usize, other: usize) -> bool {
        self.bonds.contains(&(one.min(other), one.max(other)))
    }

    /// Whether an account may be served at all.
    pub(super) fn served(&self, one: usize) -> bool {
        let soul = &self.souls[one];
        soul.standing != Standing::Frozen && matches!(soul.age, Age::Teen | Age::Adult)
    }

    /// Whether somebody exists for others, and others for them.
    fn takes_part(&self, one: usize) -> bool {
        self.served(one) && self.souls[one].standing == Standing::Active
    }

    fn audience(&self, owner: usize, field: usize) -> i16 {
        let soul = &self.souls[owner];
        let widest = match (field, soul.age) {
            (field, _) if CONTACT.contains(&field) => 2,
            (MUTUAL, _) => 3,
            (_, Age::Adult) => 4,
            (WEB_HANDLES, _) => 2,
            _ => 3,
        };
        soul.audiences[field].min(widest)
    }

    /// Whether `owner` exists for `viewer`; a visitor is `None`.
    pub(super) fn meets(&self, viewer: Option<usize>, owner: usize) -> bool {
        let Some(viewer) = viewer else {
            return self.takes_part(owner)
                && self.souls[owner].age == Age::Adult
                && (0..FIELDS).any(|field| self.audience(owner, field) == 4);
        };
        if viewer == owner {
            return self.served(viewer);
        }
        if !self.takes_part(viewer) || !self.takes_part(owner) {
            return false;
        }
        let blocked =
            self.blocks.contains(&(viewer, owner)) || self.blocks.contains(&(owner, viewer));
        let same_age = self.souls[viewer].age == self.souls[owner].age;
        !blocked && (same_age || self.bonded(viewer, owner))
    }

    /// Whether `viewer` may see a field of `owner`.
    pub(super) fn sees(&self, viewer: Option<usize>, owner: usize, field: usize) -> bool {
        if !self.meets(viewer, owner) {
            return false;
        }
        match (viewer, self.audience(owner, field)) {
            (Some(viewer), _) if viewer == owner => true,
            (_, 4) => true,
            (Some(_), 3) => true,
            (Some(viewer), 2) => self.bonded(viewer, owner),
            _ => false,
        }
    }
}
