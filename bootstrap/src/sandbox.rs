//! The sandbox: a simulated AWS whose world and clock are kept in a file between runs.
//!
//! Commands run in its virtual time: what takes AWS minutes takes no time. Served to other programs it
//! goes by the wall's clock, from where the file left off.

mod file_lock;
mod files;
mod folder;
mod store;

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_types::SdkConfig;
use landfall::name::Region;
use landfall::simulator::{Clock, Options, Preset, Principal, Reopened, Simulator, WorldError};
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::settings::{IfTaken, SandboxPreset, Settings, quoted};
use crate::system_clock;
pub(crate) use file_lock::FileLock;
pub(crate) use files::{is_same, refuse_foreign, refuse_taken};
use store::Store;

/// A simulated AWS and where it is kept.
#[derive(Debug)]
pub(crate) struct Sandbox {
    simulator: Simulator,
    file: PathBuf,
    store: Arc<Mutex<Store>>,
    claim: FileLock,
}

impl Sandbox {
    /// Opens the sandbox of a file, or a new one; its time stands still while nobody waits.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is no sandbox, or is another process's and waiting is not wanted.
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
        refuse_foreign(file)?;
        let claim = FileLock::take(settings, file, if_taken)?;
        let Reopened { simulator, journal, .. } = read(settings, file, clock)?;
        let store = Store::open(file, journal).map_err(|error| unkept(file, &error))?;
        let store = Arc::new(Mutex::new(store));
        let kept = Arc::clone(&store);
        simulator.keep(move |change| {
            // The caller is answered truly either way; what could not be kept is tried again, and the last save reports it.
            let _ = kept.lock().unwrap_or_else(PoisonError::into_inner).keep(change);
        });
        Ok(Self { simulator, file: file.to_owned(), store, claim })
    }

    /// Returns the configuration for AWS clients of a copy that is not kept, also while another process has the sandbox.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is no sandbox.
    pub(crate) fn copy(settings: &Settings, file: &Path, region: &Region) -> Result<SdkConfig, Failure> {
        Ok(read(settings, file, Clock::virtual_from)?.simulator.sdk_config(region.as_str()))
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

    /// Writes the world whole, all of it or nothing. What happened was kept as it happened; this is what other versions read.
    ///
    /// # Errors
    ///
    /// When the file or its folder cannot be written.
    pub(crate) fn save(&self) -> Result<(), Failure> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.close(&self.simulator).map_err(|error| unkept(&self.file, &error))
    }

    /// Serves the sandbox on 127.0.0.1 until `shutdown` is done; what changed is kept before its answer leaves.
    ///
    /// `ready` is told the address.
    ///
    /// # Errors
    ///
    /// When the port is taken, or the file cannot be read.
    pub(crate) async fn serve(
        settings: &Settings,
        file: &Path,
        port: u16,
        ready: impl FnOnce(&str) -> Result<(), Failure>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Failure> {
        let mut sandbox = Self::open_running(settings, file)?;
        let (listener, port) = listen(port).await.map_err(|failure| failure.hinted("name another port with `--port N`"))?;
        sandbox.save()?;
        let address = format!("http://127.0.0.1:{port}");
        sandbox.claim.serves(&address).map_err(|error| unkept(file, &error))?;
        ready(&address)?;
        sandbox.serve_on(listener, shutdown).await?;
        sandbox.save()
    }

    /// Serves on a listener until `shutdown` is done; what changed is kept before its answer leaves.
    ///
    /// # Errors
    ///
    /// When the listener no longer accepts; `shutdown` is dropped then.
    pub(crate) async fn serve_on(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Result<(), Failure> {
        landfall::simulator::serve(self.simulator.clone(), listener, shutdown)
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

/// Removes the sandbox of a file; returns whether there was one.
///
/// # Errors
///
/// When it cannot be removed.
pub(crate) fn forget(file: &Path) -> io::Result<bool> {
    store::forget(file)
}

fn unkept(file: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("could not keep the sandbox in `{}`", file.display()))
        .because(error.to_string())
        .hinted("keep it elsewhere with `--sandbox=FILE`")
}

/// Reads the world of a file, or begins a new one.
fn read(settings: &Settings, file: &Path, clock: impl FnOnce(SystemTime) -> Clock) -> Result<Reopened, Failure> {
    let name = file.display();
    let unread = |error: &io::Error| Failure::failed(format!("could not read the sandbox `{name}`")).because(error.to_string());
    let wanted = settings.preset.map(|preset| match preset {
        SandboxPreset::Instant => Preset::Instant,
        SandboxPreset::Realistic => Preset::Realistic,
    });
    let opened = if let Some((text, journal)) = store::read(file).map_err(|error| unread(&error))? {
        Simulator::reopen(&text, &journal, clock).map_err(|error| {
            let mut failure = Failure::failed(format!("could not open the sandbox `{name}`")).because(error.to_string());
            if let Some(source) = std::error::Error::source(&error) {
                failure = failure.because(source.to_string());
            }
            let failure = match error {
                WorldError::DamagedJournal { .. } | WorldError::OtherCourse { .. } => {
                    failure.hinted(format!("remove `{name}.journal` to go back to the world as it was last written whole"))
                }
                _ => failure,
            };
            failure.hinted(format!("run `{}` to forget it; what it simulated is gone then", reset(settings, file)))
        })?
    } else {
        let mut options = Options::default();
        options.preset = wanted.unwrap_or_default();
        Simulator::new(options, clock(system_clock::now())).into()
    };
    match wanted {
        // What has happened in a world happened at its pace; it cannot be another one's from now on.
        Some(wanted) if wanted != opened.simulator.preset() => {
            Err(Failure::usage(format!("the sandbox `{name}` is {}, not {}", word(opened.simulator.preset()), word(wanted)))
                .because("a sandbox keeps the preset that it was made with")
                .hinted(format!("leave `--sandbox-preset` out, or forget it first: {}", reset(settings, file))))
        }
        _ => Ok(opened),
    }
}

/// Returns how to forget the sandbox of this file, and no other.
fn reset(settings: &Settings, file: &Path) -> String {
    if is_same(file, &settings.sandbox_file()) {
        return settings.rerun.line("sandbox reset", "");
    }
    format!("landfall sandbox reset --sandbox={}", quoted(&file.to_string_lossy()))
}

/// Returns a preset as it is typed.
fn word(preset: Preset) -> &'static str {
    match preset {
        Preset::Realistic => "realistic",
        // A later library's preset cannot be asked for here.
        _ => "instant",
    }
}
