//! The one door out for errors: a closed list of codes, each with a fixed public sentence.

/// The closed list of `extensions.code`. Apollo's names where they exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// The request, or an argument, is not what it should be.
    BadUserInput,
    /// Signing in comes first.
    Unauthenticated,
    /// Refused, whoever asks.
    Forbidden,
    /// Too often; `extensions.retryAfter` says when to try again, in seconds.
    RateLimited,
    /// The document is too large, too deep or too wide, or took too long.
    LimitExceeded,
    /// Something broke here; `extensions.reference` finds it in the log.
    InternalServerError,
}

impl Code {
    /// Every code.
    pub const ALL: [Code; 8] = [
        Code::GraphqlParseFailed,
        Code::GraphqlValidationFailed,
        Code::BadUserInput,
        Code::Unauthenticated,
        Code::Forbidden,
        Code::RateLimited,
        Code::LimitExceeded,
        Code::InternalServerError,
    ];

    /// As it stands in `extensions.code`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Code::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Code::BadUserInput => "BAD_USER_INPUT",
            Code::Unauthenticated => "UNAUTHENTICATED",
            Code::Forbidden => "FORBIDDEN",
            Code::RateLimited => "RATE_LIMITED",
            Code::LimitExceeded => "LIMIT_EXCEEDED",
            Code::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }
}
