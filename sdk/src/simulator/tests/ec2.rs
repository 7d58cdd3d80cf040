//! EC2: VPCs and what is in them.

mod access;
mod endpoints;
mod flow_logs;
mod nat;
mod routes;
mod security;
mod subnets;

use super::*;

/// What [`texts_at`] returns for a missing element.
const NONE: &str = "(none)";

/// The pairs that name a new resource: its EC2 type, and a tag `Name`.
fn named<'a>(kind: &'static str, name: &'a str) -> [(&'static str, &'a str); 3] {
    [("TagSpecification.1.ResourceType", kind), ("TagSpecification.1.Tag.1.Key", "Name"), ("TagSpecification.1.Tag.1.Value", name)]
}

/// Returns the first text at each path.
fn texts_at<const N: usize>(answer: &Answer, paths: [&str; N]) -> [String; N] {
    paths.map(|path| answer.text(path).unwrap_or_else(|| NONE.to_owned()))
}

/// Returns the tags in a `tagSet`, each as `key=value`.
fn tags(answer: &Answer) -> Vec<String> {
    answer.each("tagSet/item").iter().map(|tag| texts_at(tag, ["key", "value"]).join("=")).collect()
}

fn refused(code: &str) -> Result<(), String> {
    Err(code.to_owned())
}

async fn vpc(clients: &Clients, cidr: &str, name: &str) -> Answer {
    let [kind, key, value] = named("vpc", name);
    clients.ec2("CreateVpc", &[("CidrBlock", cidr), kind, key, value]).await.expect("a VPC").each("vpc").remove(0)
}

async fn vpc_id(clients: &Clients, cidr: &str, name: &str) -> String {
    vpc(clients, cidr, name).await.text("vpcId").expect("an id")
}

#[tokio::test(start_paused = true)]
async fn vpcs_are_made_found_and_changed() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let made = vpc(admin, "10.0.0.1/16", "main").await;
    let id = made.text("vpcId").expect("an id");
    assert!(id.starts_with("vpc-0") && id.len() == 21, "{id}");
    assert_eq!(texts_at(&made, ["cidrBlock", "state", "isDefault"]), ["10.0.0.0/16", "available", "false"]);
    assert_eq!(tags(&made), ["Name=main"]);

    let ids = async |filters: &[(&str, &str)]| admin.found("DescribeVpcs", filters).await.texts("vpcSet/item/vpcId");
    assert_eq!(ids(&[]).await.len(), 2, "the default VPC is there too");
    for filters in [
        &[("tag:Name", "main")][..],
        &[("tag:Name", "m*")],
        &[("tag-key", "Name")],
        &[("cidr", "10.0.0.0/16"), ("is-default", "false"), ("state", "available"), ("vpc-id", &id)],
    ] {
        assert_eq!(ids(filters).await, [id.as_str()], "{filters:?}");
    }
    assert_eq!(ids(&[("tag:Name", "other")]).await, [""; 0]);
    let unknown = [("Filter.1.Name", "ipv6-cidr-block-association.state"), ("Filter.1.Value.1", "x")];
    assert_eq!(admin.ec2("DescribeVpcs", &unknown).await.expect_err("not simulated"), "NotImplemented");
    let missing = admin.ec2("DescribeVpcs", &[("VpcId.1", "vpc-00000000000000000")]).await;
    assert_eq!(missing.expect_err("it does not exist"), "InvalidVpcID.NotFound");

    let attribute = async |name: &str| {
        let described = admin.ec2("DescribeVpcAttribute", &[("VpcId", &id), ("Attribute", name)]).await.expect("an attribute");
        described.text(&format!("{name}/value"))
    };
    assert_eq!(attribute("enableDnsHostnames").await.as_deref(), Some("false"));
    let (of_it, hostnames) = (("VpcId", id.as_str()), ("EnableDnsHostnames.Value", "true"));
    admin.ec2("ModifyVpcAttribute", &[of_it, hostnames]).await.expect("modified");
    assert_eq!(attribute("enableDnsHostnames").await.as_deref(), Some("true"));
    assert_eq!(attribute("enableDnsSupport").await.as_deref(), Some("true"));
    let two = admin.ec2("ModifyVpcAttribute", &[of_it, hostnames, ("EnableDnsSupport.Value", "true")]).await;
    assert_eq!(two.expect_err("one at a time"), "InvalidParameterCombination");

    admin.ec2("DeleteVpc", &[of_it]).await.expect("deleted");
    assert_eq!(admin.ec2("DeleteVpc", &[of_it]).await.expect_err("gone"), "InvalidVpcID.NotFound");
    let default = ids(&[("is-default", "true")]).await;
    assert_eq!(admin.ec2("DeleteVpc", &[("VpcId", &default[0])]).await.expect_err("it has subnets"), "DependencyViolation");
}

#[tokio::test(start_paused = true)]
async fn vpcs_have_a_size_and_a_quota() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let create = async |cidr: &str| admin.ec2("CreateVpc", &[("CidrBlock", cidr)]).await.map(drop);
    assert_eq!(create("10.0.0.0/8").await, refused("InvalidVpc.Range"));
    assert_eq!(create("10.0.0.0/29").await, refused("InvalidVpc.Range"));
    assert_eq!(create("10.0.0.0").await, refused("InvalidParameterValue"));
    for number in 1..5 {
        assert_eq!(create(&format!("10.{number}.0.0/16")).await, Ok(()), "the default VPC is one of five");
    }
    assert_eq!(create("10.5.0.0/16").await, refused("VpcLimitExceeded"));
    assert_eq!(admin.ec2("CreateVpc", &[]).await.expect_err("no range"), "MissingParameter");
    let odd = admin.ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16"), ("AmazonProvidedIpv6CidrBlock", "true")]).await;
    assert_eq!(odd.expect_err("not simulated"), "NotImplemented");
}
