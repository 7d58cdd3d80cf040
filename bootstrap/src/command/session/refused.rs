//! Why AWS refused a role, in the words of the command line: whom the manifest lets in, who asked, and where to change it.

use landfall::Role;
use landfall::desired::DesiredState;
use landfall::kind::Desired;
use landfall::kind::iam::role;
use landfall::model::Organization;
use landfall::ours::CONFIG_PREFIX;
use landfall::session::{AssumeError, Cause, Condition};

use super::SessionArgs;
use crate::caller;
use crate::failure::Failure;
use crate::settings::Settings;

/// What a manifest says, and what it asks for.
pub(super) type Manifest = (Organization, DesiredState);

/// Adds to a refusal what is known about it. `manifest` is where the role comes from, unless that is a file with an index; `caller` is the caller's ARN.
pub(super) fn explain(
    settings: &Settings,
    ask: &SessionArgs,
    manifest: Option<&Manifest>,
    error: &AssumeError,
    caller: &str,
    failure: Failure,
) -> Failure {
    let Some(cause) = error.cause() else { return failure.hinted(error.hint()) };
    let causes = match cause {
        Cause::OneOf(causes) => &causes[..],
        one => std::slice::from_ref(one),
    };
    if let Some((role, trusted)) = trusted(manifest, error)
        && causes.contains(&Cause::Trust)
        // Its ARNs are compared as IAM does; whose an account's key is, is not known here.
        && !role.lets_in(caller)
        && !lets_in(&trusted, caller)
    {
        let account = error.label.as_deref().unwrap_or(error.account.as_str());
        let who = caller::word(caller);
        let failure = failure.because(format!("`{}` in {account} lets in {}; you are {who}", error.role_name(), listed(&trusted)));
        return match place(settings, manifest, error.role_name(), &trusted) {
            Some(place) => failure.hinted(format!("change who may assume it in {place}")),
            None => failure,
        };
    }
    if let Some((_, trusted)) = trusted(manifest, error).filter(|(_, trusted)| lets_in(trusted, caller)) {
        let (role, apply) = (error.role_name(), settings.rerun.line("apply", ""));
        let failure = failure.because(format!("the manifest lets {} in, and AWS does not say why it refuses", listed(&trusted)));
        return failure.hinted(format!("if `{role}` is new in the manifest, or who may assume it has changed: {apply}"));
    }
    let words: Vec<String> = causes.iter().filter_map(|cause| word(cause, ask)).collect();
    match &words[..] {
        [] => failure,
        [only] => failure.hinted(only),
        // The likelier first; all of them would be a list of guesses.
        [first, second, ..] => {
            failure.because("AWS does not say why").hinted(format!("most likely {first}")).hinted(format!("or {second}"))
        }
    }
}

/// Returns what a cause means for who called landfall; `None` if this call rules it out.
fn word(cause: &Cause, ask: &SessionArgs) -> Option<String> {
    let text = match cause {
        Cause::Condition(Condition::Reason) if ask.reason.is_some() => return None,
        Cause::Condition(Condition::Reason) => "production asks for a reason on roles that write: `--reason 'release 42'`".to_owned(),
        Cause::Condition(Condition::Mfa) if ask.role == Role::BreakGlass.as_str() => {
            "`break-glass` asks for MFA: `--mfa SERIAL`".to_owned()
        }
        // Nothing else that landfall makes asks for these.
        Cause::Condition(Condition::Mfa | Condition::ExternalId | Condition::OtherExternalId) => return None,
        other => other.to_string(),
    };
    Some(text)
}

/// Returns whom the manifest lets assume a role; `None` if there is no manifest, or it does not have the role.
fn trusted<'a>(manifest: Option<&'a Manifest>, error: &AssumeError) -> Option<(&'a role::Desired, Vec<String>)> {
    let (_, desired) = manifest?;
    let (key, role) = (error.label.as_deref()?, error.role_name());
    desired.wanted.iter().find_map(|wanted| match &wanted.thing {
        Desired::IamRole(desired)
            if desired.name == role && wanted.address.scope().account().is_some_and(|account| account.as_str() == key) =>
        {
            Some((desired, desired.trusts.split(", ").map(str::to_owned).collect()))
        }
        _ => None,
    })
}

