//! Guardrails: the organization's policies, the types that are on for them, and their attachments.
//!
//! `base` is attached to every managed top-level unit, never to the root; the shipped documents are in [`policies`]. Exempt from
//! them are exactly `role/landfall/provisioner` and the accounts' access roles, so that guardrails and baseline need no order
//! between them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::address::{organization_address, trusted, unit_address};
use super::{DesiredState, Notice, backup, baseline, policies, principals, vpc_block};
use crate::address::Address;
use crate::aws::policy::minify;
use crate::aws::tags;
use crate::id::PolicyType;
use crate::kind::named::Wanted;
use crate::kind::organizations::policy_type::{EnabledPolicyType, State};
use crate::kind::organizations::{attachment, guardrail};
use crate::kind::{Desired, Text};
use crate::model::{Account, Organization};
use crate::name::{AccountKey, GuardrailName, UnitPath, literal};
use crate::ours::GUARDRAIL_PREFIX;

/// The guardrail on every top-level unit.
pub const BASE: &str = "base";
/// The guardrail on production units.
pub const STRICT: &str = "strict";
/// The guardrail on the unit `Suspended`.
pub const SUSPENDED: &str = "suspended";
/// The guardrail on accounts whose roles are trusted elsewhere: those of pipelines, and every other that the manifest names.
pub const PIPELINES: &str = "pipelines";
/// The unit of suspended accounts.
pub const SUSPENDED_UNIT: &str = "Suspended";

pub(super) fn guardrails(organization: &Organization, state: &mut DesiredState) {
    let mut documents: BTreeMap<GuardrailName, (String, Text)> = BTreeMap::from([
        (literal(BASE), ("What no account of this organization does".to_owned(), guardrail::content(&policies::base(organization)))),
        (literal(SUSPENDED), ("Nothing at all".to_owned(), guardrail::content(&policies::suspended(organization)))),
    ]);
    let used: BTreeSet<GuardrailName> = attached(organization).into_values().flatten().collect();
    if used.iter().any(|name| name.as_str() == STRICT) {
        documents
            .insert(literal(STRICT), ("What no production account does".to_owned(), guardrail::content(&policies::strict(organization))));
    }
    // One document for all these accounts, so that it does not wait for their ids.
    let named: BTreeSet<String> = principals::named(organization).into_values().flatten().collect();
    if !named.is_empty() {
        let description = "Roles that other accounts let in are changed by landfall only".to_owned();
        documents.insert(literal(PIPELINES), (description, guardrail::content(&policies::pipelines(organization, &named))));
    }
    state.notices.extend(left_out(organization));
    let mut guardrails: Vec<(GuardrailName, PolicyType, String, Text)> =
        documents.into_iter().map(|(name, (description, content))| (name, PolicyType::ServiceControl, description, content)).collect();
    guardrails.extend(baseline::shipped(organization).into_iter().map(|shipped| {
        let content = guardrail::content(&shipped.document);
        (literal(shipped.name), shipped.policy_type, shipped.description.to_owned(), content)
    }));
    guardrails.extend(following(organization).into_iter().map(|policy| {
        let content = guardrail::content(&policy.document);
        (policy.name, policy.policy_type, policy.description, content)
    }));
    guardrails.extend(organization.guardrails.values().map(|own| {
        // Nothing in it is a reference, even if it has that form.
        (own.name.clone(), own.policy_type, format!("From {}", own.path), Text::plain(minify(&own.document)))
    }));
    guardrails.sort_by(|one, other| one.0.cmp(&other.0));
    policy_types(organization, guardrails.iter().map(|(_, policy_type, ..)| *policy_type).collect(), state);
    for (name, policy_type, description, content) in guardrails {
        let address = Address::organization("guardrail", &name);
        let desired = guardrail::Desired {
            name: format!("{GUARDRAIL_PREFIX}{name}"),
            policy_type,
            description,
            content,
            tags: tags::ours(&organization.name, &address),
        };
        state.want(address, Desired::Guardrail(desired));
    }
}

