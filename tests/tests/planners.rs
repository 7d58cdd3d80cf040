//! A plan by `auditor`: the same as an operator's, without a write, by a principal that has the policy of docs/ACCESS.md and no more.

use std::collections::BTreeSet;

use aws_smithy_async::rt::sleep::AsyncSleep;
use aws_types::SdkConfig;
use landfall::aws::policy::{Caller, Document, Policies, Request, evaluate};
use landfall::desired::desired;
use landfall::model::Organization;
use landfall::observe::{NotReady, observe, observe_as_auditor};
use landfall::plan::view::PlanView;
use landfall::plan::{Plan, PlanOptions, plan};
use landfall::session::Sessions;
use landfall::simulator::{CallRecord, Options, Principal, Simulator};
use landfall_tests::tamper::{self, Places};
use landfall_tests::{account_id, applied, clock, failures, planned, ran};
use serde_json::Value;

const EXAMPLES: [&str; 3] = [
    include_str!("../../examples/startup/landfall.toml"),
    include_str!("../../examples/ecommerce/landfall.toml"),
    include_str!("../../examples/enterprise/landfall.toml"),
];
const STARTUP: &str = EXAMPLES[0];
const PAGE: &str = include_str!("../../docs/ACCESS.md");
/// Policies of AWS's, word for word; the simulator's are abridged.
const AUDITORS: [&str; 2] =
    [include_str!("../policies/managed/SecurityAudit.json"), include_str!("../policies/managed/ViewOnlyAccess.json")];
const URL: &str = "https://token.actions.githubusercontent.com";

/// An organization with a planner: the role `plan` of the management account, made by hand as docs/ACCESS.md says.
struct World {
    simulator: Simulator,
    organization: Organization,
}

impl World {
    async fn new(manifest: &str) -> Self {
        let manifest = manifest.replacen("[access]\n", "[access]\nplanners = [\"account/management/role/plan\"]\n", 1);
        let world = Self {
            simulator: Simulator::new(Options::default().with_confirming("finance@acme.example"), clock()),
            organization: parsed(&manifest),
        };
        let iam = aws_sdk_iam::Client::new(&world.operator());
        let provider = iam.create_open_id_connect_provider().url(URL).client_id_list("sts.amazonaws.com");
        provider.send().await.expect("made");
        iam.create_role().role_name("plan").assume_role_policy_document(blocks()[1].to_string()).send().await.expect("made");
        let policy = iam.put_role_policy().role_name("plan").policy_name("plan").policy_document(blocks()[0].to_string());
        policy.send().await.expect("made");
        world
    }

    fn operator(&self) -> SdkConfig {
        self.simulator.sdk_config(self.organization.region.as_str())
    }

    fn planner(&self) -> SdkConfig {
        let planner = Principal::Session(Simulator::management_account(), "plan".to_owned(), "ci".to_owned());
        self.of(&planner)
    }

    fn of(&self, principal: &Principal) -> SdkConfig {
        let credentials = self.simulator.credentials_for(principal).expect("exists");
        self.simulator.sdk_config_with(self.organization.region.as_str(), credentials)
    }

    /// Plans as an operator does.
    async fn planned(&self) -> Plan {
        planned(&self.operator(), &self.organization).await.expect("observed").1
    }

    /// Plans as the planner does, and returns the calls that it took.
    async fn audited(&self) -> (Plan, Vec<CallRecord>) {
        let sessions = Sessions::open(&self.planner(), &self.organization.region).await.expect("a session");
        let wanted = desired(&self.organization);
        self.simulator.forget_calls();
        let observation = observe_as_auditor(&sessions, &self.organization, &wanted).await.expect("observed");
        let plan = plan(&self.organization, &wanted, &observation, &PlanOptions::default()).expect("not refused");
        (plan, self.simulator.calls())
    }

