//! Limits for a bench that is not about them.

use std::time::Duration;

use letterlock::{
    domain::clock::Clock,
    graphql::services::Throttles,
    viewer::throttle::{Limit, SignInLimits, SignInThrottle, Throttle},
};

/// Limits that nothing here comes near.
pub(crate) fn wide(clock: &Clock) -> Throttles {
    let limit = Limit::new(1_000_000_000, Duration::from_secs(1));
    let throttle = || Throttle::new(limit, clock.clone());
    let limits = SignInLimits {
        account_and_network: limit,
        network: limit,
        strangers: limit,
        known_device: limit,
    };
    Throttles {
        sign_in: SignInThrottle::new(limits, clock),
        sign_up: throttle(),
        screening: throttle(),
        acts: throttle(),
        messages: throttle(),
        messages_a_day: throttle(),
        posts: throttle(),
        strangers: throttle(),
        newcomers: throttle(),
        reports: throttle(),
        searches: throttle(),
        checks: throttle(),
        by_email: throttle(),
        asks: throttle(),
        change_email: throttle(),
        resets: throttle(),
        mailboxes: throttle(),
        confirmations: throttle(),
        code: throttle(),
        photos: throttle(),
        password: throttle(),
    }
}
