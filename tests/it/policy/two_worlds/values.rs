//! Values for arguments: by their type, and by what the argument's name says that it means.

use apollo_compiler::{Schema, ast::Type, schema::ExtendedType};
use letterlock::domain::{
    id::{
        AlbumId, BlockId, CommentId, ConversationId, ListId, MemberId, MessageId, NoticeId,
        PhotoId, PostId, RequestId, SessionId,
    },
    interest::Interest,
};
use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value as Json, json};

use super::{
    gallery::SLOTS,
    note,
    vocabulary::{CITIES, COUNTRIES, INTERESTS, LANGUAGES, WORDS, phrase},
    world::{PLACES, Thing, Viewer, World},
};

/// A value, as a document and as JSON write it.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) json: Json,
}

impl Written {
    fn of(json: Json) -> Self {
        Self {
            text: json.to_string(),
            json,
        }
    }
}

/// Of what values are drawn.
pub(super) struct Pool<'a> {
    pub(super) schema: &'a Schema,
    pub(super) world: &'a World,
    pub(super) viewer: Viewer,
    /// Addresses that somebody has in some world.
    pub(super) addresses: &'a [String],
    /// Cursors that answers gave to this viewer.
    pub(super) cursors: &'a [String],
    /// Tokens that answers gave to this viewer.
    pub(super) tokens: &'a [String],
}

