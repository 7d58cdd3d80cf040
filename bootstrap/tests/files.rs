//! Files of other people's: whatever command is told to write or remove one by mistake, it stays as it was.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");

/// A folder of its own with a manifest in it, removed at the end.
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
    &["plan", "--sandbox=X"],
    &["apply", "--yes", "--sandbox=X"],
    &["sandbox", "reset", "--sandbox=X"],
    // The claim of a sandbox is a file beside it that ends in `.lock`.
    &["plan", "--sandbox=Y"],
];

#[test]
fn no_command_replaces_what_landfall_did_not_write() {
    let place = Place::new("foreign");
    let package = "{\"name\": \"shop\", \"dependencies\": {\"landfall\": \"1\"}}\n";
    for (what, text) in [("manifest", STARTUP), ("package", package), ("text", "my notes\n"), ("number", "12 apples\n")] {
        for writer in WRITERS {
            place.write("X", text);
            place.write("Y.lock", text);
            let run = place.run(writer);
            assert!(matches!(run.0.status.code(), Some(1 | 64)), "{writer:?} on {what}: {}", run.err());
            assert_eq!((place.read("X"), place.read("Y.lock")), (text.to_owned(), text.to_owned()), "{writer:?} on {what}");
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
        // As `mktemp` makes one.
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
    place.sandbox(&["plan", "--out", "folder"]).expect(1).says("not a regular file");
}

#[test]
fn a_file_in_the_wrong_place_is_named_for_what_it_is() {
    let place = Place::new("named");
    // The habit of kubectl and compose; the hint must not be a command that destroys the file.
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

#[test]
#[cfg(unix)]
fn profiles_are_replaced_and_nothing_else_of_the_aws_configuration() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new("aws-config");
    place.sandbox(&["apply", "--yes"]).expect(0);
    let write = ["outputs", "--format", "aws-config", "--write"];
    place.sandbox(&write).expect(0).says("profiles of acme to ").says("aws sts get-caller-identity --profile acme-");
    let file = place.0.join(".aws/config");
    assert_eq!(std::fs::metadata(&file).expect("written").permissions().mode() & 0o777, 0o600);
    let first = place.read(".aws/config");

    // Somebody's own profiles, above and below, in a file that is a link and readable by a group.
    let around = |block: &str| format!("[default]\nregion = eu-north-1\n\n{block}[profile mine]\nregion = eu-west-3\n");
    std::fs::rename(&file, place.0.join("dotfile")).expect("moved");
    std::os::unix::fs::symlink(place.0.join("dotfile"), &file).expect("a link");
    place.write("dotfile", &around(&first));
    std::fs::set_permissions(place.0.join("dotfile"), std::fs::Permissions::from_mode(0o640)).expect("opened");
    place.write("landfall.toml", &format!("{STARTUP}\n[environments.qa]\ntier = \"staging\"\n"));
    place.sandbox(&["apply", "--yes"]).expect(0);
    place.sandbox(&write).expect(0);
    let second = place.read("dotfile");
    assert!(std::fs::symlink_metadata(&file).expect("there").is_symlink());
    assert_eq!(std::fs::metadata(place.0.join("dotfile")).expect("there").permissions().mode() & 0o777, 0o640);
    let block = second
        .strip_prefix("[default]\nregion = eu-north-1\n\n")
        .and_then(|rest| rest.strip_suffix("[profile mine]\nregion = eu-west-3\n"));
    let block = block.expect(&second);
    assert!(block.contains("[profile acme-qa-reader]") && block.matches("[profile acme-dev-reader]").count() == 1, "{block}");
    place.sandbox(&write).expect(0);
    assert_eq!(place.read("dotfile"), second, "a second time changes nothing");

    let repeated = format!("{second}\n[profile acme-qa-reader]\nregion = eu-west-1\n");
    place.write("dotfile", &repeated);
    place.sandbox(&write).expect(1).says("[profile acme-qa-reader]").says("nothing was written");
    assert_eq!(place.read("dotfile"), repeated);

    let mut elsewhere = Command::new(env!("CARGO_BIN_EXE_landfall"));
    elsewhere.args(["--sandbox"]).args(write).current_dir(&place.0).env_clear().env("AWS_CONFIG_FILE", "mine/config");
    Run(elsewhere.output().expect("the binary runs")).expect(0);
    assert!(place.read("mine/config").starts_with("# landfall acme begin\n"));
}
