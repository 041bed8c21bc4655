//! Random worlds: members of all ages and standings, and what is between them, known to the test beside
//! the database.

use chrono::TimeDelta;
use letterlock::{
    domain::{
        age::{AgeClass, Today},
        audience::Audience,
        findable::{Findable, Way},
        profile::{Audiences, FIELDS, Field, FieldSet},
        standing::Standing,
    },
    privacy::{Known, OwnerFacts, PairFacts, ViewerFacts, Wish, decide},
};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::canaries::global;
use crate::support::{
    app::TestApp,
    world::{ADULT, Person, Plan, TEEN},
};

/// How many members a world has.
pub(super) const MEMBERS: usize = 12;

/// A world as the test knows it. Members are named by their places.
pub(super) struct World {
    pub(super) people: Vec<Person>,
    pub(super) owners: Vec<OwnerFacts>,
    bonds: Vec<(usize, usize)>,
    blocks: Vec<(usize, usize)>,
    /// From, to, declined.
    requests: Vec<(usize, usize, bool)>,
    lists: Vec<Naming>,
}

/// A list that a field's audience names, with those on it.
struct Naming {
    owner: usize,
    field: Field,
    excepted: bool,
    members: Vec<usize>,
}

fn lists(rng: &mut ChaCha8Rng) -> Vec<Naming> {
    let mut lists = Vec::new();
    for owner in 0..MEMBERS {
        // To a search, whoever names the searcher on a list is another case than everybody else: some name nobody.
        if rng.random_bool(0.5) {
            continue;
        }
        for _ in 0..rng.random_range(0..12) {
            lists.push(Naming {
                owner,
                field: *Field::ALL.choose(rng).unwrap(),
                excepted: rng.random_bool(0.4),
                members: (0..MEMBERS)
                    .filter(|&member| member != owner && rng.random_bool(0.5))
                    .collect(),
            });
        }
        // The lists of penpals are looked at by more than one way: often enough.
        for field in [Field::Penpals, Field::MutualPenpals] {
            for excepted in [false, true] {
                lists.push(Naming {
                    owner,
                    field,
                    excepted,
                    members: (0..MEMBERS)
                        .filter(|&member| {
                            member != owner && rng.random_bool(if excepted { 0.1 } else { 0.6 })
                        })
                        .collect(),
                });
            }
        }
    }
    lists
}

/// Somebody who looks: a member, or a visitor.
pub(super) type Viewer = Option<usize>;

fn age(rng: &mut ChaCha8Rng) -> AgeClass {
    match rng.random_range(0..10) {
        0..5 => AgeClass::Adult,
        5..8 => AgeClass::Teen,
        8 => AgeClass::Child,
        _ => AgeClass::Unknown,
    }
}

fn audiences(rng: &mut ChaCha8Rng) -> Audiences {
    // Some members choose one audience for all, so that some show nothing to the public.
    let most = *Audience::ALL.choose(rng).unwrap();
    let mut chosen = [most; FIELDS];
    for audience in &mut chosen {
        if rng.random_bool(0.4) {
            let choices: Vec<Audience> = Audience::ALL
                .into_iter()
                .filter(|one| *one <= most)
                .collect();
            *audience = *choices.choose(rng).unwrap();
        }
    }
    let mut audiences = Audiences::from_array(chosen);
    // Often enough: by those who do not exist for visitors, and by those who do, of whom some show no penpals.
    for field in [Field::Penpals, Field::City] {
        if rng.random_bool(0.4) {
            audiences = audiences.with(field, Audience::Public);
        }
    }
    // The database itself refuses a wider one.
    for field in [Field::Email, Field::Phone, Field::PostalAddress] {
        let drawn_in = audiences.chosen(field).min(Audience::Penpals);
        audiences = audiences.with(field, drawn_in);
    }
    audiences
}

/// Neither all nor nobody more often, so that those who find them by mistake are met.
const FINDERS: [Audience; 6] = [
    Audience::OnlyMe,
    Audience::Penpals,
    Audience::Penpals,
    Audience::Members,
    Audience::Members,
    Audience::Members,
];

/// Often somebody is found by fewer than the widest.
fn findable(rng: &mut ChaCha8Rng) -> Findable {
    Way::ALL
        .into_iter()
        .fold(Findable::all(Audience::Public), |findable, way| {
            match rng.random_range(0..2) {
                0 => findable.with(way, *FINDERS.choose(rng).unwrap()),
                _ => findable.with(way, Audience::Public),
            }
        })
}

