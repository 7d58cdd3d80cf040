//! Sessions cached between calls: their owner, their lifetime, damaged caches, and one request for many processes.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use landfall::simulator::Simulator;

use crate::{Aws, Place, Run, base, world};

#[test]
fn credentials_are_cached_for_their_owner_only() {
    let place = Place::new("cache");
    let aws = Aws::serve();
    let ask = ["credentials", "dev", "--role", "deployer"];
    let first = aws.run(&place, &ask).expect(0);
    let printed = first.json();
    assert_eq!(printed["Version"], 1);
    for field in ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"] {
        assert!(printed[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {printed}");
    }
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let [file] = &place.kept()[..] else { panic!("{:?}", place.kept()) };
    assert_eq!((mode(file), mode(file.parent().expect("a folder"))), (0o600, 0o700));

    let calls = aws.0.simulator.calls().len();
    assert_eq!(aws.run(&place, &ask).expect(0).out(), first.out(), "the same again");
    assert_eq!((aws.0.simulator.calls().len(), aws.count("AssumeRole")), (calls, 1), "nothing was sent");
    aws.run(&place, &["credentials", "dev", "--role", "reader"]).expect(0);
    aws.run(&place, &["credentials", "dev", "--role", "deployer", "--session-name", "ada"]).expect(0);
    aws.run(&place, &[&ask[..], &["--profile", "base"]].concat()).expect(0);
    assert_eq!((aws.count("AssumeRole"), place.kept().len()), (4, 4), "another role, name or caller is another session");
    // A named profile signs, even if the environment names another; keys in the environment come before the environment's profile.
    for (profile, named) in [("other", true), ("sso", true), ("other", false)] {
        let flag = if named { &["--profile", "base"][..] } else { &[] };
        let mut other = aws.command(&place, &[&ask[..], flag].concat());
        other.env("AWS_PROFILE", profile);
        Run::of(other).expect(0);
    }
    assert_eq!(aws.count("AssumeRole"), 4, "the same signs");

    let renewed = |what: &str, count: usize| {
        let again = aws.run(&place, &ask).expect(0);
        assert_eq!(aws.count("AssumeRole"), count, "{what}");
        assert_ne!(again.out(), first.out(), "{what}");
        assert_eq!(mode(file), 0o600, "{what}");
        assert_eq!(aws.run(&place, &ask).expect(0).out(), again.out(), "{what}: kept again");
    };
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o640)).expect("opened");
    renewed("too open", 5);
    std::fs::write(file, "{\"access_key_id\": \"AS").expect("damaged");
    renewed("damaged", 6);
    let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(file).expect("read")).expect("JSON");
    for name in ["began", "ends"] {
        kept[name] = (kept[name].as_u64().expect("seconds") - 46 * 60).into();
    }
    std::fs::write(file, kept.to_string()).expect("aged");
    renewed("fourteen minutes are left", 7);
    let target = place.0.join("elsewhere.json");
    std::fs::rename(file, &target).expect("moved");
    std::os::unix::fs::symlink(&target, file).expect("a link");
    renewed("a link", 8);
    std::fs::remove_file(file).expect("removed");
    assert!(Command::new("mkfifo").arg("-m").arg("600").arg(file).status().expect("mkfifo runs").success());
    renewed("a pipe without a writer", 9);
    std::fs::remove_file(file).expect("removed");
    std::fs::create_dir(file).expect("a folder");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o700)).expect("closed");
    renewed("a folder", 10);
    for (n, ends) in ["18446744073709551615", "315537897600", "-1", "null", "\"soon\"", "1e300"].iter().enumerate() {
        let mut text = std::fs::read_to_string(file).expect("read");
        let at = text.find("\"ends\":").expect("there") + 7;
        text.replace_range(at.., &format!("{ends}}}"));
        std::fs::write(file, text).expect("absurd");
        renewed(ends, 11 + n);
    }
    std::fs::write(file, vec![b' '; 1 << 20]).expect("large");
    renewed("far too large", 17);
    // The lock file may be anything, too.
    let turn = file.with_extension("turn");
    std::fs::remove_file(&turn).expect("removed");
    assert!(Command::new("mkfifo").arg("-m").arg("600").arg(&turn).status().expect("mkfifo runs").success());
    std::fs::write(file, "").expect("emptied");
    renewed("a pipe in the place of the lock file", 18);
    std::fs::set_permissions(file.parent().expect("a folder"), std::fs::Permissions::from_mode(0o777)).expect("opened");
    renewed("an open folder", 19);
    assert_eq!((mode(file.parent().expect("a folder")), place.kept().len()), (0o700, 1), "the exposed files are deleted");

    let short = ["credentials", "dev", "--role", "deployer", "--duration", "15m"];
    let first = aws.run(&place, &short).expect(0).out();
    assert_eq!((aws.run(&place, &short).expect(0).out(), place.kept().len()), (first.clone(), 2), "a short session is kept, too");
    let calls = aws.count("AssumeRole");
    let anew = aws.run(&place, &[&short[..], &["--no-cache"]].concat()).expect(0).out();
    assert_ne!(anew, first);
    assert_eq!((aws.run(&place, &short).expect(0).out(), aws.count("AssumeRole")), (first, calls + 1), "and it does not replace the other");
    aws.run(&place, &["credentials", "forget"]).expect(0).says("forgot 2 sessions");
    assert!(place.kept().is_empty());
    aws.run(&place, &["credentials", "forget"]).expect(0).says("no session is kept");
    aws.run(&place, &short).expect(0);
    assert_eq!(aws.count("AssumeRole"), calls + 2);
}

