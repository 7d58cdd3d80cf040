//! The types of resources: what each must have, what cannot change, and who makes it.

mod kept;
mod parameter;
mod policy;
mod role;
mod sort;
mod table;

pub(super) use kept::is_alarm;
pub(super) use sort::{Job, Sort};
pub(super) use table::{check, find, needed_capability};
