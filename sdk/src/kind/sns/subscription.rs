//! Subscriptions: an e-mail address that gets what is published to a topic.
//!
//! A subscription has no tags; it is managed if its topic is. SNS asks the owner of the address: until the answer, nothing is delivered,
//! and the plan has a notice. Other protocols are left to their owners, on landfall's topics too.

use serde::Serialize;

use super::api::{ListSubscriptionsByTopic, Subscribe, Unsubscribe};
use super::topic;
use super::unless_gone;
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Owner, Tags};
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Kind, Made, NoEdit, ScopeSet, StepError, Text};
use crate::name::{Email, OrganizationName};

/// The only protocol.
const EMAIL: &str = "email";
/// What lists show in place of the ARN: SNS still waits for the owner's answer (SNS API, `Subscribe`), or the owner has ended it, and SNS
/// keeps it for a while (docs/AWS.md D.11).
const PENDING: &str = "PendingConfirmation";
const ENDED: &str = "Deleted";

/// The kind `subscription`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Subscription;

/// Who should be subscribed to what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Desired {
    /// The topic's ARN.
    pub topic: Text,
    /// The e-mail address.
    pub email: Email,
}

/// Who is subscribed to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The topic's ARN.
    pub topic: String,
    /// The topic's tags, which decide who owns it.
    pub topic_tags: Tags,
    /// The e-mail address.
    pub email: String,
    /// Its ARN, once it is confirmed.
    pub arn: Option<String>,
}

impl Kind for Subscription {
    const NAME: &'static str = "subscription";
    const SCOPES: ScopeSet = ScopeSet::Management;
    const SERVICE: &'static str = "SNS";
    const REMOVAL_RANK: u8 = 38;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = NoEdit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.topic);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.topic.as_str() == observed.topic && desired.email.same(&observed.email)
    }

    fn tags(_: &Observed) -> Option<&Tags> {
        None
    }

    fn owner(observed: &Observed, organization: &OrganizationName) -> Owner {
        match tags::owner(&observed.topic_tags, organization) {
            Owner::Ours(topic) => match (topic.scope().account(), topic.scope().region()) {
                (Some(account), Some(region)) => {
                    Owner::Ours(Address::region(account, region, Self::NAME, name(topic.name(), &observed.email)))
                }
                _ => Owner::Nobody,
            },
            other => other,
        }
    }

    /// Nothing of one can be changed. If the topic has another owner, the topic is blocked.
    fn adoption(_: &Desired, _: &Observed) -> Adoption {
        Adoption::Adopt
    }

    fn summary(_: &Desired) -> String {
        String::new()
    }

    fn display_name(observed: &Observed) -> String {
        let topic = observed.topic.rsplit(':').next().unwrap_or(&observed.topic);
        format!("{} on {topic}", observed.email)
    }

    fn awaits(observed: &Observed) -> Option<Blocked> {
        observed.arn.is_none().then(|| {
            Blocked::new(
                format!("{} has not confirmed yet: nothing is delivered", Self::display_name(observed)),
                "its owner follows the link in AWS's mail; AWS drops a subscription that is not confirmed within 48 hours, and the next \
                 `landfall apply` asks again",
            )
        })
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        match &observed.arn {
            Some(arn) => Import::new("aws_sns_topic_subscription", arn),
            None => Import::left("it has no ARN until its owner has confirmed it"),
        }
    }

    fn check_removable(observed: &Observed) -> Result<(), Blocked> {
        match observed.arn {
            Some(_) => Ok(()),
            None => Err(Blocked::new(
                format!("{} has not confirmed", Self::display_name(observed)),
                "AWS deletes only a confirmed subscription; it drops this one 48 hours after it was made",
            )),
        }
    }

    fn inside(observed: &Observed) -> Vec<&str> {
        // One that is not confirmed cannot be removed; it goes with its topic.
        if observed.arn.is_some() { vec![&observed.topic] } else { Vec::new() }
    }

    fn facts(_: &Address, _: &Observed) -> Facts {
        Facts::new()
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let mut subscriptions = Vec::new();
        for topic in topic::all(cx).await?.iter() {
            let listed = cx.pages(ListSubscriptionsByTopic { topic_arn: topic.id.clone(), next_token: None }).await;
            let listed = unless_gone(listed)?.into_iter().flatten();
            for listed in listed.filter(|listed| listed.protocol == EMAIL && listed.arn_or_state != ENDED) {
                subscriptions.push(Observed {
                    topic: topic.id.clone(),
                    topic_tags: topic.tags.clone().unwrap_or_default(),
                    email: listed.endpoint,
                    arn: Some(listed.arn_or_state).filter(|arn| arn != PENDING),
                });
            }
        }
        Ok(subscriptions)
    }

    /// A repeat is a success (docs/AWS.md D.11).
    async fn create(cx: &Context<'_>, _: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let topic_arn = desired.topic.known()?.to_owned();
        let subscribe =
            Subscribe { topic_arn: topic_arn.clone(), protocol: EMAIL, endpoint: desired.email.to_string(), return_subscription_arn: true };
        cx.send_with(&cx.retry().until_visible(super::GONE), &subscribe).await?;
        Ok(Made::New(Observed { topic: topic_arn, topic_tags: Tags::new(), email: desired.email.to_string(), arn: None }))
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        Self::check_removable(observed)?;
        if let Some(subscription_arn) = observed.arn.clone() {
            unless_gone(cx.send(&Unsubscribe { subscription_arn }).await)?;
        }
        Ok(())
    }
}

/// Returns the last part of an address: letter case does not count in an e-mail address, so two spellings are one subscription.
#[must_use]
pub fn name(topic: &str, email: &str) -> String {
    format!("{topic}/{}", email.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::literal;

    fn observed(email: &str, arn: Option<&str>) -> Observed {
        Observed {
            topic: "arn:aws:sns:eu-west-1:1:landfall-money".to_owned(),
            topic_tags: tags::ours(&literal("acme"), &"management/eu-west-1/topic/money".parse().expect("valid")),
            email: email.to_owned(),
            arn: arn.map(str::to_owned),
        }
    }

    #[test]
    fn it_is_managed_if_the_topic_is_whatever_its_letter_case() {
        let organization: OrganizationName = literal("acme");
        let mut present = observed("Finance@Acme.example", Some("arn:aws:sns:eu-west-1:1:landfall-money:1"));
        let address: Address = "management/eu-west-1/subscription/money/finance@acme.example".parse().expect("valid");
        assert_eq!(Subscription::owner(&present, &organization), Owner::Ours(address));
        let desired = Desired { topic: Text::new("arn:aws:sns:eu-west-1:1:landfall-money"), email: literal("finance@acme.example") };
        assert!(Subscription::matches(&desired, &present));
        present.topic_tags.clear();
        assert_eq!(Subscription::owner(&present, &organization), Owner::Nobody);
    }

    #[test]
    fn one_that_is_not_confirmed_is_reported_and_stays() {
        let confirmed = observed("a@b.example", Some("arn:aws:sns:eu-west-1:1:landfall-money:1"));
        assert_eq!((Subscription::awaits(&confirmed), Subscription::check_removable(&confirmed)), (None, Ok(())));
        let pending = observed("a@b.example", None);
        let awaited = Subscription::awaits(&pending).expect("awaited");
        assert_eq!(awaited.reason, "a@b.example on landfall-money has not confirmed yet: nothing is delivered");
        assert!(Subscription::check_removable(&pending).is_err() && Subscription::inside(&pending).is_empty());
    }
}
