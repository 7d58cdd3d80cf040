//! The part of SNS's API that landfall uses, by its own names.

use serde::Deserialize;

use crate::aws::client::{Done, Paged, items, requests};
pub(super) use crate::aws::tags::{Tag, read, written};

requests! { SNS, "sns":
    pub(super) CreateTopic { name: String, tags: Vec<Tag> } -> CreatedTopic,
    pub(super) DeleteTopic { topic_arn: String } -> Done,
    pub(super) GetTopicAttributes { topic_arn: String } -> TopicAttributes,
    pub(super) ListSubscriptionsByTopic { topic_arn: String, next_token: Option<String> } -> Subscriptions,
    pub(super) ListTagsForResource { resource_arn: String } -> TopicTags,
    pub(super) ListTopics { next_token: Option<String> } -> Topics,
    pub(super) SetTopicAttributes { topic_arn: String, attribute_name: &'static str, attribute_value: String } -> Done,
    pub(super) Subscribe { topic_arn: String, protocol: &'static str, endpoint: String, return_subscription_arn: bool } -> Done,
    pub(super) TagResource { resource_arn: String, tags: Vec<Tag> } -> Done,
    pub(super) Unsubscribe { subscription_arn: String } -> Done,
}

impl Paged for ListTopics {
    type Item = ListedTopic;

    fn at(&mut self, token: String) {
        self.next_token = Some(token);
    }

    fn items(page: Topics) -> (Vec<ListedTopic>, Option<String>) {
        (page.topics, page.next_token)
    }
}

impl Paged for ListSubscriptionsByTopic {
    type Item = ListedSubscription;

    fn at(&mut self, token: String) {
        self.next_token = Some(token);
    }

    fn items(page: Subscriptions) -> (Vec<ListedSubscription>, Option<String>) {
        (page.subscriptions, page.next_token)
    }
}

/// What was created, or exists.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreatedTopic {
    pub(super) topic_arn: String,
}

/// A page of topics.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Topics {
    #[serde(default, deserialize_with = "items")]
    topics: Vec<ListedTopic>,
    next_token: Option<String>,
}

/// A topic in a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedTopic {
    pub(super) topic_arn: String,
}

/// The attributes of a topic: a map, which Query writes as entries.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TopicAttributes {
    #[serde(default)]
    attributes: Entries,
}

#[derive(Debug, Default, Deserialize)]
struct Entries {
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    key: String,
    #[serde(default)]
    value: String,
}

impl TopicAttributes {
    /// Takes an attribute; one that is empty is absent.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let entry = self.attributes.entry.iter_mut().find(|entry| entry.key == name)?;
        Some(std::mem::take(&mut entry.value)).filter(|value| !value.is_empty())
    }
}

/// The tags of a topic.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TopicTags {
    #[serde(default, deserialize_with = "items")]
    pub(super) tags: Vec<Tag>,
}

/// A page of subscriptions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Subscriptions {
    #[serde(default, deserialize_with = "items")]
    subscriptions: Vec<ListedSubscription>,
    next_token: Option<String>,
}

/// A subscription in a list. In place of its ARN may be a word about its state.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedSubscription {
    #[serde(rename = "SubscriptionArn")]
    pub(super) arn_or_state: String,
    pub(super) protocol: String,
    #[serde(default)]
    pub(super) endpoint: String,
}
