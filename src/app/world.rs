//! Fictional worlds, moved into a database: the demo's, and one of any size.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::SocketAddr,
};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::Failure;
use crate::demo::{self, Block, Conversation, Person, Said, SignIn, WallPost, World};
use crate::domain::{
    age::{AgeClass, BirthDate, Today},
    contact::ContactRules,
    email::Email,
    findable::Findable,
    handle::{Handle, Stem},
    id::{
        AlbumId, BlockId, CommentId, ConversationId, MemberId, MessageId, PhotoId, PostId,
        RequestId,
    },
    interest::Interest,
    language::Language,
    photo::FileName,
    place::Country,
    profile::Audiences,
    spoken::{Fluency, Spoken},
};
use crate::graphql::services::Services;
use crate::http::Settings;
use crate::store::{
    Store,
    profiles::ProfileChanges,
    world::{Album, Correspondence, Inhabitant, OnWall, Photo, Side, Tie, Whole, Written},
};
use crate::viewer::passwords::Passwords;

/// How many live in the demo's world.
pub(super) const MEMBERS: usize = 1_000;
/// The seed of it all: everybody who starts a demo meets the same people.
const SEED: u64 = 2010;

/// The handle of the `nth` inhabitant of the demo's world.
pub fn demo_handle(person: &Person, nth: u64) -> Option<Handle> {
    // In a demo, and only there, chance is the same for everybody, so that examples can name people.
    let mut rng = ChaCha20Rng::seed_from_u64(SEED ^ nth);
    Some(Handle::mint(
        &Stem::parse(&person.handle_stem).ok()?,
        &mut rng,
    ))
}

/// Fills an empty database with `members` fictional people, of whom the first five have a password.
///
/// # Errors
///
/// [`Failure::World`] when the generator made somebody who could not have signed up.
pub async fn settle_demo(services: &Services, members: usize) -> Result<(), Failure> {
    let now = services.clock.now();
    let world = World::generate(members, SEED, now.date_naive());
    let hash = demo_password_hash(&services.passwords).await?;
    let mut rng = ChaCha20Rng::seed_from_u64(SEED);
    let mut people = Vec::with_capacity(world.people.len());
    for (nth, person) in world.people.iter().enumerate() {
        let sign_in = world.sign_ins.iter().any(|sign_in| sign_in.person == nth);
        let handle = demo_handle(person, nth as u64).ok_or(Failure::World("a handle"))?;
        let id = MemberId::random(&mut rng);
        let hash = if sign_in { &hash } else { NO_PASSWORD }.to_owned();
        people.push(inhabitant(person, id, handle, hash, now)?);
    }
    let mut ties = ties(&world, &people, &mut rng, now);
    let conversations = world.conversations(SEED, now.date_naive());
    for block in conversations.iter().filter_map(|it| it.ended) {
        let id = BlockId::random(&mut rng);
        let at = now - TimeDelta::days(block.days_ago.into());
        ties.push((blocked(id, block, &people), at.timestamp_millis()));
    }
    let letters: Vec<Correspondence> = conversations
        .into_iter()
        .map(|it| correspondence(it, |at| people[at].id, &mut rng, now))
        .collect();
    let mut walls = Vec::new();
    for post in world.walls(SEED, now.date_naive()) {
        hang(post, |at| people[at].id, &mut rng, now, &mut walls);
    }
    let (albums, photos) = world.gallery(SEED, now.date_naive());
    let (albums, photos) = exhibit(services, albums, photos, &people, &mut rng).await?;
    let whole = Whole {
        inhabitants: people,
        ties,
        correspondence: letters,
        walls,
        albums,
        photos,
    };
    services.store.settle_demo(&whole).await?;
    Ok(())
}

