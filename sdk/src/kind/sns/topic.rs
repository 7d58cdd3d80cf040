//! Topics: where AWS services publish what people have to know.
//!
//! A topic has landfall's tags and a policy that lets one service publish. It has no key: services cannot use AWS's key of SNS
//! (docs/AWS.md D.11), so that one is taken away again; a key of the owner's stays.

use std::sync::Arc;

use serde::Serialize;

use super::api::{self, CreateTopic, DeleteTopic, GetTopicAttributes, ListTagsForResource, ListTopics, SetTopicAttributes, TagResource};
use super::unless_gone;
use crate::aws::error::AwsError;
use crate::aws::tags::Tags;
use crate::kind::change::document_fields;
use crate::kind::named::{Found, Named};
use crate::kind::terraform::Import;
use crate::kind::{Blocked, Context, Field, ScopeSet, StepError, Text};
use crate::ours::TOPIC_PREFIX;

/// AWS's own key of SNS, by its alias: only its owner may change who uses it, so that no service can (docs/AWS.md D.11).
const KEY_OF_AWS: &str = "alias/aws/sns";
/// The attributes that landfall writes.
const POLICY: &str = "Policy";
const KEY: &str = "KmsMasterKeyId";

/// A topic.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a name, who may publish, and a key")]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its policy: who may publish.
    pub policy: Text,
    /// The key that it is encrypted with; none is wanted.
    pub key: Option<String>,
}

impl Topic {
    /// Returns whether services cannot publish because of its key.
    fn is_mute(&self) -> bool {
        self.key.as_deref().is_some_and(|key| key.ends_with(KEY_OF_AWS))
    }
}

impl Named for Topic {
    const NAME: &'static str = "topic";
    const SCOPES: ScopeSet = ScopeSet::Management;
    const SERVICE: &'static str = "SNS";
    const REMOVAL_RANK: u8 = 39;
    const ID: &'static str = "arn";
    /// What SNS answers if a topic of this name has other tags (docs/AWS.md D.11).
    const TAKEN: &'static [&'static str] = &["InvalidParameter"];

    fn name(&self) -> &str {
        &self.name
    }

    fn visit_references(&mut self, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut self.policy);
    }

    fn summary(&self) -> String {
        self.name.clone()
    }

    fn differs(&self, wanted: &Self) -> Vec<Field> {
        let mut fields = document_fields("policy", self.policy.as_str(), wanted.policy.as_str());
        if self.is_mute() {
            fields.push(Field::new("key", KEY_OF_AWS, "none"));
        }
        fields
    }

    fn terraform(found: &Found<Self>) -> Import {
        Import::new("aws_sns_topic", &found.id)
    }

    fn check_removable(_: &Found<Self>) -> Result<(), Blocked> {
        Ok(())
    }

    async fn list(cx: &Context<'_>) -> Result<Vec<Found<Self>>, AwsError> {
        Ok(all(cx).await?.as_ref().clone())
    }

    async fn put(&self, cx: &Context<'_>, tags: Option<&Tags>, present: Option<&Found<Self>>) -> Result<String, StepError> {
        let policy = self.policy.known()?.to_owned();
        let topic_arn = if let Some(found) = present {
            found.id.clone()
        } else {
            // A repeat is a success (docs/AWS.md D.11).
            let tags = tags.map(api::written).unwrap_or_default();
            cx.send(&CreateTopic { name: self.name.clone(), tags }).await?.topic_arn
        };
        cx.send(&SetTopicAttributes { topic_arn: topic_arn.clone(), attribute_name: POLICY, attribute_value: policy }).await?;
        if present.is_some_and(|found| found.thing.is_mute()) {
            cx.send(&SetTopicAttributes { topic_arn: topic_arn.clone(), attribute_name: KEY, attribute_value: String::new() }).await?;
        }
        Ok(topic_arn)
    }

    async fn tag(cx: &Context<'_>, id: &str, tags: &Tags) -> Result<(), StepError> {
        cx.send(&TagResource { resource_arn: id.to_owned(), tags: api::written(tags) }).await?;
        Ok(())
    }

    async fn delete(cx: &Context<'_>, found: &Found<Self>) -> Result<(), StepError> {
        unless_gone(cx.send(&DeleteTopic { topic_arn: found.id.clone() }).await)?;
        Ok(())
    }
}

/// Reads every topic with landfall's prefix: their subscriptions need them, too.
pub(super) async fn all(cx: &Context<'_>) -> Result<Arc<Vec<Found<Topic>>>, AwsError> {
    cx.read_once("topics", || async {
        let mut found = Vec::new();
        for listed in cx.pages(ListTopics { next_token: None }).await? {
            let Some(name) = listed.topic_arn.rsplit(':').next().filter(|name| name.starts_with(TOPIC_PREFIX)) else { continue };
            found.extend(detailed(cx, &listed.topic_arn, name).await?);
        }
        Ok(found)
    })
    .await
}

/// Reads one topic; `None` if it is gone.
async fn detailed(cx: &Context<'_>, arn: &str, name: &str) -> Result<Option<Found<Topic>>, AwsError> {
    let attributes = cx.send(&GetTopicAttributes { topic_arn: arn.to_owned() }).await;
    let Some(mut attributes) = unless_gone(attributes)? else { return Ok(None) };
    let tags = cx.send(&ListTagsForResource { resource_arn: arn.to_owned() }).await;
    let Some(tags) = unless_gone(tags)? else { return Ok(None) };
    let policy = Text::plain(attributes.take(POLICY).unwrap_or_default());
    let thing = Topic { name: name.to_owned(), policy, key: attributes.take(KEY) };
    Ok(Some(Found { id: arn.to_owned(), thing, tags: Some(api::read(&tags.tags)) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(policy: &str, key: Option<&str>) -> Topic {
        Topic { name: "landfall-money".to_owned(), policy: Text::new(policy), key: key.map(str::to_owned) }
    }

    #[test]
    fn the_policy_is_compared_by_meaning_and_only_awss_key_is_taken_away() {
        let wanted = topic(r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"sns:Publish"}]}"#, None);
        let same = r#"{ "Statement": {"Sid":"A","Action":["sns:Publish"],"Effect":"Allow"}, "Version": "2012-10-17" }"#;
        let open = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"sns:*"}]}"#;
        for (present, expected) in [
            (topic(same, None), &[][..]),
            (topic(same, Some("arn:aws:kms:eu-west-1:1:key/own")), &[]),
            (topic(same, Some("alias/aws/sns")), &["key  alias/aws/sns -> none"]),
            (topic(same, Some("arn:aws:kms:eu-west-1:1:alias/aws/sns")), &["key  alias/aws/sns -> none"]),
            (topic(open, None), &["policy A Action  + sns:Publish", "policy A Action  - sns:*"]),
        ] {
            let shown: Vec<String> = present.differs(&wanted).iter().map(ToString::to_string).collect();
            assert_eq!(shown, expected, "{present:?}");
        }
    }
}
