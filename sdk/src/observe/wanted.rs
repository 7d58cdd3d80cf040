//! Which kinds are wanted in which scope: settings that nobody wants are not read.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Scope;
use crate::desired::DesiredState;

/// The names of the wanted kinds, by scope.
#[derive(Debug, Default)]
pub(super) struct WantedKinds {
    by_scope: BTreeMap<Scope, BTreeSet<&'static str>>,
    none: BTreeSet<&'static str>,
}

impl WantedKinds {
    pub(super) fn of_state(desired: &DesiredState) -> Self {
        let mut by_scope: BTreeMap<Scope, BTreeSet<&'static str>> = BTreeMap::new();
        for wanted in &desired.wanted {
            let scope = wanted.address.scope();
            // A scope is cloned once, and not for each of its resources.
            match by_scope.get_mut(scope) {
                Some(kinds) => kinds,
                None => by_scope.entry(scope.clone()).or_default(),
            }
            .insert(wanted.thing.kind());
        }
        Self { by_scope, none: BTreeSet::new() }
    }

    /// Returns those of a scope.
    pub(super) fn of(&self, scope: &Scope) -> &BTreeSet<&'static str> {
        self.by_scope.get(scope).unwrap_or(&self.none)
    }
}
