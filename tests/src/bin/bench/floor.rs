//! The floor of a bootstrap: the same plan, carried out by a client that needs no time and knows when AWS is ready.
//!
//! An oracle starts each step at the moment at which AWS would take it: it never asks twice, never polls, and bounds nothing that
//! AWS does not bound. What is left is AWS's own: the order of the plan, the buckets, five creations in flight, and how long things
//! take. The tables are separate from the engine's, to check them independently.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use landfall::address::{Address, Scope};
use landfall::plan::{Plan, Step};
use landfall::simulator::{CREATE_ACCOUNT, FINALIZING, IDENTITY, NAT_GATEWAY, NETWORK, PROPAGATION, READINESS, TRAIL};

/// Creations in flight.
const SLOTS: usize = 5;

/// Calls that bound a bootstrap: the kind whose step sends one, the interval in milliseconds, and how many at once.
const BUCKETS: &[(&str, u64, u32)] = &[
    ("account", 10_000, 3),
    ("unit", 1_000, 2),
    ("guardrail", 500, 3),
    ("attachment", 500, 3),
    ("trusted-access", 1_000, 2),
    ("nat", 1_000, 10),
    ("endpoint", 3_334, 4),
];
/// `MoveAccount`, after a creation.
const MOVE: (u64, u32) = (500, 3);

/// How long a step of a kind takes at least, until what needs it can begin.
fn lasts(kind: &str) -> Duration {
    match kind {
        "account" => CREATE_ACCOUNT,
        "nat" => NAT_GATEWAY,
        "vpc" | "subnet" | "internet-gateway" | "eip" | "route-table" => NETWORK,
        // Anything that writes into a bucket or with a key waits for its policy.
        "bucket" | "key" => PROPAGATION,
        "trail" => TRAIL,
        _ => Duration::ZERO,
    }
}

/// A token bucket in milliseconds.
#[derive(Default)]
struct Bucket(u64);

impl Bucket {
    /// Returns the first moment from `now` on at which a call may leave, and takes it.
    fn take(&mut self, now: u64, interval: u64, burst: u32) -> u64 {
        let at = now.max(self.0.saturating_sub(interval * (u64::from(burst) - 1)));
        self.0 = self.0.max(at) + interval;
        at
    }
}

/// The oracle's ledger.
struct Oracle<'a> {
    steps: &'a [Step],
    buckets: BTreeMap<(Scope, &'static str), Bucket>,
    slots: BinaryHeap<Reverse<u64>>,
    /// When each account was created.
    created: BTreeMap<String, u64>,
}

/// Returns the least time that a plan takes.
pub(crate) fn of(plan: &Plan) -> Duration {
    let number: BTreeMap<&Address, usize> = plan.steps.iter().enumerate().map(|(index, step)| (&step.address, index)).collect();
    let needs: Vec<BTreeSet<usize>> =
        plan.steps.iter().map(|step| step.after.iter().filter_map(|needed| number.get(needed).copied()).collect()).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); plan.steps.len()];
    for (index, needs) in needs.iter().enumerate() {
        for needed in needs {
            needed_by[*needed].push(index);
        }
    }
    let mut missing: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
    let mut done = vec![0_u64; plan.steps.len()];
    let mut oracle =
        Oracle { steps: &plan.steps, buckets: BTreeMap::new(), slots: (0..SLOTS).map(|_| Reverse(0)).collect(), created: BTreeMap::new() };
    // Earliest first; at one moment in the plan's order.
    let mut ready: BinaryHeap<Reverse<(u64, usize)>> =
        missing.iter().enumerate().filter(|(_, missing)| **missing == 0).map(|(index, _)| Reverse((0, index))).collect();
    while let Some(Reverse((at, index))) = ready.pop() {
        done[index] = oracle.carry_out(index, at);
        for next in &needed_by[index] {
            missing[*next] -= 1;
            if missing[*next] == 0 {
                let at = needs[*next].iter().map(|needed| done[*needed]).max().unwrap_or(0);
                ready.push(Reverse((at, *next)));
            }
        }
    }
    Duration::from_millis(done.into_iter().max().unwrap_or(0))
}

impl Oracle<'_> {
    /// Returns when a step is done that could begin at a moment.
    fn carry_out(&mut self, index: usize, at: u64) -> u64 {
        let address = &self.steps[index].address;
        let at = at.max(self.lets_in(address));
        let kind = address.kind();
        let slot = if kind == "account" { self.slots.pop().map_or(0, |Reverse(free)| free) } else { 0 };
        let at = at.max(slot);
        let begun = match BUCKETS.iter().find(|(name, ..)| *name == kind) {
            Some((name, interval, burst)) => self.buckets.entry((address.scope().clone(), name)).or_default().take(at, *interval, *burst),
            None => at,
        };
        let ended = begun + milliseconds(lasts(kind));
        if kind != "account" {
            return ended;
        }
        self.slots.push(Reverse(ended));
        self.created.insert(address.name().to_owned(), ended);
        self.buckets.entry((Scope::Organization, "move")).or_default().take(ended, MOVE.0, MOVE.1)
    }

    /// Returns from when on a step's account takes its calls; accounts themselves are made once the organization is final.
    fn lets_in(&self, address: &Address) -> u64 {
        match address.scope() {
            Scope::Organization if address.kind() == "account" => milliseconds(FINALIZING),
            Scope::Organization => 0,
            Scope::Account(account) | Scope::Region(account, _) => {
                let wait = if matches!(address.scope(), Scope::Account(_)) { IDENTITY } else { READINESS };
                self.created.get(account.as_str()).map_or(0, |created| created + milliseconds(wait))
            }
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The minimum number of calls of a plan without changes, for so many accounts: a fixed table.
///
/// Pages of `ListAccounts` and of the index of tags, one list for each unit; and in each account the reads that
/// docs/PERFORMANCE.md lists, with one `AssumeRole` to get there.
pub(crate) fn of_a_look(accounts: usize) -> usize {
    const UNITS: usize = 5;
    // Four of them in each of two Regions.
    const READS: usize = 26;
    // The management account is listed, too.
    (accounts + 1).div_ceil(20) + accounts.div_ceil(100) + UNITS + accounts * (READS + 1)
}
