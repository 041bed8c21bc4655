//! The few words of which profiles are made and by which they are looked for, so that the two meet often.

use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

pub(super) const WORDS: [&str; 16] = [
    "letters",
    "lighthouse",
    "sailing",
    "tea",
    "gardens",
    "postcards",
    "trains",
    "poetry",
    "chess",
    "baking",
    "mountains",
    "stamps",
    "choir",
    "owls",
    "bicycles",
    "rain",
];
pub(super) const CITIES: [&str; 4] = ["Lisbon", "Ghent", "Kyoto", "Quito"];
pub(super) const COUNTRIES: [&str; 4] = ["PT", "BE", "JP", "EC"];
pub(super) const LANGUAGES: [&str; 5] = ["pt", "de", "fr", "ja", "en"];
pub(super) const INTERESTS: [usize; 5] = [0, 3, 7, 20, 41];

/// One to four words.
pub(super) fn phrase(rng: &mut ChaCha8Rng) -> String {
    let many = rng.random_range(1..5);
    (0..many)
        .map(|_| *WORDS.choose(rng).unwrap())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Something in most cases.
pub(super) fn perhaps<T>(
    rng: &mut ChaCha8Rng,
    draw: impl FnOnce(&mut ChaCha8Rng) -> T,
) -> Option<T> {
    rng.random_bool(0.8).then(|| draw(rng))
}
