//! Letterlock: a GraphQL service for a penpal network in which every field of every member is folded
//! shut, and what a viewer may not see is never read from the database on the viewer's behalf.
//!
//! # The rooms, and who may enter which
//!
//! `domain ← viewer ← privacy ← store ← graphql ← http ← app ← main`: a room uses nothing that stands to
//! its right. `tests/it/architecture.rs` reads the sources and holds
//! every room to this.
//!
//! | room | what it is |
//! |---|---|
//! | [`domain`] | nouns and invariants: ids, ages, audiences, the closed list of governed fields; pure |
//! | [`viewer`] | who is asking: passwords, sessions' tokens, sealing, throttling |
//! | [`privacy`] | who may see or do what: a pure decision over a few facts, and the only maker of permits |
//! | [`store`] | the only room that knows SQL; personal reads take permits, never ids |
//! | [`graphql`] | the wire types, the typed guard, the loaders, the errors |
//! | [`http`] | poem: the endpoint, the document guard, cookies, cross-site checks, GraphiQL, health |
//! | [`mail`] | what mails say, and who takes them away |
//! | [`pictures`] | photos decoded within bounds and written anew, and where they are kept |
//! | [`jobs`] | what runs later: forgetting what has expired, carrying mails |
//! | [`demo`] | the fictional world that `serve --demo` shows |
//! | [`config`], [`app`] | flags, environment and file, parsed once; the parts put together |
//!
//! # The path of one request
//!
//! `http` parses and bounds the document and works out which credential arrived; `graphql` looks the
//! session up and refuses an account that may not be served; each resolver's first line asks the guard
//! for a permit; the guard's loader reads the *facts* of a whole list level in one statement and
//! [`privacy`] decides; the permits of one level become one *content* statement.
//! A field without a permit is `null` and was never read.

pub mod app;
pub mod config;
pub mod demo;
pub mod domain;
pub mod graphql;
pub mod http;
pub mod jobs;
pub mod mail;
pub mod pictures;
pub mod privacy;
pub mod store;
pub mod viewer;
