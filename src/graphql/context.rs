//! What the resolvers of one request share.

use std::sync::{
    Arc, Mutex, PoisonError, RwLock,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

use async_graphql::ContextBase;
use chrono::{DateTime, Utc};

use super::{
    arrival::{Arrival, Credential, Effect},
    error::{Error, Failure},
    loaders::Loaders,
    services::Services,
    trace::Trace,
};
use crate::domain::{
    age::{AgeClass, Today},
    clock::from_millis,
    id::{MemberId, SessionId},
};
use crate::privacy::{Case, Onlooker, Wish};
use crate::store::{
    self,
    messages::{ConversationRow, MessageRow},
    sessions::Standings,
};
use crate::viewer::{tokens::Token, who::Viewer};

/// One request, from its first resolver to its last.
pub struct Request {
    services: Arc<Services>,
    arrival: Arrival,
    /// In milliseconds since the Unix epoch. It stands still for a request, and goes on from event to event of a
    /// subscription.
    now: AtomicI64,
    who: RwLock<Who>,
    out: Mutex<Out>,
    trace: Option<Arc<Trace>>,
    /// How many bytes of messages the answer may have still.
    messages_left: tokio::sync::Mutex<usize>,
    /// How many bytes of texts may be written out still.
    texts_left: AtomicUsize,
}

/// How many bytes of messages and drafts are read for one answer at most, and a page more; and how many are written out.
const MOST_OF_MESSAGES: usize = 8 << 20;

/// The same for an event: many may wait to be fetched, each of another subscription.
const MOST_OF_AN_EVENT: usize = 1 << 20;

/// What takes room in an answer.
pub trait Weighs {
    /// Its texts, in bytes.
    fn weight(&self) -> usize;
}

impl Weighs for MessageRow {
    fn weight(&self) -> usize {
        self.text.len()
    }
}

impl Weighs for ConversationRow {
    fn weight(&self) -> usize {
        self.draft.as_ref().map_or(0, |draft| draft.len())
    }
}

/// Who is asking. A sign-in or a sign-out changes it for the fields that follow.
#[derive(Clone)]
struct Who {
    viewer: Viewer,
    session: Option<SessionId>,
    /// When the password was last given in the session, in milliseconds since the Unix epoch.
    reauthenticated_at: i64,
    loaders: Arc<Loaders>,
}

/// What the response will carry besides its body.
#[derive(Debug, Default)]
pub struct Out {
    /// In the order in which they were asked for.
    pub effects: Vec<Effect>,
    /// Seconds until it is worth trying again.
    pub retry_after: Option<u64>,
    /// The age screen has refused this browser in this very request.
    pub screened_out: bool,
}

/// How old a session's note of its last use may be before it is written anew: half a minute.
const NOTE_EVERY: i64 = 30_000;

/// Notes that the member is here. What is asked for does not fail for it: a note that cannot be written
/// now is written by the next request.
async fn note_presence(services: &Services, found: &Standings, now: i64) {
    let note = async {
        // Where it is cut short, the session stays as it was, and the next request does it.
        services.store.seen(found.member, now).await?;
        services.store.touch_session(found.session, now).await
    };
    match tokio::time::timeout(services.sessions.note_patience, note).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "a presence was not noted"),
        Err(_) => tracing::warn!("a presence was not noted in time"),
    }
}

/// Whether a credential was sent, and whether it must be good.
const fn presented(credential: &Credential) -> (bool, bool) {
    match credential {
        Credential::None => (false, false),
        Credential::Cookie(_) => (true, false),
        Credential::Bearer(_) => (true, true),
    }
}

/// The session that a credential opens, if any.
async fn session(
    services: &Services,
    credential: &Credential,
    now: DateTime<Utc>,
) -> Result<Option<Standings>, Error> {
    let (Credential::Cookie(text) | Credential::Bearer(text)) = credential else {
        return Ok(None);
    };
    let Some(digest) = Token::parse(text).map(|token| token.digest()) else {
        return Ok(None);
    };
    let (_, bearer) = presented(credential);
    let idle_since = (now - services.sessions.idle).timestamp_millis();
    let found = services
        .store
        .session(
            digest.as_bytes(),
            now.timestamp_millis(),
            idle_since,
            Today::at(now),
        )
        .await?;
    // Each kind of token has its own way in: a bearer token planted as a cookie, or a cookie's value sent as a bearer
    // token, opens nothing.
    Ok(found.filter(|session| session.bearer == bearer))
}

/// Whether the session's account is served (policy clauses C28, C29).
fn served(found: &Standings) -> bool {
    found.standing.served() && matches!(found.age, AgeClass::Teen | AgeClass::Adult)
}

