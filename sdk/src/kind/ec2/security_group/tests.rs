//! What the groups may hold, and which group of the name is landfall's.

use super::calls::{Found, GroupReference, read};
use super::*;
use crate::name::literal;

#[test]
fn every_rule_is_removed_and_shown() {
    let rule = |is_egress, protocol: &str, ports: Option<(i32, i32)>| Found {
        is_egress,
        group_id: literal("sg-1"),
        security_group_rule_id: String::new(),
        ip_protocol: protocol.to_owned(),
        from_port: ports.map(|ports| ports.0),
        to_port: ports.map(|ports| ports.1),
        cidr_ipv4: None,
        cidr_ipv6: None,
        prefix_list_id: None,
        referenced_group_info: None,
    };
    let text = |text: &str| Some(text.to_owned());
    let own = Some(GroupReference { group_id: "sg-1".to_owned() });
    let rules = [
        Found { referenced_group_info: own, ..rule(false, "-1", Some((-1, -1))) },
        Found { cidr_ipv4: text("0.0.0.0/0"), ..rule(true, "-1", None) },
        Found { cidr_ipv6: text("::/0"), ..rule(false, "tcp", Some((22, 22))) },
        Found { prefix_list_id: text("pl-1"), ..rule(false, "udp", Some((1, 9))) },
    ];
    let desired = Desired { vpc: "vpc-1".into(), group: Group::Default, tags: Tags::new() };
    let rules = rules.iter().map(read).collect();
    let observed = Observed { id: literal("sg-1"), name: DEFAULT.to_owned(), vpc: literal("vpc-1"), rules, tags: Tags::new() };
    let edits = SecurityGroup::diff(&desired, &observed).expect("open");
    let shown: Vec<String> = edits.iter().flat_map(SecurityGroup::fields).map(|field| field.to_string()).collect();
    assert_eq!(
        shown,
        ["ingress  - all from sg-1", "egress  - all to 0.0.0.0/0", "ingress  - tcp 22 from ::/0", "ingress  - udp 1-9 from pl-1"]
    );
    assert_eq!(SecurityGroup::diff(&desired, &Observed { rules: Vec::new(), ..observed }), Ok(vec![]));
}

/// The group of the endpoints has one rule, whatever it has been given.
#[test]
fn the_group_of_the_endpoints_lets_https_in_from_the_vpc_only() {
    let from = "10.16.0.0/16".parse().expect("a block");
    let desired = Desired { vpc: "vpc-1".into(), group: Group::Endpoints { from }, tags: Tags::new() };
    let rule = |direction, text: &str| Rule { id: "sgr-1".to_owned(), direction, text: text.to_owned() };
    let own = rule(Direction::Ingress, "tcp 443 from 10.16.0.0/16");
    for (rules, expected) in [
        (vec![own.clone()], &[][..]),
        (vec![], &["ingress  + tcp 443 from 10.16.0.0/16"]),
        (vec![own.clone(), rule(Direction::Egress, "all to 0.0.0.0/0")], &["egress  - all to 0.0.0.0/0"]),
        (vec![own, rule(Direction::Ingress, "tcp 443 from 0.0.0.0/0")], &["ingress  - tcp 443 from 0.0.0.0/0"]),
        (
            vec![rule(Direction::Egress, "tcp 443 from 10.16.0.0/16")],
            &["ingress  + tcp 443 from 10.16.0.0/16", "egress  - tcp 443 from 10.16.0.0/16"],
        ),
    ] {
        let observed = Observed { id: literal("sg-1"), name: ENDPOINTS.to_owned(), vpc: literal("vpc-1"), rules, tags: Tags::new() };
        let edits = SecurityGroup::diff(&desired, &observed).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(SecurityGroup::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, expected, "{observed:?}");
        assert!(SecurityGroup::check_removable(&observed).is_ok());
    }
}

/// A group that has the name and none of the tags is another owner's; one lost tag is put back.
#[test]
fn a_group_of_the_name_without_tags_is_not_taken_over() {
    let tagged = |tags: &[(&str, &str)]| tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<Tags>();
    let (organization, address) = ((tags::ORGANIZATION, "acme"), (tags::ADDRESS, "dev/eu-west-1/security-group/endpoints"));
    let group = Group::Endpoints { from: "10.16.0.0/16".parse().expect("a block") };
    let desired = Desired { vpc: "vpc-1".into(), group, tags: tagged(&[organization, address]) };
    for (tags, is_adopted) in
        [(&[organization, address][..], true), (&[organization], true), (&[address], true), (&[], false), (&[("Name", "theirs")], false)]
    {
        let (name, rules) = (ENDPOINTS.to_owned(), Vec::new());
        let observed = Observed { id: literal("sg-1"), name, vpc: literal("vpc-1"), rules, tags: tagged(tags) };
        assert!(SecurityGroup::matches(&desired, &observed));
        assert_eq!(matches!(SecurityGroup::adoption(&desired, &observed), Adoption::Adopt), is_adopted, "{tags:?}");
    }
}
