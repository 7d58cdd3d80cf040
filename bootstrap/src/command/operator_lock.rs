//! The operator's lock as a person meets it, before a plan is carried out and after.

use std::task::Poll;
use std::time::SystemTime;

use landfall::lock::{Attempt, BEAT, Death, Force, Held, Lock, LockError, SILENCE, Seen, Standing};

use super::CommandContext;
use crate::failure::Failure;
use crate::format::duration;
use crate::interrupt::{self, Asked};
use crate::process;
use crate::screen::note;
use crate::settings::{IfTaken, Settings};
use crate::system_clock;

/// One operator's way to the lock.
pub(super) struct OperatorLock<'a> {
    settings: &'a Settings,
    lock: Lock,
    seen: Result<Seen, LockError>,
    /// When it was looked at.
    now: SystemTime,
    force: Force,
    if_taken: IfTaken,
    /// The same command, to be typed.
    rerun: String,
}

/// What waiting came to.
pub(super) enum Waited {
    /// The lock is free, and was.
    NotAtAll,
    /// It was held; what was observed is old.
    Over,
    /// The wait was ended by a signal.
    Stopped(Asked),
}

impl<'a> OperatorLock<'a> {
    /// Looks at the lock, which is to be done before observing. An unreadable lock is an error only when we try to take it.
    /// `rerun` is the same command, to be typed.
    pub(super) async fn look(context: &'a CommandContext<'_>, force: Force, if_taken: IfTaken, rerun: String) -> Self {
        let lock = lock(context);
        let seen = lock.look().await;
        let now = context.target.sessions.clock().now();
        Self { settings: context.settings, lock, seen, now, force, if_taken, rerun }
    }

    /// Waits until no living process holds the lock, unless it is to be broken.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is held and waiting is not wanted.
    pub(super) async fn wait(&mut self) -> Result<Waited, Failure> {
        let seen = self.seen.clone().map_err(|error| self.failure(&error))?;
        let Standing::Held(holder) = self.lock.standing(&seen) else { return Ok(Waited::NotAtAll) };
        if self.force == Force::Break {
            return Ok(Waited::NotAtAll);
        }
        let since = since(&seen, self.now).map(|since| format!(", {since}")).unwrap_or_default();
        if self.if_taken == IfTaken::Fail {
            let (failure, sure) = if holder.is_unknown() {
                let failure = Failure::held(format!("the lock {} cannot be read; nothing was changed", self.lock.place()))
                    .because("what is written in it is not landfall's");
                (failure, "no operator is applying".to_owned())
            } else {
                let failure = Failure::held(format!("{holder} is applying{since}; nothing was changed"))
                    .because(format!("the lock {} is theirs", self.lock.place()));
                (failure, format!("{holder} has stopped"))
            };
            return Err(failure
                .hinted(format!("run `{}` to wait for its turn", self.rerun))
                .hinted(format!("`--force-unlock` breaks the lock. Use it only if you are sure that {sure}.")));
        }
        let mut signal = std::pin::pin!(interrupt::asked());
        // A person who reads that we wait may stop us at once: signals are listened to before.
        if let Poll::Ready(asked) = std::future::poll_fn(|cx| Poll::Ready(signal.as_mut().poll(cx))).await {
            return Ok(Waited::Stopped(asked));
        }
        let note = if holder.is_unknown() {
            format!(
                "the lock {} cannot be read; waiting until it is given back, or stays as it is for {}",
                self.lock.place(),
                duration(SILENCE)
            )
        } else {
            format!("{holder} is applying{since}; waiting until it finishes, or gives no sign of life for {}", duration(SILENCE))
        };
        self.settings.screen.note("waiting:", &note);
        tokio::select! {
            seen = self.lock.wait(seen.clone()) => self.seen = seen,
            asked = &mut signal => return Ok(Waited::Stopped(asked)),
        }
        self.settings.screen.status("looking again, since what was seen before is old\n");
        Ok(Waited::Over)
    }

