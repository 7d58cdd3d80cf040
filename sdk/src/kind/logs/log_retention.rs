//! How long new log groups of CloudWatch Logs keep their events: an account policy in one Region.
//!
//! Log groups keep events forever unless somebody says otherwise. The policy has landfall's name and concerns log groups that are made
//! after it; earlier ones keep their own retention. Where several such policies apply, AWS takes the longest (docs/AWS.md 8.4), so an
//! account's own ones for longer retention stay in effect.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::aws::client::{Done, requests};
use crate::aws::error::AwsError;
use crate::kind::setting::Setting;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Context, Field, Hazard, HazardName, ScopeSet, StepError};
use crate::name::Retention;

/// The policy's name and type.
const POLICY: &str = "landfall";
const POLICY_TYPE: &str = "RETENTION_POLICY";
/// The enforcement mode that leaves existing log groups alone.
const NEW_ONLY: &str = "NEW_ONLY";
/// What stands in place of the days where events never expire.
const NEVER: &str = "NEVER_EXPIRE";
/// The code where there is none.
const NONE: &[&str] = &["ResourceNotFoundException"];
/// The code for two writes at once.
const BUSY: &[&str] = &["OperationAbortedException"];

/// What landfall's policy says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "a policy, one that is not as landfall writes it, or none")]
pub enum LogRetention {
    /// There is none.
    Absent,
    /// New log groups keep their events so long.
    Of(Retention),
    /// Its document is another's: the text as it is.
    Other(String),
}

requests! { LOGS, "logs", "camelCase":
    DescribeAccountPolicies { policy_type: &'static str, policy_name: &'static str } -> Policies,
    PutAccountPolicy {
        policy_name: &'static str, policy_type: &'static str, policy_document: String, scope: &'static str
    } -> Done,
}

/// The answer to a read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policies {
    #[serde(default)]
    account_policies: Vec<Policy>,
}

/// A policy; when it was changed is not read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    policy_document: String,
    /// The log groups that it is for; all of them if absent.
    selection_criteria: Option<String>,
}

impl LogRetention {
    fn of(policy: &Policy) -> Self {
        let other = || Self::Other(policy.policy_document.clone());
        if policy.selection_criteria.as_deref().is_some_and(|criteria| !criteria.is_empty()) {
            return other();
        }
        let Ok(document) = serde_json::from_str::<Value>(&policy.policy_document) else { return other() };
        let retention = match &document["retentionInDays"] {
            Value::String(text) if text == NEVER => Some(Retention::Forever),
            Value::String(text) => text.parse().ok().map(Retention::Days),
            Value::Number(number) => number.as_u64().and_then(|days| days.try_into().ok()).map(Retention::Days),
            _ => None,
        };
        match (retention, document["enforcementMode"].as_str()) {
            (Some(retention), Some(NEW_ONLY)) => Self::Of(retention),
            _ => other(),
        }
    }

    fn document(retention: Retention) -> String {
        let days = match retention {
            Retention::Days(days) => json!(days),
            Retention::Forever => json!(NEVER),
        };
        json!({ "retentionInDays": days, "enforcementMode": NEW_ONLY }).to_string()
    }
}

impl fmt::Display for LogRetention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("no policy"),
            Self::Of(retention) => retention.fmt(f),
            Self::Other(document) => f.write_str(document),
        }
    }
}

impl Setting for LogRetention {
    const NAME: &'static str = "log-retention";
    const SCOPES: ScopeSet = ScopeSet::EveryRegion;
    const SERVICE: &'static str = "CloudWatch Logs";

    fn summary(&self) -> String {
        match self {
            Self::Of(Retention::Days(days)) => format!("new log groups keep events for {days} days"),
            Self::Of(Retention::Forever) => "new log groups keep events forever".to_owned(),
            Self::Absent | Self::Other(_) => self.to_string(),
        }
    }

    /// It is landfall's own policy, so it is as the manifest says: longer is not better than wanted, it only costs more.
    fn falls_short(&self, wanted: &Self) -> Vec<Field> {
        (self != wanted).then(|| Field::new("retention of new log groups", self, wanted)).into_iter().collect()
    }

    fn hazards(&self, wanted: &Self) -> Vec<Hazard> {
        let (Self::Of(present), Self::Of(Retention::Days(days))) = (self, wanted) else { return Vec::new() };
        let is_shorter = *present > Retention::Days(*days);
        let text = || format!("log groups that were made under the policy delete events older than {days} days, a day later");
        is_shorter.then(|| Hazard::new(HazardName::ShortenRetention, text())).into_iter().collect()
    }

    fn terraform(&self, _: &Place<'_>) -> Import {
        Import::left("aws_cloudwatch_log_account_policy has no policy_type RETENTION_POLICY")
    }

    async fn read(cx: &Context<'_>) -> Result<Self, AwsError> {
        match cx.send(&DescribeAccountPolicies { policy_type: POLICY_TYPE, policy_name: POLICY }).await {
            Ok(found) => Ok(found.account_policies.first().map_or(Self::Absent, Self::of)),
            Err(error) if error.is(NONE) => Ok(Self::Absent),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, cx: &Context<'_>, _: &Self) -> Result<(), StepError> {
        let Self::Of(retention) = self else { return Ok(()) };
        let put =
            PutAccountPolicy { policy_name: POLICY, policy_type: POLICY_TYPE, policy_document: Self::document(*retention), scope: "ALL" };
        cx.send_with(&cx.retry().until_visible(BUSY), &put).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &str) -> LogRetention {
        LogRetention::of(&Policy { policy_document: document.to_owned(), selection_criteria: None })
    }

    #[test]
    fn a_document_is_read_as_it_is_written() {
        for retention in [Retention::Days(30), Retention::Days(3653), Retention::Forever] {
            assert_eq!(read(&LogRetention::document(retention)), LogRetention::Of(retention));
        }
        for other in [
            r#"{"retentionInDays":30,"enforcementMode":"RETROACTIVE"}"#,
            r#"{"retentionInDays":true,"enforcementMode":"NEW_ONLY"}"#,
            r#"{"retentionInDays":30}"#,
            "[]",
            "no JSON",
        ] {
            assert_eq!(read(other), LogRetention::Other(other.to_owned()));
        }
        assert_eq!(read(r#"{"retentionInDays":"90","enforcementMode":"NEW_ONLY"}"#), LogRetention::Of(Retention::Days(90)));
    }

    #[test]
    fn only_shorter_retention_is_a_hazard() {
        let of = |days| LogRetention::Of(Retention::Days(days));
        for (present, wanted, fields, hazards) in [
            (LogRetention::Absent, of(30), 1, 0),
            (of(30), of(30), 0, 0),
            (of(30), of(90), 1, 0),
            (of(90), of(30), 1, 1),
            (LogRetention::Of(Retention::Forever), of(3653), 1, 1),
            (of(3653), LogRetention::Of(Retention::Forever), 1, 0),
            (LogRetention::Other("{}".to_owned()), of(30), 1, 0),
        ] {
            assert_eq!((present.falls_short(&wanted).len(), present.hazards(&wanted).len()), (fields, hazards), "{present} {wanted}");
        }
    }
}
