//! Files that landfall did not write: a command that is told to write or remove one by mistake leaves it unchanged.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");

/// A temporary folder with a manifest in it, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("files-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let place = Self(folder);
        place.write("landfall.toml", STARTUP);
        place
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.0.join(file), text).expect("written");
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.join(file)).expect("read")
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(arguments).current_dir(&self.0).env_clear().env("HOME", &self.0);
        Run(command.output().expect("the binary runs"))
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
    fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    #[track_caller]
    fn expect(self, code: i32) -> Self {
        let out = String::from_utf8_lossy(&self.0.stdout);
        assert_eq!(self.0.status.code(), Some(code), "stdout: {out}\nstderr: {}", self.err());
        self
    }

    #[track_caller]
    fn says(self, words: &str) -> Self {
        assert!(self.err().contains(words), "{words}: {}", self.err());
        self
    }
}

/// Every command that writes or removes a file, told to use the file `X`.
const WRITERS: &[&[&str]] = &[
    &["init", "--name", "acme", "--email", "aws@acme.example", "--region", "eu-west-1", "-f", "X"],
    &["plan", "--sandbox", "--out", "X"],
    &["plan", "--sandbox", "--out", "./X"],
    &["outputs", "--sandbox", "--out", "X"],
    &["outputs", "--sandbox", "--format", "env", "--out", "X"],
    &["outputs", "--sandbox", "--format", "terraform", "--out", "X"],
    &["outputs", "--sandbox", "--format", "cdk", "--out", "X"],
    &["export", "terraform", "--import", "--sandbox", "--out", "X"],
    &["plan", "--sandbox=X"],
    &["apply", "--yes", "--sandbox=X"],
    &["sandbox", "reset", "--sandbox=X"],
    // Files beside a sandbox: its lock, its journal, and the world while it is written.
    &["plan", "--sandbox=C"],
    &["plan", "--sandbox=J"],
    &["apply", "--yes", "--sandbox=J"],
    &["sandbox", "reset", "--sandbox=J"],
    &["plan", "--sandbox=N"],
    &["sandbox", "reset", "--sandbox=N"],
];

/// The files that [`WRITERS`] could write or remove.
const WRITTEN: &[&str] = &["X", "C.lock", "J.journal", "N.new"];

#[test]
fn a_file_without_an_end_is_refused() {
    let place = Place::new("endless");
    place.run(&["validate", "-f", "/dev/zero"]).expect(64).says("it has more than 1048576 bytes");
    place.sandbox(&["apply", "--yes", "/dev/zero"]).expect(64).says("could not read the saved plan `/dev/zero`");
}

/// Whoever reviewed the file saw other steps than those that would be done.
#[test]
fn a_saved_plan_that_was_edited_is_refused() {
    let place = Place::new("edited");
    place.sandbox(&["plan", "--out", "changes.json"]).expect(0);
    let mut document: serde_json::Value = serde_json::from_str(&place.read("changes.json")).expect("JSON");
    document["plan"]["steps"] = serde_json::json!([]);
    place.write("changes.json", &document.to_string());
    place.sandbox(&["apply", "--yes", "changes.json"]).expect(1).says("the file has changed since it was made").says("the file was edited");
    place.sandbox(&["plan", "--detailed-exitcode"]).expect(2);
}

#[test]
fn no_command_replaces_what_landfall_did_not_write() {
    let place = Place::new("foreign");
    let package = "{\"name\": \"shop\", \"dependencies\": {\"landfall\": \"1\"}}\n";
    for (what, text) in [("manifest", STARTUP), ("package", package), ("text", "my notes\n"), ("number", "12 apples\n")] {
        for writer in WRITERS {
            for file in WRITTEN {
                place.write(file, text);
            }
            let run = place.run(writer);
            assert!(matches!(run.0.status.code(), Some(1 | 64)), "{writer:?} on {what}: {}", run.err());
            for file in WRITTEN {
                assert_eq!(place.read(file), text, "{file}: {writer:?} on {what}");
            }
        }
    }
    assert_eq!(place.read("landfall.toml"), STARTUP);
}

#[test]
fn each_document_replaces_its_own_kind_only() {
    let place = Place::new("own");
    let writers: [(&str, &[&str]); 3] = [
        ("a saved plan", &["plan", "--out", "X"]),
        ("an index of environments", &["outputs", "--out", "X"]),
        ("a list of variables", &["outputs", "--format", "env", "--out", "X"]),
    ];
    for (own, first) in writers {
        // Like one from `mktemp`.
        place.write("X", "");
        place.sandbox(first).expect(0);
        let written = place.read("X");
        for (other, second) in writers {
            if own == other {
                place.sandbox(second).expect(0);
            } else {
                place.sandbox(second).expect(64).says(&format!("`X` exists and is {own}, not {other}"));
            }
            assert_eq!(place.read("X"), written, "{own}, then {other}");
        }
    }
    std::fs::create_dir(place.0.join("folder")).expect("a folder");
    place.sandbox(&["plan", "--out", "folder"]).expect(64).says("not a regular file");
}

