//! Photos beside the schema: their bytes come in for a ticket, and go out to whoever may look at the photo at that moment.

use std::sync::Arc;

use bytes::Bytes;
use secrecy::SecretString;

use super::{
    CutShort, MemberApi,
    arrival::Arrival,
    context::Request,
    error::{Error, Failure},
    guard,
    services::Services,
};
use crate::domain::{audience::Audience, id::PhotoId, photo::FileName};
use crate::pictures::{Rewritten, Size, rewriting::Fault, seats::Seat};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::store::{self, Conflict, photos::PhotoRow};
use crate::viewer::{entropy, seal::Sealer, tokens::Token, who::Viewer};

/// The most bytes of a photo that is sent: 10 MiB.
pub const LONGEST: usize = 10 << 20;

/// Why a photo is not taken, or not given out.
#[derive(Debug)]
pub enum Refused {
    /// Because of who asks.
    Sender(Error),
    /// There is no such ticket for the sender: none at all, another's, one that was used or has expired.
    NoTicket,
    /// The sender is sending one already, or too many others are.
    Busy,
    /// What was sent is not what is taken.
    Picture(Fault),
    /// The sender has as many as one may have.
    Full,
    /// There is no such photo for whoever asks.
    NotFound,
    /// It could not be kept, or read: the place for photos failed, and the log has it under this reference.
    Place(String),
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Refused::Sender(error.into())
    }
}

impl Refused {
    fn place(failure: crate::pictures::shelf::Failure) -> Self {
        Refused::Place(Failure::new(failure).note("photos"))
    }
}

/// Leave to send one photo, now.
#[derive(Debug)]
pub struct Admitted {
    services: Arc<Services>,
    permit: Permit<KeepOwn>,
    _seat: Seat,
}

