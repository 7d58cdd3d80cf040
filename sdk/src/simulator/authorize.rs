//! Authorization of calls.
//!
//! Every operation goes through here: only a [`Pass`] can make an [`Answer`], and only authorization gives a pass. It decides about
//! one action on one resource, with the caller's policies, boundary, session policies and the organization's guardrails on both
//! accounts from the world, as far as they have propagated.

mod answer;
mod resource;

use serde_json::Value;

pub(crate) use answer::Answer;
pub(crate) use resource::Owned;

use super::clock::Timestamp;
use super::failure::Failure;
use super::managed_policies::managed_document;
use super::root_tasks::root_task_document;
use super::service::Service;
use super::stored::{StoredDocument, Tags, own_document};
use super::wire::Params;
use super::world::{Credential, Permissions, RESOURCE_CONTROL, SERVICE_CONTROL, Who, World};
use crate::aws::policy::{self, Context, Document, Policies, ResourceRule, Verdict};
use crate::id::AccountId;

/// One call on its way to its service.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) now: Timestamp,
    pub(crate) service: Service,
    /// The Region that the request was signed for.
    pub(crate) region: &'a str,
    /// Whether it came to STS's global endpoint.
    pub(crate) is_global: bool,
    /// `None` for the one operation that is sent unsigned.
    pub(crate) credential: Option<&'a Credential>,
    /// The service that makes the call on behalf of the caller.
    pub(crate) via: Option<&'static str>,
}

/// The action and resource of a call.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    action: &'static str,
    resource: String,
    context: Context,
    /// Whether a service makes the call on behalf of the caller.
    is_via_service: bool,
}

/// The permission to answer.
#[derive(Debug)]
#[must_use = "an operation that was authorized should answer"]
pub(crate) struct Pass(());

impl Ask {
    pub(crate) fn new(action: &'static str, resource: impl Into<String>) -> Self {
        Self { action, resource: resource.into(), context: Context::new(), is_via_service: false }
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.insert(key, value);
        self
    }

    /// Adds `aws:RequestTag/…` and `aws:TagKeys`.
    pub(crate) fn request_tags(mut self, tags: &Tags) -> Self {
        for (key, value) in tags {
            self.context.insert(&format!("aws:RequestTag/{key}"), value.as_str());
        }
        self.tag_keys(tags.keys().map(String::as_str))
    }

    pub(crate) fn tag_keys<'k>(mut self, keys: impl IntoIterator<Item = &'k str>) -> Self {
        self.context.insert_all("aws:TagKeys", keys);
        self
    }

    /// Adds `aws:ResourceTag/…`, and IAM's own spelling of it.
    pub(crate) fn resource_tags(mut self, tags: &Tags) -> Self {
        for (key, value) in tags {
            self.context.insert(&format!("aws:ResourceTag/{key}"), value.as_str());
            self.context.insert(&format!("iam:ResourceTag/{key}"), value.as_str());
        }
        self
    }

    pub(crate) fn with_all<'k>(mut self, key: &str, values: impl IntoIterator<Item = &'k str>) -> Self {
        self.context.insert_all(key, values);
        self
    }

    /// Returns the same request for another resource.
    pub(crate) fn about(mut self, resource: impl Into<String>) -> Self {
        self.resource = resource.into();
        self
    }

    /// Returns the same request, made by a service on behalf of the caller.
    pub(crate) fn via_service(self) -> Self {
        Self { is_via_service: true, ..self }
    }

    pub(crate) fn is_for(&self, action: &str) -> bool {
        self.action == action
    }

    pub(crate) fn but(&self, action: &'static str) -> Self {
        Self { action, ..self.clone() }
    }
}

impl Pass {
    /// Checks that all parameters were read, for a call that the caller's policies alone do not decide.
    pub(crate) fn unchecked(params: Params<'_>) -> Result<Self, Failure> {
        params.finish()?;
        Ok(Self(()))
    }

    pub(crate) fn answer(self, value: Value) -> Answer {
        let Self(()) = self;
        Answer::new(value)
    }
}

