//! Values that stay current: read once, then looked at again by a task in the background for as long as they are held.

#[cfg(all(test, feature = "simulator"))]
mod tests;

use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher as _, DefaultHasher, Hash as _, Hasher as _, RandomState};
use std::mem;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::error::ConfigError;
use super::fields;
use super::handle::Config;
use super::look::{Found, Versions};

/// The shortest period of [`Config::keep`]. AWS answers 40 reads of parameters a second in an account and Region, all programs together
/// (docs/AWS.md 8.1): at this period 300 programs take a quarter of them.
pub const PERIOD_MIN: Duration = Duration::from_secs(30);
/// How far a wait is from the period either way, in millionths: a tenth. Programs that start together do not stay together.
const SPREAD: u64 = 100_000;
const WHOLE: u64 = 1_000_000;
/// How long a look retries what AWS could not answer: four or five attempts of a call. The next period tries again, and a thousand
/// programs that each tried for minutes would be the load that Parameter Store recovers from last.
const PATIENCE: Duration = Duration::from_secs(5);

/// An app's values, kept current by [`Config::keep`].
///
/// Clones share one task, which ends when the last of them is dropped. `Debug` shows no value.
///
/// ```no_run
/// # #[derive(serde::Deserialize)]
/// # struct Config { max_items: u32 }
/// # async fn example(session: landfall::Session) -> Result<(), landfall::config::ConfigError> {
/// use std::time::Duration;
///
/// let mut kept = session.config("shop").keep::<Config>(Duration::from_mins(5)).await?;
/// let limit = kept.current().max_items; // no call, as often as needed
/// while let Some(config) = kept.changed().await {
///     println!("now {} instead of {limit}", config.max_items);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Kept<T> {
    app: String,
    account: String,
    state: watch::Receiver<State<T>>,
}

/// What the task has found so far.
struct State<T> {
    current: Arc<T>,
    checked: SystemTime,
    failing: Option<ConfigError>,
}

/// Why values are not current, as far as is known.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Failing {
    /// What the latest look ended with. It shows no value.
    pub error: ConfigError,
    /// When the values were last known to be current, by this computer's clock.
    pub since: SystemTime,
}

impl<T> Kept<T> {
    /// Returns the latest values that fit the type. It makes no call and does not wait.
    #[must_use]
    pub fn current(&self) -> Arc<T> {
        Arc::clone(&self.state.borrow().current)
    }

    /// Waits for values that neither this nor an earlier call returned, and returns them; `None` once nothing looks any more, since
    /// the runtime that `keep` was called on has ended.
    ///
    /// A new version counts, whatever is in it. Values between two calls may be skipped, the last one never. It is cancel safe: a
    /// change is not lost if the future is dropped.
    pub async fn changed(&mut self) -> Option<Arc<T>> {
        self.state.changed().await.ok()?;
        Some(Arc::clone(&self.state.borrow_and_update().current))
    }

    /// Returns why the latest look failed; `None` if it did not. While it fails, [`Kept::current`] has the last good values.
    #[must_use]
    pub fn failing(&self) -> Option<Failing> {
        let has_ended = self.state.has_changed().is_err();
        let state = self.state.borrow();
        let error = if has_ended { Some(ConfigError::Ended) } else { state.failing.clone() };
        error.map(|error| Failing { error, since: state.checked })
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { app: self.app.clone(), account: self.account.clone(), state: self.state.clone() }
    }
}

impl<T> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Kept");
        shown.field("app", &self.app).field("account", &self.account).field("failing", &self.failing()).finish_non_exhaustive()
    }
}

impl Config {
    /// Reads what a type asks for, as [`Config::read`], and keeps it current: a task looks again after each period.
    ///
    /// Each wait is the period with up to a tenth more or less, anew. A look is one call while nothing changes, if no secret is in Secrets
    /// Manager: it takes the versions of the settings and of nine secrets (one call more for each ten more), and decrypts nothing. If a
    /// version is another, everything is read again: a rotated secret is there one period later. Each secret of Secrets Manager is a call
    /// at every look. A field without a value is looked for there only when something else has changed.
    ///
    /// A look that fails leaves the last values in place, and so does a value that no longer fits the type. It is logged once, as a
    /// warning under the target `landfall::config`, until a look succeeds; [`Kept::failing`] has the error. The session renews its
    /// credentials meanwhile, with the reason that it was given; one with a code of an MFA device asks for a code each time.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Period`] for a period under [`PERIOD_MIN`], [`ConfigError::NoRuntime`] outside of tokio, both without a call; and
    /// those of [`Config::read`] for the first reading.
    pub async fn keep<T>(&self, period: Duration) -> Result<Kept<T>, ConfigError>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        self.keep_by(period, RandomState::new().hash_one(0_u8)).await
    }

    /// Keeps values by waits that a seed decides.
    async fn keep_by<T>(&self, period: Duration, seed: u64) -> Result<Kept<T>, ConfigError>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        if period < PERIOD_MIN {
            return Err(ConfigError::Period { given: period, least: PERIOD_MIN });
        }
        let runtime = Handle::try_current().map_err(|_| ConfigError::NoRuntime)?;
        let fields = fields::of::<T>().unwrap_or_default();
        let found = self.look(fields).await?;
        let known = found.versions.clone();
        let current = Arc::new(self.typed(found)?);
        let (tell, state) = watch::channel(State { current, checked: self.now(), failing: None });
        let retry = self.retry.clone().throttled_within(PATIENCE).unanswered_within(PATIENCE);
        let looker = Looker { config: Self { retry, ..self.clone() }, fields };
        runtime.spawn(keep_current(looker, known, tell, (0..).map(move |turn| wait(period, draw(seed, turn)))));
        Ok(Kept { app: self.app.clone(), account: self.session.account().to_string(), state })
    }

    fn now(&self) -> SystemTime {
        self.session.limiter().clock().now()
    }
}

