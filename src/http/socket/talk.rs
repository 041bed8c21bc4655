//! What is said on one socket, from its opening to its close.

use std::{sync::Arc, time::Duration};

use async_graphql::parser::types::OperationType;
use futures_util::{SinkExt, StreamExt};
use poem::web::websocket::{CloseCode, Message, WebSocketStream};
use serde_json::{Map, Value as Json};
use tokio::time::Instant;

use super::{
    Terms,
    message::{self, Answered, Said},
    operations::Operations,
};
use crate::{
    graphql::{
        arrival::{Arrival, Credential},
        error::Code,
    },
    http::{
        Wire, answer, cookies,
        document::Objection,
        inquiry,
        intake::{Intake, Told},
        live::{Guest, Patience},
        refusal,
    },
};

/// How long the reason of a close may be, in bytes (RFC 6455, 5.5).
const LONGEST_REASON: usize = 123;

/// How long the client may take to answer a close.
const PARTING_PATIENCE: Duration = Duration::from_secs(2);

/// After how many heartbeats, in halves, a client that says nothing is given up.
const SILENT_HALVES: u32 = 5;

/// Within what time so many operations may be begun.
const MINUTE: Duration = Duration::from_secs(60);

/// How a socket ends.
enum End {
    /// We close it, with a code and a reason.
    Close(u16, String),
    /// The client closes it, and is still to be answered.
    Closed,
    /// The client has left.
    Gone,
}

impl End {
    fn close(code: u16, reason: impl Into<String>) -> Self {
        Self::Close(code, reason.into())
    }
}

struct Talk<W> {
    stream: WebSocketStream,
    intake: Arc<Intake<W>>,
    arrival: Arrival,
    patience: Patience,
    operations: Operations,
    opened: Instant,
    acknowledged: bool,
    /// When the last message came, and when the last one was written.
    heard: Instant,
    written: Instant,
    pinged: Instant,
    begun: Begun,
}

/// Speaks with a client until either side has enough.
pub(super) async fn talk<W: Wire>(stream: WebSocketStream, terms: Terms<W>) {
    let now = Instant::now();
    let mut guest = terms.guest;
    let mut talk = Talk {
        stream,
        intake: terms.intake,
        arrival: terms.arrival,
        patience: terms.patience,
        operations: Operations::default(),
        opened: now,
        acknowledged: false,
        heard: now,
        written: now,
        pinged: now,
        begun: Begun::new(now),
    };
    let end = match talk.go_on(&mut guest).await {
        Err(end) => end,
        Ok(never) => match never {},
    };
    // The operations end now, however long the parting takes.
    talk.operations.end_all();
    match end {
        End::Close(code, reason) => talk.part(Some((code, reason))).await,
        End::Closed => talk.part(None).await,
        End::Gone => {}
    }
}

impl<W: Wire> Talk<W> {
    async fn go_on(&mut self, guest: &mut Guest) -> Result<std::convert::Infallible, End> {
        loop {
            let due = self.due();
            tokio::select! {
                () = guest.told() => return Err(End::close(1001, "The server stops")),
                message = self.stream.next() => self.receive(message).await?,
                (id, told) = self.operations.next() => self.tell(&id, told).await?,
                () = tokio::time::sleep_until(due) => self.keep_time().await?,
            }
        }
    }

    async fn receive(&mut self, message: Option<std::io::Result<Message>>) -> Result<(), End> {
        let message = match message {
            None => return Err(End::Gone),
            Some(Err(error)) => return Err(broken(&error)),
            Some(Ok(message)) => message,
        };
        self.heard = Instant::now();
        match message {
            Message::Text(text) => match Said::read(&text) {
                Ok(said) => self.hear(said).await,
                Err(why) => Err(End::close(4400, why)),
            },
            Message::Binary(_) => Err(End::close(4400, "A message must be text.")),
            // tungstenite answers the pings of the framing, and a close.
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(End::Closed),
        }
    }

    async fn hear(&mut self, said: Said) -> Result<(), End> {
        match said {
            Said::Init(_) if self.acknowledged => {
                Err(End::close(4429, "Too many initialisation requests"))
            }
            Said::Init(payload) => {
                self.introduce(&payload)?;
                self.acknowledged = true;
                self.write(message::plain("connection_ack")).await
            }
            Said::Ping => self.write(message::plain("pong")).await,
            Said::Pong => Ok(()),
            Said::Subscribe { .. } if !self.acknowledged => Err(End::close(4401, "Unauthorized")),
            Said::Subscribe { id, members } => self.begin(id, members).await,
            Said::Complete { id } => {
                self.operations.end(&id);
                Ok(())
            }
        }
    }

    /// Who is speaking, where the request for the socket did not say it: a page can add no header to that.
    fn introduce(&mut self, payload: &Map<String, Json>) -> Result<(), End> {
        if !matches!(self.arrival.credential, Credential::None) {
            return Ok(());
        }
        match payload
            .get("authorization")
            .or_else(|| payload.get("Authorization"))
        {
            None | Some(Json::Null) => Ok(()),
            Some(value) => match value.as_str().and_then(cookies::bearer) {
                Some(token) => {
                    self.arrival.credential = Credential::Bearer(token.into());
                    Ok(())
                }
                // Who meant to sign in must not be served as a visitor.
                None => Err(End::close(4403, "Forbidden")),
            },
        }
    }

