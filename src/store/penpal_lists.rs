//! A member's own lists of penpals, which audiences name. Nobody but their owner ever learns of them.

use std::collections::BTreeSet;

use diesel::{ExpressionMethods, QueryDsl, sql_types::BigInt};
use diesel_async::RunQueryDsl;

use super::{
    Conflict, Error, Store,
    conn::{Conn, on},
    facts::{self, FactsLoaded, FactsRow},
    lists::{Place, Placed},
    settings,
    statement::Statement,
    tables::{audience_lists, list_members, lists},
    versions,
};
use crate::domain::{
    age::Today,
    audience::Audience,
    id::{ListId, MemberId},
    profile::Field,
};
use crate::privacy::{
    Depth, Permit,
    wishes::{Enlist, KeepOwn},
};

/// How many lists a member may have.
pub const MOST_LISTS: i64 = 50;
/// How many may stand on one list.
pub const MOST_ENTRIES: i64 = 1_000;

/// One of a member's own lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// Its id.
    pub id: ListId,
    /// Its name.
    pub name: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at: i64,
}

impl Store {
    /// The viewer's own lists, by name.
    pub async fn own_lists(&self, permit: &Permit<KeepOwn>) -> Result<Vec<ListRow>, Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        let rows: Vec<(i64, String, i64)> = on!(&mut conn, c => lists::table
            .filter(lists::owner_id.eq(me.key()))
            .order((lists::name_folded, lists::id))
            .select((lists::id, lists::name, lists::created_at))
            .load(c)
            .await)?;
        Ok(rows
            .into_iter()
            .map(|(id, name, created_at)| ListRow {
                id: ListId::from_key(id),
                name,
                created_at,
            })
            .collect())
    }

    /// Makes a list, on which nobody stands yet.
    ///
    /// # Errors
    ///
    /// [`Conflict::Name`] when the viewer has a list of that name, [`Conflict::Full`] at [`MOST_LISTS`].
    pub async fn create_list(&self, permit: &Permit<KeepOwn>, list: &ListRow) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let held: i64 = on!(&mut tx, c => lists::table
                .filter(lists::owner_id.eq(me.key()))
                .count()
                .get_result(c)
                .await)?;
            if held >= MOST_LISTS {
                return Err(Error::Conflict(Conflict::Full));
            }
            free_name(&mut tx, me, list.id, &list.name).await?;
            on!(&mut tx, c => diesel::insert_into(lists::table)
                .values((
                    lists::id.eq(list.id.key()),
                    lists::owner_id.eq(me.key()),
                    lists::name.eq(&list.name),
                    lists::name_folded.eq(folded(&list.name)),
                    lists::created_at.eq(list.created_at),
                ))
                .execute(c)
                .await)?;
            Ok(())
        }
        .await;
        tx.settle(outcome).await
    }

    /// Gives one of the viewer's own lists another name.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when it is not the viewer's, [`Conflict::Name`] when another list has that name.
    pub async fn rename_list(
        &self,
        permit: &Permit<KeepOwn>,
        list: ListId,
        name: &str,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            own(&mut tx, me, list).await?;
            free_name(&mut tx, me, list, name).await?;
            on!(&mut tx, c => diesel::update(lists::table.find(list.key()))
                .set((lists::name.eq(name), lists::name_folded.eq(folded(name))))
                .execute(c)
                .await)?;
            Ok(())
        }
        .await;
        tx.settle(outcome).await
    }

    /// Puts penpals on one of the viewer's own lists; who stands there already stays.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when the list is not the viewer's, [`Conflict::Full`] at [`MOST_ENTRIES`],
    /// [`Conflict::Stale`] when settings have changed since the decision.
    pub async fn enlist(
        &self,
        permits: &[Permit<Enlist>],
        list: ListId,
        now: i64,
    ) -> Result<(), Error> {
        let Some(first) = permits.first() else {
            return Ok(());
        };
        let me = MemberId::from_key(first.viewer().key());
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_all(&mut tx, permits).await?;
            own(&mut tx, me, list).await?;
            for permit in permits {
                on!(&mut tx, c => diesel::insert_into(list_members::table)
                    .values((
                        list_members::list_id.eq(list.key()),
                        list_members::member_id.eq(permit.subject().key()),
                        list_members::added_at.eq(now),
                    ))
                    .on_conflict_do_nothing()
                    .execute(c)
                    .await)?;
            }
            let held: i64 = on!(&mut tx, c => list_members::table
                .filter(list_members::list_id.eq(list.key()))
                .count()
                .get_result(c)
                .await)?;
            if held > MOST_ENTRIES {
                return Err(Error::Conflict(Conflict::Full));
            }
            versions::raise(&mut tx, &[me.key()]).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Takes members off one of the viewer's own lists; who does not stand there is passed over.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when the list is not the viewer's.
    pub async fn strike(
        &self,
        permit: &Permit<KeepOwn>,
        list: ListId,
        members: &[MemberId],
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            own(&mut tx, me, list).await?;
            for member in members {
                on!(&mut tx, c => diesel::delete(
                    list_members::table.find((list.key(), member.key())))
                    .execute(c)
                    .await)?;
            }
            versions::raise(&mut tx, &[me.key()]).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Deletes one of the viewer's own lists; gives back the fields that are shown to fewer for it.
    ///
    /// No field is shown to more than before: one that had the list for an exception, or that was shown to
    /// this list alone, is shown to the owner alone from now on.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when the list is not the viewer's.
    pub async fn delete_list(
        &self,
        permit: &Permit<KeepOwn>,
        list: ListId,
    ) -> Result<Vec<Field>, Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            own(&mut tx, me, list).await?;
            let narrowed = draw_in(&mut tx, me, list).await?;
            on!(&mut tx, c => diesel::delete(lists::table.find(list.key())).execute(c).await)?;
            Ok(narrowed)
        }
        .await;
        tx.settle(outcome).await
    }

    /// The places of those on one of the viewer's own lists who exist for the viewer, the latest added
    /// first; at most `limit` after `after`.
    pub async fn list_page(
        &self,
        permit: &Permit<KeepOwn>,
        list: ListId,
        today: Today,
        after: Option<Place>,
        limit: i64,
    ) -> Result<Vec<Placed>, Error> {
        let mut conn = self.conn().await?;
        let viewer = permit.viewer();
        let mut statement = Statement::<(BigInt, FactsRow)>::new(conn.dialect());
        statement
            .sql("SELECT e.added_at, ")
            .facts(viewer, today, Depth::Acting)
            .entries(permit, list, today)
            .after("(e.added_at, e.member_id)", after)
            .sql(" ORDER BY e.added_at DESC, e.member_id DESC LIMIT ")
            .big_int(limit);
        let rows: Vec<(i64, FactsLoaded)> = on!(&mut conn, c => statement.load(c).await)?;
        Ok(rows
            .into_iter()
            .map(|(at, row)| {
                let case = facts::case(viewer, Depth::Acting, row);
                let id = case.subject().key();
                (Place { at, id }, case)
            })
            .collect())
    }

    /// How many of those on one of the viewer's own lists exist for the viewer.
    pub async fn list_count(
        &self,
        permit: &Permit<KeepOwn>,
        list: ListId,
        today: Today,
    ) -> Result<i64, Error> {
        let mut conn = self.conn().await?;
        let mut statement = Statement::<BigInt>::new(conn.dialect());
        statement
            .sql("SELECT count(*)")
            .entries(permit, list, today);
        on!(&mut conn, c => statement.get_result(c).await)
    }
}