impl Request {
    /// Works out who is asking. An account that may not be served is refused here, before any resolver.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] for a bearer token that is none of ours, [`Error::NotServed`] for the
    /// account of a child, of somebody of unknown age, or that is frozen (policy clause C29).
    pub async fn arrive(services: Arc<Services>, arrival: Arrival) -> Result<Self, Error> {
        let now = services.clock.now();
        let today = Today::at(now);
        let mut out = Out::default();
        let (sent, must) = presented(&arrival.credential);
        let found = session(&services, &arrival.credential, now).await?;
        let (viewer, session, reauthenticated_at) = match found {
            Some(found) => {
                if !served(&found) {
                    return Err(Error::NotServed);
                }
                if now.timestamp_millis() - found.last_used_at >= NOTE_EVERY {
                    note_presence(&services, &found, now.timestamp_millis()).await;
                }
                (
                    Viewer::Member(found.member),
                    Some(found.session),
                    found.reauthenticated_at,
                )
            }
            None if must => return Err(Error::Unauthenticated),
            None => {
                if sent {
                    out.effects.push(Effect::ClearSession);
                }
                (Viewer::Visitor, None, 0)
            }
        };
        let trace = Trace::of(arrival.explain).map(Arc::new);
        let loaders = Arc::new(Loaders::new(&services.store, viewer, today, trace.clone()));
        Ok(Self {
            services,
            arrival,
            now: AtomicI64::new(now.timestamp_millis()),
            who: RwLock::new(Who {
                viewer,
                session,
                reauthenticated_at,
                loaders,
            }),
            out: Mutex::new(out),
            trace,
            messages_left: tokio::sync::Mutex::new(MOST_OF_MESSAGES),
            texts_left: AtomicUsize::new(MOST_OF_MESSAGES),
        })
    }

    /// What a member would ask, where the service asks it for them: no session, and nothing that is sent along.
    pub fn on_behalf_of(services: Arc<Services>, member: MemberId) -> Self {
        let now = services.clock.now();
        let viewer = Viewer::Member(member);
        let loaders = Arc::new(Loaders::new(&services.store, viewer, Today::at(now), None));
        Self {
            services,
            arrival: Arrival::of_the_service(),
            now: AtomicI64::new(now.timestamp_millis()),
            who: RwLock::new(Who {
                viewer,
                session: None,
                reauthenticated_at: 0,
                loaders,
            }),
            out: Mutex::new(Out::default()),
            trace: None,
            messages_left: tokio::sync::Mutex::new(MOST_OF_MESSAGES),
            texts_left: AtomicUsize::new(MOST_OF_MESSAGES),
        }
    }

