//! `[delivery]`: the buckets for Terraform's state, made, found again, and left where they are.

use landfall::apply::{Stop, apply};
use landfall::desired::desired;
use landfall::environments::Index;
use landfall::kind::Observed;
use landfall::observe::{NotReady, observe};
use landfall::plan::{PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{Options, Simulator};
use landfall_tests::{clock, organization, small};

const ACCESS: &str = "[access]\noperators = [\"sso:Engineers\"]\n";
const DELIVERY: &str = "[delivery]\nterraform = true\n";

/// What a run does and leaves: the steps' addresses, the names of the buckets in the index, and every bucket that was read.
async fn run(simulator: &Simulator, text: &str, options: &PlanOptions) -> (Vec<String>, Vec<String>, usize) {
    let organization = organization(text);
    let wanted = desired(&organization);
    let sessions = Sessions::open(&simulator.sdk_config("eu-west-1"), &organization.region).await.expect("the caller is known");
    let survey = observe(&sessions, &organization, &wanted, NotReady::Wait).await.expect("readable");
    let plan = plan(&organization, &wanted, &survey.observation, options).expect("plannable");
    let steps = plan.view().steps.iter().map(|step| step.address.to_string()).collect();
    let report = apply(&plan, &sessions, survey.account_sessions, &Stop::default(), &mut |_| ()).await;
    assert_eq!((report.failed, report.skipped), (0, 0));
    let survey = observe(&sessions, &organization, &wanted, NotReady::Wait).await.expect("readable");
    let index = Index::of(&organization, &wanted, &survey.observation);
    let again = Index::from_json(&serde_json::to_string(&index).expect("JSON")).expect("an index");
    assert_eq!(index, again);
    let accounts = index.environments.iter().flat_map(|environment| &environment.accounts).chain(&index.accounts);
    let named = accounts.filter_map(|account| account.terraform_bucket.clone()).collect();
    let read = survey.observation.by_scope().into_values().flatten().filter(|thing| matches!(thing, Observed::Bucket(_))).count();
    (steps, named, read)
}

/// Only operators deploy here, and not to production: `dev` has the bucket, `prod` and the log archive have none.
#[tokio::test]
async fn a_bucket_is_made_where_deployer_is_and_never_removed() {
    let simulator = Simulator::new(Options::default(), clock());
    let (with, without) = (small(&format!("{ACCESS}{DELIVERY}")), small(ACCESS));
    let mut pruning = PlanOptions::default();
    pruning.prune = true;
    let bucket = "dev/eu-west-1/bucket/terraform";

    let (steps, named, read) = run(&simulator, &without, &PlanOptions::default()).await;
    assert!(!steps.iter().any(|step| step == bucket), "{steps:?}");
    assert_eq!((named, read), (Vec::new(), 2), "the audit bucket and its access logs");

    let (steps, named, read) = run(&simulator, &with, &PlanOptions::default()).await;
    assert_eq!(steps, [bucket]);
    let name = named.first().expect("one has it").clone();
    assert!(name.starts_with("acme-terraform-") && name.ends_with("-eu-west-1"), "{name}");
    assert_eq!((named.len(), read), (1, 3));

    let (steps, ..) = run(&simulator, &with, &PlanOptions::default()).await;
    assert_eq!(steps, [""; 0], "it is as it should be");
    let (steps, named, read) = run(&simulator, &without, &pruning).await;
    assert_eq!((steps, named, read), (Vec::new(), Vec::new(), 2), "it is neither read nor removed");
    let (steps, named, _) = run(&simulator, &with, &PlanOptions::default()).await;
    assert_eq!((steps, named), (Vec::new(), vec![name]), "it is still there");
}
