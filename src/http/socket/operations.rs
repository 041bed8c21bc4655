//! The operations that go on on one socket.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, stream::BoxStream};

use crate::http::intake::Told;

/// Few enough to be asked one after the other.
#[derive(Default)]
pub(super) struct Operations {
    under_way: Vec<(String, BoxStream<'static, Told>)>,
    /// Whose turn it is to be asked first, so that one that always has something keeps no other from being heard.
    turn: usize,
}

impl Operations {
    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.under_way.iter().any(|(known, _)| known == id)
    }

    pub(super) fn begin(&mut self, id: String, answers: BoxStream<'static, Told>) {
        self.under_way.push((id, answers));
    }

    /// Ends an operation, if it goes on.
    pub(super) fn end(&mut self, id: &str) {
        self.under_way.retain(|(known, _)| known != id);
    }

    /// Ends all of them.
    pub(super) fn end_all(&mut self) {
        self.under_way.clear();
    }

    /// Waits for the next answer of any of them, or for the end of one, which is over then.
    pub(super) async fn next(&mut self) -> (String, Option<Told>) {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<(String, Option<Told>)> {
        let count = self.under_way.len();
        for step in 0..count {
            let at = (self.turn + step) % count;
            let Some((id, answers)) = self.under_way.get_mut(at) else {
                continue;
            };
            if let Poll::Ready(told) = Pin::new(answers).poll_next(context) {
                let id = id.clone();
                self.turn = if told.is_none() {
                    // The last one is in its place, and has its turn.
                    drop(self.under_way.swap_remove(at));
                    at
                } else {
                    at + 1
                };
                return Poll::Ready((id, told));
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};

    use super::*;

    fn endless() -> BoxStream<'static, Told> {
        stream::repeat_with(|| Ok(async_graphql::Response::default())).boxed()
    }

    #[tokio::test]
    async fn everybody_has_their_turn() {
        let mut operations = Operations::default();
        operations.begin("a".into(), endless());
        operations.begin("b".into(), endless());
        operations.begin("c".into(), stream::empty().boxed());
        let mut order = String::new();
        for _ in 0..7 {
            let (id, told) = operations.next().await;
            order.push_str(&id);
            assert_eq!(told.is_none(), id == "c");
        }
        assert_eq!(order, "abcabab");
        operations.end("b");
        assert!(operations.contains("a") && !operations.contains("b") && !operations.contains("c"));
        assert_eq!(operations.next().await.0, "a");
    }
}