/// Albums and photos of these people, of which the files are made and kept.
async fn exhibit(
    services: &Services,
    albums: Vec<demo::Album>,
    photos: Vec<demo::Photo>,
    people: &[Inhabitant],
    rng: &mut ChaCha20Rng,
) -> Result<(Vec<Album>, Vec<Photo>), Failure> {
    let now = services.clock.now();
    let at = |days: u32| (now - TimeDelta::days(days.into())).timestamp_millis();
    let albums: Vec<Album> = albums
        .into_iter()
        .map(|it| Album {
            id: AlbumId::random(rng),
            owner: people[it.owner].id,
            title: it.title.to_owned(),
            audience: it.audience,
            created_at: at(it.days_ago),
        })
        .collect();
    let pictures = &services.pictures;
    let mut painted = HashMap::new();
    let mut all = Vec::with_capacity(photos.len());
    for it in photos {
        let mut name = [0; 16];
        rng.fill(&mut name);
        let file = FileName::from_bytes(name);
        let picture = match painted.entry(it.number) {
            Entry::Occupied(picture) => picture.into_mut(),
            Entry::Vacant(place) => {
                let picture = pictures.darkroom.paint(it.number).await;
                place.insert(picture.map_err(|_| Failure::World("a photo"))?)
            }
        };
        pictures.shelf.put(&file, picture).await?;
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        all.push(Photo {
            id: PhotoId::random(rng),
            owner: people[it.owner].id,
            album: it.album.map(|at| albums[at].id),
            audience: it.audience,
            caption: Some(it.caption.to_owned()),
            pixels: (side(picture.width()), side(picture.height())),
            created_at: at(it.days_ago),
            file,
            portrait: it.portrait,
        });
    }
    Ok((albums, all))
}

/// A conversation of people with these ids.
pub(super) fn correspondence(
    of: Conversation,
    id: impl Fn(usize) -> MemberId,
    rng: &mut ChaCha20Rng,
    now: DateTime<Utc>,
) -> Correspondence {
    // The minute is the world's; the rest keeps two letters from being at the same time.
    let at = |minutes: u32, nth: usize| {
        let ago = TimeDelta::minutes(minutes.into()).num_milliseconds() - nth as i64;
        now.timestamp_millis() - ago.max(0)
    };
    let sides = of.sides.map(|side| Side {
        member: id(side.person),
        stage: side.stage,
        archived: side.archived,
        muted: side.muted,
        read: side.read,
        draft: side.draft,
    });
    let letters = of.letters.into_iter().enumerate();
    let messages = letters.map(|(nth, letter)| Written {
        id: MessageId::random(rng),
        by: letter.by,
        sent_at: at(letter.minutes_ago, nth),
        text: letter.text,
        arrived: letter.arrived,
        kept: [true, true],
        client_key: None,
        // Not before it was sent, within the same minute either.
        read_at: letter.read_minutes_ago.map(|minutes| at(minutes, nth)),
    });
    Correspondence {
        messages: messages.collect(),
        id: ConversationId::random(rng),
        sides,
    }
}

/// A post of people with these ids, and the comments on it.
pub(super) fn hang(
    post: WallPost,
    id: impl Fn(usize) -> MemberId,
    rng: &mut ChaCha20Rng,
    now: DateTime<Utc>,
    all: &mut Vec<OnWall>,
) {
    let wall = id(post.wall);
    let on_wall = |said: Said, key: i64, parent: Option<i64>| {
        let ago = TimeDelta::minutes(said.minutes_ago.into()).num_milliseconds();
        let written_at = now.timestamp_millis() - ago;
        let before = said.before.into_iter();
        let edits: Vec<_> = before.map(|text| (written_at, text)).collect();
        OnWall {
            key,
            wall,
            author: id(said.author),
            parent,
            written_at,
            edited_at: (!edits.is_empty()).then_some(written_at + 3_600_000),
            audience: said.audience,
            chosen_at: written_at,
            text: said.text,
            edits,
        }
    };
    let key = PostId::random(rng).key();
    all.push(on_wall(post.said, key, None));
    for comment in post.comments {
        let own = CommentId::random(rng).key();
        all.push(on_wall(comment, own, Some(key)));
    }
}

/// No password opens what is no PHC string.
pub(super) const NO_PASSWORD: &str = "!";

/// The hash of the demo's password.
///
/// # Errors
///
/// [`Failure::World`] when it is too easy to guess.
pub async fn demo_password_hash(passwords: &Passwords) -> Result<String, Failure> {
    let password = passwords
        .check_new(demo::PASSWORD.into(), &[])
        .await?
        .map_err(|_| Failure::World("a weak password"))?;
    Ok(passwords.hash(&password).await?)
}

pub(super) fn inhabitant(
    person: &Person,
    id: MemberId,
    handle: Handle,
    password_hash: String,
    now: DateTime<Utc>,
) -> Result<Inhabitant, Failure> {
    let birth = person.birth;
    let birth = BirthDate::new(birth.year(), birth.month(), birth.day(), now)
        .map_err(|_| Failure::World("a birth date"))?;
    let age = AgeClass::of(Some(birth), Today::at(now));
    let mut audiences = Audiences::defaults(age);
    for (field, reach) in person.audiences.iter() {
        if let Some(reach) = reach {
            audiences = audiences.with(field, reach.min(field.spec().widest_for(age)));
        }
    }
    Ok(Inhabitant {
        id,
        handle,
        display_name: person.display_name.clone(),
        email: Email::parse(&person.email).map_err(|_| Failure::World("an e-mail address"))?,
        password_hash,
        birth,
        audiences,
        findable: Findable::defaults(age),
        contact: ContactRules::default_for(age),
        uses_lists: false,
        profile: profile(person)?,
        joined_at: (now - TimeDelta::days(person.joined_days_ago.into())).timestamp_millis(),
        last_seen_at: (now - TimeDelta::minutes(person.last_seen_minutes_ago.into()))
            .timestamp_millis(),
    })
}

