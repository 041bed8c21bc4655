use std::{
    sync::{atomic::AtomicUsize, mpsc},
    time::Duration,
};

use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::*;

const CHEAP: Params = Params {
    memory_kib: 64,
    iterations: 1,
    lanes: 1,
};

const GOOD: &str = "seven purple herons write";

fn cheap(parallel: usize) -> Passwords {
    Passwords::new(CHEAP, parallel).unwrap()
}

async fn accepted(passwords: &Passwords, text: &str) -> Password {
    passwords
        .check_new(text.into(), &[])
        .await
        .unwrap()
        .unwrap()
}

async fn weakness(text: &str, context: &[&str]) -> Option<Weakness> {
    cheap(1)
        .check_new(text.into(), context)
        .await
        .unwrap()
        .err()
}

#[tokio::test]
async fn weak_passwords_are_refused_and_say_why() {
    for (text, expected) in [
        ("", Some(Weakness::TooShort)),
        ("x7#Qw!2", Some(Weakness::TooShort)),
        // Eight before normalisation, seven after.
        ("x7#Qwe\u{301}2", Some(Weakness::TooShort)),
        ("password", Some(Weakness::Guessable)),
        ("Passw0rd!", Some(Weakness::Guessable)),
        ("aaaaaaaaaaaaaaaa", Some(Weakness::Guessable)),
        ("qwertyuiop", Some(Weakness::Guessable)),
        ("2008-02-29", Some(Weakness::Guessable)),
        ("        ", Some(Weakness::Guessable)),
        ("seven purple\0herons", Some(Weakness::ControlCharacters)),
        ("seven purple\nherons", Some(Weakness::ControlCharacters)),
        // Eight characters are 10⁸ guesses at most, one too few for the strength asked for.
        ("x7#Qw!2z", Some(Weakness::Guessable)),
        ("x7#Qw!2zR", None),
        (GOOD, None),
        ("七羽の紫の鷺が手紙を書く", None),
        ("🦩🪶✉\u{fe0f}🌧🏔🧭🕯🍋", None),
    ] {
        assert_eq!(weakness(text, &[]).await, expected, "{text:?}");
    }
}

#[tokio::test]
async fn the_upper_bound_is_128_characters_after_normalisation() {
    let of = |characters: usize| GOOD.chars().cycle().take(characters).collect::<String>();
    assert_eq!(weakness(&of(128), &[]).await, None);
    assert_eq!(weakness(&of(129), &[]).await, Some(Weakness::TooLong));
    assert_eq!(weakness(&of(1_000_000), &[]).await, Some(Weakness::TooLong));
    let decomposed = format!("{}{}", of(120), "e\u{301}".repeat(8));
    assert_eq!(weakness(&decomposed, &[]).await, None);
}

#[tokio::test]
async fn what_is_known_of_the_owner_makes_no_password() {
    let name = "Wilhelmina Zyxwoski";
    let email = "zyxwoski.wilhelmina@quorndale.org";
    for text in ["Wilhelmina Zyxwoski", "zyxwoskiwilhelmina", "quorndale1"] {
        assert_eq!(
            weakness(text, &[name, email]).await,
            Some(Weakness::Guessable),
            "{text:?}"
        );
    }
    assert_eq!(weakness("Wilhelmina Zyxwoski", &[]).await, None);
    // A long context is cut, not weighed whole.
    let endless = "wilhelmina ".repeat(10_000);
    assert_eq!(weakness(GOOD, &[&endless]).await, None);
}

#[tokio::test]
async fn the_parameters_are_those_of_owasp() {
    let passwords = Passwords::new(Params::default(), 1).unwrap();
    let hash = passwords
        .hash(&accepted(&passwords, GOOD).await)
        .await
        .unwrap();
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
    let parsed = PasswordHash::new(&hash).unwrap();
    assert_eq!(parsed.salt.unwrap().len(), 16);
    assert_eq!(parsed.hash.unwrap().len(), 32);
    assert!(!passwords.outdated(&hash));
    assert!(cheap(1).outdated(&hash));
    assert!(passwords.outdated("no hash"));
}

#[tokio::test]
async fn impossible_parameters_are_refused() {
    for params in [
        Params {
            memory_kib: 0,
            ..CHEAP
        },
        Params {
            iterations: 0,
            ..CHEAP
        },
        Params { lanes: 0, ..CHEAP },
    ] {
        assert!(matches!(Passwords::new(params, 1), Err(Failure::Params(_))));
    }
}

#[tokio::test]
async fn the_right_password_verifies_and_no_other() {
    let passwords = cheap(2);
    let password = accepted(&passwords, GOOD).await;
    let (one, other) = (
        passwords.hash(&password).await.unwrap(),
        passwords.hash(&password).await.unwrap(),
    );
    assert_ne!(one, other, "each has a salt of its own");
    for (candidate, expected) in [
        (GOOD, true),
        ("seven purple herons writ", false),
        ("Seven purple herons write", false),
        ("", false),
        ("a candidate too long to hash", false),
    ] {
        for stored in [&one, &other] {
            let verified = passwords.verify(candidate.into(), Some(stored)).await;
            assert_eq!(verified.unwrap(), expected, "{candidate:?}");
        }
    }
}

#[tokio::test]
async fn both_spellings_of_an_accent_are_one_password() {
    let passwords = cheap(1);
    let hash = passwords
        .hash(&accepted(&passwords, "sept he\u{301}rons violets").await)
        .await
        .unwrap();
    for spelling in ["sept h\u{e9}rons violets", "sept he\u{301}rons violets"] {
        assert!(
            passwords
                .verify(spelling.into(), Some(&hash))
                .await
                .unwrap()
        );
    }
}

