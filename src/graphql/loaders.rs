//! One request's loaders: they gather what the fields of one level of the answer ask for, and read it in one
//! go.
//!
//! They live for one request and one viewer, and are made anew after each write, so that nothing is answered
//! from before it. A whole level fits one batch: the batch limit is above the largest page times its
//! fields.

mod walls;

pub use walls::Body;

use std::{collections::HashMap, sync::Arc};

use dataloader::{BatchFn, cached};
use futures_util::future::join;

use super::{error::Failure, trace::Trace};
use crate::domain::{age::Today, id::MemberId, profile::Field};
use crate::privacy::{Case, Depth, FieldPermit, Gallery, Grants, Versions};
use crate::store::{
    Error, Store,
    content::Content,
    level::{Found, Level},
    penpals::{PenpalPage, PenpalWindow},
    photos::{AlbumPage, AlbumWindow, PhotoPage, PhotoWindow},
};
use crate::viewer::who::Viewer;

/// Above the largest page times its fields: the limit on complexity keeps every level below.
const LARGEST_BATCH: usize = 1_000_000;

/// How many turns of its task a batch waits for keys, and at least takes.
const TURNS: usize = 3;

/// Which look at the facts: a second one comes after a content read found the settings changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    /// The first.
    First,
    /// After a change.
    Second,
}

type Outcome<T> = Result<T, Failure>;

/// Something to read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// The facts about a member, so far at least.
    Facts(MemberId, Look, Depth),
    /// What was granted of a member.
    Content(Grants),
    /// A page of penpals; for [`Field::Penpals`] or [`Field::MutualPenpals`].
    Page(FieldPermit, PenpalWindow),
    /// A count of penpals; likewise.
    Count(FieldPermit),
    /// Photos.
    Photos(Gallery, PhotoWindow),
    /// Albums.
    Albums(Gallery, AlbumWindow),
}

/// The library writes out a key at every look-up, for an error that it seldom has.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// What was read; each the answer to the key of its name.
#[derive(Clone)]
enum Value {
    Facts(Option<Case>),
    Content(Option<Arc<Content>>),
    Page(Option<Arc<PenpalPage>>),
    Count(Option<i64>),
    Photos(Option<Arc<PhotoPage>>),
    Albums(Option<Arc<AlbumPage>>),
}

/// The loaders of one request.
pub struct Loaders {
    people: cached::Loader<Key, Outcome<Value>, Batch>,
    walls: walls::Loader,
}

#[derive(Debug, thiserror::Error)]
#[error("a loader lost a key")]
struct Lost;

impl Loaders {
    /// An empty loader for `viewer`, with ages as of `today`; what it reads is noted in `trace`.
    pub fn new(store: &Store, viewer: Viewer, today: Today, trace: Option<Arc<Trace>>) -> Self {
        let batch = Batch {
            store: store.clone(),
            viewer,
            today,
            trace,
        };
        let loader = cached::Loader::new(batch).with_yield_count(TURNS);
        Self {
            people: loader.with_max_batch_size(LARGEST_BATCH),
            walls: walls::loader(store, viewer, today),
        }
    }

    async fn load(&self, key: Key) -> Outcome<Value> {
        self.people
            .try_load(key)
            .await
            .map_err(|_| Failure::new(Lost))?
    }

    /// Reads all of these together, so that whoever asks for one of them next finds it there.
    pub async fn gather(&self, keys: Vec<Key>) {
        // A failure is there too, for those who ask.
        let _ = self.people.try_load_many(keys).await;
    }

    /// The facts about one member; nothing when there is no such member.
    pub async fn case(&self, member: MemberId, look: Look, depth: Depth) -> Outcome<Option<Case>> {
        match self.load(Key::Facts(member, look, depth)).await? {
            Value::Facts(case) => Ok(case),
            _ => Err(Failure::new(Lost)),
        }
    }

