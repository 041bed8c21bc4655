//! What the service tells though the one who asks may not see it: the short list of what is meant so.

/// Something that is told on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Declassified {
    /// Signing up, and changing one's address, tell that an address is taken.
    AddressTaken,
    /// What one does changes what one may see, and then one sees it as it is.
    DeedOpens,
}
