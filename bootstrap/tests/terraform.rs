//! The files for Terraform and CDK of the three examples, each built on a sandbox by the real binary.

use std::path::{Path, PathBuf};
use std::process::Command;

/// An example, built on a sandbox of its own, which is removed at the end.
struct Built {
    manifest: PathBuf,
    folder: PathBuf,
}

impl Built {
    fn new(example: &str, test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("terraform-{test}-{example}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example).join("landfall.toml");
        let built = Self { manifest, folder };
        built.run(&["apply", "--yes"]);
        built
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.arg("-f").arg(&self.manifest).arg("--sandbox=sandbox.json").args(arguments);
        let output = command.current_dir(&self.folder).env_clear().env("HOME", &self.folder).output().expect("the binary runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.join(file)).expect("read")
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Every account that works has one provider, which is that account's only; the index in a file gives the same text as AWS.
#[track_caller]
fn check(example: &str) {
    let built = Built::new(example, "outputs");
    let terraform = built.run(&["outputs", "--format", "terraform"]);
    let cdk = built.run(&["outputs", "--format", "cdk"]);
    insta::assert_snapshot!(format!("{example}_terraform"), terraform);
    insta::assert_snapshot!(format!("{example}_cdk"), cdk);

    built.run(&["outputs", "--out", "index.json"]);
    for (format, file, expected) in [("terraform", "landfall.tf", &terraform), ("cdk", "landfall.context.json", &cdk)] {
        // Twice: a file that landfall wrote is replaced.
        for _ in 0..2 {
            built.run(&["outputs", "--format", format, "--index", "index.json", "--out", file]);
        }
        assert_eq!(&built.read(file), expected, "{format}");
    }

    let values = |name: &str| -> Vec<&str> {
        let lines = terraform.lines().map(str::trim);
        lines.filter_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix("= ")).collect()
    };
    for name in ["alias", "allowed_account_ids"] {
        let mut all = values(name);
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "{name}: {all:?}");
        let index: serde_json::Value = serde_json::from_str(&built.read("index.json")).expect("JSON");
        let environments = index["environments"].as_array().expect("a list").iter().flat_map(|one| one["accounts"].as_array());
        let accounts: usize = environments.chain(index["accounts"].as_array()).map(Vec::len).sum();
        assert_eq!(count, accounts + 1, "{name}: each account's, and the management account's");
    }
}

#[test]
fn startup() {
    check("startup");
}

#[test]
fn ecommerce() {
    check("ecommerce");
}

#[test]
fn enterprise() {
    check("enterprise");
}
