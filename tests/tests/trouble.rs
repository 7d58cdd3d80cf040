//! Killed anywhere, any answer lost, anything failing at random: the next run ends in the same world.
//!
//! The default run tries a sample of the points, spread evenly; `LANDFALL_TROUBLE=all` tries every one, which takes some
//! minutes, and `LANDFALL_TROUBLE=17` that one. Each point has a world, a clock and a thread's runtime of its own, so that it goes the same way every time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use landfall::apply::{Stop, apply};
use landfall::desired::desired;
use landfall::event::{Event, What};
use landfall::model::Organization;
use landfall::observe::{NotReady, observe};
use landfall::plan::{PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Clock, Fault, Options, Preset, Simulator, Trouble};
use landfall_tests::kept::Kept;
use landfall_tests::shape::{difference, shape};
use landfall_tests::{applied, organization, planned, small, without_network};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const ECOMMERCE: &str = include_str!("../../examples/ecommerce/landfall.toml");
const REGION: &str = "eu-west-1";

/// Points of one test that the default run tries.
const SAMPLE: usize = 6;
/// Runs after which a world must be as wanted, the first included.
const RUNS: usize = 4;

fn fresh() -> Simulator {
    Simulator::new(Options::default(), Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)))
}

/// A small network with endpoints: with one security group, and with and without a policy.
fn with_endpoints() -> String {
    let (plain, services) = ("subnets = [\"public\", \"private\"]", "endpoints = [\"kms\", \"ssmmessages\"]");
    let manifest = small("").replace(plain, &format!("{plain}, {services}"));
    assert!(manifest.contains(services), "{manifest}");
    manifest
}

/// One run of landfall; returns what went wrong.
async fn run(simulator: &Simulator, organization: &Organization) -> Vec<String> {
    run_with(simulator, organization, &PlanOptions::default()).await
}

async fn run_with(simulator: &Simulator, organization: &Organization, options: &PlanOptions) -> Vec<String> {
    let sessions = match Sessions::open(&simulator.sdk_config(REGION), &organization.region).await {
        Ok(sessions) => sessions,
        Err(error) => return vec![format!("no session: {error}")],
    };
    let wanted = desired(organization);
    let survey = match observe(&sessions, organization, &wanted, NotReady::Wait).await {
        Ok(survey) => survey,
        Err(error) => return vec![format!("not observed: {error}")],
    };
    let plan = match plan(organization, &wanted, &survey.observation, options) {
        Ok(plan) => plan,
        Err(error) => return vec![format!("refused: {error:?}")],
    };
    let mut wrong: Vec<String> = plan.blocked.iter().map(|blocked| format!("{} blocked: {:?}", blocked.address, blocked.blocked)).collect();
    let _ = apply(&plan, &sessions, survey.account_sessions, &Stop::default(), &mut |event: Event| match event.what {
        What::StepFailed { address, message, .. } => wrong.push(format!("{address}: {message}")),
        What::StepSkipped { address, because } => wrong.push(format!("{address} skipped: {because}")),
        _ => {}
    })
    .await;
    wrong
}

/// What an undisturbed run comes to.
struct Calm {
    organization: Organization,
    mutating: usize,
    shape: Vec<String>,
}

impl Calm {
    fn of(manifest: &str) -> Self {
        let organization = organization(manifest);
        on_own_runtime(async {
            let simulator = fresh();
            assert_eq!(run(&simulator, &organization).await, [""; 0]);
            let mutating = simulator.calls().iter().filter(|call| call.mutating).count();
            // Reading an account creates its default VPC, which EC2 has from the first call on.
            let (_, second) = planned(&simulator.sdk_config(REGION), &organization).await.expect("observed");
            assert!(second.is_settled(), "{:?}", second.view());
            let shape = shape(&simulator.to_json());
            Self { organization: organization.clone(), mutating, shape }
        })
    }

    /// Returns how a world differs from what was wanted: what a plan still holds, and what is there more or less often.
    async fn differs(&self, simulator: &Simulator) -> Vec<String> {
        let mut differences = match planned(&simulator.sdk_config(REGION), &self.organization).await {
            Ok((_, plan)) if plan.is_settled() => Vec::new(),
            Ok((_, plan)) => plan.view().steps.iter().map(|step| format!("still planned: {}", step.address)).collect(),
            Err(error) => vec![format!("not observed: {error}")],
        };
        differences.extend(difference(&self.shape, &shape(&simulator.to_json())));
        differences
    }

