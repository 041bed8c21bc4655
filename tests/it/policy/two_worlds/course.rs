//! What happens in both worlds while the viewer listens, and what the viewer hears of it.
//!
//! Others act, often not alike in the two worlds, but such that the viewer may not see in what: the prose says what must
//! be heard of each step, and that is waited for. In the end a penpal writes, whose message is heard after all else.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
};

use letterlock::{
    domain::{
        audience::Audience, message::Stage, notice::NoticeKind, profile::Field, standing::Standing,
        wall::WallAudience,
    },
    viewer::entropy::proof,
};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};

use super::{
    mail::{arrives, silenced},
    note::{self, Note},
    operation::Operation,
    pair::{Twins, Worlds, in_order, texts_under},
    prose::{Outcome, act, after, asked, exists, sees, served, sight},
    settle::enter,
    talk::{Letter, SLOTS, Side, Talk},
    values::global,
    wall::{self, Posted},
    world::{MINUTE, NOW, PLACES, Thing, World},
};
use crate::support::{app::TestApp, client::Client, listening::Listening};

const STEPS: usize = 5;

/// How often a step is drawn that is not to show.
const TRIES: usize = 20;

/// The last thing that is heard.
const LAST: &str = "and that was all";

/// What stands for an event that did not come in time.
const NOTHING: &str = "nothing came";

/// What stands for the end of a stream.
const END: &str = "the end";

/// For how many events there is a place in a text of what is expected.
const STREAMS: usize = 4;

/// What the viewer listens to, in this order.
const RECEIVED: usize = 0;
const CHANGED: usize = 1;
const PRESENCE: usize = 2;
const NOTICED: usize = 3;

/// Something that somebody does.
#[derive(Clone, Debug, PartialEq)]
enum Deed {
    Write(String),
    Read,
    Archive(bool),
    Mute(bool),
    Draft(String),
    Accept,
    Clear,
    Block,
    /// They ask the viewer to become penpals.
    Ask,
    /// They write on the viewer's wall.
    Post(String),
    /// From now on nobody is shown when they were here.
    Hide,
    /// They say that they are a child.
    Freeze,
    /// The viewer writes to them, into the conversation.
    Told(String),
    /// The viewer deletes the message that they wrote there, in this place.
    TakenBack(usize),
}

impl Deed {
    /// Whether the viewer does it.
    const fn is_the_viewer_s(&self) -> bool {
        matches!(self, Self::Told(_) | Self::TakenBack(_))
    }
}

/// How many events are heard of each.
type Expected = [usize; STREAMS];

/// Who does what in one of the worlds; nobody anything, where it happens in the other alone.
type Did = Option<(usize, Deed)>;

#[derive(Clone, Debug)]
struct Step {
    did: [Did; 2],
    /// Of their being here, and of what they do.
    expected: [Expected; 2],
}

/// What happens.
#[derive(Debug)]
pub(super) struct Course {
    me: usize,
    marker: usize,
    /// After which number of the mailbox the viewer wants to know.
    start: usize,
    /// And after which of what they are told.
    told: usize,
    before: Expected,
    steps: Vec<Step>,
    last: [Expected; 2],
}

impl fmt::Display for Course {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from {} on, {:?}", self.start, self.before)?;
        for step in &self.steps {
            let [first, second] = &step.did;
            write!(f, "\n  {first:?} and {second:?}: {:?}", step.expected)?;
        }
        write!(f, "\n  {} writes: {:?}", self.marker, self.last)
    }
}

impl Course {
    /// Nothing, where nobody is there who could write in the end.
    pub(super) fn draw(worlds: &Worlds, seed: u64) -> Option<Self> {
        let me = worlds.viewer?;
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut now = [worlds.first.clone(), worlds.second.clone()];
        let writes = |marker: &usize| {
            let possible = |world: &World| {
                world.bonded(me, *marker)
                    && exists(world, Some(me), *marker)
                    && arrives(world, *marker, me, LAST.len())
            };
            *marker != me && now.iter().all(possible) && begun(&now, me, *marker)
        };
        let markers: Vec<usize> = (0..PLACES).filter(writes).collect();
        let marker = *markers.choose(&mut rng)?;
        let mailbox = mailbox(&now[0], me);
        let start = rng.random_range(0..=mailbox.len());
        let told = rng.random_range(0..=note::SLOTS);
        let before = before(&now[0], me, (start, told), &mailbox);
        let mut steps = Vec::new();
        for nth in 0..STEPS {
            let step = (0..TRIES).find_map(|_| step(&now, me, marker, nth, &mut rng));
            if let Some((step, next)) = step {
                steps.push(step);
                now = next;
            }
        }
        let last = now.map(|world| {
            let (world, here) = visit(&world, me, marker);
            let deed = Deed::Write(LAST.to_owned());
            let (_, heard) = apply(&world, me, marker, &deed, STEPS).unwrap();
            [here, heard]
        });
        assert_eq!(last[0], last[1]);
        let [last, _] = last;
        Some(Self {
            me,
            marker,
            start,
            told,
            before,
            steps,
            last,
        })
    }

