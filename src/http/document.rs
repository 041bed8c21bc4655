//! The document guard: what a GraphQL document costs is counted before the library sees it.
//!
//! The library's own checks walk a document with its fragments expanded, which 801 bytes of fragments
//! can turn into minutes. Here a fragment is weighed once and its weight remembered, so the count is
//! linear in the text, whatever it would expand to.
//! Source: OWASP GraphQL cheat sheet, "Query limiting"; ASVS 4.3.1.

mod kept;
mod measure;
mod scan;

use async_graphql::{
    Pos,
    parser::{
        self, parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationType},
    },
};
use serde_json::Value as Json;

pub use kept::{Documents, Read};

use crate::graphql::error::Code;

/// The root fields that cost a password hash, a mail, or feed the age screen: guessing through many of them in
/// one document must not be cheaper than guessing through many requests.
pub const SIGN_IN_FIELDS: [&str; 11] = [
    "signIn",
    "signUp",
    "screenAge",
    "reauthenticate",
    "changePassword",
    "changeEmail",
    "correctBirthDate",
    "requestPasswordReset",
    "resetPassword",
    "requestEmailConfirmation",
    "confirmEmail",
];

/// How large, deep and wide a document may be. Every bound is inclusive.
///
/// The bounds that speak of an expanded document hold for each operation and each fragment with all
/// its fragments written out. GraphiQL's introspection query passes the defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text. Default 65,536: what is long belongs into variables.
    pub length: usize,
    /// Tokens of the text: names, values and punctuators, a spread's dots and the parts of a number one by
    /// one. Default 4,000.
    pub tokens: u32,
    /// Brackets of any kind open at once. Default 48.
    pub nesting: u32,
    /// Operations in one document. Default 10.
    pub operations: u32,
    /// Fragment definitions in one document. Default 50.
    pub fragments: u32,
    /// Selections, directives and argument values after expansion. Default 1,000.
    pub nodes: u32,
    /// Fields above one another after expansion. Default 17: GraphiQL's introspection needs 15.
    pub depth: u32,
    /// Selection sets above one another after expansion, fragments included. Default 32, the library's
    /// own bound.
    pub height: u32,
    /// Aliases after expansion. Default 30.
    pub aliases: u32,
    /// Root fields after expansion. Default 20.
    pub root_fields: u32,
    /// Root fields named in [`SIGN_IN_FIELDS`], over all operations of the document. Default 1.
    pub sign_in_fields: u32,
    /// Directives at one place. Default 10.
    pub directives_at_once: u32,
    /// Directives after expansion. Default 50.
    pub directives: u32,
    /// Variables that one operation declares. Default 50.
    pub variables: u32,
    /// Lists and objects inside one another in a value, written in the document or sent as a variable.
    /// Default 8.
    pub value_depth: u32,
    /// Values sent in the variables, each list item and object member counted. Default 1,000.
    pub values: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            length: 64 * 1024,
            tokens: 4_000,
            nesting: 48,
            operations: 10,
            fragments: 50,
            nodes: 1_000,
            depth: 17,
            height: 32,
            aliases: 30,
            root_fields: 20,
            sign_in_fields: 1,
            directives_at_once: 10,
            directives: 50,
            variables: 50,
            value_depth: 8,
            values: 1_000,
        }
    }
}

/// Why a document was refused. The sentence is fixed and repeats nothing of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The public code.
    pub code: Code,
    /// The public sentence.
    pub message: &'static str,
    /// Where in the document, if one place is to blame.
    pub at: Option<Pos>,
}

impl Objection {
    const fn limit(message: &'static str, at: Option<Pos>) -> Self {
        Self {
            code: Code::LimitExceeded,
            message,
            at,
        }
    }

    const fn syntax(at: Option<Pos>) -> Self {
        Self {
            code: Code::GraphqlParseFailed,
            message: "The document is not valid GraphQL: syntax error.",
            at,
        }
    }

