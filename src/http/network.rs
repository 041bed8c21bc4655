//! Where a request comes from, as far as that may be believed.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use poem::{Request, http::HeaderMap};

/// Returns the address at the other end of the connection, if it is one of the Internet.
pub(super) fn peer(request: &Request) -> Option<IpAddr> {
    request
        .remote_addr()
        .as_socket_addr()
        .map(|address| address.ip().to_canonical())
}

/// Says whether `address` is one of the operator's own proxies.
pub(super) fn trusts(proxies: &[IpNet], address: Option<IpAddr>) -> bool {
    address.is_some_and(|address| proxies.iter().any(|network| network.contains(&address)))
}

/// Returns the client's address: the peer's, or behind trusted proxies the right-most entry of
/// `X-Forwarded-For` that no trusted proxy put there (ASVS 4.1.3: anything further left, the client may
/// have invented).
pub(super) fn client(headers: &HeaderMap, peer: Option<IpAddr>, proxies: &[IpNet]) -> IpAddr {
    let mut nearest = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    if !trusts(proxies, peer) {
        return nearest;
    }
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    for line in lines.into_iter().rev() {
        let Ok(line) = line.to_str() else {
            return nearest;
        };
        for entry in line.rsplit(',') {
            let Some(address) = address(entry.trim()) else {
                return nearest;
            };
            nearest = address;
            if !trusts(proxies, Some(address)) {
                return nearest;
            }
        }
    }
    nearest
}

/// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`.
fn address(entry: &str) -> Option<IpAddr> {
    entry
        .parse::<IpAddr>()
        .or_else(|_| {
            entry
                .parse::<std::net::SocketAddr>()
                .map(|address| address.ip())
        })
        .or_else(|_| entry.trim_matches(['[', ']']).parse::<IpAddr>())
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_of(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let proxies: Vec<IpNet> = proxies.iter().map(|net| net.parse().unwrap()).collect();
        client(&headers, peer.parse().ok(), &proxies).to_string()
    }

    #[test]
    fn nobody_but_a_trusted_proxy_is_believed() {
        assert_eq!(client_of("192.0.2.1", &["203.0.113.9"], &[]), "192.0.2.1");
        assert_eq!(
            client_of("192.0.2.1", &["203.0.113.9"], &["10.0.0.0/8"]),
            "192.0.2.1"
        );
        assert_eq!(
            client_of("unix", &["203.0.113.9"], &["10.0.0.0/8"]),
            "0.0.0.0"
        );
    }

    #[test]
    fn the_right_most_entry_that_is_no_proxy_counts() {
        let proxies = &["10.0.0.0/8", "2001:db8:1::/48"];
        for (forwarded, expected) in [
            (vec!["203.0.113.9"], "203.0.113.9"),
            (vec!["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            (vec!["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            (
                vec!["198.51.100.1", "203.0.113.9", "10.0.0.2"],
                "203.0.113.9",
            ),
            (vec!["203.0.113.9, 2001:db8:1::7, 10.0.0.2"], "203.0.113.9"),
            (vec!["203.0.113.9:4711"], "203.0.113.9"),
            (vec!["[2001:db8:2::1]:4711"], "2001:db8:2::1"),
            (vec!["[2001:db8:2::1]"], "2001:db8:2::1"),
            (vec!["::ffff:203.0.113.9"], "203.0.113.9"),
            (vec!["203.0.113.9, nonsense"], "10.0.0.1"),
            (vec!["203.0.113.9, nonsense, 10.0.0.2"], "10.0.0.2"),
            (vec!["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (vec![], "10.0.0.1"),
            (vec![""], "10.0.0.1"),
        ] {
            assert_eq!(
                client_of("10.0.0.1", &forwarded, proxies),
                expected,
                "{forwarded:?}"
            );
        }
    }
}
