//! Saved plans: what was looked at and agreed to, so that it is carried out only while it is still the same.
//!
//! A saved plan is never executed itself. It is planned again, and the two are compared: step by step what would be done,
//! with the values that were observed, and the accounts in which it would be done. The document promises its
//! version, its head and the plan in it, which is the [`view`](super::view); the digests say only whether something is the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::view::PlanView;
use super::{Plan, PlanOptions};
use crate::address::Address;

/// The version of the document, in its `landfall_plan`.
pub const VERSION: u32 = 1;

/// A saved plan as read: enough to plan again and to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// The organization's name.
    pub organization: String,
    /// The management account's id.
    pub management: String,
    /// The digest of the manifest that it was made from.
    pub manifest: String,
    /// With what it was planned.
    pub options: PlanOptions,
    observed: BTreeMap<String, String>,
}

/// How a plan differs from a saved one at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Where.
    pub address: String,
    /// How.
    pub how: How,
}

/// How something differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these three")]
pub enum How {
    /// Something is to be done that the saved plan does not have.
    New,
    /// The saved plan would do something that is no longer to be done.
    Gone,
    /// Something else is to be done, or to another thing.
    Changed,
}

/// Why a text is no saved plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SavedError {
    /// It is something else.
    #[error("it is no saved plan: {0}")]
    Other(String),
    /// It was made by a landfall of another version.
    #[error("it has format {0}, and this landfall reads format {VERSION}")]
    Version(u64),
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "is to be done now, and was not",
            Self::Gone => "is no longer to be done",
            Self::Changed => "would be done differently",
        })
    }
}

#[derive(Serialize)]
struct Written<'a> {
    landfall_plan: u32,
    manifest: &'a str,
    prune: bool,
    only: &'a [String],
    plan: PlanView,
    observed: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Version {
    landfall_plan: u64,
}

#[derive(Deserialize)]
struct Read {
    manifest: String,
    prune: bool,
    only: Vec<String>,
    plan: Head,
    observed: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Head {
    organization: String,
    management: String,
}

impl Plan {
    /// Returns the plan as the document to be saved: JSON text, the same for the same plan.
    ///
    /// `manifest` is the [`digest`] of the manifest, `options` are those that the plan was made with.
    #[must_use]
    pub fn saved(&self, manifest: &str, options: &PlanOptions) -> String {
        let (prune, only) = (options.prune, options.only.as_slice());
        let written = Written { landfall_plan: VERSION, manifest, prune, only, plan: self.view(), observed: observed(self) };
        // Nothing in it has map keys but text, so that it can always be written.
        serde_json::to_string_pretty(&written).unwrap_or_default() + "\n"
    }
}

impl Saved {
    /// Reads a saved plan.
    ///
    /// # Errors
    ///
    /// [`SavedError`] where the text is none, or of another version.
    pub fn parse(text: &str) -> Result<Self, SavedError> {
        let other = |error: serde_json::Error| SavedError::Other(error.to_string());
        let version: Version = serde_json::from_str(text).map_err(other)?;
        if version.landfall_plan != u64::from(VERSION) {
            return Err(SavedError::Version(version.landfall_plan));
        }
        let Read { manifest, prune, only, plan, observed } = serde_json::from_str(text).map_err(other)?;
        let options = PlanOptions { prune, only };
        Ok(Self { organization: plan.organization, management: plan.management, manifest, options, observed })
    }

    /// Returns where a plan made now differs from the saved one, in the order of addresses; nothing where carrying out the
    /// one is carrying out the other.
    #[must_use]
    pub fn differences(&self, plan: &Plan) -> Vec<Difference> {
        let now = observed(plan);
        let addresses: BTreeSet<&String> = self.observed.keys().chain(now.keys()).collect();
        let how = |address: &String| match (self.observed.get(address), now.get(address)) {
            (None, _) => Some(How::New),
            (Some(_), None) => Some(How::Gone),
            (Some(saved), Some(now)) => (saved != now).then_some(How::Changed),
        };
        addresses.into_iter().filter_map(|address| Some(Difference { address: address.clone(), how: how(address)? })).collect()
    }
}

/// Returns what the plan rests on, by address: each step's effect and place in the order, and the id of each account in which
/// something is done.
fn observed(plan: &Plan) -> BTreeMap<String, String> {
    let id = |address: &Address| plan.facts.find(address, "id").unwrap_or_default().to_owned();
    let mut observed = BTreeMap::new();
    for step in &plan.steps {
        if let Some(account) = step.address.scope().account() {
            let account = Address::organization("account", account);
            observed.entry(account.to_string()).or_insert_with(|| digest([id(&account)]));
        }
    }
    for step in &plan.steps {
        let mut parts = vec![step.change.effect(), id(&step.address)];
        parts.extend(step.after.iter().map(ToString::to_string));
        parts.extend(step.hazards.iter().map(|hazard| format!("{hazard:?}")));
        observed.insert(step.address.to_string(), digest(parts));
    }
    observed
}

/// Returns the digest of some texts in their order: `sha256:` and 64 hexadecimal digits.
#[must_use]
pub fn digest<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        let text = text.as_ref();
        // With its length, so that no two lists of texts run together into the same.
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.finalize().iter().fold("sha256:".to_owned(), |digest, byte| format!("{digest}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_refused_by_what_they_are() {
        for (text, expected) in [
            ("", "no saved plan"),
            ("schema = 1\n", "no saved plan"),
            (r#"{"v": 1, "steps": []}"#, "no saved plan"),
            (r#"{"landfall_plan": 2}"#, "format 2"),
            (r#"{"landfall_plan": 1}"#, "no saved plan"),
        ] {
            let error = Saved::parse(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn digests_differ_where_texts_do() {
        assert_eq!(digest(["a"]).len(), "sha256:".len() + 64);
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
        assert_ne!(digest([""]), digest::<&str>([]));
    }
}
