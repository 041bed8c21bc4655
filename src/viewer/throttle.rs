//! How often something may be tried before one must wait.
//!
//! Attempts are counted whether or not they succeed, and counted the same whether or not an account exists: a
//! refusal says nothing. Each limit is a bucket that refills evenly (GCRA): `10 in 15 minutes` lets ten through
//! at once and then one every 90 seconds. Counters live in this process, under digests: no e-mail address is kept.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{self, Clock as _},
    nanos::Nanos,
    state::keyed::DashMapStateStore,
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use sha2::{Digest, Sha256};

use crate::domain::clock::Clock;

/// How much of an IPv4 address is kept (policy clause C8).
const IPV4_PREFIX: u8 = 24;

/// How much of an IPv6 address is kept (policy clause C8): what one customer of a provider commonly has.
const IPV6_PREFIX: u8 = 48;

/// The network of an address: /24 or /48. An IPv4 address that is written as an IPv6 one counts as what it is.
pub fn network_of(address: IpAddr) -> IpNet {
    match address.to_canonical() {
        IpAddr::V4(v4) => Ipv4Net::new(v4, IPV4_PREFIX)
            .map_or_else(|_| IpNet::from(address), IpNet::V4)
            .trunc(),
        IpAddr::V6(v6) => Ipv6Net::new(v6, IPV6_PREFIX)
            .map_or_else(|_| IpNet::from(address), IpNet::V6)
            .trunc(),
    }
}

/// Longer waits than a year are a mistake, and the limiter's nanoseconds end after some hundred.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How many times within how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many times at once.
    pub times: NonZeroU32,
    /// How long until as many are possible again.
    pub within: Duration,
}

impl Limit {
    /// `times` in `within`; a limit of none is a limit of one.
    pub const fn new(times: u32, within: Duration) -> Self {
        let times = match NonZeroU32::new(times) {
            Some(times) => times,
            None => NonZeroU32::MIN,
        };
        Self { times, within }
    }

    fn quota(self) -> Quota {
        let each = self.within.min(LONGEST) / self.times.get();
        Quota::with_period(each.max(Duration::from_nanos(1)))
            .unwrap_or(Quota::per_second(self.times))
            .allow_burst(self.times)
    }
}

/// Too often: what was asked for may be tried again after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("too often; again in {} seconds", self.seconds())]
pub struct RetryAfter(pub Duration);

impl RetryAfter {
    /// Whole seconds, rounded up, at least one: for the `Retry-After` header (RFC 9110, 10.2.3).
    pub fn seconds(self) -> u64 {
        let whole = self.0.as_secs();
        let begun = u64::from(self.0.subsec_nanos() > 0);
        (whole + begun).max(1)
    }
}

/// Half a SHA-256 digest: what is counted under it cannot be read back.
type Key = [u8; 16];

/// Our clock, as the limiter wants it.
#[derive(Clone, Debug)]
struct Ticks(Clock);

impl clock::Clock for Ticks {
    type Instant = Nanos;

    /// Nanoseconds that only ever grow: setting the machine's clock back neither empties a counter nor locks
    /// anybody out until the old time has come again.
    fn now(&self) -> Nanos {
        Nanos::new(self.0.ticks().saturating_mul(1_000_000))
    }
}

type Limiter =
    RateLimiter<Key, DashMapStateStore<Key>, Ticks, governor::middleware::NoOpMiddleware<Nanos>>;

/// One limit, counted for each key by itself.
pub struct Throttle {
    limiter: Limiter,
    clock: Ticks,
}

impl Throttle {
    /// A throttle in which nothing has been tried yet.
    pub fn new(limit: Limit, clock: Clock) -> Self {
        let clock = Ticks(clock);
        Self {
            limiter: RateLimiter::dashmap_with_clock(limit.quota(), clock.clone()),
            clock,
        }
    }

    /// Counts one try under `key`: a member's id, a digest.
    ///
    /// # Errors
    /// [`RetryAfter`] when it is one too many; a refused try is not counted.
    pub fn check(&self, key: impl AsRef<[u8]>) -> Result<(), RetryAfter> {
        self.check_parts(&[key.as_ref()])
    }

