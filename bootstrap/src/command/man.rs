//! `landfall man`: the manual page, one for all commands, so that a single file installs it.

use clap::Command;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::Settings;

/// Prints the page of a command line.
pub(crate) fn run(settings: &Settings, whole: Command) -> Result<Exit, Failure> {
    let page = page(whole).map_err(|error| Failure::failed("could not write the manual page").because(error.to_string()))?;
    settings.screen.data(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}

/// Shows the options of every command, as a command line has them.
pub(crate) fn options(settings: &Settings, mut whole: Command) -> Result<Exit, Failure> {
    let text = whole.find_subcommand_mut("options").map(|command| command.render_long_help().to_string());
    settings.screen.data(&text.unwrap_or_default())?;
    Ok(Exit::Done)
}

/// The files, by name and what they are for.
const FILES: &[(&str, &str)] = &[
    ("landfall.toml", "the manifest; docs/MANIFEST.md lists its keys. To be committed"),
    ("landfall.schema.json", "its schema, for editors. To be committed"),
    (".landfall/sandbox.json", "the simulated AWS of `--sandbox`. Not to be committed"),
    ("~/.cache/landfall/credentials/", "sessions of `landfall credentials`, readable by you only; $XDG_CACHE_HOME moves it"),
    ("~/.aws/config", "credentials and profiles; `outputs --format aws-config --write` owns one block of it"),
];

/// The variables, by name and what they do.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("AWS_PROFILE, AWS_ACCESS_KEY_ID, …", "whose credentials are used, as in the AWS CLI; `--profile` wins over all of them"),
    ("AWS_CONFIG_FILE", "the AWS configuration, instead of ~/.aws/config"),
    ("AWS_ENDPOINT_URL", "an address in the place of AWS; plans and errors name it"),
    ("LANDFALL_REASON", "the reason of `exec` and `credentials` where `--reason` is not given"),
    ("LANDFALL_LOG", "what is logged with `-vv`, as tracing-subscriber's filters have it"),
    ("NO_COLOR, CLICOLOR, CLICOLOR_FORCE", "whether words are coloured; `--color` wins"),
];

/// Command lines, and what they do.
const EXAMPLES: &[(&str, &str)] = &[
    ("landfall init", "writes a manifest, asking what has to be in it"),
    ("landfall apply --sandbox", "builds it on the simulated AWS"),
    ("landfall plan --out changes.json; landfall apply changes.json", "builds on AWS what was reviewed, or nothing"),
    ("landfall exec prod --role deployer --reason 'release 42' -- ./deploy.sh", "runs a command with a session"),
];

/// Writes a section of names with what they are.
fn list(title: &str, entries: &[(&str, &str)], text: &mut Vec<u8>) -> std::io::Result<()> {
    let mut page = Roff::new();
    page.control("SH", [title]);
    for (name, words) in entries {
        page.control("TP", []).text([bold(*name)]).text([roman(*words)]);
    }
    page.to_writer(text)
}

fn page(mut command: Command) -> std::io::Result<Vec<u8>> {
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
    list(
        "SIGNS",
        &[
            ("+ ~ -", "make, change, remove"),
            ("!", "blocked: the plan says by what"),
            ("?", "left over: made by landfall, no longer in the manifest"),
        ],
        &mut text,
    )?;
    list("FILES", FILES, &mut text)?;
    list("ENVIRONMENT", ENVIRONMENT, &mut text)?;
    list("EXAMPLES", EXAMPLES, &mut text)?;
    main.render_extra_section(&mut text)?;
    main.render_version_section(&mut text)?;
    Ok(text)
}

/// Writes what one command does and takes; its global options are at the head of the page.
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
