//! Where calls are throttled or made to fail on purpose.
//!
//! Asked once for every call, before anything else happens. Nothing is refused yet: the token buckets of aws-facts 1.4
//! and the faults of design section 8 are stated here when they come.

use super::clock::Timestamp;
use super::failure::Failure;
use super::wire::Parsed;

/// What stands between a call and the world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults;

impl Faults {
    /// Returns the refusal that the call meets before it reaches its service, if any.
    #[expect(clippy::unused_self, reason = "rates and faults are state that comes here")]
    pub(crate) fn before(&mut self, _now: Timestamp, _call: &Parsed) -> Option<Failure> {
        None
    }
}
