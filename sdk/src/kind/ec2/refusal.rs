//! Hints for EC2's errors: which quota was reached and how to raise it, and what still uses a resource that should be removed.

use serde::Deserialize;

use super::api::{filter, lists};
use crate::address::Scope;
use crate::aws::error::AwsError;
use crate::aws::retry::RetryPolicy;
use crate::kind::{Context, StepError};

/// The number of network interfaces that a hint names.
const NAMED: usize = 5;
/// EC2's codes while something still uses a resource that should be removed; right after a removal the dependency may already be gone
/// (docs/AWS.md 5.3).
pub(super) const IN_USE: &[&str] = &["DependencyViolation", "InvalidIPAddress.InUse"];

/// A quota that can be raised by a request to Service Quotas.
struct Quota {
    /// EC2's code when it is reached.
    code: &'static str,
    what: &'static str,
    service: &'static str,
    /// The quota's code in Service Quotas.
    id: &'static str,
    /// The value to ask for: twice AWS's default.
    ask: u32,
}

/// The quotas that a network reaches first (docs/AWS.md 5.6).
const QUOTAS: &[Quota] = &[
    Quota { code: "AddressLimitExceeded", what: "elastic IP addresses", service: "ec2", id: "L-0263D0A3", ask: 10 },
    Quota { code: "VpcLimitExceeded", what: "VPCs", service: "vpc", id: "L-F678F1CE", ask: 10 },
    Quota { code: "InternetGatewayLimitExceeded", what: "internet gateways", service: "vpc", id: "L-A4707A72", ask: 10 },
    Quota { code: "VpcEndpointLimitExceeded", what: "gateway endpoints", service: "vpc", id: "L-1B52E74A", ask: 40 },
];

/// Returns AWS's error, with a hint how to raise the quota if it is one.
pub(super) fn explained(cx: &Context<'_>, error: AwsError) -> StepError {
    let Scope::Region(_, region) = cx.scope() else { return error.into() };
    match QUOTAS.iter().find(|quota| error.is(&[quota.code])) {
        Some(quota) => {
            let hint = raise(quota, cx.session().account().as_str(), region.as_str());
            StepError::explained(error, hint)
        }
        None => error.into(),
    }
}

fn raise(quota: &Quota, account: &str, region: &str) -> String {
    format!(
        "ask for more {} ({}), in account {account}: aws service-quotas request-service-quota-increase --service-code {} --quota-code {} \
         --desired-value {} --region {region}",
        quota.what, quota.id, quota.service, quota.id, quota.ask
    )
}

/// Returns the retry policy for a removal: EC2 may still see a removed dependency for a while.
pub(super) fn removal(cx: &Context<'_>) -> RetryPolicy {
    cx.retry().until_visible(IN_USE)
}

/// Returns why something cannot be removed: what still uses it, by the network interfaces in that VPC (`vpc-id`) or subnet (`subnet-id`).
pub(super) async fn in_use(cx: &Context<'_>, error: AwsError, place: &str, id: &str) -> StepError {
    if !error.is(IN_USE) {
        return error.into();
    }
    match interfaces(cx, place, id).await {
        Ok(found) => StepError::explained(error, left(id, &found)),
        // The error of the removal is more important than a denied read of the interfaces.
        Err(_) => error.into(),
    }
}

fn left(id: &str, interfaces: &[String]) -> String {
    if interfaces.is_empty() {
        return format!(
            "something without a network interface is left in {id} (a security group, a route table, a peering connection): remove it, then \
             `landfall apply --prune`"
        );
    }
    format!("in use by {}: remove what they belong to, then `landfall apply --prune`", some_of(interfaces))
}

/// Returns the first names of a list, and how many more there are.
pub(super) fn some_of(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let named = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

/// Returns the network interfaces in a VPC or subnet, each with its purpose according to AWS.
pub(super) async fn interfaces(cx: &Context<'_>, place: &str, id: &str) -> Result<Vec<String>, AwsError> {
    let found = cx.pages(DescribeNetworkInterfaces::by([filter(place, [id])])).await?;
    let named = |interface: &NetworkInterface| {
        let instance = interface.attachment.as_ref().and_then(|attachment| attachment.instance_id.as_deref());
        let purpose = interface.description.as_deref().filter(|text| !text.is_empty()).or(instance).unwrap_or("no description");
        format!("{} ({purpose})", interface.network_interface_id)
    };
    Ok(found.iter().map(named).collect())
}

lists! { DescribeNetworkInterfaces -> NetworkInterfaces { "networkInterfaceSet": NetworkInterface } by 1000 }

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "members have the names of AWS's API")]
struct NetworkInterface {
    network_interface_id: String,
    description: Option<String>,
    attachment: Option<Attachment>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    instance_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_raised_by_a_command_that_can_be_copied() {
        let hint = raise(&QUOTAS[0], "222233334444", "eu-west-1");
        assert!(hint.contains("elastic IP addresses (L-0263D0A3), in account 222233334444"), "{hint}");
        assert!(
            hint.ends_with(
                "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-0263D0A3 --desired-value 10 \
                 --region eu-west-1"
            ),
            "{hint}"
        );
    }

    #[test]
    fn the_users_of_a_resource_are_named() {
        assert!(left("vpc-1", &[]).starts_with("something without a network interface is left in vpc-1 (a security group, "));
        let many: Vec<String> = (1..=7).map(|number| format!("eni-{number} (ELB app)")).collect();
        let text = left("vpc-1", &many);
        assert!(text.starts_with("in use by eni-1 (ELB app), ") && text.contains("eni-5 (ELB app) and 2 more: "), "{text}");
    }
}
