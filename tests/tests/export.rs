//! What Terraform takes over: in each example, built, every thing that landfall wants has one import block, or a reason why not.

use std::collections::{BTreeMap, BTreeSet};

use landfall::apply::{Stop, apply};
use landfall::desired::desired;
use landfall::observe::{NotReady, observe};
use landfall::plan::{PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Options, Simulator};
use landfall::terraform::imports;
use landfall_tests::clock;

/// The kinds that Terraform does not take over, or not always, and why.
const LEFT: [(&str, &str); 5] = [
    ("default-vpc", "there is none, which is no resource of Terraform's"),
    ("log-retention", "aws_cloudwatch_log_account_policy has no policy_type RETENTION_POLICY"),
    ("policy-type", "it is part of aws_organizations_organization: enabled_policy_types"),
    ("subscription", "it has no ARN until its owner has confirmed it"),
    ("trusted-access", "it is part of aws_organizations_organization: aws_service_access_principals"),
];

#[tokio::test]
async fn everything_has_one_import_block_or_a_reason() {
    let mut seen = BTreeSet::new();
    for manifest in landfall_examples::manifests().expect("readable") {
        let parsed = landfall_examples::read(&manifest).expect("readable");
        let organization = parsed.organization.expect("the examples are valid");
        let wanted = desired(&organization);
        let simulator = Simulator::new(Options::default(), clock());
        let config = simulator.sdk_config(organization.region.as_str());
        let sessions = Sessions::open(&config, &organization.region).await.expect("the caller is known");
        let survey = observe(&sessions, &organization, &wanted, NotReady::Wait).await.expect("readable");
        let before = imports(&organization, &wanted, &survey.observation);
        assert_eq!((before.imported.len(), before.left.len()), (0, 0), "nothing is there yet");
        let plan = plan(&organization, &wanted, &survey.observation, &PlanOptions::default()).expect("plannable");
        let report = apply(&plan, &sessions, survey.account_sessions, &Stop::default(), &mut |_| ()).await;
        assert_eq!(report.failed, 0);
        let survey = observe(&sessions, &organization, &wanted, NotReady::Wait).await.expect("readable");
        let exported = imports(&organization, &wanted, &survey.observation);

        // All that is wanted exists, and nothing else is landfall's: once each.
        let mut count: BTreeMap<String, usize> = wanted.wanted.iter().map(|wanted| (wanted.address.to_string(), 0)).collect();
        let addresses = exported.imported.iter().map(|one| &one.address).chain(exported.left.iter().map(|one| &one.address));
        for address in addresses {
            *count.get_mut(&address.to_string()).unwrap_or_else(|| panic!("{address} is not wanted")) += 1;
        }
        let wrong: Vec<_> = count.iter().filter(|(_, count)| **count != 1).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", manifest.display());

        let ids: BTreeSet<_> = exported.imported.iter().map(|one| (&one.account, one.resource, &one.id)).collect();
        assert_eq!(ids.len(), exported.imported.len(), "no two blocks are about one thing");
        for left in &exported.left {
            let found = LEFT.iter().find(|(kind, _)| *kind == left.address.kind());
            let (kind, reason) = found.unwrap_or_else(|| panic!("{}: {}", left.address, left.reason));
            assert_eq!(left.reason, *reason, "{}", left.address);
            seen.insert(*kind);
        }
        let elsewhere = exported.imported.iter().filter(|one| one.id.contains('@') && one.resource != "aws_sns_topic_subscription");
        for one in elsewhere {
            let region = one.address.scope().region().expect("it is in a Region").as_str();
            assert!(region != organization.region.as_str() && one.id.ends_with(&format!("@{region}")), "{}: {}", one.address, one.id);
        }
    }
    assert_eq!(seen, LEFT.iter().map(|(kind, _)| *kind).collect(), "a reason that no example has");
}
