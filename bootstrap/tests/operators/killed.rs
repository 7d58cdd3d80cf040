//! The binary killed (SIGKILL), and answers of AWS lost, at points of a whole run: the next run ends in the same world.
//!
//! A few points by default, spread evenly; `LANDFALL_TROUBLE=all` tries forty of each sort, `LANDFALL_TROUBLE=17` that one.

use std::time::Duration;

use landfall::simulator::{Fault, Trouble};
use landfall_tests::shape::{difference, shape};

use super::place::{Aws, Place};

const APPLY: [&str; 2] = ["apply", "--yes"];
/// How many points are tried by default, and when all are asked for.
const SAMPLES: (usize, usize) = (3, 40);

/// What an undisturbed run comes to.
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

/// Returns the shape of a world in which nothing is left to be done.
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
        // Its lock is taken over at once: its process is gone.
        aws.run(&["apply", "--yes", "--no-wait"]).expect(0);
        assert_eq!(difference(&calm.shape, &settled(&aws)), [""; 0], "killed at change {point} of {}", calm.mutating);
    }
    println!("killed: {} of {} points tried", points.len(), calm.mutating);
}

#[test]
fn a_run_that_loses_any_answer_goes_on_or_is_resumed() {
    let place = Place::new("lost");
    let calm = Calm::of(&place);
    let points = points(calm.mutating);
    let mut resumed = 0;
    for point in &points {
        let aws = place.loopback();
        aws.loopback.simulator.inject(Fault::new(Trouble::LoseAnswer).on_mutating().from_the(*point as u64).times(1));
        let run = aws.run(&APPLY);
        assert!([0, 1, 4].contains(&run.code()), "{}", run.err());
        if run.code() != 0 {
            resumed += 1;
            println!(
                "change {point}: {}",
                run.err().lines().find(|line| line.contains("failed  ")).unwrap_or("it ended before its first step")
            );
            aws.run(&APPLY).expect(0);
        }
        assert_eq!(difference(&calm.shape, &settled(&aws)), [""; 0], "the answer to change {point} of {} lost", calm.mutating);
    }
    println!("lost: {} of {} points tried, {resumed} resumed", points.len(), calm.mutating);
}
