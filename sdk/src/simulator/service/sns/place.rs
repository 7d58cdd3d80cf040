//! Finds a topic and authorizes calls on it.

use crate::aws::policy::{Context, ResourceRule};
use crate::id::AccountId;
use crate::simulator::authorize::{Ask, Call, Owned, Pass};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::service::page;
use crate::simulator::stored::StoredDocument;
use crate::simulator::wire::Params;
use crate::simulator::world::{Topic, World};

/// Items on a page (SNS API, `ListTopics`).
const PAGE: i64 = 100;

/// Checks that all parameters were read, and authorizes a call on a topic of the caller's account and Region.
pub(super) fn enter(world: &World, call: &Call<'_>, params: Params<'_>, ask: Ask, arn: &str) -> Result<Pass, Failure> {
    let account = call.account()?;
    if !arn.starts_with("arn:aws:sns:") || arn.split(':').count() != 6 {
        return Err(invalid(format!("TopicArn Reason: {arn} is not the ARN of a topic")));
    }
    if !arn.starts_with(&format!("arn:aws:sns:{}:{account}:", call.region)) {
        return Err(Failure::not_implemented("topics of other accounts and Regions"));
    }
    let policy = world.topics.get(arn).and_then(|topic| topic.policy.as_ref());
    let policy = policy.map(StoredDocument::document);
    call.authorize_on(world, params, ask.about(arn), Owned { account, policy, rule: ResourceRule::Either })
}

impl World {
    pub(super) fn topic(&self, arn: &str) -> Result<&Topic, Failure> {
        self.topics.get(arn).ok_or_else(no_topic)
    }

    pub(super) fn topic_mut(&mut self, arn: &str) -> Result<&mut Topic, Failure> {
        self.topics.get_mut(arn).ok_or_else(no_topic)
    }

    /// Returns why a service may not publish to a topic on behalf of an account: there is none, or its policy does not allow it.
    pub(in crate::simulator::service) fn check_publish(
        &self,
        now: Timestamp,
        service: &str,
        account: &AccountId,
        arn: &str,
    ) -> Result<(), String> {
        let topic = self.topics.get(arn).ok_or_else(|| format!("there is no topic {arn}"))?;
        let policy = topic.policy.as_ref().map(StoredDocument::document);
        let context = Context::new().with("aws:SourceAccount", account.as_str());
        let owned = Owned { account: &topic.account, policy, rule: ResourceRule::Either };
        self.service_may(now, service, "sns:Publish", arn, &context, owned)
    }
}

fn no_topic() -> Failure {
    Failure::new("NotFound", 404, "Topic does not exist")
}

pub(super) fn invalid(reason: impl std::fmt::Display) -> Failure {
    Failure::new("InvalidParameter", 400, format!("Invalid parameter: {reason}"))
}

/// Reads `NextToken`; the size of a page is fixed.
pub(super) fn page(params: &Params<'_>) -> Result<page::Page, Failure> {
    page::Page::after(PAGE, params.optional_text("NextToken")?).ok_or_else(|| invalid("NextToken"))
}
