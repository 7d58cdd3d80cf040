//! The caller who applies a plan, and must not be locked out by it.

use std::fmt;

use super::trusted;
use crate::kind::{Blocked, Text};

/// The caller's ARN as STS prints it; empty if the caller only reads.
///
/// It is not part of what a step does: a saved plan identifies a step by its text (`AnyChange::effect`), and any administrator may apply a
/// plan that a job or a colleague saved. So the text is the same for every caller.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller(pub(crate) Text);

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Caller")
    }
}

impl serde::Serialize for Caller {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl Caller {
    /// Refuses a trust policy that does not admit the caller; `trusts` lists whom it admits.
    pub(super) fn admitted(&self, trust: &Text, name: &str, trusts: &str) -> Result<(), Blocked> {
        let caller = self.0.as_str();
        // Not known yet without an organization; the first step creates one, and the caller is checked again then.
        if !self.0.is_known() || caller.is_empty() || trusted::admits(trust.as_str(), caller) {
            return Ok(());
        }
        Err(Blocked::new(
            format!("you are {caller}, and access.administrators does not name you: narrowing {name} would lock you out"),
            format!("run it as one of these ({trusts}), or add yourself to access.administrators"),
        ))
    }

    /// The same, but only if the present trust admits the caller: others are not locked out by the change.
    pub(super) fn stays_admitted(&self, from: &str, to: &Text, name: &str, trusts: &str) -> Result<(), Blocked> {
        if trusted::admits(from, self.0.as_str()) { self.admitted(to, name, trusts) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(set: &str) -> String {
        let arn = format!("arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{set}_????????????????");
        let who = serde_json::json!({"AWS": "arn:aws:iam::111111111111:root"});
        let statement = serde_json::json!({"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole",
            "Condition": {"ArnLike": {"aws:PrincipalArn": arn}}});
        serde_json::json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    }

    #[test]
    fn a_caller_is_not_locked_out_of_a_role_that_admits_them() {
        let admin = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admins_0123456789abcdef/ada";
        let reference = Text::fact(&crate::address::Address::organization("organization", "acme"), "caller");
        for (caller, from, to, expected) in [
            (Text::new(admin), "Admins", "Platform", false),
            (Text::new(admin), "Admins", "Admins", true),
            // A caller who uses another role loses nothing.
            (Text::new(admin), "Others", "Platform", true),
            // A caller who only reads, and one who is not known yet.
            (Text::new(""), "Admins", "Platform", true),
            (reference, "Admins", "Platform", true),
        ] {
            let answer = Caller(caller.clone()).stays_admitted(&trust(from), &Text::new(trust(to)), "provisioner", "sso:Platform");
            assert_eq!(answer.is_ok(), expected, "{caller}: {from} -> {to}: {answer:?}");
            if let Err(blocked) = answer {
                assert!(blocked.reason.ends_with("access.administrators does not name you: narrowing provisioner would lock you out"));
                assert!(blocked.hint.expect("a hint").starts_with("run it as one of these (sso:Platform)"));
            }
        }
    }
}
