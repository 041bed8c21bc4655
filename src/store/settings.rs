//! A member's own audiences.

use diesel::{ExpressionMethods, Insertable, JoinOnDsl, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{
    Conflict, Error, Store,
    conn::{Conn, on},
    search,
    tables::{audience_lists, list_members, lists, standings},
    versions,
};
use crate::domain::{
    age::{self, BirthDate},
    audience::Audience,
    findable::{Findable, Way},
    id::{ListId, MemberId},
    profile::{Audiences, Field},
    standing::Standing,
};
use crate::privacy::{Permit, wishes::KeepOwn};

/// The row with which a member begins.
#[derive(Insertable)]
#[diesel(table_name = standings)]
pub(super) struct NewStanding {
    member_id: i64,
    standing: i16,
    turns_13_on: Option<i32>,
    turns_18_on: Option<i32>,
    privacy_version: i64,
    uses_lists: bool,
    audiences: String,
    findable: String,
}

impl NewStanding {
    pub(super) fn new(
        member: MemberId,
        birth: Option<BirthDate>,
        audiences: &Audiences,
        findable: &Findable,
    ) -> Self {
        let doors = birth.map(age::boundaries);
        Self {
            member_id: member.key(),
            standing: Standing::Active.code(),
            turns_13_on: doors.map(|doors| doors.turns_13_on),
            turns_18_on: doors.map(|doors| doors.turns_18_on),
            privacy_version: 1,
            uses_lists: false,
            audiences: audiences.digits(),
            findable: findable.digits(),
        }
    }
}

/// Who may see a field, as its owner chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The field.
    pub field: Field,
    /// The audience.
    pub audience: Audience,
    /// The lists to which the field is shown, where the audience is [`Audience::Lists`]; else none.
    pub lists: Vec<ListId>,
    /// The lists whose members are excepted from the audience.
    pub except: Vec<ListId>,
}

/// A list that a field's audience names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The field.
    pub field: Field,
    /// The list.
    pub list: ListId,
    /// Whether those on it are excepted, rather than shown the field.
    pub excepted: bool,
}

