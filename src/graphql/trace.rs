//! What a request touched, told to whoever asked for it by a header: for those who write clients.
//!
//! What decided about somebody else is nobody's to know, and neither is what was read for it: the columns that a
//! statement names tell hidden from empty. So of a real world it tells what was decided about the viewer's own
//! and nothing else. The demo's world is fiction that everybody may read, and of it all is told.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_graphql::{Name, Value, indexmap::IndexMap};

use super::arrival::Explain;
use crate::domain::{audience::Audience, findable::Way, id::MemberId, profile::FieldSet};
use crate::privacy::{Act, Case, FieldPermit, Grants, Onlooker, Verdict, Wish};
use crate::store::level::Level;

/// The most decisions that are told, and the most statements: a page can have as many as its cost.
const MOST: usize = 1_000;

/// The notes of one request.
pub struct Trace {
    everything: bool,
    notes: Mutex<Notes>,
}

/// Of whom, with whose eyes, and what.
type Key = (MemberId, Option<Onlooker>, Wish);

#[derive(Default)]
struct Notes {
    /// Where in `decisions` each is. One that is made again takes the place of the one before.
    places: HashMap<Key, usize>,
    decisions: Vec<(Key, Verdict)>,
    statements: Vec<Value>,
    left_out: usize,
}

impl Trace {
    /// What is to be noted, if anything.
    pub fn of(explain: Explain) -> Option<Self> {
        let everything = match explain {
            Explain::Nothing => return None,
            Explain::Own => false,
            Explain::Everything => true,
        };
        Some(Self {
            everything,
            notes: Mutex::default(),
        })
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what is decided on these facts, which are those that `onlooker` would have where there is one.
    pub fn decision(&self, case: &Case, onlooker: Option<Onlooker>, wish: Wish) {
        // Nobody looks with others' eyes at anybody but themselves.
        let own = onlooker.is_some() || case.known().pair.same;
        if !own && !self.everything {
            return;
        }
        let key = (case.subject(), onlooker, wish);
        let verdict = case.verdict(wish);
        let mut notes = self.notes();
        if let Some(place) = notes.places.get(&key).copied() {
            if let Some((_, noted)) = notes.decisions.get_mut(place) {
                *noted = verdict;
            }
        } else if notes.decisions.len() < MOST {
            let place = notes.decisions.len();
            notes.places.insert(key, place);
            notes.decisions.push((key, verdict));
        } else {
            notes.left_out += 1;
        }
    }

    /// Notes the statements of a level.
    pub fn level(&self, level: &Level) {
        if !self.everything {
            return;
        }
        let mut statements = Vec::new();
        if !level.members.is_empty() {
            let members = count(level.members.len());
            statements.push(object([("kind", "facts".into()), ("members", members)]));
        }
        if !level.grants.is_empty() {
            statements.push(object([
                ("kind", "content".into()),
                ("members", count(level.grants.len())),
                ("columnSets", column_sets(&level.grants)),
            ]));
        }
        let pages = level.pages.iter().map(|(_, permits)| ("page", permits));
        let counts = level.counts.iter().map(|permits| ("count", permits));
        for (kind, permits) in pages.chain(counts) {
            let field = permits.first().map(FieldPermit::field);
            statements.push(object([
                ("kind", kind.into()),
                ("members", count(permits.len())),
                (
                    "list",
                    field.map_or(Value::Null, |it| it.spec().name.into()),
                ),
            ]));
        }
        let photos = level.photos.iter().map(|(_, owners)| ("photos", owners));
        let albums = level.albums.iter().map(|(_, owners)| ("albums", owners));
        for (kind, owners) in photos.chain(albums) {
            let members = count(owners.len());
            statements.push(object([("kind", kind.into()), ("members", members)]));
        }
        let mut notes = self.notes();
        let room = MOST.saturating_sub(notes.statements.len());
        notes.left_out += statements.len().saturating_sub(room);
        notes.statements.extend(statements.into_iter().take(room));
    }

    /// All of it, for `extensions.privacy`.
    pub fn told(&self) -> Value {
        let notes = self.notes();
        let decisions = notes
            .decisions
            .iter()
            .map(|(key, verdict)| decided(*key, *verdict));
        let mut told = vec![
            (
                "scope",
                if self.everything { "EVERYTHING" } else { "OWN" }.into(),
            ),
            ("decisions", Value::List(decisions.collect())),
        ];
        if self.everything {
            told.push(("statements", Value::List(notes.statements.clone())));
        }
        if notes.left_out > 0 {
            told.push(("leftOut", count(notes.left_out)));
        }
        object(told)
    }
}

fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let members = members.into_iter();
    Value::Object(
        members
            .map(|(name, value)| (Name::new(name), value))
            .collect::<IndexMap<_, _>>(),
    )
}

