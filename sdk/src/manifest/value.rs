//! The lowest layer: a text becomes a value, or an error. No sections, no places.

pub(super) mod contact;
pub(super) mod duration;
pub(super) mod network;
pub(super) mod principal;
pub(super) mod subscriber;
