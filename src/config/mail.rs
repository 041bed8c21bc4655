//! Where mails go, and from whom they are.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{DatabaseUrl, Fault, Values, beside, flags::ServeFlags};

/// Where mails go, and from whom they are.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Where they go.
    pub by: MailBy,
    /// The address that they come from.
    pub from: lettre::message::Mailbox,
}

/// Where mails go.
#[derive(Clone, Debug)]
pub enum MailBy {
    /// Into a folder (maildir): nobody gets them.
    Folder(PathBuf),
    /// To a server, whose address may hold a password.
    Server(SecretString),
}

const EXPECTED: &str = "it must be maildir:PATH, smtp://HOST:PORT, smtps://USER:PASSWORD@HOST or \
    smtp://USER:PASSWORD@HOST?tls=required: a password in the clear is not sent (shown without its value, which may hold one)";

pub(super) fn parse(
    values: &Values<'_>,
    flags: &ServeFlags,
    url: &DatabaseUrl,
) -> Result<Mail, Fault> {
    let by = match flags.mail.as_deref() {
        None => MailBy::Folder(match url {
            DatabaseUrl::Sqlite(path) => beside(path, ".mail"),
            DatabaseUrl::Postgres { .. } => PathBuf::from("data/mail"),
        }),
        Some(text) => by(text).ok_or_else(|| values.fault("mail", None, EXPECTED))?,
    };
    let expected = "it must be an address, such as Letterlock <letters@letterlock.example>";
    let from = values.value("mail_from", &flags.mail_from, expected, |text| {
        text.parse().ok()
    })?;
    Ok(Mail { by, from })
}

fn by(text: &str) -> Option<MailBy> {
    if let Some(path) = text.strip_prefix("maildir:") {
        return (!path.is_empty()).then(|| MailBy::Folder(path.into()));
    }
    let (scheme, rest) = text.split_once("://")?;
    let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
    let hidden = match scheme {
        "smtps" => true,
        "smtp" => query.split('&').any(|pair| pair == "tls=required"),
        _ => return None,
    };
    (hidden || !authority.contains('@')).then(|| MailBy::Server(text.into()))
}
