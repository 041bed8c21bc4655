//! A world in which everybody is alike: adults around a circle, penpals of the nearest, who write to each other.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use letterlock::{
    app::demo_password_hash,
    domain::{
        age::{AgeClass, BirthDate},
        contact::ContactRules,
        email::Email,
        findable::Findable,
        handle::{Handle, Stem},
        id::{BlockId, ConversationId, MemberId, MessageId},
        message::Stage,
        profile::Audiences,
    },
    store::{
        profiles::ProfileChanges,
        world::{Correspondence, Inhabitant, Side, Tie, Whole, Written},
    },
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::running::Running;

/// What there is.
pub(crate) struct Circle {
    /// How many there are, all of whom have the demo's password.
    pub(crate) members: usize,
    /// To how many after them each is bound; as many before them are.
    pub(crate) ahead: usize,
    /// How many messages lie between two who are bound.
    pub(crate) messages: usize,
    /// Who has blocked the first.
    pub(crate) blocker: Option<usize>,
}

/// Who there is.
pub(crate) struct People {
    /// The conversations of each with those after them, the nearest first.
    pub(crate) conversations: Vec<Vec<ConversationId>>,
}

/// The address of one of them.
pub(crate) fn address(nth: usize) -> String {
    format!("one{nth}@letterlock.example")
}

const SENTENCES: [&str; 5] = [
    "Thank you for your letter; I read it twice.",
    "It has rained for three days here, and I have not minded.",
    "Which book should I read next?",
    "I walked home the long way and counted the lit windows.",
    "Do you keep old letters?",
];

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Fills the database.
pub(crate) async fn settle(running: &Running, circle: &Circle) -> Result<People, String> {
    let services = &running.services;
    let now = services.clock.now();
    let hash = demo_password_hash(&services.passwords)
        .await
        .map_err(said)?;
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut all = Vec::with_capacity(circle.members);
    for nth in 0..circle.members {
        all.push(inhabitant(&mut rng, nth, &hash, now)?);
    }
    let ids: Vec<MemberId> = all.iter().map(|one| one.id).collect();
    let at = (now - TimeDelta::days(30)).timestamp_millis();
    let (mut ties, mut letters, mut conversations) = (Vec::new(), Vec::new(), Vec::new());
    for one in 0..circle.members {
        let mut mine = Vec::new();
        for distance in 1..=circle.ahead {
            let other = (one + distance) % circle.members;
            ties.push(if one == 0 && Some(other) == circle.blocker {
                let blocked = all[one].handle.clone();
                let tie = Tie::Block(BlockId::random(&mut rng), ids[other], ids[one], blocked);
                (tie, at)
            } else {
                (Tie::Bond(ids[one], ids[other]), at)
            });
            if circle.messages > 0 {
                let pair = [ids[one], ids[other]];
                let one = correspondence(&mut rng, pair, circle.messages, now);
                mine.push(one.id);
                letters.push(one);
            }
        }
        conversations.push(mine);
    }
    let store = &services.store;
    store
        .settle_demo(&Whole {
            inhabitants: all,
            ties,
            correspondence: letters,
            ..Whole::default()
        })
        .await
        .map_err(said)?;
    // The database looks at its tables, as it would have in time.
    store.finish_world().await.map_err(said)?;
    Ok(People { conversations })
}

fn inhabitant(
    rng: &mut ChaCha20Rng,
    nth: usize,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<Inhabitant, String> {
    let adult = AgeClass::Adult;
    let stem = Stem::parse("somebody").map_err(|_| "a stem")?;
    Ok(Inhabitant {
        id: MemberId::random(rng),
        handle: Handle::mint(&stem, rng),
        display_name: format!("Somebody {nth}"),
        email: Email::parse(&address(nth)).map_err(|_| "an address")?,
        password_hash: hash.to_owned(),
        birth: BirthDate::new(now.year() - 34, 1, 1, now).map_err(|_| "a birth date")?,
        audiences: Audiences::defaults(adult),
        findable: Findable::defaults(adult),
        contact: ContactRules::default_for(adult),
        uses_lists: false,
        profile: ProfileChanges::default(),
        joined_at: (now - TimeDelta::days(40)).timestamp_millis(),
        last_seen_at: (now - TimeDelta::hours(5)).timestamp_millis(),
    })
}

/// Messages by turns, of which each has read all but a few.
fn correspondence(
    rng: &mut ChaCha20Rng,
    pair: [MemberId; 2],
    messages: usize,
    now: DateTime<Utc>,
) -> Correspondence {
    let begun = now - TimeDelta::days(20);
    let apart = TimeDelta::seconds(pair[0].key() % 80_000);
    let of_one = |nth: usize| {
        let sent = begun + apart + TimeDelta::hours(nth as i64);
        let of = |at: usize| SENTENCES[(at + apart.num_seconds() as usize) % SENTENCES.len()];
        (
            sent.timestamp_millis(),
            [nth, nth / 2 + 1, nth + 2].map(of).join(" "),
        )
    };
    let unread = pair.map(|member| usize::try_from(member.key() % 5).unwrap_or(0));
    let read = unread.map(|unread| messages.saturating_sub(unread));
    let written = (0..messages).map(|nth| {
        let (sent_at, text) = of_one(nth);
        Written {
            id: MessageId::random(rng),
            by: nth % 2,
            sent_at,
            text,
            arrived: true,
            kept: [true, true],
            client_key: None,
            read_at: (nth < read[1 - nth % 2]).then_some(sent_at + 60_000),
        }
    });
    Correspondence {
        messages: written.collect(),
        id: ConversationId::random(rng),
        sides: [0, 1].map(|which| Side {
            member: pair[which],
            stage: Stage::Accepted,
            archived: false,
            muted: false,
            read: read[which],
            draft: None,
        }),
    }
}
