//! Topics, subscribers and budgets through their life: who has not confirmed, what other hands change, what leaves the manifest.

use std::time::Duration;

use aws_smithy_async::rt::sleep::AsyncSleep;
use aws_types::SdkConfig;
use landfall::event::Outcome;
use landfall::plan::Plan;
use landfall::plan::view::PlanView;
use landfall::simulator::{Fault, Options, Principal, Simulator, Trouble, ask, ask_json};
use landfall_tests::{applied, clock, failures, organization, overheard, planned, pruned, small};
use serde_json::{Value, json};

const MONEY: &str = "[monitoring]\nmoney = [\"finance@acme.example\"]\n[budgets]\nprod = 100\norganization = 500\n";
const MANAGEMENT: &str = "111111111111";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111111111111:landfall-money";

/// An organization, and what other hands do in it.
struct Stage(Simulator);

impl Stage {
    /// Builds the organization with these sections; `finance@acme.example` confirms at once.
    async fn built(more: &str) -> Self {
        let stage = Self(Simulator::new(Options::default().with_confirming("finance@acme.example"), clock()));
        stage.apply(more).await;
        stage
    }

    fn management(&self) -> SdkConfig {
        self.0.sdk_config("eu-west-1")
    }

    async fn plan(&self, more: &str) -> Plan {
        planned(&self.management(), &organization(&small(more))).await.expect("observed").1
    }

    /// Returns the steps of a plan, each with its fields.
    async fn shown(&self, more: &str) -> Vec<String> {
        steps(&self.plan(more).await.view())
    }

    async fn apply(&self, more: &str) -> usize {
        let before = self.0.calls().len();
        let (report, events) = applied(&self.management(), &organization(&small(more))).await.expect("observed");
        assert_eq!(report.outcome, Outcome::Done, "{events:?}");
        self.0.calls()[before..].iter().filter(|call| call.mutating).count()
    }

    async fn sns(&self, operation: &'static str, pairs: &[(&str, &str)]) -> landfall::simulator::Answer {
        ask(&self.management(), "sns", operation, pairs).await.expect("not refused")
    }

    async fn budgets(&self, operation: &'static str, mut parameters: Value) -> Value {
        parameters["AccountId"] = MANAGEMENT.into();
        ask_json(&self.management(), "budgets", operation, &parameters).await.expect("not refused")
    }

    async fn subscribed(&self) -> Vec<String> {
        let listed = self.sns("ListSubscriptionsByTopic", &[("TopicArn", TOPIC)]).await;
        listed.texts("ListSubscriptionsByTopicResult/Subscriptions/member/Endpoint")
    }

    /// A plan shows exactly this, an apply repairs it, and the next apply writes nothing.
    async fn repairs(&self, expected: &[&str]) {
        assert_eq!(self.shown(MONEY).await, expected);
        self.apply(MONEY).await;
        assert_eq!(self.shown(MONEY).await, [""; 0]);
        assert_eq!(self.apply(MONEY).await, 0, "what is settled is not written to");
    }
}

fn steps(view: &PlanView) -> Vec<String> {
    let line = |step: &landfall::plan::view::StepView| {
        let fields: Vec<String> = step.fields.iter().map(ToString::to_string).collect();
        format!("{} {}: {}", step.action.sign(), step.address, fields.join("; "))
    };
    view.steps.iter().map(line).collect()
}

fn notices(plan: &Plan) -> Vec<&str> {
    plan.notices.iter().map(|notice| notice.text.as_str()).filter(|text| text.contains("confirmed")).collect()
}

/// The plan is settled while AWS waits; when AWS gave up waiting, the address is asked again, and never twice at once.
#[tokio::test]
async fn one_who_does_not_confirm_is_reported_and_asked_again_when_aws_gave_up() {
    let more = MONEY.replace("\"finance@acme.example\"", "\"finance@acme.example\", \"Bills@acme.example\"");
    let stage = Stage::built(&more).await;
    let plan = stage.plan(&more).await;
    assert!(plan.is_settled());
    assert_eq!(notices(&plan), ["Bills@acme.example on landfall-money has not confirmed yet: nothing is delivered"]);
    assert_eq!(stage.apply(&more).await, 0);
    assert_eq!(stage.subscribed().await.len(), 2);

    // Another spelling is the same mailbox.
    assert_eq!(stage.shown(&more.replace("Bills@", "bills@")).await, [""; 0]);

    stage.0.clock().sleep_impl().sleep(Duration::from_hours(48)).await;
    assert_eq!(stage.shown(&more).await, ["+ management/eu-west-1/subscription/money/bills@acme.example: "]);
    stage.apply(&more).await;
    assert_eq!(stage.subscribed().await.len(), 2);
}

