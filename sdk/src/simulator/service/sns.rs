//! Amazon SNS: standard topics and their subscriptions by e-mail and text message. Nothing is delivered.
//!
//! A subscription by e-mail is pending until it is confirmed, which happens outside of AWS:
//! [`Options::with_confirming`](crate::simulator::Options::with_confirming) names the addresses that confirm at once. FIFO topics, other
//! protocols, and topics of other accounts are not simulated.

mod place;
mod subscriptions;
mod tags;
mod topics;

use super::Operation;

pub(super) const OPERATIONS: &[&[Operation]] = &[topics::OPERATIONS, subscriptions::OPERATIONS, tags::OPERATIONS];
