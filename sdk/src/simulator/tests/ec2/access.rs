//! Authorization, tags, time, and kept worlds.

use super::*;
use crate::aws::client;
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
    let [kind, key, value] = named("vpc", "theirs");
    let create = [("CidrBlock", "10.0.0.0/16"), kind, key, value];
    let denied = client::ask(&clients.config, "ec2", "CreateVpc", client::Untyped::Pairs(&create)).await.expect_err("another tag");
    assert_eq!(denied.code.as_deref(), Some("UnauthorizedOperation"));
    assert!(denied.message.contains("ec2:CreateVpc"), "{}", denied.message);
    let ours = vpc_id(&clients, "10.0.0.0/16", "ours").await;
    let theirs = vpc_id(admin, "10.1.0.0/16", "theirs").await;

    let delete = async |id: &str| clients.ec2("DeleteVpc", &[("VpcId", id)]).await.map(drop);
    assert_eq!(delete(&theirs).await, refused("UnauthorizedOperation"));
    assert_eq!(
        delete("vpc-00000000000000000").await,
        refused("UnauthorizedOperation"),
        "a caller without the permission does not learn that it is missing"
    );
    let subnet = clients.ec2("CreateSubnet", &[("VpcId", &ours), ("CidrBlock", "10.0.0.0/24")]).await;
    assert_eq!(subnet.expect_err("the subnet has no tag"), "UnauthorizedOperation");
    let retag = clients.ec2("CreateTags", &[("ResourceId.1", &theirs), ("Tag.1.Key", "Name"), ("Tag.1.Value", "ours")]).await;
    assert_eq!(retag.expect_err("only while it is made"), "UnauthorizedOperation");
    assert_eq!(clients.ec2("DescribeVpcs", &[]).await.expect_err("not allowed"), "UnauthorizedOperation");
    assert_eq!(delete(&ours).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn everything_can_be_tagged() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc_id(admin, "10.0.0.0/16", "main").await;
    let tables = admin.found("DescribeRouteTables", &[("vpc-id", &vpc)]).await;
    let table = tables.text("routeTableSet/item/routeTableId").expect("an id");
    let both = [("ResourceId.1", vpc.as_str()), ("ResourceId.2", &table)];
    let tag = async |tags: &[(&str, &str)]| admin.ec2("CreateTags", &[&both, tags].concat()).await;
    tag(&[("Tag.1.Key", "a"), ("Tag.1.Value", "b"), ("Tag.2.Key", "c"), ("Tag.2.Value", "")]).await.expect("tagged");
    tag(&[("Tag.1.Key", "a"), ("Tag.1.Value", "B")]).await.expect("tagged again");
    for (resource, key, refusal) in [
        ("vpc-00000000000000000", "a", "InvalidVpcID.NotFound"),
        ("thing-0", "a", "InvalidID"),
        (vpc.as_str(), "aws:a", "InvalidParameterValue"),
        (vpc.as_str(), &"k".repeat(128), "InvalidParameterValue"),
    ] {
        let tag = [("ResourceId.1", resource), ("Tag.1.Key", key), ("Tag.1.Value", "v")];
        assert_eq!(admin.ec2("CreateTags", &tag).await.expect_err(refusal), refusal);
    }
    let keys: Vec<(String, String)> = (1..50).map(|number| (format!("Tag.{number}.Key"), format!("k{number}"))).collect();
    let many: Vec<(&str, &str)> = keys.iter().map(|(name, key)| (name.as_str(), key.as_str())).collect();
    assert_eq!(tag(&many).await.expect_err("more than fifty"), "TagLimitExceeded");

    let listed = async |name: &str, value: &str| {
        let found = admin.found("DescribeTags", &[(name, value)]).await;
        tags(&found)
    };
    assert_eq!(listed("resource-id", &vpc).await, ["Name=main", "a=B", "c="]);
    assert_eq!(listed("resource-type", "route-table").await, ["a=B", "c="]);
    let these = [("Tag.1.Key", "c"), ("Tag.2.Key", "a"), ("Tag.2.Value", "another value")];
    admin.ec2("DeleteTags", &[&both[..], &these].concat()).await.expect("untagged");
    assert_eq!(listed("key", "c").await, [""; 0]);
    assert_eq!(listed("resource-type", "route-table").await, ["a=B"]);
}

#[tokio::test(start_paused = true)]
async fn new_things_are_not_found_for_a_moment() {
    let simulator = realistic();
    let admin = &Clients::administrator(&simulator);
    let made = vpc(admin, "10.0.0.0/16", "main").await;
    let id = made.text("vpcId").expect("an id");
    assert_eq!(made.text("state").as_deref(), Some("pending"));
    let describe = async || admin.ec2("DescribeVpcs", &[("VpcId.1", &id)]).await;
    assert_eq!(describe().await.expect_err("too new"), "InvalidVpcID.NotFound");
    let subnet = async || admin.ec2("CreateSubnet", &[("VpcId", &id), ("CidrBlock", "10.0.0.0/24")]).await;
    assert_eq!(subnet().await.expect_err("too new"), "InvalidVpcID.NotFound");
    let by_tag = admin.found("DescribeVpcs", &[("tag:Name", "main")]).await;
    assert_eq!(by_tag.text("vpcSet/item/state").as_deref(), Some("pending"));
    tokio::time::sleep(NETWORK).await;
    assert_eq!(describe().await.expect("found").text("vpcSet/item/state").as_deref(), Some("available"));
    subnet().await.expect("a subnet");
}

#[tokio::test(start_paused = true)]
async fn networks_are_kept_and_belong_to_their_account() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let member = admin.account("prod").await;
    let member = admin.reach(&simulator, &member).await;
    let made = vpc_id(&member, "10.0.0.0/16", "main").await;
    assert_eq!(admin.ec2("DescribeVpcs", &[("VpcId.1", &made)]).await.expect_err("not theirs"), "InvalidVpcID.NotFound");
    let text = simulator.to_json();
    let restored = Simulator::from_json(&text, Clock::virtual_from).expect("what was written is read");
    assert_eq!(restored.to_json(), text);
    let again = Clients::administrator(&restored).reach(&restored, "222200000001").await;
    assert_eq!(again.ec2("DescribeVpcs", &[]).await.expect("VPCs").each("vpcSet/item").len(), 2);

    let bad = Credentials::new("ASIANOBODY", "x", Some("y".to_owned()), None, "tests");
    assert_eq!(Clients::with(&simulator, bad).ec2("DescribeVpcs", &[]).await.expect_err("unknown credentials"), "AuthFailure");
    assert_eq!(member.ec2("DescribeInstances", &[]).await.expect_err("nothing runs here"), "NotImplemented");
}
