//! Releases: what is built once, and the exact text that CloudFormation is given for each environment.
//!
//! A [`Release`] is one document: a template, images by digest, and what every environment is told. [`fill`] writes what one environment is
//! told into the template, [`pin`] gives every parameter its value and allows no other. The result, a [`StackPlan`], is the whole truth about a
//! deployment: it is what people look at and approve, what runs, and what a rollback deploys again. All three are named by their digests.
//!
//! Pure: reads no file, and calls nothing.

mod canonical;
mod document;
mod fill;
mod image;
mod pin;
mod problem;
mod template;
#[cfg(test)]
mod tests;

pub use canonical::{Digest, NotADigest, canonical};
pub use document::{RELEASE_FORM, Release, ReleaseError, Told};
pub use fill::{CONFIG_RESOURCE, Place, RECORD_RESOURCE, fill};
pub use image::{Image, ImageError};
pub use pin::{StackPlan, pin};
pub use problem::Problem;
pub use template::{Moving, MovingPart, TEMPLATE_BYTES_MAX, Template};
