//! Where else on the web somebody is found.

use super::text::Line;

/// A name or address on a service elsewhere. It is text that others read, never a link that is followed.
#[derive(Clone, PartialEq, Eq)]
pub struct WebHandle {
    service: String,
    address: String,
}

impl std::fmt::Debug for WebHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebHandle(hidden)")
    }
}

/// An address that is not of the web, such as `javascript:…`, which a careless page would run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an address of the web")]
pub struct NotOfTheWeb;

/// The service's name: 1 to 30 characters.
pub type Service = Line<30>;
/// The name or address there: 1 to 200 characters.
pub type Address = Line<200>;

/// The schemes of an address that a browser may open without harm.
const SCHEMES: [&str; 2] = ["http", "https"];

impl WebHandle {
    /// Both, read before. An address with a scheme has one of the web's (RFC 3986, 3.1).
    ///
    /// # Errors
    ///
    /// [`NotOfTheWeb`].
    pub fn new(service: Service, address: Address) -> Result<Self, NotOfTheWeb> {
        let scheme = address.as_str().split_once(':').map(|(scheme, _)| scheme);
        let harmful = scheme.is_some_and(|scheme| {
            let plain = scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
            plain
                && !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())
                && !scheme.contains('.')
        });
        if harmful {
            return Err(NotOfTheWeb);
        }
        Ok(Self {
            service: service.into_string(),
            address: address.into_string(),
        })
    }

    /// As it was stored.
    pub fn stored(service: &str, address: &str) -> Self {
        Self {
            service: service.to_owned(),
            address: address.to_owned(),
        }
    }

    /// The service's name.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The name or address there.
    pub fn address(&self) -> &str {
        &self.address
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(address: &str) -> Result<WebHandle, NotOfTheWeb> {
        let service = Service::parse("Somewhere").unwrap();
        WebHandle::new(service, Address::parse(address).unwrap())
    }

    #[test]
    fn takes_names_and_addresses_of_the_web() {
        for good in [
            "@ada",
            "ada#1815",
            "https://ada.example/",
            "HTTP://ada.example",
            "ada.example:8080",
            "a b: c",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn refuses_what_a_page_could_run() {
        for bad in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "vbscript:x",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    /// The scheme that a browser finds at the beginning of a link: it drops controls and blanks before it and
    /// tabs and line breaks everywhere (WHATWG URL, basic URL parser).
    fn scheme_to_a_browser(link: &str) -> Option<String> {
        let link: String = link
            .trim_start_matches(|c: char| c <= ' ')
            .chars()
            .filter(|c| !"\t\n\r".contains(*c))
            .collect();
        let (scheme, _) = link.split_once(':')?;
        let begins = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
        let goes_on = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        (begins && scheme.chars().all(goes_on)).then(|| scheme.to_ascii_lowercase())
    }

    /// Links and what looks like them, put together of schemes and of what a browser passes over.
    fn any_address() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "javascript",
            "JaVaScript",
            "java",
            "script",
            "data",
            "http",
            "HTTPS",
            "file",
            "blob",
            ":",
            ":",
            "//",
            "@ada",
            "ada.example",
            ".",
            "+",
            " ",
            "\t",
            "\n",
            "\u{1}",
            "\u{ad}",
            "\u{200d}",
            "\u{212a}",
            "\u{ff1a}",
            "8080",
            "%3a",
            "&colon;",
        ]);
        prop_oneof![
            1 => prop::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
            3 => prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()),
            1 => "[a-zA-Z+.-]{1,8}:[a-z/]{0,8}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_browser_runs_what_is_taken(service in "[a-z]{1,31}", raw in any_address()) {
            let (Ok(service), Ok(address)) = (Service::parse(&service), Address::parse(&raw)) else {
                return Ok(());
            };
            let Ok(handle) = WebHandle::new(service, address) else {
                let scheme = raw.trim().split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
                prop_assert!(scheme.is_some(), "{:?} has no scheme", raw);
                prop_assert!(!matches!(scheme.as_deref(), Some("http" | "https")), "{:?}", raw);
                return Ok(());
            };
            if let Some(scheme) = scheme_to_a_browser(handle.address()) {
                // A name of a host with its port, `ada.example:8080`; what a browser runs has no dot.
                let host = scheme.contains('.');
                prop_assert!(host || ["http", "https"].contains(&scheme.as_str()), "{:?}", raw);
            }
            let service = Service::parse(handle.service()).unwrap();
            let address = Address::parse(handle.address()).unwrap();
            prop_assert!(WebHandle::new(service, address) == Ok(handle));
        }
    }
}
