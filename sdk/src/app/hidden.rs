//! Which parts of the files may be secrets, so that no message may show them.
//!
//! In a file of values, everything but comments and lines that are one setting and its value: anything else may be a secret that does not belong
//! there, one whose key is misspelt, or part of one. In `app.toml`, every text but those of keys that cannot hold a secret.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A key, and one value on the same line: a text without escapes, a list of such texts, or a word.
static LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let text = r#"(?:"[^"\\\p{Cc}]*"|'[^'\p{Cc}]*')"#;
    Regex::new(&format!(
        r"^[ \t]*([a-z][a-z0-9_]*)[ \t]*=[ \t]*(?:{text}|\[(?:[ \t]*{text}[ \t]*,?)*[ \t]*\]|[A-Za-z0-9_.+-]+)[ \t]*(?:#.*)?$"
    ))
    .ok()
});
/// A key of `app.toml`, and a text behind it.
static DECLARATION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?:^|[{,\s."'])([A-Za-z0-9_]+)["']?[ \t]*=[ \t]*(\[[^\]]*\]|"[^"]*"?|'[^']*'?|[^,}\s]+)"#).ok());
/// A heading of `app.toml`.
static HEADING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\[settings(?:\.[a-z][a-z0-9_]*(?:\.(?:sandbox|development|staging|production))?)?\][ \t]*(?:#.*)?$").ok()
});
/// Keys of `app.toml` whose values are words of landfall's, or say something about values.
const HARMLESS: [&str; 4] = ["about", "app", "pattern", "schema"];
/// Keys whose values are harmless if they are what they should be.
const WORDS: [(&str, &[&str]); 4] = [
    ("optional", &["true", "false"]),
    ("secret", &["true", "false"]),
    ("store", &["ssm", "secrets-manager"]),
    ("type", &["string", "integer", "number", "boolean", "url", "duration", "list"]),
];

/// Keys of `app.toml` whose values are harmless where the setting is no secret.
const RULES: [&str; 8] = ["default", "one_of", "min", "max", "sandbox", "development", "staging", "production"];

/// Returns the parts of a file of values that may be secrets. Reads lines, not TOML: the file may be broken.
pub(super) fn of_values(text: &str, is_setting: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let is_shown = |line: &str| {
        let line = line.trim_start_matches('\u{feff}');
        let is_blank_or_note = line.trim().is_empty() || line.trim_start().starts_with('#');
        let key = LINE.as_ref().and_then(|pattern| pattern.captures(line)).and_then(|found| found.get(1));
        is_blank_or_note || key.is_some_and(|key| is_setting(key.as_str()))
    };
    let mut parts = Vec::new();
    // A text of many lines is one value, whatever its lines look like.
    let mut is_inside = false;
    for line in lines(text) {
        let written = text[line.clone()].trim_end_matches(['\r']);
        let was_inside = is_inside;
        is_inside ^= (written.matches("\"\"\"").count() + written.matches("'''").count()) % 2 == 1;
        if was_inside {
            parts.push(line);
        } else if !is_shown(written) {
            parts.push(hidden(text, line));
        }
    }
    parts
}

/// Returns the parts of `app.toml` that may be secrets.
pub(super) fn of_app(text: &str) -> Vec<Range<usize>> {
    let Some(pattern) = DECLARATION.as_ref() else { return lines(text).collect() };
    let mut parts = Vec::new();
    // Whether the lines belong to a declaration of many lines, `[settings.KEY]`, of which any line may say that it is a secret.
    let mut is_of_one = false;
    // How many tables are open where a line begins: what is inside one may be a secret's.
    let mut depth = 0_usize;
    for line in lines(text) {
        let written = text[line.clone()].trim();
        let outside = depth == 0;
        depth = (depth + written.matches('{').count()).saturating_sub(written.matches('}').count());
        if written.starts_with('[') {
            is_of_one = written != "[settings]";
            if HEADING.as_ref().is_none_or(|heading| !heading.is_match(written)) {
                parts.push(line);
            }
            continue;
        }
        if written.is_empty() || written.starts_with('#') {
            continue;
        }
        let is_known = |key: &str| [&RULES[..], &HARMLESS].concat().contains(&key) || WORDS.iter().any(|(known, _)| *known == key);
        // One with a key that there is not may be a secret that says so in a word that is misspelt.
        let mut keys = pattern.captures_iter(written).skip(1).filter_map(|found| found.get(1));
        let is_whole = !is_of_one
            && outside
            && depth == 0
            && written.contains('{')
            && written.ends_with('}')
            && !written.contains("secret")
            && keys.all(|key| is_known(key.as_str()));
        let mut rest = text[line.clone()].to_owned();
        for found in pattern.captures_iter(&text[line.clone()]) {
            let (Some(whole), Some(key), Some(value)) = (found.get(0), found.get(1), found.get(2)) else { continue };
            rest.replace_range(whole.range(), &" ".repeat(whole.len()));
            if !is_harmless(key.as_str(), value.as_str(), is_whole) {
                parts.push(line.start + value.start()..line.start + value.end());
            }
        }
        // Text that belongs to no key.
        let rest = rest.trim_matches(|c: char| c.is_whitespace() || "{}[],".contains(c));
        if !rest.is_empty() && !rest.starts_with('#') {
            parts.push(hidden(text, line));
        }
    }
    parts
}

