//! The state of the simulated AWS. `dispatch` and the services change it.
//!
//! Synchronous, without IO and without a clock; each call brings the time. Everything is ordered and every id follows from a
//! counter, so that the same calls give the same world.

mod authentication;
mod backup;
mod bucket;
mod budget;
mod contact;
mod creations;
mod credential;
mod deed;
mod first;
mod iam;
mod id;
mod invalid_policy;
mod key;
mod log_retention;
pub(crate) mod network;
mod options;
mod organization;
mod parameter;
mod password;
mod people;
mod root_user;
mod secret;
mod secret_text;
mod stack;
mod stack_trouble;
mod tag_index;
mod topic;
mod trail;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use authentication::expired;
pub(crate) use backup::{Backups, Job, RecoveryPoint, Restore, Vault, VaultLock};
pub(crate) use bucket::{Bucket, Object, PublicAccess};
pub(crate) use budget::{Budget, Notification};
pub(crate) use contact::Contact;
pub(crate) use creations::service_role;
pub(crate) use credential::{Credential, Session, Who};
pub(crate) use deed::Deed;
pub(crate) use first::{
    ADMINISTRATOR_KEY, ADMINISTRATOR_PATH, ADMINISTRATOR_ROLE, ADMINISTRATOR_SESSION, ADMINISTRATOR_TOKEN, MANAGEMENT, SECRET,
};
pub(crate) use iam::{Device, Iam, ManagedPolicy, Permissions, PolicyVersion, Provider, Role, User, is_reserved};
pub(crate) use id::request_id;
pub use invalid_policy::InvalidPolicy;
pub(crate) use key::{Alias, Key, KeyState, Keys, Rotation};
pub(crate) use log_retention::LogRetention;
pub use options::Options;
pub(crate) use organization::{
    Account, AccountState, Creation, FeatureSet, Organization, OrganizationPolicy, Outcome, PolicyContent, RESOURCE_CONTROL,
    SERVICE_CONTROL, SwitchedOn, Unit,
};
pub(crate) use parameter::{Parameter, ParameterKind, ParameterTier, ParameterVersion, ServiceSetting};
pub(crate) use password::PasswordPolicy;
pub(crate) use root_user::{RootFeature, RootPassword};
pub(crate) use secret::{Secret, SecretVersion, Secrets};
pub(crate) use secret_text::SecretText;
pub(crate) use stack::{
    Actor, ChangeSet, Event, Execution, Fate, Input, Leaving, OnFailure, Operation, OperationKind, Output, Resource, Rollback, Stack,
    Stacks, Status, Step,
};
pub use stack_trouble::StackTrouble;
pub(crate) use stack_trouble::StackTroubles;
pub use tag_index::TagIndex;
pub(crate) use topic::{Subscription, Topic};
pub(crate) use trail::Trail;

use super::clock::Timestamp;
use super::failure::Failure;
use super::faults::Faults;
use super::propagated::Propagated;
use super::rates::Throttles;
use super::stored::{Tags, own_document};
use super::timing::Timing;
use crate::id::AccountId;
use crate::name::literal;

/// The whole state.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) organization: Option<Organization>,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    pub(crate) credentials: BTreeMap<String, Credential>,
    /// By name, which is unique across all accounts.
    #[serde(default)]
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// The state of EC2, by account and Region; created at the account's first call there.
    #[serde(default)]
    pub(crate) networks: BTreeMap<AccountId, BTreeMap<String, network::Network>>,
    /// The parameters of Systems Manager, by account and Region, then by name.
    #[serde(default)]
    pub(crate) parameters: BTreeMap<AccountId, BTreeMap<String, BTreeMap<String, Parameter>>>,
    /// The service settings of Systems Manager that were changed, by account and Region, then by id.
    #[serde(default)]
    pub(crate) service_settings: BTreeMap<AccountId, BTreeMap<String, BTreeMap<String, ServiceSetting>>>,
    /// The secrets of Secrets Manager, by account and Region.
    #[serde(default)]
    pub(crate) secrets: BTreeMap<AccountId, BTreeMap<String, Secrets>>,
    /// The alternate contacts of accounts, by type.
    #[serde(default)]
    pub(crate) contacts: BTreeMap<AccountId, BTreeMap<String, Contact>>,
    /// How long log groups keep their events, by account and Region; absent where there is no account policy.
    #[serde(default)]
    pub(crate) log_retention: BTreeMap<AccountId, BTreeMap<String, LogRetention>>,
    /// AWS Backup, by account and Region.
    #[serde(default)]
    pub(crate) backups: BTreeMap<AccountId, BTreeMap<String, Backups>>,
    /// The index of tags, where it does not follow them.
    #[serde(skip)]
    pub(crate) tag_index: Option<BTreeMap<String, Tags>>,
    /// The effective policies that are invalid.
    #[serde(skip)]
    pub(crate) invalid_policies: Vec<InvalidPolicy>,
    /// The topics of SNS, by ARN.
    #[serde(default)]
    pub(crate) topics: BTreeMap<String, Topic>,
    /// The budgets, by account and name.
    #[serde(default)]
    pub(crate) budgets: BTreeMap<AccountId, BTreeMap<String, Budget>>,
    /// The stacks of CloudFormation, by account and Region.
    #[serde(default)]
    pub(crate) stacks: BTreeMap<AccountId, BTreeMap<String, Stacks>>,
    /// What goes wrong in stacks from outside.
    #[serde(default)]
    pub(crate) stack_troubles: StackTroubles,
    /// Number of ids that were assigned; every creation takes one.
    pub(super) ids: u64,
    members_made: u64,
    #[serde(skip)]
    pub(super) requests: u64,
    /// The token buckets; they are full again when a world is opened.
    #[serde(skip)]
    pub(super) throttles: Throttles,
    #[serde(skip)]
    pub(super) faults: Faults,
}

