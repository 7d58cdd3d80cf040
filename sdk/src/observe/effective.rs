//! Policies that are invalid in an account although each of them is valid: a notice of the plan.
//!
//! AWS merges what is attached to an account and above it, and enforces only in part what it cannot merge. It takes one call for each
//! type that landfall has attached, for the whole organization.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::aws::error::AwsError;
use crate::desired::Notice;
use crate::id::PolicyType;
use crate::kind::organizations::effective::{Reason, invalid_accounts, reasons};
use crate::kind::{Context, Observed};
use crate::observed::Observation;

/// How many accounts of a type are asked why, and named.
const NAMED: usize = 5;

/// Returns the types that are asked for: those with policies of landfall's that are attached, and more than one way to be merged.
///
/// Authorization policies are not merged, and an S3 policy has one setting, whose value AWS checks when it is written.
pub(super) fn types(observation: &Observation) -> BTreeSet<PolicyType> {
    let attached: BTreeSet<&str> = observation
        .things
        .iter()
        .filter_map(|(_, thing)| if let Observed::Attachment(attachment) = thing { Some(attachment.policy.as_str()) } else { None })
        .collect();
    let guardrails = observation.things.iter().filter_map(|(_, thing)| match thing {
        Observed::Guardrail(guardrail) if attached.contains(guardrail.id.as_str()) => Some(guardrail.policy_type),
        _ => None,
    });
    guardrails.filter(|policy_type| !policy_type.is_authorization() && *policy_type != PolicyType::S3).collect()
}

/// Returns a notice for each reason why policies are invalid somewhere.
pub(super) async fn notices(cx: &Context<'_>, types: &BTreeSet<PolicyType>, names: &Names) -> Vec<Notice> {
    let found = join_all(types.iter().map(|policy_type| of_type(cx, *policy_type, names))).await;
    found.into_iter().flatten().collect()
}

/// The addresses of accounts and policies, by id.
#[derive(Debug)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    pub(super) fn of(observation: &Observation) -> Self {
        let known = observation.facts.ids();
        Self(known.into_iter().map(|(id, address)| (id.to_owned(), address.to_string())).collect())
    }

    fn of_id(&self, id: &str) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }
}

async fn of_type(cx: &Context<'_>, policy_type: PolicyType, names: &Names) -> Vec<Notice> {
    let accounts = match invalid_accounts(cx, policy_type).await {
        Ok(accounts) => accounts,
        Err(error) => return vec![unread(policy_type, &error)],
    };
    let asked = accounts.iter().take(NAMED).map(|account| async {
        // What AWS does not say is left out; that it is invalid is known.
        (names.of_id(account), reasons(cx, policy_type, account).await.unwrap_or_default())
    });
    let mut by_reason: BTreeMap<Vec<Reason>, Vec<String>> = BTreeMap::new();
    for (name, mut reasons) in join_all(asked).await {
        reasons.sort();
        by_reason.entry(reasons).or_default().push(name);
    }
    let more = accounts.len().saturating_sub(NAMED);
    let last = by_reason.len().saturating_sub(1);
    let text = |(at, (reasons, accounts)): (usize, (Vec<Reason>, Vec<String>))| {
        let more = if at == last && more > 0 { format!(" and {more} more") } else { String::new() };
        invalid(policy_type, &format!("{}{more}", accounts.join(", ")), &reasons, names)
    };
    by_reason.into_iter().enumerate().map(text).collect()
}

fn invalid(policy_type: PolicyType, accounts: &str, reasons: &[Reason], names: &Names) -> Notice {
    let why: Vec<String> = reasons
        .iter()
        .map(|reason| {
            let place = if reason.path.is_empty() { String::new() } else { format!(" at {}", reason.path) };
            let message = if reason.message.is_empty() { String::new() } else { format!(" ({})", reason.message.trim_end_matches('.')) };
            let policies: Vec<String> = reason.policies.iter().map(|id| names.of_id(id)).collect();
            let from = if policies.is_empty() { String::new() } else { format!(", from {}", policies.join(" and ")) };
            format!("{}{place}{message}{from}", reason.code)
        })
        .collect();
    let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
    Notice::new(
        format!("AWS finds what each {} comes to invalid in {accounts}, and does not enforce all of it there{why}", policy_type.noun()),
        format!(
            "change or detach one of these policies; `aws organizations list-effective-policy-validation-errors --policy-type {} \
             --account-id ID` shows the errors of an account",
            policy_type.aws()
        ),
    )
}

/// The check changes no step, so a plan does without it.
fn unread(policy_type: PolicyType, error: &AwsError) -> Notice {
    let hint = if error.is_denied() {
        "allow the caller organizations:ListAccountsWithInvalidEffectivePolicy and organizations:ListEffectivePolicyValidationErrors \
         (docs/PERMISSIONS.md); the plan is the same without them"
    } else {
        "the plan is the same without it"
    };
    Notice::new(format!("whether each {} is valid in every account could not be read: {error}", policy_type.noun()), hint)
}
