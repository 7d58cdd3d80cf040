//! Cross-account roles under `/landfall/`: trust, permissions, boundary, session length, tags.
//!
//! Every write but `CreateRole` is an upsert (docs/AWS.md 3.2). Policies that were added to a managed role are removed again: a role is
//! exactly as in the manifest.

mod local;
mod read;
mod write;

use serde::Serialize;

use std::collections::{BTreeMap, BTreeSet};

use super::api::{CreateRole, DeleteRole, FoundRole, TagRole, written};
use super::caller::Caller;
use super::{JUST_MADE, TAKEN, gone, trust_fields, trusted};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::Tags;
use crate::id::AccountId;
use crate::kind::change::document_fields;
use crate::kind::settle::unless_taken;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Blocked, Context, Facts, Field, Hazard, HazardName, Kind, Made, ScopeSet, StepError, Text, Upkeep};
use crate::ours::{PATH, PROVISIONER};

pub use local::Local;

/// The kind `iam-role`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IamRole;

/// What a role should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Who may assume it: a policy document.
    pub trust: Text,
    /// Its longest session, in seconds.
    pub session_seconds: i32,
    /// The ARN of its permissions boundary.
    pub boundary: Option<Text>,
    /// Its inline policies, by name.
    pub inline: BTreeMap<String, Text>,
    /// The ARNs of its managed policies.
    pub managed: BTreeSet<String>,
    /// Its tags.
    pub tags: Tags,
    /// The principals it trusts, as a plan shows them.
    pub trusts: String,
    /// Whether it can change production, or everything: a new principal in its trust is a hazard.
    pub is_guarded: bool,
    /// The caller who must not be locked out, if the caller uses this role.
    pub caller: Option<Caller>,
}

impl Desired {
    /// Returns whether its trust policy admits a caller, given by an ARN as STS prints it.
    ///
    /// Accounts are compared by their ids: a statement with a reference to an account admits no one until it is resolved.
    #[must_use]
    pub fn lets_in(&self, caller: &str) -> bool {
        trusted::admits(self.trust.as_str(), caller)
    }
}

/// What a role is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// The details; `None` under another path, since such a role can only block.
    pub detail: Option<Detail>,
    /// How others could use it; of roles outside landfall's path only.
    pub exposed: Exposed,
    /// Its tags.
    pub tags: Tags,
}

/// How others could use a role under another path: a deployer, unless the role has the boundary or is protected, and the principals it
/// trusts, if the manifest names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Exposed {
    /// The boundary's ARN.
    pub boundary: Option<String>,
    /// All principals that it trusts, for display.
    pub lets_in: Vec<String>,
    /// Other accounts that it trusts, as a whole or some of their principals.
    pub accounts: BTreeSet<AccountId>,
    /// Services that it trusts: a principal that may pass the role can have them act as it.
    pub services: Vec<String>,
    /// The principals of its own account that it trusts.
    pub trusts: BTreeSet<Local>,
    /// Customer managed policies that it has, with their paths: a principal that may change them decides what the role may do.
    pub policies: Vec<String>,
}

/// The details of a role under landfall's path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// The trust policy.
    pub trust: String,
    /// The longest session, in seconds.
    pub session_seconds: i32,
    /// The boundary's ARN.
    pub boundary: Option<String>,
    /// Inline policies, by name.
    pub inline: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub managed: BTreeSet<String>,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// The trust policy has another meaning.
    Trust {
        /// What it is.
        from: String,
        /// What it should be.
        to: Text,
        /// The principals that are new in it, if that is a hazard.
        newcomers: Vec<String>,
    },
    /// The longest session differs.
    Session {
        /// Seconds it is.
        from: i32,
        /// Seconds it should be.
        to: i32,
    },
    /// The boundary is missing, different, or not wanted.
    Boundary {
        /// What it is.
        from: Option<String>,
        /// What it should be.
        to: Option<Text>,
    },
    /// An inline policy is missing or has another meaning.
    PutInline {
        /// Its name.
        name: String,
        /// What it is.
        from: Option<String>,
        /// What it should be.
        to: Text,
    },
    /// An inline policy was added.
    DeleteInline(String),
    /// A managed policy is missing.
    Attach(String),
    /// A managed policy was attached.
    Detach(String),
}

impl Observed {
    /// Returns all principals that it trusts, for display.
    pub(crate) fn lets_in(&self) -> Vec<String> {
        let trust = self.detail.as_ref().map_or("", |detail| detail.trust.as_str());
        trusted::trusted(trust).iter().map(ToString::to_string).collect()
    }
}

