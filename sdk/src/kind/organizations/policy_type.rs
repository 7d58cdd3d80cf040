//! Policy types: which types of policies can be attached in the organization.
//!
//! It has no tags: it is on or off, and landfall uses it whoever switched it on. It is never switched off again: AWS would detach every
//! policy of the type, others' among them.

use aws_sdk_organizations::types::{PolicyTypeStatus, Root};
use serde::Serialize;

use super::{JUST_MADE, roots};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::id::PolicyType;
use crate::kind::context::required;
use crate::kind::named::{Found, Named};
use crate::kind::{Blocked, Context, ScopeSet, StepError, Text};

/// A type that is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a type, and where and after what it is switched on")]
pub struct EnabledPolicyType {
    /// The type.
    pub policy_type: PolicyType,
    /// The root's id.
    pub root: Text,
    /// The service that has to be trusted before.
    pub trusted: Option<Text>,
}

impl Named for EnabledPolicyType {
    const NAME: &'static str = "policy-type";
    const SCOPES: ScopeSet = ScopeSet::Organization;
    const SERVICE: &'static str = "Organizations";
    const REMOVAL_RANK: u8 = 48;
    const ID: &'static str = "type";

    fn name(&self) -> &str {
        self.policy_type.as_str()
    }

    fn visit_references(&mut self, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut self.root);
        self.trusted.iter_mut().for_each(visit);
    }

    fn summary(&self) -> String {
        format!("{} can be attached", plural(self.policy_type))
    }

    fn check_removable(found: &Found<Self>) -> Result<(), Blocked> {
        let policies = plural(found.thing.policy_type);
        Err(Blocked::new(
            format!("without it AWS detaches all {policies}, others' among them"),
            "disable it in the AWS Organizations console, Policies",
        ))
    }

    async fn list(cx: &Context<'_>) -> Result<Vec<Found<Self>>, AwsError> {
        const CALL: &str = "organizations:ListRoots";
        let mut found = Vec::new();
        for root in roots(cx).await?.iter() {
            let id = required(CALL, "Id", root.id())?;
            found.extend(enabled(root).map(|policy_type| Found {
                id: policy_type.aws().to_owned(),
                thing: Self { policy_type, root: Text::new(id), trusted: None },
                tags: None,
            }));
        }
        Ok(found)
    }

    async fn put(&self, cx: &Context<'_>, _: Option<&Tags>, _: Option<&Found<Self>>) -> Result<String, StepError> {
        let client = cx.session().organizations();
        let (root, policy_type) = (self.root.known()?, self.policy_type.aws());
        if let Some(trusted) = &self.trusted {
            trusted.known()?;
        }
        let sent = cx
            .call_with("organizations:EnablePolicyType", &cx.retry().until_visible(JUST_MADE), || {
                client.enable_policy_type().root_id(root).policy_type(policy_type.into()).send()
            })
            .await;
        match sent {
            Err(error) if !error.is(&["PolicyTypeAlreadyEnabledException"]) => Err(error.into()),
            Ok(_) | Err(_) => Ok(policy_type.to_owned()),
        }
    }
}

/// Returns the types that are on, or being switched on; those that landfall does not know are left out.
pub(super) fn enabled(root: &Root) -> impl Iterator<Item = PolicyType> {
    root.policy_types()
        .iter()
        .filter(|summary| matches!(summary.status(), Some(PolicyTypeStatus::Enabled | PolicyTypeStatus::PendingEnable)))
        .filter_map(|summary| PolicyType::of_aws(summary.r#type()?.as_str()))
}

fn plural(policy_type: PolicyType) -> String {
    let noun = policy_type.noun();
    match noun.split_once("policy") {
        Some((before, after)) => format!("{before}policies{after}"),
        None => noun.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_in_the_plural() {
        let on = |policy_type| EnabledPolicyType { policy_type, root: Text::new("r-1"), trusted: None };
        assert_eq!(on(PolicyType::ServiceControl).summary(), "service control policies can be attached");
        assert_eq!(on(PolicyType::Ec2).summary(), "declarative policies for EC2 can be attached");
    }
}
