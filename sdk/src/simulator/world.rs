//! The simulated AWS itself: everything that is, and what one call does to it.
//!
//! Synchronous, without IO and without a clock; the time comes in with each call. Everything is ordered and every id
//! follows from a counter, so that the same calls give the same world.

mod bucket;
mod credential;
mod iam;
mod id;
mod key;
pub(crate) mod network;
mod organization;
mod parameter;
mod trail;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub(crate) use bucket::{Bucket, Object, PublicAccess};
pub(crate) use credential::{Credential, Session, Who};
pub(crate) use iam::{Device, Iam, ManagedPolicy, Permissions, PolicyVersion, Provider, Role, User, is_reserved};
pub(crate) use key::{Alias, Key, KeyState, Keys, Rotation};
pub(crate) use organization::{
    Account, AccountState, Creation, FULL_ACCESS, FeatureSet, Organization, OrganizationPolicy, Outcome, SERVICE_CONTROL, Unit,
    service_role,
};
pub(crate) use parameter::Parameter;
pub(crate) use trail::Trail;

use super::authorize::Call;
use super::clock::Timestamp;
use super::failure::Failure;
use super::faults::Faults;
use super::service::Effect;
use super::stored::StoredDocument;
use super::timing::{Preset, Timing};
use super::{CallRecord, wire};
use crate::id::AccountId;
use crate::name::known;

/// The management account of every simulated organization.
pub(super) const MANAGEMENT: &str = "111111111111";
/// The administrator who calls, a permission set of IAM Identity Center.
pub(super) const ADMINISTRATOR_ROLE: &str = "AWSReservedSSO_AdministratorAccess_0123456789abcdef";
/// The path of roles that IAM Identity Center makes in eu-west-1.
pub(super) const ADMINISTRATOR_PATH: &str = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
pub(super) const ADMINISTRATOR_SESSION: &str = "admin";
pub(super) const ADMINISTRATOR_KEY: &str = "ASIASIMULATEDADMIN00";
pub(super) const ADMINISTRATOR_TOKEN: &str = "token-of-the-simulated-administrator";
/// The secret of every simulated key; no signature is ever checked.
pub(super) const SECRET: &str = "simulated/secret/that/opens/nothing00000";

/// What a simulated AWS is like from the beginning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Options {
    /// How time passes. Default: [`Preset::Instant`].
    pub preset: Preset,
    /// How many accounts the organization may have, the management account and closed ones included. Default: 1,000.
    pub account_quota: usize,
    /// How many Elastic IP addresses an account may have in a Region. Default: 5.
    pub address_quota: usize,
    /// E-mails that accounts outside of the organization own: creating an account with one of them fails.
    pub emails_taken: BTreeSet<String>,
    /// Names of buckets that accounts outside of the organization own: creating one of them fails.
    pub bucket_names_taken: BTreeSet<String>,
    /// Makes ids differ from those of other worlds. Default: 0.
    pub seed: u64,
}

impl Options {
    /// Returns the options with another preset.
    #[must_use]
    pub fn with_preset(mut self, preset: Preset) -> Self {
        self.preset = preset;
        self
    }

    /// Returns the options with another quota of accounts.
    #[must_use]
    pub fn with_account_quota(mut self, quota: usize) -> Self {
        self.account_quota = quota;
        self
    }

    /// Returns the options with another quota of Elastic IP addresses.
    #[must_use]
    pub fn with_address_quota(mut self, quota: usize) -> Self {
        self.address_quota = quota;
        self
    }

    /// Returns the options with one more e-mail that somebody else owns.
    #[must_use]
    pub fn with_email_taken(mut self, email: impl Into<String>) -> Self {
        self.emails_taken.insert(email.into());
        self
    }

    /// Returns the options with one more name of a bucket that somebody else owns.
    #[must_use]
    pub fn with_bucket_name_taken(mut self, name: impl Into<String>) -> Self {
        self.bucket_names_taken.insert(name.into());
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            preset: Preset::default(),
            account_quota: 1000,
            address_quota: 5,
            emails_taken: BTreeSet::new(),
            bucket_names_taken: BTreeSet::new(),
            seed: 0,
        }
    }
}

/// Everything that is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) organization: Option<Organization>,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    pub(crate) credentials: BTreeMap<String, Credential>,
    /// By name, which is unique across all accounts.
    #[serde(default)]
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// What EC2 has, by account and Region; from the account's first call there on.
    #[serde(default)]
    pub(crate) networks: BTreeMap<AccountId, BTreeMap<String, network::Network>>,
    /// The parameters of Systems Manager, by account and Region, then by name.
    #[serde(default)]
    pub(crate) parameters: BTreeMap<AccountId, BTreeMap<String, BTreeMap<String, Parameter>>>,
    ids: u64,
    members_made: u64,
    #[serde(skip)]
    requests: u64,
    #[serde(skip)]
    faults: Faults,
}

