//! Route tables, their routes and associations.

use super::*;

struct Ground {
    vpc: String,
    subnet: String,
    gateway: String,
}

impl Ground {
    /// A VPC with a subnet and an internet gateway.
    async fn new(clients: &Clients) -> Self {
        let vpc = vpc_id(clients, "10.0.0.0/16", "main").await;
        let subnet = clients.ec2("CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", "10.0.0.0/24")]).await.expect("a subnet");
        let gateway = clients.ec2("CreateInternetGateway", &[]).await.expect("a gateway");
        let gateway = gateway.text("internetGateway/internetGatewayId").expect("an id");
        let ground = Self { vpc, subnet: subnet.text("subnet/subnetId").expect("an id"), gateway };
        ground.attach(clients).await;
        ground
    }

    async fn attach(&self, clients: &Clients) {
        clients.ec2("AttachInternetGateway", &self.attachment()).await.expect("attached");
    }

    /// The parameters that attach its gateway, or detach it.
    fn attachment(&self) -> [(&str, &str); 2] {
        [("InternetGatewayId", &self.gateway), ("VpcId", &self.vpc)]
    }
}

async fn table(clients: &Clients, vpc: &str, token: &str) -> Result<String, String> {
    let [kind, key, value] = named("route-table", "t");
    let made = clients.ec2("CreateRouteTable", &[("VpcId", vpc), ("ClientToken", token), kind, key, value]).await?;
    Ok(made.text("routeTable/routeTableId").expect("an id"))
}

async fn described(clients: &Clients, table: &str) -> Answer {
    let described = clients.ec2("DescribeRouteTables", &[("RouteTableId.1", table)]).await.expect("a table");
    described.each("routeTableSet/item").remove(0)
}

