//! Access: the cross-account roles of each account, their boundary, and GitHub's identity provider.
//!
//! The trust policies come from `trust`, the permissions from `policies`.

use std::collections::{BTreeMap, BTreeSet};

use super::address::organization_address;
use super::drafts::{SHIPPED_SESSION_SECONDS, github_context, shipped};
use super::policies;
use super::trust::{self, Asks, GithubContext, Trust};
use super::{DesiredState, Notice, apps, audit, principals};
use crate::address::Address;
use crate::aws::tags;
use crate::kind::iam::caller::Caller;
use crate::kind::iam::{oidc_provider, policy, role};
use crate::kind::{Desired, Text};
use crate::model::{Account, Environment, GithubRepository, Organization, Principal, Purpose};
use crate::name::{AccountKey, UnitPath};
use crate::ours::{self, AUDITOR, BOUNDARY, BREAK_GLASS, CONFIG_PREFIX, DEPLOYER, PROVISIONER, READER};

/// The unit whose accounts have no workload roles.
const SECURITY_UNIT: &str = "Security";
/// The roles of each account, without their tags.
pub(super) type Roles = BTreeMap<AccountKey, Vec<role::Desired>>;

/// Adds the roles of every account, and a notice if one is left out.
pub(super) fn roles(organization: &Organization, state: &mut DesiredState) -> Roles {
    organization.accounts.values().map(|account| (account.key.clone(), roles_of(organization, account, state))).collect()
}

pub(super) fn access(organization: &Organization, mut roles: Roles, state: &mut DesiredState) {
    for account in organization.accounts.values() {
        if let Some(environment) = workload_environment(organization, account) {
            boundary(organization, account, state);
            if !repositories(organization, environment).is_empty() {
                github(organization, account, state);
            }
        }
        for role in roles.remove(&account.key).unwrap_or_default() {
            let address = Address::account(&account.key, "iam-role", &role.name);
            let tags = tags::ours(&organization.name, &address);
            state.want(address, Desired::IamRole(role::Desired { tags, ..role }));
        }
    }
    notices(organization, state);
}

/// Returns the environment whose workloads run in an account; `None` in the unit Security and for accounts of no environment.
fn workload_environment<'a>(organization: &'a Organization, account: &Account) -> Option<&'a Environment> {
    let security: UnitPath = crate::name::literal(SECURITY_UNIT);
    let kept_apart = account.purpose == Purpose::LogArchive || account.unit.is_within(&security);
    if kept_apart { None } else { organization.environment_of(account) }
}

/// Returns whether a role requires a reason: those that write, in production.
pub(crate) fn asks_reason(organization: &Organization, account: &Account, role: &str) -> bool {
    let production = organization.environment_of(account).is_some_and(|environment| environment.tier.is_production());
    let own = organization.roles.values().find(|own| own.name.as_str() == role);
    let is_shipped = || role == DEPLOYER || role.starts_with(CONFIG_PREFIX);
    production && own.map_or_else(is_shipped, |own| own.writes)
}

fn roles_of(organization: &Organization, account: &Account, state: &mut DesiredState) -> Vec<role::Desired> {
    let stage = workload_environment(organization, account);
    let mut roles = vec![provisioner(organization, account)];
    if let Some(environment) = stage {
        match deployer(organization, account, environment) {
            Some(role) => roles.push(role),
            None => state.notices.push(Notice::new(
                format!("no principal may deploy to {}: role deployer is left out there", environment.name),
                "list them in access.pipelines or access.github; outside production also in access.operators",
            )),
        }
        roles.push(reader(organization, account));
    }
    roles.push(auditor(organization, account));
    roles.extend(break_glass(organization, account));
    if let Some(environment) = stage {
        roles.extend(own_roles(organization, account, environment));
        roles.extend(apps::roles(organization, account, environment));
    }
    roles
}

/// Returns the trust policy that `provisioner` and a narrowed access role share, and its text in a plan.
pub(crate) fn trusting_administrators(organization: &Organization, account: &Account) -> (Text, String) {
    let trust = or_management(organization, &organization.access.administrators, account);
    (trust.document(Asks::Nothing, &account.key), trust.shown())
}

