//! The raw manifest: typed values with their places, section by section, in file order. Defaults and rules between keys are in
//! `check`.

use std::ops::Range;

use ipnet::Ipv4Net;
use toml::de::DeTable;

use super::keys;
use super::value::{contact, duration, network, principal, subscriber};
use crate::address::ADDRESS_MAX;
use crate::id::AccountId;
use crate::model::{Contact, Contacts, EndpointService, GithubRepository, Nat, Principal, SubnetKind, Tier, VpcBlockMode};
use crate::name::{
    AccountAlias, AccountKey, AppName, Dollars, Email, EnvironmentName, OrganizationName, Region, Retention, RoleName, UnitPath,
    WorkloadName,
};
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::{Section, Spanned, WrittenMap, parsed};
use crate::written::shorten;

/// The only manifest format.
const SCHEMA: &str = "1";
/// Longest path of a unit: an address has 256 characters, `attachment/` takes 11, `/` and a guardrail's name 65.
const UNIT_PATH_MAX: usize = ADDRESS_MAX - 11 - 65;

/// The whole file.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) organization: Organization,
    pub(super) units: Vec<Named<UnitPath, Unit>>,
    pub(super) environments: Vec<Named<EnvironmentName, Environment>>,
    pub(super) workloads: Vec<Named<WorkloadName, Workload>>,
    pub(super) accounts: Vec<Named<AccountKey, Account>>,
    pub(super) access: Access,
    pub(super) guardrails: GuardrailOptions,
    pub(super) baseline: Baseline,
    pub(super) security: Security,
    pub(super) roles: Vec<Named<RoleName, Role>>,
    pub(super) apps: Vec<Named<AppName, App>>,
    pub(super) contacts: Contacts,
    pub(super) retention_days: Option<Spanned<u32>>,
    pub(super) terraform: Option<Spanned<bool>>,
    pub(super) monitoring: Monitoring,
    /// Names and amounts.
    pub(super) budgets: Vec<(Spanned<String>, Spanned<Dollars>)>,
}

/// A section with a name that the user chose.
#[derive(Debug)]
pub(super) struct Named<N, B> {
    /// The name as written, which other places refer to even if it is not valid.
    pub(super) text: String,
    pub(super) span: Range<usize>,
    /// The name, if it is valid.
    pub(super) name: Option<N>,
    pub(super) body: B,
}

#[derive(Debug, Default)]
pub(super) struct Organization {
    pub(super) name: Option<Spanned<OrganizationName>>,
    pub(super) email: Option<Spanned<String>>,
    pub(super) region: Option<Spanned<Region>>,
    pub(super) regions: Option<Spanned<Vec<Spanned<Region>>>>,
    pub(super) access_role: Option<Spanned<RoleName>>,
}

#[derive(Debug, Default)]
pub(super) struct Unit {
    pub(super) guardrails: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) adopt: bool,
}

#[derive(Debug, Default)]
pub(super) struct Environment {
    pub(super) tier: Option<Spanned<Tier>>,
    pub(super) follows: Option<Spanned<String>>,
    pub(super) unit: Option<Spanned<UnitPath>>,
    pub(super) guardrails: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) log_retention_days: Option<Spanned<u32>>,
    pub(super) network: Option<Network>,
    pub(super) baseline: Baseline,
}

/// What is written of a baseline.
#[derive(Debug, Default)]
pub(super) struct Baseline {
    pub(super) public_buckets: Option<Spanned<bool>>,
    pub(super) public_images: Option<Spanned<bool>>,
    pub(super) default_vpcs: Option<Spanned<bool>>,
    pub(super) log_group_retention: Option<Spanned<Retention>>,
    /// Days; `Some(None)` turns backups off.
    pub(super) backup: Option<Spanned<Option<u32>>>,
    /// `Some(None)` turns copies off.
    pub(super) backup_copy: Option<Spanned<Option<Region>>>,
    /// `Some(None)` turns the block off.
    pub(super) vpc_block: Option<Spanned<Option<VpcBlockMode>>>,
}

