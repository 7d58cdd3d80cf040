//! Ctrl-Z: a run that draws over itself leaves a clean terminal with its cursor shown before it is put to sleep, and goes on
//! drawing when it is woken.
//!
//! A signal that tokio listens to never takes effect by itself again, whoever still listens. So a thread of its own puts the
//! process to sleep where nothing is drawn: at a question, or while a child runs.

#[cfg(unix)]
pub(crate) use unix::Suspension;

#[cfg(not(unix))]
pub(crate) use elsewhere::Suspension;

#[cfg(unix)]
mod unix {
    use std::sync::Once;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rustix::process;
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// How many draw now, and put the process to sleep themselves.
    static DRAWING: AtomicUsize = AtomicUsize::new(0);
    static WATCHED: Once = Once::new();

    /// A display that is drawing, and is told of Ctrl-Z first.
    #[derive(Debug)]
    pub(crate) struct Suspension(Option<Signal>);

    impl Suspension {
        /// Listens. Where that is not possible, Ctrl-Z does what it always does.
        pub(crate) fn listen() -> Self {
            WATCHED.call_once(|| {
                // Without the thread there is no listener below, either.
                let _ = std::thread::Builder::new().name("suspend".to_owned()).spawn(watch);
            });
            let signal = stop_signal();
            DRAWING.fetch_add(usize::from(signal.is_some()), Ordering::SeqCst);
            Self(signal)
        }

        /// Returns when the process is to sleep.
        pub(crate) async fn asked(&mut self) {
            let heard = match &mut self.0 {
                Some(signal) => signal.recv().await,
                None => None,
            };
            if heard.is_none() {
                std::future::pending::<()>().await;
            }
        }

        /// Sleeps until the process is woken.
        pub(crate) fn sleep() {
            // A process may always send itself this one.
            let _ = process::kill_process(process::getpid(), process::Signal::STOP);
        }
    }

    impl Drop for Suspension {
        fn drop(&mut self) {
            DRAWING.fetch_sub(usize::from(self.0.is_some()), Ordering::SeqCst);
        }
    }

    fn stop_signal() -> Option<Signal> {
        signal(SignalKind::from_raw(process::Signal::TSTP.as_raw())).ok()
    }

    /// Puts the process to sleep when it is asked and nothing is being drawn.
    fn watch() {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Some(mut signal) = stop_signal() else { return };
            while signal.recv().await.is_some() {
                if DRAWING.load(Ordering::SeqCst) == 0 {
                    Suspension::sleep();
                }
            }
        });
    }
}

#[cfg(not(unix))]
mod elsewhere {
    /// There is no such signal here.
    #[derive(Debug)]
    pub(crate) struct Suspension;

    impl Suspension {
        pub(crate) fn listen() -> Self {
            Self
        }

        pub(crate) async fn asked(&mut self) {
            std::future::pending().await
        }

        pub(crate) fn sleep() {}
    }
}
