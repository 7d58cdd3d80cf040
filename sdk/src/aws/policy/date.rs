//! Points in time in policies: ISO 8601 in the W3C profile, or seconds since 1970.

/// Most digits of a number of seconds; enough for the year 33000.
const EPOCH_DIGITS_MAX: usize = 12;
const MILLIS_PER_SECOND: i64 = 1000;
const SECONDS_PER_DAY: i64 = 86_400;
/// Days from 1 March of the year 0 to 1 January 1970.
const DAYS_BEFORE_1970: i64 = 719_468;

/// Returns milliseconds since 1970, or `None` if the text is not a date.
///
/// Four digits are a year, other digits seconds since 1970; a time without a zone is UTC.
pub(super) fn parse(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.len() != 4 && digits.bytes().all(|b| b.is_ascii_digit()) {
        return if digits.len() <= EPOCH_DIGITS_MAX { Some(text.parse::<i64>().ok()? * MILLIS_PER_SECOND) } else { None };
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| number(part, 2))?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let midnight = days_since_1970(year, month, day) * SECONDS_PER_DAY * MILLIS_PER_SECOND;
    match time {
        None => Some(midnight),
        Some(time) => Some(midnight + time_of_day(time)?),
    }
}

/// Milliseconds from midnight UTC; negative or above a day if a zone moves the time past midnight.
fn time_of_day(text: &str) -> Option<i64> {
    let (clock, offset_minutes) = if let Some(clock) = text.strip_suffix('Z') {
        (clock, 0)
    } else if let Some(at) = text.rfind(['+', '-']) {
        let (hours, minutes) = text[at + 1..].split_once(':')?;
        let offset = number(hours, 2)? * 60 + number(minutes, 2)?;
        (&text[..at], if text[at..].starts_with('-') { -offset } else { offset })
    } else {
        (text, 0)
    };
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = number(parts.next()?, 2)?;
    let (second, millis) = match parts.next() {
        None => (0, 0),
        Some(part) => match part.split_once('.') {
            None => (number(part, 2)?, 0),
            Some((second, fraction)) => (number(second, 2)?, fraction_millis(fraction)?),
        },
    };
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some((((hour * 60 + minute - offset_minutes) * 60) + second) * MILLIS_PER_SECOND + millis)
}

fn fraction_millis(digits: &str) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let three: String = digits.chars().chain("00".chars()).take(3).collect();
    three.parse().ok()
}

fn number(text: &str, digits: usize) -> Option<i64> {
    if text.len() == digits && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the leap day is the last day of a year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - DAYS_BEFORE_1970
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let cases = [
            ("1970", Some(0)),
            ("1970-01-02", Some(86_400_000)),
            ("2000-02-29", Some(951_782_400_000)),
            ("2026-11-24T12:00:00Z", Some(1_795_521_600_000)),
            ("2026-11-24T13:30:00+01:30", Some(1_795_521_600_000)),
            ("2026-11-24T07:00-05:00", Some(1_795_521_600_000)),
            ("2026-11-24T12:00:00.25Z", Some(1_795_521_600_250)),
            ("1795521600", Some(1_795_521_600_000)),
            ("0", Some(0)),
            ("1969-12-31T23:59:59Z", Some(-1000)),
            ("2016-12-31T23:59:60Z", Some(1_483_228_800_000)),
            ("2026-04-30", Some(1_777_507_200_000)),
            ("1900-02-28", Some(-2_203_977_600_000)),
            ("1900-02-29", None),
            ("2024-02-29", Some(1_709_164_800_000)),
            ("2026-02-29", None),
            ("2026-04-31", None),
            ("2026-13", None),
            ("2026-1-1", None),
            ("2026-01-01T25:00Z", None),
            ("2026-01-01T24:00Z", None),
            ("2026-01-01T12:60Z", None),
            ("2026-01-01T12:00:61Z", None),
            ("2026-01-01T12:00:00.Z", None),
            ("2026-01-01T12:00:00.2xZ", None),
            ("2026-01-01T", None),
            ("tomorrow", None),
            ("", None),
            ("-", None),
            ("9999999999999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