    /// How many steps are not the same in both.
    pub(super) fn hidden(&self) -> usize {
        let unlike = |step: &&Step| step.did[0] != step.did[1];
        self.steps.iter().filter(unlike).count()
    }

    /// What the viewer listens to: field, and the one argument.
    pub(super) fn subscriptions(
        &self,
        twins: &Twins,
        worlds: &Worlds,
    ) -> [(&'static str, (&'static str, Json)); STREAMS] {
        let world = &worlds.first;
        let cursor = |list: &str, after: usize| {
            let mut context = list.as_bytes().to_vec();
            context.extend_from_slice(&0_i64.to_be_bytes());
            context.extend_from_slice(&world.key(Thing::Member(self.me)).to_be_bytes());
            let mut plain = [0; 16];
            plain[8..].copy_from_slice(&(after as i64).to_be_bytes());
            json!(twins.first.services.sealer.seal("cursor", &context, &plain))
        };
        let others: Vec<String> = (0..PLACES)
            .filter(|place| *place != self.me)
            .map(|place| global(world, Thing::Member(place)))
            .collect();
        [
            ("messageReceived", ("after", cursor("arrivals", self.start))),
            (
                "conversationChanged",
                ("after", cursor("changes", self.start)),
            ),
            ("presence", ("members", json!(others))),
            ("noticeReceived", ("after", cursor("noticed", self.told))),
        ]
    }

    /// Lets it happen in both; how much was heard, or which differs, and in what.
    pub(super) async fn run(
        &self,
        twins: &Twins,
        worlds: &Worlds,
        operations: &[Operation; STREAMS],
    ) -> Result<usize, (usize, String)> {
        let clients = twins.settle(worlds).await;
        let [one, other] = clients;
        let first = self
            .hear(&twins.first, &worlds.first, one, operations, 0)
            .await;
        let second = self
            .hear(&twins.second, &worlds.second, other, operations, 1)
            .await;
        for nth in 0..STREAMS {
            let (first, second) = (&first[nth], &second[nth]);
            if first.iter().any(|event| event == NOTHING) {
                return Err((
                    nth,
                    format!("events than the prose says: {first:?}; when this happened: {self}"),
                ));
            }
            if first != second {
                let unlike = first.iter().zip(second).find(|(one, other)| one != other);
                return Err((
                    nth,
                    format!(
                        "events, {} and {}, of which\n  {unlike:?}\nare the first unlike; when this happened: {self}",
                        first.len(),
                        second.len(),
                    ),
                ));
            }
        }
        let events = first.iter().flatten();
        Ok(events.filter(|event| event.starts_with("next ")).count())
    }

    async fn hear(
        &self,
        app: &TestApp,
        world: &World,
        viewer: Client,
        operations: &[Operation; STREAMS],
        which: usize,
    ) -> [Vec<String>; STREAMS] {
        let mut streams = Vec::new();
        for operation in operations {
            let (text, variables) = operation.written();
            streams.push(Listening::to(&viewer, &text, variables).await);
        }
        let mut heard = Heard {
            streams,
            texts: Default::default(),
        };
        heard.wait(self.before).await;
        let mut clients = BTreeMap::new();
        let mut doers: Vec<(usize, usize, Option<&Deed>, Expected)> = Vec::new();
        for (nth, step) in self.steps.iter().enumerate() {
            if let Some((actor, deed)) = &step.did[which] {
                if !deed.is_the_viewer_s() {
                    doers.push((nth, *actor, None, step.expected[0]));
                }
                doers.push((nth, *actor, Some(deed), step.expected[1]));
            }
        }
        let last = Deed::Write(LAST.to_owned());
        doers.push((STEPS, self.marker, None, self.last[0]));
        doers.push((STEPS, self.marker, Some(&last), self.last[1]));
        for (nth, actor, deed, expected) in doers {
            if let Some(deed) = deed.filter(|deed| deed.is_the_viewer_s()) {
                perform(&viewer, world, self.me, actor, deed, nth).await;
                heard.wait(expected).await;
                continue;
            }
            let client = match clients.entry(actor) {
                Entry::Occupied(there) => there.into_mut(),
                Entry::Vacant(place) => place.insert(enter(app, world, actor, MINUTE).await),
            };
            match deed {
                None => drop(client.query("{ me { member { id } } }").await),
                Some(deed) => perform(client, world, self.me, actor, deed, nth).await,
            }
            heard.wait(expected).await;
        }
        drop(
            viewer
                .query("mutation { signOut { userErrors { code } } }")
                .await,
        );
        heard.end().await;
        heard.texts
    }
}

