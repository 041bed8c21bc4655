//! Reading one's own notices. Which of them are there is asked in SQL by the rules of who exists and of what is read on
//! walls; that it agrees with the decision is proven by `tests/it/policy`.

use diesel::sql_types::{BigInt, Bool, Nullable, SmallInt, Text};
use diesel_async::RunQueryDsl;

use super::NoticeRow;
use crate::domain::{
    age::Today,
    id::{MemberId, NoticeId},
    notice::NoticeKind,
};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::store::{Error, Store, conn::on, statement::Statement, versions};
use crate::viewer::who::Viewer;

type Row = (
    (BigInt, BigInt, SmallInt, BigInt, Bool),
    (
        Nullable<BigInt>,
        Nullable<BigInt>,
        Nullable<BigInt>,
        Nullable<Text>,
    ),
);
type Loaded = (
    (i64, i64, i16, i64, bool),
    (Option<i64>, Option<i64>, Option<i64>, Option<String>),
);

/// Which part of one's own notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoticeSpan {
    /// Those alone that were made later, in milliseconds since the Unix epoch.
    pub made_after: i64,
    /// Those alone with a greater number, the least first.
    pub above: Option<i64>,
    /// Those alone with a lesser number.
    pub below: Option<i64>,
    /// Those alone that were not marked as read.
    pub unread: bool,
}

/// A page of them.
pub type NoticePage = Vec<NoticeRow>;

/// What a row says; nothing for a kind that is not known.
fn row(
    ((id, seq, kind, made_at, unread), (sender, about, above, announced)): Loaded,
) -> Option<NoticeRow> {
    Some(NoticeRow {
        id: NoticeId::from_key(id),
        seq,
        kind: NoticeKind::from_code(kind)?,
        made_at,
        unread,
        sender: sender.map(MemberId::from_key),
        about,
        above,
        announced: announced.map(Into::into),
    })
}

impl<R> Statement<R> {
    /// ` FROM` those of the viewer's own notices that are there for them; a condition may follow.
    fn own_notices(&mut self, me: MemberId, today: Today, made_after: i64) -> &mut Self {
        let viewer = Viewer::Member(me);
        self.sql(" FROM notices n WHERE n.member_id = ")
            .big_int(me.key())
            .sql(" AND n.made_at > ")
            .big_int(made_after)
            .sql(
                " AND (n.sender_id IS NULL OR n.post_id IS NULL AND EXISTS \
                 (SELECT 1 FROM standings s",
            )
            .join_viewer(viewer)
            .sql(" WHERE s.member_id = n.sender_id AND ")
            .meets(viewer, today)
            .sql(") OR n.post_id IS NOT NULL AND EXISTS (SELECT 1")
            .known_posts(viewer, today)
            .sql(" AND p.id = n.post_id))")
    }
}

impl Store {
    /// The viewer's own notices that are there for them, at most `limit`, the latest first.
    pub async fn notices(
        &self,
        permit: &Permit<KeepOwn>,
        today: Today,
        span: NoticeSpan,
        limit: i64,
    ) -> Result<NoticePage, Error> {
        let me = versions::owner(permit)?;
        let mut statement = Statement::<Row>::new(self.dialect());
        statement.told(me, today, span.made_after);
        if span.unread {
            statement.sql(" AND n.unread");
        }
        if let Some(above) = span.above {
            statement.sql(" AND n.seq > ").big_int(above);
        }
        if let Some(below) = span.below {
            statement.sql(" AND n.seq < ").big_int(below);
        }
        let order = if span.above.is_some() { "" } else { " DESC" };
        statement
            .sql(format!(" ORDER BY n.seq{order} LIMIT "))
            .big_int(limit);
        self.load_notices(statement).await
    }

    /// Those of the viewer's own notices that have these ids, in any order.
    pub async fn notices_by_id(
        &self,
        permit: &Permit<KeepOwn>,
        today: Today,
        made_after: i64,
        ids: &[NoticeId],
    ) -> Result<NoticePage, Error> {
        let me = versions::owner(permit)?;
        let ids: Vec<i64> = ids.iter().map(|id| id.key()).collect();
        let mut statement = Statement::<Row>::new(self.dialect());
        statement
            .told(me, today, made_after)
            .sql(" AND n.id")
            .in_ids(&ids);
        self.load_notices(statement).await
    }

    /// How many of the viewer's own notices are there for them and not marked as read.
    pub async fn unread_notices(
        &self,
        permit: &Permit<KeepOwn>,
        today: Today,
        made_after: i64,
    ) -> Result<i64, Error> {
        let me = versions::owner(permit)?;
        let conn = self.conn().await?;
        let mut statement = Statement::<BigInt>::new(conn.dialect());
        statement
            .sql("SELECT count(*)")
            .own_notices(me, today, made_after)
            .sql(" AND n.unread");
        on!(&conn, c => statement.get_result(c).await)
    }

    /// The number that the viewer's own notices have come to.
    pub async fn notice_seq(&self, permit: &Permit<KeepOwn>) -> Result<i64, Error> {
        let me = versions::owner(permit)?;
        let conn = self.conn().await?;
        let mut statement = Statement::<BigInt>::new(conn.dialect());
        statement
            .sql("SELECT coalesce(max(seq), 0) FROM notice_counts WHERE member_id = ")
            .big_int(me.key());
        on!(&conn, c => statement.get_result(c).await)
    }

    async fn load_notices(&self, statement: Statement<Row>) -> Result<NoticePage, Error> {
        let conn = self.conn().await?;
        let rows: Vec<Loaded> = on!(&conn, c => statement.load(c).await)?;
        Ok(rows.into_iter().filter_map(row).collect())
    }
}

impl Statement<Row> {
    fn told(&mut self, me: MemberId, today: Today, made_after: i64) -> &mut Self {
        self.sql(
            "SELECT n.id, n.seq, n.kind, n.made_at, n.unread, n.sender_id, n.post_id, \
             (SELECT q.parent_id FROM posts q WHERE q.id = n.post_id), \
             (SELECT a.body FROM announcements a WHERE a.id = n.announcement_id)",
        )
        .own_notices(me, today, made_after)
    }
}