    /// The facts about those of `members` who have a row, in the order asked.
    pub async fn cases(
        &self,
        members: &[MemberId],
        look: Look,
        depth: Depth,
    ) -> Outcome<Vec<Case>> {
        let key = |member: &MemberId| Key::Facts(*member, look, depth);
        self.gather(members.iter().map(key).collect()).await;
        let mut cases = Vec::with_capacity(members.len());
        for member in members {
            cases.extend(self.case(*member, look, depth).await?);
        }
        Ok(cases)
    }

    /// What was granted; nothing when settings have changed since the decisions.
    pub async fn content(&self, grants: Grants) -> Outcome<Option<Arc<Content>>> {
        match self.load(Key::Content(grants)).await? {
            Value::Content(content) => Ok(content),
            _ => Err(Failure::new(Lost)),
        }
    }

    /// A page of penpals; nothing when settings have changed since the decision.
    pub async fn page(
        &self,
        permit: FieldPermit,
        window: PenpalWindow,
    ) -> Outcome<Option<Arc<PenpalPage>>> {
        match self.load(Key::Page(permit, window)).await? {
            Value::Page(page) => Ok(page),
            _ => Err(Failure::new(Lost)),
        }
    }

    /// A count of penpals; nothing when settings have changed since the decision.
    pub async fn count(&self, permit: FieldPermit) -> Outcome<Option<i64>> {
        match self.load(Key::Count(permit)).await? {
            Value::Count(count) => Ok(count),
            _ => Err(Failure::new(Lost)),
        }
    }

    /// Photos; nothing when settings have changed since the decision.
    pub async fn photos(
        &self,
        gallery: Gallery,
        window: PhotoWindow,
    ) -> Outcome<Option<Arc<PhotoPage>>> {
        match self.load(Key::Photos(gallery, window)).await? {
            Value::Photos(page) => Ok(page),
            _ => Err(Failure::new(Lost)),
        }
    }

    /// Albums; nothing when settings have changed since the decision.
    pub async fn albums(
        &self,
        gallery: Gallery,
        window: AlbumWindow,
    ) -> Outcome<Option<Arc<AlbumPage>>> {
        match self.load(Key::Albums(gallery, window)).await? {
            Value::Albums(page) => Ok(page),
            _ => Err(Failure::new(Lost)),
        }
    }
}

struct Batch {
    store: Store,
    viewer: Viewer,
    today: Today,
    trace: Option<Arc<Trace>>,
}

impl BatchFn<Key, Outcome<Value>> for Batch {
    async fn load(&mut self, keys: &[Key]) -> HashMap<Key, Outcome<Value>> {
        let level = level(keys);
        if let Some(trace) = &self.trace {
            trace.level(&level);
        }
        let reading = self.store.level(self.viewer, self.today, &level);
        let (found, ()) = join(reading, catching_up()).await;
        answers(keys, &level, found)
    }
}

/// Lets everybody who waits for this batch come to its door.
///
/// A read may be over before they had their turn. Who then found their own keys answered would take the
/// keys of those who are ahead by a level for a batch of their own, without those that follow.
async fn catching_up() {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
}

/// The statements that the keys come to: one for each different window that the document has at this level.
fn level(keys: &[Key]) -> Level {
    let mut level = Level::default();
    let mut pages: HashMap<(Field, PenpalWindow), Vec<FieldPermit>> = HashMap::new();
    let mut counts: HashMap<Field, Vec<FieldPermit>> = HashMap::new();
    let mut photos: HashMap<PhotoWindow, Vec<Gallery>> = HashMap::new();
    let mut albums: HashMap<AlbumWindow, Vec<Gallery>> = HashMap::new();
    for key in keys {
        match key {
            Key::Facts(member, _, depth) => {
                level.members.push(*member);
                level.depth = level.depth.max(*depth);
            }
            Key::Content(grants) => level.grants.push(*grants),
            Key::Page(permit, window) => pages
                .entry((permit.field(), *window))
                .or_default()
                .push(*permit),
            Key::Count(permit) => counts.entry(permit.field()).or_default().push(*permit),
            Key::Photos(gallery, window) => photos.entry(*window).or_default().push(*gallery),
            Key::Albums(gallery, window) => albums.entry(*window).or_default().push(*gallery),
        }
    }
    level.members.sort_unstable();
    level.members.dedup();
    level.pages = pages
        .into_iter()
        .map(|((_, window), permits)| (window, permits))
        .collect();
    level.counts = counts.into_values().collect();
    level.photos = photos.into_iter().collect();
    level.albums = albums.into_iter().collect();
    level
}

