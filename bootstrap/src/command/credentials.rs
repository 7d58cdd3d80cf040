//! `landfall credentials`: a session's credentials for programs, as a `credential_process` or as variables; those kept, or new ones.

use std::path::Path;
use std::time::Duration;

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_types::SdkConfig;
use landfall::name::Region;
use landfall::session::{Session, Sessions};
use serde::Serialize;

use super::session::{Keep, SessionArgs, Source};
use crate::cache::{self, Granted, Missing, Slot};
use crate::chain::Signer;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::count;
use crate::render::index::variable;
use crate::sandbox::Sandbox;
use crate::settings::{Format, Settings, Target};
use crate::target::AwsTarget;
use crate::{chain, system_clock, waiting};

/// What `credentials` takes.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) kept: Option<Kept>,
    #[command(flatten)]
    pub(crate) ask: Option<SessionArgs>,
}

/// What can be done with sessions that are kept.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Kept {
    /// Forget every session that is kept, of any organization
    Forget,
}

/// What help says below the options.
const AFTER_HELP: &str = "\
They are kept in $XDG_CACHE_HOME/landfall (~/.cache/landfall), readable by you only, until 15 minutes or a fifth of their life are \
left; of sessions shorter than an hour, a quarter. `landfall credentials forget` removes them, `--no-cache` asks for new ones. \
`landfall outputs --format aws-config` writes the profiles that call this.

Examples:
  landfall credentials dev --role reader
  export $(landfall credentials dev --role reader --format env)
  landfall credentials forget";

/// How long all of AWS's answers are waited for, by this process and the one that asked before it: as long as one call's patience.
const ANSWERED_WITHIN: Duration = Duration::from_mins(2);
/// What is left at least: who waited for another process, which may have been killed, asks once. AWS answers in a fraction of it.
const LAST_TRY: Duration = Duration::from_secs(10);

/// The form that the AWS CLI and every SDK read.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Printed<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    /// Without it they are never asked for again.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
}

/// Prints credentials, or forgets the sessions that are kept.
pub(crate) async fn run(settings: &Settings, args: Args) -> Result<Exit, Failure> {
    let (None, Some(ask)) = (args.kept, args.ask) else { return forget(settings) };
    let ask = &ask.with_reason_of(&settings.variables);
    let source = Source::open(settings, ask)?;
    let granted = obtain(settings, ask, &source, ask.keep()).await?;
    print(settings, &granted)
}

/// Forgets every session that is kept.
fn forget(settings: &Settings) -> Result<Exit, Failure> {
    let forgotten = settings.variables.cache.as_deref().map_or(Ok(0), cache::forget);
    let forgotten = forgotten.map_err(|error| Failure::failed("could not forget the sessions that are kept").because(error.to_string()))?;
    settings.screen.status(&match forgotten {
        0 => "no session is kept\n".to_owned(),
        some => format!("forgot {}; AWS accepts them until they end\n", count(some, "session")),
    });
    Ok(Exit::Done)
}

/// Returns credentials of what is asked for: those kept, or new ones, which are kept.
///
/// Of several processes that ask for the same, one asks AWS, and the others wait for what it keeps.
pub(super) async fn obtain(settings: &Settings, ask: &SessionArgs, source: &Source, keep: Keep) -> Result<Granted, Failure> {
    let (slot, config) = match keep {
        Keep::Yes => slot(settings, ask, source).await?,
        Keep::No => (None, None),
    };
    let mut missing = Missing::default();
    if let Some(slot) = &slot {
        let waited =
            waiting::reported(settings.screen, "another process that asks for the same session", slot.fresh_or_turn(system_clock::now));
        match waited.await {
            Ok(kept) if is_known(settings, source.region(), &kept).await => return Ok(kept),
            Ok(_) => {}
            Err(nothing) => missing = nothing,
        }
    }
    // A person may take any time for a code.
    let limit = ask.mfa.is_none().then(|| left(missing.waited));
    let target = AwsTarget::open_within(settings, source.region(), limit, config).await?;
    let granted = async {
        let entering = source.enter(settings, ask, &target.sessions);
        // A sandbox has a time of its own, and a person who types a code knows what is waited for.
        let session = if settings.is_sandbox() || ask.mfa.is_some() {
            entering.await?
        } else {
            waiting::reported(settings.screen, &format!("a session in `{}`", ask.environment), entering).await?
        };
        let granted = granted(&session, &target.sessions).await?;
        Ok::<_, Failure>((session, granted))
    };
    let granted = granted.await;
    let closed = target.close();
    let (session, granted) = granted?;
    closed?;
    // The caller's own are the caller's to keep.
    if let Some(slot) = slot.filter(|_| !session.is_own() && granted.is_fresh(system_clock::now()))
        && let Err(error) = slot.write(&granted, system_clock::now())
    {
        settings.screen.status(&format!("these credentials are not kept for the next call: {error}\n"));
    }
    drop(missing.turn);
    Ok(granted)
}

