//! What is sent for one edit of a role.

use super::super::{JUST_MADE, sdk_tags};
use super::Edit;
use crate::aws::error::AwsError;
use crate::kind::{Context, StepError};

/// Carries out one edit: one upsert, or one delete that may find its object gone.
pub(super) async fn apply(cx: &Context<'_>, role: &str, edit: &Edit) -> Result<(), StepError> {
    let client = cx.session().iam();
    let patience = cx.patience().just_made(JUST_MADE);
    match edit {
        Edit::Trust { to, .. } => {
            let document = to.known()?;
            cx.call_with("iam:UpdateAssumeRolePolicy", &patience, || {
                client.update_assume_role_policy().role_name(role).policy_document(document).send()
            })
            .await?;
        }
        Edit::Session { to, .. } => {
            cx.call_with("iam:UpdateRole", &patience, || client.update_role().role_name(role).max_session_duration(*to).send()).await?;
        }
        Edit::Boundary { to: Some(to), .. } => {
            let arn = to.known()?;
            cx.call_with("iam:PutRolePermissionsBoundary", &patience, || {
                client.put_role_permissions_boundary().role_name(role).permissions_boundary(arn).send()
            })
            .await?;
        }
        Edit::Boundary { to: None, .. } => {
            gone(cx.call("iam:DeleteRolePermissionsBoundary", || client.delete_role_permissions_boundary().role_name(role).send()).await)?;
        }
        Edit::PutInline { name, to, .. } => {
            let document = to.known()?;
            cx.call_with("iam:PutRolePolicy", &patience, || {
                client.put_role_policy().role_name(role).policy_name(name).policy_document(document).send()
            })
            .await?;
        }
        Edit::DeleteInline(name) => {
            gone(cx.call("iam:DeleteRolePolicy", || client.delete_role_policy().role_name(role).policy_name(name).send()).await)?;
        }
        Edit::Attach(arn) => {
            cx.call_with("iam:AttachRolePolicy", &patience, || client.attach_role_policy().role_name(role).policy_arn(arn).send()).await?;
        }
        Edit::Detach(arn) => {
            gone(cx.call("iam:DetachRolePolicy", || client.detach_role_policy().role_name(role).policy_arn(arn).send()).await)?;
        }
        Edit::Tag { to, .. } => {
            let sdk_tags = sdk_tags(to)?;
            cx.call_with("iam:TagRole", &patience, || client.tag_role().role_name(role).set_tags(Some(sdk_tags.clone())).send()).await?;
        }
    }
    Ok(())
}

/// Takes "no such thing" for success: that is what was wanted.
fn gone<T>(answer: Result<T, AwsError>) -> Result<(), AwsError> {
    match answer {
        Ok(_) => Ok(()),
        Err(error) if error.is(&["NoSuchEntity"]) => Ok(()),
        Err(error) => Err(error),
    }
}