impl Store {
    /// Sets some of the viewer's own audiences; effective for the very next read by anyone (clause C82).
    ///
    /// That none is wider than the field allows is for the caller to have refused; the table refuses
    /// contact details wider than penpals, and the decision draws in whatever is too wide.
    ///
    /// # Errors
    ///
    /// [`Conflict::Stale`] when one of the lists is not, or no longer, the viewer's.
    pub async fn set_audiences(
        &self,
        permit: &Permit<KeepOwn>,
        choices: &[Choice],
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        if choices.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let mut audiences = held(&mut tx, me).await?;
            for choice in choices {
                audiences = audiences.with(choice.field, choice.audience);
                name_lists(&mut tx, me, choice).await?;
            }
            write(&mut tx, me, &audiences).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Sets all of the viewer's own audiences at once; no list is named any more.
    pub async fn replace_audiences(
        &self,
        permit: &Permit<KeepOwn>,
        audiences: &Audiences,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            // The audiences are for somebody of the age that the decision saw.
            versions::hold(&mut tx, permit).await?;
            on!(&mut tx, c => diesel::delete(audience_lists::table)
                .filter(audience_lists::owner_id.eq(me.key()))
                .execute(c)
                .await)?;
            write(&mut tx, me, audiences).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Sets who can find the viewer, in some ways; effective for the very next read by anyone (clause C82).
    ///
    /// That none is wider than the age allows is for the caller to have refused.
    pub async fn set_findable(
        &self,
        permit: &Permit<KeepOwn>,
        choices: &[(Way, Audience)],
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        if choices.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let outcome = async {
            versions::hold_own(&mut tx, me).await?;
            let digits: String = on!(&mut tx, c => standings::table
                .find(me.key())
                .select(standings::findable)
                .first(c)
                .await)?;
            let findable = choices.iter().fold(
                Findable::from_digits(&digits),
                |findable, (way, audience)| findable.with(*way, *audience),
            );
            on!(&mut tx, c => diesel::update(standings::table.find(me.key()))
                .set(standings::findable.eq(findable.digits()))
                .execute(c)
                .await)?;
            search::write(&mut tx, me).await?;
            versions::raise(&mut tx, &[me.key()]).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Of the lists that the viewer's own audiences name, those on which `member` stands.
    pub async fn lists_naming(
        &self,
        permit: &Permit<KeepOwn>,
        member: MemberId,
    ) -> Result<Vec<Named>, Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        let rows: Vec<NamedRow> = on!(&mut conn, c => audience_lists::table
            .inner_join(list_members::table
                .on(list_members::list_id.eq(audience_lists::list_id)))
            .filter(audience_lists::owner_id.eq(me.key()))
            .filter(list_members::member_id.eq(member.key()))
            .select((audience_lists::field, audience_lists::list_id, audience_lists::excepted))
            .load(c)
            .await)?;
        Ok(rows.into_iter().filter_map(named).collect())
    }

    /// The lists that the viewer's own audiences name.
    pub async fn named_lists(&self, permit: &Permit<KeepOwn>) -> Result<Vec<Named>, Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        let rows: Vec<NamedRow> = on!(&mut conn, c => audience_lists::table
            .inner_join(lists::table.on(lists::id.eq(audience_lists::list_id)))
            .filter(audience_lists::owner_id.eq(me.key()))
            .order((audience_lists::field, lists::name_folded))
            .select((audience_lists::field, audience_lists::list_id, audience_lists::excepted))
            .load(c)
            .await)?;
        Ok(rows.into_iter().filter_map(named).collect())
    }
}

/// Field, list, and whether it is excepted.
type NamedRow = (i16, i64, bool);

fn named((field, list, excepted): NamedRow) -> Option<Named> {
    Some(Named {
        field: *Field::ALL.get(usize::try_from(field).ok()?)?,
        list: ListId::from_key(list),
        excepted,
    })
}

/// A field as `audience_lists` knows it.
pub(super) fn code(field: Field) -> i16 {
    i16::try_from(field.index()).unwrap_or(i16::MAX)
}

/// The audiences as chosen, in a transaction that holds the member.
pub(super) async fn held(tx: &mut Conn, me: MemberId) -> Result<Audiences, Error> {
    let digits: String = on!(tx, c => standings::table
        .find(me.key())
        .select(standings::audiences)
        .first(c)
        .await)?;
    Ok(Audiences::from_digits(&digits))
}

/// Writes the audiences, notes whether any of them names a list, and raises the version.
pub(super) async fn write(tx: &mut Conn, me: MemberId, audiences: &Audiences) -> Result<(), Error> {
    let named: i64 = on!(tx, c => audience_lists::table
        .filter(audience_lists::owner_id.eq(me.key()))
        .count()
        .get_result(c)
        .await)?;
    on!(tx, c => diesel::update(standings::table.find(me.key()))
        .set((
            standings::audiences.eq(audiences.digits()),
            standings::uses_lists.eq(named > 0),
        ))
        .execute(c)
        .await)?;
    search::write(tx, me).await?;
    versions::raise(tx, &[me.key()]).await
}

async fn name_lists(tx: &mut Conn, me: MemberId, choice: &Choice) -> Result<(), Error> {
    let field = code(choice.field);
    on!(tx, c => diesel::delete(audience_lists::table)
        .filter(audience_lists::owner_id.eq(me.key()))
        .filter(audience_lists::field.eq(field))
        .execute(c)
        .await)?;
    let lists = choice.lists.iter().map(|list| (list, false));
    for (list, excepted) in lists.chain(choice.except.iter().map(|list| (list, true))) {
        let mine: i64 = on!(tx, c => lists::table
            .filter(lists::owner_id.eq(me.key()))
            .filter(lists::id.eq(list.key()))
            .count()
            .get_result(c)
            .await)?;
        if mine == 0 {
            return Err(Error::Conflict(Conflict::Stale));
        }
        on!(tx, c => diesel::insert_into(audience_lists::table)
            .values((
                audience_lists::owner_id.eq(me.key()),
                audience_lists::field.eq(field),
                audience_lists::list_id.eq(list.key()),
                audience_lists::excepted.eq(excepted),
            ))
            .execute(c)
            .await)?;
    }
    Ok(())
}
