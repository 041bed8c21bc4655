//! Pair after pair: worlds, viewers and operations, as chance has it.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Schema;

use super::{
    change::{Made, second},
    course::Course,
    declassified::Declassified,
    mail::begun_in_vain,
    operation::{Kind, Operation, Part},
    pair::{Heard, Twins, Worlds, texts_under},
    prose::{Outcome, act, after, served, sight},
    shrink::Found,
    values::{Pool, global},
    world::{PLACES, Thing, World},
    writer::{Focus, Scope, Writer},
};
use crate::support::client::Client;

/// How many questions a viewer asks of two worlds, and how many things they do.
const QUESTIONS: usize = 12;
const DEEDS: usize = 5;

/// What was done, so that a run in which nothing happened proves nothing.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) pairs: usize,
    pub(super) pages: usize,
    pub(super) mutations: usize,
    /// Mutations that changed something.
    pub(super) done: usize,
    /// Pairs in which statements were compared as well.
    pub(super) strictly: usize,
    pub(super) unserved: usize,
    /// How often things happened in both worlds while the viewer listened; how often something else in the one than in the
    /// other; and what the viewer heard of it.
    pub(super) courses: usize,
    pub(super) hidden: usize,
    pub(super) events: usize,
    /// Answers in which an error of the whole request or of a field stood.
    pub(super) errors: usize,
    /// The codes of errors, and of what can be put right.
    pub(super) codes: BTreeMap<String, usize>,
    /// What of the schema was asked for.
    pub(super) asked: BTreeSet<String>,
    pub(super) made: Made,
    pub(super) declassified: BTreeMap<Declassified, usize>,
}

/// Pairs of worlds, one after another, from a seed on.
pub(super) struct Campaign<'a> {
    pub(super) schema: &'a Schema,
    pub(super) twins: &'a Twins,
    pub(super) tally: Tally,
    pub(super) most: usize,
    pub(super) focus: Focus,
    pub(super) progress: &'a dyn Fn(&Tally),
}

