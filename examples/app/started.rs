//! The program `app` as a team runs it: started by the binary on a sandbox, and by itself.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const APP: &str = env!("CARGO_BIN_EXE_app");
/// In the secret, so that it is found where it is shown.
const MARK: &str = "SECRETVALUE";

/// A folder with a manifest and the app's files; removed at the end.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("app-started");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("config")).expect("a folder");
        let manifest = include_str!("../startup/landfall.toml");
        let files = [("app.toml", include_str!("app.toml")), ("config/base.toml", include_str!("config/base.toml"))];
        for (name, text) in files.into_iter().chain([("config/prod.toml", include_str!("config/prod.toml"))]) {
            std::fs::write(folder.join(name), text).expect("written");
        }
        std::fs::write(folder.join("landfall.toml"), manifest).expect("written");
        Self(folder)
    }

    /// Runs landfall on the sandbox, and returns what it and its child wrote to standard output.
    fn landfall(&self, arguments: &[&str], input: &str) -> String {
        let binary = Path::new(APP).with_file_name(format!("landfall{}", std::env::consts::EXE_SUFFIX));
        assert!(binary.exists(), "`cargo build --bin landfall` builds what this test runs");
        let mut command = Command::new(binary);
        command.arg("--sandbox").args(arguments).current_dir(&self.0).env_clear().env("HOME", &self.0);
        run(command, input)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn run(mut command: Command, input: &str) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("read");
    let done = child.wait_with_output().expect("it ends");
    let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(done.status.success(), "{said:?}");
    assert!(!said.iter().any(|text| text.contains(MARK)), "a secret is shown: {said:?}");
    said[0].clone()
}

#[test]
fn the_app_is_started_with_its_settings_and_secrets() {
    let place = Place::new();
    place.landfall(&["apply", "--yes"], "");
    place.landfall(&["config", "push", "dev", "--yes"], "");
    place.landfall(&["config", "set", "dev", "stripe_key"], "sk_test_SECRETVALUE");
    let said = place.landfall(&["exec", "dev", "--config", "shop", "--", APP], "");
    assert_eq!(said, "started with up to 50 items, paid at https://sandbox.pay.example with a key of 19 characters\n");
}

#[test]
fn the_app_follows_its_environment() {
    for name in ["dev", "prod"] {
        let mut command = Command::new(APP);
        command.arg(name).env_clear();
        let said = run(command, "");
        let first = "up to 50 items, paid at https://sandbox.pay.example with a key of 9 characters";
        let then = "up to 80 items, paid at https://sandbox.pay.example with a key of 15 characters";
        assert_eq!(said, format!("{name} has {first}\nat first {first}\nwithin a period {then}\n"));
    }
}

/// One that landfall did not start says what to do.
#[test]
fn the_app_alone_says_how_it_is_started() {
    let alone = Command::new(APP).env_clear().output().expect("it runs");
    let said = String::from_utf8_lossy(&alone.stderr).into_owned();
    assert!(!alone.status.success() && said.contains("landfall exec ENV --config APP"), "{said}");
}
