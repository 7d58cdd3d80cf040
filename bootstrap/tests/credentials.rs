//! Sessions at the command line: `exec`, `credentials`, and `outputs` for other tools; with the real binary, on the sandbox and on
//! a simulated AWS at a loopback address that counts its calls.
#![cfg(unix)]

#[path = "credentials/already.rs"]
mod already;
#[path = "credentials/asked.rs"]
mod asked;
#[path = "credentials/circle.rs"]
mod circle;
#[path = "credentials/keep.rs"]
mod keep;
#[path = "credentials/secret.rs"]
mod secret;
#[cfg(target_os = "linux")]
#[path = "credentials/terminal.rs"]
mod terminal;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use landfall::simulator::{Clock, Simulator};
use landfall_tests::loopback::Loopback;

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const BINARY: &str = env!("CARGO_BIN_EXE_landfall");

/// A temporary folder with the startup's manifest and its finished organization in a sandbox, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let place = Self::empty(name);
        std::fs::create_dir_all(place.0.join(".landfall")).expect("a folder");
        std::fs::write(place.0.join(".landfall/sandbox.json"), world()).expect("written");
        place
    }

    fn empty(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("credentials-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("landfall.toml"), STARTUP).expect("written");
        std::fs::create_dir(folder.join(".aws")).expect("a folder");
        std::fs::write(folder.join(".aws/config"), format!("[profile other]\n[profile sso]\n{}", base())).expect("written");
        Self(folder)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments).current_dir(&self.0).env_clear().env("HOME", &self.0).env("XDG_CACHE_HOME", self.0.join("cache"));
        command
    }

    fn sandbox(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(&[&["--sandbox"], arguments].concat()))
    }

    /// The files of the cache.
    fn kept(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.0.join("cache/landfall/credentials")).into_iter().flatten();
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some_and(|is| is == "json")).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A profile with the keys of the management account's administrator.
fn base() -> String {
    let keys = Simulator::management_credentials();
    let (key, secret, token) = (keys.access_key_id(), keys.secret_access_key(), keys.session_token().unwrap_or_default());
    format!("[profile base]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\naws_session_token = {token}\n")
}

/// The startup's organization, built once for all tests.
fn world() -> &'static str {
    static WORLD: OnceLock<String> = OnceLock::new();
    WORLD.get_or_init(|| {
        let place = Place::empty(&format!("world-{}", std::process::id()));
        place.sandbox(&["apply", "--yes"]).expect(0);
        std::fs::read_to_string(place.0.join(".landfall/sandbox.json")).expect("a sandbox")
    })
}

/// A finished organization at a loopback address, like AWS for the binary.
struct Aws(Loopback);

impl Aws {
    fn serve() -> Self {
        Self(Loopback::serve(|| Simulator::from_json(world(), Clock::tokio).expect("a world")))
    }

    fn command(&self, place: &Place, arguments: &[&str]) -> Command {
        let mut command = place.command(arguments);
        command.envs(self.0.variables());
        command
    }

    fn run(&self, place: &Place, arguments: &[&str]) -> Run {
        Run::of(self.command(place, arguments))
    }

    fn count(&self, operation: &str) -> usize {
        self.0.simulator.calls().iter().filter(|call| call.operation == operation).count()
    }
}

struct Run(Output);

impl Run {
    fn of(mut command: Command) -> Self {
        Self(command.output().expect("the binary runs"))
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
        assert_eq!(self.0.status.code(), Some(code), "stdout: {}\nstderr: {}", self.out(), self.err());
        self
    }

    #[track_caller]
    fn says(self, words: &str) -> Self {
        assert!(self.err().contains(words), "{words}: {}", self.err());
        self
    }
}

/// Reads a variable from the output of `env`.
fn variable<'a>(printed: &'a str, name: &str) -> Option<&'a str> {
    printed.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

#[test]
fn the_command_gets_the_session_and_nothing_stale() {
    let place = Place::new("environment");
    let mut command = place.command(&["--sandbox", "exec", "dev", "--role", "deployer", "--", "/usr/bin/env"]);
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "KEPT"] {
        command.env(name, "stale");
    }
    let run = Run::of(command).expect(0).says("`deployer` in dev (2").says("the session ends at 20").says("in 60 minutes");
    let out = run.out();
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        let value = variable(&out, name).unwrap_or_default();
        assert!(!value.is_empty(), "{name}: {out}");
        assert!(!run.err().contains(value), "{name} is shown: {}", run.err());
    }
    assert!(variable(&out, "AWS_CREDENTIAL_EXPIRATION").is_some_and(|end| end.ends_with('Z')), "{out}");
    assert!(variable(&out, "AWS_ENDPOINT_URL").is_some_and(|url| url.starts_with("http://127.0.0.1:")), "{out}");
    assert_eq!((variable(&out, "AWS_REGION"), variable(&out, "AWS_DEFAULT_REGION")), (Some("eu-west-1"), Some("eu-west-1")));
    assert_eq!(variable(&out, "KEPT"), Some("stale"), "other variables stay");
    assert_eq!(out.matches("stale").count(), 1, "{out}");
}

