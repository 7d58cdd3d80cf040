//! Plans of route tables, the VPC's defaults, endpoints and flow logs.

use std::collections::BTreeMap;

use super::network::{DEV, lines, manifest, remove};
use super::{find, organization, shown};
use crate::address::Scope;
use crate::aws::tags;
use crate::desired::desired;
use crate::kind::ec2::{endpoint, flow_log, network_acl, route_table, security_group};
use crate::kind::{Desired, Kind, Observed};
use crate::name::{AccountKey, literal};
use crate::observed::{Observation, ScopeState};
use crate::plan::{PlanOptions, plan};

/// Returns what would be observed if this part of a network had just been created.
pub(super) fn built(thing: Desired, number: usize) -> Observed {
    match thing {
        Desired::RouteTable(thing) => Observed::RouteTable(route_table::Observed {
            id: literal(&format!("rtb-{number}")),
            vpc: literal(thing.vpc.as_str()),
            routes: thing.way_out.into_iter().map(|way| ("0.0.0.0/0".to_owned(), leading(&way))).collect(),
            subnets: thing.subnets.iter().map(|subnet| literal(subnet.as_str())).collect(),
            elsewhere: BTreeMap::new(),
            tags: thing.tags,
        }),
        Desired::SecurityGroup(thing) => Observed::SecurityGroup(security_group::Observed {
            id: literal(&format!("sg-{number}")),
            name: thing.group.name().to_owned(),
            vpc: literal(thing.vpc.as_str()),
            rules: match thing.group {
                security_group::Group::Default => Vec::new(),
                security_group::Group::Endpoints { from } => vec![security_group::Rule {
                    id: "sgr-1".to_owned(),
                    direction: security_group::Direction::Ingress,
                    text: format!("tcp 443 from {from}"),
                }],
            },
            tags: thing.tags,
        }),
        Desired::NetworkAcl(thing) => {
            let (id, vpc) = (format!("acl-{number}"), thing.vpc.as_str());
            let new = network_acl::Observed { id: literal(&id), vpc: literal(vpc), ingress: BTreeMap::new(), tags: thing.tags.clone() };
            let edits = network_acl::NetworkAcl::diff(&thing, &new).expect("open");
            let denials = edits.into_iter().map(|edit| match edit {
                network_acl::Edit::Entry { number, to, .. } => (number, to),
            });
            Observed::NetworkAcl(network_acl::Observed { ingress: denials.collect(), ..new })
        }
        Desired::Endpoint(thing) => Observed::Endpoint(endpoint::Observed {
            id: literal(&format!("vpce-{number}")),
            vpc: literal(thing.vpc.as_str()),
            service: thing.service,
            state: crate::kind::ec2::State::Available,
            connection: match thing.connection {
                endpoint::Wanted::Gateway { tables } => {
                    endpoint::Connection::Gateway { tables: tables.iter().map(|table| literal(table.as_str())).collect() }
                }
                endpoint::Wanted::Interface { subnets, group } => endpoint::Connection::Interface {
                    subnets: subnets.iter().map(|subnet| literal(subnet.as_str())).collect(),
                    groups: vec![literal(group.as_str())],
                    private_dns: true,
                },
            },
            policy: thing.policy.map(|policy| policy.as_str().to_owned()).unwrap_or_default(),
            tags: thing.tags,
        }),
        Desired::FlowLog(thing) => Observed::FlowLog(flow_log::Observed {
            id: literal(&format!("fl-{number}")),
            vpc: thing.vpc.as_str().to_owned(),
            destination: thing.destination.as_str().to_owned(),
            interval: thing.interval,
            traffic: "ALL".to_owned(),
            failure: None,
            vpc_exists: true,
            tags: thing.tags,
        }),
        other => panic!("not a network's: {other:?}"),
    }
}

fn leading(way: &route_table::WayOut) -> route_table::Route {
    let (route_table::WayOut::InternetGateway(target) | route_table::WayOut::Nat(target)) = way;
    route_table::Route { target: target.as_str().to_owned(), blackhole: false }
}

/// Returns a route table of dev.
fn table<'a>(world: &'a mut Observation, name: &str) -> &'a mut route_table::Observed {
    let Observed::RouteTable(table) = find(world, &format!("dev/eu-west-1/route-table/{name}"), "acme") else { panic!("a route table") };
    table
}

