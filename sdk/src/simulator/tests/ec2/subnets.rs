//! Zones, subnets and internet gateways.

use aws_sdk_ec2::types::{AttributeBooleanValue, AvailabilityZone, Subnet};

use super::*;

async fn zones(clients: &Clients) -> Vec<AvailabilityZone> {
    let describe = clients.ec2.describe_availability_zones().filters(filter("zone-type", "availability-zone"));
    let described = describe.filters(filter("opt-in-status", "opt-in-not-required")).filters(filter("state", "available"));
    described.send().await.expect("zones").availability_zones.expect("zones")
}

async fn subnet(clients: &Clients, vpc: &str, cidr: &str, zone: &str) -> Result<Subnet, String> {
    let create = clients.ec2.create_subnet().vpc_id(vpc).cidr_block(cidr).availability_zone_id(zone);
    let made = create.tag_specifications(tags(ResourceType::Subnet, "Name", "s")).send().await;
    made.map(|made| made.subnet.expect("a subnet")).map_err(|error| code(&error))
}

#[tokio::test(start_paused = true)]
async fn zones_have_the_same_ids_everywhere_and_other_names() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let (one, two) = (admin.account("one").await, admin.account("two").await);
    let (one, two) = (admin.reach(&simulator, &one).await, admin.reach(&simulator, &two).await);
    let name_of_first = |zones: &[AvailabilityZone]| {
        let first = zones.iter().find(|zone| zone.zone_id() == Some("euw1-az1")).expect("the first zone");
        first.zone_name().expect("a name").to_owned()
    };
    let (ours, theirs) = (zones(&one).await, zones(&two).await);
    assert_eq!((ours.len(), theirs.len()), (3, 3));
    assert_ne!(name_of_first(&ours), name_of_first(&theirs));
    assert!(ours.iter().all(|zone| zone.zone_name().is_some_and(|name| name.starts_with("eu-west-1"))));

    let virginia = Clients::in_region(&simulator, "us-east-1", Simulator::management_credentials());
    assert_eq!(zones(&virginia).await.len(), 6);
    let california = Clients::in_region(&simulator, "us-west-1", Simulator::management_credentials());
    assert_eq!(zones(&california).await.len(), 2);
    let regions = admin.ec2.describe_regions().send().await.expect("Regions").regions.expect("a list");
    assert_eq!(regions.len(), 17);
    assert!(
        regions.iter().any(|region| region.region_name() == Some("eu-west-1") && region.endpoint() == Some("ec2.eu-west-1.amazonaws.com"))
    );
    let all = admin.ec2.describe_regions().all_regions(true).filters(filter("opt-in-status", "not-opted-in"));
    let all = all.send().await.expect("Regions").regions.expect("a list");
    assert!(
        all.iter().any(|region| region.region_name() == Some("eu-south-1"))
            && all.iter().all(|region| region.region_name() != Some("eu-west-1"))
    );
    let other = admin.ec2.describe_regions().region_names("eu-west-9").send().await.expect_err("no such Region");
    assert_eq!(code(&other), "InvalidParameterValue");

    let nowhere = Clients::in_region(&simulator, "eu-west-9", Simulator::management_credentials());
    let refused = nowhere.ec2.describe_availability_zones().send().await.expect_err("no such Region");
    assert_eq!(code(&refused), "NotImplemented");
}

#[tokio::test(start_paused = true)]
async fn subnets_lie_in_their_vpc_and_beside_each_other() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc(admin, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
    let made = subnet(admin, &vpc, "10.0.0.0/20", "euw1-az2").await.expect("a subnet");
    let id = made.subnet_id().expect("an id");
    assert_eq!((made.availability_zone_id(), made.available_ip_address_count()), (Some("euw1-az2"), Some(4091)));
    assert_eq!(made.map_public_ip_on_launch(), Some(false));
    for (cidr, zone, refusal) in [
        ("10.0.8.0/24", "euw1-az1", "InvalidSubnet.Conflict"),
        ("10.1.0.0/24", "euw1-az1", "InvalidSubnet.Range"),
        ("10.0.16.0/29", "euw1-az1", "InvalidSubnet.Range"),
        ("10.0.16.0", "euw1-az1", "InvalidParameterValue"),
        ("10.0.16.0/24", "use1-az1", "InvalidParameterValue"),
    ] {
        assert_eq!(subnet(admin, &vpc, cidr, zone).await.expect_err(refusal), refusal, "{cidr} {zone}");
    }
    subnet(admin, &vpc, "10.0.16.0/20", "euw1-az1").await.expect("beside it");

    let on = AttributeBooleanValue::builder().value(true).build();
    admin.ec2.modify_subnet_attribute().subnet_id(id).map_public_ip_on_launch(on.clone()).send().await.expect("modified");
    let dns64 = admin.ec2.modify_subnet_attribute().subnet_id(id).enable_dns64(on).send().await;
    assert_eq!(code(&dns64.expect_err("not simulated")), "NotImplemented");
    let describe = || admin.ec2.describe_subnets().filters(filter("vpc-id", &vpc)).filters(filter("tag:Name", "s"));
    let found = describe().filters(filter("cidr-block", "10.0.0.0/20")).send().await.expect("subnets");
    assert_eq!((found.subnets().len(), found.subnets()[0].map_public_ip_on_launch()), (1, Some(true)));
    assert_eq!(describe().send().await.expect("subnets").subnets().len(), 2);

    assert_eq!(code(&admin.ec2.delete_vpc().vpc_id(&vpc).send().await.expect_err("in use")), "DependencyViolation");
    for subnet in describe().send().await.expect("subnets").subnets() {
        admin.ec2.delete_subnet().subnet_id(subnet.subnet_id().expect("an id")).send().await.expect("deleted");
    }
    admin.ec2.delete_vpc().vpc_id(&vpc).send().await.expect("deleted");
}

