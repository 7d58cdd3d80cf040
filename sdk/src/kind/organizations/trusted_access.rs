//! Trusted access: an AWS service that may act in every account of the organization, such as CloudTrail.
//!
//! It has no tags: it is on or off, and landfall uses it whoever switched it on. It is never switched off again, since others may rely on
//! it.

use serde::Serialize;

use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::kind::named::{Found, Named};
use crate::kind::terraform::Import;
use crate::kind::{Blocked, Context, ScopeSet, StepError};

/// A service that is trusted, for example `cloudtrail.amazonaws.com`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a service and nothing else")]
pub struct TrustedAccess {
    /// The service's principal.
    pub service: String,
}

impl Named for TrustedAccess {
    const NAME: &'static str = "trusted-access";
    const SCOPES: ScopeSet = ScopeSet::Organization;
    const SERVICE: &'static str = "Organizations";
    const REMOVAL_RANK: u8 = 49;
    const ID: &'static str = "service";

    fn name(&self) -> &str {
        &self.service
    }

    fn summary(&self) -> String {
        self.service.clone()
    }

    fn terraform(_: &Found<Self>) -> Import {
        Import::left("it is part of aws_organizations_organization: aws_service_access_principals")
    }

    fn check_removable(found: &Found<Self>) -> Result<(), Blocked> {
        Err(Blocked::new(
            format!("{} may serve others in this organization too", found.id),
            "switch it off in the AWS Organizations console, Services",
        ))
    }

    async fn list(cx: &Context<'_>) -> Result<Vec<Found<Self>>, AwsError> {
        let client = cx.session().organizations();
        cx.listed(
            "organizations:ListAWSServiceAccessForOrganization",
            |next| client.list_aws_service_access_for_organization().set_next_token(next).send(),
            |page| {
                let services = page.enabled_service_principals.into_iter().flatten().filter_map(|listed| listed.service_principal);
                (services.map(|service| Found { id: service.clone(), thing: Self { service }, tags: None }).collect(), page.next_token)
            },
        )
        .await
    }

    async fn put(&self, cx: &Context<'_>, _: Option<&Tags>, _: Option<&Found<Self>>) -> Result<String, StepError> {
        let client = cx.session().organizations();
        // A repeat is a success (docs/AWS.md D.1).
        cx.call("organizations:EnableAWSServiceAccess", || client.enable_aws_service_access().service_principal(&self.service).send())
            .await?;
        Ok(self.service.clone())
    }
}
