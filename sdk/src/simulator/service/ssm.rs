//! AWS Systems Manager: Parameter Store, and service settings (`ssm/settings.rs`).
//!
//! Parameters of every type, their versions and labels, both tiers, and secure strings under keys of KMS, which decides who may write and
//! read them. Allowed patterns, parameter policies, other data types than `text` and sharing are not simulated.

mod delete;
mod describe;
mod filters;
mod history;
mod labels;
mod list;
mod name;
mod put;
mod read;
mod secure;
mod settings;
mod tags;
mod value;

use super::Operation;

/// Quotas that landfall checks as well.
#[cfg(test)]
pub(super) const QUOTAS: &[(&str, usize)] = &[("parameter", value::STANDARD_MAX)];

pub(super) const OPERATIONS: &[&[Operation]] = &[
    put::OPERATIONS,
    read::OPERATIONS,
    describe::OPERATIONS,
    history::OPERATIONS,
    labels::OPERATIONS,
    delete::OPERATIONS,
    tags::OPERATIONS,
    settings::OPERATIONS,
];
