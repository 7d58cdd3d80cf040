//! Interface endpoints: their services, subnets, groups, names and network interfaces. Their operations are in `endpoints`.

use std::collections::{BTreeMap, BTreeSet};

use super::interfaces::free_ip;
use super::vpcs::DEFAULT_GROUP;
use super::want::failure;
use crate::simulator::authorize::Call;
use crate::simulator::failure::Failure;
use crate::simulator::stored::Tags;
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Endpoint, InterfaceEndpoint, Kind, Label, Network, NetworkInterface};

/// Most interface endpoints of a VPC (docs/AWS.md 5.6).
const ENDPOINTS_MAX: usize = 50;
/// Services with interface endpoints that support policies (docs/AWS.md 5.10).
const WITH_POLICIES: &str = "access-analyzer acm-pca appconfig appconfigdata application-autoscaling athena autoscaling backup batch bedrock \
     bedrock-runtime cloudformation cloudtrail codebuild codedeploy codepipeline config ec2 ecr.api ecr.dkr ecs eks eks-auth \
     elasticache elasticfilesystem elasticloadbalancing events glue kinesis-firehose kinesis-streams kms lambda logs \
     monitoring rds rds-data redshift-data sagemaker.api sagemaker.runtime scheduler secretsmanager servicediscovery sns sqs \
     ssm states sts textract xray";
/// Those that do not.
const WITHOUT_POLICIES: &str = "ec2messages ecs-agent ecs-telemetry ssmmessages";

/// What a call asks of an interface endpoint.
pub(super) struct Asked<'a> {
    pub(super) subnets: Vec<&'a str>,
    pub(super) groups: Vec<&'a str>,
    /// AWS's default: the service's own name.
    pub(super) private_dns: bool,
}

/// Reads what a creation asks for.
pub(super) fn read<'a>(params: &Params<'a>) -> Result<Asked<'a>, Failure> {
    Ok(Asked {
        subnets: params.texts("SubnetId")?,
        groups: params.texts("SecurityGroupId")?,
        private_dns: params.optional_boolean("PrivateDnsEnabled")?.unwrap_or(true),
    })
}

/// Fails unless the service has interface endpoints in the Region, and takes the policy.
pub(super) fn check_service(region: &str, service: &str, has_policy: bool) -> Result<(), Failure> {
    let name = service.strip_prefix("com.amazonaws.").and_then(|rest| rest.strip_prefix(region)).and_then(|rest| rest.strip_prefix('.'));
    let missing = || failure("InvalidServiceName", format!("The Vpc Endpoint Service '{service}' does not exist"));
    let name = name.ok_or_else(missing)?;
    if WITHOUT_POLICIES.split_whitespace().any(|known| known == name) {
        let refusal = || failure("InvalidParameter", format!("Endpoint policies are not supported for service {service}"));
        return if has_policy { Err(refusal()) } else { Ok(()) };
    }
    if WITH_POLICIES.split_whitespace().any(|known| known == name) { Ok(()) } else { Err(missing()) }
}

/// Makes the part of a new endpoint that gateway endpoints do not have, with its network interfaces.
pub(super) fn make(
    world: &mut World,
    call: &Call<'_>,
    id: &str,
    vpc: &str,
    service: &str,
    asked: &Asked<'_>,
) -> Result<InterfaceEndpoint, Failure> {
    let network = world.network(call)?;
    let in_vpc = |endpoint: &&Endpoint| endpoint.vpc == vpc && endpoint.interface.is_some();
    if network.endpoints.values().filter(in_vpc).count() >= ENDPOINTS_MAX {
        return Err(failure("VpcEndpointLimitExceeded", "The maximum number of interface endpoints has been reached."));
    }
    check_zones(network, vpc, asked.subnets.iter().copied())?;
    let groups = check_groups(network, vpc, &asked.groups)?;
    if asked.private_dns {
        check_name(network, vpc, service, id)?;
    }
    let mut made =
        InterfaceEndpoint { interfaces: BTreeMap::new(), groups, private_dns: asked.private_dns, changed: call.now, deleted: None };
    for subnet in &asked.subnets {
        let interface = attach(world, call, id, subnet, &made.groups)?;
        made.interfaces.insert((*subnet).to_owned(), interface);
    }
    Ok(made)
}

