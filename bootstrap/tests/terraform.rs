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

    /// The example with more in its manifest, applied again.
    fn with(mut self, more: &str) -> Self {
        let text = std::fs::read_to_string(&self.manifest).expect("read");
        self.manifest = self.folder.join("landfall.toml");
        std::fs::write(&self.manifest, format!("{text}\n{more}")).expect("written");
        self.run(&["apply", "--yes"]);
        self
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

/// How ids and addresses of AWS's begin, and what they are made of: which of several is given out depends on which call was first.
const GIVEN: [(&str, &str); 15] = [
    ("acl-", HEX),
    ("eipalloc-", HEX),
    ("fl-", HEX),
    ("igw-", HEX),
    ("nat-", HEX),
    ("rtb-", HEX),
    ("sg-", HEX),
    ("subnet-", HEX),
    ("vpc-", HEX),
    ("vpce-", HEX),
    ("p-", WORD),
    ("ou-", WORD),
    ("o-", WORD),
    ("222200000", DIGITS),
    ("198.1", DIGITS),
];
/// What the id of a key looks like.
const UUID: &str = "00000000-0000-0000-0000-000000000000";
const HEX: &str = "0123456789abcdef";
const WORD: &str = "0123456789abcdefghijklmnopqrstuvwxyz-";
const DIGITS: &str = "0123456789.";

/// Returns a text in which each of them is the number of its first appearance.
fn steady(text: &str) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut out = String::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let before = text[..at].chars().next_back();
        let given = GIVEN.iter().find_map(|(prefix, letters)| {
            let is_number = prefix.starts_with(|one: char| one.is_ascii_digit());
            let is_inside = before.is_some_and(|one| one.is_ascii_alphanumeric() || one == '_' || one == '-' && !is_number);
            let rest = text[at..].strip_prefix(prefix).filter(|_| !is_inside)?;
            let length = rest.find(|one| !letters.contains(one)).unwrap_or(rest.len());
            let id = &text[at..at + prefix.len() + length];
            (length >= 2 && id.contains(|one: char| one.is_ascii_digit())).then_some((*prefix, id))
        });
        let given = given.or_else(|| {
            let id = text.get(at..at + UUID.len())?;
            let is_one = id.bytes().zip(UUID.bytes()).all(|(one, like)| if like == b'-' { one == b'-' } else { one.is_ascii_hexdigit() });
            is_one.then_some(("uuid", id))
        });
        if let Some((prefix, id)) = given {
            let number = seen.iter().position(|known| *known == id).unwrap_or_else(|| {
                seen.push(id);
                seen.len() - 1
            });
            out.push_str(&format!("{}#{number}", prefix.trim_end_matches('-')));
            at += id.len();
        } else {
            out.push(first);
            at += first.len_utf8();
        }
    }
    out
}

/// Every account that works has one provider, which is that account's only; the index in a file gives the same text as AWS.
#[track_caller]
fn check(example: &str) {
    let built = Built::new(example, "outputs");
    let terraform = built.run(&["outputs", "--format", "terraform"]);
    let cdk = built.run(&["outputs", "--format", "cdk"]);
    insta::assert_snapshot!(format!("{example}_terraform"), steady(&terraform));
    insta::assert_snapshot!(format!("{example}_cdk"), steady(&cdk));

    built.run(&["outputs", "--out", "index.json"]);
    let imports = built.run(&["export", "terraform", "--import"]);
    insta::assert_snapshot!(format!("{example}_imports"), steady(&imports));
    for _ in 0..2 {
        built.run(&["export", "terraform", "--import", "--out", "imports.tf"]);
    }
    assert_eq!(built.read("imports.tf"), imports);
    let json: serde_json::Value = serde_json::from_str(&built.run(&["export", "terraform", "--import", "--format", "json"])).expect("JSON");
    let targets: Vec<&str> = imports.lines().filter_map(|line| line.trim().strip_prefix("to       = ")).collect();
    let named: Vec<&str> = json["imports"].as_array().expect("a list").iter().filter_map(|one| one["to"].as_str()).collect();
    assert_eq!(targets, named);
    assert_eq!(targets.iter().collect::<std::collections::BTreeSet<_>>().len(), targets.len(), "no two blocks have one target");

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
        let environments = index["environments"].as_array().expect("a list").iter().filter_map(|one| one["accounts"].as_array());
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

#[test]
fn the_state_of_each_account_has_a_backend() {
    let built = Built::new("startup", "backend").with("[delivery]\nterraform = true\n");
    let terraform = built.run(&["outputs", "--format", "terraform"]);
    let buckets: Vec<&str> = terraform.lines().filter_map(|line| line.trim().strip_prefix("bucket       = ")).collect();
    let is_named = |bucket: &&str| bucket.starts_with("\"acme-terraform-2222") && bucket.ends_with("-eu-west-1\"");
    assert_eq!(buckets.iter().filter(|bucket| is_named(bucket)).count(), 3, "dev, staging and prod: {buckets:?}");
    assert_eq!(terraform.matches("use_lockfile = true").count(), 3);
    let without = terraform.lines().filter(|line| line.trim().starts_with("backend ") && line.ends_with(" = null")).count();
    assert_eq!(without, 1, "the log archive");
}

#[test]
fn an_export_says_what_there_is_to_export() {
    for (more, words) in [
        (&[][..], &["add `--import`", "landfall outputs --format terraform"][..]),
        (&["--import", "--format", "json", "--out", "x.tf"], &["`--format json` goes to standard output"]),
        (&["--import", "--format", "terraform"], &["for `landfall outputs` only"]),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        let output = command.args(["export", "terraform"]).args(more).env_clear().output().expect("the binary runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{more:?}: {error}");
        for words in words {
            assert!(error.contains(words), "{more:?}: {error}");
        }
    }
}
