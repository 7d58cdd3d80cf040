//! Principals that no guardrail of ours keeps, as far as only the plan knows: whose id an ARN's account is, and what else decides.
//!
//! The guardrail `pipelines` is made from the manifest alone, so it keeps what is named by its account's key, or its account's `id`.

use std::collections::BTreeSet;

use super::Input;
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
    let own = input.organization.accounts.values();
    // Of the management account everybody knows that no guardrail binds it; of an account with an `id`, `pipelines` keeps it.
    if id == input.observation.management.as_str() || own.clone().any(|account| account.id.as_ref().is_some_and(|own| own.as_str() == id)) {
        return None;
    }
    if let Some(address) = input.observation.facts.ids().get(id).filter(|address| address.kind() == "account") {
        let (account, is_wanted) = (address.name(), own.clone().any(|account| account.key.as_str() == address.name()));
        return (is_wanted && !is_kept_by_aws(resource)).then(|| {
            Notice::new(
                format!("every administrator of account/{account} can become {arn}, and get in where the manifest names it"),
                format!("name a role of that account by its key: \"account/{account}/role/NAME\", which guardrail {PIPELINES} keeps"),
            )
        });
    }
    of_others(input, arn, id)
}

/// Says of an account that the manifest does not have whose it is. Where the organization could not be read, nobody knows.
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
        format!("{arn} {whose}; no guardrail keeps it: who administers that account gets in where the manifest names it"),
        "if that is not meant, take it out of the manifest, or name a role of an account of the manifest: \"account/KEY/role/NAME\"",
    ))
}

/// Says that Identity Center decides who has a permission set: AWS lets a member account administer it. Whether one does is not read.
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
                "`aws organizations list-delegated-administrators --service-principal {IDENTITY_CENTER}` says whether one does; \
                 docs/ACCESS.md, \"Identity Center\", says what then helps"
            ),
        )
    })
}
