//! Whether documents of Systems Manager may be shared with everyone: a setting of one account in one Region.

use serde::{Deserialize, Serialize};

use crate::aws::client::{Done, requests};
use crate::aws::error::AwsError;
use crate::kind::setting::Setting;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Context, Field, ScopeSet, StepError};

/// The setting's id (SSM API, `UpdateServiceSetting`).
pub const SETTING: &str = "/ssm/documents/console/public-sharing-permission";
/// Its two values.
const ALLOWED: &str = "Enable";
const BLOCKED: &str = "Disable";
/// The code where the service does not offer the setting.
const NOT_OFFERED: &[&str] = &["ServiceSettingNotFound"];
/// The code for two writes at once.
const BUSY: &[&str] = &["TooManyUpdates"];

/// Whether documents may be public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "it has these two values, where it exists")]
pub enum DocumentSharing {
    /// They may: AWS's default.
    Allowed,
    /// They may not.
    Blocked,
    /// The service does not offer the setting in this Region, so there is nothing to write.
    NotOffered,
}

impl DocumentSharing {
    fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Blocked => "blocked",
            Self::NotOffered => "not offered",
        }
    }
}

requests! { SSM, "ssm":
    GetServiceSetting { setting_id: &'static str } -> Found,
    UpdateServiceSetting { setting_id: &'static str, setting_value: &'static str } -> Done,
}

/// The answer to a read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    service_setting: ServiceSetting,
}

/// The setting; its status and who changed it are not read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceSetting {
    setting_value: String,
}

impl Setting for DocumentSharing {
    const NAME: &'static str = "ssm-sharing";
    const SCOPES: ScopeSet = ScopeSet::EveryRegion;
    const SERVICE: &'static str = "Systems Manager";

    fn summary(&self) -> String {
        format!("public documents are {}", self.word())
    }

    fn falls_short(&self, wanted: &Self) -> Vec<Field> {
        let is_short = (*self, *wanted) == (Self::Allowed, Self::Blocked);
        is_short.then(|| Field::new("public documents", self.word(), wanted.word())).into_iter().collect()
    }

    fn terraform(&self, place: &Place<'_>) -> Import {
        let Place { partition, account, region, .. } = place;
        match self {
            Self::NotOffered => Import::left("Systems Manager does not offer it in this Region"),
            Self::Allowed | Self::Blocked => {
                Import::new("aws_ssm_service_setting", format!("arn:{partition}:ssm:{region}:{account}:servicesetting{SETTING}"))
            }
        }
    }

    async fn read(cx: &Context<'_>) -> Result<Self, AwsError> {
        match cx.send(&GetServiceSetting { setting_id: SETTING }).await {
            Ok(found) if found.service_setting.setting_value == ALLOWED => Ok(Self::Allowed),
            Ok(found) if found.service_setting.setting_value == BLOCKED => Ok(Self::Blocked),
            Ok(_) => Err(AwsError::unreadable("ssm:GetServiceSetting", "SettingValue")),
            Err(error) if error.is(NOT_OFFERED) => Ok(Self::NotOffered),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, cx: &Context<'_>, _: &Self) -> Result<(), StepError> {
        let setting_value = match self {
            Self::Allowed => ALLOWED,
            Self::Blocked => BLOCKED,
            Self::NotOffered => return Ok(()),
        };
        cx.send_with(&cx.retry().until_visible(BUSY), &UpdateServiceSetting { setting_id: SETTING, setting_value }).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::setting::tests::check;

    #[test]
    fn blocked_is_stricter_than_allowed() {
        use DocumentSharing::{Allowed, Blocked, NotOffered};
        check(&Allowed, &Blocked, &["public documents  allowed -> blocked"]);
        for (present, wanted) in [(Blocked, Blocked), (Blocked, Allowed), (Allowed, Allowed), (NotOffered, Blocked)] {
            check(&present, &wanted, &[]);
        }
    }
}
