//! A world put into the emptied database.

use letterlock::{
    domain::{
        age::BirthDate,
        email::Email,
        handle::Handle,
        id::{AlbumId, BlockId, ConversationId, ListId, MemberId, MessageId, PhotoId, RequestId},
        interest::Interest,
        language::Language,
        photo::FileName,
        place::Country,
        profile::{Field, Gender, Relationship},
        spoken::{Fluency, Spoken},
        web_handle::WebHandle,
    },
    store::{
        profiles::ProfileChanges,
        world::{
            Album, Correspondence, Inhabitant, List, Mailboxes, OnWall, Photo, Side, Tie, Written,
        },
    },
    viewer::{entropy::proof, tokens::Token},
};
use secrecy::ExposeSecret;

use super::{
    note,
    prose::since,
    talk::Letter,
    values::client_key,
    wall::Posted,
    world::{MINUTE, Member, Profile, Thing, Viewer, World},
};
use crate::support::{app::TestApp, backend::Backend, client::Client};

/// Tables whose rows belong to members; the rest of theirs goes with them.
const EMPTIED: [&str; 7] = [
    "conversations",
    "blocks",
    "audience_lists",
    "members",
    "handles",
    "used_screenings",
    "photo_files",
];

/// Writes the world, with a session of the viewer's; gives back the viewer as a client.
pub(super) async fn settle(app: &TestApp, world: &World, viewer: Viewer) -> Client {
    let emptied: String = EMPTIED
        .map(|table| format!("DELETE FROM {table};"))
        .concat();
    app.db_sql(&emptied).await;
    let present = || (0..world.members.len()).filter(|&place| world.members[place].present);
    // Who has written and is gone was there, and was erased.
    let wrote = |place: usize| {
        world
            .talks
            .keys()
            .any(|&(one, other)| one == place || other == place)
    };
    let were =
        (0..world.members.len()).filter(|&place| world.members[place].present || wrote(place));
    let inhabitants: Vec<Inhabitant> = were.map(|place| inhabitant(world, place)).collect();
    let store = &app.services.store;
    store.settle(&inhabitants).await.unwrap();
    store.knot(&ties(world)).await.unwrap();
    let mut mailboxes = Mailboxes::default();
    store
        .correspond(&correspondence(world), &mut mailboxes)
        .await
        .unwrap();
    store.number_mailboxes(&mailboxes).await.unwrap();
    store.hang(&walls(world)).await.unwrap();
    let (albums, photos) = galleries(world);
    store.exhibit(&albums, &photos).await.unwrap();
    let mut rest = String::new();
    for place in
        (0..world.members.len()).filter(|&place| !world.members[place].present && wrote(place))
    {
        let key = world.key(Thing::Member(place));
        rest += &format!("DELETE FROM members WHERE id = {key};");
    }
    for place in present() {
        let (member, key) = (&world.members[place], world.key(Thing::Member(place)));
        let standing = member.standing.code();
        let ageless = if member.ageless {
            ", turns_13_on = NULL, turns_18_on = NULL"
        } else {
            ""
        };
        if standing != 0 || member.ageless {
            rest += &format!(
                "UPDATE standings SET standing = {standing}{ageless} WHERE member_id = {key};"
            );
        }
    }
    for ((from, to), request) in &world.requests {
        let key = world.key(Thing::Request(*from, *to));
        let declined = if request.declined { "5" } else { "NULL" };
        let withdrawn = if request.withdrawn { "TRUE" } else { "FALSE" };
        rest += &format!(
            "UPDATE bond_requests SET declined_at = {declined}, withdrawn = {withdrawn} WHERE id = {key};"
        );
    }
    rest += &notes(world);
    app.db_sql(&rest).await;
    match viewer {
        Some(me) => enter(app, world, me, 0).await,
        None => app.visitor().at_network(&network(world, viewer)),
    }
}

/// A session of somebody's, last used so many milliseconds ago; gives back the client.
pub(super) async fn enter(app: &TestApp, world: &World, me: usize, idle: i64) -> Client {
    let now = app.clock.now().timestamp_millis();
    proof::seed(Some(
        world.seed ^ world.key(Thing::Session(me)).unsigned_abs(),
    ));
    let token = Token::random().unwrap();
    let digest = data_encoding::HEXLOWER.encode(token.digest().as_bytes());
    let (digest, yes) = match app.backend {
        Backend::Sqlite => (format!("X'{digest}'"), "1"),
        Backend::Postgres => (format!("'\\x{digest}'"), "TRUE"),
    };
    app.db_sql(&format!(
        "INSERT INTO sessions (id, member_id, token_digest, bearer, created_at, last_used_at, \
         reauthenticated_at, expires_at) VALUES ({}, {}, {digest}, {yes}, {now}, {}, {now}, {});",
        world.key(Thing::Session(me)),
        world.key(Thing::Member(me)),
        now - idle,
        now + 30 * 86_400_000,
    ))
    .await;
    app.visitor()
        .at_network(&network(world, Some(me)))
        .with_bearer(token.text().expose_secret())
}

