//! SNS and Budgets: what a repeat does, who confirms, what is refused.

use serde_json::{Value, json};

use super::*;
use crate::simulator::ask_json;

const TOPIC: &str = "arn:aws:sns:eu-west-1:111111111111:alerts";

struct Caller(SdkConfig);

impl Caller {
    fn administrator(simulator: &Simulator) -> Self {
        Self(Clients::administrator(simulator).config)
    }

    async fn sns(&self, operation: &'static str, pairs: &[(&str, &str)]) -> Result<Answer, String> {
        ask(&self.0, "sns", operation, pairs).await
    }

    async fn subscribe(&self, email: &str) -> String {
        let pairs = [("TopicArn", TOPIC), ("Protocol", "email"), ("Endpoint", email), ("ReturnSubscriptionArn", "true")];
        let answer = self.sns("Subscribe", &pairs).await.expect("subscribed");
        answer.text("SubscribeResult/SubscriptionArn").expect("an ARN")
    }

    async fn listed(&self) -> Vec<String> {
        let answer = self.sns("ListSubscriptionsByTopic", &[("TopicArn", TOPIC)]).await.expect("listed");
        answer.texts("ListSubscriptionsByTopicResult/Subscriptions/member/SubscriptionArn")
    }

    async fn budgets(&self, operation: &'static str, mut parameters: Value) -> Result<Value, String> {
        parameters["AccountId"] = "111111111111".into();
        ask_json(&self.0, "budgets", operation, &parameters).await
    }
}

fn refused<T>(code: &str) -> Result<T, String> {
    Err(code.to_owned())
}