    /// Runs until nothing is wrong; returns what is wrong after the last run, and how the world differs.
    async fn resumed(&self, simulator: &Simulator, runs: usize) -> Vec<String> {
        let mut wrong = Vec::new();
        for _ in 0..runs {
            wrong = run(simulator, &self.organization).await;
            if wrong.is_empty() {
                break;
            }
        }
        wrong.extend(self.differs(simulator).await);
        wrong
    }

    async fn killed_at(&self, point: usize) -> Vec<String> {
        let simulator = fresh();
        let kept = Kept::of(&simulator);
        simulator.inject(Fault::new(Trouble::Kill).on_mutating().from_the(point as u64));
        tokio::select! {
            wrong = run(&simulator, &self.organization) => return vec![format!("it was not killed: {wrong:?}")],
            () = simulator.killed() => {}
        }
        // What was kept until then is all that the next process finds.
        self.resumed(&kept.reopened(), 1).await
    }

    async fn lost_at(&self, point: usize) -> Vec<String> {
        let simulator = fresh();
        simulator.inject(Fault::new(Trouble::LoseAnswer).on_mutating().from_the(point as u64).times(1));
        let wrong = run(&simulator, &self.organization).await;
        if !simulator.calls().iter().any(|call| !call.is_answered) {
            return vec![format!("no answer was lost: {wrong:?}")];
        }
        self.resumed(&simulator, 1).await
    }

    async fn shaken(&self, percent: u8, seed: u64) -> Vec<String> {
        let simulator = fresh();
        let mut wrong = Vec::new();
        for again in 0..RUNS as u64 {
            simulator.inject(Fault::new(Trouble::Any).percent(percent, seed * 1000 + again));
            wrong = run(&simulator, &self.organization).await;
            simulator.revive();
            if wrong.is_empty() {
                return self.differs(&simulator).await;
            }
        }
        wrong.insert(0, format!("not settled after {RUNS} runs"));
        wrong
    }
}

fn on_own_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
}

/// Tries points on every core, all of them or a sample; returns how many, and panics with all that went wrong.
fn try_each(name: &str, points: usize, attempt: impl Fn(usize) -> Vec<String> + Sync) {
    let wanted = std::env::var("LANDFALL_TROUBLE").unwrap_or_default();
    let tried: Vec<usize> = match wanted.parse::<usize>() {
        Ok(one) => (1..=points).filter(|point| *point == one).collect(),
        Err(_) if wanted == "all" => (1..=points).collect(),
        Err(_) => (1..=points).step_by(points.div_ceil(SAMPLE)).collect(),
    };
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(point) = tried.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = attempt(*point);
                    if !found.is_empty() {
                        wrong.lock().expect("no panic").push((*point, found));
                    }
                }
            });
        }
    });
    println!("{name}: {} of {points} points tried", tried.len());
    let wrong = wrong.into_inner().expect("no panic");
    for (point, found) in &wrong {
        println!("{name}, point {point}:");
        found.iter().take(20).for_each(|line| println!("    {line}"));
    }
    assert!(wrong.is_empty(), "{name}: {} of {} points went wrong", wrong.len(), tried.len());
}

#[test]
fn startup_killed_at_any_change_is_resumed() {
    let calm = Calm::of(STARTUP);
    try_each("startup killed", calm.mutating, |point| on_own_runtime(calm.killed_at(point)));
}

#[test]
fn ecommerce_killed_at_any_change_is_resumed() {
    let calm = Calm::of(ECOMMERCE);
    try_each("ecommerce killed", calm.mutating, |point| on_own_runtime(calm.killed_at(point)));
}

/// The rest of a half-removed network is removed by the next run.
#[test]
fn a_prune_killed_at_any_change_is_resumed() {
    let (whole, less) = (with_endpoints(), without_network(&with_endpoints()));
    let (whole, less) = (organization(&whole), organization(&less));
    let mut options = PlanOptions::default();
    options.prune = true;
    let built = on_own_runtime(async {
        let simulator = fresh();
        assert_eq!(run(&simulator, &whole).await, [""; 0]);
        simulator.to_json()
    });
    let opened = || Simulator::from_json(&built, Clock::virtual_from).expect("a world");
    let changes = on_own_runtime(async {
        let simulator = opened();
        assert_eq!(run_with(&simulator, &less, &options).await, [""; 0]);
        simulator.calls().iter().filter(|call| call.mutating).count()
    });
    try_each("prune killed", changes, |point| {
        on_own_runtime(async {
            let simulator = opened();
            let kept = Kept::of(&simulator);
            simulator.inject(Fault::new(Trouble::Kill).on_mutating().from_the(point as u64));
            tokio::select! {
                wrong = run_with(&simulator, &less, &options) => return vec![format!("it was not killed: {wrong:?}")],
                () = simulator.killed() => {}
            }
            let revived = kept.reopened();
            let mut wrong = run_with(&revived, &less, &options).await;
            let (_, plan) = planned(&revived.sdk_config(REGION), &less).await.expect("observed");
            wrong.extend(plan.orphans.iter().map(|orphan| format!("left over: {} ({:?})", orphan.address, orphan.hint)));
            wrong
        })
    });
}

