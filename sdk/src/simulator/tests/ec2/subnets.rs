//! Zones, subnets and internet gateways.

use super::*;

async fn zones(clients: &Clients) -> Vec<Answer> {
    let usual = [("zone-type", "availability-zone"), ("opt-in-status", "opt-in-not-required"), ("state", "available")];
    clients.found("DescribeAvailabilityZones", &usual).await.each("availabilityZoneInfo/item")
}

async fn subnet(clients: &Clients, vpc: &str, cidr: &str, zone: &str) -> Result<Answer, String> {
    let [kind, key, value] = named("subnet", "s");
    let create = [("VpcId", vpc), ("CidrBlock", cidr), ("AvailabilityZoneId", zone), kind, key, value];
    clients.ec2("CreateSubnet", &create).await.map(|made| made.each("subnet").remove(0))
}

#[tokio::test(start_paused = true)]
async fn zones_have_the_same_ids_everywhere_and_other_names() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let (one, two) = (admin.account("one").await, admin.account("two").await);
    let (one, two) = (admin.reach(&simulator, &one).await, admin.reach(&simulator, &two).await);
    let name_of_first = |zones: &[Answer]| {
        let first = zones.iter().find(|zone| zone.text("zoneId").as_deref() == Some("euw1-az1")).expect("the first zone");
        first.text("zoneName").expect("a name")
    };
    let (ours, theirs) = (zones(&one).await, zones(&two).await);
    assert_eq!((ours.len(), theirs.len()), (3, 3));
    assert_ne!(name_of_first(&ours), name_of_first(&theirs));
    assert!(ours.iter().all(|zone| zone.text("zoneName").is_some_and(|name| name.starts_with("eu-west-1"))));

    let virginia = Clients::in_region(&simulator, "us-east-1", Simulator::management_credentials());
    assert_eq!(zones(&virginia).await.len(), 6);
    let california = Clients::in_region(&simulator, "us-west-1", Simulator::management_credentials());
    assert_eq!(zones(&california).await.len(), 2);
    let regions = admin.ec2("DescribeRegions", &[]).await.expect("Regions").each("regionInfo/item");
    assert_eq!(regions.len(), 17);
    let ireland = ["eu-west-1", "ec2.eu-west-1.amazonaws.com"];
    assert!(regions.iter().any(|region| texts_at(region, ["regionName", "regionEndpoint"]) == ireland));
    let others = [("AllRegions", "true"), ("Filter.1.Name", "opt-in-status"), ("Filter.1.Value.1", "not-opted-in")];
    let others = admin.ec2("DescribeRegions", &others).await.expect("Regions").texts("regionInfo/item/regionName");
    assert!(others.iter().any(|name| name == "eu-south-1") && others.iter().all(|name| name != "eu-west-1"), "{others:?}");
    let other = admin.ec2("DescribeRegions", &[("RegionName.1", "eu-west-9")]).await;
    assert_eq!(other.expect_err("no such Region"), "InvalidParameterValue");

    let nowhere = Clients::in_region(&simulator, "eu-west-9", Simulator::management_credentials());
    assert_eq!(nowhere.ec2("DescribeAvailabilityZones", &[]).await.expect_err("no such Region"), "NotImplemented");
}

#[tokio::test(start_paused = true)]
async fn subnets_lie_in_their_vpc_and_beside_each_other() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc_id(admin, "10.0.0.0/16", "main").await;
    let made = subnet(admin, &vpc, "10.0.0.0/20", "euw1-az2").await.expect("a subnet");
    let id = made.text("subnetId").expect("an id");
    assert_eq!(texts_at(&made, ["availabilityZoneId", "availableIpAddressCount", "mapPublicIpOnLaunch"]), ["euw1-az2", "4091", "false"]);
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

    let modify = async |attribute: &str| admin.ec2("ModifySubnetAttribute", &[("SubnetId", &id), (attribute, "true")]).await;
    modify("MapPublicIpOnLaunch.Value").await.expect("modified");
    assert_eq!(modify("EnableDns64.Value").await.expect_err("not simulated"), "NotImplemented");
    let ours = [("vpc-id", vpc.as_str()), ("tag:Name", "s")];
    let found = admin.found("DescribeSubnets", &[&ours[..], &[("cidr-block", "10.0.0.0/20")]].concat()).await;
    assert_eq!(found.texts("subnetSet/item/mapPublicIpOnLaunch"), ["true"]);
    let both = admin.found("DescribeSubnets", &ours).await.texts("subnetSet/item/subnetId");
    assert_eq!(both.len(), 2);

    assert_eq!(admin.ec2("DeleteVpc", &[("VpcId", &vpc)]).await.expect_err("in use"), "DependencyViolation");
    for subnet in both {
        admin.ec2("DeleteSubnet", &[("SubnetId", &subnet)]).await.expect("deleted");
    }
    admin.ec2("DeleteVpc", &[("VpcId", &vpc)]).await.expect("deleted");
}

