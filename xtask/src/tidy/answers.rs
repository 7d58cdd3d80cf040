//! The rule that what AWS always says is required: an answer without an id is a refusal, and never an empty id.

use super::Violation;
use super::source::Source;

/// Where answers of AWS are read.
const KINDS: &str = "sdk/src/kind/";

/// Names of members without which nothing can be done with a thing.
const MEMBERS: [&str; 5] = ["id", "arn", "name", "email", "content"];

/// Checks a Rust file.
pub(super) fn rust(source: &Source) -> Vec<Violation> {
    if !source.path.starts_with(KINDS) {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for (at, token) in source.untested.iter().enumerate().filter(|(_, token)| token.is("unwrap_or_default")) {
        // `status.id().unwrap_or_default()` and `unit.id.unwrap_or_default()`.
        let before: Vec<&str> = source.untested[..at].iter().rev().take(4).map(|token| token.text.as_str()).collect();
        let ([".", ")", "(", member] | [".", member, ..]) = before[..] else { continue };
        let is_required =
            MEMBERS.iter().any(|known| member == *known || member.strip_suffix(known).is_some_and(|rest| rest.ends_with('_')));
        if is_required {
            let message = format!("`{member}` may not be empty: take it with `required(CALL, member, value)?`");
            violations.push(Violation { path: source.path.clone(), line: token.line, message });
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_never_empty_by_default() {
        let check = |path: &str, code: &str| rust(&Source::new(path, format!("//! A file.\nfn f() {{ {code} }}\n"))).len();
        let kind = "sdk/src/kind/ec2/vpc.rs";
        for code in [
            "a.id().unwrap_or_default();",
            "a.id.unwrap_or_default();",
            "a.target_id().unwrap_or_default();",
            "a.role_arn.unwrap_or_default();",
        ] {
            assert_eq!((check(kind, code), check("sdk/src/plan.rs", code)), (1, 0), "{code}");
        }
        for code in ["a.tags().unwrap_or_default();", "required(CALL, a.id())?;", "a.valid().unwrap_or_default();", "unwrap_or_default();"]
        {
            assert_eq!(check(kind, code), 0, "{code}");
        }
    }
}
