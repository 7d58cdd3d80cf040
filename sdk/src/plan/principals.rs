//! Principals that no guardrail of landfall protects, as far as only the plan can know: which account an ARN's id belongs to, and
//! what else decides.
//!
//! The guardrail `pipelines` is made from the manifest alone, so it protects principals that are named by the account's key or
//! `id`.

use std::collections::BTreeSet;

use super::Input;
use super::links::of_account;
use crate::address::Scope;
use crate::desired::Notice;
use crate::desired::guardrails::PIPELINES;
use crate::desired::principals::{is_kept_by_aws, principals};
use crate::kind::Observed;
use crate::model::Principal;
use crate::observed::ScopeState;

/// The service that acts in accounts for IAM Identity Center (Organizations User Guide, "AWS IAM Identity Center and Organizations").
const IDENTITY_CENTER: &str = "sso.amazonaws.com";

/// Returns a notice for each such principal, and one for those of Identity Center.
pub(super) fn notices(input: &Input<'_>) -> Vec<Notice> {
    let mut notices: Vec<Notice> = principals(input.organization).filter_map(|principal| of_arn(input, principal)).collect();
    notices.extend(identity_center(input));
    notices.sort();
    notices.dedup();
    notices
}

fn of_arn(input: &Input<'_>, principal: &Principal) -> Option<Notice> {
    let Principal::Arn(arn) = principal else { return None };
    let (id, resource) = (principal.arn_account()?, arn.splitn(6, ':').nth(5)?);
    let mut own = input.organization.accounts.values();
    // No guardrail binds the management account, which is well known; in an account with an `id`, `pipelines` protects the
    // principal.
    if id == input.observation.management.as_str() || own.clone().any(|account| account.id.as_ref().is_some_and(|own| own.as_str() == id)) {
        return None;
    }
    let Some(account) = own.find(|account| input.observation.facts.find(&of_account(&account.key), "id") == Some(id)) else {
        return of_others(input, arn, id);
    };
    (!is_kept_by_aws(resource)).then(|| {
        let key = &account.key;
        Notice::new(
            format!("every administrator of account/{key} can become {arn}, and use it wherever the manifest names it"),
            format!("name a role of that account by its key: \"account/{key}/role/NAME\", which guardrail {PIPELINES} keeps"),
        )
    })
}

/// Returns the notice about a principal of an account that the manifest does not have. It is unknown which account that is if the
/// organization could not be read.
fn of_others(input: &Input<'_>, arn: &str, id: &str) -> Option<Notice> {
    let scope = Scope::Organization;
    if matches!(input.observation.state(&scope), ScopeState::Unreadable { .. }) {
        return None;
    }
    let known = input.observation.of(&scope).find_map(|thing| match thing {
        Observed::Account(account) if account.id.as_ref().is_some_and(|own| own.as_str() == id) => Some(&account.name),
        _ => None,
    });
    let whose = match known {
        Some(name) => format!("is in account \"{name}\" ({id}), which the manifest does not have"),
        None => "is outside this organization".to_owned(),
    };
    Some(Notice::new(
        format!("{arn} {whose}; no guardrail protects it: an administrator of that account can use it wherever the manifest names it"),
        "if that is not meant, take it out of the manifest, or name a role of an account of the manifest: \"account/KEY/role/NAME\"",
    ))
}

/// Returns the notice that Identity Center decides who has a permission set: AWS allows a member account to administer it. Landfall
/// does not read whether one does.
fn identity_center(input: &Input<'_>) -> Option<Notice> {
    let is_on = |thing: &Observed| matches!(thing, Observed::TrustedAccess(access) if access.thing.service == IDENTITY_CENTER);
    if !input.observation.of(&Scope::Organization).any(is_on) {
        return None;
    }
    let sets = principals(input.organization).filter(|principal| matches!(principal, Principal::PermissionSet(..)));
    let sets: BTreeSet<String> = sets.map(ToString::to_string).collect();
    (!sets.is_empty()).then(|| {
        Notice::new(
            format!(
                "where a member account administers Identity Center, its administrators decide who is {}",
                sets.into_iter().collect::<Vec<_>>().join(", ")
            ),
            format!(
                "`aws organizations list-delegated-administrators --service-principal {IDENTITY_CENTER}` shows whether one does; \
                 docs/ACCESS.md, \"Identity Center\", shows what to do then"
            ),
        )
    })
}
