use super::*;

fn request(lines: &[(&'static str, &str)]) -> Request {
    let mut request = Request::builder();
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    request.finish()
}

fn gate(own: Option<&str>) -> Gate {
    Gate {
        own: own.map(|own| own.parse().unwrap()),
        listed: vec!["https://app.example".parse().unwrap()],
    }
}

fn passes(gate: &Gate, behind_proxy: bool, lines: &[(&'static str, &str)]) -> bool {
    gate.admit(&request(lines), behind_proxy).is_ok()
}

#[test]
fn origins_are_normalised() {
    for (text, expected) in [
        ("https://A.example", "https://a.example"),
        ("HTTPS://a.example:443", "https://a.example"),
        ("http://a.example:80/", "http://a.example"),
        ("http://a.example:443", "http://a.example:443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ] {
        assert_eq!(
            text.parse::<Origin>().map(|it| it.to_string()),
            Ok(expected.to_owned())
        );
    }
    for text in [
        "",
        "null",
        "*",
        "a.example",
        "https://",
        "ftp://a.example",
        "https://a.example/path",
        "https://a.example?q",
        "https://u@a.example",
        "https://a.example:",
        "https://a.example:x",
        "https://a.example:99999",
        "https://a.example#x",
        "https://*.example/x",
        "https://a b",
    ] {
        assert_eq!(text.parse::<Origin>(), Err(NotAnOrigin), "{text}");
    }
}

#[test]
fn without_a_public_address_the_host_header_says_what_is_own() {
    let gate = gate(None);
    let host = ("host", "127.0.0.1:8000");
    for (lines, expected) in [
        (vec![host], true),
        (vec![host, ("origin", "http://127.0.0.1:8000")], true),
        (vec![host, ("origin", "https://127.0.0.1:8000")], true),
        (vec![host, ("origin", "http://127.0.0.1:8001")], false),
        (vec![host, ("origin", "http://127.0.0.1")], false),
        (vec![host, ("origin", "http://localhost:8000")], false),
        (vec![host, ("origin", "https://evil.example")], false),
        (vec![host, ("origin", "null")], false),
        (vec![host, ("origin", "")], false),
        (
            vec![
                host,
                ("origin", "http://127.0.0.1:8000"),
                ("origin", "null"),
            ],
            false,
        ),
        (vec![("origin", "http://127.0.0.1:8000")], false),
        (vec![host, ("sec-fetch-site", "same-origin")], true),
        (vec![host, ("sec-fetch-site", "none")], true),
        (vec![host, ("sec-fetch-site", "same-site")], false),
        (vec![host, ("sec-fetch-site", "cross-site")], false),
        (vec![host, ("sec-fetch-site", "")], false),
        (
            vec![
                host,
                ("origin", "http://127.0.0.1:8000"),
                ("sec-fetch-site", "cross-site"),
            ],
            false,
        ),
        (
            vec![
                host,
                ("origin", "https://app.example"),
                ("sec-fetch-site", "cross-site"),
            ],
            true,
        ),
        (vec![host, ("origin", "http://app.example")], false),
        (
            vec![host, ("origin", "https://app.example.evil.example")],
            false,
        ),
        (vec![host, ("origin", "https://app.example:8443")], false),
    ] {
        assert_eq!(passes(&gate, false, &lines), expected, "{lines:?}");
    }
}

#[test]
fn a_public_address_is_the_only_own_one() {
    let gate = gate(Some("https://letterlock.example"));
    let host = ("host", "10.0.0.7:8000");
    assert!(passes(
        &gate,
        false,
        &[host, ("origin", "https://letterlock.example")]
    ));
    assert!(passes(&gate, false, &[host]));
    assert!(!passes(
        &gate,
        false,
        &[host, ("origin", "http://letterlock.example")]
    ));
    assert!(!passes(
        &gate,
        false,
        &[host, ("origin", "http://10.0.0.7:8000")]
    ));
}

#[test]
fn a_forwarded_host_counts_behind_a_trusted_proxy_only() {
    let gate = gate(None);
    let lines = [
        ("host", "10.0.0.7"),
        ("x-forwarded-host", "evil.example, letterlock.example"),
        ("origin", "https://letterlock.example"),
    ];
    assert!(passes(&gate, true, &lines));
    assert!(!passes(&gate, false, &lines));
    let forged = [
        ("host", "10.0.0.7"),
        ("x-forwarded-host", "evil.example, letterlock.example"),
        ("origin", "https://evil.example"),
    ];
    assert!(!passes(&gate, true, &forged));
}

#[test]
fn a_get_with_a_cookie_needs_a_header_that_forms_cannot_send() {
    let cookie = ("cookie", "__Host-letterlock-session=abc");
    let ok = |lines: &[(&'static str, &str)]| check_forgery(&request(lines)).is_ok();
    assert!(ok(&[]));
    assert!(ok(&[("cookie", "other=1")]));
    assert!(!ok(&[cookie]));
    assert!(ok(&[cookie, ("authorization", "Bearer x")]));
    for name in PREFLIGHT_HEADERS {
        assert!(ok(&[cookie, (name, "1")]), "{name}");
    }
}
