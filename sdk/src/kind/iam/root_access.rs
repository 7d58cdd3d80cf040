//! Central root access: what the management account may do about the root users of members, for the whole organization.
//!
//! With it, new members have no root password, and those of others can be taken away (docs/AWS.md 2.5). IAM answers only once it is trusted
//! in Organizations; until then everything is off.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::aws::client::{Done, items, requests};
use crate::aws::error::AwsError;
use crate::kind::setting::Setting;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Context, Field, ScopeSet, StepError};

/// The code while IAM is not trusted in Organizations.
const NOT_TRUSTED: &[&str] = &["ServiceAccessNotEnabledException"];
/// The code of an organization that has only consolidated billing: it cannot have central root access.
const BILLING_ONLY: &[&str] = &["OrganizationNotInAllFeaturesModeException"];

/// A feature of central root access, by AWS's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "AWS has these two")]
pub enum RootFeature {
    /// Credentials of root users can be seen and deleted.
    RootCredentialsManagement,
    /// Tasks that only a root user may do can be done in a short session.
    RootSessions,
}

impl RootFeature {
    /// Both.
    pub const ALL: [Self; 2] = [Self::RootCredentialsManagement, Self::RootSessions];

    fn name(self) -> &'static str {
        match self {
            Self::RootCredentialsManagement => "RootCredentialsManagement",
            Self::RootSessions => "RootSessions",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::RootCredentialsManagement => "central management of root credentials",
            Self::RootSessions => "root sessions from the management account",
        }
    }
}

/// The features that are on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "features and nothing else")]
pub struct RootAccess {
    /// Which.
    pub features: BTreeSet<RootFeature>,
}

requests! { IAM, "iam":
    EnableOrganizationsRootCredentialsManagement {} -> Done,
    EnableOrganizationsRootSessions {} -> Done,
    ListOrganizationsFeatures {} -> Features,
}

/// The answer to a read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Features {
    /// By AWS's names; it may add others.
    #[serde(default, deserialize_with = "items")]
    enabled_features: Vec<String>,
}

impl Setting for RootAccess {
    const NAME: &'static str = "root-access";
    const SCOPES: ScopeSet = ScopeSet::Organization;
    const SERVICE: &'static str = "IAM";

    fn summary(&self) -> String {
        let features: Vec<&str> = self.features.iter().map(|feature| feature.words()).collect();
        features.join(", ")
    }

    fn falls_short(&self, wanted: &Self) -> Vec<Field> {
        wanted.features.difference(&self.features).map(|feature| Field::new(feature.words(), "off", "on")).collect()
    }

    fn raised(&self, wanted: &Self) -> Self {
        Self { features: self.features.union(&wanted.features).copied().collect() }
    }

    fn terraform(&self, place: &Place<'_>) -> Import {
        Import::new("aws_iam_organizations_features", place.organization)
    }

    async fn read(cx: &Context<'_>) -> Result<Self, AwsError> {
        let enabled = match cx.send(&ListOrganizationsFeatures {}).await {
            Ok(found) => found.enabled_features,
            Err(error) if error.is(NOT_TRUSTED) || error.is(BILLING_ONLY) => Vec::new(),
            Err(error) => return Err(error),
        };
        let is_on = |feature: &RootFeature| enabled.iter().any(|name| name == feature.name());
        Ok(Self { features: RootFeature::ALL.into_iter().filter(is_on).collect() })
    }

    async fn write(&self, cx: &Context<'_>, present: &Self) -> Result<(), StepError> {
        // Trusted access was given moments ago (docs/AWS.md 2.5).
        let retry = cx.retry().until_visible(NOT_TRUSTED);
        for feature in self.features.difference(&present.features) {
            match feature {
                RootFeature::RootCredentialsManagement => {
                    cx.send_with(&retry, &EnableOrganizationsRootCredentialsManagement {}).await?;
                }
                RootFeature::RootSessions => {
                    cx.send_with(&retry, &EnableOrganizationsRootSessions {}).await?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::setting::tests::check;

    #[test]
    fn a_feature_that_is_on_stays_on() {
        use RootFeature::{RootCredentialsManagement, RootSessions};
        let with = |features: &[RootFeature]| RootAccess { features: features.iter().copied().collect() };
        let (both, credentials, sessions) = (with(&RootFeature::ALL), with(&[RootCredentialsManagement]), with(&[RootSessions]));
        let (managed, entered) =
            ("central management of root credentials  off -> on", "root sessions from the management account  off -> on");
        check(&with(&[]), &both, &[managed, entered]);
        check(&credentials, &both, &[entered]);
        check(&sessions, &both, &[managed]);
        check(&sessions, &credentials, &[managed]);
        check(&both, &both, &[]);
        check(&both, &credentials, &[]);
    }
}
