//! The index as other tools read it: profiles of the AWS configuration, and variables; for Terraform and CDK in files of their own.

pub(crate) mod cdk;
pub(crate) mod terraform;

use landfall::Role;
use landfall::environments::{AccountEntry, EnvironmentEntry, Index};

use crate::profiles::marks;
use crate::settings::quoted;

/// Returns one profile for each role of each account that works, between the marks of [`crate::profiles`]; `program` starts
/// landfall, `again` are its flags.
pub(crate) fn profiles(index: &Index, program: &str, rerun: &str) -> String {
    let organization = &index.organization;
    let (begin, end) = marks(&organization.name);
    let mut text = format!(
        "{begin}\n# Profiles of {}, by `landfall outputs --format aws-config --write`, which replaces all between these marks.\n",
        organization.name
    );
    for (environment, account) in accounts(index) {
        for (role, entry) in &account.roles {
            // A code cannot be asked for in there.
            if role == Role::BreakGlass.as_str() {
                continue;
            }
            text.push('\n');
            if entry.reason {
                text.push_str("# Asks for a reason: set LANDFALL_REASON='release 42' for the command that uses it.\n");
            }
            let (place, key) = match environment {
                Some(environment) if environment.name == account.key => (&environment.name, String::new()),
                Some(environment) => (&environment.name, format!(" --account {}", account.key)),
                None => (&account.key, String::new()),
            };
            text.push_str(&format!(
                "[profile {}-{}-{role}]\ncredential_process = {program} credentials {place}{key} --role {role} {rerun}\nregion = {}\n",
                organization.name, account.key, organization.region
            ));
        }
    }
    text.push_str(&format!("{end}\n"));
    text
}

/// Returns the organization, its environments, accounts and roles, one NAME=VALUE a line, for shells and CI alike.
pub(crate) fn variables(index: &Index) -> String {
    let organization = &index.organization;
    let names: Vec<&str> = index.environments.iter().map(|environment| environment.name.as_str()).collect();
    let mut text = variable("LANDFALL_ORGANIZATION", &organization.name);
    text.push_str(&variable("LANDFALL_REGION", &organization.region));
    text.push_str(&variable("LANDFALL_ENVIRONMENTS", &names.join(",")));
    for (_, account) in accounts(index) {
        let key = shouted(&account.key);
        text.push_str(&variable(&format!("LANDFALL_ACCOUNT_{key}"), account.id.as_deref().unwrap_or_default()));
        for (role, entry) in &account.roles {
            // Two lines between the names keep `prod-a` + `b` and `prod` + `a-b` apart.
            text.push_str(&variable(&format!("LANDFALL_ROLE_{key}__{}", shouted(role)), &entry.arn));
        }
    }
    text
}

/// Returns a variable on a line of its own, for shells and for what reads NAME=VALUE: quoted only where a shell needs it.
pub(crate) fn variable(name: &str, value: &str) -> String {
    if value.is_empty() { format!("{name}=\n") } else { format!("{name}={}\n", quoted(value)) }
}

/// Returns the accounts that work, with their environments.
fn accounts(index: &Index) -> impl Iterator<Item = (Option<&EnvironmentEntry>, &AccountEntry)> {
    let of_environments =
        index.environments.iter().flat_map(|environment| environment.accounts.iter().map(move |entry| (Some(environment), entry)));
    of_environments.chain(index.accounts.iter().map(|entry| (None, entry))).filter(|(_, entry)| entry.is_active())
}

/// Returns a name as variables are written: names have only a-z, 0-9 and -.
fn shouted(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// Returns the kind of a subnet, which its name begins with: `private` of `private-a`.
fn kind_of(subnet: &str) -> &str {
    subnet.rsplit_once('-').map_or(subnet, |(kind, _)| kind)
}
