//! The permissions boundary, and the permissions of a deployer in IAM under it.
//!
//! The boundary is a list of allowed calls: everything else, including calls that IAM adds later, is denied. A deployer's own
//! policy only allows, too; all denials are in the boundary, for the deployer and for each role that it creates. Sources:
//! docs/AWS.md 3.4 and the Service Authorization Reference of 2026-09, which lists the condition keys of each action.

use serde_json::{Value, json};

use super::{PARAMETER_WRITES, POLICY_WRITES, SESSION_TAGGING, access_role_names, document, index};
use crate::aws::tags;
use crate::desired::principals;
use crate::id::iam_arn;
use crate::kind::iam::oidc_provider::GITHUB_HOST;
use crate::model::Organization;
use crate::name::AccountKey;
use crate::ours;

/// Services that a workload does not need, and that lead out of the account or to its bill: identities that outlive a deployment,
/// the organization, the account itself, money.
const CLOSED: &[&str] = &[
    "account-access:*",
    "account:*",
    "aws-portal:*",
    "billing:*",
    "consolidatedbilling:*",
    "iam:*",
    "identitystore:*",
    "invoicing:*",
    "organizations:*",
    "payments:*",
    "purchase-orders:*",
    "rolesanywhere:*",
    "sso-directory:*",
    "sso:*",
    "sts:AssumeRoot",
    "supportplans:*",
    "tax:*",
];
/// Actions that connect a network to another, or share it, and do not support the network's tags: denied for every network. Adding
/// one's own resource to an existing share is as strong as creating the share.
const JOINS: &[&str] = &[
    "networkmanager:CreateVpcAttachment",
    "ram:AssociateResourceShare",
    "ram:CreateResourceShare",
    "vpc-lattice:CreateServiceNetworkVpcAssociation",
];
/// Reads of these services that are still allowed.
const CLOSED_READS: &[&str] = &[
    "account:Get*",
    "account:List*",
    "iam:Generate*",
    "iam:Get*",
    "iam:List*",
    "iam:Simulate*",
    "organizations:Describe*",
    "organizations:List*",
];
/// Writes to roles that support the role's boundary as a condition: allowed only on roles under landfall's boundary.
///
/// `PutRolePermissionsBoundary` is not among them: its key is the new boundary, not the role's current one, so a deployer could
/// take over any role without a boundary by putting landfall's on it.
pub(super) const BOUNDED_WRITES: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
];
/// Writes to IAM that do not support the boundary as a condition and grant nothing by themselves: they act through a role, which is
/// under the boundary.
const OTHER_WRITES: &[&str] = &[
    "iam:AddRoleToInstanceProfile",
    "iam:CreateInstanceProfile",
    "iam:CreateServiceLinkedRole",
    "iam:DeleteInstanceProfile",
    "iam:DeleteServiceLinkedRole",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:TagInstanceProfile",
    "iam:TagRole",
    "iam:UntagInstanceProfile",
    "iam:UntagRole",
];
/// Writes to identity providers by OpenID Connect, such as an EKS cluster's.
const OIDC_WRITES: &[&str] = &[
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:CreateOpenIDConnectProvider",
    "iam:DeleteOpenIDConnectProvider",
    "iam:RemoveClientIDFromOpenIDConnectProvider",
    "iam:TagOpenIDConnectProvider",
    "iam:UntagOpenIDConnectProvider",
    // The thumbprint's, and one that is not in AWS's table of actions yet (botocore 1.44.5).
    "iam:UpdateOpenIDConnectProvider*",
];
/// Actions that would delete or open a managed network, denied on resources with landfall's tag.
///
/// An explicit list, since the statement would not deny an action that does not support the tag as a condition key: AWS's table has
/// each with `aws:ResourceTag` on the managed resource (`desired/tests/ownership.rs` checks the list). Using a network is not in
/// it: launching into subnets, network interfaces, security groups, interface endpoints, other tags.
pub(in crate::desired) const NETWORK_WRITES: &[&str] = &[
    "ec2:AcceptVpcPeeringConnection",
    "ec2:AssociateClientVpnTargetNetwork",
    "ec2:AssociateDhcpOptions",
    "ec2:AssociateNatGatewayAddress",
    "ec2:AssociateRouteServer",
    "ec2:AssociateVpcCidrBlock",
    "ec2:AttachInternetGateway",
    "ec2:AttachVpnGateway",
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateCarrierGateway",
    "ec2:CreateClientVpnRoute",
    "ec2:CreateEgressOnlyInternetGateway",
    "ec2:CreateNetworkAclEntry",
    "ec2:CreateOdbNetworkPeering",
    "ec2:CreateRoute",
    "ec2:CreateTransitGatewayVpcAttachment",
    "ec2:CreateVpcEncryptionControl",
    "ec2:CreateVpcPeeringConnection",
    "ec2:DeleteFlowLogs",
    "ec2:DeleteInternetGateway",
    "ec2:DeleteNatGateway",
    "ec2:DeleteNetworkAcl",
    "ec2:DeleteNetworkAclEntry",
    "ec2:DeleteRoute",
    "ec2:DeleteRouteTable",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteSubnet",
    "ec2:DeleteVpc",
    "ec2:DeleteVpcEndpoints",
    "ec2:DetachInternetGateway",
    "ec2:DisableRouteServerPropagation",
    "ec2:DisassociateAddress",
    "ec2:DisassociateNatGatewayAddress",
    "ec2:DisassociateRouteTable",
    "ec2:DisassociateSubnetCidrBlock",
    "ec2:DisassociateVpcCidrBlock",
    "ec2:EnableAddressTransfer",
    "ec2:EnableRouteServerPropagation",
    "ec2:EnableVgwRoutePropagation",
    "ec2:ModifySecurityGroupRules",
    "ec2:ModifySubnetAttribute",
    "ec2:ModifyVpcAttribute",
    "ec2:ReleaseAddress",
    "ec2:ReplaceNetworkAclAssociation",
    "ec2:ReplaceNetworkAclEntry",
    "ec2:ReplaceRoute",
    "ec2:ReplaceRouteTableAssociation",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
    "ec2:UnassignPrivateNatGatewayAddress",
];