#[test]
fn a_deleted_gateway_is_shown_as_the_blackhole_it_left() {
    let dead = lines(DEV, |world| {
        remove(world, "dev/eu-west-1/nat/a");
        for name in ["private-a", "private-b"] {
            table(world, name).routes.insert("0.0.0.0/0".to_owned(), route_table::Route { target: "nat-0".to_owned(), blackhole: true });
        }
    });
    assert_eq!(
        dead,
        [
            "+ dev/eu-west-1/nat/a []",
            "~ dev/eu-west-1/route-table/private-a [route 0.0.0.0/0  nat-0 (blackhole) -> dev/eu-west-1/nat/a (to be made)]",
            "~ dev/eu-west-1/route-table/private-b [route 0.0.0.0/0  nat-0 (blackhole) -> dev/eu-west-1/nat/a (to be made)]",
        ]
    );
}

#[test]
fn a_changed_route_table_is_changed_back() {
    let drifted = lines(DEV, |world| {
        let subnet = table(world, "private-a").subnets.pop_first().expect("one");
        let other = route_table::Route { target: "pcx-1".to_owned(), blackhole: false };
        let private = table(world, "private-a");
        private.elsewhere.insert(subnet, literal("rtb-foreign"));
        private.routes.insert("192.168.0.0/16".to_owned(), other);
    });
    assert_eq!(drifted.len(), 1, "{drifted:?}");
    assert!(drifted[0].starts_with("~ dev/eu-west-1/route-table/private-a [route 192.168.0.0/16  - pcx-1; subnet subnet-"), "{drifted:?}");
    assert!(drifted[0].ends_with("  rtb-foreign -> dev/eu-west-1/route-table/private-a]"), "{drifted:?}");
}

#[test]
fn a_vpcs_defaults_are_closed_and_never_pruned() {
    let opened = lines(DEV, |world| {
        let group = world.things.iter_mut().find_map(|(scope, thing)| match thing {
            Observed::SecurityGroup(group) if scope.to_string() == "dev/eu-west-1" => Some(group),
            _ => None,
        });
        let text = "all from sg-1".to_owned();
        let rule = security_group::Rule { id: "sgr-1".to_owned(), direction: security_group::Direction::Ingress, text };
        group.expect("there").rules.push(rule);
    });
    assert_eq!(opened, ["~ dev/eu-west-1/security-group/default [ingress  - all from sg-1]"]);
}

#[test]
fn a_flow_log_waits_for_the_bucket_and_a_new_interval_replaces_it() {
    let changed = lines("cidr = \"10.16.0.0/16\", flow_log_interval = \"1m\"", |_| {});
    assert_eq!(changed, ["~ dev/eu-west-1/flow-log/vpc [interval  600 s -> 60 s]"]);
}

#[test]
fn a_removed_network_is_deleted_in_an_order_that_works() {
    let with = manifest(DEV);
    let without = organization(&with.replace(&format!("\nnetwork = {{ {DEV} }}"), ""));
    let world = super::built(&desired(&organization(&with)));
    let options = PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() };
    let plan = plan(&without, &desired(&without), &world, &options).expect("not refused");
    let removed: Vec<String> = shown(&plan).into_iter().filter(|line| line.starts_with("- ")).collect();
    insta::assert_snapshot!("network_to_nothing", removed.join("\n"));
}

