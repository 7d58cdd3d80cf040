//! Topics and their attributes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::place::{enter, invalid, page};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{StoredDocument, read_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::{Topic, World};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateTopic", create),
    write("DeleteTopic", delete),
    read("ListTopics", list),
    read("GetTopicAttributes", attributes),
    write("SetTopicAttributes", set),
];

/// Longest name of a topic (SNS API, `CreateTopic`).
const NAME_MAX: usize = 256;
/// Longest policy of a topic in bytes (SNS API, `AddPermission`).
const POLICY_MAX: usize = 30 * 1024;
/// What an owner may do by the policy that SNS gives a topic.
const OF_OWNER: [&str; 8] = [
    "SNS:GetTopicAttributes",
    "SNS:SetTopicAttributes",
    "SNS:AddPermission",
    "SNS:RemovePermission",
    "SNS:DeleteTopic",
    "SNS:Subscribe",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
];

/// A repeat succeeds, unless the topic has other tags.
fn create(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, tags) = (params.text("Name")?, read_tags(&params, "Tags")?);
    let account = call.account()?.clone();
    let arn = format!("arn:aws:sns:{}:{account}:{name}", call.region);
    let ask = Ask::new("sns:CreateTopic", arn.as_str()).request_tags(&tags);
    let pass = call.authorize(world, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("sns:TagResource"))?;
    }
    if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        return Err(invalid("Topic Name"));
    }
    match world.topics.get(&arn) {
        Some(topic) if topic.tags != tags => {
            return Err(invalid("Tags Reason: Topic already exists with different tags"));
        }
        Some(_) => {}
        None => {
            let topic = Topic {
                name: name.to_owned(),
                arn: arn.clone(),
                account,
                region: call.region.to_owned(),
                policy: None,
                key: None,
                display_name: String::new(),
                tags,
                subscriptions: BTreeMap::new(),
            };
            world.topics.insert(arn.clone(), topic);
        }
    }
    Ok(pass.answer(json!({ "TopicArn": arn })))
}

/// A topic that does not exist is deleted as well.
fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arn = params.text("TopicArn")?;
    let pass = enter(world, call, params, Ask::new("sns:DeleteTopic", ""), arn)?;
    world.topics.remove(arn);
    Ok(pass.answer(json!({})))
}

fn list(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let page = page(&params)?;
    let account = call.account()?.clone();
    let pass = call.authorize(world, params, Ask::new("sns:ListTopics", format!("arn:aws:sns:{}:{account}:*", call.region)))?;
    let here = world.topics.values().filter(|topic| topic.account == account && topic.region == call.region);
    let cut = page.cut(here.map(|topic| (topic.arn.clone(), json!({ "TopicArn": topic.arn }))));
    Ok(pass.answer(json!({ "Topics": cut.items, "NextToken": cut.next })))
}

fn attributes(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arn = params.text("TopicArn")?;
    let pass = enter(world, call, params, Ask::new("sns:GetTopicAttributes", ""), arn)?;
    let topic = world.topic(arn)?;
    let confirmed = topic.subscriptions.values().filter(|subscription| subscription.confirmed).count();
    let pending = topic.subscriptions.len() - confirmed;
    let policy = topic.policy.as_ref().map_or_else(|| usual_policy(topic), |policy| policy.text().to_owned());
    let mut shown = vec![
        ("Policy", policy),
        ("Owner", topic.account.to_string()),
        ("SubscriptionsPending", pending.to_string()),
        ("TopicArn", topic.arn.clone()),
        ("SubscriptionsConfirmed", confirmed.to_string()),
        ("SubscriptionsDeleted", "0".to_owned()),
        ("DisplayName", topic.display_name.clone()),
    ];
    shown.extend(topic.key.iter().map(|key| ("KmsMasterKeyId", key.clone())));
    let entries: Vec<Value> = shown.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    Ok(pass.answer(json!({ "Attributes": { "entry": entries } })))
}

fn set(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (arn, name) = (params.text("TopicArn")?, params.text("AttributeName")?);
    let value = params.optional_text("AttributeValue")?.unwrap_or_default().to_owned();
    let pass = enter(world, call, params, Ask::new("sns:SetTopicAttributes", ""), arn)?;
    let topic = world.topic_mut(arn)?;
    match name {
        "Policy" => topic.policy = Some(check(&value)?),
        "DisplayName" => topic.display_name = value,
        "KmsMasterKeyId" => topic.key = Some(value).filter(|key| !key.is_empty()),
        other => return Err(Failure::not_implemented(format_args!("the attribute {other} of topics"))),
    }
    Ok(pass.answer(json!({})))
}

fn check(text: &str) -> Result<StoredDocument, Failure> {
    if text.len() > POLICY_MAX {
        return Err(invalid("Policy Reason: too long"));
    }
    let policy: StoredDocument = text.parse().map_err(|error| invalid(format!("Policy Error: {error}")))?;
    policy.document().check_resource().map_err(|error| invalid(format!("Policy statement error: {error}")))?;
    Ok(policy)
}

/// Returns the policy of a topic to which none was given (SNS Developer Guide, "Identity and access management").
fn usual_policy(topic: &Topic) -> String {
    json!({ "Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [{
        "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": OF_OWNER, "Resource": topic.arn,
        "Condition": { "StringEquals": { "AWS:SourceOwner": topic.account.as_str() } },
    }]})
    .to_string()
}