/// Returns the permissions boundary of one account: it limits the permissions of deployers and of the roles that they create.
pub(in crate::desired) fn boundary(organization: &Organization, account: &AccountKey, boundary: &str) -> Value {
    let partition = organization.partition;
    let ours = format!("aws:ResourceTag/{}", tags::ORGANIZATION);
    let mut statements = vec![
        json!({"Sid": "Cap", "Effect": "Allow", "NotAction": ([CLOSED, JOINS].concat()), "Resource": "*"}),
        json!({"Sid": "Look", "Effect": "Allow", "Action": CLOSED_READS, "Resource": "*"}),
    ];
    statements.extend(writes(organization, boundary));
    statements.extend([
        json!({"Sid": "KeepBoundaryPolicy", "Effect": "Deny", "Action": POLICY_WRITES, "Resource": protected_policies(organization)}),
        json!({"Sid": "OutOfReach", "Effect": "Deny", "NotAction": CLOSED_READS, "Resource": out_of_reach(organization, account)}),
        json!({"Sid": "NoLandfallTags", "Effect": "Deny", "NotAction": SESSION_TAGGING, "Resource": "*",
            "Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": "landfall:*"}}}),
        // Without keys `DeleteTags` deletes every tag (EC2 API, `DeleteTags`), and the condition above does not match.
        json!({"Sid": "NoTagsAtOnce", "Effect": "Deny", "Action": "ec2:DeleteTags", "Resource": "*", "Condition": {"Null": {"aws:TagKeys": "true"}}}),
        json!({"Sid": "KeepNetwork", "Effect": "Deny", "Action": NETWORK_WRITES, "Resource": "*", "Condition": {"StringLike": {(&ours): "*"}}}),
        // The call also names the subnets and groups of an endpoint, and the deployer's own endpoints use those.
        json!({"Sid": "KeepEndpoints", "Effect": "Deny", "Action": "ec2:ModifyVpcEndpoint",
            "Resource": format!("arn:{partition}:ec2:*:*:vpc-endpoint/*"), "Condition": {"StringLike": {(&ours): "*"}}}),
        json!({"Sid": "KeepIndex", "Effect": "Deny", "Action": PARAMETER_WRITES, "Resource": index(organization)}),
    ]);
    document(&statements)
}

/// Returns the permissions of a deployer in IAM beside `PowerUserAccess`: the same as in its boundary.
pub(in crate::desired) fn deployer(organization: &Organization, boundary: &str) -> Value {
    let mut statements = vec![json!({"Sid": "Look", "Effect": "Allow", "Action": CLOSED_READS, "Resource": "*"})];
    statements.extend(writes(organization, boundary));
    statements.extend(super::apps::kept_from_deployers(organization));
    document(&statements)
}

/// Returns the statements that allow IAM under the boundary.
fn writes(organization: &Organization, boundary: &str) -> Vec<Value> {
    let partition = organization.partition;
    let mut statements = vec![
        json!({"Sid": "RolesUnderBoundary", "Effect": "Allow", "Action": BOUNDED_WRITES, "Resource": iam_arn(partition, "*", "role/*"),
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}}}),
        json!({"Sid": "PoliciesAndProfiles", "Effect": "Allow", "Action": ([POLICY_WRITES, OTHER_WRITES].concat()), "Resource": "*"}),
        json!({"Sid": "PassToServices", "Effect": "Allow", "Action": "iam:PassRole", "Resource": iam_arn(partition, "*", "role/*"),
            "Condition": {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}}),
    ];
    if organization.guardrail_options.identity_providers {
        statements.push(json!({"Sid": "OtherProviders", "Effect": "Allow", "Action": OIDC_WRITES,
            "NotResource": iam_arn(partition, "*", format_args!("oidc-provider/{GITHUB_HOST}"))}));
    }
    statements
}

/// Policies that a deployer may not change: landfall's, including the boundary, and those that the manifest protects.
fn protected_policies(organization: &Organization) -> Vec<String> {
    let names = std::iter::once("landfall/*").chain(organization.access.protected_policies.iter().map(String::as_str));
    names.map(|name| iam_arn(organization.partition, "*", format_args!("policy/{name}"))).collect()
}

/// Roles and users that a deployer may not change: landfall's, Identity Center's, the access roles, those that other accounts trust
/// by this manifest, and those that it protects.
fn out_of_reach(organization: &Organization, account: &AccountKey) -> Vec<String> {
    let partition = organization.partition;
    let named = organization.access.protected_roles.iter().map(|name| iam_arn(partition, "*", format_args!("role/{name}")));
    let ours = [iam_arn(partition, "*", ours::role("*")), iam_arn(partition, "*", "role/aws-reserved/*")];
    let let_in = principals::named(organization).remove(account).unwrap_or_default();
    let let_in = let_in.iter().map(|resource| iam_arn(partition, "*", resource));
    let mut roles: Vec<String> = ours.into_iter().chain(access_role_names(organization)).chain(let_in).chain(named).collect();
    roles.dedup();
    roles
}
