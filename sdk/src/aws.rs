//! What all AWS services share: clock, errors, retries, rate limits, the client, tags, policy documents.
//!
//! Knows nothing of the model, and of no single service.

#[cfg(feature = "call")]
pub(crate) mod client;
pub(crate) mod clock;
pub(crate) mod denial;
pub(crate) mod error;
pub mod limits;
mod log;
#[cfg(any(feature = "operate", feature = "simulator"))]
pub mod policy;
pub mod quotas;
pub(crate) mod rate_limit;
#[cfg_attr(not(feature = "operate"), expect(dead_code, reason = "kinds and the lock use the rest of it"))]
pub(crate) mod retry;
pub(crate) mod stop;
pub mod tags;

pub use error::{Answer, AwsError, Class};
