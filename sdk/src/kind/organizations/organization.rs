//! The organization itself: all features, the root tagged by landfall.

use serde::Serialize;

use aws_sdk_organizations::types::OrganizationFeatureSet;

use super::{roots, tag, tags_of};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::Tags;
use crate::kind::context::required;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Kind, Made, NoEdit, ScopeSet, StepError};

/// The kind `organization`. There is one, and it is never removed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Organization;

/// What the organization should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// The root's tags.
    pub tags: Tags,
}

/// What the organization is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its id, `o-…`.
    pub id: String,
    /// The root's id, `r-…`.
    pub root: String,
    /// The management account's id.
    pub management: String,
    /// Whether it has all features, rather than consolidated billing only.
    pub all_features: bool,
    /// The root's tags.
    pub tags: Tags,
}

impl Kind for Organization {
    const NAME: &'static str = "organization";
    const SCOPES: ScopeSet = ScopeSet::Root;
    const SERVICE: &'static str = "Organizations";
    const REMOVAL_RANK: u8 = 53;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = NoEdit;

    fn matches(_: &Desired, _: &Observed) -> bool {
        true
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        Adoption::Adopt
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(_: &Desired, observed: &Observed) -> Result<Vec<NoEdit>, Blocked> {
        if observed.all_features {
            return Ok(Vec::new());
        }
        Err(Blocked::new(
            "the organization has consolidated billing only",
            "enable all features first: AWS Organizations console, Settings, Enable all features",
        ))
    }

    fn summary(_: &Desired) -> String {
        "all features".to_owned()
    }

    fn display_name(observed: &Observed) -> String {
        observed.id.clone()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_organizations_organization", &observed.id)
    }

    fn check_removable(_: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new("an organization is never removed by landfall", "delete it in the AWS console"))
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        let mut facts = Facts::one(address, "id", &observed.id);
        facts.learn(address, "root", &observed.root);
        facts.learn(address, "management", &observed.management);
        facts
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        const DESCRIBE: &str = "organizations:DescribeOrganization";
        let client = cx.session().organizations();
        let described = match cx.call(DESCRIBE, || client.describe_organization().send()).await {
            Ok(output) => output,
            Err(error) if error.is(&["AWSOrganizationsNotInUseException"]) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let organization = required(DESCRIBE, "Organization", described.organization)?;
        let management = required(DESCRIBE, "MasterAccountId", organization.master_account_id)?;
        let (root, tags) = if management == cx.session().account().as_str() {
            let root = root(cx).await?;
            let tags = tags_of(cx, &root).await?;
            (root, tags)
        } else {
            // A member account may only describe the organization; the preflight refuses it.
            (String::new(), Tags::new())
        };
        Ok(vec![Observed {
            id: required(DESCRIBE, "Id", organization.id)?,
            root,
            management,
            all_features: organization.feature_set == Some(OrganizationFeatureSet::All),
            tags,
        }])
    }

    async fn create(cx: &Context<'_>, _: &Address, _: &Desired) -> Result<Made<Observed>, StepError> {
        let client = cx.session().organizations();
        let sent = cx
            .call_with("organizations:CreateOrganization", &RetryPolicy::repeatable(), || {
                client.create_organization().feature_set(OrganizationFeatureSet::All).send()
            })
            .await;
        match sent {
            Ok(_) => {}
            // Either an earlier run created it, or this call did and its answer was lost: the read below shows which.
            Err(error) if error.answer == Answer::Lost || error.is(&["AlreadyInOrganizationException"]) => {}
            Err(error) => return Err(error.into()),
        }
        let observed = Self::observe(cx)
            .await?
            .pop()
            .ok_or_else(|| StepError::refused("AWS has not created the organization", "run `landfall apply` again in a minute"))?;
        if observed.management != cx.session().account().as_str() {
            return Err(StepError::refused(
                format!(
                    "account {} is a member of organization {}, managed by {}",
                    cx.session().account(),
                    observed.id,
                    observed.management
                ),
                "use credentials of the management account",
            ));
        }
        Ok(Made::Found(observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        tag(cx, &observed.root, tags).await
    }
}

/// Returns the root's id.
async fn root(cx: &Context<'_>) -> Result<String, AwsError> {
    const CALL: &str = "organizations:ListRoots";
    let root = roots(cx).await?.first().and_then(|root| root.id.clone());
    required(CALL, "Roots", root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::settle;

    fn observed() -> Observed {
        Observed {
            id: "o-a1b2c3d4e5".to_owned(),
            root: "r-ab12".to_owned(),
            management: "111111111111".to_owned(),
            all_features: true,
            tags: Tags::from([("a".to_owned(), "1".to_owned())]),
        }
    }

    #[test]
    fn differences() {
        let desired = Desired { tags: observed().tags };
        assert_eq!(Organization::diff(&desired, &observed()), Ok(vec![]));
        let untagged = Observed { tags: Tags::new(), ..observed() };
        let edits = settle::differences::<Organization>(&desired, &untagged).expect("not blocked");
        let shown: Vec<String> = edits.iter().flat_map(settle::Edit::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, ["tags.a  + 1"]);
        assert!(Organization::diff(&desired, &Observed { all_features: false, ..observed() }).is_err());
    }
}
