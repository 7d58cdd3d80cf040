//! Replays of recorded runs, and the sandbox's preset, with the real binary.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use super::{Place, Run, STARTUP};

/// How many things the manifest of these tests asks for.
const STEPS: usize = 197;

#[test]
fn a_recorded_run_is_drawn_as_it_was() {
    let place = Place::new("replay", STARTUP);
    let events = place.sandbox(&["apply", "--yes", "--format", "json"]).expect(0).out();
    place.keep("run.jsonl", &events);
    place.sandbox(&["sandbox", "reset"]).expect(0);
    let applied = place.sandbox(&["apply", "--yes"]).expect(0).err();
    // The suggested next command is not part of a replay.
    let applied = applied.split("\nnext: ").next().expect("a text").to_owned();
    let replayed = place.sandbox(&["replay", "run.jsonl"]).expect(0);
    assert_eq!(replayed.out(), "", "a run has no standard output");
    // Independent steps may end in another order in another run; everything else is the same.
    assert_eq!(lines(&replayed.err()), lines(&applied), "the same lines and the same sum");
    let done = |line: &&str| line.contains("  done  ");
    let drawn: Vec<String> =
        replayed.err().lines().filter(done).map(|line| line.split_whitespace().last().expect("a word").to_owned()).collect();
    let ended: Vec<String> = events.lines().filter_map(ended).collect();
    assert_eq!((drawn.len(), drawn), (STEPS, ended), "one line for each step, in the order of the events");

    assert_eq!(place.run(&["replay", "run.jsonl"]).expect(0).err(), replayed.err(), "the recording names its AWS");
    assert_eq!(place.sandbox(&["replay", "run.jsonl", "--format", "json"]).expect(0).out(), events, "events are drawn as events");
    assert_eq!(place.piped(&["--sandbox", "replay", "-", "--speed", "100000"], &events).expect(0).err(), replayed.err());
    assert_eq!(place.sandbox(&["replay", "run.jsonl", "-q"]).expect(0).err(), "");
}

/// Returns the lines of a run without the counts at their beginnings, sorted.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> =
        text.lines().map(|line| line.split_once(&format!("/{STEPS} ")).map_or(line, |(_, rest)| rest).to_owned()).collect();
    lines.sort();
    lines
}

/// Returns the address in the event of a finished step.
fn ended(event: &str) -> Option<String> {
    let event: serde_json::Value = serde_json::from_str(event).expect("JSON");
    (event["event"] == "step_done").then(|| event["address"].as_str().expect("an address").to_owned())
}

#[test]
fn recordings_that_are_cut_off_or_of_another_version() {
    let place = Place::new("recordings", STARTUP);
    let begun = r#"{"v":1,"seq":1,"at":"","elapsed_ms":0,"event":"run_started","steps":[{"address":"unit/A","action":"create"}]}"#;
    let dreamt = r#"{"v":1,"seq":2,"at":"","elapsed_ms":9,"event":"step_dreamt","address":"unit/A"}"#;
    let started = r#"{"v":1,"seq":3,"at":"","elapsed_ms":9,"event":"step_started","address":"unit/A"}"#;
    for (text, code, expected) in [
        (format!("{begun}\n{dreamt}\n{started}\n{}", &started[..30]), 0, "the last line is cut off"),
        (format!("{begun}\n{dreamt}\n{started}\n"), 0, "1 event of a newer landfall left out"),
        (format!("{begun}\n{started}"), 0, "the recording ends before the run did: 0 of 1 done, 1 step in flight."),
        (format!("{begun}\n{}\n{started}\n", &started[..30]), 64, "line 2 of `run.jsonl` is no event"),
        (format!("{started}\n"), 64, "does not begin with `run_started`"),
        (format!("{begun}\n{begun}\n"), 64, "more than one run"),
        (begun.replace("\"v\":1", "\"v\":2"), 64, "format 2"),
        (String::new(), 64, "there is no run in `run.jsonl`"),
        ("Plan: 3 to create\n".to_owned(), 64, "apply --yes --format json > FILE"),
    ] {
        place.keep("run.jsonl", &text);
        let run = place.run(&["replay", "run.jsonl"]).expect(code);
        assert!(run.err().contains(expected), "{text}: {}", run.err());
    }
    place.run(&["replay", "."]).expect(64);
    assert!(place.run(&["replay", "nothing.jsonl"]).expect(64).err().contains("could not open `nothing.jsonl`"));
    for speed in ["0", "-1", "fast", "1.5"] {
        place.run(&["replay", "run.jsonl", &format!("--speed={speed}")]).expect(64);
    }
}

#[test]
fn a_sandbox_keeps_the_preset_it_was_created_with() {
    let place = Place::new("preset", STARTUP);
    let applied = place.sandbox(&["apply", "--yes", "--sandbox-preset", "realistic"]).expect(0);
    assert!(applied.err().contains("of virtual time"), "{}", applied.err());
    for command in [&["plan"][..], &["status"], &["outputs"], &["sandbox", "serve"]] {
        let refused = place.sandbox(&[command, &["--sandbox-preset", "instant"]].concat()).expect(64);
        assert!(refused.err().contains("is realistic, not instant"), "{}", refused.err());
        assert!(refused.err().contains("landfall sandbox reset --sandbox"), "{}", refused.err());
    }
    place.sandbox(&["plan", "--detailed-exitcode", "--sandbox-preset", "realistic"]).expect(0);
    place.sandbox(&["plan", "--detailed-exitcode"]).expect(0);
    place.sandbox(&["sandbox", "reset", "--sandbox-preset", "instant"]).expect(0);
    place.sandbox(&["plan", "--sandbox-preset", "instant"]).expect(0);
}

#[test]
fn a_served_sandbox_names_the_home_region() {
    let place = Place::new("serve", &STARTUP.replace("\"eu-west-1\"", "\"eu-north-1\""));
    for (is_there, region) in [(true, "eu-north-1"), (false, "us-east-1")] {
        if !is_there {
            std::fs::remove_file(place.0.join("landfall.toml")).expect("removed");
        }
        let mut serving = place.command(&["sandbox", "serve"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        let address = BufReader::new(serving.stdout.take().expect("piped")).lines().next().expect("a line").expect("text");
        serving.kill().expect("killed");
        let output = serving.wait_with_output().expect("over");
        let output = String::from_utf8_lossy(&output.stderr);
        assert!(output.contains(&format!("export AWS_REGION={region}\n")), "{output}");
        assert!(address.starts_with("http://127.0.0.1:"), "{address}");
    }
}

impl Place {
    fn keep(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).expect("written");
    }

    /// Runs with this text on standard input.
    fn piped(&self, arguments: &[&str], text: &str) -> Run {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("read");
        Run(child.wait_with_output().expect("over"))
    }
}
