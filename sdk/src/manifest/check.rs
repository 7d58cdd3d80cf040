//! From the raw manifest to the organization: checks every rule between keys, then builds the model with all defaults.
//!
//! Checks never stop at the first mistake; a value that was reported is left out of later checks.

use std::collections::BTreeMap;
use std::ops::Range;

use super::accounts::{self, SECURITY_UNIT};
use super::environments::{self, EnvironmentDraft};
use super::names::{self, AccountNames};
use super::raw::{self, Raw};
use super::{apps, delivery, guardrails, monitoring, principals, security};
use crate::id::Partition;
use crate::model::{Account, Audit, CustomRole, Environment, GuardrailOptions, Organization, Unit, region};
use crate::name::{GuardrailName, Region, RoleName, UnitPath, literal, nearest};
use crate::written::ReadFile;
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::Spanned;

/// Seven years: what auditors commonly ask for.
const AUDIT_RETENTION_DAYS: u32 = 7 * 365;
/// The longest session of a role that does not set one: IAM's own default.
const SESSION_SECONDS: u32 = 3_600;
/// The roles that landfall creates; role names are compared without letter case.
const SHIPPED_ROLES: [&str; 6] = ["provisioner", "deployer", "reader", "auditor", "break-glass", "backup"];

/// Checks everything, and returns the organization if there is no error.
pub(super) fn check(raw: &Raw, files: &ReadFile<'_>, diagnostics: &mut Diagnostics) -> Option<Organization> {
    check_regions(&raw.organization, diagnostics);
    let stages = environments::check(raw, diagnostics);
    let (accounts, known_accounts) = accounts::check(raw, &stages, diagnostics);
    let mut library = guardrails::Library::new(files);
    let of_units = unit_guardrails(raw, &mut library, diagnostics);
    let of_environments: Vec<Vec<GuardrailName>> =
        stages.iter().map(|stage| environment_guardrails(stage, &mut library, diagnostics)).collect();
    guardrails::check_counts(raw, &library, &stages, &of_units, &of_environments, diagnostics);
    let access = principals::check_access(raw, &known_accounts, diagnostics);
    let roles = roles(raw, &stages, &known_accounts, diagnostics);
    let apps = apps::check(raw, &stages, &known_accounts, diagnostics);
    let monitoring = monitoring::check(&raw.monitoring, diagnostics);
    let budgets = monitoring::check_budgets(raw, &stages, &known_accounts, diagnostics);
    let security = security::check(raw, diagnostics);
    let delivery = delivery::check(raw, diagnostics);
    if diagnostics.has_errors() {
        return None;
    }
    let units = units(raw, &stages, &accounts, &of_units);
    let environments = environments::promotion_order(&stages)
        .into_iter()
        .map(|at| environment(&stages[at], of_environments[at].clone(), &accounts))
        .collect::<Option<Vec<_>>>()?;
    Some(Organization {
        name: raw.organization.name.as_ref()?.value.clone(),
        partition: Partition::Aws,
        region: raw.organization.region.as_ref()?.value.clone(),
        regions: raw.organization.regions.as_ref()?.value.iter().map(|region| region.value.clone()).collect(),
        units,
        accounts: accounts.into_iter().map(|account| (account.key.clone(), account)).collect(),
        environments,
        guardrail_options: GuardrailOptions {
            identity_providers: raw.guardrails.identity_providers,
            inference_profiles: raw.guardrails.inference_profiles,
            exempt_actions: raw.guardrails.exempt_actions.iter().map(|action| action.value.clone()).collect(),
        },
        guardrails: library.into_guardrails(),
        security,
        access,
        roles,
        apps,
        contacts: raw.contacts.clone(),
        audit: Audit { retention_days: raw.retention_days.as_ref().map_or(AUDIT_RETENTION_DAYS, |days| days.value) },
        delivery,
        monitoring,
        budgets,
    })
}

/// Reports Regions that do not exist or are not supported, and a home Region that cannot be one.
fn check_regions(raw: &raw::Organization, diagnostics: &mut Diagnostics) {
    let mut good = Vec::new();
    for region in raw.regions.iter().flat_map(|list| &list.value) {
        if check_region(region, diagnostics).is_some() {
            good.push(region);
        }
    }
    if let Some(list) = raw.regions.as_ref().filter(|list| list.value.is_empty()) {
        diagnostics.report(Diagnostic::error(list.span.clone(), "no Region is allowed").with_hint("list at least the home Region"));
        return;
    }
    let Some(home) = &raw.region else { return };
    let already_reported = raw.regions.iter().flat_map(|list| &list.value).any(|region| region.value == home.value)
        && !good.iter().any(|region| region.value == home.value);
    if already_reported {
        return;
    }
    let Some(known) = check_region(home, diagnostics) else { return };
    if known.opt_in {
        diagnostics.report(
            Diagnostic::error(
                home.span.clone(),
                format!("{} ({}) is an opt-in Region and cannot be the home Region", known.code, known.place),
            )
            .with_hint(
                "accounts that have not enabled it would not be logged, without any error: choose another, such as eu-west-1 or us-east-1",
            ),
        );
    } else if let Some(list) =
        raw.regions.as_ref().filter(|list| !list.value.is_empty() && !list.value.iter().any(|region| region.value == home.value))
    {
        diagnostics.report(
            Diagnostic::error(home.span.clone(), format!("the home Region {} is not among `regions`", home.value))
                .with_label("limit-regions would deny it")
                .with_related(list.span.clone(), format!("add \"{}\" here", home.value)),
        );
    }
}