/// The new flow log waits for the log archive's bucket, so the former one goes on until then.
#[test]
fn a_former_flow_log_stays_until_its_replacement_can_be_created() {
    // No other network has a flow log.
    let organization = organization(&manifest(DEV).replace("\nnetwork = { cidr = \"10.48.0.0/16\" }", ""));
    let wanted = desired(&organization);
    for is_ready in [true, false] {
        let mut world = super::built(&wanted);
        let Observed::FlowLog(log) = find(&mut world, "dev/eu-west-1/flow-log/vpc", "acme") else { panic!("a flow log") };
        log.tags.insert(tags::ADDRESS.to_owned(), "dev/eu-west-1/flow-log/former".to_owned());
        "arn:aws:s3:::former/".clone_into(&mut log.destination);
        if !is_ready {
            let in_archive = |scope: &Scope| scope.account().is_some_and(AccountKey::is_log_archive);
            world.things.retain(|(scope, _)| !in_archive(scope));
            world.scopes.retain(|scope, _| !in_archive(scope));
            world.scopes.insert(Scope::Account(AccountKey::log_archive()), ScopeState::NotReady("it was just created".to_owned()));
            let addresses: Vec<_> =
                wanted.wanted.iter().map(|wanted| &wanted.address).filter(|address| !in_archive(address.scope())).collect();
            world.facts = world.facts.of(addresses);
        }
        let plan = plan(&organization, &wanted, &world, &PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() })
            .expect("not refused");
        // Whatever is in the archive, or waits for something in it, is counted once.
        let later = wanted
            .wanted
            .iter()
            .map(|wanted| &wanted.address)
            .filter(|address| !plan.settled.contains(address) && plan.steps.iter().all(|step| step.address != **address));
        assert_eq!(plan.not_ready.iter().map(|closed| closed.wanted).sum::<usize>(), later.count());
        let lines = shown(&plan);
        assert_eq!(lines.contains(&"- dev/eu-west-1/flow-log/former []".to_owned()), is_ready, "{lines:#?}");
        let hint = plan.orphans.iter().find_map(|orphan| orphan.hint.as_deref().filter(|_| orphan.address.name() == "former"));
        assert_eq!(hint.is_some_and(|hint| hint.starts_with("it watches vpc-") && hint.ends_with(", which stays")), !is_ready, "{hint:?}");
    }
}

/// A VPC that landfall no longer manages keeps its flow log, even if nothing else is left in it; one that is gone keeps nothing.
#[test]
fn a_flow_log_goes_with_its_vpc_and_not_before() {
    let with = manifest(DEV);
    let without = organization(&with.replace(&format!("\nnetwork = {{ {DEV} }}"), ""));
    for (is_there, goes) in [(true, false), (false, true)] {
        let mut world = super::built(&desired(&organization(&with)));
        world.things.retain(|(scope, thing)| {
            scope.to_string() != "dev/eu-west-1" || matches!(thing, Observed::FlowLog(_)) || is_there && matches!(thing, Observed::Vpc(_))
        });
        for (scope, thing) in &mut world.things {
            match thing {
                Observed::Vpc(vpc) if scope.to_string() == "dev/eu-west-1" => vpc.tags.clear(),
                Observed::FlowLog(log) if scope.to_string() == "dev/eu-west-1" => log.vpc_exists = is_there,
                _ => {}
            }
        }
        let plan = plan(&without, &desired(&without), &world, &PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() })
            .expect("not refused");
        let lines = shown(&plan);
        assert_eq!(lines.contains(&"- dev/eu-west-1/flow-log/vpc []".to_owned()), goes, "{lines:#?}");
        assert_eq!(lines.contains(&"? dev/eu-west-1/flow-log/vpc".to_owned()), !goes, "{lines:#?}");
    }
}

/// An endpoint waits for its group and its subnets; a service that left the list is an orphan, and its group only with the last one.
#[test]
fn endpoints_come_with_their_group_and_go_before_it() {
    let listed = |services: &str| format!("{DEV}, endpoints = [{services}]");
    assert_eq!(
        lines(&listed("\"kms\", \"sts\""), |_| {}),
        ["+ dev/eu-west-1/security-group/endpoints []", "+ dev/eu-west-1/endpoint/kms []", "+ dev/eu-west-1/endpoint/sts []"]
    );
    let built = super::built(&desired(&organization(&manifest(&listed("\"kms\", \"sts\"")))));
    for (services, left) in
        [("\"kms\", \"sts\"", &[][..]), ("\"sts\"", &["endpoint/kms"]), ("", &["endpoint/sts", "endpoint/kms", "security-group/endpoints"])]
    {
        let organization = organization(&manifest(&listed(services)));
        let options = PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() };
        let plan = plan(&organization, &desired(&organization), &built, &options).expect("not refused");
        let mut lines = shown(&plan);
        lines.sort_by_key(|line| line.contains("security-group"));
        let expected: Vec<String> = left.iter().map(|name| format!("- dev/eu-west-1/{name} []")).collect();
        assert!(lines.len() == expected.len() && expected.iter().all(|line| lines.contains(line)), "{services}: {lines:#?}");
        let group = plan.steps.iter().position(|step| step.address.kind() == "security-group");
        assert!(group.is_none_or(|group| group + 1 == plan.steps.len()), "{lines:#?}");
    }
}