#[test]
fn a_file_of_another_kind_is_named() {
    let place = Place::new("named");
    // As in kubectl and compose; the hint must not be a command that destroys the file.
    let refused = place.sandbox(&["apply", "landfall.toml"]).expect(64).says("`landfall.toml` is a manifest, not a saved plan");
    assert!(refused.err().contains("leave it out: `landfall apply --sandbox`") && !refused.err().contains("--out"), "{}", refused.err());
    place.write("other.toml", &format!("not = = toml\n{STARTUP}"));
    place.sandbox(&["apply", "other.toml"]).expect(64).says("`landfall apply -f other.toml --sandbox`");
    place.sandbox(&["plan", "--out", "changes.json"]).expect(0);
    place
        .sandbox(&["plan", "-f", "changes.json"])
        .expect(64)
        .says("`changes.json` is a saved plan, not a manifest")
        .says("landfall apply changes.json");
    let index = ["exec", "dev", "--role", "reader", "--index"];
    for (file, is) in [("landfall.toml", "a manifest"), ("changes.json", "a saved plan")] {
        place.sandbox(&[&index[..], &[file, "--", "true"]].concat()).expect(125).says(&format!("`{file}` is {is}, not an index"));
    }
    place.write("notes", "my notes");
    place.sandbox(&["apply", "notes"]).expect(64).says("`notes` is not a saved plan").says("--out changes.json");
}

/// A copied hint must not delete another sandbox.
#[test]
fn a_file_that_is_not_a_sandbox_is_named() {
    let place = Place::new("no-sandbox");
    place.sandbox(&["apply", "--yes"]).expect(0);
    place.sandbox(&["plan", "--out", "plan.json"]).expect(0);
    place.sandbox(&["outputs", "--out", "index.json"]).expect(0);
    let world = place.read(".landfall/sandbox.json");
    let commands: [&[&str]; 7] = [
        &["plan"],
        &["apply", "--yes"],
        &["status"],
        &["outputs"],
        &["exec", "dev", "--role", "reader", "--", "true"],
        &["sandbox", "serve"],
        &["sandbox", "reset"],
    ];
    for (file, is) in [("landfall.toml", "a manifest"), ("plan.json", "a saved plan"), ("index.json", "an index of environments")] {
        for command in commands {
            let sandbox = format!("--sandbox={file}");
            let code = if command[0] == "exec" { 125 } else { 64 };
            let refused = place.run(&[&[sandbox.as_str()], command].concat()).expect(code);
            assert!(refused.err().contains(&format!("`{file}` is {is}, not a sandbox")), "{command:?}: {}", refused.err());
            assert!(!refused.err().contains("sandbox reset"), "{command:?}: {}", refused.err());
            assert!(!place.0.join(format!("{file}.lock")).exists(), "{command:?} on {file}");
        }
    }
    place.write("p.box", &world[..world.len() / 2]);
    place.run(&["plan", "--sandbox=p.box"]).expect(1).says("run `landfall sandbox reset --sandbox=p.box` to forget it");
    if cfg!(unix) {
        place.run(&["plan", "--sandbox=/dev/null"]).expect(1).says("not a regular file");
    }
    assert_eq!(place.read(".landfall/sandbox.json"), world);
}

/// The sandbox writes its own files when a command ends, so other output in them would be lost.
#[test]
fn nothing_is_written_to_a_file_of_the_sandbox() {
    let place = Place::new("own-files");
    let writers: [&[&str]; 4] = [
        &["plan", "--out"],
        &["outputs", "--out"],
        &["outputs", "--format", "env", "--out"],
        &["init", "--name", "acme", "--email", "aws@acme.example", "--region", "eu-west-1", "-f"],
    ];
    let elsewhere = ".landfall/../.landfall/sandbox.json";
    for (sandbox, files) in [
        ("--sandbox", [".landfall/sandbox.json", elsewhere, ".landfall/sandbox.json.journal", ".landfall/sandbox.json.lock"]),
        ("--sandbox=p.box", ["p.box", "./p.box", "p.box.new", "p.box.lock"]),
    ] {
        for file in files {
            for writer in writers.iter().filter(|writer| writer[0] != "init" || sandbox != "--sandbox") {
                place.run(&[&[sandbox], *writer, &[file]].concat()).expect(64).says("is the sandbox's file");
            }
        }
    }
    let left: Vec<_> = std::fs::read_dir(&place.0).expect("read").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(left, ["landfall.toml"]);
    let init = ["init", "--name", "acme", "--email", "aws@acme.example", "--region", "eu-west-1", "-f", "landfall.schema.json"];
    place.run(&init).expect(64).says("beside the manifest; nothing was written");
    assert!(!place.0.join("landfall.schema.json").exists());
}