    /// The request of a resolver.
    pub fn of<'a, T>(ctx: &ContextBase<'a, T>) -> &'a Request {
        ctx.data_unchecked::<Arc<Request>>()
    }

    /// The request of a resolver, to be kept for longer.
    pub fn shared<T>(ctx: &ContextBase<'_, T>) -> Arc<Request> {
        ctx.data_unchecked::<Arc<Request>>().clone()
    }

    /// The rest of the house.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// What came with the request.
    pub fn arrival(&self) -> &Arrival {
        &self.arrival
    }

    /// The moment at which the request arrived: one moment for all of it.
    pub fn now(&self) -> DateTime<Utc> {
        from_millis(self.now_millis())
    }

    /// The same moment in milliseconds since the Unix epoch.
    pub fn now_millis(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// The day by which ages are reckoned.
    pub fn today(&self) -> Today {
        Today::at(self.now())
    }

    /// The instant before which a session without use is over, in milliseconds since the Unix epoch.
    pub fn idle_since(&self) -> i64 {
        (self.now() - self.services.sessions.idle).timestamp_millis()
    }

    fn who(&self) -> Who {
        self.who
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Who is asking, now.
    pub fn viewer(&self) -> Viewer {
        self.who().viewer
    }

    /// The session that the request came with.
    pub fn session(&self) -> Option<SessionId> {
        self.who().session
    }

    /// Until when the password counts as given lately in this session; nothing when it does not.
    pub fn reauthenticated_until(&self) -> Option<DateTime<Utc>> {
        let who = self.who();
        who.session?;
        let until = from_millis(who.reauthenticated_at) + self.services.sessions.lately;
        (self.now() < until).then_some(until)
    }

    /// The password was given just now.
    pub fn reauthenticated(&self) {
        let mut who = self.who.write().unwrap_or_else(PoisonError::into_inner);
        who.reauthenticated_at = self.now_millis();
    }

    /// The loaders, as fresh as the last write.
    pub fn loaders(&self) -> Arc<Loaders> {
        self.who().loaders
    }

    fn new_loaders(&self, viewer: Viewer) -> Arc<Loaders> {
        let trace = self.trace.clone();
        Arc::new(Loaders::new(
            &self.services.store,
            viewer,
            self.today(),
            trace,
        ))
    }

    /// Notes what is decided, where the answer is to tell it.
    pub fn decided(&self, case: &Case, onlooker: Option<Onlooker>, wishes: &[Wish]) {
        if let Some(trace) = &self.trace {
            for wish in wishes {
                trace.decision(case, onlooker, *wish);
            }
        }
    }

    /// What the answer is to tell of how it came about, if anything.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_deref()
    }

    /// Goes on to the next event of a subscription: the time is what it is now, the session is looked for again, and
    /// nothing that was loaded before is answered from.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthenticated`] where the session has ended, [`Error::NotServed`] where its account is served no more.
    pub async fn renew(&self) -> Result<(), Error> {
        let now = self.services.clock.now();
        let found = session(&self.services, &self.arrival.credential, now)
            .await?
            .filter(|found| self.viewer() == Viewer::Member(found.member))
            .ok_or(Error::Unauthenticated)?;
        if !served(&found) {
            return Err(Error::NotServed);
        }
        self.now.store(now.timestamp_millis(), Ordering::Relaxed);
        *self.messages_left.lock().await = MOST_OF_AN_EVENT;
        self.texts_left.store(MOST_OF_AN_EVENT, Ordering::Relaxed);
        self.refresh();
        Ok(())
    }

    /// Reads messages or conversations, a page after another: a document can ask for more of them than there is room for.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] when those that were read before are as much as one answer has.
    pub async fn read_mail<T: Weighs>(
        &self,
        reading: impl Future<Output = Result<Vec<T>, store::Error>>,
    ) -> Result<Vec<T>, Error> {
        let mut left = self.messages_left.lock().await;
        if *left == 0 {
            return Err(Error::TooLong);
        }
        let rows = reading.await?;
        let read = rows.iter().map(Weighs::weight).sum();
        *left = left.saturating_sub(read);
        Ok(rows)
    }

    /// Counts a text that is written out: what was read once can be asked for under many names.
    ///
    /// # Errors
    ///
    /// [`Error::TooLong`] when those before it are as much as one answer has.
    pub fn write_out(&self, text: &str) -> Result<(), Error> {
        let take = |left: usize| left.checked_sub(text.len());
        let taken = self
            .texts_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken.map(drop).map_err(|_| Error::TooLong)
    }

    /// Begins anew after a write: nothing that was loaded before it is answered from.
    pub fn refresh(&self) {
        let mut who = self.who.write().unwrap_or_else(PoisonError::into_inner);
        who.loaders = self.new_loaders(who.viewer);
    }

    /// Goes on as somebody else: after a sign-in, in whose session the password was given just now, or a
    /// sign-out.
    pub fn become_viewer(&self, viewer: Viewer, session: Option<SessionId>) {
        let mut who = self.who.write().unwrap_or_else(PoisonError::into_inner);
        *who = Who {
            viewer,
            session,
            reauthenticated_at: self.now_millis(),
            loaders: self.new_loaders(viewer),
        };
    }

    /// Something that the response must carry besides its body.
    pub fn effect(&self, effect: Effect) {
        let mut out = self.out();
        if matches!(effect, Effect::MarkScreenedOut) {
            out.screened_out = true;
        }
        out.effects.push(effect);
    }

    /// Whether the age screen has refused this browser, in this request or in one before.
    pub fn screened_out(&self) -> bool {
        self.arrival.screened_out || self.out().screened_out
    }

    /// Too often: notes when to try again, and gives the error to answer with.
    pub fn rate_limited(&self, seconds: u64) -> Error {
        let mut out = self.out();
        out.retry_after = Some(out.retry_after.unwrap_or_default().max(seconds));
        Error::RateLimited(seconds)
    }

    /// What the response will carry, at the end.
    pub fn take_out(&self) -> Out {
        std::mem::take(&mut *self.out())
    }

    fn out(&self) -> std::sync::MutexGuard<'_, Out> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Random numbers for ids and handles.
    ///
    /// # Errors
    ///
    /// When the operating system has no randomness to give.
    pub fn rng(&self) -> Result<rand_chacha::ChaCha20Rng, Error> {
        crate::viewer::entropy::rng().map_err(|error| Failure::new(error).into())
    }
}

/// A time as the wire tells it.
pub fn time(millis: i64) -> DateTime<Utc> {
    from_millis(millis)
}
