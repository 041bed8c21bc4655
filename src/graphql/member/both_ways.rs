//! Pages of a list that can be gone through in both directions (Relay Cursor Connections Specification, 4.3).

use super::connection::{Connection, List, Listed};
use crate::graphql::{context::Request, error::Error};
use crate::store::{lists::Place, messages::Window};

/// The most that such a page holds.
pub const LARGEST: i32 = 50;

/// The arguments of such a connection, as given.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// How many at most, from the beginning.
    pub first: Option<i32>,
    /// Only those after this cursor.
    pub after: Option<String>,
    /// How many at most, from the end.
    pub last: Option<i32>,
    /// Only those before this cursor.
    pub before: Option<String>,
}

/// The arguments of such a connection, read; its list is ordered by numbers, the least first.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    list: List,
    size: usize,
    after: Option<i64>,
    before: Option<i64>,
    from_the_end: bool,
}

impl Stretch {
    /// Reads the arguments.
    ///
    /// # Errors
    ///
    /// [`Error::BadInput`] where not one of `first` and `last` is given, or is out of bounds, or a cursor is not one of this
    /// list's.
    pub fn read(list: List, request: &Request, given: &Given) -> Result<Self, Error> {
        let (size, from_the_end) = match (given.first, given.last) {
            (Some(first), None) => (first, false),
            (None, Some(last)) => (last, true),
            _ => return Err(Error::BadInput("Give either `first` or `last`.")),
        };
        if !(1..=LARGEST).contains(&size) {
            return Err(Error::BadInput("`first` and `last` are from 1 to 50."));
        }
        let open = |cursor: &Option<String>| {
            cursor
                .as_deref()
                .map(|cursor| {
                    list.open(&request.services().sealer, request.viewer(), cursor)
                        .map(|place| place.id)
                        .ok_or(Error::BadInput(
                            "`after` and `before` are cursors that this list gave you.",
                        ))
                })
                .transpose()
        };
        Ok(Self {
            list,
            size: usize::try_from(size).unwrap_or_default(),
            after: open(&given.after)?,
            before: open(&given.before)?,
            from_the_end,
        })
    }

    /// What to read: one more than the page holds tells whether the list goes on.
    pub fn window(&self) -> (Window, i64) {
        let window = Window {
            above: self.after,
            below: self.before,
            ascending: !self.from_the_end,
        };
        (window, i64::try_from(self.size).unwrap_or_default() + 1)
    }

    /// The page, of what was read and what number each has.
    pub fn page<T: Listed>(&self, mut read: Vec<(i64, T)>) -> Connection<T> {
        let more = read.len() > self.size;
        read.truncate(self.size);
        if self.from_the_end {
            read.reverse();
        }
        let goes_on = if self.from_the_end {
            (more, self.before.is_some())
        } else {
            (self.after.is_some(), more)
        };
        let place = |id| Place { at: 0, id };
        let nodes = read.into_iter().map(|(seq, node)| (place(seq), node));
        Connection::known(self.list, goes_on, nodes.collect())
    }
}
