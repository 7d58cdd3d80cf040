//! Lanes: which steps may start, and how many of which sort run side by side.
//!
//! A lane bounds steps, so that a screen and a computer can hold them; how fast AWS is called is bounded call by call, in
//! [`pace`](crate::aws::pace). A step that waits for a NAT gateway holds a slot here but no rate-limit permit. The exception is
//! account creations: AWS allows five in flight (docs/AWS.md 1.3), and a place is free as soon as AWS is done creating.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::address::{Address, Scope};
use crate::name::{AccountKey, Region};

/// Account creations in flight; AWS's hard limit (docs/AWS.md 1.3).
const CREATIONS: usize = 5;
/// Steps on the organization itself, account creations aside.
const STRUCTURE: usize = 8;
/// Steps in one account outside of its Regions.
const PER_ACCOUNT: usize = 16;
/// Steps inside one Region of an account.
const PER_REGION: usize = 32;
/// Accounts worked in at the same time (docs/AWS.md 10.3: 32 to 64).
const ACCOUNTS: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    Structure,
    Creations,
    Account(AccountKey),
    Region(AccountKey, Region),
}

impl Lane {
    fn of(address: &Address) -> Self {
        match address.scope() {
            Scope::Organization if address.kind() == "account" => Self::Creations,
            Scope::Organization => Self::Structure,
            Scope::Account(account) => Self::Account(account.clone()),
            Scope::Region(account, region) => Self::Region(account.clone(), region.clone()),
        }
    }

    fn places(&self) -> usize {
        match self {
            Self::Structure => STRUCTURE,
            Self::Creations => CREATIONS,
            Self::Account(_) => PER_ACCOUNT,
            Self::Region(..) => PER_REGION,
        }
    }

    fn account(&self) -> Option<&AccountKey> {
        match self {
            Self::Structure | Self::Creations => None,
            Self::Account(account) | Self::Region(account, _) => Some(account),
        }
    }
}

/// One lane: who is in it and who waits before it, by number of step.
#[derive(Debug, Default)]
struct Queue {
    inside: usize,
    waiting: BTreeSet<usize>,
}

/// Who is in which lane, and who may go next. A step is named by its number in the plan; the lower goes first.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    queues: BTreeMap<Lane, Queue>,
    /// Lanes with somebody waiting and a free place.
    open: BTreeSet<Lane>,
    /// Accounts that are worked in, with how many steps of each are ready or running.
    admitted: BTreeMap<AccountKey, usize>,
    /// Accounts that wait for one of those to have nothing to do, in order, with their ready steps.
    parked: BTreeMap<AccountKey, Vec<(Lane, usize)>>,
    order: VecDeque<AccountKey>,
}

impl Lanes {
    /// Takes a step whose needs are met.
    pub(super) fn ready(&mut self, step: usize, address: &Address) {
        let lane = Lane::of(address);
        let Some(account) = lane.account() else { return self.queue(&lane, step) };
        if self.admitted.contains_key(account) || self.admitted.len() < ACCOUNTS {
            *self.admitted.entry(account.clone()).or_default() += 1;
            return self.queue(&lane, step);
        }
        let account = account.clone();
        let parked = self.parked.entry(account.clone()).or_default();
        if parked.is_empty() {
            self.order.push_back(account);
        }
        parked.push((lane, step));
    }

    /// Gives a place to a step that may start now, if there is one.
    pub(super) fn next(&mut self) -> Option<usize> {
        let lane = self.open.first()?.clone();
        let queue = self.queues.entry(lane.clone()).or_default();
        let step = queue.waiting.pop_first()?;
        queue.inside += 1;
        self.settle(&lane);
        Some(step)
    }

    /// Takes a place back.
    pub(super) fn leave(&mut self, address: &Address) {
        let lane = Lane::of(address);
        let queue = self.queues.entry(lane.clone()).or_default();
        queue.inside = queue.inside.saturating_sub(1);
        self.settle(&lane);
        if let Some(account) = lane.account() {
            self.rest(account);
        }
    }

    fn queue(&mut self, lane: &Lane, step: usize) {
        self.queues.entry(lane.clone()).or_default().waiting.insert(step);
        self.settle(lane);
    }

    /// Keeps `open` right about one lane, and forgets a lane that nobody uses.
    fn settle(&mut self, lane: &Lane) {
        let Some(queue) = self.queues.get(lane) else { return };
        if queue.waiting.is_empty() || queue.inside >= lane.places() {
            self.open.remove(lane);
        } else {
            self.open.insert(lane.clone());
        }
        if queue.waiting.is_empty() && queue.inside == 0 {
            self.queues.remove(lane);
        }
    }

    /// Counts one step of an account less; where it was the last, the next account takes its place.
    fn rest(&mut self, account: &AccountKey) {
        match self.admitted.get_mut(account) {
            Some(steps) if *steps > 1 => *steps -= 1,
            Some(_) => {
                self.admitted.remove(account);
                if let Some(next) = self.order.pop_front() {
                    for (lane, step) in self.parked.remove(&next).unwrap_or_default() {
                        *self.admitted.entry(next.clone()).or_default() += 1;
                        self.queue(&lane, step);
                    }
                }
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().expect("valid")
    }

    fn started(lanes: &mut Lanes) -> Vec<usize> {
        std::iter::from_fn(|| lanes.next()).collect()
    }

    #[test]
    fn five_creations_and_the_next_when_one_is_made() {
        let mut lanes = Lanes::default();
        for step in 0..7 {
            lanes.ready(step, &address("account/prod"));
        }
        lanes.ready(7, &address("unit/Security"));
        assert_eq!(started(&mut lanes), [7, 0, 1, 2, 3, 4]);
        lanes.leave(&address("account/prod"));
        assert_eq!(started(&mut lanes), [5]);
    }

    #[test]
    fn regions_of_an_account_do_not_wait_for_each_other() {
        let mut lanes = Lanes::default();
        for step in 0..40 {
            lanes.ready(step, &address("dev/eu-west-1/vpc/main"));
        }
        lanes.ready(40, &address("dev/eu-central-1/vpc/main"));
        lanes.ready(41, &address("dev/iam-role/reader"));
        let started = started(&mut lanes);
        assert_eq!(started.len(), PER_REGION + 2);
        assert!(started.contains(&40) && started.contains(&41));
    }

    #[test]
    fn an_account_beyond_the_limit_starts_when_another_has_nothing_to_do() {
        let mut lanes = Lanes::default();
        let role = |account: usize| address(&format!("a{account}/iam-role/reader"));
        for account in 0..ACCOUNTS + 2 {
            lanes.ready(account, &role(account));
        }
        assert_eq!(started(&mut lanes).len(), ACCOUNTS);
        lanes.leave(&role(3));
        assert_eq!(started(&mut lanes), [ACCOUNTS]);
        lanes.leave(&role(ACCOUNTS));
        assert_eq!(started(&mut lanes), [ACCOUNTS + 1]);
    }
}