#[derive(Debug)]
pub(super) struct Network {
    pub(super) span: Range<usize>,
    pub(super) cidr: Option<Spanned<Ipv4Net>>,
    pub(super) part: Option<Spanned<u8>>,
    pub(super) azs: Option<Spanned<u8>>,
    pub(super) nat: Option<Spanned<Nat>>,
    pub(super) subnets: Option<Spanned<Vec<Spanned<SubnetKind>>>>,
    pub(super) flow_log_seconds: Option<Spanned<u16>>,
    pub(super) endpoints: Option<Spanned<Vec<Spanned<EndpointService>>>>,
    /// Whether its keys are all valid: only then are checks between them meaningful.
    pub(super) readable: bool,
}

#[derive(Debug, Default)]
pub(super) struct Workload {
    pub(super) environments: Option<Spanned<Vec<Spanned<String>>>>,
}

#[derive(Debug, Default)]
pub(super) struct Account {
    /// The keys that are written, with their places; `None` if the section cannot be read.
    pub(super) written: Option<Vec<(&'static str, Range<usize>)>>,
    pub(super) has_unknown_keys: bool,
    pub(super) environment: Option<Spanned<String>>,
    pub(super) unit: Option<Spanned<UnitPath>>,
    pub(super) email: Option<Spanned<Email>>,
    pub(super) id: Option<Spanned<AccountId>>,
    pub(super) tags: Option<Spanned<WrittenMap>>,
    pub(super) alias: Option<Spanned<AccountAlias>>,
    pub(super) access_role: Option<Spanned<RoleName>>,
    pub(super) network: Option<Network>,
    pub(super) baseline: Baseline,
}

#[derive(Debug, Default)]
pub(super) struct Access {
    pub(super) administrators: Vec<Spanned<Principal>>,
    pub(super) operators: Vec<Spanned<Principal>>,
    pub(super) pipelines: Vec<Spanned<Principal>>,
    pub(super) auditors: Vec<Spanned<Principal>>,
    pub(super) planners: Vec<Spanned<Principal>>,
    pub(super) break_glass: Vec<Spanned<Principal>>,
    pub(super) github: Vec<Spanned<GithubRepository>>,
    pub(super) refs: Option<Vec<Spanned<String>>>,
    pub(super) protected_roles: Vec<Spanned<String>>,
    pub(super) protected_policies: Vec<Spanned<String>>,
    pub(super) trust_policy_length: Option<Spanned<u16>>,
    pub(super) index: Vec<Spanned<String>>,
}

#[derive(Debug, Default)]
pub(super) struct Monitoring {
    pub(super) urgent: Vec<Spanned<Email>>,
    pub(super) money: Vec<Spanned<Email>>,
    /// Whether a list is written that holds no valid address: what is wrong with it was reported.
    pub(super) is_unreadable: bool,
}

#[derive(Debug, Default)]
pub(super) struct GuardrailOptions {
    pub(super) identity_providers: bool,
    pub(super) inference_profiles: bool,
    pub(super) exempt_actions: Vec<Spanned<String>>,
}

#[derive(Debug, Default)]
pub(super) struct Security {
    pub(super) trusted_accounts: Vec<Spanned<AccountId>>,
}

#[derive(Debug, Default)]
pub(super) struct Role {
    pub(super) environments: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) trust: Option<Spanned<Vec<Spanned<Principal>>>>,
    pub(super) policies: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) session_seconds: Option<Spanned<u32>>,
    pub(super) writes: Option<Spanned<bool>>,
}

#[derive(Debug, Default)]
pub(super) struct App {
    pub(super) environments: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) workload: Option<Spanned<String>>,
    pub(super) github: Vec<Spanned<GithubRepository>>,
}

