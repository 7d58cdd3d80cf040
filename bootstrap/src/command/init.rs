//! `landfall init`: writes a manifest, asking for what is not given, with the schema beside it.

mod answers;
mod interview;
mod text;
mod tiers;

use landfall::manifest::{Source, parse};
use landfall::model::Tier;

use crate::ask;
use crate::document::{self, Document};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::profiles;
use crate::render::format::{count, good, hint};
use crate::sandbox;
use crate::settings::Settings;
use answers::Answers;
use interview::Terminal;

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

/// The schema's file, which the manifest names for editors.
const SCHEMA_FILE: &str = "landfall.schema.json";

/// Writes the manifest.
pub(crate) async fn run(settings: &Settings, given: Args) -> Result<Exit, Failure> {
    let (file, schema) = (&settings.manifest, settings.folder().join(SCHEMA_FILE));
    document::check(settings, file, Document::Manifest)?;
    document::check(settings, &schema, Document::Schema)?;
    if sandbox::is_same(file, &schema) {
        return Err(Failure::usage(format!("the schema is written to `{}`, beside the manifest; nothing was written", schema.display()))
            .hinted("name another file with `-f FILE`"));
    }
    let answers = if ask::is_possible() && !given.is_enough() {
        let region = match &settings.variables.region {
            Some(region) => Some(region.clone()),
            None => profiles::region().await,
        };
        interview::ask_for(given, region.as_deref(), &mut Terminal)?
    } else {
        Answers::given(given)?
    };
    let source = Source { name: file.display().to_string(), text: text::manifest(&answers) };
    let parsed = parse(&source, &|_| Err("a new manifest names no file".to_owned()));
    let Some(organization) = &parsed.organization else {
        // Each answer was accepted by itself; what is left is between them.
        let failure = Failure::usage("these answers do not go together; nothing was written");
        return Err(parsed.diagnostics.iter().fold(failure, |failure, found| failure.because(answers::words(found))));
    };
    document::write(file, Document::Manifest, &source.text)?;
    let text = serde_json::to_string_pretty(&landfall::manifest::schema()).unwrap_or_default();
    document::write(&schema, Document::Schema, &format!("{text}\n"))?;
    settings.screen.status(&format!(
        "{} {}: {}, {}; {} tells editors its keys\n",
        good("wrote"),
        source.name,
        count(organization.environments.len(), "environment"),
        count(organization.accounts.len(), "account"),
        schema.display(),
    ));
    settings.screen.status(&format!(
        "\nBefore you apply it to AWS, send a mail to {} and see that it arrives:\n\
         each account's root user gets its mail there, and AWS takes an e-mail once only.\n",
        answers.email.replace("{account}", "test"),
    ));
    let sandbox = format!("{} --sandbox", settings.rerun.on(file).line("apply", ""));
    let sandbox = if settings.is_sandbox() { settings.rerun.line("apply", "") } else { sandbox };
    settings.screen.status(&format!("\n{} try it without AWS: {sandbox}\n", hint("hint:")));
    Ok(Exit::Done)
}