impl World {
    /// Draws a world and puts it into the emptied database.
    pub(super) async fn settle(app: &TestApp, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let owners: Vec<OwnerFacts> = (0..MEMBERS)
            .map(|_| OwnerFacts {
                age: age(&mut rng),
                standing: match rng.random_range(0..20) {
                    0..2 => Standing::Frozen,
                    2..4 => Standing::InDoubt,
                    _ => Standing::Active,
                },
                audiences: audiences(&mut rng),
                findable: findable(&mut rng),
            })
            .collect();
        let (mut bonds, mut blocks, mut requests) = (Vec::new(), Vec::new(), Vec::new());
        for one in 0..MEMBERS {
            for other in one + 1..MEMBERS {
                let (from, to) = if rng.random_bool(0.5) {
                    (one, other)
                } else {
                    (other, one)
                };
                match rng.random_range(0..20) {
                    0..7 => bonds.push((from, to)),
                    7 => blocks.push((from, to)),
                    8..12 => requests.push((from, to, rng.random_bool(0.3))),
                    12 => {
                        // Asked, and blocked afterwards.
                        blocks.push((from, to));
                        requests.push((to, from, false));
                    }
                    _ => {}
                }
            }
        }
        let lists = lists(&mut rng);
        let people = Self::write(app, &owners, &bonds, &blocks, &requests).await;
        Self::write_lists(app, &people, &lists).await;
        Self {
            lists,
            people,
            owners,
            bonds,
            blocks,
            requests,
        }
    }

    async fn write(
        app: &TestApp,
        owners: &[OwnerFacts],
        bonds: &[(usize, usize)],
        blocks: &[(usize, usize)],
        requests: &[(usize, usize, bool)],
    ) -> Vec<Person> {
        for table in ["purposes", "blocks", "audience_lists", "members", "handles"] {
            app.db_sql(&format!("DELETE FROM {table}")).await;
        }
        let plan = |(nth, owner): (usize, &OwnerFacts)| {
            let birth = if owner.age == AgeClass::Teen {
                TEEN
            } else {
                ADULT
            };
            let name = format!("Member{}", (b'A' + nth as u8) as char);
            let plan = Plan::new(&name, birth, owner.audiences);
            // The database itself refuses a wider one.
            let by_email = owner.findable.chosen(Way::Email).min(Audience::Members);
            Plan {
                findable: owner.findable.with(Way::Email, by_email),
                ..plan
            }
        };
        let plans: Vec<Plan> = owners.iter().enumerate().map(plan).collect();
        let people = app.db_world(&plans, bonds, blocks).await;
        let mut sql = String::new();
        let now = app.clock.now();
        let today = Today::at(now).key();
        let tomorrow = Today::at(now + TimeDelta::days(1)).key();
        for (nth, (owner, person)) in owners.iter().zip(&people).enumerate() {
            // Every other one came to their age today, or comes to the next one tomorrow.
            let turns_13_on = match (owner.age, nth % 4) {
                (AgeClass::Child, 0 | 1) => Some(tomorrow),
                (AgeClass::Child, _) => Some(20_300_101),
                (AgeClass::Teen, 0) => Some(today),
                (AgeClass::Teen, 1) => Some(tomorrow - 50_000),
                (AgeClass::Adult, 0 | 1) => Some(today - 50_000),
                _ => None,
            };
            let dates = match (owner.age, turns_13_on) {
                (AgeClass::Unknown, _) => ", turns_13_on = NULL, turns_18_on = NULL".to_owned(),
                (_, None) => String::new(),
                (_, Some(day)) => {
                    format!(", turns_13_on = {day}, turns_18_on = {}", day + 50_000)
                }
            };
            let (standing, key) = (owner.standing.code(), person.id.key());
            sql += &format!(
                "UPDATE standings SET standing = {standing}{dates} WHERE member_id = {key};"
            );
        }
        for (nth, (from, to, declined)) in requests.iter().enumerate() {
            let (from, to) = (people[*from].id.key(), people[*to].id.key());
            let declined = if *declined { "5" } else { "NULL" };
            sql += &format!(
                "INSERT INTO bond_requests (id, from_id, to_id, asked_at, declined_at, withdrawn) \
                 VALUES ({}, {from}, {to}, {}, {declined}, FALSE);",
                nth + 1,
                1_700_000_000_000_i64 + nth as i64,
            );
        }
        // Some have blocked somebody who is gone.
        for person in people.iter().step_by(3) {
            let key = person.id.key();
            sql += &format!(
                "INSERT INTO blocks (id, blocker_id, blocked_id, handle, blocked_at) \
                 VALUES ({key}, {key}, NULL, 'gone', 1);"
            );
        }
        app.db_sql(&sql).await;
        people
    }

