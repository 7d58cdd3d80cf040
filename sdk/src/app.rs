//! The files of an app: what it can be told, and what each environment tells it.
//!
//! `app.toml` declares settings and secrets, `config/base.toml` and `config/ENV.toml` have the values of settings. They become an [`App`], or
//! every mistake in all of them with its place. Values of secrets are in no file: one that is written there is a mistake, and is not shown.
//!
//! Pure: opens no files, and knows of environments only name and tier.

mod compose;
mod hidden;
mod keys;
mod rules;
mod schema;
mod setting;
#[cfg(test)]
mod tests;
mod value;

pub use compose::{BASE, DOCUMENT_BYTES_MAX, Environment, Place, Stage, Valued};
pub use schema::{app_schema, config_schema};
pub use setting::Setting;
pub use value::{SettingType, Value};

use crate::name::{AppName, Store};
use crate::written::diagnostic::Diagnostics;
use crate::written::syntax::{self, FileKind};
use crate::written::{Diagnostic, Source};

/// Largest file, in bytes.
pub const APP_BYTES_MAX: usize = 1 << 20;

const APP: FileKind = FileKind { noun: "file of an app", bytes_max: APP_BYTES_MAX, empty: Some("write `schema = 1` and `app = \"…\"`") };
const CONFIG: FileKind = FileKind { noun: "file of values", bytes_max: APP_BYTES_MAX, empty: None };

/// An app, and its values in each environment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct App {
    /// Its name.
    pub name: AppName,
    /// Its settings and secrets, in the file's order.
    pub settings: Vec<Setting>,
    /// Its environments, in promotion order.
    pub stages: Vec<Stage>,
}

/// The texts of an app's files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct Sources {
    /// `app.toml`.
    pub app: Source,
    /// The files of values, each with its name before `.toml`: `base`, `prod`.
    pub config: Vec<(String, Source)>,
}

/// The result of parsing an app's files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "diagnostics report what is wrong with the files"]
#[non_exhaustive]
pub struct Parsed {
    /// The app; `None` when there is any error in any of its files.
    pub app: Option<App>,
    /// All diagnostics: file by file, `app.toml` first, each sorted by place. In the texts, what may be a secret is stars.
    pub diagnostics: Vec<(Source, Vec<Diagnostic>)>,
}

/// Parses the files of an app, and checks them together.
///
/// `environments` are those that the manifest gives the app, in promotion order.
///
/// # Examples
///
/// ```
/// use landfall::app::{Environment, Sources, parse};
/// use landfall::manifest::Source;
/// use landfall::model::Tier;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let source = |name: &str, text: &str| Source { name: name.to_owned(), text: text.to_owned() };
/// let app = source("app.toml", "schema = 1\napp = \"shop\"\n[settings]\nlog_level = { default = \"info\" }\n");
/// let prod = source("config/prod.toml", "log_level = \"warn\"\n");
/// let environments = [Environment { name: "prod".parse()?, tier: Tier::Production }];
/// let parsed = parse(&Sources { app, config: vec![("prod".to_owned(), prod)] }, &environments);
/// assert_eq!(parsed.app.ok_or("mistakes")?.stages[0].document(), r#"{"log_level":"warn"}"#);
/// # Ok(())
/// # }
/// ```
pub fn parse(sources: &Sources, environments: &[Environment]) -> Parsed {
    let mut of_app = Diagnostics::default();
    let declared = setting::read(&sources.app.text, &APP, &mut of_app);
    let is_setting = |key: &str| {
        declared
            .iter()
            .flat_map(|declared| &declared.settings)
            .any(|declared| declared.text == key && declared.setting.as_ref().is_some_and(|setting| setting.secret.is_none()))
    };
    let mut of_files: Vec<(&Source, Diagnostics)> = sources.config.iter().map(|(_, source)| (source, Diagnostics::default())).collect();
    for part in hidden::of_app(&sources.app.text) {
        of_app.hide(part);
    }
    for (source, diagnostics) in &mut of_files {
        for part in hidden::of_values(&source.text, is_setting) {
            diagnostics.hide(part);
        }
    }
    let tables: Vec<_> = sources
        .config
        .iter()
        .zip(&mut of_files)
        .map(|((stem, source), (_, diagnostics))| (stem.as_str(), source, syntax::read(&CONFIG, &source.text, diagnostics)))
        .collect();
    let stages = declared.as_ref().map(|declared| {
        let values: Vec<_> = tables
            .iter()
            .zip(&mut of_files)
            .map(|((stem, source, table), (_, diagnostics))| {
                compose::read_file(declared, environments, (stem, source), table.as_ref(), diagnostics)
            })
            .collect();
        compose::stages(declared, environments, &values, &mut of_app)
    });
    let failed = of_app.has_errors() || of_files.iter().any(|(_, diagnostics)| diagnostics.has_errors());
    let app = declared.zip(stages).filter(|_| !failed).and_then(|(declared, stages)| {
        let settings = declared.settings.into_iter().filter_map(|written| written.setting).collect();
        Some(App { name: declared.app?, settings, stages })
    });
    let all = std::iter::once((&sources.app, of_app)).chain(of_files);
    let found = |(source, mut diagnostics): (&Source, Diagnostics)| {
        diagnostics.mask(&source.text);
        let shown = Source { name: source.name.clone(), text: diagnostics.shown(&source.text) };
        (shown, diagnostics.finish())
    };
    Parsed { app, diagnostics: all.map(found).collect() }
}

/// Returns the name in `app.toml`, as far as that can be read: which environments the app has depends on it.
#[must_use]
pub fn name(app: &Source) -> Option<AppName> {
    setting::read(&app.text, &APP, &mut Diagnostics::default())?.app
}

impl App {
    /// Returns the secrets among its settings.
    pub fn secrets(&self) -> impl Iterator<Item = (&Setting, Store)> {
        self.settings.iter().filter_map(|setting| Some((setting, setting.secret?)))
    }
}
