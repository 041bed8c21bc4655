//! News by mail of what others did: when some may be due. A row is written whether or not what happened is there for its
//! receiver; whether there is anything to tell is asked when the mail goes, as it is for whoever looks.

use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, IntoSql, JoinOnDsl, QueryDsl,
    sql_types::BigInt,
};
use diesel_async::RunQueryDsl;

use super::{
    Error, Store,
    conn::{Conn, on},
    mail_preferences,
    outbox::{self, NewMail},
    tables::{accounts, members, news, standings},
};
use crate::domain::{
    id::{LinkId, MemberId},
    mail::{MailKind, NEWS_AFTER, NEWS_PAUSE},
    notice::Category,
    standing::Standing,
};

/// How many are looked at in one go.
const AT_ONCE: i64 = 100;

/// That news may be due for a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// For whom.
    pub member: MemberId,
    /// What was at this time or before is not news, in milliseconds since the Unix epoch.
    pub since: i64,
    due_at: i64,
}

/// Notes that news may be due for a member in a while, unless that is noted already.
pub(super) async fn note(tx: &Conn, member: i64, now: i64) -> Result<(), Error> {
    on!(tx, c => members::table
        .filter(members::id.eq(member).and(members::id.gt(0)))
        .select((
            members::id,
            (now - 1).into_sql::<BigInt>(),
            (now + NEWS_AFTER.num_milliseconds()).into_sql::<BigInt>(),
        ))
        .insert_into(news::table)
        .into_columns((news::member_id, news::since, news::due_at))
        .on_conflict(news::member_id)
        .do_nothing()
        .execute(c)
        .await)?;
    Ok(())
}

impl Store {
    /// For whom news may be due now; a hundred at most.
    pub async fn due_news(&self, now: i64) -> Result<Vec<Due>, Error> {
        let conn = self.conn().await?;
        let rows: Vec<(i64, i64, i64)> = on!(&conn, c => news::table
            .filter(news::due_at.le(now))
            .order((news::due_at, news::member_id))
            .limit(AT_ONCE)
            .select((news::member_id, news::since, news::due_at))
            .load(c)
            .await)?;
        let due = |(member, since, due_at)| Due {
            member: MemberId::from_key(member),
            since,
            due_at,
        };
        Ok(rows.into_iter().map(due).collect())
    }

    /// Whether a member is to have news by mail at all: they want it, and have said that the address is theirs.
    pub async fn wants_news(&self, member: MemberId) -> Result<bool, Error> {
        let conn = self.conn().await?;
        let served: Vec<i64> = on!(&conn, c => accounts::table
            .inner_join(standings::table.on(standings::member_id.eq(accounts::member_id)))
            .filter(accounts::member_id.eq(member.key()))
            .filter(accounts::confirmed_at.is_not_null())
            .filter(standings::standing.ne(Standing::Frozen.code()))
            .select(accounts::member_id)
            .load(c)
            .await)?;
        let wanted = mail_preferences::wanted(&conn, member.key()).await?;
        Ok(!served.is_empty() && wanted.contains(&(Category::Social, true)))
    }

    /// Has a mail with news go, where nobody else has meanwhile; more is told after a while at the earliest.
    pub async fn send_news(&self, due: Due, mail: LinkId, now: i64) -> Result<(), Error> {
        let tx = self.begin().await?;
        let outcome = async {
            let taken = on!(&tx, c => diesel::update(news::table.find(due.member.key()))
                .filter(news::due_at.eq(due.due_at))
                .set((
                    news::since.eq(now),
                    news::due_at.eq(now + NEWS_PAUSE.num_milliseconds()),
                ))
                .execute(c)
                .await)?;
            let to = outbox::address_of(&tx, &self.keys, due.member).await?;
            let Some(to) = to.filter(|_| taken == 1) else {
                return Ok(());
            };
            let mail = NewMail {
                id: mail.key(),
                kind: MailKind::News,
                to: &to,
                now: due.since,
            };
            outbox::post(&tx, &self.keys, due.member.key(), mail).await
        }
        .await;
        tx.settle(outcome).await
    }

    /// Forgets that news might have been due: there is none.
    pub async fn no_news(&self, due: Due) -> Result<(), Error> {
        let conn = self.conn().await?;
        on!(&conn, c => diesel::delete(news::table.find(due.member.key()))
            .filter(news::due_at.eq(due.due_at))
            .execute(c)
            .await)?;
        Ok(())
    }
}