    const fn invalid(message: &'static str, at: Option<Pos>) -> Self {
        Self {
            code: Code::GraphqlValidationFailed,
            message,
            at,
        }
    }
}

/// Notes one piece of the guard's work. The tests count them: that its time is linear in the text is a
/// promise that no clock on a busy machine could hold it to.
#[cfg(test)]
fn step() {
    tests::STEPS.set(tests::STEPS.get() + 1);
}

#[cfg(not(test))]
const fn step() {}

/// Parses a document and refuses one beyond `limits`, in time linear in the text.
///
/// # Errors
///
/// `GRAPHQL_PARSE_FAILED` for what is not GraphQL; `GRAPHQL_VALIDATION_FAILED` for cyclic or unknown
/// fragments and for operations that cannot stand together; `LIMIT_EXCEEDED` for the rest.
pub fn parse(text: &str, limits: &Limits) -> Result<ExecutableDocument, Objection> {
    if text.len() > limits.length {
        return Err(Objection::limit("The document is too long.", None));
    }
    scan::check(text, limits)?;
    let document = parse_query(text).map_err(|error| unreadable(&error))?;
    measure::check(&document, limits)?;
    Ok(document)
}

/// Names the kind of a parse error. The library's own text repeats the offending line, which may hold
/// a password, so none of it is kept but the place.
fn unreadable(error: &parser::Error) -> Objection {
    let at = error.positions().next();
    match error {
        parser::Error::MultipleOperations { .. } => Objection::invalid(
            "An operation without a name must be the only operation of its document.",
            at,
        ),
        parser::Error::OperationDuplicated { .. } => {
            Objection::invalid("Two operations of the document have the same name.", at)
        }
        parser::Error::FragmentDuplicated { .. } => {
            Objection::invalid("Two fragments of the document have the same name.", at)
        }
        parser::Error::MissingOperation => {
            Objection::invalid("The document holds no operation.", at)
        }
        parser::Error::RecursionLimitExceeded => {
            Objection::limit("The document is nested too deeply.", at)
        }
        _ => Objection::syntax(at),
    }
}

/// Refuses variables that are nested too deeply or hold too many values.
///
/// # Errors
///
/// `LIMIT_EXCEEDED`.
pub fn check_variables(
    variables: &serde_json::Map<String, Json>,
    limits: &Limits,
) -> Result<(), Objection> {
    let mut rest: Vec<(&Json, u32)> = variables.values().map(|value| (value, 0)).collect();
    let mut seen = 0_u32;
    while let Some((value, depth)) = rest.pop() {
        seen = seen.saturating_add(1);
        if seen > limits.values {
            return Err(Objection::limit(
                "The variables hold too many values.",
                None,
            ));
        }
        if depth.saturating_add(u32::from(value.is_array() || value.is_object()))
            > limits.value_depth
        {
            return Err(Objection::limit(
                "The variables are nested too deeply.",
                None,
            ));
        }
        match value {
            Json::Array(items) => rest.extend(items.iter().map(|item| (item, depth + 1))),
            Json::Object(members) => rest.extend(members.values().map(|item| (item, depth + 1))),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
    Ok(())
}

/// Returns the kind of the operation that `name` chooses.
///
/// # Errors
///
/// `BAD_USER_INPUT` when the name is unknown, or missing where there are several operations
/// (GraphQL, section 6.1, GetOperation).
pub fn chosen_operation(
    document: &ExecutableDocument,
    name: Option<&str>,
) -> Result<OperationType, Objection> {
    let bad = |message| Objection {
        code: Code::BadUserInput,
        message,
        at: None,
    };
    let chosen = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.values().next()
        }
        (DocumentOperations::Multiple(_), None) => {
            return Err(bad(
                "The document holds several operations: operationName must choose one.",
            ));
        }
    };
    match chosen {
        Some(operation) => Ok(operation.node.ty),
        None => Err(bad(
            "The document holds no operation of the name in operationName.",
        )),
    }
}

#[cfg(test)]
mod tests;
