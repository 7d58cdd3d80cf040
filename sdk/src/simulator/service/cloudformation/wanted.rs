//! What the input of an operation wants: resources and outputs, evaluated with what the stack has at the moment.

use serde_json::Value;

use super::changes::facts;
use super::run::Run;
use super::template::{self, Pseudo, Scope, Template};
use super::types::{self, Sort};
use crate::simulator::failure::Failure;
use crate::simulator::world::{Fate, Operation, Output};

/// A resource as it is wanted.
pub(super) struct Wanted {
    pub(super) sort: &'static Sort,
    pub(super) properties: Value,
    pub(super) on_delete: Fate,
    pub(super) on_replace: Fate,
}

impl Run<'_> {
    /// Returns a resource as the operation's input wants it, or `None` if its condition does not.
    pub(super) fn wanted(&self, logical: &str) -> Result<Option<Wanted>, Failure> {
        let Some(operation) = &self.stack.operation else { return Ok(None) };
        let template = Template::parse(&operation.input.template)?;
        let scope = self.scope(&template, operation)?;
        let Some(written) = template.resources.get(logical).filter(|written| scope.is_wanted(written.condition.as_ref())) else {
            return Ok(None);
        };
        let sort = types::find(&written.sort)?;
        let properties = sort.evaluate(&scope, &written.properties, &operation.input.tags)?;
        let fates = (written.on_delete.unwrap_or_default(), written.on_replace.unwrap_or_default());
        Ok(Some(Wanted { sort, properties, on_delete: fates.0, on_replace: fates.1 }))
    }

    /// Returns what a template is evaluated with now.
    fn scope<'t>(&self, template: &'t Template, operation: &Operation) -> Result<Scope<'t>, Failure> {
        let pseudo = Pseudo {
            account: self.account.to_string(),
            region: self.region.clone(),
            stack_id: self.stack.id.clone(),
            stack_name: self.stack.name.clone(),
        };
        let mut scope = Scope::new(template, &operation.input.parameters, pseudo)?;
        let there = self.stack.resources.iter().filter(|(_, resource)| resource.physical.is_some());
        scope.resources = there.map(|(logical, resource)| (logical.clone(), facts(resource))).collect();
        Ok(scope)
    }

    /// Returns the outputs of the operation's input, which need all its resources.
    pub(super) fn outputs(&self) -> Result<Vec<Output>, Failure> {
        let Some(operation) = &self.stack.operation else { return Ok(Vec::new()) };
        let template = Template::parse(&operation.input.template)?;
        let scope = self.scope(&template, operation)?;
        let wanted = template.outputs.iter().filter(|(_, output)| scope.is_wanted(output.condition.as_ref()));
        let shown = |(key, output): (&String, &template::Output)| {
            Ok(Output { key: key.clone(), value: scope.text(&output.value)?, description: output.description.clone() })
        };
        wanted.map(shown).collect()
    }
}