impl Kind for IamRole {
    const NAME: &'static str = "iam-role";
    const SCOPES: ScopeSet = ScopeSet::Account;
    const SERVICE: &'static str = "IAM";
    const COUNTED: Option<&'static str> = Some("role");
    const REMOVAL_RANK: u8 = 10;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.trust);
        desired.boundary.iter_mut().for_each(&mut *visit);
        desired.inline.values_mut().for_each(&mut *visit);
        desired.caller.iter_mut().for_each(|caller| visit(&mut caller.0));
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        // Role names are unique per account across paths, whatever their letter case (docs/AWS.md 3.1).
        desired.name.eq_ignore_ascii_case(&observed.name)
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let Some(detail) = &observed.detail else {
            return Err(Blocked::new(
                format!("{} has this name under another path", observed.arn),
                "role names are unique per account: rename or remove that role",
            ));
        };
        let mut edits = Vec::new();
        if !document_fields("", &detail.trust, desired.trust.as_str()).is_empty() {
            if let Some(caller) = &desired.caller {
                caller.stays_admitted(&detail.trust, &desired.trust, &desired.name, &desired.trusts)?;
            }
            let newcomers = if desired.is_guarded { trusted::newcomers(&detail.trust, desired.trust.as_str()) } else { Vec::new() };
            edits.push(Edit::Trust { from: detail.trust.clone(), to: desired.trust.clone(), newcomers });
        }
        if detail.session_seconds != desired.session_seconds {
            edits.push(Edit::Session { from: detail.session_seconds, to: desired.session_seconds });
        }
        if detail.boundary.as_deref() != desired.boundary.as_ref().map(Text::as_str) {
            edits.push(Edit::Boundary { from: detail.boundary.clone(), to: desired.boundary.clone() });
        }
        for (name, document) in &desired.inline {
            let present = detail.inline.get(name);
            if present.is_none_or(|present| !document_fields("", present, document.as_str()).is_empty()) {
                edits.push(Edit::PutInline { name: name.clone(), from: present.cloned(), to: document.clone() });
            }
        }
        edits.extend(desired.managed.difference(&detail.managed).cloned().map(Edit::Attach));
        edits.extend(detail.inline.keys().filter(|name| !desired.inline.contains_key(*name)).cloned().map(Edit::DeleteInline));
        edits.extend(detail.managed.difference(&desired.managed).cloned().map(Edit::Detach));
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        match edit {
            Edit::Trust { to, .. } | Edit::Boundary { to: Some(to), .. } | Edit::PutInline { to, .. } => visit(to),
            Edit::Boundary { to: None, .. } | Edit::Session { .. } | Edit::DeleteInline(_) | Edit::Attach(_) | Edit::Detach(_) => {}
        }
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Trust { from, to, .. } => trust_fields::fields(from, to.as_str()),
            Edit::Session { from, to } => vec![Field::new("session", hours(*from), hours(*to))],
            Edit::Boundary { from, to } => {
                vec![Field::of("boundary", from.clone(), to.as_ref().map(ToString::to_string))]
            }
            Edit::PutInline { name, from: Some(from), to } => document_fields(&format!("policy {name}"), from, to.as_str()),
            Edit::PutInline { name, from: None, to } => vec![Field::added(format!("policy {name}"), to)],
            Edit::DeleteInline(name) => vec![Field::removed("policy", name)],
            Edit::Attach(arn) => vec![Field::added("managed policy", arn)],
            Edit::Detach(arn) => vec![Field::removed("managed policy", arn)],
        }
    }

    fn hazards(edit: &Edit) -> Vec<Hazard> {
        match edit {
            Edit::Trust { newcomers, .. } if !newcomers.is_empty() => {
                vec![Hazard::new(HazardName::GrantAccess, format!("lets in {}", newcomers.join(", ")))]
            }
            _ => Vec::new(),
        }
    }

    fn removal_hazards(observed: &Observed) -> Vec<Hazard> {
        vec![Hazard::new(HazardName::RemoveRole, format!("{} is deleted: its users lose access", observed.arn))]
    }

    fn upkeep(observed: &Observed) -> Option<Upkeep> {
        // Roles without named principals trust the management account as a whole.
        let detail = observed.detail.as_ref()?;
        let named = trusted::trusted(&detail.trust).into_iter().filter(|who| !matches!(who, trusted::Trusted::Account(_)));
        let named: BTreeSet<String> = named.map(|who| who.to_string()).collect();
        let words = || format!("{} lets in {}", observed.name, named.iter().cloned().collect::<Vec<_>>().join(", "));
        (!named.is_empty()).then(|| Upkeep::Access(words()))
    }

    fn summary(desired: &Desired) -> String {
        let boundary = if desired.boundary.is_some() { "; boundary" } else { "" };
        format!("trust {}{boundary}", desired.trusts)
    }

    fn display_name(observed: &Observed) -> String {
        observed.arn.clone()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_iam_role", &observed.name)
    }

    fn check_removable(observed: &Observed) -> Result<(), Blocked> {
        if observed.name.eq_ignore_ascii_case(PROVISIONER) {
            return Err(Blocked::new("landfall enters the account through it", "landfall keeps it as long as it manages the account"));
        }
        Ok(())
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        observed.detail.as_ref().and_then(|detail| detail.boundary.as_deref()).into_iter().collect()
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "arn", &observed.arn)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        read::list(cx).await
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let trust = desired.trust.known()?;
        let boundary = desired.boundary.as_ref().map(Text::known).transpose()?;
        let request = CreateRole {
            path: PATH,
            role_name: desired.name.clone(),
            assume_role_policy_document: trust.to_owned(),
            description: desired.description.clone(),
            max_session_duration: desired.session_seconds,
            permissions_boundary: boundary.map(str::to_owned),
            tags: written(&desired.tags),
        };
        let sent = cx.send_with(&RetryPolicy::repeatable().until_visible(JUST_MADE), &request).await;
        let made = |made: FoundRole| {
            Ok(Observed {
                arn: made.role.arn,
                name: desired.name.clone(),
                path: PATH.to_owned(),
                detail: Some(Detail {
                    trust: trust.to_owned(),
                    session_seconds: desired.session_seconds,
                    boundary: boundary.map(str::to_owned),
                    inline: BTreeMap::new(),
                    managed: BTreeSet::new(),
                }),
                exposed: Exposed::default(),
                tags: desired.tags.clone(),
            })
        };
        unless_taken(sent, TAKEN, made, || read::found(cx, &desired.name)).await
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        for edit in edits {
            write::apply(cx, &observed.name, edit).await?;
        }
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        cx.send_with(&cx.retry().until_visible(JUST_MADE), &TagRole { role_name: observed.name.clone(), tags: written(tags) }).await?;
        Ok(())
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        // `DeleteRole` is refused while policies are attached to it.
        let Some(observed) = read::found(cx, &observed.name).await? else { return Ok(()) };
        if let Some(detail) = &observed.detail {
            for name in detail.inline.keys() {
                write::apply(cx, &observed.name, &Edit::DeleteInline(name.clone())).await?;
            }
            for arn in &detail.managed {
                write::apply(cx, &observed.name, &Edit::Detach(arn.clone())).await?;
            }
        }
        Ok(gone(cx.send(&DeleteRole { role_name: observed.name }).await)?)
    }
}

