//! Encryption of new EBS volumes by default: a setting of one account in one Region.
//!
//! It takes effect on volumes and copies of snapshots from then on; existing volumes stay as they are (docs/AWS.md 6.2). The default key
//! is not set: it is AWS's own until the account's owner chooses another.

use serde::{Deserialize, Serialize};

use crate::aws::client::{Done, requests};
use crate::aws::error::AwsError;
use crate::kind::setting::Setting;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Context, Field, ScopeSet, StepError};

/// Whether new volumes are encrypted without being asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "it is on or off")]
pub enum EbsEncryption {
    /// Only if the request says so: AWS's default.
    Off,
    /// Always.
    On,
}

impl EbsEncryption {
    fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
        }
    }
}

requests! { EC2, "ec2":
    EnableEbsEncryptionByDefault {} -> Done,
    GetEbsEncryptionByDefault {} -> Encryption,
}

/// The answer to a read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Encryption {
    ebs_encryption_by_default: bool,
}

impl Setting for EbsEncryption {
    const NAME: &'static str = "ebs-encryption";
    const SCOPES: ScopeSet = ScopeSet::EveryRegion;
    const SERVICE: &'static str = "EC2";

    fn summary(&self) -> String {
        match self {
            Self::Off => "new volumes are encrypted on request".to_owned(),
            Self::On => "new volumes are encrypted".to_owned(),
        }
    }

    fn falls_short(&self, wanted: &Self) -> Vec<Field> {
        let is_short = (*self, *wanted) == (Self::Off, Self::On);
        is_short.then(|| Field::new("encryption by default", self.word(), wanted.word())).into_iter().collect()
    }

    fn terraform(&self, _: &Place<'_>) -> Import {
        Import::new("aws_ebs_encryption_by_default", "default")
    }

    async fn read(cx: &Context<'_>) -> Result<Self, AwsError> {
        let answer = cx.send(&GetEbsEncryptionByDefault {}).await?;
        Ok(if answer.ebs_encryption_by_default { Self::On } else { Self::Off })
    }

    async fn write(&self, cx: &Context<'_>, _: &Self) -> Result<(), StepError> {
        match self {
            // A repeat is a success (docs/AWS.md D.6).
            Self::On => cx.send(&EnableEbsEncryptionByDefault {}).await.map(drop).map_err(StepError::from),
            Self::Off => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::setting::tests::check;

    #[test]
    fn on_is_stricter_than_off() {
        check(&EbsEncryption::Off, &EbsEncryption::On, &["encryption by default  off -> on"]);
        check(&EbsEncryption::On, &EbsEncryption::On, &[]);
        check(&EbsEncryption::On, &EbsEncryption::Off, &[]);
    }
}
