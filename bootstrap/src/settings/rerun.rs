//! How to call landfall again: hints are commands that can be copied, so they name the same manifest, AWS and scope.

use std::path::Path;

use landfall::kind::HazardName;

use super::{GlobalArgs, Reader, SandboxPreset, Scope, WayIn};

/// How to call landfall again. What was given stays given, in the commands that take it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rerun {
    /// `-f FILE`, unless it is the usual one.
    manifest: Vec<String>,
    /// The flags that say which AWS.
    aws: Vec<String>,
    /// The flags that say as whom.
    caller: Vec<String>,
    /// What is planned: of `plan` and `apply`.
    scope: Scope,
    /// The hazards that are accepted: of `apply`.
    allow: Vec<String>,
    /// How accounts are read: of `plan` and `status`.
    way_in: WayIn,
    /// Who may `apply`, where that is not who reads this.
    applier: Option<String>,
}

impl Rerun {
    /// Returns how to make a call with these options again.
    pub(crate) fn of(global: &GlobalArgs) -> Self {
        let (mut aws, mut caller) = (Vec::new(), Vec::new());
        if let Some(profile) = &global.profile {
            caller.extend(["--profile".to_owned(), profile.clone()]);
        }
        match &global.sandbox {
            Some(None) => aws.push("--sandbox".to_owned()),
            Some(Some(file)) => aws.push(format!("--sandbox={}", file.to_string_lossy())),
            None => {}
        }
        if matches!((&global.sandbox, global.sandbox_preset), (Some(_), Some(SandboxPreset::Realistic))) {
            aws.extend(["--sandbox-preset".to_owned(), "realistic".to_owned()]);
        }
        if let (Some(_), Some(set)) = (&global.sandbox, &global.sandbox_as) {
            caller.extend(["--sandbox-as".to_owned(), format!("sso:{set}")]);
        }
        Self { manifest: manifest_flag(&global.manifest), aws, caller, ..Self::default() }
    }

    /// Returns how to call landfall again with accounts read in this way.
    pub(crate) fn reading(self, way_in: WayIn) -> Self {
        Self { way_in, ..self }.read_by(None)
    }

    /// Returns how to call landfall again with these hazards allowed.
    pub(crate) fn allowing(self, hazards: &[HazardName]) -> Self {
        Self { allow: hazards.iter().map(|hazard| hazard.as_str().to_owned()).collect(), ..self }
    }

    /// Returns how to call landfall again for a reader who may not `apply`: `applier` may.
    pub(crate) fn read_by(self, applier: Option<String>) -> Self {
        // The auditor's role applies nothing, for anyone who assumed it.
        let auditor = self.is_by_auditor().then(|| "an administrator".to_owned());
        Self { applier: applier.or(auditor), ..self }
    }

    /// Returns whether the accounts are read by `auditor`.
    pub(crate) fn is_by_auditor(&self) -> bool {
        self.way_in.reader == Some(Reader::Auditor)
    }

    /// Returns a command line, and who may type it where that is not who reads it.
    pub(crate) fn line(&self, command: &str, more: &str) -> String {
        self.said("", command, more)
    }

    /// Returns the same in backticks, for a sentence.
    pub(crate) fn ticked(&self, command: &str, more: &str) -> String {
        self.said("`", command, more)
    }

    fn said(&self, tick: &str, command: &str, more: &str) -> String {
        match &self.applier {
            // As themselves, not as who reads this.
            Some(applier) if command == "apply" => format!("{tick}{}{tick} (run by {applier})", self.typed(&[], command, more)),
            _ => format!("{tick}{}{tick}", self.typed(&self.caller, command, more)),
        }
    }

