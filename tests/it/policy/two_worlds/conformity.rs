//! The other half: what a viewer may see does show, and an act is done or refused as the prose says.
//!
//! Two worlds alone would not notice a service that shows nothing to anybody, nor one that lets people do what
//! the policy refuses.

use std::collections::{BTreeMap, BTreeSet};

use letterlock::viewer::entropy::proof;
use rand::{
    RngExt, SeedableRng,
    seq::{IndexedRandom, SliceRandom},
};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};

use super::{
    change::shown,
    gallery::{looks, opens},
    mail::arrives,
    note,
    pair::{Twins, Worlds},
    prose::{Outcome, act, exists, served, sight},
    settle::{enter, settle},
    values::global,
    wall,
    world::{PLACES, Thing, Viewer, World},
};
use crate::{policy::documents::documents, support::client::Client};

/// How many acts each member tries.
const ACTS: usize = 18;

/// What is the viewer's own; what all members tell is in the document of `policy::doors`.
const OWN: &str = "{ me { visibility { field audience lists { id } except { id } }
    lists { id memberCount members(first: 9) { edges { node { id } } } }
    requestsReceived(first: 9) { edges { node { id member { id } } } }
    requestsSent(first: 9) { edges { node { id member { id } } } }
    blocks(first: 9) { edges { node { id handle } } }
    findability { bySearch byHandle byEmail }
    posts(first: 27) { edges { node { ...Said } } }
    comments(first: 81) { edges { node { id postId text audience editedAt edits { text } wall { id } } } }
    unreadNoticeCount notices(first: 9) { edges { cursor node { id kind createdAt read member { id } post { id } comment { id } } } }
    contactRules { writers minAge maxAge countries { code } sharedLanguage sharedInterest minLength }
    inbox: conversations(folder: INBOX, first: 9) { ...Folder }
    requests: conversations(folder: REQUESTS, first: 9) { ...Folder }
    archive: conversations(folder: ARCHIVE, first: 9) { ...Folder } }
    searchMembers(first: 20) { edges { node { id } } } }
    fragment Said on Post { id text audience editedAt edits { text } wall { id } }
    fragment Folder on ConversationConnection { edges { node { id stage archived muted draft unreadCount
    member { id } } } }";

/// By whatever somebody is found.
const FOUND: &str = "query($handle: String!, $email: String!, $talk: ID!) {
    memberByHandle(handle: $handle) { id } memberByEmail(email: $email) { id }
    node(id: $talk) { ... on Conversation { messages(first: 6) {
    edges { node { id text readAt readByMe sentByMe } } } } } }";

/// What stands on somebody's wall.
const WALL: &str = "query($id: ID!) { member(id: $id) { wall(first: 9) { edges { node { id text author { id } editedAt
    commentCount comments(first: 9) { edges { node { id text author { id } editedAt } } } } } } } }";

/// Everything of one member, of whom all is asked for; nobody has more penpals than the world has members.
fn everything() -> String {
    let mut all = documents().into_iter();
    let member = all.find(|document| document.name == "member").unwrap();
    member.text.replace("first: 5", "first: 9")
}

async fn look(client: &Client, world: &World, viewer: Viewer) -> Vec<String> {
    let member = everything();
    let mut all = vec![client.query(OWN).await.text];
    for place in 0..PLACES {
        let id = global(world, Thing::Member(place));
        all.push(client.ask(&member, json!({ "id": id })).await.text);
        all.push(client.ask(WALL, json!({ "id": id })).await.text);
        // Of a visitor there is none.
        let me = viewer.unwrap_or(place);
        let talk = global(world, Thing::Conversation(me.min(place), me.max(place)));
        let names = json!({
            "handle": world.handle(place), "email": world.members[place].email, "talk": talk,
        });
        all.push(client.ask(FOUND, names).await.text);
    }
    let told = all.concat();
    assert!(!told.contains("LIMIT_EXCEEDED") && !told.contains("RATE_LIMITED"));
    all
}

fn viewers(world: &World) -> Vec<Viewer> {
    let members = (0..PLACES).filter(|&place| world.members[place].present);
    std::iter::once(None).chain(members.map(Some)).collect()
}

/// Changes one thing that each viewer sees, and fails where no answer changes with it.
pub(super) async fn what_is_shown_shows(twins: &Twins, seed: u64) -> Result<usize, String> {
    let first = World::draw(seed);
    let mut looked = 0;
    for viewer in viewers(&first) {
        let nth = viewer.map_or(0, |me| me as u64 + 1);
        let Some(second) = shown(&first, viewer, seed * 100 + nth) else {
            continue;
        };
        let worlds = Worlds {
            first: first.clone(),
            second,
            viewer,
            strictly: false,
        };
        let clients = twins.settle(&worlds).await;
        looked += 1;
        if look(&clients[0], &first, viewer).await == look(&clients[1], &first, viewer).await {
            let (before, after) = (sight(&first, viewer), sight(&worlds.second, viewer));
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
            let (before, after) = (lines(&before), lines(&after));
            let unlike: Vec<&String> = before.symmetric_difference(&after).collect();
            return Err(format!("viewer {viewer:?} does not see {unlike:?}"));
        }
    }
    Ok(looked)
}

