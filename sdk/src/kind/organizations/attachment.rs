//! Attachments: a guardrail on a unit or an account.
//!
//! An attachment has no tags; it is managed if the guardrail is. The root is never a target, and `FullAWSAccess` is never detached.

use serde::Serialize;

use super::JUST_MADE;
use super::guardrail;
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Owner, Tags};
use crate::kind::context::required;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Kind, Made, NoEdit, ScopeSet, StepError, Text};
use crate::name::OrganizationName;

/// The kind `attachment`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Attachment;

/// What should be attached where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// The guardrail's id.
    pub policy: Text,
    /// The id of the unit or account.
    pub target: Text,
    /// The policy type that has to be on.
    pub policy_type: Text,
}

/// What is attached where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The guardrail's id.
    pub policy: String,
    /// The guardrail's name in AWS.
    pub policy_name: String,
    /// The guardrail's tags, which decide who owns it.
    pub policy_tags: Tags,
    /// The target's id.
    pub target: String,
    /// The target's name.
    pub target_name: String,
}

impl Kind for Attachment {
    const NAME: &'static str = "attachment";
    const SCOPES: ScopeSet = ScopeSet::Organization;
    const SERVICE: &'static str = "Organizations";
    const REMOVAL_RANK: u8 = 0;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = NoEdit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.policy);
        visit(&mut desired.target);
        visit(&mut desired.policy_type);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.policy.as_str() == observed.policy && desired.target.as_str() == observed.target
    }

    fn tags(_: &Observed) -> Option<&Tags> {
        None
    }

    fn owner(observed: &Observed, organization: &OrganizationName) -> Owner {
        match tags::owner(&observed.policy_tags, organization) {
            Owner::Ours(_) => {
                let set = observed.policy_name.strip_prefix(crate::ours::GUARDRAIL_PREFIX).unwrap_or(&observed.policy_name);
                Owner::Ours(Address::organization(Self::NAME, format_args!("{}/{set}", observed.target)))
            }
            other => other,
        }
    }

    /// It has no name of its own: the guardrail is what blocks.
    fn adoption(_: &Desired, observed: &Observed) -> Adoption {
        Adoption::Refuse(Blocked::new(
            format!("{} is already attached to {}, and landfall did not make it", observed.policy_name, observed.target_name),
            format!(
                "rename or remove the policy {} ({}); landfall changes nothing that is not its own",
                observed.policy_name, observed.policy
            ),
        ))
    }

    fn summary(_: &Desired) -> String {
        String::new()
    }

    fn display_name(observed: &Observed) -> String {
        format!("{} on {} ({})", observed.policy_name, observed.target_name, observed.target)
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_organizations_policy_attachment", format!("{}:{}", observed.target, observed.policy))
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        vec![&observed.policy]
    }

    fn facts(_: &Address, _: &Observed) -> Facts {
        Facts::new()
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        const CALL: &str = "organizations:ListTargetsForPolicy";
        let client = cx.session().organizations();
        let mut attachments = Vec::new();
        for guardrail::Listed { id: policy, name: policy_name, tags: policy_tags, .. } in guardrail::list(cx).await?.iter() {
            let targets = cx
                .listed(
                    CALL,
                    |next| client.list_targets_for_policy().policy_id(policy).set_next_token(next).send(),
                    |page| (page.targets.unwrap_or_default(), page.next_token),
                )
                .await?;
            for target in targets {
                attachments.push(Observed {
                    policy: policy.clone(),
                    policy_name: policy_name.clone(),
                    policy_tags: policy_tags.clone(),
                    target: required(CALL, "TargetId", target.target_id)?,
                    target_name: required(CALL, "Name", target.name)?,
                });
            }
        }
        Ok(attachments)
    }

    async fn create(cx: &Context<'_>, _: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let client = cx.session().organizations();
        let (policy, target) = (desired.policy.known()?, desired.target.known()?);
        let retry = cx.retry().until_visible(JUST_MADE);
        let sent =
            cx.call_with("organizations:AttachPolicy", &retry, || client.attach_policy().policy_id(policy).target_id(target).send()).await;
        match sent {
            Err(error) if !error.is(&["DuplicatePolicyAttachmentException"]) => Err(error.into()),
            Ok(_) | Err(_) => Ok(Made::New(Observed {
                policy: policy.to_owned(),
                policy_name: String::new(),
                policy_tags: Tags::new(),
                target: target.to_owned(),
                target_name: String::new(),
            })),
        }
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let client = cx.session().organizations();
        let sent = cx
            .call("organizations:DetachPolicy", || client.detach_policy().policy_id(&observed.policy).target_id(&observed.target).send())
            .await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) if error.is(&["PolicyNotAttachedException", "TargetNotFoundException", "PolicyNotFoundException"]) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::literal;

    #[test]
    fn it_is_managed_if_the_guardrail_is() {
        let organization: OrganizationName = literal("acme");
        let mut observed = Observed {
            policy: "p-1".to_owned(),
            policy_name: "landfall-base".to_owned(),
            policy_tags: tags::ours(&organization, &"guardrail/base".parse().expect("valid")),
            target: "ou-1".to_owned(),
            target_name: "Security".to_owned(),
        };
        assert_eq!(Attachment::owner(&observed, &organization), Owner::Ours("attachment/ou-1/base".parse().expect("valid")));
        observed.policy_tags.clear();
        assert_eq!(Attachment::owner(&observed, &organization), Owner::Nobody);
    }
}
