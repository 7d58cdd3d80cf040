//! The plan as a document: plain fields for renderers and for `--format json`. This format is stable; the typed plan is not.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Plan;
use crate::address::Address;
use crate::cost::{Payers, PlanEstimate};
use crate::desired::Notice;
use crate::kind::about::{account_of, is_account};
use crate::kind::{Action, Field, Hazard, Item};
use crate::name::AccountKey;

/// The version of the document, in its `v`.
pub const VERSION: u32 = 1;

/// A plan to be shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanView {
    /// The document's version, [`VERSION`].
    pub v: u32,
    /// The organization's name.
    pub organization: String,
    /// The management account's id.
    pub management: String,
    /// The home Region.
    pub region: String,
    /// Whether the organization exists yet.
    pub exists: bool,
    /// The steps, in order.
    pub steps: Vec<StepView>,
    /// Steps that cannot run.
    pub blocked: Vec<BlockedView>,
    /// Resources that landfall manages and the manifest no longer has.
    pub orphans: Vec<OrphanView>,
    /// Scopes that could not be read.
    pub unreadable: Vec<ClosedView>,
    /// Scopes that cannot be entered yet.
    pub not_ready: Vec<ClosedView>,
    /// What a person should know before applying.
    pub notices: Vec<Notice>,
    /// The number of resources that already match the manifest.
    pub settled: usize,
    /// What the steps add to the monthly bill, and what they end.
    pub estimate: PlanEstimate,
}

/// A step to be shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StepView {
    /// Its address.
    pub address: Address,
    /// Its kind.
    pub kind: &'static str,
    /// The account it is in, if any.
    pub account: Option<AccountKey>,
    /// What it does.
    pub action: Action,
    /// Its summary, which follows the address in a line of text.
    pub summary: String,
    /// What changes.
    pub fields: Vec<Field>,
    /// The steps that have to be done before this one.
    pub after: Vec<Address>,
    /// Hazards: effects that have to be allowed by name.
    pub hazards: Vec<Hazard>,
}

/// A blocked step to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BlockedView {
    /// Its address.
    pub address: Address,
    /// Why.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The dependency that is blocked or could not be read, if that is the reason. `None` if the reason is its own.
    pub needs: Option<Address>,
}

/// An orphan to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OrphanView {
    /// Its address.
    pub address: Address,
    /// Its name or id.
    pub label: String,
    /// What it is billed for while it exists.
    pub billed: Vec<Item>,
    /// What it still costs, or who can still assume it.
    pub upkeep: Option<String>,
    /// Whether pruning removes it.
    pub removable: bool,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A scope that could not be read, to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClosedView {
    /// Which: `organization`, or an account's key.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
    /// How many resources the manifest has in it.
    pub wanted: usize,
}

impl Plan {
    /// Returns what the steps add to the monthly bill, and what they end.
    #[must_use]
    pub fn estimate(&self) -> PlanEstimate {
        let payers = Payers { home: &self.region, environments: &self.environments };
        PlanEstimate::of(&payers, self.steps.iter().map(|step| (&step.address, &step.change)))
    }

    /// Returns the plan as a document.
    #[must_use]
    pub fn view(&self) -> PlanView {
        let names = Names { ids: self.facts.ids(), management: &self.management };
        let closed = |scopes: &[super::ClosedScope]| {
            scopes
                .iter()
                .map(|closed| ClosedView {
                    scope: closed.scope.to_string(),
                    reason: closed.reason.clone(),
                    hint: closed.hint.clone(),
                    wanted: closed.wanted,
                })
                .collect()
        };
        PlanView {
            v: VERSION,
            organization: self.organization.to_string(),
            management: self.management.clone(),
            region: self.region.to_string(),
            exists: self.exists,
            steps: self
                .steps
                .iter()
                .map(|step| StepView {
                    address: step.address.clone(),
                    kind: step.address.kind(),
                    account: account_of(&step.address).and_then(|key| key.parse().ok()),
                    action: step.change.action(),
                    summary: step.change.summary(),
                    fields: step.change.fields().into_iter().map(|field| names.field(field)).collect(),
                    after: step.after.clone(),
                    hazards: step.hazards.clone(),
                })
                .collect(),
            blocked: self
                .blocked
                .iter()
                .map(|step| BlockedView {
                    address: step.address.clone(),
                    reason: step.blocked.reason.clone(),
                    hint: step.blocked.hint.clone(),
                    needs: step.needs.clone(),
                })
                .collect(),
            orphans: self
                .orphans
                .iter()
                .map(|orphan| OrphanView {
                    address: orphan.address.clone(),
                    label: orphan.label.clone(),
                    billed: orphan.billed.clone(),
                    upkeep: orphan.upkeep.as_ref().map(ToString::to_string),
                    removable: orphan.removable,
                    hint: orphan.hint.clone(),
                })
                .collect(),
            unreadable: closed(&self.unreadable),
            not_ready: closed(&self.not_ready),
            notices: self.notices.clone(),
            settled: self.settled.len(),
            estimate: self.estimate(),
        }
    }
}

/// Addresses in the place of ids in a plan: `unit/Workloads/Production` is clearer than `ou-ab12-…`.
struct Names<'a> {
    ids: BTreeMap<&'a str, &'a Address>,
    management: &'a str,
}

impl Names<'_> {
    fn field(&self, mut field: Field) -> Field {
        for side in [&mut field.from, &mut field.to].into_iter().flatten() {
            if let Some(address) = self.ids.get(side.as_str()) {
                *side = address.to_string();
            } else if let Some(address) = side.strip_prefix("(known after ").and_then(|rest| rest.strip_suffix(')')) {
                // The whole value is the id of one resource, which is still to be created.
                *side = format!("{address} (to be made)");
            } else if let Some(principal) = self.principal(side) {
                *side = principal;
            }
        }
        field
    }

    /// Returns a principal as the manifest writes it: `account/tooling/role/ci` for `222…/role/ci`, `sso:Engineers` for a
    /// permission set in the management account.
    fn principal(&self, value: &str) -> Option<String> {
        let (id, rest) = value.split_once('/').unwrap_or((value, ""));
        let slash = if rest.is_empty() { "" } else { "/" };
        if id == self.management {
            return Some(if rest.starts_with("sso:") { rest.to_owned() } else { format!("management{slash}{rest}") });
        }
        let address = self.ids.get(id).filter(|address| is_account(address))?;
        Some(format!("{address}{slash}{rest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_named_as_the_manifest_has_them() {
        let account = Address::organization("account", "tooling");
        let names = Names { ids: BTreeMap::from([("222200000005", &account)]), management: "111111111111" };
        let field = |value: &str| names.field(Field::added("may assume it", value)).to.unwrap_or_default();
        assert_eq!(field("111111111111/sso:Engineers"), "sso:Engineers");
        assert_eq!(field("222200000005/role/ci"), "account/tooling/role/ci");
        assert_eq!(field("999999999999/role/x"), "999999999999/role/x");
        assert_eq!(field("111111111111/role/ci"), "management/role/ci");
        assert_eq!(field("222200000005"), "account/tooling");
        assert_eq!(field("(known after account/x)"), "account/x (to be made)");
    }
}
