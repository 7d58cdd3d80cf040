//! Existing networks that the manifest divides differently: one blocked step, and the line that keeps them.

use super::{built, organization};
use crate::address::{Address, Scope};
use crate::aws::tags::{self, Tags};
use crate::desired::desired;
use crate::kind::backup::vault::BackupVault;
use crate::kind::logs::log_retention::LogRetention;
use crate::kind::setting::Setting;
use crate::kind::{Action, Kind, Observed};
use crate::model::Tier;
use crate::name::literal;
use crate::plan::{Plan, PlanOptions, plan};

/// Returns a manifest with one environment.
fn manifest(tier: &str, network: &str) -> String {
    format!(
        "schema = 1\n[organization]\nname = \"acme\"\nemail = \"aws+{{account}}@acme.example\"\nregion = \"eu-west-1\"\n\
         regions = [\"eu-west-1\", \"us-east-1\"]\n[environments.test]\ntier = \"{tier}\"\n{network}\n"
    )
}

const NETWORK: &str = "network = { cidr = \"10.48.0.0/16\" }";

/// Plans one manifest against a world that was built from another.
fn changed(from: &str, to: &str, prune: bool) -> Plan {
    let world = built(&desired(&organization(from)));
    let organization = organization(to);
    plan(&organization, &desired(&organization), &world, &PlanOptions { prune, only: Vec::new(), ..PlanOptions::default() })
        .expect("not refused")
}

fn in_network(scope: &Scope) -> bool {
    matches!(scope, Scope::Region(account, _) if account.as_str() == "test")
}

/// Returns whether an address is of something in the network, and not of something else that a tier decides in its Region.
fn is_of_network(address: &Address) -> bool {
    in_network(address.scope()) && ![LogRetention::NAME, BackupVault::NAME].contains(&address.kind())
}

/// Returns the plan's lines about the network: steps, and blocked ones.
fn network_of(plan: &Plan) -> (Vec<String>, Vec<String>) {
    let steps = plan.steps.iter().filter(|step| is_of_network(&step.address));
    let blocked = plan.blocked.iter().filter(|blocked| in_network(blocked.address.scope()));
    let hint = |blocked: &super::super::BlockedStep| blocked.blocked.hint.clone().unwrap_or_default();
    (
        steps.map(|step| format!("{} {}", step.change.action().sign(), step.address)).collect(),
        blocked.map(|blocked| format!("{}: {} ({})", blocked.address, blocked.blocked.reason, hint(blocked))).collect(),
    )
}

#[test]
fn a_tier_that_divides_the_network_differently_blocks_it_as_a_whole_in_all_twelve_directions() {
    let zones = |tier: Tier| (tier.azs(), tier.subnets());
    for from in Tier::ALL {
        let (azs, kinds) = zones(from);
        let kinds = kinds.iter().map(|kind| format!("\"{}\"", kind.as_str())).collect::<Vec<_>>().join(", ");
        let keep = format!("network = {{ cidr = \"10.48.0.0/16\", azs = {azs}, subnets = [{kinds}], nat = \"{}\" }}", from.nat().as_str());
        for to in Tier::ALL.into_iter().filter(|to| *to != from) {
            for prune in [false, true] {
                let before = manifest(from.as_str(), NETWORK);
                let plan = changed(&before, &manifest(to.as_str(), NETWORK), prune);
                let (steps, blocked) = network_of(&plan);
                if zones(from) == zones(to) {
                    assert_eq!(blocked, [""; 0], "{from} to {to}");
                    assert!(steps.iter().all(|step| !step.contains("/subnet/") && !step.contains("/vpc/")), "{from} to {to}: {steps:?}");
                } else {
                    assert_eq!(steps, [""; 0], "{from} to {to}");
                    assert_eq!(blocked.len(), 1, "{from} to {to}: {blocked:?}");
                    assert!(
                        blocked[0].starts_with("test/eu-west-1/vpc/main: a network that exists keeps its zones and subnets; "),
                        "{blocked:?}"
                    );
                    assert!(blocked[0].contains(&format!("(keep it: {keep}; or remove it first: ")), "{from} to {to}: {blocked:?}");
                    assert!(plan.orphans.iter().all(|orphan| !is_of_network(&orphan.address)), "{from} to {to}: {:?}", plan.orphans);
                }
                // The manifest accepts the line that keeps it, and with it nothing is blocked or divided.
                let (steps, blocked) = network_of(&changed(&before, &manifest(to.as_str(), &keep), false));
                assert_eq!(blocked, [""; 0], "{from} to {to}");
                assert!(steps.iter().all(|step| step == "~ test/eu-west-1/flow-log/vpc"), "{from} to {to}: {steps:?}");
            }
        }
    }
}

