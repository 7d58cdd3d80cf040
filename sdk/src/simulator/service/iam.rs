//! AWS IAM, in the caller's account.
//!
//! Reads show a write at once; authorization uses it later (see `propagated`). Groups, instance profiles, passwords of users and
//! SAML are not simulated; users only as far as tests need a caller that is refused.

mod account;
mod document;
mod entities;
mod page;
mod passwords;
mod permissions;
mod policies;
mod providers;
mod roles;
mod root_access;
mod service_roles;
mod users;
mod versions;

use super::Operation;
pub(super) use document::unknown_principal;

/// Quotas that landfall checks as well.
#[cfg(test)]
pub(super) const QUOTAS: &[(&str, usize)] = &[
    ("managed policy", policies::POLICY_MAX),
    ("inline policies", permissions::INLINE_ROLE_MAX),
    ("trust policy", document::TRUST_MAX),
    ("policy versions", versions::VERSIONS_MAX),
    ("policies per role", permissions::ATTACHED_MAX),
];

pub(super) const OPERATIONS: &[&[Operation]] = &[
    roles::OPERATIONS,
    permissions::OPERATIONS,
    policies::OPERATIONS,
    versions::OPERATIONS,
    providers::OPERATIONS,
    users::OPERATIONS,
    root_access::OPERATIONS,
    service_roles::OPERATIONS,
    account::OPERATIONS,
    passwords::OPERATIONS,
];
