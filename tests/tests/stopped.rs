//! A run that is asked to stop while steps wait for AWS: they were not done, and nothing of them failed.

use std::time::{Duration, SystemTime};

use landfall::apply::Stop;
use landfall::event::{Event, Outcome, What};
use landfall::plan::PlanOptions;
use landfall::simulator::{Clock, Fault, Options, Simulator, Trouble};
use landfall_tests::{organization, ran};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");

#[tokio::test(start_paused = true)]
async fn a_step_that_was_waiting_is_left_out_and_not_failed() {
    for (code, status, call) in [
        ("OptInRequired", 401, "ec2:AllocateAddress"),
        ("RequestLimitExceeded", 503, "ec2:CreateVpc"),
        ("Throttling", 400, "iam:CreateRole"),
    ] {
        let simulator = Simulator::new(Options::default(), Clock::tokio(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)));
        simulator.inject(Fault::new(Trouble::Refuse(code.to_owned(), status)).on(call));
        let (stop, mut events) = (Stop::default(), Vec::new());
        let mut emit = |event: Event| {
            if matches!(event.what, What::StepRetried { .. }) {
                stop.ask();
            }
            events.push(event);
        };
        let config = simulator.sdk_config("eu-west-1");
        let (_, report) = ran(&config, &organization(STARTUP), &PlanOptions::default(), &stop, &mut emit).await.expect("observed");
        assert_eq!((report.outcome, report.failed), (Outcome::Interrupted, 0), "{code}: {events:#?}");
        let waited: Vec<_> = events
            .iter()
            .filter_map(|event| match &event.what {
                What::StepRetried { address, .. } => Some(address.clone()),
                _ => None,
            })
            .collect();
        assert!(!waited.is_empty(), "{code}: nothing was waited for");
        for address in &waited {
            let left_out = events.iter().any(|event| match &event.what {
                What::StepSkipped { address: skipped, because } => skipped == address && because == "the run was stopped",
                _ => false,
            });
            assert!(left_out, "{code}: {address}");
        }
        // What was left out is done by the next run.
        simulator.revive();
        let mut emit = |_: Event| ();
        let (_, report) =
            ran(&config, &organization(STARTUP), &PlanOptions::default(), &Stop::default(), &mut emit).await.expect("observed");
        assert_eq!((report.outcome, report.failed), (Outcome::Done, 0), "{code}");
    }
}
