//! The organization: its tree, its accounts, its policies, and the accounts that are being created.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{MANAGEMENT, RootFeature};
use crate::id::AccountId;
use crate::name::UNIT_DEPTH_MAX;
use crate::simulator::clock::Timestamp;
use crate::simulator::stored::{StoredDocument, Tags};

/// The policy that AWS attaches everywhere.
pub(crate) const FULL_ACCESS: &str = "p-FullAWSAccess";
/// The policy type of guardrails that deny.
pub(crate) const SERVICE_CONTROL: &str = "SERVICE_CONTROL_POLICY";

/// An organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) root: String,
    pub(crate) management: AccountId,
    pub(crate) made: Timestamp,
    pub(crate) feature_set: FeatureSet,
    pub(crate) policy_types: BTreeSet<String>,
    pub(crate) units: BTreeMap<String, Unit>,
    pub(crate) policies: BTreeMap<String, OrganizationPolicy>,
    /// Policies by target: root, unit or account.
    pub(crate) attachments: BTreeMap<String, BTreeSet<String>>,
    /// Tags by resource.
    pub(crate) tags: BTreeMap<String, Tags>,
    pub(crate) creations: BTreeMap<String, Creation>,
    pub(crate) service_access: BTreeMap<String, Timestamp>,
    /// The enabled features of central root access.
    #[serde(default)]
    pub(crate) root_access: BTreeSet<RootFeature>,
}

/// The feature set of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum FeatureSet {
    All,
    ConsolidatedBilling,
}

/// An organizational unit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) parent: String,
}

/// A policy of the organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OrganizationPolicy {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Worlds that were stored by earlier versions have one type only.
    #[serde(default = "service_control")]
    pub(crate) policy_type: String,
    pub(crate) content: PolicyContent,
    pub(crate) aws_managed: bool,
}

fn service_control() -> String {
    SERVICE_CONTROL.to_owned()
}

/// The document of a policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum PolicyContent {
    /// In the language of IAM.
    Authorization(StoredDocument),
    /// Settings.
    Settings(String),
}

impl PolicyContent {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Authorization(document) => document.text(),
            Self::Settings(text) => text,
        }
    }
}

/// A request to create an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Creation {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role_name: String,
    pub(crate) tags: Tags,
    pub(crate) requested: Timestamp,
    pub(crate) due: Timestamp,
    /// Whether the same account was requested while another such request was in progress.
    pub(crate) repeated: bool,
    pub(crate) outcome: Outcome,
}

/// The state of a request to create an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub(crate) enum Outcome {
    Pending,
    Succeeded { account: AccountId },
    Failed { reason: String },
}

/// An AWS account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) joined: Timestamp,
    /// Root or unit; `None` outside of an organization.
    pub(crate) parent: Option<String>,
    pub(crate) state: AccountState,
    pub(crate) iam: super::Iam,
    /// The keys of KMS by Region.
    #[serde(default)]
    pub(crate) keys: BTreeMap<String, super::Keys>,
    /// The trails by home Region and name.
    #[serde(default)]
    pub(crate) trails: BTreeMap<String, BTreeMap<String, super::Trail>>,
}

/// The life of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub(crate) enum AccountState {
    Active,
    PendingClosure { since: Timestamp },
    Closed,
}

impl Organization {
    /// Returns the parents of a node, nearest first, up to the root.
    pub(crate) fn ancestors<'a>(&'a self, parent: &'a str) -> Vec<&'a str> {
        let mut ancestors = vec![parent];
        let mut node = parent;
        while let Some(unit) = self.units.get(node) {
            node = &unit.parent;
            ancestors.push(node);
            // Only a file that was edited by hand can have a circle.
            if ancestors.len() > UNIT_DEPTH_MAX + 1 {
                break;
            }
        }
        ancestors
    }

    /// Returns the path of a root or unit as AWS writes it: `o-…/r-…/ou-…/`.
    pub(crate) fn path(&self, node: &str) -> String {
        let mut path = format!("{}/", self.id);
        for ancestor in self.ancestors(node).into_iter().rev() {
            path.push_str(ancestor);
            path.push('/');
        }
        path
    }

    /// Returns the service control policies at a target.
    pub(crate) fn guardrails(&self, target: &str) -> Vec<&StoredDocument> {
        let attached = self.attachments.get(target).into_iter().flatten();
        let policies = attached.filter_map(|policy| self.policies.get(policy));
        policies
            .filter_map(|policy| match &policy.content {
                PolicyContent::Authorization(document) => Some(document),
                PolicyContent::Settings(_) => None,
            })
            .collect()
    }

    /// Returns whether a policy forbids public buckets in an account: that nearest to the account decides.
    pub(crate) fn blocks_public_buckets(&self, account: &Account) -> bool {
        let above = account.parent.as_deref().map(|parent| self.ancestors(parent)).unwrap_or_default();
        let policies = [account.id.as_str()].into_iter().chain(above).filter_map(|target| self.attachments.get(target)).flatten();
        let mut values = policies.filter_map(|id| match &self.policies.get(id)?.content {
            PolicyContent::Settings(text) => {
                let document: serde_json::Value = serde_json::from_str(text).ok()?;
                let value = &document["s3_attributes"]["public_access_block_configuration"]["@@assign"];
                value.as_str().map(|value| value == "all")
            }
            PolicyContent::Authorization(_) => None,
        });
        values.next().unwrap_or(false)
    }

    /// Gives a new target its first policy, as AWS does: `FullAWSAccess`, if policies are enabled.
    pub(crate) fn begin_target(&mut self, target: &str) {
        if self.policy_types.contains(SERVICE_CONTROL) {
            self.attachments.entry(target.to_owned()).or_default().insert(FULL_ACCESS.to_owned());
        }
    }

    pub(crate) fn pending(&self) -> impl Iterator<Item = &Creation> {
        self.creations.values().filter(|creation| matches!(creation.outcome, Outcome::Pending))
    }
}

impl Account {
    /// Returns an active account with an empty IAM.
    pub(crate) fn new(id: AccountId, name: &str, email: &str, now: Timestamp, parent: Option<String>) -> Self {
        Self {
            id,
            name: name.to_owned(),
            email: email.to_owned(),
            joined: now,
            parent,
            state: AccountState::Active,
            iam: super::Iam::default(),
            keys: BTreeMap::new(),
            trails: BTreeMap::new(),
        }
    }

    pub(crate) fn age(&self, now: Timestamp) -> Duration {
        now.since(self.joined)
    }

    /// Whether this time has passed since it was created; the management account and outside accounts have always existed.
    pub(crate) fn is_older_than(&self, age: Duration, now: Timestamp) -> bool {
        self.age(now) >= age || self.parent.is_none() || self.is_management()
    }

    pub(crate) fn is_management(&self) -> bool {
        self.id.as_str() == MANAGEMENT
    }

    /// Whether the account's principals and roles can be used.
    pub(crate) fn is_open(&self) -> bool {
        match self.state {
            AccountState::Active => true,
            AccountState::PendingClosure { .. } | AccountState::Closed => false,
        }
    }
}
