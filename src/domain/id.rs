//! Ids: random keys inside, opaque text outside.
//!
//! A row's key is a random positive 63-bit integer, so that it tells neither how many rows there are nor
//! when one came. A global id is the kind of thing and its key, as base64url.

use data_encoding::BASE64URL_NOPAD;
use rand::RngExt;

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(i64);

        impl $name {
            /// A new random key.
            pub fn random(rng: &mut impl rand::Rng) -> Self {
                Self(rng.random_range(1..=i64::MAX))
            }

            /// The key as the database knows it.
            pub const fn from_key(key: i64) -> Self {
                Self(key)
            }

            /// The key as the database knows it.
            pub const fn key(self) -> i64 {
                self.0
            }
        }
    };
    ($(#[$doc:meta])* $name:ident, $kind:expr) => {
        key!($(#[$doc])* $name);

        impl $name {
            /// The opaque id that clients see.
            pub fn global(self) -> String {
                GlobalId { kind: $kind, key: self.0 }.encode()
            }

            /// Reads a global id of this kind; `None` for any other text.
            pub fn from_global(text: &str) -> Option<Self> {
                GlobalId::decode(text)
                    .filter(|id| id.kind == $kind)
                    .map(|id| Self(id.key))
            }
        }
    };
}

key!(
    /// A link in a mail. Nobody is shown it but sealed, in the link itself.
    LinkId
);
key!(
    /// A member.
    MemberId,
    Kind::Member
);
key!(
    /// A session of a member.
    SessionId,
    Kind::Session
);
key!(
    /// A request to become penpals.
    RequestId,
    Kind::Request
);
key!(
    /// An entry of a member's block list.
    BlockId,
    Kind::Block
);
key!(
    /// One of a member's own lists of penpals.
    ListId,
    Kind::List
);
key!(
    /// A conversation of two members.
    ConversationId,
    Kind::Conversation
);
key!(
    /// A message.
    MessageId,
    Kind::Message
);
key!(
    /// What somebody reported.
    ReportId,
    Kind::Report
);
key!(
    /// A post on a wall.
    PostId,
    Kind::Post
);
key!(
    /// A comment on a post.
    CommentId,
    Kind::Comment
);
key!(
    /// What a member is told of.
    NoticeId,
    Kind::Notice
);

key!(
    /// A photo.
    PhotoId,
    Kind::Photo
);
key!(
    /// An album of a member's photos.
    AlbumId,
    Kind::Album
);

/// The kinds of thing that have a global id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// [`MemberId`]
    Member = 1,
    /// [`SessionId`]
    Session = 2,
    /// [`RequestId`]
    Request = 3,
    /// [`BlockId`]
    Block = 4,
    /// [`ListId`]
    List = 5,
    /// [`ConversationId`]
    Conversation = 6,
    /// [`MessageId`]
    Message = 7,
    /// [`ReportId`]
    Report = 8,
    /// [`PostId`]
    Post = 9,
    /// [`CommentId`]
    Comment = 10,
    /// [`PhotoId`]
    Photo = 11,
    /// [`AlbumId`]
    Album = 12,
    // In hexadecimal: as a decimal it would read as an age, which `age` alone knows.
    /// [`NoticeId`]
    Notice = 0x0d,
}

/// A kind and a key, the content of every global id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalId {
    /// What the id is of.
    pub kind: Kind,
    /// The random key.
    pub key: i64,
}