/// Returns how long all calls may take, after the wait for another process that asked for the same and kept nothing: that wait counts.
fn left(waited: Duration) -> Duration {
    ANSWERED_WITHIN.saturating_sub(waited).max(LAST_TRY)
}

/// Takes a session's credentials; a sandbox's clock is another one than the wall's, by which other programs go.
pub(super) async fn granted(session: &Session, sessions: &Sessions) -> Result<Granted, Failure> {
    let given = session.provide_credentials().await;
    let credentials = given.map_err(|error| Failure::failed("the session has no credentials").because(error.to_string()))?;
    let life = session.expires_at().map(|ends| ends.duration_since(sessions.clock().now()).unwrap_or_default());
    Granted::new(&credentials, session.account(), system_clock::now(), life)
        .map_err(|problem| Failure::failed("the session's credentials cannot be used").because(problem.to_string()))
}

/// Returns where this request's credentials are kept, and the caller's configuration where it had to be loaded to know whose they are.
/// They are kept nowhere if the system names no folder for it, or nothing tells who signs.
async fn slot(settings: &Settings, ask: &SessionArgs, source: &Source) -> Result<(Option<Slot>, Option<SdkConfig>), Failure> {
    let Some(folder) = settings.variables.cache.as_deref() else { return Ok((None, None)) };
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut config = None;
    let place = match &settings.target {
        // Whose session it is depends on who signs, not on how they were named.
        Target::Aws { profile } => match chain::check(settings, profile.as_deref()).await?.signer {
            Signer::Told(signer) => signer,
            Signer::Loaded(signer) => {
                let (loaded, key) = chain::load_with_key(settings, profile.as_deref(), source.region()).await?;
                config = Some(loaded);
                format!("{signer} {key:?}")
            }
            Signer::Untold => return Ok((None, None)),
        },
        Target::Sandbox { file } => format!("{} {:?}", absolute(file).display(), settings.sandbox_as),
    };
    let file = absolute(ask.index.as_ref().unwrap_or(&settings.manifest));
    let slot = Slot::of(folder, [place.as_str(), &file.display().to_string(), &source.meaning(), &ask.meaning()]);
    Ok((Some(slot), config))
}

/// Returns whether kept credentials still belong to a principal: a sandbox may have been forgotten since.
async fn is_known(settings: &Settings, region: &Region, kept: &Granted) -> bool {
    let Target::Sandbox { file } = &settings.target else { return true };
    let Ok(config) = Sandbox::copy(settings, file, region) else { return false };
    let config = config.to_builder().credentials_provider(SharedCredentialsProvider::new(kept.credentials())).build();
    Sessions::open(&config, region).await.is_ok()
}

fn print(settings: &Settings, granted: &Granted) -> Result<Exit, Failure> {
    let credentials = granted.credentials();
    let (key, secret) = (credentials.access_key_id(), credentials.secret_access_key());
    let token = credentials.session_token().unwrap_or_default();
    let expiration = granted.ends().map(system_clock::iso);
    match settings.format {
        Format::Human | Format::Json | Format::AwsConfig | Format::Toml | Format::Terraform | Format::Cdk => settings
            .screen
            .json(&Printed { version: 1, access_key_id: key, secret_access_key: secret, session_token: token, expiration })?,
        Format::Env => {
            let values = [("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret), ("AWS_SESSION_TOKEN", token)];
            let mut text: String = values.iter().map(|(name, value)| variable(name, value)).collect();
            if let Some(expiration) = expiration {
                text.push_str(&variable("AWS_CREDENTIAL_EXPIRATION", &expiration));
            }
            settings.screen.data(&text)?;
        }
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_waited_for_another_process_counts() {
        for (waited, expected) in [(0, 120), (30, 90), (110, 10), (115, 10), (122, 10), (180, 10)] {
            assert_eq!(left(Duration::from_secs(waited)), Duration::from_secs(expected), "{waited}");
        }
    }
}
