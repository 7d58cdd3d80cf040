//! The kinds of EC2 resources: their ids, their names, and the errors for missing ones.

use crate::simulator::failure::Failure;

/// A kind of resource with an id and tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Vpc,
    Subnet,
    InternetGateway,
    RouteTable,
    Address,
    NatGateway,
    SecurityGroup,
    SecurityGroupRule,
    NetworkAcl,
    Endpoint,
    FlowLog,
    NetworkInterface,
    Volume,
}

impl Kind {
    const ALL: [Self; 13] = [
        Self::Vpc,
        Self::Subnet,
        Self::InternetGateway,
        Self::RouteTable,
        Self::Address,
        Self::NatGateway,
        Self::SecurityGroup,
        Self::SecurityGroupRule,
        Self::NetworkAcl,
        Self::Endpoint,
        Self::FlowLog,
        Self::NetworkInterface,
        Self::Volume,
    ];

    /// Returns the kind of an id by its prefix.
    pub(crate) fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| id.starts_with(kind.prefix()))
    }

    /// Returns the prefix of its ids.
    pub(crate) fn prefix(self) -> &'static str {
        self.row().0
    }

    /// Returns its name in ARNs and in tag specifications.
    pub(crate) fn name(self) -> &'static str {
        self.row().1
    }

    /// Returns the error for an id that does not exist.
    pub(crate) fn not_found(self, id: &str) -> Failure {
        let (_, name, code) = self.row();
        Failure::new(code, 400, format!("The {name} ID '{id}' does not exist"))
    }

    /// Prefix, name, and error code (EC2 API, "Error codes").
    fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Vpc => ("vpc-", "vpc", "InvalidVpcID.NotFound"),
            Self::Subnet => ("subnet-", "subnet", "InvalidSubnetID.NotFound"),
            Self::InternetGateway => ("igw-", "internet-gateway", "InvalidInternetGatewayID.NotFound"),
            Self::RouteTable => ("rtb-", "route-table", "InvalidRouteTableID.NotFound"),
            Self::Address => ("eipalloc-", "elastic-ip", "InvalidAllocationID.NotFound"),
            Self::NatGateway => ("nat-", "natgateway", "NatGatewayNotFound"),
            Self::SecurityGroup => ("sg-", "security-group", "InvalidGroup.NotFound"),
            Self::SecurityGroupRule => ("sgr-", "security-group-rule", "InvalidSecurityGroupRuleId.NotFound"),
            Self::NetworkAcl => ("acl-", "network-acl", "InvalidNetworkAclID.NotFound"),
            Self::Endpoint => ("vpce-", "vpc-endpoint", "InvalidVpcEndpointId.NotFound"),
            Self::FlowLog => ("fl-", "vpc-flow-log", "InvalidFlowLogId.NotFound"),
            Self::NetworkInterface => ("eni-", "network-interface", "InvalidNetworkInterfaceID.NotFound"),
            Self::Volume => ("vol-", "volume", "InvalidVolume.NotFound"),
        }
    }
}
