//! A session asked for at the command line: where the index comes from, what is refused before any call, and how it fails.
//!
//! The index is a file that `landfall outputs` wrote, or comes from the manifest and AWS's list of accounts; nothing else is
//! observed for it.

mod args;
mod refused;

use std::error::Error;
use std::path::{Path, PathBuf};

use landfall::Role;
use landfall::desired::desired;
use landfall::environments::{Assume, EnterError, Environments, Index, IndexError, LookupError};
use landfall::name::Region;
use landfall::observe::observe_accounts;
use landfall::session::{self, AssumeError, RequestError, Session, Sessions};
use tokio::sync::OnceCell;

use crate::ask;
use crate::caller;
use crate::document::Document;
use crate::failure::{self, Failure};
use crate::input;
use crate::manifest;
use crate::settings::Settings;
pub(crate) use args::{Keep, SessionArgs};
use refused::Manifest;

/// How to get an index without the right to list the organization's accounts.
const INDEX: &str = "`landfall outputs --out FILE`, run by an administrator, writes an index";

/// Where accounts and roles are looked up.
pub(super) struct Source {
    /// The index; from a manifest it is what is to be, with no account's id in it.
    environments: Environments,
    origin: Origin,
    /// The policy that narrows the session, in JSON.
    policy: Option<String>,
    /// The index with the accounts' ids, once it is known.
    known: OnceCell<Environments>,
}

enum Origin {
    File(PathBuf),
    Manifest(Box<Manifest>),
}

impl Source {
    /// Reads the index or the manifest, and refuses what can be refused without AWS.
    ///
    /// # Errors
    ///
    /// When the file is missing or wrong; when the environment, account or role does not exist, a reason is missing, or AWS
    /// could not take the request.
    pub(super) fn open(settings: &Settings, ask: &SessionArgs) -> Result<Self, Failure> {
        let source = Self { policy: ask.policy.as_deref().map(policy).transpose()?, ..Self::of(settings, ask.index.as_deref())? };
        match source.refusal(ask) {
            // Who is the role already needs no reason: a job that signed in as it. That is AWS's to say.
            Some(error) if !error.is_reason_missing() => Err(source.failure(settings, ask, &error, "")),
            _ => Ok(source),
        }
    }

    fn refusal(&self, ask: &SessionArgs) -> Option<EnterError> {
        self.asked(&self.environments, ask, "").and_then(|assume| assume.request().map(|_| ())).err()
    }

    /// Checks a request of a person as far as that is possible without AWS: a missing reason counts.
    ///
    /// # Errors
    ///
    /// Why AWS would refuse it.
    pub(super) fn check(&self, settings: &Settings, ask: &SessionArgs) -> Result<(), Failure> {
        self.refusal(ask).map_or(Ok(()), |error| Err(self.failure(settings, ask, &error, "")))
    }

    /// Reads the index or the manifest.
    ///
    /// # Errors
    ///
    /// When the file is missing or wrong.
    pub(super) fn of(settings: &Settings, index: Option<&Path>) -> Result<Self, Failure> {
        let (environments, origin) = if let Some(file) = index {
            (read(file)?, Origin::File(file.to_owned()))
        } else {
            let (organization, _) = manifest::load(settings)?;
            let desired = desired(&organization);
            let environments = environments(Index::expected(&organization, &desired))?;
            (environments, Origin::Manifest(Box::new((organization, desired))))
        };
        Ok(Self { environments, origin, policy: None, known: OnceCell::new() })
    }

    /// Returns the index; from a manifest it is what is to be, with no account's id in it.
    pub(super) fn index(&self) -> &Index {
        self.environments.index()
    }

    /// Returns what the index was read from, as messages name it.
    pub(super) fn name(&self, settings: &Settings) -> String {
        match &self.origin {
            Origin::File(file) => file.display().to_string(),
            Origin::Manifest(_) => settings.manifest.display().to_string(),
        }
    }

    /// Returns the home Region, in which the session begins.
    pub(super) fn region(&self) -> &Region {
        self.environments.region()
    }

