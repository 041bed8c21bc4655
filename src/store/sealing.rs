//! Keeping what is sealed in order: that the keys fit, that nothing stays in the clear, and that old keys can go.

use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, sql_types};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use super::{
    Error, Store,
    accounts::Accounts,
    conn::on,
    error::Cause,
    profiles::sealed,
    sealed::{Cell, Keyring, Sealed},
    statement::{Dialect, Statement},
    tables::{accounts, links, outbox, profiles, sealing_keys, unsealed},
    versions,
};
use crate::domain::{email::Email, id::MemberId};

/// Members in one transaction.
const AT_ONCE: i64 = 500;

/// The table of what was kept in the clear before; it goes when all of it is sealed.
pub(super) const CLEAR: &str = "unsealed";

/// Selects the name of [`CLEAR`], where there is such a table.
pub(super) const fn clear_table(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'unsealed'"
        }
        Dialect::Postgres => {
            "SELECT table_name::text FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_name = 'unsealed'"
        }
    }
}

/// What sealing anew came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// The version that seals.
    pub version: i16,
    /// How many values it seals that an older one did.
    pub values: usize,
    /// How many could not be opened, and stay as they are.
    pub unopened: usize,
    /// The versions with which nothing is sealed any more.
    pub retired: Vec<i16>,
}

