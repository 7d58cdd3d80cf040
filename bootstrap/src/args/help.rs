//! What help says beyond clap: commands in groups, the options of every command in one line, examples, signs, exit codes.

use clap::{Command, CommandFactory};

use super::Args;
use crate::render::format::beside;

/// Widest help; longer lines are hard to read, and clap does not know that.
const WIDTH_MAX: usize = 100;
/// Columns of a command's name in the list of all.
const NAME: usize = 15;

/// The commands, by what they are for.
const GROUPS: &[(&str, &[&str])] = &[
    ("Set up", &["init", "validate", "plan", "apply"]),
    ("Look", &["status", "environments", "outputs", "replay"]),
    ("Use", &["exec", "credentials"]),
    ("Try", &["sandbox"]),
    ("Shell and editor", &["schema", "completions", "man", "options"]),
];

/// The options of every command, in one line.
const GLOBAL: &str = "\
Options of every command (`landfall help options`):
  -f, --profile, --sandbox, --format, --color, -q, -v";

/// The signs before each line of a plan.
pub(crate) const SIGNS: &str = "\
Signs:
  + make   ~ change   - remove   ! blocked: the plan says by what
  ? left over: made by landfall, no longer in the manifest";

/// What the exit codes mean, without those of `exec`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0 done, 1 failed, 2 changes pending (`plan --detailed-exitcode`), 4 some of it blocked, unreadable or failed, 64 usage or manifest, \
75 another operator holds the lock, 130 interrupted, 143 terminated; `exec` returns the exit code of the command, or 125, 126, 127";

/// The text below a command's options, by the command.
const MORE: &[(&str, &[&str])] = &[
    (
        "init",
        &["\
Examples:
  landfall init
  landfall init --name acme --email aws@acme.example --region eu-west-1"],
    ),
    (
        "plan",
        &[
            SIGNS,
            "\
Examples:
  landfall plan --sandbox                   without an AWS account
  landfall plan --only prod                 one environment or account
  landfall plan --prune --out changes.json  removals too; saved, for `apply`
  landfall plan --as auditor                with rights to read only: for CI",
        ],
    ),
    (
        "apply",
        &[
            "\
A hazard is what destroys, exposes or gives up something. Each one is allowed by its name, at the prompt or with `--allow`; `--yes` \
allows none.",
            "\
Examples:
  landfall apply --sandbox                  on the simulated AWS
  landfall apply changes.json               exactly what was saved, or nothing
  landfall apply --yes --no-wait --format json > run.ndjson
  landfall replay run.ndjson                shows that run again",
        ],
    ),
    (
        "outputs",
        &[
            "\
Profiles for the AWS CLI and everything that reads its configuration; `--profile` names whose credentials they use:
  landfall outputs --format aws-config --profile sso --write
  aws s3 ls --profile acme-dev-deployer
With `--index FILE` the profiles name that index, and who uses them needs no right to list the organization's accounts.",
            "\
Variables: LANDFALL_ORGANIZATION, LANDFALL_REGION, LANDFALL_ENVIRONMENTS (with commas between), and for each account \
LANDFALL_ACCOUNT_<KEY> (its id) and LANDFALL_ROLE_<KEY>__<ROLE> (the role's ARN)",
        ],
    ),
    (
        "exec",
        &[
            "\
The command gets AWS_ACCESS_KEY_ID and its like, AWS_REGION, and AWS_CREDENTIAL_EXPIRATION, and no AWS_PROFILE. The session is not \
renewed; it expires at AWS_CREDENTIAL_EXPIRATION. LANDFALL_ENVIRONMENT, LANDFALL_ACCOUNT and LANDFALL_ROLE are for the prompt of a \
shell. With `--sandbox` it also gets AWS_ENDPOINT_URL, served for as long as it runs.",
            "\
Who is the role already, as a job that signed in to it is, gets its own credentials; so does `landfall credentials`. A session that was \
unlocked with `--mfa` is kept as those of `credentials` are.",
            "\
Exit codes: the exit code of the command; 125 landfall failed, 126 the command cannot be run, 127 it was not found",
            "\
Examples:
  landfall exec dev --role deployer                   a shell
  landfall exec dev --role deployer -- aws s3 ls
  landfall exec prod --role deployer --reason 'release 42' -- ./deploy.sh",
        ],
    ),
    (
        "credentials",
        &[
            "\
They are kept in $XDG_CACHE_HOME/landfall (~/.cache/landfall), readable by you only, until 15 minutes or a fifth of their life are \
left; of sessions shorter than an hour, a quarter. `landfall credentials forget` removes them, `--no-cache` asks for new ones. \
`landfall outputs --format aws-config` writes the profiles that call this.",
            "\
Examples:
  landfall credentials dev --role reader
  export $(landfall credentials dev --role reader --format env)
  landfall credentials forget",
        ],
    ),
    (
        "completions",
        &["\
bash: landfall completions bash > ~/.local/share/bash-completion/completions/landfall
zsh:  landfall completions zsh > a file `_landfall` in a folder of $fpath
fish: landfall completions fish > ~/.config/fish/completions/landfall.fish"],
    ),
];

/// Returns the command line as clap reads it and shows its help: as wide as the terminal, and where there is none as wide as
/// every other page.
pub(crate) fn command() -> Command {
    sized(crate::render::width().min(WIDTH_MAX))
}

fn sized(width: usize) -> Command {
    let mut command = full().term_width(width);
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
pub(crate) fn full() -> Command {
    let command =
        Args::command().after_help(format!("Try it without an AWS account:\n  landfall init\n  landfall apply --sandbox\n\n{EXIT_CODES}"));
    MORE.iter().fold(command, |command, (name, more)| command.mut_subcommand(name, |each| each.after_help(more.join("\n\n"))))
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
    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let command = full();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut all: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
        for (name, _) in MORE {
            assert!(all.contains(name), "{name}");
        }
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
            each_help(&mut sized(width), "landfall", &mut |name, help| {
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
        let long = |name: &str| command().find_subcommand_mut(name).expect("a command").render_long_help().to_string();
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
        let main = command().render_long_help().to_string();
        assert!(main.lines().count() < 45 && main.contains("Set up:\n  init "), "{main}");
    }
}
