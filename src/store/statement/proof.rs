//! Leaks planted in statements, for the proof that the tests would find them; and the ways of a search that it takes
//! among very many alone.

use std::{
    cell::{Cell, RefCell},
    fmt,
    sync::Arc,
};

use super::Part;

/// What becomes of a statement's text, in which [`BOUND`] stands for each bound value.
#[derive(Clone)]
pub(super) struct Edit(Arc<dyn Fn(&str) -> String + Send + Sync>);

/// Stands for a bound value in the text that an edit is given. It must give back as many.
pub const BOUND: char = '\u{1}';

thread_local! {
    pub(super) static PLANTED: RefCell<Option<Edit>> = const { RefCell::new(None) };
}

/// From now on the statements that this thread composes, and no other's, are sent as `edit` gives them back.
pub fn plant(edit: impl Fn(&str) -> String + Send + Sync + 'static) {
    PLANTED.set(Some(Edit(Arc::new(edit))));
}

/// From now on this thread's statements are sent as they are.
pub fn uproot() {
    PLANTED.set(None);
}

/// From where a search takes those who are far, whatever would be quickest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// From the nth of the sources that narrow the search, modulo how many there are.
    Hits(usize),
    /// From all, in their order.
    All,
}

thread_local! {
    static BEGIN: Cell<Option<Begin>> = const { Cell::new(None) };
}

/// From now on the searches of this thread begin there; with nothing, where it is best.
pub fn begin(with: Option<Begin>) {
    BEGIN.set(with);
}

pub(in crate::store) fn begins() -> Option<Begin> {
    BEGIN.get()
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Edit")
    }
}

impl Edit {
    /// What to send in the place of each text among the parts, in their order.
    pub(super) fn of(&self, parts: &[Part]) -> std::vec::IntoIter<String> {
        let mut whole = String::new();
        for part in parts {
            match part {
                Part::Sql(sql) => whole.push_str(sql),
                _ => whole.push(BOUND),
            }
        }
        let edited = (self.0)(&whole);
        let mut pieces = edited.split(BOUND);
        let mut texts = Vec::new();
        // The first text between two bound values is all that stands there now, the others are nothing.
        let mut piece = pieces.next().map(str::to_owned);
        for part in parts {
            match part {
                Part::Sql(_) => texts.push(piece.take().unwrap_or_default()),
                _ => piece = pieces.next().map(str::to_owned),
            }
        }
        texts.into_iter()
    }
}
