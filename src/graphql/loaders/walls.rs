//! What stands on walls: gathered like everything else of one level, in batches of its own.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use dataloader::{BatchFn, cached};

use super::{LARGEST_BATCH, Loaders, Lost, Outcome, TURNS, catching_up};
use crate::domain::age::Today;
use crate::graphql::error::Failure;
use crate::privacy::posts::PostPermit;
use crate::store::{
    Store,
    posts::{Bodies, Counts, PostList, PostPage, PostWindow},
};
use crate::viewer::who::Viewer;

/// Something to read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Page(PostList, PostWindow),
    Body(PostPermit),
    Comments(PostPermit),
}

/// The library writes out a key at every look-up, for an error that it seldom has.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// What was read; each the answer to the key of its name.
#[derive(Clone)]
pub(super) enum Value {
    Page(Arc<PostPage>),
    Body(Body),
    Comments(i64),
}

/// What was read of what something on a wall says.
#[derive(Clone)]
pub enum Body {
    /// It.
    Text(Arc<str>),
    /// Nothing: it, or settings, have changed since the decision.
    Changed,
    /// Nothing: what was read before is as much as one answer has.
    TooMuch,
}

/// How many bytes of what stands on walls are read for one answer at most, and as much more as one statement reads.
const MOST_OF_BODIES: usize = 8 << 20;

/// How much is read in one statement at most: of the greatest length they have 10 MB.
const MOST_AT_ONCE: usize = 500;

pub(super) type Loader = cached::Loader<Key, Outcome<Value>, Batch>;

pub(super) struct Batch {
    store: Store,
    viewer: Viewer,
    today: Today,
    /// How many bytes of bodies may be read still.
    left: usize,
}

/// An empty loader.
pub(super) fn loader(store: &Store, viewer: Viewer, today: Today) -> Loader {
    let batch = Batch {
        store: store.clone(),
        viewer,
        today,
        left: MOST_OF_BODIES,
    };
    let loader = cached::Loader::new(batch).with_yield_count(TURNS);
    loader.with_max_batch_size(LARGEST_BATCH)
}

impl Loaders {
    async fn of_walls(&self, key: Key) -> Outcome<Value> {
        self.walls
            .try_load(key)
            .await
            .map_err(|_| Failure::new(Lost))?
    }

    /// A page of what stands on walls.
    pub async fn posts(&self, list: PostList, window: PostWindow) -> Outcome<Arc<PostPage>> {
        match self.of_walls(Key::Page(list, window)).await? {
            Value::Page(page) => Ok(page),
            _ => Err(Failure::new(Lost)),
        }
    }

    /// What something on a wall says.
    pub async fn post_body(&self, permit: PostPermit) -> Outcome<Body> {
        match self.of_walls(Key::Body(permit)).await? {
            Value::Body(body) => Ok(body),
            _ => Err(Failure::new(Lost)),
        }
    }

    /// How many comments on a post the viewer may know of.
    pub async fn comment_count(&self, permit: PostPermit) -> Outcome<i64> {
        match self.of_walls(Key::Comments(permit)).await? {
            Value::Comments(count) => Ok(count),
            _ => Err(Failure::new(Lost)),
        }
    }
}

impl BatchFn<Key, Outcome<Value>> for Batch {
    async fn load(&mut self, keys: &[Key]) -> HashMap<Key, Outcome<Value>> {
        // Keys come in an order of their hashes, which hold what the viewer may not know.
        let mut windows: BTreeMap<_, (PostWindow, Vec<PostList>)> = BTreeMap::new();
        let (mut bodies, mut counts) = (Vec::new(), Vec::new());
        for key in keys {
            match key {
                Key::Page(list, window) => {
                    let place = window.after.map(|place| (place.at, place.id));
                    let of = windows.entry((place, window.limit));
                    of.or_insert_with(|| (*window, Vec::new())).1.push(*list);
                }
                Key::Body(permit) => bodies.push(*permit),
                Key::Comments(permit) => counts.push(*permit),
            }
        }
        let mut answers = HashMap::with_capacity(keys.len());
        for (window, mut lists) in windows.into_values() {
            lists.sort_unstable_by_key(PostList::order);
            self.pages(&mut answers, window, &lists).await;
        }
        for some in bodies.chunks(MOST_AT_ONCE) {
            self.bodies(&mut answers, some).await;
        }
        if !counts.is_empty() {
            let found = self.store.comment_counts(self.viewer, self.today, &counts);
            let found = found.await.map_err(Failure::new);
            answers.extend(counts.into_iter().map(|permit| {
                let key = permit.written().posted.key;
                let count = |found: &Counts| found.get(&key).copied().unwrap_or_default();
                let value = found.as_ref().map(|found| Value::Comments(count(found)));
                (Key::Comments(permit), value.map_err(Clone::clone))
            }));
        }
        catching_up().await;
        answers
    }
}

impl Batch {
    async fn bodies(&mut self, answers: &mut HashMap<Key, Outcome<Value>>, permits: &[PostPermit]) {
        if self.left == 0 {
            let too_much =
                |permit: &PostPermit| (Key::Body(*permit), Ok(Value::Body(Body::TooMuch)));
            answers.extend(permits.iter().map(too_much));
            return;
        }
        let found = self.store.post_bodies(self.viewer, permits).await;
        let found: Outcome<Bodies> = found.map_err(Failure::new);
        if let Ok(found) = &found {
            let read = found.values().map(|text| text.len()).sum();
            self.left = self.left.saturating_sub(read);
        }
        answers.extend(permits.iter().map(|permit| {
            let body = |found: &Bodies| match found.get(&permit.written().posted.key) {
                Some(text) => Body::Text(text.clone()),
                None => Body::Changed,
            };
            let value = found.as_ref().map(|found| Value::Body(body(found)));
            (Key::Body(*permit), value.map_err(Clone::clone))
        }));
    }

    async fn pages(
        &self,
        answers: &mut HashMap<Key, Outcome<Value>>,
        window: PostWindow,
        lists: &[PostList],
    ) {
        match self
            .store
            .posts(self.viewer, self.today, lists, window)
            .await
        {
            Ok(pages) => answers.extend(lists.iter().zip(pages).map(|(list, page)| {
                let value = Value::Page(Arc::new(page));
                (Key::Page(*list, window), Ok(value))
            })),
            Err(error) => {
                let failure = Failure::new(error);
                let failed = |list: &PostList| (Key::Page(*list, window), Err(failure.clone()));
                answers.extend(lists.iter().map(failed));
            }
        }
    }
}
