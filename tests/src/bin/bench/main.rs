//! The engine's figures in virtual time: a bootstrap of N accounts against its floor, and a plan without changes.
//!
//! `cargo xtask bench` builds and calls it: `bench N…`. Everything runs in this process on the simulator, preset
//! realistic with AWS's rates; only CPU time and memory are of this computer.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod apart;
mod floor;
mod manifest;
mod usage;

use std::collections::BTreeMap;
use std::time::Duration;

use landfall::apply::{Stop, apply};
use landfall::desired::desired;
use landfall::event::{Event, What};
use landfall::model::Organization;
use landfall::observe::{NotReady, observe};
use landfall::plan::{PlanOptions, plan};
use landfall::session::{CallCount, Sessions};
use landfall::simulator::{Options, Preset, Rates, Simulator, TagIndex};
use landfall_tests::{clock, organization, planned};
use usage::Usage;

/// How many accounts, where the command line names none.
const SIZES: [usize; 3] = [3, 10, 100];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, address, size] = arguments.as_slice()
        && word == apart::WORD
    {
        return apart::look(address, size.parse().expect("a number")).await;
    }
    let sizes: Vec<usize> = arguments.iter().filter_map(|word| word.parse().ok()).collect();
    let rates = if arguments.iter().any(|word| word == "--halved") { Rates::Scaled(0.5) } else { Rates::ByPreset };
    let sizes = if sizes.is_empty() { SIZES.to_vec() } else { sizes };
    for size in sizes {
        bench(size, rates).await;
    }
}

async fn bench(size: usize, rates: Rates) {
    let organization = organization(&manifest::text(size));
    let options = Options::default().with_preset(Preset::Realistic).with_account_quota(size + 1).with_rates(rates);
    let simulator = Simulator::new(options, clock());
    bootstrap(size, &simulator, &organization).await;
    // AWS may have no accounts in its index of tags (docs/AWS.md 10.1).
    for index in [TagIndex::Empty, TagIndex::Current] {
        simulator.index_tags(index);
        unchanged(size, index, &simulator, &organization).await;
    }
    apart::measure(&simulator, size);
}

/// Builds everything, and prints how long that takes beside the least that AWS allows.
async fn bootstrap(size: usize, simulator: &Simulator, organization: &Organization) {
    let began = Usage::now();
    let sessions = Sessions::open(&simulator.sdk_config(manifest::REGION), &organization.region).await.expect("a session");
    let wanted = desired(organization);
    let survey = observe(&sessions, organization, &wanted, NotReady::Wait).await.expect("observed");
    let plan = plan(organization, &wanted, &survey.observation, &PlanOptions::default()).expect("not refused");
    let floor = floor::of(&plan);
    let mut told = Told::default();
    let report = apply(&plan, &sessions, survey.account_sessions, &Stop::default(), &mut |event| told.hear(&event)).await;
    for failure in &told.failures {
        println!("failed: {failure}");
    }
    let throttles = throttles(simulator);
    println!(
        "bootstrap {size:>5} accounts: {:>6} steps, makespan {:>9.1} s, floor {:>9.1} s, ratio {:.3}, {} calls, throttled {}, CPU {:.1} s, exit {}",
        plan.steps.len(),
        told.makespan.as_secs_f64(),
        floor.as_secs_f64(),
        told.makespan.as_secs_f64() / floor.as_secs_f64(),
        report.calls.total(),
        throttles.values().sum::<usize>(),
        began.cpu_since().as_secs_f64(),
        report.exit,
    );
    for (call, count) in throttles {
        println!("    throttled {call:<50} {count:>5}");
    }
    if std::env::args().any(|word| word == "--steps") {
        for (address, (from, to)) in &told.steps {
            println!("    {:>8.1} {:>8.1} {address}", from.as_secs_f64(), to.as_secs_f64());
        }
    }
}

/// What a run reported.
#[derive(Default)]
struct Told {
    makespan: Duration,
    failures: Vec<String>,
    steps: BTreeMap<String, (Duration, Duration)>,
}

impl Told {
    fn hear(&mut self, event: &Event) {
        let now = Duration::from_millis(event.elapsed_ms);
        self.makespan = now;
        match &event.what {
            What::StepStarted { address } => {
                self.steps.insert(address.to_string(), (now, now));
            }
            What::StepDone { address } => {
                if let Some(step) = self.steps.get_mut(&address.to_string()) {
                    step.1 = now;
                }
            }
            What::StepFailed { address, message, .. } => self.failures.push(format!("{address}: {message}")),
            _ => {}
        }
    }
}

/// Returns how often which call was throttled, of those that the simulator remembers.
fn throttles(simulator: &Simulator) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for call in simulator.calls() {
        let words = ["TooManyRequestsException", "Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown"];
        if call.error.as_deref().is_some_and(|code| words.contains(&code)) {
            *all.entry(format!("{}:{}", call.service, call.operation)).or_default() += 1;
        }
    }
    all
}

/// Plans a settled organization, and prints what that costs.
async fn unchanged(size: usize, index: TagIndex, simulator: &Simulator, organization: &Organization) {
    // Not young any more.
    let sessions = Sessions::open(&simulator.sdk_config(manifest::REGION), &organization.region).await.expect("a session");
    sessions.clock().sleep(Duration::from_hours(1)).await;
    drop(sessions);
    simulator.forget_calls();
    let began = Usage::now();
    let time = simulator.clock().time_source();
    let from = time.now();
    let (sessions, plan) = planned(&simulator.sdk_config(manifest::REGION), organization).await.expect("observed");
    let passed = time.now().duration_since(from).unwrap_or_default();
    let calls = sessions.calls().count();
    println!(
        "unchanged {size:>5} accounts, index {index:?}: {:>6} things, {} steps, {:>8.1} s of virtual time, {:>6} calls (floor {}), CPU {:.1} s with the simulator's",
        plan.settled.len(),
        plan.steps.len(),
        passed.as_secs_f64(),
        calls.total(),
        floor::of_a_look(size),
        began.cpu_since().as_secs_f64(),
    );
    for (call, count) in throttles(simulator) {
        println!("    throttled {call:<50} {count:>5}");
    }
    for notice in plan.view().notices.iter().filter(|notice| notice.text.contains("index of tags")) {
        println!("    notice: {} ({})", notice.text, notice.hint);
    }
    table(size, &calls);
}

fn table(size: usize, calls: &CallCount) {
    for (call, count) in &calls.0 {
        let each = f64::from(u32::try_from(*count).unwrap_or(u32::MAX)) / f64::from(u32::try_from(size).unwrap_or(u32::MAX));
        println!("    {call:<55} {count:>7} {each:>8.2} an account");
    }
}