#[tokio::test]
async fn every_failure_costs_one_hash() {
    let passwords = cheap(1);
    let hash = passwords
        .hash(&accepted(&passwords, GOOD).await)
        .await
        .unwrap();
    let long = "a".repeat(200);
    let enormous = "a".repeat(5_000_000);
    for (candidate, stored) in [
        (GOOD, None),
        ("wrong", Some(hash.as_str())),
        (&long, Some(&hash)),
        (&long, None),
        (&enormous, Some(&hash)),
        (&enormous, None),
    ] {
        let before = passwords.hashes_done();
        assert!(!passwords.verify(candidate.into(), stored).await.unwrap());
        assert_eq!(passwords.hashes_done() - before, 1);
    }
}

#[tokio::test]
async fn the_dummy_is_made_with_the_same_parameters_and_nobody_has_its_password() {
    let passwords = cheap(1);
    assert!(!passwords.outdated(&passwords.0.dummy.to_string()));
    assert_ne!(passwords.0.dummy.to_string(), cheap(1).0.dummy.to_string());
}

#[tokio::test]
async fn a_stored_text_that_is_no_hash_is_a_failure_not_a_refusal() {
    for stored in [
        "",
        "plain",
        "$argon2id$v=19$m=64,t=1,p=1",
        "$scrypt$ln=1$c2FsdHNhbHQ$aGFzaGhhc2g",
    ] {
        let verified = cheap(1).verify(GOOD.into(), Some(stored)).await;
        assert!(!matches!(verified, Ok(true)), "{stored:?}");
    }
    assert!(matches!(
        cheap(1).verify(GOOD.into(), Some("plain")).await,
        Err(Failure::Stored(_))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_than_the_bound_work_at_a_time() {
    static NOW: AtomicUsize = AtomicUsize::new(0);
    static PEAK: AtomicUsize = AtomicUsize::new(0);
    let passwords = cheap(3);
    let jobs = (0..40).map(|_| {
        let passwords = passwords.clone();
        tokio::spawn(async move {
            passwords
                .work(|_| {
                    let now = NOW.fetch_add(1, Ordering::SeqCst) + 1;
                    PEAK.fetch_max(now, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(5));
                    NOW.fetch_sub(1, Ordering::SeqCst);
                })
                .await
        })
    });
    for job in jobs.collect::<Vec<_>>() {
        job.await.unwrap().unwrap();
    }
    assert_eq!(PEAK.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn work_whose_caller_left_still_counts_against_the_bound() {
    let passwords = cheap(1);
    let (go, wait) = mpsc::channel::<()>();
    let (began, beginning) = mpsc::channel();
    let work = tokio::spawn({
        let passwords = passwords.clone();
        async move {
            passwords
                .work(move |inner| {
                    began.send(()).unwrap();
                    wait.recv().unwrap();
                    inner.hashes.fetch_add(1, Ordering::Relaxed);
                })
                .await
        }
    });
    while beginning.try_recv().is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    work.abort();
    assert!(work.await.unwrap_err().is_cancelled());
    assert_eq!(passwords.0.running.available_permits(), 0);

    let mut next = Box::pin(passwords.verify(GOOD.into(), None));
    let early = tokio::time::timeout(Duration::from_millis(30), &mut next).await;
    assert!(
        early.is_err(),
        "the next one waits for the work, not for its caller"
    );
    go.send(()).unwrap();
    assert!(!next.await.unwrap());
    assert_eq!(passwords.hashes_done(), 2);
}

#[tokio::test]
async fn a_full_queue_says_busy_and_empties_again() {
    let passwords = cheap(1);
    let (go, wait) = mpsc::channel::<()>();
    let first = tokio::spawn({
        let passwords = passwords.clone();
        async move { passwords.work(move |_| wait.recv()).await }
    });
    let waiting: Vec<_> = (0..WAITING_FOR_EACH)
        .map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.verify("nobody".into(), None).await })
        })
        .collect();
    while passwords.0.admitted.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(
        passwords.verify("nobody".into(), None).await,
        Err(Failure::Busy)
    ));
    // One who leaves the queue makes room.
    waiting[0].abort();
    while passwords.0.admitted.available_permits() == 0 {
        tokio::task::yield_now().await;
    }
    go.send(()).unwrap();
    first.await.unwrap().unwrap().unwrap();
    for one in waiting.into_iter().skip(1) {
        assert!(!one.await.unwrap().unwrap());
    }
    assert!(!passwords.verify("nobody".into(), None).await.unwrap());
    assert_eq!(passwords.hashes_done(), 64);
}

#[tokio::test]
async fn work_that_panics_gives_its_place_back() {
    let passwords = cheap(1);
    let cut_short = passwords.work(|_| panic!("on purpose")).await;
    assert!(matches!(cut_short, Err::<(), _>(Failure::CutShort)));
    assert!(!passwords.verify(GOOD.into(), None).await.unwrap());
}

#[tokio::test]
async fn debug_hides_the_password() {
    let shown = format!("{:?}", accepted(&cheap(1), GOOD).await);
    assert_eq!(shown, "Password(hidden)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_candidate_is_weighed_and_the_accepted_verify(text in "\\PC{0,40}", word in "\\PC{0,12}") {
        let (accepted, verified) = Runtime::new().unwrap().block_on(async {
            let passwords = cheap(1);
            match passwords.check_new(text.as_str().into(), &[&word]).await.unwrap() {
                Err(_) => (false, false),
                Ok(password) => {
                    let hash = passwords.hash(&password).await.unwrap();
                    (true, passwords.verify(text.as_str().into(), Some(&hash)).await.unwrap())
                }
            }
        });
        prop_assert_eq!(accepted, verified);
    }
}