#[test]
fn a_sandbox_keeps_and_forgets_credentials() {
    let place = Place::new("sandbox-cache");
    let ask = ["credentials", "dev", "--role", "deployer"];
    let first = place.sandbox(&ask).expect(0).out();
    assert_eq!(place.sandbox(&ask).expect(0).out(), first);
    std::fs::write(place.0.join(".landfall/sandbox.json"), world()).expect("another world");
    // Equal worlds issue the same keys, but this world has to have issued them itself.
    let second = place.sandbox(&ask).expect(0).json();
    let world = std::fs::read_to_string(place.0.join(".landfall/sandbox.json")).expect("kept");
    assert!(second["AccessKeyId"].as_str().is_some_and(|key| world.contains(key)), "its world does not know {second}");
    place.sandbox(&["sandbox", "reset"]).expect(0);
    place.sandbox(&ask).expect(1).says("account `dev` is absent");
}

/// Writes the AWS configuration of a place: a profile with keys.
fn with_keys(place: &Place, key: &str) {
    let keys = Simulator::management_credentials();
    let config = format!(
        "[profile base]\naws_access_key_id = {key}\naws_secret_access_key = {}\naws_session_token = {}\n",
        keys.secret_access_key(),
        keys.session_token().unwrap_or_default()
    );
    std::fs::write(place.0.join(".aws/config"), config).expect("written");
}

#[test]
fn another_signer_with_the_same_profile_gets_its_own_session() {
    let place = Place::new("signer");
    let aws = Aws::serve();
    let good = Simulator::management_credentials().access_key_id().to_owned();
    let ask = ["credentials", "dev", "--role", "reader", "--profile", "base"];
    with_keys(&place, &good);
    let first = aws.run(&place, &ask).expect(0).out();
    assert_eq!(aws.run(&place, &ask).expect(0).out(), first);
    with_keys(&place, "ASIASOMEBODYELSE0001");
    aws.run(&place, &ask).expect(1).says("does not accept the credentials");
    std::fs::write(place.0.join(".aws/config"), "").expect("emptied");
    aws.run(&place, &ask).expect(1).says("there is no profile `base`");
    with_keys(&place, &good);
    assert_eq!(aws.run(&place, &ask).expect(0).out(), first, "the first is still valid");
}

/// A role of the management account that everyone there may assume, and that may assume `auditor` of `dev`.
fn with_a_role(aws: &Aws) -> String {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
    let all = "arn:aws:iam::aws:policy/AdministratorAccess";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let iam = aws_sdk_iam::Client::new(&aws.0.simulator.sdk_config("eu-west-1"));
        iam.create_role().role_name("base").assume_role_policy_document(trust).send().await.expect("made");
        iam.attach_role_policy().role_name("base").policy_arn(all).send().await.expect("attached");
    });
    "arn:aws:iam::111111111111:role/base".to_owned()
}