    /// Counts one try from `network`.
    ///
    /// # Errors
    /// [`RetryAfter`] when it is one too many; a refused try is not counted.
    pub fn check_network(&self, network: IpNet) -> Result<(), RetryAfter> {
        self.check_parts(&[network.to_string().as_bytes()])
    }

    /// Forgets the keys that have all their tries again. To be called now and then.
    pub fn tidy(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }

    /// How many keys are remembered.
    pub fn keys(&self) -> usize {
        self.limiter.len()
    }

    fn check_parts(&self, parts: &[&[u8]]) -> Result<(), RetryAfter> {
        self.limiter
            .check_key(&digest(parts))
            .map_err(|until| RetryAfter(until.wait_time_from(self.clock.now())))
    }
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Throttle")
            .field("keys", &self.keys())
            .finish_non_exhaustive()
    }
}

fn digest(parts: &[&[u8]]) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        // Its length before each part: `ab`, `c` is not `a`, `bc`.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut key = Key::default();
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

/// One try to sign in.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The folded e-mail address that was given, whether or not anybody has it.
    pub account: &'a str,
    /// Where the try comes from, as [`network_of`] has it.
    pub network: IpNet,
    /// The digest of the device's mark: only of a device *verified* to have signed in to this account before.
    pub device: Option<[u8; 32]>,
}

// The address is in no log.
impl std::fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attempt(hidden)")
    }
}

/// The four limits on signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInLimits {
    /// From one network to one account.
    pub account_and_network: Limit,
    /// From one network to all accounts together.
    pub network: Limit,
    /// From all unknown devices of all networks together to one account.
    pub strangers: Limit,
    /// From one known device to its account.
    pub known_device: Limit,
}

impl Default for SignInLimits {
    fn default() -> Self {
        const QUARTER: Duration = Duration::from_secs(15 * 60);
        const HOUR: Duration = Duration::from_secs(60 * 60);
        Self {
            account_and_network: Limit::new(10, QUARTER),
            network: Limit::new(100, QUARTER),
            strangers: Limit::new(50, HOUR),
            known_device: Limit::new(10, QUARTER),
        }
    }
}

/// The throttle of signing in: nobody guesses for long, and nobody locks somebody else out.
///
/// A device that signed in to the account before has a counter of its own and is subject to no other: whatever
/// strangers do, also those in its own network, its owner comes in (OWASP ASVS 6.1.1). All others are counted by
/// network, by account and network, and by account, in this order: a try that one counter refuses
/// is not held against the next, so that a refused network does not go on using up the account's tries.
#[derive(Debug)]
pub struct SignInThrottle {
    network: Throttle,
    account_and_network: Throttle,
    strangers: Throttle,
    known_device: Throttle,
}

impl SignInThrottle {
    /// A throttle in which nobody has tried yet.
    pub fn new(limits: SignInLimits, clock: &Clock) -> Self {
        let throttle = |limit| Throttle::new(limit, clock.clone());
        Self {
            network: throttle(limits.network),
            account_and_network: throttle(limits.account_and_network),
            strangers: throttle(limits.strangers),
            known_device: throttle(limits.known_device),
        }
    }

    /// Counts one try, before anything is looked up or hashed.
    ///
    /// # Errors
    /// [`RetryAfter`] when it is one too many.
    pub fn check(&self, attempt: &Attempt<'_>) -> Result<(), RetryAfter> {
        let account = attempt.account.as_bytes();
        if let Some(device) = &attempt.device {
            return self.known_device.check_parts(&[account, device]);
        }
        let network = attempt.network.to_string();
        self.network.check_parts(&[network.as_bytes()])?;
        self.account_and_network
            .check_parts(&[account, network.as_bytes()])?;
        self.strangers.check_parts(&[account])
    }

    /// Forgets the keys that have all their tries again. To be called now and then.
    pub fn tidy(&self) {
        for throttle in self.all() {
            throttle.tidy();
        }
    }

    /// How many keys are remembered.
    pub fn keys(&self) -> usize {
        self.all().into_iter().map(Throttle::keys).sum()
    }

    fn all(&self) -> [&Throttle; 4] {
        [
            &self.network,
            &self.account_and_network,
            &self.strangers,
            &self.known_device,
        ]
    }
}

#[cfg(test)]
mod tests;