    /// Plans both ways: the plans are the same, and the planner's took no write and met no refusal.
    async fn compared(&self, when: &str) -> (PlanView, Vec<CallRecord>) {
        let (audited, calls) = self.audited().await;
        let mutating: Vec<&CallRecord> = calls.iter().filter(|call| call.mutating).collect();
        assert!(mutating.is_empty(), "{when}: {mutating:#?}");
        let refused: Vec<&CallRecord> =
            calls.iter().filter(|call| call.error.as_deref().is_some_and(|code| code.contains("Denied"))).collect();
        assert!(refused.is_empty(), "{when}: {refused:#?}");
        let (view, operator) = (audited.view(), self.planned().await);
        assert_eq!(view, operator.view(), "{when}");
        // What a planner saves is what an operator carries out.
        let effects = |plan: &Plan| plan.steps.iter().map(|step| step.change.effect()).collect::<Vec<_>>();
        assert_eq!(effects(&audited), effects(&operator), "{when}");
        (view, calls)
    }

    fn access(&self, plan: &Plan, key: &str) -> SdkConfig {
        let account = account_id(plan, key).parse().expect("an id");
        self.of(&Principal::Session(account, "OrganizationAccountAccessRole".to_owned(), "somebody".to_owned()))
    }
}

fn parsed(manifest: &str) -> Organization {
    let files = |path: &str| {
        std::fs::read_to_string(format!("{}/../examples/enterprise/{path}", env!("CARGO_MANIFEST_DIR"))).map_err(|error| error.to_string())
    };
    let source = landfall::manifest::Source { name: "landfall.toml".to_owned(), text: manifest.to_owned() };
    let parsed = landfall::manifest::parse(&source, &files);
    assert_eq!(parsed.diagnostics, []);
    parsed.organization.expect("no diagnostics")
}

/// Returns the documents of docs/ACCESS.md about a plan in CI: the policy, then the trust.
fn blocks() -> Vec<Value> {
    let section = PAGE.split("## A plan in CI").nth(1).expect("the section");
    let blocks = section.split("```json").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    blocks.map(|block| serde_json::from_str(block).expect("JSON")).collect()
}

/// Returns the calls by their names as actions in IAM (docs/PERMISSIONS.md).
fn actions<'a>(calls: impl IntoIterator<Item = &'a CallRecord>) -> BTreeSet<String> {
    let named = |call: &CallRecord| match (call.service.as_str(), call.operation.as_str()) {
        ("s3", "ListBuckets") => "s3:ListAllMyBuckets".to_owned(),
        ("s3", "GetBucketEncryption") => "s3:GetEncryptionConfiguration".to_owned(),
        ("s3", "GetBucketLifecycleConfiguration") => "s3:GetLifecycleConfiguration".to_owned(),
        ("s3", "GetPublicAccessBlock") => "s3:GetBucketPublicAccessBlock".to_owned(),
        ("budgets", "DescribeBudgets" | "DescribeBudgetNotificationsForAccount") => "budgets:ViewBudget".to_owned(),
        (service, operation) => format!("{service}:{operation}"),
    };
    calls.into_iter().map(named).collect()
}