/// The changes that a call asks for.
pub(super) struct Changes<'a> {
    pub(super) add_subnets: Vec<&'a str>,
    pub(super) remove_subnets: Vec<&'a str>,
    pub(super) add_groups: Vec<&'a str>,
    pub(super) remove_groups: Vec<&'a str>,
    pub(super) private_dns: Option<bool>,
}

impl<'a> Changes<'a> {
    pub(super) fn read(params: &Params<'a>) -> Result<Self, Failure> {
        Ok(Self {
            add_subnets: params.texts("AddSubnetId")?,
            remove_subnets: params.texts("RemoveSubnetId")?,
            add_groups: params.texts("AddSecurityGroupId")?,
            remove_groups: params.texts("RemoveSecurityGroupId")?,
            private_dns: params.optional_boolean("PrivateDnsEnabled")?,
        })
    }

    /// Returns whether it asks for nothing.
    pub(super) fn is_empty(&self) -> bool {
        let lists = [&self.add_subnets, &self.remove_subnets, &self.add_groups, &self.remove_groups];
        lists.into_iter().all(Vec::is_empty) && self.private_dns.is_none()
    }
}

/// Changes an interface endpoint, all of it or nothing.
pub(super) fn modify(world: &mut World, call: &Call<'_>, endpoint: &Endpoint, changes: &Changes<'_>) -> Result<InterfaceEndpoint, Failure> {
    let (id, vpc) = (&endpoint.label.id, &endpoint.vpc);
    let mut now = endpoint
        .interface
        .clone()
        .ok_or_else(|| failure("InvalidParameter", "Subnets, security groups and private DNS are for interface endpoints only"))?;
    let network = world.network(call)?;
    let stays = |subnet: &&str| !changes.remove_subnets.contains(subnet);
    let kept: Vec<&str> = now.interfaces.keys().map(String::as_str).filter(stays).collect();
    let added: Vec<&str> = changes.add_subnets.iter().copied().filter(|subnet| !kept.contains(subnet)).collect();
    check_zones(network, vpc, kept.iter().chain(&added).copied())?;
    let groups: Vec<&str> = now.groups.iter().map(String::as_str).chain(changes.add_groups.iter().copied()).collect();
    let groups: Vec<&str> = groups.into_iter().filter(|group| !changes.remove_groups.contains(group)).collect();
    let groups = check_groups(network, vpc, &groups)?;
    if changes.private_dns == Some(true) && !now.private_dns {
        check_name(network, vpc, &endpoint.service, id)?;
    }
    if !added.is_empty() || !changes.remove_subnets.is_empty() || changes.private_dns.is_some() {
        now.changed = call.now;
    }
    let kept: BTreeSet<String> = kept.into_iter().map(str::to_owned).collect();
    let gone: Vec<String> = now.interfaces.iter().filter(|(subnet, _)| !kept.contains(*subnet)).map(|(_, id)| id.clone()).collect();
    now.interfaces.retain(|subnet, _| kept.contains(subnet));
    world.network_mut(call)?.interfaces.retain(|id, _| !gone.contains(id));
    for subnet in added {
        let interface = attach(world, call, id, subnet, &groups)?;
        now.interfaces.insert(subnet.to_owned(), interface);
    }
    now.groups = groups;
    now.private_dns = changes.private_dns.unwrap_or(now.private_dns);
    for interface in world.network_mut(call)?.interfaces.values_mut().filter(|one| now.interfaces.values().any(|id| *id == one.label.id)) {
        interface.groups = now.groups.iter().cloned().collect();
    }
    Ok(now)
}

