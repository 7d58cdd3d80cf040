//! Environments: their promotion order, their units, and their workloads.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::names::some_of;
use super::network;
use super::raw::{self, Named, Raw};
use crate::model::Tier;
use crate::name::{EnvironmentName, UnitPath, WorkloadName, literal, nearest};
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::Spanned;
use crate::written::shorten;

/// An environment of the file with the defaults of its tier; `None` means that an error was reported.
#[derive(Debug)]
pub(super) struct EnvironmentDraft<'r> {
    pub(super) raw: &'r Named<EnvironmentName, raw::Environment>,
    pub(super) tier: Option<Tier>,
    pub(super) unit: Option<UnitPath>,
    /// The workloads that have an account in it, in file order, and the place where each lists it.
    pub(super) workloads: Vec<(&'r Named<WorkloadName, raw::Workload>, Range<usize>)>,
}

/// Returns the environments in file order.
pub(super) fn check<'r>(raw: &'r Raw, diagnostics: &mut Diagnostics) -> Vec<EnvironmentDraft<'r>> {
    let mut stages: Vec<EnvironmentDraft<'r>> = raw.environments.iter().map(stage).collect();
    let places: BTreeMap<&str, usize> = raw.environments.iter().enumerate().map(|(at, named)| (named.text.as_str(), at)).collect();
    for workload in &raw.workloads {
        let Some(list) = &workload.body.environments else { continue };
        check_not_empty(list, diagnostics);
        for name in &list.value {
            match places.get(name.value.as_str()) {
                Some(at) => stages[*at].workloads.push((workload, name.span.clone())),
                None => report_unknown(name, raw.environments.iter().map(|named| named.text.as_str()), diagnostics),
            }
        }
    }
    let suspended: UnitPath = literal("Suspended");
    let workloads: Vec<&str> = raw.workloads.iter().map(|named| named.text.as_str()).collect();
    for stage in &stages {
        if let Some(unit) = stage.raw.body.unit.as_ref().filter(|unit| unit.value.is_within(&suspended)) {
            diagnostics.report(
                Diagnostic::error(unit.span.clone(), "an environment cannot be in `Suspended`: everything is denied there")
                    .with_hint("choose another unit"),
            );
        }
        if let Some(network) = stage.raw.body.network.as_ref().filter(|_| stage.workloads.is_empty()) {
            network::warn_of_unused_part(network, &stage.raw.text, &workloads, diagnostics);
        }
    }
    check_follows(raw, &places, diagnostics);
    stages
}

/// Returns the indices of the environments in promotion order: each after the one that it follows, otherwise in file order. Those
/// in a circle, which was reported, are left out.
pub(super) fn promotion_order(stages: &[EnvironmentDraft<'_>]) -> Vec<usize> {
    let places: BTreeMap<&str, usize> = stages.iter().enumerate().map(|(at, stage)| (stage.raw.text.as_str(), at)).collect();
    let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut ready = BTreeSet::new();
    for (at, stage) in stages.iter().enumerate() {
        match stage.raw.body.follows.as_ref().and_then(|follows| places.get(follows.value.as_str())) {
            Some(before) => followers.entry(*before).or_default().push(at),
            None => {
                ready.insert(at);
            }
        }
    }
    let mut order = Vec::new();
    while let Some(at) = ready.pop_first() {
        order.push(at);
        ready.extend(followers.remove(&at).unwrap_or_default());
    }
    order
}

/// Returns the environment of that name, after reporting one that does not exist.
pub(super) fn find<'s, 'r>(
    name: &Spanned<String>,
    stages: &'s [EnvironmentDraft<'r>],
    diagnostics: &mut Diagnostics,
) -> Option<&'s EnvironmentDraft<'r>> {
    let found = stages.iter().find(|stage| stage.raw.text == name.value);
    if found.is_none() {
        report_unknown(name, stages.iter().map(|stage| stage.raw.text.as_str()), diagnostics);
    }
    found
}

/// Returns the named environments, after reporting those that do not exist.
pub(super) fn find_all(
    names: &Spanned<Vec<Spanned<String>>>,
    stages: &[EnvironmentDraft<'_>],
    diagnostics: &mut Diagnostics,
) -> Vec<EnvironmentName> {
    check_not_empty(names, diagnostics);
    names.value.iter().filter_map(|name| find(name, stages, diagnostics)?.raw.name.clone()).collect()
}

fn stage(named: &Named<EnvironmentName, raw::Environment>) -> EnvironmentDraft<'_> {
    let tier = named.body.tier.as_ref().map(|tier| tier.value);
    let unit = named.body.unit.as_ref().map(|unit| unit.value.clone()).or_else(|| tier.map(|tier| literal(tier.unit())));
    EnvironmentDraft { raw: named, tier, unit, workloads: Vec::new() }
}

fn check_not_empty(list: &Spanned<Vec<Spanned<String>>>, diagnostics: &mut Diagnostics) {
    if list.value.is_empty() {
        diagnostics
            .report(Diagnostic::error(list.span.clone(), "no environment is listed").with_hint("list at least one, such as [\"dev\"]"));
    }
}

fn report_unknown<'k>(name: &Spanned<String>, there_are: impl Iterator<Item = &'k str> + Clone, diagnostics: &mut Diagnostics) {
    let diagnostic = Diagnostic::error(name.span.clone(), format!("there is no environment `{}`", shorten(&name.value)));
    diagnostics.report_absence(match nearest(&name.value, there_are.clone()) {
        Some(near) => diagnostic.with_label(format!("did you mean `{near}`?")),
        None => diagnostic.with_hint(some_of("the environments are", there_are)),
    });
}

/// Reports environments that follow one that is not in the file, and each circle once.
fn check_follows(raw: &Raw, places: &BTreeMap<&str, usize>, diagnostics: &mut Diagnostics) {
    let follows: Vec<Option<usize>> = raw
        .environments
        .iter()
        .map(|named| {
            let follows = named.body.follows.as_ref()?;
            let found = places.get(follows.value.as_str()).copied();
            if found.is_none() {
                report_unknown(follows, raw.environments.iter().map(|named| named.text.as_str()), diagnostics);
            }
            found
        })
        .collect();
    let mut seen = vec![false; follows.len()];
    for start in 0..follows.len() {
        let mut path = Vec::new();
        let mut on_path = BTreeMap::new();
        let mut at = start;
        while !seen[at] {
            seen[at] = true;
            on_path.insert(at, path.len());
            path.push(at);
            match follows[at] {
                Some(next) => at = next,
                None => break,
            }
        }
        // The walk ended at something seen: if on this walk, it is a circle; if on an earlier one, it was handled then.
        if let Some(first) = on_path.get(&at).filter(|_| follows[at].is_some()) {
            report_circle(raw, &path[*first..], diagnostics);
        }
    }
}

fn report_circle(raw: &Raw, circle: &[usize], diagnostics: &mut Diagnostics) {
    let names: Vec<&str> = circle.iter().chain(circle.first()).map(|at| raw.environments[*at].text.as_str()).collect();
    let mut places = circle.iter().filter_map(|at| raw.environments[*at].body.follows.as_ref()).map(|follows| follows.span.clone());
    let Some(span) = places.next() else { return };
    let message =
        if circle.len() == 1 { format!("`{}` follows itself", names[0]) } else { format!("circular `follows`: {}", names.join(" -> ")) };
    let mut diagnostic = Diagnostic::error(span, message).with_hint("remove one `follows`: one environment comes first");
    for place in places {
        diagnostic = diagnostic.with_related(place, "and this one");
    }
    diagnostics.report(diagnostic);
}