    async fn write_lists(app: &TestApp, people: &[Person], lists: &[Naming]) {
        let mut sql = String::new();
        for (nth, naming) in lists.iter().enumerate() {
            let (list, owner) = (nth + 1, people[naming.owner].id.key());
            let (field, excepted) = (naming.field.index(), naming.excepted);
            sql += &format!(
                "INSERT INTO lists (id, owner_id, name, name_folded, created_at)
                 VALUES ({list}, {owner}, 'L{list}', 'l{list}', 1);
                 INSERT INTO audience_lists (owner_id, field, list_id, excepted)
                 VALUES ({owner}, {field}, {list}, {excepted});
                 UPDATE standings SET uses_lists = TRUE WHERE member_id = {owner};"
            );
            for member in &naming.members {
                sql += &format!(
                    "INSERT INTO list_members (list_id, member_id, added_at)
                     VALUES ({list}, {}, 1);",
                    people[*member].id.key()
                );
            }
        }
        app.db_sql(&sql).await;
    }

    /// The fields for which `owner` names a list on which `viewer` stands.
    fn named(&self, viewer: usize, owner: usize, excepted: bool) -> FieldSet {
        self.lists
            .iter()
            .filter(|naming| naming.owner == owner && naming.excepted == excepted)
            .filter(|naming| naming.members.contains(&viewer))
            .fold(FieldSet::NONE, |set, naming| set.with(naming.field))
    }

    fn has(list: &[(usize, usize)], one: usize, other: usize) -> bool {
        list.contains(&(one, other)) || list.contains(&(other, one))
    }

    /// What is true of a viewer and an owner.
    pub(super) fn known(&self, viewer: Viewer, owner: usize) -> Known {
        let pair = viewer.map_or_else(PairFacts::default, |viewer| PairFacts {
            same: viewer == owner,
            penpals: Self::has(&self.bonds, viewer, owner),
            blocked: Self::has(&self.blocks, viewer, owner),
            asked: self
                .requests
                .iter()
                .any(|(from, to, _)| (*from, *to) == (viewer, owner)),
            asked_me: self.requests.contains(&(owner, viewer, false)),
            listed: self.named(viewer, owner, false),
            excepted: self.named(viewer, owner, true),
        });
        Known {
            viewer: viewer.map_or(ViewerFacts::Visitor, |viewer| ViewerFacts::Member {
                age: self.owners[viewer].age,
                standing: self.owners[viewer].standing,
            }),
            owner: self.owners[owner],
            pair,
        }
    }

    pub(super) fn allows(&self, viewer: Viewer, owner: usize, wish: Wish) -> bool {
        decide(wish, &self.known(viewer, owner)).allows()
    }

    /// Whether an account is served at all.
    pub(super) fn served(&self, viewer: Viewer) -> bool {
        viewer.is_none_or(|viewer| self.allows(Some(viewer), viewer, Wish::Meet))
    }

    /// The global ids of those whom `who` picks, in no order.
    pub(super) fn ids(&self, who: impl Fn(usize) -> bool) -> Vec<String> {
        let mut ids: Vec<String> = (0..MEMBERS)
            .filter(|&member| who(member))
            .map(|member| global(self.people[member].id))
            .collect();
        ids.sort();
        ids
    }

    /// The penpals of `owner` of whom `viewer` may know: by the rule of the two ends. The list must be
    /// shown; the other end must exist for the viewer, and show their own list too, unless the viewer is
    /// an end of the bond.
    pub(super) fn penpals(&self, viewer: Viewer, owner: usize) -> Vec<String> {
        let see = Wish::See(Field::Penpals);
        self.ids(|other| {
            let end = viewer == Some(owner) || viewer == Some(other);
            Self::has(&self.bonds, owner, other)
                && self.allows(viewer, owner, see)
                && self.allows(viewer, other, Wish::Meet)
                && (end || self.allows(viewer, other, see))
        })
    }

    /// The penpals that `owner` and `viewer` have in common, of whom `viewer` may know: the list must be
    /// shown by both the owner and the one in common.
    pub(super) fn mutual(&self, viewer: Viewer, owner: usize) -> Vec<String> {
        let see = Wish::See(Field::MutualPenpals);
        self.ids(|other| {
            viewer.is_some_and(|viewer| {
                viewer != owner
                    && Self::has(&self.bonds, owner, other)
                    && Self::has(&self.bonds, viewer, other)
            }) && self.allows(viewer, owner, see)
                && self.allows(viewer, other, Wish::Meet)
                && self.allows(viewer, other, see)
        })
    }

    /// The others of the viewer's requests, sent or received.
    pub(super) fn requests(&self, viewer: usize, sent: bool) -> Vec<String> {
        self.ids(|other| {
            let known = self.known(Some(viewer), other).pair;
            let open = if sent { known.asked } else { known.asked_me };
            open && self.allows(Some(viewer), other, Wish::Meet)
        })
    }
}