/// A network of their own, so that limits on tries are not shared.
fn network(world: &World, viewer: Viewer) -> String {
    let viewer = viewer.map_or(250, |me| me as u64);
    format!(
        "10.{}.{}.{viewer}",
        world.seed / 250 % 250,
        world.seed % 250
    )
}

fn inhabitant(world: &World, place: usize) -> Inhabitant {
    let member = &world.members[place];
    Inhabitant {
        id: MemberId::from_key(world.key(Thing::Member(place))),
        handle: Handle::parse(&world.handle(place)).unwrap(),
        display_name: member.name.clone(),
        email: Email::parse(&member.email).unwrap(),
        password_hash: "!".to_owned(),
        birth: BirthDate::from_key(member.birth).unwrap(),
        audiences: member.audiences,
        findable: member.findable,
        contact: member.contact.clone(),
        uses_lists: world.lists.iter().any(|((owner, _), list)| {
            *owner == place && !list.shown.is_empty() | !list.excepted.is_empty()
        }),
        profile: changes(member),
        joined_at: member.joined_at,
        last_seen_at: member.last_seen_at,
    }
}

fn changes(member: &Member) -> ProfileChanges {
    let Profile {
        full_name,
        gender,
        country,
        city,
        occupation,
        about_me,
        phone,
        postal_address,
        education,
        relationship,
        looking_for,
        web_handles,
        languages,
        interests,
    } = member.profile.clone();
    let spoken = |(code, level): (&str, i16)| Spoken {
        language: Language::parse(code).unwrap(),
        fluency: Fluency::from_code(level).unwrap(),
    };
    ProfileChanges {
        display_name: None,
        full_name: Some(full_name),
        gender: Some(gender.and_then(Gender::from_code)),
        country: Some(country.map(|code| Country::parse(code).unwrap())),
        city: Some(city),
        occupation: Some(occupation),
        about_me: Some(about_me),
        phone: Some(phone),
        postal_address: Some(postal_address),
        education: Some(education),
        relationship: Some(relationship.and_then(Relationship::from_code)),
        looking_for: Some(looking_for),
        web_handles: Some(
            web_handles
                .iter()
                .map(|address| WebHandle::stored("Somewhere", address))
                .collect(),
        ),
        languages: Some(languages.into_iter().map(spoken).collect()),
        interests: Some(
            interests
                .into_iter()
                .map(|at| Interest::all().nth(at).unwrap())
                .collect(),
        ),
    }
}

fn ties(world: &World) -> Vec<(Tie, i64)> {
    let id = |place: usize| MemberId::from_key(world.key(Thing::Member(place)));
    let mut ties = Vec::new();
    for &(one, other) in &world.bonds {
        ties.push((Tie::Bond(id(one), id(other)), since(world, one, other)));
    }
    for &(from, to) in world.requests.keys() {
        let thing = Thing::Request(from, to);
        let key = RequestId::from_key(world.key(thing));
        ties.push((Tie::Request(key, id(from), id(to)), world.time(thing)));
    }
    for &(from, to) in &world.blocks {
        let thing = Thing::Block(from, to);
        let key = BlockId::from_key(world.key(thing));
        let handle = Handle::parse(&world.handle(to)).unwrap();
        ties.push((Tie::Block(key, id(from), id(to), handle), world.time(thing)));
    }
    let fields = |places: &std::collections::BTreeSet<usize>| -> Vec<Field> {
        places.iter().map(|&at| Field::ALL[at]).collect()
    };
    for (&(owner, number), list) in &world.lists {
        let thing = Thing::List(owner, number);
        let key = ListId::from_key(world.key(thing));
        let list = List {
            name: format!("List {number}"),
            members: list.members.iter().map(|&member| id(member)).collect(),
            shown: fields(&list.shown),
            excepted: fields(&list.excepted),
        };
        ties.push((Tie::List(key, id(owner), list), world.time(thing)));
    }
    ties
}

