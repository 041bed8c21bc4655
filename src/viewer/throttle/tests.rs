use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::domain::clock::from_millis;

fn clock() -> Clock {
    Clock::manual(from_millis(1_780_000_000_000))
}

fn net(address: &str) -> IpNet {
    network_of(address.parse().unwrap())
}

fn stranger(account: &str, network: IpNet) -> Attempt<'_> {
    Attempt {
        account,
        network,
        device: None,
    }
}

/// How many of `tries` get through.
fn through(throttle: &SignInThrottle, attempt: &Attempt<'_>, tries: usize) -> usize {
    (0..tries)
        .filter(|_| throttle.check(attempt).is_ok())
        .count()
}

#[test]
fn networks_are_prefixes_of_addresses() {
    for (address, network) in [
        ("192.0.2.77", "192.0.2.0/24"),
        ("255.255.255.255", "255.255.255.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::1", "::/48"),
    ] {
        assert_eq!(net(address).to_string(), network);
    }
    assert_eq!(net("192.0.2.1"), net("192.0.2.254"));
    assert_ne!(net("192.0.2.1"), net("192.0.3.1"));
    assert_eq!(net("2001:db8:1::1"), net("2001:db8:1:ffff::1"));
    assert_ne!(net("2001:db8:1::1"), net("2001:db8:2::1"));
}

#[test]
fn a_limit_is_a_burst_that_refills_evenly() {
    let clock = clock();
    let throttle = Throttle::new(Limit::new(20, Duration::from_secs(3600)), clock.clone());
    let home = net("192.0.2.1");
    for _ in 0..20 {
        assert_eq!(throttle.check_network(home), Ok(()));
    }
    let refused = throttle.check_network(home).unwrap_err();
    assert_eq!(
        (refused.0, refused.seconds()),
        (Duration::from_secs(180), 180)
    );
    assert_eq!(throttle.check_network(net("198.51.100.1")), Ok(()));

    clock.advance(TimeDelta::milliseconds(179_999));
    let refused = throttle.check_network(home).unwrap_err();
    assert_eq!(
        (refused.0, refused.seconds()),
        (Duration::from_millis(1), 1)
    );
    clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(throttle.check_network(home), Ok(()));
    assert!(throttle.check_network(home).is_err());
    clock.advance(TimeDelta::hours(1));
    assert_eq!(
        (0..30)
            .filter(|_| throttle.check_network(home).is_ok())
            .count(),
        20
    );
}

#[test]
fn retry_after_is_whole_seconds_and_never_zero() {
    for (nanos, seconds) in [(0, 1), (1, 1), (1_000_000_000, 1), (1_000_000_001, 2)] {
        assert_eq!(RetryAfter(Duration::from_nanos(nanos)).seconds(), seconds);
    }
}

#[test]
fn odd_limits_are_survived() {
    for limit in [
        Limit::new(0, Duration::from_secs(1)),
        Limit::new(1, Duration::ZERO),
        Limit::new(u32::MAX, Duration::from_nanos(1)),
        Limit::new(u32::MAX, Duration::MAX),
        Limit::new(1, Duration::MAX),
    ] {
        assert_eq!(Throttle::new(limit, clock()).check([1]), Ok(()));
    }
}

#[test]
fn ten_tries_a_quarter_of_an_hour_for_an_account_and_a_network() {
    let clock = clock();
    let throttle = SignInThrottle::new(SignInLimits::default(), &clock);
    let attempt = stranger("anna@example.org", net("192.0.2.1"));
    assert_eq!(through(&throttle, &attempt, 1_000), 10);
    let again = throttle.check(&attempt).unwrap_err();
    assert!(again.0 <= Duration::from_secs(9 * 60), "{again:?}");
    clock.advance(TimeDelta::minutes(15));
    assert_eq!(through(&throttle, &attempt, 1_000), 10);
}

#[test]
fn a_hundred_tries_for_a_network_over_all_accounts() {
    let throttle = SignInThrottle::new(SignInLimits::default(), &clock());
    let through = |address: &str| {
        (0..500)
            .filter(|n| {
                let account = format!("member{n}@example.org");
                throttle.check(&stranger(&account, net(address))).is_ok()
            })
            .count()
    };
    assert_eq!(through("192.0.2.1"), 100);
    assert_eq!(through("192.0.2.2"), 0, "the same network");
    assert_eq!(through("198.51.100.1"), 100);
}

#[test]
fn fifty_tries_an_hour_for_an_account_over_all_networks() {
    let clock = clock();
    let throttle = SignInThrottle::new(SignInLimits::default(), &clock);
    let from_everywhere = || {
        (0..200)
            .filter(|n| {
                let network = net(&format!("10.0.{n}.1"));
                throttle
                    .check(&stranger("anna@example.org", network))
                    .is_ok()
            })
            .count()
    };
    assert_eq!(from_everywhere(), 50);
    let elsewhere = stranger("bela@example.org", net("10.0.1.1"));
    assert_eq!(throttle.check(&elsewhere), Ok(()), "another account");
    clock.advance(TimeDelta::hours(1));
    assert_eq!(from_everywhere(), 50);
}