    /// Returns a text that differs where the same request could mean another role.
    pub(super) fn meaning(&self) -> String {
        serde_json::json!({ "index": self.environments.index(), "policy": self.policy }).to_string()
    }

    /// Assumes the role.
    ///
    /// # Errors
    ///
    /// When the account does not exist or work, or AWS refuses.
    pub(super) async fn enter(&self, settings: &Settings, ask: &SessionArgs, sessions: &Sessions) -> Result<Session, Failure> {
        let caller = sessions.identity();
        if let Err(error) = self.asked(&self.environments, ask, &caller.arn).and_then(|assume| assume.request().map(|_| ()))
            && caller.role_name() != Some(&ask.role)
        {
            return Err(self.failure(settings, ask, &error, &caller.arn));
        }
        let environments = self.known.get_or_try_init(|| self.with_ids(settings, sessions)).await?;
        let entered = match self.asked(environments, ask, &sessions.identity().arn) {
            Ok(assume) => assume.await,
            Err(error) => Err(error),
        };
        entered.map_err(|error| self.failure(settings, ask, &error, &sessions.identity().arn))
    }

    async fn with_ids(&self, settings: &Settings, sessions: &Sessions) -> Result<Environments, Failure> {
        let environments = match &self.origin {
            Origin::File(_) => self.environments.clone(),
            Origin::Manifest(made) => {
                let (organization, desired) = &**made;
                let observation = observe_accounts(sessions, organization, desired).await.map_err(|error| {
                    Failure::observing(&error, settings.is_verbose()).hinted(format!("`--index FILE` needs no list of accounts: {INDEX}"))
                })?;
                self::environments(Index::of(organization, desired, &observation))?
            }
        };
        Ok(environments.with_sessions(sessions.clone()))
    }

    /// Returns what is asked for, without asking yet. `caller` is the ARN of who asks, once it is known.
    fn asked(&self, environments: &Environments, ask: &SessionArgs, caller: &str) -> Result<Assume, EnterError> {
        let account = match (environments.get(&ask.environment), &ask.account) {
            (Ok(environment), Some(name)) => environment.account(name)?,
            (Ok(environment), None) => environment.main()?,
            (Err(unknown), Some(_)) => return Err(unknown.into()),
            (Err(unknown), None) => environments.account(&ask.environment).map_err(|_| unknown)?,
        };
        // AWS's logs then tell people apart.
        let name = ask.session_name.as_deref().or_else(|| caller::session_name(caller)).unwrap_or(session::SESSION_NAME);
        let mut assume = account.assume(Role::named(&ask.role)).session_name(name).duration(ask.duration);
        for (key, value) in &ask.tags {
            assume = assume.tag(key, value);
        }
        for arn in &ask.policy_arns {
            assume = assume.policy_arn(arn);
        }
        if let Some(reason) = &ask.reason {
            assume = assume.reason(reason);
        }
        if let Some(identity) = &ask.source_identity {
            assume = assume.source_identity(identity);
        }
        if let Some(id) = &ask.external_id {
            assume = assume.external_id(id);
        }
        if let Some(policy) = &self.policy {
            assume = assume.policy(policy);
        }
        Ok(match &ask.mfa {
            Some(serial) => assume.mfa(serial, code),
            None => assume,
        })
    }