fn walls(world: &World) -> Vec<OnWall> {
    let id = |place: usize| MemberId::from_key(world.key(Thing::Member(place)));
    let hung = |thing: Thing, wall: usize, parent: Option<i64>, posted: &Posted| {
        let written_at = world.time(thing);
        let before = posted.before.iter();
        OnWall {
            key: world.key(thing),
            wall: id(wall),
            author: id(posted.author),
            parent,
            written_at,
            edited_at: posted.before.as_ref().map(|_| written_at + MINUTE),
            audience: posted.audience,
            chosen_at: posted.chosen_at(),
            text: posted.text.clone(),
            edits: before.map(|text| (written_at, text.clone())).collect(),
        }
    };
    let mut all = Vec::new();
    for (&(wall, slot), post) in &world.walls {
        let thing = Thing::Post(wall, slot);
        all.push(hung(thing, wall, None, post));
        for (&nth, comment) in &post.comments {
            let parent = Some(world.key(thing));
            let thing = Thing::Comment(wall, slot, nth);
            all.push(hung(thing, wall, parent, comment));
        }
    }
    all
}

fn galleries(world: &World) -> (Vec<Album>, Vec<Photo>) {
    let (mut albums, mut photos) = (Vec::new(), Vec::new());
    let there = world.members.iter().enumerate();
    for (owner, member) in there.filter(|(_, member)| member.present) {
        let id = MemberId::from_key(world.key(Thing::Member(owner)));
        let album_id = |slot| AlbumId::from_key(world.key(Thing::Album(owner, slot)));
        for (&slot, album) in &member.gallery.albums {
            albums.push(Album {
                id: album_id(slot),
                owner: id,
                title: album.title.clone(),
                audience: album.audience,
                created_at: world.time(Thing::Album(owner, slot)),
            });
        }
        for (&slot, photo) in &member.gallery.photos {
            let thing = Thing::Photo(owner, slot);
            let key = world.key(thing);
            let mut name = [0; 16];
            name[..8].copy_from_slice(&key.to_be_bytes());
            photos.push(Photo {
                id: PhotoId::from_key(key),
                owner: id,
                album: photo.album.map(album_id),
                audience: photo.audience,
                caption: photo.caption.clone(),
                pixels: photo.pixels,
                created_at: world.time(thing),
                file: FileName::from_bytes(name),
                portrait: member.gallery.portrait == Some(slot),
            });
        }
    }
    (albums, photos)
}

/// What members are told of, after all else. The numbers are those of the places, whatever is there.
fn notes(world: &World) -> String {
    let or_null = |key: Option<i64>| key.map_or("NULL".to_owned(), |key| key.to_string());
    let mut all = String::new();
    for place in (0..world.members.len()).filter(|&place| world.members[place].present) {
        all += &format!(
            "INSERT INTO notice_counts (member_id, seq) VALUES ({}, {});",
            world.key(Thing::Member(place)),
            note::SLOTS
        );
    }
    for (&(me, slot), note) in &world.notes {
        let about = note.post.map(|(wall, post)| match note.comment {
            None => Thing::Post(wall, post),
            Some(nth) => Thing::Comment(wall, post, nth),
        });
        all += &format!(
            "INSERT INTO notices (id, member_id, seq, kind, category, sender_id, post_id, made_at, unread) \
             VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {});",
            world.key(Thing::Notice(me, slot)),
            world.key(Thing::Member(me)),
            slot + 1,
            note.kind.code(),
            note.kind.category().code(),
            or_null(note.from.map(|from| world.key(Thing::Member(from)))),
            or_null(about.map(|about| world.key(about))),
            note::made_at(slot),
            if note.unread { "TRUE" } else { "FALSE" },
        );
    }
    all
}

fn correspondence(world: &World) -> Vec<Correspondence> {
    let mut all = Vec::new();
    for (&(one, other), talk) in &world.talks {
        let places = [one, other];
        let side = |which: usize| {
            let side = &talk.sides[which];
            Side {
                member: MemberId::from_key(world.key(Thing::Member(places[which]))),
                stage: side.stage,
                archived: side.archived,
                muted: side.muted,
                read: talk.letters.range(..side.read).count(),
                draft: side.draft.clone(),
            }
        };
        let written = |(&slot, letter): (&usize, &Letter)| {
            let sent_at = world.time(Thing::Conversation(one, other)) + slot as i64 * MINUTE;
            Written {
                id: MessageId::from_key(world.key(Thing::Message(one, other, slot))),
                by: letter.by,
                sent_at,
                text: letter.text.clone(),
                arrived: letter.arrived,
                kept: letter.kept,
                // It is forgotten with what its sender deletes.
                client_key: letter.kept[letter.by].then(|| client_key(one, other, slot)),
                read_at: letter.told.then_some(sent_at + MINUTE / 2),
            }
        };
        all.push(Correspondence {
            id: ConversationId::from_key(world.key(Thing::Conversation(one, other))),
            sides: [side(0), side(1)],
            messages: talk.letters.iter().map(written).collect(),
        });
    }
    all
}