fn profile(person: &Person) -> Result<ProfileChanges, Failure> {
    let country = person
        .country
        .map(Country::parse)
        .transpose()
        .map_err(|_| Failure::World("a country"))?;
    let mut languages = Vec::new();
    for spoken in &person.languages {
        let fluency = match spoken.level {
            Some(level) if !spoken.native => Fluency::from_code(level.into()),
            _ => Some(Fluency::Native),
        };
        languages.push(Spoken {
            language: Language::parse(spoken.code).map_err(|_| Failure::World("a language"))?,
            fluency: fluency.ok_or(Failure::World("a level"))?,
        });
    }
    let mut interests = Vec::new();
    for slug in &person.interests {
        interests.push(Interest::by_slug(slug).ok_or(Failure::World("an interest"))?);
    }
    Ok(ProfileChanges {
        display_name: None,
        full_name: Some(person.full_name.clone()),
        gender: Some(person.gender),
        country: Some(country),
        city: Some(person.city.clone()),
        occupation: Some(person.occupation.clone()),
        about_me: Some(person.about_me.clone()),
        languages: Some(languages),
        interests: Some(interests),
        education: Some(person.education.clone()),
        relationship: Some(person.relationship),
        looking_for: Some(person.looking_for.clone()),
        ..ProfileChanges::default()
    })
}

fn ties(
    world: &World,
    people: &[Inhabitant],
    rng: &mut ChaCha20Rng,
    now: DateTime<Utc>,
) -> Vec<(Tie, i64)> {
    // The day is the world's; the second is the tie's own, so that no two are at the same time.
    let mut count = 0;
    let mut at = |days: u16| {
        count += 1;
        (now - TimeDelta::days(days.into()) + TimeDelta::milliseconds(count)).timestamp_millis()
    };
    let mut ties = Vec::new();
    for bond in &world.bonds {
        let tie = Tie::Bond(people[bond.asker].id, people[bond.accepter].id);
        ties.push((tie, at(bond.days_ago)));
    }
    for request in &world.requests {
        let id = RequestId::random(rng);
        let tie = Tie::Request(id, people[request.from].id, people[request.to].id);
        ties.push((tie, at(request.days_ago)));
    }
    for block in &world.blocks {
        let id = BlockId::random(rng);
        ties.push((blocked(id, *block, people), at(block.days_ago)));
    }
    ties
}

fn blocked(id: BlockId, block: Block, people: &[Inhabitant]) -> Tie {
    let (blocker, blocked) = (&people[block.blocker], &people[block.blocked]);
    Tie::Block(id, blocker.id, blocked.id, blocked.handle.clone())
}

/// The demo's own people who have the demo's password in this database.
pub(super) async fn sign_ins(store: &Store) -> Result<Vec<SignIn>, Failure> {
    let mut able = Vec::new();
    for sign_in in demo::SIGN_INS {
        let email = Email::parse(sign_in.email).map_err(|_| Failure::World("an address"))?;
        let credentials = store.credentials_by_email(&email, [0; 32]).await?;
        if credentials.is_some_and(|found| found.password_hash != NO_PASSWORD) {
            able.push(sign_in);
        }
    }
    Ok(able)
}

/// What a demo tells whoever starts it.
pub(super) fn welcome(address: SocketAddr, settings: &Settings, sign_ins: &[SignIn]) -> String {
    let mut text = format!("\nLetterlock's demo is served on http://{address}\n\n");
    if settings.graphiql {
        text.push_str(&format!("  GraphiQL: http://{address}/graphiql\n\n"));
    }
    if sign_ins.is_empty() {
        text.push_str("It was made without sign-ins: nobody has a password.\n\n");
        return text;
    }
    text.push_str(&format!(
        "Ready sign-ins, all with the password {}:\n\n",
        demo::PASSWORD
    ));
    for sign_in in sign_ins {
        text.push_str(&format!("  {:<28} {}\n", sign_in.email, sign_in.label));
    }
    text.push('\n');
    text
}