/// Reads the whole file; returns `None` if it has the schema of another landfall version and the rest would be guesses.
pub(super) fn read(table: &DeTable<'_>, top: Range<usize>, diagnostics: &mut Diagnostics) -> Option<Raw> {
    if let Some(newer) = newer_schema(table) {
        diagnostics.report(newer);
        return None;
    }
    let file = Section::open(diagnostics, String::new(), top, table, keys::FILE, belongs);
    if let Some(schema) = file.any_number(diagnostics, "schema").filter(|schema| schema.value != SCHEMA) {
        let message = format!("there is no schema {}", schema.value);
        diagnostics.report(Diagnostic::error(schema.span, message).with_label("write 1"));
    }
    let organization = file.section(diagnostics, "organization").map(|section| organization(&section, diagnostics));
    let access = file.section(diagnostics, "access").map(|section| access(&section, diagnostics));
    let guardrails = file.section(diagnostics, "guardrails").map(|section| guardrail_options(&section, diagnostics));
    let security = file.section(diagnostics, "security").map(|section| security(&section, diagnostics));
    Some(Raw {
        organization: organization.unwrap_or_default(),
        units: named(&file, "units", diagnostics, unit_path, unit),
        environments: named(&file, "environments", diagnostics, parsed, environment),
        workloads: named(&file, "workloads", diagnostics, parsed, workload),
        accounts: named(&file, "accounts", diagnostics, parsed, account),
        access: access.unwrap_or_default(),
        guardrails: guardrails.unwrap_or_default(),
        baseline: baseline(&file, diagnostics),
        security: security.unwrap_or_default(),
        roles: named(&file, "roles", diagnostics, parsed, role),
        apps: named(&file, "apps", diagnostics, parsed, app),
        contacts: contacts(&file, diagnostics),
        retention_days: file
            .section(diagnostics, "audit")
            .and_then(|audit| audit.value(diagnostics, "retention", duration::retention_days)),
        terraform: file.section(diagnostics, "delivery").and_then(|delivery| delivery.flag(diagnostics, "terraform")),
        monitoring: file.section(diagnostics, "monitoring").map(|section| monitoring(&section, diagnostics)).unwrap_or_default(),
        budgets: file.amounts(diagnostics, "budgets"),
    })
}

/// What refines one account has no place in an environment, which may have several.
fn belongs(section: &str, key: &str) -> Option<String> {
    let account = section.strip_prefix("environments.").filter(|_| keys::REFINING_KEYS.contains(&key))?;
    Some(format!(
        "move it to the account's own section: `[accounts.{account}]`, or `[accounts.WORKLOAD-{account}]` for a workload's account"
    ))
}

/// A newer format may have other keys, so nothing else about the file is reported.
fn newer_schema(table: &DeTable<'_>) -> Option<Diagnostic> {
    let value = table.get("schema")?;
    let integer = value.get_ref().as_integer()?;
    let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok()?;
    (number > 1).then(|| {
        Diagnostic::error(value.span(), format!("schema {number} is written for a newer landfall"))
            .with_hint("this landfall reads schema 1: upgrade landfall")
    })
}

