//! What arrives as it happens. Each event is decided anew, by the facts of its moment, and read then: what rings tells
//! nothing but that something may have come.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use async_graphql::{Context, ID, Object, Subscription};
use futures_util::{
    future::select_all,
    stream::{self, BoxStream},
};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::{
    connection::List, conversations::Conversation, fields::member_id, foresight::foresee,
    members::Member, messages::Message, notices::NoticeReceived,
};
use crate::domain::{
    id::{ConversationId, MemberId},
    profile::Field,
};
use crate::graphql::{
    context::Request,
    error::Error,
    guard::{self, Sight, sight},
    listeners::Listener,
};
use crate::privacy::{Permit, wishes::KeepOwn};
use crate::store::{self, Rung, Store, Topic, lists::Place, messages::MessageRow};
use crate::viewer::who::Viewer;

/// What arrives as it happens. It ends with the session that it began with.
#[derive(Debug, Default)]
pub struct Events;

/// A message that has arrived.
#[derive(Clone, Debug)]
pub struct MessageReceived(MessageRow);

/// A conversation of which something has changed.
#[derive(Clone, Debug)]
pub struct ConversationChanged {
    id: ConversationId,
    seq: i64,
}

/// A member who was here.
#[derive(Clone, Copy, Debug)]
pub struct Presence(MemberId);

/// How often it is looked whether the session still stands, and for what was not rung for.
const EVERY: Duration = Duration::from_secs(60);

/// The most members whose presence is followed at once.
const MOST_FOLLOWED: usize = 100;

/// What arrives as it happens. It ends with the session that it began with.
#[Subscription(name = "Subscription")]
impl Events {
    /// Each message as it arrives in the viewer's mailbox.
    async fn message_received(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The cursor of the last that was received: what has come since comes first."
        )]
        after: Option<String>,
    ) -> Result<BoxStream<'static, Result<MessageReceived, Error>>, Error> {
        follow(ctx, after.as_deref()).await
    }

    /// Each of the viewer's conversations as something of it changes: a message, what was read, what the viewer does with it
    /// elsewhere.
    async fn conversation_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The cursor of the last that was received: what has changed since comes first."
        )]
        after: Option<String>,
    ) -> Result<BoxStream<'static, Result<ConversationChanged, Error>>, Error> {
        follow(ctx, after.as_deref()).await
    }

    /// Each notice as it comes, where it is there for the viewer.
    async fn notice_received(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The cursor of the last that was received: what has come since comes first."
        )]
        after: Option<String>,
    ) -> Result<BoxStream<'static, Result<NoticeReceived, Error>>, Error> {
        follow(ctx, after.as_deref()).await
    }

    /// Each of these members when they were here, as far as they show the viewer when that was: once for each that is shown
    /// now, and then as it happens. Of others nothing comes, whatever the reason.
    async fn presence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; at most 100.")] members: Vec<ID>,
    ) -> Result<BoxStream<'static, Result<Presence, Error>>, Error> {
        if members.len() > MOST_FOLLOWED {
            return Err(Error::BadInput("`members` has at most 100 entries."));
        }
        let mut followed: Vec<MemberId> = members.iter().filter_map(member_id).collect();
        followed.sort_unstable();
        followed.dedup();
        let following = Following::open(ctx, followed).await?;
        Ok(Box::pin(stream::try_unfold(
            following,
            |mut following| async move {
                loop {
                    if let Some(member) = following.due.pop_front() {
                        // A ring that is not to show does nothing, and does not find out that the session is over.
                        following.request.refresh();
                        if guard::shows(&following.request, member, Field::LastSeen).await? {
                            following.request.renew().await?;
                            return Ok(Some((Presence(member), following)));
                        }
                    } else {
                        following.wait().await?;
                    }
                }
            },
        )))
    }
}

/// Something of the viewer's own that has a number, and comes in its order.
trait Numbered: Sized + Send + 'static {
    /// Of which list its cursors are.
    const LIST: List;

    /// What is rung for it.
    fn topic(me: MemberId) -> Topic;

    /// The number that has been come to.
    fn reached(
        store: &Store,
        permit: &Permit<KeepOwn>,
    ) -> impl Future<Output = Result<i64, store::Error>> + Send;

    /// What has come next after the number.
    fn after(
        request: &Request,
        permit: &Permit<KeepOwn>,
        seq: i64,
    ) -> impl Future<Output = Result<Option<(i64, Self)>, store::Error>> + Send;
}