/// Prints a session length as the manifest writes it.
fn hours(seconds: i32) -> String {
    if seconds % 3600 == 0 { format!("{}h", seconds / 3600) } else { format!("{}m", seconds / 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;

    fn desired() -> Desired {
        Desired {
            name: "reader".to_owned(),
            description: String::new(),
            trust: Text::new(TRUST),
            session_seconds: 3600,
            boundary: None,
            inline: BTreeMap::new(),
            managed: BTreeSet::from(["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()]),
            tags: Tags::new(),
            trusts: "management".to_owned(),
            is_guarded: true,
            caller: None,
        }
    }

    fn observed() -> Observed {
        Observed {
            arn: "arn:aws:iam::2:role/landfall/reader".to_owned(),
            name: "reader".to_owned(),
            path: PATH.to_owned(),
            detail: Some(Detail {
                trust: TRUST.replace("\"Action\":\"sts:AssumeRole\"", "\"Action\":[\"sts:AssumeRole\"]"),
                session_seconds: 3600,
                boundary: None,
                inline: BTreeMap::new(),
                managed: desired().managed,
            }),
            exposed: Exposed::default(),
            tags: Tags::new(),
        }
    }

    fn check(change: impl FnOnce(&mut Detail), expect: &[&str]) {
        let mut observed = observed();
        change(observed.detail.as_mut().expect("has detail"));
        let edits = IamRole::diff(&desired(), &observed).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(IamRole::fields).map(|field| field.to_string()).collect();
        assert_eq!(shown, expect);
    }

    #[test]
    fn differences() {
        check(|_| {}, &[]);
        check(|detail| detail.session_seconds = 7200, &["session  2h -> 1h"]);
        check(
            |detail| detail.trust = detail.trust.replace("1111", "9999"),
            &["may assume it  + 111111111111", "may assume it  - 999999999999"],
        );
        check(|detail| detail.boundary = Some("b".to_owned()), &["boundary  - b"]);
        check(
            |detail| {
                detail.inline.insert("extra".to_owned(), "{}".to_owned());
                detail.managed = BTreeSet::from(["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()]);
            },
            &[
                "managed policy  + arn:aws:iam::aws:policy/ReadOnlyAccess",
                "policy  - extra",
                "managed policy  - arn:aws:iam::aws:policy/AdministratorAccess",
            ],
        );
    }

    #[test]
    fn a_role_of_the_wanted_name_under_another_path_blocks() {
        let foreign = Observed { path: "/".to_owned(), detail: None, ..observed() };
        assert!(IamRole::matches(&desired(), &foreign));
        assert!(IamRole::diff(&desired(), &foreign).is_err());
    }
}
