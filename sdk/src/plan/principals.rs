//! Principals that the manifest names by an ARN of an account that landfall made: only the plan knows whose id that is.
//!
//! The guardrail `pipelines` is made from the manifest alone, so it keeps what is named by its account's key, or its account's `id`.

use super::Input;
use crate::desired::Notice;
use crate::desired::guardrails::PIPELINES;
use crate::desired::principals::{is_kept_by_aws, principals};
use crate::model::Principal;

/// Returns a notice for each such principal.
pub(super) fn notices(input: &Input<'_>) -> Vec<Notice> {
    let known = input.observation.facts.ids();
    let is_made = |key: &str| input.organization.accounts.values().any(|account| account.key.as_str() == key && account.id.is_none());
    let mut notices: Vec<Notice> = principals(input.organization)
        .filter_map(|principal| {
            let Principal::Arn(arn) = principal else { return None };
            let (id, resource) = (principal.arn_account()?, arn.splitn(6, ':').nth(5)?);
            let account = known.get(id).filter(|address| address.kind() == "account" && is_made(address.name()))?.name();
            if is_kept_by_aws(resource) {
                return None;
            }
            Some(Notice::new(
                format!("every administrator of account/{account} can become {arn}, and get in where the manifest names it"),
                format!("name a role of that account by its key: \"account/{account}/role/NAME\", which guardrail {PIPELINES} keeps"),
            ))
        })
        .collect();
    notices.sort();
    notices.dedup();
    notices
}
