//! The organization: its tree, its accounts, its policies, and the accounts that are being created.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{MANAGEMENT, RootFeature};
use crate::id::AccountId;
use crate::name::UNIT_DEPTH_MAX;
use crate::simulator::clock::Timestamp;
use crate::simulator::stored::{StoredDocument, Tags, own_document};

/// The policy type of guardrails on principals.
pub(crate) const SERVICE_CONTROL: &str = "SERVICE_CONTROL_POLICY";
/// The policy type of guardrails on resources.
pub(crate) const RESOURCE_CONTROL: &str = "RESOURCE_CONTROL_POLICY";

/// A policy that AWS attaches everywhere, once its type is on.
pub(crate) struct FullAccess {
    pub(crate) id: &'static str,
    name: &'static str,
    description: &'static str,
    policy_type: &'static str,
    document: &'static str,
}

/// Those policies, each with the name and document that AWS gives it.
pub(crate) const FULL_ACCESS: [FullAccess; 2] = [
    FullAccess {
        id: "p-FullAWSAccess",
        name: "FullAWSAccess",
        description: "Allows access to every operation",
        policy_type: SERVICE_CONTROL,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    FullAccess {
        id: "p-RCPFullAWSAccess",
        name: "RCPFullAWSAccess",
        description: "Allows access to every resource",
        policy_type: RESOURCE_CONTROL,
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#,
    },
];

/// An organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) root: String,
    pub(crate) management: AccountId,
    pub(crate) made: Timestamp,
    pub(crate) feature_set: FeatureSet,
    /// The policy types that are on, or being switched on.
    pub(crate) policy_types: BTreeSet<String>,
    /// Those of them that were not on from the beginning, by name.
    #[serde(default)]
    pub(crate) switched_on: BTreeMap<String, SwitchedOn>,
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

/// A policy type that was switched on.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SwitchedOn {
    /// When.
    pub(crate) since: Timestamp,
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

    /// Returns the policies of a type in the language of IAM at a target.
    pub(crate) fn guardrails(&self, target: &str, policy_type: &str) -> Vec<&StoredDocument> {
        let attached = self.attachments.get(target).into_iter().flatten();
        let policies = attached.filter_map(|policy| self.policies.get(policy));
        policies
            .filter(|policy| policy.policy_type == policy_type)
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

    /// Gives a new target its first policies, as AWS does: those of full access, of the types that are on.
    pub(crate) fn begin_target(&mut self, target: &str) {
        for full in FULL_ACCESS.iter().filter(|full| self.policy_types.contains(full.policy_type)) {
            self.attachments.entry(target.to_owned()).or_default().insert(full.id.to_owned());
        }
    }

    /// Switches a policy type on, and attaches its policy of full access to the root, and to these accounts and every unit.
    ///
    /// Returns whether it was off.
    pub(crate) fn enable_policy_type(&mut self, name: &str, accounts: &[AccountId]) -> bool {
        if !self.policy_types.insert(name.to_owned()) {
            return false;
        }
        if let Some(full) = FULL_ACCESS.iter().find(|full| full.policy_type == name) {
            let policy = OrganizationPolicy {
                name: full.name.to_owned(),
                description: full.description.to_owned(),
                policy_type: full.policy_type.to_owned(),
                content: PolicyContent::Authorization(own_document(full.document)),
                aws_managed: true,
            };
            self.policies.insert(full.id.to_owned(), policy);
        }
        let targets: Vec<String> =
            [self.root.clone()].into_iter().chain(self.units.keys().cloned()).chain(accounts.iter().map(ToString::to_string)).collect();
        for target in targets {
            self.begin_target(&target);
        }
        true
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