struct Heard {
    streams: Vec<Listening>,
    texts: [Vec<String>; STREAMS],
}

impl Heard {
    async fn wait(&mut self, expected: Expected) {
        for (nth, many) in expected.into_iter().enumerate() {
            for _ in 0..many {
                // Once is enough to know that something is wrong.
                if self.texts[nth].last().is_some_and(|last| last == NOTHING) {
                    return;
                }
                self.next(nth).await;
            }
        }
    }

    /// With the session the streams end, in both worlds by the same: one that went on would be counted with what is
    /// asked afterwards.
    async fn end(&mut self) {
        for nth in 0..self.streams.len() {
            while !self.texts[nth]
                .last()
                .is_some_and(|last| [NOTHING, END].contains(&last.as_str()))
            {
                self.next(nth).await;
            }
        }
    }

    async fn next(&mut self, nth: usize) {
        let event = tokio::time::timeout(
            crate::support::listening::PATIENCE,
            self.streams[nth].event(),
        )
        .await;
        self.texts[nth].push(match event {
            Ok(Some((name, data))) => format!("{name} {}", in_order(data)),
            Ok(None) => END.to_owned(),
            Err(_) => NOTHING.to_owned(),
        });
    }
}

/// Whether a conversation of the two is there in both worlds, or in neither: one that begins has an id by chance.
fn begun(worlds: &[World; 2], one: usize, other: usize) -> bool {
    let pair = (one.min(other), one.max(other));
    worlds[0].talks.contains_key(&pair) == worlds[1].talks.contains_key(&pair)
}

/// What has come to a mailbox, in its order: with whom, and the place.
fn mailbox(world: &World, me: usize) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    for other in 0..PLACES {
        if let Some((talk, which)) = world.talk(me, other) {
            let pair = Thing::Conversation(me.min(other), me.max(other));
            let came = talk.letters.iter().filter(|(_, it)| it.came_to(which));
            all.extend(came.map(|(&slot, _)| {
                let at = world.time(pair) + slot as i64 * MINUTE;
                (at, other, slot)
            }));
        }
    }
    all.sort_unstable();
    all.into_iter()
        .map(|(_, other, slot)| (other, slot))
        .collect()
}

/// What is heard before anything happens.
fn before(
    world: &World,
    me: usize,
    (start, told): (usize, usize),
    mailbox: &[(usize, usize)],
) -> Expected {
    let rest = &mailbox[start..];
    let received = rest.iter().filter(|(other, slot)| {
        let (talk, which) = world.talk(me, *other).unwrap();
        let letter = &talk.letters[slot];
        letter.by != which && letter.lies_with(which) && !silenced(world, *other)
    });
    let changed = (0..PLACES).filter(|other| rest.iter().any(|(with, _)| with == other));
    let shown =
        (0..PLACES).filter(|&other| other != me && sees(world, Some(me), other, Field::LastSeen));
    let noticed = note::there(world, me)
        .into_iter()
        .filter(|slot| *slot >= told);
    [
        received.count(),
        changed.count(),
        shown.count(),
        noticed.count(),
    ]
}

/// Somebody is here; the viewer hears of it where it is shown, for the first time: then the session was just used.
fn visit(world: &World, me: usize, actor: usize) -> (World, Expected) {
    let mut next = world.clone();
    let mut expected = [0; STREAMS];
    let member = &mut next.members[actor];
    if member.last_seen_at < NOW {
        member.last_seen_at = NOW;
        expected[PRESENCE] = usize::from(sees(&next, Some(me), actor, Field::LastSeen));
    }
    (next, expected)
}

