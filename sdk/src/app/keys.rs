//! Every key of `app.toml`: its name, its meaning and its type.

use super::value::SettingType;
use crate::written::shape::{Key, LIST, Shape, TEXT, matching, optional, required, sections};

/// The pattern of a setting's key, for editors.
pub(super) const KEY_PATTERN: &str = "^[a-z][a-z0-9_]{0,62}$";

/// The whole file.
pub(super) const FILE: &[Key] = &[
    required("schema", Shape::Number { least: 1, most: 1 }, "the file's format: 1"),
    required("app", matching("^[a-z][a-z0-9-]*[a-z0-9]$"), "the app's name in the manifest's [apps]"),
    optional("settings", sections(KEY_PATTERN, SETTING), "what the app can be told: a key has a-z, 0-9 and _, at most 63"),
];

/// A table with rules of one tier.
const fn of_tier(name: &'static str) -> Key {
    optional(name, Shape::Section(RULES), "rules that hold in environments of this tier instead")
}

/// `[settings]`, a key of it.
const SETTING: &[Key] = &[
    optional("type", Shape::Choice(&SettingType::NAMES), "its type; default string"),
    optional("about", TEXT, "what it is for"),
    optional("secret", Shape::Flag, "whether it is a secret, whose values are in no file; default false"),
    optional("store", Shape::Choice(&["ssm", "secrets-manager"]), "where the secret is kept; default ssm, which is free"),
    DEFAULT,
    OPTIONAL,
    MIN,
    MAX,
    ONE_OF,
    PATTERN,
    of_tier("sandbox"),
    of_tier("development"),
    of_tier("staging"),
    of_tier("production"),
];

/// The rules of a setting, which a tier may have others of.
pub(super) const RULES: &[Key] = &[DEFAULT, OPTIONAL, MIN, MAX, ONE_OF, PATTERN];

const DEFAULT: Key = optional("default", Shape::Any, "its value where no file has one; a secret has none");
const OPTIONAL: Key = optional("optional", Shape::Flag, "whether it may be absent; default false");
const MIN: Key = optional("min", Shape::Any, "smallest number, or fewest characters or items");
const MAX: Key = optional("max", Shape::Any, "largest number, or most characters or items");
const ONE_OF: Key = optional("one_of", LIST, "the only values, as texts");
const PATTERN: Key = optional("pattern", TEXT, "regular expression that the text matches somewhere; ^ and $ hold its ends");
