//! The body of a request, read as it arrives and no further than it may go.

use std::time::Duration;

use poem::{
    Request,
    error::ReadBodyError,
    http::{StatusCode, header},
};

use super::refusal::Refusal;
use crate::graphql::error::Code;

fn too_long() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        Code::LimitExceeded,
        "The body of the request is too long.",
    )
    .with(header::CONNECTION, "close")
}

/// Refuses a body whose announced length is more than `longest`, before any of it is read.
///
/// # Errors
///
/// 413.
pub(super) fn check_announced(request: &Request, longest: usize) -> Result<(), Refusal> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |it| it > longest)) {
        return Err(too_long());
    }
    Ok(())
}

/// Reads the body, which may be `longest` bytes long and take `patience` to arrive.
///
/// # Errors
///
/// 413 for too long a one, however its length was announced, 408 for one that does not arrive, 400 for one that breaks off.
pub(super) async fn read(
    request: &mut Request,
    longest: usize,
    patience: Duration,
) -> Result<Vec<u8>, Refusal> {
    check_announced(request, longest)?;
    let reading = request.take_body().into_bytes_limit(longest);
    match tokio::time::timeout(patience, reading).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(ReadBodyError::PayloadTooLarge)) => Err(too_long()),
        Ok(Err(_)) => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            Code::BadUserInput,
            "The body of the request broke off.",
        )),
        Err(_) => Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            Code::LimitExceeded,
            "The body of the request did not arrive in time.",
        )
        .with(header::CONNECTION, "close")),
    }
}
