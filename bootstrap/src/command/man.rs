//! `landfall man`: the manual page, one for all commands, so that a single file installs it.

use clap::{Command, CommandFactory};
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};

use crate::args::Args;
use crate::failure::{Failure, exit};
use crate::settings::Settings;

/// Prints the page.
pub(super) fn run(settings: &Settings) -> Result<u8, Failure> {
    let page = page().map_err(|error| Failure::failed("could not write the manual page").because(error.to_string()))?;
    settings.screen.data(&String::from_utf8_lossy(&page))?;
    Ok(exit::DONE)
}

fn page() -> std::io::Result<Vec<u8>> {
    let mut command = Args::command();
    command.build();
    let mut text = Vec::new();
    let main = Man::new(command.clone());
    main.render_title(&mut text)?;
    main.render_name_section(&mut text)?;
    main.render_synopsis_section(&mut text)?;
    main.render_options_section(&mut text)?;
    for each in command.get_subcommands() {
        section(each, "landfall", &mut text)?;
    }
    main.render_extra_section(&mut text)?;
    main.render_version_section(&mut text)?;
    Ok(text)
}

/// Writes what one command does and takes; its global options stand at the head of the page.
fn section(command: &Command, parent: &str, text: &mut Vec<u8>) -> std::io::Result<()> {
    let name = format!("{parent} {}", command.get_name());
    if command.get_name() == "help" {
        return Ok(());
    }
    let mut head = Roff::new();
    head.control("SH", [name.to_uppercase().as_str()]);
    if let Some(about) = command.get_about() {
        head.text([roman(about.to_string())]);
    }
    head.to_writer(text)?;
    let own = command.clone().mut_args(|argument| {
        let is_global = argument.is_global_set() || matches!(argument.get_id().as_str(), "help" | "version");
        argument.hide(is_global)
    });
    let page = Man::new(own);
    if command.get_arguments().any(|argument| !argument.is_global_set() && !matches!(argument.get_id().as_str(), "help" | "version")) {
        page.render_options_section(text)?;
    }
    for each in command.get_subcommands() {
        section(each, &name, text)?;
    }
    Ok(())
}
