//! AWS Budgets: budgets of costs, with a limit and notifications. Nothing is spent, so nothing is ever sent.
//!
//! Actions, planned limits, automatic limits, filter expressions, tags, and calls about another account are not simulated.

mod notifications;
mod place;
mod records;

use super::Operation;

pub(super) const OPERATIONS: &[&[Operation]] = &[records::OPERATIONS, notifications::OPERATIONS];
