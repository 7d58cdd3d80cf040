//! EC2: VPCs and what is in them.

mod access;
mod endpoints;
mod flow_logs;
mod nat;
mod routes;
mod security;
mod subnets;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification, Vpc, VpcAttributeName, VpcState};

use super::*;

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

fn tags(kind: ResourceType, key: &str, value: &str) -> TagSpecification {
    TagSpecification::builder().resource_type(kind).tags(tag(key, value)).build()
}

fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

async fn vpc(clients: &Clients, cidr: &str, name: &str) -> Vpc {
    let create = clients.ec2.create_vpc().cidr_block(cidr).tag_specifications(tags(ResourceType::Vpc, "Name", name));
    create.send().await.expect("a VPC").vpc.expect("a VPC")
}

#[tokio::test(start_paused = true)]
async fn vpcs_are_made_found_and_changed() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let made = vpc(admin, "10.0.0.1/16", "main").await;
    let id = made.vpc_id().expect("an id");
    assert!(id.starts_with("vpc-0") && id.len() == 21, "{id}");
    assert_eq!((made.cidr_block(), made.state(), made.is_default()), (Some("10.0.0.0/16"), Some(&VpcState::Available), Some(false)));
    assert_eq!(made.tags(), [tag("Name", "main")]);

    let ids = |filters: Vec<Filter>| async {
        let found = admin.ec2.describe_vpcs().set_filters(Some(filters)).send().await.expect("VPCs");
        found.vpcs().iter().map(|vpc| vpc.vpc_id().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(vec![]).await.len(), 2, "the default VPC is there too");
    for filters in [
        vec![filter("tag:Name", "main")],
        vec![filter("tag:Name", "m*")],
        vec![filter("tag-key", "Name")],
        vec![filter("cidr", "10.0.0.0/16"), filter("is-default", "false"), filter("state", "available"), filter("vpc-id", id)],
    ] {
        assert_eq!(ids(filters.clone()).await, [id], "{filters:?}");
    }
    assert!(ids(vec![filter("tag:Name", "other")]).await.is_empty());
    let unknown = admin.ec2.describe_vpcs().filters(filter("ipv6-cidr-block-association.state", "x")).send().await;
    assert_eq!(code(&unknown.expect_err("not simulated")), "NotImplemented");
    let missing = admin.ec2.describe_vpcs().vpc_ids("vpc-00000000000000000").send().await;
    assert_eq!(code(&missing.expect_err("nobody's")), "InvalidVpcID.NotFound");

    let attribute = |name: VpcAttributeName| async move {
        let described = admin.ec2.describe_vpc_attribute().vpc_id(id).attribute(name).send().await.expect("an attribute");
        described.enable_dns_hostnames.or(described.enable_dns_support).and_then(|value| value.value)
    };
    assert_eq!(attribute(VpcAttributeName::EnableDnsHostnames).await, Some(false));
    let on = aws_sdk_ec2::types::AttributeBooleanValue::builder().value(true).build();
    let modify = || admin.ec2.modify_vpc_attribute().vpc_id(id).enable_dns_hostnames(on.clone());
    modify().send().await.expect("modified");
    assert_eq!(attribute(VpcAttributeName::EnableDnsHostnames).await, Some(true));
    assert_eq!(attribute(VpcAttributeName::EnableDnsSupport).await, Some(true));
    let two = modify().enable_dns_support(on.clone()).send().await;
    assert_eq!(code(&two.expect_err("one at a time")), "InvalidParameterCombination");

    admin.ec2.delete_vpc().vpc_id(id).send().await.expect("deleted");
    assert_eq!(code(&admin.ec2.delete_vpc().vpc_id(id).send().await.expect_err("gone")), "InvalidVpcID.NotFound");
    let default = ids(vec![filter("is-default", "true")]).await;
    let refused = admin.ec2.delete_vpc().vpc_id(&default[0]).send().await;
    assert_eq!(code(&refused.expect_err("it has subnets")), "DependencyViolation");
}

#[tokio::test(start_paused = true)]
async fn vpcs_have_a_size_and_a_quota() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let create = async |cidr: &str| admin.ec2.create_vpc().cidr_block(cidr).send().await.map(|_| ()).map_err(|error| code(&error));
    assert_eq!(create("10.0.0.0/8").await, Err("InvalidVpc.Range".to_owned()));
    assert_eq!(create("10.0.0.0/29").await, Err("InvalidVpc.Range".to_owned()));
    assert_eq!(create("10.0.0.0").await, Err("InvalidParameterValue".to_owned()));
    for number in 1..5 {
        assert_eq!(create(&format!("10.{number}.0.0/16")).await, Ok(()), "the default VPC is one of five");
    }
    assert_eq!(create("10.5.0.0/16").await, Err("VpcLimitExceeded".to_owned()));
    let none = admin.ec2.create_vpc().send().await.expect_err("no range");
    assert_eq!(code(&none), "MissingParameter");
    let odd = admin.ec2.create_vpc().cidr_block("10.0.0.0/16").amazon_provided_ipv6_cidr_block(true).send().await;
    assert_eq!(code(&odd.expect_err("not simulated")), "NotImplemented");
}
