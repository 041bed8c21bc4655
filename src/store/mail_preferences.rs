//! Which mails a member wants (policy clause C76).

use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, IntoSql, QueryDsl,
    sql_types::{Bool, SmallInt},
};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    conn::{Conn, on},
    tables::{mail_preferences as preferences, members},
    versions,
};
use crate::domain::notice::Category;
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::viewer::refusing::Refusal;

/// Whether mails of a category are wanted.
pub type Wanted = (Category, bool);

impl Store {
    /// Which mails the viewer wants, of every category.
    pub async fn mail_preferences(&self, permit: &Permit<KeepOwn>) -> Result<Vec<Wanted>, Error> {
        let me = versions::owner(permit)?;
        wanted(&self.conn().await?, me.key()).await
    }

    /// Notes whether the viewer wants mails of a category that can be refused, for what is sent from now on.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] for one that cannot.
    pub async fn prefer_mail(
        &self,
        permit: &Permit<KeepOwn>,
        category: Category,
        wanted: bool,
    ) -> Result<(), Error> {
        let me = versions::owner(permit)?;
        keep(&self.conn().await?, me.key(), category, wanted).await
    }

    /// Carries out a refusal that came by a link of a mail. Where the member is gone, nothing is left to do, and nothing
    /// tells.
    pub async fn refuse_mail(&self, refusal: Refusal) -> Result<(), Error> {
        let (member, category) = (refusal.member().key(), refusal.category());
        keep(&self.conn().await?, member, category, false).await
    }
}

/// Which mails a member wants, of every category: asked where one is sent.
pub(super) async fn wanted(conn: &Conn, member: i64) -> Result<Vec<Wanted>, Error> {
    let chosen: Vec<(i16, bool)> = on!(conn, c => preferences::table
        .filter(preferences::member_id.eq(member))
        .select((preferences::category, preferences::wanted))
        .load(c)
        .await)?;
    let of = |category: Category| {
        let mut chosen = chosen.iter().filter(|_| category.refusable());
        chosen
            .find(|(code, _)| *code == category.code())
            .map_or_else(|| category.by_default(), |(_, wanted)| *wanted)
    };
    Ok(Category::ALL
        .map(|category| (category, of(category)))
        .into())
}

async fn keep(conn: &Conn, member: i64, category: Category, wanted: bool) -> Result<(), Error> {
    if !category.refusable() {
        return Err(Error::Missing);
    }
    on!(conn, c => members::table
        .filter(members::id.eq(member).and(members::id.gt(0)))
        .select((
            members::id,
            category.code().into_sql::<SmallInt>(),
            wanted.into_sql::<Bool>(),
        ))
        .insert_into(preferences::table)
        .into_columns((
            preferences::member_id,
            preferences::category,
            preferences::wanted,
        ))
        .on_conflict((preferences::member_id, preferences::category))
        .do_update()
        .set(preferences::wanted.eq(wanted))
        .execute(c)
        .await)?;
    Ok(())
}