/// Returns whether one of the principals may be the caller: then it was something else.
fn lets_in(trusted: &[String], caller: &str) -> bool {
    let word = caller::word(caller);
    let role = caller.split_once(":assumed-role/").and_then(|(_, rest)| rest.split('/').next());
    trusted.iter().any(|who| match who.strip_prefix("account/").map(|named| named.split_once("/role/")) {
        // An account's key says nothing about the id in the caller's ARN, so that it may be the caller's; a role's name does.
        Some(Some((_, name))) => role == Some(name),
        Some(None) => true,
        None => who == "management" || who == caller || word.split('/').next() == Some(who),
    })
}

fn listed(words: &[String]) -> String {
    match words {
        [] => "no principal".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Returns where the manifest says who may assume a role: `landfall.toml:53, access.operators`.
fn place(settings: &Settings, manifest: Option<&Manifest>, role: &str, trusted: &[String]) -> Option<String> {
    let text = std::fs::read_to_string(&settings.manifest).ok()?;
    // Operators deploy up to staging: where none of them is let in, their line decides nothing.
    let of_operators = manifest.is_none_or(|(organization, _)| {
        let operators = &organization.access.operators;
        operators.is_empty() || operators.iter().any(|who| trusted.contains(&who.to_string()))
    });
    let app = role.strip_prefix(CONFIG_PREFIX);
    let keys: &[&str] = match role {
        "deployer" if !of_operators => &["pipelines", "github"],
        "deployer" => &["operators", "pipelines", "github"],
        _ if app.is_some() && !of_operators => &["pipelines"],
        _ if app.is_some() => &["operators", "pipelines"],
        "reader" => &["operators"],
        "auditor" => &["auditors", "planners"],
        "provisioner" => &["administrators"],
        "break-glass" => &["break_glass"],
        _ => &["trust"],
    };
    let section = if keys == ["trust"] { format!("roles.{role}") } else { "access".to_owned() };
    let lines: Vec<String> = keys
        .iter()
        .filter_map(|key| line(&text, &section, key).map(|line| format!("{}:{line}, {section}.{key}", settings.manifest.display())))
        .collect();
    if lines.is_empty() {
        Some(format!("[{section}] of {}: {}", settings.manifest.display(), keys.join(", ")))
    } else {
        Some(lines.join("; "))
    }
}

/// Returns the line of a key in a section of a manifest that is known to be good.
fn line(text: &str, section: &str, key: &str) -> Option<usize> {
    let mut inside = String::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            name.trim().clone_into(&mut inside);
        }
        let own = line.split('=').next().unwrap_or_default().trim();
        if line.contains('=') && ((inside == section && own == key) || (inside.is_empty() && own == format!("{section}.{key}"))) {
            return Some(index + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_key_is_found() {
        let text =
            "access.auditors = []\n[organization]\noperators = 1\n[access] # who\n operators = [\n\"sso:A\"]\n[roles.bot]\ntrust=[]\n";
        for (section, key, expected) in
            [("access", "operators", Some(5)), ("access", "auditors", Some(1)), ("roles.bot", "trust", Some(8)), ("access", "github", None)]
        {
            assert_eq!(line(text, section, key), expected, "{section}.{key}");
        }
    }

    #[test]
    fn a_caller_who_is_let_in_is_not_told_otherwise() {
        let admin = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/ada";
        let trusted = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        assert!(lets_in(&trusted(&["sso:Engineers", "sso:AdministratorAccess"]), admin));
        assert!(lets_in(&trusted(&["management"]), admin));
        assert!(!lets_in(&trusted(&["sso:Engineers", "account/tooling/role/ci", "account/management/role/plan"]), admin));
        assert!(lets_in(&trusted(&["account/tooling/role/ci"]), "arn:aws:sts::222222222222:assumed-role/ci/job"));
        assert!(lets_in(&trusted(&["account/tooling"]), admin), "it may be the caller's");
        assert!(!lets_in(&trusted(&["sso:Engineers", "github a/b environment:dev"]), admin));
        assert_eq!(listed(&trusted(&["a", "b", "c"])), "a, b and c");
    }
}