fn named<N, B: Default>(
    file: &Section<'_>,
    key: &'static str,
    diagnostics: &mut Diagnostics,
    parse: impl Fn(&str) -> Result<N, String>,
    read: impl Fn(&Section<'_>, &mut Diagnostics) -> B,
) -> Vec<Named<N, B>> {
    let hint = keys::FILE.iter().find(|known| known.name == key).map_or("", |known| known.about);
    file.sections(diagnostics, key)
        .into_iter()
        .map(|(title, section)| {
            let name = match parse(&title.value) {
                Ok(name) => Some(name),
                Err(message) => {
                    diagnostics.report(Diagnostic::error(title.span.clone(), message).with_hint(format!("`{key}`: {hint}")));
                    None
                }
            };
            let body = section.map(|section| read(&section, diagnostics)).unwrap_or_default();
            Named { text: title.value, span: title.span, name, body }
        })
        .collect()
}

fn organization(section: &Section<'_>, diagnostics: &mut Diagnostics) -> Organization {
    Organization {
        name: section.parse(diagnostics, "name"),
        email: section.value(diagnostics, "email", |text| Ok(text.to_owned())),
        region: section.parse(diagnostics, "region"),
        regions: section.list(diagnostics, "regions", parsed),
        access_role: section.value(diagnostics, "access_role", access_role),
    }
}

fn unit(section: &Section<'_>, diagnostics: &mut Diagnostics) -> Unit {
    Unit {
        guardrails: texts(section, "guardrails", diagnostics),
        adopt: section.flag(diagnostics, "adopt").is_some_and(|adopt| adopt.value),
    }
}

fn environment(section: &Section<'_>, diagnostics: &mut Diagnostics) -> Environment {
    Environment {
        tier: section.parse(diagnostics, "tier"),
        follows: section.value(diagnostics, "follows", |text| Ok(text.to_owned())),
        unit: section.value(diagnostics, "unit", unit_path),
        guardrails: texts(section, "guardrails", diagnostics),
        log_retention_days: section.value(diagnostics, "log_retention", duration::retention_days),
        network: section.section(diagnostics, "network").map(|section| {
            let before = diagnostics.len();
            let part = section.number(diagnostics, "part");
            let readable = diagnostics.len() == before;
            let network = network(&section, diagnostics);
            Network { part, readable: network.readable && readable, ..network }
        }),
        baseline: baseline(section, diagnostics),
    }
}

/// Reads the section `baseline` of the file, an environment or an account.
fn baseline(parent: &Section<'_>, diagnostics: &mut Diagnostics) -> Baseline {
    let section = parent.section(diagnostics, "baseline");
    let mut flag = |name| section.as_ref().and_then(|section| section.flag(diagnostics, name));
    let (public_buckets, public_images, default_vpcs) = (flag("public_buckets"), flag("public_images"), flag("default_vpcs"));
    let log_group_retention =
        section.as_ref().and_then(|section| section.value(diagnostics, "log_group_retention", duration::log_group_retention));
    let backup = section.as_ref().and_then(|section| section.value(diagnostics, "backup", or_none(duration::backup_days)));
    let backup_copy = section.as_ref().and_then(|section| section.value(diagnostics, "backup_copy", or_none(parsed)));
    let vpc_block = section.as_ref().and_then(|section| section.value(diagnostics, "vpc_block_public_access", network::parse_vpc_block));
    Baseline { public_buckets, public_images, default_vpcs, log_group_retention, backup, backup_copy, vpc_block }
}

/// Reads `none` as the absence of something.
fn or_none<T>(read: impl Fn(&str) -> Result<T, String>) -> impl Fn(&str) -> Result<Option<T>, String> {
    move |text| if text == "none" { Ok(None) } else { read(text).map(Some) }
}

fn contacts(file: &Section<'_>, diagnostics: &mut Diagnostics) -> Contacts {
    let section = file.section(diagnostics, "contacts");
    let mut one = |name| {
        let section = section.as_ref()?.section(diagnostics, name)?;
        let mut text = |name, parse: fn(&str) -> Result<String, String>| section.value(diagnostics, name, parse).map(|text| text.value);
        // All four are read, so that all mistakes are found.
        let (name, title) = (text("name", contact::name), text("title", contact::title));
        let (email, phone) = (text("email", contact::email), text("phone", contact::phone));
        Some(Contact { name: name?, title: title?, email: email?, phone: phone? })
    };
    Contacts { security: one("security"), billing: one("billing"), operations: one("operations") }
}

/// Reads the keys that networks of environments and accounts share.
fn network(section: &Section<'_>, diagnostics: &mut Diagnostics) -> Network {
    let before = diagnostics.len();
    let network = Network {
        span: section.span.clone(),
        cidr: section.value(diagnostics, "cidr", network::parse_cidr),
        part: None,
        azs: section.number(diagnostics, "azs"),
        nat: section.value(diagnostics, "nat", network::parse_nat),
        subnets: section.list(diagnostics, "subnets", network::parse_subnet),
        flow_log_seconds: section.value(diagnostics, "flow_log_interval", duration::flow_log_seconds),
        endpoints: section.list(diagnostics, "endpoints", network::parse_endpoint),
        readable: true,
    };
    if let Some(list) = network.subnets.as_ref().filter(|list| list.value.is_empty()) {
        diagnostics.report(
            Diagnostic::error(list.span.clone(), "a network needs at least one subnet").with_hint("remove `subnets` to use the tier's"),
        );
    }
    Network { readable: diagnostics.len() == before, ..network }
}

fn workload(section: &Section<'_>, diagnostics: &mut Diagnostics) -> Workload {
    Workload { environments: texts(section, "environments", diagnostics) }
}

fn account(section: &Section<'_>, diagnostics: &mut Diagnostics) -> Account {
    Account {
        written: Some(keys::ACCOUNT.iter().filter_map(|key| section.key_span(key.name).map(|span| (key.name, span))).collect()),
        has_unknown_keys: section.has_unknown_keys,
        environment: section.value(diagnostics, "environment", |text| Ok(text.to_owned())),
        unit: section.value(diagnostics, "unit", unit_path),
        email: section.parse(diagnostics, "email"),
        id: section.parse(diagnostics, "id"),
        tags: section.map(diagnostics, "tags"),
        alias: section.parse(diagnostics, "alias"),
        access_role: section.value(diagnostics, "access_role", access_role),
        network: section.section(diagnostics, "network").map(|section| network(&section, diagnostics)),
        baseline: baseline(section, diagnostics),
    }
}

fn access(section: &Section<'_>, diagnostics: &mut Diagnostics) -> Access {
    let mut principals = |name| section.list(diagnostics, name, principal::parse).map(|list| list.value).unwrap_or_default();
    Access {
        administrators: principals("administrators"),
        operators: principals("operators"),
        pipelines: principals("pipelines"),
        auditors: principals("auditors"),
        planners: principals("planners"),
        break_glass: section.list(diagnostics, "break_glass", principal::parse_user).map(|list| list.value).unwrap_or_default(),
        github: section.list(diagnostics, "github", principal::parse_github).map(|list| list.value).unwrap_or_default(),
        refs: section.list(diagnostics, "refs", principal::parse_ref).map(|list| list.value),
        protected_roles: section
            .list(diagnostics, "protected_roles", principal::parse_protected)
            .map(|list| list.value)
            .unwrap_or_default(),
        protected_policies: section
            .list(diagnostics, "protected_policies", principal::parse_protected)
            .map(|list| list.value)
            .unwrap_or_default(),
        trust_policy_length: section.number(diagnostics, "trust_policy_length"),
        index: texts(section, "index", diagnostics).map(|list| list.value).unwrap_or_default(),
    }
}

fn guardrail_options(section: &Section<'_>, diagnostics: &mut Diagnostics) -> GuardrailOptions {
    let flag = |name: &'static str, diagnostics: &mut Diagnostics| section.flag(diagnostics, name).is_some_and(|flag| flag.value);
    GuardrailOptions {
        identity_providers: flag("identity_providers", diagnostics),
        inference_profiles: flag("inference_profiles", diagnostics),
        exempt_actions: section.list(diagnostics, "exempt_actions", principal::parse_action).map(|list| list.value).unwrap_or_default(),
    }
}

fn monitoring(section: &Section<'_>, diagnostics: &mut Diagnostics) -> Monitoring {
    let mut subscribers = |name| section.list(diagnostics, name, subscriber::parse);
    let (urgent, money) = (subscribers("urgent"), subscribers("money"));
    let is_unreadable = section.has_unknown_keys || money.is_none() && section.key_span("money").is_some();
    let listed = |list: Option<Spanned<Vec<Spanned<Email>>>>| list.map(|list| list.value).unwrap_or_default();
    Monitoring { urgent: listed(urgent), money: listed(money), is_unreadable }
}

fn security(section: &Section<'_>, diagnostics: &mut Diagnostics) -> Security {
    Security { trusted_accounts: section.list(diagnostics, "trusted_accounts", parsed).map(|list| list.value).unwrap_or_default() }
}

fn role(section: &Section<'_>, diagnostics: &mut Diagnostics) -> Role {
    Role {
        environments: texts(section, "environments", diagnostics),
        trust: section.list(diagnostics, "trust", principal::parse),
        policies: section.list(diagnostics, "policies", principal::parse_policy),
        session_seconds: section.value(diagnostics, "session", duration::session_seconds),
        writes: section.flag(diagnostics, "writes"),
    }
}

fn app(section: &Section<'_>, diagnostics: &mut Diagnostics) -> App {
    App {
        environments: texts(section, "environments", diagnostics),
        workload: section.value(diagnostics, "workload", |text| Ok(text.to_owned())),
        github: section.list(diagnostics, "github", principal::parse_github).map(|list| list.value).unwrap_or_default(),
    }
}

fn texts(section: &Section<'_>, name: &str, diagnostics: &mut Diagnostics) -> Option<Spanned<Vec<Spanned<String>>>> {
    section.list(diagnostics, name, |text| Ok(text.to_owned()))
}

/// `CreateAccount` refuses role names that look like service-linked roles (docs/AWS.md 1.5).
fn access_role(text: &str) -> Result<RoleName, String> {
    if text.starts_with("AWSServiceRoleFor") {
        return Err(format!("`{}` begins with `AWSServiceRoleFor`, which AWS reserves", shorten(text)));
    }
    parsed(text)
}

/// A unit's path is part of addresses, and addresses are tag values: `attachment/PATH/GUARDRAIL` must fit.
fn unit_path(text: &str) -> Result<UnitPath, String> {
    let path: UnitPath = parsed(text)?;
    if text.len() > UNIT_PATH_MAX {
        return Err(format!("`{}` is longer than {UNIT_PATH_MAX} characters", shorten(text)));
    }
    Ok(path)
}
