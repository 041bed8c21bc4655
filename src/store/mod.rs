//! The only room that knows SQL.
//!
//! A read of somebody's data takes permits, and reads the subject and the field out of them. What an
//! account is known by when it comes in (its e-mail address, its session's token) is looked up in
//! [`accounts`] and [`sessions`], which give back ids and standing, and nothing for a page.
//!
//! Policy tables (`standings`, `bonds`, `bond_requests`, `blocks`, `list_members`, `audience_lists`) are what facts are read from; content
//! tables (`members`, `profiles`, `profile_languages`, `profile_interests`,
//! `profile_web_handles`, `presences`, `lists`, `photos`, `albums`, the address in
//! `accounts`) are read under a permit alone. Of them the e-mail address, the telephone number and the postal address
//! are sealed, and opened after they were read.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the room in which statements are executed"
)]

pub mod accounts;
mod bell;
pub mod birth_dates;
pub mod blocks;
pub mod bonds;
mod bulk;
pub mod circle;
pub mod conn;
pub mod contact;
pub mod content;
pub mod error;
mod facts;
pub mod forget;
mod kept;
pub mod level;
pub mod links;
pub mod lists;
pub mod mail_preferences;
pub mod messages;
pub mod migrations;
pub mod news;
pub mod notices;
pub mod outbox;
pub mod penpal_lists;
pub mod penpals;
pub mod photos;
pub mod posts;
pub mod profiles;
pub mod reports;
mod sealed;
mod sealing;
pub mod search;
pub mod second_factor;
pub mod sessions;
pub mod settings;
mod statement;
mod tables;
mod tls;
mod versions;
mod visible;
pub mod world;

pub use bell::{Rung, Topic};
pub use conn::{Address, Store, Tap, TlsMode};
pub use error::{Conflict, Error};
pub use sealed::{Keyring, KeyringFault};
pub use sealing::{Resealed, sealed_before};
#[cfg(feature = "proof")]
pub use statement::proof;
