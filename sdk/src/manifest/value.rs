//! The ground floor: a text becomes a value, or the reason why it is none. No sections, no places.

pub(super) mod duration;
pub(super) mod network;
pub(super) mod principal;
