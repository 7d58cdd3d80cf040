//! Apps: the account of each in every environment, found without a guess.

use std::collections::BTreeMap;
use std::ops::Range;

use super::accounts::SECURITY_UNIT;
use super::environments::{self, EnvironmentDraft};
use super::names::{AccountNames, some_of};
use super::raw::{self, Named, Raw};
use crate::model::{App, Tier};
use crate::name::{AccountKey, AppName, EnvironmentName, UnitPath, literal, nearest};
use crate::ours::CONFIG_PREFIX;
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::shorten;

/// Reports apps that are not in one account of an environment, and returns all of them.
pub(super) fn check(
    raw: &Raw,
    stages: &[EnvironmentDraft<'_>],
    known: &AccountNames,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<AppName, App> {
    raw.apps
        .iter()
        .filter_map(|named| {
            check_role_name(raw, named, diagnostics);
            let accounts = accounts(raw, named, stages, known, diagnostics)?;
            let name = named.name.clone()?;
            let github = named.body.github.iter().map(|repository| repository.value.clone()).collect();
            Some((name.clone(), App { name, github, accounts }))
        })
        .collect()
}

/// The app's role has a name that nothing else may have.
fn check_role_name(raw: &Raw, named: &Named<AppName, raw::App>, diagnostics: &mut Diagnostics) {
    let name = format!("{CONFIG_PREFIX}{}", named.text);
    if let Some(role) = raw.roles.iter().find(|role| role.text.eq_ignore_ascii_case(&name)) {
        diagnostics.report(
            Diagnostic::error(role.span.clone(), format!("`{}` is the name of a role that landfall makes", role.text))
                .with_label("choose another name")
                .with_related(named.span.clone(), "for this app"),
        );
    }
}

fn accounts(
    raw: &Raw,
    named: &Named<AppName, raw::App>,
    stages: &[EnvironmentDraft<'_>],
    known: &AccountNames,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<(EnvironmentName, AccountKey)>> {
    let body = &named.body;
    let written = body.workload.as_ref();
    let called = written.map_or(named.text.as_str(), |written| &written.value);
    let workload = raw.workloads.iter().find(|workload| workload.text == called).map(|workload| workload.text.as_str());
    let wanted: Vec<(&EnvironmentDraft<'_>, Range<usize>)> = if let Some(list) = &body.environments {
        environments::find_all(list, stages, diagnostics);
        let place =
            |stage: &EnvironmentDraft<'_>| list.value.iter().find(|name| name.value == stage.raw.text).map(|name| name.span.clone());
        stages.iter().filter_map(|stage| Some((stage, place(stage)?))).collect()
    } else {
        let of_tier = stages.iter().filter(|stage| stage.tier.is_some_and(|tier| tier != Tier::Sandbox));
        of_tier.map(|stage| (stage, named.span.clone())).collect()
    };
    if wanted.is_empty() && body.environments.is_none() {
        diagnostics.report_absence(
            Diagnostic::error(named.span.clone(), format!("app `{}` is in no environment", shorten(&named.text)))
                .with_hint("list them in `environments`: without it, an app is in all but those of tier sandbox"),
        );
    }
    if let Some(written) = written.filter(|_| workload.is_none()) {
        report_workload(raw, &written.value, &written.span, diagnostics);
        return None;
    }
    let order = environments::promotion_order(stages);
    let at = |stage: &EnvironmentDraft<'_>| order.iter().position(|at| stages[*at].raw.text == stage.raw.text);
    let mut accounts: Vec<_> = wanted
        .into_iter()
        .filter_map(|(stage, place)| {
            let key = account(stage, workload, &place, known, diagnostics)?;
            Some((at(stage), (stage.raw.name.clone()?, key)))
        })
        .collect();
    accounts.sort_by_key(|(at, _)| *at);
    Some(accounts.into_iter().map(|(_, account)| account).collect())
}

/// Returns the account of the workload, else the environment's own.
fn account(
    stage: &EnvironmentDraft<'_>,
    workload: Option<&str>,
    place: &Range<usize>,
    known: &AccountNames,
    diagnostics: &mut Diagnostics,
) -> Option<AccountKey> {
    let environment = &stage.raw.text;
    let security: UnitPath = literal(SECURITY_UNIT);
    if stage.unit.as_ref().is_some_and(|unit| unit.is_within(&security)) {
        diagnostics.report(
            Diagnostic::error(place.clone(), format!("`{environment}` is in unit {SECURITY_UNIT}, where no app can be"))
                .with_hint("list the environments of this app without it"),
        );
        return None;
    }
    let Some(divided) = known.divided.get(environment.as_str()) else {
        return known.keys.get(environment.as_str()).cloned().flatten();
    };
    let of_workload = workload.map(|workload| format!("{workload}-{environment}")).filter(|key| divided.contains(key));
    let Some(key) = of_workload else {
        diagnostics.report(
            Diagnostic::error(place.clone(), format!("`{environment}` has one account per workload: {}", divided.join(", ")))
                .with_hint("say which one this app has: its `workload`, or list `environments` without this one"),
        );
        return None;
    };
    known.keys.get(&key).cloned().flatten()
}

fn report_workload(raw: &Raw, name: &str, span: &Range<usize>, diagnostics: &mut Diagnostics) {
    let names = || raw.workloads.iter().map(|workload| workload.text.as_str());
    let diagnostic = Diagnostic::error(span.clone(), format!("there is no workload `{}`", shorten(name)));
    diagnostics.report_absence(match nearest(name, names()) {
        Some(near) => diagnostic.with_label(format!("did you mean `{near}`?")),
        None => diagnostic.with_hint(some_of("the workloads are", names())),
    });
}