#[tokio::test(start_paused = true)]
async fn the_same_subscription_is_one_and_waits_for_its_owner() {
    let simulator = Simulator::new(Options::default().with_confirming("yes@acme.example"), Clock::tokio(start()));
    let caller = Caller::administrator(&simulator);
    assert_eq!(caller.sns("ListSubscriptionsByTopic", &[("TopicArn", TOPIC)]).await, refused("NotFound"));
    caller.sns("CreateTopic", &[("Name", "alerts")]).await.expect("made");
    let first = caller.subscribe("a@acme.example").await;
    assert_eq!(caller.subscribe("a@acme.example").await, first);
    assert_eq!(caller.listed().await, ["PendingConfirmation"]);
    let plain = [("TopicArn", TOPIC), ("Protocol", "email"), ("Endpoint", "a@acme.example")];
    let answer = caller.sns("Subscribe", &plain).await.expect("repeated");
    assert_eq!(answer.text("SubscribeResult/SubscriptionArn").as_deref(), Some("pending confirmation"));
    assert_eq!(caller.sns("Unsubscribe", &[("SubscriptionArn", "PendingConfirmation")]).await, refused("InvalidParameter"));

    let token = first.rsplit(':').next().expect("a token");
    assert_eq!(caller.sns("ConfirmSubscription", &[("TopicArn", TOPIC), ("Token", "other")]).await, refused("InvalidParameter"));
    caller.sns("ConfirmSubscription", &[("TopicArn", TOPIC), ("Token", token)]).await.expect("confirmed");
    let at_once = caller.subscribe("yes@acme.example").await;
    caller.subscribe("never@acme.example").await;
    assert_eq!(caller.listed().await.iter().filter(|arn| **arn == first || **arn == at_once).count(), 2);

    tokio::time::advance(Duration::from_hours(47)).await;
    assert_eq!(caller.listed().await.len(), 3);
    tokio::time::advance(Duration::from_hours(1)).await;
    assert_eq!(caller.listed().await.len(), 2, "the one that was never confirmed is dropped");
    caller.sns("Unsubscribe", &[("SubscriptionArn", &first)]).await.expect("ended");
    assert_eq!(caller.sns("Unsubscribe", &[("SubscriptionArn", &first)]).await, refused("NotFound"));
    assert_eq!(caller.listed().await, [at_once]);

    for (protocol, endpoint, code) in
        [("email", "nobody", "InvalidParameter"), ("sms", "123", "InvalidParameter"), ("https", "https://acme.example", "NotImplemented")]
    {
        let pairs = [("TopicArn", TOPIC), ("Protocol", protocol), ("Endpoint", endpoint)];
        assert_eq!(caller.sns("Subscribe", &pairs).await, refused(code), "{protocol}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_topic_is_made_once_and_with_other_tags_refused() {
    let caller = Caller::administrator(&instant());
    let tagged = |value: &'static str| [("Name", "alerts"), ("Tags.member.1.Key", "owner"), ("Tags.member.1.Value", value)];
    for _ in 0..2 {
        let made = caller.sns("CreateTopic", &tagged("a")).await.expect("made");
        assert_eq!(made.text("CreateTopicResult/TopicArn").as_deref(), Some(TOPIC));
    }
    assert_eq!(caller.sns("CreateTopic", &tagged("b")).await, refused("InvalidParameter"));
    assert_eq!(caller.sns("CreateTopic", &[("Name", "a b")]).await, refused("InvalidParameter"));
    let read = caller.sns("GetTopicAttributes", &[("TopicArn", TOPIC)]).await.expect("read");
    let policy =
        read.each("GetTopicAttributesResult/Attributes/entry").into_iter().find(|entry| entry.text("key").as_deref() == Some("Policy"));
    assert!(policy.expect("has one").text("value").is_some_and(|text| text.contains("__default_statement_ID")));
    let set = |text: &'static str| [("TopicArn", TOPIC), ("AttributeName", "Policy"), ("AttributeValue", text)];
    assert_eq!(caller.sns("SetTopicAttributes", &set("{}")).await, refused("InvalidParameter"));
    for _ in 0..2 {
        caller.sns("DeleteTopic", &[("TopicArn", TOPIC)]).await.expect("deleted");
    }
    assert_eq!(caller.sns("GetTopicAttributes", &[("TopicArn", TOPIC)]).await, refused("NotFound"));
    assert_eq!(caller.sns("ListTagsForResource", &[("ResourceArn", TOPIC)]).await, refused("ResourceNotFound"));
}

fn notification(threshold: f64) -> Value {
    json!({ "NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": threshold })
}

fn budget(amount: &str) -> Value {
    json!({ "BudgetName": "prod", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": { "Amount": amount, "Unit": "USD" } })
}

#[tokio::test(start_paused = true)]
async fn a_budget_publishes_only_where_the_topic_lets_it() {
    let caller = Caller::administrator(&instant());
    let subscribers = json!([{ "SubscriptionType": "SNS", "Address": TOPIC }]);
    let create = json!({ "Budget": budget("100"), "NotificationsWithSubscribers": [
        { "Notification": notification(80.0), "Subscribers": subscribers }] });
    assert_eq!(caller.budgets("CreateBudget", create.clone()).await, refused("InvalidParameterException"), "there is no topic");
    caller.sns("CreateTopic", &[("Name", "alerts")]).await.expect("made");
    assert_eq!(caller.budgets("CreateBudget", create.clone()).await, refused("InvalidParameterException"), "it lets no service publish");
    for (account, is_let) in [("222222222222", false), ("111111111111", true)] {
        let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "budgets.amazonaws.com" },
            "Action": "sns:Publish", "Resource": TOPIC, "Condition": { "StringEquals": { "aws:SourceAccount": account } } }] });
        let set = [("TopicArn", TOPIC), ("AttributeName", "Policy"), ("AttributeValue", &policy.to_string())];
        caller.sns("SetTopicAttributes", &set).await.expect("set");
        assert_eq!(caller.budgets("CreateBudget", create.clone()).await.is_ok(), is_let, "{account}");
    }
    assert_eq!(caller.budgets("CreateBudget", create).await, refused("DuplicateRecordException"));
    let add = json!({ "BudgetName": "prod", "Notification": notification(80.0), "Subscribers": subscribers });
    assert_eq!(caller.budgets("CreateNotification", add).await, refused("DuplicateRecordException"));
    let read = json!({ "BudgetName": "prod", "Notification": notification(80.0) });
    assert_eq!(caller.budgets("DescribeSubscribersForNotification", read).await.expect("read")["Subscribers"], subscribers);
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_replaced_without_its_notifications() {
    let caller = Caller::administrator(&instant());
    let mail = json!([{ "SubscriptionType": "EMAIL", "Address": "a@acme.example" }]);
    assert_eq!(caller.budgets("UpdateBudget", json!({ "NewBudget": budget("1") })).await, refused("NotFoundException"));
    for bad in ["0", "-1", "x", "1.", ""] {
        assert_eq!(caller.budgets("CreateBudget", json!({ "Budget": budget(bad) })).await, refused("InvalidParameterException"), "{bad}");
    }
    let create = json!({ "Budget": budget("100"), "NotificationsWithSubscribers": [
        { "Notification": notification(80.0), "Subscribers": mail }] });
    caller.budgets("CreateBudget", create).await.expect("made");
    caller.budgets("UpdateBudget", json!({ "NewBudget": budget("250.5") })).await.expect("replaced");
    let listed = caller.budgets("DescribeBudgets", json!({})).await.expect("listed");
    let shown = &listed["Budgets"][0];
    assert_eq!((&shown["BudgetLimit"]["Amount"], &shown["TimePeriod"]["End"]), (&json!("250.5"), &json!(3_706_473_600.0)));
    let month = shown["TimePeriod"]["Start"].as_f64().expect("seconds");
    assert!((month - 1_793_491_200.0).abs() < 1.0, "2026-11-01: {month}");

    let change = json!({ "BudgetName": "prod", "OldNotification": notification(80.0), "NewNotification": notification(95.0) });
    caller.budgets("UpdateNotification", change.clone()).await.expect("changed");
    assert_eq!(caller.budgets("UpdateNotification", change).await, refused("DuplicateRecordException"));
    let all = caller.budgets("DescribeBudgetNotificationsForAccount", json!({})).await.expect("listed");
    assert_eq!(all["BudgetNotificationsForAccount"][0]["Notifications"][0]["Threshold"], json!(95.0));
    for threshold in [10.0, 20.0, 30.0, 40.0, 50.0] {
        let add = json!({ "BudgetName": "prod", "Notification": notification(threshold), "Subscribers": mail });
        let expected = if threshold < 50.0 { Ok(json!({})) } else { refused("CreationLimitExceededException") };
        assert_eq!(caller.budgets("CreateNotification", add).await, expected, "{threshold}");
    }
    let old = json!({ "BudgetName": "prod", "Notification": notification(95.0) });
    caller.budgets("DeleteNotification", old.clone()).await.expect("deleted");
    assert_eq!(caller.budgets("DeleteNotification", old).await, refused("NotFoundException"));
    caller.budgets("DeleteBudget", json!({ "BudgetName": "prod" })).await.expect("deleted");
    assert_eq!(caller.budgets("DeleteBudget", json!({ "BudgetName": "prod" })).await, refused("NotFoundException"));
}
