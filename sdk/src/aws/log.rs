//! The log: one line for each call to AWS, at `debug` under the target `landfall::aws`.
//!
//! What was asked and answered stays out, since some of it is secret: a line says which call, in which account and Region, at which
//! attempt, how long it took, and AWS's code where it was refused.

use std::time::SystemTime;

use super::error::AwsError;
use super::rate_limit::RateLimiter;

/// Logs how a call was answered that was sent at a time, after so many tries.
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
