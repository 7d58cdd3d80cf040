//! Plans of networks: what is created and in which order, what a change of the manifest does, what blocks.

use super::{MANIFEST, find, organization, shown};
use crate::address::{Address, Scope};
use crate::aws::tags::{Owner, Tags};
use crate::desired::desired;
use crate::kind::ec2::{State, eip, internet_gateway, nat, subnet, vpc};
use crate::kind::{Desired, Facts, Observed};
use crate::name::literal;
use crate::observed::{Observation, ScopeState};
use crate::plan::{Plan, PlanOptions, plan};

/// Returns what would be observed if this resource of a network had just been created.
pub(super) fn built(thing: Desired, number: usize) -> Observed {
    match thing {
        Desired::Vpc(thing) => Observed::Vpc(vpc::Observed {
            id: literal(&format!("vpc-{number}")),
            cidr: thing.cidr,
            state: State::Available,
            detail: Some(vpc::Detail { dns_support: thing.dns_support, dns_hostnames: thing.dns_hostnames, main: None, nats: Vec::new() }),
            is_default: false,
            tags: thing.tags,
        }),
        Desired::InternetGateway(thing) => Observed::InternetGateway(internet_gateway::Observed {
            id: literal(&format!("igw-{number}")),
            vpc: Some(literal(thing.vpc.as_str())),
            tags: thing.tags,
        }),
        Desired::Subnet(thing) => Observed::Subnet(subnet::Observed {
            id: literal(&format!("subnet-{number}")),
            vpc: literal(thing.vpc.as_str()),
            cidr: thing.cidr,
            zone: match thing.zone {
                subnet::Zone::Nth { place, .. } => format!("euw1-az{}", place + 1),
                subnet::Zone::Id(zone) => zone.as_str().to_owned(),
            },
            state: State::Available,
            public_addresses: false,
            other_acl: None,
            tags: thing.tags,
        }),
        Desired::Eip(thing) => {
            let nat = Some(eip::UsedBy { id: literal("nat-of-it"), address: Some(thing.nat.to_string()) });
            Observed::Eip(eip::Observed {
                id: literal(&format!("eipalloc-{number}")),
                ip: format!("192.0.2.{number}"),
                nat,
                tags: thing.tags,
            })
        }
        Desired::Nat(thing) => Observed::Nat(nat::Observed {
            id: literal(&format!("nat-{number}")),
            subnet: Some(literal(thing.subnet.as_str())),
            vpc: literal("vpc-of-it"),
            eips: vec![literal(thing.eip.as_str())],
            ips: Vec::new(),
            state: State::Available,
            tags: thing.tags,
        }),
        Desired::BackupVault(thing) => {
            let address = thing.tags.get(crate::aws::tags::ADDRESS).expect("an address");
            Observed::BackupVault(crate::kind::backup::vault::Observed {
                arn: format!("arn:aws:backup:{address}:backup-vault:{}", thing.name),
                name: thing.name,
                points: 0,
                lock: None,
                other_type: None,
                role: format!("arn:aws:iam::{}:role/landfall/backup", address.split('/').next().unwrap_or_default()),
                tags: thing.tags,
            })
        }
        other => super::routes::built(other, number),
    }
}

/// The manifest with a network in each environment: two zones and one NAT gateway, and three of each.
pub(super) fn manifest(dev: &str) -> String {
    MANIFEST
        .replace("tier = \"development\"", &format!("tier = \"development\"\nnetwork = {{ {dev} }}"))
        .replace("tier = \"production\"", "tier = \"production\"\nnetwork = { cidr = \"10.48.0.0/16\" }")
}

pub(super) const DEV: &str = "cidr = \"10.16.0.0/16\"";

/// Plans dev's network against a world that was built with [`DEV`] and then changed.
fn planned(dev: &str, options: &PlanOptions, change: impl FnOnce(&mut Observation)) -> Plan {
    let mut world = super::built(&desired(&organization(&manifest(DEV))));
    change(&mut world);
    let organization = organization(&manifest(dev));
    plan(&organization, &desired(&organization), &world, options).expect("not refused")
}

pub(super) fn lines(dev: &str, change: impl FnOnce(&mut Observation)) -> Vec<String> {
    shown(&planned(dev, &PlanOptions::default(), change))
}

/// Removes one resource from a world.
pub(super) fn remove(world: &mut Observation, address: &str) {
    let address: Address = address.parse().expect("valid");
    let organization = "acme".parse().expect("valid");
    world.things.retain(|(_, thing)| thing.owner(&organization) != Owner::Ours(address.clone()));
    // Its facts are recorded again.
    world.facts = Facts::one(&"organization/acme".parse().expect("valid"), "management", "111111111111");
    world.facts.learn(&"organization/acme".parse().expect("valid"), "root", "r-ab12");
    world.learn(&desired(&super::organization(&manifest(DEV))));
}

