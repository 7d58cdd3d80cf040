//! Policy types: which types of policies can be attached in the organization.
//!
//! It has no tags: it is on or off, and landfall uses it whoever switched it on. It is never switched off again: AWS would detach every
//! policy of the type, others' among them. AWS takes some seconds to switch one on; it is an output only then, since a policy of the type
//! cannot be attached before.

use std::time::Duration;

use aws_sdk_organizations::types::{PolicyTypeStatus, Root};
use serde::Serialize;

use super::{JUST_MADE, roots};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::id::PolicyType;
use crate::kind::context::required;
use crate::kind::named::{Found, Named};
use crate::kind::terraform::Import;
use crate::kind::{Blocked, Context, Field, ScopeSet, StepError, Text};

/// Pauses while a type is being switched on; each attempt is one call (docs/AWS.md 1.9).
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(10));
/// How long that may take: seconds are usual, and Terraform's provider gives up after five minutes (docs/AWS.md 1.9).
const ENABLED: Duration = Duration::from_mins(10);

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "a type that is off is none")]
pub enum State {
    /// Its policies can be attached.
    Enabled,
    /// AWS is still switching it on.
    Pending,
}

impl State {
    fn of(status: Option<&PolicyTypeStatus>) -> Option<Self> {
        match status {
            Some(PolicyTypeStatus::Enabled) => Some(Self::Enabled),
            Some(PolicyTypeStatus::PendingEnable) => Some(Self::Pending),
            _ => None,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Pending => "pending",
        }
    }
}

/// A type that is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a type, and where and after what it is switched on")]
pub struct EnabledPolicyType {
    /// The type.
    pub policy_type: PolicyType,
    /// How far it is.
    pub state: State,
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

    fn differs(&self, wanted: &Self) -> Vec<Field> {
        (self.state != wanted.state).then(|| Field::new("state", self.state.text(), wanted.state.text())).into_iter().collect()
    }

    fn is_usable(&self) -> bool {
        self.state == State::Enabled
    }

    fn terraform(_: &Found<Self>) -> Import {
        Import::left("it is part of aws_organizations_organization: enabled_policy_types")
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
            found.extend(enabled(root).map(|(policy_type, state)| Found {
                id: policy_type.aws().to_owned(),
                thing: Self { policy_type, state, root: Text::new(id), trusted: None },
                tags: None,
            }));
        }
        Ok(found)
    }

    async fn put(&self, cx: &Context<'_>, _: Option<&Tags>, present: Option<&Found<Self>>) -> Result<String, StepError> {
        let client = cx.session().organizations();
        let (root, policy_type) = (self.root.known()?, self.policy_type.aws());
        if let Some(trusted) = &self.trusted {
            trusted.known()?;
        }
        if present.is_some() {
            self.awaited(cx, root).await?;
            return Ok(policy_type.to_owned());
        }
        let sent = cx
            .call_with("organizations:EnablePolicyType", &cx.retry().until_visible(JUST_MADE), || {
                client.enable_policy_type().root_id(root).policy_type(policy_type.into()).send()
            })
            .await;
        match sent {
            Err(error) if !error.is(&["PolicyTypeAlreadyEnabledException"]) => return Err(error.into()),
            Ok(output) if output.root().is_some_and(|root| self.is_on(root)) => {}
            // Of one that was on already: another caller, or an attempt whose answer was lost, may have switched it on a moment ago.
            Ok(_) | Err(_) => self.awaited(cx, root).await?,
        }
        Ok(policy_type.to_owned())
    }
}

impl EnabledPolicyType {
    fn is_on(&self, root: &Root) -> bool {
        enabled(root).any(|(policy_type, state)| policy_type == self.policy_type && state == State::Enabled)
    }

    /// Waits until policies of the type can be attached.
    async fn awaited(&self, cx: &Context<'_>, root: &str) -> Result<(), StepError> {
        let what = format!("{} to be enabled", plural(self.policy_type));
        let read = || async {
            let roots = roots(cx).await?;
            Ok(roots.iter().any(|found| found.id() == Some(root) && self.is_on(found)).then_some(()))
        };
        cx.until(&what, PAUSES, ENABLED, read).await
    }
}

/// Returns the types that are on, or being switched on; those that landfall does not know are left out.
pub(super) fn enabled(root: &Root) -> impl Iterator<Item = (PolicyType, State)> {
    root.policy_types().iter().filter_map(|summary| Some((PolicyType::of_aws(summary.r#type()?.as_str())?, State::of(summary.status())?)))
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
        let on = |policy_type| EnabledPolicyType { policy_type, state: State::Enabled, root: Text::new("r-1"), trusted: None };
        assert_eq!(on(PolicyType::ServiceControl).summary(), "service control policies can be attached");
        assert_eq!(on(PolicyType::Ec2).summary(), "declarative policies for EC2 can be attached");
    }
}
