//! `letterlock seed`: a world of any size in an empty database.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::{
    Failure, say,
    world::{NO_PASSWORD, correspondence, demo_handle, demo_password_hash, hang, inhabitant},
};
use crate::config::Seed;
use crate::demo::{self, Crowd, Person};
use crate::domain::{
    clock::Clock,
    handle::{Handle, Stem},
    id::{BlockId, ListId, MemberId, RequestId},
};
use crate::store::{
    Store,
    world::{List, Mailboxes, Purpose, Tie},
};
use crate::viewer::passwords::{Params, Passwords};

/// Members in one transaction.
const AT_ONCE: usize = 2_000;
/// Members whose conversations are written in one transaction: they are the most of what each has.
const WRITING_AT_ONCE: usize = 500;

/// Who has been settled, by index.
struct Settled {
    rng: ChaCha20Rng,
    ids: Vec<MemberId>,
    handles: Vec<Handle>,
    taken: HashSet<Handle>,
    /// How many ties there are so far.
    ties: i64,
}

/// Fills an empty database, and says how far it is.
pub(super) async fn seed(store: &Store, seed: &Seed) -> Result<(), Failure> {
    match store.purpose().await? {
        Purpose::Empty => {}
        Purpose::Unfinished => return Err(Failure::Unfinished),
        Purpose::Demo | Purpose::Members => return Err(Failure::NotEmpty),
    }
    let now = Clock::system().now();
    let hash = demo_password_hash(&Passwords::new(Params::default(), 1)?).await?;
    store.begin_world().await?;
    let mut crowd = Crowd::new(seed.members, seed.seed, now.date_naive());
    let members = crowd.len();
    let mut settled = Settled {
        rng: ChaCha20Rng::seed_from_u64(seed.seed),
        ids: Vec::with_capacity(members),
        handles: Vec::with_capacity(members),
        taken: HashSet::with_capacity(members),
        ties: 0,
    };
    let bar = bar("members", members);
    loop {
        let people: Vec<Person> = crowd.by_ref().take(AT_ONCE).collect();
        if people.is_empty() {
            break;
        }
        let mut inhabitants = Vec::with_capacity(people.len());
        for person in people {
            let nth = settled.ids.len();
            let (id, handle) = settled.name(&person, nth)?;
            let hash = if nth < seed.sign_ins {
                &hash
            } else {
                NO_PASSWORD
            };
            let mut one = inhabitant(&person, id, handle, hash.to_owned(), now)?;
            one.uses_lists = crowd.list(nth).is_some();
            inhabitants.push(one);
        }
        store.settle(&inhabitants).await?;
        bar.inc(inhabitants.len() as u64);
    }
    bar.finish();
    // A stream that ends early would be a fault of the generator's.
    if settled.ids.len() != members {
        return Err(Failure::World("nobody"));
    }
    let bar = self::bar("ties", members);
    for first in (0..members).step_by(AT_ONCE) {
        let ones = first..members.min(first + AT_ONCE);
        let mut ties = Vec::new();
        for one in ones.clone() {
            settled.tie(&crowd, one, now, &mut ties);
        }
        store.knot(&ties).await?;
        bar.inc(ones.len() as u64);
    }
    bar.finish();
    let bar = self::bar("letters", members);
    // Their ids are drawn apart, so that there are the same ties without them.
    let mut rng = ChaCha20Rng::seed_from_u64(!seed.seed);
    let mut mailboxes = Mailboxes::default();
    for first in (0..members).step_by(WRITING_AT_ONCE) {
        let ones = first..members.min(first + WRITING_AT_ONCE);
        let mut letters = Vec::new();
        for conversation in ones.clone().flat_map(|one| crowd.conversations(one)) {
            let id = |at: usize| settled.ids[at];
            letters.push(correspondence(conversation, id, &mut rng, now));
        }
        store.correspond(&letters, &mut mailboxes).await?;
        bar.inc(ones.len() as u64);
    }
    store.number_mailboxes(&mailboxes).await?;
    bar.finish();
    let bar = self::bar("walls", members);
    for first in (0..members).step_by(WRITING_AT_ONCE) {
        let ones = first..members.min(first + WRITING_AT_ONCE);
        let mut walls = Vec::new();
        for post in ones.clone().flat_map(|one| crowd.wall(one)) {
            hang(post, |at| settled.ids[at], &mut rng, now, &mut walls);
        }
        store.hang(&walls).await?;
        bar.inc(ones.len() as u64);
    }
    bar.finish();
    store.finish_world().await?;
    Ok(say(&farewell(seed.sign_ins.min(members)))?)
}

