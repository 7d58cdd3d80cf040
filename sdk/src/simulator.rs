//! A simulated AWS in the process: for trying landfall without an account, for tests and for benchmarks.
//!
//! A [`Simulator`] takes HTTP requests and returns HTTP responses, so the real AWS crates run on top of it unchanged. It supports
//! exactly the calls that landfall makes. Accounts, authorization and time behave as in AWS: keys belong to principals of accounts,
//! policies, guardrails, boundaries and trust policies decide every call, and accounts take time to be created, under
//! [`Preset::Realistic`].
//!
//! It does not check signatures (it reads access keys and session tokens, but no secrets and no clock skew) or signatures of web
//! identity tokens, and it does not simulate services that landfall does not use. Unsupported operations and parameters are
//! answered with `NotImplemented` and their name, never with a made-up success.
//!
//! There are three ways to use it: [`Simulator::sdk_config`] for AWS clients in the process, without sockets; [`serve`] for any AWS
//! client over loopback; and [`Simulator::to_json`] with [`Simulator::keep`], which keep a world for the next run. This module
//! reads and writes no files; the binary does.
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

pub use ask::{Answer, ask, ask_json, ask_path};
pub use clock::Clock;
pub use door::{BEGUN, Change, FORMAT, Journal, Reopened, WorldError, serve};
pub use faults::{Fault, Trouble};
pub use principal::Principal;
pub use rates::Rates;
pub use record::CallRecord;
pub use timing::{
    ACCESS_ROLE, CHANGE_SET, CLOSING, CREATE_ACCOUNT, FINALIZING, IDENTITY, INTERFACE_ENDPOINT, INTERFACE_ENDPOINT_DELETION, NAT_GATEWAY,
    NAT_GATEWAY_DELETION, NETWORK, POLICY_TYPE, PROPAGATION, Preset, READINESS, STACK_RESOURCE, STS_REGION, TRAIL,
};
pub use world::{InvalidPolicy, Options, StackTrouble, TagIndex};

use crate::id::AccountId;
use crate::name::literal;
use clock::Timestamp;
use reply::Reply;
use world::{Deed, SECRET, World};

/// Number of calls that are remembered, the latest ones.
const CALLS_KEPT: usize = 65_536;

/// A simulated AWS. Clones share one world.
#[derive(Clone)]
pub struct Simulator {
    state: Arc<Mutex<State>>,
    clock: Clock,
    killed: Arc<tokio::sync::Notify>,
}

/// Called with every change, in order.
type Keeper = Box<dyn FnMut(&Change<'_>) + Send>;

struct State {
    world: World,
    calls: VecDeque<CallRecord>,
    keeper: Option<Keeper>,
}

impl State {
    /// Calls the keeper with a change.
    fn changed(&mut self, now: Timestamp, deed: Option<Deed>) {
        if let Some((keeper, deed)) = self.keeper.as_mut().zip(deed) {
            keeper(&Change::new(now, &self.world, deed));
        }
    }
}

impl Simulator {
    /// Returns a new AWS with a management account and its administrator, without an organization.
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

    /// Answers one request; `None` if a [`Fault`] drops the answer. Delays of a fault are not applied here.
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

    /// Injects a fault into calls from now on. There can be several; if more than one applies to a call, the oldest wins. Faults
    /// are not part of [`Simulator::to_json`].
    pub fn inject(&self, fault: Fault) {
        self.state().world.faults.order(fault);
    }

    /// Answers again after [`Trouble::Kill`], and removes every fault. Calls made in between stay unanswered.
    pub fn revive(&self) {
        self.state().world.faults.forget();
    }

    /// Returns whether [`Trouble::Kill`] has hit a call, so that nothing is answered.
    pub fn is_dead(&self) -> bool {
        self.state().world.faults.is_dead
    }

    /// Waits until [`Trouble::Kill`] has hit a call.
    pub async fn killed(&self) {
        let notified = self.killed.notified();
        if !self.is_dead() {
            notified.await;
        }
    }

    /// Decides how the index of tags follows the tags of accounts from now on; at first it does so at once. Not part of
    /// [`Simulator::to_json`].
    pub fn index_tags(&self, index: TagIndex) {
        self.state().world.set_tag_index(index);
    }

    /// Makes what the policies of a type come to in an account invalid from now on. Not part of [`Simulator::to_json`].
    pub fn invalidate(&self, invalid: InvalidPolicy) {
        self.state().world.invalid_policies.push(invalid);
    }

    /// Lets something go wrong in a stack, from outside of CloudFormation. Unlike a [`Fault`], this is part of the world and of its journal.
    pub fn trouble_stacks(&self, trouble: StackTrouble) {
        let now = self.clock.time.now().into();
        let mut state = self.state();
        let deed = dispatch::trouble_recorded(&mut state.world, now, trouble);
        state.changed(now, Some(deed));
    }

    /// Returns how its AWS deals with time, which is fixed for a world.
    pub fn preset(&self) -> Preset {
        self.state().world.options.preset
    }

    /// Returns the clock of the simulator.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the calls that were received, oldest first; only the latest 65,536 are kept.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.state().calls.iter().cloned().collect()
    }

    /// Forgets the calls that were received so far.
    pub fn forget_calls(&self) {
        self.state().calls.clear();
    }

    /// Returns the id of the management account, `111111111111`.
    pub fn management_account() -> AccountId {
        literal(world::MANAGEMENT)
    }

    /// Returns the credentials of the management account's administrator, a role of IAM Identity Center.
    ///
    /// They are the same in every world, never expire, and are of no use anywhere else.
    pub fn management_credentials() -> Credentials {
        credentials(world::ADMINISTRATOR_KEY, Some(world::ADMINISTRATOR_TOKEN))
    }

    /// Returns credentials of a principal, or `None` if the account or role does not exist, or if the root user cannot sign in
    /// (central root access).
    ///
    /// A user that does not exist is created, without permissions and with the device `arn:aws:iam::ACCOUNT:mfa/NAME`, which
    /// accepts every six-digit code, but not the same one twice in a row. This is for tests; no policy is checked.
    pub fn credentials_for(&self, principal: &Principal) -> Option<Credentials> {
        let now = self.clock.time.now().into();
        let mut state = self.state();
        let (issued, deed) = dispatch::issue_recorded(&mut state.world, now, principal);
        state.changed(now, deed);
        let (key, token) = issued?;
        Some(credentials(&key, token.as_deref()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the world is locked is a bug of the simulator; the world stays readable, so that it can be examined.
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