#[test]
fn a_network_is_built_in_an_order_that_works() {
    let organization = organization(&manifest(DEV));
    let nothing = Observation::nothing("111111111111".parse().expect("valid"));
    let plan = plan(&organization, &desired(&organization), &nothing, &PlanOptions::default()).expect("not refused");
    let text: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| matches!(step.address.scope(), Scope::Region(account, _) if account.as_str() == "dev"))
        .map(|step| {
            let after: Vec<String> = step.after.iter().map(ToString::to_string).collect();
            format!("{} {}  {}  after {}", step.change.action().sign(), step.address, step.change.summary(), after.join(", "))
        })
        .collect();
    insta::assert_snapshot!("network_from_nothing", text.join("\n"));
}

#[test]
fn a_network_that_was_built_is_settled() {
    assert_eq!(lines(DEV, |_| {}), [""; 0]);
}

#[test]
fn a_deleted_nat_gateway_is_created_again_on_the_same_address() {
    let again = lines(DEV, |world| remove(world, "dev/eu-west-1/nat/a"));
    assert_eq!(again[0], "+ dev/eu-west-1/nat/a []");
    assert!(again[1..].iter().all(|line| line.starts_with("~ dev/eu-west-1/route-table/private-")), "{again:?}");
}

#[test]
fn a_pending_nat_gateway_is_awaited() {
    let pending = lines(DEV, |world| {
        let Observed::Nat(nat) = find(world, "dev/eu-west-1/nat/a", "acme") else { panic!("a NAT gateway") };
        nat.state = State::Pending;
    });
    assert_eq!(pending, ["~ dev/eu-west-1/nat/a [state  pending -> available]"]);
}

#[test]
fn a_detached_gateway_is_attached_again() {
    let detached = lines(DEV, |world| {
        let Observed::InternetGateway(gateway) = find(world, "dev/eu-west-1/internet-gateway/main", "acme") else { panic!("a gateway") };
        gateway.vpc = None;
    });
    assert_eq!(detached, ["~ dev/eu-west-1/internet-gateway/main [attached to  + dev/eu-west-1/vpc/main]"]);
}

#[test]
fn another_block_blocks_what_it_would_move() {
    let moved = lines("cidr = \"10.32.0.0/16\"", |_| {});
    assert_eq!(moved.len(), 1, "{moved:?}");
    assert!(moved[0].starts_with("! dev/eu-west-1/vpc/main: "), "{moved:?}");
    assert!(moved[0].contains("has the block 10.16.0.0/16, the manifest says 10.32.0.0/16"), "{moved:?}");
}

#[test]
fn a_nat_gateway_in_each_zone_adds_those_that_are_missing() {
    let added = lines("cidr = \"10.16.0.0/16\", nat = \"per-az\"", |_| {});
    assert_eq!(
        added,
        [
            "+ dev/eu-west-1/eip/nat-b []",
            "+ dev/eu-west-1/nat/b []",
            "~ dev/eu-west-1/route-table/private-b [route 0.0.0.0/0  dev/eu-west-1/nat/a -> dev/eu-west-1/nat/b (to be made)]",
        ]
    );
}

#[test]
fn without_nat_the_gateway_is_an_orphan_and_pruned_before_its_address() {
    let without = "cidr = \"10.16.0.0/16\", nat = \"none\"";
    assert_eq!(lines(without, |_| {})[2..], ["? dev/eu-west-1/eip/nat-a", "? dev/eu-west-1/nat/a"]);
    let plan = planned(without, &PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() }, |_| {});
    assert_eq!(
        shown(&plan),
        [
            "~ dev/eu-west-1/route-table/private-a [route 0.0.0.0/0  - dev/eu-west-1/nat/a]",
            "~ dev/eu-west-1/route-table/private-b [route 0.0.0.0/0  - dev/eu-west-1/nat/a]",
            "- dev/eu-west-1/nat/a []",
            "- dev/eu-west-1/eip/nat-a []",
        ]
    );
    assert!(plan.steps[..2].iter().all(|step| plan.steps[2].after.contains(&step.address)), "routes leave a gateway first");
    assert_eq!(plan.steps[3].after, [plan.steps[2].address.clone()]);
}

#[test]
fn an_unmanaged_subnet_in_the_same_place_blocks_that_subnet_only() {
    let blocked = lines(DEV, |world| {
        let Observed::Subnet(subnet) = find(world, "dev/eu-west-1/subnet/private-b", "acme") else { panic!("a subnet") };
        subnet.tags.clear();
    });
    assert_eq!(blocked.len(), 1, "{blocked:?}");
    assert!(blocked[0].ends_with("has the block 10.16.192.0/18 and no landfall tags"), "{blocked:?}");
}

