//! The kinds of things in EC2: their ids, their names, and how one that is missing is told.

use crate::simulator::failure::Failure;

/// A kind of thing that has an id and tags.
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
}

impl Kind {
    const ALL: [Self; 12] = [
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
    ];

    /// Returns the kind of an id by its prefix.
    pub(crate) fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| id.starts_with(kind.prefix()))
    }

    /// Returns how its ids begin.
    pub(crate) fn prefix(self) -> &'static str {
        self.row().0
    }

    /// Returns its name in ARNs, and in what tags are given at creation.
    pub(crate) fn name(self) -> &'static str {
        self.row().1
    }

    /// Returns the refusal of an id that is nobody's.
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
        }
    }
}
