//! `landfall outputs`: the index of environments for programs, as JSON, AWS profiles, variables, for Terraform or CDK. Reads only, unless it is
//! to be published.

use std::path::{Path, PathBuf};

use landfall::environments::{Index, SourceError, ssm};
use landfall::name::AccountKey;
use landfall::observe::{NotReady, observe_accounts};
use landfall::observed::Observation;
use landfall::ours::{INDEX_PATH, PROVISIONER, READER};
use landfall::session::{SessionError, Sessions};

use super::{CommandContext, way};
use crate::chain;
use crate::document::{self, Document};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::{count, good, hint};
use crate::profiles;
use crate::render::index::terraform::terraform;
use crate::render::index::{cdk, profiles, variables};
use crate::sandbox;
use crate::settings::{Format, IfTaken, Settings, Target, quoted};
use crate::waiting;

/// What `outputs` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Write it to this file instead of standard output; never over anything but an older one
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    pub(crate) out: Option<PathBuf>,
    /// With `--format aws-config`: write the profiles into ~/.aws/config, in the place of those written before
    #[arg(long)]
    pub(crate) write: bool,
    /// Read this index, which `landfall outputs` wrote, instead of AWS; profiles then name it and need no list of accounts
    #[arg(long, value_name = "FILE", conflicts_with = "publish")]
    pub(crate) index: Option<PathBuf>,
    /// Also write it into SSM parameters of the management account, below /landfall/environments
    #[arg(long)]
    pub(crate) publish: bool,
}

impl Args {
    /// Returns why these do not go with a format, if they do not.
    pub(crate) fn refused(&self, format: Format) -> Option<&'static str> {
        match (format, self.write, &self.out) {
            (Format::Human | Format::Json | Format::Env | Format::Terraform | Format::Cdk, true, _) => {
                Some("`--write` is for `--format aws-config`")
            }
            (Format::Toml, ..) => Some("`--format toml` is for `landfall config pull` only"),
            (Format::AwsConfig, _, Some(_)) => Some("`--format aws-config` is written with `--write`, not with `--out`"),
            _ => None,
        }
    }

    fn to(&self) -> To<'_> {
        match &self.out {
            Some(file) => To::File(file),
            None if self.write => To::AwsConfig,
            None => To::Screen,
        }
    }
}

/// Where the index goes.
#[derive(Debug, Clone, Copy)]
enum To<'a> {
    /// To standard output.
    Screen,
    /// To a file of its own.
    File(&'a Path),
    /// Into the AWS configuration, between marks.
    AwsConfig,
}

/// What help says below the options.
const AFTER_HELP: &str = "\
Profiles for the AWS CLI and everything that reads its configuration; `--profile` names whose credentials they use:
  landfall outputs --format aws-config --profile sso --write
  aws s3 ls --profile acme-dev-deployer
With `--index FILE` the profiles name that index, and who uses them needs no right to list the organization's accounts.

