//! `landfall init`: writes a manifest, asking for what is not given, with the schema beside it.

mod answers;
mod args;
mod interview;
mod text;
mod tiers;

use landfall::manifest::{Source, parse};

use crate::ask;
use crate::document::{self, Document};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::{count, good, hint};
use crate::profiles;
use crate::sandbox;
use crate::settings::Settings;
pub(crate) use args::Args;
use interview::Terminal;
use text::{Answers, SCHEMA_FILE};

/// Writes the manifest.
pub(crate) async fn run(settings: &Settings, given: Args) -> Result<Exit, Failure> {
    let (file, schema) = (&settings.manifest, settings.folder().join(SCHEMA_FILE));
    sandbox::refuse_taken(settings, file, Document::Manifest)?;
    sandbox::refuse_taken(settings, &schema, Document::Schema)?;
    if sandbox::is_same(file, &schema) {
        return Err(Failure::usage(format!("the schema is written to `{}`, beside the manifest; nothing was written", schema.display()))
            .hinted("name another file with `-f FILE`"));
    }
    let answers = if ask::is_possible() && !given.is_enough() {
        let region = match &settings.variables.region {
            Some(region) => Some(region.clone()),
            None => profiles::region().await,
        };
        interview::ask_for(given, region.as_deref(), &mut Terminal)?
    } else {
        Answers::given(given)?
    };
    let source = Source { name: file.display().to_string(), text: text::manifest(&answers) };
    let parsed = parse(&source, &|_| Err("a new manifest names no file".to_owned()));
    let Some(organization) = &parsed.organization else {
        // Each answer was accepted by itself; what is left is between them.
        let failure = Failure::usage("these answers do not go together; nothing was written");
        return Err(parsed.diagnostics.iter().fold(failure, |failure, found| failure.because(answers::words(found))));
    };
    document::write(file, Document::Manifest, &source.text)?;
    let text = serde_json::to_string_pretty(&landfall::manifest::schema()).unwrap_or_default();
    document::write(&schema, Document::Schema, &format!("{text}\n"))?;
    settings.screen.status(&format!(
        "{} {}: {}, {}; {} tells editors its keys\n",
        good("wrote"),
        source.name,
        count(organization.environments.len(), "environment"),
        count(organization.accounts.len(), "account"),
        schema.display(),
    ));
    settings.screen.status(&format!(
        "\nBefore you apply it to AWS, send a mail to {} and see that it arrives:\n\
         each account's root user gets its mail there, and AWS takes an e-mail once only.\n",
        answers.email.replace("{account}", "test"),
    ));
    let sandbox = format!("{} --sandbox", settings.rerun.on(file).line("apply", ""));
    let sandbox = if settings.is_sandbox() { settings.rerun.line("apply", "") } else { sandbox };
    settings.screen.status(&format!("\n{} try it without AWS: {sandbox}\n", hint("hint:")));
    Ok(Exit::Done)
}
