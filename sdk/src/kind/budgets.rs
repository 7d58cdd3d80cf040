//! AWS Budgets.

mod api;
pub mod budget;
