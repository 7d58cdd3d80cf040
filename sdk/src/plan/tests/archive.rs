//! What guardrails may not deny in the log archive, and which accounts may be trusted.

use super::guarding::pruned;
use super::{MANIFEST, built, find, organization};
use crate::desired::desired;
use crate::kind::Observed;
use crate::manifest::{Source, parse};
use crate::plan::check::{Refused, Stopped};
use crate::plan::{Plan, PlanOptions, plan};

/// Plans a guardrail of one statement on a unit, in a world that is built but for it.
fn planned(unit: &str, statement: &str) -> Result<Plan, Refused> {
    let world = built(&desired(&organization(MANIFEST)));
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Lock","Effect":"Deny",{statement}}}]}}"#);
    let text = format!("{MANIFEST}\n[units.{unit}]\nguardrails = [\"./lock.json\"]\n");
    let parsed = parse(&Source { name: "m".to_owned(), text }, &|_| Ok(document.clone()));
    assert_eq!(parsed.diagnostics, [], "{document}");
    let organization = parsed.organization.expect("no diagnostics");
    plan(&organization, &desired(&organization), &world, &PlanOptions::default())
}

fn organization_id() -> String {
    let world = built(&desired(&organization(MANIFEST)));
    world.facts.find(&"organization/acme".parse().expect("valid"), "id").expect("built").to_owned()
}

const OF_ALL: &str = r#""Principal":"*","Resource":"*""#;
const OF_PRINCIPALS: &str = r#""Resource":"*""#;
const PROVISIONER: &str = "role/landfall/provisioner";
const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

/// Whom a statement is about, its action and condition, and who is denied what.
type Case<'a> = (&'a str, &'a str, String, Option<(&'a str, &'a str)>);

