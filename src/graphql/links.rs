//! What links in mails do, for GraphQL and for the pages to which they lead.

use secrecy::SecretString;

use super::{MemberApi, error::Failure, services::Services};
use crate::domain::id::NoticeId;
use crate::domain::mail::LinkKind;
use crate::store::notices::Told;
use crate::viewer::{
    entropy,
    links::Link,
    passwords::{self, Weakness},
};

/// What came of following a link.
#[derive(Debug)]
pub enum Followed {
    /// It did what it is good for, and is good for nothing any more.
    Done,
    /// It is not good: it never was, it was used, it has expired, or what it was made for has changed.
    NotGood,
    /// The password cannot be one; the link is good still.
    Weak(Weakness),
    /// Too many passwords are being hashed: it is over in a moment.
    Busy,
}

/// Says that the address to which a link went is its member's.
pub async fn confirm(services: &Services, text: &str) -> Result<Followed, Failure> {
    let Some(link) = Link::open(&services.sealer, text) else {
        return Ok(Followed::NotGood);
    };
    let good = services.store.confirm_address(&link, told(services)?).await;
    Ok(done(good.map_err(Failure::new)?))
}

/// Gives the member of a link another password.
pub async fn reset(
    services: &Services,
    text: &str,
    password: SecretString,
) -> Result<Followed, Failure> {
    let Some(link) = Link::open(&services.sealer, text) else {
        return Ok(Followed::NotGood);
    };
    let now = services.clock.now().timestamp_millis();
    // Before anything that costs: nobody has passwords weighed and hashed without a link.
    let store = &services.store;
    let address = store
        .reset_address(&link, now)
        .await
        .map_err(Failure::new)?;
    let Some(address) = address else {
        return Ok(Followed::NotGood);
    };
    let checked = services
        .passwords
        .check_new(password, &[address.reveal()])
        .await;
    let password = match checked {
        Ok(Ok(password)) => password,
        Ok(Err(weakness)) => return Ok(Followed::Weak(weakness)),
        Err(failure) => return busy(failure),
    };
    let hash = match services.passwords.hash(&password).await {
        Ok(hash) => hash,
        Err(failure) => return busy(failure),
    };
    let good = store.reset_password(&link, &hash, told(services)?).await;
    Ok(done(good.map_err(Failure::new)?))
}

/// By which notice a member is told of what is done with their account now.
fn told(services: &Services) -> Result<Told, Failure> {
    Ok(Told {
        id: NoticeId::random(&mut entropy::rng().map_err(Failure::new)?),
        now: services.clock.now().timestamp_millis(),
    })
}

const fn done(good: bool) -> Followed {
    if good {
        Followed::Done
    } else {
        Followed::NotGood
    }
}

fn busy(failure: passwords::Failure) -> Result<Followed, Failure> {
    match failure {
        passwords::Failure::Busy => Ok(Followed::Busy),
        failure => Err(Failure::new(failure)),
    }
}

impl MemberApi {
    /// Whether a link is one that this server made, and leads to where links of this kind lead; whether it is still good is not looked up.
    pub fn link_is_whole(&self, kind: LinkKind, text: &str) -> bool {
        let link = Link::open(&self.services.sealer, text);
        link.is_some_and(|link| link.kind().path() == kind.path())
    }

    /// Follows a link, with a password where it is for choosing one.
    ///
    /// # Errors
    ///
    /// Where it could not be done now; it has been logged, without the link.
    pub async fn follow_link(
        &self,
        kind: LinkKind,
        text: &str,
        password: SecretString,
    ) -> Result<Followed, ()> {
        let followed = match kind {
            LinkKind::ConfirmAddress | LinkKind::ChangeAddress => {
                confirm(&self.services, text).await
            }
            LinkKind::ResetPassword => reset(&self.services, text, password).await,
        };
        followed.map_err(|failure| {
            failure.note("a link in a mail");
        })
    }
}