#[test]
fn strangers_cannot_lock_out_a_known_device_not_even_from_its_own_network() {
    let throttle = SignInThrottle::new(SignInLimits::default(), &clock());
    let home = net("192.0.2.1");
    for n in 0..=255 {
        through(
            &throttle,
            &stranger("anna@example.org", net(&format!("10.0.{n}.1"))),
            20,
        );
        through(&throttle, &stranger(&format!("m{n}@example.org"), home), 20);
    }
    assert!(throttle.check(&stranger("anna@example.org", home)).is_err());

    let known = Attempt {
        account: "anna@example.org",
        network: home,
        device: Some([1; 32]),
    };
    assert_eq!(through(&throttle, &known, 100), 10, "it has its own ten");
    let other = Attempt {
        device: Some([2; 32]),
        ..known
    };
    assert_eq!(
        through(&throttle, &other, 100),
        10,
        "and so has every other"
    );
}

#[test]
fn a_known_device_does_not_use_up_the_strangers_tries() {
    let throttle = SignInThrottle::new(SignInLimits::default(), &clock());
    let home = net("192.0.2.1");
    let known = Attempt {
        account: "anna@example.org",
        network: home,
        device: Some([1; 32]),
    };
    assert_eq!(through(&throttle, &known, 100), 10);
    assert_eq!(
        through(&throttle, &stranger("anna@example.org", home), 100),
        10
    );
}

#[test]
fn a_refused_network_does_not_use_up_the_accounts_tries() {
    let throttle = SignInThrottle::new(SignInLimits::default(), &clock());
    through(
        &throttle,
        &stranger("anna@example.org", net("10.9.9.9")),
        1_000,
    );
    let others: usize = (0..100)
        .map(|n| {
            let network = net(&format!("10.0.{n}.1"));
            through(&throttle, &stranger("anna@example.org", network), 1)
        })
        .sum();
    assert_eq!(others, 40, "fifty less the ten that got through");
}

#[test]
fn tidying_forgets_the_stale_and_keeps_the_rest() {
    let clock = clock();
    let throttle = SignInThrottle::new(SignInLimits::default(), &clock);
    for n in 0..100 {
        let network = net(&format!("10.0.{n}.1"));
        throttle
            .check(&stranger(&format!("m{n}@example.org"), network))
            .unwrap();
    }
    assert_eq!(throttle.keys(), 300);
    throttle.tidy();
    assert_eq!(throttle.keys(), 300);
    clock.advance(TimeDelta::hours(2));
    let busy = stranger("anna@example.org", net("192.0.2.1"));
    assert_eq!(through(&throttle, &busy, 100), 10);
    throttle.tidy();
    assert_eq!(throttle.keys(), 3);
    assert!(throttle.check(&busy).is_err(), "what counts still counts");
}

#[test]
fn a_clock_that_is_set_back_frees_nobody() {
    let clock = clock();
    let throttle = SignInThrottle::new(SignInLimits::default(), &clock);
    let attempt = stranger("anna@example.org", net("192.0.2.1"));
    clock.advance(TimeDelta::days(1));
    assert_eq!(through(&throttle, &attempt, 100), 10);
    for back in [
        TimeDelta::hours(-1),
        TimeDelta::days(-2),
        TimeDelta::days(-40_000),
    ] {
        clock.advance(back);
        assert!(throttle.check(&attempt).is_err());
        throttle.tidy();
    }
}

#[test]
fn nothing_is_kept_or_shown_in_clear() {
    let throttle = SignInThrottle::new(SignInLimits::default(), &clock());
    let attempt = stranger("anna@example.org", net("192.0.2.1"));
    throttle.check(&attempt).unwrap();
    let shown = format!("{throttle:?} {attempt:?}");
    assert!(
        !shown.contains("anna") && !shown.contains("192.0"),
        "{shown}"
    );
    assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
    assert_ne!(digest(&[b"ab"]), digest(&[b"ab", b""]));
}

proptest! {
    #[test]
    fn never_more_than_burst_and_refill(waits in proptest::collection::vec(0..400_000i64, 1..80)) {
        let clock = clock();
        let throttle = Throttle::new(Limit::new(10, Duration::from_secs(900)), clock.clone());
        let mut let_through = 0;
        let mut passed = 0;
        for wait in waits {
            clock.advance(TimeDelta::milliseconds(wait));
            passed += wait;
            match throttle.check([7]) {
                Ok(()) => let_through += 1,
                Err(RetryAfter(after)) => {
                    // The promise of Retry-After is kept to the millisecond.
                    clock.advance(TimeDelta::from_std(after).unwrap());
                    passed += i64::try_from(after.as_millis()).unwrap();
                    prop_assert_eq!(throttle.check([7]), Ok(()));
                    let_through += 1;
                }
            }
            prop_assert!(let_through <= 10 + passed / 90_000);
        }
    }

    #[test]
    fn every_address_is_in_its_network(address: std::net::IpAddr) {
        prop_assert!(network_of(address).contains(&address.to_canonical()));
    }
}
