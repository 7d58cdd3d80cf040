//! What all AWS services share: error classes, patience, pace, tags, policy documents.
//!
//! Knows nothing of the model, and of no single service.

pub(crate) mod denial;
pub mod error;
mod log;
pub mod pace;
pub mod patience;
#[cfg(any(feature = "operate", feature = "simulator"))]
pub mod policy;
pub mod tags;
