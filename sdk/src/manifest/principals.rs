//! The access section: checks that the names in it exist.

use super::management::{of_management, one_account};
use super::names::{AccountNames, check};
use super::raw::Raw;
use crate::aws::quotas;
use crate::model::Access;
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::Spanned;

/// The branch from which production is deployed, unless the manifest sets another.
const DEFAULT_REF: &str = "refs/heads/main";
/// Reports principals that name an account that is not in the manifest, and returns the access section.
pub(super) fn check_access(raw: &Raw, known: &AccountNames, diagnostics: &mut Diagnostics) -> Access {
    one_account(raw, diagnostics);
    let raw = &raw.access;
    Access {
        administrators: of_management(&raw.administrators, known, diagnostics),
        operators: check(&raw.operators, known, diagnostics),
        pipelines: check(&raw.pipelines, known, diagnostics),
        auditors: check(&raw.auditors, known, diagnostics),
        planners: of_management(&raw.planners, known, diagnostics),
        break_glass: check(&raw.break_glass, known, diagnostics),
        github: raw.github.iter().map(|repository| repository.value.clone()).collect(),
        refs: match &raw.refs {
            Some(refs) => refs.iter().map(|name| name.value.clone()).collect(),
            None => vec![DEFAULT_REF.to_owned()],
        },
        protected_roles: raw.protected_roles.iter().map(|name| name.value.clone()).collect(),
        protected_policies: raw.protected_policies.iter().map(|name| name.value.clone()).collect(),
        trust_policy_length: raw.trust_policy_length.as_ref().map_or(quotas::TRUST_POLICY_CHARACTERS, |length| usize::from(length.value)),
        index: raw.index.iter().filter_map(|key| known.find(&key.value, &key.value, &key.span, diagnostics)).collect(),
    }
}

/// Checks the manifest's own roles beyond their own sections.
pub(super) fn check_role_policies(policies: &Spanned<Vec<Spanned<String>>>, diagnostics: &mut Diagnostics) {
    /// Most managed policies of one role, unless the quota was raised (IAM quotas).
    const POLICIES_MAX: usize = quotas::POLICIES_PER_ROLE;
    if policies.value.is_empty() {
        diagnostics.report(
            Diagnostic::error(policies.span.clone(), "a role without policies has no permissions").with_hint("name at least one policy"),
        );
    } else if policies.value.len() > POLICIES_MAX {
        let message = format!("{} policies, and a role takes {POLICIES_MAX}", policies.value.len());
        diagnostics.report(Diagnostic::error(policies.span.clone(), message).with_hint("split the role, or merge policies"));
    }
}