#[test]
fn exec_returns_the_commands_exit_code() {
    let place = Place::new("codes");
    let exec = |role: &[&str], command: &[&str]| place.sandbox(&[&["exec", "dev", "--role"], role, &["--"], command].concat());
    exec(&["reader"], &["/bin/sh", "-c", "exit 7"]).expect(7);
    exec(&["reader"], &["/bin/sh", "-c", "kill -9 $$"]).expect(128 + 9);
    exec(&["reader"], &[BINARY, "--sandbox", "status"]).expect(75).says("which runs this command, is using the sandbox");
    exec(&["reader"], &["/nowhere/nothing"]).expect(127).says("there is no command `/nowhere/nothing`");
    exec(&["reader"], &["./landfall.toml"]).expect(126).says("could not run");
    exec(&["raeder"], &["/bin/true"]).expect(125).says("the nearest is `reader`");
    exec(&["reader", "--duration", "20h"], &["/bin/true"]).expect(125).says("72000 s");
    place.sandbox(&["exec", "pord", "--role", "reader", "--", "/bin/true"]).expect(125).says("the nearest is `prod`");
    place.sandbox(&["exec", "dev", "--role", "reader"]).expect(125);
    std::fs::remove_file(place.0.join("landfall.toml")).expect("removed");
    exec(&["reader"], &["/bin/true"]).expect(125).says("there is no manifest");
}

#[test]
fn the_sandbox_lives_as_long_as_the_command() {
    let place = Place::new("endpoint");
    let index = place.sandbox(&["outputs"]).expect(0).out();
    std::fs::write(place.0.join("index.json"), index).expect("written");
    // The provisioner of dev can be entered and may read, but dev's reader does not trust it.
    let inner = [BINARY, "exec", "dev", "--role", "reader", "--index", "index.json", "--", "/bin/true"];
    let run = place.sandbox(&[&["exec", "dev", "--role", "provisioner", "--"], &inner[..]].concat());
    run.expect(125).says("could not assume reader in dev").says("AccessDenied");
}

#[test]
fn signals_reach_the_command() {
    let place = Place::new("signals");
    let aws = Aws::serve();
    let script = "trap 'exit 9' TERM; echo ready; while :; do /bin/sleep 0.05; done";
    let arguments = ["exec", "dev", "--role", "reader", "--", "/bin/sh", "-c", script];
    for mut command in [place.command(&[&["--sandbox"], &arguments[..]].concat()), aws.command(&place, &arguments)] {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
        assert!(killed.success());
        assert_eq!(child.wait().expect("it ends").code(), Some(9));
    }
}

#[test]
fn on_aws_one_list_of_accounts_is_enough() {
    let place = Place::new("aws");
    let aws = Aws::serve();
    let out = aws.run(&place, &["exec", "dev", "--role", "reader", "--session-name", "ada", "--", "/usr/bin/env"]).expect(0).out();
    assert_eq!(variable(&out, "AWS_ENDPOINT_URL"), Some(aws.0.address.as_str()), "it is that of the caller");
    let calls: Vec<String> = aws.0.simulator.calls().iter().map(|call| call.operation.clone()).collect();
    assert_eq!(calls, ["GetCallerIdentity", "ListAccounts", "AssumeRole", "GetCallerIdentity"]);
    assert!(aws.0.simulator.calls()[3].caller.ends_with("assumed-role/reader/ada"));
    assert_eq!(aws.run(&place, &["exec", "dev", "--role", "reader", "--", "/bin/sh", "-c", "exit 3"]).0.status.code(), Some(3));

    std::fs::write(place.0.join("index.json"), place.sandbox(&["outputs"]).expect(0).out()).expect("written");
    std::fs::remove_file(place.0.join("landfall.toml")).expect("removed");
    aws.0.simulator.forget_calls();
    aws.run(&place, &["exec", "dev", "--role", "reader", "--index", "index.json", "--", "/bin/true"]).expect(0);
    assert_eq!(aws.count("ListAccounts"), 0);
    aws.run(&place, &["credentials", "dve", "--role", "reader", "--index", "index.json"]).expect(64).says("the nearest is `dev`");
    aws.run(&place, &["credentials", "dev", "--role", "reader", "--index", "nowhere.json"]).expect(64).says("landfall outputs");
}

