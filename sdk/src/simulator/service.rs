//! The services. `id` is the lowest module, above it is a folder for each service, and `operations` is on top.
//!
//! An operation reads all its parameters, is authorized, and only then reads and writes the world. An operation that is not in the
//! table does not exist.

mod account;
mod backup;
mod budgets;
mod cloudformation;
mod cloudtrail;
mod ec2;
mod errors;
mod iam;
mod id;
mod kms;
mod logs;
mod operation;
mod operations;
mod organizations;
mod page;
mod s3;
mod secrets;
mod sns;
mod ssm;
mod sts;
mod tagging;

pub(crate) use errors::{failed, throttled};
pub(crate) use id::{Effect, Service};
pub(crate) use operation::Operation;
use operation::{read, write};
#[cfg(test)]
pub(crate) use operations::operations_of;
pub(crate) use operations::{continue_operations, find_operation, welcome};
pub(crate) use page::FIRST_PAGE;
