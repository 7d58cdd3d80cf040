//! Why an app's values cannot be read or written.

use std::time::Duration;

use crate::aws::error::AwsError;
use crate::name::NameError;

/// Why an app's values cannot be read or written. No error shows a value.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The name is not that of an app.
    #[error("an app's name {0}")]
    App(#[source] NameError),
    /// The key is not that of a setting.
    #[error("a key {0}")]
    Key(#[source] NameError),
    /// The account has no settings of the app.
    #[error("account {account} has no settings of {app}: `landfall config push` writes them")]
    NotDeployed {
        /// The app.
        app: String,
        /// The account's id.
        account: String,
    },
    /// A value is missing, or has another type than the program expects.
    #[error("`{key}` {problem}")]
    Shape {
        /// The key.
        key: String,
        /// What is wrong: `is missing`, `should be u32, and is a text`.
        problem: String,
    },
    /// A secret that the program needs has no value.
    #[error("secret `{key}` has no value in account {account}: `landfall config set` gives it one")]
    SecretMissing {
        /// The key.
        key: String,
        /// The account's id.
        account: String,
    },
    /// The session may not read a secret.
    #[error("secret `{key}` may not be read by this role in account {account}: role config-{app} may, and roles of the workload")]
    SecretDenied {
        /// The app.
        app: String,
        /// The key.
        key: String,
        /// The account's id.
        account: String,
    },
    /// A secret of Secrets Manager is being deleted: it can be neither read nor written, but restored.
    #[error("secret `{key}` in account {account} is being deleted: `landfall config unset --undo` restores it")]
    Deleting {
        /// The key.
        key: String,
        /// The account's id.
        account: String,
    },
    /// The period is too short.
    #[error("values cannot be kept current every {given:?}: the shortest period is {least:?}, since all programs share AWS's rate")]
    Period {
        /// The period asked for.
        given: Duration,
        /// The shortest.
        least: Duration,
    },
    /// There is no tokio runtime to look again on.
    #[error("values are kept current on a tokio runtime, and there is none: call `keep` from within one")]
    NoRuntime,
    /// Nothing looks again any more.
    #[error("the task that kept the values current has ended: call `keep` on a runtime that stays")]
    Ended,
    /// The program was started without the variables.
    #[error("there is no variable {0}: start the program by `landfall exec ENV --config APP`, or by a release")]
    NoVariables(&'static str),
    /// A variable is not as landfall writes it.
    #[error("variable {0} is not as landfall writes it")]
    BadVariable(String),
    /// The parameter is not as landfall writes it.
    #[error("parameter {name} {problem}")]
    Parameter {
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// AWS refused a call or did not answer.
    #[error("could not reach the values")]
    Aws(#[source] AwsError),
}

impl From<AwsError> for ConfigError {
    fn from(error: AwsError) -> Self {
        Self::Aws(error)
    }
}