fn step(
    now: &[World; 2],
    me: usize,
    marker: usize,
    nth: usize,
    rng: &mut ChaCha8Rng,
) -> Option<(Step, [World; 2])> {
    let one = draw(now, me, marker, rng);
    let did = match rng.random_range(0..6) {
        _ if one.1.is_the_viewer_s() => [Some(one.clone()), Some(one)],
        0..3 => [Some(one.clone()), Some(one)],
        3 => [Some(one), None],
        4 => [None, Some(one)],
        _ => {
            let other = draw(now, me, marker, rng);
            [Some(one), (!other.1.is_the_viewer_s()).then_some(other)]
        }
    };
    let mut expected = [[[0; STREAMS]; 2]; 2];
    let mut next = now.clone();
    for which in 0..2 {
        if let Some((actor, deed)) = &did[which] {
            let world = &now[which];
            let there = world.members[*actor].present && served(world, Some(*actor));
            let (here, seen) = if deed.is_the_viewer_s() {
                (world.clone(), [0; STREAMS])
            } else {
                there.then(|| visit(world, me, *actor))?
            };
            let (done, heard) = apply(&here, me, *actor, deed, nth)?;
            next[which] = done;
            expected[which] = [seen, heard];
        }
    }
    let writes = did
        .iter()
        .flatten()
        .find(|(_, deed)| matches!(deed, Deed::Write(_)));
    let begins =
        writes.is_some_and(|(actor, _)| expected[0][1][RECEIVED] > 0 && !begun(now, me, *actor));
    if let [Some((one, Deed::Read)), Some((other, Deed::Read))] = &did
        && one == other
    {
        told_alike(now, &next, me, *one);
    }
    let alike =
        expected[0] == expected[1] && sight(&next[0], Some(me)) == sight(&next[1], Some(me));
    (alike && !begins).then(|| {
        let step = Step {
            did,
            expected: expected[0],
        };
        (step, next)
    })
}

/// Whoever reads to the end tells the same, whether or not all of it had arrived: by the prose already, or else the viewer
/// would learn it from receipts.
fn told_alike(before: &[World; 2], after: &[World; 2], me: usize, reader: usize) {
    let tells = |world: &World| {
        world.talk(reader, me).is_some_and(|(talk, which)| {
            exists(world, Some(reader), me) && talk.sides[which].stage >= Stage::Open
        })
    };
    if before.iter().all(tells) {
        let all = |world: &World| {
            let (talk, which) = world.talk(me, reader).unwrap();
            let mut mine = talk
                .letters
                .values()
                .filter(|it| it.by == which && it.kept[which]);
            mine.all(|letter| letter.told)
        };
        assert!(after.iter().all(all));
    }
}

fn draw(now: &[World; 2], me: usize, marker: usize, rng: &mut ChaCha8Rng) -> (usize, Deed) {
    let actors: Vec<usize> = (0..PLACES)
        .filter(|it| *it != me && *it != marker)
        .collect();
    // Those above all with whom there is something to be told of.
    let near: Vec<usize> = actors
        .iter()
        .copied()
        .filter(|&it| exists(&now[0], Some(it), me) && now[0].talk(it, me).is_some())
        .collect();
    let actors = if near.is_empty() || rng.random_bool(0.3) {
        actors
    } else {
        near
    };
    let text = super::vocabulary::phrase(rng);
    let deed = match rng.random_range(0..32) {
        26..29 => Deed::Ask,
        29..32 => Deed::Post(text),
        20..23 => Deed::Told(text),
        23..26 => Deed::TakenBack(rng.random_range(0..SLOTS)),
        0..7 => Deed::Write(text),
        7..11 => Deed::Read,
        11 => Deed::Archive(rng.random_bool(0.5)),
        12 => Deed::Mute(rng.random_bool(0.5)),
        13 => Deed::Draft(text),
        14 => Deed::Accept,
        15 => Deed::Clear,
        16 => Deed::Hide,
        17 => Deed::Freeze,
        _ => Deed::Block,
    };
    (*actors.choose(rng).unwrap(), deed)
}

