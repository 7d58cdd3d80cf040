//! `landfall completions`: a script that teaches a shell the command line.

use crate::args::help;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;

/// Prints the script.
pub(super) fn run(settings: &Settings, shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut help::full(), "landfall", &mut script);
    settings.screen.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
