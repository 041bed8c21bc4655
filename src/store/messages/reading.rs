//! Reading one's own mailbox. What somebody wrote whose account was frozen, as a child's is, is shown to nobody.

use diesel::sql_types::{BigInt, Bool, Nullable, SmallInt, Text};
use diesel_async::RunQueryDsl;

use super::{ConversationRow, MOST_UNREAD, MessageRow};
use crate::domain::{
    id::{ConversationId, MemberId, MessageId},
    message::{self, Stage},
    search::Term,
    standing::Standing,
};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::store::{
    Error, Store,
    conn::on,
    statement::{Dialect, Statement},
    versions,
};

/// Which of one's conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// Those that are accepted and not put away.
    Inbox,
    /// What others have written who are no penpals, until it is accepted.
    Requests,
    /// Those that are put away.
    Archive,
}

/// Which part of a list that is ordered by numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Window {
    /// Those alone with a greater number.
    pub above: Option<i64>,
    /// Those alone with a lesser number.
    pub below: Option<i64>,
    /// The least numbers first.
    pub ascending: bool,
}

/// A page of them.
pub type Page<T> = Vec<T>;

type SideRow = (
    (BigInt, Nullable<BigInt>, SmallInt, Bool, Bool),
    (BigInt, BigInt, BigInt, BigInt, Nullable<Text>, BigInt),
);
type SideLoaded = (
    (i64, Option<i64>, i16, bool, bool),
    (i64, i64, i64, i64, Option<String>, i64),
);
type EntryRow = (
    (BigInt, BigInt, BigInt, Bool),
    (BigInt, Text, Nullable<BigInt>, Bool),
);
type EntryLoaded = ((i64, i64, i64, bool), (i64, String, Option<i64>, bool));

fn conversation(
    ((id, other, stage, archived, muted), (latest, read, changed, unread, draft, shown)): SideLoaded,
) -> ConversationRow {
    ConversationRow {
        id: ConversationId::from_key(id),
        other: other.map(MemberId::from_key),
        stage: Stage::from_code(stage),
        archived,
        muted,
        latest,
        read,
        changed,
        unread,
        draft: draft.map(Into::into),
        shown,
    }
}

fn message(
    ((seq, id, conversation, mine), (sent_at, text, read_at, read)): EntryLoaded,
) -> MessageRow {
    MessageRow {
        id: MessageId::from_key(id),
        conversation: ConversationId::from_key(conversation),
        seq,
        mine,
        sent_at,
        text: text.into(),
        read_at,
        read,
    }
}

impl<R> Statement<R> {
    /// A condition: the entry's message was not written by somebody whose account is frozen. What is not the viewer's own is
    /// the other's, of whom `w` is the standing.
    fn not_of_the_frozen(&mut self) -> &mut Self {
        self.sql(format!(
            "(e.mine OR coalesce(w.standing, {}) <> {})",
            Standing::Active.code(),
            Standing::Frozen.code()
        ))
    }

    fn within(&mut self, column: &str, window: Window) -> &mut Self {
        if let Some(above) = window.above {
            self.sql(format!(" AND {column} > ")).big_int(above);
        }
        if let Some(below) = window.below {
            self.sql(format!(" AND {column} < ")).big_int(below);
        }
        self
    }

    fn ordered(&mut self, column: &str, window: Window, limit: i64) -> &mut Self {
        let order = if window.ascending { "" } else { " DESC" };
        self.sql(format!(" ORDER BY {column}{order} LIMIT "))
            .big_int(limit)
    }
}

impl Statement<SideRow> {
    /// One's sides of conversations in which something is or was; a condition may follow.
    fn conversations(dialect: Dialect, me: MemberId) -> Self {
        let mut statement = Self::new(dialect);
        statement
            .sql(
                "SELECT d.conversation_id, d.other_id, d.state, d.archived, d.muted, d.latest_seq, d.read_seq, \
                 d.changed_seq, (SELECT count(*) FROM (SELECT 1 FROM mailbox_entries e WHERE e.member_id = d.member_id \
                 AND e.conversation_id = d.conversation_id AND e.seq > d.read_seq AND NOT e.mine AND ",
            )
            .not_of_the_frozen()
            .sql(" LIMIT ")
            .big_int(MOST_UNREAD)
            .sql(
                ") u), d.draft, coalesce((SELECT e.seq FROM mailbox_entries e WHERE e.member_id = d.member_id \
                 AND e.conversation_id = d.conversation_id AND ",
            )
            .not_of_the_frozen()
            .sql(format!(
                " ORDER BY e.seq DESC LIMIT 1), 0) FROM conversation_sides d LEFT JOIN standings w \
                 ON w.member_id = d.other_id WHERE d.state <> {} AND d.member_id = ",
                Stage::Nothing.code()
            ))
            .big_int(me.key());
        statement
    }
}

