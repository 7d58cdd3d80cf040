//! Records all logs, at every level, so that a test can search them for secrets.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What was logged in this process since [`listen`].
#[derive(Debug, Clone, Default)]
pub struct Overheard(Arc<Mutex<Vec<u8>>>);

/// Listens to all logs of this process, from the first call on.
pub fn listen() -> Overheard {
    static ALL: OnceLock<Overheard> = OnceLock::new();
    let listen = || {
        let all = Overheard::default();
        tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_ansi(false).with_writer(all.clone()).init();
        all
    };
    ALL.get_or_init(listen).clone()
}

impl Overheard {
    /// Returns everything that was logged.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Fails if one of these was logged, or is in the shown texts.
    ///
    /// # Panics
    /// If one of them was logged or shown.
    pub fn holds_none_of(&self, secrets: &[&str], shown: &[String]) {
        let logged = self.text();
        assert!(logged.contains("AssumeRole"), "nothing was overheard");
        for secret in secrets {
            let line = logged.lines().chain(shown.iter().flat_map(|text| text.lines())).find(|line| line.contains(secret));
            assert_eq!(line, None, "shows {secret}");
        }
    }
}

impl io::Write for Overheard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Overheard {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
