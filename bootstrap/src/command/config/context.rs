//! What the commands of `config` share: an app with its files, the account that it has in each environment, and the way in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use landfall::app::{App, Environment, Setting, Value};
use landfall::config::{Config, ConfigError};
use landfall::environments::AccountEntry;
use landfall::name::Store;
use landfall::ours::CONFIG_PREFIX;
use landfall::session::Session;

use crate::app;
use crate::command::session::{SessionArgs, Source, chained};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{IfTaken, Settings, quoted};
use crate::target::AwsTarget;

/// The file that declares an app's settings, unless another is named.
const APP_FILE: &str = "app.toml";

/// Which app, and where its environments are looked up.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Of {
    /// The file that declares the app's settings; files of values are in config/ beside it
    #[arg(long, value_name = "FILE", default_value = APP_FILE)]
    pub(crate) app: PathBuf,
    /// The index that `landfall outputs` wrote, instead of the manifest and AWS's list of accounts
    #[arg(long, value_name = "FILE")]
    pub(crate) index: Option<PathBuf>,
}

/// As whom.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct As {
    /// Why; production asks for it, and its logs keep it [default: `$LANDFALL_REASON`]
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// One environment of an app, as whom it is entered.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct At {
    /// The environment
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    #[command(flatten)]
    pub(crate) of: Of,
    #[command(flatten)]
    pub(crate) who: As,
}

/// An app with its files, and the account that it has in each environment.
pub(super) struct AppContext<'s> {
    pub(super) settings: &'s Settings,
    pub(super) app: App,
    source: Source,
    index: Option<PathBuf>,
    file: PathBuf,
    /// The key of its account, by environment.
    pub(super) accounts: Vec<(String, String)>,
}

impl<'s> AppContext<'s> {
    /// Reads everything, without AWS.
    ///
    /// # Errors
    ///
    /// When a file is missing or has a mistake, or the manifest does not have the app.
    pub(super) fn open(settings: &'s Settings, of: &Of) -> Result<Self, Failure> {
        let sources = app::read(&of.app)?;
        let source = Source::of(settings, of.index.as_deref())?;
        let Some(name) = landfall::app::name(&sources.app) else {
            // What is wrong with it.
            return Err(match app::check(settings, &sources, &[]) {
                Err(failure) => failure,
                Ok(app) => Failure::failed(format!("{} has no name", app.name)),
            });
        };
        let role = format!("{CONFIG_PREFIX}{name}");
        let has_role = |entry: &&AccountEntry| entry.roles.contains_key(&role);
        let index = source.index();
        let found: Vec<_> = index
            .environments
            .iter()
            .filter_map(|environment| {
                let account = environment.accounts.iter().find(has_role)?;
                let of = Environment { name: environment.name.parse().ok()?, tier: environment.tier.parse().ok()? };
                Some((of, account.key.clone()))
            })
            .collect();
        if found.is_empty() {
            let place = source.name(settings);
            let failure = Failure::usage(format!("`{name}` of {} is no app of {place}", of.app.display()));
            let roles = index.environments.iter().flat_map(|environment| &environment.accounts).flat_map(|entry| entry.roles.keys());
            let known: BTreeSet<&str> = roles.filter_map(|role| role.strip_prefix(CONFIG_PREFIX)).collect();
            if let Some(near) = landfall::name::nearest(name.as_str(), known) {
                return Err(failure.hinted(format!("did you mean `{near}`?")));
            }
            return Err(failure.hinted(format!(
                "add [apps.{name}] to the manifest, with someone who may assume {role}: access.pipelines, access.operators or the app's github"
            )));
        }
        let environments: Vec<Environment> = found.iter().map(|(environment, _)| environment.clone()).collect();
        let app = app::check(settings, &sources, &environments)?;
        let accounts = found.into_iter().map(|(environment, account)| (environment.name.to_string(), account)).collect();
        Ok(Self { settings, app, source, index: of.index.clone(), file: of.app.clone(), accounts })
    }

    /// Returns an environment of the app by name.
    ///
    /// # Errors
    ///
    /// When the app is not in it.
    pub(super) fn stage(&self, name: &str) -> Result<&landfall::app::Stage, Failure> {
        self.app.stages.iter().find(|stage| stage.name.as_str() == name).ok_or_else(|| {
            let names: Vec<&str> = self.app.stages.iter().map(|stage| stage.name.as_str()).collect();
            match landfall::name::nearest(name, names.iter().copied()) {
                Some(near) => {
                    Failure::usage(format!("`{name}` is no environment of {}", self.app.name)).hinted(format!("did you mean `{near}`?"))
                }
                // What is in its place may be a value.
                None => Failure::usage(format!("there is no such environment of {}", self.app.name))
                    .hinted(format!("name one of {}", names.join(", "))),
            }
        })
    }

