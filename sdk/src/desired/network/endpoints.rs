//! The endpoints of a network: gateway endpoints, which cost nothing, and interface endpoints of the services that the manifest lists.

use serde_json::json;

use super::place::Place;
use crate::desired::{DesiredState, audit};
use crate::kind::ec2::{endpoint, security_group};
use crate::kind::{Desired, Text};
use crate::model::Organization;

/// The services that have a gateway endpoint, which costs nothing.
const GATEWAY_SERVICES: &[&str] = &[S3, "dynamodb"];
const S3: &str = "s3";
const STS: &str = "sts";
/// The name of the security group of interface endpoints.
const GROUP: &str = "endpoints";

/// Wants the endpoints of a network, and the security group of those that have one.
pub(super) fn endpoints(place: &Place<'_>, state: &mut DesiredState) {
    let tables: Vec<Text> = place.tables().keys().map(|name| place.id("route-table", name)).collect();
    for service in GATEWAY_SERVICES {
        let address = place.address("endpoint", service);
        let desired = endpoint::Desired {
            vpc: place.vpc(),
            service: service_name(place, service),
            connection: endpoint::Wanted::Gateway { tables: tables.clone() },
            policy: Some(Text::new(endpoint_policy(place.organization, service))),
            tags: place.tags(&address),
        };
        state.want(address, Desired::Endpoint(desired));
    }
    interface_endpoints(place, state);
}

/// Interface endpoints are in one subnet of each zone, behind one security group.
fn interface_endpoints(place: &Place<'_>, state: &mut DesiredState) {
    let kind = place.network.endpoint_subnets().filter(|_| !place.network.endpoints.is_empty());
    let Some(kind) = kind else { return };
    let slices = place.network.slices().into_iter().filter(|slice| slice.kind == kind);
    let subnets: Vec<Text> = slices.map(|slice| place.id("subnet", &slice.name())).collect();
    let group = place.address("security-group", GROUP);
    let (from, tags) = (place.network.cidr, place.tags(&group));
    let desired = security_group::Desired { vpc: place.vpc(), group: security_group::Group::Endpoints { from }, tags };
    state.want(group, Desired::SecurityGroup(desired));
    for service in &place.network.endpoints {
        let address = place.address("endpoint", service.as_str());
        let desired = endpoint::Desired {
            vpc: place.vpc(),
            service: service_name(place, service.as_str()),
            connection: endpoint::Wanted::Interface { subnets: subnets.clone(), group: place.id("security-group", GROUP) },
            policy: service.has_policy().then(|| Text::new(endpoint_policy(place.organization, service.as_str()))),
            tags: place.tags(&address),
        };
        state.want(address, Desired::Endpoint(desired));
    }
}

/// Returns AWS's name of a service in the home Region.
fn service_name(place: &Place<'_>, service: &str) -> String {
    format!("com.amazonaws.{}.{service}", place.organization.region)
}

/// Returns the policy of an endpoint: principals of the organization, and AWS's services, may do what their own policies allow. Data
/// cannot leave a VPC through it with credentials of anybody else.
///
/// Two reads of S3 are without credentials, or with AWS's own: packages that are public, such as those of Amazon Linux, and the layers of
/// images in ECR (Amazon ECR User Guide, "Amazon ECR interface VPC endpoints"). A session of STS begins without credentials where the caller
/// has a token instead, such as a pod's (docs/AWS.md 5.10): only for the organization's roles.
fn endpoint_policy(organization: &Organization, service: &str) -> String {
    let (partition, region) = (organization.partition, &organization.region);
    let mut statements = vec![
        json!({"Sid": "OwnPrincipals", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": audit::organization_id(organization)}}}),
        json!({"Sid": "Services", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}}),
    ];
    if service == S3 {
        statements.extend([
            json!({"Sid": "PublicObjects", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalType": "Anonymous"}}}),
            json!({"Sid": "ImageLayers", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                "Resource": format!("arn:{partition}:s3:::prod-{region}-starport-layer-bucket/*")}),
        ]);
    }
    if service == STS {
        statements.push(json!({"Sid": "TokensForOwnRoles", "Effect": "Allow", "Principal": "*", "Resource": "*",
            "Action": ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
            "Condition": {"StringEquals": {"aws:ResourceOrgID": audit::organization_id(organization)}}}));
    }
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::policy::{Caller, Document, Policies, Request, ResourceRule, evaluate};

    /// What leaves a VPC through an endpoint is asked for by the organization; what AWS and public repositories give is let in.
    #[test]
    fn an_endpoint_lets_the_organization_and_what_is_public_pass() {
        let organization = crate::desired::tests::organization();
        let (own, other) = ("o-own", "o-other");
        let document = |service: &str| {
            let id = audit::organization_id(&organization);
            Document::parse(&endpoint_policy(&organization, service).replace(&id, own)).expect("a policy")
        };
        let layers = format!("arn:aws:s3:::prod-{}-starport-layer-bucket/layer", organization.region);
        let elsewhere = "arn:aws:s3:::elsewhere/x";
        for (service, action, resource, of, kind, passes) in [
            (S3, "s3:PutObject", elsewhere, own, "AssumedRole", true),
            (S3, "s3:PutObject", elsewhere, other, "AssumedRole", false),
            (S3, "s3:GetObject", elsewhere, other, "AssumedRole", false),
            (S3, "s3:GetObject", elsewhere, "", "Anonymous", true),
            (S3, "s3:PutObject", elsewhere, "", "Anonymous", false),
            (S3, "s3:GetObject", &layers, other, "AssumedRole", true),
            (S3, "s3:PutObject", &layers, other, "AssumedRole", false),
            ("dynamodb", "dynamodb:PutItem", "*", own, "AssumedRole", true),
            ("dynamodb", "dynamodb:PutItem", "*", other, "AssumedRole", false),
            ("dynamodb", "dynamodb:GetItem", "*", "", "Anonymous", false),
            ("secretsmanager", "secretsmanager:GetSecretValue", "*", own, "AssumedRole", true),
            ("secretsmanager", "secretsmanager:GetSecretValue", "*", other, "AssumedRole", false),
            (STS, "sts:AssumeRole", "*", own, "AssumedRole", true),
            (STS, "sts:AssumeRole", "*", other, "AssumedRole", false),
            (STS, "sts:AssumeRoleWithWebIdentity", own, "", "FederatedUser", true),
            (STS, "sts:AssumeRoleWithWebIdentity", other, "", "FederatedUser", false),
            ("kms", "sts:AssumeRoleWithWebIdentity", own, "", "FederatedUser", false),
        ] {
            let document = document(service);
            let caller = Caller::role("arn:aws:iam::222222222222:role/program", "program");
            let mut request = Request::new(caller, action, resource).with("aws:PrincipalType", kind);
            if [own, other].contains(&resource) {
                request = request.with("aws:ResourceOrgID", resource);
            }
            if !of.is_empty() {
                request = request.with("aws:PrincipalOrgID", of);
            }
            let policies = Policies {
                resource: Some(&document),
                resource_account: "333333333333",
                resource_rule: ResourceRule::MustAllow,
                identity: vec![&document],
                ..Policies::default()
            };
            let found = evaluate(&request, &policies).is_allowed();
            assert_eq!(found, passes, "{service}: {action} on {resource} as {kind} of {of:?}");
        }
    }
}
