//! Organization policies of every type that landfall writes, against ministack: it knows types that moto does not. A type is enabled, a
//! policy made, attached, changed, listed and read back.

use std::collections::BTreeSet;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::PolicyType;
use landfall::desired::desired;
use landfall::kind::Desired;
use landfall_tests::moto;

/// Any key will do.
const KEY: &str = "test";

#[tokio::test]
async fn every_type_of_policy() {
    let Ok(endpoint) = std::env::var("LANDFALL_CONFORMANCE_POLICIES") else {
        eprintln!("skipped: run `cargo xtask conformance`, which starts ministack");
        return;
    };
    let config = moto::config(&endpoint, "us-east-1", aws_credential_types::Credentials::new(KEY, KEY, None, None, "test"));
    let organizations = Client::new(&config);
    let roots = organizations.list_roots().send().await.expect("an organization");
    let root = roots.roots().first().and_then(|root| root.id()).expect("a root").to_owned();

    let mut types = BTreeSet::new();
    for manifest in landfall_examples::manifests().expect("the examples are there") {
        let organization = landfall_examples::read(&manifest).expect("readable").organization.expect("the example is valid");
        let example = organization.name.to_string();
        for wanted in desired(&organization).wanted {
            let Desired::Guardrail(guardrail) = wanted.thing else { continue };
            let of_type = PolicyType::from(guardrail.policy_type.aws());
            if types.insert(guardrail.policy_type.aws()) && of_type != PolicyType::ServiceControlPolicy {
                let enabled = organizations.enable_policy_type().root_id(&root).policy_type(of_type.clone()).send().await;
                enabled.unwrap_or_else(|error| panic!("{}: {error:?}", guardrail.policy_type.aws()));
            }
            let name = format!("{example}-{}", guardrail.name);
            let made = organizations.create_policy().name(&name).description(&guardrail.description);
            let made = made.r#type(of_type.clone()).content("{}").send().await.expect("made");
            let id = made.policy().and_then(|policy| policy.policy_summary()).and_then(|of| of.id()).expect("an id").to_owned();
            let content = guardrail.content.as_str();
            organizations.update_policy().policy_id(&id).content(content).send().await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            organizations.attach_policy().policy_id(&id).target_id(&root).send().await.expect("attached");
            let read = organizations.describe_policy().policy_id(&id).send().await.expect("read").policy;
            assert_eq!(read.as_ref().and_then(|policy| policy.content()), Some(content), "{name}");
            let listed = organizations.list_policies().filter(of_type).send().await.expect("listed");
            assert!(listed.policies().iter().any(|policy| policy.name() == Some(&name)), "{name}");
        }
    }
    eprintln!("  policies of {types:?}");
    let expected = ["BACKUP_POLICY", "DECLARATIVE_POLICY_EC2", "RESOURCE_CONTROL_POLICY", "S3_POLICY", "SERVICE_CONTROL_POLICY"];
    assert_eq!(types, BTreeSet::from(expected));
}