    /// Returns a secret by key.
    ///
    /// # Errors
    ///
    /// When the app has no such secret.
    pub(super) fn secret(&self, key: &str) -> Result<(&Setting, Store), Failure> {
        let Some(setting) = self.app.settings.iter().find(|setting| setting.key.as_str() == key) else {
            let keys: Vec<&str> = self.app.secrets().map(|(setting, _)| setting.key.as_str()).collect();
            return Err(match landfall::name::nearest(key, keys.iter().copied()) {
                Some(_) => self.undeclared(key),
                None if keys.is_empty() => self.undeclared(key).hinted("declare it there, with `secret = true`"),
                None => self.undeclared(key).hinted(format!("its secrets are {}", keys.join(", "))),
            });
        };
        match setting.secret {
            Some(store) => Ok((setting, store)),
            None => Err(Failure::usage(format!("`{key}` is no secret: its value belongs in a file"))
                .hinted("write it in config/ENV.toml, where it is reviewed, and `landfall config push ENV` carries it there")),
        }
    }

    /// Returns that a key is not declared. What is near no key may be a value, and is not shown.
    pub(super) fn undeclared(&self, key: &str) -> Failure {
        match landfall::name::nearest(key, self.app.settings.iter().map(|setting| setting.key.as_str())) {
            Some(near) => Failure::usage(format!("`{key}` is not declared in app.toml")).hinted(format!("did you mean `{near}`?")),
            None => Failure::usage("there is no such key in app.toml"),
        }
    }

    /// Returns an environment and its account as messages name them: `prod`, `prod (account shop-prod)`.
    pub(super) fn named(&self, environment: &str) -> String {
        match self.account(environment) {
            account if account == environment => environment.to_owned(),
            account => format!("{environment} (account {account})"),
        }
    }

    /// Returns a command of `config` about a key in an environment, as a person types it: with the same files, and a reason where one is asked
    /// for.
    pub(super) fn line(&self, verb: &str, environment: &str, key: &str, more: &str) -> String {
        let is_production = self.app.stages.iter().any(|stage| stage.name.as_str() == environment && stage.tier.is_production());
        let reason = if is_production { "--reason 'first release'" } else { "" };
        let files = self.files();
        let more: Vec<&str> = [more, &files, reason].into_iter().filter(|text| !text.is_empty()).collect();
        self.settings.rerun.line(&format!("config {verb} {environment} {key}"), &more.join(" "))
    }

    /// Returns the options that name the same files again.
    fn files(&self) -> String {
        let named = |flag: &str, file: &Path| format!("{flag} {}", quoted(&file.to_string_lossy()));
        let app = (self.file != Path::new(APP_FILE)).then(|| named("--app", &self.file));
        let index = self.index.as_ref().map(|file| named("--index", file));
        app.into_iter().chain(index).collect::<Vec<_>>().join(" ")
    }

    /// Returns the key of an environment's account.
    pub(super) fn account<'n>(&'n self, environment: &'n str) -> &'n str {
        self.accounts.iter().find(|(name, _)| name == environment).map_or(environment, |(_, account)| account)
    }

    fn ask(&self, environment: &str, role: Option<&str>, who: &As) -> SessionArgs {
        let own = format!("{CONFIG_PREFIX}{}", self.app.name);
        let reason = who.reason.clone().or_else(|| self.settings.variables.reason.clone());
        SessionArgs::of(environment, self.account(environment), role.unwrap_or(&own), reason, self.index.clone())
    }

    /// Refuses what AWS would refuse, a missing reason for example, before a person is asked for anything.
    ///
    /// # Errors
    ///
    /// The error that entering the environment would end with.
    pub(super) fn can_enter(&self, at: &At) -> Result<(), Failure> {
        self.source.check(self.settings, &self.ask(&at.environment, None, &at.who))
    }

    /// Opens AWS, and closes it however the work ends.
    pub(super) async fn online(&self, work: impl AsyncFnOnce(&Online<'_>) -> Result<Exit, Failure>) -> Result<Exit, Failure> {
        let target = AwsTarget::open(self.settings, self.source.region(), IfTaken::Wait).await?;
        let result = work(&Online { context: self, target: &target }).await;
        let closed = target.close();
        let code = result.map_err(|failure| target.via().explain(failure))?;
        closed.map(|()| code)
    }
}

/// An app, and AWS.
pub(super) struct Online<'a> {
    pub(super) context: &'a AppContext<'a>,
    target: &'a AwsTarget,
}

impl Online<'_> {
    /// Returns the app's values in an environment, as the app's role there.
    pub(super) async fn at(&self, at: &At) -> Result<Config, Failure> {
        self.config(&at.environment, None, &at.who).await
    }

    /// Returns a session in an environment, as the app's role there.
    pub(super) async fn session(&self, at: &At) -> Result<Session, Failure> {
        self.enter(&at.environment, None, &at.who).await
    }

    /// Returns the app's values in an environment, as a role there; the app's own if none is named.
    pub(super) async fn config(&self, environment: &str, role: Option<&str>, who: &As) -> Result<Config, Failure> {
        Ok(self.enter(environment, role, who).await?.config(self.context.app.name.to_string()))
    }

    async fn enter(&self, environment: &str, role: Option<&str>, who: &As) -> Result<Session, Failure> {
        let ask = self.context.ask(environment, role, who);
        self.context.source.enter(self.context.settings, &ask, &self.target.sessions).await
    }
}

/// Returns why values cannot be read or written.
pub(in crate::command) fn refused(error: &ConfigError) -> Failure {
    chained(Failure::failed(error.to_string()), error)
}

/// Returns a value on one line, as a table shows it.
pub(super) fn printable(value: &Value) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    value.to_string().chars().map(shown).collect()
}
