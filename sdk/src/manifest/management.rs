//! Principals that must belong to the management account: administrators, planners, and the users of break-glass.
//!
//! The manifest does not name that account; but there is only one, and it is none of the accounts whose ids the manifest gives. A
//! plan knows the id and refuses the rest (`plan::check`).

use super::names::{AccountNames, check};
use super::raw::{self, Raw};
use crate::model::Principal;
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::Spanned;

/// The hint for a principal of another account.
const INSTEAD: &str = "name a principal of the management account: sso:NAME, account/management/role/NAME or the ARN of one";

/// Reports administrators and planners that cannot run landfall: only the management account may call Organizations.
pub(super) fn of_management(principals: &[Spanned<Principal>], known: &AccountNames, diagnostics: &mut Diagnostics) -> Vec<Principal> {
    for principal in principals {
        let elsewhere = match &principal.value {
            Principal::Account(key) | Principal::Role(key, _) | Principal::PermissionSet(_, key) => (!key.is_management()).then_some(key),
            Principal::Github(_) | Principal::Arn(_) => None,
        };
        if let Some(key) = elsewhere {
            let message = format!("`{}` cannot run landfall: it belongs to account `{key}`", principal.value);
            diagnostics.report(
                Diagnostic::error(principal.span.clone(), message)
                    .with_label("landfall calls AWS Organizations, which answers only the management account")
                    .with_hint(INSTEAD),
            );
        } else if let Principal::Github(repository) = &principal.value {
            diagnostics.report(
                Diagnostic::error(principal.span.clone(), format!("`github:{repository}` cannot run landfall by itself")).with_hint(
                    "let its workflows assume a role in the management account, and list that role: account/management/role/NAME",
                ),
            );
        }
    }
    check(principals, known, diagnostics)
}

/// Reports ARNs of other accounts among those that must belong to the management account.
pub(super) fn one_account(raw: &Raw, diagnostics: &mut Diagnostics) {
    let raw::Access { administrators, planners, break_glass, .. } = &raw.access;
    let named = administrators.iter().chain(planners).chain(break_glass).filter_map(|principal| {
        let account = principal.value.arn_account()?;
        Some((principal, account))
    });
    let mut first: Option<(&Spanned<Principal>, &str)> = None;
    let mut is_first_said = false;
    for (principal, account) in named {
        let member = raw.accounts.iter().find(|named| named.body.id.as_ref().is_some_and(|id| id.value.as_str() == account));
        if let Some(member) = member {
            let message =
                format!("`{}` does not belong to the management account: {account} is account `{}`", principal.value, member.text);
            diagnostics.report(Diagnostic::error(principal.span.clone(), message).with_hint(INSTEAD));
            continue;
        }
        match first {
            None => first = Some((principal, account)),
            Some((other, id)) if id != account => {
                // The manifest does not show which of them is right.
                if !is_first_said {
                    diagnostics.report(of_two(other, id, principal, account));
                    is_first_said = true;
                }
                diagnostics.report(of_two(principal, account, other, id));
            }
            Some(_) => {}
        }
    }
}

/// Returns the diagnostic at the first of two principals of different accounts.
fn of_two(here: &Spanned<Principal>, account: &str, there: &Spanned<Principal>, other: &str) -> Diagnostic {
    let message = format!(
        "`{}` belongs to account {account} and `{}` to {other}: both have to belong to the management account",
        here.value, there.value
    );
    Diagnostic::error(here.span.clone(), message).with_related(there.span.clone(), format!("of account {other}")).with_hint(INSTEAD)
}
