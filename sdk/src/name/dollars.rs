//! An amount of US dollars, exact to the cent.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// An amount of US dollars, in cents: more than zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dollars(u64);

impl Dollars {
    /// The largest amount: a hundred million. A larger budget of a month is a typing error.
    pub const MAX: u64 = 100_000_000;
}

/// A text that is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an amount of US dollars from 0.01 to {max}, with at most two decimals", max = Dollars::MAX)]
pub struct NotAnAmount(String);

/// Reads digits and perhaps a fraction. Zeros after the second decimal do not count: AWS writes `1500` as `1500.0`.
impl FromStr for Dollars {
    type Err = NotAnAmount;

    fn from_str(text: &str) -> Result<Self, NotAnAmount> {
        let cents = || {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let fraction = Some(fraction).filter(|part| is_digits(part))?.trim_end_matches('0');
            let padded = format!("{fraction:0<2}");
            let whole: u64 = Some(whole).filter(|part| is_digits(part))?.parse().ok()?;
            let cents = whole.checked_mul(100)?.checked_add(padded.parse().ok().filter(|_| padded.len() == 2)?)?;
            (1..=Self::MAX * 100).contains(&cents).then_some(cents)
        };
        cents().map(Self).ok_or_else(|| NotAnAmount(text.chars().take(64).collect()))
    }
}

/// The form that AWS takes, too: `1500` or `99.90`.
impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, cents) = (self.0 / 100, self.0 % 100);
        if cents == 0 { f.pad(&whole.to_string()) } else { f.pad(&format!("{whole}.{cents:02}")) }
    }
}

impl Serialize for Dollars {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (text, shown) in [
            ("1500", "1500"),
            ("1500.0", "1500"),
            ("1500.00", "1500"),
            ("0099.9", "99.90"),
            ("99.90000", "99.90"),
            ("0.01", "0.01"),
            ("100000000", "100000000"),
        ] {
            assert_eq!(text.parse::<Dollars>().map(|amount| amount.to_string()), Ok(shown.to_owned()), "{text}");
        }
        let bad = ["", "0", "0.00", "-1", "+1", "1.234", "1,5", "1e3", ".5", "5.", "1.2.3", "inf", "nan", "100000000.01", "١"];
        for text in bad.into_iter().chain(["99999999999999999999999", "184467440737095517"]) {
            assert!(text.parse::<Dollars>().is_err(), "{text}");
        }
    }
}
