//! The order in which resources are made: what one refers to or depends on comes first.

use std::collections::{BTreeMap, BTreeSet};

use super::references::references;
use super::whole::Template;
use crate::simulator::failure::Failure;

impl Template {
    /// Returns all logical ids, each after those that it needs, otherwise by name.
    pub(in crate::simulator::service::cloudformation) fn order(&self) -> Result<Vec<&str>, Failure> {
        let mut waiting: BTreeMap<&str, BTreeSet<String>> = self.resources.keys().map(|name| (name.as_str(), self.needs(name))).collect();
        let mut order = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let Some(next) = waiting.iter().find(|(_, needs)| needs.is_empty()).map(|(name, _)| *name) else {
                let names: Vec<&str> = waiting.into_keys().collect();
                return Err(Failure::validation(format!("Circular dependency between resources: [{}]", names.join(", "))));
            };
            waiting.remove(next);
            for needs in waiting.values_mut() {
                needs.remove(next);
            }
            order.push(next);
        }
        Ok(order)
    }

    /// Returns the resources that a resource needs.
    pub(in crate::simulator::service::cloudformation) fn needs(&self, name: &str) -> BTreeSet<String> {
        let Some(resource) = self.resources.get(name) else { return BTreeSet::new() };
        let named = references(&resource.properties).into_iter().chain(resource.depends_on.iter().cloned());
        named.filter(|other| self.resources.contains_key(other)).collect()
    }
}
