//! The address: the stable name of one managed thing.
//!
//! `KIND/NAME` in the organization, `ACCOUNT/KIND/NAME` in an account, `ACCOUNT/REGION/KIND/NAME` in one
//! Region of it. Plans, events, ownership tags and `--only` use addresses. An address does not depend on whether the thing exists or on the
//! id that AWS gives it.

use std::fmt;
use std::str::FromStr;

use crate::name::{AccountKey, NameError, Region};

/// Longest address: it is the value of the tag `landfall:address` (AWS tag values, 256 characters).
pub const ADDRESS_MAX: usize = 256;

/// The name of every kind as it is written in addresses; a manifest key must not be one of these.
pub const KIND_NAMES: &[&str] = &[
    "organization",
    "unit",
    "account",
    "guardrail",
    "attachment",
    "trusted-access",
    "root-access",
    "policy-type",
    "iam-role",
    "iam-policy",
    "access-role",
    "oidc-provider",
    "key",
    "bucket",
    "trail",
    "vpc",
    "subnet",
    "internet-gateway",
    "eip",
    "nat",
    "route-table",
    "security-group",
    "network-acl",
    "endpoint",
    "flow-log",
    "ebs-encryption",
    "password-policy",
    "ssm-sharing",
    "default-vpc",
    "service-linked-role",
    "account-alias",
    "log-retention",
    "security-contact",
    "billing-contact",
    "operations-contact",
    "topic",
    "subscription",
    "budget",
    "parameter",
    "backup-vault",
];

/// Where a thing lives; decides which session reads and writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "AWS has these three levels, and code must say what it does at each")]
pub enum Scope {
    /// The organization, reached with management-account credentials.
    Organization,
    /// An account, for global services (IAM).
    Account(AccountKey),
    /// One Region of an account.
    Region(AccountKey, Region),
}

impl Scope {
    /// Returns the account of this scope, or `None` for the organization.
    #[must_use]
    pub fn account(&self) -> Option<&AccountKey> {
        match self {
            Self::Organization => None,
            Self::Account(account) | Self::Region(account, _) => Some(account),
        }
    }

    /// Returns the Region of this scope, or `None` if it has none.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::Organization | Self::Account(_) => None,
            Self::Region(_, region) => Some(region),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization => f.write_str("organization"),
            Self::Account(account) => write!(f, "{account}"),
            Self::Region(account, region) => write!(f, "{account}/{region}"),
        }
    }
}

/// The stable name of one managed thing, for example `prod/iam-role/deployer`.
///
/// Ordered by scope (organization first), then kind, then name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    scope: Scope,
    kind: &'static str,
    name: String,
}

impl Address {
    /// Returns the address of a thing of the organization.
    #[must_use]
    pub fn organization(kind: &'static str, name: impl fmt::Display) -> Self {
        Self { scope: Scope::Organization, kind, name: name.to_string() }
    }

    /// Returns the address of a thing in an account.
    #[must_use]
    pub fn account(account: &AccountKey, kind: &'static str, name: impl fmt::Display) -> Self {
        Self { scope: Scope::Account(account.clone()), kind, name: name.to_string() }
    }

    /// Returns the address of a thing in one Region of an account.
    #[must_use]
    pub fn region(account: &AccountKey, region: &Region, kind: &'static str, name: impl fmt::Display) -> Self {
        Self { scope: Scope::Region(account.clone(), region.clone()), kind, name: name.to_string() }
    }

    /// Returns the address with its account replaced by that of `scope`; an address of the organization is returned unchanged.
    ///
    /// The session decides which account a thing is in. The account key in a tag is the key at the time when the tag was written, so it may
    /// be older than a rename in the manifest.
    #[must_use]
    pub fn within(self, scope: &Scope) -> Self {
        let scope = match (self.scope, scope.account()) {
            (Scope::Account(_), Some(account)) => Scope::Account(account.clone()),
            (Scope::Region(_, region), Some(account)) => Scope::Region(account.clone(), region),
            (own, _) => own,
        };
        Self { scope, ..self }
    }

    /// Returns the scope.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Returns the kind's name, for example `iam-role`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Returns the last part: `deployer`, or a unit's whole path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match &self.scope {
            Scope::Organization => format!("{}/{}", self.kind, self.name),
            Scope::Account(account) => format!("{account}/{}/{}", self.kind, self.name),
            Scope::Region(account, region) => format!("{account}/{region}/{}/{}", self.kind, self.name),
        };
        f.pad(&text)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for Address {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let refuse = |rule: &str| NameError::new(text, rule);
        if text.len() > ADDRESS_MAX {
            return Err(refuse("is longer than 256 characters"));
        }
        let (first, rest) =
            text.split_once('/').ok_or_else(|| refuse("is not an address: KIND/NAME, ACCOUNT/KIND/NAME or ACCOUNT/REGION/KIND/NAME"))?;
        let (scope, kind, name) = if let Some(kind) = kind_name(first) {
            (Scope::Organization, kind, rest)
        } else {
            let account: AccountKey = first.parse()?;
            let (second, rest) = rest.split_once('/').ok_or_else(|| refuse("does not name a kind that landfall knows"))?;
            if let Some(kind) = kind_name(second) {
                (Scope::Account(account), kind, rest)
            } else {
                let region: Region = second.parse().map_err(|_| refuse("does not name a kind that landfall knows"))?;
                let (third, rest) = rest.split_once('/').ok_or_else(|| refuse("does not name a kind that landfall knows"))?;
                let kind = kind_name(third).ok_or_else(|| refuse("does not name a kind that landfall knows"))?;
                (Scope::Region(account, region), kind, rest)
            }
        };
        if name.is_empty() {
            return Err(refuse("ends before the name"));
        }
        Ok(Self { scope, kind, name: name.to_owned() })
    }
}

/// Returns the kind's name with a static lifetime, or `None` for an unknown kind.
#[must_use]
pub fn kind_name(text: &str) -> Option<&'static str> {
    KIND_NAMES.iter().find(|known| **known == text).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::literal;

    #[test]
    fn texts_and_addresses_are_one_to_one() {
        let prod: AccountKey = literal("prod");
        let cases = [
            (Address::organization("account", "prod"), "account/prod"),
            (Address::organization("unit", "Workloads/Production"), "unit/Workloads/Production"),
            (Address::account(&prod, "iam-role", "deployer"), "prod/iam-role/deployer"),
            (Address::region(&prod, &literal("eu-west-1"), "vpc", "main"), "prod/eu-west-1/vpc/main"),
        ];
        for (address, text) in cases {
            assert_eq!(address.to_string(), text);
            assert_eq!(text.parse::<Address>(), Ok(address));
        }
        for bad in ["", "prod", "account/", "prod/nothing/x", "prod/eu-west-1/x", "Prod/iam-role/x", "prod/eu-west-1/nothing/x"] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }
}
