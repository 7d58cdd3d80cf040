//! A world that is saved call by call, as the binary saves it in files.

use std::sync::{Arc, Mutex};

use landfall::simulator::{Clock, Journal, Simulator};

const NUMBER: u64 = 1;

/// What was kept of a world.
#[derive(Debug, Clone, Default)]
pub struct Kept(Arc<Mutex<Files>>);

#[derive(Debug, Default)]
struct Files {
    text: String,
    journal: String,
}

impl Kept {
    /// Keeps a world from now on.
    ///
    /// # Panics
    ///
    /// When the simulator panics.
    #[must_use]
    pub fn of(simulator: &Simulator) -> Self {
        let kept = Self::default();
        let files = Arc::clone(&kept.0);
        simulator.keep(move |change| {
            let mut files = files.lock().expect("no panic");
            if files.text.is_empty() {
                *files = Files { text: change.world(NUMBER), journal: Journal::head(NUMBER) };
            } else {
                files.journal.push_str(&change.line());
            }
        });
        kept
    }

    /// Returns the world as a new process finds it after the other one was killed.
    ///
    /// # Panics
    ///
    /// When nothing has changed yet, or what was kept cannot be opened.
    #[must_use]
    pub fn reopened(&self) -> Simulator {
        let files = self.0.lock().expect("no panic");
        Simulator::reopen(&files.text, files.journal.as_bytes(), Clock::virtual_from).expect("what was written is read").simulator
    }
}