impl Numbered for MessageReceived {
    const LIST: List = List::Arrivals;

    fn topic(me: MemberId) -> Topic {
        Topic::Mailbox(me)
    }

    async fn reached(store: &Store, permit: &Permit<KeepOwn>) -> Result<i64, store::Error> {
        store.mailbox_seq(permit).await
    }

    async fn after(
        request: &Request,
        permit: &Permit<KeepOwn>,
        seq: i64,
    ) -> Result<Option<(i64, Self)>, store::Error> {
        let store = &request.services().store;
        let next = store.arrived(permit, seq, 1).await?.pop();
        Ok(next.map(|row| (row.seq, Self(row))))
    }
}

impl Numbered for NoticeReceived {
    const LIST: List = List::Noticed;

    fn topic(me: MemberId) -> Topic {
        Topic::Notices(me)
    }

    async fn reached(store: &Store, permit: &Permit<KeepOwn>) -> Result<i64, store::Error> {
        store.notice_seq(permit).await
    }

    async fn after(
        request: &Request,
        permit: &Permit<KeepOwn>,
        seq: i64,
    ) -> Result<Option<(i64, Self)>, store::Error> {
        Self::after(request, permit, seq).await
    }
}

impl Numbered for ConversationChanged {
    const LIST: List = List::Changes;

    fn topic(me: MemberId) -> Topic {
        Topic::Mailbox(me)
    }

    async fn reached(store: &Store, permit: &Permit<KeepOwn>) -> Result<i64, store::Error> {
        store.mailbox_seq(permit).await
    }

    async fn after(
        request: &Request,
        permit: &Permit<KeepOwn>,
        seq: i64,
    ) -> Result<Option<(i64, Self)>, store::Error> {
        let store = &request.services().store;
        let next = store.conversations_changed(permit, seq, 1).await?.pop();
        Ok(next.map(|row| {
            let (id, seq) = (row.id, row.changed);
            (seq, Self { id, seq })
        }))
    }
}

/// What comes of a mailbox: what has come already first, and then as the bell rings. One is read at a time, when it is
/// taken: whoever is slow is given what is so then, and nothing waits for them here.
async fn follow<T: Numbered>(
    ctx: &Context<'_>,
    after: Option<&str>,
) -> Result<BoxStream<'static, Result<T, Error>>, Error> {
    let mailbox = Mailbox::open::<T>(ctx, after).await?;
    let all = stream::try_unfold(mailbox, |mut mailbox| async move {
        loop {
            // A ring that brings nothing does nothing, and does not find out that the session is over.
            mailbox.request.refresh();
            let (permit, _) = guard::own_of(&mailbox.request).await?;
            if let Some((seq, event)) = T::after(&mailbox.request, &permit, mailbox.seq).await? {
                mailbox.request.renew().await?;
                mailbox.seq = seq;
                return Ok(Some((event, mailbox)));
            }
            mailbox.wait().await?;
        }
    });
    Ok(Box::pin(all))
}

/// The viewer's own mailbox, or notices, followed from a number on.
struct Mailbox {
    request: Arc<Request>,
    _place: Listener,
    bell: Rung,
    session: Session,
    seq: i64,
}

/// The session in which somebody subscribed: whether it stands is looked at where one of theirs has ended, and now and
/// again, at times on which nothing else has a bearing.
struct Session {
    ended: Rung,
    ticks: Interval,
}

impl Session {
    fn of(store: &Store, me: MemberId) -> Self {
        let mut ticks = tokio::time::interval_at(Instant::now() + EVERY, EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            ended: store.bell(Topic::Sessions(me)),
            ticks,
        }
    }

    async fn doubtful(&mut self) {
        tokio::select! {
            () = self.ended.changed() => {}
            _ = self.ticks.tick() => {}
        }
    }
}

/// The request of a subscription, who it is that subscribes, and their place among the subscriptions of one.
fn subscriber(ctx: &Context<'_>) -> Result<(Arc<Request>, MemberId, Listener), Error> {
    let request = Request::shared(ctx);
    let Viewer::Member(me) = request.viewer() else {
        return Err(Error::Unauthenticated);
    };
    let place = request
        .services()
        .listeners
        .enter(me)
        .ok_or(Error::BadInput(
            "You have as many subscriptions as one can have.",
        ))?;
    Ok((request, me, place))
}

