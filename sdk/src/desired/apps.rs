//! The role of each app in its accounts: `config-APP`, which reads and writes the app's settings and secrets, and nothing else.
//!
//! It is trusted like `deployer`, and by workflows of the app's own repositories.

use super::drafts::{github_context, shipped};
use super::policies;
use super::trust::{Asks, Trust};
use crate::kind::iam::role;
use crate::model::{Account, App, Environment, GithubRepository, Organization};
use crate::ours::CONFIG_PREFIX;

/// Returns the apps of an account.
pub(super) fn of_account<'a>(organization: &'a Organization, account: &'a Account) -> impl Iterator<Item = &'a App> {
    organization.apps.values().filter(|app| app.accounts.iter().any(|(_, key)| *key == account.key))
}

/// Returns the repositories of the apps of an environment.
pub(super) fn repositories<'a>(organization: &'a Organization, environment: &'a Environment) -> impl Iterator<Item = &'a GithubRepository> {
    organization.apps.values().filter(|app| app.account(environment.name.as_str()).is_some()).flat_map(|app| &app.github)
}

/// Returns the roles of the apps of an account; one that no one could assume is left out, as `deployer` is.
pub(super) fn roles<'a>(
    organization: &'a Organization,
    account: &'a Account,
    environment: &'a Environment,
) -> impl Iterator<Item = role::Desired> + 'a {
    of_account(organization, account).filter_map(move |app| {
        let access = &organization.access;
        let context = github_context(environment);
        let is_production = environment.tier.is_production();
        let mut trust = Trust::new(organization);
        if !is_production {
            trust = trust.principals(&access.operators, context, account);
        }
        trust = trust.principals(&access.pipelines, context, account).github(&app.github, context, account);
        let asks = if is_production { Asks::Reason } else { Asks::Nothing };
        let name = format!("{CONFIG_PREFIX}{}", app.name);
        let description = format!("Reads and writes the settings and secrets of {}", app.name);
        let document = policies::configuring(organization, &app.name);
        // Without the boundary: the policy is narrower.
        (!trust.is_empty()).then(|| shipped(&name, &description, &trust, asks, account).with_inline("config", &document).done())
    })
}
