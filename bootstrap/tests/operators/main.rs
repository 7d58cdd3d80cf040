//! Two operators at once, killed runs, and saved plans: the real binary, in separate processes.

#[cfg(target_os = "linux")]
mod asleep;
mod kept;
mod killed;
mod place;

use place::{Place, Run};

/// Returns how many of these runs applied steps.
fn worked(runs: &[&Run]) -> usize {
    runs.iter().filter(|run| run.err().contains(" done")).count()
}

#[test]
fn of_two_runs_on_one_sandbox_one_applies_and_the_other_has_nothing_to_do() {
    let place = Place::new("two-sandbox");
    for round in 0..3 {
        place.sandbox(&["sandbox", "reset"]).expect(0);
        let (ada, bob) = (place.start_in_sandbox(&["apply", "--yes"]), place.start_in_sandbox(&["apply", "--yes"]));
        let (ada, bob) = (ada.end().expect(0), bob.end().expect(0));
        assert_eq!(worked(&[&ada, &bob]), 1, "round {round}: {}\n{}", ada.err(), bob.err());
        let other = if worked(&[&ada]) == 1 { bob } else { ada };
        assert!(other.out().contains("nothing to do"), "{}", other.out());
        place.sandbox(&["plan", "--detailed-exitcode"]).expect(0);
    }
}

#[test]
fn a_sandbox_in_use_is_not_waited_for_with_no_wait() {
    let place = Place::new("no-wait-sandbox");
    let served = place.serve("instant");
    let refused = place.sandbox(&["apply", "--yes", "--no-wait"]).expect(75);
    assert!(refused.err().contains(&format!("process {} is using the sandbox", served.server.0.id())), "{}", refused.err());
    // A file lock ends with its process, however that ends.
    drop(served);
    place.sandbox(&["apply", "--yes", "--no-wait"]).expect(0);
}

#[test]
fn of_two_runs_on_one_aws_one_applies_and_the_other_waits() {
    let place = Place::new("two-aws");
    let served = place.serve("instant");
    let (ada, bob) = (served.start(&["apply", "--yes"]), served.start(&["apply", "--yes"]));
    let (ada, bob) = (ada.end().expect(0), bob.end().expect(0));
    assert_eq!(worked(&[&ada, &bob]), 1, "{}\n{}", ada.err(), bob.err());
    let other = if worked(&[&ada]) == 1 { bob } else { ada };
    assert!(other.err().contains("is applying") || other.err().contains("another run has applied since"), "{}", other.err());
    served.run(&["plan", "--detailed-exitcode"]).expect(0);
}

