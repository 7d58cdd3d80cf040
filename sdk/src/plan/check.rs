//! Checks on a finished plan, before it is shown.
//!
//! The lock-out check evaluates every guardrail that is about to be attached against the calls that landfall's own roles need; the
//! order check asserts that each step comes after its dependencies.

use std::collections::BTreeSet;

use super::Step;
use super::judged::{self, Call};
use crate::address::{Address, Scope};
use crate::aws::policy::{Caller, Denial, Document, Policies, Request, Verdict, evaluate};
use crate::desired::DesiredState;
use crate::id::{AccountId, PolicyType, iam_arn};
use crate::kind::{Desired, Observed};
use crate::model::{Account, Organization};
use crate::observed::Observation;
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
pub(super) const ANY_ACCOUNT: &str = "999999999999";

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
    /// A guardrail would stop what writes to the log archive, or landfall's work there.
    #[error("{0}")]
    LogArchive(Box<Stopped>),
    /// An account of the organization is among the trusted ones of others.
    #[error(
        "security.trusted_accounts names {id}, which is {account} of this organization: it is trusted already, and would be after it left"
    )]
    #[non_exhaustive]
    OwnAccount {
        /// The account's id.
        id: String,
        /// Its address or name.
        account: String,
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

/// What a guardrail would stop in the log archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("statement {statement} of guardrail {guardrail}, on {target}, denies {action} to {who} in account/log-archive: {stops}")]
#[non_exhaustive]
pub struct Stopped {
    /// The guardrail.
    pub guardrail: String,
    /// The statement that denies it.
    pub statement: String,
    /// What the guardrail is attached to.
    pub target: String,
    /// The action that is denied.
    pub action: String,
    /// Who does it: the principal of a service, or a role of landfall's.
    pub who: String,
    /// What no longer works.
    pub stops: String,
}

impl Refused {
    /// Returns the key of the manifest that it is about, if it is one: `security.trusted_accounts`.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        match self {
            Self::OtherAccount { list, .. } => Some(format!("access.{list}")),
            Self::OwnAccount { .. } => Some("security.trusted_accounts".to_owned()),
            Self::LockOut { .. } | Self::LogArchive(_) => None,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::LogArchive(stopped) => {
                let Stopped { statement, who, .. } = &**stopped;
                let condition = match who.strip_prefix("role/") {
                    Some(_) => format!("{{\"ArnNotLike\": {{\"aws:PrincipalArn\": [\"arn:aws:iam::*:{who}\"]}}}}"),
                    None => "{\"Bool\": {\"aws:PrincipalIsAWSService\": \"false\"}}".to_owned(),
                };
                format!("attach it to other units, or spare {who} in statement {statement}: \"Condition\": {condition}")
            }
            Self::OwnAccount { id, .. } => format!("take {id} out of `trusted_accounts`"),
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

/// Refuses accounts of the organization among the trusted accounts of others.
pub(super) fn own_accounts(organization: &Organization, observation: &Observation) -> Result<(), Refused> {
    let trusted = &organization.security.trusted_accounts;
    let management =
        trusted.contains(&observation.management).then(|| (observation.management.clone(), "the management account".to_owned()));
    let known = observation.facts.ids();
    let own = observation.of(&Scope::Organization).find_map(|thing| match thing {
        Observed::Account(account) => {
            let id = account.id.clone().filter(|id| trusted.contains(id))?;
            let name = known.get(id.as_str()).map_or_else(|| format!("account {}", account.name), ToString::to_string);
            Some((id, name))
        }
        _ => None,
    });
    match management.or(own) {
        Some((id, account)) => Err(Refused::OwnAccount { id: id.to_string(), account }),
        None => Ok(()),
    }
}

/// Refuses guardrails that deny landfall's own roles the calls that they need.
pub(super) fn lockout(organization: &Organization, desired: &DesiredState, observation: &Observation) -> Result<(), Refused> {
    let id = |account: &Account| account.id.as_ref().map_or(ANY_ACCOUNT, AccountId::as_str).to_owned();
    let accounts = organization.accounts.values();
    let mut roles: BTreeSet<(String, String)> = accounts.map(|account| (id(account), format!("role/{}", account.access_role))).collect();
    roles.insert((ANY_ACCOUNT.to_owned(), ours::role(PROVISIONER)));
    for wanted in &desired.wanted {
        let Desired::Guardrail(guardrail) = &wanted.thing else { continue };
        // The manifest's checks have refused documents that do not parse.
        let Ok(document) = Document::parse(guardrail.content.as_str()) else { continue };
        if guardrail.policy_type == PolicyType::ResourceControl {
            let call = entering(organization, observation);
            if let Some(statement) = judged::denying(guardrail.content.as_str(), guardrail.policy_type, &call) {
                return Err(Refused::LockOut {
                    guardrail: wanted.address.name().to_owned(),
                    role: ours::role(PROVISIONER),
                    action: ENTER.to_owned(),
                    statement: Some(statement),
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

/// Returns the call by which an account is entered, from the management account.
fn entering(organization: &Organization, observation: &Observation) -> Call {
    let arn = |account: &str, role: &str| iam_arn(organization.partition, account, role);
    let management = observation.management.as_str();
    let caller = Caller::role(&arn(management, "role/operator"), "operator");
    let request = Request::new(caller, ENTER, arn(ANY_ACCOUNT, &ours::role(PROVISIONER))).with("aws:SecureTransport", "true");
    Call::new(request, ANY_ACCOUNT, &["aws:PrincipalAccount", "aws:PrincipalIsAWSService", "aws:SecureTransport"])
        .of_organization(judged::organization_id(organization, observation), &["aws:PrincipalOrgID", "aws:ResourceOrgID"])
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