impl Statement<EntryRow> {
    /// One's own messages; a condition may follow.
    fn messages(dialect: Dialect, me: MemberId) -> Self {
        let mut statement = Self::new(dialect);
        statement.own(me);
        statement
    }

    fn own(&mut self, me: MemberId) -> &mut Self {
        self
            .sql(
                "SELECT e.seq, m.id, e.conversation_id, e.mine, m.sent_at, m.body, \
                 CASE WHEN e.mine THEN m.read_at END, (e.mine OR e.seq <= d.read_seq) \
                 FROM mailbox_entries e JOIN messages m ON m.id = e.message_id \
                 JOIN conversation_sides d ON d.member_id = e.member_id AND d.conversation_id = e.conversation_id \
                 LEFT JOIN standings w ON w.member_id = d.other_id \
                 WHERE e.member_id = ",
            )
            .big_int(me.key())
            .sql(" AND ")
            .not_of_the_frozen()
    }
}

impl Store {
    async fn load_sides(
        &self,
        statement: Statement<SideRow>,
    ) -> Result<Page<ConversationRow>, Error> {
        let mut conn = self.conn().await?;
        let rows: Vec<SideLoaded> = on!(&mut conn, c => statement.load(c).await)?;
        Ok(rows.into_iter().map(conversation).collect())
    }

    async fn load_entries(
        &self,
        statement: Statement<EntryRow>,
    ) -> Result<Page<MessageRow>, Error> {
        let mut conn = self.conn().await?;
        let rows: Vec<EntryLoaded> = on!(&mut conn, c => statement.load(c).await)?;
        Ok(rows.into_iter().map(message).collect())
    }

    /// The viewer's own conversations of a folder, the latest first: at most `limit`, of which something happened before
    /// the number `below`.
    pub async fn conversations(
        &self,
        permit: &Permit<KeepOwn>,
        folder: Folder,
        below: Option<i64>,
        limit: i64,
    ) -> Result<Page<ConversationRow>, Error> {
        let me = versions::owner(permit)?;
        let mut statement = Statement::conversations(self.dialect(), me);
        let request = Stage::Request.code();
        statement.sql(match folder {
            Folder::Inbox => {
                format!(" AND d.latest_seq > 0 AND d.state <> {request} AND NOT d.archived")
            }
            Folder::Requests => {
                format!(" AND d.latest_seq > 0 AND d.state = {request} AND NOT d.archived")
            }
            Folder::Archive => " AND d.latest_seq > 0 AND d.archived".to_owned(),
        });
        // One of which nothing is shown any more is in no folder.
        statement
            .sql(
                " AND EXISTS (SELECT 1 FROM mailbox_entries e WHERE e.member_id = d.member_id \
                 AND e.conversation_id = d.conversation_id AND ",
            )
            .not_of_the_frozen()
            .sql(")");
        let window = Window {
            below,
            ..Window::default()
        };
        statement
            .within("d.latest_seq", window)
            .ordered("d.latest_seq", window, limit);
        self.load_sides(statement).await
    }

    /// Those of the viewer's own conversations that have these ids, in the order of their ids: as they lie, they would tell
    /// when the others' sides of them have changed, by the order in which their messages are asked for.
    pub async fn conversations_by_id(
        &self,
        permit: &Permit<KeepOwn>,
        ids: &[ConversationId],
    ) -> Result<Page<ConversationRow>, Error> {
        let me = versions::owner(permit)?;
        let ids: Vec<i64> = ids.iter().map(|id| id.key()).collect();
        let mut statement = Statement::conversations(self.dialect(), me);
        statement.sql(" AND d.conversation_id").in_ids(&ids);
        let mut rows = self.load_sides(statement).await?;
        rows.sort_unstable_by_key(|row| row.id);
        Ok(rows)
    }

    /// The viewer's own conversation with somebody, where there is anything in it.
    pub async fn conversation_with(
        &self,
        permit: &Permit<KeepOwn>,
        other: MemberId,
    ) -> Result<Option<ConversationRow>, Error> {
        let me = versions::owner(permit)?;
        let mut statement = Statement::conversations(self.dialect(), me);
        statement.sql(" AND d.other_id = ").big_int(other.key());
        Ok(self.load_sides(statement).await?.pop())
    }

    /// The viewer's own conversations that have changed since the number `above`, in that order.
    pub async fn conversations_changed(
        &self,
        permit: &Permit<KeepOwn>,
        above: i64,
        limit: i64,
    ) -> Result<Page<ConversationRow>, Error> {
        let me = versions::owner(permit)?;
        let window = Window {
            above: Some(above),
            ascending: true,
            ..Window::default()
        };
        let mut statement = Statement::conversations(self.dialect(), me);
        statement
            .within("d.changed_seq", window)
            .ordered("d.changed_seq", window, limit);
        self.load_sides(statement).await
    }

