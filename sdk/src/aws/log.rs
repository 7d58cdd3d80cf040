//! The log: one line for each call to AWS, at `debug` under the target `landfall::aws`.
//!
//! A line has the call, the account and Region, the attempt, the duration, and AWS's error code if it failed. Parameters and answers are
//! not logged, since some of them are secret.

use std::time::SystemTime;

use super::error::AwsError;
use super::rate_limit::RateLimiter;

/// Logs the result of one attempt of a call, with the time since it was sent.
pub(super) fn answered(limiter: &RateLimiter, call: &str, tries: u32, sent: SystemTime, error: Option<&AwsError>) {
    let took = limiter.clock().now().duration_since(sent).unwrap_or_default();
    let account = if limiter.account().is_empty() { "own" } else { limiter.account() };
    let (region, attempt) = (limiter.region(), tries + 1);
    match error {
        None => tracing::debug!(target: "landfall::aws", account, region, attempt, ?took, "{call}"),
        Some(AwsError { code, request_id, .. }) => {
            let (code, request) = (code.as_deref().unwrap_or("none"), request_id.as_deref().unwrap_or_default());
            tracing::debug!(target: "landfall::aws", account, region, attempt, ?took, code, request, "{call} failed");
        }
    }
}