#[test]
fn another_block_is_kept_by_writing_the_old_one() {
    let before = manifest("development", NETWORK);
    let (steps, blocked) = network_of(&changed(&before, &manifest("development", "network = { cidr = \"10.64.0.0/16\" }"), true));
    assert_eq!(steps, [""; 0]);
    assert_eq!(blocked.len(), 1, "{blocked:?}");
    assert!(
        blocked[0].contains(" has the block 10.48.0.0/16, the manifest says 10.64.0.0/16: a network that exists keeps its block"),
        "{blocked:?}"
    );
    let keep = "network = { cidr = \"10.48.0.0/16\", azs = 2, subnets = [\"public\", \"private\"], nat = \"single\" }";
    assert!(blocked[0].contains(keep), "{blocked:?}");
}

#[test]
fn only_managed_resources_are_counted_and_kept() {
    let before = manifest("development", NETWORK);
    let mut world = built(&desired(&organization(&before)));
    let is_setting = |thing: &Observed| {
        matches!(thing, Observed::EbsEncryption(_) | Observed::DocumentSharing(_) | Observed::LogRetention(_) | Observed::DefaultVpc(_))
    };
    let ours = world.things.iter().filter(|(scope, thing)| in_network(scope) && !is_setting(thing)).count();
    let (scope, vpc) =
        world.things.iter().find(|(scope, thing)| in_network(scope) && matches!(thing, Observed::Vpc(_))).cloned().expect("built");
    let Observed::Vpc(vpc) = vpc else { panic!("a VPC") };
    let tagged = |organization: &str, address: &str| {
        Tags::from([(tags::ORGANIZATION.to_owned(), organization.to_owned()), (tags::ADDRESS.to_owned(), address.to_owned())])
    };
    let others = [Tags::new(), tagged("other", "test/eu-west-1/vpc/main"), tagged("acme", "test/us-east-1/vpc/main")];
    for (number, tags) in others.into_iter().enumerate() {
        let id = literal(&format!("vpc-theirs-{number}"));
        let theirs = crate::kind::ec2::vpc::Observed { id, cidr: literal("10.99.0.0/16"), tags, ..vpc.clone() };
        world.things.insert(0, (scope.clone(), Observed::Vpc(theirs)));
    }
    let after = organization(&manifest("production", NETWORK));
    let plan = plan(&after, &desired(&after), &world, &PlanOptions::default()).expect("not refused");
    let (_, blocked) = network_of(&plan);
    assert!(blocked.len() == 1 && blocked[0].contains(&format!("; {ours} things of it stay as they are")), "{ours}: {blocked:?}");
}

/// Tags are copied with a template, for example: what is in another VPC says nothing about how this one is divided.
#[test]
fn a_subnet_of_another_vpc_is_no_part_of_the_network() {
    let same = manifest("development", NETWORK);
    let mut world = built(&desired(&organization(&same)));
    let copied = world.things.iter().find(|(scope, thing)| in_network(scope) && matches!(thing, Observed::Subnet(_))).cloned();
    let Some((scope, Observed::Subnet(subnet))) = copied else { panic!("a subnet") };
    let elsewhere = crate::kind::ec2::subnet::Observed {
        id: literal("subnet-elsewhere"),
        vpc: literal("vpc-elsewhere"),
        cidr: literal("172.16.0.0/24"),
        ..subnet
    };
    world.things.push((scope, Observed::Subnet(elsewhere)));
    let organization = organization(&same);
    let plan = plan(&organization, &desired(&organization), &world, &PlanOptions::default()).expect("not refused");
    assert_eq!(network_of(&plan), (Vec::new(), Vec::new()));
}

