//! Security groups, their rules, and network ACLs.

use super::*;

async fn group(clients: &Clients, vpc: &str, name: &str) -> Result<String, String> {
    let [kind, key, value] = named("security-group", name);
    let create = [("VpcId", vpc), ("GroupName", name), ("GroupDescription", "a group"), kind, key, value];
    clients.ec2("CreateSecurityGroup", &create).await.map(|made| made.text("groupId").expect("an id"))
}

async fn groups(clients: &Clients, name: &str, value: &str) -> Vec<Answer> {
    clients.found("DescribeSecurityGroups", &[(name, value)]).await.each("securityGroupInfo/item")
}

async fn rules(clients: &Clients, group: &str) -> Vec<Answer> {
    clients.found("DescribeSecurityGroupRules", &[("group-id", group)]).await.each("securityGroupRuleSet/item")
}

/// The members of a permission.
type Permission = Vec<(&'static str, String)>;

fn tcp(port: u16, cidr: &str) -> Permission {
    let (port, cidr, who) = (port.to_string(), cidr.to_owned(), "somebody".to_owned());
    let ports = [("IpProtocol", "tcp".to_owned()), ("FromPort", port.clone()), ("ToPort", port)];
    [&ports[..], &[("IpRanges.1.CidrIp", cidr), ("IpRanges.1.Description", who)]].concat()
}

/// A permission for every protocol or for another protocol with all its ports.
fn permission(protocol: &str, who: &'static str, value: &str) -> Permission {
    vec![("IpProtocol", protocol.to_owned()), (who, value.to_owned())]
}

fn from_group(id: &str) -> Permission {
    permission("-1", "Groups.1.GroupId", id)
}

/// Changes a group's rules: with these permissions, and with these other pairs.
async fn change(
    clients: &Clients,
    operation: &'static str,
    group: &str,
    permissions: &[Permission],
    more: &[(&str, &str)],
) -> Result<Answer, String> {
    let names = |(index, members): (usize, &Permission)| {
        let named = |(name, value): &(&str, String)| (format!("IpPermissions.{}.{name}", index + 1), value.clone());
        members.iter().map(named).collect::<Vec<_>>()
    };
    let written: Vec<(String, String)> = permissions.iter().enumerate().flat_map(names).collect();
    let permissions: Vec<(&str, &str)> = written.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    clients.ec2(operation, &[&[("GroupId", group)], &permissions[..], more].concat()).await
}

const ADD: &str = "AuthorizeSecurityGroupIngress";
const TAKE: &str = "RevokeSecurityGroupIngress";
const TAKE_OUT: &str = "RevokeSecurityGroupEgress";

#[tokio::test(start_paused = true)]
async fn a_group_has_one_name_in_its_vpc() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc_id(admin, "10.0.0.0/16", "main").await;
    let web = group(admin, &vpc, "web").await.expect("a group");
    for (name, refusal) in [
        ("WEB", "InvalidGroup.Duplicate"),
        ("default", "InvalidParameterValue"),
        ("sg-1", "InvalidParameterValue"),
        ("ü", "InvalidParameterValue"),
    ] {
        assert_eq!(group(admin, &vpc, name).await, Err(refusal.to_owned()), "{name}");
    }
    assert_eq!(group(admin, "vpc-0", "web").await, Err("InvalidVpcID.NotFound".to_owned()));
    let found = groups(admin, "tag:Name", "web").await.remove(0);
    assert_eq!(texts_at(&found, ["vpcId", "groupName", "groupDescription"]), [vpc.as_str(), "web", "a group"]);
    assert_eq!(found.each("ipPermissions/item"), []);
    assert_eq!(found.texts("ipPermissionsEgress/item/ipRanges/item/cidrIp"), ["0.0.0.0/0"]);

    let of_vpc = groups(admin, "vpc-id", &vpc).await;
    let default = of_vpc.iter().find(|group| group.text("groupName").as_deref() == Some("default")).expect("one");
    let default = default.text("groupId").expect("an id");
    let delete = async |id: &str| admin.ec2("DeleteSecurityGroup", &[("GroupId", id)]).await.map(drop);
    assert_eq!(delete(&default).await, refused("CannotDelete"));
    change(admin, ADD, &default, &[from_group(&web)], &[]).await.expect("a rule");
    assert_eq!(delete(&web).await, refused("DependencyViolation"), "a rule names it");
    change(admin, TAKE, &default, &[from_group(&web)], &[]).await.expect("revoked");
    assert_eq!(delete(&web).await, Ok(()));
    assert_eq!(delete(&web).await, refused("InvalidGroup.NotFound"));
}

