//! With a controlling terminal: the MFA code is asked for there even if input and output are redirected, and each signal reaches
//! the command once.

use std::fs::File;
use std::io::Read;
use std::process::{Child, Command, Stdio};

use landfall::simulator::{Principal, Simulator};
use landfall_tests::terminal::Terminal;

use crate::{Aws, Place, Run, STARTUP, variable};

const DEVICE: &str = "arn:aws:iam::111111111111:mfa/ada";
/// Prints the signals that it receives until it is ended.
const LISTENER: &str = "trap 'echo interrupted' INT; trap 'echo terminated; exit 7' TERM; echo ready; while :; do sleep 0.05; done";

/// Returns the command as the leader of a new session, with its standard input as the controlling terminal.
fn at(terminal: File, command: &Command) -> Command {
    let mut led = Command::new("/usr/bin/setsid");
    led.arg("--ctty").arg(command.get_program()).args(command.get_args()).env_clear().stdin(terminal);
    led.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    led.current_dir(command.get_current_dir().expect("a folder"));
    led
}

/// The startup's organization with a break-glass user that has an MFA device.
fn with_a_user_of_last_resort(place: &Place) -> Aws {
    let manifest = STARTUP.replace("[access]", "[access]\nbreak_glass = [\"arn:aws:iam::111111111111:user/ada\"]");
    assert_ne!(manifest, STARTUP);
    std::fs::write(place.0.join("landfall.toml"), manifest).expect("written");
    let aws = Aws::serve();
    let user = Principal::User(Simulator::management_account(), "ada".to_owned());
    let keys = aws.0.simulator.credentials_for(&user).expect("made");
    let may = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"*"}]}"#;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let iam = aws_sdk_iam::Client::new(&aws.0.simulator.sdk_config("eu-west-1"));
    let put = iam.put_user_policy().user_name("ada").policy_name("assume").policy_document(may);
    runtime.block_on(put.send()).expect("put");
    let (key, secret, token) = (keys.access_key_id(), keys.secret_access_key(), keys.session_token().unwrap_or_default());
    let mut config = std::fs::read_to_string(place.0.join(".aws/config")).expect("written");
    config.push_str(&format!("[profile ada]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"));
    if !token.is_empty() {
        config.push_str(&format!("aws_session_token = {token}\n"));
    }
    std::fs::write(place.0.join(".aws/config"), config).expect("written");
    aws.run(place, &["apply", "--yes"]).expect(0);
    let index = aws.run(place, &["outputs"]).expect(0).out();
    std::fs::write(place.0.join("index.json"), index).expect("written");
    aws
}

/// A code works once: its session is cached, for `exec` as well.
#[test]
fn a_code_is_asked_for_at_the_terminal_and_its_session_is_cached() {
    let place = Place::new("code");
    let aws = with_a_user_of_last_resort(&place);
    aws.0.simulator.forget_calls();
    let exec = |more: &[&str]| {
        let exec = ["exec", "prod", "--role", "break-glass", "--mfa", DEVICE, "--reason", "a drill", "--index", "index.json"];
        let given = [&exec[..], more, &["--profile", "ada", "--", "/usr/bin/env"]].concat();
        let mut command = place.command(&given);
        command.env("AWS_ENDPOINT_URL", &aws.0.address).env("AWS_EC2_METADATA_DISABLED", "true");
        command
    };
    Run::of(exec(&[])).expect(125).says("there is no terminal to ask for the code at");

    let (mut terminal, end) = Terminal::open();
    let mut first = at(end, &exec(&[]));
    let first = first.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    terminal.until("the question", |screen| screen.contents().contains("MFA code:"));
    terminal.press(b"123456\n");
    let first = Run(first.wait_with_output().expect("ended")).expect(0);
    let key = variable(&first.out(), "AWS_ACCESS_KEY_ID").expect("a key").to_owned();
    assert_eq!(aws.count("AssumeRole"), 1);

    // No terminal, and no question.
    let second = Run::of(exec(&[])).expect(0);
    assert_eq!((variable(&second.out(), "AWS_ACCESS_KEY_ID"), aws.count("AssumeRole")), (Some(key.as_str()), 1));
    Run::of(exec(&["--no-cache"])).expect(125).says("there is no terminal to ask for the code at");
    Run::of(place.command(&["credentials", "forget"])).expect(0).says("forgot 1 session");
    Run::of(exec(&[])).expect(125).says("there is no terminal to ask for the code at");
}

/// A command that prints its signals, run by `exec` on a sandbox at a terminal.
struct Listener(Child);

impl Listener {
    fn start(place: &Place, terminal: File) -> Self {
        let exec = ["--sandbox", "exec", "dev", "--role", "reader", "--", "/bin/sh", "-c", LISTENER];
        let mut command = at(terminal, &place.command(&exec));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary runs");
        hears(&mut child, "ready");
        Self(child)
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.0.id().to_string()]).status().expect("kill");
        assert!(sent.success());
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads the next line of a command's output.
#[track_caller]
fn hears(child: &mut Child, line: &str) {
    let (mut text, mut byte) = (String::new(), [0]);
    while !text.ends_with('\n') {
        assert_eq!(child.stdout.as_mut().expect("piped").read(&mut byte).expect("read"), 1, "it ended: {text}");
        text.push(char::from(byte[0]));
    }
    assert_eq!(text.trim(), line);
}

#[test]
fn a_signal_reaches_the_command_once_from_any_sender() {
    let place = Place::new("signals");
    let (mut terminal, end) = Terminal::open();
    let mut listener = Listener::start(&place, end);
    // The stop button of an editor signals one process.
    listener.signal("INT");
    hears(&mut listener.0, "interrupted");
    // Ctrl-C signals every process at the terminal.
    terminal.press(b"\x03");
    hears(&mut listener.0, "interrupted");
    listener.signal("TERM");
    hears(&mut listener.0, "terminated");
    assert_eq!(listener.0.wait().expect("ended").code(), Some(7));
}
