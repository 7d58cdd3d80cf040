//! Landfall: one manifest, every AWS account.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

pub mod address;
#[cfg(feature = "operate")]
pub mod apply;
pub mod aws;
#[cfg(feature = "operate")]
pub mod desired;
pub mod environments;
#[cfg(feature = "operate")]
pub mod event;
pub mod id;
#[cfg(feature = "operate")]
pub mod kind;
#[cfg(feature = "operate")]
pub mod manifest;
#[cfg(feature = "operate")]
pub mod model;
pub mod name;
#[cfg(feature = "operate")]
pub mod observe;
#[cfg(feature = "operate")]
pub mod observed;
#[cfg(feature = "operate")]
pub mod plan;
pub mod session;
