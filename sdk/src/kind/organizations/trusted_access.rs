//! Trusted access: an AWS service that may act in every account of the organization, such as CloudTrail.
//!
//! It carries no tags: it is on or off, and whoever switched it on, it serves us as well. It is never switched off
//! again, since others may rely on it.

use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Kind, Reach, StepError, Text};

/// The kind `trusted-access`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TrustedAccess;

/// Which service should be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The service's principal, for example `cloudtrail.amazonaws.com`.
    pub service: String,
}

/// A service that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The service's principal.
    pub service: String,
}

/// Trust is there or it is not: there is nothing to edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "has no values")]
pub enum Edit {}

impl Kind for TrustedAccess {
    const NAME: &'static str = "trusted-access";
    const REACH: Reach = Reach::Organization;
    const REMOVED_AT: u8 = 49;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn texts(_: &mut Desired, _: &mut dyn FnMut(&mut Text)) {}

    fn same(desired: &Desired, observed: &Observed) -> bool {
        desired.service == observed.service
    }

    fn tags(_: &Observed) -> Option<&Tags> {
        None
    }

    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        Adoption::Adopt
    }

    fn diff(_: &Desired, _: &Observed) -> Result<Vec<Edit>, Blocked> {
        Ok(Vec::new())
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match *edit {}
    }

    fn summary(desired: &Desired) -> String {
        desired.service.clone()
    }

    fn label(observed: &Observed) -> String {
        observed.service.clone()
    }

    fn prunable(observed: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new(
            format!("{} may serve others in this organization too", observed.service),
            "switch it off in the AWS Organizations console, Services",
        ))
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "service", &observed.service)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let client = cx.session().organizations();
        let mut services = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let page = cx
                .call("organizations:ListAWSServiceAccessForOrganization", || {
                    client.list_aws_service_access_for_organization().set_next_token(next.clone()).send()
                })
                .await?;
            let names = page.enabled_service_principals().iter().filter_map(|service| service.service_principal());
            services.extend(names.map(|name| Observed { service: name.to_owned() }));
            next = page.next_token().map(str::to_owned);
            if next.is_none() {
                return Ok(services);
            }
        }
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Facts, StepError> {
        let client = cx.session().organizations();
        // A repeat is a success (aws-facts D.1).
        cx.call("organizations:EnableAWSServiceAccess", || client.enable_aws_service_access().service_principal(&desired.service).send())
            .await?;
        Ok(Self::facts(address, &Observed { service: desired.service.clone() }))
    }

    async fn edit(_: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, _: &[Edit]) -> Result<Facts, StepError> {
        Ok(Self::facts(address, observed))
    }

    async fn remove(_: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        Self::prunable(observed).map_err(|blocked| StepError::refused(blocked.reason, blocked.hint.unwrap_or_default()))
    }
}