/// Switches on the types of these guardrails, and the services that they need.
fn policy_types(organization: &Organization, types: BTreeSet<PolicyType>, state: &mut DesiredState) {
    for policy_type in types {
        let trusted = policy_type.service().map(|service| trusted(service, state));
        let root = Text::fact(&organization_address(organization), "root");
        let thing = EnabledPolicyType { policy_type, state: State::Enabled, root, trusted };
        state.want(type_address(policy_type), Desired::PolicyType(Wanted { thing, tags: None }));
    }
}

fn type_address(policy_type: PolicyType) -> Address {
    Address::organization("policy-type", policy_type)
}

/// The Region in which global services keep their regional resources.
const GLOBAL_REGION: &str = "us-east-1";

/// Returns the notice on what limit-regions denies in global services, if their Region is not in the manifest.
///
/// The services themselves are exempt; what they keep in that Region belongs to other services: Lambda (`CloudFront` Developer
/// Guide, "Restrictions on Lambda@Edge"), `CloudWatch` (there, "Viewing `CloudFront` metrics"; Billing User Guide, "Creating a
/// billing alarm"), `EventBridge` (User Guide, "Events from AWS services via CloudTrail"), quotas of IAM (IAM User Guide, "IAM and
/// STS quotas").
fn left_out(organization: &Organization) -> Option<Notice> {
    let is_allowed = organization.regions.iter().any(|region| region.as_str() == GLOBAL_REGION);
    (!is_allowed).then(|| {
        Notice::new(
            format!(
                "`regions` does not have {GLOBAL_REGION}, so limit-regions denies what global services keep there: functions of \
                 Lambda@Edge, CloudWatch metrics and alarms of CloudFront, Route 53 and billing, query logs of Route 53, EventBridge \
                 rules for events of IAM and Organizations, and Service Quotas of IAM. IAM, Organizations, CloudFront, Route 53, ACM \
                 and WAF themselves stay allowed"
            ),
            format!("if an account needs one of these, add \"{GLOBAL_REGION}\" to `regions`"),
        )
    })
}

/// A policy that exists only where baselines ask for it, and the accounts that have it.
struct Following<'a> {
    name: GuardrailName,
    policy_type: PolicyType,
    description: String,
    document: Value,
    accounts: Vec<&'a AccountKey>,
}

fn following(organization: &Organization) -> Vec<Following<'_>> {
    let accounts = |has: &dyn Fn(&Account) -> bool| -> Vec<&AccountKey> {
        organization.accounts.values().filter(|account| has(account)).map(|account| &account.key).collect()
    };
    let backups = backup::wanted(organization).into_iter().map(|backup| Following {
        name: backup.policy.clone(),
        policy_type: PolicyType::Backup,
        description: backup::description(backup),
        document: backup::document(organization, backup),
        accounts: accounts(&|account| account.baseline.backup.as_ref() == Some(backup)),
    });
    let blocks = vpc_block::wanted(organization).into_iter().map(|block| Following {
        name: block.policy.clone(),
        policy_type: PolicyType::Ec2,
        description: vpc_block::description(block).to_owned(),
        document: vpc_block::document(block),
        accounts: accounts(&|account| account.baseline.vpc_block.as_ref() == Some(block)),
    });
    backups.chain(blocks).collect()
}

/// The target of an attachment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Unit(UnitPath),
    Account(AccountKey),
}

