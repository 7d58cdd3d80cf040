//! The linters' findings: those that are known not to matter, each with the reason; everything else is a failure.

use serde_json::Value;

use crate::step::Failure;

/// Findings that are expected. One that no longer comes is a failure as well: the list stays true.
struct Expected {
    by: &'static str,
    /// What the finding begins with.
    begins: &'static str,
    /// What it ends with.
    ends: &'static str,
    #[expect(dead_code, reason = "for those who read this table")]
    because: &'static str,
}

const EXPECTED: &[Expected] = &[
    Expected {
        by: "parliament",
        begins: "MISMATCHED_TYPE_BUT_USABLE: Type mismatch: String",
        ends: " requires a value of type String but given Arn",
        because: "ARNs of a boundary and a key are compared as text on purpose: one whole ARN, no wildcard",
    },
    Expected {
        by: "parliament",
        begins: "RESOURCE_STAR: ",
        ends: "",
        because: "a deployer's rights are cut by boundary and conditions, not by names; a key's policy speaks of that key only",
    },
    Expected {
        by: "parliament",
        begins: "UNKNOWN_PREFIX: Unknown prefix account-access",
        ends: "",
        because: "the account access manager is of 2026, and younger than the linter's table; the second evaluator knows it",
    },
    Expected {
        by: "policy_sentry",
        begins: "there is no action account-access:*",
        ends: "",
        because: "the account access manager is of 2026, and younger than the linter's table; the second evaluator knows it",
    },
    Expected {
        by: "policy_sentry",
        begins: "s3:",
        ends: " does not know aws:TagKeys",
        because: "no call of S3 that tags has the key; the audit bucket's tags are kept by ProtectAuditBucket, objects have none",
    },
];

/// Sorts the findings; returns one line that says how many there are.
///
/// # Errors
///
/// Every finding that is not expected, and every expectation that nothing meets.
pub(super) fn judge(findings: &Value) -> Result<String, Failure> {
    let Some(findings) = findings.as_array() else {
        return Err(Failure("the linters printed no list of findings".to_owned()));
    };
    let mut met = vec![0_usize; EXPECTED.len()];
    let mut problems = Vec::new();
    for finding in findings {
        match EXPECTED.iter().position(|expected| expected.covers(finding)) {
            Some(index) => met[index] += 1,
            None => problems.push(shown(finding)),
        }
    }
    for (expected, _) in EXPECTED.iter().zip(&met).filter(|(_, met)| **met == 0) {
        let Expected { by, begins, ends, .. } = expected;
        problems.push(format!("  {by} finds nothing like `{begins}…{ends}` any more; take it out of xtask/src/policies/findings.rs"));
    }
    problems.sort();
    problems.dedup();
    if problems.is_empty() {
        Ok(format!("{} findings, all of them expected", findings.len()))
    } else {
        Err(Failure(format!("{} findings of the linters:\n{}", problems.len(), problems.join("\n"))))
    }
}

/// Checks that the linters found the fault of every statement of a document that is made of faults.
///
/// # Errors
///
/// Every statement of which they found none.
pub(super) fn must_be_found(faulty: &Value, findings: &Value) -> Result<(), Failure> {
    let found = |sid: &Value| findings.as_array().into_iter().flatten().any(|finding| &finding["statement"] == sid);
    let statements = faulty["documents"]["faulty"]["document"]["Statement"].as_array().into_iter().flatten();
    let missed: Vec<String> = statements.map(|statement| &statement["Sid"]).filter(|sid| !found(sid)).map(Value::to_string).collect();
    if missed.is_empty() { Ok(()) } else { Err(Failure(format!("the linters no longer find the fault of {}", missed.join(", ")))) }
}

impl Expected {
    fn covers(&self, finding: &Value) -> bool {
        let text = finding["finding"].as_str().unwrap_or_default();
        finding["by"] == self.by && text.starts_with(self.begins) && text.ends_with(self.ends)
    }
}

fn shown(finding: &Value) -> String {
    let word = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    format!("  {}: {} {}: {}", word("by"), word("document"), word("statement"), word("finding"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_linter_that_is_silent_is_noticed() {
        let faulty = json!({"documents": {"faulty": {"document": {"Statement": [{"Sid": "A"}, {"Sid": "B"}]}}}});
        let finding = |sid: &str| json!({"by": "policy_sentry", "statement": sid, "finding": "x"});
        assert!(must_be_found(&faulty, &json!([finding("A"), finding("B")])).is_ok());
        let Err(Failure(message)) = must_be_found(&faulty, &json!([finding("A")])) else { panic!("B is missed") };
        assert!(message.ends_with("the fault of \"B\""), "{message}");
    }

    #[test]
    fn unexpected_and_missing_findings_are_failures() {
        let all: Vec<Value> = EXPECTED
            .iter()
            .map(|expected| json!({"by": expected.by, "document": "d", "statement": "S", "finding": format!("{}{}", expected.begins, expected.ends)}))
            .collect();
        assert!(judge(&json!(all)).is_ok());
        let Err(Failure(message)) = judge(&json!(all[1..])) else { panic!("one is missing") };
        assert!(message.contains("any more"), "{message}");
        let mut more = all.clone();
        more.push(json!({"by": "parliament", "document": "d", "statement": "S", "finding": "BAD"}));
        let Err(Failure(message)) = judge(&json!(more)) else { panic!("one is new") };
        assert_eq!(message, "1 findings of the linters:\n  parliament: d S: BAD");
    }
}
