//! Who takes mails away, and those that nobody took.

use std::net::SocketAddr;

use chrono::{DateTime, Utc};

use super::{Failure, open_current, say};
use crate::config::{Database, MailBy, Serve};
use crate::domain::{
    clock::Clock,
    mail::{Dead, MailKind},
};
use crate::jobs::mails::Post;
use crate::mail::{carrier::Carrier, letters::Sender};
use crate::pictures::shelf;
use crate::store::outbox::DeadMail;

/// Who takes mails away, for a server that listens here.
pub(super) fn post(serve: &Serve, listens: SocketAddr) -> Result<Post, Failure> {
    // Before any client that speaks TLS.
    shelf::choose_cryptography();
    let site = match &serve.http.public_url {
        Some(origin) => origin.to_string(),
        // Where it listens on every address, nobody can be sent to all of them.
        None if listens.ip().is_unspecified() => format!("http://localhost:{}", listens.port()),
        None => format!("http://{listens}"),
    };
    Ok(Post {
        carrier: match &serve.mail.by {
            MailBy::Folder(path) => Carrier::folder(path)?,
            MailBy::Server(url) => Carrier::server(url)?,
        },
        sender: Sender {
            from: serve.mail.from.clone(),
            site,
        },
    })
}

/// Lists the mails that are not tried any more, or has them tried again.
pub(super) async fn list(database: &Database, retry: bool) -> Result<(), Failure> {
    let store = open_current(database).await?;
    if retry {
        let now = Clock::system().now().timestamp_millis();
        let mails = store.revive_mails(now).await?;
        return Ok(say(&format!("{mails} mails are tried again.\n"))?);
    }
    let dead = store.dead_mails().await?;
    if dead.is_empty() {
        return Ok(say("No mail is left behind.\n")?);
    }
    let text: String = dead.iter().map(line).collect();
    Ok(say(&text)?)
}

/// Of which mail, and why: nothing of whose it is.
fn line(mail: &DeadMail) -> String {
    let at: DateTime<Utc> = DateTime::from_timestamp_millis(mail.made_at).unwrap_or_default();
    let kind = mail
        .kind
        .map_or_else(|| "unknown".to_owned(), MailKind::name);
    format!(
        "{:016x}  {}  {kind}  {} attempts  {}\n",
        mail.id,
        at.format("%Y-%m-%d %H:%M"),
        mail.attempts,
        mail.why.map_or("unknown", Dead::name),
    )
}
