//! `landfall completions`: a script that teaches a shell the command line.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;

/// What `completions` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: clap_complete::Shell,
}

/// What help says below the options.
const AFTER_HELP: &str = "\
bash: landfall completions bash > ~/.local/share/bash-completion/completions/landfall
zsh:  landfall completions zsh > a file `_landfall` in a folder of $fpath
fish: landfall completions fish > ~/.config/fish/completions/landfall.fish";

/// Prints the script for a command line.
pub(crate) fn run(settings: &Settings, args: &Args, mut whole: clap::Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut whole, "landfall", &mut script);
    settings.screen.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
