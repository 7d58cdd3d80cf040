//! What narrows or widens a plan, and how accounts are read for it: options that several commands take.

use clap::{Args, ValueEnum};
use landfall::plan::PlanOptions;

/// What narrows or widens a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct Scope {
    /// Remove what landfall made and the manifest no longer names; never accounts or audit logs
    #[arg(long)]
    pub(crate) prune: bool,
    /// Only these and what they need: an account's key, an address, or the beginning of one
    #[arg(long, value_name = "ADDRESS", num_args = 1..)]
    pub(crate) only: Vec<String>,
    /// Look in every Region that AWS enables, for default VPCs: a call more for each account and Region
    #[arg(long)]
    pub(crate) deep: bool,
}

impl Scope {
    /// Returns it as the planner takes it.
    pub(crate) fn options(&self) -> PlanOptions {
        let mut options = PlanOptions::default();
        options.prune = self.prune;
        options.only.clone_from(&self.only);
        options.deep = self.deep;
        options
    }
}

impl From<&PlanOptions> for Scope {
    fn from(options: &PlanOptions) -> Self {
        Self { prune: options.prune, only: options.only.clone(), deep: options.deep }
    }
}

/// By which role the accounts are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Args)]
pub(crate) struct WayIn {
    /// Read every account through this role, which may write nothing [default: provisioner, else the access role]
    #[arg(long = "as", value_name = "ROLE", value_enum)]
    pub(crate) reader: Option<Reader>,
}

/// A role that reads all that a plan needs, and writes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reader {
    Auditor,
}
