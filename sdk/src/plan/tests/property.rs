//! Properties of every plan: for worlds and manifests that were changed at random, no plan touches what it must not, or removes a
//! protection.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};

use super::hands::{Hand, World, address_of};
use super::{built, organization};
use crate::address::{Address, Scope};
use crate::aws::tags::{self, Owner};
use crate::desired::{DesiredState, desired};
use crate::kind::organizations::account;
use crate::kind::{Action, AnyChange, Change, Desired, Facts, Observed, settle};
use crate::model::Organization;
use crate::observed::Observation;
use crate::plan::{Plan, PlanOptions, Step, plan};

/// The number of worlds that the properties are checked on.
const WORLDS: u32 = 5_000;
/// The variable that says another number, for who runs the tests once for each of a thousand mutants.
const WORLDS_VARIABLE: &str = "LANDFALL_WORLDS";

const MANIFEST: &str = r#"
schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1", "us-east-1"]
[environments.dev]
tier = "development"
network = { cidr = "10.16.0.0/24", azs = 1, subnets = ["public", "private"], endpoints = ["kms"] }
[environments.prod]
tier = "production"
[access]
pipelines = ["account/tooling/role/ci"]
[accounts.tooling]
unit = "Infrastructure"
network = { cidr = "10.0.0.0/24", azs = 1, subnets = ["public", "private"], nat = "single" }
[monitoring]
urgent = []
money = ["finance@acme.example"]
[budgets]
log-archive = 100
organization = 500
"#;

/// Edits of the manifest: a text and its replacement.
const EDITS: &[(&str, &str)] = &[
    ("accounts.tooling]", "accounts.platform]\nemail = \"aws+tooling@acme.example\""),
    ("account/tooling/role/ci", "account/platform/role/ci"),
    ("environments.dev]", "environments.qa]"),
    ("unit = \"Infrastructure\"", "unit = \"Workloads/Tools\""),
    ("tier = \"production\"", "tier = \"production\"\nunit = \"Workloads/Live\""),
    ("tier = \"production\"", "tier = \"staging\""),
    ("aws+{account}@acme.example", "cloud+{account}@acme.example"),
    ("10.16.0.0/24", "10.17.0.0/24"),
    ("nat = \"single\"", "nat = \"none\""),
    ("endpoints = [\"kms\"]", "endpoints = [\"sts\"]"),
    ("endpoints = [\"kms\"]", "endpoints = []"),
    ("regions = [\"eu-west-1\", \"us-east-1\"]", "regions = [\"eu-west-1\"]"),
    ("[environments.prod]\ntier = \"production\"", ""),
    ("log-archive = 100", "prod = 200"),
    ("organization = 500", "organization = 600"),
    ("[budgets]\nlog-archive = 100\norganization = 500", ""),
    ("finance@acme.example", "bills@acme.example"),
    ("urgent = []", "urgent = [\"oncall@acme.example\"]"),
];

/// One case, small enough to read when it fails.
#[derive(Debug, Clone)]
struct Case {
    hands: Vec<Hand>,
    edits: Vec<usize>,
    prune: bool,
    /// Picks among the steps that may run, and the one that fails.
    order: u64,
    fails: Option<usize>,
}

fn cases() -> impl Strategy<Value = Case> {
    let hands = prop::collection::vec(Hand::any(), 0..5);
    // Every case counts: edits that leave no valid manifest are not applied.
    let edits = prop::collection::vec(0..EDITS.len(), 0..3).prop_filter("go together", |edits| edited(edits).is_some());
    (hands, edits, any::<bool>(), any::<u64>(), prop::option::of(0..200_usize)).prop_map(|(hands, edits, prune, order, fails)| Case {
        hands,
        edits,
        prune,
        order,
        fails,
    })
}

/// Returns the manifest after edits, or `None` if they do not fit together.
fn edited(edits: &[usize]) -> Option<Organization> {
    let text = edits.iter().fold(MANIFEST.to_owned(), |text, edit| text.replace(EDITS[*edit].0, EDITS[*edit].1));
    let source = crate::manifest::Source { name: "m".to_owned(), text };
    crate::manifest::parse(&source, &|_| Err("no files".to_owned())).organization
}