impl World {
    /// Returns a world with one account and its administrator, without an organization.
    pub(crate) fn new(options: Options, now: Timestamp) -> Self {
        let management: AccountId = literal(MANAGEMENT);
        let mut world = Self {
            options,
            organization: None,
            accounts: BTreeMap::new(),
            credentials: BTreeMap::new(),
            buckets: BTreeMap::new(),
            networks: BTreeMap::new(),
            parameters: BTreeMap::new(),
            service_settings: BTreeMap::new(),
            secrets: BTreeMap::new(),
            contacts: BTreeMap::new(),
            log_retention: BTreeMap::new(),
            backups: BTreeMap::new(),
            tag_index: None,
            invalid_policies: Vec::new(),
            topics: BTreeMap::new(),
            budgets: BTreeMap::new(),
            stacks: BTreeMap::new(),
            stack_troubles: StackTroubles::default(),
            ids: 0,
            members_made: 0,
            requests: 0,
            throttles: Throttles::default(),
            faults: Faults::default(),
        };
        let mut account = Account::new(management.clone(), "management", "aws@management.example", now, None);
        let role_id = world.unique_id("AROA");
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::{MANAGEMENT}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"}},"Action":["sts:AssumeRoleWithSAML","sts:TagSession"],"Condition":{{"StringEquals":{{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}}}}]}}"#
        );
        let mut role = Role::new(&management, ADMINISTRATOR_PATH, ADMINISTRATOR_ROLE, role_id.clone(), own_document(&trust), now);
        role.max_session = 12 * 3600;
        role.permissions = Propagated::new(Permissions::administrator());
        account.iam.insert_role(role);
        world.accounts.insert(management.clone(), account);
        let who =
            Who::Role { account: management, name: ADMINISTRATOR_ROLE.to_owned(), role_id, session: ADMINISTRATOR_SESSION.to_owned() };
        let credential = Credential { token: Some(ADMINISTRATOR_TOKEN.to_owned()), ..Credential::lasting(who, now) };
        world.credentials.insert(ADMINISTRATOR_KEY.to_owned(), credential);
        world
    }

    /// Returns whether calls are throttled.
    pub(crate) fn is_metered(&self) -> bool {
        self.options.rates.is_metered(self.options.preset)
    }

    /// Applies changes that were due before `now`.
    pub(super) fn settle(&mut self, now: Timestamp) {
        self.settle_creations(now);
        let (closing, timing) = (self.timing().closing, self.timing());
        let (gateways, endpoints) = (timing.nat_gateway_deletion, timing.interface_endpoint_deletion);
        self.networks.values_mut().flat_map(BTreeMap::values_mut).for_each(|network| network.settle(now, gateways, endpoints));
        self.topics.values_mut().for_each(|topic| topic.settle(now));
        self.secrets.values_mut().flat_map(BTreeMap::values_mut).for_each(|secrets| secrets.retain(|_, secret| !secret.is_over(now)));
        for account in self.accounts.values_mut() {
            account.keys.values_mut().for_each(|keys| keys.settle(now));
            if let AccountState::PendingClosure { since } = account.state
                && since.plus(closing) <= now
            {
                account.state = AccountState::Closed;
            }
        }
    }

    /// Returns whether a policy type of the organization is still being switched on.
    pub(crate) fn is_policy_type_pending(&self, organization: &Organization, name: &str, now: Timestamp) -> bool {
        let is_never = self.options.policy_types_pending.contains(name);
        let done = |on: &SwitchedOn| on.since.plus(self.timing().policy_type);
        organization.switched_on.get(name).is_some_and(|on| is_never || done(on) > now)
    }

    pub(crate) fn timing(&self) -> Timing {
        self.options.preset.timing()
    }

    pub(crate) fn account(&self, id: &AccountId) -> Result<&Account, Failure> {
        self.accounts.get(id).ok_or_else(|| Failure::internal(format_args!("there is no account {id}")))
    }

    pub(crate) fn account_mut(&mut self, id: &AccountId) -> Result<&mut Account, Failure> {
        self.accounts.get_mut(id).ok_or_else(|| Failure::internal(format_args!("there is no account {id}")))
    }
}