impl<Row> Statement<Row> {
    fn entries(&mut self, permit: &Permit<KeepOwn>, list: ListId, today: Today) -> &mut Self {
        self.sql(
            " FROM lists o JOIN list_members e ON e.list_id = o.id \
             JOIN standings s ON s.member_id = e.member_id",
        )
        .join_viewer(permit.viewer())
        .sql(" WHERE o.id = ")
        .big_int(list.key())
        .sql(" AND o.owner_id = ")
        .big_int(permit.subject().key())
        .sql(" AND ")
        .meets(permit.viewer(), today)
    }
}

pub(super) fn folded(name: &str) -> String {
    name.to_lowercase()
}

async fn own(tx: &mut Conn, me: MemberId, list: ListId) -> Result<(), Error> {
    let _: i64 = on!(tx, c => lists::table
        .filter(lists::id.eq(list.key()))
        .filter(lists::owner_id.eq(me.key()))
        .select(lists::id)
        .first(c)
        .await)?;
    Ok(())
}

async fn free_name(tx: &mut Conn, me: MemberId, list: ListId, name: &str) -> Result<(), Error> {
    let taken: i64 = on!(tx, c => lists::table
        .filter(lists::owner_id.eq(me.key()))
        .filter(lists::name_folded.eq(folded(name)))
        .filter(lists::id.ne(list.key()))
        .count()
        .get_result(c)
        .await)?;
    if taken == 0 {
        Ok(())
    } else {
        Err(Error::Conflict(Conflict::Name))
    }
}

/// Takes the list out of every audience; gives back the fields whose audience named it.
async fn draw_in(tx: &mut Conn, me: MemberId, list: ListId) -> Result<Vec<Field>, Error> {
    let named: Vec<(i16, i64, bool)> = on!(tx, c => audience_lists::table
        .filter(audience_lists::owner_id.eq(me.key()))
        .select((
            audience_lists::field,
            audience_lists::list_id,
            audience_lists::excepted,
        ))
        .load(c)
        .await)?;
    let touched: BTreeSet<i16> = named
        .iter()
        .filter(|(_, of, _)| *of == list.key())
        .map(|(field, ..)| *field)
        .collect();
    let mut audiences = settings::held(tx, me).await?;
    let mut narrowed = Vec::new();
    for code in touched {
        let of_field = || named.iter().filter(move |(field, ..)| *field == code);
        let excepted = of_field().any(|(_, of, excepted)| *excepted && *of == list.key());
        let others = of_field().any(|(_, of, excepted)| !*excepted && *of != list.key());
        let field = usize::try_from(code)
            .ok()
            .and_then(|index| Field::ALL.get(index).copied());
        if let Some(field) = field {
            narrowed.push(field);
            if excepted || !others {
                audiences = audiences.with(field, Audience::OnlyMe);
            }
        }
        on!(tx, c => diesel::delete(audience_lists::table)
            .filter(audience_lists::owner_id.eq(me.key()))
            .filter(audience_lists::field.eq(code))
            .filter(audience_lists::list_id.eq(list.key()))
            .execute(c)
            .await)?;
        if excepted || !others {
            on!(tx, c => diesel::delete(audience_lists::table)
                .filter(audience_lists::owner_id.eq(me.key()))
                .filter(audience_lists::field.eq(code))
                .execute(c)
                .await)?;
        }
    }
    settings::write(tx, me, &audiences).await?;
    Ok(narrowed)
}
