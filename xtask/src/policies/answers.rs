//! The second evaluator's answers, held against ours and against the rows.

use serde_json::Value;

use crate::step::Failure;

/// Compares the answers; returns one line that says how many agree.
///
/// # Errors
///
/// Every answer that is wrong, that ours contradicts, or that could not be had.
pub(super) fn judge(probes: &Value, answers: &Value) -> Result<String, Failure> {
    let (Some(probes), Some(answers)) = (probes["probes"].as_array(), answers.as_array()) else {
        return Err(Failure("the second evaluator answered something else than it was asked".to_owned()));
    };
    if probes.is_empty() || probes.len() != answers.len() {
        return Err(Failure(format!("{} probes got {} answers", probes.len(), answers.len())));
    }
    let problems: Vec<String> = probes.iter().zip(answers).filter_map(|(probe, answer)| problem(probe, answer)).collect();
    if !problems.is_empty() {
        return Err(Failure(format!("{} of {} probes:\n{}", problems.len(), probes.len(), problems.join("\n"))));
    }
    let known = probes.iter().filter(|probe| !probe["known"].is_null()).count();
    Ok(format!("both evaluators agree on all {} probes; {known} of them are known to be answered wrongly", probes.len()))
}

fn problem(probe: &Value, answer: &Value) -> Option<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (right, ours, theirs) = (word(&probe["answer"]), word(&probe["ours"]), word(&answer["answer"]));
    let question = &probe["question"];
    let shown = format!(
        "  {} {}: {}: {} on {}: should be {right}, for {}",
        word(&probe["subject"]),
        word(&probe["place"]),
        word(&probe["by"]),
        word(&question["action"]),
        word(&question["resource"]),
        word(&probe["why"])
    );
    if let Some(error) = answer["error"].as_str() {
        return Some(format!("{shown}\n    the second evaluator cannot answer: {error}"));
    }
    // A key that the action does not have makes a row prove nothing.
    let written: Vec<String> = probe["written"].as_array().into_iter().flatten().map(|key| word(key).to_lowercase()).collect();
    let ignored = answer["ignored"].as_array().into_iter().flatten().map(word);
    let unknown: Vec<String> = ignored.filter(|key| written.contains(&key.to_lowercase())).collect();
    if !unknown.is_empty() {
        return Some(format!("{shown}\n    AWS has no {} for this action and resource", unknown.join(", ")));
    }
    let reasons = format!("    ours: {ours} {}\n    theirs: {theirs} {}", word(&probe["because"]), word(&answer["because"]));
    let expected = if probe["known"].is_null() { theirs == right } else { theirs != right };
    if ours != theirs {
        Some(format!("{shown}\n    the evaluators disagree\n{reasons}"))
    } else if !expected {
        Some(format!("{shown}\n{reasons}"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn probe(answer: &str, ours: &str, known: Option<&str>) -> Value {
        json!({"subject": "s", "place": "p", "by": "b", "why": "w", "because": "", "answer": answer, "ours": ours, "known": known,
            "written": ["aws:TagKeys"], "question": {"action": "a:B", "resource": "*"}})
    }

    #[test]
    fn only_what_is_right_and_agreed_on_passes() {
        let theirs = |answer: &str| json!({"answer": answer, "because": "", "ignored": ["other:Key"]});
        let check = |probe: Value, answer: Value| judge(&json!({"probes": [probe]}), &json!([answer]));
        assert!(check(probe("deny", "deny", None), theirs("deny")).is_ok());
        assert!(check(probe("deny", "allow", Some("docs/ACCESS.md")), theirs("allow")).is_ok());
        for (probe, answer, expected) in [
            (probe("deny", "deny", None), theirs("allow"), "disagree"),
            (probe("deny", "allow", None), theirs("allow"), "should be deny"),
            (probe("deny", "deny", Some("docs/ACCESS.md")), theirs("deny"), "should be deny"),
            (probe("deny", "deny", None), json!({"error": "invalid.action"}), "invalid.action"),
            (probe("deny", "deny", None), json!({"answer": "deny", "ignored": ["aws:tagkeys"]}), "AWS has no aws:tagkeys"),
        ] {
            let Err(Failure(message)) = check(probe, answer) else { panic!("this is wrong: {expected}") };
            assert!(message.contains(expected), "{message}");
        }
        assert!(judge(&json!({"probes": []}), &json!([])).is_err(), "nothing asked is nothing known");
    }
}
