//! What a change of a guardrail's document gives up or closes: Regions, backups, the internet of VPCs, accounts of others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::paired;
use crate::id::PolicyType;
use crate::kind::change::document_fields;
use crate::kind::{Field, Hazard, HazardName};

/// The end of a field's name for the Regions that a guardrail allows.
const ALLOWED_REGIONS: &str = "StringNotEquals aws:RequestedRegion";
/// The end of a field's name for what VPCs are cut off from.
const VPC_BLOCK_MODE: &str = "internet_gateway_block mode @@assign";
/// The end of a field's name for the days that a backup policy keeps backups.
const KEPT_FOR: &str = "lifecycle delete_after_days @@assign";

/// The beginning of the operators that spare accounts from a denial, and the key that names them, in lower case.
const SPARED: (&str, &str) = ("stringnotequals", "aws:principalaccount");

/// Returns the hazards of a change.
pub(super) fn of(from: &str, to: &str) -> Vec<Hazard> {
    let fields = document_fields("", from, to);
    let lost: Vec<&str> =
        fields.iter().filter(|field| field.name.ends_with(ALLOWED_REGIONS)).filter_map(|field| field.from.as_deref()).collect();
    let narrowed = (!lost.is_empty()).then(|| {
        let text = format!("{} is no longer allowed: what runs there can no longer be managed, nor removed", lost.join(", "));
        Hazard::new(HazardName::NarrowRegions, text)
    });
    let cut = cut_off(fields.clone());
    narrowed.into_iter().chain(trusted(from, to)).chain(cut).chain(shortened(fields)).collect()
}

/// Returns the hazards of a resource control policy that spares other accounts than before.
fn trusted(from: &str, to: &str) -> Vec<Hazard> {
    let (Ok(from), Ok(to)) = (serde_json::from_str::<Value>(from), serde_json::from_str::<Value>(to)) else { return Vec::new() };
    if PolicyType::of(&to) != Some(PolicyType::ResourceControl) {
        return Vec::new();
    }
    let (before, after) = (spared(&from), spared(&to));
    // A statement that is new or gone is more than a change of whom it spares.
    let change = |one: &[(String, BTreeSet<String>)], other: &[(String, BTreeSet<String>)]| -> Vec<String> {
        let pairs = one.iter().filter_map(|(sid, spared)| Some((spared, &other.iter().find(|(known, _)| known == sid)?.1)));
        let only: BTreeSet<String> = pairs.flat_map(|(spared, others)| spared.difference(others).cloned()).collect();
        only.into_iter().collect()
    };
    let (added, removed) = (change(&after, &before), change(&before, &after));
    let accounts = |ids: &[String]| format!("{} {}", if ids.len() == 1 { "account" } else { "accounts" }, ids.join(", "));
    let opened = (!added.is_empty()).then(|| {
        let text = format!("principals of {} are let in where a resource's own policy allows it", accounts(&added));
        Hazard::new(HazardName::GrantAccess, text)
    });
    let closed = (!removed.is_empty()).then(|| {
        let text = format!("principals of {} lose access, whatever a resource's own policy allows", accounts(&removed));
        Hazard::new(HazardName::CloseForeignAccess, text)
    });
    opened.into_iter().chain(closed).collect()
}

/// Returns the accounts that each statement spares, by its `Sid`; none where it has no such condition.
fn spared(document: &Value) -> Vec<(String, BTreeSet<String>)> {
    let list: Vec<&Value> = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        other => other.into_iter().collect(),
    };
    let conditions = |statement: &Value| -> BTreeSet<String> {
        let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
        let keys =
            operators.filter(|(operator, _)| operator.to_ascii_lowercase().starts_with(SPARED.0)).filter_map(|(_, keys)| keys.as_object());
        let values = keys.flatten().filter(|(key, _)| key.eq_ignore_ascii_case(SPARED.1)).map(|(_, value)| value);
        let texts = values.flat_map(|value| value.as_array().map_or_else(|| vec![value], |all| all.iter().collect()));
        texts.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    list.into_iter().filter_map(|statement| Some((statement.get("Sid")?.as_str()?.to_owned(), conditions(statement)))).collect()
}

/// Returns the hazard of a policy that cuts VPCs off from more than before.
fn cut_off(fields: Vec<Field>) -> Option<Hazard> {
    let mode = paired(fields).into_iter().find(|field| field.name.ends_with(VPC_BLOCK_MODE))?;
    let is_all = mode.to.as_deref().is_some_and(|mode| mode.contains("bidirectional"));
    is_all.then(|| {
        let text = "what NAT gateways send no longer reaches the internet, in every VPC of every account that has this policy";
        Hazard::new(HazardName::ClosePublicAccess, text)
    })
}