impl Mailbox {
    async fn open<T: Numbered>(ctx: &Context<'_>, after: Option<&str>) -> Result<Self, Error> {
        let (request, me, place) = subscriber(ctx)?;
        // Before it is looked how far the mailbox has come, so that nothing is missed.
        let bell = request.services().store.bell(T::topic(me));
        let seq = match after {
            Some(cursor) => T::LIST
                .open(&request.services().sealer, request.viewer(), cursor)
                .map(|place| place.id)
                .ok_or(Error::BadInput(
                    "`after` is not a cursor that this gave you.",
                ))?,
            None => {
                let (permit, _) = guard::own_of(&request).await?;
                T::reached(&request.services().store, &permit).await?
            }
        };
        Ok(Self {
            _place: place,
            session: Session::of(&request.services().store, me),
            bell,
            request,
            seq,
        })
    }

    async fn wait(&mut self) -> Result<(), Error> {
        tokio::select! {
            () = self.bell.changed() => Ok(()),
            () = self.session.doubtful() => self.request.renew().await,
        }
    }
}

/// The presence of some members.
struct Following {
    request: Arc<Request>,
    _place: Listener,
    members: Vec<MemberId>,
    /// Of each.
    bells: Vec<Rung>,
    session: Session,
    due: VecDeque<MemberId>,
}

impl Following {
    async fn open(ctx: &Context<'_>, members: Vec<MemberId>) -> Result<Self, Error> {
        let (request, me, place) = subscriber(ctx)?;
        let store = &request.services().store;
        let topics = members.iter().map(|member| Topic::Presence(*member));
        let bells = topics.map(|topic| store.bell(topic)).collect();
        let session = Session::of(store, me);
        // Each is decided anew when it is their turn; most of those who show nothing are left out at once.
        let due = guard::showing(&request, &members, Field::LastSeen).await?;
        Ok(Self {
            request,
            _place: place,
            members,
            bells,
            session,
            due: due.into(),
        })
    }

    async fn wait(&mut self) -> Result<(), Error> {
        if self.bells.is_empty() {
            self.session.doubtful().await;
            return self.request.renew().await;
        }
        let rung = self.bells.iter_mut().map(|bell| Box::pin(bell.changed()));
        tokio::select! {
            (_, nth, _) = select_all(rung) => {
                self.due.extend(self.members.get(nth));
                Ok(())
            }
            () = self.session.doubtful() => self.request.renew().await,
        }
    }
}

fn cursor(ctx: &Context<'_>, list: List, seq: i64) -> String {
    let request = Request::of(ctx);
    let place = Place { at: 0, id: seq };
    list.seal(&request.services().sealer, request.viewer(), place)
}

async fn conversation(
    ctx: &Context<'_>,
    id: ConversationId,
) -> Result<Option<Conversation>, Error> {
    Ok(Conversation::own(ctx, &[id], &[]).await?.pop())
}

/// A message that has arrived.
#[Object]
impl MessageReceived {
    /// The message.
    async fn message(&self) -> Message {
        self.0.clone().into()
    }

    /// The conversation in which it stands, as it is now.
    async fn conversation(&self, ctx: &Context<'_>) -> Sight<Conversation> {
        sight(conversation(ctx, self.0.conversation).await)
    }

    /// To go on from here, after the connection was lost.
    async fn cursor(&self, ctx: &Context<'_>) -> String {
        cursor(ctx, List::Arrivals, self.0.seq)
    }
}

/// A conversation of which something has changed.
#[Object]
impl ConversationChanged {
    /// The conversation, as it is now.
    async fn conversation(&self, ctx: &Context<'_>) -> Sight<Conversation> {
        sight(conversation(ctx, self.id).await)
    }

    /// To go on from here, after the connection was lost.
    async fn cursor(&self, ctx: &Context<'_>) -> String {
        cursor(ctx, List::Changes, self.seq)
    }
}

/// A member who was here.
#[Object]
impl Presence {
    /// The member; `profile.lastSeen` says when.
    async fn member(&self, ctx: &Context<'_>) -> Sight<Member> {
        let foreseen = foresee(ctx, &[], Some(self.0));
        sight(
            guard::meet(ctx, self.0, &foreseen)
                .await
                .map(|met| met.map(Member::from)),
        )
    }
}
