//! The command line: complete runs with the real binary on the sandbox, with standard output, standard error and exit codes.

#[path = "session/replay.rs"]
mod replay;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");

/// A temporary folder with a manifest in it, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str, manifest: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("session-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let place = Self(folder);
        place.write(manifest);
        place
    }

    fn write(&self, manifest: &str) {
        std::fs::write(self.0.join("landfall.toml"), manifest).expect("written");
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run(self.command(arguments).output().expect("the binary runs"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(arguments).current_dir(&self.0).env_clear();
        // A sandbox must read none of these.
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").env("AWS_PROFILE", "nobody").env("AWS_REGION", "ap-south-1");
        command
    }

    fn sandbox(&self, arguments: &[&str]) -> Run {
        self.run(&[&["--sandbox"], arguments].concat())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Run(Output);

impl Run {
    fn code(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out()).unwrap_or_else(|error| panic!("{error}: {}{}", self.out(), self.err()))
    }

    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "stdout: {}\nstderr: {}", self.out(), self.err());
        self
    }
}

#[test]
fn plan_apply_plan() {
    let place = Place::new("plan-apply-plan", STARTUP);
    let plan = place.sandbox(&["plan", "--detailed-exitcode"]).expect(2);
    insta::assert_snapshot!("first_plan", plan.out());
    assert_eq!(place.sandbox(&["plan"]).expect(0).out(), plan.out(), "a plan changes nothing");

    let refused = place.sandbox(&["apply"]).expect(1);
    assert!(refused.err().contains("--yes"), "{}", refused.err());
    assert_eq!(place.sandbox(&["plan"]).expect(0).out(), plan.out(), "not confirmed");

    let steps = place.sandbox(&["plan", "--format", "json"]).expect(0).json()["steps"].as_array().map(Vec::len).unwrap_or_default();
    let applied = place.sandbox(&["apply", "--yes"]).expect(0);
    assert!(steps > 100 && applied.err().contains(&format!("{steps} of {steps} done")), "{}", applied.err());
    assert!(applied.out().contains("prod"), "the tree is shown: {}", applied.out());

    let again = place.sandbox(&["plan", "--detailed-exitcode"]).expect(0);
    assert!(again.out().contains("nothing to do"), "{}", again.out());
    let second = place.sandbox(&["apply", "--yes", "--format", "json"]).expect(0);
    let last: serde_json::Value = serde_json::from_str(second.out().lines().last().unwrap_or_default()).expect("an event");
    assert_eq!((last["event"].as_str(), last["mutating"].as_u64()), (Some("run_finished"), Some(0)));
}

#[test]
fn a_changed_manifest_shows_its_fields_from_and_to() {
    let tagged = format!("{STARTUP}\n[accounts.tooling]\nunit = \"Infrastructure\"\ntags = {{ owner = \"platform\" }}\n");
    let place = Place::new("changed", &tagged);
    place.sandbox(&["apply", "--yes"]).expect(0);
    let changed = tagged
        .replace("owner = \"platform\"", "owner = \"core\"")
        .replace("[\"eu-west-1\", \"us-east-1\"]", "[\"eu-west-1\", \"us-east-1\", \"eu-central-1\"]")
        .replace(
            "[environments.dev]\ntier    = \"development\"",
            "[environments.dev]\ntier    = \"development\"\nunit    = \"Workloads/Dev\"",
        );
    place.write(&changed);
    let plan = place.sandbox(&["plan", "--detailed-exitcode"]).expect(2);
    insta::assert_snapshot!("changed_plan", plan.out());
    place.sandbox(&["apply", "--yes"]).expect(0);
    place.sandbox(&["plan", "--detailed-exitcode"]).expect(0);
}

