//! Roles and policies of an account, all of them by one list: `GetAccountAuthorizationDetails`.
//!
//! It leaves out the longest session of a role, which `ListRoles` says, and the tags of a policy (IAM API, `RoleDetail` and
//! `ManagedPolicyDetail`). Read once in each look at an account.

use std::sync::Arc;

use aws_sdk_iam::types::{EntityType, ManagedPolicyDetail, RoleDetail};

use super::PAGE;
use crate::aws::error::AwsError;
use crate::kind::Context;

/// What stands in an account.
pub(super) struct Details {
    pub(super) roles: Vec<RoleDetail>,
    /// The account's own policies, with every version.
    pub(super) policies: Vec<ManagedPolicyDetail>,
}

/// Returns what stands in the account.
pub(super) async fn details(cx: &Context<'_>) -> Result<Arc<Details>, AwsError> {
    cx.once("authorization details", || read(cx)).await
}

async fn read(cx: &Context<'_>) -> Result<Details, AwsError> {
    let client = cx.session().iam();
    let mut details = Details { roles: Vec::new(), policies: Vec::new() };
    let mut marker: Option<String> = None;
    loop {
        let list = || {
            let list = client.get_account_authorization_details().filter(EntityType::Role).filter(EntityType::LocalManagedPolicy);
            list.max_items(PAGE).set_marker(marker.clone()).send()
        };
        let page = cx.call("iam:GetAccountAuthorizationDetails", list).await?;
        details.roles.extend_from_slice(page.role_detail_list());
        details.policies.extend_from_slice(page.policies());
        marker = page.marker().map(str::to_owned);
        if !page.is_truncated() || marker.is_none() {
            return Ok(details);
        }
    }
}
