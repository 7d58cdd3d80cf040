//! A plan without changes, in a separate process: its CPU time and memory are landfall's, without the simulator's.
//!
//! The simulator is served on loopback, without rates, since waiting for them would take real time.

use std::process::Command;

use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use landfall::simulator::{Clock, Simulator};
use landfall_tests::loopback::Loopback;
use landfall_tests::{moto, organization, planned};

use crate::manifest;
use crate::usage::{Usage, peak};

/// The first word of the command line that is [`look`].
pub(crate) const WORD: &str = "--apart";

/// Serves the world and runs this program again, to read it.
pub(crate) fn measure(simulator: &Simulator, size: usize) {
    let mut world: serde_json::Value = serde_json::from_str(&simulator.to_json()).expect("a world is JSON");
    world["world"]["options"]["preset"] = "instant".into();
    world["world"]["options"]["rates"] = "off".into();
    let world = world.to_string();
    // Both sides use real time, otherwise sessions of the one would have expired for the other.
    let served = Loopback::serve(move || Simulator::from_json(&world, |_| Clock::wall()).expect("a world"));
    let program = std::env::current_exe().expect("this program");
    let status = Command::new(program).args([WORD, &served.address, &size.to_string()]).status().expect("it runs again");
    assert!(status.success());
}

/// Plans a settled organization, and prints what that costs this process.
pub(crate) async fn look(address: &str, size: usize) {
    let config = moto::config(address, manifest::REGION, Simulator::management_credentials()).into_builder();
    let config = config.sleep_impl(SharedAsyncSleep::new(TokioSleep::new())).time_source(SharedTimeSource::new(SystemTimeSource::new()));
    let began = Usage::now();
    let (sessions, plan) = planned(&config.build(), &organization(&manifest::text(size))).await.expect("observed");
    assert!(plan.is_settled(), "{:?}", plan.view().unreadable);
    println!(
        "apart     {size:>5} accounts: {:>6} things, {} steps, {:>6} calls over loopback, CPU {:.1} s, peak {} MB: landfall alone",
        plan.settled.len(),
        plan.steps.len(),
        sessions.calls().count().total(),
        began.cpu_since().as_secs_f64(),
        peak(),
    );
}
