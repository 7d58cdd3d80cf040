//! Kills the binary (SIGKILL) and loses answers of AWS at points of a whole run: the next run ends in the same world.
//!
//! A few points by default, spread evenly; `LANDFALL_TROUBLE=all` tries forty of each kind, `LANDFALL_TROUBLE=17` that one.

use std::time::Duration;

use landfall::simulator::{Fault, Trouble};
use landfall_tests::shape::{difference, shape};

use super::place::{Aws, Place};

const APPLY: [&str; 2] = ["apply", "--yes"];
/// Number of points that are tried by default, and with `all`.
const SAMPLES: (usize, usize) = (3, 40);

/// The result of an undisturbed run.
struct Calm {
    mutating: usize,
    shape: Vec<String>,
}

impl Calm {
    fn of(place: &Place) -> Self {
        let aws = place.loopback();
        aws.run(&APPLY).expect(0);
        let mutating = aws.loopback.simulator.calls().iter().filter(|call| call.mutating).count();
        Self { mutating, shape: settled(&aws) }
    }
}

/// Returns the shape of a world in which there is nothing to do.
fn settled(aws: &Aws<'_>) -> Vec<String> {
    aws.run(&["plan", "--detailed-exitcode"]).expect(0);
    shape(&aws.loopback.simulator.to_json())
}

fn points(all: usize) -> Vec<usize> {
    let wanted = std::env::var("LANDFALL_TROUBLE").unwrap_or_default();
    let sample = if wanted == "all" { SAMPLES.1 } else { SAMPLES.0 };
    match wanted.parse() {
        Ok(one) => vec![one],
        Err(_) => (1..=all).step_by(all.div_ceil(sample)).collect(),
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_that_is_killed_at_any_change_is_resumed() {
    let place = Place::new("unkillable");
    let calm = Calm::of(&place);
    let points = points(calm.mutating);
    for point in &points {
        let aws = place.loopback();
        aws.loopback.simulator.inject(Fault::new(Trouble::Kill).on_mutating().from_the(*point as u64));
        let run = aws.start(&APPLY);
        while !aws.loopback.simulator.is_dead() {
            std::thread::sleep(Duration::from_millis(2));
        }
        run.signal("KILL");
        run.end().expect(-1);
        aws.loopback.simulator.revive();
        // Its lock is taken over at once, because its process has ended.
        aws.run(&["apply", "--yes", "--no-wait"]).expect(0);
        assert_eq!(difference(&calm.shape, &settled(&aws)), [""; 0], "killed at change {point} of {}", calm.mutating);
    }
    println!("killed: {} of {} points tried", points.len(), calm.mutating);
}

#[test]
fn a_lost_answer_is_recovered_in_the_same_run() {
    let place = Place::new("lost");
    let calm = Calm::of(&place);
    let points = points(calm.mutating);
    for point in &points {
        let aws = place.loopback();
        aws.loopback.simulator.inject(Fault::new(Trouble::LoseAnswer).on_mutating().from_the(*point as u64).times(1));
        aws.run(&APPLY).expect(0);
        assert!(aws.loopback.simulator.calls().iter().any(|call| !call.is_answered), "no answer was lost");
        assert_eq!(difference(&calm.shape, &settled(&aws)), [""; 0], "the answer to change {point} of {} lost", calm.mutating);
    }
    println!("lost: {} of {} points tried", points.len(), calm.mutating);
}

#[test]
fn an_account_that_refuses_is_reported_and_the_others_are_finished() {
    let place = Place::new("refused");
    let aws = place.loopback();
    aws.run(&["apply", "--yes", "--only", "account/prod"]).expect(0);
    let index = aws.run(&["outputs"]).expect(0).out();
    let index: serde_json::Value = serde_json::from_str(&index).expect("JSON");
    let accounts =
        index["environments"].as_array().expect("environments").iter().filter_map(|environment| environment["accounts"].as_array());
    let prod = accounts.flatten().find(|account| account["key"] == "prod").and_then(|account| account["id"].as_str());
    let prod = prod.unwrap_or_else(|| panic!("{index}")).to_owned();
    let denied = Fault::new(Trouble::Refuse("AccessDenied".to_owned(), 403)).on("iam:CreatePolicy").of(prod.parse().expect("an id"));
    aws.loopback.simulator.inject(denied);
    let run = aws.run(&APPLY).expect(4);
    let output = run.err();
    println!("{output}");
    assert!(output.contains("prod/iam-policy/boundary") && output.contains(&prod) && output.contains("AccessDenied"), "{output}");
    assert!(output.contains("prod/iam-role/deployer") && output.contains("it needs prod/iam-policy/boundary"), "{output}");
    aws.loopback.simulator.revive();
    let plan = aws.run(&["plan", "--detailed-exitcode", "--format", "json"]).expect(2).out();
    let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    let left: Vec<&str> = plan["steps"].as_array().expect("steps").iter().filter_map(|step| step["address"].as_str()).collect();
    assert!(!left.is_empty() && left.iter().all(|address| address.starts_with("prod/")), "all else is done: {left:?}");
}
