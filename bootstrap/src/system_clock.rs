//! The wall's clock, for what no session's clock is there for: new simulated worlds, and when credentials given to other
//! programs end.

use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::format::duration;

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

/// Returns a time as people read it, and how long it has been: `14:02 UTC, 12 min ago`; with its day where that is another.
///
/// The time may be another host's: one that has not come yet, by this one's clock, says nothing about how long.
pub(crate) fn ago(then: SystemTime, now: SystemTime) -> String {
    const MINUTE: u64 = 60;
    let (written, today) = (iso(then), iso(now));
    let (day, clock) = (written.get(..10).unwrap_or_default(), written.get(11..16).unwrap_or_default());
    let day = if today.starts_with(day) { String::new() } else { format!("{day} ") };
    let past = match now.duration_since(then).map(|past| past.as_secs()) {
        Ok(seconds @ MINUTE..) => format!(", {} ago", duration(Duration::from_secs(seconds - seconds % MINUTE))),
        Ok(_) => ", less than a minute ago".to_owned(),
        Err(_) => String::new(),
    };
    format!("{day}{clock} UTC{past}")
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_time_is_said_with_how_long_ago_it_was() {
        const NOON: u64 = 43_200;
        let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
        for (then, now, said) in [
            (NOON + 120, NOON + 120 + 725, "12:02 UTC, 12 min ago"),
            (NOON, NOON + 59, "12:00 UTC, less than a minute ago"),
            (NOON, NOON + 3600 + 300, "12:00 UTC, 1 h 5 min ago"),
            (NOON, NOON + 86_400, "1970-01-01 12:00 UTC, 24 h 0 min ago"),
            (NOON + 600, NOON, "12:10 UTC"),
        ] {
            assert_eq!(ago(at(then), at(now)), said);
        }
    }

    #[test]
    fn seconds_are_whole() {
        assert_eq!(iso(UNIX_EPOCH + Duration::from_millis(86_400_900)), "1970-01-02T00:00:00Z");
    }
}
