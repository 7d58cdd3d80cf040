//! Environments for programs: named stages, their accounts, and sessions in them by the name of a role.
//!
//! [`Environments`] holds an [`Index`]: from the file that `landfall outputs` writes, from SSM parameters (feature `ssm`), or
//! looked up in the organization (feature `discovery`). With AWS attached, it gives sessions; without, it is plain data. The caller
//! brings its own credentials.
//!
//! ```no_run
//! # async fn example(config: aws_types::SdkConfig) -> Result<(), Box<dyn std::error::Error>> {
//! use landfall::{Environments, Role};
//!
//! let environments = Environments::from_file("environments.json")?.with_aws(&config);
//! let prod = environments.get("prod")?;
//! let session = prod.assume(Role::Deployer).reason("release 42").await?; // account verified, cached, renewed automatically
//! let sts = aws_sdk_sts::Client::new(session.sdk_config());
//! # let _ = sts;
//! # Ok(())
//! # }
//! ```

mod assume;
#[cfg(feature = "discovery")]
mod discovery;
pub mod each;
mod error;
mod index;
mod lookup;
#[cfg(feature = "operate")]
mod made;
mod role;
pub mod select;
#[cfg(any(feature = "ssm", feature = "discovery"))]
mod source;
#[cfg(feature = "ssm")]
pub mod ssm;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_types::SdkConfig;
use tokio::sync::OnceCell;

pub use assume::Assume;
pub use each::{Broken, Each, Outcome, Progress, Visit};
pub use error::{EnterError, LookupError};
pub use index::{
    AccountEntry, EnvironmentEntry, FORMAT, Index, IndexError, NetworkEntry, OrganizationEntry, Problem, RoleEntry, SubnetEntry,
};
pub use lookup::{Account, Environment};
pub use role::Role;
pub use select::{Select, Selection};
#[cfg(any(feature = "ssm", feature = "discovery"))]
pub use source::SourceError;

use crate::aws::clock::Clock;
use crate::name::Region;
use crate::session::{self, SessionError, Sessions};

/// Every environment and account of an organization, by name. Clones share their state.
#[derive(Clone)]
pub struct Environments {
    known: Arc<Known>,
    aws: Option<Arc<Aws>>,
}

/// The checked index.
struct Known {
    index: Index,
    region: Region,
}

/// The caller's AWS; opened at the first use.
struct Aws {
    config: Option<SdkConfig>,
    sessions: OnceCell<Sessions>,
}

impl Environments {
    /// Reads the file that `landfall outputs` writes.
    ///
    /// # Errors
    ///
    /// [`IndexError::File`] if it cannot be read; otherwise those of [`Environments::from_json`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, IndexError> {
        let path = path.as_ref();
        let text =
            std::fs::read_to_string(path).map_err(|problem| IndexError::File { path: path.to_owned(), problem: Problem::of(&problem) })?;
        Self::from_json(&text)
    }

    /// Reads the JSON text of an index.
    ///
    /// # Errors
    ///
    /// [`IndexError::Newer`] if a newer landfall wrote it; [`IndexError::Json`] or [`IndexError::Inconsistent`] if it is not an
    /// index.
    pub fn from_json(text: &str) -> Result<Self, IndexError> {
        Self::from_index(Index::from_json(text)?)
    }

    /// Uses an existing index.
    ///
    /// # Errors
    ///
    /// [`IndexError::Newer`] or [`IndexError::Inconsistent`] if this version cannot rely on it.
    pub fn from_index(index: Index) -> Result<Self, IndexError> {
        if index.landfall > FORMAT {
            return Err(IndexError::Newer { found: index.landfall });
        }
        index.check()?;
        let region = index.home()?;
        Ok(Self { known: Arc::new(Known { index, region }), aws: None })
    }

    /// Attaches the caller's AWS: credentials, HTTP client, time source and sleep, as `aws_config` loads them.
    ///
    /// No call is made before a role is requested; then one call reads the caller's identity. The configuration's Region does not
    /// matter: sessions begin in the organization's home Region.
    #[must_use]
    pub fn with_aws(self, config: &SdkConfig) -> Self {
        Self { aws: Some(Arc::new(Aws { config: Some(config.clone()), sessions: OnceCell::new() })), ..self }
    }

    /// Attaches open sessions; their cache is shared.
    #[must_use]
    pub fn with_sessions(self, sessions: Sessions) -> Self {
        Self { aws: Some(Arc::new(Aws { config: None, sessions: OnceCell::new_with(Some(sessions)) })), ..self }
    }

    /// Returns the index.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.known.index
    }

    /// Returns the organization's home Region, in which sessions begin.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.known.region
    }

    /// Returns the sessions of the caller, opened with one `GetCallerIdentity` the first time.
    ///
    /// # Errors
    ///
    /// [`EnterError::NoAws`] if none is attached, [`EnterError::Open`] if AWS does not accept the caller's credentials; the next
    /// call then tries again.
    pub async fn sessions(&self) -> Result<&Sessions, EnterError> {
        let aws = self.aws.as_ref().ok_or(EnterError::NoAws)?;
        let open = || async {
            let config = aws.config.as_ref().ok_or(SessionError::Incomplete("credentials"))?;
            Sessions::open(config, self.region()).await
        };
        aws.sessions.get_or_try_init(open).await.map_err(EnterError::Open)
    }

    /// Returns the clock of the caller's AWS, if one is attached; makes no call.
    fn clock(&self) -> Option<Clock> {
        let aws = self.aws.as_ref()?;
        let of_config = || aws.config.as_ref().and_then(|config| session::clock(config).ok());
        aws.sessions.get().map(|own| own.clock().clone()).or_else(of_config)
    }
}

impl fmt::Debug for Environments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.index().environments.iter().map(|environment| environment.name.as_str()).collect();
        f.debug_struct("Environments").field("names", &names).field("has_aws", &self.aws.is_some()).finish_non_exhaustive()
    }
}