impl Pool<'_> {
    fn thing(&self, name: &str, rng: &mut ChaCha8Rng) -> Thing {
        let (one, other) = (rng.random_range(0..PLACES), rng.random_range(0..PLACES));
        let mine = match self.viewer {
            Some(me) if rng.random_bool(0.8) => me,
            _ => one,
        };
        let kind = if rng.random_bool(0.06) {
            rng.random_range(0..13)
        } else if name.contains("member") || name == "wall" {
            0
        } else if name.contains("comment") {
            9
        } else if name.contains("photo") {
            10
        } else if name.contains("album") {
            11
        } else if name.contains("post") {
            8
        } else if name.contains("notice") || name == "upTo" {
            12
        } else if name.contains("conversation") {
            6
        } else if name.contains("message") {
            7
        } else if name.contains("list") || name == "except" {
            4
        } else if name.contains("block") {
            3
        } else {
            *[
                0, 0, 0, 0, 1, 2, 2, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 12, 12,
            ]
            .choose(rng)
            .unwrap()
        };
        match kind {
            0 => Thing::Member(one),
            1 => Thing::Session(mine),
            2 if rng.random_bool(0.5) => Thing::Request(other, mine),
            2 => Thing::Request(mine, other),
            3 => Thing::Block(mine, other),
            4 => Thing::List(mine, rng.random_range(0..4)),
            8 | 9 => self.posted(kind == 9, rng).unwrap_or(Thing::Nothing(one)),
            10 | 11 => {
                let owner = if rng.random_bool(0.5) { mine } else { one };
                let slot = rng.random_range(0..SLOTS);
                if kind == 10 {
                    Thing::Photo(owner, slot)
                } else {
                    Thing::Album(owner, slot)
                }
            }
            12 => Thing::Notice(mine, rng.random_range(0..note::SLOTS)),
            6 | 7 => self.mail(kind == 7, rng).unwrap_or(Thing::Nothing(one)),
            _ => Thing::Nothing(one),
        }
    }

    /// A conversation, or a message of one: most often one of the viewer's.
    fn mail(&self, message: bool, rng: &mut ChaCha8Rng) -> Option<Thing> {
        let all: Vec<_> = self.world.talks.iter().collect();
        let mine: Vec<_> = all
            .iter()
            .filter(|((one, other), _)| self.viewer == Some(*one) || self.viewer == Some(*other))
            .copied()
            .collect();
        let from = if rng.random_bool(0.85) { &mine } else { &all };
        let ((one, other), talk) = *from.choose(rng)?;
        let (one, other) = (*one, *other);
        if !message {
            return Some(Thing::Conversation(one, other));
        }
        let slots: Vec<usize> = talk.letters.keys().copied().collect();
        Some(Thing::Message(one, other, *slots.choose(rng)?))
    }

    /// A post, or a comment on one.
    fn posted(&self, comment: bool, rng: &mut ChaCha8Rng) -> Option<Thing> {
        let all: Vec<_> = self.world.walls.iter().collect();
        let ((wall, slot), post) = *all.choose(rng)?;
        if !comment {
            return Some(Thing::Post(*wall, *slot));
        }
        let comments: Vec<usize> = post.comments.keys().copied().collect();
        Some(Thing::Comment(*wall, *slot, *comments.choose(rng)?))
    }

    fn string(&self, name: &str, rng: &mut ChaCha8Rng) -> String {
        let name = name.to_ascii_lowercase();
        let has = |part: &str| name.contains(part);
        let pick = |from: &[&str], rng: &mut ChaCha8Rng| (*from.choose(rng).unwrap()).to_owned();
        if name == "after" || name == "before" || has("cursor") {
            let kept = self.cursors.choose(rng).filter(|_| rng.random_bool(0.9));
            kept.cloned().unwrap_or_else(|| "no cursor".to_owned())
        } else if has("handle") {
            self.world.handle(rng.random_range(0..PLACES))
        } else if has("email") {
            let own = format!("new{}@example.org", rng.random_range(0..1_000));
            self.addresses
                .choose(rng)
                .filter(|_| rng.random_bool(0.5))
                .cloned()
                .unwrap_or(own)
        } else if has("screening") {
            let kept = self.tokens.choose(rng).filter(|_| rng.random_bool(0.9));
            kept.cloned().unwrap_or_else(|| "no token".to_owned())
        } else if has("password") {
            pick(
                &["seven-kites-over-lisbon", "tea", "eight-owls-over-coimbra"],
                rng,
            )
        } else if has("clientkey") {
            match self.mail(true, rng) {
                Some(Thing::Message(one, other, slot)) if rng.random_bool(0.4) => {
                    client_key(one, other, slot)
                }
                _ => format!("a-new-key-{}", rng.random_range(0..1_000)),
            }
        } else if has("code") || has("token") {
            pick(&["123456", "000000", "abcd-efgh"], rng)
        } else if has("countr") {
            pick(&COUNTRIES, rng)
        } else if has("language") {
            pick(&LANGUAGES, rng)
        } else if has("interest") {
            let at = *INTERESTS.choose(rng).unwrap();
            Interest::all().nth(at).unwrap().slug().to_owned()
        } else if has("city") {
            pick(&CITIES, rng)
        } else if has("phone") {
            format!("+35121{:07}", rng.random_range(0..9_999_999))
        } else if has("address") {
            pick(&["https://example.org/me", "owls", "tea"], rng)
        } else if rng.random_bool(0.5) {
            pick(&WORDS, rng)
        } else {
            phrase(rng)
        }
    }

    fn scalar(&self, of: &str, name: &str, rng: &mut ChaCha8Rng) -> Json {
        match of {
            "ID" => json!(global(self.world, self.thing(name, rng))),
            "Boolean" => json!(rng.random_bool(0.5)),
            "Int" if name == "first" || name == "last" => {
                let most = if rng.random_bool(0.03) { 101 } else { 9 };
                json!(*[1, 2, 2, 3, 5, most].choose(rng).unwrap())
            }
            "Int" => json!(
                *[0, 1, 5, 13, 17, 18, 25, 40, 60, 120, -1]
                    .choose(rng)
                    .unwrap()
            ),
            "Float" => json!(*[0.0, 0.5, 1.0, 10.0].choose(rng).unwrap()),
            "Date" => json!(
                *[
                    "1990-03-04",
                    "1985-01-01",
                    "2010-03-04",
                    "2009-12-31",
                    "2020-01-01",
                    "2026-06-01"
                ]
                .choose(rng)
                .unwrap()
            ),
            "DateTime" => json!(
                *[
                    "2026-06-14T12:00:00Z",
                    "2026-06-01T00:00:00Z",
                    "2025-01-01T00:00:00Z"
                ]
                .choose(rng)
                .unwrap()
            ),
            "MonthDay" => json!("--03-04"),
            _ => json!(self.string(name, rng)),
        }
    }

    /// A value of the type, for the argument or field of this name.
    pub(super) fn value(
        &self,
        of: &Type,
        name: &str,
        depth: usize,
        rng: &mut ChaCha8Rng,
    ) -> Written {
        if !of.is_non_null() && rng.random_bool(0.04) {
            return Written::of(Json::Null);
        }
        if of.is_list() {
            let many = rng.random_range(0..4);
            let items: Vec<Written> = (0..many)
                .map(|_| self.value(of.item_type(), name, depth + 1, rng))
                .collect();
            let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
            return Written {
                text: format!("[{}]", texts.join(", ")),
                json: items.iter().map(|item| item.json.clone()).collect(),
            };
        }
        let of = of.inner_named_type().as_str();
        match &self.schema.types[of] {
            ExtendedType::Enum(values) => {
                let values: Vec<&str> = values.values.keys().map(|name| name.as_str()).collect();
                let value = *values.choose(rng).unwrap();
                Written {
                    text: value.to_owned(),
                    json: json!(value),
                }
            }
            ExtendedType::InputObject(object) => {
                let one_of = object.directives.has("oneOf");
                let chosen = rng.random_range(0..object.fields.len());
                let mut texts = Vec::new();
                let mut json = Map::new();
                for (at, field) in object.fields.values().enumerate() {
                    let wanted = if one_of {
                        at == chosen
                    } else {
                        field.is_required()
                            || depth < 4 && rng.random_ratio(2, 5.max(object.fields.len() as u32))
                            || at == chosen
                    };
                    if !wanted {
                        continue;
                    }
                    // What is given in a list, and what one of is given, is no null.
                    let of = if one_of {
                        field.ty.as_ref().clone().non_null()
                    } else {
                        field.ty.as_ref().clone()
                    };
                    let value = self.value(&of, &field.name, depth + 1, rng);
                    texts.push(format!("{}: {}", field.name, value.text));
                    json.insert(field.name.to_string(), value.json);
                }
                Written {
                    text: format!("{{{}}}", texts.join(", ")),
                    json: Json::Object(json),
                }
            }
            _ => Written::of(self.scalar(of, name, rng)),
        }
    }
}

/// The global id of a thing.
pub(super) fn global(world: &World, thing: Thing) -> String {
    let key = world.key(thing);
    match thing {
        Thing::Member(_) | Thing::Nothing(_) => MemberId::from_key(key).global(),
        Thing::Session(_) => SessionId::from_key(key).global(),
        Thing::Request(..) => RequestId::from_key(key).global(),
        Thing::Block(..) => BlockId::from_key(key).global(),
        Thing::List(..) => ListId::from_key(key).global(),
        Thing::Conversation(..) => ConversationId::from_key(key).global(),
        Thing::Message(..) => MessageId::from_key(key).global(),
        Thing::Post(..) => PostId::from_key(key).global(),
        Thing::Comment(..) => CommentId::from_key(key).global(),
        Thing::Photo(..) => PhotoId::from_key(key).global(),
        Thing::Album(..) => AlbumId::from_key(key).global(),
        Thing::Notice(..) => NoticeId::from_key(key).global(),
    }
}

/// Under which key a message was sent.
pub(super) fn client_key(one: usize, other: usize, slot: usize) -> String {
    format!("key-of-{one}-{other}-{slot}")
}
