//! Route tables, their routes and who goes by them.

use aws_sdk_ec2::types::{RouteOrigin, RouteState, RouteTable};

use super::*;

struct Ground {
    vpc: String,
    subnet: String,
    gateway: String,
}

/// A VPC with a subnet and an internet gateway.
async fn ground(clients: &Clients) -> Ground {
    let vpc = vpc(clients, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
    let subnet = clients.ec2.create_subnet().vpc_id(&vpc).cidr_block("10.0.0.0/24").send().await.expect("a subnet").subnet;
    let gateway = clients.ec2.create_internet_gateway().send().await.expect("a gateway").internet_gateway;
    let gateway = gateway.and_then(|gateway| gateway.internet_gateway_id).expect("an id");
    clients.ec2.attach_internet_gateway().internet_gateway_id(&gateway).vpc_id(&vpc).send().await.expect("attached");
    Ground { vpc, subnet: subnet.and_then(|subnet| subnet.subnet_id).expect("an id"), gateway }
}

async fn table(clients: &Clients, vpc: &str, token: &str) -> Result<String, String> {
    let create = clients.ec2.create_route_table().vpc_id(vpc).client_token(token);
    let made = create.tag_specifications(tags(ResourceType::RouteTable, "Name", "t")).send().await;
    made.map(|made| made.route_table.and_then(|table| table.route_table_id).expect("an id")).map_err(|error| code(&error))
}

async fn described(clients: &Clients, table: &str) -> RouteTable {
    let described = clients.ec2.describe_route_tables().route_table_ids(table).send().await.expect("a table");
    described.route_tables.expect("tables").remove(0)
}

#[tokio::test(start_paused = true)]
async fn routes_lead_out_of_the_vpc() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let ground = ground(admin).await;
    let id = &table(admin, &ground.vpc, "t-1").await.expect("a table");
    assert_eq!(table(admin, &ground.vpc, "t-1").await.as_ref(), Ok(id), "the same token makes the same table");
    let other_vpc = vpc(admin, "10.9.0.0/16", "other").await.vpc_id.expect("an id");
    assert_eq!(table(admin, &other_vpc, "t-1").await, Err("IdempotentParameterMismatch".to_owned()));

    let create = async |destination: &str, gateway: &str| {
        let create = admin.ec2.create_route().route_table_id(id).destination_cidr_block(destination).gateway_id(gateway);
        create.send().await.map(|made| made.r#return()).map_err(|error| code(&error))
    };
    assert_eq!(create("0.0.0.0/0", &ground.gateway).await, Ok(Some(true)));
    for (destination, gateway, refusal) in [
        ("0.0.0.0/0", ground.gateway.as_str(), "RouteAlreadyExists"),
        ("10.0.0.0/16", &ground.gateway, "RouteAlreadyExists"),
        ("10.0.1.0/24", &ground.gateway, "InvalidParameterValue"),
        ("192.168.0.0/16", "igw-00000000000000000", "InvalidGatewayID.NotFound"),
    ] {
        assert_eq!(create(destination, gateway).await, Err(refusal.to_owned()), "{destination}");
    }
    let nat = admin.ec2.create_route().route_table_id(id).destination_cidr_block("0.0.0.0/0").nat_gateway_id("nat-0").send().await;
    assert_eq!(code(&nat.expect_err("nobody's")), "InvalidNatGatewayID.NotFound");

    let found = described(admin, id).await;
    let shown: Vec<_> = found.routes().iter().map(|route| (route.destination_cidr_block(), route.gateway_id(), route.origin())).collect();
    let (out, local) = (Some(&RouteOrigin::CreateRoute), Some(&RouteOrigin::CreateRouteTable));
    assert_eq!(shown, [(Some("0.0.0.0/0"), Some(ground.gateway.as_str()), out), (Some("10.0.0.0/16"), Some("local"), local)]);
    assert_eq!((found.tags(), found.owner_id()), (&[tag("Name", "t")][..], Some("111111111111")));
    let by_route = admin.ec2.describe_route_tables().filters(filter("route.gateway-id", &ground.gateway)).send().await.expect("tables");
    assert_eq!(by_route.route_tables().len(), 1);

    admin.ec2.detach_internet_gateway().internet_gateway_id(&ground.gateway).vpc_id(&ground.vpc).send().await.expect("detached");
    assert_eq!(described(admin, id).await.routes()[0].state(), Some(&RouteState::Blackhole));
    let delete = async |destination: &str| {
        let delete = admin.ec2.delete_route().route_table_id(id).destination_cidr_block(destination);
        delete.send().await.map(|_| ()).map_err(|error| code(&error))
    };
    let replace = || admin.ec2.replace_route().route_table_id(id).destination_cidr_block("0.0.0.0/0").gateway_id(&ground.gateway);
    assert_eq!(code(&replace().send().await.expect_err("it is detached")), "InvalidParameterValue");
    admin.ec2.attach_internet_gateway().internet_gateway_id(&ground.gateway).vpc_id(&ground.vpc).send().await.expect("attached");
    replace().send().await.expect("replaced");
    assert_eq!(delete("0.0.0.0/0").await, Ok(()));
    assert_eq!(delete("0.0.0.0/0").await, Err("InvalidRoute.NotFound".to_owned()));
    assert_eq!(delete("10.0.0.0/16").await, Err("InvalidParameterValue".to_owned()));
    assert_eq!(code(&replace().send().await.expect_err("there is none")), "InvalidRoute.NotFound");
}

#[tokio::test(start_paused = true)]
async fn a_subnet_goes_by_one_table() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let ground = ground(admin).await;
    let (one, two) = (table(admin, &ground.vpc, "1").await.expect("a table"), table(admin, &ground.vpc, "2").await.expect("a table"));
    let associate = |table: &str| admin.ec2.associate_route_table().route_table_id(table).subnet_id(&ground.subnet).send();
    let first = associate(&one).await.expect("associated").association_id.expect("an id");
    assert_eq!(code(&associate(&two).await.expect_err("it has one")), "Resource.AlreadyAssociated");
    let refused = admin.ec2.delete_route_table().route_table_id(&one).send().await;
    assert_eq!(code(&refused.expect_err("in use")), "DependencyViolation");

    let replace = |association: &str, table: &str| {
        admin.ec2.replace_route_table_association().association_id(association).route_table_id(table).send()
    };
    let second = replace(&first, &two).await.expect("replaced").new_association_id.expect("an id");
    assert_ne!(first, second);
    assert_eq!(code(&replace(&first, &one).await.expect_err("it is another")), "InvalidAssociationID.NotFound");
    let by_subnet =
        admin.ec2.describe_route_tables().filters(filter("association.subnet-id", &ground.subnet)).send().await.expect("tables");
    assert_eq!(by_subnet.route_tables()[0].route_table_id(), Some(two.as_str()));

    let disassociate = |association: &str| admin.ec2.disassociate_route_table().association_id(association).send();
    disassociate(&second).await.expect("disassociated");
    assert_eq!(code(&disassociate(&second).await.expect_err("gone")), "InvalidAssociationID.NotFound");
    let main = admin.ec2.describe_route_tables().filters(filter("vpc-id", &ground.vpc)).filters(filter("association.main", "true"));
    let main = main.send().await.expect("tables").route_tables()[0].clone();
    let association = main.associations()[0].route_table_association_id().expect("an id");
    assert_eq!(main.associations()[0].main(), Some(true));
    assert_eq!(code(&disassociate(association).await.expect_err("the main one")), "InvalidParameterValue");

    admin.ec2.delete_route_table().route_table_id(&one).send().await.expect("deleted");
    associate(&two).await.expect("associated");
    admin.ec2.delete_subnet().subnet_id(&ground.subnet).send().await.expect("associations do not hold a subnet");
    admin.ec2.delete_route_table().route_table_id(&two).send().await.expect("deleted");
}

#[tokio::test(start_paused = true)]
async fn lists_of_tables_come_in_pages() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc(admin, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
    for number in 0..8 {
        table(admin, &vpc, &number.to_string()).await.expect("a table");
    }
    let describe = |size: i32| admin.ec2.describe_route_tables().filters(filter("vpc-id", &vpc)).max_results(size);
    let first = describe(5).send().await.expect("a page");
    let second = describe(5).set_next_token(first.next_token.clone()).send().await.expect("a page");
    assert_eq!((first.route_tables().len(), second.route_tables().len(), second.next_token()), (5, 4, None));
    for size in [4, 101] {
        assert_eq!(code(&describe(size).send().await.expect_err("no such page")), "InvalidParameterValue");
    }
    assert_eq!(code(&describe(5).next_token("mine").send().await.expect_err("none of ours")), "InvalidNextToken");
}