/// Several races for the same lock; `LANDFALL_TROUBLE=all` runs a hundred.
#[test]
fn two_runs_never_hold_the_lock_at_once() {
    let rounds = if std::env::var("LANDFALL_TROUBLE").is_ok_and(|word| word == "all") { 100 } else { 4 };
    let place = Place::new("races");
    let only = ["apply", "--yes", "--no-wait", "--only", "dev/iam-role/reader"];
    let (mut held_off, mut both_did) = (0, 0);
    for round in 0..rounds {
        let aws = place.loopback();
        let (ada, bob) = (aws.start(&only), aws.start(&only));
        let (ada, bob) = (ada.end(), bob.end());
        // The second run finds the lock held (75), or everything done.
        assert!([ada.code(), bob.code()].iter().all(|code| [0, 75].contains(code)), "round {round}: {}\n{}", ada.err(), bob.err());
        held_off += usize::from(ada.code() == 75) + usize::from(bob.code() == 75);
        both_did += usize::from(worked(&[&ada, &bob]) != 1);
        assert_eq!(aws.holders(), 1, "round {round}: one after the other holds the lock");
    }
    println!("{rounds} races: {held_off} times one was held off, {both_did} times not exactly one did the work");
    assert_eq!(both_did, 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_holder_is_named_and_a_killed_one_is_taken_over_at_once() {
    let place = Place::new("killed");
    let served = place.serve("realistic");
    let mut ada = served.start(&["apply", "--yes"]);
    ada.until("creating");
    let pid = ada.0.id();

    let refused = served.run(&["apply", "--yes", "--no-wait"]).expect(75);
    assert!(refused.err().contains(&format!("(process {pid}) is applying")), "{}", refused.err());
    assert!(refused.err().contains(" is applying, since ") && refused.err().contains(" UTC"), "{}", refused.err());
    assert!(refused.err().contains("--force-unlock"), "{}", refused.err());
    let mut waiting = served.start(&["apply", "--yes"]);
    waiting.until(&format!("(process {pid}) is applying"));
    waiting.signal("INT");
    waiting.end().expect(130);

    ada.signal("KILL");
    ada.end().expect(-1);
    let mut heir = served.start(&["apply", "--yes", "--no-wait"]);
    heir.until(&format!("(process {pid}), whose process is gone"));
    heir.until("creating");
    // A run that stops on a signal releases the lock.
    heir.signal("INT");
    heir.end().expect(130);
    let mut next = served.start(&["apply", "--yes", "--no-wait"]);
    let output = next.until("creating");
    assert!(!output.contains("taking over"), "{output}");
}

#[test]
fn a_broken_lock_is_reported_and_its_holder_stops() {
    let place = Place::new("broken");
    let served = place.serve("realistic");
    let mut ada = served.start(&["apply", "--yes"]);
    ada.until("creating");
    let mut bob = served.start(&["apply", "--yes", "--force-unlock"]);
    bob.until(&format!("(process {}), who stops within", ada.0.id()));
    let output = ada.end().expect(75).err();
    assert!(output.contains("the lock was taken over by") && output.contains(&format!("(process {})", bob.0.id())), "{output}");
}

#[test]
fn a_saved_plan_is_applied_while_it_is_current() {
    let place = Place::new("saved");
    let made = place.sandbox(&["plan", "--out", "first.plan"]).expect(0);
    assert!(made.err().contains("landfall apply --sandbox first.plan"), "{}", made.err());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(place.0.join("first.plan")).expect("written").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let text = std::fs::read_to_string(place.0.join("first.plan")).expect("written");
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((document["landfall_plan"].as_u64(), document["plan"]["v"].as_u64()), (Some(2), Some(1)));
    place.sandbox(&["plan", "--out", "second.plan"]).expect(0);
    assert_eq!(std::fs::read_to_string(place.0.join("second.plan")).expect("written"), text, "the same plan is the same file");

    let asked = place.sandbox(&["apply", "first.plan"]).expect(1);
    assert!(asked.err().contains("landfall apply --sandbox first.plan --yes"), "{}", asked.err());
    place.sandbox(&["apply", "first.plan", "--yes"]).expect(0);
    place.sandbox(&["plan", "--detailed-exitcode"]).expect(0);
    let again = place.sandbox(&["apply", "first.plan", "--yes"]).expect(0);
    assert!(again.err().contains("`first.plan` was carried out already") && !again.err().contains("account/"), "{}", again.err());
    place.write(&format!("{}\n[accounts.tooling]\nunit = \"Infrastructure\"\n", place::STARTUP));
    let refused = place.sandbox(&["apply", "first.plan", "--yes"]).expect(1);
    assert!(refused.err().contains("carried out already, and other steps are needed now"), "{}", refused.err());
    assert!(refused.err().contains("account/tooling is not in the saved plan"), "{}", refused.err());
    assert!(!refused.err().contains("account/dev") && !refused.err().contains("account/log-archive"), "{}", refused.err());

    // One that was never applied is not "carried out" because another manifest leaves nothing to do.
    place.sandbox(&["plan", "--out", "third.plan"]).expect(0);
    place.write(place::STARTUP);
    let refused = place.sandbox(&["apply", "third.plan", "--yes"]).expect(1);
    assert!(refused.err().contains("the manifest has changed since it was made"), "{}", refused.err());
    assert!(!refused.err().contains("carried out already"), "{}", refused.err());
}

#[test]
fn differences_are_reported_in_the_words_of_the_plan() {
    let place = Place::new("words");
    let tagged =
        |owner: &str| format!("{}\n[accounts.tooling]\nunit = \"Infrastructure\"\ntags = {{ owner = \"{owner}\" }}\n", place::STARTUP);
    place.write(&tagged("platform"));
    place.sandbox(&["apply", "--yes"]).expect(0);
    place.write(&tagged("core"));
    place.sandbox(&["plan", "--out", "a.plan"]).expect(0);
    place.write(&tagged("crew"));
    let refused = place.sandbox(&["apply", "a.plan", "--yes"]).expect(1);
    assert!(
        refused.err().contains("account/tooling tags.owner was to be platform -> core, is to be platform -> crew now"),
        "{}",
        refused.err()
    );
    assert_eq!(refused.err().matches("account/").count(), 1, "nothing else differs: {}", refused.err());
}

#[test]
fn a_saved_plan_is_refused_when_aws_or_the_manifest_has_changed() {
    let place = Place::new("moved");
    place.sandbox(&["apply", "--yes", "--only", "dev"]).expect(0);
    place.sandbox(&["plan", "--out", "a.plan"]).expect(0);
    // Another run builds a part of it.
    place.sandbox(&["apply", "--yes", "--only", "unit/Workloads/Production"]).expect(0);
    let refused = place.sandbox(&["apply", "a.plan", "--yes"]).expect(1);
    assert!(
        refused.err().contains("AWS has changed") && refused.err().contains("unit/Workloads/Production needs nothing any more"),
        "{}",
        refused.err()
    );

    place.sandbox(&["plan", "--out", "a.plan"]).expect(0);
    place.write(&format!("{}\n[accounts.tooling]\nunit = \"Infrastructure\"\n", place::STARTUP));
    let refused = place.sandbox(&["apply", "a.plan", "--yes"]).expect(1);
    assert!(refused.err().contains("the manifest has changed"), "{}", refused.err());
    assert!(refused.err().contains("account/tooling is not in the saved plan"), "{}", refused.err());
    assert!(refused.err().contains("landfall plan --sandbox --out a.plan"), "{}", refused.err());

    // A change of the manifest that changes no step does not count.
    place.write(&format!("# more words\n{}", place::STARTUP));
    place.sandbox(&["apply", "a.plan", "--yes"]).expect(0);

    for (text, expected) in [("nonsense", "not a saved plan"), ("{\"landfall_plan\": 7}", "format 7")] {
        std::fs::write(place.0.join("bad.plan"), text).expect("written");
        let refused = place.sandbox(&["apply", "bad.plan", "--yes"]).expect(64);
        assert!(refused.err().contains(expected), "{}", refused.err());
    }
    place.sandbox(&["apply", "missing.plan", "--yes"]).expect(64);
    place.sandbox(&["apply", "a.plan", "--only", "dev", "--yes"]).expect(64);
}

#[test]
fn only_includes_dependencies_and_a_saved_plan_keeps_it() {
    let place = Place::new("only");
    place.sandbox(&["plan", "--only", "dev/iam-role/reader", "--out", "reader.plan"]).expect(0);
    let applied = place.sandbox(&["apply", "reader.plan", "--yes"]).expect(0);
    let needed = ["organization/acme", "account/dev", "dev/iam-role/reader"];
    assert!(needed.iter().all(|address| applied.err().contains(address)), "{}", applied.err());
    assert!(!applied.err().contains("account/prod"), "{}", applied.err());
    place.sandbox(&["plan", "--only", "dev/iam-role/reader", "--detailed-exitcode"]).expect(0);
    place.sandbox(&["plan", "--detailed-exitcode"]).expect(2);
    place.sandbox(&["apply", "--yes", "--only", "nonsense"]).expect(64);
}