#[tokio::test]
async fn what_other_hands_change_is_shown_and_repaired() {
    let stage = Stage::built(MONEY).await;
    assert_eq!(stage.shown(MONEY).await, [""; 0]);
    let at = "management/eu-west-1";

    let old = json!({ "NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0 });
    let mut new = old.clone();
    new["Threshold"] = json!(99.5);
    stage.budgets("UpdateNotification", json!({ "BudgetName": "landfall-prod", "OldNotification": old, "NewNotification": new })).await;
    stage.repairs(&[&format!("~ {at}/budget/prod: notification  - costs above 99.5 %; notification  + costs above 80 %")]).await;
    let all = stage.budgets("DescribeSubscribersForNotification", json!({ "BudgetName": "landfall-prod", "Notification": old })).await;
    assert_eq!(all["Subscribers"], json!([{ "SubscriptionType": "SNS", "Address": TOPIC }]));

    // What the budget counts is left as it is.
    let listed = stage.budgets("DescribeBudgets", json!({})).await;
    let mut budget = listed["Budgets"].as_array().expect("a list")[1].clone();
    assert_eq!(budget["BudgetName"], "landfall-prod");
    let ours = budget["CostFilters"]["LinkedAccount"][0].as_str().expect("an id").to_owned();
    budget.as_object_mut().expect("a structure").retain(|member, _| !["CalculatedSpend", "LastUpdatedTime"].contains(&member.as_str()));
    budget["CostFilters"] = json!({ "LinkedAccount": ["999999999999"], "Service": ["Amazon S3"] });
    budget["CostTypes"]["UseAmortized"] = json!(true);
    budget["TimeUnit"] = json!("QUARTERLY");
    stage.budgets("UpdateBudget", json!({ "NewBudget": budget })).await;
    let fields = "period  QUARTERLY -> MONTHLY; accounts  + account/prod; accounts  - 999999999999; filter Service  - Amazon S3";
    stage.repairs(&[&format!("~ {at}/budget/prod: {fields}")]).await;
    budget["TimeUnit"] = json!("MONTHLY");
    budget["CostFilters"] = json!({ "LinkedAccount": [ours] });
    budget["BudgetLimit"]["Amount"] = json!("100.5");
    stage.budgets("UpdateBudget", json!({ "NewBudget": budget })).await;
    stage.repairs(&[&format!("~ {at}/budget/prod: amount  USD 100.50 -> USD 100")]).await;
    let listed = stage.budgets("DescribeBudgets", json!({})).await;
    assert_eq!(listed["Budgets"][1]["CostTypes"]["UseAmortized"], true, "which costs count is the owner's");

    for key in ["KmsMasterKeyId", "DisplayName"] {
        let value = if key == "KmsMasterKeyId" { "alias/aws/sns" } else { "Money" };
        stage.sns("SetTopicAttributes", &[("TopicArn", TOPIC), ("AttributeName", key), ("AttributeValue", value)]).await;
    }
    stage.repairs(&[&format!("~ {at}/topic/money: key  alias/aws/sns -> none")]).await;

    let delete = [("ResourceArn", TOPIC), ("TagKeys.member.1", "landfall:organization")];
    stage.sns("UntagResource", &delete).await;
    stage.repairs(&[&format!("~ {at}/topic/money: tags.landfall:organization  + acme")]).await;

    // The topic itself: its subscription is made again, and the budgets publish to the same ARN.
    stage.sns("DeleteTopic", &[("TopicArn", TOPIC)]).await;
    stage.repairs(&[&format!("+ {at}/topic/money: "), &format!("+ {at}/subscription/money/finance@acme.example: ")]).await;
}

/// Another owner's topic of that name is left alone, with all that would need it.
#[tokio::test]
async fn a_topic_of_another_owner_blocks() {
    let stage = Stage::built("").await;
    stage.sns("CreateTopic", &[("Name", "landfall-money")]).await;
    let view = stage.plan(MONEY).await.view();
    let blocked: Vec<String> = view.blocked.iter().map(|blocked| format!("{}: {}", blocked.address, blocked.reason)).collect();
    let topic = "management/eu-west-1/topic/money";
    let needs = format!("it needs {topic}");
    assert_eq!(
        blocked,
        [
            format!("{topic}: {TOPIC} exists, and landfall did not make it"),
            format!("management/eu-west-1/subscription/money/finance@acme.example: {needs}"),
            format!("management/eu-west-1/budget/prod: {needs}"),
            format!("management/eu-west-1/budget/organization: {needs}"),
        ]
    );
    assert_eq!(steps(&view), [""; 0]);
}

/// A subscription by another protocol is its owner's, on landfall's topic too.
#[tokio::test]
async fn what_left_the_manifest_is_pruned_and_other_protocols_are_left_alone() {
    let stage = Stage::built(MONEY).await;
    stage.sns("Subscribe", &[("TopicArn", TOPIC), ("Protocol", "sms"), ("Endpoint", "+4915112345678")]).await;
    let other = MONEY.replace("finance@", "bills@").replace("prod = 100\n", "");
    let run = async |more: &str| {
        let (plan, events) = pruned(&stage.management(), &organization(&small(more))).await;
        assert_eq!(failures(&events), [""; 0]);
        steps(&plan.view())
    };
    assert_eq!(
        run(&other).await,
        [
            "+ management/eu-west-1/subscription/money/bills@acme.example: ",
            "- management/eu-west-1/budget/prod: ",
            "- management/eu-west-1/subscription/money/finance@acme.example: ",
        ]
    );
    assert_eq!(stage.subscribed().await.len(), 2, "a phone and a mailbox");
    assert_eq!(
        run("").await,
        ["- management/eu-west-1/budget/organization: ", "- management/eu-west-1/topic/money: "],
        "one that is not confirmed goes with its topic"
    );
    assert_eq!(run("").await, [""; 0]);
    let budgets = stage.budgets("DescribeBudgets", json!({})).await;
    assert_eq!(budgets["Budgets"], json!([]));
}

/// In a new account the bill is closed to IAM; that must not stop the trail, or hide it.
#[tokio::test]
async fn budgets_that_may_not_be_read_block_nothing_else() {
    let stage = Stage::built(MONEY).await;
    let iam = aws_sdk_iam::Client::new(&stage.management());
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"budgets:*","Resource":"*"}]}"#;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;
    iam.create_role().role_name("ops").assume_role_policy_document(trust).send().await.expect("made");
    iam.put_role_policy().role_name("ops").policy_name("ops").policy_document(document).send().await.expect("written");
    let ops = Principal::Session(Simulator::management_account(), "ops".to_owned(), "ops".to_owned());
    let ops = stage.0.sdk_config_with("eu-west-1", stage.0.credentials_for(&ops).expect("exists"));
    let (_, plan) = planned(&ops, &organization(&small(MONEY))).await.expect("observed");
    let view = plan.view();
    let blocked: Vec<String> = view.blocked.iter().map(|blocked| blocked.address.to_string()).collect();
    assert_eq!(blocked, ["management/eu-west-1/budget/prod", "management/eu-west-1/budget/organization"]);
    assert!(view.blocked[0].reason.contains("DescribeBudgets"), "{:?}", view.blocked[0]);
    assert!(view.steps.is_empty() && view.unreadable.is_empty(), "{view:#?}");
    let (_, without) = planned(&ops, &organization(&small(""))).await.expect("observed");
    assert!(without.is_clear() && without.steps.is_empty(), "without budgets there is nothing to block: {:?}", without.view());
}