impl MemberApi {
    /// Takes a ticket, which is used from now on, whatever comes of it.
    ///
    /// # Errors
    ///
    /// [`Refused`].
    pub async fn admit_photo(
        &self,
        ticket: SecretString,
        arrival: Arrival,
    ) -> Result<Admitted, Refused> {
        let services = self.services.clone();
        self.to_its_end(async move {
            let request = Request::arrive(services.clone(), arrival).await?;
            let (permit, _) = guard::own_of(&request).await?;
            let seat = services.pictures.seats.take(permit.subject());
            let seat = seat.ok_or(Refused::Busy)?;
            let digest = Token::parse(&ticket).ok_or(Refused::NoTicket)?.digest();
            let now = request.now_millis();
            match services
                .store
                .take_photo_ticket(&permit, digest.as_bytes(), now)
                .await
            {
                Ok(()) => Ok(Admitted {
                    services,
                    permit,
                    _seat: seat,
                }),
                Err(store::Error::Missing) => Err(Refused::NoTicket),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// The bytes of a photo in one size, for whoever may look at it now.
    ///
    /// # Errors
    ///
    /// [`Refused`].
    pub async fn show_photo(
        &self,
        address: String,
        size: Size,
        arrival: Arrival,
    ) -> Result<Bytes, Refused> {
        let services = self.services.clone();
        let deciding = self.to_its_end(async move {
            let request = Request::arrive(services.clone(), arrival).await?;
            let photo = opened(&services.sealer, request.viewer(), &address);
            let photo = photo.ok_or(Refused::NotFound)?;
            let name = guard::photo_file(&request, photo).await?;
            name.ok_or(Refused::NotFound)
        });
        let name = deciding.await?;
        // Without a place among the operations: where the place for photos is slow, photos alone are.
        let looking = self.looking.acquire().await;
        let _looking = looking.map_err(|_| Refused::from(Failure::new(CutShort)))?;
        let file = self.services.pictures.shelf.get(&name, size).await;
        file.map_err(Refused::place)?.ok_or(Refused::NotFound)
    }

    /// Does the work to its end, even when nobody waits for it any more: a statement that is cut short would leave its
    /// connection unfit for the next.
    async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Refused>> + Send + 'static,
    ) -> Result<T, Refused> {
        let cut_short = || Refused::from(Failure::new(CutShort));
        let place = self.under_way.clone().acquire_owned().await;
        let place = place.map_err(|_| cut_short())?;
        let work = tokio::spawn(async move {
            let done = work.await;
            drop(place);
            done
        });
        work.await.unwrap_or_else(|_| Err(cut_short()))
    }
}

impl Admitted {
    /// Writes what was sent anew and keeps it, for its owner's eyes alone at first; gives back the photo's global id. Once
    /// begun, it goes on though nobody waits.
    ///
    /// # Errors
    ///
    /// [`Refused`]: then nothing is kept.
    pub async fn keep(self, bytes: Vec<u8>) -> Result<String, Refused> {
        let work = tokio::spawn(self.finish(bytes));
        work.await
            .unwrap_or_else(|_| Err(Failure::new(CutShort).into()))
            .map(PhotoId::global)
    }

    async fn finish(self, bytes: Vec<u8>) -> Result<PhotoId, Refused> {
        let Services {
            pictures, store, ..
        } = &*self.services;
        let picture = pictures.darkroom.rewrite(bytes).await;
        let picture = picture.map_err(Refused::Picture)?;
        let name = FileName::from_bytes(entropy::bytes().map_err(Failure::new)?);
        let now = self.services.clock.now().timestamp_millis();
        store.begin_photo_file(&name, now).await?;
        let shelved = pictures.shelf.put(&name, &picture).await;
        // A place that was too slow may still come to keep it: what is there is found later.
        shelved.map_err(Refused::place)?;
        let outcome = match self.note(&name, &picture, now).await {
            Ok(id) => return Ok(id),
            Err(store::Error::Conflict(Conflict::Full)) => Refused::Full,
            Err(store::Error::Missing) => Error::NotServed.into(),
            // It may be kept for all that is known here; if it is not, the files are found later.
            Err(error) => return Err(error.into()),
        };
        // What cannot be removed now is removed later.
        self.services.give_up_photo(&name).await;
        Err(outcome)
    }

    async fn note(
        &self,
        name: &FileName,
        picture: &Rewritten,
        now: i64,
    ) -> Result<PhotoId, store::Error> {
        let mut rng = entropy::rng().map_err(|_| store::Error::Missing)?;
        let pixels = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
        let row = PhotoRow {
            id: PhotoId::random(&mut rng),
            caption: None,
            width: pixels(picture.width()),
            height: pixels(picture.height()),
            album: None,
            own: Some((Audience::OnlyMe, now)),
        };
        let store = &self.services.store;
        store.keep_photo(&self.permit, &row, name).await?;
        Ok(row.id)
    }
}

impl Services {
    /// Removes files of which no photo knows any more, as far as that is possible now; gives back whether it was.
    pub async fn give_up_photo(&self, name: &FileName) -> bool {
        let removed = self.pictures.shelf.remove(name).await;
        removed.is_ok() && self.store.forget_photo_file(name).await.is_ok()
    }
}

const PURPOSE: &str = "photo";

fn context(viewer: Viewer) -> [u8; 8] {
    viewer.key().to_be_bytes()
}

/// Where a photo is for one viewer. For another it is elsewhere, so that two who compare addresses learn nothing, and what
/// is passed on opens for nobody.
pub fn address(sealer: &Sealer, viewer: Viewer, photo: PhotoId, size: Size) -> String {
    let sealed = sealer.seal(PURPOSE, &context(viewer), &photo.key().to_be_bytes());
    format!("/photos/{sealed}/{}", size.name())
}

fn opened(sealer: &Sealer, viewer: Viewer, address: &str) -> Option<PhotoId> {
    let plain = sealer.open(PURPOSE, &context(viewer), address)?;
    let key = i64::from_be_bytes(plain.try_into().ok()?);
    Some(PhotoId::from_key(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MemberId;

    #[test]
    fn an_address_opens_for_the_one_it_was_made_for() {
        let sealer = Sealer::from_secret(&[7; 32]).unwrap();
        let [me, other] = [1, 2].map(|key| Viewer::Member(MemberId::from_key(key)));
        let photo = PhotoId::from_key(77);
        let all = [me, other, Viewer::Visitor].map(|viewer| {
            let address = address(&sealer, viewer, photo, Size::Small);
            let address = address.strip_prefix("/photos/").unwrap();
            address.strip_suffix("/small").unwrap().to_owned()
        });
        for (at, viewer) in [me, other, Viewer::Visitor].into_iter().enumerate() {
            for (from, sealed) in all.iter().enumerate() {
                let opened = opened(&sealer, viewer, sealed);
                assert_eq!(opened, (at == from).then_some(photo));
            }
        }
        // What was sealed for something else opens no photo.
        let cursor = sealer.seal("cursor", &context(me), &photo.key().to_be_bytes());
        assert_eq!(opened(&sealer, me, &cursor), None);
    }
}