    /// Messages of these of the viewer's own conversations, at most `limit` of each, in any order.
    pub async fn messages(
        &self,
        permit: &Permit<KeepOwn>,
        conversations: &[ConversationId],
        window: Window,
        limit: i64,
    ) -> Result<Page<MessageRow>, Error> {
        let me = versions::owner(permit)?;
        if conversations.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = Statement::<EntryRow>::new(self.dialect());
        if conversations.len() > 1 {
            // A text for each number of them.
            statement.in_passing();
        }
        for (nth, conversation) in conversations.iter().enumerate() {
            statement
                .sql(if nth == 0 { "" } else { " UNION ALL " })
                .sql("SELECT * FROM (")
                .own(me)
                .sql(" AND e.conversation_id = ")
                .big_int(conversation.key())
                .within("e.seq", window)
                .ordered("e.seq", window, limit)
                .sql(") AS of_one");
        }
        self.load_entries(statement).await
    }

    /// Those of the viewer's own messages that have these numbers, in any order.
    pub async fn messages_at(
        &self,
        permit: &Permit<KeepOwn>,
        seqs: &[i64],
    ) -> Result<Page<MessageRow>, Error> {
        let me = versions::owner(permit)?;
        let mut statement = Statement::messages(self.dialect(), me);
        statement.sql(" AND e.seq").in_ids(seqs);
        self.load_entries(statement).await
    }

    /// Those of the viewer's own messages that have these ids, in any order.
    pub async fn messages_by_id(
        &self,
        permit: &Permit<KeepOwn>,
        ids: &[MessageId],
    ) -> Result<Page<MessageRow>, Error> {
        let me = versions::owner(permit)?;
        let ids: Vec<i64> = ids.iter().map(|id| id.key()).collect();
        let mut statement = Statement::messages(self.dialect(), me);
        statement.sql(" AND e.message_id").in_ids(&ids);
        self.load_entries(statement).await
    }

    /// What has arrived in the viewer's own mailbox since the number `above`, in that order.
    pub async fn arrived(
        &self,
        permit: &Permit<KeepOwn>,
        above: i64,
        limit: i64,
    ) -> Result<Page<MessageRow>, Error> {
        let me = versions::owner(permit)?;
        let window = Window {
            above: Some(above),
            ascending: true,
            ..Window::default()
        };
        let mut statement = Statement::messages(self.dialect(), me);
        statement
            .sql(" AND NOT e.mine")
            .within("e.seq", window)
            .ordered("e.seq", window, limit);
        self.load_entries(statement).await
    }

    /// The viewer's own messages in which there is one of the terms of each word, the latest first, at most `limit` below
    /// a number. The index has for each message who has it, and so gives no others.
    pub async fn search_messages(
        &self,
        permit: &Permit<KeepOwn>,
        words: &[Vec<Term>],
        below: Option<i64>,
        limit: i64,
    ) -> Result<Page<MessageRow>, Error> {
        let me = versions::owner(permit)?;
        let (and, or, quote) = match self.dialect() {
            Dialect::Sqlite => (" AND ", " OR ", '"'),
            Dialect::Postgres => (" & ", " | ", '\''),
        };
        let quoted = |term: &str| format!("{quote}{term}{quote}");
        let mut query = quoted(&message::holder(me));
        for forms in words {
            let forms: Vec<String> = forms.iter().map(|term| quoted(term.as_str())).collect();
            query = format!("{query}{and}({})", forms.join(or));
        }
        let mut statement = Statement::messages(self.dialect(), me);
        statement
            .either(
                " AND m.id IN (SELECT rowid FROM message_terms WHERE message_terms MATCH ",
                " AND m.indexed @@ CAST(",
            )
            .text(query)
            .either(")", " AS tsquery)");
        let window = Window {
            below,
            ..Window::default()
        };
        statement
            .within("e.seq", window)
            .ordered("e.seq", window, limit);
        self.load_entries(statement).await
    }

    /// The number that the viewer's own mailbox has come to.
    pub async fn mailbox_seq(&self, permit: &Permit<KeepOwn>) -> Result<i64, Error> {
        let me = versions::owner(permit)?;
        let mut conn = self.conn().await?;
        let mut statement = Statement::<BigInt>::new(conn.dialect());
        statement
            .sql("SELECT coalesce(max(seq), 0) FROM mailboxes WHERE member_id = ")
            .big_int(me.key());
        on!(&mut conn, c => statement.get_result(c).await)
    }
}
