//! The wire: the schema, the typed guard, the loaders, the errors.
//!
//! A resolver of something governed begins with [`guard`]; it never sees a database. Every error leaves
//! through [`error`].

mod arguments;
pub mod arrival;
pub mod context;
pub mod error;
pub mod guard;
pub mod links;
pub mod listeners;
mod live;
pub mod loaders;
pub mod member;
mod merging;
pub mod news;
pub mod photos;
mod refusing;
pub mod services;
pub mod trace;
pub mod types;
pub mod variables;

use std::sync::Arc;

use async_graphql::{
    Response, Schema, ServerError,
    parser::{parse_schema, types::ExecutableDocument},
};
use tokio::sync::Semaphore;

pub use arguments::Misfit;
use arrival::{Answer, Arrival, Credential, Effect, Question};
use context::Request;
use error::{Failure, finish};
use services::Services;
use types::Types;

/// The members' schema, ready to answer. Cheap to clone.
#[derive(Clone)]
pub struct MemberApi {
    schema: Schema<member::Query, member::Mutation, member::Events>,
    services: Arc<Services>,
    under_way: Arc<Semaphore>,
    looking: Arc<Semaphore>,
    types: Arc<Types>,
}

/// How many operations run at a time; more wait, as long as the endpoint's own limit lets them.
const MOST_UNDER_WAY: usize = 64;
/// How many files of photos are read at a time; more wait.
const MOST_LOOKING: usize = 64;

#[derive(Debug, thiserror::Error)]
#[error("an operation was cut short")]
struct CutShort;

impl MemberApi {
    /// Builds the schema on `services`.
    pub fn new(services: Arc<Services>, introspection: bool) -> Self {
        let mut builder = member::builder();
        if !introspection {
            builder = builder.disable_introspection();
        }
        Self {
            schema: builder.finish(),
            services,
            under_way: Arc::new(Semaphore::new(MOST_UNDER_WAY)),
            looking: Arc::new(Semaphore::new(MOST_LOOKING)),
            // The schema's own words parse: what comes out of the library goes into it.
            types: Arc::new(
                parse_schema(Self::sdl())
                    .map(|schema| Types::of(&schema))
                    .unwrap_or_default(),
            ),
        }
    }

    /// The schema in the schema definition language.
    pub fn sdl() -> String {
        let mut sdl = member::builder().finish().sdl_with_options(
            async_graphql::SDLExportOptions::new()
                .sorted_enum_items()
                .prefer_single_line_descriptions(),
        );
        if !sdl.ends_with('\n') {
            sdl.push('\n');
        }
        sdl
    }

    /// Answers a question.
    ///
    /// The work runs to its end even when nobody waits for the answer any more: a statement that is cut
    /// short would leave its connection unfit for the next.
    pub async fn ask(&self, question: Question, arrival: Arrival) -> Answer {
        let api = self.clone();
        // Held by the work and not by the one who waits, so that hanging up makes no room for more.
        let Ok(place) = self.under_way.clone().acquire_owned().await else {
            return refuse(&Failure::new(CutShort).into());
        };
        let work = tokio::spawn(tokio::task::unconstrained(async move {
            let answer = api.answer(question, arrival).await;
            drop(place);
            answer
        }));
        work.await
            .unwrap_or_else(|_| refuse(&Failure::new(CutShort).into()))
    }

    async fn answer(&self, question: Question, arrival: Arrival) -> Answer {
        let (query, request) = match self.prepare(question, arrival).await {
            Ok(prepared) => prepared,
            Err(refusal) => return *refusal,
        };
        let mut response = self.schema.execute(query).await;
        mask(&mut response, &request);
        let out = request.take_out();
        Answer {
            response,
            effects: out.effects,
            retry_after: out.retry_after,
        }
    }

    /// What stands before every operation: its document, its variables, and who is asking.
    ///
    /// # Errors
    ///
    /// The answer, where the operation is not to run.
    async fn prepare(
        &self,
        mut question: Question,
        arrival: Arrival,
    ) -> Result<(async_graphql::Request, Arc<Request>), Box<Answer>> {
        let document = question.document.clone();
        let examined = document
            .examined
            .get_or_init(|| examine(&self.types, document.parsed()));
        if let Err(misfit) = examined {
            return Err(Box::new(unfit(*misfit)));
        }
        if variables::coerce(&self.types, &mut question).is_err() {
            return Err(Box::new(refuse(&error::Error::BadInput(
                "A variable is missing, or is not of its declared type.",
            ))));
        }
        let cookie = matches!(arrival.credential, Credential::Cookie(_));
        let request = match Request::arrive(self.services.clone(), arrival).await {
            Ok(request) => Arc::new(request),
            Err(error) => {
                let mut answer = refuse(&error);
                // Whoever is not served is a visitor from the next request on, and not locked out of what
                // is public by a cookie that they cannot see.
                if cookie && matches!(error, error::Error::NotServed) {
                    answer.effects.push(Effect::ClearSession);
                }
                return Err(Box::new(answer));
            }
        };
        let mut query = async_graphql::Request::new("")
            .variables(question.variables)
            .data(request.clone());
        query.operation_name = question.operation_name;
        query.set_parsed_query(document.parsed().clone());
        Ok((query, request))
    }
}

/// Makes a response fit to leave: its errors masked, and with the notes of how it came about where they were
/// asked for.
fn mask(response: &mut Response, request: &Request) {
    let ran = response.errors.iter().any(|error| !error.path.is_empty())
        || response.data != async_graphql::Value::Null;
    finish(&mut response.errors, ran);
    if let Some(trace) = request.trace() {
        response
            .extensions
            .insert("privacy".to_owned(), trace.told());
    }
}

/// Refuses a document that the library's validator would let pass, against the specification.
///
/// # Errors
///
/// [`Misfit`], the first that is found. The library's own validator is still to be asked.
pub fn examine(types: &Types, document: &ExecutableDocument) -> Result<(), Misfit> {
    arguments::check(types, document)?;
    merging::check(types, document)
}

fn unfit(misfit: Misfit) -> Answer {
    without_data(ServerError::new(misfit.message, Some(misfit.at)))
}

fn refuse(error: &error::Error) -> Answer {
    without_data(error.of_request())
}

fn without_data(error: ServerError) -> Answer {
    let mut response = Response::from_errors(vec![error]);
    finish(&mut response.errors, false);
    Answer {
        response,
        effects: Vec::new(),
        retry_after: None,
    }
}