Variables: LANDFALL_ORGANIZATION, LANDFALL_REGION, LANDFALL_ENVIRONMENTS (with commas between), and for each account \
LANDFALL_ACCOUNT_<KEY> (its id) and LANDFALL_ROLE_<KEY>__<ROLE> (the role's ARN)

For Terraform, a file with a provider for each account (provider = aws.dev) and local.landfall; for CDK, context with the keys \
landfall:ENV, and landfall:ENV/ACCOUNT where an environment has several accounts:
  landfall outputs --format terraform --out landfall.tf
  landfall outputs --format cdk --out landfall.context.json";

/// Observes and writes the index; publishes it where that is asked for.
pub(crate) async fn run(settings: &Settings, args: Args) -> Result<Exit, Failure> {
    let (format, to) = (settings.format, args.to());
    let document = document(format);
    match to {
        To::File(file) => sandbox::refuse_taken(settings, file, document)?,
        // They would take the place of those of the real organization, and simulated keys would be sent to AWS.
        To::AwsConfig if settings.is_sandbox() => {
            return Err(Failure::usage("profiles of a sandbox are not written into the AWS configuration")
                .hinted("leave `--write` out to print them, or run one command: landfall exec --sandbox ENV --role ROLE -- CMD"));
        }
        To::AwsConfig | To::Screen => {}
    }
    if let (Format::AwsConfig, Target::Aws { profile }) = (format, &settings.target) {
        // Every profile that is written asks this one.
        chain::check_named(settings, profile.as_deref()).await?;
    }
    if let Some(file) = args.index.as_deref() {
        let read = super::session::read(file)?;
        // An index does not say whom its roles let in.
        let reader = Some("who may assume it".to_owned());
        return put(settings, read.index(), to, Some(file), reader);
    }
    super::in_context(settings, IfTaken::Wait, false, async |context| {
        // Profiles and variables name accounts and roles only, which takes no look into the accounts.
        let is_whole = args.publish || !matches!(format, Format::AwsConfig | Format::Env);
        let seen = if is_whole { context.survey(NotReady::Report).await?.observation } else { listed(context).await? };
        let index = Index::of(&context.organization, &context.desired, &seen);
        let code = put(settings, &index, to, None, way::others(context, &seen, READER))?;
        if args.publish {
            write(context, &index).await?;
        }
        Ok(code)
    })
    .await
}

/// Returns what is written in a format.
fn document(format: Format) -> Document {
    match format {
        Format::Human | Format::Json | Format::AwsConfig | Format::Toml => Document::Index,
        Format::Env => Document::Variables,
        Format::Terraform => Document::Terraform,
        Format::Cdk => Document::Context,
    }
}

/// Writes an index; `file` is where it was read from, `reader` who may assume `reader`, where the caller may not.
fn put(settings: &Settings, index: &Index, to: To<'_>, file: Option<&Path>, reader: Option<String>) -> Result<Exit, Failure> {
    let text = match settings.format {
        Format::Human | Format::Json | Format::Toml => json(index)?,
        Format::AwsConfig => profiles(index, &program(), &again(settings, file)?),
        Format::Env => variables(index),
        Format::Terraform => terraform(index),
        Format::Cdk => json(&cdk::context(index))?,
    };
    match to {
        To::Screen => settings.screen.data(&text)?,
        To::File(file) => {
            document::write(file, document(settings.format), &text)?;
            settings.screen.status(&format!("{} {}\n", good("wrote"), file.display()));
        }
        To::AwsConfig => configure(settings, &index.organization.name, &text, reader)?,
    }
    Ok(Exit::Done)
}

/// Returns how other programs start landfall: by its whole path, since theirs need not lead to it (an IDE, cron, a container).
fn program() -> String {
    let path = std::env::current_exe().ok().and_then(|path| path.into_os_string().into_string().ok());
    path.map_or_else(|| "landfall".to_owned(), |path| quoted(&path))
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::failed("could not write JSON").because(error.to_string()))?;
    Ok(text + "\n")
}

/// Puts the profiles into the AWS configuration, in the place of those that were written before.
fn configure(settings: &Settings, organization: &str, block: &str, reader: Option<String>) -> Result<(), Failure> {
    let file = settings.variables.aws_config.as_deref().ok_or_else(|| {
        Failure::failed("there is no home folder to find ~/.aws/config in").hinted("name the file: AWS_CONFIG_FILE=… landfall outputs …")
    })?;
    let written = profiles::install(file, organization, block)?;
    settings.screen.status(&format!("{} {} of {organization} to {}\n", good("wrote"), count(written.len(), "profile"), file.display()));
    if let Some(profile) = written.iter().find(|profile| profile.ends_with("-reader")) {
        let who = reader.map(|who| format!("as {}: ", who.replace(", ", " or "))).unwrap_or_default();
        settings.screen.status(&format!("\n{} {who}aws sts get-caller-identity --profile {profile}\n", hint("hint:")));
    }
    Ok(())
}

/// Writes the index into SSM parameters of every account of `[access] index`, by its `provisioner`, and says what that changed.
async fn write(context: &CommandContext<'_>, index: &Index) -> Result<(), Failure> {
    let accounts = &context.organization.access.index;
    if accounts.is_empty() {
        return write_in(context, index, &AccountKey::management(), &context.target.sessions).await;
    }
    for key in accounts {
        if key.is_management() {
            write_in(context, index, key, &context.target.sessions).await?;
        } else {
            let sessions = provisioning(context, index, key).await?;
            write_in(context, index, key, &sessions).await?;
        }
    }
    Ok(())
}

