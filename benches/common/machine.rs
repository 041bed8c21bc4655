//! On what a bench runs.

/// How many cores there are, for the first line of a bench; and a warning where its figures mean nothing.
pub(crate) fn cores() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let warning = if cfg!(debug_assertions) {
        "; NOT OPTIMISED: the figures mean nothing"
    } else {
        ""
    };
    format!("{cores} cores{warning}")
}
