//! The principals of a trust policy, for display and comparison: whole accounts, principals by ARN, GitHub's repositories.
//!
//! Parses the parts of landfall's own trust policies; the fields of a change show anything else.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::id::AccountId;

/// A principal that a role trusts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trusted {
    /// Every principal of an account that its policies allow.
    Account(String),
    /// A principal, or a pattern of them.
    Arn(String),
    /// Workflows of a repository, `OWNER/REPO`.
    Github(String),
    /// Anyone.
    Anybody,
}

/// Returns all principals that a document admits; none for a document that is not JSON.
pub(super) fn trusted(document: &str) -> BTreeSet<Trusted> {
    allowing(document).iter().flat_map(of_statement).collect()
}

/// Returns the accounts that a document admits, as a whole or some of their principals.
pub(super) fn accounts(document: &str) -> BTreeSet<AccountId> {
    let of = |who: &Trusted| match who {
        Trusted::Account(account) => account.parse().ok(),
        Trusted::Arn(arn) => arn.split(':').nth(4)?.parse().ok(),
        Trusted::Github(_) | Trusted::Anybody => None,
    };
    trusted(document).iter().filter_map(of).collect()
}

/// Returns the statements of a document that allow.
pub(super) fn allowing(document: &str) -> Vec<Value> {
    let Ok(mut document) = serde_json::from_str::<Value>(document) else { return Vec::new() };
    let statements = match document.get_mut("Statement").map(Value::take) {
        Some(Value::Array(statements)) => statements,
        statement => statement.into_iter().collect(),
    };
    statements.into_iter().filter(|statement| statement["Effect"] == "Allow").collect()
}

/// Returns whether a document trusts an account as a whole.
pub(super) fn lets_in_all_of(document: &str, account: &str) -> bool {
    trusted(document).iter().any(|who| match who {
        Trusted::Account(trusted) => trusted == account,
        Trusted::Anybody => true,
        Trusted::Arn(_) | Trusted::Github(_) => false,
    })
}

fn of_statement(statement: &Value) -> Vec<Trusted> {
    let conditions = || statement["Condition"].as_object().into_iter().flatten().filter_map(|(_, keys)| keys.as_object()).flatten();
    let of_key = |ends: &str| {
        conditions().filter(|(key, _)| key.to_ascii_lowercase().ends_with(ends)).flat_map(|(_, value)| texts(value)).collect::<Vec<_>>()
    };
    let principal = &statement["Principal"];
    if principal == "*" {
        return vec![Trusted::Anybody];
    }
    let mut found = Vec::new();
    let narrowed = of_key("aws:principalarn");
    if narrowed.is_empty() {
        found.extend(texts(&principal["AWS"]).into_iter().map(whole));
    } else {
        found.extend(narrowed.into_iter().map(|arn| Trusted::Arn(arn.to_owned())));
    }
    if !principal["Federated"].is_null() {
        let repositories = of_key(":sub").into_iter().filter_map(|subject| subject.strip_prefix("repo:")?.split(':').next());
        found.extend(repositories.map(|repository| Trusted::Github(repository.to_owned())));
    }
    found
}

/// Parses an entry of `Principal`: an account by its id or its root's ARN, a principal by its ARN.
fn whole(principal: &str) -> Trusted {
    match principal.strip_suffix(":root").and_then(|arn| arn.split(':').nth(4)) {
        _ if principal == "*" => Trusted::Anybody,
        Some(account) => Trusted::Account(account.to_owned()),
        None if principal.starts_with("arn:") => Trusted::Arn(principal.to_owned()),
        None => Trusted::Account(principal.to_owned()),
    }
}

/// Returns a text, or each text of a list.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Returns the principals that `to` admits and `from` does not: principals of an account that was trusted as a whole are not new.
pub(super) fn newcomers(from: &str, to: &str) -> Vec<String> {
    let known = trusted(from);
    let is_known = |new: &Trusted| {
        known.contains(new)
            || known.contains(&Trusted::Anybody)
            || matches!(new, Trusted::Arn(arn) if arn.split(':').nth(4).is_some_and(|account| known.contains(&Trusted::Account(account.to_owned()))))
    };
    let new = trusted(to);
    // Repositories are shown like any other change; GitHub controls their workflows.
    let new = new.iter().filter(|who| !matches!(who, Trusted::Github(_)) && !is_known(who));
    let words: BTreeSet<String> = new.map(ToString::to_string).collect();
    words.into_iter().collect()
}

