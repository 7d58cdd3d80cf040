//! The files for Terraform of every example, built on a sandbox, as python-hcl2 reads them: that they are in the language, that no two
//! providers have one alias, and that each import block is of one of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Prints what a file says, as JSON. Texts keep their quotes there, and expressions are `${…}`.
const READ: &str = "import hcl2, json, sys; print(json.dumps(hcl2.load(sys.stdin)))";

/// Returns the blocks of a kind.
fn blocks<'a>(file: &'a Value, kind: &str) -> Vec<&'a Value> {
    file[kind].as_array().into_iter().flatten().collect()
}

/// Returns the texts of a member of each, without quotes and `${}`.
fn members<'a>(blocks: &[&'a Value], name: &str) -> Vec<&'a str> {
    let text = |block: &&'a Value| block[name].as_str().unwrap_or_else(|| panic!("no {name} in {block}"));
    blocks.iter().map(text).map(|text| text.trim_matches(|one| "\"${}".contains(one))).collect()
}

#[test]
fn every_file_is_in_the_language() {
    let (Some(python), Some(binary)) = (std::env::var_os("LANDFALL_CONFORMANCE_HCL"), std::env::var_os("LANDFALL_CONFORMANCE_BINARY"))
    else {
        eprintln!("skipped: run `cargo xtask conformance`, which has python-hcl2");
        return;
    };
    for manifest in landfall_examples::manifests().expect("the examples are there") {
        let example = manifest.parent().and_then(Path::file_name).expect("a folder").to_string_lossy();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hcl-{example}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let landfall = |arguments: &[&str]| {
            let mut command = Command::new(&binary);
            command.env_clear().env("HOME", &folder).current_dir(&folder).arg("--manifest").arg(&manifest).arg("--sandbox=sandbox.json");
            let output = command.args(arguments).output().expect("the binary runs");
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        };
        let read = |file: &str| -> Value {
            let input = std::fs::File::open(folder.join(file)).expect("it was written");
            let output = Command::new(&python).args(["-c", READ]).stdin(input).output().expect("Python runs");
            assert!(output.status.success(), "{example}, {file}: {}", String::from_utf8_lossy(&output.stderr));
            serde_json::from_slice(&output.stdout).expect("JSON")
        };
        landfall(&["apply", "--yes"]);
        landfall(&["outputs", "--format", "terraform", "--out", "landfall.tf"]);
        landfall(&["export", "terraform", "--import", "--out", "imports.tf"]);
        let (outputs, imports) = (read("landfall.tf"), read("imports.tf"));

        let aliases = |file: &Value| -> BTreeSet<String> {
            let providers: Vec<Value> = blocks(file, "provider").into_iter().map(|block| block["\"aws\""].clone()).collect();
            let providers: Vec<&Value> = providers.iter().collect();
            let aliases = members(&providers, "alias");
            let unique: BTreeSet<String> = aliases.iter().map(|alias| (*alias).to_owned()).collect();
            assert_eq!(unique.len(), aliases.len(), "{example}: {aliases:?}");
            unique
        };
        let known = aliases(&imports);
        assert_eq!(aliases(&outputs), known, "{example}: both have every account");
        assert!(outputs["locals"][0]["landfall"]["environments"].is_object(), "{example}");
        let blocks = blocks(&imports, "import");
        let targets = members(&blocks, "to");
        assert_eq!(targets.iter().collect::<BTreeSet<_>>().len(), targets.len(), "{example}: each target once");
        for provider in members(&blocks, "provider") {
            assert!(provider.strip_prefix("aws.").is_some_and(|alias| known.contains(alias)), "{example}: {provider}");
        }
        eprintln!("  {example}: {} providers, {} import blocks", known.len(), blocks.len());
        assert!(!blocks.is_empty());
        let _ = std::fs::remove_dir_all(&folder);
    }
}
