//! What `init` takes: the answers to its questions, so that it can run without any.

use landfall::model::Tier;

use super::tiers;

/// What `init` takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The organization's name: 2 to 20 of a-z, 0-9 and -
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The accounts' e-mails; {account} becomes each account's key: aws+{account}@acme.example
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) email: Option<String>,
    /// The home Region
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Every Region that may be used [default: the home Region and us-east-1]
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub(crate) regions: Vec<String>,
    /// The environments, in the order of promotion [default: dev,staging,prod]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) environments: Vec<String>,
    /// Tiers that differ from what the names suggest: lab=sandbox,blue=production
    #[arg(long, value_name = "NAME=TIER", value_delimiter = ',', value_parser = tiers::given)]
    pub(crate) tiers: Vec<(String, Tier)>,
    /// Who runs landfall: permission sets of IAM Identity Center, or principals [default: `AdministratorAccess`]
    #[arg(long, value_name = "WHO", value_delimiter = ',')]
    pub(crate) administrators: Vec<String>,
    /// Who deploys outside production and reads everywhere [default: `AdministratorAccess`]
    #[arg(long, value_name = "WHO", value_delimiter = ',')]
    pub(crate) operators: Vec<String>,
    /// Repositories whose workflows deploy
    #[arg(long, value_name = "OWNER/REPO", value_delimiter = ',')]
    pub(crate) github: Vec<String>,
}

impl Args {
    /// Returns whether nothing has to be asked: all that has no default was given.
    pub(crate) fn is_enough(&self) -> bool {
        self.name.is_some() && self.email.is_some() && self.region.is_some()
    }
}

/// What help says below the options.
const AFTER_HELP: &str = "\
Examples:
  landfall init
  landfall init --name acme --email aws@acme.example --region eu-west-1";
