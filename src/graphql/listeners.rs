//! How many subscriptions each member has at a time: what happens is read once for each of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::domain::id::MemberId;

/// The most subscriptions of one member at a time.
const MOST: usize = 32;

/// The subscriptions of all, counted.
#[derive(Clone, Debug, Default)]
pub struct Listeners(Arc<Mutex<HashMap<MemberId, usize>>>);

/// A place among the subscriptions of one member, as long as it is kept.
#[derive(Debug)]
pub struct Listener(Listeners, MemberId);

impl Listeners {
    /// A place; nothing where the member has all that one can have.
    pub fn enter(&self, member: MemberId) -> Option<Listener> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(member).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        Some(Listener(self.clone(), member))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_has_so_many_and_gets_them_back() {
        let (listeners, me) = (Listeners::default(), MemberId::from_key(1));
        let held: Vec<Listener> = (0..MOST).map(|_| listeners.enter(me).unwrap()).collect();
        assert!(listeners.enter(me).is_none());
        assert!(listeners.enter(MemberId::from_key(2)).is_some());
        drop(held);
        assert!(listeners.enter(me).is_some());
        assert!(listeners.0.lock().unwrap().is_empty());
    }
}