#[test]
fn the_json_forms_are_documents_and_lines() {
    let place = Place::new("json", STARTUP);
    let plan = place.sandbox(&["plan", "--format", "json"]).expect(0).json();
    assert_eq!(plan["v"], 1);
    assert!(plan["steps"].as_array().is_some_and(|steps| steps.len() > 100));
    let step = &plan["steps"][0];
    for field in ["address", "kind", "action", "fields", "after", "hazards"] {
        assert!(step.get(field).is_some(), "{field}: {step}");
    }
    for list in ["blocked", "orphans", "unreadable", "not_ready", "notices", "settled"] {
        assert!(plan.get(list).is_some(), "{list}");
    }
    let run = place.sandbox(&["apply", "--yes", "--format", "json"]).expect(0);
    let events: Vec<serde_json::Value> = run.out().lines().map(|line| serde_json::from_str(line).expect("one event a line")).collect();
    assert_eq!(events[0]["event"], "run_started");
    assert_eq!(events[events.len() - 1]["event"], "run_finished");
    let published = place.sandbox(&["outputs", "--publish"]).expect(0);
    assert!(published.err().contains("below /landfall/environments: 4 written, 0 removed, 0 as before"), "{}", published.err());
    let again = place.sandbox(&["outputs", "--publish"]).expect(0);
    assert!(again.err().contains("0 written, 0 removed, 4 as before"), "{}", again.err());
    let outputs = place.sandbox(&["outputs"]).expect(0).json();
    assert_eq!(outputs["landfall"], 1);
    let prod = &outputs["environments"][2]["accounts"][0];
    assert_eq!(prod["roles"]["deployer"]["reason"], true);
    assert!(prod["network"]["vpc"].as_str().is_some_and(|id| id.starts_with("vpc-")), "{prod}");
    assert_eq!(prod["network"]["subnets"].as_object().map(serde_json::Map::len), Some(9));
    assert_eq!(prod["network"]["nat_addresses"].as_array().map(Vec::len), Some(3));
    assert!(place.sandbox(&["status", "--format", "json"]).expect(0).json().is_object());
    let tree = place.sandbox(&["status"]).expect(0).out();
    insta::assert_snapshot!("settled_tree", tree);

    let exists = place.sandbox(&["status", "--cost", "--format", "json"]).expect(0).json();
    let added = &plan["estimate"];
    for field in ["currency", "hours", "prices", "environments", "organization"] {
        assert_eq!(exists["estimate"][field], added[field], "{field}");
    }
    assert_eq!((added["prices"].as_str(), added["environments"]["prod"]["fixed"].to_string()), (Some("2026-09-25"), "116.07".to_owned()));
    let cost = place.sandbox(&["status", "--cost"]).expect(0).out();
    let (before, table) = cost.split_once("\na month of 730 hours").expect("a table");
    assert_eq!(before, tree, "the tree is the same");
    assert!(table.contains("prod              $120       $18  3 NAT gateways, 3 addresses"), "{table}");
    assert!(place.sandbox(&["status", "--format", "json"]).expect(0).json().get("estimate").is_none(), "only if it is asked for");
}

#[test]
fn every_mistake_at_once_with_exit_64_and_no_call() {
    let place =
        Place::new("mistakes", &STARTUP.replace("follows = \"dev\"", "folows  = \"dev\"").replace("10.32.0.0/16", "10.16.128.0/17"));
    let validate = place.run(&["validate"]).expect(64);
    insta::assert_snapshot!("mistakes", validate.err());
    for command in [&["plan"][..], &["apply", "--yes"], &["status"], &["outputs"]] {
        let run = place.sandbox(command).expect(64);
        assert!(run.err().contains("folows"), "{}", run.err());
    }
    assert!(!place.0.join(".landfall").exists(), "nothing was touched");
    let list = place.run(&["validate", "--format", "json"]).expect(64).json();
    assert_eq!(list.as_array().map(Vec::len), Some(2), "{list}");
    assert_eq!((list[0]["line"].as_u64(), list[0]["column"].as_u64()), (Some(20), Some(1)), "{list}");
}

