//! Gateway endpoints and their routes.

use super::*;
use crate::simulator::{INTERFACE_ENDPOINT, INTERFACE_ENDPOINT_DELETION, NETWORK};

const SERVICE: &str = "com.amazonaws.eu-west-1.s3";

async fn table(clients: &Clients, vpc: &str) -> String {
    clients.ec2("CreateRouteTable", &[("VpcId", vpc)]).await.expect("a table").text("routeTable/routeTableId").expect("an id")
}

async fn endpoint(clients: &Clients, vpc: &str, service: &str, table: &str, token: &str) -> Result<String, String> {
    let [kind, key, value] = named("vpc-endpoint", "e");
    let create = [("VpcId", vpc), ("ServiceName", service), ("RouteTableId.1", table), ("ClientToken", token), kind, key, value];
    let made = clients.ec2("CreateVpcEndpoint", &create).await?;
    Ok(made.text("vpcEndpoint/vpcEndpointId").expect("an id"))
}

/// The endpoint of every route in a table to a prefix list.
async fn routes(clients: &Clients, table: &str) -> Vec<String> {
    let found = clients.ec2("DescribeRouteTables", &[("RouteTableId.1", table)]).await.expect("a table");
    let routes = found.each("routeTableSet/item/routeSet/item");
    let to_lists = routes.iter().filter(|route| route.text("destinationPrefixListId").is_some());
    to_lists.map(|route| route.text("gatewayId").expect("an id")).collect()
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_is_in_its_tables() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = &vpc_id(admin, "10.0.0.0/16", "main").await;
    let (first, second) = (&table(admin, vpc).await, &table(admin, vpc).await);
    let other = vpc_id(admin, "10.1.0.0/16", "other").await;
    let far = table(admin, &other).await;
    let id = &endpoint(admin, vpc, SERVICE, first, "t").await.expect("an endpoint");
    assert_eq!(endpoint(admin, vpc, SERVICE, first, "t").await.as_ref(), Ok(id));
    for (service, table, token, refusal) in [
        (SERVICE, second, "t", "IdempotentParameterMismatch"),
        (SERVICE, first, "u", "RouteAlreadyExists"),
        (SERVICE, &far, "u", "InvalidParameterValue"),
        ("com.amazonaws.us-east-1.s3", second, "u", "InvalidServiceName"),
        ("com.amazonaws.eu-west-1.ec2", second, "u", "InvalidServiceName"),
    ] {
        assert_eq!(endpoint(admin, vpc, service, table, token).await, Err(refusal.to_owned()), "{service} {table}");
    }
    assert_eq!(endpoint(admin, vpc, "com.amazonaws.eu-west-1.dynamodb", first, "v").await.map(drop), Ok(()));
    assert_eq!(routes(admin, first).await.len(), 2);

    let modify = async |how: &[(&str, &str)]| admin.ec2("ModifyVpcEndpoint", &[&[("VpcEndpointId", id.as_str())], how].concat()).await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}"#;
    let moved = [("AddRouteTableId.1", second.as_str()), ("RemoveRouteTableId.1", first), ("PolicyDocument", policy)];
    modify(&moved).await.expect("modified");
    assert_eq!(routes(admin, second).await, [id.as_str()]);
    let describe = async || {
        let found = admin.found("DescribeVpcEndpoints", &[("vpc-id", vpc), ("service-name", SERVICE)]).await;
        found.each("vpcEndpointSet/item").remove(0)
    };
    let found = describe().await;
    assert_eq!(found.texts("routeTableIdSet/item"), [second.as_str()]);
    assert_eq!(texts_at(&found, ["policyDocument", "vpcEndpointType"]), [policy, "Gateway"]);
    assert_eq!(tags(&found), ["Name=e"]);
    modify(&[("ResetPolicy", "true")]).await.expect("modified");
    assert!(describe().await.text("policyDocument").is_some_and(|policy| policy.contains(r#""Action":"*""#)));
    assert_eq!(modify(&[("PolicyDocument", "{")]).await.expect_err("no document"), "InvalidPolicyDocument");

    let two = [("VpcEndpointId.1", id.as_str()), ("VpcEndpointId.2", "vpce-00000000000000000")];
    let failed = admin.ec2("DeleteVpcEndpoints", &two).await.expect("one of two");
    assert_eq!(failed.each("unsuccessful/item").len(), 1);
    assert_eq!(failed.texts("unsuccessful/item/error/code"), ["InvalidVpcEndpointId.NotFound"]);
    assert_eq!(routes(admin, second).await, [""; 0]);
    assert_eq!(admin.ec2("DeleteVpcEndpoints", &two).await.expect("none").each("unsuccessful/item").len(), 2);
    let other = [("VpcId", vpc.as_str()), ("ServiceName", SERVICE), ("VpcEndpointType", "Resource")];
    assert_eq!(admin.ec2("CreateVpcEndpoint", &other).await.expect_err("not simulated"), "NotImplemented");
}

async fn subnet(clients: &Clients, vpc: &str, cidr: &str, zone: &str) -> String {
    let create = [("VpcId", vpc), ("CidrBlock", cidr), ("AvailabilityZoneId", zone)];
    clients.ec2("CreateSubnet", &create).await.expect("a subnet").text("subnet/subnetId").expect("an id")
}

const KMS: &str = "com.amazonaws.eu-west-1.kms";

/// What AWS refuses, and what it does: an address in each subnet, one endpoint under the service's own name.
#[tokio::test(start_paused = true)]
async fn an_interface_endpoint_is_in_its_subnets() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = &vpc_id(admin, "10.0.0.0/16", "main").await;
    let (one, two) = (&subnet(admin, vpc, "10.0.0.0/24", "euw1-az1").await, &subnet(admin, vpc, "10.0.1.0/24", "euw1-az2").await);
    let twin = &subnet(admin, vpc, "10.0.2.0/24", "euw1-az1").await;
    let group = [("GroupName", "g"), ("GroupDescription", "g"), ("VpcId", vpc)];
    let group = &admin.ec2("CreateSecurityGroup", &group).await.expect("a group").text("groupId").expect("an id");
    let create = async |service: &str, more: &[(&str, &str)]| {
        let head = [("VpcId", vpc.as_str()), ("VpcEndpointType", "Interface"), ("ServiceName", service)];
        admin.ec2("CreateVpcEndpoint", &[&head[..], more].concat()).await
    };
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    for (service, more, refusal) in [
        (KMS, &[][..], "InvalidParameter"),
        ("com.amazonaws.eu-west-1.kmz", &[("PrivateDnsEnabled", "false")], "InvalidServiceName"),
        ("com.amazonaws.us-east-1.kms", &[("PrivateDnsEnabled", "false")], "InvalidServiceName"),
        ("com.amazonaws.eu-west-1.ssmmessages", &[("PolicyDocument", policy)], "InvalidParameter"),
        (KMS, &[("SubnetId.1", one), ("SubnetId.2", twin)], "DuplicateSubnetsInSameZone"),
        (KMS, &[("SubnetId.1", one), ("SecurityGroupId.1", "sg-00000000000000000")], "InvalidGroup.NotFound"),
    ] {
        assert_eq!(create(service, more).await.expect_err("refused"), refusal, "{service} {more:?}");
    }
    admin.ec2("ModifyVpcAttribute", &[("VpcId", vpc), ("EnableDnsHostnames.Value", "true")]).await.expect("names");
    let made = create(KMS, &[("SubnetId.1", one), ("SecurityGroupId.1", group), ("PolicyDocument", policy)]).await.expect("made");
    let id = &made.text("vpcEndpoint/vpcEndpointId").expect("an id");
    assert_eq!(create(KMS, &[("SubnetId.1", two)]).await.expect_err("one has the name"), "InvalidParameter");
    let nameless = create(KMS, &[("SubnetId.1", two), ("PrivateDnsEnabled", "false")]).await.expect("a second one");
    let nameless = nameless.text("vpcEndpoint/vpcEndpointId").expect("an id");

    let modify = async |how: &[(&str, &str)]| admin.ec2("ModifyVpcEndpoint", &[&[("VpcEndpointId", id.as_str())], how].concat()).await;
    let refused = modify(&[("AddSubnetId.1", twin)]).await.expect_err("its zone has one");
    assert_eq!(refused, "DuplicateSubnetsInSameZone");
    let moved = [("AddSubnetId.1", twin.as_str()), ("AddSubnetId.2", two), ("RemoveSubnetId.1", one), ("PrivateDnsEnabled", "false")];
    modify(&moved).await.expect("modified");
    let found = admin.found("DescribeVpcEndpoints", &[("vpc-endpoint-id", id)]).await.each("vpcEndpointSet/item").remove(0);
    let mut subnets = found.texts("subnetIdSet/item");
    subnets.sort();
    let mut expected = [twin.clone(), two.clone()];
    expected.sort();
    assert_eq!(subnets, expected);
    assert_eq!(texts_at(&found, ["privateDnsEnabled", "vpcEndpointType"]), ["false", "Interface"]);
    assert_eq!(found.texts("groupSet/item/groupId"), [group.as_str()]);
    let interfaces = admin.found("DescribeNetworkInterfaces", &[("interface-type", "vpc_endpoint"), ("group-id", group)]).await;
    assert_eq!(interfaces.each("networkInterfaceSet/item").len(), 2);

    // What it uses cannot go before it.
    assert_eq!(admin.ec2("DeleteSecurityGroup", &[("GroupId", group)]).await.expect_err("in use"), "DependencyViolation");
    assert_eq!(admin.ec2("DeleteSubnet", &[("SubnetId", two)]).await.expect_err("in use"), "DependencyViolation");
    let both = [("VpcEndpointId.1", id.as_str()), ("VpcEndpointId.2", nameless.as_str())];
    admin.ec2("DeleteVpcEndpoints", &both).await.expect("deleted");
    admin.ec2("DeleteSubnet", &[("SubnetId", two)]).await.expect("deleted");
    admin.ec2("DeleteSecurityGroup", &[("GroupId", group)]).await.expect("deleted");
}

/// It takes time to come and to go, and its interfaces go with it.
#[tokio::test(start_paused = true)]
async fn an_interface_endpoint_comes_and_goes_in_time() {
    let simulator = realistic();
    let admin = &Clients::administrator(&simulator);
    let vpc = &vpc_id(admin, "10.0.0.0/16", "main").await;
    tokio::time::sleep(NETWORK).await;
    let subnet = &subnet(admin, vpc, "10.0.0.0/24", "euw1-az1").await;
    tokio::time::sleep(NETWORK).await;
    let create = [("VpcId", vpc.as_str()), ("VpcEndpointType", "Interface"), ("ServiceName", KMS), ("PrivateDnsEnabled", "false")];
    let made = admin.ec2("CreateVpcEndpoint", &[&create[..], &[("SubnetId.1", subnet)]].concat()).await.expect("made");
    let id = made.text("vpcEndpoint/vpcEndpointId").expect("an id");
    let states = async || admin.found("DescribeVpcEndpoints", &[("vpc-endpoint-id", &id)]).await.texts("vpcEndpointSet/item/state");
    assert_eq!(states().await, ["pending"]);
    tokio::time::sleep(INTERFACE_ENDPOINT).await;
    assert_eq!(states().await, ["available"]);
    admin.ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", &id)]).await.expect("deleted");
    assert_eq!(states().await, ["deleting"]);
    assert_eq!(admin.ec2("DeleteSubnet", &[("SubnetId", subnet)]).await.expect_err("in use"), "DependencyViolation");
    tokio::time::sleep(INTERFACE_ENDPOINT_DELETION).await;
    assert_eq!(states().await, [""; 0]);
    admin.ec2("DeleteSubnet", &[("SubnetId", subnet)]).await.expect("deleted");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_holds_its_vpc_but_not_its_table() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = &vpc_id(admin, "10.0.0.0/16", "main").await;
    let table = table(admin, vpc).await;
    let id = endpoint(admin, vpc, SERVICE, &table, "t").await.expect("an endpoint");
    admin.ec2("DeleteRouteTable", &[("RouteTableId", &table)]).await.expect("deleted");
    let found = admin.ec2("DescribeVpcEndpoints", &[("VpcEndpointId.1", &id)]).await.expect("endpoints");
    assert_eq!(found.each("vpcEndpointSet/item").len(), 1);
    assert_eq!(found.texts("vpcEndpointSet/item/routeTableIdSet/item"), [""; 0]);
    assert_eq!(admin.ec2("DeleteVpc", &[("VpcId", vpc)]).await.expect_err("in use"), "DependencyViolation");
    admin.ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", &id)]).await.expect("deleted");
    admin.ec2("DeleteVpc", &[("VpcId", vpc)]).await.expect("deleted");
}
