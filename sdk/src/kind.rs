//! The seam: a kind is one type of managed resource, in one file, with the same functions as its siblings.
//!
//! Pure functions decide whether a wanted resource is the same as an existing one, and how the two differ. The others call AWS: `observe`
//! reads, `create`, `edit` and `remove` write. A kind uses names, `aws` and its session; never the manifest, the plan, or another service's
//! kind.
//!
//! # Laws
//!
//! Every kind obeys these laws, and tests check each kind:
//!
//! 1. `observe` never writes, and reads a scope in few calls.
//! 2. After `create`, `observe` returns something that `matches` and whose `diff` is empty.
//! 3. After `edit` with the edits of a `diff`, the next `diff` is empty.
//! 4. `create`, `edit` and `remove` may be repeated: the second time changes nothing and does not fail.
//! 5. Equivalent forms in AWS's answers (white space, order, one-element lists) are not differences.
//!
//! A new kind is one new file and one line in the `registry`; docs/ARCHITECTURE.md, "Adding a kind", has what else names it.

pub mod about;
pub mod account;
pub mod backup;
pub mod budgets;
pub mod change;
pub mod charge;
pub mod cloudtrail;
pub mod context;
pub mod ec2;
mod field;
pub mod hazard;
pub mod iam;
pub mod kms;
pub mod logs;
pub mod named;
pub mod organizations;
mod registry;
pub mod s3;
mod seam;
pub mod setting;
pub mod settle;
pub mod sns;
pub mod ssm;
pub mod terraform;
pub mod text;
mod verdict;

pub use about::About;
pub use change::{Action, Change, Field};
pub use charge::{Basis, Charge, Item};
pub use context::{Context, StepError};
pub use hazard::{Hazard, HazardName};
pub use registry::{ABOUT, AnyChange, Desired, NAMES, Observed, observe};
pub use seam::{Kind, Made, NoEdit, ScopeSet};
pub use terraform::Import;
pub use text::{Facts, Text};
pub use verdict::{Adoption, Blocked, Upkeep};
