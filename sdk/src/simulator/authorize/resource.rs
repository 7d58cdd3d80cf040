//! Authorization of calls on a resource that has an owner and may have its own policy.

use super::{Ask, Gathered, Pass, guardrails, membership, owner_keys};
use crate::aws::policy::{self, Caller, Context, Document, Policies, ResourceRule, Verdict};
use crate::id::AccountId;
use crate::simulator::authorize::Call;
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{RESOURCE_CONTROL, World};

/// The owner of a resource, and its own policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owned<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) policy: Option<&'a Document>,
    pub(crate) rule: ResourceRule,
}

impl Call<'_> {
    /// Checks that all parameters were read, and authorizes the call on a resource of any account.
    pub(crate) fn authorize_on(&self, world: &World, params: Params<'_>, ask: Ask, owned: Owned<'_>) -> Result<Pass, Failure> {
        params.finish()?;
        self.may_on(world, ask, owned)?;
        Ok(Pass(()))
    }

    /// Authorizes one action on a resource of any account.
    pub(crate) fn may_on(&self, world: &World, ask: Ask, owned: Owned<'_>) -> Result<(), Failure> {
        let credential = self.credential()?;
        let gathered = Gathered::of(world, credential, self.now);
        let mut request = self.request(world, credential, ask);
        owner_keys(world, owned.account, &mut request.context);
        let policies = gathered.policies(owned.policy, owned.account, owned.rule);
        match policy::evaluate(&request, &policies) {
            Verdict::Allowed => Ok(()),
            Verdict::Denied(denial) => Err(self.denied(denial.message(&request))),
        }
    }
}

impl World {
    /// Returns the keys that an AWS service sends with a call that it makes for a resource of an account.
    ///
    /// `aws:SourceOrgID` is there where `aws:SourceAccount` is, if the account is in an organization (docs/AWS.md 6.4).
    pub(crate) fn source_keys(&self, account: &AccountId, arn: &str) -> Context {
        let context = Context::new().with("aws:SourceArn", arn).with("aws:SourceAccount", account.as_str());
        match membership(self, account) {
            Some((organization, path)) => context.with("aws:SourceOrgID", organization).with_all("aws:SourceOrgPaths", [path]),
            None => context,
        }
    }

    /// Returns why a resource's policy, or the guardrails on its account, do not allow a call by an AWS service.
    pub(crate) fn service_may(
        &self,
        now: Timestamp,
        service: &str,
        action: &str,
        resource: &str,
        context: &Context,
        owned: Owned<'_>,
    ) -> Result<(), String> {
        let mut request = policy::Request::new(Caller::service(service), action, resource);
        request.context = context.clone();
        request.context.insert("aws:CurrentTime", now.iso());
        request.context.insert("aws:SecureTransport", "true");
        owner_keys(self, owned.account, &mut request.context);
        let policies = Policies {
            resource_control: guardrails(self, owned.account, RESOURCE_CONTROL),
            resource: owned.policy,
            resource_account: owned.account.as_str(),
            resource_rule: ResourceRule::MustAllow,
            ..Policies::default()
        };
        match policy::evaluate(&request, &policies) {
            Verdict::Allowed => Ok(()),
            Verdict::Denied(denial) => Err(denial.message(&request)),
        }
    }
}
