//! Roles and policies of an account, all of them by one list: `GetAccountAuthorizationDetails`.
//!
//! It leaves out the longest session of a role, which `ListRoles` has, and the tags of a policy (IAM API, `RoleDetail` and
//! `ManagedPolicyDetail`). It is read once per read of an account.

use std::sync::Arc;

use super::api::{AuthorizationDetails, GetAccountAuthorizationDetails};
use crate::aws::error::AwsError;
use crate::kind::Context;

/// Returns the roles and policies of the account.
pub(super) async fn details(cx: &Context<'_>) -> Result<Arc<AuthorizationDetails>, AwsError> {
    cx.read_once("authorization details", || async {
        let mut all = AuthorizationDetails::default();
        for page in cx.pages(GetAccountAuthorizationDetails::new()).await? {
            all.roles.extend(page.roles);
            all.policies.extend(page.policies);
        }
        Ok(all)
    })
    .await
}
