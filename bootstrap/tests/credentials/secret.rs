//! Passwords in addresses are never printed, nor values that a shell would interpret when it runs the output of `--format env`.

use std::process::Command;

use crate::{Aws, Place, Run, base};

const PASSWORD: &str = "hunter2";
const NO_ADDRESS: &str = " is no address to call in AWS's place";

#[test]
fn passwords_of_addresses_are_never_shown() {
    let place = Place::new("passwords");
    let aws = Aws::serve();
    let host = aws.0.address.strip_prefix("http://").expect("an address").to_owned();
    let with = |host: &str| format!("http://user:{PASSWORD}@{host}/");
    let (live, closed, unknown) = (with(&host), with("127.0.0.1:9"), with("sts.invalid"));
    let broken = format!("http://user:{PASSWORD}@[::1");
    let token = format!("http://{host}/?token={PASSWORD}");
    let commands: [&[&str]; 4] = [
        &["plan"],
        &["credentials", "dev", "--role", "reader", "--no-cache"],
        &["exec", "dev", "--role", "reader", "--", "/bin/true"],
        &["apply", "--yes", "--format", "json"],
    ];
    let run = |command: &[&str], variables: &[(&str, &str)]| {
        let mut run = aws.command(&place, &[&["-v", "-v"], command].concat());
        run.env("LANDFALL_LOG", "trace").envs(variables.iter().copied());
        let ran = Run::of(run);
        for output in [ran.out(), ran.err()] {
            assert!(!output.contains(PASSWORD), "{command:?} {variables:?}: {output}");
        }
        ran
    };
    std::thread::scope(|scope| {
        let (live, closed, run) = (&live, &closed, &run);
        for command in commands {
            scope.spawn(move || run(command, &[("AWS_ENDPOINT_URL", live)]).expect(0));
            let says = "nothing answers at http://127.0.0.1:9/, which takes the place of AWS";
            scope.spawn(move || run(command, &[("AWS_ENDPOINT_URL", closed)]).says(says));
            for address in [&broken, &token, ""] {
                scope.spawn(move || run(command, &[("AWS_ENDPOINT_URL", address)]).says(NO_ADDRESS));
                scope.spawn(move || run(command, &[("AWS_ENDPOINT_URL_IAM", address)]).says(NO_ADDRESS).says("AWS_ENDPOINT_URL_IAM"));
            }
        }
        for url in [closed, &unknown] {
            scope.spawn(move || run(commands[1], &[("AWS_ENDPOINT_URL_STS", url)]).expect(1));
            // AWS's own address, through a proxy that does not exist.
            let proxies = [("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"), ("HTTPS_PROXY", url.as_str())];
            scope.spawn(move || run(commands[1], &proxies).expect(1));
        }
    });
    // The endpoint in the configuration, and one for a service; the environment has none that would come first.
    let configured = |more: &str, exit: i32| {
        std::fs::write(place.0.join(".aws/config"), format!("{}{more}", base())).expect("written");
        let mut command = place.command(&["-v", "-v", "credentials", "dev", "--role", "reader", "--profile", "base", "--no-cache"]);
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        let ran = Run::of(command).expect(exit);
        assert!(!ran.err().contains(PASSWORD), "{}", ran.err());
        ran
    };
    configured(&format!("endpoint_url = {broken}\n"), 64).says("`endpoint_url` of profile `base`").says(NO_ADDRESS);
    let services = format!("services = mine\n[services mine]\nsts =\n  endpoint_url = {broken}\n");
    configured(&services, 1).says("the endpoint is not a valid address");
}

/// Runs the output in a shell, and returns the result.
fn evaluated(place: &Place, printed: &str) -> String {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "eval \"$0\"; echo \"$AWS_SECRET_ACCESS_KEY\"", printed]).current_dir(&place.0).env_clear();
    Run::of(shell).out()
}

