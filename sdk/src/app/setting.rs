//! Settings as `app.toml` declares them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::keys;
use super::rules::Rules;
use super::value::{SettingType, Value};
use crate::model::Tier;
use crate::name::{AppName, SettingKey, Store};
use crate::written::diagnostic::{Diagnostic, Diagnostics};
use crate::written::section::{Section, parsed};
use crate::written::syntax::{self, FileKind};

/// A setting or secret of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// Its key.
    pub key: SettingKey,
    /// Its type.
    pub of: SettingType,
    /// What it is for; may be empty.
    pub about: String,
    /// Where its values are kept, if it is a secret.
    pub secret: Option<Store>,
    pub(super) rules: Rules,
    pub(super) by_tier: BTreeMap<Tier, Rules>,
}

impl Setting {
    /// Returns its rules in an environment of a tier.
    pub(super) fn rules(&self, tier: Tier) -> Rules {
        self.rules.with(self.by_tier.get(&tier))
    }

    /// Returns its type and rules in a few words, and the tiers that have others: `integer 1 to 500; other rules in production`.
    #[must_use]
    pub fn words(&self) -> String {
        let words = self.words_of(&self.rules);
        let others: Vec<&str> = self.by_tier.keys().filter(|tier| self.words_in(**tier) != words).map(|tier| tier.as_str()).collect();
        if others.is_empty() { words } else { format!("{words}; other rules in {}", others.join(", ")) }
    }

    /// Returns its type and rules in a few words, as they are in an environment of a tier.
    #[must_use]
    pub fn words_in(&self, tier: Tier) -> String {
        self.words_of(&self.rules(tier))
    }

    fn words_of(&self, rules: &Rules) -> String {
        let what = if self.secret.is_some() { "secret" } else { self.of.as_str() };
        format!("{what} {}", rules.words()).trim_end().to_owned()
    }

    /// Returns whether it may be absent in an environment of a tier.
    #[must_use]
    pub fn is_optional(&self, tier: Tier) -> bool {
        self.rules(tier).optional == Some(true)
    }

    /// Checks the value of a secret in an environment of a tier; the error does not show it.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words that follow its key.
    pub fn check(&self, text: &str, tier: Tier) -> Result<(), String> {
        let most = self.secret.map_or(usize::MAX, Store::bytes_max);
        if text.len() > most {
            return Err(format!("has {} bytes, and {} takes {most}", text.len(), self.secret.map_or("the store", Store::as_str)));
        }
        self.rules(tier).check(&self.of.parse(text)?)
    }
}

/// A setting, and where it is declared.
#[derive(Debug)]
pub(super) struct Declared {
    /// Its key as written.
    pub(super) text: String,
    pub(super) span: Range<usize>,
    /// `None` if something about it is wrong, which was reported.
    pub(super) setting: Option<Setting>,
}

/// What `app.toml` declares.
#[derive(Debug)]
pub(super) struct AppFile {
    pub(super) app: Option<AppName>,
    pub(super) settings: Vec<Declared>,
}

/// Reads `app.toml`; `None` if nothing of it can be used.
pub(super) fn read(text: &str, kind: &FileKind, diagnostics: &mut Diagnostics) -> Option<AppFile> {
    let table = syntax::read(kind, text, diagnostics)?;
    let file = Section::open(diagnostics, String::new(), syntax::first_line(text), &table, keys::FILE, |_, _| None);
    if let Some(schema) = file.any_number(diagnostics, "schema").filter(|schema| schema.value != "1") {
        let message = format!("there is no schema {}", schema.value);
        diagnostics.report(Diagnostic::error(schema.span, message).with_hint("write 1; a higher one needs a newer landfall"));
        return None;
    }
    let app = file.parse(diagnostics, "app").map(|app| app.value);
    let settings = file.sections(diagnostics, "settings").into_iter().map(|(title, section)| {
        let key: Option<SettingKey> = match parsed(&title.value) {
            Ok(key) => Some(key),
            Err(message) => {
                diagnostics.report(Diagnostic::error(title.span.clone(), message).with_hint("as a variable, a key is in upper case"));
                None
            }
        };
        let setting = section.and_then(|section| setting(key?, &section, diagnostics));
        Declared { text: title.value, span: title.span, setting }
    });
    Some(AppFile { app, settings: settings.collect() })
}

fn setting(key: SettingKey, section: &Section<'_>, diagnostics: &mut Diagnostics) -> Option<Setting> {
    let before = diagnostics.len();
    let of = section.value(diagnostics, "type", |text| {
        SettingType::of(text).ok_or_else(|| format!("there is no such type of settings: write one of {}", SettingType::NAMES.join(", ")))
    });
    if diagnostics.len() > before {
        // Rules that are right for one type are wrong for another.
        return None;
    }
    let of = of.map_or(SettingType::String, |of| of.value);
    let about = section.value(diagnostics, "about", |text| Ok(text.to_owned())).map(|text| text.value).unwrap_or_default();
    let is_secret = section.flag(diagnostics, "secret").is_some_and(|flag| flag.value);
    let store = section.value(diagnostics, "store", |text| match text {
        "ssm" => Ok(Store::Ssm),
        "secrets-manager" => Ok(Store::SecretsManager),
        _ => Err("there is no such store of secrets: write ssm or secrets-manager".to_owned()),
    });
    if let Some(store) = store.as_ref().filter(|_| !is_secret) {
        diagnostics.report(
            Diagnostic::error(store.span.clone(), format!("`{key}` is no secret: its values are in files"))
                .with_hint("remove `store`, or write `secret = true`"),
        );
    }
    let secret = is_secret.then(|| store.map_or(Store::Ssm, |store| store.value));
    let rules = Rules::read(section, of, is_secret, diagnostics);
    check_default(&rules, section, diagnostics);
    let by_tier = Tier::ALL
        .into_iter()
        .filter_map(|tier| {
            let inner = section.section(diagnostics, tier.as_str())?;
            let own = Rules::read(&inner, of, is_secret, diagnostics);
            let whole = rules.with(Some(&own));
            check_default(&whole, if own.default.is_some() { &inner } else { section }, diagnostics);
            Some((tier, own))
        })
        .collect();
    // A setting with a mistake has no rules that values could be held to.
    (diagnostics.len() == before).then_some(Setting { key, of, about, secret, rules, by_tier })
}

/// Reports a default that its own rules refuse.
fn check_default(rules: &Rules, section: &Section<'_>, diagnostics: &mut Diagnostics) {
    let wrong = rules.default.as_ref().and_then(|default: &Value| rules.check(default).err());
    if let (Some(wrong), Some((name, value))) = (wrong, section.any("default")) {
        diagnostics.report(Diagnostic::error(value.span(), format!("{name} {wrong}")).with_hint("the rules are those beside it"));
    }
}
