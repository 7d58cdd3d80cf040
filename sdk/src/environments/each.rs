//! One function over many accounts, and an honest report: what was done, what failed, what was out of reach.
//!
//! Nothing is retried here and nothing is hidden: an account that does not work is skipped and named.

use std::fmt;
use std::future::{Future, IntoFuture, pending, ready};
use std::pin::Pin;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::assume::{Assume, EnterError};
use super::lookup::Account;
use super::{Role, Selection};
use crate::id::AccountId;
use crate::name::Region;
use crate::session::Session;

/// Where a function runs: an account, in a Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Visit {
    /// The account's key.
    pub account: String,
    /// The account's id; `None` before it exists.
    pub id: Option<AccountId>,
    /// The environment it belongs to, if any.
    pub environment: Option<String>,
    /// The Region of the session.
    pub region: Region,
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{} ({id}) in {}", self.account, self.region),
            None => write!(f, "{} in {}", self.account, self.region),
        }
    }
}

/// What became of every account, each list in the order of the index.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[must_use = "what failed and what was out of reach is in here only"]
pub struct Outcome<T, E> {
    /// Where the function succeeded, with what it returned.
    pub done: Vec<(Visit, T)>,
    /// Where it failed, with its error.
    pub failed: Vec<(Visit, E)>,
    /// What could not be entered; the function did not run there.
    pub unreachable: Vec<(Visit, EnterError)>,
    /// Accounts that do not work, with their state: closed, suspended, or not made yet.
    pub skipped: Vec<(Visit, String)>,
    /// What was not begun because of [`Each::until`].
    pub not_begun: Vec<Visit>,
}

impl<T, E> Outcome<T, E> {
    /// Returns whether the function succeeded in every account that works.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.unreachable.is_empty() && self.not_begun.is_empty()
    }
}

/// What happens while a function runs over accounts: `Begun` first, `Finished` last, and for every visit one `Started` and then
/// one of `Done`, `Failed`, `Unreachable`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// It begins: all visits, and the accounts that are skipped, with their state.
    Begun {
        /// Where the function will run.
        visits: Vec<Visit>,
        /// Accounts that do not work.
        skipped: Vec<(Visit, String)>,
    },
    /// An account is entered.
    Started(Visit),
    /// The function succeeded.
    Done(Visit),
    /// The function failed.
    Failed(Visit),
    /// The account could not be entered.
    Unreachable(Visit, EnterError),
    /// No further visit is begun; those under way go on.
    Stopping,
    /// All is over.
    Finished,
}

type Ask<'a> = Box<dyn Fn(Assume) -> Assume + Send + Sync + 'a>;
type Regions<'a> = Box<dyn Fn(&Account) -> Vec<Region> + Send + Sync + 'a>;
type Tell<'a> = Box<dyn Fn(Progress) + Send + Sync + 'a>;
type Until<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A function that is to run over accounts; awaited, it is an [`Outcome`].
///
/// Dropping the future ends everything at once, without a report; [`Each::until`] ends it in order.
#[must_use = "nothing runs before it is awaited"]
pub struct Each<'a, F> {
    round: Round<'a, F>,
    until: Until<'a>,
}

/// All of it but its end, which may be one of a kind; this is shared by the visits.
struct Round<'a, F> {
    selection: Selection,
    role: Role,
    limit: usize,
    visit: F,
    ask: Option<Ask<'a>>,
    regions: Option<Regions<'a>>,
    tell: Option<Tell<'a>>,
}

impl Selection {
    /// Runs a function in every selected account with a session of a role, at most `limit` at a time (0 counts as 1).
    ///
    /// All sessions share one HTTP client; no thread is made. 32 is a good limit: AWS counts most calls per account, but
    /// `AssumeRole` in the caller's.
    ///
    /// ```no_run
    /// # async fn example(environments: landfall::Environments) -> Result<(), landfall::environments::LookupError> {
    /// use landfall::Role;
    /// use landfall::environments::Select;
    ///
    /// let outcome = environments
    ///     .select(Select::all())?
    ///     .each(Role::Auditor, 32, |session| async move {
    ///         let who = aws_sdk_sts::Client::new(session.sdk_config()).get_caller_identity().send().await?;
    ///         Ok::<_, aws_sdk_sts::Error>(who.arn().unwrap_or_default().to_owned())
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
        F: Fn(Session) -> Fut + Send + Sync + 'a,
        Fut: Future<Output = Result<T, E>> + Send + 'a,
    {
        let round = Round { selection: self.clone(), role, limit: limit.max(1), visit, ask: None, regions: None, tell: None };
        Each { round, until: Box::pin(pending()) }
    }
}

