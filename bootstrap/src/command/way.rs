//! Which commands are the caller's to type: whom the roles let in, as the manifest has them and with the ids that were seen.

use landfall::kind::Desired;
use landfall::kind::iam::role;
use landfall::observed::Observation;
use landfall::ours::{AUDITOR, PROVISIONER, READER};

use super::CommandContext;
use crate::health::Tree;

/// Returns who may apply; `None` if the caller may.
pub(super) fn applier(context: &CommandContext<'_>, seen: &Observation) -> Option<String> {
    if context.settings.rerun.is_by_auditor() {
        // It may be a job that can do no more, even where the whole management account is let in.
        return roles(context, seen).find(|(_, role)| role.name == PROVISIONER).map(|(_, role)| people(&role.trusts));
    }
    others(context, seen, PROVISIONER)
}

/// Returns whom a role lets in, where that is not the caller. Which of the accounts it is in makes no difference for landfall's own.
pub(super) fn others(context: &CommandContext<'_>, seen: &Observation, name: &str) -> Option<String> {
    let (_, role) = roles(context, seen).find(|(_, role)| role.name == name)?;
    (!role.lets_in(&context.target.sessions.identity().arn)).then(|| people(&role.trusts))
}

/// Returns what can be done with what is there now: look into the first environment that is open, by a role that lets the caller in.
/// Where none does, as its reader, and first as whom: what follows is a command to paste.
pub(super) fn next(context: &CommandContext<'_>, tree: &Tree, seen: &Observation) -> Option<String> {
    let caller = &context.target.sessions.identity().arn;
    let is_open = |key: &str| tree.every_account().any(|account| account.name == key && account.health.is_open());
    let roles: Vec<(String, role::Desired)> = roles(context, seen).collect();
    let role = |key: &str, name: &str| roles.iter().find(|(account, role)| account == key && role.name == name).map(|(_, role)| role);
    let names = context.organization.environments.iter().map(|environment| environment.name.as_str());
    let open: Vec<&str> = names.filter(|name| role(name, READER).is_some() && is_open(name)).collect();
    let line =
        |name: &str, role: &str| context.settings.rerun.line("exec", &format!("{name} --role {role} -- aws sts get-caller-identity"));
    let first = open.first()?;
    let theirs = [READER, AUDITOR].into_iter().find(|name| role(first, name).is_some_and(|role| role.lets_in(caller)));
    Some(match theirs {
        Some(role) => line(first, role),
        None => format!("as {}: {}", people(&role(first, READER)?.trusts).replace(", ", " or "), line(first, READER)),
    })
}

/// Returns the roles that the manifest asks for, each with its account's key, resolved as far as ids were seen.
fn roles(context: &CommandContext<'_>, seen: &Observation) -> impl Iterator<Item = (String, role::Desired)> {
    context.desired.wanted.iter().filter_map(|wanted| match (&wanted.thing, wanted.address.scope().account()) {
        (Desired::IamRole(_), Some(account)) => match seen.resolved(&wanted.thing) {
            Desired::IamRole(role) => Some((account.to_string(), role)),
            _ => None,
        },
        _ => None,
    })
}

/// Returns whom a role trusts, as people are called.
fn people(trusts: &str) -> String {
    if trusts == "management" { "an administrator of the management account".to_owned() } else { trusts.to_owned() }
}
