//! How to call landfall again: hints are commands that can be copied, so they name the same manifest, AWS and scope.

use std::path::Path;

use clap::Parser;

use super::{Scope, quoted};
use crate::args::{self, Args};

/// How to call landfall again. What was given stays given, in the commands that take it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Again {
    /// `-f FILE`, unless it is the usual one.
    manifest: Vec<String>,
    /// The flags that say which AWS.
    aws: Vec<String>,
    /// What is planned: of `plan` and `apply`.
    scope: Scope,
    /// The hazards that are accepted: of `apply`.
    allow: Vec<String>,
}

impl Again {
    /// Returns how to make this call again.
    pub(super) fn of(global: &args::Global, command: &args::Command) -> Self {
        let mut aws = Vec::new();
        if let Some(profile) = &global.profile {
            aws.extend(["--profile".to_owned(), profile.clone()]);
        }
        match &global.sandbox {
            Some(None) => aws.push("--sandbox".to_owned()),
            Some(Some(file)) => aws.push(format!("--sandbox={}", file.to_string_lossy())),
            None => {}
        }
        if matches!((&global.sandbox, global.sandbox_preset), (Some(_), Some(args::SandboxPreset::Realistic))) {
            aws.extend(["--sandbox-preset".to_owned(), "realistic".to_owned()]);
        }
        if let (Some(_), Some(set)) = (&global.sandbox, &global.sandbox_as) {
            aws.extend(["--sandbox-as".to_owned(), format!("sso:{set}")]);
        }
        let (scope, allow) = match command {
            args::Command::Plan(plan) => (Scope::from(&plan.scope), Vec::new()),
            args::Command::Apply(apply) => {
                (Scope::from(&apply.scope), apply.allow.iter().map(|hazard| hazard.as_str().to_owned()).collect())
            }
            _ => (Scope::default(), Vec::new()),
        };
        Self { manifest: manifest_flag(&global.manifest), aws, scope, allow }
    }

    /// Returns a command line: a subcommand, this call's flags as far as it takes them, more arguments. What these say themselves
    /// takes the place of what was given; hazards are added to those that were.
    pub(crate) fn line(&self, command: &str, more: &str) -> String {
        let says = |flag: &str| more.split_whitespace().any(|word| word == flag);
        let (mut kept, mut more) = (String::new(), more.to_owned());
        if matches!(command, "plan" | "apply") {
            if self.scope.prune && !says("--prune") {
                kept.push_str(" --prune");
            }
            if !self.scope.only.is_empty() && !says("--only") {
                kept.push_str(&format!(" --only {}", words(&self.scope.only)));
            }
        }
        if command == "apply" && !self.allow.is_empty() {
            let new: Vec<String> = self.allow.iter().filter(|name| !says(name)).cloned().collect();
            match (more.contains("--allow "), new.is_empty()) {
                (true, true) => {}
                (true, false) => more = more.replacen("--allow ", &format!("--allow {} ", words(&new)), 1),
                (false, _) => kept.push_str(&format!(" --allow {}", words(&self.allow))),
            }
        }
        let same = words(&[self.manifest.as_slice(), &self.aws].concat());
        let space = if more.is_empty() { "" } else { " " };
        // A flag of several values would take a file for one of them.
        let (before, after) = if more.is_empty() || more.starts_with('-') { (kept.as_str(), "") } else { ("", kept.as_str()) };
        let gap = if same.is_empty() { "" } else { " " };
        format!("landfall {command}{gap}{same}{before}{space}{more}{after}")
    }

