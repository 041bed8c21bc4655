//! How many photos may be on their way at a time.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::domain::id::MemberId;

/// Each takes as much memory as a photo may have bytes.
const SEATS: usize = 16;

/// The seats of those who are sending a photo: one a member. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Seats(Arc<Mutex<HashSet<MemberId>>>);

/// A seat; it is free again when this is dropped.
#[derive(Debug)]
pub struct Seat {
    member: MemberId,
    seats: Seats,
}

impl Seats {
    /// A seat for a member; nothing where they have one, or all are taken.
    pub fn take(&self, member: MemberId) -> Option<Seat> {
        let mut taken = self.taken();
        (taken.len() < SEATS && taken.insert(member)).then(|| Seat {
            member,
            seats: self.clone(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<MemberId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken().remove(&self.member);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_has_one_seat_and_all_together_a_few() {
        let seats = Seats::default();
        let member = |key| MemberId::from_key(key);
        let first = seats.take(member(1)).unwrap();
        assert!(seats.take(member(1)).is_none());
        let others: Vec<Seat> = (2..100).filter_map(|it| seats.take(member(it))).collect();
        assert_eq!(others.len(), SEATS - 1);
        drop(first);
        let again = seats.take(member(1));
        assert!(again.is_some() && seats.take(member(200)).is_none());
        drop(others);
        assert!(seats.take(member(1)).is_none() && seats.take(member(200)).is_some());
    }
}