#[test]
fn production_requires_a_reason_before_any_call() {
    let place = Place::new("reason");
    let aws = Aws::serve();
    aws.run(&place, &["credentials", "prod", "--role", "deployer"]).expect(64).says("--reason").says("LANDFALL_REASON");
    aws.run(&place, &["exec", "prod", "--role", "deployer", "--", "/bin/true"]).expect(125).says("--reason");
    aws.run(&place, &["credentials", "prod", "--role", "deployer", "--reason", "fix #7"]).expect(64).says("'#'");
    // A caller that already has the role would need none.
    let calls: Vec<String> = aws.0.simulator.calls().iter().map(|call| call.operation.clone()).collect();
    assert_eq!(calls, ["GetCallerIdentity", "GetCallerIdentity"]);
    aws.run(&place, &["credentials", "prod", "--role", "reader"]).expect(0);
    aws.run(&place, &["credentials", "prod", "--role", "deployer", "--reason", "release 42"]).expect(0);
    let mut command = aws.command(&place, &["exec", "prod", "--role", "deployer", "--", "/bin/true"]);
    command.env("LANDFALL_REASON", "release 42");
    Run::of(command).expect(0);
    place.sandbox(&["credentials", "prod", "--role", "deployer"]).expect(64).says("--reason");
}

#[test]
fn no_secret_is_printed() {
    let place = Place::new("secrets");
    let aws = Aws::serve();
    for arguments in
        [&["-vv", "credentials", "dev", "--role", "deployer"][..], &["-vv", "exec", "dev", "--role", "deployer", "--", "/usr/bin/env"]]
    {
        let mut command = aws.command(&place, arguments);
        // A filter on an exact module prints none, either.
        command.env("LANDFALL_LOG", "trace,aws_smithy_runtime=trace,aws_config=trace,aws_sigv4=trace,aws_runtime=trace,hyper_util=trace");
        let run = Run::of(command).expect(0).says("sts:AssumeRole").says("landfall::aws");
        let given = serde_json::from_str::<serde_json::Value>(&run.out());
        let values: Vec<String> = match &given {
            Ok(json) => ["AccessKeyId", "SecretAccessKey", "SessionToken"]
                .iter()
                .filter_map(|name| json[name].as_str())
                .map(str::to_owned)
                .collect(),
            Err(_) => ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
                .iter()
                .filter_map(|name| variable(&run.out(), name).map(str::to_owned))
                .collect(),
        };
        assert_eq!(values.len(), 3);
        for value in values {
            assert!(!run.err().contains(&value), "{}", run.err());
        }
    }
}

#[test]
fn profiles_give_the_aws_cli_access() {
    let place = Place::new("profiles");
    let config = place.sandbox(&["outputs", "--format", "aws-config"]).expect(0).out();
    let profile = config.split("\n[profile ").find_map(|text| text.strip_prefix("acme-dev-deployer]\n")).expect(&config);
    let line = profile.lines().find_map(|line| line.strip_prefix("credential_process = ")).expect(&config);
    // Its caller may have no PATH that contains it.
    assert!(line.starts_with(&format!("{BINARY} credentials dev --role deployer --manifest /")), "{line}");
    assert!(profile.contains("region = eu-west-1"), "{config}");
    assert!(!config.contains("break-glass"), "{config}");
    let production = config.split("\n\n").find(|text| text.contains("[profile acme-prod-deployer]")).expect(&config);
    assert!(production.contains("LANDFALL_REASON"), "{production}");
    assert!(config.contains("credentials log-archive --role auditor"), "{config}");

    let mut shell = place.command(&[]);
    shell = {
        let mut other = Command::new("/bin/sh");
        other
            .args(["-c", line])
            .current_dir("/")
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(shell.get_envs().filter_map(|(name, value)| Some((name, value?))));
        other
    };
    assert_eq!(Run::of(shell).expect(0).json()["Version"], 1);

    let aws = Aws::serve();
    let mut named = aws.command(&place, &["outputs", "--format", "aws-config"]);
    named.env("AWS_PROFILE", "sso");
    let named = Run::of(named).expect(0).out();
    assert!(named.contains(" --profile sso\n"), "a profile that gets its credentials from itself would never end: {named}");
    assert_eq!(aws.count("ListAccounts"), 1);
    assert_eq!(aws.0.simulator.calls().len(), 2, "the caller's identity, and the accounts");
}

#[test]
fn variables_are_names_and_values() {
    let place = Place::new("variables");
    let out = place.sandbox(&["outputs", "--format", "env"]).expect(0).out();
    assert_eq!(variable(&out, "LANDFALL_ORGANIZATION"), Some("acme"));
    assert_eq!(variable(&out, "LANDFALL_ENVIRONMENTS"), Some("dev,staging,prod"));
    let id = variable(&out, "LANDFALL_ACCOUNT_PROD").expect("an account");
    assert_eq!(variable(&out, "LANDFALL_ROLE_PROD__DEPLOYER"), Some(format!("arn:aws:iam::{id}:role/landfall/deployer").as_str()));
    assert!(variable(&out, "LANDFALL_ROLE_LOG_ARCHIVE__AUDITOR").is_some(), "{out}");
    assert!(out.lines().all(|line| line.starts_with("LANDFALL_") && line.contains('=')), "{out}");
    place.sandbox(&["plan", "--format", "env"]).expect(64).says("outputs");
    assert!(place.sandbox(&["outputs", "--format", "json"]).expect(0).json().is_object());
}