fn count(count: usize) -> Value {
    Value::from(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Which columns were read of how many.
fn column_sets(grants: &[Grants]) -> Value {
    let mut sets: BTreeMap<(bool, u32), usize> = BTreeMap::new();
    for grant in grants {
        let set = (grant.identity(), grant.fields().bits());
        *sets.entry(set).or_default() += 1;
    }
    let sets = sets.into_iter().map(|((identity, bits), members)| {
        let named: &[&str] = if identity {
            &["handle", "display_name"]
        } else {
            &[]
        };
        let fields = FieldSet::from_bits(bits);
        let governed = fields.iter().map(|field| field.spec().column);
        let columns = named.iter().copied().chain(governed).map(Value::from);
        object([
            ("columns", Value::List(columns.collect())),
            ("members", count(members)),
        ])
    });
    Value::List(sets.collect())
}

fn decided((subject, onlooker, wish): Key, verdict: Verdict) -> Value {
    let mut told = vec![("subject", subject.global().into())];
    if let Some(onlooker) = onlooker {
        told.push(("onlooker", eyes(onlooker).into()));
    }
    told.push(match wish {
        Wish::Meet => ("act", "MEET".into()),
        Wish::Find(way) => ("act", finding(way).into()),
        Wish::See(field) => ("field", field.spec().name.into()),
        Wish::Look(audience) => ("act", looking(audience).into()),
        Wish::Do(act) => ("act", name(act).into()),
    });
    told.push(("allowed", verdict.allows().into()));
    told.push(("rule", verdict.sentence().into()));
    object(told)
}

const fn eyes(onlooker: Onlooker) -> &'static str {
    match onlooker {
        Onlooker::Visitor => "VISITOR",
        Onlooker::Member { .. } => "MEMBER",
        Onlooker::Penpal { .. } => "PENPAL",
    }
}

const fn looking(audience: Audience) -> &'static str {
    match audience {
        Audience::OnlyMe => "LOOK_AT_OWN_PHOTOS",
        Audience::Lists => "LOOK_AT_PHOTOS_FOR_LISTS",
        Audience::Penpals => "LOOK_AT_PHOTOS_FOR_PENPALS",
        Audience::Members => "LOOK_AT_PHOTOS_FOR_MEMBERS",
        Audience::Public => "LOOK_AT_PUBLIC_PHOTOS",
    }
}

const fn finding(way: Way) -> &'static str {
    match way {
        Way::Search => "FIND_BY_SEARCH",
        Way::Handle => "FIND_BY_HANDLE",
        Way::Email => "FIND_BY_EMAIL",
    }
}

const fn name(act: Act) -> &'static str {
    match act {
        Act::KeepOwn => "KEEP_OWN",
        Act::Ask => "ASK",
        Act::Accept => "ACCEPT",
        Act::Decline => "DECLINE",
        Act::Withdraw => "WITHDRAW",
        Act::End => "END",
        Act::Block => "BLOCK",
        Act::Enlist => "ENLIST",
        Act::Write => "WRITE",
        Act::Report => "REPORT",
        Act::Post => "POST",
        Act::Comment => "COMMENT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        age::AgeClass, audience::Audience, findable::Findable, profile::Audiences,
        standing::Standing,
    };
    use crate::privacy::{Depth, Known, OwnerFacts, PairFacts, Versions, ViewerFacts};
    use crate::viewer::who::Viewer;

    fn case(subject: i64, standing: Standing) -> Case {
        let age = AgeClass::Adult;
        Case::new(
            Viewer::Member(MemberId::from_key(1)),
            MemberId::from_key(subject),
            Versions {
                owner: 1,
                viewer: 1,
            },
            Depth::Seeing,
            Known {
                viewer: ViewerFacts::Member { age, standing },
                owner: OwnerFacts {
                    age,
                    standing,
                    audiences: Audiences::all(Audience::Members),
                    findable: Findable::all(Audience::Members),
                },
                pair: PairFacts {
                    same: subject == 1,
                    ..PairFacts::default()
                },
            },
        )
    }

    fn told(trace: &Trace) -> serde_json::Value {
        trace.told().into_json().unwrap()
    }

    #[test]
    fn the_last_of_several_decisions_is_told_and_there_is_an_end_to_it() {
        let trace = Trace::of(Explain::Everything).unwrap();
        for standing in [Standing::Active, Standing::Frozen] {
            trace.decision(&case(2, standing), None, Wish::Meet);
        }
        assert_eq!(told(&trace)["decisions"].as_array().unwrap().len(), 1);
        assert_eq!(told(&trace)["decisions"][0]["allowed"], false);
        for subject in 2..2_002 {
            trace.decision(&case(subject, Standing::Active), None, Wish::Meet);
        }
        assert_eq!(told(&trace)["decisions"].as_array().unwrap().len(), MOST);
        assert_eq!(told(&trace)["leftOut"], 1_000);
    }

    #[test]
    fn of_others_nothing_is_noted_where_the_world_is_real() {
        assert!(Trace::of(Explain::Nothing).is_none());
        let trace = Trace::of(Explain::Own).unwrap();
        let own = case(1, Standing::Active);
        trace.decision(&case(2, Standing::Active), None, Wish::Meet);
        trace.decision(&own, None, Wish::Meet);
        let onlooker = Onlooker::Visitor;
        let seen = own.seen_by(onlooker).unwrap();
        trace.decision(&seen, Some(onlooker), Wish::Meet);
        trace.level(&Level {
            members: vec![MemberId::from_key(1)],
            ..Level::default()
        });
        let told = told(&trace);
        assert_eq!(told["scope"], "OWN");
        assert_eq!(told["decisions"].as_array().unwrap().len(), 2);
        assert_eq!(told.get("statements"), None);
    }
}