/// A plan shows subscribers, since whoever reads it wrote them; a log shows none.
#[tokio::test]
async fn no_address_of_a_subscriber_is_logged() {
    let logs = overheard::listen();
    let stage = Stage::built(MONEY).await;
    assert!(stage.0.calls().iter().any(|call| call.operation == "Subscribe"));
    let logged = logs.text();
    // Below landfall's own lines, the AWS crates trace whole requests; the binary never shows those.
    let own = logged.lines().filter(|line| !line.contains("aws_smithy") && !line.contains("aws_runtime"));
    let shown: Vec<&str> = own.clone().filter(|line| line.contains("finance@acme") || line.contains("finance%40acme")).collect();
    assert_eq!(shown, [""; 0]);
    assert!(own.filter(|line| line.contains("Subscribe")).count() > 0, "landfall logs the call");
}

/// Every writing call about topics and budgets, with its answer lost: nothing exists twice.
#[tokio::test]
async fn a_lost_answer_makes_nothing_twice() {
    for call in ["sns:CreateTopic", "sns:SetTopicAttributes", "sns:Subscribe", "budgets:CreateBudget"] {
        let stage = Stage(Simulator::new(Options::default().with_confirming("finance@acme.example"), clock()));
        stage.0.inject(Fault::new(Trouble::LoseAnswer).on(call).times(1));
        stage.apply(MONEY).await;
        assert_eq!(stage.shown(MONEY).await, [""; 0], "{call}");
        assert_eq!(stage.subscribed().await, ["finance@acme.example"], "{call}");
    }
}

/// The prefix alone makes no budget landfall's: one whose name landfall would not give is somebody's own, and any name may be a budget's.
#[tokio::test]
async fn budgets_with_names_of_others_are_neither_taken_over_nor_broken() {
    let stage = Stage::built(MONEY).await;
    let foreign = ["landfall-", "landfall-Team Blue", "landfall-UPPER", "landfall-a--b", "landfall-päivä", "landfall", "quarterly plan"];
    for name in foreign {
        let budget =
            json!({ "BudgetName": name, "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": { "Amount": "7", "Unit": "USD" } });
        stage.budgets("CreateBudget", json!({ "Budget": budget })).await;
    }
    assert_eq!(stage.shown(MONEY).await, [""; 0]);
    assert_eq!(stage.apply(MONEY).await, 0);
    let (plan, events) = pruned(&stage.management(), &organization(&small(""))).await;
    assert_eq!(failures(&events), [""; 0]);
    let removed: Vec<String> = steps(&plan.view()).into_iter().filter(|step| step.contains("/budget/")).collect();
    assert_eq!(removed, ["- management/eu-west-1/budget/organization: ", "- management/eu-west-1/budget/prod: "]);
    let listed = stage.budgets("DescribeBudgets", json!({})).await;
    let left: std::collections::BTreeSet<&str> =
        listed["Budgets"].as_array().expect("a list").iter().filter_map(|budget| budget["BudgetName"].as_str()).collect();
    assert_eq!(left, foreign.into());
}