/// Returns the hazard of a backup policy that keeps backups for a shorter time, or no longer makes some of them.
fn shortened(fields: Vec<Field>) -> Option<Hazard> {
    let number = |side: &Option<String>| side.as_deref().and_then(|text| text.trim_matches('"').parse::<u64>().ok());
    let mut shorter = Vec::new();
    for field in paired(fields).into_iter().filter(|field| field.name.contains(" plans")) {
        match (number(&field.from), number(&field.to)) {
            (Some(from), Some(to)) if field.name.ends_with(KEPT_FOR) && to < from => {
                shorter.push(format!("new backups are kept for {to} days instead of {from}"));
            }
            (_, None) if field.from.is_some() && field.to.is_none() => shorter.push(format!("{} is given up", field.name.trim())),
            _ => {}
        }
    }
    (!shorter.is_empty()).then(|| Hazard::new(HazardName::ShortenRetention, shorter.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_that_is_no_longer_allowed_is_a_hazard() {
        let limited = |regions: &str| {
            format!(
                r#"{{"Statement":[{{"Sid":"L","Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{{"StringNotEquals":{{"aws:RequestedRegion":{regions}}}}}}}]}}"#
            )
        };
        let names =
            |from: &str, to: &str| -> Vec<HazardName> { of(&limited(from), &limited(to)).into_iter().map(|hazard| hazard.name).collect() };
        assert_eq!(names(r#"["eu-west-1","us-east-1"]"#, r#"["eu-west-1"]"#), [HazardName::NarrowRegions]);
        assert_eq!(names(r#"["eu-west-1"]"#, r#"["eu-west-1","us-east-1"]"#), []);
        assert_eq!(names(r#"["us-east-1"]"#, r#"["eu-west-1"]"#), [HazardName::NarrowRegions]);
    }

    #[test]
    fn backups_that_are_kept_for_a_shorter_time_are_a_hazard() {
        let policy = |rest: &str| format!(r#"{{"plans":{{"daily":{{"regions":{{"@@assign":["eu-west-1"]}}{rest}}}}}}}"#);
        let kept = |days: &str, more: &str| {
            policy(&format!(r#","rules":{{"daily":{{"lifecycle":{{"delete_after_days":{{"@@assign":"{days}"}}}}{more}}}}}"#))
        };
        let copied =
            |days: &str| format!(r#","copy_actions":{{"arn:aws:x":{{"lifecycle":{{"delete_after_days":{{"@@assign":"{days}"}}}}}}}}"#);
        let moved = |time: &str| format!(r#","schedule_expression":{{"@@assign":"cron(0 {time} ? * * *)"}}"#);
        for (from, to, texts) in [
            (kept("35", ""), kept("35", ""), vec![]),
            (kept("35", ""), kept("90", ""), vec![]),
            (kept("100", ""), kept("35", ""), vec!["new backups are kept for 35 days instead of 100"]),
            (kept("35", ""), kept("35", &copied("35")), vec![]),
            (kept("35", &copied("35")), kept("35", &copied("7")), vec!["new backups are kept for 7 days instead of 35"]),
            (kept("35", &moved("3")), kept("35", &moved("4")), vec![]),
        ] {
            let hazards = of(&from, &to);
            assert!(hazards.iter().all(|hazard| hazard.name == HazardName::ShortenRetention), "{hazards:?}");
            assert_eq!(hazards.iter().map(|hazard| hazard.text.as_str()).collect::<Vec<_>>(), texts, "{from} -> {to}");
        }
        // A copy that is no longer made, and a document that says nothing any more.
        for (from, to) in [(kept("35", &copied("35")), kept("35", "")), (kept("35", ""), policy(""))] {
            let hazards = of(&from, &to);
            assert!(hazards.len() == 1 && hazards[0].text.contains("is given up"), "{hazards:?}");
        }
    }

    #[test]
    fn cutting_vpcs_off_from_more_is_a_hazard() {
        let policy = |mode: &str| {
            format!(r#"{{"ec2_attributes":{{"vpc_block_public_access":{{"internet_gateway_block":{{"mode":{{"@@assign":"{mode}"}}}}}}}}}}"#)
        };
        let names =
            |from: &str, to: &str| -> Vec<HazardName> { of(&policy(from), &policy(to)).into_iter().map(|hazard| hazard.name).collect() };
        assert_eq!(names("block_ingress", "block_bidirectional"), [HazardName::ClosePublicAccess]);
        assert_eq!(names("off", "block_bidirectional"), [HazardName::ClosePublicAccess]);
        assert_eq!(names("block_bidirectional", "block_ingress"), []);
        assert_eq!(names("block_ingress", "block_ingress"), []);
    }

    #[test]
    fn accounts_of_others_that_are_let_in_or_no_longer_are_hazards() {
        let policy = |condition: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"DenyOutsiders","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{{"StringNotEqualsIfExists":{{"aws:PrincipalOrgID":"o-1"{condition}}}}}}}]}}"#
            )
        };
        let (none, one, two) = (
            policy(""),
            policy(r#","aws:PrincipalAccount":"888888888888""#),
            policy(r#","aws:PrincipalAccount":["888888888888","999999999999"]"#),
        );
        let shown = |from: &str, to: &str| -> Vec<String> {
            of(from, to).into_iter().map(|hazard| format!("{}: {}", hazard.name, hazard.text)).collect()
        };
        let opened = |accounts: &str| format!("grant-access: principals of {accounts} are let in where a resource's own policy allows it");
        let closed =
            |accounts: &str| format!("close-foreign-access: principals of {accounts} lose access, whatever a resource's own policy allows");
        assert_eq!(shown(&none, &one), [opened("account 888888888888")]);
        assert_eq!(shown(&none, &two), [opened("accounts 888888888888, 999999999999")]);
        assert_eq!(shown(&one, &two), [opened("account 999999999999")]);
        assert_eq!(shown(&two, &none), [closed("accounts 888888888888, 999999999999")]);
        let other = policy(r#","aws:PrincipalAccount":"999999999999""#);
        assert_eq!(shown(&one, &other), [opened("account 999999999999"), closed("account 888888888888")]);
        assert_eq!(shown(&two, &two), [""; 0]);
        // A statement that is renamed is not a change of whom it spares; a service control policy spares its own principals.
        assert_eq!(shown(&one, &none.replace("DenyOutsiders", "Other")), [""; 0]);
        let of_principals = |text: &str| text.replace(r#""Principal":"*","#, "");
        assert_eq!(shown(&of_principals(&none), &of_principals(&one)), [""; 0]);
    }
}
