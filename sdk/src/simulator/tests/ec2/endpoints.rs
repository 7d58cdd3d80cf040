//! Gateway endpoints and their routes.

use super::*;

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
    let interface = [("VpcId", vpc.as_str()), ("ServiceName", SERVICE), ("VpcEndpointType", "Interface")];
    assert_eq!(admin.ec2("CreateVpcEndpoint", &interface).await.expect_err("not simulated"), "NotImplemented");
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
