//! What the tests stand on.

pub(crate) mod app;
pub(crate) mod backend;
pub(crate) mod client;
pub(crate) mod dump;
pub(crate) mod golden;
pub(crate) mod listening;
pub(crate) mod log;
pub(crate) mod penpals;
pub(crate) mod photos;
pub(crate) mod plans;
pub(crate) mod postgres;
pub(crate) mod raw;
pub(crate) mod recorder;
pub(crate) mod smtp;
pub(crate) mod world;
pub(crate) mod written;

/// Makes trials of tests: `trials!(backends; first_test, second_test)`. Each is an
/// `async fn(app: TestApp)` and runs once a backend, under the name `module::test::backend`.
macro_rules! trials {
    ($backends:expr; $($test:ident),* $(,)?) => {{
        let mut trials = Vec::new();
        $(
            trials.extend($backends.trials(
                concat!(module_path!(), "::", stringify!($test)),
                |app| Box::pin($test(app)),
            ));
        )*
        trials
    }};
}
pub(crate) use trials;

/// Makes trials of tests of two services at once: each is an `async fn(first: TestApp, second: TestApp)`.
macro_rules! twins {
    ($backends:expr; $($test:ident),* $(,)?) => {{
        let mut trials = Vec::new();
        $(
            trials.extend($backends.twins(
                concat!(module_path!(), "::", stringify!($test)),
                |first, second| Box::pin($test(first, second)),
            ));
        )*
        trials
    }};
}
pub(crate) use twins;

/// Makes trials of tests that need no backend: `plain!(first_test, second_test)`, each a `fn()`.
macro_rules! plain {
    ($($test:ident),* $(,)?) => {
        vec![$(
            $crate::support::backend::plain(concat!(module_path!(), "::", stringify!($test)), $test),
        )*]
    };
}
pub(crate) use plain;