/// Looks after each wait, until nothing holds the values.
async fn keep_current<T: DeserializeOwned>(
    looker: Looker,
    mut known: Versions,
    tell: watch::Sender<State<T>>,
    waits: impl Iterator<Item = Duration>,
) {
    let clock = looker.config.session.limiter().clock().clone();
    for wait in waits {
        let must_read = tell.borrow().failing.is_some();
        let looked = tokio::select! {
            biased;
            () = tell.closed() => return,
            looked = async {
                clock.sleep(wait).await;
                looker.look(&known, must_read).await
            } => looked,
        };
        let found = looked.and_then(|found| {
            let Some(found) = found else { return Ok(None) };
            let versions = found.versions.clone();
            Ok(Some((versions, looker.config.typed(found)?)))
        });
        match found {
            Ok(None) => looker.succeeded(&tell, None),
            // It fits again by what it was before.
            Ok(Some((versions, _))) if versions == known => looker.succeeded(&tell, None),
            Ok(Some((versions, value))) => {
                known = versions;
                looker.succeeded(&tell, Some(value));
            }
            Err(error) => looker.failed(&tell, error),
        }
    }
}

/// What the task looks at.
struct Looker {
    config: Config,
    fields: &'static [&'static str],
}

impl Looker {
    /// Returns what there is now; `None` if that is what was there.
    async fn look(&self, known: &Versions, must_read: bool) -> Result<Option<Found>, ConfigError> {
        let asked = self.config.now();
        match self.look_once(known, must_read).await {
            // AWS ended the credentials before their time: new ones, once.
            Err(ConfigError::Aws(error)) if error.is_expired() && self.config.session.invalidate(asked) => {
                self.look_once(known, must_read).await
            }
            looked => looked,
        }
    }

    async fn look_once(&self, known: &Versions, must_read: bool) -> Result<Option<Found>, ConfigError> {
        if !must_read && self.config.is_unchanged(known).await? {
            return Ok(None);
        }
        self.config.look(self.fields).await.map(Some)
    }

    fn succeeded<T>(&self, tell: &watch::Sender<State<T>>, value: Option<T>) {
        let (mut value, checked, mut failed) = (value.map(Arc::new), self.config.now(), None);
        tell.send_if_modified(|state| {
            state.checked = checked;
            failed = state.failing.take();
            // The one before is dropped outside, after readers can go on.
            value.as_mut().map(|value| mem::swap(&mut state.current, value)).is_some()
        });
        if failed.is_some() {
            let account = self.config.session.account().as_str();
            tracing::info!(target: "landfall::config", app = self.config.app, account, "values are current again");
        }
    }

    fn failed<T>(&self, tell: &watch::Sender<State<T>>, error: ConfigError) {
        let words = words(&error);
        let mut is_first = false;
        tell.send_if_modified(|state| {
            is_first = state.failing.replace(error).is_none();
            false
        });
        if is_first {
            let account = self.config.session.account().as_str();
            tracing::warn!(target: "landfall::config", app = self.config.app, account, error = words, "values could not be kept current");
        }
    }
}

/// Returns an error with its causes, on one line.
fn words(error: &ConfigError) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(&format!(": {error}"));
        cause = error.source();
    }
    words
}

/// Returns the period, up to a tenth shorter or longer.
fn wait(period: Duration, draw: u64) -> Duration {
    let millionths = WHOLE - SPREAD + draw % (2 * SPREAD + 1);
    let whole = u32::try_from(WHOLE).unwrap_or(u32::MAX);
    (period / whole).saturating_mul(u32::try_from(millionths).unwrap_or(whole))
}

fn draw(seed: u64, turn: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, turn).hash(&mut hasher);
    hasher.finish()
}
