//! Subscriptions: requested, confirmed, listed and ended.

use serde_json::json;

use super::place::{enter, invalid, page};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{Subscription, World};

pub(super) const OPERATIONS: &[Operation] = &[
    write("Subscribe", subscribe),
    write("ConfirmSubscription", confirm),
    write("Unsubscribe", unsubscribe),
    read("ListSubscriptionsByTopic", list),
];

/// What lists show in place of the ARN of a subscription that is not confirmed, and what `Subscribe` answers (SNS API, `Subscribe`).
const PENDING: &str = "PendingConfirmation";
const PENDING_ANSWER: &str = "pending confirmation";

/// The same protocol and endpoint is the same subscription.
fn subscribe(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (topic, protocol) = (params.text("TopicArn")?, params.text("Protocol")?);
    let endpoint = params.optional_text("Endpoint")?.unwrap_or_default();
    let shows_arn = params.optional_boolean("ReturnSubscriptionArn")?.unwrap_or(false);
    let ask = Ask::new("sns:Subscribe", "").with("sns:Protocol", protocol).with("sns:Endpoint", endpoint);
    let pass = enter(world, call, params, ask, topic)?;
    world.topic(topic)?;
    let confirmed = match protocol {
        "email" if endpoint.contains('@') => world.options.confirming.contains(endpoint),
        "sms" if endpoint.strip_prefix('+').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) => true,
        "email" => return Err(invalid("Email address")),
        "sms" => return Err(invalid(format!("Endpoint Reason: {endpoint} is not a phone number"))),
        other => return Err(Failure::not_implemented(format_args!("subscriptions by {other}"))),
    };
    let subscriptions = &world.topic(topic)?.subscriptions;
    let known = subscriptions.iter().find(|(_, known)| known.protocol == protocol && known.endpoint == endpoint);
    let (arn, confirmed) = if let Some((arn, known)) = known {
        (arn.clone(), known.confirmed)
    } else {
        let arn = format!("{topic}:{}", world.uuid());
        let subscription = Subscription { protocol: protocol.to_owned(), endpoint: endpoint.to_owned(), requested: call.now, confirmed };
        world.topic_mut(topic)?.subscriptions.insert(arn.clone(), subscription);
        (arn, confirmed)
    };
    let shown = if confirmed || shows_arn { arn.as_str() } else { PENDING_ANSWER };
    Ok(pass.answer(json!({ "SubscriptionArn": shown })))
}

/// The token is in the mail; here it is the end of the subscription's ARN.
fn confirm(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (topic, token) = (params.text("TopicArn")?, params.text("Token")?);
    let pass = enter(world, call, params, Ask::new("sns:ConfirmSubscription", ""), topic)?;
    let arn = format!("{topic}:{token}");
    let subscription = world.topic_mut(topic)?.subscriptions.get_mut(&arn).ok_or_else(|| invalid("Token"))?;
    subscription.confirmed = true;
    Ok(pass.answer(json!({ "SubscriptionArn": arn })))
}

fn unsubscribe(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let arn = params.text("SubscriptionArn")?;
    let Some((topic, _)) = arn.rsplit_once(':').filter(|_| arn.split(':').count() == 7) else {
        return Err(invalid("SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"));
    };
    let pass = enter(world, call, params, Ask::new("sns:Unsubscribe", ""), topic)?;
    let gone = world.topics.get_mut(topic).and_then(|topic| topic.subscriptions.remove(arn));
    if gone.is_none() {
        return Err(Failure::new("NotFound", 404, "Subscription does not exist"));
    }
    Ok(pass.answer(json!({})))
}

fn list(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (topic, page) = (params.text("TopicArn")?, page(&params)?);
    let pass = enter(world, call, params, Ask::new("sns:ListSubscriptionsByTopic", ""), topic)?;
    let found = world.topic(topic)?;
    let shown = found.subscriptions.iter().map(|(arn, subscription)| {
        let shown = if subscription.confirmed { arn.as_str() } else { PENDING };
        let value = json!({
            "SubscriptionArn": shown,
            "Owner": found.account.as_str(),
            "Protocol": subscription.protocol,
            "Endpoint": subscription.endpoint,
            "TopicArn": topic,
        });
        (arn.clone(), value)
    });
    let cut = page.cut(shown);
    Ok(pass.answer(json!({ "Subscriptions": cut.items, "NextToken": cut.next })))
}