impl Call<'_> {
    pub(crate) fn credential(&self) -> Result<&Credential, Failure> {
        self.credential.ok_or_else(|| Failure::new("MissingAuthenticationToken", 403, "Missing Authentication Token"))
    }

    /// Returns the caller's account.
    pub(crate) fn account(&self) -> Result<&AccountId, Failure> {
        Ok(self.credential()?.who.account())
    }

    /// Checks that all parameters were read, and authorizes the call.
    pub(crate) fn authorize(&self, world: &World, params: Params<'_>, ask: Ask) -> Result<Pass, Failure> {
        params.finish()?;
        self.may(world, ask)?;
        Ok(Pass(()))
    }

    /// Authorizes one action on a resource of the caller's account.
    pub(crate) fn may(&self, world: &World, ask: Ask) -> Result<(), Failure> {
        let credential = self.credential()?;
        let gathered = Gathered::of(world, credential, self.now);
        let request = self.request(world, credential, ask);
        let policies = gathered.policies(None, credential.who.account(), ResourceRule::Either);
        match policy::evaluate(&request, &policies) {
            Verdict::Allowed => Ok(()),
            Verdict::Denied(denial) => Err(self.denied(denial.message(&request))),
        }
    }

    /// Returns whether the caller and a role's trust policy together allow something.
    pub(crate) fn may_with_trust(&self, world: &World, ask: Ask, trust: &StoredDocument, account: &AccountId) -> Result<bool, Failure> {
        let credential = self.credential()?;
        let gathered = Gathered::of(world, credential, self.now);
        let mut request = self.request(world, credential, ask);
        owner_keys(world, account, &mut request.context);
        let policies = gathered.policies(Some(trust.document()), account, ResourceRule::MustAllow);
        Ok(policy::evaluate(&request, &policies).is_allowed())
    }

    /// Returns whether a role's trust policy, and the guardrails on its account, admit a caller with a token of an identity provider.
    pub(crate) fn may_federated(&self, world: &World, ask: Ask, provider: &str, trust: &StoredDocument, account: &AccountId) -> bool {
        let mut request = policy::Request::new(policy::Caller::federated(provider), ask.action, ask.resource);
        request.context = ask.context;
        self.common_keys(&mut request.context);
        owner_keys(world, account, &mut request.context);
        let policies = Policies {
            resource_control: guardrails(world, account, RESOURCE_CONTROL),
            resource: Some(trust.document()),
            resource_account: account.as_str(),
            resource_rule: ResourceRule::MustAllow,
            ..Policies::default()
        };
        policy::evaluate(&request, &policies).is_allowed()
    }

    pub(crate) fn denied(&self, message: impl Into<String>) -> Failure {
        match self.service {
            Service::Organizations => Failure::organizations("AccessDeniedException", message),
            Service::Kms
            | Service::CloudTrail
            | Service::Ssm
            | Service::Logs
            | Service::Tagging
            | Service::Budgets
            | Service::SecretsManager => Failure::new("AccessDeniedException", 400, message),
            Service::Account | Service::Backup => Failure::new("AccessDeniedException", 403, message),
            Service::Iam | Service::Sts | Service::S3 | Service::CloudFormation => Failure::access_denied(message),
            Service::Sns => Failure::new("AuthorizationError", 403, message),
            Service::Ec2 => {
                Failure::new("UnauthorizedOperation", 403, format!("You are not authorized to perform this operation. {}", message.into()))
            }
        }
    }

    fn request(&self, world: &World, credential: &Credential, ask: Ask) -> policy::Request {
        let mut request = policy::Request::new(world.caller(credential), ask.action, ask.resource);
        request.context = ask.context;
        let context = &mut request.context;
        self.common_keys(context);
        if ask.is_via_service || self.via.is_some() {
            context.insert("aws:ViaAWSService", "true");
        }
        if let Some(service) = self.via {
            context.insert_all("aws:CalledVia", [service]);
            context.insert("aws:CalledViaFirst", service);
            context.insert("aws:CalledViaLast", service);
        }
        context.insert("aws:userid", world.user_id(credential));
        if let Who::User { name, .. } = &credential.who {
            context.insert("aws:username", name.as_str());
        }
        let account = credential.who.account();
        if let (Some(organization), Some(account)) = (&world.organization, world.accounts.get(account))
            && let Some(parent) = &account.parent
        {
            context.insert("aws:PrincipalOrgID", organization.id.as_str());
            context.insert("aws:PrincipalOrgMasterAccountId", organization.management.as_str());
            context.insert_all("aws:PrincipalOrgPaths", [organization.path(parent)]);
        }
        for (key, value) in principal_tags(world, credential) {
            context.insert(&format!("aws:PrincipalTag/{key}"), value);
        }
        let session = &credential.session;
        if let Some(identity) = &session.source_identity {
            context.insert("aws:SourceIdentity", identity.as_str());
        }
        if credential.token.is_some() {
            context.insert("aws:TokenIssueTime", credential.made.iso());
            // Long-lived keys have no such key at all (IAM User Guide, "aws:MultiFactorAuthPresent").
            context.insert("aws:MultiFactorAuthPresent", if session.mfa.is_some() { "true" } else { "false" });
        }
        if session.root_task.is_some() {
            // Only these sessions have the key (docs/AWS.md 2.5).
            context.insert("aws:AssumedRoot", "true");
        }
        if let Some(proven) = session.mfa {
            context.insert("aws:MultiFactorAuthAge", self.now.since(proven).as_secs().to_string());
        }
        request
    }

    fn common_keys(&self, context: &mut Context) {
        context.insert("aws:RequestedRegion", self.region);
        context.insert("aws:CurrentTime", self.now.iso());
        context.insert("aws:EpochTime", (self.now.0 / 1000).to_string());
        context.insert("aws:SecureTransport", "true");
        context.insert("aws:ViaAWSService", "false");
    }
}

/// The documents that apply to a call.
struct Gathered<'a> {
    world: &'a World,
    service_control: Vec<Vec<&'a Document>>,
    identity: Vec<&'a Document>,
    boundary: Option<&'a Document>,
    session: Option<Vec<&'a Document>>,
}

