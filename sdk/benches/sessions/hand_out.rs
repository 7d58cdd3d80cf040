//! Sessions that are held already, handed out to threads that ask at once.
//!
//! One sample is a whole crowd: so many threads, each asking so often. Items per second are those of all threads together.
//! Time is the wall's, as in a program; nothing is called, since the credentials live for an hour.

use std::hint::black_box;
use std::sync::LazyLock;
use std::thread;

use aws_credential_types::provider::ProvideCredentials as _;
use divan::Bencher;
use divan::counter::ItemsCount;
use futures_util::FutureExt as _;
use landfall::session::{AssumeRequest, Session, Sessions};
use landfall::simulator::Clock;
use landfall::{Environments, Role};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::world::{ACCESS_ROLE, REGION, World, role_arn};

/// How many distinct roles are held.
const ROLES: usize = 1000;
/// How often each thread of a sample asks; long beside the making of a thread (20 µs).
const ASKED: usize = 20_000;
/// How many crowds are measured of each size.
const SAMPLES: u32 = 20;
/// How many threads ask.
const THREADS: [usize; 3] = [1, 2, 4];

/// Everything that is asked, made once.
struct Held {
    runtime: Runtime,
    sessions: Sessions,
    requests: Vec<AssumeRequest>,
    /// The session of the first account.
    session: Session,
    environments: Environments,
}

static HELD: LazyLock<Held> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let world = World::of(ROLES, Clock::wall());
    let config = world.simulator.sdk_config(REGION);
    let requests = world.requests();
    let sessions = runtime.block_on(Sessions::open(&config, &REGION.parse().expect("a Region")).into_future()).expect("open");
    for request in &requests {
        runtime.block_on(sessions.session(request.clone())).expect("a session");
    }
    let session = runtime.block_on(sessions.session(requests[0].clone())).expect("a session");
    let environments = Environments::from_json(&index(&world)).expect("an index").with_sessions(sessions.clone());
    Held { runtime, sessions, requests, session, environments }
});

/// Returns an index in which every account is an environment.
fn index(world: &World) -> String {
    let environments = world.accounts.iter().enumerate().map(|(number, account)| {
        let role = json!({ "arn": role_arn(account), "max_session": 3600, "reason": false });
        let key = format!("e{number}");
        let account = json!({ "key": key, "id": account.as_str(), "name": key, "state": "active", "roles": { ACCESS_ROLE: role } });
        json!({ "name": key, "tier": "development", "accounts": [account] })
    });
    let organization = json!({ "name": "bench", "management": "111111111111", "partition": "aws", "region": REGION, "regions": [REGION] });
    json!({ "landfall": 1, "organization": organization, "environments": environments.collect::<Vec<_>>(), "accounts": [] }).to_string()
}

/// Measures a question that many threads ask at once; each thread begins elsewhere.
fn crowd(bencher: Bencher<'_, '_>, threads: usize, ask: impl Fn(usize) + Sync) {
    bencher.counter(ItemsCount::new(threads * ASKED)).bench(|| {
        thread::scope(|scope| {
            for number in 0..threads {
                let ask = &ask;
                scope.spawn(move || {
                    let _entered = HELD.runtime.enter();
                    for count in 0..ASKED {
                        ask(number * ROLES / threads + count);
                    }
                });
            }
        });
    });
}

/// Everybody asks for the same role.
#[divan::bench(args = THREADS, sample_count = SAMPLES)]
fn session_of_one_role(bencher: Bencher<'_, '_>, threads: usize) {
    let Held { sessions, requests, .. } = &*HELD;
    crowd(bencher, threads, |_| {
        black_box(sessions.session(requests[0].clone()).now_or_never().expect("held").expect("a session"));
    });
}

/// Everybody asks for each role in turn.
#[divan::bench(args = THREADS, sample_count = SAMPLES)]
fn session_of_1000_roles(bencher: Bencher<'_, '_>, threads: usize) {
    let Held { sessions, requests, .. } = &*HELD;
    crowd(bencher, threads, |number| {
        black_box(sessions.session(requests[number % ROLES].clone()).now_or_never().expect("held").expect("a session"));
    });
}

/// Everybody looks an environment up by its name, and asks for a role in it.
#[divan::bench(args = THREADS, sample_count = SAMPLES)]
fn environment_of_1000_assumed(bencher: Bencher<'_, '_>, threads: usize) {
    let role = Role::named(ACCESS_ROLE);
    let names: Vec<&str> = HELD.environments.index().environments.iter().map(|environment| environment.name.as_str()).collect();
    crowd(bencher, threads, |number| {
        let environment = HELD.environments.get(names[number % ROLES]).expect("there");
        black_box(environment.assume(role.clone()).into_future().now_or_never().expect("held").expect("a session"));
    });
}

/// Everybody keeps a session, and takes its credentials as every call to AWS does.
#[divan::bench(args = THREADS, sample_count = SAMPLES)]
fn credentials_of_one_session(bencher: Bencher<'_, '_>, threads: usize) {
    let session = &HELD.session;
    crowd(bencher, threads, |_| {
        black_box(session.provide_credentials().now_or_never().expect("held").expect("credentials"));
    });
}
