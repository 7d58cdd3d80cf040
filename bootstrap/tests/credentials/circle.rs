//! Credential programs: run once, waited for, and refused if they lead back to their own profile.

use std::path::Path;

use landfall::simulator::Simulator;

use crate::{Aws, BINARY, Place, Run};

/// The output of a `credential_process`.
fn printed() -> String {
    let keys = Simulator::management_credentials();
    format!(
        r#"{{"Version":1,"AccessKeyId":"{}","SecretAccessKey":"{}","SessionToken":"{}"}}"#,
        keys.access_key_id(),
        keys.secret_access_key(),
        keys.session_token().unwrap_or_default()
    )
}

fn configured(place: &Place, config: &str) {
    std::fs::write(place.0.join(".aws/config"), config).expect("written");
}

/// Runs landfall with the endpoint of the AWS, but without credentials in the environment.
fn run(aws: &Aws, place: &Place, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = place.command(arguments);
    command.env("AWS_ENDPOINT_URL", &aws.0.address).env("AWS_EC2_METADATA_DISABLED", "true").env("PATH", "/usr/bin:/bin");
    command.envs(variables.iter().copied());
    Run::of(command)
}

#[test]
fn a_slow_program_is_run_once_and_waited_for() {
    let place = Place::new("slow-program");
    let aws = Aws::serve();
    let script = place.0.join("sign-in.sh");
    let log = place.0.join("runs");
    // Longer than the default of the AWS crates.
    let text = format!("#!/bin/sh\necho run >> '{}'\nsleep 7\ncat <<'E'\n{}\nE\n", log.display(), printed());
    std::fs::write(&script, text).expect("written");
    configured(&place, &format!("[profile slow]\ncredential_process = /bin/sh {}\n", script.display()));
    let ran = run(&aws, &place, &[], &["credentials", "dev", "--role", "reader", "--profile", "slow"]);
    ran.expect(0).says("waiting for the credentials of profile `slow`");
    assert_eq!(std::fs::read_to_string(log).expect("it ran"), "run\n");
}

#[test]
fn a_profile_that_needs_itself_is_refused_with_the_circle() {
    let place = Place::new("circle");
    let aws = Aws::serve();
    std::fs::write(place.0.join("index.json"), place.sandbox(&["outputs"]).expect(0).out()).expect("written");
    let index = place.0.join("index.json").display().to_string();
    let line = |more: &str| format!("credential_process = {BINARY} credentials dev --role reader --index {index}{more}\n");
    let ask = ["credentials", "dev", "--role", "reader", "--index", "index.json"];
    let refused = |variables: &[(&str, &str)], more: &[&str], way: &str| {
        let ran = run(&aws, &place, variables, &[&ask[..], more].concat());
        let ran = ran.expect(1);
        assert!(ran.err().contains("needs its own credentials") && ran.err().contains(way), "{way}: {}", ran.err());
    };
    // By hand, and without its own profile: the requested one is passed on.
    configured(&place, &format!("[profile loop]\n{}", line("")));
    refused(&[("AWS_PROFILE", "loop")], &[], "loop -> loop");
    configured(&place, &format!("[default]\n{}", line("")));
    refused(&[], &[], "default -> default");
    configured(&place, &format!("[profile loop]\n{}", line(" --profile loop")));
    refused(&[], &["--profile", "loop"], "loop -> loop");
    configured(&place, &format!("[profile one]\n{}[profile two]\n{}", line(" --profile two"), line(" --profile one")));
    refused(&[], &["--profile", "one"], "one -> two -> one");
    // The program of the source profile.
    configured(
        &place,
        &format!(
            "[profile one]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = two\n[profile two]\n{}",
            line(" --profile one")
        ),
    );
    refused(&[], &["--profile", "one"], "one -> two -> one");
    assert_eq!(aws.0.simulator.calls().len(), 0, "nothing was sent");

    // A chain that ends is not a circle: landfall's program returns the credentials for another role.
    let script = place.0.join("keys.sh");
    std::fs::write(&script, format!("#!/bin/sh\ncat <<'E'\n{}\nE\n", printed())).expect("written");
    let keys = format!("[profile base]\ncredential_process = /bin/sh {}\n", script.display());
    configured(&place, &format!("{keys}[profile reader]\n{}", line(" --profile base")));
    let ran = run(&aws, &place, &[], &["credentials", "dev", "--role", "auditor", "--index", "index.json", "--profile", "reader"]);
    // It reached AWS with the reader's session, which no role trusts.
    ran.expect(1).says("could not assume auditor in dev");
    // A command of `exec` starts a new chain.
    let inner = [BINARY, "credentials", "dev", "--role", "auditor", "--index", "index.json", "--profile", "base"];
    let outer = [&["exec", "dev", "--role", "reader", "--index", "index.json", "--profile", "base", "--"][..], &inner[..]].concat();
    let ran = run(&aws, &place, &[], &outer);
    ran.expect(0);
}

