//! Who may write to a member, as the member chose.

use diesel::{AsChangeset, Insertable, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    conn::{Conn, on},
    tables::contact_rules,
    versions,
};
use crate::domain::{audience::Audience, contact::ContactRules, place::Country};
use crate::privacy::{Permit, wishes::KeepOwn};

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = contact_rules)]
#[diesel(treat_none_as_null = true)]
pub(super) struct NewRules {
    member_id: i64,
    pub(super) writers: i16,
    pub(super) youngest: Option<i16>,
    pub(super) oldest: Option<i16>,
    pub(super) countries: String,
    pub(super) share_language: bool,
    pub(super) share_interest: bool,
    pub(super) least_length: i32,
}

impl Store {
    /// The member's own rules.
    pub async fn contact_rules(&self, permit: &Permit<KeepOwn>) -> Result<ContactRules, Error> {
        let me = versions::owner(permit)?;
        rules(&self.conn().await?, me.key()).await
    }

    /// Sets the member's own rules, for what is written from now on.
    pub async fn set_contact_rules(
        &self,
        permit: &Permit<KeepOwn>,
        rules: &ContactRules,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        let mut tx = self.begin().await?;
        let outcome = async {
            // What is being written to the member is decided before, or after.
            versions::hold_own(&mut tx, me).await?;
            keep(&mut tx, me.key(), rules).await
        }
        .await;
        tx.settle(outcome).await
    }
}

/// A member's rules, as the table has them.
pub(super) fn row(member: i64, rules: &ContactRules) -> NewRules {
    let small = |number: i32| i16::try_from(number).unwrap_or(i16::MAX);
    let countries: Vec<&str> = rules.countries.iter().map(|it| it.code()).collect();
    NewRules {
        member_id: member,
        writers: match rules.writers {
            Audience::OnlyMe | Audience::Lists => 0,
            Audience::Penpals => 2,
            Audience::Members | Audience::Public => 3,
        },
        youngest: rules.youngest.map(small),
        oldest: rules.oldest.map(small),
        countries: countries.join(" "),
        share_language: rules.share_language,
        share_interest: rules.share_interest,
        least_length: rules.least_length,
    }
}

/// Writes a member's rules.
pub(super) async fn keep(tx: &mut Conn, member: i64, rules: &ContactRules) -> Result<(), Error> {
    let row = row(member, rules);
    on!(tx, c => diesel::insert_into(contact_rules::table)
        .values(&row)
        .on_conflict(contact_rules::member_id)
        .do_update()
        .set(&row)
        .execute(c)
        .await)?;
    Ok(())
}

/// A member's rules, for the decision whether a message is wanted.
pub(super) async fn rules(conn: &Conn, member: i64) -> Result<ContactRules, Error> {
    type Row = (i16, Option<i16>, Option<i16>, String, bool, bool, i32);
    let row: Option<Row> = on!(conn, c => contact_rules::table
        .find(member)
        .select((
            contact_rules::writers,
            contact_rules::youngest,
            contact_rules::oldest,
            contact_rules::countries,
            contact_rules::share_language,
            contact_rules::share_interest,
            contact_rules::least_length,
        ))
        .first(c)
        .await
        .optional())?;
    let Some((writers, youngest, oldest, countries, share_language, share_interest, least_length)) =
        row
    else {
        return Ok(ContactRules::unchosen());
    };
    Ok(ContactRules {
        writers: match writers {
            3 => Audience::Members,
            2 => Audience::Penpals,
            _ => Audience::OnlyMe,
        },
        youngest: youngest.map(i32::from),
        oldest: oldest.map(i32::from),
        countries: countries
            .split(' ')
            .filter_map(|code| Country::parse(code).ok())
            .collect(),
        share_language,
        share_interest,
        least_length,
    })
}
