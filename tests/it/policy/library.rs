//! To be filled.
pub(super) fn trials(_backends: &crate::support::backend::Backends) -> Vec<libtest_mimic::Trial> {
    Vec::new()
}