#[tokio::test(start_paused = true)]
async fn rules_are_added_at_once_or_not_at_all() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc_id(admin, "10.0.0.0/16", "main").await;
    let id = &group(admin, &vpc, "web").await.expect("a group");
    let authorize = async |permissions: &[Permission]| {
        let made = change(admin, ADD, id, permissions, &named("security-group-rule", "r")).await?;
        Ok::<_, String>(made.each("securityGroupRuleSet/item").len())
    };
    assert_eq!(authorize(&[tcp(443, "10.0.0.1/8"), tcp(443, "192.168.0.0/16"), from_group(id)]).await, Ok(3));
    for (permissions, refusal) in [
        (vec![tcp(80, "10.0.0.0/8"), tcp(443, "10.0.0.0/8")], "InvalidPermission.Duplicate"),
        (vec![tcp(80, "10.0.0.0/8"), tcp(80, "10.0.0.0/8")], "InvalidPermission.Duplicate"),
        (vec![tcp(80, "10.0.0.0/33")], "InvalidParameterValue"),
        (vec![from_group("sg-00000000000000000")], "InvalidGroup.NotFound"),
        (vec![permission("tcp", "IpRanges.1.CidrIp", "0.0.0.0/0")], "InvalidParameterValue"),
        (vec![permission("-1", "PrefixListIds.1.PrefixListId", "pl-0")], "InvalidPrefixListID.NotFound"),
        ((0..58).map(|port| tcp(port, "0.0.0.0/0")).collect(), "RulesPerSecurityGroupLimitExceeded"),
    ] {
        assert_eq!(authorize(&permissions).await, Err(refusal.to_owned()));
    }
    let found = groups(admin, "group-id", id).await.remove(0).each("ipPermissions/item");
    let of_tcp = found.iter().find(|permission| permission.text("ipProtocol").as_deref() == Some("tcp")).expect("one");
    assert_eq!(of_tcp.texts("ipRanges/item/cidrIp").len(), 2);
    assert_eq!(of_tcp.text("ipRanges/item/description").as_deref(), Some("somebody"));

    let all = rules(admin, id).await;
    assert_eq!(all.len(), 4, "three in, one out");
    let out = all.iter().find(|rule| rule.text("isEgress").as_deref() == Some("true")).expect("one");
    assert_eq!(texts_at(out, ["ipProtocol", "fromPort", "cidrIpv4"]), ["-1", "-1", "0.0.0.0/0"]);
    let own = all.iter().find(|rule| rule.text("referencedGroupInfo").is_some()).expect("one");
    assert_eq!(tags(own), ["Name=r"]);
    let (out, own) = (out.text("securityGroupRuleId").expect("an id"), own.text("securityGroupRuleId").expect("an id"));
    let (out, own) = ([("SecurityGroupRuleId.1", out.as_str())], [("SecurityGroupRuleId.1", own.as_str())]);
    assert_eq!(change(admin, TAKE, id, &[], &out).await.expect_err("goes out"), "InvalidSecurityGroupRuleId.NotFound");
    let ssh = change(admin, TAKE, id, &[tcp(22, "10.0.0.0/8")], &[]).await;
    assert_eq!(ssh.expect_err("not there"), "InvalidPermission.NotFound");
    let revoked = change(admin, TAKE, id, &[], &own).await.expect("revoked");
    assert_eq!(revoked.text("revokedSecurityGroupRuleSet/item/referencedGroupId").as_ref(), Some(id));
    change(admin, TAKE, id, &[tcp(443, "10.0.0.0/8")], &[]).await.expect("revoked");
    change(admin, TAKE_OUT, id, &[], &out).await.expect("revoked");
    assert_eq!(rules(admin, id).await.len(), 1);
    assert_eq!(admin.ec2("DescribeSecurityGroupRules", &out).await.expect_err("gone"), "InvalidSecurityGroupRuleId.NotFound");
}

#[tokio::test(start_paused = true)]
async fn a_default_vpc_is_silent_about_rules_that_are_not_there() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let default = groups(admin, "group-name", "default").await.remove(0);
    let id = &default.text("groupId").expect("an id");
    let revoked = change(admin, TAKE, id, &[tcp(22, "10.0.0.0/8")], &[]).await.expect("nothing to do");
    assert_eq!(revoked.each("unknownIpPermissionSet/item").len(), 1);
    // The rules of a default group can be deleted, as is usually done.
    for rule in rules(admin, id).await {
        let operation = if rule.text("isEgress").as_deref() == Some("true") { TAKE_OUT } else { TAKE };
        let rule = rule.text("securityGroupRuleId").expect("an id");
        change(admin, operation, id, &[], &[("SecurityGroupRuleId.1", &rule)]).await.expect("revoked");
    }
    assert_eq!(rules(admin, id).await, []);
}

