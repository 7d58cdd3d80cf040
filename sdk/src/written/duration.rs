//! Durations in a file: a whole number and one unit, `90s`, `10m`, `1h`, `30d`, `7y`.

use super::shorten;

/// Seconds of each unit. A year is 365 days, so that `7y` is a whole number of days everywhere.
const UNITS: [(char, u64); 5] = [('s', 1), ('m', 60), ('h', 3_600), ('d', DAY), ('y', 365 * DAY)];
const DAY: u64 = 86_400;

/// Returns the seconds of a duration; on overflow the largest number, which is outside every range.
pub(crate) fn seconds(text: &str) -> Result<u64, String> {
    let refuse = || format!("`{}` is not a duration", shorten(text));
    let unit = text.chars().last().ok_or_else(refuse)?;
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(refuse)?;
    let digits = &text[..text.len() - unit.len_utf8()];
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(refuse());
    }
    Ok(digits.parse::<u64>().map_or(u64::MAX, |number| number.saturating_mul(*factor)))
}
