//! Settings and secrets of the examples' apps: set, changed, checked and read back in the accounts of all environments.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Judge;

/// In every value of a secret.
const MARK: &str = "SECRETVALUE";
const REASON: [&str; 2] = ["--reason", "conformance"];

/// Returns the files that declare the apps of an example.
fn files(example: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(example).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> = entries.chain([example.to_owned()]).map(|folder| folder.join("app.toml")).collect();
    found.retain(|file| file.is_file());
    found.sort();
    found
}

/// Returns a value that fits what the examples ask of a secret.
fn value(key: &str, environment: &str, number: u8) -> String {
    let begin = match (key, environment) {
        ("stripe_key", "prod") => "sk_live_",
        ("stripe_key", _) => "sk_test_",
        ("bank_key", "prod") => "bk_live_",
        ("bank_key", _) => "bk_test_",
        _ => "",
    };
    format!("{begin}{}{number}", MARK.repeat(6))
}

/// Every secret of every app is set in each environment, and what programs are given is what was set.
pub(super) fn are_set_and_read(judge: &Judge, example: &Path, manifest: &Path) {
    for file in files(example) {
        let app = file.to_string_lossy().into_owned();
        let run = |arguments: &[&str], input: &str, code: i32| {
            let output = judge.given(manifest, &[&["config"], arguments, &["--app", &app, "--format", "json"]].concat(), input);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(!errors.contains(MARK), "a secret is shown: {errors}");
            serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {output:?}"))
        };
        let missing = run(&[&["check"][..], &REASON].concat(), "", 4)["missing"].as_array().expect("a list").clone();
        for one in &missing {
            let (environment, key) = (one["environment"].as_str().expect("a text"), one["key"].as_str().expect("a text"));
            let at = |verb| [&[verb, environment, key][..], &REASON].concat();
            run(&at("set"), &value(key, environment, 1), 0);
            run(&at("set"), &value(key, environment, 2), 0);
            assert_eq!(run(&at("history"), "", 0)["versions"].as_array().map(Vec::len), Some(2), "{key} in {environment}");
        }
        let checked = run(&[&["check"][..], &REASON].concat(), "", 0);
        let environments: Vec<&str> =
            checked["environments"].as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
        for environment in &environments {
            run(&[&["push", environment, "--yes"][..], &REASON].concat(), "", 0);
            let pulled = run(&[&["pull", environment, "--deployed", "--secrets"][..], &REASON].concat(), "", 0);
            for one in missing.iter().filter(|one| one["environment"] == *environment) {
                let key = one["key"].as_str().expect("a text");
                assert_eq!(pulled[key], value(key, environment, 2), "{key} in {environment}");
            }
        }
        eprintln!("  {app}: {} secrets set, changed and read in {}", missing.len(), environments.join(", "));
    }
}