impl Campaign<'_> {
    /// Goes on from `seed` until there were as many pairs as wanted; the first pair that differs ends it.
    pub(super) async fn run(&mut self, seed: u64) -> Result<(), Box<(u64, Found)>> {
        for seed in seed.. {
            if self.tally.pairs >= self.most {
                break;
            }
            self.world(seed)
                .await
                .map_err(|found| Box::new((seed, found)))?;
        }
        Ok(())
    }

    /// One world: every viewer, each with a second world of their own.
    pub(super) async fn world(&mut self, seed: u64) -> Result<(), Found> {
        let first = World::draw(seed);
        let members = (0..PLACES).filter(|&place| first.members[place].present);
        for viewer in std::iter::once(None).chain(members.map(Some)) {
            if self.tally.pairs >= self.most {
                break;
            }
            let nth = viewer.map_or(0, |me| me as u64 + 1);
            let mixed = seed.wrapping_mul(100) + nth;
            let strictly = mixed.is_multiple_of(2);
            let worlds = Worlds {
                second: second(&first, viewer, mixed, strictly, &mut self.tally.made),
                first: first.clone(),
                viewer,
                strictly,
            };
            assert!(worlds.alike());
            self.viewer(&worlds, mixed).await?;
            (self.progress)(&self.tally);
        }
        Ok(())
    }

    async fn viewer(&mut self, worlds: &Worlds, seed: u64) -> Result<(), Found> {
        let mut clients = self.twins.settle(worlds).await;
        let mut kept = Kept::default();
        let served = served(&worlds.first, worlds.viewer);
        let (questions, deeds) = match (served, worlds.viewer) {
            (false, _) => {
                self.tally.unserved += 1;
                (2, 1)
            }
            (true, None) => (QUESTIONS, 2),
            (true, Some(_)) => (QUESTIONS, DEEDS),
        };
        let (questions, deeds) = match self.focus.scope {
            Scope::All => (questions, deeds),
            Scope::Questions => (questions, 0),
            Scope::Events => (0, 0),
        };
        for nth in 0..questions {
            let operation = self.operation(worlds, &kept, seed * 100 + nth as u64, Kind::Query);
            let heard = self.pair(worlds, &clients, &operation).await?;
            kept.keep(&heard);
        }
        for nth in 0..deeds {
            let seed = seed * 100 + 50 + nth as u64;
            let Some(operation) = self.deed(worlds, &kept, seed) else {
                continue;
            };
            let heard = self.pair(worlds, &clients, &operation).await?;
            kept.keep(&heard);
            self.tally.mutations += 1;
            let writes = ["INSERT", "UPDATE", "DELETE"];
            let wrote = heard.iter().flat_map(|heard| &heard.statements);
            if wrote
                .clone()
                .any(|sql| writes.iter().any(|verb| sql.starts_with(verb)))
            {
                self.tally.done += 1;
                clients = self.twins.settle(worlds).await;
            }
        }
        if served && self.focus.scope != Scope::Questions {
            self.events(worlds, seed).await?;
        }
        Ok(())
    }

    async fn events(&mut self, worlds: &Worlds, seed: u64) -> Result<(), Found> {
        let Some(course) = Course::draw(worlds, seed) else {
            return Ok(());
        };
        let kept = Kept::default();
        let operations = course
            .subscriptions(self.twins, worlds)
            .map(|(field, given)| {
                self.writer(worlds, &kept, seed, |writer| {
                    writer.subscription(field, given)
                })
            });
        for part in operations.iter().flat_map(|operation| &operation.parts) {
            self.tally.asked.extend(part.asked.iter().cloned());
        }
        self.tally.pairs += operations.len();
        self.tally.courses += 1;
        self.tally.hidden += course.hidden();
        match course.run(self.twins, worlds, &operations).await {
            Ok(events) => self.tally.events += events,
            Err((nth, difference)) => {
                return Err(Found {
                    worlds: worlds.clone(),
                    operation: operations[nth].clone(),
                    difference,
                });
            }
        }
        Ok(())
    }

    async fn pair(
        &mut self,
        worlds: &Worlds,
        clients: &[Client; 2],
        operation: &Operation,
    ) -> Result<Vec<Heard>, Found> {
        let tally = &mut self.tally;
        tally.pairs += 1;
        tally.strictly += usize::from(worlds.strictly);
        for part in &operation.parts {
            tally.asked.extend(part.asked.iter().cloned());
        }
        match self.twins.ask(clients, worlds, operation).await {
            Ok(heard) => {
                self.tally.pages += heard.len();
                let failed = |heard: &&Heard| heard.body.contains("\"errors\":");
                self.tally.errors += heard.iter().filter(failed).count();
                for code in heard
                    .iter()
                    .flat_map(|heard| texts_under(&heard.body, &["code"]))
                {
                    // Countries and languages have codes as well, of two letters.
                    if code.len() > 2 {
                        *self.tally.codes.entry(code).or_default() += 1;
                    }
                }
                Ok(heard)
            }
            Err(difference) => Err(Found {
                worlds: worlds.clone(),
                operation: operation.clone(),
                difference,
            }),
        }
    }

    fn operation(&mut self, worlds: &Worlds, kept: &Kept, seed: u64, kind: Kind) -> Operation {
        self.writer(worlds, kept, seed, |mut writer| writer.operation(kind))
    }

    fn writer(
        &self,
        worlds: &Worlds,
        kept: &Kept,
        seed: u64,
        write: impl FnOnce(Writer<'_>) -> Operation,
    ) -> Operation {
        let addresses: Vec<String> = [&worlds.first, &worlds.second]
            .into_iter()
            .flat_map(|world| world.members.iter().map(|member| member.email.clone()))
            .collect();
        let pool = Pool {
            schema: self.schema,
            world: &worlds.first,
            viewer: worlds.viewer,
            addresses: &addresses,
            cursors: &kept.cursors,
            tokens: &kept.tokens,
        };
        write(Writer::new(pool, self.focus, seed))
    }

    fn count(&mut self, what: Declassified) {
        *self.tally.declassified.entry(what).or_default() += 1;
    }

    /// Something to do after which the two worlds are still alike: what an act opens is then seen, as the policy
    /// means it to be.
    fn deed(&mut self, worlds: &Worlds, kept: &Kept, seed: u64) -> Option<Operation> {
        for nth in 0..8 {
            let operation = self.operation(worlds, kept, seed * 8 + nth, Kind::Mutation);
            if operation
                .parts
                .iter()
                .any(|part| asks_for_an_address(worlds, part))
            {
                self.count(Declassified::AddressTaken);
                continue;
            }
            if operation.parts.iter().any(|part| draws_an_id(worlds, part)) {
                continue;
            }
            let Some(me) = worlds
                .viewer
                .filter(|_| served(&worlds.first, worlds.viewer))
            else {
                return Some(operation);
            };
            let (mut one, mut other) = (worlds.first.clone(), worlds.second.clone());
            let alike = operation.parts.iter().all(|part| {
                for (act_, target) in acts(&worlds.first, me, part) {
                    for world in [&mut one, &mut other] {
                        let free = act_ == "unblock";
                        if free || act(world, me, &act_, target) == Outcome::Done {
                            *world = after(world, me, &act_, target);
                        }
                    }
                }
                sight(&one, Some(me)) == sight(&other, Some(me))
            });
            if alike {
                return Some(operation);
            }
            self.count(Declassified::DeedOpens);
        }
        None
    }
}