/// Returns whether a value of a declaration cannot be a secret. `is_whole`: the line declares a setting that is none.
fn is_harmless(key: &str, value: &str, is_whole: bool) -> bool {
    let word = value.trim_matches(['"', '\'']);
    let is_word = WORDS.iter().any(|(known, words)| *known == key && words.contains(&word));
    let is_number = !value.starts_with(['"', '\'']) && word.parse::<f64>().is_ok();
    let is_rule = is_whole && ["default", "one_of"].contains(&key);
    is_word || is_number || is_rule || value.starts_with('{') || HARMLESS.contains(&key)
}

/// Returns the lines of a text, without their ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        at..at + line.trim_end_matches('\n').len()
    })
}

/// Returns what is hidden of a line: what is behind a plausible key and `=`, else all of it.
fn hidden(text: &str, line: Range<usize>) -> Range<usize> {
    let written = &text[line.clone()];
    let key = written.split_once('=').map(|(before, _)| before).filter(|before| {
        let key = before.trim().trim_matches(['"', '\'']);
        !key.is_empty() && key.len() <= 40 && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    });
    line.start + key.map_or(0, |before| before.len() + 1)..line.end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, parts: Vec<Range<usize>>) -> String {
        let mut shown = text.to_owned();
        for part in parts {
            let stars: String = text[part.clone()].chars().map(|c| if c == '\n' { '\n' } else { '*' }).collect();
            let stars = stars + &"*".repeat(part.len() - text[part.clone()].chars().count());
            shown.replace_range(part, &stars);
        }
        shown
    }

    #[test]
    fn only_settings_and_notes_are_left_of_values() {
        for text in [
            "key = \"SECRET\"",
            "\"key\" = SECRET",
            "key = \"\"\"\nSECRET\nSECRET\"\"\"",
            "URL = \"SECRET é\"\r",
            "key: SECRET",
            "key \"SECRET\"",
            "set key SECRET",
            "key->SECRET",
            "key := \"SECRET\"",
            "\"key\": \"SECRET\",",
            "{ \"key\": \"SECRET\" }",
            "SECRET2=*",
            "\"k\\u0065y\" = \"SECRET\"",
            "url = \"x\"; key = \"SECRET\"",
            "url = \"x\"\rkey = \"SECRET\"",
            "[key.SECRET",
            "key.SECRET = 1",
            "SECRET",
            "SECRET = \"x\"",
            "url = \"x\" SECRET",
            "url = -----BEGIN SECRET-----",
        ] {
            let shown = shown(text, of_values(text, |key| key == "url"));
            assert!(!shown.contains("SECRET"), "{shown}");
            assert_eq!(shown.len(), text.len());
        }
        for text in ["# a note", "url = \"x\"", "url='y' # z", "url = [\"a\", \"b\"]", "url = 501", "url = true", ""] {
            assert!(of_values(text, |key| key == "url").is_empty(), "{text}");
        }
    }

    #[test]
    fn a_secret_in_a_declaration_is_not_shown() {
        for text in [
            "k = { secret = true, value = \"SECRET\" }",
            "k = { secret = \"SECRET\" }",
            "k = { secret = SECRET }",
            "k = \"SECRET\"",
            "value : SECRET",
            "k = { secret = true, default = \"SECRET\" }",
            "k = { secret = true, min = \"SECRET\" }",
            "k = { secret = true, store = \"SECRET\" }",
            "k.default = \"SECRET\"",
            "k.value = \"SECRET\"",
            "\"k\" = \"SECRET\"",
            "[settings.k]\nsecret = true\ndefault = \"SECRET",
            "[settings.k]\nx = 1 SECRET",
            "[settings.k.SECRET]",
            "k SECRET",
            "[settings.k]\none_of = [\"SECRET\"]\nsecret = true",
            "k = { secret = true, one_of = [\"SECRET\", \"SECRET2\"] }",
            "k = { secret = true, sandbox = \"SECRET\" }",
        ] {
            let shown = shown(text, of_app(text));
            assert!(!shown.contains("SECRET"), "{shown}");
        }
        for text in [
            "schema = 1",
            "app = \"shop\"",
            "[settings]",
            "url = { type = \"url\", about = \"x\", production = { pattern = \"^https\" } }",
            "n = { default = \"info\", min = 5 }",
        ] {
            assert!(of_app(text).is_empty(), "{text}");
        }
    }
}
