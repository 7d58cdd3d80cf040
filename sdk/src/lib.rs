//! Landfall: one manifest, every AWS account.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

pub mod address;
pub mod aws;
pub mod id;
pub mod manifest;
pub mod model;
pub mod name;
#[cfg(feature = "simulator")]
pub mod simulator;
