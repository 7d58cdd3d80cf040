//! Ids that AWS chooses, and the ARNs made of them.
//!
//! Every ARN is built from a [`Partition`], never from the literal `arn:aws:`.

pub mod ec2;
mod policy_type;

use std::fmt;

pub use policy_type::PolicyType;

use crate::name::text_newtype;

text_newtype! {
    /// An AWS account id: exactly 12 digits.
    AccountId, account_id
}

text_newtype! {
    /// An organization's id: `o-` and 10 to 32 lower-case letters or digits.
    OrganizationId, organization_id
}

fn account_id(text: &str) -> Result<(), String> {
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err("is not an account id: exactly 12 digits".to_owned())
    }
}

fn organization_id(text: &str) -> Result<(), String> {
    let ok = text
        .strip_prefix("o-")
        .is_some_and(|rest| (10..=32).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    if ok { Ok(()) } else { Err("is not an organization id: `o-` and 10 to 32 of a-z and 0-9".to_owned()) }
}

/// A partition of AWS: accounts, ARNs and endpoints of different partitions share nothing.
///
/// Only [`Partition::Aws`] is supported; the others are known so that they can be refused by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Partition {
    /// The commercial partition, `aws`.
    Aws,
    /// China, `aws-cn`.
    China,
    /// US government, `aws-us-gov`.
    UsGovernment,
    /// The European Sovereign Cloud, `aws-eusc`.
    EuropeanSovereign,
}

impl Partition {
    /// Returns the partition's name as ARNs carry it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::China => "aws-cn",
            Self::UsGovernment => "aws-us-gov",
            Self::EuropeanSovereign => "aws-eusc",
        }
    }

    /// Returns the partition of an ARN, or `None` if the text is not an ARN of a known partition.
    #[must_use]
    pub fn of_arn(arn: &str) -> Option<Self> {
        match arn.strip_prefix("arn:")?.split(':').next()? {
            "aws" => Some(Self::Aws),
            "aws-cn" => Some(Self::China),
            "aws-us-gov" => Some(Self::UsGovernment),
            "aws-eusc" => Some(Self::EuropeanSovereign),
            _ => None,
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Returns the ARN of an IAM resource; `account` may be an id, `*`, or a reference that is resolved later.
#[must_use]
pub fn iam_arn(partition: Partition, account: impl fmt::Display, resource: impl fmt::Display) -> String {
    format!("arn:{partition}:iam::{account}:{resource}")
}

/// Returns the ARN of an AWS-managed IAM policy, for example of `SecurityAudit`.
#[must_use]
pub fn managed_policy_arn(partition: Partition, name: &str) -> String {
    iam_arn(partition, "aws", format_args!("policy/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_parsed_strictly() {
        assert!("111111111111".parse::<AccountId>().is_ok());
        for bad in ["", "11111111111", "1111111111111", "11111111111a", "１１１１１１１１１１１１"] {
            assert!(bad.parse::<AccountId>().is_err(), "{bad}");
        }
        assert!("o-a1b2c3d4e5".parse::<OrganizationId>().is_ok());
        assert!("a1b2c3d4e5".parse::<OrganizationId>().is_err());
    }

    #[test]
    fn arns_carry_their_partition() {
        assert_eq!(iam_arn(Partition::Aws, "*", "root"), "arn:aws:iam::*:root");
        assert_eq!(managed_policy_arn(Partition::Aws, "SecurityAudit"), "arn:aws:iam::aws:policy/SecurityAudit");
        assert_eq!(Partition::of_arn("arn:aws-us-gov:iam::1:root"), Some(Partition::UsGovernment));
        assert_eq!(Partition::of_arn("prod"), None);
    }
}
