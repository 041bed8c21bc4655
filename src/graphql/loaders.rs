//! One request's loaders: they gather what the fields of one list level ask for into one statement.
//!
//! They live for one request and one viewer, and are made anew after each write, so that nothing is
//! answered from before it. A whole page fits one batch: the batch limit is above the largest page times
//! its fields.

use std::{collections::HashMap, sync::Arc};

use dataloader::{BatchFn, cached::Loader};

use super::error::Failure;
use crate::domain::{age::Today, id::MemberId, profile::Field};
use crate::privacy::{AnyPermit, Case, facts::Facts};
use crate::store::{Store, content::Content, lists::Place};
use crate::viewer::who::Viewer;

/// Above the largest page times its fields: the limit on complexity keeps every level below.
const LARGEST_BATCH: usize = 1_000_000;

/// Which look at the facts: a second one comes after a content read found the settings changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    /// The first.
    First,
    /// After a change.
    Second,
}

type Outcome<T> = Result<T, Failure>;

/// A page of penpals that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageKey {
    /// For [`Field::Penpals`] or [`Field::MutualPenpals`].
    pub permit: AnyPermit,
    /// Where the last page ended.
    pub after: Option<Place>,
    /// How many at most.
    pub limit: i64,
}

/// The loaders of one request.
pub struct Loaders {
    facts: Loader<(MemberId, Look), Outcome<Option<Case>>, FactsBatch>,
    content: Loader<AnyPermit, Outcome<Option<Arc<Content>>>, ContentBatch>,
    pages: Loader<PageKey, Outcome<Option<Arc<Vec<Place>>>>, PagesBatch>,
    counts: Loader<AnyPermit, Outcome<Option<i64>>, CountsBatch>,
}

#[derive(Debug, thiserror::Error)]
#[error("a loader lost a key")]
struct Lost;

impl Loaders {
    /// Empty loaders for `viewer`, with ages as of `today`.
    pub fn new(store: &Store, viewer: Viewer, today: Today) -> Self {
        let store = || store.clone();
        Self {
            facts: Loader::new(FactsBatch {
                store: store(),
                viewer,
                today,
            })
            .with_max_batch_size(LARGEST_BATCH),
            content: Loader::new(ContentBatch {
                store: store(),
                today,
            })
            .with_max_batch_size(LARGEST_BATCH),
            pages: Loader::new(PagesBatch {
                store: store(),
                today,
            })
            .with_max_batch_size(LARGEST_BATCH),
            counts: Loader::new(CountsBatch {
                store: store(),
                today,
            })
            .with_max_batch_size(LARGEST_BATCH),
        }
    }

    /// The facts about one member; nothing when there is no such member.
    pub async fn case(&self, member: MemberId, look: Look) -> Outcome<Option<Case>> {
        self.facts
            .try_load((member, look))
            .await
            .map_err(|_| Failure::new(Lost))?
    }

    /// The facts about several members, in one statement.
    pub async fn cases(&self, members: &[MemberId]) -> Outcome<HashMap<MemberId, Case>> {
        let keys = members
            .iter()
            .map(|member| (*member, Look::First))
            .collect();
        let outcomes = self
            .facts
            .try_load_many(keys)
            .await
            .map_err(|_| Failure::new(Lost))?;
        let mut cases = HashMap::new();
        for ((member, _), outcome) in outcomes {
            if let Some(case) = outcome? {
                cases.insert(member, case);
            }
        }
        Ok(cases)
    }

    /// What the permit allows to read; nothing when settings have changed since the decision.
    pub async fn content(&self, permit: AnyPermit) -> Outcome<Option<Arc<Content>>> {
        self.content
            .try_load(permit)
            .await
            .map_err(|_| Failure::new(Lost))?
    }

    /// A page of penpals; nothing when settings have changed since the decision.
    pub async fn page(&self, key: PageKey) -> Outcome<Option<Arc<Vec<Place>>>> {
        self.pages
            .try_load(key)
            .await
            .map_err(|_| Failure::new(Lost))?
    }

