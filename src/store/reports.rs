//! What members report to moderation: the message in question or the member, and nothing else.

use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl};
use diesel_async::RunQueryDsl;

use super::{
    Conflict, Error, Store,
    conn::on,
    messages,
    tables::{mailbox_entries as entries, messages as written, reports},
    versions,
};
use crate::domain::id::{MessageId, ReportId};
use crate::privacy::{
    Permit,
    wishes::{KeepOwn, Report},
};

/// The most reports of one member's that are kept.
const MOST: i64 = 500;

/// What is reported, in what is said of it.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// Its id.
    pub id: ReportId,
    /// The reason's number.
    pub reason: i16,
    /// What the one who reports has to say.
    pub remark: Option<String>,
    /// When, in milliseconds since the Unix epoch.
    pub now: i64,
}

/// What is reported.
#[derive(Debug)]
pub enum Reported<'a> {
    /// A member who exists for the one who reports.
    Member(&'a Permit<Report>),
    /// A message that the one who reports has received.
    Message(&'a Permit<KeepOwn>, MessageId),
}

impl Store {
    /// Keeps a report; of a message, a copy.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when the viewer has received no such message, [`Conflict::Full`] where they have reported as much
    /// as one may, [`Conflict::Stale`] when the decision no longer stands.
    pub async fn report(&self, reported: Reported<'_>, complaint: &Complaint) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        let outcome = async {
            type Copied = (i64, String, i64);
            let (me, accused, message): (i64, i64, Option<Copied>) = match reported {
                Reported::Member(permit) => {
                    versions::hold(&mut tx, permit).await?;
                    (permit.viewer().key(), permit.subject().key(), None)
                }
                Reported::Message(permit, message) => {
                    let me = versions::owner(permit)?;
                    versions::hold_own(&mut tx, me).await?;
                    messages::shown(&mut tx, me, message).await?;
                    let (sender, body, sent_at): (i64, String, i64) = on!(&mut tx, c => entries::table
                        .inner_join(written::table.on(written::id.eq(entries::message_id)))
                        .filter(entries::member_id.eq(me.key()))
                        .filter(entries::message_id.eq(message.key()))
                        .filter(entries::mine.eq(false))
                        .select((written::sender_id, written::body, written::sent_at))
                        .first(c)
                        .await)?;
                    (me.key(), sender, Some((message.key(), body, sent_at)))
                }
            };
            let held: i64 = on!(&mut tx, c => reports::table
                .filter(reports::reporter_id.eq(me))
                .count()
                .get_result(c)
                .await)?;
            if held >= MOST {
                return Err(Error::Conflict(Conflict::Full));
            }
            let (message, body, sent_at) = match message {
                Some((message, body, sent_at)) => (Some(message), Some(body), Some(sent_at)),
                None => (None, None, None),
            };
            on!(&mut tx, c => diesel::insert_into(reports::table)
                .values((
                    reports::id.eq(complaint.id.key()),
                    reports::reporter_id.eq(me),
                    reports::accused_id.eq(accused),
                    reports::reason.eq(complaint.reason),
                    reports::remark.eq(complaint.remark.as_deref()),
                    reports::message_id.eq(message),
                    reports::message_body.eq(body.as_deref()),
                    reports::message_sent_at.eq(sent_at),
                    reports::reported_at.eq(complaint.now),
                ))
                .execute(c)
                .await)?;
            Ok(())
        }
        .await;
        tx.settle(outcome).await
    }
}
