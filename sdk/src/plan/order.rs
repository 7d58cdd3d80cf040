//! The order of a plan's steps: each after its dependencies, and otherwise in the order of the manifest.

use std::collections::{BTreeMap, BTreeSet};

use super::Step;
use crate::address::Address;

/// Sorts steps so that each comes after its dependencies; independent steps keep their order.
///
/// Two steps may have the same address (something is removed from an account that is created again): a dependency means the earlier
/// one.
pub(super) fn sort(steps: &mut Vec<Step>) {
    let mut at: BTreeMap<&Address, usize> = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        at.entry(&step.address).or_insert(index);
    }
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    let mut needs: Vec<usize> = vec![0; steps.len()];
    for (index, step) in steps.iter().enumerate() {
        let before: BTreeSet<usize> =
            step.after.iter().filter_map(|needed| at.get(needed).copied()).filter(|before| *before != index).collect();
        needs[index] = before.len();
        for needed in before {
            needed_by[needed].push(index);
        }
    }
    let mut ready: BTreeSet<usize> = (0..steps.len()).filter(|index| needs[*index] == 0).collect();
    let mut order = Vec::with_capacity(steps.len());
    while let Some(index) = ready.pop_first() {
        order.push(index);
        for next in &needed_by[index] {
            needs[*next] -= 1;
            if needs[*next] == 0 {
                ready.insert(*next);
            }
        }
    }
    debug_assert_eq!(order.len(), steps.len(), "steps need each other in a circle");
    let mut taken: Vec<Option<Step>> = steps.drain(..).map(Some).collect();
    steps.extend(order.into_iter().filter_map(|index| taken[index].take()));
    // A cycle would be a bug of the planner; its steps come last rather than not at all.
    steps.extend(taken.into_iter().flatten());
}