#[test]
fn a_circle_whose_programs_clean_their_environment_is_refused() {
    let place = Place::new("clean-circle");
    let aws = Aws::serve();
    std::fs::write(place.0.join("index.json"), place.sandbox(&["outputs"]).expect(0).out()).expect("written");
    let (log, index) = (place.0.join("runs"), place.0.join("index.json"));
    // Each run of a program is a line; if nothing else ends the circle, this does.
    let program = |name: &str, start: &str, asks: &str| {
        let script = place.0.join(format!("{name}.sh"));
        let text = format!(
            "#!/bin/sh\necho {name} >> '{log}'\n[ $(wc -l < '{log}') -lt 9 ] || exit 9\n{start} {BINARY} credentials dev --role reader --index '{index}' {asks}\n",
            log = log.display(),
            index = index.display()
        );
        std::fs::write(&script, text).expect("written");
        format!("[profile {name}]\ncredential_process = /bin/sh {}\n", script.display())
    };
    let needed = format!("HOME='{}' AWS_ENDPOINT_URL={}", place.0.display(), aws.0.address);
    for (start, keep) in [
        (format!("/usr/bin/env -i {needed}"), "--no-cache"),
        (format!("/usr/bin/env -i {needed}"), ""),
        ("/usr/bin/env -u LANDFALL_PROFILES".to_owned(), "--no-cache"),
        // With a shell in between, and a variable that landfall did not write.
        (format!("/usr/bin/env -i {needed} LANDFALL_PROFILES=base /bin/sh -c '\"$@\"; exit $?' sh"), "--no-cache"),
    ] {
        let config = [program("one", &start, &format!("--profile two {keep}")), program("two", &start, &format!("--profile one {keep}"))];
        configured(&place, &config.concat());
        let _ = std::fs::remove_file(&log);
        let ask = ["credentials", "dev", "--role", "reader", "--index", "index.json", "--profile", "one"];
        let output = run(&aws, &place, &[], &ask).expect(1).err().split_whitespace().collect::<Vec<_>>().join(" ");
        let file = place.0.join(".aws/config");
        for words in ["profile `one` needs its own credentials", "one -> two -> one", &format!("in {}", file.display())] {
            assert!(output.contains(words), "{start} {keep}: {words}: {output}");
        }
        assert_eq!(std::fs::read_to_string(&log).expect("it ran"), "one\ntwo\n", "{start} {keep}");
    }
    assert_eq!(aws.0.simulator.calls().len(), 0, "nothing was sent");
}

#[test]
fn profiles_of_an_index_need_no_list_of_accounts() {
    let place = Place::new("index-profiles");
    let aws = Aws::serve();
    std::fs::write(place.0.join("index.json"), place.sandbox(&["outputs"]).expect(0).out()).expect("written");
    std::fs::remove_file(place.0.join("landfall.toml")).expect("removed");
    let ran = aws.run(&place, &["outputs", "--format", "aws-config", "--index", "index.json", "--profile", "base", "--write"]).expect(0);
    assert_eq!(aws.0.simulator.calls().len(), 0, "{}", ran.err());
    let config = std::fs::read_to_string(place.0.join(".aws/config")).expect("written");
    let line = config.lines().find(|line| line.contains(" credentials dev --role reader ")).expect(&config);
    let index = std::path::absolute(place.0.join("index.json")).expect("a path");
    assert_eq!(line, format!("credential_process = {BINARY} credentials dev --role reader --index {} --profile base", index.display()));
    assert!(Path::new(BINARY).is_absolute());
    let env = aws.run(&place, &["outputs", "--format", "env", "--index", "index.json"]).expect(0).out();
    assert!(env.contains("LANDFALL_ROLE_DEV__READER=arn:"), "{env}");
    let listed = aws.run(&place, &["environments", "--index", "index.json"]).expect(0).out();
    for words in ["dev  development\n", "prod  production, follows staging\n", "deployer (reason)", "log-archive"] {
        assert!(listed.contains(words), "{words}: {listed}");
    }
    assert_eq!(aws.0.simulator.calls().len(), 0);
}

#[test]
fn a_missing_network_is_reported_in_seconds() {
    let place = Place::new("no-network");
    let aws = Aws::serve();
    let mut command = aws.command(&place, &["credentials", "dev", "--role", "reader"]);
    command.env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9");
    Run::of(command).expect(1).says("waiting for ").says("could not ask AWS who the credentials are").says("check the network");
}
