//! Questions that may go on: their answers are sent one by one to whoever listens.

use std::{panic::AssertUnwindSafe, pin::pin, time::Duration};

use async_graphql::{Response, parser::types::OperationType};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc::{self, Sender};

use super::{
    CutShort, MemberApi,
    arrival::{Arrival, Live, Question},
    error::Failure,
    mask, refuse,
};

/// How many answers may wait to be fetched; then the operation waits. Each may be long.
const AHEAD: usize = 1;

/// How long an operation goes on to which nobody listens any more: a statement under way comes to its end,
/// and does not cost a connection.
const GRACE: Duration = Duration::from_millis(500);

impl MemberApi {
    /// Answers a question as [`MemberApi::ask`] does, as often as there is something to answer.
    ///
    /// Not for mutations: what a response would have to carry besides its body is lost here.
    pub async fn subscribe(&self, question: Question, arrival: Arrival) -> Live {
        let (listener, answers) = mpsc::channel(AHEAD);
        let api = self.clone();
        // The batch loaders count on one poll reaching every field of a level.
        tokio::spawn(tokio::task::unconstrained(async move {
            let work = AssertUnwindSafe(api.answer_all(question, arrival, &listener));
            if work.catch_unwind().await.is_err() {
                // Or else it would look as if all had been said.
                let broken = refuse(&Failure::new(CutShort).into());
                let _ = listener.send(broken.response).await;
            }
        }));
        Live { answers }
    }

    async fn answer_all(&self, question: Question, arrival: Arrival, listener: &Sender<Response>) {
        let once = kind(&question) != Some(OperationType::Subscription);
        let place = tokio::select! {
            place = self.under_way.acquire() => place,
            () = listener.closed() => return,
        };
        let (query, request) = match self.prepare(question, arrival).await {
            Ok(prepared) => prepared,
            Err(refusal) => {
                // Nobody listens any more, perhaps.
                let _ = listener.send(refusal.response).await;
                return;
            }
        };
        // A subscription has a place while it finds out who is asking. Then it waits, for the most part, and
        // would take the place from those who do not.
        let place = place.ok().filter(|_| once);
        let mut responses = pin!(self.schema.execute_stream(query));
        loop {
            let next = if once {
                // To its end, as `ask` does.
                responses.next().await
            } else {
                tokio::select! {
                    next = responses.next() => next,
                    () = left(listener) => return,
                }
            };
            let Some(mut response) = next else { break };
            mask(&mut response, &request);
            if listener.send(response).await.is_err() {
                break;
            }
        }
        drop(place);
    }
}

/// Is done a while after the last listener has gone.
async fn left(listener: &Sender<Response>) {
    listener.closed().await;
    tokio::time::sleep(GRACE).await;
}

/// The kind of the operation that is to run.
fn kind(question: &Question) -> Option<OperationType> {
    let chosen = question.operation_name.as_deref();
    question
        .document
        .parsed()
        .operations
        .iter()
        .find(|(name, _)| chosen.is_none() || name.map(|name| name.as_str()) == chosen)
        .map(|(_, operation)| operation.node.ty)
}

#[cfg(test)]
mod tests;