#[test]
fn a_guardrail_that_stops_the_log_archive_is_refused() {
    let own = organization_id();
    let people = r#"{"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#;
    let spared =
        r#"{"BoolIfExists":{"aws:PrincipalIsAWSService":"false"},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/landfall/*"}}"#;
    let outsiders = |more: &str| format!(r#"{{"StringNotEqualsIfExists":{{"aws:PrincipalOrgID":"{own}"}}{more}}}"#);
    let services = r#","BoolIfExists":{"aws:PrincipalIsAWSService":"false"}"#;
    let cases: [Case<'_>; 18] = [
        (OF_ALL, "s3:*", String::new(), Some((CLOUDTRAIL, "s3:GetBucketAcl"))),
        (OF_ALL, "s3:PutObject", String::new(), Some((CLOUDTRAIL, "s3:PutObject"))),
        (OF_ALL, "kms:*", String::new(), Some((CLOUDTRAIL, "kms:GenerateDataKey"))),
        // The mistake that is made most often: a service is of no organization.
        (OF_ALL, "s3:*", outsiders(""), Some((CLOUDTRAIL, "s3:GetBucketAcl"))),
        (OF_ALL, "s3:*", outsiders(services), None),
        (OF_ALL, "s3:*", r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#.to_owned(), Some((CLOUDTRAIL, "s3:GetBucketAcl"))),
        (OF_ALL, "s3:*", r#"{"StringNotEquals":{"aws:SourceOrgID":"o-other"}}"#.to_owned(), Some((CLOUDTRAIL, "s3:GetBucketAcl"))),
        (
            OF_ALL,
            "s3:*",
            format!(r#"{{"StringNotEquals":{{"aws:SourceOrgID":"{own}"}},"Bool":{{"aws:PrincipalIsAWSService":"true"}}}}"#),
            None,
        ),
        (OF_ALL, "s3:*", r#"{"Bool":{"aws:SecureTransport":"false"}}"#.to_owned(), None),
        (OF_ALL, "s3:PutBucketPolicy", people.to_owned(), Some((PROVISIONER, "s3:PutBucketPolicy"))),
        (OF_ALL, "kms:PutKeyPolicy", people.to_owned(), Some((PROVISIONER, "kms:PutKeyPolicy"))),
        (OF_ALL, "s3:*", spared.to_owned(), None),
        // Whom these spare is known on AWS only.
        (OF_ALL, "s3:*", r#"{"NumericLessThan":{"s3:TlsVersion":"1.2"}}"#.to_owned(), None),
        (OF_ALL, "s3:*", r#"{"StringNotEquals":{"aws:PrincipalTag/team":"audit"}}"#.to_owned(), None),
        (r#""Principal":"*","Resource":"arn:aws:s3:::others/*""#, "s3:*", String::new(), None),
        (OF_PRINCIPALS, "s3:*", String::new(), Some((PROVISIONER, "s3:GetBucketPolicy"))),
        (OF_PRINCIPALS, "s3:*", r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/landfall/*"}}"#.to_owned(), None),
        (OF_PRINCIPALS, "ec2:*", String::new(), None),
    ];
    for (of, action, condition, expected) in cases {
        let condition = if condition.is_empty() { condition } else { format!(r#","Condition":{condition}"#) };
        let statement = format!(r#"{of},"Action":"{action}"{condition}"#);
        let found = planned("Security", &statement);
        match (&found, expected) {
            (Ok(_), None) => {}
            (Err(refused @ Refused::LogArchive(stopped)), Some((by, denied))) => {
                let Stopped { guardrail, statement: sid, target, action, who, stops, .. } = &**stopped;
                assert_eq!((guardrail.as_str(), sid.as_str(), target.as_str()), ("lock", "Lock", "unit/Security"), "{statement}");
                assert_eq!((who.as_str(), action.as_str()), (by, denied), "{statement}");
                assert!(stops.contains(if by == CLOUDTRAIL { "trail would no longer be delivered" } else { "landfall could no longer" }));
                let line =
                    format!("statement Lock of guardrail lock, on unit/Security, denies {action} to {who} in account/log-archive: {stops}");
                assert_eq!(refused.to_string(), line);
                let hint = refused.hint();
                let condition = if by == CLOUDTRAIL { "aws:PrincipalIsAWSService" } else { "arn:aws:iam::*:role/landfall/provisioner" };
                assert!(hint.starts_with("attach it to other units, or spare ") && hint.contains(condition), "{hint}");
            }
            _ => panic!("{statement}: {:?}, not {expected:?}", found.err()),
        }
        // Elsewhere there is neither trail nor key of it.
        assert!(planned("Workloads", &statement).is_ok(), "{statement} on Workloads");
    }
}

/// A statement with a condition is judged where its keys are known: the organization of whoever enters is.
#[test]
fn a_guardrail_that_lets_no_one_of_the_organization_in_is_refused() {
    let own = organization_id();
    let entering = |organization: &str| {
        let condition = format!(r#""Condition":{{"StringNotEqualsIfExists":{{"aws:PrincipalOrgID":"{organization}"}}}}"#);
        planned("Workloads", &format!(r#"{OF_ALL},"Action":"sts:AssumeRole",{condition}"#))
    };
    assert!(entering(&own).is_ok());
    let refused = entering("o-other").expect_err("nobody of the organization may enter");
    let Refused::LockOut { guardrail, statement, .. } = &refused else { panic!("{refused}") };
    assert_eq!((guardrail.as_str(), statement.as_deref()), ("lock", Some("Lock")));
}

#[test]
fn an_account_of_the_organization_is_not_trusted_as_one_of_others() {
    let mut world = built(&desired(&organization(MANIFEST)));
    let Observed::Account(dev) = find(&mut world, "account/dev", "acme") else { panic!("an account") };
    let dev = dev.id_text().to_owned();
    let trusting = |id: &str| {
        let organization = organization(&format!("{MANIFEST}[security]\ntrusted_accounts = [\"{id}\"]\n"));
        plan(&organization, &desired(&organization), &world, &PlanOptions::default())
    };
    assert!(trusting("888888888888").is_ok());
    for (id, account) in [(dev.as_str(), "account/dev"), ("111111111111", "the management account")] {
        let refused = trusting(id).expect_err(id);
        assert!(refused.to_string().starts_with(&format!("security.trusted_accounts names {id}, which is {account} of this organization")));
        assert_eq!(
            (refused.key().as_deref(), refused.hint()),
            (Some("security.trusted_accounts"), format!("take {id} out of `trusted_accounts`"))
        );
    }
}

#[test]
fn a_change_of_the_trusted_accounts_is_a_hazard() {
    let with = |ids: &str| format!("{MANIFEST}[security]\ntrusted_accounts = [{ids}]\n");
    let asked = |from: &str, to: &str| -> Vec<String> {
        let plan = pruned(from, to, |_| {});
        plan.hazards(&[]).map(|(address, hazard)| format!("{address} {}: {}", hazard.name, hazard.text)).collect()
    };
    let of_both = |text: &str| ["data-perimeter", "s3-perimeter"].map(|name| format!("guardrail/{name} {text}"));
    let opened = "grant-access: principals of account 888888888888 are let in where a resource's own policy allows it";
    assert_eq!(asked(MANIFEST, &with("\"888888888888\"")), of_both(opened));
    let closed = "close-foreign-access: principals of account 999999999999 lose access, whatever a resource's own policy allows";
    assert_eq!(asked(&with("\"888888888888\", \"999999999999\""), &with("\"888888888888\"")), of_both(closed));
    assert_eq!(asked(&with("\"888888888888\""), &with("\"888888888888\"")), [""; 0]);
}

/// Names are unique for each type only: the policy that a file made before it became another type is in the way of its own address.
#[test]
fn a_file_that_became_a_policy_of_another_type_says_how_to_go_on() {
    let text = format!("{MANIFEST}[units.Workloads]\nguardrails = [\"./own.json\"]\n");
    let of = |document: &'static str| {
        let parsed = parse(&Source { name: "m".to_owned(), text: text.clone() }, &|_| Ok(document.to_owned()));
        parsed.organization.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
    };
    let before = of(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Action":"ec2:*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}}]}"#,
    );
    let after = of(r#"{"services":{"default":{"opt_out_policy":{"@@assign":"optOut"}}}}"#);
    let plan = plan(&after, &desired(&after), &built(&desired(&before)), &PlanOptions::default()).expect("not refused");
    let blocked = plan.blocked.iter().find(|blocked| blocked.address.to_string() == "guardrail/own").expect("blocked");
    let hint = blocked.blocked.hint.as_deref().unwrap_or_default();
    assert!(
        hint.starts_with(
            "it is a service control policy: if the file became a policy of another type, rename the file, and `--prune` removes the former one"
        ),
        "{hint}"
    );
}
