//! The calls for one edit of a role.

use super::super::api::{
    AttachRolePolicy, DeleteRolePermissionsBoundary, DeleteRolePolicy, DetachRolePolicy, PutRolePermissionsBoundary, PutRolePolicy,
    UpdateAssumeRolePolicy, UpdateRole,
};
use super::super::{JUST_MADE, gone};
use super::Edit;
use crate::kind::{Context, StepError};

/// Applies one edit with one upsert, or one delete that succeeds if its object is already gone.
pub(super) async fn apply(cx: &Context<'_>, role: &str, edit: &Edit) -> Result<(), StepError> {
    let retry = cx.retry().until_visible(JUST_MADE);
    let role_name = role.to_owned();
    match edit {
        Edit::Trust { to, .. } => {
            cx.send_with(&retry, &UpdateAssumeRolePolicy { role_name, policy_document: to.known()?.to_owned() }).await?;
        }
        Edit::Session { to, .. } => {
            cx.send_with(&retry, &UpdateRole { role_name, max_session_duration: *to }).await?;
        }
        Edit::Boundary { to: Some(to), .. } => {
            cx.send_with(&retry, &PutRolePermissionsBoundary { role_name, permissions_boundary: to.known()?.to_owned() }).await?;
        }
        Edit::Boundary { to: None, .. } => gone(cx.send(&DeleteRolePermissionsBoundary { role_name }).await)?,
        Edit::PutInline { name, to, .. } => {
            let policy_document = to.known()?.to_owned();
            cx.send_with(&retry, &PutRolePolicy { role_name, policy_name: name.clone(), policy_document }).await?;
        }
        Edit::DeleteInline(name) => gone(cx.send(&DeleteRolePolicy { role_name, policy_name: name.clone() }).await)?,
        Edit::Attach(arn) => {
            cx.send_with(&retry, &AttachRolePolicy { role_name, policy_arn: arn.clone() }).await?;
        }
        Edit::Detach(arn) => gone(cx.send(&DetachRolePolicy { role_name, policy_arn: arn.clone() }).await)?,
    }
    Ok(())
}
