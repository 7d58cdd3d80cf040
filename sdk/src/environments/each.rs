//! Runs one function over many accounts, and reports what was done, what failed and what could not be reached.
//!
//! Nothing is retried here, and every account is in the report, also one that is not active and is skipped. Each visit is its own
//! task, so one that panics or blocks a thread is one entry of the report.

mod outcome;

use std::any::Any;
use std::collections::HashMap;
use std::future::{Future, IntoFuture, pending, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::assume::Assume;
use super::error::EnterError;
use super::lookup::Account;
use super::{Role, Selection};
use crate::aws::clock::Clock;
use crate::name::Region;
use crate::session::Session;

pub use outcome::{Broken, Outcome, Progress, Visit};

type Ask<'a> = Box<dyn Fn(Assume) -> Assume + Send + Sync + 'a>;
type Regions<'a> = Box<dyn Fn(&Account) -> Vec<Region> + Send + Sync + 'a>;
type Tell<'a> = Box<dyn Fn(Progress) + Send + Sync + 'a>;
type Until<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A function to run over accounts; await it to get an [`Outcome`].
///
/// Dropping the future stops everything at once, without a report; [`Each::until`] stops in an orderly way.
#[must_use = "nothing runs before it is awaited"]
pub struct Each<'a, F> {
    round: Round<'a, F>,
    until: Until<'a>,
}

/// Everything except the future that ends the run, which is consumed when it is awaited.
struct Round<'a, F> {
    selection: Selection,
    role: Role,
    limit: usize,
    within: Option<Duration>,
    deadline: Option<Duration>,
    visit: Arc<F>,
    ask: Option<Ask<'a>>,
    regions: Option<Regions<'a>>,
    tell: Option<Tell<'a>>,
}

impl Selection {
    /// Runs a function in every selected account with a session of a role, in at most `limit` accounts at a time (0 counts as 1).
    ///
    /// All sessions share one HTTP client. 32 is a good limit: AWS limits most calls per account, but `AssumeRole` in the caller's
    /// account. Each visit is a tokio task, so it needs owned or shared (`Arc`) data. On a multi-threaded runtime a visit that
    /// blocks does not delay the others.
    ///
    /// ```no_run
    /// # async fn example(environments: landfall::Environments) -> Result<(), landfall::environments::LookupError> {
    /// use landfall::Role;
    /// use landfall::environments::Select;
    ///
    /// let outcome = environments
    ///     .select(Select::all())?
    ///     .each(Role::Auditor, 32, |visit, session| async move {
    ///         let who = aws_sdk_sts::Client::new(session.sdk_config()).get_caller_identity().send().await?;
    ///         Ok::<_, aws_sdk_sts::Error>(format!("{}: {}", visit.account, who.arn().unwrap_or_default()))
    ///     })
    ///     .await;
    /// for (visit, error) in &outcome.unreachable {
    ///     println!("{visit}: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn each<'a, F, Fut, T, E>(&self, role: Role, limit: usize, visit: F) -> Each<'a, F>
    where
        F: Fn(Visit, Session) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let (selection, visit) = (self.clone(), Arc::new(visit));
        let round =
            Round { selection, role, limit: limit.max(1), within: None, deadline: None, visit, ask: None, regions: None, tell: None };
        Each { round, until: Box::pin(pending()) }
    }
}

impl<'a, F> Each<'a, F> {
    /// Sets the reason; see [`AssumeRequest::reason`](crate::session::AssumeRequest::reason). Sent to every account.
    pub fn reason(self, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        self.asking(move |assume| assume.reason(&reason))
    }

    /// Sets anything that [`Assume`] takes, for every account. Several calls apply in order.
    pub fn asking(mut self, ask: impl Fn(Assume) -> Assume + Send + Sync + 'a) -> Self {
        self.round.ask = Some(match self.round.ask {
            None => Box::new(ask),
            Some(before) => Box::new(move |assume| ask(before(assume))),
        });
        self
    }

