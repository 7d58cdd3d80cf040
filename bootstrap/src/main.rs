//! The `landfall` binary: reads arguments, runs one command, draws what it says, exits with its code.

mod args;
mod ask;
mod cache;
mod caller;
mod chain;
mod child;
mod command;
mod document;
mod endpoint;
mod exit;
mod failure;
mod health;
mod https;
mod interrupt;
mod log;
mod manifest;
mod process;
mod profiles;
mod render;
mod sandbox;
mod saved;
mod settings;
mod suspend;
mod system_clock;
mod target;
mod variables;
mod visited;
mod waiting;

use std::process::ExitCode;

fn main() -> ExitCode {
    let (settings, task) = match args::parse() {
        Ok(args) => settings::resolve(args, variables::Variables::of_process()),
        Err(exit) => return exit.into(),
    };
    log::start(settings.verbosity);
    let exit = command::run(&settings, task).unwrap_or_else(|failure| {
        settings.screen.warn(&failure.draw());
        failure.exit()
    });
    exit.into()
}
