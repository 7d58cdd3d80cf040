//! The sandbox: a simulated AWS whose world and clock are kept in a file between runs.
//!
//! Commands run in its virtual time: nobody waits for what AWS would take minutes for. Served to other programs it
//! goes by the wall's clock, from where the file left off.

mod claim;

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aws_types::SdkConfig;
use landfall::name::Region;
use landfall::simulator::{Clock, Options, Preset, Simulator};
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::settings::{IfTaken, SandboxPreset, Settings};
pub(crate) use claim::Claim;

/// A simulated AWS and where it is kept.
#[derive(Debug)]
pub(crate) struct Sandbox {
    simulator: Simulator,
    file: PathBuf,
    _claim: Claim,
}

impl Sandbox {
    /// Opens the sandbox of a file, or a new one; its time stands still while nobody waits.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is no sandbox, or is another process's and nobody wants to wait.
    pub(crate) fn open(settings: &Settings, file: &Path, preset: SandboxPreset, if_taken: IfTaken) -> Result<Self, Failure> {
        Self::on(Claim::take(settings, file, if_taken)?, file, preset, Clock::virtual_from)
    }

    fn on(claim: Claim, file: &Path, preset: SandboxPreset, clock: impl FnOnce(SystemTime) -> Clock) -> Result<Self, Failure> {
        let name = file.display();
        let simulator = match std::fs::read_to_string(file) {
            Ok(text) => Simulator::from_json(&text, clock).map_err(|error| {
                let mut failure = Failure::failed(format!("could not open the sandbox `{name}`")).because(error.to_string());
                if let Some(source) = std::error::Error::source(&error) {
                    failure = failure.because(source.to_string());
                }
                failure.hinted("`landfall sandbox reset` forgets it; what it simulated is gone then")
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut options = Options::default();
                options.preset = match preset {
                    SandboxPreset::Instant => Preset::Instant,
                    SandboxPreset::Realistic => Preset::Realistic,
                };
                Simulator::new(options, clock(now()))
            }
            Err(error) => return Err(Failure::failed(format!("could not read the sandbox `{name}`")).because(error.to_string())),
        };
        Ok(Self { simulator, file: file.to_owned(), _claim: claim })
    }

    /// Returns the configuration for AWS clients; it leads nowhere but here, and reads nothing of the environment.
    pub(crate) fn sdk_config(&self, region: &Region) -> SdkConfig {
        self.simulator.sdk_config(region.as_str())
    }

    /// Writes the world to its file, all of it or nothing.
    ///
    /// # Errors
    ///
    /// When the file or its folder cannot be written.
    pub(crate) fn save(&self) -> Result<(), Failure> {
        save(&self.simulator, &self.file).map_err(|error| {
            Failure::failed(format!("could not keep the sandbox in `{}`", self.file.display()))
                .because(error.to_string())
                .hinted("`--sandbox=FILE` keeps it elsewhere")
        })
    }

    /// Serves the sandbox on 127.0.0.1 until `shutdown` is done; what changed is kept before its answer leaves.
    ///
    /// `ready` is told the port.
    ///
    /// # Errors
    ///
    /// When the port is taken, or the file cannot be read.
    pub(crate) async fn serve(
        settings: &Settings,
        file: &Path,
        preset: SandboxPreset,
        port: u16,
        ready: impl FnOnce(u16) -> Result<(), Failure>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Failure> {
        let sandbox = Self::on(Claim::take(settings, file, IfTaken::Wait)?, file, preset, Clock::tokio)?;
        let unserved = |error: io::Error| {
            Failure::failed(format!("could not serve on 127.0.0.1:{port}"))
                .because(error.to_string())
                .hinted("`--port N` takes another port")
        };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(unserved)?;
        let port = listener.local_addr().map_err(unserved)?.port();
        sandbox.save()?;
        ready(port)?;
        let kept = file.to_owned();
        let keep = move |simulator: &Simulator| {
            // The client was answered truly either way; the last save of all reports a file that cannot be written.
            let _ = save(simulator, &kept);
        };
        landfall::simulator::serve(sandbox.simulator.clone(), listener, keep, shutdown).await.map_err(unserved)?;
        sandbox.save()
    }
}

/// Writes beside the file and renames, so that a killed process leaves the old world or the new one.
fn save(simulator: &Simulator, file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(format!(".{}", std::process::id()));
    std::fs::write(&unfinished, simulator.to_json())?;
    std::fs::rename(&unfinished, file)
}

#[expect(clippy::disallowed_methods, reason = "a new simulated world begins today; there is no session whose clock could be asked")]
fn now() -> SystemTime {
    SystemTime::now()
}
