//! The principals of its own account that a role trusts: read from unmanaged roles, so the document may be anything.
//!
//! The result may have too many principals, never too few: other conditions than those on `aws:PrincipalArn`, and statements that deny, are
//! ignored.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::super::trusted::{allowing, texts};
use crate::aws::policy::like;

/// A principal of the role's own account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the principals of one's own account; services are separate")]
pub enum Local {
    /// Every principal of the account that its policies allow.
    Account,
    /// A role or user, or a pattern of them, as in an ARN: `role/builder`.
    Principal(String),
    /// An identity provider: `saml-provider/okta` as in an ARN, or the host of one that needs none.
    Provider(String),
}

/// Condition operators by which `aws:PrincipalArn` narrows a statement ("IAM JSON policy elements: Condition operators").
const NARROWING: &[&str] = &["ArnEquals", "ArnLike", "StringEquals", "StringEqualsIgnoreCase", "StringLike"];

/// Returns the principals of account `own` that a trust policy admits.
pub(super) fn locals(document: &str, own: &str) -> BTreeSet<Local> {
    allowing(document).iter().flat_map(|statement| of_statement(statement, own)).collect()
}

fn of_statement(statement: &Value, own: &str) -> BTreeSet<Local> {
    let principal = &statement["Principal"];
    let named = texts(&principal["AWS"]);
    // `NotPrincipal` admits all others.
    let is_open = principal == "*" || !statement["NotPrincipal"].is_null() || named.iter().any(|who| is_whole(who, own));
    let mut found: BTreeSet<Local> = named.iter().filter(|who| !is_whole(who, own)).filter_map(|arn| of_arn(arn, own)).collect();
    if is_open {
        match narrowed(statement) {
            Some(patterns) => found.extend(patterns.into_iter().filter_map(|arn| of_arn(arn, own))),
            None => drop(found.insert(Local::Account)),
        }
    }
    let providers = texts(&principal["Federated"]).into_iter();
    found.extend(providers.map(|provider| Local::Provider(provider.splitn(6, ':').nth(5).unwrap_or(provider).to_owned())));
    found
}

/// Returns whether an entry of `Principal` is the account as a whole, or everyone.
fn is_whole(principal: &str, own: &str) -> bool {
    principal == "*" || principal == own || principal.strip_suffix(":root").is_some_and(|arn| arn.split(':').nth(4) == Some(own))
}

/// Returns the principal of the account that an ARN, or a pattern of ARNs, names.
fn of_arn(arn: &str, own: &str) -> Option<Local> {
    let mut parts = arn.splitn(6, ':').skip(4);
    let Some(account) = parts.next() else {
        // A pattern that ends before the account may match anyone; the id of a deleted principal matches no one.
        return arn.contains('*').then_some(Local::Account);
    };
    if !like(account, own) {
        return None;
    }
    match parts.next() {
        None | Some("*" | "root") => Some(Local::Account),
        // A session has the name of its role, without the path.
        Some(resource) => Some(Local::Principal(match resource.strip_prefix("assumed-role/") {
            Some(session) => format!("role/{}", session.split('/').next().unwrap_or_default()),
            None => resource.to_owned(),
        })),
    }
}

/// Returns the ARNs to which a statement's condition narrows it, if it has one.
fn narrowed(statement: &Value) -> Option<Vec<&str>> {
    let conditions = statement["Condition"].as_object()?;
    let narrowing = conditions.iter().filter(|(operator, _)| NARROWING.contains(&operator.as_str()));
    let mut keys = narrowing.filter_map(|(_, keys)| keys.as_object()).flatten();
    keys.find(|(key, _)| key.eq_ignore_ascii_case("aws:PrincipalArn")).map(|(_, value)| texts(value))
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("its own account as a whole"),
            Self::Principal(resource) | Self::Provider(resource) => f.write_str(resource),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_principals_of_its_own_account_that_a_trust_admits() {
        let role = "arn:aws:iam::111111111111:role/builder";
        for (statement, expected) in [
            (r#"{"Principal":{"AWS":"ROLE"}}"#.replace("ROLE", role), &["role/builder"][..]),
            (
                r#"{"Principal":{"AWS":["arn:aws:iam::111111111111:user/ada","arn:aws:iam::222222222222:role/x"]}}"#.to_owned(),
                &["user/ada"],
            ),
            (r#"{"Principal":{"AWS":"arn:aws:sts::111111111111:assumed-role/builder/i-1"}}"#.to_owned(), &["role/builder"]),
            (r#"{"Principal":{"AWS":"AROAEXAMPLEDELETED"}}"#.to_owned(), &[]),
            (r#"{"Principal":{"AWS":"111111111111"}}"#.to_owned(), &["its own account as a whole"]),
            (r#"{"Principal":{"AWS":"arn:aws:iam::111111111111:root"}}"#.to_owned(), &["its own account as a whole"]),
            (r#"{"Principal":{"AWS":"arn:aws:iam::222222222222:root"}}"#.to_owned(), &[]),
            (r#"{"Principal":"*"}"#.to_owned(), &["its own account as a whole"]),
            (r#"{"NotPrincipal":{"AWS":"arn:aws:iam::222222222222:root"}}"#.to_owned(), &["its own account as a whole"]),
            (r#"{"Principal":"*","Condition":{"ArnLike":{"aws:principalarn":"ROLE"}}}"#.replace("ROLE", role), &["role/builder"]),
            (r#"{"Principal":"*","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/ci-*"}}}"#.to_owned(), &["role/ci-*"]),
            (r#"{"Principal":"*","Condition":{"StringLike":{"aws:PrincipalArn":"*"}}}"#.to_owned(), &["its own account as a whole"]),
            // A condition that excludes principals leaves no names.
            (
                r#"{"Principal":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"ROLE"}}}"#.replace("ROLE", role),
                &["its own account as a whole"],
            ),
            (
                r#"{"Principal":{"Federated":["arn:aws:iam::111111111111:saml-provider/okta","cognito-identity.amazonaws.com"]}}"#
                    .to_owned(),
                &["cognito-identity.amazonaws.com", "saml-provider/okta"],
            ),
            (r#"{"Principal":{"Service":"codebuild.amazonaws.com"}}"#.to_owned(), &[]),
        ] {
            let said = |effect: &str| {
                let document = format!(r#"{{"Statement":[{{"Effect":"{effect}",{}]}}"#, &statement[1..]);
                locals(&document, "111111111111").iter().map(ToString::to_string).collect::<Vec<_>>()
            };
            assert_eq!(said("Allow"), expected, "{statement}");
            assert_eq!(said("Deny"), [""; 0], "{statement}");
        }
        assert_eq!(locals("no JSON", "111111111111"), BTreeSet::new());
    }
}
