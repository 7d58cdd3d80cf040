//! `landfall config set`: gives a secret a value. The value comes from a prompt that does not show it, or from standard input; never from an
//! argument, which the shell's history and every process of the machine could see.

use std::io::{self, IsTerminal, Read};

use landfall::config::{ConfigError, Secret};
use serde_json::json;

use super::context::{AppContext, At, refused};
use crate::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::format::good;
use crate::settings::Settings;

/// Most bytes that are read of standard input: the largest secret of any store, and more to see that it is larger.
const INPUT_BYTES_MAX: u64 = 1 << 20;

/// What `config set` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  landfall config set dev stripe_key                        asks for it
  openssl rand -hex 32 | landfall config set dev signing_key
  landfall config set prod stripe_key --reason 'rotation' < key.txt

Of standard input one newline at the end is left out. Every write is a new version; programs see it when they start, or when they refresh.")]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
    /// The secret's key
    #[arg(value_name = "KEY")]
    key: String,
    /// What does not belong here: a value
    #[arg(hide = true, trailing_var_arg = true)]
    more: Vec<String>,
}

/// Reads the value, checks it, and writes it.
pub(super) async fn run(settings: &Settings, args: &Args) -> Result<Exit, Failure> {
    // What follows a key may be a value.
    let key = args.key.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
    if key != args.key || !args.more.is_empty() {
        return Err(misspelt(settings, args).unwrap_or_else(|| with_value(settings, args, key)));
    }
    let context = AppContext::open(settings, &args.at.of)?;
    let stage = context.stage(&args.at.environment)?;
    let (setting, store) = context.secret(&args.key)?;
    if io::stdin().is_terminal() {
        context.can_enter(&args.at)?;
    }
    let value = value(&args.key, &args.at.environment)?;
    if let Err(wrong) = setting.check(value.expose(), stage.tier) {
        let failure = Failure::usage(format!("the value of `{}` {wrong}; nothing was written", args.key))
            .hinted(format!("app.toml declares it: {}", setting.words_in(stage.tier)));
        let is_trimmed = value.expose().trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len() == value.expose().len();
        return Err(if is_trimmed { failure } else { failure.hinted("it begins or ends with a space, a line break or a byte order mark") });
    }
    context
        .online(async |online| {
            let config = online.at(&args.at).await?;
            let present = config.secrets(&[store.other()]).await.map_err(|error| refused(&error))?;
            let version = config.set(&args.key, store, &value).await.map_err(|error| match &error {
                ConfigError::Deleting { .. } => refused(&error).hinted(context.line("unset", &args.at.environment, &args.key, "--undo")),
                _ => refused(&error),
            })?;
            // It is declared elsewhere now: programs find the new value at once, and then it alone.
            let is_moved = present.get(&args.key).is_some_and(|other| !other.is_deleting);
            if is_moved {
                config.unset(&args.key, store.other()).await.map_err(|error| refused(&error))?;
            }
            if settings.is_json() {
                let moved = is_moved.then(|| store.other().as_str());
                let document =
                    json!({ "v": 1, "environment": args.at.environment, "key": args.key, "version": version, "moved_from": moved });
                settings.screen.json(&document)?;
            } else {
                let place = online.context.named(&args.at.environment);
                let moved = if is_moved { format!("; removed from {}", store.other().as_str()) } else { String::new() };
                settings.screen.data(&format!("{} `{}` in {place}: version {version}{moved}\n", good("set"), args.key))?;
            }
            Ok(Exit::Done)
        })
        .await
}

/// A key with a hyphen, or in upper case, has no value behind it.
fn misspelt(settings: &Settings, args: &Args) -> Option<Failure> {
    let key = args.key.to_lowercase().replace('-', "_");
    let context = AppContext::open(settings, &args.at.of).ok().filter(|_| args.more.is_empty())?;
    let is_declared = context.app.settings.iter().any(|setting| setting.key.as_str() == key);
    is_declared.then(|| Failure::usage(format!("`{}` is not declared in app.toml", args.key)).hinted(format!("did you mean `{key}`?")))
}

/// A value in an argument is one that is known by now.
fn with_value(settings: &Settings, args: &Args, key: &str) -> Failure {
    let is_secret = AppContext::open(settings, &args.at.of).ok().and_then(|context| {
        context.app.settings.iter().find(|setting| setting.key.as_str() == key).map(|setting| setting.secret.is_some())
    });
    match is_secret {
        Some(false) => Failure::usage(format!("`{key}` is no secret: its value belongs in config/{}.toml", args.at.environment))
            .hinted("write it there, where it is reviewed, and `landfall config push` carries it to AWS"),
        Some(true) | None => Failure::usage(format!("`{key}` was given with its value, which is in your shell's history now"))
            .hinted("if it is the real one, make a new one")
            .hinted(format!("then leave the value out, and it is asked for: landfall config set {} {key}", args.at.environment)),
    }
}

/// Reads a value from the terminal, or from standard input if that is none.
fn value(key: &str, environment: &str) -> Result<Secret<String>, Failure> {
    if io::stdin().is_terminal() {
        let typed = ask::hidden(&format!("value of `{key}` in {environment} (not shown):"))
            .map_err(|error| Failure::failed("could not read the value").because(error.to_string()))?;
        return not_empty(typed, key, "nothing was typed; `landfall config unset` removes a value");
    }
    let mut bytes = Vec::new();
    let unread = |error: io::Error| Failure::failed("could not read standard input").because(error.to_string());
    io::stdin().lock().take(INPUT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > INPUT_BYTES_MAX {
        return Err(Failure::usage(format!("standard input has more than {INPUT_BYTES_MAX} bytes; nothing was written")));
    }
    let text = String::from_utf8(bytes).map_err(|_| Failure::usage("standard input is not UTF-8 text; nothing was written"))?;
    // Editors of some systems write it, and no secret begins with it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text)).to_owned();
    // An empty value is most likely a pipe that failed.
    not_empty(text, key, "a command before `|` may have failed; `landfall config unset` removes a value")
}

fn not_empty(text: String, key: &str, hint: &str) -> Result<Secret<String>, Failure> {
    if text.is_empty() {
        return Err(Failure::usage(format!("the value of `{key}` is empty; nothing was written")).hinted(hint));
    }
    Ok(Secret::new(text))
}
