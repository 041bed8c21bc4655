//! What every inquiry passes on its way to the wire, by whichever transport it came.

use std::{sync::Arc, time::Duration};

use async_graphql::{Response, parser::types::OperationType};
use futures_util::{
    FutureExt, Stream, StreamExt,
    stream::{self, BoxStream},
};

use super::{
    Settings, Wire,
    document::{self, Documents, Limits, Objection, Read},
    inquiry::Inquiry,
};
use crate::graphql::{
    arrival::{Answer, Arrival, Question},
    error::Code,
};

/// The way in.
pub(super) struct Intake<W> {
    wire: Arc<W>,
    limits: Limits,
    documents: Documents,
    run_time: Duration,
}

/// An operation within the limits, ready to be asked.
pub(super) struct Examined {
    question: Question,
    /// Which kind of operation it is.
    pub kind: OperationType,
    read: Read,
}

/// An answer, or why the operation was given up.
pub(super) type Told = Result<Response, Objection>;

/// What an operation is told that took too long.
const TOO_LONG: Objection = Objection {
    code: Code::LimitExceeded,
    message: "The operation took too long.",
    at: None,
};

impl<W: Wire> Intake<W> {
    pub(super) fn new(wire: Arc<W>, settings: &Settings) -> Self {
        Self {
            wire,
            limits: settings.limits.clone(),
            documents: Documents::new(settings.limits.clone()),
            run_time: settings.run_time,
        }
    }

    /// The document guard, and which operation is to run.
    ///
    /// # Errors
    ///
    /// What there is to object to the document, the variables or the choice.
    pub(super) fn examine(&self, mut inquiry: Inquiry) -> Result<Examined, Objection> {
        document::check_variables(&inquiry.variables, &self.limits)?;
        let read = self.documents.read(&inquiry.query)?;
        let document = read.document.clone();
        let kind =
            document::chosen_operation(document.parsed(), inquiry.operation_name.as_deref())?;
        let variables = inquiry.take_variables();
        let question = Question {
            document,
            operation_name: inquiry.operation_name,
            variables,
        };
        Ok(Examined {
            question,
            kind,
            read,
        })
    }

    /// Asks for the one answer to a query or a mutation.
    ///
    /// # Errors
    ///
    /// When it took too long.
    pub(super) async fn ask(
        &self,
        examined: Examined,
        arrival: Arrival,
    ) -> Result<Answer, Objection> {
        // The batch loaders count on one poll reaching every field of a level. Tokio's budget for a task
        // would stop that poll somewhere in a long list, and one statement would become several.
        let work = tokio::task::unconstrained(self.wire.ask(examined.question, arrival));
        match tokio::time::timeout(self.run_time, work).await {
            Ok(answer) => {
                self.documents.keep(examined.read);
                Ok(answer)
            }
            Err(_) => Err(given_up()),
        }
    }

    /// Asks for all answers to a subscription, or for the one to a query. Dropping them ends the operation.
    pub(super) fn answers(
        self: &Arc<Self>,
        examined: Examined,
        arrival: Arrival,
    ) -> BoxStream<'static, Told> {
        let once = examined.kind != OperationType::Subscription;
        let run_time = self.run_time;
        let mut answers = self.clone().stream(examined, arrival).boxed();
        if !once {
            return answers.map(Ok).boxed();
        }
        // What is asked once has as long as it would have by HTTP. A subscription may wait for ever.
        async move {
            match tokio::time::timeout(run_time, answers.next()).await {
                Ok(answer) => stream::iter(answer.map(Ok)),
                Err(_) => stream::iter(Some(Err(given_up()))),
            }
        }
        .flatten_stream()
        .boxed()
    }

    fn stream(
        self: Arc<Self>,
        examined: Examined,
        arrival: Arrival,
    ) -> impl Stream<Item = Response> + Send {
        let Examined { question, read, .. } = examined;
        async move {
            let mut live = self.wire.subscribe(question, arrival).await;
            let mut read = Some(read);
            stream::poll_fn(move |context| live.answers.poll_recv(context)).inspect(move |_| {
                if let Some(read) = read.take() {
                    self.documents.keep(read);
                }
            })
        }
        .flatten_stream()
    }
}

fn given_up() -> Objection {
    tracing::warn!("an operation took too long and was given up");
    TOO_LONG
}