/// The world after what somebody does, and what the viewer hears; nothing, where there is nothing to do it with.
fn apply(
    world: &World,
    me: usize,
    actor: usize,
    deed: &Deed,
    nth: usize,
) -> Option<(World, Expected)> {
    let mut next = world.clone();
    let mut expected = [0; STREAMS];
    let pair = (me.min(actor), me.max(actor));
    let (theirs, mine) = (usize::from(actor > me), usize::from(me > actor));
    let possible = |name| act(world, actor, name, me) == Outcome::Done;
    match deed {
        Deed::Write(text) => {
            if possible("sendMessage") {
                let came = arrives(world, actor, me, text.chars().count());
                let talk = next.talks.entry(pair).or_default();
                write(
                    talk,
                    theirs,
                    (text, came),
                    world.bonded(me, actor),
                    SLOTS + nth,
                );
                expected[RECEIVED] = usize::from(came);
                expected[CHANGED] = usize::from(came);
            }
        }
        Deed::Ask if possible("askPenpal") => {
            let before = world.requests.get(&(actor, me)).copied();
            let bound = asked(world, me, actor);
            let again = before.is_some_and(|it| !it.withdrawn);
            next = after(world, actor, "askPenpal", me);
            let declined = before.is_some_and(|it| it.declined);
            if bound || !again && !declined {
                let kind = if bound {
                    NoticeKind::RequestAccepted
                } else {
                    NoticeKind::PenpalRequest
                };
                tell(&mut next, me, nth, note(kind, actor));
                expected[NOTICED] = 1;
            }
        }
        Deed::Ask => {}
        Deed::Post(text) if exists(world, Some(actor), me) && world.bonded(me, actor) => {
            let place = (me, wall::SLOTS + nth);
            let posted = Posted {
                author: actor,
                text: text.clone(),
                audience: WallAudience::Penpals,
                chosen: 2,
                before: None,
                comments: BTreeMap::new(),
            };
            next.walls.insert(place, posted);
            let told = Note {
                post: Some(place),
                ..note(NoticeKind::WallPost, actor)
            };
            tell(&mut next, me, nth, told);
            expected[NOTICED] = 1;
        }
        Deed::Post(_) => {}
        Deed::Block if possible("block") => next = after(world, actor, "block", me),
        Deed::Block => {}
        Deed::Hide => {
            let audiences = &mut next.members[actor].audiences;
            *audiences = audiences.with(Field::LastSeen, Audience::OnlyMe);
            next.tidy();
        }
        Deed::Freeze => next.members[actor].standing = Standing::Frozen,
        Deed::Told(text) => {
            let talk = next.talks.get_mut(&pair)?;
            // Of one that began in the course the id is not known.
            let known = talk.letters.range(..SLOTS).next().is_some();
            if talk.sides[mine].stage == Stage::Nothing || !known {
                return None;
            }
            let came =
                exists(world, Some(me), actor) && arrives(world, me, actor, text.chars().count());
            write(
                talk,
                mine,
                (text, came),
                world.bonded(me, actor),
                SLOTS + nth,
            );
            expected[CHANGED] = 1;
        }
        Deed::TakenBack(slot) => {
            let letter = next.talks.get_mut(&pair)?.letters.get_mut(slot)?;
            if letter.by != mine || !letter.kept[mine] {
                return None;
            }
            letter.kept[mine] = false;
            expected[CHANGED] = 1;
        }
        of_side => {
            let receipts = exists(world, Some(actor), me);
            let talk = next.talks.get_mut(&pair)?;
            // One that began in the course is found by who it is with.
            let known = talk.letters.range(..SLOTS).next().is_some();
            if talk.sides[theirs].stage == Stage::Nothing || !(known || receipts) {
                return None;
            }
            let told = change(talk, theirs, mine, of_side, receipts)?;
            expected[CHANGED] = usize::from(told);
        }
    }
    Some((next, expected))
}

fn note(kind: NoticeKind, from: usize) -> Note {
    Note {
        kind,
        from: Some(from),
        post: None,
        comment: None,
        unread: true,
    }
}

fn tell(world: &mut World, me: usize, nth: usize, note: Note) {
    world.notes.insert((me, note::SLOTS + nth), note);
}

fn write(talk: &mut Talk, by: usize, (text, arrived): (&str, bool), bound: bool, slot: usize) {
    let mut kept = [true; 2];
    kept[1 - by] = arrived;
    let letter = Letter {
        by,
        text: text.to_owned(),
        arrived,
        kept,
        told: false,
    };
    talk.letters.insert(slot, letter);
    let Side {
        stage,
        archived,
        draft,
        ..
    } = &mut talk.sides[by];
    (*stage, *archived, *draft) = (Stage::Accepted, false, None);
    if arrived {
        let side = &mut talk.sides[1 - by];
        side.archived &= side.muted;
        side.stage = side.stage.after_arrival(bound);
    }
}