#[tokio::test(start_paused = true)]
async fn routes_lead_out_of_the_vpc() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let ground = Ground::new(admin).await;
    let gateway = ground.gateway.as_str();
    let id = &table(admin, &ground.vpc, "t-1").await.expect("a table");
    assert_eq!(table(admin, &ground.vpc, "t-1").await.as_ref(), Ok(id), "the same token makes the same table");
    let other_vpc = vpc_id(admin, "10.9.0.0/16", "other").await;
    assert_eq!(table(admin, &other_vpc, "t-1").await, Err("IdempotentParameterMismatch".to_owned()));

    let create = async |destination: &str, gateway: &str| {
        let route = [("RouteTableId", id.as_str()), ("DestinationCidrBlock", destination), ("GatewayId", gateway)];
        admin.ec2("CreateRoute", &route).await.map(|made| made.text("return"))
    };
    assert_eq!(create("0.0.0.0/0", gateway).await, Ok(Some("true".to_owned())));
    for (destination, gateway, refusal) in [
        ("0.0.0.0/0", gateway, "RouteAlreadyExists"),
        ("10.0.0.0/16", gateway, "RouteAlreadyExists"),
        ("10.0.1.0/24", gateway, "InvalidParameterValue"),
        ("192.168.0.0/16", "igw-00000000000000000", "InvalidGatewayID.NotFound"),
    ] {
        assert_eq!(create(destination, gateway).await, Err(refusal.to_owned()), "{destination}");
    }
    let nat = [("RouteTableId", id.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("NatGatewayId", "nat-0")];
    assert_eq!(admin.ec2("CreateRoute", &nat).await.expect_err("it does not exist"), "InvalidNatGatewayID.NotFound");

    let found = described(admin, id).await;
    let routes = found.each("routeSet/item");
    let shown: Vec<_> = routes.iter().map(|route| texts_at(route, ["destinationCidrBlock", "gatewayId", "origin"])).collect();
    assert_eq!(shown, [["0.0.0.0/0", gateway, "CreateRoute"], ["10.0.0.0/16", "local", "CreateRouteTable"]]);
    assert_eq!((tags(&found), found.text("ownerId").as_deref()), (vec!["Name=t".to_owned()], Some("111111111111")));
    let by_route = admin.found("DescribeRouteTables", &[("route.gateway-id", gateway)]).await;
    assert_eq!(by_route.each("routeTableSet/item").len(), 1);

    admin.ec2("DetachInternetGateway", &ground.attachment()).await.expect("detached");
    assert_eq!(described(admin, id).await.text("routeSet/item/state").as_deref(), Some("blackhole"));
    let delete =
        async |destination: &str| admin.ec2("DeleteRoute", &[("RouteTableId", id), ("DestinationCidrBlock", destination)]).await.map(drop);
    let default = [("RouteTableId", id.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("GatewayId", gateway)];
    assert_eq!(admin.ec2("ReplaceRoute", &default).await.expect_err("it is detached"), "InvalidParameterValue");
    ground.attach(admin).await;
    admin.ec2("ReplaceRoute", &default).await.expect("replaced");
    assert_eq!(delete("0.0.0.0/0").await, Ok(()));
    assert_eq!(delete("0.0.0.0/0").await, refused("InvalidRoute.NotFound"));
    assert_eq!(delete("10.0.0.0/16").await, refused("InvalidParameterValue"));
    assert_eq!(admin.ec2("ReplaceRoute", &default).await.expect_err("there is none"), "InvalidRoute.NotFound");
}

#[tokio::test(start_paused = true)]
async fn a_subnet_goes_by_one_table() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let ground = Ground::new(admin).await;
    let (one, two) = (table(admin, &ground.vpc, "1").await.expect("a table"), table(admin, &ground.vpc, "2").await.expect("a table"));
    let associate = async |table: &str| admin.ec2("AssociateRouteTable", &[("RouteTableId", table), ("SubnetId", &ground.subnet)]).await;
    let first = associate(&one).await.expect("associated").text("associationId").expect("an id");
    assert_eq!(associate(&two).await.expect_err("it has one"), "Resource.AlreadyAssociated");
    let delete = async |table: &str| admin.ec2("DeleteRouteTable", &[("RouteTableId", table)]).await.map(drop);
    assert_eq!(delete(&one).await, refused("DependencyViolation"), "in use");

    let replace = async |association: &str, table: &str| {
        admin.ec2("ReplaceRouteTableAssociation", &[("AssociationId", association), ("RouteTableId", table)]).await
    };
    let second = replace(&first, &two).await.expect("replaced").text("newAssociationId").expect("an id");
    assert_ne!(first, second);
    assert_eq!(replace(&first, &one).await.expect_err("it is another"), "InvalidAssociationID.NotFound");
    let by_subnet = admin.found("DescribeRouteTables", &[("association.subnet-id", &ground.subnet)]).await;
    assert_eq!(by_subnet.text("routeTableSet/item/routeTableId").as_ref(), Some(&two));

    let disassociate = async |association: &str| admin.ec2("DisassociateRouteTable", &[("AssociationId", association)]).await.map(drop);
    assert_eq!(disassociate(&second).await, Ok(()));
    assert_eq!(disassociate(&second).await, refused("InvalidAssociationID.NotFound"), "gone");
    let main = admin.found("DescribeRouteTables", &[("vpc-id", &ground.vpc), ("association.main", "true")]).await;
    let association = &main.each("routeTableSet/item/associationSet/item")[0];
    assert_eq!(association.text("main").as_deref(), Some("true"));
    let association = association.text("routeTableAssociationId").expect("an id");
    assert_eq!(disassociate(&association).await, refused("InvalidParameterValue"), "the main one");

    assert_eq!(delete(&one).await, Ok(()));
    associate(&two).await.expect("associated");
    admin.ec2("DeleteSubnet", &[("SubnetId", &ground.subnet)]).await.expect("associations do not hold a subnet");
    assert_eq!(delete(&two).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn lists_of_tables_come_in_pages() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc_id(admin, "10.0.0.0/16", "main").await;
    for number in 0..8 {
        table(admin, &vpc, &number.to_string()).await.expect("a table");
    }
    let describe = async |size: &str, token: Option<&str>| {
        let mut pairs = vec![("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc.as_str()), ("MaxResults", size)];
        pairs.extend(token.map(|token| ("NextToken", token)));
        admin.ec2("DescribeRouteTables", &pairs).await
    };
    let first = describe("5", None).await.expect("a page");
    let second = describe("5", first.text("nextToken").as_deref()).await.expect("a page");
    let tables = |page: &Answer| page.each("routeTableSet/item").len();
    assert_eq!((tables(&first), tables(&second), second.text("nextToken")), (5, 4, None));
    for size in ["4", "101"] {
        assert_eq!(describe(size, None).await.expect_err("no such page"), "InvalidParameterValue");
    }
    assert_eq!(describe("5", Some("mine")).await.expect_err("not a valid token"), "InvalidNextToken");
}