    /// Sets the Regions of each account; the function runs once in each. Default: the organization's home Region.
    pub fn regions(mut self, regions: impl Fn(&Account) -> Vec<Region> + Send + Sync + 'a) -> Self {
        self.round.regions = Some(Box::new(regions));
        self
    }

    /// Calls back with each event as it happens. The callback should return at once; for example, send to a channel.
    pub fn progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'a) -> Self {
        self.round.tell = Some(Box::new(tell));
        self
    }

    /// Limits the time of a visit, including entering the account; one that takes longer is in [`Outcome::broken`]. Default: no
    /// limit.
    ///
    /// The visit is dropped at its next await point. A visit that blocks its thread is not stopped.
    pub fn within(mut self, limit: Duration) -> Self {
        self.round.within = Some(limit);
        self
    }

    /// Limits the time of the whole run, including opening the caller's AWS: unfinished visits are in [`Outcome::broken`], the rest
    /// in [`Outcome::not_begun`]. Default: no limit.
    ///
    /// Uses the clock of the caller's AWS. A visit that blocks its thread is not stopped, and not waited for.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.round.deadline = Some(limit);
        self
    }

    /// Starts no further visit after this future is done; running visits finish, the rest is in [`Outcome::not_begun`].
    pub fn until(mut self, stop: impl Future<Output = ()> + Send + 'a) -> Self {
        self.until = Box::pin(stop);
        self
    }
}

/// How a visit ended.
enum End<T, E> {
    Done(T),
    Failed(E),
    Unreachable(EnterError),
    Broken(Broken),
}

impl<'a, F, Fut, T, E> IntoFuture for Each<'a, F>
where
    F: Fn(Visit, Session) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    type Output = Outcome<T, E>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(run(self.round, self.until))
    }
}

async fn run<F, Fut, T, E>(each: Round<'_, F>, mut stop: Until<'_>) -> Outcome<T, E>
where
    F: Fn(Visit, Session) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    let tell = |progress| {
        if let Some(tell) = &each.tell {
            tell(progress);
        }
    };
    let (visits, skipped) = plan(&each);
    tell(Progress::Begun { visits: visits.iter().map(|(_, visit)| visit.clone()).collect(), skipped: skipped.clone() });

    let mut over = over(&each);
    // Opened before the visits, so that refused credentials are one error and not one per account.
    let open =
        async { if visits.is_empty() { None } else { Some(each.selection.environments.sessions().await.map(|own| own.clock().clone())) } };
    let opened = tokio::select! {
        biased;
        opened = open => opened,
        _ = &mut over => None,
    };
    let mut is_stopped = tokio::select! {
        biased;
        () = &mut stop => true,
        () = ready(()) => opened.is_none() && !visits.is_empty(),
    };
    if is_stopped {
        tell(Progress::Stopping);
    }
    let mut waiting = visits.into_iter().enumerate();
    // Dropping it aborts its tasks.
    let mut flying = JoinSet::new();
    let mut places = HashMap::new();
    let mut ended = Vec::new();
    loop {
        while !is_stopped && flying.len() < each.limit {
            let Some((place, (account, visit))) = waiting.next() else { break };
            tell(Progress::Started(visit.clone()));
            let task = match &opened {
                Some(Ok(clock)) => {
                    flying.spawn(go(each.assume(&account, &visit), Arc::clone(&each.visit), visit.clone(), each.within, clock.clone()))
                }
                Some(Err(error)) => flying.spawn(ready(End::Unreachable(error.clone()))),
                None => break,
            };
            places.insert(task.id(), (place, visit));
        }
        if flying.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            () = &mut stop, if !is_stopped => {
                is_stopped = true;
                tell(Progress::Stopping);
            }
            limit = &mut over => {
                for (place, visit) in places.drain().map(|(_, begun)| begun) {
                    let broken = Broken::TooLong(limit);
                    tell(Progress::Broken(visit.clone(), broken.clone()));
                    ended.push((place, visit, End::Broken(broken)));
                }
                break;
            }
            Some(joined) = flying.join_next_with_id() => {
                let (task, end) = match joined {
                    Ok(joined) => joined,
                    Err(error) => (error.id(), End::Broken(Broken::Panicked(error.try_into_panic().map_or_else(|error| error.to_string(), words)))),
                };
                let Some((place, visit)) = places.remove(&task) else { continue };
                tell(match &end {
                    End::Done(_) => Progress::Done(visit.clone()),
                    End::Failed(_) => Progress::Failed(visit.clone()),
                    End::Unreachable(error) => Progress::Unreachable(visit.clone(), error.clone()),
                    End::Broken(broken) => Progress::Broken(visit.clone(), broken.clone()),
                });
                ended.push((place, visit, end));
            }
        }
    }
    ended.sort_by_key(|(place, ..)| *place);
    let not_begun = waiting.map(|(_, (_, visit))| visit).collect();
    let mut outcome = Outcome { done: Vec::new(), failed: Vec::new(), unreachable: Vec::new(), broken: Vec::new(), skipped, not_begun };
    for (_, visit, end) in ended {
        match end {
            End::Done(value) => outcome.done.push((visit, value)),
            End::Failed(error) => outcome.failed.push((visit, error)),
            End::Unreachable(error) => outcome.unreachable.push((visit, error)),
            End::Broken(broken) => outcome.broken.push((visit, broken)),
        }
    }
    tell(Progress::Finished);
    outcome
}

