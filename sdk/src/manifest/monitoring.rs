//! Subscribers and budgets: each address once, each budget for something that exists and with someone who receives its mails.

use super::environments::EnvironmentDraft;
use super::names::{AccountNames, some_of};
use super::raw::{self, Raw};
use crate::model::{Budget, Monitoring, Spender};
use crate::name::{Dollars, Email, nearest};
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::Spanned;
use crate::written::shorten;

/// The name of the budget of all accounts; no environment and no account can have it.
const ORGANIZATION: &str = "organization";

/// Reports addresses that are listed twice, and returns the subscribers.
pub(super) fn check(raw: &raw::Monitoring, diagnostics: &mut Diagnostics) -> Monitoring {
    Monitoring { urgent: once(&raw.urgent, diagnostics), money: once(&raw.money, diagnostics) }
}

/// Two spellings of one address would be two subscriptions of one mailbox.
fn once(list: &[Spanned<Email>], diagnostics: &mut Diagnostics) -> Vec<Email> {
    let mut emails: Vec<&Spanned<Email>> = Vec::new();
    for email in list {
        match emails.iter().find(|known| known.value.same(email.value.as_str())) {
            Some(first) => diagnostics.report(
                Diagnostic::error(email.span.clone(), format!("`{}` is listed twice", email.value))
                    .with_label("remove one of the two: letter case does not count")
                    .with_related(first.span.clone(), "listed here"),
            ),
            None => emails.push(email),
        }
    }
    emails.into_iter().map(|email| email.value.clone()).collect()
}

/// Reports budgets of nothing, and budgets without a subscriber; returns the others, in the manifest's order.
pub(super) fn check_budgets(
    raw: &Raw,
    stages: &[EnvironmentDraft<'_>],
    accounts: &AccountNames,
    diagnostics: &mut Diagnostics,
) -> Vec<Budget> {
    if let Some((first, _)) = raw.budgets.first().filter(|_| raw.monitoring.money.is_empty() && !raw.monitoring.is_unreadable) {
        diagnostics.report_absence(
            Diagnostic::error(first.span.clone(), "no one would hear of this budget: `monitoring.money` is missing")
                .with_hint("write who gets the mails, such as `[monitoring]` with `money = [\"finance@example.com\"]`"),
        );
    }
    raw.budgets.iter().filter_map(|(name, amount)| budget(name, amount, stages, accounts, diagnostics)).collect()
}

/// An environment and its only account have the same name and the same costs; of an environment with more accounts the name is all of
/// them.
fn budget(
    name: &Spanned<String>,
    amount: &Spanned<Dollars>,
    stages: &[EnvironmentDraft<'_>],
    accounts: &AccountNames,
    diagnostics: &mut Diagnostics,
) -> Option<Budget> {
    let of = if name.value == ORGANIZATION {
        Spender::Organization
    } else if let Some(stage) = stages.iter().find(|stage| stage.raw.text == name.value) {
        Spender::Environment(stage.raw.name.clone()?)
    } else if let Some(key) = accounts.keys.get(&name.value) {
        Spender::Account(key.clone()?)
    } else {
        let message = format!("`{}` is neither an environment nor an account of this file", shorten(&name.value));
        let environments = stages.iter().map(|stage| stage.raw.text.as_str());
        let others = accounts.keys.keys().map(String::as_str).filter(|key| !stages.iter().any(|stage| stage.raw.text == *key));
        let choices = || std::iter::once(ORGANIZATION).chain(environments.clone()).chain(others.clone());
        let diagnostic = Diagnostic::error(name.span.clone(), message);
        diagnostics.report_absence(match nearest(&name.value, choices()) {
            Some(near) => diagnostic.with_label(format!("did you mean `{near}`?")),
            None => diagnostic.with_hint(some_of("a budget can be of", choices())),
        });
        return None;
    };
    Some(Budget { of, amount: amount.value })
}
