//! The index in SSM parameters: written by [`publish`], read by programs that ship no file.
//!
//! `/landfall/environments/NAME/PART` holds an environment's part of the index as JSON, cut into parts of at most 4 KB; the name
//! `_organization`, which no environment can have, holds the rest. Each part says how many there are and carries a checksum of the
//! whole, so that parts of an old and a new text are never joined.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AccountEntry, EnvironmentEntry, Environments, FORMAT, Index, IndexError, OrganizationEntry, SourceError};
use crate::aws::client::{Done, requests};
use crate::aws::error::AwsError;
use crate::aws::quotas;
use crate::aws::retry::RetryPolicy;
use crate::aws::tags;
use crate::ours::INDEX_PATH;
use crate::session::Sessions;

/// The name for everything that belongs to no environment.
const ORGANIZATION: &str = "_organization";
/// Longest value of the standard tier (docs/AWS.md 8.1).
const VALUE_MAX: usize = quotas::PARAMETER_CHARACTERS;
/// Room for `PART/PARTS CHECKSUM ` in front of each part.
const HEAD: usize = 32;
/// Most names in one deletion (SSM API, `DeleteParameters`).
const DELETED_MAX: usize = 10;
/// How often parts that do not belong together are read again, and the pause before each time: writing takes a moment.
const READINGS: usize = 5;
const PAUSE: Duration = Duration::from_secs(2);

/// The index without its environments.
#[derive(Serialize, Deserialize)]
struct Rest {
    landfall: u32,
    organization: OrganizationEntry,
    environments: Vec<String>,
    accounts: Vec<AccountEntry>,
}

/// The result of [`publish`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// Parameters that were written.
    pub written: Vec<String>,
    /// Parameters that were deleted, because the index became smaller.
    pub removed: Vec<String>,
    /// Number of parameters that were already up to date.
    pub unchanged: usize,
}

impl Environments {
    /// Reads the parameters in the caller's own account and the Region of the sessions, and attaches the sessions.
    ///
    /// The caller needs `ssm:GetParametersByPath` on `parameter/landfall/environments`. To read them in another account, open
    /// [`Sessions`] with a session of that account.
    ///
    /// # Errors
    ///
    /// [`SourceError::Nothing`] if nothing was published, [`SourceError::Torn`] if parts do not belong together for ten seconds,
    /// [`SourceError::Aws`] and [`SourceError::Index`].
    pub async fn from_ssm(sessions: &Sessions) -> Result<Self, SourceError> {
        let mut reading = 1;
        let index = loop {
            match index_of(&read(sessions).await?) {
                Err(SourceError::Torn { .. }) if reading < READINGS => {
                    reading += 1;
                    sessions.clock().sleep(PAUSE).await;
                }
                result => break result?,
            }
        };
        Ok(Self::from_index(index)?.with_sessions(sessions.clone()))
    }
}

/// Writes the index into parameters of the caller's own account, in the Region of the sessions.
///
/// Only differences are written, so a second call changes nothing. Needs `ssm:GetParametersByPath`, `ssm:PutParameter`,
/// `ssm:AddTagsToResource` and `ssm:DeleteParameters`.
///
/// # Errors
///
/// [`SourceError::Aws`]; the next run writes what is missing.
pub async fn publish(sessions: &Sessions, index: &Index) -> Result<Published, SourceError> {
    let present = read(sessions).await?;
    let wanted = parameters_of(index)?;
    let mut published = Published::default();
    // The organization's part comes last: it names the environments, so their parts should exist.
    let (rest, environments): (Vec<_>, Vec<_>) = wanted.iter().partition(|(name, _)| name.starts_with(&path_of(ORGANIZATION)));
    for (name, value) in environments.into_iter().chain(rest) {
        if present.get(name) == Some(value) {
            published.unchanged += 1;
            continue;
        }
        put(sessions, &index.organization.name, name, value, present.contains_key(name)).await?;
        published.written.push(name.clone());
    }
    let stale: Vec<String> = present.into_keys().filter(|name| !wanted.contains_key(name)).collect();
    for names in stale.chunks(DELETED_MAX) {
        sessions.own().request(&RetryPolicy::repeatable(), &DeleteParameters { names: names.to_vec() }).await?;
    }
    published.removed = stale;
    Ok(published)
}

