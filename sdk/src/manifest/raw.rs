//! The manifest as written: typed values with their places, section by section, in file order. Defaults and rules
//! between keys are the checks' business.

use std::ops::Range;

use ipnet::Ipv4Net;
use toml::de::DeTable;

use super::diagnostic::{Diagnostic, Sink};
use super::read::{Section, Written, WrittenMap, parsed};
use super::{duration, keys, network, principals};
use crate::address::ADDRESS_MAX;
use crate::id::AccountId;
use crate::model::{GithubRepository, Nat, Principal, SubnetKind, Tier};
use crate::name::{AccountKey, Email, EnvironmentName, OrganizationName, Region, RoleName, UnitPath, WorkloadName};

/// The only manifest format there is.
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
    pub(super) roles: Vec<Named<RoleName, Role>>,
    pub(super) retention_days: Option<Written<u32>>,
}

/// A section with a name of the user's.
#[derive(Debug)]
pub(super) struct Named<N, B> {
    /// The name as written: what other places refer to, even where it is no valid name.
    pub(super) text: String,
    pub(super) span: Range<usize>,
    /// The name, if it is valid.
    pub(super) name: Option<N>,
    pub(super) body: B,
}

#[derive(Debug, Default)]
pub(super) struct Organization {
    pub(super) name: Option<Written<OrganizationName>>,
    pub(super) email: Option<Written<String>>,
    pub(super) region: Option<Written<Region>>,
    pub(super) regions: Option<Written<Vec<Written<Region>>>>,
    pub(super) access_role: Option<Written<RoleName>>,
}

#[derive(Debug, Default)]
pub(super) struct Unit {
    pub(super) guardrails: Option<Written<Vec<Written<String>>>>,
    pub(super) adopt: bool,
}

#[derive(Debug, Default)]
pub(super) struct Environment {
    pub(super) tier: Option<Written<Tier>>,
    pub(super) follows: Option<Written<String>>,
    pub(super) unit: Option<Written<UnitPath>>,
    pub(super) guardrails: Option<Written<Vec<Written<String>>>>,
    pub(super) log_retention_days: Option<Written<u32>>,
    pub(super) network: Option<Network>,
}

#[derive(Debug)]
pub(super) struct Network {
    pub(super) span: Range<usize>,
    pub(super) cidr: Option<Written<Ipv4Net>>,
    pub(super) part: Option<Written<u8>>,
    pub(super) azs: Option<Written<u8>>,
    pub(super) nat: Option<Written<Nat>>,
    pub(super) subnets: Option<Written<Vec<Written<SubnetKind>>>>,
    pub(super) flow_log_seconds: Option<Written<u16>>,
    /// Whether nothing is wrong with its keys: only then do checks between them mean anything.
    pub(super) readable: bool,
}

#[derive(Debug, Default)]
pub(super) struct Workload {
    pub(super) environments: Option<Written<Vec<Written<String>>>>,
}

