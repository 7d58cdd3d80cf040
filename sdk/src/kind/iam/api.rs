//! The part of IAM's API that landfall uses, by its own names.

#![expect(clippy::struct_field_names, reason = "members have the names of AWS's API")]

use serde::{Deserialize, Deserializer};

use super::PAGE;
use crate::aws::client::{Done, Paged, items, requests};
pub(super) use crate::aws::tags::{Tag, read, written};

requests! { IAM, "iam":
    pub(super) AttachRolePolicy { role_name: String, policy_arn: String } -> Done,
    pub(super) CreatePolicy {
        policy_name: String, path: &'static str, policy_document: String, description: String, tags: Vec<Tag>,
    } -> CreatedPolicy,
    pub(super) CreatePolicyVersion { policy_arn: String, policy_document: String, set_as_default: bool } -> Done,
    pub(super) CreateRole {
        path: &'static str, role_name: String, assume_role_policy_document: String, description: String, max_session_duration: i32,
        permissions_boundary: Option<String>, tags: Vec<Tag>,
    } -> FoundRole,
    pub(super) DeletePolicy { policy_arn: String } -> Done,
    pub(super) DeletePolicyVersion { policy_arn: String, version_id: String } -> Done,
    pub(super) DeleteRole { role_name: String } -> Done,
    pub(super) DeleteRolePermissionsBoundary { role_name: String } -> Done,
    pub(super) DeleteRolePolicy { role_name: String, policy_name: String } -> Done,
    pub(super) DetachRolePolicy { role_name: String, policy_arn: String } -> Done,
    pub(super) GetAccountAuthorizationDetails { filter: [&'static str; 2], max_items: i32, marker: Option<String> } -> AuthorizationDetails,
    pub(super) GetPolicyVersion { policy_arn: String, version_id: String } -> FoundVersion,
    pub(super) GetRole { role_name: String } -> FoundRole,
    pub(super) GetRolePolicy { role_name: String, policy_name: String } -> InlinePolicy,
    pub(super) ListAttachedRolePolicies { role_name: String } -> AttachedPolicies,
    pub(super) ListPolicyTags { policy_arn: String } -> PolicyTags,
    pub(super) ListPolicyVersions { policy_arn: String } -> Versions,
    pub(super) ListRolePolicies { role_name: String } -> InlinePolicies,
    pub(super) ListRoles { path_prefix: &'static str, marker: Option<String>, max_items: i32 } -> Roles,
    pub(super) PutRolePermissionsBoundary { role_name: String, permissions_boundary: String } -> Done,
    pub(super) PutRolePolicy { role_name: String, policy_name: String, policy_document: String } -> Done,
    pub(super) TagPolicy { policy_arn: String, tags: Vec<Tag> } -> Done,
    pub(super) TagRole { role_name: String, tags: Vec<Tag> } -> Done,
    pub(super) UpdateAssumeRolePolicy { role_name: String, policy_document: String } -> Done,
    pub(super) UpdateRole { role_name: String, max_session_duration: i32 } -> Done,
}

impl GetAccountAuthorizationDetails {
    /// Asks for roles and for the account's own policies.
    pub(super) fn new() -> Self {
        Self { filter: ["Role", "LocalManagedPolicy"], max_items: PAGE, marker: None }
    }
}

impl Paged for GetAccountAuthorizationDetails {
    /// A page: it has two lists.
    type Item = AuthorizationDetails;

    fn at(&mut self, token: String) {
        self.marker = Some(token);
    }

    fn items(mut page: AuthorizationDetails) -> (Vec<AuthorizationDetails>, Option<String>) {
        let next = page.marker.take().filter(|_| page.is_truncated);
        (vec![page], next)
    }
}

impl Paged for ListRoles {
    type Item = Role;

    fn at(&mut self, token: String) {
        self.marker = Some(token);
    }

    fn items(page: Roles) -> (Vec<Role>, Option<String>) {
        (page.roles, page.marker.filter(|_| page.is_truncated))
    }
}

/// The roles and policies of an account, or a page of them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AuthorizationDetails {
    #[serde(default, rename = "RoleDetailList", deserialize_with = "items")]
    pub(super) roles: Vec<RoleDetail>,
    /// The account's own policies, with every version.
    #[serde(default, deserialize_with = "items")]
    pub(super) policies: Vec<PolicyDetail>,
    #[serde(default)]
    is_truncated: bool,
    marker: Option<String>,
}

/// A role without its longest session.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleDetail {
    pub(super) path: String,
    #[serde(rename = "RoleName")]
    pub(super) name: String,
    pub(super) arn: String,
    #[serde(rename = "AssumeRolePolicyDocument", deserialize_with = "document")]
    pub(super) trust: String,
    #[serde(default, rename = "RolePolicyList", deserialize_with = "items")]
    pub(super) inline: Vec<InlinePolicy>,
    #[serde(default, rename = "AttachedManagedPolicies", deserialize_with = "items")]
    pub(super) attached: Vec<AttachedPolicy>,
    #[serde(rename = "PermissionsBoundary")]
    boundary: Option<Boundary>,
    #[serde(default, deserialize_with = "items")]
    pub(super) tags: Vec<Tag>,
}

/// A role, as `GetRole` shows it; lists leave boundary and tags out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Role {
    pub(super) path: String,
    #[serde(rename = "RoleName")]
    pub(super) name: String,
    pub(super) arn: String,
    #[serde(rename = "AssumeRolePolicyDocument", deserialize_with = "document")]
    pub(super) trust: String,
    #[serde(default = "usual_session", rename = "MaxSessionDuration")]
    pub(super) session_seconds: i32,
    #[serde(rename = "PermissionsBoundary")]
    boundary: Option<Boundary>,
    #[serde(default, deserialize_with = "items")]
    pub(super) tags: Vec<Tag>,
}

