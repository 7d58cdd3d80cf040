//! Durations in the manifest: a whole number and one unit, `90s`, `10m`, `1h`, `30d`, `7y`.

use crate::name::Retention;
use crate::written::duration::seconds;
use crate::written::shorten;

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Longest time logs are kept, in days: a century. More is a typing error.
const RETENTION_DAYS_MAX: u64 = 100 * 365;
/// Shortest and longest session of a role (IAM, `MaxSessionDuration`).
const SESSION_SECONDS: std::ops::RangeInclusive<u64> = 3_600..=43_200;

/// Reads a retention period of logs, in days.
pub(in crate::manifest) fn retention_days(text: &str) -> Result<u32, String> {
    let seconds = seconds(text)?;
    let out_of_range = || format!("`{}` is not between 1d and 100y", shorten(text));
    if !(DAY..=RETENTION_DAYS_MAX * DAY).contains(&seconds) {
        return Err(out_of_range());
    }
    if !seconds.is_multiple_of(DAY) {
        return Err(format!("`{text}` is not a whole number of days"));
    }
    u32::try_from(seconds / DAY).map_err(|_| out_of_range())
}

/// Reads how long backups are kept, in days; AWS Backup takes 1 to 36,500 (docs/AWS.md 8.5).
pub(in crate::manifest) fn backup_days(text: &str) -> Result<u32, String> {
    retention_days(text)
}

/// Reads how long new log groups keep their events; AWS takes certain numbers of days for a whole account.
pub(in crate::manifest) fn log_group_retention(text: &str) -> Result<Retention, String> {
    if text == "forever" {
        return Ok(Retention::Forever);
    }
    let days = retention_days(text)?;
    match Retention::DAYS.iter().find(|known| u32::from(**known) >= days) {
        Some(known) if u32::from(*known) == days => Ok(Retention::Days(*known)),
        Some(next) => Err(format!("for a whole account CloudWatch Logs does not take `{}`: the next longer is `{next}d`", shorten(text))),
        None => Err(format!("for a whole account CloudWatch Logs takes at most `3653d`, or `forever`, not `{}`", shorten(text))),
    }
}

/// Reads the longest session of a role, in seconds.
pub(in crate::manifest) fn session_seconds(text: &str) -> Result<u32, String> {
    let seconds = seconds(text)?;
    let out_of_range = || format!("a session of `{}` is not between 1h and 12h", shorten(text));
    if !SESSION_SECONDS.contains(&seconds) {
        return Err(out_of_range());
    }
    u32::try_from(seconds).map_err(|_| out_of_range())
}

/// Reads a flow log's aggregation interval, in seconds; EC2 accepts two.
pub(in crate::manifest) fn flow_log_seconds(text: &str) -> Result<u16, String> {
    match seconds(text)? {
        60 => Ok(60),
        600 => Ok(600),
        _ => Err(format!("a flow log's interval is `60s` or `600s`, not `{}`", shorten(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(retention_days("7y"), Ok(2_555));
        assert_eq!(retention_days("48h"), Ok(2));
        assert_eq!(session_seconds("12h"), Ok(43_200));
        assert_eq!(flow_log_seconds("10m"), Ok(600));
        for bad in ["", "7", "y", "7 d", "-1d", "1.5h", "1h30m", "7w", "٧d", "1é"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
        assert!(retention_days("36h").is_err());
        // The error names the range.
        for bad in ["0d", "23h", "101y", "4294967296d", "99999999999999999999d", "9999999999999999y"] {
            assert!(retention_days(bad).expect_err(bad).ends_with("is not between 1d and 100y"), "{bad}");
            assert!(session_seconds(bad).expect_err(bad).ends_with("is not between 1h and 12h"), "{bad}");
            assert!(flow_log_seconds(bad).expect_err(bad).contains("`60s` or `600s`"), "{bad}");
        }
        assert!(session_seconds("59m").is_err() && session_seconds("13h").is_err() && flow_log_seconds("61s").is_err());
    }
}
