//! What the organization has for delivering software by tools of others.

/// What landfall makes for the tools that deliver into its accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Whether each account of an environment that is deployed to has a bucket for Terraform's state.
    pub terraform: bool,
}
