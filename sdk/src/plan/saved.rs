//! Saved plans: a plan that was reviewed is applied only if it is still the same.
//!
//! A saved plan is never executed itself. A new plan is made, and the two are compared: each step with the values that were
//! observed, and the ids of the accounts. The document's version, its head and the plan in it, which is the [`view`](super::view),
//! are a stable format; the digests only show whether something is the same.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::view::PlanView;
use super::{Plan, PlanOptions};
use crate::address::Address;

/// The version of the document, in its `landfall_plan`.
pub const VERSION: u32 = 2;

/// A saved plan as read: enough to plan again and to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// The organization's name.
    pub organization: String,
    /// The management account's id.
    pub management: String,
    /// The digest of its manifest.
    pub manifest: String,
    /// The options of the plan.
    pub options: PlanOptions,
    observed: BTreeMap<String, String>,
    accounts: BTreeMap<String, String>,
    steps: BTreeMap<String, Step>,
    /// The steps as the document shows them.
    shown: BTreeMap<String, Value>,
}

/// How a plan differs from a saved one at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Where: the address of a step of one of the two plans, or of an account in which both have steps.
    pub address: String,
    /// How.
    pub how: How,
}

/// How something differs, in the terms of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum How {
    /// The saved plan does not have the step.
    New,
    /// The saved plan has the step, but there is nothing left to do.
    Gone,
    /// Another action: `create` where the saved plan has `change`.
    Action {
        /// In the saved plan.
        saved: String,
        /// In the plan made now.
        now: String,
    },
    /// The same action with other values.
    Field {
        /// The first field that differs.
        name: String,
        /// What the saved plan does with it.
        saved: String,
        /// What would be done with it now.
        now: String,
    },
    /// The same action and values, on another object or after other steps.
    Object,
    /// The same step, which the file shows in another way: the file was edited, or another version of landfall made it.
    Edited,
    /// The account of this key has another id.
    Account {
        /// The id when the plan was saved.
        saved: String,
        /// The id now.
        now: String,
    },
}

/// Why a text is not a saved plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SavedError {
    /// It is not a saved plan.
    #[error("it is not a saved plan: {0}")]
    Other(String),
    /// Another version of landfall made it.
    #[error("it has format {0}, and this landfall reads format {VERSION}")]
    Version(u64),
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("is not in the saved plan"),
            Self::Gone => f.write_str("needs nothing any more"),
            Self::Action { saved, now } => write!(f, "was to {saved}, is to {now} now"),
            Self::Field { name, saved, now } => write!(f, "{name} was to be {saved}, is to be {now} now"),
            Self::Edited => f.write_str("is not shown in the file as it would be done: the file was edited, or made by another landfall"),
            Self::Object => f.write_str("is another object now, or comes after other steps"),
            Self::Account { saved, now } => write!(f, "was {saved}, is {now} now"),
        }
    }
}

/// A step in the document of a plan: the fields that are compared.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Step {
    address: String,
    action: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Field {
    name: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to: Option<String>,
}

impl Field {
    fn text(&self) -> String {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => format!("{from} -> {to}"),
            (None, Some(to)) => format!("+ {to}"),
            (Some(from), None) => format!("- {from}"),
            (None, None) => "as before".to_owned(),
        }
    }
}

impl Step {
    /// Returns how the same step looks now, where its digests differ.
    fn beside(&self, now: &Self) -> How {
        if self.action != now.action {
            return How::Action { saved: self.action.clone(), now: now.action.clone() };
        }
        let (saved, now_values) = (values(&self.fields), values(&now.fields));
        let value = |values: &Values, key| values.get(key).map_or_else(|| "left as it is".to_owned(), Clone::clone);
        let keys = saved.keys().chain(now_values.keys());
        let pairs = keys.map(|key| (key, value(&saved, key), value(&now_values, key)));
        if let Some((key, saved, now)) = pairs.into_iter().find(|(_, saved, now)| saved != now) {
            return How::Field { name: key.0.clone(), saved, now };
        }
        if self.summary != now.summary && !self.summary.is_empty() {
            return How::Field { name: "it".to_owned(), saved: self.summary.clone(), now: now.summary.clone() };
        }
        How::Object
    }
}

/// The change of each field, by its name and its number among fields of that name.
type Values = BTreeMap<(String, usize), String>;

fn values(fields: &[Field]) -> Values {
    let nth = |at: usize| fields.iter().take(at).filter(|before| before.name == fields[at].name).count();
    fields.iter().enumerate().map(|(at, field)| ((field.name.clone(), nth(at)), field.text())).collect()
}

#[derive(Serialize)]
struct Written<'a> {
    landfall_plan: u32,
    manifest: &'a str,
    prune: bool,
    only: &'a [String],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deep: bool,
    plan: PlanView,
    observed: BTreeMap<String, String>,
    accounts: BTreeMap<String, String>,
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
    #[serde(default)]
    deep: bool,
    plan: Head,
    observed: BTreeMap<String, String>,
    accounts: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Head {
    organization: String,
    management: String,
    steps: Vec<Value>,
}

impl Plan {
    /// Returns the plan as the document to be saved: JSON text, the same for the same plan.
    ///
    /// `manifest` is the [`digest`] of the manifest, `options` are the options of the plan.
    #[must_use]
    pub fn saved(&self, manifest: &str, options: &PlanOptions) -> String {
        let (prune, only, deep) = (options.prune, options.only.as_slice(), options.deep);
        let (observed, accounts) = (observed(self), accounts(self));
        let written = Written { landfall_plan: VERSION, manifest, prune, only, deep, plan: self.view(), observed, accounts };
        // All map keys are text, so it can always be serialized.
        serde_json::to_string_pretty(&written).unwrap_or_default() + "\n"
    }
}