/// Returns the state of an endpoint. AWS writes it in lower case, unlike its model.
pub(super) fn state(world: &World, call: &Call<'_>, endpoint: &Endpoint) -> &'static str {
    match &endpoint.interface {
        Some(interface) if interface.deleted.is_some() => "deleting",
        Some(interface) if interface.changed.plus(world.timing().interface_endpoint) > call.now => "pending",
        Some(_) | None => "available",
    }
}

/// An endpoint has at most one subnet in each zone, all of its VPC.
fn check_zones<'s>(network: &Network, vpc: &str, subnets: impl Iterator<Item = &'s str>) -> Result<(), Failure> {
    let mut zones = BTreeSet::new();
    for id in subnets {
        let subnet = network.subnets.get(id).ok_or_else(|| Kind::Subnet.not_found(id))?;
        if subnet.vpc != vpc {
            return Err(failure("InvalidParameter", format!("Subnet {id} does not belong to VPC {vpc}")));
        }
        if !zones.insert(&subnet.zone_id) {
            let message = format!(
                "Found another VPC endpoint subnet in the availability zone of {id}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service."
            );
            return Err(failure("DuplicateSubnetsInSameZone", message));
        }
    }
    Ok(())
}

/// Returns the groups of the interfaces: the VPC's default one if none is named.
fn check_groups(network: &Network, vpc: &str, groups: &[&str]) -> Result<BTreeSet<String>, Failure> {
    let own = || network.groups.values().filter(|group| group.vpc == vpc);
    if groups.is_empty() {
        return Ok(own().filter(|group| group.name == DEFAULT_GROUP).map(|group| group.label.id.clone()).collect());
    }
    match groups.iter().find(|id| !own().any(|group| group.label.id == **id)) {
        Some(id) => Err(failure("InvalidParameter", format!("Security group {id} does not belong to VPC {vpc}"))),
        None => Ok(groups.iter().map(|id| (*id).to_owned()).collect()),
    }
}

/// The service's own name can lead to one endpoint of a VPC, which has names at all (docs/AWS.md 5.10).
fn check_name(network: &Network, vpc: &str, service: &str, id: &str) -> Result<(), Failure> {
    if !network.vpcs.get(vpc).is_some_and(|vpc| vpc.dns_support && vpc.dns_hostnames) {
        let message =
            format!("Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc}");
        return Err(failure("InvalidParameter", message));
    }
    let has_it = |other: &Endpoint| {
        let named = other.interface.as_ref().is_some_and(|interface| interface.private_dns);
        named && other.vpc == vpc && other.service == service && other.label.id != id
    };
    if network.endpoints.values().any(has_it) {
        let message =
            format!("private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service} in the VPC {vpc}");
        return Err(failure("InvalidParameter", message));
    }
    Ok(())
}

/// Makes the network interface of an endpoint in a subnet, and returns its id.
fn attach(world: &mut World, call: &Call<'_>, endpoint: &str, subnet: &str, groups: &BTreeSet<String>) -> Result<String, Failure> {
    let network = world.network(call)?;
    let no_room = || failure("InsufficientFreeAddressesInSubnet", format!("The subnet '{subnet}' has no free address."));
    let private_ip = free_ip(network, subnet).ok_or_else(no_room)?;
    let vpc = network.subnets.get(subnet).ok_or_else(|| Kind::Subnet.not_found(subnet))?.vpc.clone();
    let id = world.hex_id(Kind::NetworkInterface.prefix());
    let interface = NetworkInterface {
        label: Label::new(&id, call.now, Tags::new()),
        subnet: subnet.to_owned(),
        vpc,
        description: format!("VPC Endpoint Interface {endpoint}"),
        sort: "vpc_endpoint".to_owned(),
        status: "in-use".to_owned(),
        private_ip,
        groups: groups.iter().cloned().collect(),
        requester_managed: true,
        token: None,
    };
    world.network_mut(call)?.interfaces.insert(id.clone(), interface);
    Ok(id)
}
