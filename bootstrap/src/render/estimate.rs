//! How long a run will still take: typical durations, corrected by those seen in this run.
//!
//! It knows that AWS takes new accounts at a rate, that a young account and a NAT gateway let one wait, and what runs
//! side by side. It does not know what AWS will do today, so it is shown rounded.

use std::collections::BTreeMap;
use std::time::Duration;

use landfall::address::{Address, Scope};
use landfall::aws::limits::{ACCOUNTS_AT_ONCE, IAM_CALLS, REGION_STEPS, account_creations};
use landfall::kind::about::{SHORT, is_account};
use landfall::kind::{ABOUT, Action};

/// A new organization takes no accounts for about this long (docs/AWS.md 1.5).
const FINALIZING: Duration = Duration::from_mins(1);

/// What waits for each other inside a network, in this order; the rest of it goes beside.
const NETWORK: [&str; 4] = ["vpc", "subnet", "nat", "route-table"];

/// What steps took in this run, by what they did to which kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Took(BTreeMap<(&'static str, Action), (Duration, u32)>);

impl Took {
    /// Takes note of a step that is done.
    pub(crate) fn note(&mut self, address: &Address, action: Action, length: Duration) {
        let (sum, number) = self.0.entry((address.kind(), action)).or_default();
        *sum += length;
        *number += 1;
    }

    /// Returns how long such a step takes: as it did in this run, else as it usually does.
    fn usual(&self, kind: &'static str, action: Action) -> Duration {
        match self.0.get(&(kind, action)) {
            Some((sum, number)) if *number > 0 => *sum / *number,
            _ if action == Action::Create => ABOUT.iter().find(|about| about.name == kind).map_or(SHORT, |about| about.usual),
            _ => SHORT,
        }
    }
}

/// A step that has not ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open<'a> {
    /// Which.
    pub(crate) address: &'a Address,
    /// What it does.
    pub(crate) action: Action,
    /// For how long it has been running, if it is.
    pub(crate) running: Option<Duration>,
}

/// What is known of a run beside its open steps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Past {
    /// What steps took.
    pub(crate) took: Took,
    /// Whether this run makes the organization.
    pub(crate) is_new: bool,
    /// How many account creations have ended, and how long ago the first one began.
    pub(crate) created: usize,
    /// How long ago the first account creation began.
    pub(crate) creating_for: Duration,
}

/// Returns how long the open steps will take.
pub(crate) fn left(open: &[Open<'_>], past: &Past) -> Duration {
    let took = &past.took;
    let mut structure = Layers::default();
    let mut places: BTreeMap<&str, Place<'_>> = BTreeMap::new();
    for step in open {
        match step.address.scope() {
            Scope::Organization if is_creation(step) => {}
            Scope::Organization => structure.add(step, took),
            Scope::Account(account) => places.entry(account.as_str()).or_default().account.add(step, took),
            Scope::Region(account, region) => {
                places.entry(account.as_str()).or_default().regions.entry(region.as_str()).or_default().add(step, took);
            }
        }
    }
    let entered = creations(open, past);
    let work: BTreeMap<&str, Duration> = places.iter().map(|(account, place)| (*account, place.left())).collect();
    // The organization's trail waits for the bucket and the key of the log archive.
    let ends = |account: &str| entered.get(account).copied().unwrap_or_default() + work.get(account).copied().unwrap_or_default();
    let archive = ends("log-archive");
    let last = work.keys().map(|account| ends(account) + if *account == "management" { archive } else { Duration::ZERO }).max();
    let crowd = work.values().sum::<Duration>() / u32::try_from(ACCOUNTS_AT_ONCE).unwrap_or(1);
    let created = entered.values().max().copied().unwrap_or_default();
    [last.unwrap_or_default(), structure.in_turn(1), created, crowd].into_iter().max().unwrap_or_default()
}

fn is_creation(step: &Open<'_>) -> bool {
    is_account(step.address) && step.action == Action::Create
}

/// Returns when each account that is being created, or waits for it, can be entered.
fn creations<'a>(open: &[Open<'a>], past: &Past) -> BTreeMap<&'a str, Duration> {
    let mut usual = past.took.usual("account", Action::Create);
    if past.is_new && past.created > 0 {
        // Those that have ended waited for the organization, too; the next ones do not.
        usual = usual.saturating_sub(FINALIZING).max(Took::default().usual("account", Action::Create).min(usual));
    }
    let finalizing = if past.is_new && past.created == 0 { FINALIZING } else { Duration::ZERO };
    let (at_once, pause) = account_creations();
    let mut entered = BTreeMap::new();
    let mut steps: Vec<&Open<'a>> = open.iter().filter(|step| is_creation(step)).collect();
    // Those that run first, the longest-running before all.
    steps.sort_by_key(|step| std::cmp::Reverse(step.running));
    for (index, step) in steps.into_iter().enumerate() {
        let end = if let Some(running) = step.running {
            rest(usual + finalizing, running)
        } else {
            let queued = (past.created + index + 1).saturating_sub(at_once as usize);
            let admitted = (pause * u32::try_from(queued).unwrap_or(u32::MAX)).saturating_sub(past.creating_for);
            // One that has not begun waits for the organization only as long as that still takes.
            admitted.max(finalizing.saturating_sub(past.creating_for)) + usual
        };
        entered.insert(step.address.name(), end);
    }
    entered
}

