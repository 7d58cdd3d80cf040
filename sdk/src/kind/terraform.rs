//! How Terraform takes over what exists: the type of its resource, and the id that an `import` block names.
//!
//! Each kind has one line, after the section "Import" of the resource's page in the documentation of the provider
//! (registry.terraform.io/providers/hashicorp/aws, version 6). A kind that has no resource there says why.

use std::borrow::Cow;
use std::fmt::Display;

use crate::id::{AccountId, Partition};
use crate::name::Region;

/// Where a resource is, for ids that have its account or Region in them.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "what ids are made of")]
pub struct Place<'a> {
    /// The partition.
    pub partition: Partition,
    /// The organization's id.
    pub organization: &'a str,
    /// The account that it is in; the management account for what is the organization's.
    pub account: &'a AccountId,
    /// The Region that it is in, or the home Region.
    pub region: &'a Region,
}

/// How Terraform takes over a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "by an import block, or not at all")]
pub enum Import {
    /// By an `import` block.
    As {
        /// The type of the resource: `aws_vpc`.
        resource: &'static str,
        /// The id that the block names.
        id: String,
    },
    /// Not at all, for this reason.
    Left(Cow<'static, str>),
}

impl Import {
    /// Returns an import as this type of resource, by this id.
    pub fn new(resource: &'static str, id: impl Display) -> Self {
        Self::As { resource, id: id.to_string() }
    }

    /// Returns that a resource is not imported, with the reason.
    pub fn left(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Left(reason.into())
    }
}
