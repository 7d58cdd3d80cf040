//! `[security]`: the accounts outside the organization that are trusted.

use super::raw::Raw;
use crate::model::Security;
use crate::written::diagnostic::{Diagnostic, Diagnostics};

/// Checks the section; reports accounts that are in the organization anyway.
pub(super) fn check(raw: &Raw, diagnostics: &mut Diagnostics) -> Security {
    for trusted in &raw.security.trusted_accounts {
        let accounts = raw.accounts.iter().filter_map(|named| Some((named, named.body.id.as_ref()?)));
        for (account, own) in accounts.filter(|(_, own)| own.value == trusted.value) {
            diagnostics.report(
                Diagnostic::error(trusted.span.clone(), format!("{} is account `{}` of this organization", trusted.value, account.text))
                    .with_label("accounts of the organization need no trust: remove it")
                    .with_related(own.span.clone(), "it is here"),
            );
        }
    }
    Security { trusted_accounts: raw.security.trusted_accounts.iter().map(|trusted| trusted.value.clone()).collect() }
}