#[test]
fn no_plan_touches_what_it_must_not() {
    let start = World::of(&built(&desired(&organization(MANIFEST))));
    let worlds = std::env::var(WORLDS_VARIABLE).ok().and_then(|number| number.parse().ok()).unwrap_or(WORLDS);
    let config = Config {
        cases: worlds,
        failure_persistence: None,
        max_shrink_iters: if worlds == WORLDS { 4_000 } else { 0 },
        ..Config::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let outcome = runner.run(&cases(), |case| {
        let Some(organization) = edited(&case.edits) else { return Ok(()) };
        let mut world = start.clone();
        for hand in &case.hands {
            world.suffer(*hand);
        }
        let wanted = desired(&organization);
        let seen = world.seen(&organization, &wanted);
        let options = PlanOptions { prune: case.prune, only: Vec::new(), ..PlanOptions::default() };
        let Ok(plan) = plan(&organization, &wanted, &seen, &options) else { return Ok(()) };
        check(&organization, &wanted, &seen, &plan)?;
        Guarded::of(&organization, &wanted, &seen).walk(&plan, case.order, case.fails)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Names of facts that texts refer to.
const FACTS: [&str; 9] = ["id", "arn", "name", "zone", "root", "management", "service", "caller", "ip"];

/// Returns every fact of every desired resource.
fn everything(wanted: &DesiredState) -> Facts {
    let mut facts = Facts::new();
    for (address, name) in wanted.wanted.iter().flat_map(|wanted| FACTS.map(|name| (&wanted.address, name))) {
        facts.learn(address, name, "x");
    }
    facts
}

/// The properties of a plan by itself.
fn check(organization: &Organization, wanted: &DesiredState, seen: &Observation, plan: &Plan) -> Result<(), TestCaseError> {
    let name = &organization.name;
    let refused: BTreeSet<&Address> = plan.blocked.iter().map(|blocked| &blocked.address).collect();
    let closed: BTreeSet<&Scope> = plan.unreadable.iter().chain(&plan.not_ready).map(|closed| &closed.scope).collect();
    let is_closed =
        |scope: &Scope| closed.contains(scope) || scope.account().is_some_and(|account| closed.contains(&Scope::Account(account.clone())));
    let needs: BTreeMap<&Address, BTreeSet<Address>> = wanted
        .wanted
        .iter()
        .map(|wanted| {
            let mut needs = BTreeSet::new();
            wanted.thing.clone().visit_references(&mut |text| needs.extend(text.references().into_iter().map(|(address, _)| address)));
            (&wanted.address, needs)
        })
        .collect();
    for step in &plan.steps {
        let address = &step.address;
        let home = address.scope().account().map(|account| Address::organization("account", account));
        prop_assert!(!is_closed(address.scope()), "{address} is a step in a scope that could not be read");
        prop_assert!(home.as_ref().is_none_or(|home| !refused.contains(home)), "{address} is a step in a blocked account");
        // Everything that it refers to, however far away.
        let mut reached: Vec<&Address> = vec![address];
        let mut known: BTreeSet<&Address> = BTreeSet::new();
        while let Some(at) = reached.pop() {
            if known.insert(at) {
                prop_assert!(!refused.contains(at), "{address} is a step and needs {at}, which is blocked");
                prop_assert!(at == address || !is_closed(at.scope()) || step.change.action() == Action::Remove, "{address} needs {at}");
                if step.change.action() != Action::Remove {
                    reached.extend(needs.get(at).into_iter().flatten());
                }
            }
        }
        owned(organization, seen, step)?;
        if step.change.action() == Action::Change {
            // The executor fills in every text and compares nothing: a kind that does not expose a text would send it unfilled.
            let effect = step.change.filled(&everything(wanted)).effect();
            prop_assert!(!FACTS.iter().any(|name| effect.contains(&format!(":{name}}}"))), "{address}: {effect}");
        }
        if step.change.action() == Action::Create {
            let thing = wanted.wanted.iter().find(|wanted| wanted.address == *address).map(|wanted| seen.resolved(&wanted.thing));
            let thing = thing.expect("what is created is wanted");
            for observed in seen.of(address.scope()) {
                prop_assert!(!thing.matches(observed), "{address} is made beside {}, which is it", observed.display_name());
                let carried = address_of(observed, name).map(|carried| carried.within(address.scope()));
                prop_assert!(
                    carried.as_ref() != Some(address),
                    "{address} is made beside {}, which carries its tag",
                    observed.display_name()
                );
                if let (Desired::Vpc(thing), Observed::Vpc(observed)) = (&thing, observed) {
                    prop_assert_ne!(&thing.cidr, &observed.cidr, "{} is made beside {}", address, observed.id);
                }
            }
        }
    }
    Ok(())
}

/// A step changes or removes only resources that landfall manages by tag and key, or takes over by key.
fn owned(organization: &Organization, seen: &Observation, step: &Step) -> Result<(), TestCaseError> {
    let address = &step.address;
    let ours = |observed: &Observed| match observed {
        Observed::SecurityGroup(group) if group.is_default() => true,
        // These have no tags of their own; a bucket's name holds the account's id, and it is made before it can be tagged.
        Observed::Organization(_)
        | Observed::Attachment(_)
        | Observed::NetworkAcl(_)
        | Observed::TrustedAccess(_)
        | Observed::EbsEncryption(_)
        | Observed::PasswordPolicy(_)
        | Observed::DocumentSharing(_)
        | Observed::LogRetention(_)
        | Observed::DefaultVpc(_)
        | Observed::ServiceRole(_)
        | Observed::AccountAlias(_)
        | Observed::SecurityContact(_)
        | Observed::BillingContact(_)
        | Observed::OperationsContact(_)
        | Observed::RootAccess(_)
        // Owned by their topic, and by their name.
        | Observed::Subscription(_)
        | Observed::Budget(_)
        | Observed::Bucket(_) => true,
        // An account is taken over by its e-mail or id, a unit by `adopt` in the manifest.
        Observed::Account(account) => {
            account.tags.get(tags::ORGANIZATION).is_none_or(|name| name == organization.name.as_str())
                && account.tags.get(tags::ADDRESS).is_none_or(|tag| tag == &address.to_string())
        }
        other => match other.owner(&organization.name) {
            Owner::Ours(owner) => owner.within(address.scope()) == *address,
            Owner::Other(_) => false,
            // A resource that lost one of its two tags and is found by its name.
            Owner::Nobody => other.tags().is_some_and(|tags| tags.contains_key(tags::ORGANIZATION) || tags.contains_key(tags::ADDRESS)),
        },
    };
    let touched = seen.of(address.scope()).filter(|observed| is_target(&step.change, observed));
    for observed in touched {
        prop_assert!(ours(observed), "{address} changes {}, which landfall does not manage", observed.display_name());
    }
    Ok(())
}

/// Returns whether a change applies to a resource.
fn is_target(change: &AnyChange, observed: &Observed) -> bool {
    change.action() != Action::Create
        && change.kind() == observed.kind()
        && change.display_name().as_deref() == Some(&observed.display_name())
}

/// The organization as guardrails apply to it, while steps are carried out.
struct Guarded {
    parents: BTreeMap<String, String>,
    /// Guardrail (its address), policy, target.
    attached: BTreeSet<(Address, String, String)>,
    facts: Facts,
    /// The guardrails that each account had and should keep.
    keeps: BTreeMap<String, BTreeSet<Address>>,
}

impl Guarded {
    fn of(organization: &Organization, wanted: &DesiredState, seen: &Observation) -> Self {
        let mut this = Self { parents: BTreeMap::new(), attached: BTreeSet::new(), facts: seen.facts.clone(), keeps: BTreeMap::new() };
        for thing in seen.of(&Scope::Organization) {
            match thing {
                Observed::Unit(unit) => {
                    this.parents.insert(unit.id.clone(), unit.parent.clone());
                }
                Observed::Account(account) => {
                    this.parents.insert(account.id_text().to_owned(), account.parent.clone());
                }
                Observed::Attachment(attachment) => {
                    if let Owner::Ours(guardrail) = tags::owner(&attachment.policy_tags, &organization.name) {
                        this.attached.insert((guardrail, attachment.policy.clone(), attachment.target.clone()));
                    }
                }
                _ => {}
            }
        }
        for thing in seen.of(&Scope::Organization) {
            let Observed::Account(account) = thing else { continue };
            if account.state != account::State::Active {
                continue;
            }
            let had = this.effective(account.id_text());
            let known = wanted
                .wanted
                .iter()
                .find(|wanted| wanted.thing.matches(thing) && seen.facts.find(&wanted.address, "id") == Some(account.id_text()));
            let should = known.map_or_else(|| had.clone(), |known| of_manifest(wanted, &known.address));
            this.keeps.insert(account.id_text().to_owned(), had.intersection(&should).cloned().collect());
        }
        this
    }

    fn effective(&self, account: &str) -> BTreeSet<Address> {
        let chain: Vec<&String> =
            std::iter::successors(self.parents.get_key_value(account).map(|(id, _)| id), |at| self.parents.get(*at)).take(20).collect();
        self.attached.iter().filter(|(_, _, target)| chain.contains(&target)).map(|(guardrail, _, _)| guardrail.clone()).collect()
    }

    /// Carries out a plan's steps in an order that the graph allows, one of them failing, and checks after each.
    fn walk(mut self, plan: &Plan, order: u64, fails: Option<usize>) -> Result<(), TestCaseError> {
        let is_step: BTreeSet<&Address> = plan.steps.iter().map(|step| &step.address).collect();
        let mut done: BTreeSet<&Address> = BTreeSet::new();
        let mut left: Vec<usize> = (0..plan.steps.len()).collect();
        let failing = fails.filter(|_| !plan.steps.is_empty()).map(|at| at % plan.steps.len());
        let mut random = order;
        loop {
            let is_ready = |at: &usize| plan.steps[*at].after.iter().all(|needed| !is_step.contains(needed) || done.contains(needed));
            let ready: Vec<usize> = left.iter().copied().filter(|at| Some(*at) != failing && is_ready(at)).collect();
            if ready.is_empty() {
                return Ok(());
            }
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = ready[usize::try_from(random >> 33).expect("31 bits") % ready.len()];
            left.retain(|other| *other != at);
            let step = &plan.steps[at];
            self.carry_out(step);
            done.insert(&step.address);
            for (account, keeps) in &self.keeps {
                let has = self.effective(account);
                let lost: Vec<&Address> = keeps.difference(&has).collect();
                prop_assert!(lost.is_empty(), "after {}, account {account} is without {lost:?}", step.address);
            }
        }
    }

    fn carry_out(&mut self, step: &Step) {
        let facts = &self.facts;
        let known = |text: &crate::kind::Text| text.resolved(facts).as_str().to_owned();
        match &step.change {
            AnyChange::Unit(Change::Create(unit)) => {
                let (id, parent) = (format!("new {}", step.address), known(&unit.parent));
                self.parents.insert(id.clone(), parent);
                self.facts.learn(&step.address, "id", id);
            }
            AnyChange::Guardrail(Change::Create(_)) => self.facts.learn(&step.address, "id", format!("new {}", step.address)),
            AnyChange::Attachment(Change::Create(attachment)) => {
                let set = step.address.name().rsplit('/').next().unwrap_or_default();
                let guardrail = Address::organization("guardrail", set);
                let attached = (guardrail, known(&attachment.policy), known(&attachment.target));
                self.attached.insert(attached);
            }
            AnyChange::Attachment(Change::Remove(gone)) => {
                self.attached.retain(|(_, policy, target)| *policy != gone.policy || *target != gone.target);
            }
            AnyChange::Account(Change::Edit { observed, edits, .. }) => {
                for edit in edits {
                    if let settle::Edit::Own(account::Edit::Move { to, .. }) = edit {
                        let to = known(to);
                        self.parents.insert(observed.id_text().to_owned(), to);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Returns the guardrails that the manifest puts on an account: on itself, its unit, and the units above.
fn of_manifest(wanted: &DesiredState, account: &Address) -> BTreeSet<Address> {
    let parent = |at: &Address| {
        wanted.wanted.iter().find(|wanted| wanted.address == *at).and_then(|wanted| {
            let text = match &wanted.thing {
                Desired::Account(account) => &account.unit,
                Desired::Unit(unit) => &unit.parent,
                _ => return None,
            };
            text.references().into_iter().next().map(|(address, _)| address)
        })
    };
    let chain: Vec<Address> = std::iter::successors(Some(account.clone()), parent).collect();
    wanted
        .wanted
        .iter()
        .filter_map(|wanted| if let Desired::Attachment(attachment) = &wanted.thing { Some(attachment) } else { None })
        .filter(|attachment| attachment.target.references().iter().any(|(target, _)| chain.contains(target)))
        .flat_map(|attachment| attachment.policy.references().into_iter().map(|(guardrail, _)| guardrail))
        .collect()
}
