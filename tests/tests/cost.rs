//! The estimate agrees with what exists: what a plan adds and ends is the difference between the bills before and after it was applied.

use std::collections::BTreeMap;

use landfall::address::Address;
use landfall::aws::tags::Owner;
use landfall::cost::{Bills, Estimate, Payers};
use landfall::desired::desired;
use landfall::kind::{Charge, NAMES};
use landfall::model::Organization;
use landfall::observe::{NotReady, observe};
use landfall::observed::Observation;
use landfall::plan::{Plan, PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Options, Simulator};
use landfall_tests::{applied, clock, failures, organization, pruned};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const ECOMMERCE: &str = include_str!("../../examples/ecommerce/landfall.toml");
/// Pairs of manifests that are applied one after the other.
const CHANGES: u32 = 12;

/// What exists, and the plan of the manifest for it.
struct Look {
    observation: Observation,
    plan: Plan,
}

impl Look {
    async fn at(simulator: &Simulator, organization: &Organization) -> Self {
        let sessions = Sessions::open(&simulator.sdk_config(organization.region.as_str()), &organization.region).await.expect("a session");
        let wanted = desired(organization);
        let observation = observe(&sessions, organization, &wanted, NotReady::Wait).await.expect("observed").observation;
        let plan = plan(organization, &wanted, &observation, &PlanOptions::default()).expect("not refused");
        Self { observation, plan }
    }

    /// What exists costs, as `status --cost` shows it.
    fn bills(&self) -> Bills {
        let payers = Payers { home: &self.plan.region, environments: &self.plan.environments };
        let estimate = Estimate::of(&payers, &self.plan.organization, &self.observation);
        assert_eq!(estimate.unread, [""; 0]);
        estimate.bills
    }
}

/// How many of each item there are, on which bill, on which basis.
type Quantities = BTreeMap<(String, String), i64>;

fn enter(quantities: &mut Quantities, bills: &Bills, sign: i64) {
    for (name, line) in bills.named().flat_map(|(name, bill)| bill.lines.iter().map(move |line| (name, line))) {
        let what = format!("{} {} {}", line.key, line.region, line.assumption.as_deref().unwrap_or("fixed"));
        *quantities.entry((name.to_owned(), what)).or_default() += sign * i64::from(line.quantity);
    }
    quantities.retain(|_, quantity| *quantity != 0);
}

fn quantities(bills: &Bills) -> Quantities {
    let mut all = Quantities::new();
    enter(&mut all, bills, 1);
    all
}

fn fixed(bills: &Bills) -> Vec<String> {
    bills.named().map(|(name, bill)| format!("{name} {}", bill.fixed)).collect()
}

#[tokio::test]
async fn a_plan_from_nothing_costs_what_exists_afterwards() {
    for manifest in [STARTUP, ECOMMERCE] {
        let organization = organization(manifest);
        let simulator = Simulator::new(Options::default(), clock());
        let before = Look::at(&simulator, &organization).await;
        assert_eq!(quantities(&before.bills()), Quantities::new());
        let (_, events) = applied(&simulator.sdk_config(organization.region.as_str()), &organization).await.expect("observed");
        assert_eq!(failures(&events), [""; 0]);
        let after = Look::at(&simulator, &organization).await;
        assert_eq!(after.bills(), before.plan.estimate().adds);
        assert_eq!(quantities(&after.plan.estimate().adds), Quantities::new(), "nothing more is planned");
    }
}

/// A law of kinds: what was made as wanted is billed as what was wanted.
#[tokio::test]
async fn every_kind_bills_what_exists_as_what_was_wanted() {
    let (plain, more) = ("azs = 3, nat = \"per-az\"", "endpoints = [\"ecr.api\", \"sts\"]");
    let organization = organization(&ECOMMERCE.replace(plain, &format!("{plain}, {more}")));
    let simulator = Simulator::new(Options::default(), clock());
    let _ = applied(&simulator.sdk_config(organization.region.as_str()), &organization).await.expect("observed");
    let look = Look::at(&simulator, &organization).await;
    let exists: BTreeMap<Address, Vec<Charge>> = look
        .observation
        .things
        .iter()
        .filter_map(|(scope, thing)| match thing.owner(&organization.name) {
            Owner::Ours(address) => Some((address.within(scope), thing.cost())),
            Owner::Other(_) | Owner::Nobody => {
                assert_eq!(thing.cost(), [], "{thing:?}: what has no owner is on nobody's bill");
                None
            }
        })
        .collect();
    let mut billed: Vec<&str> = Vec::new();
    for wanted in desired(&organization).wanted {
        let cost = wanted.thing.cost();
        assert_eq!(exists.get(&wanted.address).cloned().unwrap_or_default(), cost, "{}", wanted.address);
        billed.extend((!cost.is_empty()).then(|| wanted.address.kind()));
    }
    billed.sort_unstable();
    billed.dedup();
    assert_eq!(billed, ["eip", "endpoint", "flow-log", "key", "nat", "trail"]);
    assert!(billed.iter().all(|kind| NAMES.contains(kind)));
}