    /// A count of penpals; nothing when settings have changed since the decision.
    pub async fn count(&self, permit: AnyPermit) -> Outcome<Option<i64>> {
        self.counts
            .try_load(permit)
            .await
            .map_err(|_| Failure::new(Lost))?
    }
}

struct FactsBatch {
    store: Store,
    viewer: Viewer,
    today: Today,
}

impl BatchFn<(MemberId, Look), Outcome<Option<Case>>> for FactsBatch {
    async fn load(
        &mut self,
        keys: &[(MemberId, Look)],
    ) -> HashMap<(MemberId, Look), Outcome<Option<Case>>> {
        let mut members: Vec<MemberId> = keys.iter().map(|(member, _)| *member).collect();
        members.sort_unstable();
        members.dedup();
        let facts = self.store.facts_on(self.today);
        let found = facts.cases(self.viewer, &members).await.map(|cases| {
            cases
                .into_iter()
                .map(|case| (case.subject(), case))
                .collect::<HashMap<_, _>>()
        });
        each(keys, found, |cases, key| cases.get(&key.0).copied())
    }
}

struct ContentBatch {
    store: Store,
    today: Today,
}

impl BatchFn<AnyPermit, Outcome<Option<Arc<Content>>>> for ContentBatch {
    async fn load(
        &mut self,
        keys: &[AnyPermit],
    ) -> HashMap<AnyPermit, Outcome<Option<Arc<Content>>>> {
        let found = self.store.contents(keys, self.today).await;
        each(keys, found, |contents, key| {
            contents.get(&(key.subject(), key.versions())).cloned()
        })
    }
}

struct PagesBatch {
    store: Store,
    today: Today,
}

impl BatchFn<PageKey, Outcome<Option<Arc<Vec<Place>>>>> for PagesBatch {
    async fn load(
        &mut self,
        keys: &[PageKey],
    ) -> HashMap<PageKey, Outcome<Option<Arc<Vec<Place>>>>> {
        // One statement for each different `first` and `after` that the document has at this level.
        let mut groups: HashMap<(Option<Field>, Option<Place>, i64), Vec<PageKey>> = HashMap::new();
        for key in keys {
            groups
                .entry((key.permit.field(), key.after, key.limit))
                .or_default()
                .push(*key);
        }
        let mut all = HashMap::with_capacity(keys.len());
        for ((_, after, limit), keys) in groups {
            let permits: Vec<AnyPermit> = keys.iter().map(|key| key.permit).collect();
            let found = self
                .store
                .penpal_pages(&permits, self.today, after, limit)
                .await;
            all.extend(each(&keys, found, |pages, key| {
                pages
                    .get(&(key.permit.subject(), key.permit.versions()))
                    .cloned()
                    .map(Arc::new)
            }));
        }
        all
    }
}

struct CountsBatch {
    store: Store,
    today: Today,
}

impl BatchFn<AnyPermit, Outcome<Option<i64>>> for CountsBatch {
    async fn load(&mut self, keys: &[AnyPermit]) -> HashMap<AnyPermit, Outcome<Option<i64>>> {
        // One statement for penpals, and one for those in common.
        let mut groups: HashMap<Option<Field>, Vec<AnyPermit>> = HashMap::new();
        for key in keys {
            groups.entry(key.field()).or_default().push(*key);
        }
        let mut all = HashMap::with_capacity(keys.len());
        for keys in groups.into_values() {
            let found = self.store.penpal_counts(&keys, self.today).await;
            all.extend(each(&keys, found, |counts, key| {
                counts.get(&(key.subject(), key.versions())).copied()
            }));
        }
        all
    }
}

/// Gives each key its part of what one statement found, or the one failure to all.
fn each<K, V, Found>(
    keys: &[K],
    found: Result<Found, crate::store::Error>,
    pick: impl Fn(&Found, &K) -> Option<V>,
) -> HashMap<K, Outcome<Option<V>>>
where
    K: Copy + Eq + std::hash::Hash,
{
    match found {
        Ok(found) => keys
            .iter()
            .map(|key| (*key, Ok(pick(&found, key))))
            .collect(),
        Err(error) => {
            let failure = Failure::new(error);
            keys.iter()
                .map(|key| (*key, Err(failure.clone())))
                .collect()
        }
    }
}