/// The plans of each example: of nothing, of what is built, and after changes of another hand; the policy of docs/ACCESS.md is enough
/// for all of them, and has nothing that none of them uses.
#[tokio::test]
async fn the_planner_sees_what_an_operator_sees_and_writes_nothing() {
    let mut calls = Vec::new();
    for manifest in EXAMPLES {
        let world = World::new(manifest).await;
        let name = world.organization.name.to_string();
        let (empty, first) = world.compared(&format!("{name}, of nothing")).await;
        assert!(!empty.exists && !empty.steps.is_empty(), "{name}");
        calls.extend(first);

        let (_, events) = applied(&world.operator(), &world.organization).await.expect("observed");
        assert_eq!(failures(&events), [""; 0], "{name}");
        let (built, second) = world.compared(&format!("{name}, built")).await;
        assert!(built.steps.is_empty() && built.unreadable.is_empty() && built.not_ready.is_empty() && built.settled > 0, "{built:#?}");
        calls.extend(second);

        if manifest == STARTUP {
            let plan = world.planned().await;
            let places =
                Places { management: world.operator(), archive: world.access(&plan, "log-archive"), prod: world.access(&plan, "prod") };
            assert_eq!(tamper::everything(&places).await.len(), 17);
            // One of them keeps the planner out of prod; it is still a change when it lets the planner in again.
            let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
            let prod = aws_sdk_iam::Client::new(&places.prod);
            prod.update_assume_role_policy().role_name("auditor").policy_document(trust).send().await.expect("updated");
            let writes = aws_sdk_cloudtrail::types::EventSelector::builder()
                .read_write_type(aws_sdk_cloudtrail::types::ReadWriteType::WriteOnly)
                .include_management_events(true);
            let trails = aws_sdk_cloudtrail::Client::new(&world.operator());
            let put = trails.put_event_selectors().trail_name(format!("{name}-organization")).event_selectors(writes.build());
            put.send().await.expect("changed");
            let (changed, third) = world.compared(&format!("{name}, changed")).await;
            assert!(changed.steps.len() >= 8 && changed.unreadable.is_empty(), "{changed:#?}");
            calls.extend(third);
        }
    }

    let own = actions(calls.iter().filter(|call| call.caller.contains(":assumed-role/plan/")));
    let policy = &blocks()[0];
    for pattern in policy["Statement"].as_array().expect("statements").iter().flat_map(|statement| match &statement["Action"] {
        Value::Array(actions) => actions.clone(),
        one => vec![one.clone()],
    }) {
        let pattern = pattern.as_str().expect("text").to_owned();
        let prefix = pattern.strip_suffix('*');
        let used = own.iter().any(|action| prefix.map_or(*action == pattern, |prefix| action.starts_with(prefix)));
        assert!(used, "docs/ACCESS.md: no plan needs {pattern}; they need {own:?}");
    }
    let others: BTreeSet<&str> = calls.iter().map(|call| call.caller.split('/').nth(1).unwrap_or_default()).collect();
    assert_eq!(Vec::from_iter(others), ["auditor", "plan"], "no other role calls");

    // The simulator's policies are abridged; AWS's own have to allow the same.
    let documents = AUDITORS.map(|text| Document::parse(text).expect("AWS's own"));
    for action in actions(calls.iter().filter(|call| call.caller.contains(":assumed-role/auditor/"))) {
        let caller = Caller::role("arn:aws:iam::222200000002:role/landfall/auditor", "ci");
        let policies = Policies { identity: documents.iter().collect(), resource_account: "222200000002", ..Policies::default() };
        let verdict = evaluate(&Request::new(caller, action.as_str(), "*"), &policies);
        assert!(verdict.is_allowed(), "AWS's SecurityAudit and ViewOnlyAccess do not allow {action}");
    }
}

/// The trust of docs/ACCESS.md lets in the repository's pull requests, and no other job.
#[tokio::test]
async fn the_trust_of_the_page_lets_in_pull_requests_only() {
    let world = World::new(STARTUP).await;
    let sts = aws_sdk_sts::Client::new(&world.operator());
    let expires =
        world.simulator.clock().time_source().now().duration_since(std::time::SystemTime::UNIX_EPOCH).expect("after 1970").as_secs() + 300;
    for (subject, is_let_in) in [
        ("repo:acme/platform:pull_request", true),
        ("repo:acme@1234567/platform@7654321:pull_request", true),
        ("repo:acme/platform:ref:refs/heads/main", false),
        ("repo:acme/other:pull_request", false),
    ] {
        let answer = sts
            .assume_role_with_web_identity()
            .role_arn(format!("arn:aws:iam::{}:role/plan", Simulator::management_account()))
            .role_session_name("ci")
            .web_identity_token(landfall_tests::github::token(subject, expires))
            .send()
            .await;
        assert_eq!(answer.is_ok(), is_let_in, "{subject}: {answer:?}");
    }
}

