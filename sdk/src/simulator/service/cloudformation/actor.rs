//! Who makes the calls of a stack's operation: the role that it was given, or the caller.

use std::cell::Cell;

use serde_json::Value;

use crate::aws::policy::ResourceRule;
use crate::id::AccountId;
use crate::simulator::authorize::{Ask, Call, Owned};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::service::{Effect, Operation, Service, iam, s3, ssm};
use crate::simulator::wire::Params;
use crate::simulator::world::{Actor, Credential, Session, Who, World};

/// The principal of CloudFormation.
const SERVICE: &str = "cloudformation.amazonaws.com";
/// The session name of CloudFormation in a stack's role.
const SESSION: &str = "AWSCloudFormation";
/// The Region that requests of IAM are signed for.
const IAM_REGION: &str = "us-east-1";

/// A service in which resources are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Iam,
    S3,
    Ssm,
}

/// The caller of other services for one step.
pub(super) struct By {
    pub(super) now: Timestamp,
    pub(super) account: AccountId,
    pub(super) region: String,
    credential: Credential,
    via: Option<&'static str>,
    /// How many calls have changed something.
    pub(super) changes: Cell<u32>,
}

impl By {
    /// Returns the caller for a stack's operation. A role has to let CloudFormation in each time.
    pub(super) fn actor(
        world: &World,
        now: Timestamp,
        account: &AccountId,
        region: &str,
        stack: &str,
        actor: &Actor,
    ) -> Result<Self, Failure> {
        let (credential, via) = match actor {
            Actor::Role(arn) => (assumed(world, now, account, stack, arn)?, None),
            // Only calls with the caller's own credentials are made via a service (IAM User Guide, "aws:CalledVia").
            Actor::Caller(credential) => (credential.as_ref().clone(), Some(SERVICE)),
        };
        Ok(Self { now, account: account.clone(), region: region.to_owned(), credential, via, changes: Cell::new(0) })
    }

    /// Returns the caller of a call, as CloudFormation calls for it.
    pub(super) fn caller(call: &Call<'_>, region: &str) -> Result<Self, Failure> {
        let credential = call.credential()?.clone();
        let account = credential.who.account().clone();
        Ok(Self { now: call.now, account, region: region.to_owned(), credential, via: Some(SERVICE), changes: Cell::new(0) })
    }

    /// Makes one call of a service, with all that decides about it.
    pub(super) fn perform(&self, world: &mut World, target: Target, operation: &str, parameters: &Value) -> Result<Value, Failure> {
        let (service, tables): (Service, &[&[Operation]]) = match target {
            Target::Iam => (Service::Iam, iam::OPERATIONS),
            Target::S3 => (Service::S3, s3::OPERATIONS),
            Target::Ssm => (Service::Ssm, ssm::OPERATIONS),
        };
        let found = tables.iter().copied().flatten().find(|known| known.name == operation);
        let (Some(found), Some(members)) = (found, parameters.as_object()) else {
            return Err(Failure::internal(format_args!("CloudFormation cannot call {operation}")));
        };
        let answer = (found.run)(world, &self.call(service), Params::new(service, operation, members))?;
        if found.effect == Effect::Write {
            self.changes.set(self.changes.get() + 1);
        }
        Ok(answer.into_value())
    }

    /// Checks that the caller may do something with a resource of a service that is not simulated.
    pub(super) fn may(&self, world: &World, action: &'static str, arn: &str) -> Result<(), Failure> {
        self.call(Service::CloudFormation).may(world, Ask::new(action, arn))
    }

    fn call(&self, service: Service) -> Call<'_> {
        let region = if service == Service::Iam { IAM_REGION } else { self.region.as_str() };
        Call { now: self.now, service, region, is_global: false, credential: Some(&self.credential), via: self.via }
    }
}

/// Checks that the caller may pass a role to CloudFormation, and that CloudFormation can assume it for a stack.
pub(super) fn pass(world: &World, call: &Call<'_>, stack: &str, arn: &str) -> Result<(), Failure> {
    let account = call.account()?;
    if arn.split(':').nth(4) != Some(account.as_str()) {
        return Err(Failure::access_denied("Cross-account pass role is not allowed."));
    }
    call.may(world, Ask::new("iam:PassRole", arn).with("iam:PassedToService", SERVICE))?;
    assumed(world, call.now, account, stack, arn).map(drop)
}

/// Checks that CloudFormation can assume the role that a stack has.
pub(super) fn check(world: &World, call: &Call<'_>, stack: &str, arn: &str) -> Result<(), Failure> {
    assumed(world, call.now, call.account()?, stack, arn).map(drop)
}

/// Returns a session of a stack's role, if it exists and its trust policy lets CloudFormation in.
fn assumed(world: &World, now: Timestamp, account: &AccountId, stack: &str, arn: &str) -> Result<Credential, Failure> {
    let refused = || Failure::validation(format!("Role {arn} is invalid or cannot be assumed"));
    let name = arn.rsplit('/').next().unwrap_or_default();
    let role = world.account(account)?.iam.role(name).filter(|role| role.arn == arn && role.arrives <= now).ok_or_else(refused)?;
    let trust = role.trust.effective(now, world.timing().propagation);
    let owned = Owned { account, policy: Some(trust.document()), rule: ResourceRule::MustAllow };
    let context = world.source_keys(account, stack);
    world.service_may(now, SERVICE, "sts:AssumeRole", arn, &context, owned).map_err(|_| refused())?;
    let who = Who::Role { account: account.clone(), name: role.name.clone(), role_id: role.id.clone(), session: SESSION.to_owned() };
    // The token is never sent: it says that these are a session's credentials.
    Ok(Credential { who, token: Some(String::new()), made: now, expires: None, session: Session::default() })
}