/// Returns how long something that has been running will go on: what is usual, and for what is overdue a part of its age.
fn rest(usual: Duration, running: Duration) -> Duration {
    usual.saturating_sub(running).max(running / 8)
}

/// What is open in one account.
#[derive(Debug, Default)]
struct Place<'a> {
    account: Layers,
    regions: BTreeMap<&'a str, Layers>,
}

impl Place<'_> {
    fn left(&self) -> Duration {
        self.regions.values().map(Layers::network).chain([self.account.in_turn(IAM_CALLS)]).max().unwrap_or_default()
    }
}

/// Steps by kind: those of one kind go side by side, kinds wait for each other.
#[derive(Debug, Default)]
struct Layers(BTreeMap<&'static str, Layer>);

#[derive(Debug, Default)]
struct Layer {
    /// The longest rest of those that run.
    rest: Duration,
    running: usize,
    waiting: usize,
    usual: Duration,
}

impl Layers {
    fn add(&mut self, step: &Open<'_>, took: &Took) {
        let usual = took.usual(step.address.kind(), step.action);
        let layer = self.0.entry(step.address.kind()).or_default();
        layer.usual = layer.usual.max(usual);
        match step.running {
            Some(running) => {
                layer.running += 1;
                layer.rest = layer.rest.max(rest(usual, running));
            }
            None => layer.waiting += 1,
        }
    }

    /// Returns how long all of it takes, one kind after the other, so many side by side.
    fn in_turn(&self, slots: usize) -> Duration {
        self.0.values().map(|layer| layer.left(slots)).sum()
    }

    /// Returns how long a Region takes: what its network is built of in turn, the rest beside it.
    fn network(&self) -> Duration {
        let chain: Duration = NETWORK.iter().filter_map(|kind| self.0.get(kind)).map(|layer| layer.left(REGION_STEPS)).sum();
        let beside = self.0.iter().filter(|(kind, _)| !NETWORK.contains(kind)).map(|(_, layer)| layer.left(REGION_STEPS)).max();
        chain.max(beside.unwrap_or_default())
    }
}

impl Layer {
    fn left(&self, slots: usize) -> Duration {
        let beside = self.waiting.min(slots.saturating_sub(self.running));
        let rounds = u32::try_from((self.waiting - beside).div_ceil(slots)).unwrap_or(u32::MAX);
        let now = if beside > 0 { self.rest.max(self.usual) } else { self.rest };
        now + self.usual * rounds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<Address> {
        texts.iter().map(|text| text.parse().expect("valid")).collect()
    }

    fn open(addresses: &[Address], running: Option<Duration>) -> Vec<Open<'_>> {
        addresses.iter().map(|address| Open { address, action: Action::Create, running }).collect()
    }

    #[test]
    fn accounts_come_at_awss_rate() {
        for (number, seconds) in [(1, 90), (3, 90), (4, 100), (5, 110), (8, 140), (23, 290)] {
            let names: Vec<String> = (0..number).map(|index| format!("account/a{index}")).collect();
            let all = addresses(&names.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(left(&open(&all, None), &Past::default()).as_secs(), seconds, "{number} accounts");
        }
    }

    #[test]
    fn a_new_organization_and_a_network_take_their_time() {
        let one = addresses(&["account/prod"]);
        let new = Past { is_new: true, ..Past::default() };
        assert_eq!(left(&open(&one, None), &new).as_secs(), 150);
        let network = addresses(&["account/prod", "prod/eu-west-1/vpc/main", "prod/eu-west-1/nat/a", "prod/eu-west-1/flow-log/vpc"]);
        assert_eq!(left(&open(&network, None), &Past::default()).as_secs(), 90 + 5 + 90);
    }

    #[test]
    fn what_runs_has_done_a_part_and_what_is_overdue_is_not_about_to_end() {
        let nat = addresses(&["prod/eu-west-1/nat/a"]);
        for (running, expected) in [(0, 90), (60, 30), (90, 11), (800, 100)] {
            assert_eq!(left(&open(&nat, Some(Duration::from_secs(running))), &Past::default()).as_secs(), expected, "{running}");
        }
    }

    #[test]
    fn a_run_learns_from_itself() {
        let accounts = addresses(&["account/a", "account/b"]);
        let mut past = Past { created: 1, creating_for: Duration::from_mins(1), ..Past::default() };
        past.took.note(&accounts[0], Action::Create, Duration::from_secs(20));
        assert_eq!(left(&open(&accounts[1..], None), &past).as_secs(), 20);
        assert_eq!(left(&[], &past), Duration::ZERO);
    }

    #[test]
    fn a_change_of_an_account_is_no_creation() {
        let accounts = addresses(&["account/a"]);
        let change = Open { address: &accounts[0], action: Action::Change, running: None };
        assert_eq!(left(&[change], &Past::default()), SHORT);
    }
}