/// Returns the caller that applies the plan, whom the narrowed roles must not lock out.
pub(super) fn caller(organization: &Organization) -> Caller {
    Caller(Text::fact(&organization_address(organization), "caller"))
}

fn provisioner(organization: &Organization, account: &Account) -> role::Desired {
    let trust = or_management(organization, &organization.access.administrators, account);
    shipped(PROVISIONER, "Used by landfall apply", &trust, Asks::Nothing, account)
        .with_managed(organization, &["AdministratorAccess"])
        .with_caller(caller(organization))
        .done()
}

fn deployer(organization: &Organization, account: &Account, environment: &Environment) -> Option<role::Desired> {
    let access = &organization.access;
    let production = environment.tier.is_production();
    let context = github_context(environment);
    let mut trust = Trust::new(organization);
    if !production {
        trust = trust.principals(&access.operators, context, account);
    }
    trust = trust.principals(&access.pipelines, context, account).github(&access.github, context, account);
    if trust.is_empty() {
        return None;
    }
    let arn = boundary_arn(account);
    let asks = if production { Asks::Reason } else { Asks::Nothing };
    let role = shipped(DEPLOYER, "Deploys workloads", &trust, asks, account)
        .with_managed(organization, &["PowerUserAccess"])
        .with_inline("roles", &policies::deployer(organization, arn.as_str()))
        .with_boundary(arn)
        .done();
    Some(role)
}

fn reader(organization: &Organization, account: &Account) -> role::Desired {
    let trust = or_management(organization, &organization.access.operators, account);
    shipped(READER, "Looks at what is set up: no data, no credentials", &trust, Asks::Nothing, account)
        .with_managed(organization, &["SecurityAudit", "job-function/ViewOnlyAccess"])
        .with_inline("reading", &policies::reading(organization))
        .done()
}

fn auditor(organization: &Organization, account: &Account) -> role::Desired {
    // Planners are added: naming one does not remove the principals that are trusted without it.
    let trust = or_management(organization, &organization.access.auditors, account).principals(
        &organization.access.planners,
        GithubContext::Environment,
        account,
    );
    let role = shipped(AUDITOR, "Audits the configuration", &trust, Asks::Nothing, account)
        .with_managed(organization, &["SecurityAudit", "job-function/ViewOnlyAccess"]);
    match account.purpose {
        Purpose::LogArchive => role.with_inline("logs", &audit::reading(organization)).done(),
        Purpose::Environment | Purpose::Extra => role.done(),
    }
}

fn break_glass(organization: &Organization, account: &Account) -> Option<role::Desired> {
    let users = &organization.access.break_glass;
    (!users.is_empty()).then(|| {
        let trust = Trust::new(organization).principals(users, GithubContext::Environment, account);
        shipped(BREAK_GLASS, "For emergencies: everything, with a fresh second factor", &trust, Asks::FreshMfa, account)
            .with_managed(organization, &["AdministratorAccess"])
            .done()
    })
}

fn own_roles<'a>(
    organization: &'a Organization,
    account: &'a Account,
    environment: &'a Environment,
) -> impl Iterator<Item = role::Desired> + 'a {
    organization.roles.values().filter(|own| own.environments.contains(&environment.name)).map(move |own| {
        let trust = Trust::new(organization).principals(&own.trust, github_context(environment), account);
        let asks = if own.writes && environment.tier.is_production() { Asks::Reason } else { Asks::Nothing };
        let mut role =
            shipped(own.name.as_str(), "From the manifest's [roles]", &trust, asks, account).with_boundary(boundary_arn(account)).done();
        role.managed = own.policies.iter().cloned().collect();
        role.session_seconds = i32::try_from(own.session_seconds).unwrap_or(SHIPPED_SESSION_SECONDS);
        role
    })
}