#[tokio::test(start_paused = true)]
async fn a_region_comes_with_a_default_vpc_that_can_be_removed() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let vpcs = admin.found("DescribeVpcs", &[("is-default", "true")]).await;
    assert_eq!(vpcs.texts("vpcSet/item/cidrBlock"), ["172.31.0.0/16"]);
    let vpc = vpcs.text("vpcSet/item/vpcId").expect("an id");
    let subnets = admin.found("DescribeSubnets", &[("vpc-id", &vpc)]).await;
    assert_eq!(subnets.texts("subnetSet/item/mapPublicIpOnLaunch").iter().filter(|public| *public == "true").count(), 3);
    let gateways = admin.found("DescribeInternetGateways", &[("attachment.vpc-id", &vpc)]).await;
    let gateway = gateways.text("internetGatewaySet/item/internetGatewayId").expect("an id");

    let of_it = ("InternetGatewayId", gateway.as_str());
    assert_eq!(admin.ec2("DeleteInternetGateway", &[of_it]).await.expect_err("attached"), "DependencyViolation");
    admin.ec2("DetachInternetGateway", &[of_it, ("VpcId", &vpc)]).await.expect("detached");
    let again = admin.ec2("DetachInternetGateway", &[of_it, ("VpcId", &vpc)]).await;
    assert_eq!(again.expect_err("it is"), "Gateway.NotAttached");
    admin.ec2("DeleteInternetGateway", &[of_it]).await.expect("deleted");
    for subnet in subnets.texts("subnetSet/item/subnetId") {
        admin.ec2("DeleteSubnet", &[("SubnetId", &subnet)]).await.expect("deleted");
    }
    admin.ec2("DeleteVpc", &[("VpcId", &vpc)]).await.expect("deleted");
    assert_eq!(admin.ec2("DescribeVpcs", &[]).await.expect("VPCs").each("vpcSet/item"), [], "it does not come back");
    assert_eq!(admin.ec2("DescribeRouteTables", &[]).await.expect("tables").each("routeTableSet/item"), []);
    let elsewhere = Clients::in_region(&simulator, "eu-central-1", Simulator::management_credentials());
    assert_eq!(elsewhere.ec2("DescribeVpcs", &[]).await.expect("VPCs").each("vpcSet/item").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_internet_gateway_has_one_vpc() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let one = vpc_id(admin, "10.0.0.0/16", "one").await;
    let two = vpc_id(admin, "10.1.0.0/16", "two").await;
    let gateway = async || {
        let made = admin.ec2("CreateInternetGateway", &named("internet-gateway", "g")).await.expect("a gateway");
        made.text("internetGateway/internetGatewayId").expect("an id")
    };
    let (first, second) = (gateway().await, gateway().await);
    let attach = async |gateway: &str, vpc: &str| {
        admin.ec2("AttachInternetGateway", &[("InternetGatewayId", gateway), ("VpcId", vpc)]).await.map(drop)
    };
    assert_eq!(attach(&first, &one).await, Ok(()));
    assert_eq!(attach(&first, &two).await, refused("Resource.AlreadyAssociated"));
    assert_eq!(attach(&second, &one).await, refused("InvalidParameterValue"));
    assert_eq!(attach(&second, &two).await, Ok(()));
    let found = admin.ec2("DescribeInternetGateways", &[("InternetGatewayId.1", &first)]).await.expect("a gateway");
    assert_eq!(found.text("internetGatewaySet/item/attachmentSet/item/vpcId").as_ref(), Some(&one));
    let wrong = admin.ec2("CreateInternetGateway", &named("vpc", "g")).await;
    assert_eq!(wrong.expect_err("another kind"), "InvalidParameterValue");
}