#[test]
fn files_that_are_not_manifests() {
    let place = Place::new("files", "");
    for (text, expect) in [
        ("", "empty"),
        ("schema = 1\u{0}\n", "NUL"),
        ("schema = 2\n", "newer"),
        ("schema = \"1\"\n", "schema"),
        ("= nonsense", "landfall.toml"),
    ] {
        place.write(text);
        let run = place.run(&["validate"]).expect(64);
        assert!(run.err().contains(expect), "{text:?}: {}", run.err());
    }
    place.write(&"# padding\n".repeat(1 << 20));
    let run = place.run(&["validate"]).expect(64);
    assert!(run.err().len() < 2000, "a large file is refused with a short error: {}", run.err());
    std::fs::remove_file(place.0.join("landfall.toml")).expect("removed");
    let run = place.run(&["plan"]).expect(64);
    assert!(run.err().contains("landfall init"), "{}", run.err());
}

#[test]
fn the_command_line_itself() {
    let place = Place::new("usage", STARTUP);
    place.run(&["frobnicate"]).expect(64);
    place.run(&["plan", "--nonsense"]).expect(64);
    place.run(&["--help"]).expect(0);
    place.run(&["validate"]).expect(0);
    let schema = place.run(&["schema"]).expect(0).json();
    assert!(schema["properties"]["environments"].is_object());
}

#[test]
fn shells_and_man_know_every_command() {
    let place = Place::new("shells", STARTUP);
    let man = place.run(&["man"]).expect(0).out();
    for command in [
        "init",
        "validate",
        "plan",
        "apply",
        "replay",
        "status",
        "outputs",
        "exec",
        "credentials",
        "sandbox serve",
        "schema",
        "completions",
        "man",
    ] {
        assert!(man.contains(&format!(".SH \"LANDFALL {}\"", command.to_uppercase())), "{command}: {man}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = place.run(&["completions", shell]).expect(0).out();
        assert!(script.contains("landfall") && script.contains("detailed-exitcode"), "{shell}");
    }
    place.run(&["completions", "csh"]).expect(64);
}

#[test]
fn missing_credentials_are_reported() {
    let place = Place::new("credentials", STARTUP);
    let run = Command::new(env!("CARGO_BIN_EXE_landfall"))
        .args(["plan"])
        .current_dir(&place.0)
        .env_clear()
        .env("HOME", &place.0)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .map(Run)
        .expect("runs");
    let run = run.expect(1);
    assert!(run.err().contains("credentials") && run.err().contains("aws sso login"), "{}", run.err());
}

#[test]
fn init_writes_a_manifest_that_validates() {
    let place = Place::new("init", STARTUP);
    let arguments = ["init", "--name", "acme", "--email", "aws@acme.example", "--region", "eu-west-1", "--environments", "dev,prod"];
    let refused = place.run(&arguments).expect(64);
    assert!(refused.err().contains("there is a manifest `landfall.toml` already"), "{}", refused.err());
    std::fs::remove_file(place.0.join("landfall.toml")).expect("removed");
    let made = place.run(&arguments).expect(0);
    assert!(made.err().contains("test"), "it reminds of a test mail: {}", made.err());
    place.run(&["validate"]).expect(0);
    place.sandbox(&["apply", "--yes"]).expect(0);
}

#[test]
fn a_sandbox_can_be_reset() {
    let place = Place::new("reset", STARTUP);
    place.sandbox(&["apply", "--yes"]).expect(0);
    place.sandbox(&["sandbox", "reset"]).expect(0);
    place.sandbox(&["plan", "--detailed-exitcode"]).expect(2);
    std::fs::write(place.0.join(".landfall/sandbox.json"), "{\"format\": 1, broken").expect("written");
    let broken = place.sandbox(&["plan"]).expect(1);
    assert!(broken.err().contains("sandbox reset"), "{}", broken.err());
    place.sandbox(&["sandbox", "reset"]).expect(0);
    place.sandbox(&["plan"]).expect(0);
}
