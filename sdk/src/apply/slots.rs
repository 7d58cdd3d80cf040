//! Slots: which steps may start, and how many of each class run at the same time.
//!
//! They limit steps, so that the display stays readable and memory use small; the rate of calls to AWS is limited per call, in
//! [`rate_limit`](crate::aws::rate_limit). A step that waits for a NAT gateway holds a slot here but no rate-limit permit. The exception is
//! account creations: AWS allows five in flight (docs/AWS.md 1.3), and a slot is free as soon as AWS has created the account.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::address::{Address, Scope};
use crate::aws::limits::{ACCOUNT_STEPS, ACCOUNTS_AT_ONCE, CREATIONS_IN_FLIGHT, ORGANIZATION_STEPS, REGION_STEPS};
use crate::name::{AccountKey, Region};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Bound {
    Structure,
    Creations,
    Account(AccountKey),
    Region(AccountKey, Region),
}

impl Bound {
    fn of(address: &Address) -> Self {
        match address.scope() {
            Scope::Organization if address.kind() == "account" => Self::Creations,
            Scope::Organization => Self::Structure,
            Scope::Account(account) => Self::Account(account.clone()),
            Scope::Region(account, region) => Self::Region(account.clone(), region.clone()),
        }
    }

    fn slots(&self) -> usize {
        match self {
            Self::Structure => ORGANIZATION_STEPS,
            Self::Creations => CREATIONS_IN_FLIGHT,
            Self::Account(_) => ACCOUNT_STEPS,
            Self::Region(..) => REGION_STEPS,
        }
    }

    fn account(&self) -> Option<&AccountKey> {
        match self {
            Self::Structure | Self::Creations => None,
            Self::Account(account) | Self::Region(account, _) => Some(account),
        }
    }
}

/// One limit: the steps that run under it and the steps that wait for it, by number.
#[derive(Debug, Default)]
struct Queue {
    inside: usize,
    waiting: BTreeSet<usize>,
}

/// Which step is under which limit, and which may start next. A step is identified by its number in the plan; lower numbers start first.
#[derive(Debug, Default)]
pub(super) struct Slots {
    queues: BTreeMap<Bound, Queue>,
    /// Limits with a waiting step and a free slot.
    open: BTreeSet<Bound>,
    /// The active accounts, each with the number of its steps that are ready or running.
    admitted: BTreeMap<AccountKey, usize>,
    /// Accounts that wait until an active one has no more steps, in order, with their ready steps.
    parked: BTreeMap<AccountKey, Vec<(Bound, usize)>>,
    order: VecDeque<AccountKey>,
}

impl Slots {
    /// Adds a step whose needs are met.
    pub(super) fn enqueue(&mut self, step: usize, address: &Address) {
        let bound = Bound::of(address);
        let Some(account) = bound.account() else { return self.queue(&bound, step) };
        if self.admitted.contains_key(account) || self.admitted.len() < ACCOUNTS_AT_ONCE {
            *self.admitted.entry(account.clone()).or_default() += 1;
            return self.queue(&bound, step);
        }
        let account = account.clone();
        let parked = self.parked.entry(account.clone()).or_default();
        if parked.is_empty() {
            self.order.push_back(account);
        }
        parked.push((bound, step));
    }

    /// Returns a step that may start now, if there is one, and takes its slot.
    pub(super) fn next(&mut self) -> Option<usize> {
        let bound = self.open.first()?.clone();
        let queue = self.queues.entry(bound.clone()).or_default();
        let step = queue.waiting.pop_first()?;
        queue.inside += 1;
        self.settle(&bound);
        Some(step)
    }

    /// Releases a slot.
    pub(super) fn release(&mut self, address: &Address) {
        let bound = Bound::of(address);
        let queue = self.queues.entry(bound.clone()).or_default();
        queue.inside = queue.inside.saturating_sub(1);
        self.settle(&bound);
        if let Some(account) = bound.account() {
            self.rest(account);
        }
    }

    fn queue(&mut self, bound: &Bound, step: usize) {
        self.queues.entry(bound.clone()).or_default().waiting.insert(step);
        self.settle(bound);
    }

    /// Updates `open` for one limit, and drops a limit without steps.
    fn settle(&mut self, bound: &Bound) {
        let Some(queue) = self.queues.get(bound) else { return };
        if queue.waiting.is_empty() || queue.inside >= bound.slots() {
            self.open.remove(bound);
        } else {
            self.open.insert(bound.clone());
        }
        if queue.waiting.is_empty() && queue.inside == 0 {
            self.queues.remove(bound);
        }
    }

    /// Counts down the steps of an account; after its last step the next waiting account becomes active.
    fn rest(&mut self, account: &AccountKey) {
        match self.admitted.get_mut(account) {
            Some(steps) if *steps > 1 => *steps -= 1,
            Some(_) => {
                self.admitted.remove(account);
                if let Some(next) = self.order.pop_front() {
                    for (bound, step) in self.parked.remove(&next).unwrap_or_default() {
                        *self.admitted.entry(next.clone()).or_default() += 1;
                        self.queue(&bound, step);
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

    fn started(slots: &mut Slots) -> Vec<usize> {
        std::iter::from_fn(|| slots.next()).collect()
    }

    #[test]
    fn five_creations_and_the_next_when_one_is_made() {
        let mut slots = Slots::default();
        for step in 0..7 {
            slots.enqueue(step, &address("account/prod"));
        }
        slots.enqueue(7, &address("unit/Security"));
        assert_eq!(started(&mut slots), [7, 0, 1, 2, 3, 4]);
        slots.release(&address("account/prod"));
        assert_eq!(started(&mut slots), [5]);
    }

    #[test]
    fn regions_of_an_account_do_not_wait_for_each_other() {
        let mut slots = Slots::default();
        for step in 0..40 {
            slots.enqueue(step, &address("dev/eu-west-1/vpc/main"));
        }
        slots.enqueue(40, &address("dev/eu-central-1/vpc/main"));
        slots.enqueue(41, &address("dev/iam-role/reader"));
        let started = started(&mut slots);
        assert_eq!(started.len(), REGION_STEPS + 2);
        assert!(started.contains(&40) && started.contains(&41));
    }

    #[test]
    fn an_account_beyond_the_limit_starts_when_another_has_nothing_to_do() {
        let mut slots = Slots::default();
        let role = |account: usize| address(&format!("a{account}/iam-role/reader"));
        for account in 0..ACCOUNTS_AT_ONCE + 2 {
            slots.enqueue(account, &role(account));
        }
        assert_eq!(started(&mut slots).len(), ACCOUNTS_AT_ONCE);
        slots.release(&role(3));
        assert_eq!(started(&mut slots), [ACCOUNTS_AT_ONCE]);
        slots.release(&role(ACCOUNTS_AT_ONCE));
        assert_eq!(started(&mut slots), [ACCOUNTS_AT_ONCE + 1]);
    }
}