#[test]
fn subnets_that_fit_beside_the_old_ones_are_no_other_division() {
    let three = "network = { cidr = \"10.48.0.0/16\", azs = 3, subnets = [\"public\", \"private\"] }";
    let four = "network = { cidr = \"10.48.0.0/16\", azs = 4, subnets = [\"public\", \"private\"] }";
    let (steps, blocked) = network_of(&changed(&manifest("development", three), &manifest("development", four), false));
    assert_eq!(blocked, [""; 0]);
    assert!(steps.contains(&"+ test/eu-west-1/subnet/public-d".to_owned()), "{steps:?}");
    let (steps, blocked) = network_of(&changed(&manifest("development", four), &manifest("development", three), true));
    assert_eq!(blocked, [""; 0]);
    assert!(steps.contains(&"- test/eu-west-1/subnet/public-d".to_owned()), "{steps:?}");
}

/// Subnets of other names divide the same block: larger or smaller ones, none fits beside the old ones.
#[test]
fn subnets_of_other_sizes_overlap() {
    let line = |azs: u8, kind: &str| format!("network = {{ cidr = \"10.48.0.0/16\", azs = {azs}, subnets = [\"{kind}\"] }}");
    for (from, to) in [(1, 4), (4, 1)] {
        let plan = changed(&manifest("development", &line(from, "public")), &manifest("development", &line(to, "isolated")), true);
        let (steps, blocked) = network_of(&plan);
        assert_eq!(steps, [""; 0], "{from} to {to}");
        assert!(blocked.len() == 1 && blocked[0].contains(": a network that exists keeps its zones and subnets; "), "{blocked:?}");
    }
}

#[test]
fn any_order_of_kinds_is_found_again() {
    for (azs, subnets) in
        [(1, "\"isolated\""), (3, "\"private\", \"public\""), (2, "\"isolated\", \"public\", \"private\""), (6, "\"public\"")]
    {
        let line = format!("network = {{ cidr = \"10.48.0.0/16\", azs = {azs}, subnets = [{subnets}], nat = \"none\" }}");
        let (_, blocked) =
            network_of(&changed(&manifest("development", &line), &manifest("production", "network = { cidr = \"10.0.0.0/16\" }"), false));
        assert!(blocked.len() == 1 && blocked[0].contains(&format!("keep it: {line}; ")), "{line}: {blocked:?}");
    }
}

#[test]
fn a_half_built_network_is_kept_by_what_it_has_and_goes_on_with_it() {
    let before = manifest("development", NETWORK);
    let mut world = built(&desired(&organization(&before)));
    world.things.retain(|(_, thing)| !matches!(thing, Observed::Subnet(subnet) if subnet.tags.values().any(|value| value.ends_with("-b"))));
    let after = organization(&manifest("production", NETWORK));
    let plan = plan(&after, &desired(&after), &world, &PlanOptions::default()).expect("not refused");
    let (steps, blocked) = network_of(&plan);
    assert_eq!(steps, [""; 0]);
    assert!(blocked.len() == 1 && blocked[0].contains("keep it: network = { cidr = "), "{blocked:?}");
}

/// A NAT gateway serves private subnets only: the manifest refuses one without them.
#[test]
fn a_network_without_private_subnets_is_kept_without_nat() {
    let line = "network = { cidr = \"10.48.0.0/16\", azs = 2, subnets = [\"public\"], nat = \"none\" }";
    let nat = built(&desired(&organization(&manifest("development", NETWORK))))
        .things
        .into_iter()
        .find(|(scope, thing)| in_network(scope) && matches!(thing, Observed::Nat(_)));
    let mut world = built(&desired(&organization(&manifest("development", line))));
    world.things.extend(nat);
    let after = organization(&manifest("development", &line.replace("public", "isolated").replace("azs = 2", "azs = 3")));
    let plan = plan(&after, &desired(&after), &world, &PlanOptions::default()).expect("not refused");
    let (_, blocked) = network_of(&plan);
    assert!(blocked.len() == 1 && blocked[0].contains(&format!("(keep it: {line}; or ")), "{blocked:?}");
}

