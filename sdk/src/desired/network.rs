//! Networks: the resources in the home Region of an account that has a network.
//!
//! The model divides the block ([`Network::slices`](crate::model::Network::slices)); here every part gets its address, its name in
//! the console, and the references that decide the order.

use std::collections::BTreeMap;

use serde_json::json;

use super::{DesiredState, audit};
use crate::address::Address;
use crate::aws::tags::{self, Tags};
use crate::kind::ec2::{eip, endpoint, flow_log, internet_gateway, nat, network_acl, route_table, security_group, subnet, vpc};
use crate::kind::{Desired, Text};
use crate::model::network::az_letter;
use crate::model::{Account, Network, Organization, SubnetKind};

/// The name of a resource that a network has one of.
const MAIN: &str = "main";
/// The tag that the console shows as a name.
const NAME: &str = "Name";
/// The name of a resource that a new VPC already has.
const DEFAULT: &str = "default";
/// The services that have a gateway endpoint, which costs nothing.
const GATEWAY_SERVICES: &[&str] = &[S3, "dynamodb"];
const S3: &str = "s3";

pub(super) fn networks(organization: &Organization, state: &mut DesiredState) {
    for account in organization.accounts.values() {
        if let Some(network) = &account.network {
            let place = Place { organization, account, network };
            vpc(&place, state);
            internet_gateway(&place, state);
            subnets(&place, state);
            nats(&place, state);
            route_tables(&place, state);
            defaults(&place, state);
            endpoints(&place, state);
            flow_log(&place, state);
        }
    }
}

/// The place of a network.
struct Place<'a> {
    organization: &'a Organization,
    account: &'a Account,
    network: &'a Network,
}

impl Place<'_> {
    fn address(&self, kind: &'static str, name: &str) -> Address {
        Address::region(&self.account.key, &self.organization.region, kind, name)
    }

    /// Returns the reference to the id of a resource.
    fn id(&self, kind: &'static str, name: &str) -> Text {
        Text::fact(&self.address(kind, name), "id")
    }

    /// Returns every route table's name and the subnets it serves: one table for public subnets, one for isolated ones, and one in
    /// each zone for private ones, since each zone may have its own NAT gateway.
    fn tables(&self) -> BTreeMap<String, (SubnetKind, u8, Vec<Text>)> {
        let mut tables: BTreeMap<String, (SubnetKind, u8, Vec<Text>)> = BTreeMap::new();
        for slice in self.network.slices() {
            let name = match slice.kind {
                SubnetKind::Public | SubnetKind::Isolated => slice.kind.as_str().to_owned(),
                SubnetKind::Private => slice.name(),
            };
            let table = tables.entry(name).or_insert_with(|| (slice.kind, slice.az, Vec::new()));
            table.2.push(self.id("subnet", &slice.name()));
        }
        tables
    }

    fn vpc(&self) -> Text {
        self.id("vpc", MAIN)
    }

    /// Returns the landfall tags, and the name `<organization>-<account>-<name>`.
    fn tags(&self, address: &Address) -> Tags {
        let mut tags = tags::ours(&self.organization.name, address);
        tags.insert(NAME.to_owned(), format!("{}-{}", self.organization.account_name(&self.account.key), address.name()));
        tags
    }
}

fn vpc(place: &Place<'_>, state: &mut DesiredState) {
    let address = place.address("vpc", MAIN);
    let tags = place.tags(&address);
    let desired = vpc::Desired { cidr: place.network.cidr, dns_support: true, dns_hostnames: true, tags };
    state.want(address, Desired::Vpc(desired));
}

fn internet_gateway(place: &Place<'_>, state: &mut DesiredState) {
    if !place.network.subnets.contains(&SubnetKind::Public) {
        return;
    }
    let address = place.address("internet-gateway", MAIN);
    let tags = place.tags(&address);
    state.want(address, Desired::InternetGateway(internet_gateway::Desired { vpc: place.vpc(), tags }));
}