/// Its subnets are where they were, but whether they are in the VPC of this network is unknown: one reason for all.
#[test]
fn a_vpc_without_tags_is_the_reason_for_everything_in_it() {
    let blocked = planned(DEV, &PlanOptions::default(), |world| {
        let Observed::Vpc(vpc) = find(world, "dev/eu-west-1/vpc/main", "acme") else { panic!("a VPC") };
        vpc.tags.clear();
        world.facts = Facts::one(&"organization/acme".parse().expect("valid"), "management", "111111111111");
        world.learn(&desired(&organization(&manifest(DEV))));
    })
    .blocked;
    let (first, others) = blocked.split_first().expect("the VPC is blocked");
    assert_eq!((first.address.to_string().as_str(), &first.needs), ("dev/eu-west-1/vpc/main", &None));
    assert!(others.iter().any(|other| other.address.kind() == "subnet"), "{others:#?}");
    assert!(others.iter().all(|other| other.needs.as_ref() == Some(&first.address)), "{others:#?}");
}

/// The gateway is removed last: unmanaged resources in the VPC may use it.
#[test]
fn a_gateway_stays_as_long_as_something_is_in_its_vpc() {
    for (theirs, goes) in [(true, false), (false, true)] {
        let plan = planned(
            "cidr = \"10.16.0.0/16\", subnets = [\"isolated\"]",
            &PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() },
            |world| {
                let in_dev = |scope: &Scope| scope.to_string() == "dev/eu-west-1";
                let is_part = |thing: &Observed| {
                    matches!(
                        thing,
                        Observed::Subnet(_) | Observed::Nat(_) | Observed::Eip(_) | Observed::RouteTable(_) | Observed::Endpoint(_)
                    )
                };
                let subnet = world.things.iter().find(|(scope, thing)| in_dev(scope) && matches!(thing, Observed::Subnet(_))).cloned();
                world.things.retain(|(scope, thing)| !in_dev(scope) || !is_part(thing));
                if let (true, Some((scope, Observed::Subnet(subnet)))) = (theirs, subnet) {
                    let (id, cidr) = ("subnet-theirs".to_owned(), "10.99.0.0/24".to_owned());
                    world.things.push((
                        scope,
                        Observed::Subnet(subnet::Observed { id: literal(&id), cidr: literal(&cidr), tags: Tags::new(), ..subnet }),
                    ));
                }
            },
        );
        let lines = shown(&plan);
        assert_eq!(lines.contains(&"- dev/eu-west-1/internet-gateway/main []".to_owned()), goes, "{lines:#?}");
        let hint = plan.orphans.iter().find(|orphan| orphan.address.kind() == "internet-gateway").and_then(|orphan| orphan.hint.clone());
        assert_eq!(hint.as_deref(), theirs.then_some("it still holds or serves subnet-theirs (10.99.0.0/24, euw1-az1)"));
    }
}

#[test]
fn of_two_resources_with_the_same_tags_neither_is_touched() {
    for kind in ["vpc/main", "nat/a", "eip/nat-a", "flow-log/vpc"] {
        let address = format!("dev/eu-west-1/{kind}");
        let plan = planned(DEV, &PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() }, |world| {
            let mut twin = find(world, &address, "acme").clone();
            match &mut twin {
                Observed::Vpc(thing) => thing.id = literal("vpc-twin"),
                Observed::Nat(thing) => thing.id = literal("nat-twin"),
                Observed::Eip(thing) => thing.id = literal("eipalloc-twin"),
                Observed::FlowLog(thing) => thing.id = literal("fl-twin"),
                other => panic!("{other:?}"),
            }
            world.things.push((address.parse::<Address>().expect("valid").scope().clone(), twin));
        });
        let lines = shown(&plan);
        assert!(lines.iter().any(|line| line.starts_with(&format!("! {address}: two resources match {address}: "))), "{lines:#?}");
        assert!(plan.steps.is_empty(), "{lines:#?}");
    }
}

#[test]
fn an_account_that_cannot_be_entered_counts_the_resources_of_its_regions_too() {
    let in_dev = |scope: &Scope| scope.account().is_some_and(|account| account.as_str() == "dev");
    let wanted = desired(&organization(&manifest(DEV))).wanted;
    let inside = wanted.iter().filter(|wanted| in_dev(wanted.address.scope())).count();
    let account = Scope::Account("dev".parse().expect("valid"));
    assert!(inside > wanted.iter().filter(|wanted| *wanted.address.scope() == account).count());
    let plan = planned(DEV, &PlanOptions::default(), |world| {
        world.things.retain(|(scope, _)| !in_dev(scope));
        world.scopes.retain(|scope, _| !in_dev(scope));
        world.scopes.insert(account.clone(), ScopeState::Unreadable { reason: "denied".to_owned(), hint: String::new() });
    });
    let closed: Vec<(&Scope, usize)> = plan.unreadable.iter().map(|closed| (&closed.scope, closed.wanted)).collect();
    assert_eq!(closed, [(&account, inside)]);
}