/// The name of a profile identifies the signer only together with its current content.
#[test]
fn a_cached_session_is_not_used_for_another_signer() {
    let aws = Aws::serve();
    let role = with_a_role(&aws);
    let keys = Simulator::management_credentials();
    let token = keys.session_token().unwrap_or_default();
    let printed = |key: &str| {
        let secret = keys.secret_access_key();
        format!(r#"{{"Version":1,"AccessKeyId":"{key}","SecretAccessKey":"{secret}","SessionToken":"{token}"}}"#)
    };
    let (good, other) = (keys.access_key_id(), "ASIASOMEBODYELSE0001");
    let run = |place: &Place, name: &str, key: &str| {
        std::fs::write(place.0.join("keys.json"), printed(key)).expect("written");
        let mut command = aws.command(place, &["credentials", "dev", "--role", "auditor", "--profile", name]);
        command.env("AWS_ACCESS_KEY_ID", key).env("CREDFILE", place.0.join("keys.json")).env("PATH", "/usr/bin:/bin");
        Run::of(command)
    };
    let process = "credential_process = sh -c 'cat $CREDFILE'\n";
    for (name, config, is_kept) in [
        ("environment", format!("[profile environment]\nrole_arn = {role}\ncredential_source = Environment\n"), true),
        ("program", format!("[profile program]\n{process}"), true),
        // A role's keys differ each time, so they are unknown before the call.
        ("through", format!("[profile through]\nrole_arn = {role}\nsource_profile = program\n[profile program]\n{process}"), false),
    ] {
        let place = Place::new(&format!("signer-{name}"));
        std::fs::write(place.0.join(".aws/config"), config).expect("written");
        let first = run(&place, name, good).expect(0).out();
        assert_eq!((run(&place, name, good).expect(0).out() == first, place.kept().len()), (is_kept, usize::from(is_kept)), "{name}");
        run(&place, name, other).expect(1);
        assert_eq!(run(&place, name, good).expect(0).out() == first, is_kept, "{name}");
    }
}

/// With IAM Identity Center, another person may sign in under the same profile.
#[test]
fn a_session_is_cached_until_a_sign_in_or_sign_out() {
    let place = Place::new("signed-in");
    let aws = Aws::serve();
    let folder = place.0.join(".aws/sso/cache");
    std::fs::create_dir_all(&folder).expect("a folder");
    let sso = "sso_account_id = 111111111111\nsso_role_name = Ops\nsso_region = eu-west-1\nsso_start_url = https://acme.example\n";
    // Without the portal, the keys replace those that it would issue: the signer is identified in the same way.
    let with_sso = format!("{}[profile sso-base]\nrole_arn = arn:aws:iam::111111111111:role/base\nsource_profile = base\n{sso}", base());
    std::fs::write(place.0.join(".aws/config"), with_sso).expect("written");
    with_a_role(&aws);
    let ask = || aws.run(&place, &["credentials", "dev", "--role", "auditor", "--profile", "sso-base"]).expect(0).out();
    let signed_in = |who: &str| std::fs::write(folder.join("token.json"), format!(r#"{{"accessToken":"{who}"}}"#)).expect("written");
    signed_in("ada");
    let ada = ask();
    assert_eq!(ask(), ada);
    signed_in("eve");
    let eve = ask();
    assert_ne!(eve, ada);
    std::fs::remove_file(folder.join("token.json")).expect("signed out");
    assert_ne!(ask(), eve);
}

#[test]
fn many_processes_at_once_ask_once() {
    let place = Place::new("many");
    let aws = Aws::serve();
    let start = || {
        let mut command = aws.command(&place, &["credentials", "dev", "--role", "reader"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
    };
    let running: Vec<_> = (0..60).map(|_| start()).collect();
    let mut printed: Vec<String> = Vec::new();
    for child in running {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        printed.push(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    printed.dedup();
    assert_eq!((aws.count("AssumeRole"), printed.len()), (1, 1));
    assert_eq!(aws.count("ListAccounts"), 1);
}

#[test]
fn a_killed_or_failed_process_does_not_delay_others() {
    let place = Place::new("held");
    let aws = Aws::serve();
    let ask = ["credentials", "dev", "--role", "reader"];
    aws.run(&place, &ask).expect(0);
    aws.run(&place, &["credentials", "forget"]).expect(0);
    // A killed process leaves its file, and the system releases its lock.
    aws.run(&place, &ask).expect(0);
    let mut failing = Vec::new();
    for _ in 0..10 {
        let mut command = aws.command(&place, &["credentials", "dev", "--role", "provisioner", "--session-name", "ada"]);
        // Nothing listens there: each fails independently, not one after the other.
        command.env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9").stderr(Stdio::null()).stdout(Stdio::null());
        failing.push(command.spawn().expect("it runs"));
    }
    for mut child in failing {
        assert_eq!(child.wait().expect("it ends").code(), Some(1));
    }
}
