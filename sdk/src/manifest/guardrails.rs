//! Guardrails: shipped ones by name, the user's from JSON files, and how many are attached to each unit. The documents of the
//! shipped ones are in `desired`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::environments::EnvironmentDraft;
use super::raw::Raw;
use super::read::Spanned;
use super::source::ReadFile;
use super::value::duration::shorten;
use crate::aws::quotas::{self, GUARDRAIL_CHARACTERS};
use crate::model::UserGuardrail;
use crate::name::{GuardrailName, UnitPath, literal, nearest};

/// The guardrails that landfall ships.
pub(super) const SHIPPED: [&str; 3] = ["base", "strict", "suspended"];
/// The guardrail that landfall attaches to accounts of pipelines by itself: it cannot be listed, and no file may have its name.
const PIPELINES: &str = "pipelines";
/// Most guardrails on one unit: `FullAWSAccess` is one of the policies that AWS allows on a target.
const PER_TARGET_MAX: usize = quotas::POLICIES_PER_TARGET - 1;

/// The user's guardrails found so far: each file is read once.
pub(super) struct Library<'f> {
    files: &'f ReadFile<'f>,
    /// By path; `None` if the file was reported.
    by_path: BTreeMap<String, Option<GuardrailName>>,
    by_name: BTreeMap<GuardrailName, (UserGuardrail, Range<usize>)>,
}

impl<'f> Library<'f> {
    pub(super) fn new(files: &'f ReadFile<'f>) -> Self {
        Self { files, by_path: BTreeMap::new(), by_name: BTreeMap::new() }
    }

    /// Returns the guardrails of a list, after reporting those that cannot be used.
    pub(super) fn names(&mut self, list: &Spanned<Vec<Spanned<String>>>, diagnostics: &mut Diagnostics) -> Vec<GuardrailName> {
        let mut names = Vec::new();
        for item in &list.value {
            // Two spellings of one path are one guardrail.
            names.extend(self.name(item, diagnostics).filter(|name| !names.contains(name)));
        }
        names
    }

    /// Returns the user's guardrails.
    pub(super) fn into_guardrails(self) -> BTreeMap<GuardrailName, UserGuardrail> {
        self.by_name.into_iter().map(|(name, (guardrail, _))| (name, guardrail)).collect()
    }

    fn name(&mut self, item: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<GuardrailName> {
        if SHIPPED.contains(&item.value.as_str()) {
            return item.value.parse().ok();
        }
        if item.value.strip_suffix(".json").is_none() {
            let message = format!("`{}` is neither a shipped guardrail nor a .json file", shorten(&item.value));
            let diagnostic = Diagnostic::error(item.span.clone(), message);
            diagnostics.report(match nearest(&item.value, SHIPPED) {
                Some(near) => diagnostic.with_label(format!("did you mean `{near}`?")),
                None => diagnostic.with_hint("use base, strict or suspended, or a path to your own such as \"./policies/deny-x.json\""),
            });
            return None;
        }
        let path: String = item.value.split('/').filter(|part| *part != ".").collect::<Vec<_>>().join("/");
        if let Some(found) = self.by_path.get(&path) {
            return found.clone();
        }
        let name = match self.load(item) {
            Ok(guardrail) => {
                let name = guardrail.name.clone();
                if let Some((other, place)) = self.by_name.get(&name) {
                    diagnostics.report(
                        Diagnostic::error(item.span.clone(), format!("two files define a guardrail `{name}`"))
                            .with_label("a guardrail has the name of its file: rename one of the files")
                            .with_related(place.clone(), format!("{} is one", other.path)),
                    );
                    None
                } else {
                    self.by_name.insert(name.clone(), (guardrail, item.span.clone()));
                    Some(name)
                }
            }
            Err(diagnostic) => {
                diagnostics.report(diagnostic);
                None
            }
        };
        self.by_path.insert(path, name.clone());
        name
    }

    fn load(&self, item: &Spanned<String>) -> Result<UserGuardrail, Diagnostic> {
        let path = &item.value;
        let shown = shorten(path);
        let refuse = |message: String| Diagnostic::error(item.span.clone(), message);
        let stem = path.rsplit(['/', '\\']).next().unwrap_or(path).trim_end_matches(".json");
        let name: GuardrailName = stem.parse().map_err(|error| {
            refuse(format!("the guardrail's name, {error}"))
                .with_hint("a guardrail has the name of its file, without .json: rename the file")
        })?;
        if SHIPPED.contains(&name.as_str()) || name.as_str() == PIPELINES {
            return Err(refuse(format!("`{name}` is the name of a shipped guardrail")).with_hint("rename the file"));
        }
        let text = (self.files)(path).map_err(|why| {
            refuse(format!("guardrail `{shown}` cannot be read: {why}")).with_hint("check the path; it is relative to the manifest")
        })?;
        // Some editors on Windows begin a file with a byte order mark, which JSON does not allow.
        let document: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            refuse(format!("guardrail `{shown}` is not JSON: {error}"))
                .with_hint("correct the JSON: a guardrail is a service control policy")
        })?;
        if document.get("Statement").is_none() {
            return Err(refuse(format!("guardrail `{shown}` is not a policy: it is not a JSON object with a `Statement`"))
                .with_hint("begin with {\"Version\": \"2012-10-17\", \"Statement\": [...]}"));
        }
        let size = document.to_string().chars().count();
        if size > GUARDRAIL_CHARACTERS {
            return Err(refuse(format!("guardrail `{shown}` has {size} characters without white space, AWS takes {GUARDRAIL_CHARACTERS}"))
                .with_hint("split it into two files"));
        }
        Ok(UserGuardrail { name, path: path.clone(), document })
    }
}

/// Reports units that would have more guardrails attached than AWS allows.
pub(super) fn check_counts(
    raw: &Raw,
    stages: &[EnvironmentDraft<'_>],
    of_units: &BTreeMap<UnitPath, Vec<GuardrailName>>,
    of_environments: &[Vec<GuardrailName>],
    diagnostics: &mut Diagnostics,
) {
    let mut targets: BTreeMap<&UnitPath, (BTreeSet<GuardrailName>, Range<usize>)> = BTreeMap::new();
    for (named, path) in raw.units.iter().filter_map(|named| Some((named, named.name.as_ref()?))) {
        let span = named.body.guardrails.as_ref().map_or(named.span.clone(), |list| list.span.clone());
        let names = of_units.get(path).into_iter().flatten().cloned();
        targets.entry(path).or_insert_with(|| (BTreeSet::new(), span)).0.extend(names);
    }
    for (stage, guardrails) in stages.iter().zip(of_environments) {
        let Some(unit) = &stage.unit else { continue };
        let span = stage.raw.body.guardrails.as_ref().map_or(stage.raw.span.clone(), |list| list.span.clone());
        targets.entry(unit).or_insert_with(|| (BTreeSet::new(), span)).0.extend(guardrails.iter().cloned());
    }
    for (unit, (mut names, span)) in targets {
        if unit.parent().is_none() {
            names.insert(literal("base"));
        }
        if unit.as_str() == "Suspended" {
            names.insert(literal("suspended"));
        }
        if names.len() > PER_TARGET_MAX {
            let list: Vec<&str> = names.iter().map(GuardrailName::as_str).collect();
            let message = format!("{} guardrails on unit `{unit}`, AWS takes {PER_TARGET_MAX} beside its own", names.len());
            diagnostics.report(
                Diagnostic::error(span, message)
                    .with_label(list.join(", "))
                    .with_hint("merge some files, or attach some to a unit above or below"),
            );
        }
    }
}
