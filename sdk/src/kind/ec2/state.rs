//! The lifecycle states of VPCs, subnets, NAT gateways and endpoints, in one type.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The state of a VPC, a subnet, a NAT gateway or an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It is still being created.
    Pending,
    /// It can be used.
    Available,
    /// It is being deleted.
    Deleting,
    /// It is deleted, and still shown for a while.
    Deleted,
    /// Its creation failed; it is still shown for a while.
    Failed,
    /// Any other state, in lower case: `rejected`.
    Other(String),
}

impl State {
    /// Parses AWS's word; endpoints write some with a capital letter.
    fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "pending" => Self::Pending,
            "available" => Self::Available,
            "deleting" => Self::Deleting,
            "deleted" => Self::Deleted,
            "failed" => Self::Failed,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Returns AWS's word, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Available => "available",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
            Self::Failed => "failed",
            Self::Other(word) => word,
        }
    }

    /// Returns whether it exists, or soon will.
    pub(super) fn is_living(&self) -> bool {
        matches!(self, Self::Pending | Self::Available)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awss_words_are_read_in_either_case_and_kept() {
        for (word, state) in [("pending", State::Pending), ("Available", State::Available), ("deleted", State::Deleted)] {
            assert_eq!(State::of(word), state);
            assert_eq!(state.as_str(), word.to_ascii_lowercase());
        }
        assert_eq!(State::of("PendingAcceptance"), State::Other("pendingacceptance".to_owned()));
        assert!(State::Pending.is_living() && !State::Failed.is_living());
    }
}