#[test]
fn endpoints_killed_at_any_change_are_resumed() {
    let calm = Calm::of(&with_endpoints());
    try_each("endpoints killed", calm.mutating, |point| on_own_runtime(calm.killed_at(point)));
}

#[test]
fn a_lost_answer_to_any_change_of_endpoints_is_found_out() {
    let calm = Calm::of(&with_endpoints());
    try_each("endpoints lost", calm.mutating, |point| on_own_runtime(calm.lost_at(point)));
}

#[test]
fn a_lost_answer_to_any_change_of_startup_is_found_out() {
    let calm = Calm::of(STARTUP);
    try_each("startup lost", calm.mutating, |point| on_own_runtime(calm.lost_at(point)));
}

#[test]
fn a_lost_answer_to_any_change_of_ecommerce_is_found_out() {
    let calm = Calm::of(ECOMMERCE);
    try_each("ecommerce lost", calm.mutating, |point| on_own_runtime(calm.lost_at(point)));
}

/// A create with a unique name is sent again, whether it took effect or not: a refusal is the answer that was lost, and the same
/// run goes on.
#[test]
fn a_lost_answer_to_a_create_of_a_unique_name_is_no_failure() {
    let organization = organization(STARTUP);
    for create in [
        "organizations:CreateOrganization",
        "organizations:CreateOrganizationalUnit",
        "organizations:CreatePolicy",
        "iam:CreateOpenIDConnectProvider",
        "iam:CreatePolicy",
        "iam:CreateRole",
    ] {
        for trouble in [Trouble::LoseAnswer, Trouble::CutBefore] {
            let simulator = fresh();
            simulator.inject(Fault::new(trouble.clone()).on(create).times(1));
            assert_eq!(on_own_runtime(run(&simulator, &organization)), [""; 0], "{create}: {trouble:?}");
            let lost =
                simulator.calls().into_iter().filter(|call| !call.is_answered).map(|call| format!("{}:{}", call.service, call.operation));
            assert_eq!(lost.collect::<Vec<_>>(), [create], "{trouble:?}");
        }
    }
}

#[test]
fn random_trouble_is_survived() {
    let calm = Calm::of(STARTUP);
    for percent in [5, 10, 20] {
        try_each(&format!("{percent} % trouble"), 50, |seed| on_own_runtime(calm.shaken(percent, seed as u64)));
    }
}

/// Every step a second time, by a process that knows only the plan: each finds its work done.
#[test]
fn a_plan_that_is_applied_again_changes_nothing() {
    on_own_runtime(async {
        let (organization, simulator) = (organization(STARTUP), fresh());
        let (_, plan) = planned(&simulator.sdk_config(REGION), &organization).await.expect("observed");
        let mut shapes = Vec::new();
        for _ in 0..2 {
            let sessions = Sessions::open(&simulator.sdk_config(REGION), &organization.region).await.expect("a session");
            let mut wrong = Vec::new();
            let report = apply(&plan, &sessions, std::collections::BTreeMap::new(), &Stop::default(), &mut |event: Event| {
                if let What::StepFailed { address, message, .. } = event.what {
                    wrong.push(format!("{address}: {message}"));
                }
            })
            .await;
            assert_eq!((wrong, report.done), (Vec::new(), plan.steps.len()));
            let (_, after) = planned(&simulator.sdk_config(REGION), &organization).await.expect("observed");
            assert!(after.is_settled(), "{:?}", after.view());
            shapes.push(shape(&simulator.to_json()));
        }
        // AWS keeps a record of the requests that it refused because the e-mail is known.
        let mut changed = difference(&shapes[0], &shapes[1]);
        changed.retain(|line| !line.contains(" .world.organization.creations."));
        assert_eq!(changed, [""; 0]);
    });
}