impl Settled {
    /// Gives the next member an id and a handle that nobody has.
    fn name(&mut self, person: &Person, nth: usize) -> Result<(MemberId, Handle), Failure> {
        let fault = || Failure::World("a handle");
        let regular = demo::SIGN_INS.iter().any(|sign_in| sign_in.person == nth);
        let handle = if regular {
            demo_handle(person, nth as u64).ok_or_else(fault)?
        } else {
            let stem = Stem::parse(&person.handle_stem).map_err(|_| fault())?;
            self.free(&stem)
        };
        self.taken.insert(handle.clone());
        let id = MemberId::random(&mut self.rng);
        self.ids.push(id);
        self.handles.push(handle.clone());
        Ok((id, handle))
    }

    fn free(&mut self, stem: &Stem) -> Handle {
        loop {
            let handle = Handle::mint(stem, &mut self.rng);
            if !self.taken.contains(&handle) {
                return handle;
            }
        }
    }

    /// Adds the ties that begin with this member.
    fn tie(&mut self, crowd: &Crowd, one: usize, now: DateTime<Utc>, ties: &mut Vec<(Tie, i64)>) {
        let (bonds, request, block) = crowd.ties(one);
        let id = |at: usize| self.ids[at];
        // The day is the world's; the rest keeps two ties from being at the same time.
        let mut count = self.ties;
        let mut at = |days: u16| {
            count += 1;
            (now - TimeDelta::days(i64::from(days) + 1) + TimeDelta::milliseconds(count % DAY))
                .timestamp_millis()
        };
        for bond in bonds {
            ties.push((
                Tie::Bond(id(bond.asker), id(bond.accepter)),
                at(bond.days_ago),
            ));
        }
        if let Some(request) = request {
            let key = RequestId::random(&mut self.rng);
            let tie = Tie::Request(key, id(request.from), id(request.to));
            ties.push((tie, at(request.days_ago)));
        }
        if let Some(block) = block {
            let key = BlockId::random(&mut self.rng);
            let handle = self.handles[block.blocked].clone();
            let tie = Tie::Block(key, id(block.blocker), id(block.blocked), handle);
            ties.push((tie, at(block.days_ago)));
        }
        if let Some(friends) = crowd.list(one) {
            let list = List {
                name: friends.name.to_owned(),
                members: friends.members.into_iter().map(id).collect(),
                shown: vec![friends.shown],
                excepted: vec![friends.excepted],
            };
            let key = ListId::random(&mut self.rng);
            ties.push((Tie::List(key, id(one), list), at(0)));
        }
        self.ties = count;
    }
}

/// A day, in milliseconds.
const DAY: i64 = 24 * 3_600_000;

/// Shown on a terminal; drawn to standard error.
fn bar(what: &'static str, length: usize) -> ProgressBar {
    let style = "{prefix:8} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}";
    ProgressBar::new(length as u64)
        .with_prefix(what)
        .with_style(
            ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
        )
}

/// How to sign in to what was made.
fn farewell(sign_ins: usize) -> String {
    if sign_ins == 0 {
        return "Nobody can sign in. Serve it with --demo.\n".to_owned();
    }
    let mut text = format!(
        "Serve it with --demo. The first {sign_ins} sign in with the password {}:\n",
        demo::PASSWORD
    );
    for sign_in in demo::SIGN_INS.iter().take(sign_ins) {
        text.push_str(&format!("  {}\n", sign_in.email));
    }
    let regulars = demo::SIGN_INS.len();
    if sign_ins > regulars {
        let last = Crowd::address(sign_ins - 1);
        text.push_str(&format!("  {} to {last}\n", Crowd::address(regulars)));
    }
    text
}
