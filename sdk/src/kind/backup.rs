//! Kinds of AWS Backup.

pub mod vault;