/// Returns the longest session of a role without one (IAM API, `Role`).
fn usual_session() -> i32 {
    3600
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary {
    permissions_boundary_arn: Option<String>,
}

/// Declares the permissions boundary of a role, by ARN.
macro_rules! bounded {
    ($($role:ident),+) => {
        $(impl $role {
            /// Returns the ARN of its permissions boundary.
            pub(super) fn boundary(&self) -> Option<&str> {
                self.boundary.as_ref()?.permissions_boundary_arn.as_deref()
            }
        })+
    };
}
bounded!(Role, RoleDetail);

/// An inline policy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InlinePolicy {
    #[serde(rename = "PolicyName")]
    pub(super) name: String,
    #[serde(rename = "PolicyDocument", deserialize_with = "document")]
    pub(super) document: String,
}

/// A managed policy on a role.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachedPolicy {
    #[serde(rename = "PolicyArn")]
    pub(super) arn: String,
}

/// A policy of the account's own.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyDetail {
    #[serde(rename = "PolicyName")]
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) path: String,
    #[serde(default, rename = "PolicyVersionList", deserialize_with = "items")]
    pub(super) versions: Vec<Version>,
}

/// A version of a policy; lists of versions alone leave the document out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Version {
    #[serde(rename = "VersionId")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) is_default_version: bool,
    #[serde(default, deserialize_with = "document")]
    pub(super) document: String,
}

/// Declares answers with one member or one list.
macro_rules! answers {
    ($($name:ident { $(#[$member:meta])* $field:ident: $type:ty }),+ $(,)?) => {
        $(
            #[derive(Debug, Deserialize)]
            #[serde(rename_all = "PascalCase")]
            pub(super) struct $name {
                $(#[$member])*
                pub(super) $field: $type,
            }
        )+
    };
}

answers! {
    AttachedPolicies { #[serde(default, rename = "AttachedPolicies", deserialize_with = "items")] policies: Vec<AttachedPolicy> },
    CreatedPolicy { policy: MadePolicy },
    FoundRole { role: Role },
    FoundVersion { #[serde(rename = "PolicyVersion")] version: Version },
    InlinePolicies { #[serde(default, rename = "PolicyNames", deserialize_with = "items")] names: Vec<String> },
    MadePolicy { arn: String },
    PolicyTags { #[serde(default, deserialize_with = "items")] tags: Vec<Tag> },
    Versions { #[serde(default, deserialize_with = "items")] versions: Vec<Version> },
}

/// A page of roles.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Roles {
    #[serde(default, deserialize_with = "items")]
    roles: Vec<Role>,
    #[serde(default)]
    is_truncated: bool,
    marker: Option<String>,
}

/// Reads a policy document, which IAM writes percent-encoded (RFC 3986).
fn document<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(decoded(&String::deserialize(deserializer)?))
}

fn decoded(document: &str) -> String {
    let bytes = document.as_bytes();
    let mut text = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| document.get(at + 1..at + 3)).flatten().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        text.push(hex.unwrap_or(bytes[at]));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded() {
        assert_eq!(decoded("%7B%22A%22%3A%22%C3%A9%20b%22%7D"), r#"{"A":"é b"}"#);
        assert_eq!(decoded("100% plain %zz"), "100% plain %zz");
    }
}