/// Completes when the time of the whole run is over, which may be never, and returns that limit.
fn over<'a, F>(each: &Round<'a, F>) -> Pin<Box<dyn Future<Output = Duration> + Send + 'a>> {
    match (each.deadline, each.selection.environments.clock()) {
        (Some(limit), Some(clock)) => Box::pin(async move {
            clock.sleep(limit).await;
            limit
        }),
        _ => Box::pin(pending()),
    }
}

/// Returns the message of a panic.
#[expect(clippy::needless_pass_by_value, reason = "a panic's payload is handed over once")]
fn words(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}

/// Returns the visits, and the accounts that are skipped.
#[expect(clippy::type_complexity, reason = "two plain lists")]
fn plan<F>(each: &Round<'_, F>) -> (Vec<(Account, Visit)>, Vec<(Visit, String)>) {
    let home = each.selection.environments.region();
    let (mut visits, mut skipped) = (Vec::new(), Vec::new());
    for account in &each.selection.accounts {
        let visit = |region: &Region| Visit {
            account: account.key().to_owned(),
            id: account.id(),
            environment: account.environment().map(|environment| environment.name().to_owned()),
            region: region.clone(),
        };
        if !account.entry().is_active() {
            skipped.push((visit(home), account.entry().state.clone()));
            continue;
        }
        let regions = each.regions.as_ref().map_or_else(|| vec![home.clone()], |regions| regions(account));
        visits.extend(regions.iter().map(|region| (account.clone(), visit(region))));
    }
    (visits, skipped)
}

impl<F> Round<'_, F> {
    /// Returns the request for the role in an account.
    fn assume(&self, account: &Account, visit: &Visit) -> Assume {
        let assume = account.assume(self.role.clone()).region(visit.region.clone());
        match &self.ask {
            Some(ask) => ask(assume),
            None => assume,
        }
    }
}

/// Enters an account and runs the function, within the limit of a visit.
async fn go<F, Fut, T, E>(assume: Assume, function: Arc<F>, visit: Visit, within: Option<Duration>, clock: Clock) -> End<T, E>
where
    F: Fn(Visit, Session) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let work = async {
        match assume.await {
            Err(error) => End::Unreachable(error),
            Ok(session) => match function(visit, session).await {
                Ok(value) => End::Done(value),
                Err(error) => End::Failed(error),
            },
        }
    };
    let Some(limit) = within else { return work.await };
    tokio::select! {
        biased;
        end = work => end,
        () = clock.sleep(limit) => End::Broken(Broken::TooLong(limit)),
    }
}