pub(super) fn attachments(organization: &Organization, state: &mut DesiredState) {
    let types: BTreeMap<GuardrailName, PolicyType> = organization
        .guardrails
        .values()
        .map(|own| (own.name.clone(), own.policy_type))
        .chain(baseline::shipped(organization).iter().map(|shipped| (literal(shipped.name), shipped.policy_type)))
        .chain(following(organization).into_iter().map(|policy| (policy.name, policy.policy_type)))
        .collect();
    for (target, guardrails) in attached(organization) {
        let (name, id) = match &target {
            Target::Unit(path) => (path.to_string(), Text::fact(&unit_address(path), "id")),
            Target::Account(key) => (format!("account:{key}"), Text::fact(&Address::organization("account", key), "id")),
        };
        for guardrail in guardrails {
            let policy = Text::fact(&Address::organization("guardrail", &guardrail), "id");
            let policy_type = types.get(&guardrail).copied().unwrap_or(PolicyType::ServiceControl);
            let address = Address::organization("attachment", format_args!("{name}/{guardrail}"));
            let policy_type = Text::fact(&type_address(policy_type), "type");
            state.want(address, Desired::Attachment(attachment::Desired { policy, target: id.clone(), policy_type }));
        }
    }
}

/// Returns the guardrails of each target.
///
/// A guardrail of environments is attached to their unit if all environments of that unit have it, otherwise to the accounts of
/// those that have it: no environment gets a neighbour's guardrail.
fn attached(organization: &Organization) -> BTreeMap<Target, BTreeSet<GuardrailName>> {
    let mut attached: BTreeMap<Target, BTreeSet<GuardrailName>> = BTreeMap::new();
    let mut attach = |target: Target, guardrail: GuardrailName| {
        attached.entry(target).or_default().insert(guardrail);
    };
    for unit in organization.units.values() {
        if unit.path.parent().is_none() {
            attach(Target::Unit(unit.path.clone()), literal(BASE));
        }
        if unit.path.as_str() == SUSPENDED_UNIT {
            attach(Target::Unit(unit.path.clone()), literal(SUSPENDED));
        }
        for guardrail in &unit.guardrails {
            attach(Target::Unit(unit.path.clone()), guardrail.clone());
        }
    }
    for account in principals::named(organization).into_keys() {
        attach(Target::Account(account.clone()), literal(PIPELINES));
    }
    for shipped in baseline::shipped(organization) {
        for target in covering(organization, shipped.applies) {
            attach(target, literal(shipped.name));
        }
    }
    for policy in following(organization) {
        let applies = |account: &Account| policy.accounts.contains(&&account.key);
        // A unit without accounts has nothing to back up, and nothing to cut off.
        let is_used = |target: &Target| match target {
            Target::Unit(unit) => organization.accounts.values().any(|account| account.unit.is_within(unit)),
            Target::Account(_) => true,
        };
        for target in covering(organization, applies).into_iter().filter(is_used) {
            attach(target, policy.name.clone());
        }
    }
    for environment in &organization.environments {
        for guardrail in environment.guardrails.iter().filter(|guardrail| guardrail.as_str() != BASE) {
            let shared = organization
                .environments
                .iter()
                .filter(|other| other.unit.is_within(&environment.unit))
                .all(|other| other.guardrails.contains(guardrail));
            if shared {
                attach(Target::Unit(environment.unit.clone()), guardrail.clone());
            } else {
                for account in &environment.accounts {
                    attach(Target::Account(account.clone()), guardrail.clone());
                }
            }
        }
    }
    attached
}

/// Returns the fewest targets that together have all accounts to which something applies, and no other: a unit if it applies to all
/// accounts in it, also those below; otherwise the units below, and its accounts.
fn covering(organization: &Organization, applies: impl Fn(&Account) -> bool) -> Vec<Target> {
    let is_whole = |unit: &UnitPath| organization.accounts.values().filter(|account| account.unit.is_within(unit)).all(&applies);
    let units = organization.units.keys().filter(|unit| is_whole(unit) && unit.parent().is_none_or(|parent| !is_whole(&parent)));
    let accounts = organization.accounts.values().filter(|account| applies(account) && !is_whole(&account.unit));
    units.map(|unit| Target::Unit(unit.clone())).chain(accounts.map(|account| Target::Account(account.key.clone()))).collect()
}