async fn acls(clients: &Clients, vpc: &str) -> Vec<Answer> {
    clients.found("DescribeNetworkAcls", &[("vpc-id", vpc)]).await.each("networkAclSet/item")
}

#[tokio::test(start_paused = true)]
async fn entries_of_a_network_acl_have_numbers() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc_id(admin, "10.0.0.0/16", "main").await;
    let default = acls(admin, &vpc).await.remove(0);
    assert_eq!((default.text("default").as_deref(), default.each("entrySet/item").len()), (Some("true"), 4));
    let id = default.text("networkAclId").expect("an id");
    let place = |number: &'static str| [("NetworkAclId", id.as_str()), ("RuleNumber", number), ("Egress", "false")];
    let ssh = [("PortRange.From", "22"), ("PortRange.To", "22")];
    let create = async |number: &'static str, ports: &[(&str, &str)]| {
        let deny = [("CidrBlock", "0.0.0.0/0"), ("Protocol", "tcp"), ("RuleAction", "deny")];
        admin.ec2("CreateNetworkAclEntry", &[&place(number)[..], &deny, ports].concat()).await
    };
    create("50", &ssh).await.expect("made");
    assert_eq!(create("50", &ssh).await.expect_err("there"), "NetworkAclEntryAlreadyExists");
    assert_eq!(create("51", &[]).await.expect_err("no ports"), "MissingParameter");
    assert_eq!(create("32767", &ssh).await.expect_err("AWS's"), "InvalidParameterValue");
    let replace = async |number: &'static str| {
        let ping = [("Protocol", "1"), ("Icmp.Type", "-1"), ("Icmp.Code", "-1"), ("RuleAction", "deny"), ("CidrBlock", "10.0.0.0/8")];
        admin.ec2("ReplaceNetworkAclEntry", &[&place(number)[..], &ping].concat()).await
    };
    assert_eq!(replace("51").await.expect_err("not there"), "InvalidNetworkAclEntry.NotFound");
    let entry = async || {
        let entries = acls(admin, &vpc).await.remove(0).each("entrySet/item");
        entries.into_iter().find(|entry| entry.text("ruleNumber").as_deref() == Some("50")).expect("there")
    };
    let ports = ["portRange/from", "portRange/to"];
    let first = entry().await;
    assert_eq!(texts_at(&first, ["protocol", "ruleAction"]), ["6", "deny"]);
    assert_eq!(texts_at(&first, ports), ["22", "22"]);
    replace("50").await.expect("replaced");
    let second = entry().await;
    assert_eq!(texts_at(&second, ["protocol", "cidrBlock", "portRange"]), ["1", "10.0.0.0/8", NONE]);
    admin.ec2("DeleteNetworkAclEntry", &place("50")).await.expect("deleted");
    assert_eq!(admin.ec2("DeleteNetworkAclEntry", &place("50")).await.expect_err("gone"), "InvalidNetworkAclEntry.NotFound");
}

#[tokio::test(start_paused = true)]
async fn a_subnet_goes_by_one_network_acl() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc_id(admin, "10.0.0.0/16", "main").await;
    admin.ec2("CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", "10.0.0.0/24")]).await.expect("a subnet");
    let create = async |token: &str| {
        let made = admin.ec2("CreateNetworkAcl", &[("VpcId", &vpc), ("ClientToken", token)]).await.expect("made");
        made.text("networkAcl/networkAclId").expect("an id")
    };
    let made = create("t").await;
    assert_eq!(create("t").await, made, "the same");
    let default = acls(admin, &vpc).await.into_iter().find(|acl| acl.text("default").as_deref() == Some("true")).expect("one");
    let old = default.text("associationSet/item/networkAclAssociationId").expect("an id");
    let replace = [("AssociationId", old.as_str()), ("NetworkAclId", &made)];
    admin.ec2("ReplaceNetworkAclAssociation", &replace).await.expect("replaced");
    let again = admin.ec2("ReplaceNetworkAclAssociation", &replace).await;
    assert_eq!(again.expect_err("under a new id"), "InvalidAssociationID.NotFound");
    let delete = async |id: &str| admin.ec2("DeleteNetworkAcl", &[("NetworkAclId", id)]).await.map(drop);
    assert_eq!(delete(&made).await, refused("DependencyViolation"));
    assert_eq!(delete(&default.text("networkAclId").expect("an id")).await, refused("InvalidParameterValue"));
    assert_eq!(delete(&create("u").await).await, Ok(()));
}
