//! How well somebody who has only the times tells two classes apart.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha20Rng;

/// Everything above a time is one class, everything below it the other.
struct Stump {
    threshold: f64,
    /// Whether the first class is the one above.
    first_above: bool,
}

impl Stump {
    /// The best for these times, on which both classes stand as often as they were given.
    fn learn(first: &[f64], second: &[f64]) -> Self {
        let mut all: Vec<(f64, bool)> = Vec::with_capacity(first.len() + second.len());
        all.extend(first.iter().map(|time| (*time, true)));
        all.extend(second.iter().map(|time| (*time, false)));
        all.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut best = Self {
            threshold: f64::NEG_INFINITY,
            first_above: true,
        };
        // Shares of each class that are below, and how far they are apart.
        let (mut firsts, mut seconds, mut most) = (0_usize, 0_usize, 0.0);
        for pair in all.windows(2) {
            let [(time, is_first), (next, _)] = *pair else {
                continue;
            };
            if is_first {
                firsts += 1;
            } else {
                seconds += 1;
            }
            let apart = seconds as f64 / second.len() as f64 - firsts as f64 / first.len() as f64;
            if apart.abs() > most && next > time {
                most = apart.abs();
                best = Self {
                    threshold: time.midpoint(next),
                    first_above: apart > 0.0,
                };
            }
        }
        best
    }

    /// How many of these it says are of their class.
    fn right(&self, first: &[f64], second: &[f64]) -> usize {
        let is_first = |time: &&f64| (**time > self.threshold) == self.first_above;
        let firsts = first.iter().filter(is_first).count();
        firsts + second.len() - second.iter().filter(is_first).count()
    }
}

/// How often a guess is right, and what to hold that against.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    /// The share of right guesses; one half is no better than a coin.
    pub(crate) accuracy: f64,
    /// Its standard error.
    pub(crate) error: f64,
    /// What 99 of 100 runs on shuffled labels stay at or below.
    pub(crate) floor: f64,
}

impl Told {
    /// Learns on a half that is drawn by chance and guesses the other, and the other way round.
    pub(crate) fn of(
        first: &[f64],
        second: &[f64],
        shuffles: usize,
        rng: &mut ChaCha20Rng,
    ) -> Self {
        let accuracy = guessed(&mut first.to_vec(), &mut second.to_vec(), rng);
        let guesses = (first.len() + second.len()) as f64;
        let mut all = [first, second].concat();
        let mut floors: Vec<f64> = (0..shuffles)
            .map(|_| {
                all.shuffle(rng);
                let (one, other) = all.split_at_mut(first.len());
                guessed(one, other, rng)
            })
            .collect();
        floors.sort_by(f64::total_cmp);
        let place = (shuffles * 99 / 100).min(shuffles.saturating_sub(1));
        Self {
            accuracy,
            error: (accuracy * (1.0 - accuracy) / guesses).sqrt(),
            floor: floors.get(place).copied().unwrap_or(0.5),
        }
    }

    /// Whether chance alone hardly does as well.
    pub(crate) fn apart(&self) -> bool {
        self.accuracy > self.floor
    }
}

fn guessed(first: &mut [f64], second: &mut [f64], rng: &mut ChaCha20Rng) -> f64 {
    first.shuffle(rng);
    second.shuffle(rng);
    let guesses = first.len() + second.len();
    let (one, other) = first.split_at(first.len() / 2);
    let (uno, altro) = second.split_at(second.len() / 2);
    let right =
        Stump::learn(one, uno).right(other, altro) + Stump::learn(other, altro).right(one, uno);
    right as f64 / guesses as f64
}

/// The middle one.
pub(crate) fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
