//! Security groups, their rules, and network ACLs.

use aws_sdk_ec2::types::{
    IcmpTypeCode, IpPermission, IpRange, NetworkAcl, NetworkAclEntry, PortRange, PrefixListId, RuleAction, SecurityGroup,
    SecurityGroupRule, UserIdGroupPair,
};

use super::*;

async fn group(clients: &Clients, vpc: &str, name: &str) -> Result<String, String> {
    let create = clients.ec2.create_security_group().vpc_id(vpc).group_name(name).description("a group");
    let made = create.tag_specifications(tags(ResourceType::SecurityGroup, "Name", name)).send().await;
    made.map(|made| made.group_id.expect("an id")).map_err(|error| code(&error))
}

async fn groups(clients: &Clients, name: &str, value: &str) -> Vec<SecurityGroup> {
    clients.ec2.describe_security_groups().filters(filter(name, value)).send().await.expect("groups").security_groups.expect("a list")
}

async fn rules(clients: &Clients, group: &str) -> Vec<SecurityGroupRule> {
    let found = clients.ec2.describe_security_group_rules().filters(filter("group-id", group)).send().await.expect("rules");
    found.security_group_rules.expect("a list")
}

fn tcp(port: i32, cidr: &str) -> IpPermission {
    IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(port)
        .to_port(port)
        .ip_ranges(IpRange::builder().cidr_ip(cidr).description("somebody").build())
        .build()
}

fn from_group(id: &str) -> IpPermission {
    IpPermission::builder().ip_protocol("-1").user_id_group_pairs(UserIdGroupPair::builder().group_id(id).build()).build()
}

