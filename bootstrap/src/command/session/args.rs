//! Which session is asked for: the options of `exec` and `credentials`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::variables::Variables;

/// Which session is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Args)]
pub(crate) struct SessionArgs {
    /// The environment, or any account's key
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// The role: deployer, reader, auditor, …
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: String,
    /// Which of the environment's accounts, by key or workload [default: its main one]
    #[arg(long, value_name = "KEY")]
    pub(crate) account: Option<String>,
    /// Why; production asks for it on roles that write, and its logs keep it [default: `$LANDFALL_REASON`]
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// How long the session lives: 15m to what the role allows
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1h")]
    pub(crate) duration: Duration,
    /// What AWS's logs call the session [default: as your own session or user is called]
    #[arg(long, value_name = "NAME")]
    pub(crate) session_name: Option<String>,
    /// Serial number or ARN of an MFA device, for `break-glass`; the code is asked for
    #[arg(long, value_name = "SERIAL")]
    pub(crate) mfa: Option<String>,
    /// The index that `landfall outputs` wrote, instead of the manifest and AWS's list of accounts
    #[arg(long, value_name = "FILE")]
    pub(crate) index: Option<PathBuf>,
    /// A session tag; several may be given
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub(crate) tags: Vec<(String, String)>,
    /// Who is behind the session, in every log along the chain
    #[arg(long, value_name = "NAME")]
    pub(crate) source_identity: Option<String>,
    /// The external id that another company's role asks for
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Narrow the session to what this policy allows, too: a file with JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Narrow the session to what this managed policy allows, too; several may be given
    #[arg(long = "policy-arn", value_name = "ARN")]
    pub(crate) policy_arns: Vec<String>,
    /// Ask AWS for a new session, and keep none
    #[arg(long)]
    #[serde(skip)]
    pub(crate) no_cache: bool,
}

/// Whether sessions are kept for later calls, and those kept are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// They are.
    Yes,
    /// Not this one.
    No,
}

impl SessionArgs {
    /// Returns a request for a role in an account of an environment, for as long as landfall needs it.
    pub(crate) fn of(environment: &str, account: &str, role: &str, reason: Option<String>, index: Option<PathBuf>) -> Self {
        Self {
            environment: environment.to_owned(),
            role: role.to_owned(),
            account: Some(account.to_owned()),
            reason,
            duration: Duration::from_mins(15),
            session_name: None,
            mfa: None,
            index,
            tags: Vec::new(),
            source_identity: None,
            external_id: None,
            policy: None,
            policy_arns: Vec::new(),
            no_cache: true,
        }
    }

    /// Returns them with the reason of the environment, where none was given.
    pub(crate) fn with_reason_of(self, variables: &Variables) -> Self {
        Self { reason: self.reason.or_else(|| variables.reason.clone()), ..self }
    }

    /// Returns whether the session is kept for later calls.
    pub(crate) fn keep(&self) -> Keep {
        if self.no_cache { Keep::No } else { Keep::Yes }
    }

    /// Returns a text that differs where another session is asked for.
    pub(crate) fn meaning(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

/// Reads a session tag.
fn tag(text: &str) -> Result<(String, String), String> {
    let tag = text.split_once('=').filter(|(key, _)| !key.is_empty());
    tag.map(|(key, value)| (key.to_owned(), value.to_owned())).ok_or_else(|| "a key and a value: team=payments".to_owned())
}

/// Reads a duration: a number and `s`, `m` or `h`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("a duration is a number and `s`, `m` or `h`: `15m`, `1h`; this is `{text}`");
    let (digits, factor) = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((digits, "s")) => (digits, 1),
        Some((digits, "m")) => (digits, 60),
        Some((digits, "h")) => (digits, 60 * 60),
        _ => return Err(wrong()),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    count.checked_mul(factor).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("900s"), Ok(Duration::from_mins(15)));
        assert_eq!(duration("90m"), duration("5400s"));
        assert_eq!(duration("12h"), Ok(Duration::from_hours(12)));
        for bad in ["", "h", "1", "+1h", "-1h", "1.5h", "1d", "1h30m", "é", "99999999999999999999s", "9999999999999999999h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tags() {
        assert_eq!(tag("team=a=b"), Ok(("team".to_owned(), "a=b".to_owned())));
        assert_eq!(tag("team="), Ok(("team".to_owned(), String::new())));
        assert!(tag("team").is_err() && tag("=x").is_err());
    }
}