/// Returns sessions whose own is that of an account's `provisioner`.
async fn provisioning(context: &CommandContext<'_>, index: &Index, key: &AccountKey) -> Result<Sessions, Failure> {
    let doing = format!("could not publish the environments in account/{key}");
    let environments = index.environments.iter().flat_map(|environment| &environment.accounts);
    let entry = environments.chain(&index.accounts).find(|entry| entry.key == key.as_str());
    let built = entry.and_then(|entry| Some((entry.id.as_ref()?.parse().ok()?, entry.roles.get(PROVISIONER)?)));
    let Some((id, role)) = built else {
        return Err(Failure::failed(doing)
            .because("it is not built yet")
            .hinted(format!("build it: {}", context.settings.rerun.line("apply", ""))));
    };
    let refused = |error: &SessionError| Failure::failed(&*doing).because(error.to_string());
    let session = context.target.sessions.assume(&id, &role.arn).await.map_err(|error| refused(&error))?;
    Sessions::open(session.sdk_config(), &context.organization.region).await.map_err(|error| refused(&error))
}

/// Writes it in the account whose sessions these are.
async fn write_in(context: &CommandContext<'_>, index: &Index, key: &AccountKey, sessions: &Sessions) -> Result<(), Failure> {
    let (doing, settings) = (format!("could not publish the environments in account/{key}"), context.settings);
    let published = ssm::publish(sessions, index).await.map_err(|error| match &error {
        SourceError::Aws(error) => Failure::aws(&doing, error, settings.is_verbose()),
        other => Failure::failed(&*doing).because(other.to_string()),
    })?;
    settings.screen.status(&format!(
        "{} of account/{key} below {}: {} written, {} removed, {} as before\n",
        count(published.written.len() + published.unchanged, "parameter"),
        INDEX_PATH,
        published.written.len(),
        published.removed.len(),
        published.unchanged
    ));
    Ok(())
}

/// Returns the index without networks, which asks AWS for its list of accounts only.
pub(super) async fn accounts(context: &CommandContext<'_>) -> Result<Index, Failure> {
    Ok(Index::of(&context.organization, &context.desired, &listed(context).await?))
}

async fn listed(context: &CommandContext<'_>) -> Result<Observation, Failure> {
    let look = observe_accounts(&context.target.sessions, &context.organization, &context.desired);
    let listed = match context.target.sandbox() {
        Some(_) => look.await,
        None => waiting::reported(context.settings.screen, context.target.via().aws(), look).await,
    };
    listed.map_err(|error| Failure::observing(&error, context.settings.is_verbose()))
}

/// Returns the flags with which landfall, called from anywhere, finds the same manifest, AWS and caller.
///
/// The profile is always named: a program that was told `AWS_PROFILE` hands it on to the process that it calls for credentials,
/// which would ask itself forever.
fn again(settings: &Settings, index: Option<&Path>) -> Result<String, Failure> {
    let absolute = |path: &Path| -> Result<String, Failure> {
        let whole = std::path::absolute(path)
            .map_err(|error| Failure::failed(format!("could not tell where `{}` is", path.display())).because(error.to_string()))?;
        let text = whole.to_string_lossy();
        if text.contains(char::is_control) {
            // The rest of it would be a line of its own.
            return Err(Failure::usage(format!("the path {text:?} has a line break or the like, which the AWS configuration cannot hold")));
        }
        Ok(quoted(&text))
    };
    let place = match &settings.target {
        Target::Aws { profile } => {
            let profile = profile.as_deref().or(settings.variables.profile.as_deref()).unwrap_or("default");
            format!("--profile {}", quoted(profile))
        }
        // Its preset is in the file.
        Target::Sandbox { file } => {
            let caller = settings.sandbox_as.as_ref().map(|set| format!(" --sandbox-as sso:{set}")).unwrap_or_default();
            format!("--sandbox={}{caller}", absolute(file)?)
        }
    };
    Ok(match index {
        Some(index) => format!("--index {} {place}", absolute(index)?),
        None => format!("--manifest {} {place}", absolute(&settings.manifest)?),
    })
}
