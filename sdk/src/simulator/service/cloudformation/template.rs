//! Templates: read, checked and evaluated, as JSON. Pure: nothing here knows the world.
//!
//! The functions are those that landfall's templates need. Mappings, transforms, macros, modules, imports and dynamic references are not
//! simulated, and neither is YAML.

mod condition;
mod errors;
mod evaluate;
mod order;
mod parameter;
mod references;
mod values;
mod whole;

#[cfg(test)]
mod tests;

pub(super) use evaluate::{Facts, Pseudo, Scope};
pub(super) use references::{plain_text, references};
pub(super) use whole::{Output, Resource, Template};