impl Saved {
    /// Reads a saved plan.
    ///
    /// # Errors
    ///
    /// [`SavedError`] if the text is not a saved plan, or of another version.
    pub fn parse(text: &str) -> Result<Self, SavedError> {
        let other = |error: serde_json::Error| SavedError::Other(error.to_string());
        let version: Version = serde_json::from_str(text).map_err(other)?;
        if version.landfall_plan != u64::from(VERSION) {
            return Err(SavedError::Version(version.landfall_plan));
        }
        let Read { manifest, prune, only, deep, plan, observed, accounts } = serde_json::from_str(text).map_err(other)?;
        let options = PlanOptions { prune, only, deep };
        let Head { organization, management, steps } = plan;
        let read: Vec<Step> = steps.iter().map(|step| serde_json::from_value(step.clone())).collect::<Result<_, _>>().map_err(other)?;
        Ok(Self {
            organization,
            management,
            manifest,
            options,
            observed,
            accounts,
            steps: by_address(read),
            shown: shown_by_address(steps),
        })
    }

    /// Returns whether a plan made now has no step of the saved one left to do.
    #[must_use]
    pub fn is_carried_out(&self, plan: &Plan) -> bool {
        !self.observed.is_empty() && plan.steps.iter().all(|step| !self.observed.contains_key(&step.address.to_string()))
    }

    /// Returns where a plan made now differs from the saved one, ordered by address; nothing if applying the one is the same as
    /// applying the other.
    #[must_use]
    pub fn differences(&self, plan: &Plan) -> Vec<Difference> {
        let (now, steps, ids) = (observed(plan), by_address(shown(plan)), accounts(plan));
        let shown = shown_by_address(view(plan));
        let addresses: BTreeSet<&String> = self.observed.keys().chain(now.keys()).chain(self.shown.keys()).collect();
        let how = |address: &String| match (self.observed.get(address), now.get(address)) {
            (None, None) => Some(How::Edited),
            (None, Some(_)) => Some(How::New),
            (Some(_), None) => Some(How::Gone),
            // What a person read is what is done.
            (Some(saved), Some(now)) if saved == now => (self.shown.get(address) != shown.get(address)).then_some(How::Edited),
            (Some(_), Some(_)) => Some(match (self.steps.get(address), steps.get(address)) {
                (Some(saved), Some(now)) => saved.beside(now),
                _ => How::Object,
            }),
        };
        let of_steps = addresses.into_iter().filter_map(|address| Some(Difference { address: address.clone(), how: how(address)? }));
        // An account that did not exist then was a step of the saved plan, and is reported as a step.
        let of_accounts = self.accounts.iter().filter_map(|(account, saved)| {
            let now = ids.get(account).filter(|now| *now != saved && !now.is_empty() && !saved.is_empty())?;
            Some(Difference { address: account.clone(), how: How::Account { saved: saved.clone(), now: now.clone() } })
        });
        of_accounts.chain(of_steps).collect()
    }
}

fn by_address(steps: Vec<Step>) -> BTreeMap<String, Step> {
    steps.into_iter().map(|step| (step.address.clone(), step)).collect()
}

fn shown_by_address(steps: Vec<Value>) -> BTreeMap<String, Value> {
    steps.into_iter().map(|step| (step["address"].as_str().unwrap_or_default().to_owned(), step)).collect()
}

/// Returns a plan's steps as its document shows them.
fn view(plan: &Plan) -> Vec<Value> {
    serde_json::to_value(plan.view().steps).and_then(serde_json::from_value).unwrap_or_default()
}

/// Returns what is compared of a plan's steps.
fn shown(plan: &Plan) -> Vec<Step> {
    // Serialized and parsed again, so that both sides have the same form.
    view(plan).into_iter().filter_map(|step| serde_json::from_value(step).ok()).collect()
}

/// Returns what is compared of each step, by address: its effect, the object's id, its place in the order and its hazards.
fn observed(plan: &Plan) -> BTreeMap<String, String> {
    let mut observed = BTreeMap::new();
    for step in &plan.steps {
        let id = plan.facts.find(&step.address, "id").unwrap_or_default().to_owned();
        let mut parts = vec![step.change.effect(), id];
        parts.extend(step.after.iter().map(ToString::to_string));
        parts.extend(step.hazards.iter().map(|hazard| format!("{hazard:?}")));
        observed.insert(step.address.to_string(), digest(parts));
    }
    observed
}

/// Returns the id of each account in which something is done, by the account's address; empty where it does not exist yet.
fn accounts(plan: &Plan) -> BTreeMap<String, String> {
    let accounts = plan.steps.iter().filter_map(|step| step.address.scope().account());
    let addresses = accounts.map(|account| Address::organization("account", account));
    addresses.map(|address| (address.to_string(), plan.facts.find(&address, "id").unwrap_or_default().to_owned())).collect()
}

/// Returns the digest of some texts in their order: `sha256:` and 64 hexadecimal digits.
#[must_use]
pub fn digest<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        let text = text.as_ref();
        // With its length, so that different lists of texts cannot join to the same bytes.
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.finalize().iter().fold("sha256:".to_owned(), |digest, byte| format!("{digest}{byte:02x}"))
}