/// An account that a killed run left without `auditor` is unreadable, however young it is: never built a second time.
#[tokio::test]
async fn an_account_without_the_role_is_unreadable_and_nothing_in_it_counts_as_absent() {
    let world = World::new(STARTUP).await;
    let mut options = PlanOptions::default();
    options.only = vec!["account/dev".to_owned()];
    let (_, report) =
        ran(&world.operator(), &world.organization, &options, &landfall::apply::Stop::default(), &mut |_| {}).await.expect("observed");
    assert_eq!(report.exit, 0);

    let (plan, calls) = world.audited().await;
    assert!(calls.iter().all(|call| !call.mutating));
    let of_dev = |plan: &Plan| plan.steps.iter().filter(|step| step.address.to_string().starts_with("dev/")).count();
    assert_eq!(of_dev(&plan), 0, "{:?}", plan.view().steps);
    // What is to be built elsewhere is planned as ever.
    assert!(plan.steps.iter().any(|step| step.address.to_string() == "account/prod"));
    let view = plan.view();
    assert_eq!(view.unreadable.len(), 1, "{:?}", view.unreadable);
    let (reason, hint) = (&view.unreadable[0].reason, &view.unreadable[0].hint);
    assert!(reason.contains("landfall/auditor in account") && reason.contains("AccessDenied"), "{reason}");
    assert!(hint.contains("`landfall apply` makes it") && hint.contains("access.planners"), "{hint}");
    assert!(!plan.is_clear());
}

/// What `auditor` may not read is unreadable by itself; the rest of the plan is as it is.
#[tokio::test]
async fn what_the_planner_may_not_read_is_unreadable_and_the_rest_is_planned() {
    let world = World::new(STARTUP).await;
    let (_, events) = applied(&world.operator(), &world.organization).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    let plan = world.planned().await;
    let dev = aws_sdk_iam::Client::new(&world.access(&plan, "dev"));
    for policy in ["SecurityAudit", "job-function/ViewOnlyAccess"] {
        let arn = format!("arn:aws:iam::aws:policy/{policy}");
        dev.detach_role_policy().role_name("auditor").policy_arn(arn).send().await.expect("detached");
    }
    // A young account would only be not ready.
    world.simulator.clock().sleep_impl().sleep(std::time::Duration::from_mins(16)).await;
    // And of one bucket one setting.
    let archive = aws_sdk_iam::Client::new(&world.access(&plan, "log-archive"));
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetBucketVersioning","Resource":"*"}]}"#;
    archive.put_role_policy().role_name("auditor").policy_name("deny").policy_document(deny).send().await.expect("put");

    let (plan, calls) = world.audited().await;
    assert!(calls.iter().all(|call| !call.mutating));
    let view = plan.view();
    let closed: Vec<(String, &str)> = view.unreadable.iter().map(|closed| (closed.scope.clone(), closed.reason.as_str())).collect();
    assert_eq!(closed.len(), 1, "{closed:?}");
    assert!(closed[0].0.contains("dev") && closed[0].1.contains("iam:GetAccountAuthorizationDetails"), "{closed:?}");
    assert!(view.unreadable[0].hint.contains("iam:"), "{:?}", view.unreadable[0].hint);
    let steps: Vec<String> = view.steps.iter().map(|step| step.address.to_string()).collect();
    assert!(steps.iter().all(|address| !address.starts_with("dev/") && !address.contains("/bucket/")), "{steps:?}");
    let blocked: Vec<String> = view.blocked.iter().map(|blocked| format!("{}: {}", blocked.address, blocked.reason)).collect();
    assert!(blocked.iter().any(|line| line.contains("/bucket/audit: ") && line.contains("s3:GetBucketVersioning")), "{blocked:?}");
}

/// A planner gets into `auditor` only: as an operator it sees nothing of any account, and writes nothing.
#[tokio::test]
async fn a_planner_gets_in_by_no_other_role() {
    let world = World::new(STARTUP).await;
    let (_, events) = applied(&world.operator(), &world.organization).await.expect("observed");
    assert_eq!(failures(&events), [""; 0]);
    let sessions = Sessions::open(&world.planner(), &world.organization.region).await.expect("a session");
    world.simulator.forget_calls();
    let wanted = desired(&world.organization);
    let survey = observe(&sessions, &world.organization, &wanted, NotReady::Report).await.expect("observed");
    assert!(survey.account_sessions.is_empty(), "{:?}", survey.account_sessions.keys());
    assert!(world.simulator.calls().iter().all(|call| !call.mutating || call.error.is_some()));
}
