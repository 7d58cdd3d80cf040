//! The simulated AWS itself: everything that is, and what one call does to it.
//!
//! Synchronous, without IO and without a clock; the time comes in with each call. Everything is ordered and every id
//! follows from a counter, so that the same calls give the same world.

mod bucket;
mod credential;
mod deed;
mod iam;
mod id;
mod key;
pub(crate) mod network;
mod options;
mod organization;
mod parameter;
mod people;
mod root_user;
mod trail;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub(crate) use bucket::{Bucket, Object, PublicAccess};
pub(crate) use credential::{Credential, Session, Who};
pub(crate) use deed::Deed;
pub(crate) use iam::{Device, Iam, ManagedPolicy, Permissions, PolicyVersion, Provider, Role, User, is_reserved};
pub(crate) use key::{Alias, Key, KeyState, Keys, Rotation};
pub use options::Options;
pub(crate) use organization::{
    Account, AccountState, Creation, FULL_ACCESS, FeatureSet, Organization, OrganizationPolicy, Outcome, SERVICE_CONTROL, Unit,
    service_role,
};
pub(crate) use parameter::Parameter;
pub(crate) use root_user::{RootFeature, RootPassword};
pub(crate) use trail::Trail;

use super::authorize::Call;
use super::clock::Timestamp;
use super::failure::Failure;
use super::faults::{Faults, Met, Trouble};
use super::rates::Throttles;
use super::service::Effect;
use super::stored::StoredDocument;
use super::timing::Timing;
use super::{CallRecord, wire};
use crate::id::AccountId;
use crate::name::literal;

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
    /// How many ids were given away; whatever makes something takes one.
    pub(super) ids: u64,
    members_made: u64,
    #[serde(skip)]
    requests: u64,
    /// Its buckets are full again whenever a world is opened.
    #[serde(skip)]
    throttles: Throttles,
    #[serde(skip)]
    pub(super) faults: Faults,
}

/// What becomes of a call.
#[derive(Debug)]
pub(crate) enum Reply {
    /// It is answered.
    Answer(http::Response<Bytes>),
    /// It is answered after so long.
    Late(Duration, http::Response<Bytes>),
    /// The connection ends without an answer.
    Cut,
    /// Nothing ever comes.
    Silence,
}

/// How a call went, besides its answer.
#[derive(Debug, Default)]
struct Course {
    trouble: Option<Trouble>,
    change: Option<Change>,
    deed: Option<Deed>,
}

/// What a call changed.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// Whatever its operation changes.
    Call,
    /// Its caller's session ended before its time.
    Expiry,
}

impl World {
    /// Returns a world with one account, no organization, and the administrator who calls.
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
        role.permissions = super::propagated::Propagated::new(Permissions::administrator());
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

    /// Does one call; tells also what it did to the world, if anything.
    pub(crate) fn handle(&mut self, now: Timestamp, request: &http::Request<Bytes>) -> (Reply, CallRecord, Option<Deed>) {
        self.requests += 1;
        let request_id = id::request_id(self.requests);
        let mut record = CallRecord::new(now.into(), request_id.clone());
        if self.faults.is_dead {
            record.is_answered = false;
            return (Reply::Silence, record, None);
        }
        self.settle(now);
        let mut course = Course::default();
        let (protocol, operation, result) = match wire::parse(request) {
            Err((protocol, failure)) => (protocol, String::new(), Err(failure)),
            Ok(parsed) => {
                parsed.service.name().clone_into(&mut record.service);
                record.operation.clone_from(&parsed.operation);
                record.region.clone_from(&parsed.region);
                let result = self.answer(now, &parsed, &mut record, &mut course);
                let (protocol, operation) = (parsed.protocol, parsed.operation.clone());
                course.deed = course.change.map(|change| Deed::of(change, parsed));
                (protocol, operation, result)
            }
        };
        record.error = result.as_ref().err().map(|failure| failure.code.to_string());
        let response = wire::render(protocol, &operation, &request_id, &result);
        let reply = match course.trouble {
            Some(trouble) => trouble.deliver(response),
            None => Reply::Answer(response),
        };
        record.is_answered = matches!(reply, Reply::Answer(_) | Reply::Late(..));
        (reply, record, course.deed)
    }

    fn answer(
        &mut self,
        now: Timestamp,
        parsed: &wire::Parsed,
        record: &mut CallRecord,
        course: &mut Course,
    ) -> Result<serde_json::Value, Failure> {
        let operation = parsed.service.operation(&parsed.operation);
        record.mutating = operation.is_some_and(|operation| operation.effect == Effect::Write);
        let credential = self.authenticate(now, parsed)?;
        if let Some(credential) = &credential {
            let account = credential.who.account();
            record.account = Some(account.clone());
            self.caller(credential).shown_arn().clone_into(&mut record.caller);
            self.subscribed(now, parsed.service, credential)?;
            self.throttles.take(now, (self.options.rates, self.options.preset), account, parsed)?;
        }
        let call =
            Met { service: parsed.service, operation: &parsed.operation, mutating: record.mutating, account: record.account.as_ref() };
        let trouble = self.faults.meet(&call);
        course.trouble.clone_from(&trouble);
        match &trouble {
            Some(Trouble::CutBefore | Trouble::Ignore) => return Ok(serde_json::Value::Null),
            Some(Trouble::Expire) => {
                course.change = parsed.access_key.is_some().then_some(Change::Expiry);
                self.expire(now, parsed.access_key.as_deref().unwrap_or_default());
                return Err(credential::expired(parsed.protocol));
            }
            Some(trouble) => trouble.refusal(parsed.service).map_or(Ok(()), Err)?,
            None => {}
        }
        let ids = self.ids;
        let answer = self.carry_out(now, parsed, credential.as_ref());
        // A read may make something, too: a session, or what EC2 has from an account's first call on.
        course.change = (record.mutating || self.ids != ids).then_some(Change::Call);
        let mut answer = answer?;
        if let Some(trouble) = &trouble {
            let is_first_page = !["NextToken", "Marker"].iter().any(|token| parsed.params.contains_key(*token));
            trouble.edit(&mut answer, parsed.service, is_first_page);
        }
        Ok(answer)
    }

    /// Does what a call asks for that nothing kept from it.
    fn carry_out(&mut self, now: Timestamp, parsed: &wire::Parsed, credential: Option<&Credential>) -> Result<serde_json::Value, Failure> {
        let operation = parsed
            .service
            .operation(&parsed.operation)
            .ok_or_else(|| Failure::not_implemented(format_args!("the operation {} of {}", parsed.operation, parsed.service.name())))?;
        let params = wire::Params::new(parsed.service, &parsed.operation, &parsed.params);
        let (region, is_global) = (parsed.region.as_str(), parsed.is_global);
        let call = Call { now, service: parsed.service, region, is_global, credential };
        parsed.service.welcome(self, &call)?;
        Ok((operation.run)(self, &call, params)?.into_value())
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
