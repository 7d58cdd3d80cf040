//! Gateway endpoints and their routes.

use aws_sdk_ec2::types::VpcEndpointType;

use super::*;

const SERVICE: &str = "com.amazonaws.eu-west-1.s3";

async fn table(clients: &Clients, vpc: &str) -> String {
    let made = clients.ec2.create_route_table().vpc_id(vpc).send().await.expect("a table");
    made.route_table.and_then(|table| table.route_table_id).expect("an id")
}

async fn endpoint(clients: &Clients, vpc: &str, service: &str, table: &str, token: &str) -> Result<String, String> {
    let create = clients.ec2.create_vpc_endpoint().vpc_id(vpc).service_name(service).route_table_ids(table).client_token(token);
    let made = create.tag_specifications(tags(ResourceType::VpcEndpoint, "Name", "e")).send().await;
    made.map(|made| made.vpc_endpoint.and_then(|endpoint| endpoint.vpc_endpoint_id).expect("an id")).map_err(|error| code(&error))
}

/// The endpoint of every route of a table that leads to a prefix list.
async fn routes(clients: &Clients, table: &str) -> Vec<String> {
    let found = clients.ec2.describe_route_tables().route_table_ids(table).send().await.expect("a table");
    let to_lists = found.route_tables()[0].routes().iter().filter(|route| route.destination_prefix_list_id().is_some());
    to_lists.map(|route| route.gateway_id().expect("an id").to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_is_in_its_tables() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc_id = &vpc(admin, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
    let (first, second) = (&table(admin, vpc_id).await, &table(admin, vpc_id).await);
    let other = vpc(admin, "10.1.0.0/16", "other").await.vpc_id.expect("an id");
    let far = table(admin, &other).await;
    let id = &endpoint(admin, vpc_id, SERVICE, first, "t").await.expect("an endpoint");
    assert_eq!(endpoint(admin, vpc_id, SERVICE, first, "t").await.as_ref(), Ok(id));
    for (service, table, token, refusal) in [
        (SERVICE, second, "t", "IdempotentParameterMismatch"),
        (SERVICE, first, "u", "RouteAlreadyExists"),
        (SERVICE, &far, "u", "InvalidParameterValue"),
        ("com.amazonaws.us-east-1.s3", second, "u", "InvalidServiceName"),
        ("com.amazonaws.eu-west-1.ec2", second, "u", "InvalidServiceName"),
    ] {
        assert_eq!(endpoint(admin, vpc_id, service, table, token).await, Err(refusal.to_owned()), "{service} {table}");
    }
    assert_eq!(endpoint(admin, vpc_id, "com.amazonaws.eu-west-1.dynamodb", first, "v").await.map(drop), Ok(()));
    assert_eq!(routes(admin, first).await.len(), 2);

    let modify = || admin.ec2.modify_vpc_endpoint().vpc_endpoint_id(id);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}"#;
    modify().add_route_table_ids(second).remove_route_table_ids(first).policy_document(policy).send().await.expect("modified");
    assert_eq!(routes(admin, second).await, [id.as_str()]);
    let describe = || admin.ec2.describe_vpc_endpoints().filters(filter("vpc-id", vpc_id)).filters(filter("service-name", SERVICE)).send();
    let found = describe().await.expect("endpoints").vpc_endpoints.expect("a list").remove(0);
    assert_eq!(found.route_table_ids(), [second.as_str()]);
    assert_eq!((found.policy_document(), found.vpc_endpoint_type()), (Some(policy), Some(&VpcEndpointType::Gateway)));
    assert_eq!(found.tags(), [tag("Name", "e")]);
    modify().reset_policy(true).send().await.expect("modified");
    let found = describe().await.expect("endpoints").vpc_endpoints.expect("a list").remove(0);
    assert!(found.policy_document().is_some_and(|policy| policy.contains(r#""Action":"*""#)));
    assert_eq!(code(&modify().policy_document("{").send().await.expect_err("no document")), "InvalidPolicyDocument");

    let delete = || admin.ec2.delete_vpc_endpoints().vpc_endpoint_ids(id).vpc_endpoint_ids("vpce-00000000000000000").send();
    let failed = delete().await.expect("one of two");
    assert_eq!(failed.unsuccessful().len(), 1);
    let error = failed.unsuccessful()[0].error().expect("an error");
    assert_eq!(error.code(), Some("InvalidVpcEndpointId.NotFound"));
    assert_eq!(routes(admin, second).await, [""; 0]);
    assert_eq!(delete().await.expect("none").unsuccessful().len(), 2);
    let interface = admin.ec2.create_vpc_endpoint().vpc_id(vpc_id).service_name(SERVICE).vpc_endpoint_type(VpcEndpointType::Interface);
    assert_eq!(code(&interface.send().await.expect_err("not simulated")), "NotImplemented");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_holds_its_vpc_but_not_its_table() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc_id = &vpc(admin, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
    let table = table(admin, vpc_id).await;
    let id = endpoint(admin, vpc_id, SERVICE, &table, "t").await.expect("an endpoint");
    admin.ec2.delete_route_table().route_table_id(&table).send().await.expect("deleted");
    let found = admin.ec2.describe_vpc_endpoints().vpc_endpoint_ids(&id).send().await.expect("endpoints");
    assert!(found.vpc_endpoints()[0].route_table_ids().is_empty());
    assert_eq!(code(&admin.ec2.delete_vpc().vpc_id(vpc_id).send().await.expect_err("in use")), "DependencyViolation");
    admin.ec2.delete_vpc_endpoints().vpc_endpoint_ids(&id).send().await.expect("deleted");
    admin.ec2.delete_vpc().vpc_id(vpc_id).send().await.expect("deleted");
}
