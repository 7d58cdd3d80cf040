//! Checks a document for its use, as IAM, Organizations and the services do when it is written.
//!
//! Sizes are not checked; they count after [`minify`](super::minify).

use super::condition::{Condition, Test};
use super::document::{Actions, Document, Effect, Resources, Statement, inside};
use super::principal::Principal;
use super::{PolicyError, Quantifier};

/// The end of the ARN of GitHub's identity provider; IAM requires a condition on `sub` for it (docs/AWS.md 3.5).
const GITHUB_PROVIDER: &str = "oidc-provider/token.actions.githubusercontent.com";
const GITHUB_SUBJECT: &str = "token.actions.githubusercontent.com:sub";

impl Document {
    /// Checks the document as an identity policy, boundary or session policy.
    ///
    /// # Errors
    ///
    /// Fails if a statement has a principal or no resource, and on bad or repeated `Sid`s.
    pub fn check_identity(&self) -> Result<(), PolicyError> {
        self.each(|statement, place| {
            no_principal(statement, place)?;
            needs_resource(statement, place)
        })
    }

    /// Checks the document as the trust policy of a role.
    ///
    /// # Errors
    ///
    /// Fails if a statement has no principal, a resource, or actions of other services than STS, on bad or repeated `Sid`s, and if
    /// GitHub is trusted without a restriction to repositories.
    pub fn check_trust(&self) -> Result<(), PolicyError> {
        self.each(|statement, place| {
            needs_principal(statement, place)?;
            if statement.resources.is_some() {
                return Err(PolicyError::new(inside(place, "Resource"), "has no place in a trust policy"));
            }
            let is_sts = |action: &str| action.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("sts:"));
            let only_sts = match &statement.actions {
                Actions::Only(actions) => actions.iter().all(|action| is_sts(action.as_str())),
                Actions::Except(_) => false,
            };
            if !only_sts {
                return Err(PolicyError::new(inside(place, "Action"), "a trust policy may only specify STS AssumeRole actions"));
            }
            let trusts_github = statement
                .principals
                .iter()
                .flat_map(super::Principals::named)
                .any(|principal| matches!(principal, Principal::Federated(provider) if provider.ends_with(GITHUB_PROVIDER)));
            if trusts_github && statement.effect == Effect::Allow && !statement.conditions.iter().any(names_subjects) {
                return Err(PolicyError::new(
                    inside(place, "Condition"),
                    format!("GitHub's provider needs a condition on `{GITHUB_SUBJECT}` that is more than a wildcard"),
                ));
            }
            Ok(())
        })
    }

    /// Checks the document as a service control policy.
    ///
    /// # Errors
    ///
    /// Fails if a statement has a principal or no resource, if one that allows has another resource than `*`, and on bad or
    /// repeated `Sid`s.
    pub fn check_service_control(&self) -> Result<(), PolicyError> {
        self.each(|statement, place| {
            no_principal(statement, place)?;
            needs_resource(statement, place)?;
            let everywhere =
                matches!(&statement.resources, Some(Resources::Only(resources)) if resources.iter().all(super::Pattern::is_any));
            if statement.effect == Effect::Allow && !everywhere {
                return Err(PolicyError::new(inside(place, "Resource"), "must be `*` where a service control policy allows"));
            }
            Ok(())
        })
    }

    /// Checks the document as a resource policy, of a bucket or a key.
    ///
    /// # Errors
    ///
    /// Fails if a statement has no principal or no resource, and on bad or repeated `Sid`s.
    pub fn check_resource(&self) -> Result<(), PolicyError> {
        // Services differ in the characters of `Sid`s; S3 and KMS accept spaces, so only repetition is checked.
        self.sids_are_unique()?;
        self.each_statement(|statement, place| {
            needs_principal(statement, place)?;
            needs_resource(statement, place)
        })
    }

    pub(super) fn each(&self, check: impl Fn(&Statement, &str) -> Result<(), PolicyError>) -> Result<(), PolicyError> {
        self.sids_are_unique()?;
        self.each_statement(|statement, place| {
            match statement.sid.as_deref().filter(|sid| !sid.bytes().all(|b| b.is_ascii_alphanumeric())) {
                Some(sid) => Err(PolicyError::new(inside(place, "Sid"), format!("`{sid}` may have A-Z, a-z and 0-9 only"))),
                None => check(statement, place),
            }
        })
    }

    fn each_statement(&self, check: impl Fn(&Statement, &str) -> Result<(), PolicyError>) -> Result<(), PolicyError> {
        let mut statements = self.statements.iter().enumerate();
        statements.try_for_each(|(number, statement)| check(statement, &format!("Statement[{number}]")))
    }

    fn sids_are_unique(&self) -> Result<(), PolicyError> {
        let mut seen = std::collections::BTreeSet::new();
        match self.statements.iter().filter_map(|statement| statement.sid.as_deref()).find(|sid| !seen.insert(*sid)) {
            Some(sid) => Err(PolicyError::new("Statement", format!("the Sid `{sid}` appears twice"))),
            None => Ok(()),
        }
    }
}

fn no_principal(statement: &Statement, place: &str) -> Result<(), PolicyError> {
    match &statement.principals {
        Some(_) => Err(PolicyError::new(inside(place, "Principal"), "is for policies of resources and roles only")),
        None => Ok(()),
    }
}

fn needs_principal(statement: &Statement, place: &str) -> Result<(), PolicyError> {
    match &statement.principals {
        Some(_) => Ok(()),
        None => Err(PolicyError::new(place, "has neither Principal nor NotPrincipal")),
    }
}

fn needs_resource(statement: &Statement, place: &str) -> Result<(), PolicyError> {
    match &statement.resources {
        Some(_) => Ok(()),
        None => Err(PolicyError::new(place, "has neither Resource nor NotResource")),
    }
}

/// Whether a condition restricts the subjects of GitHub's tokens.
///
/// `ForAllValues:` and `IfExists` do not count: they match when the claim is missing.
fn names_subjects(condition: &Condition) -> bool {
    let operator = condition.operator;
    let compares_text = match operator.test {
        Test::Text | Test::TextIgnoreCase | Test::TextLike => !operator.negated,
        Test::Number(_) | Test::Date(_) | Test::Flag | Test::Binary | Test::Address | Test::Arn | Test::Absent => false,
    };
    compares_text
        && !operator.if_exists
        && operator.quantifier != Quantifier::AllValues
        && condition.key.eq_ignore_ascii_case(GITHUB_SUBJECT)
        && condition.values.iter().all(|value| value.chars().any(|c| c != '*' && c != '?'))
}