/// Gives each key its part of what was found, or the failure of its statement.
fn answers(keys: &[Key], level: &Level, found: Found) -> HashMap<Key, Outcome<Value>> {
    let mut answers = HashMap::with_capacity(keys.len());
    let cases = found.cases.map(|cases| {
        let cases = cases.into_iter();
        cases
            .map(|case| (case.subject(), case))
            .collect::<HashMap<_, _>>()
    });
    let (cases, contents) = (
        cases.map_err(Failure::new),
        found.contents.map_err(Failure::new),
    );
    for key in keys {
        let answer = match key {
            Key::Facts(member, ..) => {
                part(&cases, |cases| Value::Facts(cases.get(member).copied()))
            }
            Key::Content(grants) => part(&contents, |contents| {
                Value::Content(
                    contents
                        .get(&(grants.subject(), grants.versions(), grants.to_the_day()))
                        .cloned(),
                )
            }),
            Key::Page(..) | Key::Count(_) | Key::Photos(..) | Key::Albums(..) => continue,
        };
        answers.insert(*key, answer);
    }
    for ((window, permits), pages) in level.pages.iter().zip(found.pages) {
        of_owners(&mut answers, permits, pages, of_permit, |permit, page| {
            (Key::Page(permit, *window), Value::Page(page.map(Arc::new)))
        });
    }
    for (permits, counts) in level.counts.iter().zip(found.counts) {
        of_owners(&mut answers, permits, counts, of_permit, |permit, count| {
            (Key::Count(permit), Value::Count(count))
        });
    }
    for ((window, galleries), pages) in level.photos.iter().zip(found.photos) {
        of_owners(&mut answers, galleries, pages, of_gallery, |of, page| {
            (Key::Photos(of, *window), Value::Photos(page.map(Arc::new)))
        });
    }
    for ((window, galleries), pages) in level.albums.iter().zip(found.albums) {
        of_owners(&mut answers, galleries, pages, of_gallery, |of, page| {
            (Key::Albums(of, *window), Value::Albums(page.map(Arc::new)))
        });
    }
    answers
}

fn part<T>(found: &Outcome<T>, pick: impl FnOnce(&T) -> Value) -> Outcome<Value> {
    match found {
        Ok(found) => Ok(pick(found)),
        Err(failure) => Err(failure.clone()),
    }
}

fn of_permit(permit: &FieldPermit) -> (MemberId, Versions) {
    (permit.subject(), permit.versions())
}

fn of_gallery(gallery: &Gallery) -> (MemberId, Versions) {
    (gallery.subject(), gallery.versions())
}

fn of_owners<L: Copy, T>(
    answers: &mut HashMap<Key, Outcome<Value>>,
    leaves: &[L],
    found: Result<crate::store::penpals::ByOwner<T>, Error>,
    of: impl Fn(&L) -> (MemberId, Versions),
    answer: impl Fn(L, Option<T>) -> (Key, Value),
) {
    match found {
        Ok(mut found) => answers.extend(leaves.iter().map(|leave| {
            let of_owner = found.remove(&of(leave));
            let (key, value) = answer(*leave, of_owner);
            (key, Ok(value))
        })),
        Err(error) => {
            let failure = Failure::new(error);
            answers.extend(leaves.iter().map(|leave| {
                let (key, _) = answer(*leave, None);
                (key, Err(failure.clone()))
            }));
        }
    }
}
