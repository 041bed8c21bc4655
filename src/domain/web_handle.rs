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
}