#[test]
fn a_network_that_does_not_exist_yet_is_made_as_the_manifest_says() {
    let plan = changed(&manifest("development", ""), &manifest("production", NETWORK), false);
    let (steps, blocked) = network_of(&plan);
    assert_eq!(blocked, [""; 0]);
    assert!(
        steps.len() > 20
            && plan.steps.iter().filter(|step| is_of_network(&step.address)).all(|step| step.change.action() == Action::Create)
    );
}

#[test]
fn a_workload_s_part_is_kept_by_its_environment() {
    let manifest = |tier: &str, network: &str| {
        format!("{}[workloads.pay]\nenvironments = [\"test\"]\n[workloads.shop]\nenvironments = [\"test\"]\n", manifest(tier, network))
    };
    let parts = "azs = 2, subnets = [\"public\", \"private\"], nat = \"single\"";
    let divided = format!("{parts} in the network of environment test, for all of its workloads");
    let moved = format!("the former `cidr` and `part` of environment test, and its workloads in their former order, with {parts}");
    for (tier, network, expected) in [("staging", NETWORK, divided), ("development", "network = { cidr = \"10.64.0.0/16\" }", moved)] {
        let plan = changed(&manifest("development", NETWORK), &manifest(tier, network), false);
        let hints: Vec<String> = plan
            .blocked
            .iter()
            .map(|blocked| format!("{} {}", blocked.address, blocked.blocked.hint.clone().unwrap_or_default()))
            .collect();
        assert_eq!(hints.len(), 2, "{hints:?}");
        assert!(hints[0].starts_with(&format!("pay-test/eu-west-1/vpc/main keep it: {expected}; or remove it first")), "{hints:?}");
    }
}

#[test]
fn nothing_is_bought_for_a_subnet_that_an_unmanaged_one_overlaps() {
    let line =
        |azs: u8| format!("network = {{ cidr = \"10.48.0.0/16\", azs = {azs}, subnets = [\"public\", \"private\"], nat = \"per-az\" }}");
    let mut world = built(&desired(&organization(&manifest("development", &line(3)))));
    let is_public_c =
        |(_, thing): &&(Scope, Observed)| matches!(thing, Observed::Subnet(subnet) if subnet.cidr == literal("10.48.128.0/19"));
    let (scope, Observed::Subnet(subnet)) = world.things.iter().find(is_public_c).cloned().expect("built") else { panic!("a subnet") };
    let foreign = crate::kind::ec2::subnet::Observed {
        id: literal("subnet-theirs"),
        cidr: literal("10.48.192.0/24"),
        tags: crate::aws::tags::Tags::new(),
        ..subnet
    };
    world.things.push((scope, Observed::Subnet(foreign)));
    let after = organization(&manifest("development", &line(4)));
    let plan = plan(&after, &desired(&after), &world, &PlanOptions::default()).expect("not refused");
    let (steps, blocked) = network_of(&plan);
    assert!(steps.iter().all(|step| !step.contains("nat")), "{steps:?}");
    let of = |name: &str| blocked.iter().find(|line| line.starts_with(&format!("test/eu-west-1/{name}: "))).cloned().unwrap_or_default();
    assert!(of("subnet/public-d").contains("subnet-theirs has the block 10.48.192.0/24 and no landfall tags: it overlaps 10.48.192.0/19"));
    for waiting in ["nat/d", "eip/nat-d"] {
        assert!(of(waiting).contains("it needs test/eu-west-1/subnet/public-d"), "{waiting}: {blocked:#?}");
    }
}
