//! Checks on a finished plan, before it is shown.
//!
//! The lock-out check evaluates every guardrail that is about to be attached against the calls that landfall's own roles need; the
//! order check asserts that each step comes after its dependencies.

use std::collections::BTreeSet;

use super::Step;
use crate::address::Address;
use crate::aws::policy::{Caller, Denial, Document, Policies, Request, Verdict, evaluate};
use crate::desired::DesiredState;
use crate::id::{AccountId, PolicyType, iam_arn};
use crate::kind::Desired;
use crate::model::{Account, Organization};
use crate::ours::{self, BOUNDARY, DEPLOYER, PROVISIONER, READER};

/// The resource of a call: that part of its ARN.
type Resource = fn() -> String;

/// What landfall's own roles do in a member account; a guardrail that denies one of these locks landfall out.
const NEEDED: &[(&str, Resource)] = &[
    ("iam:CreateRole", || ours::role(READER)),
    ("iam:UpdateAssumeRolePolicy", || ours::role(PROVISIONER)),
    ("iam:PutRolePolicy", || ours::role(DEPLOYER)),
    ("iam:CreatePolicyVersion", || ours::policy(BOUNDARY)),
    ("iam:CreateOpenIDConnectProvider", || "oidc-provider/token.actions.githubusercontent.com".to_owned()),
    ("iam:GetRole", || ours::role(READER)),
    ("sts:GetCallerIdentity", || "root".to_owned()),
];

/// The call by which every account is entered.
const ENTER: &str = "sts:AssumeRole";
/// A placeholder for the id of an account that is not created yet: guardrails name such accounts by `*`.
const ANY_ACCOUNT: &str = "999999999999";

/// Why a plan is refused as a whole; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// A guardrail would lock landfall itself out.
    #[error("guardrail {guardrail} denies {action} to {role}: landfall would lock itself out of the accounts under it")]
    #[non_exhaustive]
    LockOut {
        /// The guardrail.
        guardrail: String,
        /// The role that would be locked out.
        role: String,
        /// The action that is denied.
        action: String,
        /// The statement that denies it.
        statement: Option<String>,
    },
    /// A principal of another account would get the rights of an administrator or planner.
    #[error(
        "access.{list} names {principal}, which is not in the management account ({management}): it cannot run landfall, but could enter \
         every account"
    )]
    #[non_exhaustive]
    OtherAccount {
        /// The list in the manifest.
        list: &'static str,
        /// The principal.
        principal: String,
        /// The management account.
        management: String,
    },
}

impl Refused {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::LockOut { statement, action, .. } if action == ENTER => {
                let statement = statement.as_deref().map(|sid| format!(" {sid}")).unwrap_or_default();
                format!("take `{ENTER}` out of statement{statement}, or give it a condition that spares principals of the organization")
            }
            Self::LockOut { role, statement, .. } => {
                let statement = statement.as_deref().map(|sid| format!(" in statement {sid}")).unwrap_or_default();
                format!(
                    "exempt the role{statement}: \"Condition\": {{\"ArnNotLike\": {{\"aws:PrincipalArn\": [\"arn:aws:iam::*:{role}\"]}}}}"
                )
            }
            Self::OtherAccount { list, .. } => {
                format!("name a principal of the management account in access.{list}, or take this one out")
            }
        }
    }
}

/// Refuses administrators, planners and users of break-glass that are not in the management account: trust policies name their
/// whole ARNs, so they could assume roles in every account.
pub(super) fn of_management(organization: &Organization, management: &AccountId) -> Result<(), Refused> {
    let access = &organization.access;
    let lists = [("administrators", &access.administrators), ("planners", &access.planners), ("break_glass", &access.break_glass)];
    for (list, principals) in lists {
        if let Some(principal) = principals.iter().find(|principal| principal.arn_account().is_some_and(|id| id != management.as_str())) {
            return Err(Refused::OtherAccount { list, principal: principal.to_string(), management: management.to_string() });
        }
    }
    Ok(())
}

