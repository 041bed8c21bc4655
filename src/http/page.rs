//! The pages to which links in mails lead.

use poem::{
    Response,
    http::{StatusCode, header},
};

const PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"robots\" content=\"noindex\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>Letterlock</title></head><body><main>";
const END: &str = "</main></body></html>\n";

/// The button may send the form here, and nothing else may happen.
const POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A page that says this, in the language of the web.
pub(super) fn page(status: StatusCode, text: &str) -> Response {
    Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .body(format!("{PAGE}{text}{END}"))
}
