//! The order of a run: what each step still needs, and which steps can start when it ends. No function here visits all steps twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::plan::Step;

/// The state of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It waits for this many steps.
    Waiting(usize),
    /// It runs, or may run.
    Going,
    /// It has ended: done, failed or skipped.
    Ended,
}

/// The steps of a plan and their needs, by number.
#[derive(Debug)]
pub(super) struct Order {
    states: Vec<State>,
    /// For each step, those that need it.
    needed_by: Vec<Vec<usize>>,
}

impl Order {
    pub(super) fn new(steps: &[Step]) -> Self {
        let mut at: BTreeMap<&Address, Vec<usize>> = BTreeMap::new();
        for (index, step) in steps.iter().enumerate() {
            at.entry(&step.address).or_default().push(index);
        }
        let mut needed_by = vec![Vec::new(); steps.len()];
        let states = steps.iter().enumerate().map(|(index, step)| {
            // A step comes after what it needs; a need that is not a step of this plan already exists.
            let needs: BTreeSet<usize> =
                step.after.iter().filter_map(|needed| at.get(needed)).flatten().copied().filter(|needed| *needed < index).collect();
            for needed in &needs {
                needed_by[*needed].push(index);
            }
            State::Waiting(needs.len())
        });
        let states = states.collect();
        Self { states, needed_by }
    }

    /// Returns the steps that need nothing, and marks them as running.
    pub(super) fn first(&mut self) -> Vec<usize> {
        let first: Vec<usize> = (0..self.states.len()).filter(|index| self.states[*index] == State::Waiting(0)).collect();
        for index in &first {
            self.states[*index] = State::Going;
        }
        first
    }

    /// Records that a step is done; returns the steps whose last need it was, and marks them as running.
    pub(super) fn done(&mut self, step: usize) -> Vec<usize> {
        self.states[step] = State::Ended;
        let mut free = Vec::new();
        for index in &self.needed_by[step] {
            match &mut self.states[*index] {
                State::Waiting(1) => {
                    self.states[*index] = State::Going;
                    free.push(*index);
                }
                State::Waiting(needs) => *needs -= 1,
                State::Going | State::Ended => {}
            }
        }
        free
    }

    /// Records that a step ended without being done; returns every step that cannot start because of it, each with the missing need.
    pub(super) fn lost(&mut self, step: usize) -> BTreeMap<usize, usize> {
        self.states[step] = State::Ended;
        let mut missing = BTreeMap::new();
        let mut ended = vec![step];
        while let Some(needed) = ended.pop() {
            for index in &self.needed_by[needed] {
                if matches!(self.states[*index], State::Waiting(_)) {
                    self.states[*index] = State::Ended;
                    missing.insert(*index, needed);
                    ended.push(*index);
                }
            }
        }
        missing
    }

    /// Records that a step ended, without starting or skipping the steps that need it.
    pub(super) fn end(&mut self, step: usize) {
        self.states[step] = State::Ended;
    }

    /// Returns the steps that have not ended.
    pub(super) fn left(&self) -> Vec<usize> {
        (0..self.states.len()).filter(|index| self.states[*index] != State::Ended).collect()
    }
}