#[test]
fn a_program_with_unsafe_characters_in_its_answer_is_refused() {
    let place = Place::new("words");
    let aws = Aws::serve();
    for (bad, part) in [
        (r#""AccessKeyId":"AKIAX\ntouch owned","SecretAccessKey":"s","SessionToken":"t""#, "the access key id"),
        (r#""AccessKeyId":"AKIAX","SecretAccessKey":"s\u0000s","SessionToken":"t""#, "the secret access key"),
        (r#""AccessKeyId":"AKIAX","SecretAccessKey":"s","SessionToken":"t\rtouch owned""#, "the session token"),
        (r#""AccessKeyId":"AKIAX","SecretAccessKey":"s","SessionToken":"t t""#, "the session token"),
    ] {
        std::fs::write(place.0.join("answer"), format!("{{\"Version\":1,{bad}}}")).expect("written");
        let config = format!("[profile odd]\ncredential_process = /bin/cat {}\n", place.0.join("answer").display());
        std::fs::write(place.0.join(".aws/config"), config).expect("written");
        let ask = ["credentials", "dev", "--role", "reader", "--profile", "odd", "--format", "env"];
        let ran = aws.run(&place, &ask).expect(1).says("the credentials of profile `odd` cannot be used").says(part);
        let output = ran.err().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(output.contains(&place.0.join(".aws/config").display().to_string()), "{output}");
        assert!(ran.out().is_empty() && !output.contains("owned"), "{output}");
    }
    assert_eq!(aws.0.simulator.calls().len(), 0, "nothing was sent");
    // Keys from the environment.
    let mut command = aws.command(&place, &["credentials", "dev", "--role", "reader", "--no-cache"]);
    command.env("AWS_SESSION_TOKEN", "two\nlines");
    Run::of(command).expect(1).says("the AWS credentials cannot be used").says("the session token");
}

#[test]
fn a_cached_session_with_unsafe_characters_is_renewed() {
    let place = Place::new("kept-words");
    let aws = Aws::serve();
    let ask = ["credentials", "dev", "--role", "reader", "--format", "env"];
    aws.run(&place, &ask).expect(0);
    let [file] = &place.kept()[..] else { panic!("{:?}", place.kept()) };
    for field in ["access_key_id", "secret_access_key", "session_token"] {
        let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(file).expect("kept")).expect("JSON");
        kept[field] = "x\ntouch owned".into();
        std::fs::write(file, kept.to_string()).expect("written");
        let before = aws.count("AssumeRole");
        let printed = aws.run(&place, &ask).expect(0).out();
        evaluated(&place, &printed);
        assert!(!place.0.join("owned").exists(), "{field}: {printed}");
        assert_eq!((printed.lines().count(), aws.count("AssumeRole")), (4, before + 1), "{field}: {printed}");
    }
    // Characters that are special to a shell are quoted.
    let mut kept: serde_json::Value = serde_json::from_slice(&std::fs::read(file).expect("kept")).expect("JSON");
    let odd = "a$(touch${IFS}owned)`id`'\"\\;&|<>~!#*?b";
    kept["secret_access_key"] = odd.into();
    std::fs::write(file, kept.to_string()).expect("written");
    let printed = aws.run(&place, &ask).expect(0).out();
    assert_eq!(evaluated(&place, &printed).trim_end_matches('\n'), odd, "{printed}");
    assert!(!place.0.join("owned").exists(), "{printed}");
}

#[test]
fn an_index_with_unsafe_characters_is_refused() {
    let place = Place::new("index-words");
    let index = place.sandbox(&["outputs"]).expect(0).out();
    for (name, bad) in [("\"acme\"", "\"acme\\ntouch owned\""), ("\"dev\"", "\"dev\\ncredential_process = touch owned\"")] {
        assert!(index.contains(name), "{index}");
        std::fs::write(place.0.join("index.json"), index.replace(name, bad)).expect("written");
        for format in ["env", "aws-config"] {
            let ran = Run::of(place.command(&["outputs", "--format", format, "--index", "index.json"])).expect(64);
            assert!(ran.says("the name of ").out().is_empty());
        }
    }
    // The ARN of a role may have a path of any visible characters.
    let arn = index.split('"').find(|text| text.ends_with(":role/landfall/reader")).expect("a role");
    let odd = arn.replace("role/landfall", "role/a$(touch owned)").replace(' ', "${IFS}");
    std::fs::write(place.0.join("index.json"), index.replace(arn, &odd)).expect("written");
    let printed = Run::of(place.command(&["outputs", "--format", "env", "--index", "index.json"])).expect(0).out();
    assert!(printed.contains(&format!("='{odd}'\n")), "{printed}");
    evaluated(&place, &printed);
    assert!(!place.0.join("owned").exists(), "{printed}");
}