fn check_region(region: &Spanned<Region>, diagnostics: &mut Diagnostics) -> Option<&'static region::KnownRegion> {
    let Some(known) = region::find(&region.value) else {
        let diagnostic = Diagnostic::error(region.span.clone(), format!("there is no Region `{}`", region.value));
        let codes = region::REGIONS.iter().filter(|known| known.partition == Partition::Aws).map(|known| known.code);
        diagnostics.report(match nearest(region.value.as_str(), codes) {
            Some(near) => diagnostic.with_label(format!("did you mean `{near}`?")),
            None => diagnostic.with_hint("a Region that AWS opened recently needs a newer landfall"),
        });
        return None;
    };
    if known.partition != Partition::Aws {
        diagnostics.report(
            Diagnostic::error(
                region.span.clone(),
                format!("{} ({}) is in partition `{}`, which is not supported", known.code, known.place, known.partition),
            )
            .with_hint("landfall supports only partition `aws`, and partitions share nothing"),
        );
        return None;
    }
    Some(known)
}

fn unit_guardrails(
    raw: &Raw,
    library: &mut guardrails::Library<'_>,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<UnitPath, Vec<GuardrailName>> {
    raw.units
        .iter()
        .filter_map(|named| {
            let names = named.body.guardrails.as_ref().map(|list| library.names(list, diagnostics)).unwrap_or_default();
            Some((named.name.clone()?, names))
        })
        .collect()
}

/// Returns the file's value, or else the tier's; `base` is attached to every top-level unit and is not repeated.
fn environment_guardrails(
    stage: &EnvironmentDraft<'_>,
    library: &mut guardrails::Library<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<GuardrailName> {
    match &stage.raw.body.guardrails {
        Some(list) => library.names(list, diagnostics).into_iter().filter(|name| name.as_str() != "base").collect(),
        None => stage.tier.map(|tier| tier.guardrails().iter().map(|name| literal(name)).collect()).unwrap_or_default(),
    }
}

/// Returns every unit: landfall's own, those of environments and accounts, those in the file, and all their parents.
fn units(
    raw: &Raw,
    stages: &[EnvironmentDraft<'_>],
    accounts: &[Account],
    of_units: &BTreeMap<UnitPath, Vec<GuardrailName>>,
) -> BTreeMap<UnitPath, Unit> {
    let own = [literal::<UnitPath>(SECURITY_UNIT), literal("Suspended")];
    let named = own
        .iter()
        .chain(stages.iter().filter_map(|stage| stage.unit.as_ref()))
        .chain(accounts.iter().map(|account| &account.unit))
        .chain(of_units.keys());
    let mut units: BTreeMap<UnitPath, Unit> = named
        .flat_map(UnitPath::with_parents)
        .map(|path| {
            let guardrails = of_units.get(&path).cloned().unwrap_or_default();
            (path.clone(), Unit { path, guardrails, adopt: false })
        })
        .collect();
    for (path, body) in raw.units.iter().filter_map(|named| Some((named.name.as_ref()?, &named.body))) {
        if let Some(unit) = units.get_mut(path) {
            unit.adopt = body.adopt;
        }
    }
    units
}

fn environment(stage: &EnvironmentDraft<'_>, guardrails: Vec<GuardrailName>, accounts: &[Account]) -> Option<Environment> {
    let name = stage.raw.name.clone()?;
    let tier = stage.tier?;
    Some(Environment {
        follows: stage.raw.body.follows.as_ref().and_then(|follows| follows.value.parse().ok()),
        unit: stage.unit.clone()?,
        guardrails,
        log_retention_days: stage.raw.body.log_retention_days.as_ref().map_or(tier.log_retention_days(), |days| days.value),
        accounts: accounts
            .iter()
            .filter(|account| account.environment.as_ref() == Some(&name))
            .map(|account| account.key.clone())
            .collect(),
        name,
        tier,
    })
}

fn roles(
    raw: &Raw,
    stages: &[EnvironmentDraft<'_>],
    known: &AccountNames,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<RoleName, CustomRole> {
    let mut first: BTreeMap<String, &Range<usize>> = BTreeMap::new();
    let mut roles = BTreeMap::new();
    for named in &raw.roles {
        let folded = named.text.to_lowercase();
        if SHIPPED_ROLES.contains(&folded.as_str()) {
            diagnostics.report(
                Diagnostic::error(named.span.clone(), format!("`{}` is the name of a role that landfall makes", named.text))
                    .with_hint(format!("choose another name than {}", SHIPPED_ROLES.join(", "))),
            );
        } else if let Some(other) = first.get(&folded) {
            diagnostics.report(
                Diagnostic::error(named.span.clone(), format!("two roles are called `{}`", named.text))
                    .with_label("letter case does not count in IAM")
                    .with_related((*other).clone(), "named here first"),
            );
        } else {
            first.insert(folded, &named.span);
        }
        let body = &named.body;
        let environments = body.environments.as_ref().map(|list| environments::find_all(list, stages, diagnostics));
        let trust = body.trust.as_ref().map(|list| {
            if list.value.is_empty() {
                diagnostics.report(
                    Diagnostic::error(list.span.clone(), "a role without trusted principals cannot be assumed")
                        .with_hint("list at least one principal"),
                );
            }
            names::check(&list.value, known, diagnostics)
        });
        if let Some(policies) = &body.policies {
            principals::check_role_policies(policies, diagnostics);
        }
        if let (Some(name), Some(environments), Some(trust), Some(policies)) = (&named.name, environments, trust, &body.policies) {
            let role = CustomRole {
                name: name.clone(),
                environments,
                trust,
                policies: policies.value.iter().map(|policy| policy.value.clone()).collect(),
                session_seconds: body.session_seconds.as_ref().map_or(SESSION_SECONDS, |seconds| seconds.value),
                writes: body.writes.as_ref().is_none_or(|writes| writes.value),
            };
            roles.insert(name.clone(), role);
        }
    }
    roles
}