/// Sessions that expire early, in the middle of a run: at every twentieth call of a member account's session.
#[test]
fn sessions_that_expire_in_mid_run_are_renewed() {
    let calm = Calm::of(STARTUP);
    for service in ["iam", "ec2", "kms", "s3"] {
        let simulator = fresh();
        // The first three of IAM are the caller's own, about root access: landfall cannot renew those credentials.
        for nth in [4, 11, 23] {
            simulator.inject(Fault::new(Trouble::Expire).on(service).from_the(nth).times(1));
        }
        let wrong = on_own_runtime(run(&simulator, &calm.organization));
        let expired = simulator.calls().iter().filter(|call| call.error.as_deref().is_some_and(|code| code.contains("Expired"))).count();
        assert!(expired > 0, "{service}: nothing expired");
        assert_eq!(wrong, [""; 0], "{service}");
        assert_eq!(on_own_runtime(calm.differs(&simulator)), [""; 0], "{service}");
    }
}

/// Creations that AWS takes at once.
const IN_FLIGHT: usize = 5;

/// An endpoint that stops to answer about creations, while all of them are in flight: by a connection that is cut, or by silence
/// forever.
#[tokio::test]
async fn polls_without_an_answer_are_shown_and_end() {
    for trouble in [Trouble::CutBefore, Trouble::Ignore] {
        let simulator = Simulator::new(Options::default().with_preset(Preset::Realistic), landfall_tests::clock());
        let organization = organization(ECOMMERCE);
        simulator.inject(Fault::new(trouble.clone()).on("organizations:ListCreateAccountStatus").from_the(3));
        let (report, events) = applied(&simulator.sdk_config(REGION), &organization).await.expect("observed");
        let asked: Vec<_> = simulator.calls().into_iter().filter(|call| call.operation == "ListCreateAccountStatus").collect();
        let began = asked.iter().find(|call| !call.is_answered).expect("one was not answered").at;
        let silent = events.iter().find_map(|event| match &event.what {
            What::StepRetried { address, code, .. } if address.kind() == "account" && code == "no answer" => Some(event.elapsed_ms),
            _ => None,
        });
        let failed: Vec<u64> = events
            .iter()
            .filter_map(|event| match &event.what {
                What::StepFailed { address, message, .. } if address.kind() == "account" => {
                    assert!(message.contains("no answer to ListCreateAccountStatus"), "{message}");
                    Some(event.elapsed_ms)
                }
                _ => None,
            })
            .collect();
        let since = |elapsed_ms: u64| {
            let all = Duration::from_millis(events.last().expect("events").elapsed_ms - elapsed_ms);
            simulator.clock().time_source().now().duration_since(began).expect("later").checked_sub(all).expect("it ended later")
        };
        assert!(failed.len() > 2 && report.failed >= failed.len(), "{trouble:?}: {failed:?}");
        assert!(since(silent.expect("it is shown")) <= Duration::from_secs(65), "{trouble:?}");
        // Those in flight at once end at once, within the budget of one call, and not one after the other.
        assert!(since(failed[0]) <= Duration::from_mins(3), "{trouble:?}: {failed:?}");
        let mut moments = failed.clone();
        moments.dedup();
        assert_eq!(moments.len(), failed.len().div_ceil(IN_FLIGHT), "{trouble:?}: {failed:?}");
    }
}

/// The same for a new account: its role can never be assumed, and there is no final refusal.
#[tokio::test]
async fn a_door_that_stays_silent_is_shown_and_given_up() {
    let simulator = Simulator::new(Options::default().with_preset(Preset::Realistic), landfall_tests::clock());
    let organization = organization(STARTUP);
    simulator.inject(Fault::new(Trouble::Ignore).on("sts:AssumeRole"));
    let (report, events) = applied(&simulator.sdk_config(REGION), &organization).await.expect("observed");
    let began = events
        .iter()
        .find(|event| matches!(&event.what, What::StepWaiting { waiting, .. } if waiting.contains("without an answer for 30 s")))
        .expect("it is shown");
    let failed: Vec<&Event> = events
        .iter()
        .filter(|event| matches!(&event.what, What::StepFailed { message, .. } if message.contains("no answer to AssumeRole")))
        .collect();
    assert!(!failed.is_empty() && report.failed >= failed.len());
    assert!(failed[0].elapsed_ms - began.elapsed_ms < 300_000, "{} {}", began.elapsed_ms, failed[0].elapsed_ms);
}
