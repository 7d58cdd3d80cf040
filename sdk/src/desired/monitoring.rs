//! Topics, who is subscribed to them, and budgets: all in the management account, which sees the costs of every account.
//!
//! A topic exists only if someone is subscribed to it. Its policy lets one service publish, and only for this account: without that
//! condition a budget of any other customer could (docs/AWS.md 8.3).

use serde_json::json;

use super::DesiredState;
use super::address::organization_address;
use super::policies;
use crate::address::Address;
use crate::aws::tags;
use crate::kind::budgets::budget;
use crate::kind::named::{Named, Wanted};
use crate::kind::sns::subscription;
use crate::kind::sns::topic::Topic;
use crate::kind::{Desired, Kind, Text};
use crate::model::{Organization, Spender};
use crate::name::{AccountKey, Email};
use crate::ours::{BUDGET_PREFIX, MONEY, TOPIC_PREFIX, URGENT};

/// Who publishes to a topic: alarms are urgent, budgets are about money.
const ALARMS: &str = "cloudwatch.amazonaws.com";
const BUDGETS: &str = "budgets.amazonaws.com";

pub(super) fn monitoring(organization: &Organization, state: &mut DesiredState) {
    topic(organization, (URGENT, ALARMS), &organization.monitoring.urgent, state);
    topic(organization, (MONEY, BUDGETS), &organization.monitoring.money, state);
    budgets(organization, state);
}

/// Wants the budgets. Each waits for its accounts, and for the topic.
fn budgets(organization: &Organization, state: &mut DesiredState) {
    let topic = Text::fact(&here(organization, Topic::NAME, MONEY), Topic::ID);
    for budget in &organization.budgets {
        let (name, accounts) = match &budget.of {
            Spender::Organization => ("organization", None),
            Spender::Environment(name) => (name.as_str(), organization.environment(name).map(|found| found.accounts.clone())),
            Spender::Account(key) => (key.as_str(), Some(vec![key.clone()])),
        };
        let accounts = accounts.map(|keys| keys.iter().map(|key| id(organization, key)).collect());
        let desired = budget::Desired { name: format!("{BUDGET_PREFIX}{name}"), amount: budget.amount, accounts, topic: topic.clone() };
        state.want(here(organization, budget::Budget::NAME, name), Desired::Budget(desired));
    }
}

/// Returns the id of an account.
fn id(organization: &Organization, key: &AccountKey) -> Text {
    if key.is_management() {
        Text::fact(&organization_address(organization), "management")
    } else {
        Text::fact(&Address::organization("account", key), "id")
    }
}

/// Wants a topic and its subscriptions.
fn topic(organization: &Organization, (name, publisher): (&str, &str), subscribers: &[Email], state: &mut DesiredState) {
    if subscribers.is_empty() {
        return;
    }
    let address = here(organization, Topic::NAME, name);
    let full_name = format!("{TOPIC_PREFIX}{name}");
    let topic = Topic { policy: policy(organization, &full_name, publisher), name: full_name, key: None };
    let tags = Some(tags::ours(&organization.name, &address));
    state.want(address.clone(), Desired::Topic(Wanted { thing: topic, tags }));
    for email in subscribers {
        let desired = subscription::Desired { topic: Text::fact(&address, Topic::ID), email: email.clone() };
        let address = here(organization, subscription::Subscription::NAME, &subscription::name(name, email.as_str()));
        state.want(address, Desired::Subscription(desired));
    }
}

fn policy(organization: &Organization, name: &str, publisher: &str) -> Text {
    let management = Text::fact(&organization_address(organization), "management").as_str().to_owned();
    let arn = format!("arn:{}:sns:{}:{management}:{name}", organization.partition, organization.region);
    policies::text(&policies::document(&[json!({"Sid": "Publish", "Effect": "Allow", "Principal": {"Service": publisher},
        "Action": "sns:Publish", "Resource": arn, "Condition": {"StringEquals": {"aws:SourceAccount": management}}})]))
}

/// Returns an address in the home Region of the management account.
fn here(organization: &Organization, kind: &'static str, name: &str) -> Address {
    Address::region(&AccountKey::management(), &organization.region, kind, name)
}
