//! The `landfall` binary: reads arguments, runs one command, draws what it says, exits with its code.

mod app;
mod ask;
mod cache;
mod caller;
mod chain;
mod child;
mod cli;
mod command;
mod document;
mod endpoint;
mod exit;
mod failure;
mod format;
mod health;
mod hints;
mod https;
mod input;
mod interrupt;
mod log;
mod manifest;
mod process;
mod profiles;
mod render;
mod sandbox;
mod saved;
mod screen;
mod settings;
mod suspend;
mod system_clock;
mod target;
mod titles;
mod variables;
mod visited;
mod waiting;
mod width;

use std::process::ExitCode;

fn main() -> ExitCode {
    let (settings, command) = match cli::Cli::of_process() {
        Ok(cli) => cli.resolve(variables::Variables::of_process()),
        Err(exit) => return exit.into(),
    };
    log::start(settings.verbosity);
    let exit = command.run(&settings).unwrap_or_else(|failure| {
        settings.screen.warn(&failure.draw());
        failure.exit()
    });
    exit.into()
}