async fn put(sessions: &Sessions, organization: &str, name: &str, value: &str, is_there: bool) -> Result<(), AwsError> {
    let retry = RetryPolicy::repeatable();
    let put = PutParameter { name: name.to_owned(), value: value.to_owned(), r#type: "String", overwrite: None, tags: None };
    if !is_there {
        // Tags can be sent only on creation (docs/AWS.md 8.1).
        let tag = Tag { key: tags::ORGANIZATION, value: organization.to_owned() };
        match sessions.own().request(&retry, &PutParameter { tags: Some([tag]), ..put.clone() }).await {
            Ok(_) => return Ok(()),
            // Another program created it in the meantime, or an earlier call did whose answer was lost.
            Err(error) if error.is(&["ParameterAlreadyExists"]) => {}
            Err(error) => return Err(error),
        }
    }
    sessions.own().request(&retry, &PutParameter { overwrite: Some(true), ..put }).await.map(drop)
}

/// Reads all parameters below the path.
async fn read(sessions: &Sessions) -> Result<BTreeMap<String, String>, AwsError> {
    let mut found = BTreeMap::new();
    let mut ask = GetParametersByPath { path: INDEX_PATH, recursive: true, next_token: None };
    loop {
        let page = sessions.own().request(&RetryPolicy::repeatable(), &ask).await?;
        found.extend(page.parameters.into_iter().map(|parameter| (parameter.name, parameter.value)));
        // A page may be short or empty without being the last (docs/AWS.md 8.1).
        ask.next_token = page.next_token;
        if ask.next_token.is_none() {
            return Ok(found);
        }
    }
}

requests! { SSM, "ssm":
    GetParametersByPath { path: &'static str, recursive: bool, next_token: Option<String> } -> Page,
    PutParameter {
        name: String, value: String, r#type: &'static str, overwrite: Option<bool>, tags: Option<[Tag; 1]>,
    } -> Done,
    DeleteParameters { names: Vec<String> } -> Done,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: &'static str,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    parameters: Vec<Parameter>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    name: String,
    value: String,
}

fn path_of(name: &str) -> String {
    format!("{INDEX_PATH}/{name}/")
}

/// Returns the parameters of an index, by name.
fn parameters_of(index: &Index) -> Result<BTreeMap<String, String>, IndexError> {
    let rest = Rest {
        landfall: FORMAT,
        organization: index.organization.clone(),
        environments: index.environments.iter().map(|environment| environment.name.clone()).collect(),
        accounts: index.accounts.clone(),
    };
    let mut found = cut(ORGANIZATION, &serde_json::to_string(&rest)?);
    for environment in &index.environments {
        found.append(&mut cut(&environment.name, &serde_json::to_string(environment)?));
    }
    Ok(found)
}

/// Returns the index that the parameters contain.
fn index_of(parameters: &BTreeMap<String, String>) -> Result<Index, SourceError> {
    if parameters.is_empty() {
        return Err(SourceError::Nothing { place: format!("the account, below the parameters' path {INDEX_PATH},") });
    }
    let rest = join(ORGANIZATION, parameters)?;
    let head: serde_json::Value = serde_json::from_str(&rest).map_err(IndexError::from)?;
    // A newer format is refused by its number, before anything else is read.
    let format = head.get("landfall").and_then(serde_json::Value::as_u64).and_then(|found| u32::try_from(found).ok());
    if let Some(found) = format.filter(|found| *found > FORMAT) {
        return Err(IndexError::Newer { found }.into());
    }
    let Rest { landfall, organization, environments, accounts } = serde_json::from_value(head).map_err(IndexError::from)?;
    let environment = |name: String| -> Result<EnvironmentEntry, SourceError> {
        Ok(serde_json::from_str(&join(&name, parameters)?).map_err(IndexError::from)?)
    };
    let environments = environments.into_iter().map(environment).collect::<Result<_, _>>()?;
    Ok(Index { landfall, organization, environments, accounts })
}

/// Splits a text into parts, each with its header.
fn cut(name: &str, text: &str) -> BTreeMap<String, String> {
    let mut parts = Vec::new();
    let mut left = text;
    while !left.is_empty() {
        let end = (0..=left.len().min(VALUE_MAX - HEAD)).rev().find(|end| left.is_char_boundary(*end)).unwrap_or(left.len());
        let (part, rest) = left.split_at(end);
        parts.push(part);
        left = rest;
    }
    let (sum, count) = (checksum(text), parts.len());
    let value = |(n, part)| (format!("{}{}", path_of(name), n + 1), format!("{}/{count} {sum} {part}", n + 1));
    parts.into_iter().enumerate().map(value).collect()
}

/// Joins the parts of a text, if they belong together.
fn join(name: &str, parameters: &BTreeMap<String, String>) -> Result<String, SourceError> {
    let path = path_of(name);
    let torn = || SourceError::Torn { path: path.clone() };
    let (mut text, mut sums, mut n) = (String::new(), BTreeSet::new(), 0);
    loop {
        n += 1;
        let value = parameters.get(&format!("{path}{n}")).ok_or_else(torn)?;
        let mut words = value.splitn(3, ' ');
        let (Some(place), Some(sum), Some(part)) = (words.next(), words.next(), words.next()) else { return Err(torn()) };
        let count: usize = place.strip_prefix(&format!("{n}/")).and_then(|count| count.parse().ok()).ok_or_else(torn)?;
        sums.insert(sum);
        text.push_str(part);
        if n >= count {
            break;
        }
    }
    let sum = checksum(&text);
    if sums.len() == 1 && sums.contains(sum.as_str()) { Ok(text) } else { Err(torn()) }
}

/// Returns FNV-1a of a text: it detects mixed parts, and is not a protection against forgery.
fn checksum(text: &str) -> String {
    let sum = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut shown = String::new();
    let _ = write!(shown, "{sum:016x}");
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_joined() {
        for length in [1, VALUE_MAX - HEAD, VALUE_MAX - HEAD + 1, 100_000] {
            let text: String = "aé".chars().cycle().take(length).collect();
            let parts = cut("prod", &text);
            assert!(parts.values().all(|part| part.len() <= VALUE_MAX), "{length}");
            assert_eq!(join("prod", &parts).expect("whole"), text, "{length}");
        }
    }

    #[test]
    fn parts_of_two_texts_do_not_mix() {
        let old = cut("prod", &"a".repeat(10_000));
        let new = cut("prod", &"b".repeat(10_000));
        for taken in 1..old.len() {
            let mixed = new.clone().into_iter().take(taken).chain(old.clone().into_iter().skip(taken)).collect();
            assert!(matches!(join("prod", &mixed), Err(SourceError::Torn { .. })), "{taken}");
        }
        assert!(matches!(join("dev", &old), Err(SourceError::Torn { .. })));
    }
}