impl<'a> Gathered<'a> {
    fn of(world: &'a World, credential: &'a Credential, now: Timestamp) -> Self {
        let account = credential.who.account();
        let permissions = permissions(world, credential, now);
        let document = |arn: &String| managed_policy(world, account, arn, now).map(StoredDocument::document);
        let session = &credential.session;
        let session: Vec<&Document> = session
            .policy
            .iter()
            .map(StoredDocument::document)
            .chain(session.policy_arns.iter().map(|arn| document(arn).unwrap_or(nothing())))
            .collect();
        Self {
            world,
            service_control: guardrails(world, account, SERVICE_CONTROL),
            identity: permissions
                .into_iter()
                .flat_map(|permissions| {
                    permissions.inline.values().map(StoredDocument::document).chain(permissions.attached.iter().filter_map(document))
                })
                .chain(credential.session.root_task.as_deref().and_then(root_task_document).map(StoredDocument::document))
                .collect(),
            // A boundary that was deleted allows nothing.
            boundary: permissions.and_then(|permissions| permissions.boundary.as_ref()).map(|arn| document(arn).unwrap_or(nothing())),
            session: Some(session).filter(|session| !session.is_empty()),
        }
    }

    fn policies(&self, resource: Option<&'a Document>, account: &'a AccountId, rule: ResourceRule) -> Policies<'a> {
        Policies {
            service_control: self.service_control.clone(),
            resource_control: guardrails(self.world, account, RESOURCE_CONTROL),
            identity: self.identity.clone(),
            boundary: self.boundary,
            session: self.session.clone(),
            resource,
            resource_account: account.as_str(),
            resource_rule: rule,
        }
    }
}

/// Returns the guardrails of a type on an account, from the root down; the management account has none.
fn guardrails<'a>(world: &'a World, account: &AccountId, policy_type: &str) -> Vec<Vec<&'a Document>> {
    let (Some(organization), Some(account)) = (&world.organization, world.accounts.get(account)) else { return Vec::new() };
    let (Some(parent), false) = (&account.parent, account.is_management()) else { return Vec::new() };
    if !organization.policy_types.contains(policy_type) {
        return Vec::new();
    }
    let levels = organization.ancestors(parent).into_iter().rev().chain([account.id.as_str()]);
    levels.map(|target| organization.guardrails(target, policy_type).into_iter().map(StoredDocument::document).collect()).collect()
}

/// Adds the keys that say whose the resource is.
fn owner_keys(world: &World, account: &AccountId, context: &mut Context) {
    context.insert("aws:ResourceAccount", account.as_str());
    if let Some((organization, path)) = membership(world, account) {
        context.insert("aws:ResourceOrgID", organization);
        context.insert_all("aws:ResourceOrgPaths", [path]);
    }
}

/// Returns the organization of an account, and its path in it.
fn membership<'a>(world: &'a World, account: &AccountId) -> Option<(&'a str, String)> {
    let organization = world.organization.as_ref()?;
    let parent = world.accounts.get(account)?.parent.as_deref()?;
    Some((organization.id.as_str(), organization.path(parent)))
}

fn permissions<'a>(world: &'a World, credential: &Credential, now: Timestamp) -> Option<&'a Permissions> {
    let iam = &world.accounts.get(credential.who.account())?.iam;
    let delay = world.timing().propagation;
    match &credential.who {
        Who::Root { .. } => None,
        Who::User { name, .. } => Some(iam.user(name)?.permissions.effective(now, delay)),
        Who::Role { name, .. } => Some(iam.role(name)?.permissions.effective(now, delay)),
    }
}

/// Returns the document of a managed policy, AWS's or the account's own.
fn managed_policy<'a>(world: &'a World, account: &AccountId, arn: &str, now: Timestamp) -> Option<&'a StoredDocument> {
    managed_document(arn).or_else(|| {
        let policy = world.accounts.get(account)?.iam.policies.get(arn)?;
        Some(policy.document.effective(now, world.timing().propagation))
    })
}

/// Returns the tags of the principal: those of the role or user, overridden by those of the session.
fn principal_tags(world: &World, credential: &Credential) -> Tags {
    let iam = world.accounts.get(credential.who.account()).map(|account| &account.iam);
    let own = match &credential.who {
        Who::Root { .. } => None,
        Who::User { name, .. } => iam.and_then(|iam| iam.user(name)).map(|user| &user.tags),
        Who::Role { name, .. } => iam.and_then(|iam| iam.role(name)).map(|role| &role.tags),
    };
    let mut tags = own.cloned().unwrap_or_default();
    for (key, value) in &credential.session.tags {
        tags.retain(|known, _| !known.eq_ignore_ascii_case(key));
        tags.insert(key.clone(), value.clone());
    }
    tags
}

/// A document that allows nothing.
fn nothing() -> &'static Document {
    static NOTHING: std::sync::LazyLock<StoredDocument> = std::sync::LazyLock::new(|| {
        own_document(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"none:None","Resource":"*"}]}"#)
    });
    NOTHING.document()
}
