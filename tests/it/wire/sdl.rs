//! The schema as it is kept beside the code: a change of it is reviewed as a diff.

use libtest_mimic::Trial;

use crate::support::{golden, plain};

pub(crate) fn trials() -> Vec<Trial> {
    plain!(the_kept_schema_is_the_schema)
}

fn the_kept_schema_is_the_schema() {
    golden::check("schema.graphql", &letterlock::graphql::MemberApi::sdl());
}