    /// Returns a command line: a subcommand, this call's flags as far as it takes them, more arguments. What these say themselves
    /// takes the place of what was given; hazards are added to those that were.
    fn typed(&self, caller: &[String], command: &str, more: &str) -> String {
        let says = |flag: &str| more.split_whitespace().any(|word| word == flag);
        let (mut kept, mut more) = (String::new(), more.to_owned());
        if matches!(command, "plan" | "status") && self.is_by_auditor() && !says("--as") {
            kept.push_str(" --as auditor");
        }
        if matches!(command, "plan" | "apply") {
            if self.scope.prune && !says("--prune") {
                kept.push_str(" --prune");
            }
            if self.scope.deep && !says("--deep") {
                kept.push_str(" --deep");
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
        let same = words(&[self.manifest.as_slice(), &self.aws, caller].concat());
        let space = if more.is_empty() { "" } else { " " };
        // A flag of several values would take a file for one of them.
        let (before, after) = if more.is_empty() || more.starts_with('-') { (kept.as_str(), "") } else { ("", kept.as_str()) };
        let gap = if same.is_empty() { "" } else { " " };
        format!("landfall {command}{gap}{same}{before}{space}{more}{after}")
    }

    /// Returns the arguments of the same `apply` again, for a recording.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut all = [self.manifest.as_slice(), &self.aws, &self.caller].concat();
        all.extend(self.scope.prune.then(|| "--prune".to_owned()));
        all.extend(self.scope.deep.then(|| "--deep".to_owned()));
        for (flag, values) in [("--only", &self.scope.only), ("--allow", &self.allow)] {
            if !values.is_empty() {
                all.push(flag.to_owned());
                all.extend_from_slice(values);
            }
        }
        all
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

/// Returns a word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@+,".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
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
    use crate::cli::Cli;

    fn again(line: &str) -> Rerun {
        Cli::try_read(line.split(' ')).expect("valid arguments").rerun()
    }

    #[test]
    fn what_was_given_stays_given() {
        for (line, command, more, expected) in [
            ("plan", "apply", "--yes", "apply --yes"),
            ("--sandbox plan", "apply", "--yes", "apply --sandbox --yes"),
            ("plan -f my.toml --profile ada", "apply", "", "apply -f my.toml --profile ada"),
            ("plan --sandbox --prune", "apply", "--allow remove-role", "apply --sandbox --prune --allow remove-role"),
            ("plan --sandbox --prune", "plan", "--only dev", "plan --sandbox --prune --only dev"),
            ("plan --deep", "apply", "", "apply --deep"),
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
            ("plan --as auditor --prune", "plan", "--only dev", "plan --as auditor --prune --only dev"),
            ("plan --as auditor", "status", "", "status --as auditor"),
            ("status --as auditor --sandbox", "plan", "", "plan --sandbox --as auditor"),
            ("status --as auditor", "exec", "dev --role auditor", "exec dev --role auditor"),
            ("status --as auditor", "apply", "--prune", "apply --prune (run by an administrator)"),
            ("status --as auditor --profile plan", "apply", "", "apply (run by an administrator)"),
            ("status --as auditor --profile plan", "plan", "", "plan --profile plan --as auditor"),
            ("plan --as auditor --sandbox --sandbox-as sso:Plan", "apply", "", "apply --sandbox (run by an administrator)"),
            ("plan --sandbox --sandbox-as sso:Ops", "apply", "", "apply --sandbox --sandbox-as sso:Ops"),
            ("plan --as auditor --prune", "apply", "p.json", "apply p.json --prune (run by an administrator)"),
        ] {
            assert_eq!(again(&format!("landfall {line}")).line(command, more), format!("landfall {expected}"), "{line}");
        }
        let reader = again("landfall plan").read_by(Some("sso:Admins".to_owned()));
        assert_eq!(reader.ticked("apply", "--prune"), "`landfall apply --prune` (run by sso:Admins)");
        assert_eq!(reader.ticked("plan", ""), "`landfall plan`");
        let file = Rerun::default().on(Path::new("my file.toml"));
        assert_eq!(file.line("apply", ""), "landfall apply -f 'my file.toml'");
    }
}