fn subnets(place: &Place<'_>, state: &mut DesiredState) {
    // The first subnet of each letter chooses the zone and the others follow it, so that a letter always means the same zone.
    let mut leaders: BTreeMap<u8, Address> = BTreeMap::new();
    for slice in place.network.slices() {
        let address = place.address("subnet", &slice.name());
        let zone = match leaders.get(&slice.az) {
            Some(leader) => subnet::Zone::Id(Text::fact(leader, "zone")),
            None => subnet::Zone::Nth { place: slice.az, of: place.network.azs },
        };
        leaders.entry(slice.az).or_insert_with(|| address.clone());
        let tags = place.tags(&address);
        let desired = subnet::Desired { vpc: place.vpc(), cidr: slice.cidr, zone, tags };
        state.want(address, Desired::Subnet(desired));
    }
}

fn nats(place: &Place<'_>, state: &mut DesiredState) {
    for letter in place.network.nat_zones().map(az_letter) {
        let eip_name = format!("nat-{letter}");
        let eip = place.address("eip", &eip_name);
        let tags = place.tags(&eip);
        let address = place.address("nat", &letter.to_string());
        state.want(eip, Desired::Eip(eip::Desired { nat: address.clone(), tags }));
        let desired = nat::Desired {
            subnet: place.id("subnet", &format!("{}-{letter}", SubnetKind::Public.as_str())),
            eip: place.id("eip", &eip_name),
            gateway: place.id("internet-gateway", MAIN),
            tags: place.tags(&address),
        };
        state.want(address, Desired::Nat(desired));
    }
}

fn route_tables(place: &Place<'_>, state: &mut DesiredState) {
    for (name, (kind, az, subnets)) in place.tables() {
        let way_out = match kind {
            SubnetKind::Public => Some(route_table::WayOut::InternetGateway(place.id("internet-gateway", MAIN))),
            // The zone's own NAT gateway, or else the only one.
            SubnetKind::Private => place
                .network
                .nat_zones()
                .rfind(|zone| *zone <= az)
                .map(|zone| route_table::WayOut::Nat(place.id("nat", &az_letter(zone).to_string()))),
            SubnetKind::Isolated => None,
        };
        let address = place.address("route-table", &name);
        let tags = place.tags(&address);
        state.want(address, Desired::RouteTable(route_table::Desired { vpc: place.vpc(), way_out, subnets, tags }));
    }
}

fn defaults(place: &Place<'_>, state: &mut DesiredState) {
    let address = place.address("security-group", DEFAULT);
    let group = security_group::Desired { vpc: place.vpc(), tags: place.tags(&address) };
    state.want(address, Desired::SecurityGroup(group));
    let address = place.address("network-acl", DEFAULT);
    let acl = network_acl::Desired { vpc: place.vpc(), tags: place.tags(&address) };
    state.want(address, Desired::NetworkAcl(acl));
}

fn endpoints(place: &Place<'_>, state: &mut DesiredState) {
    let tables: Vec<Text> = place.tables().keys().map(|name| place.id("route-table", name)).collect();
    for service in GATEWAY_SERVICES {
        let address = place.address("endpoint", service);
        let desired = endpoint::Desired {
            vpc: place.vpc(),
            service: format!("com.amazonaws.{}.{service}", place.organization.region),
            tables: tables.clone(),
            policy: Text::new(endpoint_policy(place.organization, service)),
            tags: place.tags(&address),
        };
        state.want(address, Desired::Endpoint(desired));
    }
}

/// Returns the policy of a gateway endpoint: principals of the organization, and AWS's services, may do what their own policies allow. Data
/// cannot leave a VPC through it with credentials of anybody else.
///
/// Two reads of S3 are without credentials, or with AWS's own: packages that are public, such as those of Amazon Linux, and the layers of
/// images in ECR (Amazon ECR User Guide, "Amazon ECR interface VPC endpoints").
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
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn flow_log(place: &Place<'_>, state: &mut DesiredState) {
    let bucket = Text::fact(&audit::bucket_address(place.organization), "arn");
    let address = place.address("flow-log", "vpc");
    let desired = flow_log::Desired {
        vpc: place.vpc(),
        destination: Text::new(format!("{}/{}", bucket.as_str(), audit::flow_log_prefix(place.organization, place.account))),
        interval: i32::from(place.network.flow_log_interval_seconds),
        tags: place.tags(&address),
    };
    state.want(address, Desired::FlowLog(desired));
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
        ] {
            let document = document(service);
            let caller = Caller::role("arn:aws:iam::222222222222:role/program", "program");
            let mut request = Request::new(caller, action, resource).with("aws:PrincipalType", kind);
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
