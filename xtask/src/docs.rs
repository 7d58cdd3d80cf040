//! `cargo xtask docs`: writes docs/MANIFEST.md, every key of the manifest, from the schema that `landfall schema` prints, and the table
//! of attackers in docs/ACCESS.md, from the rows of tests/policies.
//!
//! With `--check` nothing is written, and a page that is not what would be written is a failure.

use std::fs;

use serde_json::{Map, Value};

use crate::step::{self, Failure, step};
use crate::workspace;

/// The page, from the repository's root.
pub(crate) const PAGE: &str = "docs/MANIFEST.md";

/// The page with the table of attackers, from the repository's root.
const ACCESS: &str = "docs/ACCESS.md";

/// The text above the tables.
const HEAD: &str = "\
# The manifest

Every key of `landfall.toml`. This page is made by `cargo xtask docs` from the manifest's schema; `landfall schema` prints that for
editors, and `landfall init` puts it beside the manifest. A key in **bold** has to be there. `examples/` has whole manifests.

What one key of a manifest decides for another (a tier for a network, an environment for a guardrail) `landfall validate` checks,
offline and all at once; each mistake is shown with its place and what would be right.
";

/// What to do with the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Do {
    /// Write it.
    Write,
    /// Compare it.
    Check,
}

/// Writes or checks the page.
///
/// # Errors
///
/// When the binary cannot be built, the page cannot be written, or it is an old one.
pub(crate) fn run(what: Do) -> Result<(), Failure> {
    // With a test, so that what the tests use is used here: without one, Cargo builds the AWS crates once more, with fewer features.
    step("build", || {
        step::run(workspace::cargo(["build"]).args(workspace::SELECTION).args(["--bin", "landfall", "--bin", "probes", "--test", "files"]))
    })?;
    let program = workspace::target_directory()?.join("debug").join("landfall");
    let schema = step::output(std::process::Command::new(program).arg("schema"))?;
    let schema: Value = serde_json::from_str(&schema).map_err(|error| Failure(format!("`landfall schema` prints no JSON: {error}")))?;
    put(what, PAGE, &page(&schema), "the schema says")?;
    let probes = workspace::target_directory()?.join("debug").join("probes");
    let text = step::output(std::process::Command::new(probes).arg("cast").arg(workspace::root().join(ACCESS)))?;
    put(what, ACCESS, &text, "tests/policies says")
}

/// Writes or checks one page.
fn put(what: Do, page: &str, text: &str, said: &str) -> Result<(), Failure> {
    let file = workspace::root().join(page);
    match what {
        Do::Write => fs::write(&file, text).map_err(|error| Failure::io("write", &file, &error)),
        Do::Check if fs::read_to_string(&file).is_ok_and(|found| found == text) => Ok(()),
        Do::Check => Err(Failure(format!("{page} is not what {said}; `cargo xtask docs` writes it"))),
    }
}

/// Returns the page for a schema.
fn page(schema: &Value) -> String {
    let mut text = HEAD.to_owned();
    section("", "The file", "", schema, &mut text);
    text
}

/// Writes a section's table, and then those of the sections in it.
fn section(path: &str, title: &str, about: &str, schema: &Value, text: &mut String) {
    let none = Map::new();
    let keys = schema["properties"].as_object().unwrap_or(&none);
    text.push_str(&format!("\n## {title}\n\n"));
    if !about.is_empty() {
        text.push_str(&format!("{}.\n\n", upper_first(about)));
    }
    text.push_str("| key | value | meaning |\n| --- | --- | --- |\n");
    for (name, key) in keys {
        let is_required = schema["required"].as_array().is_some_and(|required| required.iter().any(|other| other == name));
        let shown = if is_required { format!("**`{name}`**") } else { format!("`{name}`") };
        text.push_str(&format!("| {shown} | {} | {} |\n", value(key), cell(about_of(key))));
    }
    for (name, key) in keys {
        let inside = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if key["properties"].is_object() {
            section(&inside, &format!("`[{inside}]`"), about_of(key), key, text);
        } else if key["additionalProperties"]["properties"].is_object() {
            let inside = format!("{inside}.NAME");
            section(&inside, &format!("`[{inside}]`"), about_of(key), &key["additionalProperties"], text);
        }
    }
}

/// Returns what a key holds, in words.
fn value(key: &Value) -> String {
    let choices = |list: &Value| {
        let words: Vec<String> = list.as_array().into_iter().flatten().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
        words.join(", ")
    };
    if let Some(only) = key.get("const") {
        return format!("`{only}`");
    }
    if key["enum"].is_array() {
        return choices(&key["enum"]);
    }
    match key["type"].as_str() {
        Some("integer") => format!("{} to {}", key["minimum"], key["maximum"]),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("array") if key["items"]["enum"].is_array() => format!("list of {}", choices(&key["items"]["enum"])),
        Some("array") => "list of texts".to_owned(),
        Some("object") if key["additionalProperties"]["type"] == "string" => "names and texts".to_owned(),
        Some("object") if key["additionalProperties"]["type"] == "number" => "names and numbers".to_owned(),
        Some("object") => "section, below".to_owned(),
        _ => "text".to_owned(),
    }
}

fn about_of(key: &Value) -> &str {
    key["description"].as_str().unwrap_or_default()
}

/// Returns a text as a table's cell takes it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn upper_first(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_key_of_every_section_is_on_the_page() {
        let schema = json!({"type": "object", "required": ["schema"], "properties": {
            "schema": {"const": 1, "description": "the format"},
            "units": {"type": "object", "description": "units", "propertyNames": {"pattern": "x"}, "additionalProperties": {
                "type": "object", "properties": {"adopt": {"type": "boolean", "description": "whether a | b"}}}},
            "audit": {"type": "object", "description": "the trail", "properties": {
                "size": {"type": "integer", "minimum": 1, "maximum": 6, "description": "how many"},
                "tags": {"type": "object", "additionalProperties": {"type": "string"}, "description": "tags"},
                "sums": {"type": "object", "additionalProperties": {"type": "number"}, "description": "sums"},
                "nat": {"enum": ["none", "single"], "description": "which"}}}}});
        let page = page(&schema);
        for row in [
            "| **`schema`** | `1` | the format |",
            "## `[units.NAME]`\n\nUnits.\n",
            "| `adopt` | `true` or `false` | whether a \\| b |",
            "## `[audit]`\n",
            "| `size` | 1 to 6 | how many |",
            "| `tags` | names and texts | tags |",
            "| `sums` | names and numbers | sums |",
            "| `nat` | `none`, `single` | which |",
        ] {
            assert!(page.contains(row), "{row}: {page}");
        }
    }
}
