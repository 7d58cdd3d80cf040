//! Signals that ask a run to stop.

use crate::exit::Exit;

/// Who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A person, with Ctrl-C.
    Interrupt,
    /// A supervisor, with SIGTERM.
    Terminate,
}

impl Asked {
    /// Returns the exit code that says so.
    pub(crate) fn exit(self) -> Exit {
        match self {
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }
}

/// Waits for the next signal. Signals sent between two calls are not lost as long as one call was made.
pub(crate) async fn asked() -> Asked {
    tokio::select! {
        () = interrupt() => Asked::Interrupt,
        () = terminate() => Asked::Terminate,
    }
}

async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the signal ends the process, which is as good.
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminate() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}