/// What became of an act, as the answer tells.
fn outcome(field: &str, text: &str) -> Result<Outcome, String> {
    let json: Json = serde_json::from_str(text).unwrap_or_default();
    let codes = &json["data"][field]["userErrors"];
    match (
        codes.as_array().map(Vec::as_slice),
        codes[0]["code"].as_str(),
    ) {
        (Some([]), _) => Ok(Outcome::Done),
        (Some([_]), Some("NOT_FOUND")) => Ok(Outcome::NotFound),
        (Some([_]), Some("NOT_POSSIBLE")) => Ok(Outcome::NotPossible),
        _ => Err(text.to_owned()),
    }
}

/// Acts, of every member toward any, and fails where one does not come out as the prose says.
pub(super) async fn acts_come_out_as_written(twins: &Twins, seed: u64) -> Result<usize, String> {
    const FIELDS: [&str; 8] = [
        "sendMessage",
        "askPenpal",
        "acceptPenpal",
        "declinePenpal",
        "withdrawPenpal",
        "endPenpal",
        "block",
        "addToList",
    ];
    let world = World::draw(seed);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut done = 0;
    for viewer in viewers(&world) {
        let mut client = settle(&twins.first, &world, viewer).await;
        let mut acts: Vec<(&str, usize)> = (0..PLACES)
            .flat_map(|other| FIELDS.map(|field| (field, other)))
            .collect();
        acts.shuffle(&mut rng);
        for (field, other) in acts.into_iter().take(ACTS) {
            let id = global(&world, Thing::Member(other));
            let list = viewer.and_then(|me| world.lists.keys().find(|(owner, _)| *owner == me));
            let input = match (field, list) {
                ("addToList", None) => continue,
                ("addToList", Some(&(owner, number))) => {
                    let list = global(&world, Thing::List(owner, number));
                    format!("{{list: \"{list}\", members: [\"{id}\"]}}")
                }
                ("sendMessage", _) => {
                    format!("{{to: {{member: \"{id}\"}}, text: \"tea\", clientKey: \"a-new-key\"}}")
                }
                _ => format!("{{member: \"{id}\"}}"),
            };
            let document =
                format!("mutation {{ {field}(input: {input}) {{ userErrors {{ code }} }} }}");
            let reply = client.query(&document).await;
            let told = outcome(field, &reply.text);
            let meant = match viewer {
                Some(me) if served(&world, viewer) => Ok(act(&world, me, field, other)),
                // Neither a visitor nor who is not served gets as far as an act.
                _ => Err(()),
            };
            if told.clone().map_err(|_| ()) != meant {
                return Err(format!(
                    "{field} of member {other} by {viewer:?}: {told:?}, and not {meant:?}"
                ));
            }
            done += 1;
            if told == Ok(Outcome::Done) {
                client = settle(&twins.first, &world, viewer).await;
            }
        }
        if served(&world, viewer) && rng.random_bool(0.5) {
            nothing_after_freezing(&client, &world).await?;
        }
    }
    Ok(done)
}

/// A message of everybody's to everybody, and fails where one arrives that the prose does not let arrive, or does not that it
/// does. Gives back how many did not and did.
pub(super) async fn messages_arrive_as_written(
    twins: &Twins,
    seed: u64,
) -> Result<[usize; 2], String> {
    let world = World::draw(seed);
    let app = &twins.first;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut seen = [0; 2];
    // What one has written changes what the other may; so each two write once, and then the other way round.
    for swapped in [false, true] {
        settle(app, &world, None).await;
        for (one, other) in (0..PLACES).flat_map(|one| (one + 1..PLACES).map(move |it| (one, it))) {
            let (from, to) = if swapped { (other, one) } else { (one, other) };
            if !world.members[from].present || !served(&world, Some(from)) {
                continue;
            }
            let client = enter(app, &world, from, 0).await;
            // An id of its own.
            proof::seed(Some((from * PLACES + to) as u64));
            let text = *["tea", "tea and letters, of course"]
                .choose(&mut rng)
                .unwrap();
            let key = format!("from-{from}-to-{to}");
            let id = global(&world, Thing::Member(to));
            let document = format!(
                "mutation {{ sendMessage(input: {{to: {{member: \"{id}\"}}, text: \"{text}\", clientKey: \"{key}\"}}) {{ userErrors {{ code }} }} }}"
            );
            let told = outcome("sendMessage", &client.query(&document).await.text);
            let done = told == Ok(Outcome::Done);
            let meant = act(&world, from, "sendMessage", to) == Outcome::Done;
            let arrived = app
                .db_texts(&format!(
                    "SELECT m.client_key AS t FROM messages m JOIN mailbox_entries e ON e.message_id = m.id \
                     WHERE m.client_key = '{key}' AND e.member_id = {}",
                    world.key(Thing::Member(to))
                ))
                .await;
            let arrived = !arrived.is_empty();
            let wanted = meant && arrives(&world, from, to, text.len());
            if (done, arrived) != (meant, wanted) {
                return Err(format!(
                    "a message of {from} to {to}: {told:?}, and not {meant}; arrived {arrived}, and not {wanted}"
                ));
            }
            if done {
                seen[usize::from(arrived)] += 1;
            }
            // A session a member.
            app.db_sql("DELETE FROM sessions").await;
        }
    }
    Ok(seen)
}

