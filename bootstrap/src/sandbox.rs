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
use landfall::simulator::{Clock, Options, Preset, Principal, Simulator};
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::settings::{IfTaken, SandboxPreset, Settings};
use crate::wall;
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
    pub(crate) fn open(settings: &Settings, file: &Path, if_taken: IfTaken) -> Result<Self, Failure> {
        Self::on(settings, file, if_taken, Clock::virtual_from)
    }

    /// Opens it with its time going by the wall's clock.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::open`].
    pub(crate) fn open_running(settings: &Settings, file: &Path) -> Result<Self, Failure> {
        Self::on(settings, file, IfTaken::Wait, Clock::tokio)
    }

    fn on(settings: &Settings, file: &Path, if_taken: IfTaken, clock: impl FnOnce(SystemTime) -> Clock) -> Result<Self, Failure> {
        let claim = Claim::take(settings, file, if_taken)?;
        Ok(Self { simulator: read(settings, file, clock)?, file: file.to_owned(), _claim: claim })
    }

    /// Returns the configuration for AWS clients of a copy that nobody keeps, whoever's the sandbox is.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is no sandbox.
    pub(crate) fn copy(settings: &Settings, file: &Path, region: &Region) -> Result<SdkConfig, Failure> {
        Ok(read(settings, file, Clock::virtual_from)?.sdk_config(region.as_str()))
    }

    /// Returns the configuration for AWS clients; it leads nowhere but here, and reads nothing of the environment. The caller has
    /// a permission set of the management account, the administrator's unless another one is named.
    pub(crate) fn sdk_config(&self, region: &Region, permission_set: Option<&str>) -> SdkConfig {
        let caller = permission_set.and_then(|set| self.simulator.credentials_for(&Principal::PermissionSet(set.to_owned())));
        match caller {
            Some(caller) => self.simulator.sdk_config_with(region.as_str(), caller),
            None => self.simulator.sdk_config(region.as_str()),
        }
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
        port: u16,
        ready: impl FnOnce(u16) -> Result<(), Failure>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Failure> {
        let sandbox = Self::open_running(settings, file)?;
        let (listener, port) = listen(port).await.map_err(|failure| failure.hinted("`--port N` takes another port"))?;
        sandbox.save()?;
        ready(port)?;
        sandbox.serve_on(listener, shutdown).await?;
        sandbox.save()
    }

    /// Serves on a listener until `shutdown` is done; what changed is kept before its answer leaves.
    ///
    /// # Errors
    ///
    /// When the listener no longer accepts; `shutdown` is dropped then.
    pub(crate) async fn serve_on(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Result<(), Failure> {
        let kept = self.file.clone();
        let keep = move |simulator: &Simulator| {
            // The client was answered truly either way; the last save of all reports a file that cannot be written.
            let _ = save(simulator, &kept);
        };
        landfall::simulator::serve(self.simulator.clone(), listener, keep, shutdown)
            .await
            .map_err(|error| Failure::failed("could not serve the sandbox").because(error.to_string()))
    }
}

/// Listens on a port of 127.0.0.1, any free one for 0, and returns which.
///
/// # Errors
///
/// When the port is taken.
pub(crate) async fn listen(port: u16) -> Result<(TcpListener, u16), Failure> {
    let unserved = |error: io::Error| Failure::failed(format!("could not serve on 127.0.0.1:{port}")).because(error.to_string());
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(unserved)?;
    let port = listener.local_addr().map_err(unserved)?.port();
    Ok((listener, port))
}

/// Reads the world of a file, or begins a new one.
fn read(settings: &Settings, file: &Path, clock: impl FnOnce(SystemTime) -> Clock) -> Result<Simulator, Failure> {
    let name = file.display();
    let wanted = settings.preset.map(|preset| match preset {
        SandboxPreset::Instant => Preset::Instant,
        SandboxPreset::Realistic => Preset::Realistic,
    });
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
            options.preset = wanted.unwrap_or_default();
            Simulator::new(options, clock(wall::now()))
        }
        Err(error) => return Err(Failure::failed(format!("could not read the sandbox `{name}`")).because(error.to_string())),
    };
    match wanted {
        // What has happened in a world happened at its pace; it cannot be another one's from now on.
        Some(wanted) if wanted != simulator.preset() => {
            Err(Failure::usage(format!("the sandbox `{name}` is {}, not {}", word(simulator.preset()), word(wanted)))
                .because("a sandbox keeps the preset that it was made with")
                .hinted(format!("leave `--sandbox-preset` out, or forget it first: {}", settings.again.line("sandbox reset", ""))))
        }
        _ => Ok(simulator),
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

/// Returns a preset as it is typed.
fn word(preset: Preset) -> &'static str {
    match preset {
        Preset::Realistic => "realistic",
        // A later library's preset cannot be asked for here.
        _ => "instant",
    }
}
