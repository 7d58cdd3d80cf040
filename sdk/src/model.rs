//! The organization that the manifest describes: validated, complete, with every default filled in.
//!
//! Made by [`manifest::parse`](crate::manifest::parse). Pure data, without AWS's ids, TOML, or how resources are created.

pub mod access;
pub mod apps;
pub mod baseline;
pub mod contacts;
pub mod delivery;
pub mod endpoint_service;
pub mod monitoring;
pub mod network;
pub mod region;
pub mod security;
pub mod tier;

use std::collections::BTreeMap;

pub use access::{Access, CustomRole, GithubRepository, Principal};
pub use apps::App;
pub use baseline::{Backup, Baseline, VpcBlock, VpcBlockMode};
pub use contacts::{Contact, Contacts};
pub use delivery::Delivery;
pub use endpoint_service::EndpointService;
pub use monitoring::{Budget, Monitoring, Spender};
pub use network::{Nat, Network, Slice, SubnetKind};
pub use security::Security;
pub use tier::Tier;

use crate::id::{AccountId, Partition, PolicyType};
use crate::name::{
    AccountAlias, AccountKey, AppName, Email, EnvironmentName, GuardrailName, OrganizationName, Region, RoleName, UnitPath, WorkloadName,
};

/// The role that AWS creates in every account it creates, unless the manifest names another.
pub const DEFAULT_ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

/// An organization: the manifest, with all defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Organization {
    /// The organization's name.
    pub name: OrganizationName,
    /// The partition that all Regions belong to.
    pub partition: Partition,
    /// The home Region: trail, log archive, networks, STS.
    pub region: Region,
    /// The Regions that guardrail `limit-regions` allows, the home Region among them, in the manifest's order.
    pub regions: Vec<Region>,
    /// Every unit, parents included, in path order.
    pub units: BTreeMap<UnitPath, Unit>,
    /// Every member account that should exist, the log archive included.
    pub accounts: BTreeMap<AccountKey, Account>,
    /// Every environment, in promotion order (`follows` first), then by place in the manifest.
    pub environments: Vec<Environment>,
    /// Exceptions from the shipped guardrails.
    pub guardrail_options: GuardrailOptions,
    /// Guardrails that users wrote, by name; the shipped ones are not in here.
    pub guardrails: BTreeMap<GuardrailName, UserGuardrail>,
    /// Who is trusted outside the organization.
    pub security: Security,
    /// Who may assume which role.
    pub access: Access,
    /// Further cross-account roles, by name.
    pub roles: BTreeMap<RoleName, CustomRole>,
    /// The company's apps, by name.
    pub apps: BTreeMap<AppName, App>,
    /// The audit trail.
    pub audit: Audit,
    /// What it has for delivering by Terraform.
    pub delivery: Delivery,
    /// Whom AWS tells what concerns an account.
    pub contacts: Contacts,
    /// Who is told about what.
    pub monitoring: Monitoring,
    /// The monthly budgets, in the manifest's order.
    pub budgets: Vec<Budget>,
}

/// Exceptions from the shipped guardrails, where those would obstruct daily work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GuardrailOptions {
    /// Whether accounts, their deployers included, may create OpenID Connect providers other than GitHub's.
    pub identity_providers: bool,
    /// Whether a Bedrock inference profile may route a request to a Region that is not allowed otherwise.
    pub inference_profiles: bool,
    /// Actions that limit-regions exempts, besides those of global services.
    pub exempt_actions: Vec<String>,
}

/// An organizational unit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unit {
    /// Its path.
    pub path: UnitPath,
    /// Guardrails attached to it by the manifest's `[units.X]`; tier and base guardrails are not in here.
    pub guardrails: Vec<GuardrailName>,
    /// Whether an existing unit of this name without landfall's tags may be taken over.
    pub adopt: bool,
}

/// A member account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Its key: the last part of its address.
    pub key: AccountKey,
    /// The e-mail of its root user: how it is found in AWS.
    pub email: Email,
    /// Whether the manifest has the e-mail itself, instead of the template.
    pub email_written: bool,
    /// Its id, if the manifest adopts an existing account.
    pub id: Option<AccountId>,
    /// The unit it belongs in.
    pub unit: UnitPath,
    /// The environment it belongs to, if any.
    pub environment: Option<EnvironmentName>,
    /// The workload it is for, if any.
    pub workload: Option<WorkloadName>,
    /// Its purpose.
    pub purpose: Purpose,
    /// The role that the management account assumes to enter it for the first time.
    pub access_role: RoleName,
    /// The manifest's tags; landfall's are not in here.
    pub tags: BTreeMap<String, String>,
    /// Its network, if it gets one.
    pub network: Option<Network>,
    /// Its alias, if the manifest has one.
    pub alias: Option<AccountAlias>,
    /// Its baseline: its own, else its environment's, else the organization's.
    pub baseline: Baseline,
}

/// The purpose of an account; decides which roles it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Keeps the audit logs.
    LogArchive,
    /// Is an environment's main account, or one workload's account of an environment.
    Environment,
    /// Any other account, named by `[accounts.X]`.
    Extra,
}

/// An environment, such as dev or prod.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// Its tier.
    pub tier: Tier,
    /// The environment that comes before this one in the order of promotion.
    pub follows: Option<EnvironmentName>,
    /// The unit of its accounts.
    pub unit: UnitPath,
    /// Guardrails beyond `base`, shipped or user-written: the tier's, or those of the manifest instead.
    pub guardrails: Vec<GuardrailName>,
    /// How long flow logs of its accounts are kept, in days.
    pub log_retention_days: u32,
    /// Its accounts: the main one, or one per workload, then extra accounts; in the manifest's order.
    pub accounts: Vec<AccountKey>,
}

/// A policy of the organization written by the user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserGuardrail {
    /// Its name: the file's stem.
    pub name: GuardrailName,
    /// Its type, which its document tells.
    pub policy_type: PolicyType,
    /// The path as in the manifest, for messages.
    pub path: String,
    /// The document.
    pub document: serde_json::Value,
}

/// The audit trail's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// How long the audit log is kept, in days; default seven years (2,555 days).
    pub retention_days: u32,
}

impl Organization {
    /// Returns AWS's name for an account: `<org>-<key>`.
    #[must_use]
    pub fn account_name(&self, key: &AccountKey) -> String {
        format!("{}-{key}", self.name)
    }

    /// Returns the environment of that name.
    #[must_use]
    pub fn environment(&self, name: &EnvironmentName) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == *name)
    }

    /// Returns the environment that an account belongs to.
    #[must_use]
    pub fn environment_of(&self, account: &Account) -> Option<&Environment> {
        account.environment.as_ref().and_then(|name| self.environment(name))
    }
}