impl GlobalId {
    /// As base64url text of 12 characters.
    pub fn encode(self) -> String {
        let mut bytes = [0; 9];
        bytes[0] = self.kind as u8;
        bytes[1..].copy_from_slice(&self.key.to_be_bytes());
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads what [`GlobalId::encode`] wrote; `None` for any other text.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes: [u8; 9] = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .ok()?
            .try_into()
            .ok()?;
        let kind = match bytes[0] {
            1 => Kind::Member,
            2 => Kind::Session,
            3 => Kind::Request,
            4 => Kind::Block,
            5 => Kind::List,
            6 => Kind::Conversation,
            7 => Kind::Message,
            8 => Kind::Report,
            9 => Kind::Post,
            10 => Kind::Comment,
            11 => Kind::Photo,
            12 => Kind::Album,
            0x0d => Kind::Notice,
            _ => return None,
        };
        let key = i64::from_be_bytes(bytes[1..].try_into().ok()?);
        (key > 0).then_some(Self { kind, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn round_trips(key in 1..=i64::MAX) {
            let id = MemberId::from_key(key);
            prop_assert_eq!(MemberId::from_global(&id.global()), Some(id));
            prop_assert_eq!(SessionId::from_global(&id.global()), None);
        }

        #[test]
        fn what_is_read_is_read_by_one_kind_and_written_as_it_was(text in any_text()) {
            let readers = [
                MemberId::from_global(&text).map(|id| (Kind::Member, id.key(), id.global())),
                SessionId::from_global(&text).map(|id| (Kind::Session, id.key(), id.global())),
                RequestId::from_global(&text).map(|id| (Kind::Request, id.key(), id.global())),
                BlockId::from_global(&text).map(|id| (Kind::Block, id.key(), id.global())),
                ListId::from_global(&text).map(|id| (Kind::List, id.key(), id.global())),
                ConversationId::from_global(&text)
                    .map(|id| (Kind::Conversation, id.key(), id.global())),
                MessageId::from_global(&text).map(|id| (Kind::Message, id.key(), id.global())),
                ReportId::from_global(&text).map(|id| (Kind::Report, id.key(), id.global())),
                PostId::from_global(&text).map(|id| (Kind::Post, id.key(), id.global())),
                CommentId::from_global(&text).map(|id| (Kind::Comment, id.key(), id.global())),
                PhotoId::from_global(&text).map(|id| (Kind::Photo, id.key(), id.global())),
                AlbumId::from_global(&text).map(|id| (Kind::Album, id.key(), id.global())),
                NoticeId::from_global(&text).map(|id| (Kind::Notice, id.key(), id.global())),
            ];
            let read: Vec<_> = readers.into_iter().flatten().collect();
            let Some(id) = GlobalId::decode(&text) else {
                prop_assert!(read.is_empty());
                return Ok(());
            };
            prop_assert!(id.key > 0);
            prop_assert_eq!(read, [(id.kind, id.key, text)]);
        }

        #[test]
        fn every_kind_comes_back(kind in any_kind(), key in 1..=i64::MAX) {
            let id = GlobalId { kind, key };
            let text = id.encode();
            prop_assert!(text.len() == 12 && text.bytes().all(|byte| ALPHABET.contains(&byte)));
            prop_assert_eq!(GlobalId::decode(&text), Some(id));
        }

        #[test]
        fn two_texts_are_two_ids(
            kind in any_kind(),
            key in 1..=i64::MAX,
            at in 0..12usize,
            put in prop_oneof![prop::sample::select(ALPHABET).prop_map(char::from), any::<char>()],
        ) {
            let id = GlobalId { kind, key };
            let text = id.encode();
            let with = |end: usize| [&text[..at], &put.to_string(), &text[end..]].concat();
            let changed = with(at + 1);
            if changed != text {
                prop_assert_ne!(GlobalId::decode(&changed), Some(id));
            }
            prop_assert_eq!(GlobalId::decode(&text[..at]), None);
            prop_assert_eq!(GlobalId::decode(&with(at)), None);
            prop_assert_eq!(GlobalId::decode(&format!("{text}{put}")), None);
        }
    }

    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    fn any_kind() -> impl Strategy<Value = Kind> {
        prop::sample::select(vec![
            Kind::Member,
            Kind::Session,
            Kind::Request,
            Kind::Block,
            Kind::List,
            Kind::Conversation,
            Kind::Message,
            Kind::Report,
            Kind::Post,
            Kind::Comment,
            Kind::Photo,
            Kind::Album,
            Kind::Notice,
        ])
    }

    /// Texts of every sort: many that are ids of some kind, and more that nearly are.
    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            (any_kind(), any::<i64>()).prop_map(|(kind, key)| GlobalId { kind, key }.encode()),
            ".{0,40}",
            "[A-D][A-Za-z0-9_-]{11}",
            "[A-D][A-Za-z0-9_-]{9,12}={0,2}",
            "[A-D][A-Za-z0-9_+/ -]{11}",
        ]
    }
}
