//! The wall's clock, for what no session's clock is there for: new simulated worlds, and when credentials given to other
//! programs end.

use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Returns what time it is.
#[expect(clippy::disallowed_methods, reason = "other programs go by this clock, also where a sandbox has one of its own")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Returns a time as programs read it, to the second: `2026-11-26T23:19:00Z`.
pub(crate) fn iso(time: SystemTime) -> String {
    // A fraction would be one more thing for readers to stumble over; what is cut off makes credentials end early.
    let seconds = DateTime::from_secs(DateTime::from(time).secs());
    seconds.fmt(Format::DateTime).unwrap_or_else(|_| "9999-12-31T23:59:59Z".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn seconds_are_whole() {
        assert_eq!(iso(UNIX_EPOCH + Duration::from_millis(86_400_900)), "1970-01-02T00:00:00Z");
    }
}
