//! A thousand accounts' sessions: landfall's, beside one `AssumeRoleProvider` of aws-config and one client for each.
//!
//! Time is virtual: every answer of STS takes 80 ms of it, and only one thread works, so that CPU time is what the work takes.
//! The simulator answers in the same process; what it takes of CPU and memory is measured alone and contained in every way.

use std::process::Command;
use std::time::{Duration, SystemTime};

use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::IdentityCache;
use aws_types::SdkConfig;
use futures_util::stream::{self, StreamExt as _};
use landfall::id::AccountId;
use landfall::session::{AssumeRequest, Session, Sessions};
use landfall::simulator::{Clock, Fault, Simulator, Trouble};

use crate::usage::Usage;
use crate::world::{REGION, World, role_arn, signed};

/// How many accounts.
const ACCOUNTS: usize = 1000;
/// How long STS takes to answer.
const LATENCY: Duration = Duration::from_millis(80);
/// How many accounts are asked for at once, in every way.
const AT_ONCE: usize = 64;

/// The ways, by the word that calls each.
const WAYS: [&str; 4] = ["landfall", "provider-each", "shared-cache", "simulator"];

/// Measures every way, each in a process of its own.
pub(crate) fn all() {
    println!("\n{ACCOUNTS} accounts' sessions, {AT_ONCE} at once, STS answers after {} ms", LATENCY.as_millis());
    println!("{:<46}{:>9}{:>12}{:>19}{:>9}{:>11}", "", "virtual s", "AssumeRole", "GetCallerIdentity", "CPU s", "memory MB");
    for way in WAYS {
        let program = std::env::current_exe().expect("this program has a file");
        let status = Command::new(program).args(["thousand", way]).status().expect("this program can be started");
        assert!(status.success(), "{way} ended with {status}");
    }
}

/// Measures one way.
///
/// # Panics
///
/// When there is no such way.
pub(crate) fn one(way: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        // 2026-11-27, in days since 1970.
        let start = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 20_784);
        let world = World::of(ACCOUNTS, Clock::virtual_from(start));
        world.simulator.inject(Fault::new(Trouble::Delay(LATENCY)).on("sts"));
        match way {
            "landfall" => landfall(&world).await,
            "provider-each" => naive(&world, Caches::Each).await,
            "shared-cache" => naive(&world, Caches::One).await,
            "simulator" => alone(&world),
            _ => panic!("the ways are {}", WAYS.join(", ")),
        }
    });
}

/// Sessions of the library; each has proven with one `GetCallerIdentity` of its own which account it is in.
async fn landfall(world: &World) {
    println!("landfall");
    let began = Round::begin(world);
    let sessions = Sessions::open(&world.simulator.sdk_config(REGION), &REGION.parse().expect("a Region")).await.expect("open");
    let sessions = &sessions;
    let ask = async |request: AssumeRequest| sessions.session(request).await.expect("a session");
    let held = at_once(world.requests(), ask).await;
    began.end("sessions made and checked");

    let began = Round::begin(world);
    let again = at_once(world.requests(), ask).await;
    assert_eq!(began.end("asked for again, by a caller who holds none"), 0, "they are kept");
    drop(again);

    let began = Round::begin(world);
    let make = async |session: Session| {
        let client = aws_sdk_sts::Client::new(session.sdk_config());
        check(&client, session.account()).await;
        client
    };
    let clients = at_once(held, make).await;
    began.end("a client of each, held and used once");
    drop(clients);
}

/// Where the clients of aws-config keep credentials.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caches {
    /// Each client in a cache of its own: a configuration is loaded for each account.
    Each,
    /// All in the cache of the configuration that was loaded once, and changed for each account.
    One,
}

/// What the documentation of aws-config shows, a thousand times; a call proves which account each is in.
async fn naive(world: &World, caches: Caches) {
    println!(
        "{}",
        match caches {
            Caches::Each => "aws-config: a provider, a client and a cache each",
            Caches::One => "aws-config: a provider and a client each, one cache",
        }
    );
    let began = Round::begin(world);
    // As `aws_config::load_defaults` gives it.
    let config = world.simulator.sdk_config(REGION).to_builder().identity_cache(IdentityCache::lazy().build()).build();
    let config = &config;
    let make = async |account: AccountId| {
        let client = client(config, &account, caches).await;
        check(&client, &account).await;
        (client, account)
    };
    let held = at_once(world.accounts.clone(), make).await;
    began.end("providers and clients made and checked");

    let began = Round::begin(world);
    let again = at_once(world.accounts.clone(), make).await;
    began.end("made again, by a caller who holds none");
    drop(again);

    let began = Round::begin(world);
    at_once(held, async |(client, account): (aws_sdk_sts::Client, AccountId)| check(&client, &account).await).await;
    began.end("the first, held and used once more");
}

async fn client(config: &SdkConfig, account: &AccountId, caches: Caches) -> aws_sdk_sts::Client {
    let provider = AssumeRoleProvider::builder(role_arn(account)).session_name("bench").configure(config).build().await;
    let mut own = config.to_builder().credentials_provider(SharedCredentialsProvider::new(provider));
    if caches == Caches::Each {
        own = own.identity_cache(IdentityCache::lazy().build());
    }
    aws_sdk_sts::Client::new(&own.build())
}

/// The simulator's own share: the same calls, with no client.
fn alone(world: &World) {
    println!("the simulator, contained in all of these");
    let began = Round::begin(world);
    for account in &world.accounts {
        let role = role_arn(account);
        let assume = format!("Action=AssumeRole&Version=2011-06-15&RoleSessionName=bench&RoleArn={role}");
        signed(&world.simulator, "sts", None, assume);
        signed(&world.simulator, "sts", None, "Action=GetCallerIdentity&Version=2011-06-15".to_owned());
    }
    began.end("the same calls, with no client");
}

/// Makes sure that a client is in its account, by a call.
async fn check(client: &aws_sdk_sts::Client, account: &AccountId) {
    let identity = client.get_caller_identity().send().await.expect("an identity");
    assert_eq!(identity.account(), Some(account.as_str()));
}

/// Does something with each item, so many at once.
async fn at_once<I, T>(items: Vec<I>, work: impl AsyncFn(I) -> T) -> Vec<T> {
    stream::iter(items).map(|item| work(item)).buffer_unordered(AT_ONCE).collect().await
}

/// One line of the table, while it is measured.
struct Round {
    simulator: Simulator,
    from: SystemTime,
    usage: Usage,
}

impl Round {
    fn begin(world: &World) -> Self {
        let simulator = world.simulator.clone();
        simulator.forget_calls();
        Self { from: simulator.clock().time_source().now(), simulator, usage: Usage::begin() }
    }

    /// Prints the line, and returns how many calls were sent.
    fn end(self, name: &str) -> usize {
        let (cpu, growth) = (self.usage.cpu(), self.usage.growth());
        let passed = self.simulator.clock().time_source().now().duration_since(self.from).unwrap_or_default();
        let calls = self.simulator.calls();
        let count = |operation: &str| calls.iter().filter(|call| call.operation == operation).count();
        println!(
            "  {name:<44}{:>9.2}{:>12}{:>19}{:>9.2}{:>9}.{}",
            passed.as_secs_f64(),
            count("AssumeRole"),
            count("GetCallerIdentity"),
            cpu.as_secs_f64(),
            growth / 1024,
            growth % 1024 * 10 / 1024,
        );
        calls.len()
    }
}
