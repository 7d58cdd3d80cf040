//! Service-linked roles: what a service of AWS acts as in an account. They exist before the first release needs them: most services make
//! theirs at first use, and the first use then fails for whoever may not make roles.
//!
//! Name, trust and policy are AWS's own, so one that exists is settled, whoever made it (docs/AWS.md 3.6). None is ever removed.

use serde::{Deserialize, Serialize};

use super::details::details;
use crate::aws::client::requests;
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::kind::named::{Found, Named};
use crate::kind::terraform::Import;
use crate::kind::{Blocked, Context, ScopeSet, StepError};

/// A service whose role landfall makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum LinkedService {
    /// Amazon EC2 Auto Scaling.
    AutoScaling,
    /// Amazon ECS.
    Ecs,
    /// Elastic Load Balancing.
    ElasticLoadBalancing,
    /// Amazon RDS.
    Rds,
}

impl LinkedService {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::AutoScaling, Self::Ecs, Self::ElasticLoadBalancing, Self::Rds];

    /// Returns its name in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AutoScaling => "autoscaling",
            Self::Ecs => "ecs",
            Self::ElasticLoadBalancing => "elasticloadbalancing",
            Self::Rds => "rds",
        }
    }

    fn principal(self) -> String {
        format!("{}.amazonaws.com", self.as_str())
    }

    fn role(self) -> &'static str {
        match self {
            Self::AutoScaling => "AWSServiceRoleForAutoScaling",
            Self::Ecs => "AWSServiceRoleForECS",
            Self::ElasticLoadBalancing => "AWSServiceRoleForElasticLoadBalancing",
            Self::Rds => "AWSServiceRoleForRDS",
        }
    }
}

/// A service-linked role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "AWS decides the rest")]
pub struct ServiceRole {
    /// The service that acts as it.
    pub service: LinkedService,
}

requests! { IAM, "iam":
    CreateServiceLinkedRole { #[serde(rename = "AWSServiceName")] service: String } -> Created,
}

/// The answer to a create.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    role: Role,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Role {
    arn: String,
}

impl Named for ServiceRole {
    const NAME: &'static str = "service-linked-role";
    const SCOPES: ScopeSet = ScopeSet::Account;
    const SERVICE: &'static str = "IAM";
    const REMOVAL_RANK: u8 = 10;
    const ID: &'static str = "arn";
    /// The code is that of wrong input, too.
    const TAKEN: &'static [&'static str] = &["InvalidInput~has been taken"];

    fn name(&self) -> &str {
        self.service.as_str()
    }

    fn summary(&self) -> String {
        self.service.role().to_owned()
    }

    fn terraform(found: &Found<Self>) -> Import {
        Import::new("aws_iam_service_linked_role", &found.id)
    }

    fn check_removable(_: &Found<Self>) -> Result<(), Blocked> {
        Err(Blocked::new("a service of AWS may be using it", "delete it in the IAM console of the account, if AWS lets you"))
    }

    async fn list(cx: &Context<'_>) -> Result<Vec<Found<Self>>, AwsError> {
        let details = details(cx).await?;
        let found = |service: LinkedService| {
            let role = details.roles.iter().find(|role| role.name == service.role())?;
            Some(Found { id: role.arn.clone(), thing: Self { service }, tags: None })
        };
        Ok(LinkedService::ALL.into_iter().filter_map(found).collect())
    }

    async fn put(&self, cx: &Context<'_>, _: Option<&Tags>, _: Option<&Found<Self>>) -> Result<String, StepError> {
        let created = cx.send(&CreateServiceLinkedRole { service: self.service.principal() }).await?;
        Ok(created.role.arn)
    }
}
