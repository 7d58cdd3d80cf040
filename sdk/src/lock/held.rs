//! A held lock: renewed while it is kept, and released.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use super::object::{Record, Written};
use super::{BEAT, Force, Lock, LockError, Seen, Standing, bucket};
use crate::aws::error::AwsError;

/// How long a renewal is valid; the record that another host sees must never be as old as [`SILENCE`](super::SILENCE).
const FRESH: Duration = Duration::from_secs(45);
/// Minimum time for one more attempt to renew: a host that slept for longer may or may not have lost it.
const ASKING: Duration = Duration::from_secs(5);
/// Pause after a renewal that failed.
const AGAIN: Duration = Duration::from_secs(2);

/// The lock while it is held.
///
/// # Assumptions
///
/// [`Held::keep`] is polled for as long as the work goes on, and the work stops once it returns. If it is dropped without
/// [`Held::release`], the lock stays taken: others wait until it has been silent for long enough.
#[must_use = "a lock that is not released keeps others waiting"]
pub struct Held {
    lock: Arc<Lock>,
    /// What was written when it was taken.
    taken: Record,
    last: Mutex<Last>,
}

/// The latest own write, as far as known.
#[derive(Debug, Clone)]
struct Last {
    etag: String,
    beat: u64,
}

/// What taking came to.
#[derive(Debug)]
#[must_use = "the lock may not be ours"]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Attempt {
    /// It is ours.
    Taken(Held),
    /// It is no longer as it was seen, or held: what was observed since may be wrong.
    Moved(Seen),
}

impl Lock {
    /// Takes it, if it is still as it was seen.
    ///
    /// # Guarantees
    ///
    /// Of all who saw the same and try, one gets it. A lost answer is looked up, never taken for a no.
    ///
    /// # Errors
    ///
    /// [`LockError::Aws`] where it cannot be written, [`LockError::NameTaken`] where its bucket cannot be made.
    pub async fn take(&self, seen: &Seen, force: Force) -> Result<Attempt, LockError> {
        if matches!((self.standing(seen), force), (Standing::Held(_), Force::None)) {
            return Ok(Attempt::Moved(seen.clone()));
        }
        if seen.found.is_none() {
            // The object is written last, so where it is, the bucket has all its settings.
            bucket::make(&self.object).await?;
        }
        let generation = seen.found.as_ref().map_or(0, |found| found.record.generation) + 1;
        let since = self.object.clock().now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
        let record = Record { generation, beat: 0, holder: Some(self.me.clone()), since };
        match self.object.write(&record, seen.etag()).await.map_err(|source| self.error("take", source))? {
            Written::Done(etag) => Ok(Attempt::Taken(Held::new(Arc::new(self.clone()), record, etag))),
            Written::Otherwise(found) => Ok(Attempt::Moved(Seen { found, silent: false })),
        }
    }
}

impl Held {
    fn new(lock: Arc<Lock>, taken: Record, etag: String) -> Self {
        let beat = taken.beat;
        Self { lock, taken, last: Mutex::new(Last { etag, beat }) }
    }

    /// Renews the lock for as long as it is polled; returns only when it is lost.
    pub async fn keep(&self) -> LockError {
        let clock = self.lock.object.clock();
        // Counted from the start of a renewal, since it may have been written then.
        let since = |began| clock.now().duration_since(began).unwrap_or_default();
        let mut began = clock.now();
        loop {
            clock.sleep(BEAT.saturating_sub(since(began))).await;
            let (now, limit) = (clock.now(), FRESH.saturating_sub(since(began)).max(ASKING));
            let failure = Mutex::new(None);
            let renewed = async {
                loop {
                    match self.renew().await {
                        Err(error @ LockError::Aws { .. }) => *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error),
                        other => return other,
                    }
                    clock.sleep(AGAIN).await;
                }
            };
            tokio::select! {
                biased;
                renewed = renewed => match renewed {
                    Ok(()) => began = now,
                    Err(error) => return error,
                },
                () = clock.sleep(limit) => {
                    let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
                    let silent = || self.lock.error("renew", AwsError::not_sent("s3:PutObject", "AWS did not answer in time"));
                    return failure.unwrap_or_else(silent);
                }
            }
        }
    }

    /// Releases it, so that the next operator need not wait.
    ///
    /// # Errors
    ///
    /// [`LockError::Aws`] if it cannot be written, [`LockError::TakenOver`] if another operator has taken it over.
    pub async fn release(self) -> Result<(), LockError> {
        self.put("release", &Record { generation: self.taken.generation + 1, beat: 0, holder: None, since: None }).await.map(|_| ())
    }

    async fn renew(&self) -> Result<(), LockError> {
        let beat = {
            // Raised before it is written: an interrupted renewal may have been written, and no record is written twice.
            let mut last = self.last();
            last.beat += 1;
            last.beat
        };
        let record = Record { beat, ..self.taken.clone() };
        let etag = self.put("renew", &record).await?;
        self.last().etag = etag;
        Ok(())
    }

    /// Overwrites the last own record.
    async fn put(&self, doing: &'static str, record: &Record) -> Result<String, LockError> {
        loop {
            let expected = self.last().etag.clone();
            match self.lock.object.write(record, Some(&expected)).await.map_err(|source| self.lock.error(doing, source))? {
                Written::Done(etag) => return Ok(etag),
                // An own renewal that was interrupted before its answer came.
                Written::Otherwise(Some(found))
                    if found.record.holder.as_ref() == Some(&self.lock.me) && found.record.generation == self.taken.generation =>
                {
                    self.last().etag = found.etag;
                }
                Written::Otherwise(found) => {
                    let holder = found.and_then(|found| found.record.holder);
                    return Err(LockError::TakenOver(
                        holder.map_or_else(|| "another run, which has released it".to_owned(), |holder| holder.to_string()),
                    ));
                }
            }
        }
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        // Both fields are written together; a panic elsewhere leaves them valid.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("lock", &self.lock).field("generation", &self.taken.generation).finish_non_exhaustive()
    }
}
