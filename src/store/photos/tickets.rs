//! Leave to send a photo: a ticket that its member uses once, and soon.

use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;

use crate::domain::{id::MemberId, photo::FileName};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::store::{
    Error, Store,
    conn::on,
    tables::{photo_files, photo_tickets},
    versions,
};

/// How many files without a photo are looked for at a time.
const AT_ONCE: i64 = 500;

impl Store {
    /// Gives the viewer a ticket, of which the digest is kept.
    pub async fn give_photo_ticket(
        &self,
        permit: &Permit<KeepOwn>,
        digest: &[u8; 32],
        expires_at: i64,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        on!(&mut conn, c => diesel::insert_into(photo_tickets::table)
            .values((
                photo_tickets::digest.eq(&digest[..]),
                photo_tickets::member_id.eq(me.key()),
                photo_tickets::expires_at.eq(expires_at),
            ))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Takes one of the viewer's own tickets; of two who try at once, one has it.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when there is none, it is somebody else's, it was used, or it expired before `now`.
    pub async fn take_photo_ticket(
        &self,
        permit: &Permit<KeepOwn>,
        digest: &[u8; 32],
        now: i64,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        let taken = on!(&mut conn, c => diesel::delete(photo_tickets::table)
            .filter(photo_tickets::digest.eq(&digest[..]))
            .filter(photo_tickets::member_id.eq(me.key()))
            .filter(photo_tickets::expires_at.gt(now))
            .execute(c)
            .await)?;
        if taken == 0 {
            return Err(Error::Missing);
        }
        Ok(())
    }

    /// Forgets the tickets that expired; gives back how many.
    pub async fn forget_photo_tickets(&self, now: i64) -> Result<usize, Error> {
        let mut conn = self.conn().await?;
        on!(&mut conn, c => diesel::delete(photo_tickets::table)
            .filter(photo_tickets::expires_at.le(now))
            .execute(c)
            .await)
    }

    /// Notes that files of this name are about to be kept, so that they are found should nothing come of it.
    pub async fn begin_photo_file(&self, name: &FileName, now: i64) -> Result<(), Error> {
        let mut conn = self.conn().await?;
        on!(&mut conn, c => diesel::insert_into(photo_files::table)
            .values((
                photo_files::name.eq(name.as_str()),
                photo_files::begun_at.eq(now),
            ))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Names of files of which no photo knows, some of those that were begun at `begun_before` or earlier, but for those up
    /// to `after`, in their order.
    pub async fn photo_files_left(
        &self,
        begun_before: i64,
        after: Option<&FileName>,
    ) -> Result<Vec<FileName>, Error> {
        let mut conn = self.conn().await?;
        let after = after.map_or("", FileName::as_str);
        let names: Vec<String> = on!(&mut conn, c => photo_files::table
            .filter(photo_files::photo_id.is_null())
            .filter(photo_files::begun_at.le(begun_before))
            .filter(photo_files::name.gt(after))
            .order(photo_files::name)
            .limit(AT_ONCE)
            .select(photo_files::name)
            .load(c)
            .await)?;
        Ok(names
            .iter()
            .filter_map(|name| FileName::parse(name))
            .collect())
    }

    /// Forgets files that are removed.
    pub async fn forget_photo_file(&self, name: &FileName) -> Result<(), Error> {
        let mut conn = self.conn().await?;
        on!(&mut conn, c => diesel::delete(photo_files::table.find(name.as_str()))
            .filter(photo_files::photo_id.is_null())
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Whether the viewer has room for one more photo.
    pub async fn has_room_for_a_photo(&self, permit: &Permit<KeepOwn>) -> Result<bool, Error> {
        let me: MemberId = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        Ok(super::keeping::held(&mut conn, me).await? < super::MOST_PHOTOS)
    }
}