/// What the prose lets a viewer read of some posts, as the service gives it: by ids, of posts with how many comments, and of
/// comments.
type Read = BTreeMap<String, (usize, BTreeSet<String>)>;

fn read_on(connection: &Json) -> Read {
    let text = |node: &Json| node["id"].as_str().unwrap().to_owned();
    let nodes = |of: &Json| -> Vec<Json> {
        let edges = of["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["node"].clone()).collect()
    };
    let posts = nodes(connection).into_iter().map(|post| {
        let comments = nodes(&post["comments"]);
        let count = post["commentCount"].as_u64().unwrap() as usize;
        (text(&post), (count, comments.iter().map(text).collect()))
    });
    posts.collect()
}

/// Every wall, and the feed, of every viewer; fails where one is not given what the prose says. Gives back how many posts
/// were not read and were.
pub(super) async fn walls_are_read_as_written(
    twins: &Twins,
    seed: u64,
) -> Result<[usize; 2], String> {
    const SAID: &str =
        "edges { node { id commentCount comments(first: 9) { edges { node { id } } } } }";
    let world = World::draw(seed);
    let app = &twins.first;
    let mut seen = [0; 2];
    for viewer in viewers(&world) {
        if !served(&world, viewer) {
            continue;
        }
        let client = settle(app, &world, viewer).await;
        let written = wall::read(&world, viewer);
        let told = |places: &dyn Fn(usize, usize) -> bool| -> Read {
            let those = written
                .iter()
                .filter(|((wall, slot), _)| places(*wall, *slot));
            let those = those.map(|(&(wall, slot), comments)| {
                let comments = comments
                    .iter()
                    .map(|&nth| global(&world, Thing::Comment(wall, slot, nth)));
                let comments: BTreeSet<String> = comments.collect();
                (
                    global(&world, Thing::Post(wall, slot)),
                    (comments.len(), comments),
                )
            });
            those.collect()
        };
        let mut given = Read::new();
        for place in 0..PLACES {
            let id = global(&world, Thing::Member(place));
            let query =
                format!("query($id: ID!) {{ member(id: $id) {{ wall(first: 9) {{ {SAID} }} }} }}");
            let reply = client.ask(&query, json!({ "id": id })).await.json();
            let wall = &reply["data"]["member"]["wall"];
            let read = if wall.is_null() {
                Read::new()
            } else {
                read_on(wall)
            };
            // Of somebody who is not there, there is no wall; what the viewer wrote on it is among their own.
            let there = exists(&world, viewer, place);
            let meant = told(&|wall, _| wall == place && there);
            if read != meant {
                return Err(format!(
                    "the wall of {place}, to {viewer:?}: {read:?}, and not {meant:?}"
                ));
            }
            given.extend(read);
        }
        let Some(me) = viewer else { continue };
        told_as_written(&client, &world, me).await?;
        let query =
            format!("{{ me {{ feed(first: 27) {{ {SAID} }} posts(first: 27) {{ {SAID} }} }} }}");
        let reply = client.query(&query).await.json();
        let by = |wall: usize, slot: usize| world.walls[&(wall, slot)].author;
        for (name, meant) in [
            ("feed", told(&|wall, slot| world.bonded(me, by(wall, slot)))),
            ("posts", told(&|wall, slot| by(wall, slot) == me)),
        ] {
            let read = read_on(&reply["data"]["me"][name]);
            if read != meant {
                return Err(format!("{name} of {me}: {read:?}, and not {meant:?}"));
            }
        }
        seen[0] += world.walls.len() - given.len();
        seen[1] += given.len();
    }
    Ok(seen)
}

/// The ids of what a list holds, in its order.
fn ids(connection: &Json) -> Vec<String> {
    let edges = connection["edges"].as_array().unwrap().iter();
    edges
        .map(|edge| edge["node"]["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The gallery of every member, to every viewer; fails where one is not shown what the prose says. Gives back how many
/// photos were not looked at and were.
pub(super) async fn galleries_are_shown_as_written(
    twins: &Twins,
    seed: u64,
) -> Result<[usize; 2], String> {
    let world = World::draw(seed);
    let mut seen = [0; 2];
    for viewer in viewers(&world) {
        let client = settle(&twins.first, &world, viewer).await;
        for owner in 0..PLACES {
            let gallery = &world.members[owner].gallery;
            let photo = |slot: usize| global(&world, Thing::Photo(owner, slot));
            let album = |slot: usize| global(&world, Thing::Album(owner, slot));
            let shown: BTreeMap<usize, Option<usize>> = gallery
                .photos
                .iter()
                .filter(|&(&slot, _)| looks(&world, viewer, owner, slot))
                .map(|(&slot, photo)| (slot, photo.album))
                .collect();
            let within: String = gallery
                .albums
                .keys()
                .map(|&slot| {
                    let id = album(slot);
                    format!(" in{slot}: photos(first: 9, album: \"{id}\") {{ edges {{ node {{ id }} }} }}")
                })
                .collect();
            let query = format!(
                "query($id: ID!) {{ member(id: $id) {{ photos(first: 9) {{ edges {{ node {{ id }} }} }} \
                 albums(first: 9) {{ edges {{ node {{ id }} }} }} profilePhoto {{ id }}{within} }} }}"
            );
            let id = global(&world, Thing::Member(owner));
            let reply = client.ask(&query, json!({ "id": id })).await.json();
            let told = &reply["data"]["member"];
            let given = |name: &str| -> BTreeSet<String> {
                // Of somebody who is not there, there is nothing.
                let there = (!told.is_null()).then(|| ids(&told[name]));
                there.into_iter().flatten().collect()
            };
            let opened = gallery.albums.keys();
            let opened = opened.filter(|&&slot| opens(&world, viewer, owner, slot));
            let portrait = gallery.portrait.filter(|slot| shown.contains_key(slot));
            let mut wrong = given("photos") != shown.keys().copied().map(photo).collect()
                || given("albums") != opened.copied().map(album).collect()
                || told["profilePhoto"]["id"].as_str().map(str::to_owned) != portrait.map(photo);
            for &slot in gallery.albums.keys() {
                let inside = shown.iter().filter(|(_, album)| **album == Some(slot));
                let inside = inside.map(|(&slot, _)| photo(slot)).collect();
                wrong |= given(&format!("in{slot}")) != inside;
            }
            if wrong {
                return Err(format!(
                    "the gallery of {owner}, to {viewer:?}: {told}, and not {shown:?} of {gallery:?}"
                ));
            }
            seen[0] += gallery.photos.len() - shown.len();
            seen[1] += shown.len();
        }
    }
    Ok(seen)
}

/// All that a member is told of; fails where it is not what the prose says.
async fn told_as_written(client: &Client, world: &World, me: usize) -> Result<(), String> {
    const TOLD: &str = "{ me { unreadNoticeCount all: notices(first: 9) { edges { node { id } } } \
         unread: notices(first: 9, unreadOnly: true) { edges { node { id } } } } }";
    let reply = client.query(TOLD).await.json();
    let given = |name: &str| ids(&reply["data"]["me"][name]);
    let there = note::there(world, me).into_iter().rev();
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for slot in there {
        let id = global(world, Thing::Notice(me, slot));
        if world.notes[&(me, slot)].unread {
            unread.push(id.clone());
        }
        all.push(id);
    }
    let count = &reply["data"]["me"]["unreadNoticeCount"];
    if (given("all"), given("unread")) == (all, unread.clone()) && *count == json!(unread.len()) {
        return Ok(());
    }
    Err(format!(
        "{me} is told {reply}, and not {:?}",
        note::there(world, me)
    ))
}

/// Who freezes their own account is served nothing more, within the same request.
async fn nothing_after_freezing(client: &Client, world: &World) -> Result<(), String> {
    let acts: String = (0..PLACES)
        .map(|place| {
            let id = global(world, Thing::Member(place));
            format!(" a{place}: block(input: {{member: \"{id}\"}}) {{ block {{ handle }} }}")
        })
        .collect();
    let document = format!(
        "mutation {{ correctBirthDate(input: {{birthDate: \"2020-01-01\"}}) {{ __typename }}{acts} }}"
    );
    let reply = client.query(&document).await;
    let json: Json = serde_json::from_str(&reply.text).unwrap_or_default();
    let blocked = (0..PLACES).any(|place| json["data"][format!("a{place}")].is_object());
    if blocked {
        return Err(format!("after freezing: {}", reply.text));
    }
    Ok(())
}
