//! Who may do what, tags, time, and worlds that are kept.

use super::*;
use crate::simulator::NETWORK;

/// A role of the management account with one policy, as its clients.
async fn role(simulator: &Simulator, admin: &Clients, statements: &str) -> Clients {
    admin.iam.create_role().role_name("r").assume_role_policy_document(trust("111111111111")).send().await.expect("a role");
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    admin.iam.put_role_policy().role_name("r").policy_name("p").policy_document(document).send().await.expect("put");
    Clients::with(simulator, admin.assume("arn:aws:iam::111111111111:role/r").await.expect("assumed"))
}

#[tokio::test(start_paused = true)]
async fn tags_open_and_close() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let statements = r#"
        {"Effect":"Allow","Action":"ec2:CreateVpc","Resource":"arn:aws:ec2:*:*:vpc/*","Condition":{"StringEquals":{"aws:RequestTag/Name":"ours"}}},
        {"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*","Condition":{"StringEquals":{"ec2:CreateAction":"CreateVpc"}}},
        {"Effect":"Allow","Action":["ec2:DeleteVpc","ec2:CreateSubnet"],"Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/Name":"ours"}}}"#;
    let clients = role(&simulator, admin, statements).await;
    let create = |name: &str| clients.ec2.create_vpc().cidr_block("10.0.0.0/16").tag_specifications(tags(ResourceType::Vpc, "Name", name));
    let refused = create("theirs").send().await.expect_err("another tag");
    assert_eq!(code(&refused), "UnauthorizedOperation");
    assert!(message(&refused).contains("ec2:CreateVpc"), "{}", message(&refused));
    let ours = create("ours").send().await.expect("made").vpc.and_then(|vpc| vpc.vpc_id).expect("an id");
    let theirs = vpc(admin, "10.1.0.0/16", "theirs").await.vpc_id.expect("an id");

    let delete = async |id: &str| clients.ec2.delete_vpc().vpc_id(id).send().await.map(|_| ()).map_err(|error| code(&error));
    assert_eq!(delete(&theirs).await, Err("UnauthorizedOperation".to_owned()));
    assert_eq!(delete("vpc-00000000000000000").await, Err("UnauthorizedOperation".to_owned()), "who may not ask does not learn");
    let subnet = clients.ec2.create_subnet().vpc_id(&ours).cidr_block("10.0.0.0/24").send().await;
    assert_eq!(code(&subnet.expect_err("the subnet has no tag")), "UnauthorizedOperation");
    let retag = clients.ec2.create_tags().resources(&theirs).tags(tag("Name", "ours")).send().await;
    assert_eq!(code(&retag.expect_err("only while it is made")), "UnauthorizedOperation");
    assert_eq!(code(&clients.ec2.describe_vpcs().send().await.expect_err("not allowed")), "UnauthorizedOperation");
    assert_eq!(delete(&ours).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn everything_can_be_tagged() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc(admin, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
    let tables = admin.ec2.describe_route_tables().filters(filter("vpc-id", &vpc)).send().await.expect("tables");
    let table = tables.route_tables()[0].route_table_id().expect("an id");
    let create = |key: &str, value: &str| admin.ec2.create_tags().resources(&vpc).resources(table).tags(tag(key, value));
    create("a", "b").tags(tag("c", "")).send().await.expect("tagged");
    create("a", "B").send().await.expect("tagged again");
    for (resource, key, refusal) in [
        ("vpc-00000000000000000", "a", "InvalidVpcID.NotFound"),
        ("thing-0", "a", "InvalidID"),
        (vpc.as_str(), "aws:a", "InvalidParameterValue"),
        (vpc.as_str(), &"k".repeat(128), "InvalidParameterValue"),
    ] {
        let refused = admin.ec2.create_tags().resources(resource).tags(tag(key, "v")).send().await;
        assert_eq!(code(&refused.expect_err(refusal)), refusal);
    }
    let many = (0..49).fold(create("a", "b"), |create, number| create.tags(tag(&format!("k{number}"), "v")));
    assert_eq!(code(&many.send().await.expect_err("more than fifty")), "TagLimitExceeded");

    let listed = async |name: &str, value: &str| {
        let found = admin.ec2.describe_tags().filters(filter(name, value)).send().await.expect("tags");
        let show = |tag: &aws_sdk_ec2::types::TagDescription| format!("{}={}", tag.key().unwrap_or("?"), tag.value().unwrap_or("?"));
        found.tags().iter().map(show).collect::<Vec<_>>()
    };
    assert_eq!(listed("resource-id", &vpc).await, ["Name=main", "a=B", "c="]);
    assert_eq!(listed("resource-type", "route-table").await, ["a=B", "c="]);
    let any = aws_sdk_ec2::types::Tag::builder().key("c").build();
    let delete = admin.ec2.delete_tags().resources(&vpc).resources(table);
    delete.tags(any).tags(tag("a", "another value")).send().await.expect("untagged");
    assert_eq!(listed("key", "c").await, [""; 0]);
    assert_eq!(listed("resource-type", "route-table").await, ["a=B"]);
}

#[tokio::test(start_paused = true)]
async fn new_things_are_not_found_for_a_moment() {
    let simulator = realistic();
    let admin = &Clients::administrator(&simulator);
    let made = vpc(admin, "10.0.0.0/16", "main").await;
    let id = made.vpc_id().expect("an id");
    assert_eq!(made.state(), Some(&VpcState::Pending));
    assert_eq!(code(&admin.ec2.describe_vpcs().vpc_ids(id).send().await.expect_err("too new")), "InvalidVpcID.NotFound");
    let subnet = || admin.ec2.create_subnet().vpc_id(id).cidr_block("10.0.0.0/24").send();
    assert_eq!(code(&subnet().await.expect_err("too new")), "InvalidVpcID.NotFound");
    let by_tag = admin.ec2.describe_vpcs().filters(filter("tag:Name", "main")).send().await.expect("VPCs");
    assert_eq!(by_tag.vpcs()[0].state(), Some(&VpcState::Pending));
    tokio::time::sleep(NETWORK).await;
    let found = admin.ec2.describe_vpcs().vpc_ids(id).send().await.expect("found");
    assert_eq!(found.vpcs()[0].state(), Some(&VpcState::Available));
    subnet().await.expect("a subnet");
}

#[tokio::test(start_paused = true)]
async fn networks_are_kept_and_belong_to_their_account() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let member = admin.account("prod").await;
    let member = admin.reach(&simulator, &member).await;
    let made = vpc(&member, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
    assert_eq!(code(&admin.ec2.describe_vpcs().vpc_ids(&made).send().await.expect_err("not theirs")), "InvalidVpcID.NotFound");
    let text = simulator.to_json();
    let restored = Simulator::from_json(&text, Clock::virtual_from).expect("what was written is read");
    assert_eq!(restored.to_json(), text);
    let again = Clients::administrator(&restored).reach(&restored, "222200000001").await;
    assert_eq!(again.ec2.describe_vpcs().send().await.expect("VPCs").vpcs().len(), 2);

    let bad = Credentials::new("ASIANOBODY", "x", Some("y".to_owned()), None, "tests");
    let refused = Clients::with(&simulator, bad).ec2.describe_vpcs().send().await.expect_err("nobody");
    assert_eq!(code(&refused), "AuthFailure");
    let odd = member.ec2.describe_instances().send().await.expect_err("nothing runs here");
    assert_eq!(code(&odd), "NotImplemented");
}
