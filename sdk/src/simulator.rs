//! Our own AWS in the process: for trying landfall without an account, for tests and for benchmarks.
//!
//! A [`Simulator`] speaks the wire: HTTP requests go in, HTTP responses come out, so the real AWS crates run on top of it
//! unchanged. It knows exactly the calls that landfall makes. Accounts, authorization and time are real: keys belong to
//! principals of accounts, every call is judged by policies, guardrails, boundaries and trust, and accounts take time to
//! be made, under [`Preset::Realistic`].
//!
//! What it is not: a check of signatures (secrets and clock skew are never looked at, only access key and session
//! token are), a check of web identity tokens' signatures, or a stand-in for services that landfall does not use. What it
//! does not know answers `NotImplemented` with the name of the operation or parameter, never a made-up success.
//!
//! Three doors lead to it: [`Simulator::sdk_config`] for AWS clients in the process, without sockets; [`serve`] for any
//! AWS client over loopback; and [`Simulator::to_json`] with [`Simulator::keep`], which keep a world for the next run. This
//! module reads and writes no files; the binary does.
//!
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use landfall::simulator::{Clock, Options, Simulator};
//!
//! let simulator = Simulator::new(Options::default(), Clock::wall());
//! let organizations = aws_sdk_organizations::Client::new(&simulator.sdk_config("eu-west-1"));
//! organizations.create_organization().send().await?;
//! assert_eq!(simulator.calls().len(), 1);
//! # Ok(())
//! # }
//! ```

mod ask;
mod authorize;
mod clock;
mod dispatch;
mod door;
mod failure;
mod faults;
mod managed_policies;
mod principal;
mod propagated;
mod rates;
mod record;
mod reply;
mod root_tasks;
mod service;
mod stored;
mod timing;
mod wire;
mod world;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_credential_types::Credentials;
use bytes::Bytes;

pub use ask::{Answer, ask};
pub use clock::Clock;
pub use door::{BEGUN, Change, FORMAT, Journal, Reopened, WorldError, serve};
pub use faults::{Fault, Trouble};
pub use principal::Principal;
pub use rates::Rates;
pub use record::CallRecord;
pub use timing::{
    ACCESS_ROLE, CLOSING, CREATE_ACCOUNT, FINALIZING, IDENTITY, NAT_GATEWAY, NAT_GATEWAY_DELETION, NETWORK, PROPAGATION, Preset, READINESS,
    STS_REGION, TRAIL,
};
pub use world::Options;

use crate::id::AccountId;
use crate::name::literal;
use clock::Timestamp;
use reply::Reply;
use world::{Deed, SECRET, World};

/// How many of the latest calls are remembered.
const CALLS_KEPT: usize = 65_536;

/// A simulated AWS. Clones share one world.
#[derive(Clone)]
pub struct Simulator {
    state: Arc<Mutex<State>>,
    clock: Clock,
    killed: Arc<tokio::sync::Notify>,
}

/// Hears of every change, in the order in which they happen.
type Keeper = Box<dyn FnMut(&Change<'_>) + Send>;

struct State {
    world: World,
    calls: VecDeque<CallRecord>,
    keeper: Option<Keeper>,
}

impl State {
    /// Tells the keeper what changed.
    fn changed(&mut self, now: Timestamp, deed: Option<Deed>) {
        if let Some((keeper, deed)) = self.keeper.as_mut().zip(deed) {
            keeper(&Change::new(now, &self.world, deed));
        }
    }
}

impl Simulator {
    /// Returns a new AWS: a management account and its administrator, no organization yet.
    pub fn new(options: Options, clock: Clock) -> Self {
        let world = World::new(options, clock.time.now().into());
        Self::with_world(world, clock)
    }

    /// Returns whether calls are throttled here.
    fn is_metered(&self) -> bool {
        self.state().world.is_metered()
    }

    fn with_world(world: World, clock: Clock) -> Self {
        Self { state: Arc::new(Mutex::new(State { world, calls: VecDeque::new(), keeper: None })), clock, killed: Arc::default() }
    }

    /// Answers one request; `None` where a [`Fault`] keeps the answer. One that it delays is not held back here.
    pub fn handle(&self, request: &http::Request<Bytes>) -> Option<http::Response<Bytes>> {
        match self.handle_recorded(request) {
            Reply::Answer(response) | Reply::Late(_, response) => Some(response),
            Reply::Cut | Reply::Silence => None,
        }
    }

    fn handle_recorded(&self, request: &http::Request<Bytes>) -> Reply {
        let now = self.clock.time.now().into();
        let mut state = self.state();
        let (reply, record, deed) = dispatch::handle(&mut state.world, now, request);
        state.changed(now, deed);
        if state.calls.len() == CALLS_KEPT {
            state.calls.pop_front();
        }
        state.calls.push_back(record);
        if state.world.faults.is_dead {
            self.killed.notify_waiters();
        }
        reply
    }

    /// Lets calls meet trouble from now on; several faults add up, and of those that meet at a call the oldest counts.
    /// They are not part of [`Simulator::to_json`].
    pub fn inject(&self, fault: Fault) {
        self.state().world.faults.order(fault);
    }

    /// Answers again after [`Trouble::Kill`], and forgets every fault. What was asked in between stays without an answer.
    pub fn revive(&self) {
        self.state().world.faults.forget();
    }

    /// Returns whether [`Trouble::Kill`] has met a call, and nothing is answered.
    pub fn is_dead(&self) -> bool {
        self.state().world.faults.is_dead
    }

    /// Waits until [`Trouble::Kill`] has met a call.
    pub async fn killed(&self) {
        let told = self.killed.notified();
        if !self.is_dead() {
            told.await;
        }
    }

    /// Returns how its AWS deals with time, which a world keeps for good.
    pub fn preset(&self) -> Preset {
        self.state().world.options.preset
    }

    /// Returns the clock that the simulator goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the calls that came, oldest first; only the latest 65,536 are kept.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.state().calls.iter().cloned().collect()
    }

    /// Forgets the calls that came so far.
    pub fn forget_calls(&self) {
        self.state().calls.clear();
    }

    /// Returns the id of the management account, `111111111111`.
    pub fn management_account() -> AccountId {
        literal(world::MANAGEMENT)
    }

    /// Returns the credentials of the management account's administrator, a role of IAM Identity Center.
    ///
    /// They are the same in every world, never expire, and open nothing anywhere else.
    pub fn management_credentials() -> Credentials {
        credentials(world::ADMINISTRATOR_KEY, Some(world::ADMINISTRATOR_TOKEN))
    }

    /// Returns credentials of somebody, or `None` where the account or role does not exist, or nobody can sign in as the
    /// root user (central root access).
    ///
    /// A user who does not exist is made, with no permissions and with the device `arn:aws:iam::ACCOUNT:mfa/NAME`, which
    /// accepts every six-digit code, but not the same one twice in a row. This is for tests; nothing of it passes through a policy.
    pub fn credentials_for(&self, principal: &Principal) -> Option<Credentials> {
        let now = self.clock.time.now().into();
        let mut state = self.state();
        let (issued, deed) = dispatch::issue_recorded(&mut state.world, now, principal);
        state.changed(now, deed);
        let (key, token) = issued?;
        Some(credentials(&key, token.as_deref()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the world is held is a bug of the simulator; the world stays readable for whoever looks into it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").finish_non_exhaustive()
    }
}

fn credentials(key: &str, token: Option<&str>) -> Credentials {
    Credentials::new(key, SECRET, token.map(str::to_owned), None, "landfall-simulator")
}
