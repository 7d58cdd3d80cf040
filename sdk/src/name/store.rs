//! Where secrets of apps are kept.

/// A store of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Store {
    /// Parameter Store of AWS Systems Manager, encrypted.
    Ssm,
    /// AWS Secrets Manager.
    SecretsManager,
}

impl Store {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ssm, Self::SecretsManager];

    /// Returns the other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Ssm => Self::SecretsManager,
            Self::SecretsManager => Self::Ssm,
        }
    }

    /// Returns its name in `app.toml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ssm => "ssm",
            Self::SecretsManager => "secrets-manager",
        }
    }

    /// Returns the most bytes of a secret in it (docs/AWS.md 8.1; `SecretString` of the model of Secrets Manager).
    #[must_use]
    pub fn bytes_max(self) -> usize {
        match self {
            Self::Ssm => 4_096,
            Self::SecretsManager => 65_536,
        }
    }
}