    /// Returns the arguments of the same `apply` again, for a recording.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut all = [self.manifest.as_slice(), &self.aws].concat();
        all.extend(self.scope.prune.then(|| "--prune".to_owned()));
        for (flag, values) in [("--only", &self.scope.only), ("--allow", &self.allow)] {
            if !values.is_empty() {
                all.push(flag.to_owned());
                all.extend_from_slice(values);
            }
        }
        all
    }

    /// Returns how to make the `apply` again that a recording says was made; none where this landfall has no such arguments.
    pub(crate) fn recorded(arguments: &[String]) -> Option<Self> {
        let line = ["landfall", "apply"].into_iter().chain(arguments.iter().map(String::as_str));
        let Args { global, command } = Args::try_parse_from(line).ok()?;
        Some(Self::of(&global, &command))
    }

    /// Returns how to call landfall on another manifest, on the same AWS.
    pub(crate) fn on(&self, manifest: &Path) -> Self {
        Self { manifest: manifest_flag(manifest), ..self.clone() }
    }

    /// Returns how to call landfall to plan this, as if it had been given.
    pub(crate) fn planning(&self, scope: &Scope) -> Self {
        Self { scope: scope.clone(), ..self.clone() }
    }

    /// Returns how to call landfall on all that the manifest says.
    pub(crate) fn on_everything(&self) -> Self {
        Self { scope: Scope::default(), allow: Vec::new(), ..self.clone() }
    }

    /// Returns how a sandbox's command lines go on, for tests.
    #[cfg(test)]
    pub(crate) fn sandbox() -> Self {
        Self { aws: vec!["--sandbox".to_owned()], ..Self::default() }
    }
}

fn words(all: &[String]) -> String {
    all.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

fn manifest_flag(manifest: &Path) -> Vec<String> {
    if manifest == Path::new("landfall.toml") { Vec::new() } else { vec!["-f".to_owned(), manifest.to_string_lossy().into_owned()] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::resolve;
    use crate::variables::Variables;

    fn again(line: &str) -> Again {
        let args = Args::try_parse_from(line.split(' ')).expect("valid arguments");
        resolve(args, Variables::default()).0.again
    }

    #[test]
    fn what_was_given_stays_given() {
        for (line, command, more, expected) in [
            ("plan", "apply", "--yes", "apply --yes"),
            ("--sandbox plan", "apply", "--yes", "apply --sandbox --yes"),
            ("plan -f my.toml --profile ada", "apply", "", "apply -f my.toml --profile ada"),
            ("plan --sandbox --prune", "apply", "--allow remove-role", "apply --sandbox --prune --allow remove-role"),
            ("plan --sandbox --prune", "plan", "--only dev", "plan --sandbox --prune --only dev"),
            ("plan --prune", "apply", "--prune", "apply --prune"),
            ("plan --prune --only dev prod", "plan", "-v", "plan --prune --only dev prod -v"),
            ("plan --only dev prod", "plan", "--only dev", "plan --only dev"),
            ("plan --prune", "status", "", "status"),
            ("apply --prune --yes", "apply", "", "apply --prune"),
            ("apply --allow remove-role", "apply", "", "apply --allow remove-role"),
            ("apply --allow remove-role", "apply", "--allow adopt-unit", "apply --allow remove-role adopt-unit"),
            ("apply --allow remove-role", "apply", "--allow remove-role --yes", "apply --allow remove-role --yes"),
            ("apply --allow remove-role", "plan", "", "plan"),
            ("apply p.json --allow remove-role", "apply", "p.json --yes", "apply p.json --yes --allow remove-role"),
        ] {
            assert_eq!(again(&format!("landfall {line}")).line(command, more), format!("landfall {expected}"), "{line}");
        }
        for line in ["apply -f my.toml --sandbox=p.box --prune --allow remove-role", "apply --profile ada --only dev prod", "apply"] {
            let again = again(&format!("landfall {line}"));
            assert_eq!(Again::recorded(&again.arguments()), Some(again), "{line}");
        }
        assert_eq!(Again::recorded(&["--later".to_owned()]), None);
        let file = Again::default().on(Path::new("my file.toml"));
        assert_eq!(file.line("apply", ""), "landfall apply -f 'my file.toml'");
    }
}
