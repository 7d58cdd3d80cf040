//! Variables of the process's environment that count, read once. Nothing secret is among them but what may be written into an address
//! (see [`endpoint`](crate::endpoint)).

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::visited;

/// They decide whose credentials are found where no profile has any.
const ELSEWHERE: &[&str] =
    &["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
/// With this begin those that decide which AWS it is, for all services or for one: `AWS_ENDPOINT_URL_STS`.
pub(crate) const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// What of the environment counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Variables {
    /// `LANDFALL_REASON`: the reason where none is given.
    pub(crate) reason: Option<String>,
    /// `AWS_PROFILE`.
    pub(crate) profile: Option<String>,
    /// Whether there are keys in `AWS_ACCESS_KEY_ID` and its like: they go before every profile that is not named by a flag.
    pub(crate) has_keys: bool,
    /// `AWS_CREDENTIAL_EXPIRATION`: when they end, if that was set beside them.
    pub(crate) credentials_end: Option<SystemTime>,
    /// The profiles that were asked for credentials on the way to this process.
    pub(crate) visited: Option<String>,
    /// `AWS_REGION`, or `AWS_DEFAULT_REGION`: suggested to who makes a manifest, and used for nothing else.
    pub(crate) region: Option<String>,
    /// The AWS configuration: `AWS_CONFIG_FILE`, or `~/.aws/config`; `None` if there is no home.
    pub(crate) aws_config: Option<PathBuf>,
    /// The file beside it that may have profiles with keys: `AWS_SHARED_CREDENTIALS_FILE`, or `~/.aws/credentials`.
    pub(crate) aws_credentials: Option<PathBuf>,
    /// The folders in which `aws sso login` and `aws login` keep who signed in.
    pub(crate) sign_ins: Vec<PathBuf>,
    /// The folder for what can be made again; `None` if the system names none.
    pub(crate) cache: Option<PathBuf>,
    /// `AWS_ACCESS_KEY_ID`, which is no secret.
    pub(crate) keys: Option<String>,
    /// The variables that name other credentials than keys and profiles, with their values.
    pub(crate) elsewhere: Vec<(&'static str, String)>,
    /// The variables that lead to another AWS, with their values, empty ones too.
    pub(crate) endpoints: Vec<(String, String)>,
}

impl Variables {
    /// Reads those of this process.
    pub(crate) fn of_process() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            reason: text("LANDFALL_REASON"),
            profile: text("AWS_PROFILE"),
            has_keys: text("AWS_ACCESS_KEY_ID").is_some() && text("AWS_SECRET_ACCESS_KEY").is_some(),
            credentials_end: text("AWS_CREDENTIAL_EXPIRATION")
                .and_then(|time| DateTime::from_str(&time, Format::DateTimeWithOffset).ok())
                .and_then(|time| SystemTime::try_from(time).ok()),
            visited: text(visited::VARIABLE),
            region: text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION")),
            aws_config: aws_file("AWS_CONFIG_FILE", "config", |name| std::env::var_os(name)),
            aws_credentials: aws_file("AWS_SHARED_CREDENTIALS_FILE", "credentials", |name| std::env::var_os(name)),
            sign_ins: sign_ins(|name| std::env::var_os(name)),
            cache: cache(|name| std::env::var_os(name)),
            keys: text("AWS_ACCESS_KEY_ID"),
            elsewhere: ELSEWHERE.iter().filter_map(|name| Some((*name, text(name)?))).collect(),
            endpoints: endpoints(std::env::vars_os()),
        }
    }
}

/// Returns the variables that lead to another AWS, in the order of their names.
fn endpoints(all: impl Iterator<Item = (OsString, OsString)>) -> Vec<(String, String)> {
    let text = |text: OsString| text.to_string_lossy().into_owned();
    let mut found: Vec<_> = all.map(|(name, value)| (text(name), text(value))).filter(|(name, _)| name.starts_with(ENDPOINT)).collect();
    found.sort_unstable();
    found
}

/// Returns a file of the AWS configuration, as every AWS program finds it: by a variable, or by its name in `~/.aws`.
fn aws_file(named_by: &str, name: &str, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = set("HOME").or_else(|| set("USERPROFILE"));
    match (set(named_by), home) {
        (Some(file), Some(home)) => Some(file.strip_prefix("~").map_or_else(|_| file.clone(), |rest| home.join(rest))),
        (Some(file), None) => Some(file),
        (None, home) => home.map(|home| home.join(".aws").join(name)),
    }
}

/// Returns the folders in which the AWS CLI and the SDKs keep the tokens of sign-ins.
fn sign_ins(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let of_home = |folder: &str| set("HOME").or_else(|| set("USERPROFILE")).map(|home| home.join(".aws").join(folder).join("cache"));
    of_home("sso").into_iter().chain(set("AWS_LOGIN_CACHE_DIRECTORY").or_else(|| of_home("login"))).collect()
}

/// Returns the user's folder for caches, as the XDG base directories have it; a relative one is ignored, as they ask.
fn cache(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name: &str| variable(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let user = if cfg!(windows) { folder("LOCALAPPDATA") } else { folder("HOME").map(|home| home.join(".cache")) };
    folder("XDG_CACHE_HOME").or(user).map(|folder| folder.join(Path::new("landfall")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_aws_configuration_is_where_aws_programs_look() {
        let with = |pairs: &[(&str, &str)]| {
            let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
            aws_file("AWS_CONFIG_FILE", "config", value)
        };
        assert_eq!(with(&[("HOME", "/h")]), Some(PathBuf::from("/h/.aws/config")));
        assert_eq!(with(&[("HOME", "/h"), ("AWS_CONFIG_FILE", "x/config")]), Some(PathBuf::from("x/config")));
        assert_eq!(with(&[("HOME", "/h"), ("AWS_CONFIG_FILE", "~/x")]), Some(PathBuf::from("/h/x")));
        assert_eq!(with(&[("HOME", "/h"), ("AWS_CONFIG_FILE", "")]), Some(PathBuf::from("/h/.aws/config")));
        assert_eq!(with(&[]), None);
    }

    #[test]
    fn the_endpoint_of_every_service_counts() {
        let all = [("AWS_ENDPOINT_URL_S3", "b"), ("PATH", "c"), ("AWS_ENDPOINT_URL", ""), ("AWS_REGION", "d")];
        let found = endpoints(all.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))));
        let expected = [("AWS_ENDPOINT_URL", ""), ("AWS_ENDPOINT_URL_S3", "b")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[cfg(unix)]
    #[test]
    fn the_cache_is_where_xdg_says() {
        let with =
            |pairs: &[(&str, &str)]| cache(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value)));
        assert_eq!(with(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]), Some(PathBuf::from("/x/landfall")));
        assert_eq!(with(&[("XDG_CACHE_HOME", "x"), ("HOME", "/h")]), Some(PathBuf::from("/h/.cache/landfall")));
        assert_eq!(with(&[]), None);
    }
}