/// Changes a side; whether the other is told that something was read.
fn change(
    talk: &mut Talk,
    theirs: usize,
    mine: usize,
    deed: &Deed,
    receipts: bool,
) -> Option<bool> {
    let side = &mut talk.sides[theirs];
    match deed {
        Deed::Archive(archived) => side.archived = *archived,
        Deed::Mute(muted) => side.muted = *muted,
        Deed::Draft(text) => side.draft = Some(text.clone()),
        Deed::Accept => side.stage = Stage::Accepted,
        Deed::Clear => {
            (side.archived, side.draft) = (false, None);
            for letter in talk.letters.values_mut() {
                letter.kept[theirs] = false;
            }
        }
        Deed::Read => {
            let up_to = last(talk, theirs)?;
            let side = &mut talk.sides[theirs];
            side.read = side.read.max(up_to + 1);
            if !receipts || side.stage < Stage::Open {
                return Some(false);
            }
            // Whoever has read the last has read all that the other sent, wherever it came.
            let mut told = false;
            for letter in talk.letters.values_mut() {
                if letter.by == mine && letter.kept[mine] && !letter.told {
                    (letter.told, told) = (true, true);
                }
            }
            return Some(told);
        }
        other => unreachable!("{other:?}"),
    }
    Some(false)
}

/// The last message on this side.
fn last(talk: &Talk, which: usize) -> Option<usize> {
    let mut there = talk.letters.iter().rev();
    there
        .find(|(_, letter)| letter.lies_with(which))
        .map(|(slot, _)| *slot)
}

/// Does it, in the service. That it is refused where the prose says so is for `conformity`.
async fn perform(client: &Client, world: &World, me: usize, actor: usize, deed: &Deed, nth: usize) {
    // Ids are drawn alike in both worlds.
    proof::seed(Some(1_000 + nth as u64));
    let (one, other) = (me.min(actor), me.max(actor));
    let mine = global(world, Thing::Member(me));
    let conversation = match world.talk(me, actor) {
        Some(_) => global(world, Thing::Conversation(one, other)),
        // It has begun meanwhile.
        None => {
            let begun = format!("{{ conversationWith(member: \"{mine}\") {{ id }} }}");
            let ids = texts_under(&client.query(&begun).await.text, &["id"]);
            ids.into_iter().next().unwrap_or_default()
        }
    };
    let (name, input) = match deed {
        Deed::Write(text) => (
            "sendMessage",
            format!(
                "to: {{member: \"{mine}\"}}, text: \"{text}\", clientKey: \"in-the-course-{nth}\""
            ),
        ),
        Deed::Read => {
            let latest = format!(
                "{{ node(id: \"{conversation}\") {{ ... on Conversation {{ messages(last: 1) {{ edges {{ node {{ messageId: id }} }} }} }} }} }}"
            );
            let ids = texts_under(&client.query(&latest).await.text, &["messageId"]);
            let message = ids.into_iter().next().unwrap_or_default();
            (
                "markRead",
                format!("conversation: \"{conversation}\", message: \"{message}\""),
            )
        }
        Deed::Archive(archived) => (
            "archiveConversation",
            format!("conversation: \"{conversation}\", archived: {archived}"),
        ),
        Deed::Mute(muted) => (
            "muteConversation",
            format!("conversation: \"{conversation}\", muted: {muted}"),
        ),
        Deed::Draft(text) => (
            "saveDraft",
            format!("conversation: \"{conversation}\", text: \"{text}\""),
        ),
        Deed::Accept => (
            "acceptConversation",
            format!("conversation: \"{conversation}\""),
        ),
        Deed::Clear => (
            "deleteConversation",
            format!("conversation: \"{conversation}\""),
        ),
        Deed::Block => ("block", format!("member: \"{mine}\"")),
        Deed::Ask => ("askPenpal", format!("member: \"{mine}\"")),
        Deed::Post(text) => (
            "createPost",
            format!("wall: \"{mine}\", text: \"{text}\", audience: PENPALS"),
        ),
        Deed::Hide => (
            "setVisibility",
            "entries: [{field: LAST_SEEN, audience: ONLY_ME}]".to_owned(),
        ),
        Deed::Freeze => ("correctBirthDate", "birthDate: \"2020-01-01\"".to_owned()),
        Deed::Told(text) => (
            "sendMessage",
            format!(
                "to: {{conversation: \"{conversation}\"}}, text: \"{text}\", clientKey: \"in-the-course-{nth}\""
            ),
        ),
        Deed::TakenBack(slot) => {
            let message = global(world, Thing::Message(one, other, *slot));
            ("deleteMessage", format!("message: \"{message}\""))
        }
    };
    let document = format!("mutation {{ {name}(input: {{{input}}}) {{ userErrors {{ code }} }} }}");
    drop(client.query(&document).await);
}