impl<'a, F> Each<'a, F> {
    /// Says why; see [`AssumeRequest::reason`](crate::session::AssumeRequest::reason). Sent to every account.
    pub fn reason(self, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        self.asking(move |assume| assume.reason(&reason))
    }

    /// Sets anything that [`Assume`] takes, for every account. Of several calls all count, in their order.
    pub fn asking(mut self, ask: impl Fn(Assume) -> Assume + Send + Sync + 'a) -> Self {
        self.round.ask = Some(match self.round.ask {
            None => Box::new(ask),
            Some(before) => Box::new(move |assume| ask(before(assume))),
        });
        self
    }

    /// Names the Regions of each account; the function runs once in each. Default: the organization's home Region.
    pub fn regions(mut self, regions: impl Fn(&Account) -> Vec<Region> + Send + Sync + 'a) -> Self {
        self.round.regions = Some(Box::new(regions));
        self
    }

    /// Tells what happens as it happens. The callback should return at once; a channel's `send` is a good one.
    pub fn progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'a) -> Self {
        self.round.tell = Some(Box::new(tell));
        self
    }

    /// Begins no further visit once this future is done; those under way go on to their end, the rest is in
    /// [`Outcome::not_begun`].
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
}

impl<'a, F, Fut, T, E> IntoFuture for Each<'a, F>
where
    F: Fn(Session) -> Fut + Send + Sync + 'a,
    Fut: Future<Output = Result<T, E>> + Send + 'a,
    T: Send + 'a,
    E: Send + 'a,
{
    type Output = Outcome<T, E>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(run(self.round, self.until))
    }
}

async fn run<F, Fut, T, E>(each: Round<'_, F>, mut stop: Until<'_>) -> Outcome<T, E>
where
    F: Fn(Session) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let each = &each;
    let tell = |progress| {
        if let Some(tell) = &each.tell {
            tell(progress);
        }
    };
    let (visits, skipped) = plan(each);
    tell(Progress::Begun { visits: visits.iter().map(|(_, visit)| visit.clone()).collect(), skipped: skipped.clone() });

    // Opened before the visits, so that refused credentials are refused once and not per account.
    let opened = if visits.is_empty() { Ok(()) } else { each.selection.environments.sessions().await.map(|_| ()) };
    let mut is_stopped = tokio::select! {
        biased;
        () = &mut stop => true,
        () = ready(()) => false,
    };
    if is_stopped {
        tell(Progress::Stopping);
    }
    let mut waiting = visits.into_iter().enumerate();
    let mut flying = FuturesUnordered::new();
    let mut ended = Vec::new();
    loop {
        while !is_stopped && flying.len() < each.limit {
            let Some((place, (account, visit))) = waiting.next() else { break };
            tell(Progress::Started(visit.clone()));
            let opened = opened.clone();
            flying.push(async move {
                let end = match opened {
                    Ok(()) => go(each, &account, &visit).await,
                    Err(error) => End::Unreachable(error),
                };
                (place, visit, end)
            });
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
            Some((place, visit, end)) = flying.next() => {
                tell(match &end {
                    End::Done(_) => Progress::Done(visit.clone()),
                    End::Failed(_) => Progress::Failed(visit.clone()),
                    End::Unreachable(error) => Progress::Unreachable(visit.clone(), error.clone()),
                });
                ended.push((place, visit, end));
            }
        }
    }
    ended.sort_by_key(|(place, ..)| *place);
    let not_begun = waiting.map(|(_, (_, visit))| visit).collect();
    let mut outcome = Outcome { done: Vec::new(), failed: Vec::new(), unreachable: Vec::new(), skipped, not_begun };
    for (_, visit, end) in ended {
        match end {
            End::Done(value) => outcome.done.push((visit, value)),
            End::Failed(error) => outcome.failed.push((visit, error)),
            End::Unreachable(error) => outcome.unreachable.push((visit, error)),
        }
    }
    tell(Progress::Finished);
    outcome
}

/// Returns where the function runs, and what is skipped.
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

/// Enters an account and runs the function.
async fn go<F, Fut, T, E>(each: &Round<'_, F>, account: &Account, visit: &Visit) -> End<T, E>
where
    F: Fn(Session) -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let assume = account.assume(each.role.clone()).region(visit.region.clone());
    let assume = match &each.ask {
        Some(ask) => ask(assume),
        None => assume,
    };
    match assume.await {
        Err(error) => End::Unreachable(error),
        Ok(session) => match (each.visit)(session).await {
            Ok(value) => End::Done(value),
            Err(error) => End::Failed(error),
        },
    }
}
