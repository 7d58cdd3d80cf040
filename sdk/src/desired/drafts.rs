//! Drafts of roles: what all roles of landfall's own have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::policies;
use super::trust::{Asks, GithubContext, Trust};
use crate::aws::tags;
use crate::id::managed_policy_arn;
use crate::kind::Text;
use crate::kind::iam::caller::Caller;
use crate::kind::iam::role;
use crate::model::{Account, Environment, Organization, Tier};
use crate::ours::PROVISIONER;

/// Longest session of the shipped roles. Longer ones are not possible: sessions made from role credentials end after an hour.
pub(super) const SHIPPED_SESSION_SECONDS: i32 = 3600;

/// Returns which contexts of workflows are trusted in an environment.
pub(super) fn github_context(environment: &Environment) -> GithubContext {
    match environment.tier {
        Tier::Production => GithubContext::Production,
        Tier::Staging => GithubContext::Environment,
        Tier::Development | Tier::Sandbox => GithubContext::EnvironmentOrBranch,
    }
}

/// Builds a role.
pub(super) struct Draft(role::Desired);

/// Returns a role of landfall's own, without permissions.
pub(super) fn shipped(name: &str, description: &str, trust: &Trust<'_>, asks: Asks, account: &Account) -> Draft {
    Draft(role::Desired {
        name: name.to_owned(),
        description: description.to_owned(),
        trust: trust.document(asks, &account.key),
        session_seconds: SHIPPED_SESSION_SECONDS,
        boundary: None,
        inline: BTreeMap::new(),
        managed: BTreeSet::new(),
        tags: tags::Tags::new(),
        trusts: trust.shown(),
        // A role that requires a reason or a second factor can change production, or everything.
        is_guarded: name == PROVISIONER || asks != Asks::Nothing,
        caller: None,
    })
}

impl Draft {
    pub(super) fn with_managed(mut self, organization: &Organization, names: &[&str]) -> Self {
        self.0.managed = names.iter().map(|name| managed_policy_arn(organization.partition, name)).collect();
        self
    }

    pub(super) fn with_inline(mut self, name: &str, document: &serde_json::Value) -> Self {
        self.0.inline.insert(name.to_owned(), policies::text(document));
        self
    }

    pub(super) fn with_boundary(mut self, arn: Text) -> Self {
        self.0.boundary = Some(arn);
        self
    }

    pub(super) fn with_caller(mut self, caller: Caller) -> Self {
        self.0.caller = Some(caller);
        self
    }

    pub(super) fn done(self) -> role::Desired {
        self.0
    }
}