/// A network that is taken out of the manifest is billed until it is pruned.
#[tokio::test]
async fn pruning_ends_what_a_network_costs() {
    let with = organization(STARTUP);
    let simulator = Simulator::new(Options::default(), clock());
    let config = simulator.sdk_config(with.region.as_str());
    let _ = applied(&config, &with).await.expect("observed");
    let without = organization(&STARTUP.replace("network = { cidr = \"10.48.0.0/16\" }", ""));
    let left = Look::at(&simulator, &without).await;
    assert_eq!(quantities(&left.plan.estimate().ends), Quantities::new(), "nothing is removed");
    assert_eq!(fixed(&left.bills()), ["dev 38.69", "prod 116.07", "staging 38.69", "organization 1.00"]);

    let (plan, events) = pruned(&config, &without).await;
    assert_eq!(failures(&events), [""; 0]);
    let estimate = plan.estimate();
    assert_eq!((fixed(&estimate.adds), fixed(&estimate.ends)), (vec![], vec!["prod 116.07".to_owned()]));
    assert_eq!(fixed(&Look::at(&simulator, &without).await.bills()), ["dev 38.69", "staging 38.69", "organization 1.00"]);
}

/// An environment that left the manifest is on the bill of its accounts.
#[tokio::test]
async fn what_an_account_costs_that_left_the_manifest_is_its_own_bill() {
    let simulator = Simulator::new(Options::default(), clock());
    let config = simulator.sdk_config("eu-west-1");
    let _ = applied(&config, &organization(STARTUP)).await.expect("observed");
    let (head, rest) = STARTUP.split_once("[environments.staging]").expect("staging");
    let (_, prod) = rest.split_once("[environments.prod]").expect("prod");
    let without = organization(&format!("{head}[environments.prod]{prod}").replace("follows = \"staging\"", "follows = \"dev\""));
    let left = Look::at(&simulator, &without).await.bills();
    assert_eq!(left.environments.len(), 2);
    assert_eq!(left.accounts[&"staging".parse().expect("a key")].fixed.to_string(), "38.69");
    let (plan, events) = pruned(&config, &without).await;
    assert_eq!(failures(&events), [""; 0]);
    assert_eq!(fixed(&plan.estimate().ends), ["staging 38.69"]);
    assert_eq!(fixed(&Look::at(&simulator, &without).await.bills()), ["dev 38.69", "prod 116.07", "organization 1.00"]);
}

/// A manifest of one or two environments and perhaps an account of its own, each with or without a network.
fn manifests() -> impl Strategy<Value = String> {
    let tier = || prop::sample::select(vec!["sandbox", "development", "staging", "production"]);
    let network = || {
        let nat = prop::sample::select(vec!["none", "single", "per-az"]);
        let endpoints = prop::sample::select(vec!["", "\"kms\"", "\"ecr.api\", \"kms\""]);
        prop::option::weighted(0.8, (1..=3_u8, nat, endpoints))
    };
    let part = |header: &str, block: u8, network: Option<(u8, &str, &str)>| {
        let network = network.map(|(azs, nat, endpoints)| {
            let inside = format!("cidr = \"10.{block}.0.0/20\", azs = {azs}, nat = \"{nat}\", endpoints = [{endpoints}]");
            format!("network = {{ {inside} }}\n")
        });
        format!("{header}\n{}", network.unwrap_or_default())
    };
    let environment = move |name: &'static str, block| {
        (tier(), network()).prop_map(move |(tier, network)| part(&format!("[environments.{name}]\ntier = \"{tier}\""), block, network))
    };
    let extra = network().prop_map(move |network| part("[accounts.tooling]\nunit = \"Infrastructure\"", 48, network));
    let second = prop::option::of(environment("prod", 32));
    let workloads = any::<bool>().prop_map(|some| if some { "[workloads.shop]\nenvironments = [\"dev\"]\n" } else { "" });
    (environment("dev", 16), second, prop::option::of(extra), workloads).prop_map(|(dev, prod, extra, workloads)| {
        let head = "schema = 1\n[organization]\nname = \"acme\"\nemail = \"aws+{account}@acme.example\"\nregion = \"eu-west-1\"\n\
                    regions = [\"eu-west-1\", \"us-east-1\"]\n";
        format!("{head}{dev}{}{}{workloads}", prod.unwrap_or_default(), extra.unwrap_or_default())
    })
}

async fn check(first: &str, second: &str, prune: bool) {
    let simulator = Simulator::new(Options::default(), clock());
    let config = simulator.sdk_config("eu-west-1");
    let _ = applied(&config, &organization(first)).await.expect("observed");
    let target = organization(second);
    let before = Look::at(&simulator, &target).await;
    let mut expected = quantities(&before.bills());
    let (estimate, events) = if prune {
        let (plan, events) = pruned(&config, &target).await;
        (plan.estimate(), events)
    } else {
        (before.plan.estimate(), applied(&config, &target).await.expect("observed").1)
    };
    assert_eq!(failures(&events), [""; 0]);
    enter(&mut expected, &estimate.adds, 1);
    enter(&mut expected, &estimate.ends, -1);
    assert_eq!(quantities(&Look::at(&simulator, &target).await.bills()), expected, "from\n{first}to\n{second}prune: {prune}");
}

/// The bill afterwards is the bill before, with what the plan adds and without what it ends; from nothing, from another manifest, with
/// and without removals.
#[test]
fn the_bill_afterwards_is_the_bill_before_and_the_plan() {
    let config = Config { cases: CHANGES, failure_persistence: None, max_shrink_iters: 50, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&(manifests(), manifests(), any::<bool>()), |(first, second, prune)| {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(check(&first, &second, prune));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