/// Whether the mutation tells if somebody has an address that somebody has in one of the two worlds alone.
fn asks_for_an_address(worlds: &Worlds, part: &Part) -> bool {
    let sent = part.arguments.to_string();
    let taken = |world: &World, email: &str| {
        let mut there = world.members.iter().filter(|member| member.present);
        there.any(|member| member.email == email)
    };
    let both = worlds.first.members.iter().chain(&worlds.second.members);
    part.field == "signUp"
        && both
            .filter(|member| sent.contains(&member.email))
            .any(|it| taken(&worlds.first, &it.email) != taken(&worlds.second, &it.email))
}

/// Whether a message begins a conversation in the one world, whose id is drawn by chance, and in the other takes the id
/// of what the other one began, in vain: no difference to whoever knows no id, and one of the bytes.
fn draws_an_id(worlds: &Worlds, part: &Part) -> bool {
    let Some(me) = worlds.viewer.filter(|_| part.field == "sendMessage") else {
        return false;
    };
    let sent = part.arguments.to_string();
    (0..PLACES).any(|other| {
        sent.contains(&global(&worlds.first, Thing::Member(other)))
            && begun_in_vain(&worlds.first, me, other) != begun_in_vain(&worlds.second, me, other)
    })
}

/// What answers gave, to be given back.
#[derive(Default)]
struct Kept {
    cursors: Vec<String>,
    tokens: Vec<String>,
}

impl Kept {
    fn keep(&mut self, heard: &[Heard]) {
        for heard in heard {
            self.cursors.extend(texts_under(
                &heard.body,
                &["cursor", "endCursor", "startCursor"],
            ));
            self.tokens
                .extend(texts_under(&heard.body, &["screeningToken"]));
        }
    }
}

/// The acts toward members that the part of a mutation comes to: the act, and the member's place.
fn acts(world: &World, me: usize, part: &Part) -> Vec<(String, usize)> {
    let id = |thing: Thing| global(world, thing);
    let sent = part.arguments.to_string();
    let named = |place: usize| {
        sent.contains(&id(Thing::Member(place))) || sent.contains(&world.handle(place))
    };
    match part.field.as_str() {
        "unblock" => (0..PLACES)
            .filter(|&place| sent.contains(&id(Thing::Block(me, place))))
            .map(|place| ("unblock".to_owned(), place))
            .collect(),
        field @ ("askPenpal" | "acceptPenpal" | "declinePenpal" | "withdrawPenpal"
        | "endPenpal" | "block") => (0..PLACES)
            .filter(|&place| named(place))
            .map(|place| (field.to_owned(), place))
            .collect(),
        _ => Vec::new(),
    }
}
