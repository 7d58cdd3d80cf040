//! `landfall config pull`: the values of an environment for a program that landfall does not start, as variables, JSON or TOML.

use std::io::{self, IsTerminal};

use serde_json::{Map, Value};

use super::context::{AppContext, At, refused};
use super::values::Values;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen::raw;
use crate::settings::{Format, Settings};

/// What `config pull` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  landfall config pull dev                                  variables, one NAME=VALUE a line
  landfall config pull prod --deployed --format toml        what runs, for a look beside config/prod.toml
  (umask 077; landfall config pull dev --secrets > .env)    for a shell: set -a; . ./.env

Values are quoted as shells read them; for what reads `.env` files by other rules, take `--format json`.

A file with secrets in it is a copy that no later `set` changes; `landfall exec --config` starts a program with the same variables, and \
leaves none.")]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
    /// What the account has, instead of the files
    #[arg(long)]
    deployed: bool,
    /// The values of secrets, too; not to a terminal
    #[arg(long)]
    secrets: bool,
}

/// Reads the values and prints them.
pub(super) async fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    let context = AppContext::open(settings, &args.at.of)?;
    let stage = context.stage(&args.at.environment)?;
    if args.secrets && io::stdout().is_terminal() {
        return Err(Failure::usage("values of secrets are not written to a terminal, which keeps what it showed")
            .hinted("write them to a file that you alone can read: (umask 077; landfall config pull … --secrets > .env)")
            .hinted(format!(
                "or start the program with them: {}",
                settings.rerun.line(&format!("exec {} --config {} -- CMD", stage.name, context.app.name), "")
            )));
    }
    let of_files = || {
        let values: Map<String, Value> = stage.values.iter().map(|valued| (valued.key.to_string(), valued.value.json())).collect();
        Values::of_files(stage.document(), values)
    };
    if !args.deployed && !args.secrets {
        return print(settings, of_files());
    }
    context
        .online(async |online| {
            let session = online.session(&args.at).await?;
            let app = online.context.app.name.as_str();
            let values = if args.deployed {
                Values::of_account(&session, app, args.secrets).await
            } else {
                of_files().with_secrets(&session.config(app)).await
            };
            let values = values.map_err(|error| refused(&error))?;
            if args.secrets {
                for (setting, _) in online.context.app.secrets() {
                    if !values.has(setting.key.as_str()) && !setting.is_optional(stage.tier) {
                        settings.screen.note("warning:", &format!("`{}` has no value in {}", setting.key, stage.name));
                    }
                }
            }
            print(settings, values)
        })
        .await
}

fn print(settings: &Settings, values: Values) -> Result<Exit, Failure> {
    match settings.format {
        Format::Json => settings.screen.json(&values.json())?,
        Format::Toml => raw(&values.toml()?)?,
        _ => raw(&values.lines())?,
    }
    Ok(Exit::Done)
}
