//! Which parts of a file of values may be secrets: the value of every key that is not declared as a setting. It may be a secret that does not
//! belong there, or one whose key is misspelt, so that no message may show its line.

use std::ops::Range;

/// Returns the parts that may be secrets. Reads lines, not TOML: the file may be broken.
pub(super) fn parts(text: &str, is_setting: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut hides = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let value = match key(line) {
            Some((key, value)) => {
                hides = !is_setting(key);
                value
            }
            // The rest of a value of many lines.
            None => 0,
        };
        let is_heading = line.trim_start().starts_with(['#', '[']);
        if hides && !is_heading {
            parts.push(start + value..start + line.trim_end().len().max(value));
        }
        start += line.len();
    }
    parts
}

/// Returns the key that a line begins with, without its quotes, and where its value begins.
fn key(line: &str) -> Option<(&str, usize)> {
    let (before, value) = line.split_once('=')?;
    let key = before.trim_start_matches('\u{feff}').trim().trim_matches(['"', '\'']);
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-. ".contains(c));
    is_key.then(|| (key, line.len() - value.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_of_settings_are_left() {
        let text = "# a note\nurl = \"x\"\nkey = \"SECRET\"\n\"key\" = SECRET\nkey = \"\"\"\nSECRET\nSECRET\"\"\"\nurl=\"y\"\n\
            URL = \"SECRET é\"\r\nurl = [\n  \"z\",\n]\n";
        let mut shown = text.to_owned();
        for part in parts(text, |key| key == "url") {
            shown.replace_range(part.clone(), &"*".repeat(part.len()));
        }
        assert!(!shown.contains("SECRET"), "{shown}");
        assert!(
            shown.contains("url = \"x\"") && shown.contains("url=\"y\"") && shown.contains("\"z\"") && shown.contains("# a note"),
            "{shown}"
        );
        assert_eq!(shown.len(), text.len());
    }
}
