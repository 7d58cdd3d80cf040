//! CloudFormation: change sets, operations with their rollback, and whose permissions decide.

mod access;
mod change_sets;
mod kept;
mod monitoring;
mod resources;
mod rollback;

use serde_json::{Value, json};

use super::json::Caller;
use super::*;
use crate::aws::client::{self, Untyped};

/// One caller of CloudFormation; an error is its code and message.
struct Stacks {
    config: SdkConfig,
}

impl Stacks {
    fn new(clients: &Clients) -> Self {
        Self { config: clients.config.clone() }
    }

    fn administrator(simulator: &Simulator) -> Self {
        Self::new(&Clients::administrator(simulator))
    }

    async fn call(&self, operation: &'static str, pairs: &[(&str, &str)]) -> Result<Answer, (String, String)> {
        let answer = client::ask(&self.config, "cloudformation", operation, Untyped::Pairs(pairs)).await;
        answer.map(Answer::received).map_err(|error| (error.code.clone().unwrap_or_default(), error.message))
    }

    async fn done(&self, operation: &'static str, pairs: &[(&str, &str)]) -> Answer {
        self.call(operation, pairs).await.unwrap_or_else(|error| panic!("{operation} {pairs:?}: {error:?}"))
    }

    /// Makes a call that is refused with this code, and returns the message.
    async fn refused(&self, operation: &'static str, pairs: &[(&str, &str)], code: &str) -> String {
        let (found, message) = self.call(operation, pairs).await.expect_err(code);
        assert_eq!(found, code, "{operation} {pairs:?}: {message}");
        message
    }

    /// Creates a change set of the stack `shop`; `CREATE` and `UPDATE` are its types.
    async fn plan(&self, kind: &str, set: &str, template: &Value, more: &[(&str, &str)]) -> Answer {
        let body = template.to_string();
        let mut pairs = named(set);
        pairs.extend([("ChangeSetType", kind), ("TemplateBody", body.as_str())]);
        pairs.extend(more);
        self.done("CreateChangeSet", &pairs).await
    }

    async fn described(&self, set: &str) -> Answer {
        self.done("DescribeChangeSet", &named(set)).await.each("DescribeChangeSetResult").remove(0)
    }

    /// Creates and executes a change set, and returns the state of the stack afterwards.
    async fn deploy(&self, kind: &str, set: &str, template: &Value, more: &[(&str, &str)]) -> String {
        self.plan(kind, set, template, more).await;
        self.done("ExecuteChangeSet", &named(set)).await;
        self.status().await
    }

    async fn shop(&self) -> Answer {
        self.done("DescribeStacks", SHOP).await.each("DescribeStacksResult/Stacks/member").remove(0)
    }

    async fn status(&self) -> String {
        self.shop().await.text("StackStatus").expect("a state")
    }

    /// Returns logical id and state of every event, oldest first.
    async fn events(&self, stack: &str) -> Vec<String> {
        let events = self.done("DescribeStackEvents", &[("StackName", stack)]).await.each("DescribeStackEventsResult/StackEvents/member");
        let shown =
            |event: &Answer| format!("{} {}", event.text("LogicalResourceId").expect("one"), event.text("ResourceStatus").expect("one"));
        events.iter().rev().map(shown).collect()
    }

    /// Returns the reason of the latest event with this logical id and state.
    async fn reason(&self, stack: &str, logical: &str, status: &str) -> String {
        let events = self.done("DescribeStackEvents", &[("StackName", stack)]).await.each("DescribeStackEventsResult/StackEvents/member");
        let is_it = |event: &&Answer| {
            event.text("LogicalResourceId").as_deref() == Some(logical) && event.text("ResourceStatus").as_deref() == Some(status)
        };
        events.iter().find(is_it).and_then(|event| event.text("ResourceStatusReason")).unwrap_or_default()
    }
}

const SHOP: &[(&str, &str)] = &[("StackName", "shop")];
const NAMED_IAM: (&str, &str) = ("Capabilities.member.1", "CAPABILITY_NAMED_IAM");

fn named(set: &str) -> Vec<(&str, &str)> {
    vec![("StackName", "shop"), ("ChangeSetName", set)]
}

fn template(resources: Value) -> Value {
    let mut whole = json!({ "AWSTemplateFormatVersion": "2010-09-09" });
    whole["Resources"] = resources;
    whole
}

fn parameter(name: &str, value: &str) -> Value {
    json!({ "Type": "AWS::SSM::Parameter", "Properties": { "Name": name, "Type": "String", "Value": value, "Tier": "Intelligent-Tiering" } })
}

/// A template of one parameter with this value.
fn config(value: &str) -> Value {
    template(json!({ "Config": parameter("/shop/config", value) }))
}

/// Returns the value of a parameter, if it is there.
async fn value(clients: &Clients, name: &str) -> Option<String> {
    let read = Caller::new(clients, "ssm").call("GetParameter", json!({ "Name": name })).await;
    read.ok().and_then(|read| read["Parameter"]["Value"].as_str().map(str::to_owned))
}

/// Begins the stack `shop`: under [`Preset::Realistic`] with a change set that is being created beside the operation.
pub(super) async fn store_stack(clients: &Clients) {
    let stacks = Stacks::new(clients);
    stacks.plan("CREATE", "one", &config("1"), &[]).await;
    stacks.plan("CREATE", "two", &config("2"), &[]).await;
    tokio::time::sleep(crate::simulator::CHANGE_SET).await;
    stacks.done("ExecuteChangeSet", &named("one")).await;
}