#[test]
#[cfg(unix)]
fn profiles_are_replaced_and_nothing_else_of_the_aws_configuration() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new("aws-config");
    place.sandbox(&["apply", "--yes"]).expect(0);
    let index = || place.sandbox(&["outputs", "--out", "environments.json"]).expect(0);
    index();
    let write = ["outputs", "--format", "aws-config", "--index", "environments.json", "--write"];
    place.run(&write).expect(0).says("profiles of acme to ").says("aws sts get-caller-identity --profile acme-");
    let file = place.0.join(".aws/config");
    assert_eq!(std::fs::metadata(&file).expect("written").permissions().mode() & 0o777, 0o600);
    let first = place.read(".aws/config");

    // The user's own profiles, above and below, in a file that is a link and readable by a group.
    let around = |block: &str| format!("[default]\nregion = eu-north-1\n\n{block}[profile mine]\nregion = eu-west-3\n");
    std::fs::rename(&file, place.0.join("dotfile")).expect("moved");
    std::os::unix::fs::symlink(place.0.join("dotfile"), &file).expect("a link");
    place.write("dotfile", &around(&first));
    std::fs::set_permissions(place.0.join("dotfile"), std::fs::Permissions::from_mode(0o640)).expect("opened");
    place.write("landfall.toml", &format!("{STARTUP}\n[environments.qa]\ntier = \"staging\"\n"));
    place.sandbox(&["apply", "--yes"]).expect(0);
    index();
    place.run(&write).expect(0);
    let second = place.read("dotfile");
    // Profiles of a sandbox would replace these.
    place.sandbox(&["outputs", "--format", "aws-config", "--write"]).expect(64).says("profiles of a sandbox are not written");
    assert_eq!(place.read("dotfile"), second);
    assert!(std::fs::symlink_metadata(&file).expect("there").is_symlink());
    assert_eq!(std::fs::metadata(place.0.join("dotfile")).expect("there").permissions().mode() & 0o777, 0o640);
    let block = second
        .strip_prefix("[default]\nregion = eu-north-1\n\n")
        .and_then(|rest| rest.strip_suffix("[profile mine]\nregion = eu-west-3\n"));
    let block = block.expect(&second);
    assert!(block.contains("[profile acme-qa-reader]") && block.matches("[profile acme-dev-reader]").count() == 1, "{block}");
    place.run(&write).expect(0);
    assert_eq!(place.read("dotfile"), second, "a second time changes nothing");

    let repeated = format!("{second}\n[profile acme-qa-reader]\nregion = eu-west-1\n");
    place.write("dotfile", &repeated);
    place.run(&write).expect(1).says("[profile acme-qa-reader]").says("nothing was written");
    assert_eq!(place.read("dotfile"), repeated);

    let mut elsewhere = Command::new(env!("CARGO_BIN_EXE_landfall"));
    elsewhere.args(write).current_dir(&place.0).env_clear().env("AWS_CONFIG_FILE", "mine/config");
    Run(elsewhere.output().expect("the binary runs")).expect(0);
    assert!(place.read("mine/config").starts_with("# landfall acme begin\n"));
}

/// The files of a sandbox contain keys: only their owner can read them, even if an older version left them open.
#[cfg(unix)]
#[test]
fn the_files_of_a_sandbox_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new("private");
    let mode = |file: &str| std::fs::metadata(place.0.join(file)).expect("written").permissions().mode() & 0o777;
    let open = |file: &str| {
        std::fs::set_permissions(place.0.join(file), std::fs::Permissions::from_mode(0o644)).expect("opened");
    };
    place.sandbox(&["apply", "--yes"]).expect(0);
    for file in [".landfall/sandbox.json", ".landfall/sandbox.json.lock"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    // Files from an older version: a world that all may read, and half of one.
    open(".landfall/sandbox.json");
    place.write(".landfall/sandbox.json.new", &place.read(".landfall/sandbox.json"));
    open(".landfall/sandbox.json.new");
    place.write("landfall.toml", &format!("{STARTUP}\n[environments.qa]\ntier = \"staging\"\n"));
    place.sandbox(&["apply", "--yes"]).expect(0);
    assert_eq!(mode(".landfall/sandbox.json"), 0o600);
}

/// `[access] index`: the environments are published in its accounts, by each account's `provisioner`.
#[test]
fn environments_are_published_in_the_accounts_of_the_manifest() {
    let place = Place::new("published");
    let index = |keys: &str| STARTUP.replace("[access]\n", &format!("[access]\nindex = {keys}\n"));
    assert!(index("[]") != STARTUP, "the example has that section");
    place.write("landfall.toml", &index("[\"dev\", \"management\"]"));
    place.sandbox(&["outputs", "--publish"]).expect(1).says("could not publish the environments in account/dev").says("not built yet");
    place.sandbox(&["apply", "--yes"]).expect(0);
    let published = place.sandbox(&["outputs", "--publish"]).expect(0);
    published.says("of account/dev below /landfall/environments: ").says("of account/management below");
    let world: serde_json::Value = serde_json::from_str(&place.read(".landfall/sandbox.json")).expect("a world");
    let kept = world["world"]["parameters"].as_object().expect("by account");
    let dev = world["world"]["accounts"].as_object().expect("accounts").iter().find(|(_, account)| account["name"] == "acme-dev");
    let mut expected = vec![dev.expect("an account").0.clone(), "111111111111".to_owned()];
    expected.sort();
    assert_eq!(kept.keys().cloned().collect::<Vec<_>>(), expected);
}