    async fn begin(&mut self, id: String, members: Map<String, Json>) -> Result<(), End> {
        if self.operations.contains(&id) {
            return Err(End::close(
                4409,
                format!("Subscriber for {id} already exists"),
            ));
        }
        let inquiry = inquiry::from_members(members).map_err(|why| End::close(4400, why))?;
        // Counted before anything is parsed.
        if let Err(wait) = self.begun.another(self.patience.subscribes, Instant::now()) {
            let mut error = refusal::error_of(&Objection {
                code: Code::RateLimited,
                message: "Too many operations were begun on this socket. Wait a while and try again.",
                at: None,
            });
            error["extensions"]["retryAfter"] = wait.as_secs().max(1).into();
            return self.write(message::error(&id, &error)).await;
        }
        if self.operations.len() >= self.patience.operations {
            let objection = Objection {
                code: Code::LimitExceeded,
                message: "Too many operations go on on this socket.",
                at: None,
            };
            return self.object(&id, &objection).await;
        }
        let examined = match self.intake.examine(inquiry) {
            Ok(examined) if examined.kind == OperationType::Mutation => {
                return self.object(&id, &inquiry::no_mutations()).await;
            }
            Ok(examined) => examined,
            Err(objection) => return self.object(&id, &objection).await,
        };
        let answers = self.intake.answers(examined, self.arrival.clone());
        self.operations.begin(id, answers);
        Ok(())
    }

    /// Hands on what an operation has to say.
    async fn tell(&mut self, id: &str, told: Option<Told>) -> Result<(), End> {
        let mut response = match told {
            None => return self.write(message::complete(id)).await,
            Some(Err(objection)) => {
                self.operations.end(id);
                return self.object(id, &objection).await;
            }
            Some(Ok(response)) => response,
        };
        let refused = answer::settle(&mut response);
        let text = if refused {
            // Nothing comes after an error, not even the end.
            self.operations.end(id);
            serde_json::to_string(&Answered {
                kind: "error",
                id,
                payload: &response.errors,
            })
        } else {
            serde_json::to_string(&Answered {
                kind: "next",
                id,
                payload: answer::Body::of(&response, false),
            })
        };
        match text {
            Ok(text) => self.write(text).await,
            Err(_) => {
                tracing::error!("a response cannot be written as JSON");
                Err(End::close(4500, "Internal server error"))
            }
        }
    }

    async fn object(&mut self, id: &str, objection: &Objection) -> Result<(), End> {
        self.write(message::error(id, &refusal::error_of(objection)))
            .await
    }

    async fn write(&mut self, text: String) -> Result<(), End> {
        let sending = self.stream.send(Message::Text(text));
        match tokio::time::timeout(self.patience.writing, sending).await {
            Ok(Ok(())) => {
                self.written = Instant::now();
                Ok(())
            }
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::close(4508, "Too slow")),
        }
    }

    /// When there is something to do although nobody said anything.
    fn due(&self) -> Instant {
        let due = self.next_ping().min(self.silent_since());
        if self.acknowledged {
            due
        } else {
            due.min(self.opened + self.patience.introduction)
        }
    }

    /// A client that only listens is asked as well, however much it is told: it shows by the answer that it is
    /// there.
    fn next_ping(&self) -> Instant {
        self.pinged.max(self.written.min(self.heard)) + self.patience.heartbeat
    }

    fn silent_since(&self) -> Instant {
        self.heard + self.patience.heartbeat * SILENT_HALVES / 2
    }

    async fn keep_time(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if !self.acknowledged && now >= self.opened + self.patience.introduction {
            return Err(End::close(4408, "Connection initialisation timeout"));
        }
        if now >= self.silent_since() {
            return Err(End::close(4504, "Nothing was heard from you"));
        }
        if now >= self.next_ping() {
            self.pinged = now;
            return self.write(message::plain("ping")).await;
        }
        Ok(())
    }

    /// Says why, where the client did not close first, and waits for it to have heard it: a connection that is
    /// dropped with something unread takes back what was not yet read at the other end.
    async fn part(mut self, why: Option<(u16, String)>) {
        let parting = async {
            if let Some((code, mut reason)) = why {
                while reason.len() > LONGEST_REASON {
                    reason.pop();
                }
                let close = Message::Close(Some((CloseCode::from(code), reason)));
                if self.stream.send(close).await.is_err() {
                    return;
                }
            }
            // The library answers a close of the client's while it is read from.
            loop {
                match self.stream.next().await {
                    None => return,
                    Some(Ok(_)) => {}
                    // What comes after a message that was refused in the middle cannot be read any more.
                    Some(Err(_)) => tokio::time::sleep(PARTING_PATIENCE / 4).await,
                }
            }
        };
        let _ = tokio::time::timeout(PARTING_PATIENCE, parting).await;
    }
}

/// How a socket ends whose bytes cannot be read. poem hands on nothing but the library's sentence.
fn broken(error: &std::io::Error) -> End {
    if error.kind() != std::io::ErrorKind::Other {
        return End::Gone;
    }
    if error.to_string().starts_with("Space limit exceeded") {
        End::close(1009, "A message is too long")
    } else {
        End::close(1002, "This is no WebSocket")
    }
}

/// How many operations were begun within the minute that runs.
struct Begun {
    since: Instant,
    count: u32,
}

impl Begun {
    fn new(now: Instant) -> Self {
        Self {
            since: now,
            count: 0,
        }
    }

    /// Counts one more, or says how long to wait until there may be.
    fn another(&mut self, most: u32, now: Instant) -> Result<(), Duration> {
        if now >= self.since + MINUTE {
            *self = Self::new(now);
        }
        if self.count >= most {
            return Err(self.since + MINUTE - now);
        }
        self.count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_holds_so_many_beginnings() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut begun = Begun::new(start);
        for _ in 0..3 {
            assert_eq!(begun.another(3, at(1)), Ok(()));
        }
        assert_eq!(begun.another(3, at(20)), Err(Duration::from_secs(40)));
        assert_eq!(begun.another(3, at(60)), Ok(()));
    }
}