    /// Returns why there is no session, with what to do about it here. `caller` is the ARN of who asked.
    fn failure(&self, settings: &Settings, ask: &SessionArgs, error: &EnterError, caller: &str) -> Failure {
        match error {
            EnterError::Lookup(LookupError::AmbiguousAccount { environment, keys }) => {
                Failure::usage(format!("environment `{environment}` has several accounts"))
                    .hinted(format!("name one of {} with `--account KEY`", keys.join(", ")))
            }
            EnterError::RoleUndefined { role, account, .. } if *role == Role::Deployer.to_string() => Failure::usage(error.to_string())
                .hinted(format!("name who may deploy to {account}, in `access.pipelines` and `access.github` of the manifest")),
            EnterError::Lookup(_) | EnterError::RoleUndefined { .. } => Failure::usage(error.to_string()),
            EnterError::NotActive { .. } => {
                let failure = Failure::failed(error.to_string());
                match &self.origin {
                    Origin::File(file) => failure.hinted(format!("if `{}` is old, replace it: {INDEX}", file.display())),
                    Origin::Manifest(_) => {
                        failure.hinted(format!("build it, or let an administrator do that: {}", settings.rerun.line("apply", "")))
                    }
                }
            }
            EnterError::Open(error) => failure::session(error, settings.profile(), settings.is_verbose()),
            EnterError::Assume(error) => refused(settings, ask, self, error, caller),
            other => chained(Failure::failed(other.to_string()), other),
        }
    }
}

/// Asks the person at the terminal for an MFA code.
async fn code() -> session::MfaAnswer {
    ask::at_terminal("MFA code:").map_err(|error| format!("there is no terminal to ask for the code at ({error})").into())
}

/// Reads the index of a file.
///
/// # Errors
///
/// When it cannot be read or is not an index.
pub(super) fn read(file: &Path) -> Result<Environments, Failure> {
    Environments::from_file(file).map_err(|error| unread(&error, file))
}

/// The largest file that is read as a session policy; AWS takes 2,048 characters.
const POLICY_BYTES_MAX: usize = 1 << 20;

/// Reads a session policy.
fn policy(file: &Path) -> Result<String, Failure> {
    input::read_text(file, POLICY_BYTES_MAX)
        .map_err(|error| Failure::usage(format!("could not read the policy `{}`", file.display())).because(error.to_string()))
}

fn environments(index: Index) -> Result<Environments, Failure> {
    Environments::from_index(index).map_err(|error| chained(Failure::failed(error.to_string()), &error))
}

fn unread(error: &IndexError, file: &Path) -> Failure {
    let failure = match error {
        IndexError::File { .. } => Failure::usage(format!("could not read the index `{}`", file.display())),
        IndexError::Json(_) if let Some(found) = Document::of_file(file).filter(|found| *found != Document::Index) => {
            return Failure::usage(format!("`{}` is {found}, not an index of environments", file.display()))
                .hinted(format!("{INDEX}; to use a manifest, name it with `-f` and leave `--index` out"));
        }
        other => Failure::usage(format!("`{}` cannot be used: {other}", file.display())),
    };
    chained(failure, error).hinted(INDEX)
}

/// Returns why a role was not assumed: refused here before any call, or by AWS.
fn refused(settings: &Settings, ask: &SessionArgs, source: &Source, error: &AssumeError, caller: &str) -> Failure {
    if let session::Failure::Request(request) = &error.failure {
        // The account's id is left out: without an index it is not known yet.
        let account = error.label.as_deref().unwrap_or(error.account.as_str());
        let failure = Failure::usage(format!("`{}` in `{account}` was not asked for: {request}", error.role_name()));
        return match request {
            RequestError::ReasonMissing => {
                let failure = Failure::usage(format!("`{}` in `{account}` is assumed with a reason only", error.role_name()));
                failure.hinted("say why: `--reason 'release 42'`, or LANDFALL_REASON; AWS's logs keep it with every call")
            }
            _ => failure,
        };
    }
    let mut failure = chained(Failure::failed(error.to_string()), error);
    if let session::Failure::Aws(aws) = &error.failure
        && let Some(id) = aws.request_id.as_ref().filter(|_| settings.is_verbose())
    {
        failure = failure.because(format!("AWS request id {id}"));
    }
    let manifest = match &source.origin {
        Origin::Manifest(manifest) => Some(&**manifest),
        Origin::File(_) => None,
    };
    refused::explain(settings, ask, manifest, error, caller, failure)
}

/// Adds the sources of an error.
pub(super) fn chained(mut failure: Failure, error: &dyn Error) -> Failure {
    let mut source = error.source();
    while let Some(error) = source {
        failure = failure.because(error.to_string());
        source = error.source();
    }
    failure
}
