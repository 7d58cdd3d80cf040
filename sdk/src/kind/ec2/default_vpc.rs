//! The default VPC of an account in one Region: public subnets in every zone that nobody asked for.
//!
//! It is removed as a whole, and only if nobody uses it: a network interface, or anything that somebody made in it, blocks the removal.
//! AWS makes it again on request only (`CreateDefaultVpc`). In an account that is minutes old it may appear later (docs/AWS.md 5.3), so
//! every plan looks again.

use serde::Serialize;

use super::api::{self, DescribeNetworkAcls, DescribeRouteTables, filter};
use super::internet_gateway::InternetGateway;
use super::security_group::DescribeSecurityGroups;
use super::subnet::Subnet;
use super::vpc::DeleteVpc;
use super::{endpoint, gone, internet_gateway, refusal, subnet, tag, vpcs};
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::id::ec2::VpcId;
use crate::kind::setting::Setting;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Blocked, Context, Field, Kind, ScopeSet, StepError};

/// The tag that finds its internet gateway again, should a run end between detaching and deleting it. Its value is the VPC's id.
const GATEWAY_OF: &str = "landfall:default-vpc";
/// The name of the security group that every VPC has and that cannot be deleted.
const DEFAULT_GROUP: &str = "default";

/// The default VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "it is there or not")]
pub enum DefaultVpc {
    /// There is none.
    Absent,
    /// There is one.
    Present {
        /// Its id.
        id: VpcId,
        /// What somebody uses or made in it, each with its id; empty if it is as AWS made it.
        used: Vec<String>,
    },
}

impl Setting for DefaultVpc {
    const NAME: &'static str = "default-vpc";
    const SCOPES: ScopeSet = ScopeSet::EveryRegion;
    const SERVICE: &'static str = "VPC";

    fn summary(&self) -> String {
        match self {
            Self::Absent => "no default VPC".to_owned(),
            Self::Present { id, .. } => id.to_string(),
        }
    }

    fn falls_short(&self, wanted: &Self) -> Vec<Field> {
        match (self, wanted) {
            (Self::Present { id, .. }, Self::Absent) => vec![Field::new("default VPC", id, "none")],
            (Self::Absent | Self::Present { .. }, _) => Vec::new(),
        }
    }

    fn blocked(&self, wanted: &Self) -> Option<Blocked> {
        let (Self::Present { id, used }, Self::Absent) = (self, wanted) else { return None };
        (!used.is_empty()).then(|| {
            Blocked::new(
                format!("the default VPC {id} is in use: {}", refusal::some_of(used)),
                "move that into another VPC, or keep this one: `default_vpcs = true` in the account's `baseline`",
            )
        })
    }

    fn terraform(&self, _: &Place<'_>) -> Import {
        Import::left("there is none, which is no resource of Terraform's")
    }

    async fn read(cx: &Context<'_>) -> Result<Self, AwsError> {
        let vpcs = vpcs(cx).await?;
        let Some(found) = vpcs.iter().find(|vpc| vpc.is_default) else { return Ok(Self::Absent) };
        Ok(Self::Present { id: found.vpc_id.clone(), used: used(cx, &found.vpc_id).await? })
    }

    /// Removes what AWS made in it, then the VPC. Each part may already be gone.
    async fn write(&self, cx: &Context<'_>, present: &Self) -> Result<(), StepError> {
        let (Self::Absent, Self::Present { id, .. }) = (self, present) else { return Ok(()) };
        if let Some(blocked) = present.blocked(self) {
            return Err(blocked.into());
        }
        let mark = Tags::from([(GATEWAY_OF.to_owned(), id.to_string())]);
        for gateway in internet_gateway::attached(cx, id).await? {
            tag(cx, &gateway.id, &mark).await?;
        }
        for gateway in internet_gateway::tagged(cx, GATEWAY_OF, id).await? {
            InternetGateway::remove(cx, &gateway).await?;
        }
        for (subnet, _) in subnet::of_vpc(cx, id).await? {
            Subnet::remove(cx, &subnet).await?;
        }
        match gone(cx.send_with(&refusal::removal(cx), &DeleteVpc { vpc_id: id.clone() }).await) {
            Ok(()) => Ok(()),
            Err(error) => Err(refusal::in_use(cx, error, "vpc-id", id).await),
        }
    }
}

/// Returns what is in a default VPC besides what AWS made in it.
async fn used(cx: &Context<'_>, id: &VpcId) -> Result<Vec<String>, AwsError> {
    let of = || [filter("vpc-id", [id.as_str()])];
    let mut used = refusal::interfaces(cx, "vpc-id", id).await?;
    let subnets = subnet::of_vpc(cx, id).await?;
    used.extend(subnets.iter().filter(|(_, is_default)| !is_default).map(|(subnet, _)| subnet.id.to_string()));
    let groups = cx.pages(DescribeSecurityGroups::by(of())).await?;
    used.extend(groups.iter().filter(|group| group.group_name != DEFAULT_GROUP).map(|group| group.group_id.to_string()));
    let acls = cx.pages(DescribeNetworkAcls::by(of())).await?;
    used.extend(acls.iter().filter(|acl| !acl.is_default).map(|acl| acl.network_acl_id.to_string()));
    let tables = cx.pages(DescribeRouteTables::by(of())).await?;
    let is_main = |table: &&api::RouteTable| table.associations.iter().any(|association| association.main);
    used.extend(tables.iter().filter(|table| !is_main(table)).map(|table| table.route_table_id.to_string()));
    used.extend(endpoint::of_vpc(cx, id).await?);
    Ok(used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::setting::tests::check;
    use crate::name::literal;

    fn present(used: &[&str]) -> DefaultVpc {
        DefaultVpc::Present { id: literal("vpc-1"), used: used.iter().map(|id| (*id).to_owned()).collect() }
    }

    #[test]
    fn one_that_nobody_uses_is_removed() {
        check(&present(&[]), &DefaultVpc::Absent, &["default VPC  vpc-1 -> none"]);
        check(&DefaultVpc::Absent, &DefaultVpc::Absent, &[]);
        assert_eq!(present(&[]).blocked(&DefaultVpc::Absent), None);
    }

    #[test]
    fn one_in_use_is_blocked_and_says_by_what() {
        let blocked = present(&["eni-1 (a database)", "sg-2"]).blocked(&DefaultVpc::Absent).expect("in use");
        assert_eq!(blocked.reason, "the default VPC vpc-1 is in use: eni-1 (a database), sg-2");
        assert!(blocked.hint.expect("a hint").contains("default_vpcs = true"));
    }
}
