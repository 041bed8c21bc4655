//! Mails: written, and carried to where they go.
//!
//! [`letters`] says what one tells, [`carrier`] takes it away: to a server by SMTP, or into a folder where a newcomer reads
//! what would have been sent. Neither knows of whom it tells more than the address.

pub mod carrier;
pub mod letters;
mod maildir;

#[cfg(test)]
mod tests;
