//! `landfall export`: what landfall owns, for another tool to take over. Reads only.

use std::path::PathBuf;

use landfall::environments::Index;
use landfall::observe::NotReady;
use landfall::observed::ScopeState;
use landfall::terraform::{Imports, imports};
use serde::Serialize;

use super::CommandContext;
use crate::document::{self, Document};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::{count, good, warned};
use crate::render::imports::{Named, named, text};
use crate::sandbox;
use crate::settings::{IfTaken, Settings};

/// What can be exported.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// For Terraform: an import block for everything that landfall owns and that exists
    Terraform(Args),
}

/// What `export terraform` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Write import blocks; the only thing there is to export
    #[arg(long)]
    import: bool,
    /// Write them to this file instead of standard output; never over anything but an older one
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What help says below the options.
const AFTER_HELP: &str = "\
Go on in a folder of its own, as a principal that may assume role provisioner:
  landfall export terraform --import --out imports.tf
  terraform init
  terraform plan -generate-config-out=generated.tf
Nothing is changed until `terraform apply`; from then on, no longer use `landfall apply`.";

/// The document of `--format json`.
#[derive(Serialize)]
struct Exported<'a> {
    imports: Vec<Named<'a>>,
    left: Vec<Left<'a>>,
}

/// What is not imported.
#[derive(Serialize)]
struct Left<'a> {
    address: String,
    reason: &'a str,
}

/// Observes and writes the import blocks; the exit code says whether every account could be read.
pub(crate) async fn run(settings: &Settings, command: Command) -> Result<Exit, Failure> {
    let Command::Terraform(args) = command;
    if !args.import {
        return Err(Failure::usage("`export terraform` writes import blocks only: add `--import`")
            .hinted(format!("providers and facts for a program of your own: {}", settings.rerun.line("outputs", "--format terraform"))));
    }
    if args.out.is_some() && settings.is_json() {
        return Err(Failure::usage("`--out` is for import blocks; `--format json` goes to standard output").hinted("leave one of them out"));
    }
    if let Some(file) = &args.out {
        sandbox::refuse_taken(settings, file, Document::Imports)?;
    }
    super::in_context(settings, IfTaken::Wait, false, async |context| {
        let seen = context.survey(NotReady::Report).await?.observation;
        let imports = imports(&context.organization, &context.desired, &seen);
        let index = Index::of(&context.organization, &context.desired, &seen);
        if context.is_json() {
            settings.screen.json(&exported(context, &imports))?;
        } else {
            let text = text(&index, &imports, &context.organization.region);
            match &args.out {
                None => settings.screen.data(&text)?,
                Some(file) => {
                    document::write(file, Document::Imports, &text)?;
                    let blocks = count(imports.imported.len(), "import block");
                    let left = match imports.left.len() {
                        0 => String::new(),
                        left => format!("; {} that Terraform does not take over, listed at its end", count(left, "thing")),
                    };
                    settings.screen.status(&format!("{} {blocks} to {}{left}\n", good("wrote"), file.display()));
                }
            }
        }
        let unread: Vec<_> =
            seen.scopes.iter().filter(|(_, state)| matches!(state, ScopeState::Unreadable { .. } | ScopeState::NotReady(_))).collect();
        for (scope, _) in &unread {
            let place = scope.account().map_or_else(|| "the organization".to_owned(), |account| format!("account/{account}"));
            settings.screen.status(&format!("{} {place} could not be read: what is in it is missing\n", warned("warning:")));
        }
        Ok(if unread.is_empty() { Exit::Done } else { Exit::Partial })
    })
    .await
}

fn exported<'a>(context: &CommandContext<'_>, imports: &'a Imports) -> Exported<'a> {
    let left = imports.left.iter().map(|left| Left { address: left.address.to_string(), reason: &left.reason });
    Exported { imports: named(imports, &context.organization.region), left: left.collect() }
}
