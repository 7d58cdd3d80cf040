//! The values of each environment: defaults, those of the tier, `base.toml`, and the environment's own file, each over the one before.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::setting::{AppFile, Declared, Setting};
use super::value::Value;
use crate::model::Tier;
use crate::name::{EnvironmentName, SettingKey, nearest};
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::{in_order, is_broken};
use crate::written::{Source, shorten, syntax};

/// Most bytes of an environment's settings as one JSON document: an advanced parameter's value (docs/AWS.md 8.1).
pub const DOCUMENT_BYTES_MAX: usize = 8_192;

/// The name of the values of every environment, before `.toml`.
pub const BASE: &str = "base";

/// An environment that an app is in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct Environment {
    /// Its name.
    pub name: EnvironmentName,
    /// Its tier.
    pub tier: Tier,
}

/// An environment, and what the app is told there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stage {
    /// The environment's name.
    pub name: EnvironmentName,
    /// Its tier.
    pub tier: Tier,
    /// The settings that have a value, in the order of `app.toml`; no secrets.
    pub values: Vec<Valued>,
}

/// A setting's value, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Valued {
    /// The setting's key.
    pub key: SettingKey,
    /// Its value.
    pub value: Value,
    /// Where the value is written.
    pub place: Place,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The setting's default.
    Default,
    /// The default of the environment's tier.
    TierDefault,
    /// A file, by its name, and the line, from 1.
    File(String, usize),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::TierDefault => f.write_str("default of the tier"),
            Self::File(name, line) => write!(f, "{name}:{line}"),
        }
    }
}

impl Stage {
    /// Returns a setting's value.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&Valued> {
        self.values.iter().find(|valued| valued.key.as_str() == key)
    }

    /// Returns all values as one JSON document, sorted by key and without spaces: what the program is given.
    #[must_use]
    pub fn document(&self) -> String {
        let sorted: BTreeMap<&str, serde_json::Value> =
            self.values.iter().map(|valued| (valued.key.as_str(), valued.value.json())).collect();
        // Keys are texts and values come from files, so it can always be written.
        serde_json::to_string(&sorted).unwrap_or_default()
    }
}

/// The values of one file.
#[derive(Debug)]
pub(super) struct FileValues<'s> {
    stem: &'s str,
    values: BTreeMap<String, (Value, Place)>,
    /// Whether something in it is wrong, so that a missing value may be one that was reported.
    is_incomplete: bool,
}

/// Reads a file of values, of the base or of one environment.
pub(super) fn read_file<'s>(
    declared: &AppFile,
    environments: &[Environment],
    (stem, source): (&'s str, &Source),
    table: Option<&DeTable<'_>>,
    diagnostics: &mut Diagnostics,
) -> FileValues<'s> {
    let before = diagnostics.len();
    let of = environments.iter().find(|environment| environment.name.as_str() == stem);
    // Without a name in app.toml it is not known which environments there are.
    if of.is_none() && stem != BASE && !environments.is_empty() {
        report_stem(declared, environments, stem, source, diagnostics);
    }
    let mut values = BTreeMap::new();
    for (key, value) in table.map(in_order).unwrap_or_default().into_iter().filter(|(_, value)| !is_broken(value)) {
        let name = key.get_ref().as_ref();
        let Some(found) = declared.settings.iter().find(|declared| declared.text == name) else {
            report_key(declared, name, key.span(), diagnostics);
            continue;
        };
        let Some(setting) = &found.setting else { continue };
        let refused = |wrong: String| Diagnostic::error(value.span(), format!("`{name}` {wrong}"));
        if setting.secret.is_some() {
            diagnostics.hide(value.span());
            diagnostics.report(refused("is a secret: its value belongs in no file".to_owned()).with_hint(format!(
                "remove the line; make a new one, since this one has been written down, and give it by `landfall config set {} {name}`",
                of.map_or("ENV", |of| of.name.as_str())
            )));
            continue;
        }
        match setting.of.read(value.get_ref()) {
            Err(wrong) => diagnostics.report(refused(wrong).with_hint(declaration(setting))),
            Ok(read) => {
                // Values of the base are held to the rules of each environment that has no other.
                if let Some(Err(wrong)) = of.map(|of| setting.rules(of.tier).check(&read)) {
                    diagnostics.report(refused(wrong).with_hint(declaration(setting)));
                    continue;
                }
                let (line, _) = Diagnostic::error(key.span(), "").position(&source.text);
                values.insert(name.to_owned(), (read, Place::File(source.name.clone(), line)));
            }
        }
    }
    FileValues { stem, values, is_incomplete: diagnostics.len() > before || table.is_none() }
}

