//! What a decision says.

/// A decision and the sentence of the rule that made it.
///
/// The sentence is for tables, tests and the operator. A client reads it of their own fields alone: what it
/// says of anybody else would tell what is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Allowed, by this rule.
    Allow(&'static str),
    /// Refused, by this rule.
    Deny(&'static str),
}

impl Verdict {
    /// Whether it allows.
    pub const fn allows(self) -> bool {
        matches!(self, Verdict::Allow(_))
    }

    /// The sentence of the rule that decided.
    pub const fn sentence(self) -> &'static str {
        match self {
            Verdict::Allow(sentence) | Verdict::Deny(sentence) => sentence,
        }
    }
}
