//! `landfall environments`: what `exec` and `credentials` can be asked for, by name. Reads AWS's list of accounts, or an index.

use std::path::PathBuf;

use landfall::environments::{AccountEntry, Index};

use super::{outputs, session};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::faint;
use crate::settings::{IfTaken, Settings};

/// What `environments` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The index that `landfall outputs` wrote, instead of the manifest and AWS's list of accounts
    #[arg(long, value_name = "FILE")]
    pub(crate) index: Option<PathBuf>,
}

/// Lists environments with their accounts and roles.
pub(crate) async fn run(settings: &Settings, args: Args) -> Result<Exit, Failure> {
    if let Some(file) = &args.index {
        return show(settings, session::read(file)?.index());
    }
    super::in_context(settings, IfTaken::Wait, false, async |context| show(settings, &outputs::accounts(context).await?)).await
}

fn show(settings: &Settings, index: &Index) -> Result<Exit, Failure> {
    if settings.is_json() {
        settings.screen.json(index)?;
    } else {
        settings.screen.data(&listed(index))?;
    }
    Ok(Exit::Done)
}

fn listed(index: &Index) -> String {
    let mut text = String::new();
    for environment in &index.environments {
        let follows = environment.follows.as_ref().map(|name| format!(", follows {name}")).unwrap_or_default();
        text.push_str(&format!("{}  {}\n", environment.name, faint(format!("{}{follows}", environment.tier))));
        text.push_str(&accounts(&environment.accounts));
    }
    if !index.accounts.is_empty() {
        text.push_str(&format!("{}\n{}", faint("in no environment".to_owned()), accounts(&index.accounts)));
    }
    text
}

fn accounts(entries: &[AccountEntry]) -> String {
    let width = entries.iter().map(|entry| entry.key.len()).max().unwrap_or_default();
    let line = |entry: &AccountEntry| {
        let roles: Vec<String> =
            entry.roles.iter().map(|(name, role)| format!("{name}{}", if role.reason { " (reason)" } else { "" })).collect();
        // What does not work cannot be entered.
        let what = if entry.is_active() { roles.join(", ") } else { entry.state.clone() };
        format!("  {:width$}  {:12}  {what}\n", entry.key, entry.id.as_deref().unwrap_or("-"))
    };
    entries.iter().map(line).collect()
}