    /// Takes the lock, if all is as it was when it was looked at; `None` if it is not, and what was observed is old.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written.
    pub(super) async fn take(&mut self) -> Result<Option<Held>, Failure> {
        let seen = self.seen.clone().map_err(|error| self.failure(&error))?;
        let note = match self.lock.standing(&seen) {
            Standing::Free => None,
            Standing::Left(holder, _) | Standing::Held(holder) if holder.is_unknown() => {
                Some(format!("taking over the lock {}, which could not be read", self.lock.place()))
            }
            Standing::Left(holder, Death::Gone) => Some(format!("taking over from {holder}, whose process is gone")),
            Standing::Left(holder, Death::Silent) => {
                Some(format!("taking over from {holder}, who gave no sign of life for {}", duration(SILENCE)))
            }
            Standing::Held(holder) => Some(format!("breaking the lock of {holder}, who stops within about {}", duration(BEAT))),
        };
        let attempt = self.lock.take(&seen, self.force).await.map_err(|error| self.failure(&error))?;
        match attempt {
            Attempt::Taken(held) => {
                if let Some(note) = note {
                    self.settings.screen.note("lock:", &note);
                }
                Ok(Some(held))
            }
            Attempt::Moved(seen) => {
                // Who holds it now is not the one that was to be broken.
                (self.seen, self.force) = (Ok(seen), Force::None);
                let note = "another run has applied since this plan was made; looking again";
                self.settings.screen.note("lock:", note);
                Ok(None)
            }
        }
    }

    fn failure(&self, error: &LockError) -> Failure {
        failure(self.settings, error)
    }
}

fn lock(context: &CommandContext<'_>) -> Lock {
    let (sessions, organization) = (&context.target.sessions, &context.organization);
    let me = process::holder(&sessions.identity().arn);
    Lock::new(sessions, &organization.name, &organization.region, me, std::sync::Arc::new(process::is_gone))
}

/// Returns since when its holder has had it, as people say it.
fn since(seen: &Seen, now: SystemTime) -> Option<String> {
    Some(format!("since {}", system_clock::ago(seen.since()?, now)))
}

/// Returns who is applying now, and since when. A caller who may not read the lock gets `None`.
pub(super) async fn holder(context: &CommandContext<'_>) -> Option<String> {
    let lock = lock(context);
    let seen = lock.look().await.ok()?;
    match lock.standing(&seen) {
        // That it cannot be read does not say that anybody is at work.
        Standing::Held(holder) if holder.is_unknown() => None,
        Standing::Held(holder) => {
            let since = since(&seen, context.target.sessions.clock().now()).map(|since| format!(" {since}")).unwrap_or_default();
            Some(format!("{holder}{since}"))
        }
        Standing::Free | Standing::Left(..) => None,
    }
}

/// Gives the lock back. That this failed is said, but takes nothing from what was done.
pub(super) async fn release(settings: &Settings, held: Held) {
    match held.release().await {
        // Said already, when it was noticed.
        Ok(()) | Err(LockError::TakenOver(_)) => {}
        Err(error) => {
            let note = format!("the next run waits for {}: {error}", duration(SILENCE));
            settings.screen.note("the lock was not given back;", &note);
        }
    }
}

/// Says that the lock was lost while a plan was carried out.
pub(super) fn lost(error: &LockError) -> String {
    note("lock:", &format!("{error}; nothing new is started, since another run may be applying"))
}

fn failure(settings: &Settings, error: &LockError) -> Failure {
    match error {
        LockError::Aws { source, .. } => Failure::aws(&error.to_string(), source, settings.is_verbose()).hinted(
            "the lock keeps two operators from applying at once; it needs s3:ListBucket, s3:GetObject and s3:PutObject, and once what docs/PERMISSIONS.md lists",
        ),
        LockError::NameTaken(_) => Failure::failed(error.to_string()).hinted("ask AWS Support to have it released"),
        other => Failure::failed(other.to_string()),
    }
}