/// Refuses guardrails that deny landfall's own roles the calls that they need.
pub(super) fn lockout(organization: &Organization, desired: &DesiredState) -> Result<(), Refused> {
    let id = |account: &Account| account.id.as_ref().map_or(ANY_ACCOUNT, AccountId::as_str).to_owned();
    let accounts = organization.accounts.values();
    let mut roles: BTreeSet<(String, String)> = accounts.map(|account| (id(account), format!("role/{}", account.access_role))).collect();
    roles.insert((ANY_ACCOUNT.to_owned(), ours::role(PROVISIONER)));
    for wanted in &desired.wanted {
        let Desired::Guardrail(guardrail) = &wanted.thing else { continue };
        // The manifest's checks have refused documents that do not parse.
        let Ok(document) = Document::parse(guardrail.content.as_str()) else { continue };
        if guardrail.policy_type == PolicyType::ResourceControl {
            if let Some(denial) = shuts_roles(organization, guardrail.content.as_str()) {
                return Err(Refused::LockOut {
                    guardrail: wanted.address.name().to_owned(),
                    role: ours::role(PROVISIONER),
                    action: ENTER.to_owned(),
                    statement: denial.sid,
                });
            }
            continue;
        }
        for (account, role) in &roles {
            for (action, resource) in NEEDED {
                if let Some(denial) = denies(organization, &document, (account, role), action, &resource()) {
                    return Err(Refused::LockOut {
                        guardrail: wanted.address.name().to_owned(),
                        role: role.clone(),
                        action: (*action).to_owned(),
                        statement: denial.sid,
                    });
                }
            }
        }
    }
    Ok(())
}

/// Returns the denial by which a resource control policy lets no one assume landfall's roles. Statements with conditions are not judged:
/// whom they spare is known on AWS only.
fn shuts_roles(organization: &Organization, content: &str) -> Option<Denial> {
    let mut content: serde_json::Value = serde_json::from_str(content).ok()?;
    if let Some(statements) = content.get_mut("Statement").and_then(serde_json::Value::as_array_mut) {
        statements.retain(|statement| statement.get("Condition").is_none());
    } else if content.pointer("/Statement/Condition").is_some() {
        return None;
    }
    let document = Document::parse(&content.to_string()).ok()?;
    let arn = |account: &str, role: &str| iam_arn(organization.partition, account, role);
    let caller = arn("888888888888", "role/operator");
    let request = Request::new(Caller::role(&caller, "operator"), ENTER, arn(ANY_ACCOUNT, &ours::role(PROVISIONER)));
    let policies = Policies { resource_control: vec![vec![&document]], resource_account: ANY_ACCOUNT, ..Policies::default() };
    match evaluate(&request, &policies) {
        Verdict::Denied(denial) if denial.explicit => Some(denial),
        Verdict::Allowed | Verdict::Denied(_) => None,
    }
}

/// Returns the explicit denial, if there is one.
fn denies(organization: &Organization, document: &Document, (account, role): (&str, &str), action: &str, resource: &str) -> Option<Denial> {
    let partition = organization.partition;
    let arn = iam_arn(partition, account, role);
    let request = Request::new(Caller::role(&arn, "landfall"), action, iam_arn(partition, account, resource))
        .with("aws:PrincipalArn", arn)
        .with("aws:PrincipalAccount", account)
        .with("aws:RequestedRegion", "us-east-1")
        .with("aws:TagKeys", "landfall:address");
    let policies = Policies { service_control: vec![vec![document]], resource_account: account, ..Policies::default() };
    match evaluate(&request, &policies) {
        Verdict::Denied(denial) if denial.explicit => Some(denial),
        Verdict::Allowed | Verdict::Denied(_) => None,
    }
}

/// Panics in tests and debug builds if a step comes before one that it needs: a bug in the planner.
pub(super) fn order(steps: &[Step]) {
    let mut seen: BTreeSet<&Address> = BTreeSet::new();
    for step in steps {
        debug_assert!(step.after.iter().all(|needed| seen.contains(needed)), "{} comes before {:?}", step.address, step.after);
        seen.insert(&step.address);
    }
}
