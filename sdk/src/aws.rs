//! What all AWS services share: clock, errors, retries, rate limits, the client, tags, policy documents.
//!
//! Knows nothing of the model, and of no single service.

#[cfg(feature = "call")]
pub(crate) mod client;
pub mod clock;
pub(crate) mod denial;
pub mod error;
pub mod limits;
mod log;
#[cfg(any(feature = "operate", feature = "simulator"))]
pub mod policy;
pub mod quotas;
pub mod rate_limit;
pub mod retry;
pub mod stop;
pub mod tags;
