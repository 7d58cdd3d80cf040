//! Whether a bucket's policy is public, as S3 sees it.

use crate::aws::policy::{Condition, Document, Effect, Principal, Principals, Quantifier};

/// Condition keys that make a grant to everyone non-public if their value is fixed (S3 User Guide, "The meaning of public").
const NARROWING_KEYS: [&str; 11] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
];

/// Returns whether a statement allows everyone without a condition on a fixed value.
pub(super) fn is_public(document: &Document) -> bool {
    document.statements.iter().any(|statement| {
        let to_everybody = match &statement.principals {
            Some(Principals::Only(named)) => named.contains(&Principal::Anyone),
            Some(Principals::Except(_)) => true,
            None => false,
        };
        statement.effect == Effect::Allow && to_everybody && !statement.conditions.iter().any(narrows)
    })
}

fn narrows(condition: &Condition) -> bool {
    let operator = condition.operator;
    let is_fixed = |value: &String| !value.contains(['*', '?']) && !value.contains("${") && value != "0.0.0.0/0" && value != "::/0";
    NARROWING_KEYS.contains(&condition.key.to_ascii_lowercase().as_str())
        && !operator.negated
        && !operator.if_exists
        && operator.quantifier != Quantifier::AllValues
        && condition.values.iter().all(is_fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_condition_makes_a_grant_private() {
        let cases = [
            (r#""Principal":"*""#, true),
            (r#""Principal":{"AWS":"111111111111"}"#, false),
            (r#""Principal":{"Service":"logging.s3.amazonaws.com"}"#, false),
            (r#""Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, false),
            (r#""Principal":"*","Condition":{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#, true),
            (r#""Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#, true),
            (r#""Principal":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#, true),
        ];
        for (principal, public) in cases {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*",{principal}}}]}}"#
            );
            assert_eq!(is_public(&Document::parse(&text).expect("valid")), public, "{principal}");
        }
    }
}