/// Whether something in the database was sealed before, with whatever keys.
///
/// # Errors
///
/// [`Error`]; a database without our tables holds nothing that is sealed.
pub async fn sealed_before(address: &super::Address) -> Result<bool, Error> {
    let store = Store::new(address, 1, Keyring::passing()?, None)?;
    let mut conn = store.conn().await?;
    let mut statement = Statement::<sql_types::SmallInt>::new(conn.dialect());
    statement.sql("SELECT version FROM sealing_keys");
    let versions: Result<Vec<i16>, Error> = on!(&mut conn, c => statement.load(c).await);
    store.close();
    match versions {
        Ok(versions) => Ok(!versions.is_empty()),
        // No such table yet.
        Err(Error::Broken(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

impl Store {
    /// Makes sure that the keys are those with which this database is sealed, and notes the newest.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] where a version with which something is sealed is not given, or is another than the one that is
    /// given under its number.
    pub async fn unlock(&self) -> Result<(), Error> {
        let newest = self.keys.newest();
        let mut tx = self.begin().await?;
        on!(&mut tx, c => diesel::insert_into(sealing_keys::table)
            .values((
                sealing_keys::version.eq(newest),
                sealing_keys::mark.eq(self.keys.mark(newest).unwrap_or_default()),
            ))
            .on_conflict_do_nothing()
            .execute(c)
            .await)?;
        // After writing: of two servers that begin together, the later one sees what the earlier one noted.
        let noted: Vec<(i16, Vec<u8>)> = on!(&mut tx, c => sealing_keys::table
            .order(sealing_keys::version)
            .select((sealing_keys::version, sealing_keys::mark))
            .load(c)
            .await)?;
        for (version, mark) in noted {
            let why = match self.keys.mark(version) {
                Some(given) if given == mark => continue,
                Some(_) => "is not the one that is given",
                None => "is not given",
            };
            tx.rollback().await?;
            return Err(Error::Broken(Cause::new(format!(
                "version {version} of the keys, which seals what is in this database, {why}"
            ))));
        }
        tx.commit().await
    }

    /// Seals what an earlier version kept in the clear, and sees to it that nothing of it is left behind.
    pub(super) async fn seal_what_was_clear(&self) -> Result<(), Error> {
        let mut conn = self.conn().await?;
        let mut statement = Statement::<sql_types::Text>::new(conn.dialect());
        statement.sql(clear_table(conn.dialect()));
        let there: Vec<String> = on!(&mut conn, c => statement.load(c).await)?;
        drop(conn);
        if there.is_empty() {
            return Ok(());
        }
        while self.seal_some().await? {}
        self.wipe().await?;
        let conn = self.conn().await?;
        on!(&conn, c => c.batch_execute("DROP TABLE unsealed").await)
    }

    /// Seals what was clear of some members; says whether there were any.
    async fn seal_some(&self) -> Result<bool, Error> {
        type Row = (i64, String, String, String, Option<String>, Option<String>);
        let mut tx = self.begin_patiently().await?;
        let members: Vec<i64> = on!(&mut tx, c => unsealed::table
            .order(unsealed::member_id)
            .limit(AT_ONCE)
            .select(unsealed::member_id)
            .load(c)
            .await)?;
        // Against another that does the same: who comes later finds nothing left of these.
        versions::lock(&mut tx, &members).await?;
        let rows: Vec<Row> = on!(&mut tx, c => unsealed::table
            .filter(unsealed::member_id.eq_any(&members))
            .load(c)
            .await)?;
        let mut written = Accounts::sealed_with(&self.keys);
        for (member, email, folded, password_hash, phone, postal_address) in &rows {
            written.push(*member, [email, folded], password_hash)?;
            if phone.is_none() && postal_address.is_none() {
                continue;
            }
            let of = |cell, text: &Option<String>| {
                sealed(
                    &self.keys,
                    cell,
                    MemberId::from_key(*member),
                    text.as_deref(),
                )
            };
            let phone = of(Cell::Phone, phone)?;
            let postal_address = of(Cell::PostalAddress, postal_address)?;
            on!(&mut tx, c => diesel::update(profiles::table.find(*member))
                .set((
                    profiles::phone.eq(phone),
                    profiles::postal_address.eq(postal_address),
                ))
                .execute(c)
                .await)?;
        }
        written.into_rows().insert(&mut tx).await?;
        on!(&mut tx, c => diesel::delete(unsealed::table)
            .filter(unsealed::member_id.eq_any(&members))
            .execute(c)
            .await)?;
        tx.commit().await?;
        Ok(!members.is_empty())
    }

    /// Leaves nothing of what was deleted in the file of an embedded database. A server gave up the files of the tables
    /// that were written anew.
    async fn wipe(&self) -> Result<(), Error> {
        let conn = self.conn().await?;
        if conn.dialect() == Dialect::Postgres {
            return Ok(());
        }
        // What is deleted is overwritten, but a page from which rows have moved may still hold them.
        on!(&conn, c => c.batch_execute("VACUUM").await)?;
        let mut statement =
            Statement::<(sql_types::Integer, sql_types::Integer, sql_types::Integer)>::new(
                conn.dialect(),
            );
        statement.sql("PRAGMA wal_checkpoint(TRUNCATE)");
        let (busy, ..): (i32, i32, i32) = on!(&conn, c => statement.get_result(c).await)?;
        if busy != 0 {
            return Err(Error::Busy(Cause::new(
                "somebody else has the database open: what was in the clear is still in its log",
            )));
        }
        Ok(())
    }

    /// Seals with the newest version what older ones sealed, and makes its hashes anew; and notes which versions are no
    /// longer needed, where all of it could be opened.
    ///
    /// It can be ended at any time, and goes on where it was.
    pub async fn reseal(&self) -> Result<Resealed, Error> {
        let mut done = Resealed {
            version: self.keys.newest(),
            ..Resealed::default()
        };
        let mut after = i64::MIN;
        while let Some(last) = self.reseal_accounts(after, &mut done).await? {
            after = last;
        }
        let mut after = i64::MIN;
        while let Some(last) = self.reseal_profiles(after, &mut done).await? {
            after = last;
        }
        let mut after = i64::MIN;
        while let Some(last) = self.reseal_mails(after, &mut done).await? {
            after = last;
        }
        let mut after = i64::MIN;
        while let Some(last) = self.reseal_links(after, &mut done).await? {
            after = last;
        }
        if done.unopened == 0 {
            let mut tx = self.begin().await?;
            let older = sealing_keys::version.lt(done.version);
            done.retired = on!(&mut tx, c => sealing_keys::table
                .filter(older)
                .order(sealing_keys::version)
                .select(sealing_keys::version)
                .load(c)
                .await)?;
            on!(&mut tx, c => diesel::delete(sealing_keys::table.filter(older))
                .execute(c)
                .await)?;
            tx.commit().await?;
        }
        Ok(done)
    }

    /// Seals some addresses anew; gives back the last member of them, and nothing where there were none.
    async fn reseal_accounts(&self, after: i64, done: &mut Resealed) -> Result<Option<i64>, Error> {
        let older = || accounts::email.lt(Sealed::least(done.version));
        let mut tx = self.begin_patiently().await?;
        let members: Vec<i64> = on!(&mut tx, c => accounts::table
            .filter(accounts::member_id.gt(after))
            .filter(older())
            .order(accounts::member_id)
            .limit(AT_ONCE)
            .select(accounts::member_id)
            .load(c)
            .await)?;
        // Against a change of the same address meanwhile.
        versions::lock(&mut tx, &members).await?;
        let rows: Vec<(i64, Sealed)> = on!(&mut tx, c => accounts::table
            .filter(accounts::member_id.eq_any(&members))
            .filter(older())
            .select((accounts::member_id, accounts::email))
            .load(c)
            .await)?;
        for (member, email) in rows {
            let Some(email) = self.opened(Cell::Email, member, &email, done) else {
                continue;
            };
            let email = Email::stored(email);
            let sealed = self.keys.seal(Cell::Email, member, email.reveal())?;
            let hash = self.keys.hash(Cell::Email, &email.folded());
            on!(&mut tx, c => diesel::update(accounts::table.find(member))
                .set((accounts::email.eq(sealed), accounts::email_hash.eq(hash)))
                .execute(c)
                .await)?;
            done.values += 1;
        }
        tx.commit().await?;
        Ok(members.last().copied())
    }

    /// The same of telephone numbers and postal addresses.
    async fn reseal_profiles(&self, after: i64, done: &mut Resealed) -> Result<Option<i64>, Error> {
        let least = Sealed::least(done.version);
        let older = || {
            let phone = profiles::phone.lt(least.clone());
            phone.or(profiles::postal_address.lt(least.clone()))
        };
        let mut tx = self.begin_patiently().await?;
        let members: Vec<i64> = on!(&mut tx, c => profiles::table
            .filter(profiles::member_id.gt(after))
            .filter(older())
            .order(profiles::member_id)
            .limit(AT_ONCE)
            .select(profiles::member_id)
            .load(c)
            .await)?;
        versions::lock(&mut tx, &members).await?;
        let rows: Vec<(i64, Option<Sealed>, Option<Sealed>)> = on!(&mut tx, c => profiles::table
            .filter(profiles::member_id.eq_any(&members))
            .filter(older())
            .select((profiles::member_id, profiles::phone, profiles::postal_address))
            .load(c)
            .await)?;
        for (member, phone, postal_address) in rows {
            if let Some(phone) = self.sealed_anew(Cell::Phone, member, phone, done)? {
                on!(&mut tx, c => diesel::update(profiles::table.find(member))
                    .set(profiles::phone.eq(phone))
                    .execute(c)
                    .await)?;
            }
            if let Some(address) =
                self.sealed_anew(Cell::PostalAddress, member, postal_address, done)?
            {
                on!(&mut tx, c => diesel::update(profiles::table.find(member))
                    .set(profiles::postal_address.eq(address))
                    .execute(c)
                    .await)?;
            }
        }
        tx.commit().await?;
        Ok(members.last().copied())
    }

    /// The same of the addresses of mails that wait.
    async fn reseal_mails(&self, after: i64, done: &mut Resealed) -> Result<Option<i64>, Error> {
        let mut tx = self.begin_patiently().await?;
        let rows: Vec<(i64, Sealed)> = on!(&mut tx, c => outbox::table
            .filter(outbox::id.gt(after))
            .filter(outbox::address.lt(Sealed::least(done.version)))
            .order(outbox::id)
            .limit(AT_ONCE)
            .select((outbox::id, outbox::address))
            .load(c)
            .await)?;
        let last = rows.last().map(|(id, _)| *id);
        for (id, address) in rows {
            if let Some(address) = self.sealed_anew(Cell::MailAddress, id, Some(address), done)? {
                on!(&mut tx, c => diesel::update(outbox::table.find(id))
                    .set(outbox::address.eq(address))
                    .execute(c)
                    .await)?;
            }
        }
        tx.commit().await?;
        Ok(last)
    }

    /// The same of the addresses that links are to bring.
    async fn reseal_links(&self, after: i64, done: &mut Resealed) -> Result<Option<i64>, Error> {
        let mut tx = self.begin_patiently().await?;
        let rows: Vec<(i64, Option<Sealed>)> = on!(&mut tx, c => links::table
            .filter(links::id.gt(after))
            .filter(links::address.lt(Sealed::least(done.version)))
            .order(links::id)
            .limit(AT_ONCE)
            .select((links::id, links::address))
            .load(c)
            .await)?;
        let last = rows.last().map(|(id, _)| *id);
        for (id, address) in rows {
            if let Some(address) = self.sealed_anew(Cell::LinkAddress, id, address, done)? {
                on!(&mut tx, c => diesel::update(links::table.find(id))
                    .set(links::address.eq(address))
                    .execute(c)
                    .await)?;
            }
        }
        tx.commit().await?;
        Ok(last)
    }

    /// The value sealed by the newest version, where there is one that an older version sealed.
    fn sealed_anew(
        &self,
        cell: Cell,
        member: i64,
        sealed: Option<Sealed>,
        done: &mut Resealed,
    ) -> Result<Option<Sealed>, Error> {
        let older = sealed.filter(|it| it.bytes() < Sealed::least(done.version).bytes());
        let Some(text) = older.and_then(|it| self.opened(cell, member, &it, done)) else {
            return Ok(None);
        };
        done.values += 1;
        self.keys.seal(cell, member, &text).map(Some)
    }

    fn opened(
        &self,
        cell: Cell,
        member: i64,
        sealed: &Sealed,
        done: &mut Resealed,
    ) -> Option<String> {
        match self.keys.open(cell, member, sealed) {
            Ok(text) => Some(text),
            Err(error) => {
                tracing::warn!(%error, "a value could not be sealed anew");
                done.unopened += 1;
                None
            }
        }
    }
}