#[tokio::test(start_paused = true)]
async fn a_region_comes_with_a_default_vpc_that_can_be_removed() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let ec2 = &admin.ec2;
    let vpcs = ec2.describe_vpcs().filters(filter("is-default", "true")).send().await.expect("VPCs");
    let vpc = vpcs.vpcs()[0].vpc_id().expect("an id");
    assert_eq!((vpcs.vpcs().len(), vpcs.vpcs()[0].cidr_block()), (1, Some("172.31.0.0/16")));
    let subnets = ec2.describe_subnets().filters(filter("vpc-id", vpc)).send().await.expect("subnets");
    assert_eq!(subnets.subnets().iter().filter(|subnet| subnet.map_public_ip_on_launch() == Some(true)).count(), 3);
    let gateways = ec2.describe_internet_gateways().filters(filter("attachment.vpc-id", vpc)).send().await.expect("gateways");
    let gateway = gateways.internet_gateways()[0].internet_gateway_id().expect("an id");

    assert_eq!(
        code(&ec2.delete_internet_gateway().internet_gateway_id(gateway).send().await.expect_err("attached")),
        "DependencyViolation"
    );
    let detach = || ec2.detach_internet_gateway().internet_gateway_id(gateway).vpc_id(vpc);
    detach().send().await.expect("detached");
    assert_eq!(code(&detach().send().await.expect_err("it is")), "Gateway.NotAttached");
    ec2.delete_internet_gateway().internet_gateway_id(gateway).send().await.expect("deleted");
    for subnet in subnets.subnets() {
        ec2.delete_subnet().subnet_id(subnet.subnet_id().expect("an id")).send().await.expect("deleted");
    }
    ec2.delete_vpc().vpc_id(vpc).send().await.expect("deleted");
    assert!(ec2.describe_vpcs().send().await.expect("VPCs").vpcs().is_empty(), "it does not come back");
    assert!(ec2.describe_route_tables().send().await.expect("tables").route_tables().is_empty());
    let elsewhere = Clients::in_region(&simulator, "eu-central-1", Simulator::management_credentials());
    assert_eq!(elsewhere.ec2.describe_vpcs().send().await.expect("VPCs").vpcs().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_internet_gateway_has_one_vpc() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let one = vpc(admin, "10.0.0.0/16", "one").await.vpc_id.expect("an id");
    let two = vpc(admin, "10.1.0.0/16", "two").await.vpc_id.expect("an id");
    let gateway = async || {
        let create = admin.ec2.create_internet_gateway().tag_specifications(tags(ResourceType::InternetGateway, "Name", "g"));
        create.send().await.expect("a gateway").internet_gateway.and_then(|made| made.internet_gateway_id).expect("an id")
    };
    let (first, second) = (gateway().await, gateway().await);
    let attach = async |gateway: &str, vpc: &str| {
        admin.ec2.attach_internet_gateway().internet_gateway_id(gateway).vpc_id(vpc).send().await.map(|_| ()).map_err(|error| code(&error))
    };
    assert_eq!(attach(&first, &one).await, Ok(()));
    assert_eq!(attach(&first, &two).await, Err("Resource.AlreadyAssociated".to_owned()));
    assert_eq!(attach(&second, &one).await, Err("InvalidParameterValue".to_owned()));
    assert_eq!(attach(&second, &two).await, Ok(()));
    let found = admin.ec2.describe_internet_gateways().internet_gateway_ids(&first).send().await.expect("a gateway");
    assert_eq!(found.internet_gateways()[0].attachments()[0].vpc_id(), Some(one.as_str()));
    let wrong = admin.ec2.create_internet_gateway().tag_specifications(tags(ResourceType::Vpc, "Name", "g")).send().await;
    assert_eq!(code(&wrong.expect_err("another kind")), "InvalidParameterValue");
}
