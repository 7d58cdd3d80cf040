//! Notifications of budgets and who gets them.

use serde_json::{Value, json};

use super::place::{MODIFY, VIEW, account, duplicate, enter, invalid, name, not_found, page};
use crate::id::AccountId;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{Budget, Notification, World};

pub(super) const OPERATIONS: &[Operation] = &[
    write("CreateNotification", create),
    write("UpdateNotification", update),
    write("DeleteNotification", delete),
    read("DescribeBudgetNotificationsForAccount", list),
    read("DescribeSubscribersForNotification", subscribers),
];

/// The principal that publishes (docs/AWS.md 8.3).
const SERVICE: &str = "budgets.amazonaws.com";
/// Notifications of one budget, and subscribers of one notification (docs/AWS.md 8.3).
const NOTIFICATIONS_MAX: usize = 5;
const SUBSCRIBERS: std::ops::RangeInclusive<usize> = 1..=11;

fn create(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (account, name) = (account(call, &params)?, name(&params, "BudgetName")?);
    let wanted = read_with_subscribers(&params)?;
    let pass = enter(world, call, params, MODIFY, &account, name)?;
    let mut all = world.budget_mut(&account, name)?.notifications.clone();
    if all.iter().any(|known| known.is(&wanted)) {
        return Err(duplicate("The notification already exists."));
    }
    all.push(wanted);
    check_all(world, call, &account, &all)?;
    world.budget_mut(&account, name)?.notifications = all;
    Ok(pass.answer(json!({})))
}

fn update(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (account, name) = (account(call, &params)?, name(&params, "BudgetName")?);
    let (old, new) = (read_one(&params, "OldNotification")?, read_one(&params, "NewNotification")?);
    let pass = enter(world, call, params, MODIFY, &account, name)?;
    let budget = world.budget_mut(&account, name)?;
    if budget.notifications.iter().any(|known| known.is(&new)) {
        return Err(duplicate("The notification already exists."));
    }
    let known = budget.notifications.iter_mut().find(|known| known.is(&old)).ok_or_else(missing)?;
    *known = Notification { subscribers: std::mem::take(&mut known.subscribers), ..new };
    Ok(pass.answer(json!({})))
}

fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (account, name) = (account(call, &params)?, name(&params, "BudgetName")?);
    let old = read_one(&params, "Notification")?;
    let pass = enter(world, call, params, MODIFY, &account, name)?;
    let budget = world.budget_mut(&account, name)?;
    let at = place_of(budget, &old)?;
    budget.notifications.remove(at);
    Ok(pass.answer(json!({})))
}

/// Shows notifications without their subscribers; a budget without any is left out.
fn list(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (account, page) = (account(call, &params)?, page(&params)?);
    let pass = enter(world, call, params, VIEW, &account, "*")?;
    let budgets = world.budgets.get(&account).into_iter().flatten().filter(|(_, budget)| !budget.notifications.is_empty());
    let cut = page.cut(budgets.map(|(name, budget)| {
        let shown: Vec<Value> = budget.notifications.iter().map(show).collect();
        (name.clone(), json!({ "BudgetName": name, "Notifications": shown }))
    }));
    Ok(pass.answer(json!({ "BudgetNotificationsForAccount": cut.items, "NextToken": cut.next })))
}

fn subscribers(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (account, name) = (account(call, &params)?, name(&params, "BudgetName")?);
    let wanted = read_one(&params, "Notification")?;
    let pass = enter(world, call, params, VIEW, &account, name)?;
    let budget = world.budget_mut(&account, name)?;
    let at = place_of(budget, &wanted)?;
    let shown = budget.notifications[at].subscribers.iter();
    let shown: Vec<Value> = shown.map(|(kind, address)| json!({ "SubscriptionType": kind, "Address": address })).collect();
    Ok(pass.answer(json!({ "Subscribers": shown })))
}

fn place_of(budget: &Budget, wanted: &Notification) -> Result<usize, Failure> {
    budget.notifications.iter().position(|known| known.is(wanted)).ok_or_else(missing)
}

fn missing() -> Failure {
    not_found("The notification doesn't exist.")
}

/// Reads a notification and its subscribers.
pub(super) fn read_with_subscribers(params: &Params<'_>) -> Result<Notification, Failure> {
    let mut wanted = read_one(params, "Notification")?;
    for subscriber in params.structures("Subscribers")? {
        wanted.subscribers.push((subscriber.text("SubscriptionType")?.to_owned(), subscriber.text("Address")?.to_owned()));
        subscriber.finish()?;
    }
    if SUBSCRIBERS.contains(&wanted.subscribers.len()) { Ok(wanted) } else { Err(invalid("A notification has 1 to 11 subscribers.")) }
}

fn read_one(params: &Params<'_>, member: &str) -> Result<Notification, Failure> {
    let given = params.structure(member)?.ok_or_else(|| invalid(format!("{member} is missing")))?;
    let wanted = Notification {
        kind: given.text("NotificationType")?.to_owned(),
        operator: given.text("ComparisonOperator")?.to_owned(),
        threshold: given.any("Threshold").and_then(Value::as_f64).ok_or_else(|| invalid("Threshold is not a number"))?,
        threshold_type: given.optional_text("ThresholdType")?.unwrap_or("PERCENTAGE").to_owned(),
        subscribers: Vec::new(),
    };
    // A state that is given is not kept: AWS sets it.
    given.optional_text("NotificationState")?;
    given.finish()?;
    let is_known = ["ACTUAL", "FORECASTED"].contains(&wanted.kind.as_str())
        && ["GREATER_THAN", "LESS_THAN", "EQUAL_TO"].contains(&wanted.operator.as_str())
        && ["PERCENTAGE", "ABSOLUTE_VALUE"].contains(&wanted.threshold_type.as_str())
        && wanted.threshold > 0.0;
    if is_known { Ok(wanted) } else { Err(invalid("The notification is not valid.")) }
}

/// Checks the number of notifications, and that Budgets may publish to every topic.
pub(super) fn check_all(world: &World, call: &Call<'_>, account: &AccountId, wanted: &[Notification]) -> Result<(), Failure> {
    if wanted.len() > NOTIFICATIONS_MAX {
        return Err(Failure::new("CreationLimitExceededException", 400, "A budget has at most 5 notifications."));
    }
    for (kind, address) in wanted.iter().flat_map(|notification| &notification.subscribers) {
        match kind.as_str() {
            "EMAIL" if address.contains('@') => {}
            "SNS" => world
                .check_publish(call.now, SERVICE, account, address)
                .map_err(|reason| invalid(format!("Please check the topic's policy, {address}: {reason}")))?,
            _ => return Err(invalid(format!("{address} is not a valid subscriber."))),
        }
    }
    Ok(())
}

fn show(notification: &Notification) -> Value {
    json!({
        "NotificationType": notification.kind,
        "ComparisonOperator": notification.operator,
        "Threshold": notification.threshold,
        "ThresholdType": notification.threshold_type,
        "NotificationState": "OK",
    })
}
