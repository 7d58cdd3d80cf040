//! AWS Secrets Manager: secrets with their versions and staging labels, deletion that can be undone for a while, and keys of KMS.
//!
//! Texts only. Rotation, replicas, resource policies, binary values and the date of the last access are not simulated; a name is free at once
//! after a deletion without recovery, which AWS does in the background.

mod delete;
mod list;
mod name;
mod protect;
mod read;
mod tags;
mod write;

use super::Operation;

pub(super) const OPERATIONS: &[&[Operation]] =
    &[write::OPERATIONS, read::OPERATIONS, list::OPERATIONS, delete::OPERATIONS, tags::OPERATIONS];
