//! An amount of US dollars, exact: a number of millionths, so that sums have no rounding errors.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Millionths in a dollar: the cheapest price of a list, 0.0005 for a check, has four decimals, and some have six.
const MILLIONTHS: u64 = 1_000_000;
/// Decimals that a text may have.
const DECIMALS: usize = 6;

/// An amount of US dollars. Too large ones stay at the largest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(u64);

impl Money {
    /// Returns the amount in whole dollars, in two digits for a text that says "about": 116.07 is 120, 38.69 is 39.
    #[must_use]
    pub fn rounded(self) -> u64 {
        let dollars = self.0.saturating_add(MILLIONTHS / 2) / MILLIONTHS;
        let step =
            (2..).map_while(|digits| 10_u64.checked_pow(digits)).take_while(|limit| *limit <= dollars).last().map_or(1, |limit| limit / 10);
        self.0.saturating_add(step.saturating_mul(MILLIONTHS / 2)) / step.saturating_mul(MILLIONTHS) * step
    }

    /// Returns whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Mul<u64> for Money {
    type Output = Self;

    fn mul(self, number: u64) -> Self {
        Self(self.0.saturating_mul(number))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

/// Exact, with two decimals or as many as it has: `116.07`, `0.0005`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:06}", self.0 % MILLIONTHS);
        let shown = decimals.trim_end_matches('0').len().max(2);
        f.pad(&format!("{}.{}", self.0 / MILLIONTHS, &decimals[..shown]))
    }
}

impl FromStr for Money {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}` is not an amount of dollars: digits, with up to {DECIMALS} decimals");
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits(whole) || !are_digits(decimals) || decimals.len() > DECIMALS {
            return Err(refused());
        }
        let (whole, decimals): (u64, u64) = match (whole.parse(), format!("{decimals:0<DECIMALS$}").parse()) {
            (Ok(whole), Ok(decimals)) => (whole, decimals),
            _ => return Err(refused()),
        };
        whole.checked_mul(MILLIONTHS).and_then(|whole| whole.checked_add(decimals)).map(Self).ok_or_else(refused)
    }
}

/// A JSON number. The nearest one to an amount of up to 15 digits is written as exactly that amount.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown: f64 = self.to_string().parse().map_err(serde::ser::Error::custom)?;
        serializer.serialize_f64(shown)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(text: &str) -> Money {
        text.parse().expect("an amount")
    }

    #[test]
    fn sums_are_exact() {
        // 0.1 + 0.2 is not 0.3 in binary.
        assert_eq!(money("0.1") + money("0.2"), money("0.3"));
        assert_eq!(money("0.048") * 2190 + money("0.005") * 2190, money("116.07"));
        assert_eq!(serde_json::to_string(&(money("0.048") * 2190 + money("0.005") * 2190)).expect("JSON"), "116.07");
        assert_eq!(money("9") * u64::MAX, Money(u64::MAX), "the largest amount");
    }

    #[test]
    fn texts_have_two_decimals_or_as_many_as_there_are() {
        for (text, shown) in [("1", "1.00"), ("0.0005", "0.0005"), ("116.07", "116.07"), ("0.004445", "0.004445"), ("32.850", "32.85")] {
            assert_eq!(money(text).to_string(), shown);
        }
        for bad in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1.0000001", "1,000", " 1", "99999999999999999999", "18446744073710"] {
            assert!(bad.parse::<Money>().is_err(), "{bad}");
        }
    }

    #[test]
    fn two_digits_promise_enough() {
        for (text, about) in [
            ("0", 0),
            ("0.49", 0),
            ("0.5", 1),
            ("1", 1),
            ("38.69", 39),
            ("99.4", 99),
            ("99.5", 100),
            ("104.9", 100),
            ("105", 110),
            ("116.07", 120),
            ("292", 290),
            ("994.9", 990),
            ("999", 1_000),
            ("3650", 3_700),
        ] {
            assert_eq!(money(text).rounded(), about, "{text}");
        }
        assert!(Money(u64::MAX).rounded() > 0, "and never panics");
    }

    proptest! {
        /// A text is read as it is written, and a JSON number shows what the text shows.
        #[test]
        fn nothing_is_lost_in_a_text_or_in_json(millionths in 0..1_000_000_000_000_000_u64) {
            let amount = Money(millionths);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
            let number = serde_json::to_string(&amount).expect("JSON");
            let number = number.strip_suffix(".0").unwrap_or(&number);
            // A small one is written with an exponent.
            let plain = if number.contains('e') { amount.to_string() } else { number.to_owned() };
            prop_assert_eq!(plain.parse(), Ok(amount));
        }
    }
}
