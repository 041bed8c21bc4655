//! Settings versions: locked, compared and raised inside the transaction that changes what they guard.

use std::collections::HashMap;

use diesel::{ExpressionMethods, QueryDsl, sql_types::BigInt};
use diesel_async::RunQueryDsl;

use super::{
    Conflict, Error,
    conn::{Conn, on},
    statement::{Dialect, Statement},
    tables::standings,
};
use crate::domain::{id::MemberId, standing::Standing};
use crate::privacy::Permit;
use crate::viewer::who::Viewer;

/// Locks the rows of `members` until the transaction ends, always in the same order.
pub(super) async fn lock(conn: &mut Conn, members: &[i64]) -> Result<Vec<(i64, i64)>, Error> {
    let mut statement = Statement::<(BigInt, BigInt)>::new(conn.dialect());
    statement
        .sql("SELECT member_id, privacy_version FROM standings WHERE member_id")
        .in_ids(members)
        .sql(" ORDER BY member_id");
    // SQLite has one writer, and this transaction is it.
    if conn.dialect() == Dialect::Postgres {
        statement.sql(" FOR UPDATE");
    }
    on!(conn, c => statement.load(c).await)
}

/// Locks both members of an act and makes sure that the decision still stands.
///
/// # Errors
///
/// [`Conflict::Stale`] when either version is no longer the one that the decision saw.
pub(super) async fn hold<W>(conn: &mut Conn, permit: &Permit<W>) -> Result<(), Error> {
    hold_all(conn, std::slice::from_ref(permit)).await
}

/// Locks all members of one viewer's acts and makes sure that the decisions still stand.
///
/// # Errors
///
/// [`Conflict::Stale`] when any version is no longer the one that a decision saw.
pub(super) async fn hold_all<W>(conn: &mut Conn, permits: &[Permit<W>]) -> Result<(), Error> {
    let mut members: Vec<i64> = permits
        .iter()
        .flat_map(|permit| [permit.subject().key(), permit.viewer().key()])
        .collect();
    members.sort_unstable();
    members.dedup();
    let rows: HashMap<i64, i64> = lock(conn, &members).await?.into_iter().collect();
    let stands = permits.iter().all(|permit| {
        let seen = permit.versions();
        rows.get(&permit.subject().key()) == Some(&seen.owner)
            && rows.get(&permit.viewer().key()) == Some(&seen.viewer)
    });
    if stands {
        Ok(())
    } else {
        Err(Error::Conflict(Conflict::Stale))
    }
}

/// Locks the member who changes something of their own, so that two changes follow one another.
///
/// # Errors
///
/// [`Error::Missing`] when the account is gone or frozen by now.
pub(super) async fn hold_own(conn: &mut Conn, me: MemberId) -> Result<(), Error> {
    lock(conn, &[me.key()]).await?;
    let id: i64 = on!(conn, c => standings::table
        .filter(standings::member_id.eq(me.key()))
        .filter(standings::standing.ne(Standing::Frozen.code()))
        .select(standings::member_id)
        .first(c)
        .await)?;
    debug_assert_eq!(id, me.key());
    Ok(())
}

/// Raises the versions of `members`: what was decided for or about them before decides nothing more.
pub(super) async fn raise(conn: &mut Conn, members: &[i64]) -> Result<(), Error> {
    lock(conn, members).await?;
    for member in members {
        on!(conn, c => diesel::update(standings::table.find(member))
            .set(standings::privacy_version.eq(standings::privacy_version + 1))
            .execute(c)
            .await)?;
    }
    Ok(())
}

/// The member whose own things a permit is about.
pub(super) fn owner<W>(permit: &Permit<W>) -> Result<MemberId, Error> {
    match permit.viewer() {
        Viewer::Member(me) if me == permit.subject() => Ok(me),
        _ => Err(Error::Missing),
    }
}
