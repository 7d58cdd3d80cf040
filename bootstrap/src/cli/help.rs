//! What help says beyond clap: commands in groups, the options of every command in one line, examples, signs, exit codes.

use clap::Command;

use crate::exit::{Exit, listed};
use crate::format::beside;

/// Widest help; longer lines are hard to read, and clap does not know that.
const WIDTH_MAX: usize = 100;
/// Columns of a command's name in the list of all.
const NAME: usize = 15;

/// The commands, by what they are for.
const GROUPS: &[(&str, &[&str])] = &[
    ("Set up", &["init", "validate", "plan", "apply"]),
    ("Look", &["status", "environments", "outputs", "export", "replay"]),
    ("Use", &["exec", "credentials", "config"]),
    ("Try", &["sandbox"]),
    ("Shell and editor", &["schema", "completions", "man", "options"]),
];

/// The options of every command, in one line.
const GLOBAL: &str = "\
Options of every command (`landfall help options`):
  -f, --profile, --sandbox, --format, --color, -q, -v";

/// Returns what the exit codes mean; `exec` says more of its own.
fn exit_codes() -> String {
    let of_exec = Exit::OF_EXEC.map(|exit| exit.code().to_string()).join(", ");
    format!("Exit codes:\n  {}; `exec` returns {}, or {of_exec}", listed(&Exit::ALL), Exit::Command(0).meaning())
}

/// Returns the command line as clap reads it and shows its help: as wide as the terminal, and where there is none as wide as
/// every other page. `bare` is what clap makes of the arguments' types.
pub(crate) fn command(bare: Command) -> Command {
    sized(bare, crate::width::width().min(WIDTH_MAX))
}

fn sized(bare: Command, width: usize) -> Command {
    let mut command = full(bare).term_width(width);
    command.build();
    let names: Vec<String> = command.get_subcommands().map(|each| each.get_name().to_owned()).collect();
    // `options` is the one that shows them.
    for name in names.iter().filter(|name| !matches!(name.as_str(), "help" | "options")) {
        command = command.mut_subcommand(name, without_global);
    }
    let groups = groups(&command, width);
    command.help_template(format!("{{about}}\n\n{{usage-heading}} {{usage}}\n\n{groups}\n{GLOBAL}{{after-help}}"))
}

/// Returns it with the options of every command shown below each, as completions and the manual page take it.
pub(crate) fn full(bare: Command) -> Command {
    bare.after_help(format!("Try it without an AWS account:\n  landfall init\n  landfall apply --sandbox\n\n{}", exit_codes()))
}

/// Hides the options of every command, and says where they are.
fn without_global(command: Command) -> Command {
    let more = command.get_after_help().map(|text| format!("{text}\n\n")).unwrap_or_default();
    let command = command.after_help(format!("{more}{GLOBAL}")).mut_args(|argument| {
        let is_global = argument.is_global_set();
        argument.hide(is_global)
    });
    let names: Vec<String> = command.get_subcommands().map(|each| each.get_name().to_owned()).collect();
    names.iter().filter(|name| *name != "help").fold(command, |command, name| command.mut_subcommand(name, without_global))
}

fn groups(command: &Command, width: usize) -> String {
    let mut text = String::new();
    for (title, names) in GROUPS {
        text.push_str(&format!("{title}:\n"));
        for name in *names {
            let about = command.find_subcommand(name).and_then(Command::get_about).map(ToString::to_string).unwrap_or_default();
            text.push_str(&beside(format!("  {name}"), NAME, &about, width));
        }
        text.push('\n');
    }
    text.truncate(text.len().saturating_sub(1));
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn page() -> Command {
        command(Cli::command())
    }

    #[test]
    fn every_command_is_in_one_group() {
        let command = full(Cli::command());
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut all: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
    }

    /// Calls `check` with each command's name and both of its helps.
    fn each_help(command: &mut Command, name: &str, check: &mut impl FnMut(&str, &str)) {
        check(name, &command.render_help().to_string());
        check(name, &command.render_long_help().to_string());
        for below in command.get_subcommands_mut() {
            let name = format!("{name} {}", below.get_name());
            each_help(below, &name, check);
        }
    }

    #[test]
    fn no_help_is_wider_than_the_page() {
        for width in [80, 100] {
            let mut seen = 0;
            each_help(&mut sized(Cli::command(), width), "landfall", &mut |name, help| {
                seen += 1;
                for line in help.lines() {
                    assert!(line.chars().count() <= width, "{name} in {width} columns: {line}");
                }
            });
            assert!(seen > 2 * GROUPS.len(), "{seen}");
        }
    }

    #[test]
    fn help_is_short_and_complete() {
        let long = |name: &str| page().find_subcommand_mut(name).expect("a command").render_long_help().to_string();
        for name in ["plan", "apply", "init", "exec"] {
            let help = long(name);
            assert!(help.contains("Examples:") && !help.contains("--sandbox-preset") && help.contains("landfall help options"), "{help}");
        }
        assert!(long("plan").contains("? left over"));
        let options = long("options");
        for option in ["--manifest", "--profile", "--sandbox-preset", "--sandbox-as", "--format", "--color", "--quiet", "--verbose"] {
            assert!(options.contains(option), "{option}: {options}");
        }
        let apply = long("apply");
        for hazard in landfall::kind::HazardName::ALL {
            assert!(apply.contains(hazard.as_str()), "{hazard}: {apply}");
        }
        let main = page().render_long_help().to_string();
        assert!(main.lines().count() < 45 && main.contains("Set up:\n  init "), "{main}");
    }
}