/// Returns whether a trust policy admits a caller, given as STS prints it. STS leaves out a role's path, so names are compared with the
/// part of a pattern after its last slash; `*` and `?` are wildcards as in IAM.
pub(super) fn admits(document: &str, caller: &str) -> bool {
    let account = caller.split(':').nth(4).unwrap_or_default();
    let of_role = caller.split_once(":assumed-role/").and_then(|(_, rest)| rest.split('/').next());
    trusted(document).iter().any(|who| match who {
        Trusted::Account(trusted) => trusted == account,
        Trusted::Anybody => true,
        Trusted::Github(_) => false,
        Trusted::Arn(arn) if arn.split(':').nth(4) != Some(account) => false,
        Trusted::Arn(arn) => match (of_role, arn.split_once(":role/")) {
            (Some(name), Some((_, pattern))) => {
                let pattern = pattern.rsplit('/').next().unwrap_or(pattern);
                crate::aws::policy::like(pattern, name)
            }
            (None, None) => crate::aws::policy::like(arn, caller),
            (Some(_), None) | (None, Some(_)) => false,
        },
    })
}

impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => write!(f, "every principal of {account}"),
            Self::Github(repository) => write!(f, "github {repository}"),
            Self::Anybody => f.write_str("anybody"),
            Self::Arn(arn) => match arn.split_once("AWSReservedSSO_") {
                // Identity Center's roles end in an underscore and 16 characters of its own.
                Some((_, name)) => write!(f, "sso:{}", name.rsplit_once('_').map_or(name, |(name, _)| name)),
                None => f.write_str(arn),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}}"#;

    fn narrowed(arns: &[&str]) -> String {
        let condition = serde_json::json!({"ArnLike": {"aws:PrincipalArn": arns}});
        ROOT.replace("\"Action\"", &format!("\"Condition\":{condition},\"Action\""))
    }

    #[test]
    fn new_principals() {
        let sso =
            |name: &str| format!("arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_{name}_????????????????");
        let (ops, admins) = (sso("Ops"), sso("Admins"));
        let other = "arn:aws:iam::222222222222:role/ci";
        for (from, to, expected) in [
            (narrowed(&[&ops]), narrowed(&[&ops]), &[][..]),
            (narrowed(&[&ops]), narrowed(&[&ops, &admins]), &["sso:Admins"]),
            (narrowed(&[&ops, &admins]), narrowed(&[&ops]), &[]),
            // Narrowing an account to some of its principals adds no one.
            (ROOT.to_owned(), narrowed(&[&admins]), &[]),
            (ROOT.to_owned(), narrowed(&[other]), &[other]),
            (narrowed(&[&ops]), ROOT.to_owned(), &["every principal of 111111111111"]),
            (narrowed(&[&ops]), ROOT.replace(r#"{"AWS":"arn:aws:iam::111111111111:root"}"#, r#""*""#), &["anybody"]),
            ("not JSON".to_owned(), narrowed(&[&ops]), &["sso:Ops"]),
        ] {
            assert_eq!(newcomers(&from, &to), expected, "{from} -> {to}");
        }
    }

    #[test]
    fn repositories_are_named_and_are_not_newcomers() {
        let github = r#"{"Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:x"},"Action":"sts:AssumeRoleWithWebIdentity",
            "Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":["repo:acme/shop:environment:dev"]}}}]}"#;
        assert_eq!(trusted(github), BTreeSet::from([Trusted::Github("acme/shop".to_owned())]));
        assert_eq!(newcomers(ROOT, github), [""; 0]);
    }

    #[test]
    fn the_accounts_that_a_trust_admits() {
        for (statement, expected) in [
            (r#"{"Principal":{"AWS":"111111111111"}}"#, &["111111111111"][..]),
            (
                r#"{"Principal":{"AWS":["arn:aws:iam::111111111111:root","arn:aws:iam::222222222222:role/x"]}}"#,
                &["111111111111", "222222222222"],
            ),
            (
                r#"{"Principal":{"AWS":"*"},"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:role/*"}}}"#,
                &["222222222222"],
            ),
            // The id of a deleted principal, everyone, and those who are of no account.
            (r#"{"Principal":{"AWS":"AROAEXAMPLEDELETED"}}"#, &[]),
            (r#"{"Principal":"*"}"#, &[]),
            (r#"{"Principal":{"Service":"ec2.amazonaws.com"}}"#, &[]),
            (r#"{"Principal":{"Federated":"arn:aws:iam::111111111111:saml-provider/okta"}}"#, &[]),
        ] {
            let document = format!(r#"{{"Statement":[{{"Effect":"Allow",{}]}}"#, &statement[1..]);
            let found = accounts(&document);
            assert_eq!(found.iter().map(AccountId::as_str).collect::<Vec<_>>(), expected, "{statement}");
            assert_eq!(accounts(&document.replace("Allow", "Deny")), BTreeSet::new(), "{statement}");
        }
    }
}
