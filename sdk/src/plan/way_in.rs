//! The notice of a plan if the manifest does not narrow the access roles; it depends on what they trust now.
//!
//! Without a second way in, no access role is narrowed, and none is widened either: a role that a former manifest narrowed stays
//! narrow.

use super::Input;
use crate::address::Scope;
use crate::desired::Notice;
use crate::desired::way_in::narrows;
use crate::kind::Observed;
use crate::model::Account;
use crate::observed::ScopeState;

/// What to do in each case.
const HINT: &str = "add break_glass, or an administrator of another kind (sso:NAME, account/management/role/NAME, a user's ARN)";
/// How many accounts a notice names.
const NAMED: usize = 5;

/// The principals that can assume an account's access role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// Everyone who may assume roles in the management account.
    Wide,
    /// Some, or none.
    Narrow,
    /// It could not be read.
    Unknown,
}

/// Returns the notice about access roles that are not narrowed because administrators would have no second way in.
pub(super) fn notice(input: &Input<'_>) -> Option<Notice> {
    let organization = input.organization;
    if organization.access.administrators.is_empty() || narrows(organization) {
        return None;
    }
    let entries: Vec<(&Account, Entry)> = organization.accounts.values().map(|account| (account, entry(input, account))).collect();
    let wide: Vec<&Account> = entries.iter().filter(|(_, entry)| *entry == Entry::Wide).map(|(account, _)| *account).collect();
    if wide.is_empty() {
        return Some(Notice::new(
            "access.administrators alone is the only way in that the manifest names; access roles that are narrow stay so",
            HINT,
        ));
    }
    let lets_in = "in everyone who may assume roles in the management account, past every guardrail: access.administrators alone would \
                   be the only way in";
    let text = if wide.len() == entries.len() {
        format!("the access role of each account still lets {lets_in}")
    } else {
        let named: Vec<String> = wide.iter().take(NAMED).map(|account| format!("account/{}", account.key)).collect();
        let more = wide.len().checked_sub(NAMED).filter(|more| *more > 0).map_or_else(String::new, |more| format!(" and {more} more"));
        let (roles, lets) = if wide.len() == 1 { ("role", "lets") } else { ("roles", "let") };
        format!("the access {roles} of {}{more} still {lets} {lets_in}", named.join(", "))
    };
    Some(Notice::new(text, format!("{HINT}: then it is narrowed")))
}

fn entry(input: &Input<'_>, account: &Account) -> Entry {
    let scope = Scope::Account(account.key.clone());
    match input.observation.state(&scope) {
        ScopeState::Readable => {}
        // AWS creates it like this with the account.
        ScopeState::Absent | ScopeState::NotReady(_) => return Entry::Wide,
        ScopeState::Unreadable { .. } | ScopeState::Closed(_) => return Entry::Unknown,
    }
    let management = input.observation.management.as_str();
    let is_wide = input.observation.of(&scope).any(|thing| match thing {
        Observed::AccessRole(role) => role.name.eq_ignore_ascii_case(account.access_role.as_str()) && role.lets_in_all_of(management),
        _ => false,
    });
    if is_wide { Entry::Wide } else { Entry::Narrow }
}