/// Returns the environments with their values, after reporting what has none.
pub(super) fn stages(
    declared: &AppFile,
    environments: &[Environment],
    files: &[FileValues<'_>],
    diagnostics: &mut Diagnostics,
) -> Vec<Stage> {
    let file = |stem: &str| files.iter().find(|file| file.stem == stem);
    let is_whole = files.iter().all(|file| !file.is_incomplete);
    let mut missing: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    let mut stages = Vec::new();
    for environment in environments {
        let mut values = Vec::new();
        for (at, found) in declared.settings.iter().enumerate() {
            let Some(setting) = found.setting.as_ref().filter(|setting| setting.secret.is_none()) else { continue };
            let written = [environment.name.as_str(), BASE].into_iter().find_map(|stem| file(stem)?.values.get(&found.text));
            match written.cloned().or_else(|| default(setting, environment.tier)) {
                Some((value, place)) => {
                    // A file that cannot be read may have another value.
                    let is_read = file(environment.name.as_str()).is_none_or(|file| !file.is_incomplete);
                    if let Some(Err(wrong)) = is_read.then(|| setting.rules(environment.tier).check(&value)) {
                        report_place(found, environment, &place, &wrong, diagnostics);
                    }
                    values.push(Valued { key: setting.key.clone(), value, place });
                }
                None if setting.is_optional(environment.tier) => {}
                None => missing.entry(at).or_default().push(environment.name.as_str()),
            }
        }
        let stage = Stage { name: environment.name.clone(), tier: environment.tier, values };
        let size = stage.document().len();
        if size > DOCUMENT_BYTES_MAX {
            let span = declared.settings.first().map_or(0..0, |first| first.span.clone());
            let message = format!("the settings of `{}` have {size} bytes as JSON, AWS takes {DOCUMENT_BYTES_MAX}", environment.name);
            diagnostics.report(Diagnostic::error(span, message).with_hint("keep large values elsewhere, and their address here"));
        }
        stages.push(stage);
    }
    // A file that cannot be read may have them.
    for (at, names) in missing.into_iter().filter(|_| is_whole) {
        let found = &declared.settings[at];
        diagnostics.report_absence(
            Diagnostic::error(found.span.clone(), format!("`{}` has no value in {}", found.text, names.join(", "))).with_hint(format!(
                "write it in config/{BASE}.toml or in config/{}.toml, give it a `default`, or `optional = true`",
                names.first().unwrap_or(&BASE)
            )),
        );
    }
    stages
}

fn default(setting: &Setting, tier: Tier) -> Option<(Value, Place)> {
    let of_tier = setting.by_tier.get(&tier).and_then(|rules| rules.default.clone());
    let default = || Some((setting.rules.default.clone()?, Place::Default));
    of_tier.map(|value| (value, Place::TierDefault)).or_else(default)
}

/// A value of an environment's own file was checked where it is written.
fn report_place(found: &Declared, environment: &Environment, place: &Place, wrong: &str, diagnostics: &mut Diagnostics) {
    let Place::File(name, line) = place else { return };
    let message = format!("`{}` {wrong} in `{}`, where its value is that of {name}:{line}", found.text, environment.name);
    let hint = format!("write another value in config/{}.toml", environment.name);
    diagnostics.report(Diagnostic::error(found.span.clone(), message).with_hint(hint));
}

fn declaration(setting: &Setting) -> String {
    let about = if setting.about.is_empty() { String::new() } else { format!(", {}", setting.about) };
    format!("`{}`: {}{about}", setting.key, setting.words())
}

fn report_stem(declared: &AppFile, environments: &[Environment], stem: &str, source: &Source, diagnostics: &mut Diagnostics) {
    let names = || environments.iter().map(|environment| environment.name.as_str());
    let app = declared.app.as_ref().map_or("the app", |app| app.as_str());
    let message = format!("`{}` is for no environment of {app}", shorten(&source.name));
    let diagnostic = Diagnostic::error(syntax::first_line(&source.text), message);
    let bare = stem.rsplit_once('.').map_or(stem, |(bare, _)| bare);
    diagnostics.report(match nearest(bare, names().chain([BASE])) {
        Some(near) => diagnostic.with_label(format!("did you mean {near}.toml?")),
        None => diagnostic.with_hint(format!(
            "the files are {BASE}.toml and {}",
            names().map(|name| format!("{name}.toml")).collect::<Vec<_>>().join(", ")
        )),
    });
}

fn report_key(declared: &AppFile, name: &str, span: std::ops::Range<usize>, diagnostics: &mut Diagnostics) {
    let known = || declared.settings.iter().map(|declared| declared.text.as_str());
    let near = known().find(|known| known.eq_ignore_ascii_case(name)).or_else(|| nearest(name, known()));
    // What no key can be may be a value.
    let shown = if near.is_some() || name.parse::<SettingKey>().is_ok() { format!("`{}`", shorten(name)) } else { "this key".to_owned() };
    let diagnostic = Diagnostic::error(span, format!("{shown} is no setting of app.toml"));
    diagnostics.report(match near {
        Some(near) => diagnostic.with_label(format!("did you mean `{near}`?")),
        None => diagnostic.with_hint("declare it in app.toml, under [settings]"),
    });
}
