//! The values of a template's parameters: given, or by default.

use std::collections::BTreeMap;

use serde_json::Value;

use super::whole::Template;
use crate::simulator::failure::Failure;

impl Template {
    /// Returns the value of every parameter: the given one, else the default.
    pub(in crate::simulator::service::cloudformation) fn fill(
        &self,
        mut given: BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let unknown: Vec<&str> = given.keys().filter(|name| !self.parameters.contains_key(*name)).map(String::as_str).collect();
        if !unknown.is_empty() {
            return Err(Failure::validation(format!("Parameters: [{}] do not exist in the template", unknown.join(", "))));
        }
        for (name, parameter) in &self.parameters {
            if let Some(default) = parameter.default.as_ref().filter(|_| !given.contains_key(name)) {
                given.insert(name.clone(), default.clone());
            }
        }
        let missing: Vec<&str> = self.parameters.keys().filter(|name| !given.contains_key(*name)).map(String::as_str).collect();
        if !missing.is_empty() {
            return Err(Failure::validation(format!("Parameters: [{}] must have values", missing.join(", "))));
        }
        self.typed(&given)?;
        Ok(given)
    }

    /// Returns checked values as references see them.
    pub(super) fn typed(&self, values: &BTreeMap<String, String>) -> Result<BTreeMap<String, Value>, Failure> {
        let of = |(name, value): (&String, &String)| {
            let parameter = self.parameters.get(name).ok_or_else(|| Failure::internal(format_args!("no parameter {name}")))?;
            Ok((name.clone(), parameter.check(name, value)?))
        };
        values.iter().map(of).collect()
    }
}
