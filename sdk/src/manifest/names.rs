//! The names of accounts that a file may refer to, and principals that do.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::Principal;
use crate::name::{AccountKey, nearest};
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::Spanned;
use crate::written::shorten;

/// Every account that the file may refer to.
#[derive(Debug)]
pub(super) struct AccountNames {
    /// By key as written; `None` if the key is invalid, which was reported.
    pub(super) keys: BTreeMap<String, Option<AccountKey>>,
    /// The accounts of each environment that has one per workload.
    pub(super) divided: BTreeMap<String, Vec<String>>,
}

impl AccountNames {
    /// Returns the account with that key, and reports one that does not exist; `whole` is the text that names it.
    pub(super) fn find(&self, key: &str, whole: &str, span: &Range<usize>, diagnostics: &mut Diagnostics) -> Option<AccountKey> {
        if let Some(found) = self.keys.get(key) {
            return found.clone();
        }
        let shown = shorten(whole);
        let diagnostic = if let Some(accounts) = self.divided.get(key) {
            Diagnostic::error(
                span.clone(),
                format!("`{shown}`: environment `{key}` has one account per workload and no account of its own"),
            )
            .with_hint(format!("its accounts are {}", accounts.join(", ")))
        } else {
            let diagnostic = Diagnostic::error(span.clone(), format!("`{shown}` does not name an account of this file"));
            match nearest(key, self.keys.keys().map(String::as_str)) {
                Some(near) => diagnostic.with_label(format!("did you mean `{}`?", whole.replacen(key, near, 1))),
                None => diagnostic.with_hint(some_of("the accounts are", self.keys.keys().map(String::as_str))),
            }
        };
        diagnostics.report_absence(diagnostic);
        None
    }
}

/// Reports principals that name an account that is not in the manifest, and returns all principals.
pub(super) fn check(principals: &[Spanned<Principal>], known: &AccountNames, diagnostics: &mut Diagnostics) -> Vec<Principal> {
    for principal in principals {
        match &principal.value {
            Principal::Account(key) | Principal::Role(key, _) | Principal::PermissionSet(_, key) => {
                known.find(key.as_str(), &principal.value.to_string(), &principal.span, diagnostics);
            }
            Principal::Arn(_) | Principal::Github(_) => {}
        }
    }
    principals.iter().map(|principal| principal.value.clone()).collect()
}

/// Returns a hint with the names that exist, shortened if there are many.
pub(super) fn some_of<'k>(lead: &str, names: impl Iterator<Item = &'k str>) -> String {
    const SHOWN: usize = 8;
    let names: Vec<String> = names.map(shorten).collect();
    if names.is_empty() {
        return format!("{lead} none");
    }
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{lead} {shown} and {} more", names.len() - SHOWN) } else { format!("{lead} {shown}") }
}
