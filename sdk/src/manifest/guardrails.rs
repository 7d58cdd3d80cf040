//! Guardrails: shipped ones by name, the user's from JSON files, and how many are attached to each unit. The documents of the
//! shipped ones are in `desired`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::environments::EnvironmentDraft;
use super::raw::Raw;
use crate::aws::policy::Document;
use crate::aws::quotas;
use crate::id::PolicyType;
use crate::model::{Backup, UserGuardrail, VpcBlock};
use crate::name::{GuardrailName, UnitPath, literal, nearest};
use crate::written::ReadFile;
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::Spanned;
use crate::written::shorten;

/// The guardrails that landfall ships.
pub(super) const SHIPPED: [&str; 3] = ["base", "strict", "suspended"];
/// The guardrails that landfall attaches by itself: they cannot be listed, and no file may have their names.
const BY_ITSELF: [(&str, PolicyType); 6] = [
    (OF_ACCOUNTS, PolicyType::ServiceControl),
    ("ec2-defaults", PolicyType::Ec2),
    ("ec2-sharing", PolicyType::Ec2),
    ("s3-public-access", PolicyType::S3),
    ("data-perimeter", PolicyType::ResourceControl),
    ("s3-perimeter", PolicyType::ResourceControl),
];
/// The one of them that no unit has.
const OF_ACCOUNTS: &str = "pipelines";

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

    /// Returns the type of a guardrail, shipped or the user's.
    fn policy_type(&self, name: &GuardrailName) -> PolicyType {
        let own = BY_ITSELF.iter().find(|(own, _)| *own == name.as_str()).map(|(_, policy_type)| *policy_type);
        own.or_else(|| self.by_name.get(name).map(|(guardrail, _)| guardrail.policy_type)).unwrap_or(PolicyType::ServiceControl)
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
        let is_ours = SHIPPED.contains(&name.as_str()) || BY_ITSELF.iter().any(|(own, _)| *own == name.as_str());
        if is_ours || Backup::is_policy(name.as_str()) || VpcBlock::is_policy(name.as_str()) {
            return Err(refuse(format!("`{name}` is the name of a shipped guardrail")).with_hint("rename the file"));
        }
        let text = (self.files)(path).map_err(|why| {
            refuse(format!("guardrail `{shown}` cannot be read: {why}")).with_hint("check the path; it is relative to the manifest")
        })?;
        // Some editors on Windows begin a file with a byte order mark, which JSON does not allow.
        let text = text.trim_start_matches('\u{feff}');
        let document: serde_json::Value = serde_json::from_str(text).map_err(|error| {
            refuse(format!("guardrail `{shown}` is not JSON: {error}"))
                .with_hint("correct the JSON: a guardrail is a policy of the organization")
        })?;
        let Some(policy_type) = PolicyType::of(&document) else {
            let keys: Vec<&str> = PolicyType::all().filter_map(PolicyType::key).collect();
            return Err(refuse(format!("guardrail `{shown}` is not a policy of an organization: nothing at its top tells its type"))
                .with_hint(format!(
                    "begin with {{\"Version\": \"2012-10-17\", \"Statement\": [...]}}, or with one of {}",
                    keys.join(", ")
                )));
        };
        let (size, most) = (document.to_string().chars().count(), quotas::policy_characters(policy_type));
        if size > most {
            let noun = policy_type.noun();
            let message = format!("guardrail `{shown}` has {size} characters without white space, AWS takes {most} in one {noun}");
            return Err(refuse(message).with_hint("split it into two files"));
        }
        let parsed = match policy_type {
            PolicyType::ServiceControl => Document::parse(text).and_then(|document| document.check_service_control()),
            PolicyType::ResourceControl => Document::parse_resource_control(text).map(drop),
            // Their settings change faster than landfall; AWS checks them.
            _ => Ok(()),
        };
        parsed.map_err(|error| {
            let noun = policy_type.noun();
            refuse(format!("guardrail `{shown}` is not a valid {noun}: {error}")).with_hint(format!(
                "AWS would refuse it: see https://docs.aws.amazon.com/organizations/latest/userguide/{}",
                if policy_type == PolicyType::ResourceControl {
                    "orgs_manage_policies_rcps_syntax.html"
                } else {
                    "orgs_manage_policies_scps_syntax.html"
                }
            ))
        })?;
        Ok(UserGuardrail { name, policy_type, path: path.clone(), document })
    }
}

/// Reports units that would have more guardrails of one type attached than AWS allows.
pub(super) fn check_counts(
    raw: &Raw,
    library: &Library<'_>,
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
            names.extend(BY_ITSELF.iter().filter(|(own, _)| *own != OF_ACCOUNTS).map(|(own, _)| literal(own)));
        }
        if unit.as_str() == "Suspended" {
            names.insert(literal("suspended"));
        }
        for policy_type in PolicyType::all() {
            let of_type: Vec<&str> =
                names.iter().filter(|name| library.policy_type(name) == policy_type).map(GuardrailName::as_str).collect();
            // `FullAWSAccess` and its like are attached everywhere.
            let (most, beside) = match quotas::policies_per_target(policy_type) {
                all if policy_type.is_authorization() => (all - 1, " beside its own"),
                all => (all, ""),
            };
            if of_type.len() > most {
                let kind = if policy_type == PolicyType::ServiceControl { "guardrails" } else { "guardrails of one type" };
                let message = format!("{} {kind} on unit `{unit}`, AWS takes {most}{beside}", of_type.len());
                diagnostics.report(
                    Diagnostic::error(span.clone(), message)
                        .with_label(of_type.join(", "))
                        .with_hint("merge some files, or attach some to a unit above or below"),
                );
            }
        }
    }
}
