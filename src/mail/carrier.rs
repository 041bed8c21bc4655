//! Who takes a mail away.

use std::{path::Path, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, transport::smtp::response::Code,
};
use secrecy::{ExposeSecret, SecretString};

use super::maildir::Maildir;

/// How long a server may take for each step.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a mail was not taken. Neither repeats what the server said: it often repeats the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It may be taken later; and for all that is known it may have been.
    ForNow(&'static str),
    /// This one will never be taken.
    ForGood,
}

/// Why there is no carrier.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The folder cannot be made.
    #[error("the folder for mails cannot be made")]
    Folder(#[source] std::io::Error),
    /// The address of the server is none.
    #[error("the mail server's address must be smtp://HOST or smtps://USER:PASSWORD@HOST")]
    Address,
}

/// Takes mails to a server, or into a folder. Cheap to clone.
#[derive(Clone)]
pub struct Carrier(Way);

#[derive(Clone)]
enum Way {
    Folder(Maildir),
    Server(AsyncSmtpTransport<Tokio1Executor>),
}

impl std::fmt::Debug for Carrier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Way::Folder(_) => "Carrier(folder)",
            Way::Server(_) => "Carrier(server)",
        })
    }
}

impl Carrier {
    /// Into a folder (maildir), which is made where it is not there.
    ///
    /// # Errors
    ///
    /// [`Unusable::Folder`].
    pub fn folder(path: &Path) -> Result<Self, Unusable> {
        let folder = Maildir::open(path).map_err(Unusable::Folder)?;
        Ok(Self(Way::Folder(folder)))
    }

    /// To a server: `smtps://…` by TLS from the beginning, `smtp://…?tls=required` by STARTTLS, `smtp://…` in the clear,
    /// for one on the same machine.
    ///
    /// # Errors
    ///
    /// [`Unusable::Address`].
    pub fn server(url: &SecretString) -> Result<Self, Unusable> {
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret());
        let server = server.map_err(|_| Unusable::Address)?;
        Ok(Self(Way::Server(server.timeout(Some(PATIENCE)).build())))
    }

    /// Takes a mail away, known by this number.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn carry(&self, id: i64, mail: &Message) -> Result<(), Failure> {
        match &self.0 {
            Way::Folder(folder) => {
                let (folder, bytes) = (folder.clone(), mail.formatted());
                let name = format!("{id:016x}.letterlock");
                let put = tokio::task::spawn_blocking(move || folder.put(&name, &bytes));
                match put.await {
                    Ok(Ok(())) => Ok(()),
                    _ => Err(Failure::ForNow("the folder cannot be written to")),
                }
            }
            Way::Server(server) => match server.send(mail.clone()).await {
                Ok(_) => Ok(()),
                Err(error) if error.status().is_some_and(for_good) => Err(Failure::ForGood),
                Err(error) if error.is_permanent() => {
                    Err(Failure::ForNow("the server does not take mails from here"))
                }
                Err(error) if error.is_transient() => {
                    Err(Failure::ForNow("the server wants it later"))
                }
                Err(error) if error.is_timeout() => {
                    Err(Failure::ForNow("the server does not answer"))
                }
                Err(_) => Err(Failure::ForNow("the server cannot be reached")),
            },
        }
    }
}

/// Whether such an answer is about the mailbox (RFC 5321, 4.2.3; RFC 7504), so that another time gives no other. All others are
/// about us or the server, such as a password that is wrong: what is refused for that reason must not be lost.
fn for_good(code: Code) -> bool {
    matches!(u16::from(code), 550 | 551 | 553 | 556)
}
