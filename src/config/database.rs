//! Which database, and how the way to it is protected.

use std::path::PathBuf;

pub use crate::store::{Address as DatabaseUrl, TlsMode};

const EXPECTED: &str = "it must be sqlite:PATH, such as sqlite:data/letterlock.db, or \
    postgres://USER:PASSWORD@HOST:PORT/NAME (shown without its value, which may hold a password)";

/// Takes an address apart; on failure says what would be right, without repeating the address.
pub(super) fn parse(text: &str) -> Result<DatabaseUrl, &'static str> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.starts_with(":memory:") {
            return Err(
                "a database in memory would be another one for each connection: \
                    it must be sqlite:PATH, such as sqlite:data/letterlock.db",
            );
        }
        if path.is_empty() || path.ends_with('/') || path.contains(['?', '\0']) {
            return Err(EXPECTED);
        }
        return Ok(DatabaseUrl::Sqlite(path.into()));
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return postgres(text);
    }
    Err(EXPECTED)
}

fn postgres(text: &str) -> Result<DatabaseUrl, &'static str> {
    let (address, query) = text.split_once('?').unwrap_or((text, ""));
    let mut tls = TlsMode::Prefer;
    let mut root_certificates = None;
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", mode)) => {
                tls = match mode {
                    "disable" => TlsMode::Disable,
                    "prefer" => TlsMode::Prefer,
                    "require" => TlsMode::Require,
                    "verify-full" => TlsMode::VerifyFull,
                    _ => return Err("sslmode must be disable, prefer, require or verify-full"),
                }
            }
            Some(("sslrootcert", path)) => {
                let path = unescape(path).filter(|path| !path.is_empty());
                root_certificates = Some(path.ok_or("sslrootcert must be the path of a file")?);
            }
            _ => kept.push(pair.to_owned()),
        }
    }
    if root_certificates.is_some() && tls != TlsMode::VerifyFull {
        return Err("sslrootcert is used with sslmode=verify-full only: set it, or leave both");
    }
    let mode = match tls {
        TlsMode::Disable => "disable",
        TlsMode::Prefer => "prefer",
        TlsMode::Require | TlsMode::VerifyFull => "require",
    };
    kept.push(format!("sslmode={mode}"));
    let url = format!("{address}?{}", kept.join("&"));
    let understood = url
        .parse::<tokio_postgres::Config>()
        .is_ok_and(|config| !config.get_hosts().is_empty());
    if !understood {
        return Err(EXPECTED);
    }
    Ok(DatabaseUrl::Postgres {
        url: url.into(),
        tls,
        root_certificate: root_certificates.map(PathBuf::from),
    })
}

/// Decodes `%2F` and the like; `None` for what is not UTF-8 or breaks off.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let code = part.get(..2)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
