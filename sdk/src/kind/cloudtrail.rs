//! Kinds of AWS CloudTrail. A trail belongs to the management account and is changed in its home Region only.

mod api;
pub mod trail;