#[tokio::test(start_paused = true)]
async fn a_group_has_one_name_in_its_vpc() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc(admin, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
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
    assert_eq!((found.vpc_id(), found.group_name(), found.description()), (Some(vpc.as_str()), Some("web"), Some("a group")));
    assert_eq!(found.ip_permissions().len(), 0);
    assert_eq!(found.ip_permissions_egress()[0].ip_ranges()[0].cidr_ip(), Some("0.0.0.0/0"));

    let of_vpc = groups(admin, "vpc-id", &vpc).await;
    let default = of_vpc.iter().find(|group| group.group_name() == Some("default")).and_then(|group| group.group_id()).expect("one");
    let delete = async |id: &str| admin.ec2.delete_security_group().group_id(id).send().await.map(drop).map_err(|error| code(&error));
    assert_eq!(delete(default).await, Err("CannotDelete".to_owned()));
    let authorize = admin.ec2.authorize_security_group_ingress().group_id(default).ip_permissions(from_group(&web));
    authorize.send().await.expect("a rule");
    assert_eq!(delete(&web).await, Err("DependencyViolation".to_owned()), "a rule names it");
    let revoke = admin.ec2.revoke_security_group_ingress().group_id(default).ip_permissions(from_group(&web));
    revoke.send().await.expect("revoked");
    assert_eq!(delete(&web).await, Ok(()));
    assert_eq!(delete(&web).await, Err("InvalidGroup.NotFound".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn rules_are_added_at_once_or_not_at_all() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc(admin, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
    let id = &group(admin, &vpc, "web").await.expect("a group");
    let authorize = async |permissions: Vec<IpPermission>| {
        let authorize = admin.ec2.authorize_security_group_ingress().group_id(id).set_ip_permissions(Some(permissions));
        let made = authorize.tag_specifications(tags(ResourceType::SecurityGroupRule, "Name", "r")).send().await;
        made.map(|made| made.security_group_rules.expect("rules").len()).map_err(|error| code(&error))
    };
    assert_eq!(authorize(vec![tcp(443, "10.0.0.1/8"), tcp(443, "192.168.0.0/16"), from_group(id)]).await, Ok(3));
    for (permissions, refusal) in [
        (vec![tcp(80, "10.0.0.0/8"), tcp(443, "10.0.0.0/8")], "InvalidPermission.Duplicate"),
        (vec![tcp(80, "10.0.0.0/8"), tcp(80, "10.0.0.0/8")], "InvalidPermission.Duplicate"),
        (vec![tcp(80, "10.0.0.0/33")], "InvalidParameterValue"),
        (vec![from_group("sg-00000000000000000")], "InvalidGroup.NotFound"),
        (
            vec![IpPermission::builder().ip_protocol("tcp").ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build()).build()],
            "InvalidParameterValue",
        ),
        (
            vec![IpPermission::builder().ip_protocol("-1").prefix_list_ids(PrefixListId::builder().prefix_list_id("pl-0").build()).build()],
            "InvalidPrefixListID.NotFound",
        ),
        ((0..58).map(|port| tcp(port, "0.0.0.0/0")).collect(), "RulesPerSecurityGroupLimitExceeded"),
    ] {
        assert_eq!(authorize(permissions).await, Err(refusal.to_owned()));
    }
    let found = groups(admin, "group-id", id).await.remove(0);
    let of_tcp = found.ip_permissions().iter().find(|permission| permission.ip_protocol() == Some("tcp")).expect("one");
    assert_eq!(of_tcp.ip_ranges().iter().map(|range| range.cidr_ip().unwrap_or("?")).collect::<Vec<_>>().len(), 2);
    assert_eq!(of_tcp.ip_ranges()[0].description(), Some("somebody"));

    let all = rules(admin, id).await;
    assert_eq!(all.len(), 4, "three in, one out");
    let out = all.iter().find(|rule| rule.is_egress() == Some(true)).expect("one");
    assert_eq!((out.ip_protocol(), out.from_port(), out.cidr_ipv4()), (Some("-1"), Some(-1), Some("0.0.0.0/0")));
    let own = all.iter().find(|rule| rule.referenced_group_info().is_some()).expect("one");
    assert_eq!(own.tags(), [tag("Name", "r")]);
    let out = out.security_group_rule_id().expect("an id");
    let ingress = || admin.ec2.revoke_security_group_ingress().group_id(id);
    assert_eq!(code(&ingress().security_group_rule_ids(out).send().await.expect_err("goes out")), "InvalidSecurityGroupRuleId.NotFound");
    assert_eq!(code(&ingress().ip_permissions(tcp(22, "10.0.0.0/8")).send().await.expect_err("not there")), "InvalidPermission.NotFound");
    let of_own = own.security_group_rule_id().expect("an id");
    let revoked = ingress().security_group_rule_ids(of_own).send().await.expect("revoked");
    assert_eq!(revoked.revoked_security_group_rules()[0].referenced_group_id(), Some(id.as_str()));
    ingress().ip_permissions(tcp(443, "10.0.0.0/8")).send().await.expect("revoked");
    admin.ec2.revoke_security_group_egress().group_id(id).security_group_rule_ids(out).send().await.expect("revoked");
    assert_eq!(rules(admin, id).await.len(), 1);
    let gone = admin.ec2.describe_security_group_rules().security_group_rule_ids(out).send().await;
    assert_eq!(code(&gone.expect_err("gone")), "InvalidSecurityGroupRuleId.NotFound");
}

#[tokio::test(start_paused = true)]
async fn a_default_vpc_is_silent_about_rules_that_are_not_there() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let default = groups(admin, "group-name", "default").await.remove(0);
    let id = default.group_id().expect("an id");
    let revoke = admin.ec2.revoke_security_group_ingress().group_id(id).ip_permissions(tcp(22, "10.0.0.0/8"));
    assert_eq!(revoke.send().await.expect("nothing to do").unknown_ip_permissions().len(), 1);
    // The rules of a default group go, which is what everybody wants of it.
    for rule in rules(admin, id).await {
        let rule_id = rule.security_group_rule_id().expect("an id");
        if rule.is_egress() == Some(true) {
            admin.ec2.revoke_security_group_egress().group_id(id).security_group_rule_ids(rule_id).send().await.expect("revoked");
        } else {
            admin.ec2.revoke_security_group_ingress().group_id(id).security_group_rule_ids(rule_id).send().await.expect("revoked");
        }
    }
    assert_eq!(rules(admin, id).await, []);
}

async fn acls(clients: &Clients, vpc: &str) -> Vec<NetworkAcl> {
    let found = clients.ec2.describe_network_acls().filters(filter("vpc-id", vpc)).send().await.expect("ACLs");
    found.network_acls.expect("a list")
}

#[tokio::test(start_paused = true)]
async fn entries_of_a_network_acl_have_numbers() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc(admin, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
    let default = acls(admin, &vpc).await.remove(0);
    assert_eq!((default.is_default(), default.entries().len()), (Some(true), 4));
    let id = default.network_acl_id().expect("an id");
    let ssh = PortRange::builder().from(22).to(22).build();
    let create = |number: i32| {
        let create = admin.ec2.create_network_acl_entry().network_acl_id(id).rule_number(number).egress(false).cidr_block("0.0.0.0/0");
        create.protocol("tcp").rule_action(RuleAction::Deny)
    };
    create(50).port_range(ssh.clone()).send().await.expect("made");
    assert_eq!(code(&create(50).port_range(ssh.clone()).send().await.expect_err("there")), "NetworkAclEntryAlreadyExists");
    assert_eq!(code(&create(51).send().await.expect_err("no ports")), "MissingParameter");
    assert_eq!(code(&create(32_767).port_range(ssh.clone()).send().await.expect_err("AWS's")), "InvalidParameterValue");
    let replace = |number: i32| {
        let replace = admin.ec2.replace_network_acl_entry().network_acl_id(id).rule_number(number).egress(false);
        let any = IcmpTypeCode::builder().r#type(-1).code(-1).build();
        replace.protocol("1").icmp_type_code(any).rule_action(RuleAction::Deny).cidr_block("10.0.0.0/8")
    };
    assert_eq!(code(&replace(51).send().await.expect_err("not there")), "InvalidNetworkAclEntry.NotFound");
    let entry = async || {
        let acl = acls(admin, &vpc).await.remove(0);
        let of = |entry: &&NetworkAclEntry| entry.rule_number() == Some(50);
        acl.entries().iter().find(of).cloned()
    };
    let first = entry().await.expect("there");
    assert_eq!((first.protocol(), first.rule_action(), first.port_range()), (Some("6"), Some(&RuleAction::Deny), Some(&ssh)));
    replace(50).send().await.expect("replaced");
    let second = entry().await.expect("there");
    assert_eq!((second.protocol(), second.cidr_block(), second.port_range()), (Some("1"), Some("10.0.0.0/8"), None));
    let delete = || admin.ec2.delete_network_acl_entry().network_acl_id(id).rule_number(50).egress(false).send();
    delete().await.expect("deleted");
    assert_eq!(code(&delete().await.expect_err("gone")), "InvalidNetworkAclEntry.NotFound");
}

#[tokio::test(start_paused = true)]
async fn a_subnet_goes_by_one_network_acl() {
    let simulator = instant();
    let admin = &Clients::administrator(&simulator);
    let vpc = vpc(admin, "10.0.0.0/16", "main").await.vpc_id.expect("an id");
    admin.ec2.create_subnet().vpc_id(&vpc).cidr_block("10.0.0.0/24").send().await.expect("a subnet");
    let create = || admin.ec2.create_network_acl().vpc_id(&vpc).client_token("t").send();
    let made = create().await.expect("made").network_acl.and_then(|acl| acl.network_acl_id).expect("an id");
    assert_eq!(create().await.expect("the same").network_acl.and_then(|acl| acl.network_acl_id).as_ref(), Some(&made));
    let default = acls(admin, &vpc).await.into_iter().find(|acl| acl.is_default() == Some(true)).expect("one");
    let old = default.associations()[0].network_acl_association_id().expect("an id");
    let replace = || admin.ec2.replace_network_acl_association().association_id(old).network_acl_id(&made).send();
    replace().await.expect("replaced");
    assert_eq!(code(&replace().await.expect_err("under a new id")), "InvalidAssociationID.NotFound");
    let delete = async |id: &str| admin.ec2.delete_network_acl().network_acl_id(id).send().await.map(drop).map_err(|error| code(&error));
    assert_eq!(delete(&made).await, Err("DependencyViolation".to_owned()));
    assert_eq!(delete(default.network_acl_id().expect("an id")).await, Err("InvalidParameterValue".to_owned()));
    let other = admin.ec2.create_network_acl().vpc_id(&vpc).client_token("u").send().await.expect("made").network_acl;
    assert_eq!(delete(&other.and_then(|acl| acl.network_acl_id).expect("an id")).await, Ok(()));
}