fn boundary(organization: &Organization, account: &Account, state: &mut DesiredState) {
    let address = Address::account(&account.key, "iam-policy", BOUNDARY);
    let id = Text::fact(&Address::organization("account", &account.key), "id");
    // The document contains the policy's own ARN, which is written out: a reference to itself could never be resolved.
    let arn = crate::id::iam_arn(organization.partition, id.as_str(), ours::policy(BOUNDARY));
    let desired = policy::Desired {
        name: BOUNDARY.to_owned(),
        description: "The most that a deployer, and any role it makes, may do".to_owned(),
        document: policies::text(&policies::boundary(organization, &account.key, &arn)),
        tags: tags::ours(&organization.name, &address),
    };
    state.want(address, Desired::IamPolicy(desired));
}

fn github(organization: &Organization, account: &Account, state: &mut DesiredState) {
    let address = Address::account(&account.key, "oidc-provider", "github");
    let desired = oidc_provider::Desired {
        host: trust::GITHUB_HOST.to_owned(),
        audience: trust::GITHUB_AUDIENCE.to_owned(),
        tags: tags::ours(&organization.name, &address),
    };
    state.want(address, Desired::OidcProvider(desired));
}

/// Returns the repositories whose workflows may assume roles in an environment's accounts.
fn repositories<'a>(organization: &'a Organization, environment: &'a Environment) -> BTreeSet<&'a GithubRepository> {
    let access = &organization.access;
    let own = organization.roles.values().filter(|own| own.environments.contains(&environment.name));
    let principals = access.pipelines.iter().chain(&access.operators).chain(own.flat_map(|own| &own.trust));
    let of_principals = principals.filter_map(|principal| match principal {
        Principal::Github(repository) => Some(repository),
        Principal::Account(_) | Principal::Role(..) | Principal::Arn(_) | Principal::PermissionSet(..) => None,
    });
    access.github.iter().chain(of_principals).chain(apps::repositories(organization, environment)).collect()
}

fn boundary_arn(account: &Account) -> Text {
    Text::fact(&Address::account(&account.key, "iam-policy", BOUNDARY), "arn")
}

/// Trusts these principals, or the whole management account if there are none.
fn or_management<'a>(organization: &'a Organization, principals: &[Principal], account: &Account) -> Trust<'a> {
    let trust = Trust::new(organization);
    if principals.is_empty() { trust.management() } else { trust.principals(principals, GithubContext::Environment, account) }
}

fn notices(organization: &Organization, state: &mut DesiredState) {
    let access = &organization.access;
    for (what, principals) in [
        ("provisioner", &access.administrators),
        ("deployer and reader", &access.operators),
        ("deployer", &access.pipelines),
        ("auditor", &access.auditors),
        ("auditor", &access.planners),
    ] {
        state.notices.extend(trust::notices(what, principals));
    }
    let of_apps = organization.apps.values().flat_map(|app| &app.github);
    let named: BTreeSet<&GithubRepository> = access.github.iter().chain(of_apps).collect();
    state.notices.extend(named.into_iter().filter_map(trust::github_notice));
    for environment in &organization.environments {
        let repositories = repositories(organization, environment);
        match github_context(environment) {
            _ if repositories.is_empty() => {}
            GithubContext::Production => state.notices.push(trust::gate_notice(&environment.name, &repositories, &access.refs)),
            GithubContext::Environment => state.notices.push(trust::gate_notice(&environment.name, &repositories, &[])),
            GithubContext::EnvironmentOrBranch => {}
        }
    }
    for own in organization.roles.values() {
        state.notices.extend(trust::notices(own.name.as_str(), &own.trust));
    }
    for (account, named) in principals::writing_to_production(organization) {
        let roles: Vec<&str> = named.iter().map(|resource| resource.strip_prefix("role/").unwrap_or(resource)).collect();
        let has_deployer = organization.accounts.get(account).is_some_and(|account| workload_environment(organization, account).is_some());
        let (who, kept) = if has_deployer {
            ("administrators and deployers", "keep these roles from being changed or passed there, but not what runs as one of them")
        } else {
            ("administrators", "keeps these roles from being changed there")
        };
        let by = if has_deployer { " and the boundary" } else { "" };
        state.notices.push(Notice::new(
            format!("account/{account} can deploy to production, through {}: its {who} are as strong as production's", roles.join(", ")),
            format!(
                "guardrail {}{by} {kept}; give people in account/{account} no more than they have in production",
                super::guardrails::PIPELINES
            ),
        ));
    }
}