#[derive(Debug, Default)]
pub(super) struct Account {
    /// Which keys are written, with their places; `None` where the section cannot be read.
    pub(super) written: Option<Vec<(&'static str, Range<usize>)>>,
    pub(super) has_unknown_keys: bool,
    pub(super) environment: Option<Written<String>>,
    pub(super) unit: Option<Written<UnitPath>>,
    pub(super) email: Option<Written<Email>>,
    pub(super) id: Option<Written<AccountId>>,
    pub(super) tags: Option<Written<WrittenMap>>,
    pub(super) access_role: Option<Written<RoleName>>,
    pub(super) network: Option<Network>,
}

#[derive(Debug, Default)]
pub(super) struct Access {
    pub(super) administrators: Vec<Written<Principal>>,
    pub(super) operators: Vec<Written<Principal>>,
    pub(super) pipelines: Vec<Written<Principal>>,
    pub(super) auditors: Vec<Written<Principal>>,
    pub(super) planners: Vec<Written<Principal>>,
    pub(super) break_glass: Vec<Written<Principal>>,
    pub(super) github: Vec<Written<GithubRepository>>,
    pub(super) refs: Option<Vec<Written<String>>>,
    pub(super) protected_roles: Vec<Written<String>>,
    pub(super) protected_policies: Vec<Written<String>>,
    pub(super) trust_policy_length: Option<Written<u16>>,
    pub(super) index: Vec<Written<String>>,
}

#[derive(Debug, Default)]
pub(super) struct GuardrailOptions {
    pub(super) identity_providers: bool,
    pub(super) inference_profiles: bool,
    pub(super) exempt_actions: Vec<Written<String>>,
}

#[derive(Debug, Default)]
pub(super) struct Role {
    pub(super) environments: Option<Written<Vec<Written<String>>>>,
    pub(super) trust: Option<Written<Vec<Written<Principal>>>>,
    pub(super) policies: Option<Written<Vec<Written<String>>>>,
    pub(super) session_seconds: Option<Written<u32>>,
    pub(super) writes: Option<Written<bool>>,
}

/// Reads the whole file, or `None` where it is written for another landfall and the rest would be guesses.
pub(super) fn read(table: &DeTable<'_>, top: Range<usize>, sink: &mut Sink) -> Option<Raw> {
    if let Some(newer) = newer_schema(table) {
        sink.report(newer);
        return None;
    }
    let file = Section::open(sink, String::new(), top, table, keys::FILE);
    if let Some(schema) = file.any_number(sink, "schema").filter(|schema| schema.value != SCHEMA) {
        let message = format!("there is no schema {}", schema.value);
        sink.report(Diagnostic::error(schema.span, message).with_label("write 1"));
    }
    let organization = file.section(sink, "organization").map(|section| organization(&section, sink));
    let access = file.section(sink, "access").map(|section| access(&section, sink));
    let guardrails = file.section(sink, "guardrails").map(|section| guardrail_options(&section, sink));
    Some(Raw {
        organization: organization.unwrap_or_default(),
        units: named(&file, "units", sink, unit_path, unit),
        environments: named(&file, "environments", sink, parsed, environment),
        workloads: named(&file, "workloads", sink, parsed, workload),
        accounts: named(&file, "accounts", sink, parsed, account),
        access: access.unwrap_or_default(),
        guardrails: guardrails.unwrap_or_default(),
        roles: named(&file, "roles", sink, parsed, role),
        retention_days: file.section(sink, "audit").and_then(|audit| audit.value(sink, "retention", duration::retention_days)),
    })
}

/// A newer format may have other keys: nothing else about the file is worth saying.
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
    sink: &mut Sink,
    parse: impl Fn(&str) -> Result<N, String>,
    read: impl Fn(&Section<'_>, &mut Sink) -> B,
) -> Vec<Named<N, B>> {
    let hint = keys::FILE.iter().find(|known| known.name == key).map_or("", |known| known.about);
    file.sections(sink, key)
        .into_iter()
        .map(|(title, section)| {
            let name = match parse(&title.value) {
                Ok(name) => Some(name),
                Err(message) => {
                    sink.report(Diagnostic::error(title.span.clone(), message).with_hint(format!("`{key}`: {hint}")));
                    None
                }
            };
            let body = section.map(|section| read(&section, sink)).unwrap_or_default();
            Named { text: title.value, span: title.span, name, body }
        })
        .collect()
}

fn organization(section: &Section<'_>, sink: &mut Sink) -> Organization {
    Organization {
        name: section.parse(sink, "name"),
        email: section.value(sink, "email", |text| Ok(text.to_owned())),
        region: section.parse(sink, "region"),
        regions: section.list(sink, "regions", parsed),
        access_role: section.value(sink, "access_role", access_role),
    }
}

fn unit(section: &Section<'_>, sink: &mut Sink) -> Unit {
    Unit { guardrails: texts(section, "guardrails", sink), adopt: section.flag(sink, "adopt").is_some_and(|adopt| adopt.value) }
}

fn environment(section: &Section<'_>, sink: &mut Sink) -> Environment {
    Environment {
        tier: section.parse(sink, "tier"),
        follows: section.value(sink, "follows", |text| Ok(text.to_owned())),
        unit: section.value(sink, "unit", unit_path),
        guardrails: texts(section, "guardrails", sink),
        log_retention_days: section.value(sink, "log_retention", duration::retention_days),
        network: section.section(sink, "network").map(|section| {
            let before = sink.len();
            let part = section.number(sink, "part");
            let readable = sink.len() == before;
            let network = network(&section, sink);
            Network { part, readable: network.readable && readable, ..network }
        }),
    }
}

/// Reads what the networks of environments and accounts have in common.
fn network(section: &Section<'_>, sink: &mut Sink) -> Network {
    let before = sink.len();
    let network = Network {
        span: section.span.clone(),
        cidr: section.value(sink, "cidr", network::parse_cidr),
        part: None,
        azs: section.number(sink, "azs"),
        nat: section.value(sink, "nat", network::parse_nat),
        subnets: section.list(sink, "subnets", network::parse_subnet),
        flow_log_seconds: section.value(sink, "flow_log_interval", duration::flow_log_seconds),
        readable: true,
    };
    if let Some(list) = network.subnets.as_ref().filter(|list| list.value.is_empty()) {
        sink.report(
            Diagnostic::error(list.span.clone(), "a network has at least one subnet").with_hint("leave `subnets` out for the tier's"),
        );
    }
    Network { readable: sink.len() == before, ..network }
}

fn workload(section: &Section<'_>, sink: &mut Sink) -> Workload {
    Workload { environments: texts(section, "environments", sink) }
}

fn account(section: &Section<'_>, sink: &mut Sink) -> Account {
    Account {
        written: Some(keys::ACCOUNT.iter().filter_map(|key| section.key_span(key.name).map(|span| (key.name, span))).collect()),
        has_unknown_keys: section.has_unknown_keys,
        environment: section.value(sink, "environment", |text| Ok(text.to_owned())),
        unit: section.value(sink, "unit", unit_path),
        email: section.parse(sink, "email"),
        id: section.parse(sink, "id"),
        tags: section.map(sink, "tags"),
        access_role: section.value(sink, "access_role", access_role),
        network: section.section(sink, "network").map(|section| network(&section, sink)),
    }
}

fn access(section: &Section<'_>, sink: &mut Sink) -> Access {
    let mut principals = |name| section.list(sink, name, principals::parse).map(|list| list.value).unwrap_or_default();
    Access {
        administrators: principals("administrators"),
        operators: principals("operators"),
        pipelines: principals("pipelines"),
        auditors: principals("auditors"),
        planners: principals("planners"),
        break_glass: section.list(sink, "break_glass", principals::parse_user).map(|list| list.value).unwrap_or_default(),
        github: section.list(sink, "github", principals::parse_github).map(|list| list.value).unwrap_or_default(),
        refs: section.list(sink, "refs", principals::parse_ref).map(|list| list.value),
        protected_roles: section.list(sink, "protected_roles", principals::parse_protected).map(|list| list.value).unwrap_or_default(),
        protected_policies: section
            .list(sink, "protected_policies", principals::parse_protected)
            .map(|list| list.value)
            .unwrap_or_default(),
        trust_policy_length: section.number(sink, "trust_policy_length"),
        index: texts(section, "index", sink).map(|list| list.value).unwrap_or_default(),
    }
}

fn guardrail_options(section: &Section<'_>, sink: &mut Sink) -> GuardrailOptions {
    let flag = |name: &'static str, sink: &mut Sink| section.flag(sink, name).is_some_and(|flag| flag.value);
    GuardrailOptions {
        identity_providers: flag("identity_providers", sink),
        inference_profiles: flag("inference_profiles", sink),
        exempt_actions: section.list(sink, "exempt_actions", principals::parse_action).map(|list| list.value).unwrap_or_default(),
    }
}

fn role(section: &Section<'_>, sink: &mut Sink) -> Role {
    Role {
        environments: texts(section, "environments", sink),
        trust: section.list(sink, "trust", principals::parse),
        policies: section.list(sink, "policies", principals::parse_policy),
        session_seconds: section.value(sink, "session", duration::session_seconds),
        writes: section.flag(sink, "writes"),
    }
}

fn texts(section: &Section<'_>, name: &str, sink: &mut Sink) -> Option<Written<Vec<Written<String>>>> {
    section.list(sink, name, |text| Ok(text.to_owned()))
}

/// `CreateAccount` refuses role names that look like service-linked roles (docs/AWS.md 1.5).
fn access_role(text: &str) -> Result<RoleName, String> {
    if text.starts_with("AWSServiceRoleFor") {
        return Err(format!("`{}` begins with `AWSServiceRoleFor`, which AWS keeps for itself", duration::shorten(text)));
    }
    parsed(text)
}

/// A unit's path is part of addresses, and those are tag values: `attachment/PATH/GUARDRAIL` must fit.
fn unit_path(text: &str) -> Result<UnitPath, String> {
    let path: UnitPath = parsed(text)?;
    if text.len() > UNIT_PATH_MAX {
        return Err(format!("`{}` is longer than {UNIT_PATH_MAX} characters", duration::shorten(text)));
    }
    Ok(path)
}