impl World {
    /// Returns a world with one account, no organization, and the administrator who calls.
    pub(crate) fn new(options: Options, now: Timestamp) -> Self {
        let management: AccountId = known(MANAGEMENT);
        let mut world = Self {
            options,
            organization: None,
            accounts: BTreeMap::new(),
            credentials: BTreeMap::new(),
            buckets: BTreeMap::new(),
            networks: BTreeMap::new(),
            parameters: BTreeMap::new(),
            ids: 0,
            members_made: 0,
            requests: 0,
            faults: Faults,
        };
        let mut account = Account::new(management.clone(), "management", "aws@management.example", now, None);
        let role_id = world.unique_id("AROA");
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::{MANAGEMENT}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"}},"Action":["sts:AssumeRoleWithSAML","sts:TagSession"],"Condition":{{"StringEquals":{{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}}}}]}}"#
        );
        let mut role = Role::new(&management, ADMINISTRATOR_PATH, ADMINISTRATOR_ROLE, role_id.clone(), own_document(&trust), now);
        role.max_session = 12 * 3600;
        role.permissions = super::propagated::Propagated::new(Permissions::administrator());
        account.iam.insert_role(role);
        world.accounts.insert(management.clone(), account);
        let who =
            Who::Role { account: management, name: ADMINISTRATOR_ROLE.to_owned(), role_id, session: ADMINISTRATOR_SESSION.to_owned() };
        let credential = Credential { token: Some(ADMINISTRATOR_TOKEN.to_owned()), ..Credential::lasting(who, now) };
        world.credentials.insert(ADMINISTRATOR_KEY.to_owned(), credential);
        world
    }

    /// Does one call.
    pub(crate) fn handle(&mut self, now: Timestamp, request: &http::Request<Bytes>) -> (http::Response<Bytes>, CallRecord) {
        self.requests += 1;
        let request_id = id::request_id(self.requests);
        self.settle(now);
        let mut record = CallRecord::new(now.into(), request_id.clone());
        let (protocol, operation, result) = match wire::parse(request) {
            Err((protocol, failure)) => (protocol, String::new(), Err(failure)),
            Ok(parsed) => {
                parsed.service.name().clone_into(&mut record.service);
                record.operation.clone_from(&parsed.operation);
                record.region.clone_from(&parsed.region);
                let result = self.answer(now, &parsed, &mut record);
                (parsed.protocol, parsed.operation, result)
            }
        };
        record.error = result.as_ref().err().map(|failure| failure.code.to_string());
        (wire::render(protocol, &operation, &request_id, &result), record)
    }

    fn answer(&mut self, now: Timestamp, parsed: &wire::Parsed, record: &mut CallRecord) -> Result<serde_json::Value, Failure> {
        let operation = parsed.service.operation(&parsed.operation);
        record.mutating = operation.is_some_and(|operation| operation.effect == Effect::Write);
        let credential = self.authenticate(now, parsed)?;
        if let Some(credential) = &credential {
            record.account = Some(credential.who.account().clone());
            self.caller(credential).shown_arn().clone_into(&mut record.caller);
        }
        if let Some(failure) = self.faults.before(now, record.account.as_ref(), parsed) {
            return Err(failure);
        }
        let operation = operation
            .ok_or_else(|| Failure::not_implemented(format_args!("the operation {} of {}", parsed.operation, parsed.service.name())))?;
        let params = wire::Params::new(parsed.service, &parsed.operation, &parsed.params);
        let call = Call { now, service: parsed.service, region: &parsed.region, credential: credential.as_ref() };
        parsed.service.welcome(self, &call)?;
        (operation.run)(self, &call, params).map(super::authorize::Answer::into_value)
    }

    /// Lets happen what was due before `now`.
    fn settle(&mut self, now: Timestamp) {
        self.settle_creations(now);
        let (closing, deletion) = (self.timing().closing, self.timing().nat_gateway_deletion);
        self.networks.values_mut().flat_map(BTreeMap::values_mut).for_each(|network| network.settle(now, deletion));
        for account in self.accounts.values_mut() {
            account.keys.values_mut().for_each(|keys| keys.settle(now));
            if let AccountState::PendingClosure { since } = account.state
                && since.plus(closing) <= now
            {
                account.state = AccountState::Closed;
            }
        }
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

/// Parses a document that the simulator itself wrote; a test makes a world and an account with each.
pub(crate) fn own_document(text: &str) -> StoredDocument {
    text.parse().expect("documents written in this crate are valid")
}
