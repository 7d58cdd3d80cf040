//! Values as people type them: how long, how fast, which hazard, which tier, who.

use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use landfall::kind::HazardName;
use landfall::model::Tier;

use super::Speed;

/// Reads a permission set as principals have it, and returns its name.
pub(super) fn permission_set(text: &str) -> Result<String, String> {
    /// The longest name that IAM Identity Center gives a permission set.
    const NAME_MAX: usize = 32;
    let good =
        |name: &&str| (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    let name = text.strip_prefix("sso:").filter(good);
    name.map(str::to_owned).ok_or_else(|| "a permission set as the manifest has it, such as sso:Engineers".to_owned())
}

/// Reads an environment with its tier.
pub(super) fn tier(text: &str) -> Result<(String, Tier), String> {
    let (name, word) = text.split_once('=').ok_or("an environment and its tier: lab=sandbox")?;
    let tier = Tier::ALL.into_iter().find(|tier| tier.as_str() == word);
    tier.map(|tier| (name.to_owned(), tier)).ok_or_else(|| "the tiers are sandbox, development, staging, production".to_owned())
}

/// Reads a session tag.
pub(super) fn tag(text: &str) -> Result<(String, String), String> {
    let tag = text.split_once('=').filter(|(key, _)| !key.is_empty());
    tag.map(|(key, value)| (key.to_owned(), value.to_owned())).ok_or_else(|| "a key and a value: team=payments".to_owned())
}

/// Reads a duration: a number and `s`, `m` or `h`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("a duration is a number and `s`, `m` or `h`: `15m`, `1h`; this is `{text}`");
    let (digits, factor) = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((digits, "s")) => (digits, 1),
        Some((digits, "m")) => (digits, 60),
        Some((digits, "h")) => (digits, 60 * 60),
        _ => return Err(wrong()),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    count.checked_mul(factor).map(Duration::from_secs).ok_or_else(wrong)
}

/// Reads the name of a hazard; help and completions list them all.
pub(super) fn hazard_names() -> impl TypedValueParser<Value = HazardName> {
    let names = HazardName::ALL.map(|name| PossibleValue::new(name.as_str()).help(name.description()));
    PossibleValuesParser::new(names).try_map(|text| text.parse::<HazardName>())
}

/// Reads how fast a recording is shown.
pub(super) fn speed(text: &str) -> Result<Speed, String> {
    match text.parse() {
        Ok(times @ 1..) => Ok(Speed::Times(times)),
        _ if text == "max" => Ok(Speed::Max),
        Ok(0) | Err(_) => Err("a whole number from 1, or `max`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("900s"), Ok(Duration::from_mins(15)));
        assert_eq!(duration("90m"), duration("5400s"));
        assert_eq!(duration("12h"), Ok(Duration::from_hours(12)));
        for bad in ["", "h", "1", "+1h", "-1h", "1.5h", "1d", "1h30m", "é", "99999999999999999999s", "9999999999999999999h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tags() {
        assert_eq!(tag("team=a=b"), Ok(("team".to_owned(), "a=b".to_owned())));
        assert_eq!(tag("team="), Ok(("team".to_owned(), String::new())));
        assert!(tag("team").is_err() && tag("=x").is_err());
    }

    #[test]
    fn permission_sets_and_tiers() {
        assert_eq!(permission_set("sso:Engineers"), Ok("Engineers".to_owned()));
        for bad in ["Engineers", "sso:", "sso:a b", "sso:a/b", &format!("sso:{}", "x".repeat(33))] {
            assert!(permission_set(bad).is_err(), "{bad}");
        }
        assert_eq!(tier("lab=sandbox"), Ok(("lab".to_owned(), Tier::Sandbox)));
        for bad in ["lab", "lab=", "lab=prod"] {
            assert!(tier(bad).is_err(), "{bad}");
        }
    }
}
