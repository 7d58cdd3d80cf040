//! The value of a parameter: what is refused, and which tier it needs.

use super::name::invalid;
use crate::simulator::failure::Failure;
use crate::simulator::world::ParameterTier;

/// Longest value in the standard tier, in bytes (docs/AWS.md 8.1).
pub(super) const STANDARD_MAX: usize = 4096;
/// Longest value in the advanced tier, in bytes (docs/AWS.md 8.1).
const ADVANCED_MAX: usize = 8192;

const UPGRADE: &str = "To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html";
const DOWNGRADE: &str = "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.";

/// The tier as a call has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WantedTier {
    /// The default of the account, which is the standard tier here.
    Unset,
    Standard,
    Advanced,
    Intelligent,
}

impl WantedTier {
    pub(super) fn read(given: Option<&str>) -> Result<Self, Failure> {
        match given {
            None => Ok(Self::Unset),
            Some("Standard") => Ok(Self::Standard),
            Some("Advanced") => Ok(Self::Advanced),
            Some("Intelligent-Tiering") => Ok(Self::Intelligent),
            Some(other) => Err(not_in("tier", other, "[Standard, Advanced, Intelligent-Tiering]")),
        }
    }

    /// Returns the tier of a new version of this many bytes, after a version of another tier. An advanced parameter stays so.
    pub(super) fn resolve(self, before: Option<ParameterTier>, bytes: usize) -> Result<ParameterTier, Failure> {
        let tier = match (self, before) {
            (Self::Standard, Some(ParameterTier::Advanced)) => return Err(invalid(DOWNGRADE)),
            (Self::Advanced, _) | (Self::Unset | Self::Intelligent, Some(ParameterTier::Advanced)) => ParameterTier::Advanced,
            (Self::Intelligent, _) if bytes > STANDARD_MAX => ParameterTier::Advanced,
            (Self::Unset | Self::Standard | Self::Intelligent, None | Some(ParameterTier::Standard)) => ParameterTier::Standard,
        };
        match tier {
            ParameterTier::Standard if bytes > STANDARD_MAX => {
                Err(invalid(format!("Standard tier parameters support a maximum parameter value of {STANDARD_MAX} characters. {UPGRADE}")))
            }
            ParameterTier::Advanced if bytes > ADVANCED_MAX => {
                Err(invalid(format!("Advanced tier parameters support a maximum parameter value of {ADVANCED_MAX} characters.")))
            }
            ParameterTier::Standard | ParameterTier::Advanced => Ok(tier),
        }
    }
}

/// Refuses a value that no parameter can have.
pub(super) fn check(value: &str) -> Result<(), Failure> {
    if value.is_empty() {
        let rule = "Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.";
        return Err(invalid(format!("1 validation error detected: {rule}")));
    }
    if value.contains("{{") {
        return Err(invalid("Parameter value can't nest another parameter. Do not use \"{{}}\" in the value."));
    }
    Ok(())
}

/// Returns the error for a text that is not one of a parameter's values.
pub(super) fn not_in(parameter: &str, given: &str, values: &str) -> Failure {
    invalid(format!(
        "1 validation error detected: Value '{given}' at '{parameter}' failed to satisfy constraint: Member must satisfy enum value set: {values}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tier_follows_from_the_call_the_value_and_the_version_before() {
        use ParameterTier::{Advanced, Standard};
        const FULL: usize = STANDARD_MAX;
        for (wanted, before, bytes, expected) in [
            (None, None, FULL, Ok(Standard)),
            (None, None, FULL + 1, Err("Standard tier")),
            (None, Some(Advanced), 1, Ok(Advanced)),
            (Some("Standard"), Some(Standard), 1, Ok(Standard)),
            (Some("Standard"), Some(Advanced), 1, Err("can't downgrade")),
            (Some("Standard"), None, FULL + 1, Err("Standard tier")),
            (Some("Advanced"), Some(Standard), 1, Ok(Advanced)),
            (Some("Advanced"), None, ADVANCED_MAX, Ok(Advanced)),
            (Some("Advanced"), None, ADVANCED_MAX + 1, Err("Advanced tier")),
            (Some("Intelligent-Tiering"), None, FULL, Ok(Standard)),
            (Some("Intelligent-Tiering"), Some(Standard), FULL + 1, Ok(Advanced)),
            (Some("Intelligent-Tiering"), Some(Advanced), 1, Ok(Advanced)),
            (Some("Intelligent-Tiering"), None, ADVANCED_MAX + 1, Err("Advanced tier")),
            (Some("Cheap"), None, 1, Err("enum value set")),
        ] {
            let tier = WantedTier::read(wanted).and_then(|wanted| wanted.resolve(before, bytes));
            match expected {
                Ok(expected) => assert_eq!(tier, Ok(expected), "{wanted:?} {before:?} {bytes}"),
                Err(words) => {
                    let failure = tier.expect_err(words);
                    assert_eq!(failure.code, "ValidationException");
                    assert!(failure.message.contains(words), "{}", failure.message);
                }
            }
        }
    }
}
