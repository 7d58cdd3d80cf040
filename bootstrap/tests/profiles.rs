//! The credentials and the AWS of a command: the command line comes before the environment, or the command fails; the real binary
//! against a simulated AWS at a loopback address.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use landfall::simulator::{Clock, Options, Simulator};
use landfall_tests::loopback::Loopback;

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");

/// A folder with a manifest and an AWS configuration in it, and an AWS; removed at the end.
struct Place(PathBuf, Loopback);

impl Place {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("profiles-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join(".aws")).expect("a folder");
        std::fs::write(folder.join("landfall.toml"), STARTUP).expect("written");
        let keys = Simulator::management_credentials();
        let config = format!(
            "[default]\nregion = eu-west-1\n[profile mgmt]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n[profile half]\nregion = eu-west-1\n",
            keys.access_key_id(),
            keys.secret_access_key(),
            keys.session_token().unwrap_or_default()
        );
        std::fs::write(folder.join(".aws/config"), config).expect("written");
        Self(folder, Loopback::serve(|| Simulator::new(Options::default(), Clock::wall())))
    }

    fn run(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(arguments).current_dir(&self.0).env_clear().env("HOME", &self.0);
        command.env("AWS_ENDPOINT_URL", &self.1.address).env("AWS_EC2_METADATA_DISABLED", "true");
        Run(command.envs(variables.iter().copied()).output().expect("the binary runs"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Run(Output);

impl Run {
    fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
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

#[test]
fn a_named_profile_comes_before_the_environment_or_fails() {
    let place = Place::new("wins");
    let others = [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "of-somebody-else")];
    place.run(&others, &["plan"]).expect(1).says("does not accept the credentials");
    let plan = place.run(&others, &["plan", "--profile", "mgmt"]).expect(0).out();
    let header = plan.lines().skip(1).take(2).collect::<Vec<_>>().join(" ");
    let expected = format!("as sso:AdministratorAccess/admin, profile mgmt, endpoint {}", place.1.address);
    assert_eq!(header.trim(), expected, "{plan}");

    let good = place.1.variables();
    let good: Vec<(&str, &str)> = good.iter().map(|(name, value)| (*name, value.as_str())).collect();
    place.1.simulator.forget_calls();
    // Valid credentials, a valid profile in the environment, and none at all: nothing replaces a profile that does not exist.
    for variables in [&good[..], &others, &[]] {
        let named = ["plan", "--profile", "nosuch"];
        place
            .run(variables, &named)
            .expect(1)
            .says("there is no profile `nosuch` in ")
            .says(".aws/config")
            .says("there are default, half, mgmt");
        place.run(variables, &["plan", "--profile", "half"]).expect(1).says("profile `half` has no credentials");
    }
    place.run(&[&good[..], &[("AWS_PROFILE", "nosuch")]].concat(), &["plan"]).expect(1).says("`nosuch`").says("AWS_PROFILE names it");
    for arguments in [&["exec", "dev", "--role", "reader", "--profile", "nosuch", "--", "true"][..], &["status", "--profile", "nosuch"]] {
        assert!(place.run(&good, arguments).err().contains("there is no profile `nosuch`"));
    }
    assert_eq!(place.1.simulator.calls().len(), 0, "nothing was sent");
    place.run(&[&good[..], &[("AWS_PROFILE", "half")]].concat(), &["plan"]).expect(0);
}

/// Profiles that need a missing one would fail at each use, with errors of other programs.
#[test]
fn profiles_are_written_only_for_a_profile_that_exists() {
    let place = Place::new("written");
    let config = std::fs::read_to_string(place.0.join(".aws/config")).expect("there");
    let added = "[profile chained]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = gone\n\
        [profile idle]\nsource_profile = gone\n[profile far]\nrole_arn = arn:aws:iam::111111111111:role/y\nsource_profile = chained\n";
    let config = config + added;
    std::fs::write(place.0.join(".aws/config"), &config).expect("written");
    std::fs::write(place.0.join(".aws/credentials"), "[keys]\naws_access_key_id = a\naws_secret_access_key = b\n").expect("written");
    place.run(&[], &["apply", "--yes", "--profile", "mgmt"]).expect(0);
    place.run(&[], &["outputs", "--profile", "mgmt", "--out", "index.json"]).expect(0);
    place.1.simulator.forget_calls();
    let outputs = |variables: &[(&str, &str)], more: &[&str]| {
        let ask = ["outputs", "--format", "aws-config", "--index", "index.json"];
        place.run(variables, &[&ask[..], more].concat())
    };
    for to in [&["--write"][..], &[]] {
        for (profile, absent, why) in [
            ("nosuch", "nosuch", ""),
            ("chained", "gone", "`source_profile` of profile `chained` names it"),
            ("far", "gone", "`source_profile` of profile `chained` names it"),
        ] {
            let ran =
                outputs(&[], &[to, &["--profile", profile]].concat()).expect(1).says(why).says(".aws/config or ").says(".aws/credentials");
            ran.says(&format!("there is no profile `{absent}` in ")).says("there are chained, default, far, half, idle, keys, mgmt");
        }
        outputs(&[("AWS_PROFILE", "nosuch")], to).expect(1).says("AWS_PROFILE names it");
        assert_eq!(std::fs::read_to_string(place.0.join(".aws/config")).expect("there"), config, "nothing was written");
    }
    place.run(&[], &["plan", "--profile", "far"]).expect(1).says("there is no profile `gone` in ");
    assert_eq!(place.1.simulator.calls().len(), 0, "nothing was sent");
    let without = config.replace("[default]", "[profile other]");
    std::fs::write(place.0.join(".aws/config"), &without).expect("written");
    outputs(&[], &[]).expect(0).says("the profiles ask profile `default`, which is not in ");
    std::fs::write(place.0.join(".aws/config"), &config).expect("written");
    assert!(!outputs(&[], &[]).expect(0).err().contains("which is not in"));
    for profile in ["mgmt", "idle", "keys", "half"] {
        outputs(&[], &["--write", "--profile", profile]).expect(0);
        let written = std::fs::read_to_string(place.0.join(".aws/config")).expect("there");
        assert!(written.contains(&format!("--profile {profile}\n")), "{written}");
    }
}

/// The AWS crates' loader panics where it cannot read these; landfall retries by itself and needs neither.
#[test]
fn what_the_aws_crates_cannot_read_of_retries_does_not_matter() {
    let place = Place::new("retries");
    for (name, value) in
        [("AWS_MAX_ATTEMPTS", "banana"), ("AWS_MAX_ATTEMPTS", "0"), ("AWS_MAX_ATTEMPTS", "-1"), ("AWS_RETRY_MODE", "banana")]
    {
        place.run(&[(name, value)], &["plan", "--profile", "mgmt"]).expect(0);
    }
}

#[test]
fn an_address_that_replaces_aws_is_named() {
    let place = Place::new("endpoint");
    let closed = "http://127.0.0.1:9";
    place.run(&[("AWS_ENDPOINT_URL", closed)], &["plan", "--profile", "mgmt"]).expect(1).says("nothing answers at http://127.0.0.1:9");
    place
        .run(&[("AWS_ACCESS_KEY_ID", "wrong"), ("AWS_SECRET_ACCESS_KEY", "wrong")], &["plan"])
        .expect(1)
        .says(&format!("calls go to {}, not to AWS", place.1.address));
    place.run(&[], &["plan", "-v", "--profile", "mgmt"]).expect(0).says(&format!("calls to {}, 0 of them writes", place.1.address));
    // Wherever the line is broken.
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let applied = place.run(&[], &["apply", "--yes", "--profile", "mgmt"]).expect(0);
    let output = words(applied.err());
    assert!(output.contains(&format!("calls to {}", place.1.address)) && !output.contains("calls to AWS"), "{output}");
}
