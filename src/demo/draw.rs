//! Draws from a seed.
//!
//! The stream cipher's output is fixed for ever by its definition; how a general library turns it into
//! ranges and picks may change from release to release, and with it every demo world. So the few lines
//! that turn words into choices are here.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

/// A source of choices that depends on nothing but its seed.
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The source for `seed`.
    pub(super) fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        for (to, from) in key.iter_mut().zip(seed.to_le_bytes()) {
            *to = from;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number from 0 to `bound` - 1; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        // The high half of a product: even enough for bounds that are tiny beside 2^64.
        let product = u128::from(self.0.next_u64()) * (bound as u128);
        usize::try_from(product >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included; `low` when they are the wrong way round.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        let span = high.saturating_sub(low) as usize + 1;
        low + u32::try_from(self.below(span)).unwrap_or(0)
    }

    /// True in `percent` of a hundred draws.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of `items`; none when there are none.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let at = self.below(items.len());
        items.get(at)
    }

    /// One of `items`, each as likely as its weight; none when all weights are 0.
    pub(super) fn weighted<'a, T>(
        &mut self,
        items: &'a [T],
        weight: impl Fn(&T) -> u32,
    ) -> Option<&'a T> {
        let total: u32 = items.iter().map(&weight).sum();
        let mut left = self.between(1, total.max(1));
        items.iter().find(|item| {
            let weight = weight(item);
            let found = weight >= left;
            left = left.saturating_sub(weight);
            found && weight > 0
        })
    }

    /// Puts `items` into a random order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let draw = |seed| {
            let mut draw = Draw::new(seed);
            (0..50).map(|_| draw.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn draws_stay_within_bounds_and_reach_both_ends() {
        let mut draw = Draw::new(1);
        let seen: std::collections::BTreeSet<_> = (0..500).map(|_| draw.between(3, 6)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [3, 4, 5, 6]);
        assert_eq!(draw.below(0), 0);
        assert_eq!(draw.between(9, 2), 9);
        assert_eq!(draw.pick::<u8>(&[]), None);
    }

    #[test]
    fn weights_are_obeyed() {
        let mut draw = Draw::new(2);
        let items = [("never", 0), ("seldom", 1), ("often", 9)];
        let often = (0..1000)
            .filter_map(|_| draw.weighted(&items, |(_, weight)| *weight))
            .map(|(name, _)| *name)
            .inspect(|name| assert_ne!(*name, "never"))
            .filter(|name| *name == "often")
            .count();
        assert!((850..950).contains(&often), "{often}");
    }

    #[test]
    fn a_shuffle_loses_nothing() {
        let mut items: Vec<_> = (0..100).collect();
        Draw::new(3).shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
