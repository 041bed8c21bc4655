//! Documents that were read before: a client sends the same few again and again.

use std::sync::Arc;

use quick_cache::{OptionsBuilder, Weighter, sync::Cache};
use sha2::{Digest, Sha256};

use super::{Limits, Objection, parse};
use crate::graphql::arrival::Document;

/// How much text the kept documents have been, in bytes. What is made of a text takes up to 250 times as
/// much memory, and typically 25 times.
const KEPT: u64 = 131_072;

/// The longest text of which the document is kept, in bytes.
const LONGEST: usize = 16_384;

/// How many documents are expected, in an ordinary mixture.
const EXPECTED: usize = 256;

/// Reads documents, and keeps some of them.
///
/// Only what is within the limits and fits the schema is kept, and nothing in which a string is written out:
/// that may be a password or an address, and should have been a variable. One that is written without its
/// marks is a number or a name, and does not fit where a string belongs.
pub struct Documents {
    limits: Limits,
    kept: Cache<[u8; 32], Kept, TextLength>,
}

#[derive(Clone)]
struct Kept {
    document: Arc<Document>,
    length: u64,
}

#[derive(Clone)]
struct TextLength;

impl Weighter<[u8; 32], Kept> for TextLength {
    fn weight(&self, _: &[u8; 32], kept: &Kept) -> u64 {
        kept.length
    }
}

/// A document that was read, or found among the kept.
pub struct Read {
    /// The document.
    pub document: Arc<Document>,
    /// Under what to keep it, where it is new and may be kept.
    place: Option<([u8; 32], u64)>,
}

impl Documents {
    /// None is kept yet.
    pub fn new(limits: Limits) -> Self {
        // One shard, or else a part of the weight is all that one document could have.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(EXPECTED)
            .weight_capacity(KEPT)
            .build();
        let kept = match options {
            Ok(options) => {
                Cache::with_options(options, TextLength, Default::default(), Default::default())
            }
            Err(_) => Cache::with_weighter(EXPECTED, KEPT, TextLength),
        };
        Self { limits, kept }
    }

    /// Reads a document, as [`parse`] does, or finds it among the kept.
    ///
    /// # Errors
    ///
    /// Those of [`parse`].
    pub fn read(&self, text: &str) -> Result<Read, Objection> {
        // Not the text: the one that is looked for is not held on to, and no other has its digest.
        let digest: [u8; 32] = Sha256::digest(text).into();
        if let Some(kept) = self.kept.get(&digest) {
            return Ok(Read {
                document: kept.document,
                place: None,
            });
        }
        let document = parse(text, &self.limits)?;
        let may_stay = text.len() <= LONGEST && !text.contains('"');
        Ok(Read {
            document: Arc::new(Document::from(document)),
            place: may_stay.then_some((digest, text.len() as u64)),
        })
    }

    /// Keeps a document that has been asked, where it may be kept and fits the schema.
    pub fn keep(&self, Read { document, place }: Read) {
        if let Some((digest, length)) = place.filter(|_| document.fits()) {
            self.kept.insert(digest, Kept { document, length });
        }
    }

    /// How many are kept.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.kept.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads it, as one that fits the schema.
    fn asked(documents: &Documents, text: &str) -> Arc<Document> {
        let read = documents.read(text).unwrap();
        let document = read.document.clone();
        document.note_that_it_fits();
        documents.keep(read);
        document
    }

    fn shared(documents: &Documents, text: &str) -> bool {
        let (first, second) = (asked(documents, text), asked(documents, text));
        assert_eq!(
            format!("{:?}", first.parsed()),
            format!("{:?}", second.parsed())
        );
        Arc::ptr_eq(&first, &second)
    }

    #[test]
    fn what_is_asked_again_is_read_once() {
        let documents = Documents::new(Limits::default());
        assert!(shared(
            &documents,
            "query($id: ID!) { member(id: $id) { id } }"
        ));
        assert!(shared(
            &documents,
            "{ members(first: 3) { edges { cursor } } }"
        ));
        // A blank more is another text.
        assert!(shared(
            &documents,
            "{ members(first: 3) { edges { cursor } }  }"
        ));
        assert_eq!(documents.count(), 3);
    }

    #[test]
    fn a_string_that_is_written_out_is_not_kept() {
        let documents = Documents::new(Limits::default());
        for text in [
            r#"mutation { signIn(input: {email: "a@b.org", password: "hunter2"}) { token } }"#,
            r#"query($id: ID = "x") { member(id: $id) { id } }"#,
            r#"{ me { member { id @include(if: "no") } } }"#,
            r#"{ a(b: """block""") }"#,
            r#"{ ...F } fragment F on Query @d(a: [{b: "deep"}]) { a }"#,
        ] {
            assert!(!shared(&documents, text), "{text}");
        }
        assert_eq!(documents.count(), 0);
    }

    #[test]
    fn what_does_not_fit_or_was_not_asked_is_not_kept() {
        let documents = Documents::new(Limits::default());
        // As far as is known here: nobody has examined it.
        let text = "mutation { signIn(input: {email: a, password: hunter2}) { token } }";
        let read = documents.read(text).unwrap();
        documents.keep(read);
        assert_eq!(documents.count(), 0);
    }

    #[test]
    fn what_is_refused_is_refused_again() {
        let documents = Documents::new(Limits::default());
        for text in ["{", "{ a { a } ...F }", "", "query A { a } query A { a }"] {
            let first = documents.read(text).map(|_| ()).unwrap_err();
            assert_eq!(documents.read(text).map(|_| ()).unwrap_err(), first);
        }
        assert_eq!(documents.count(), 0);
    }

    #[test]
    fn no_more_is_kept_than_fits() {
        let documents = Documents::new(Limits::default());
        let field = |nth: usize| format!("{{ a {{ {} f{nth} }} }}", "same ".repeat(400));
        let length = field(0).len() as u64;
        for nth in 0..1_000 {
            asked(&documents, &field(nth));
        }
        let count = documents.count() as u64;
        assert!(count > 10 && count * length <= KEPT, "{count}");
        // Nor is one that is too long by itself.
        let long = format!("{{ a{} }}", " ".repeat(LONGEST));
        assert!(!shared(&documents, &long));
    }
}
