//! Budgets: created, replaced, deleted and listed.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Value, json};

use super::notifications;
use super::place::{MODIFY, VIEW, account, duplicate, enter, invalid, name, not_found, page};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::{Budget, World};

pub(super) const OPERATIONS: &[Operation] =
    &[write("CreateBudget", create), write("UpdateBudget", update), write("DeleteBudget", delete), read("DescribeBudgets", list)];

/// Budgets of one account (docs/AWS.md 8.3).
const BUDGETS_MAX: usize = 20_000;
/// The end of a budget that names none: 2087-06-15 (Budgets API, `TimePeriod`).
const END: f64 = 3_706_473_600.0;

fn create(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let account = account(call, &params)?;
    let (name, budget) = read_budget(&params, "Budget", call.now)?;
    let mut wanted = Vec::new();
    for given in params.structures("NotificationsWithSubscribers")? {
        wanted.push(notifications::read_with_subscribers(&given)?);
        given.finish()?;
    }
    let pass = enter(world, call, params, MODIFY, &account, &name)?;
    notifications::check_all(world, call, &account, &wanted)?;
    let budgets = world.budgets.entry(account).or_default();
    if budgets.contains_key(&name) {
        return Err(duplicate(format!("Error creating budget: {name} - the budget already exists.")));
    }
    if budgets.len() >= BUDGETS_MAX {
        return Err(Failure::new("ServiceQuotaExceededException", 400, "The account has too many budgets."));
    }
    budgets.insert(name, Budget { notifications: wanted, ..budget });
    Ok(pass.answer(json!({})))
}

/// Replaces all of a budget but its notifications.
fn update(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let account = account(call, &params)?;
    let (name, budget) = read_budget(&params, "NewBudget", call.now)?;
    let pass = enter(world, call, params, MODIFY, &account, &name)?;
    let present = world.budget_mut(&account, &name)?;
    *present = Budget { notifications: std::mem::take(&mut present.notifications), ..budget };
    Ok(pass.answer(json!({})))
}

fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (account, name) = (account(call, &params)?, name(&params, "BudgetName")?);
    let pass = enter(world, call, params, MODIFY, &account, name)?;
    let gone = world.budgets.get_mut(&account).and_then(|budgets| budgets.remove(name));
    if gone.is_none() {
        return Err(not_found(format!("Unable to delete budget: {name} - the budget doesn't exist.")));
    }
    Ok(pass.answer(json!({})))
}

fn list(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (account, page) = (account(call, &params)?, page(&params)?);
    let pass = enter(world, call, params, VIEW, &account, "*")?;
    let budgets = world.budgets.get(&account).into_iter().flatten();
    let cut = page.cut(budgets.map(|(name, budget)| (name.clone(), show(name, budget))));
    Ok(pass.answer(json!({ "Budgets": cut.items, "NextToken": cut.next })))
}

/// Reads a budget without its notifications, and its name.
fn read_budget(params: &Params<'_>, member: &str, now: Timestamp) -> Result<(String, Budget), Failure> {
    let given = params.structure(member)?.ok_or_else(|| invalid(format!("{member} is missing")))?;
    let name = name(&given, "BudgetName")?.to_owned();
    let limit = given.structure("BudgetLimit")?.ok_or_else(|| invalid("The budget has no limit."))?;
    let (amount, unit) = (limit.text("Amount")?.to_owned(), limit.text("Unit")?.to_owned());
    limit.finish()?;
    let is_number = amount.split('.').count() <= 2
        && !amount.ends_with('.')
        && amount.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && amount.bytes().any(|byte| byte != b'0' && byte != b'.');
    if !is_number || unit != "USD" {
        return Err(invalid(format!("{amount} {unit} is not a valid limit of a budget.")));
    }
    let (kind, time_unit) = (given.text("BudgetType")?.to_owned(), given.text("TimeUnit")?.to_owned());
    if kind != "COST" {
        return Err(Failure::not_implemented(format_args!("budgets of type {kind}")));
    }
    if !["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"].contains(&time_unit.as_str()) {
        return Err(invalid(format!("{time_unit} is not a valid time unit.")));
    }
    let budget = Budget {
        amount,
        unit,
        kind,
        time_unit,
        filters: read_filters(&given)?,
        cost_types: given.any("CostTypes").cloned().unwrap_or_else(usual_costs),
        period: given.any("TimePeriod").cloned().unwrap_or_else(|| json!({ "Start": month(now), "End": END })),
        changed: now,
        notifications: Vec::new(),
    };
    given.finish()?;
    Ok((name, budget))
}

fn read_filters(given: &Params<'_>) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let Some(filters) = given.any("CostFilters") else { return Ok(BTreeMap::new()) };
    let filters: BTreeMap<String, Vec<String>> =
        serde_json::from_value(filters.clone()).map_err(|_| invalid("CostFilters must have lists of texts"))?;
    if let Some((other, _)) = filters.iter().find(|(name, _)| *name != "LinkedAccount" && *name != "Service") {
        return Err(Failure::not_implemented(format_args!("the filter {other} of budgets")));
    }
    let accounts = filters.get("LinkedAccount").into_iter().flatten();
    if let Some(wrong) = accounts.into_iter().find(|id| id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(invalid(format!("{wrong} is not the id of an account.")));
    }
    Ok(filters)
}

/// What a budget of costs counts by default (Budgets API, `CostTypes`).
fn usual_costs() -> Value {
    json!({
        "IncludeTax": true, "IncludeSubscription": true, "UseBlended": false, "IncludeRefund": true, "IncludeCredit": true,
        "IncludeUpfront": true, "IncludeRecurring": true, "IncludeOtherSubscription": true, "IncludeSupport": true,
        "IncludeDiscount": true, "UseAmortized": false,
    })
}

/// Returns the beginning of the month, in seconds since 1970.
fn month(now: Timestamp) -> f64 {
    let day = now.iso();
    let first = format!("{}-01T00:00:00Z", day.get(..7).unwrap_or_default());
    DateTime::from_str(&first, Format::DateTime).map_or(0.0, |begin| begin.as_secs_f64())
}

/// AWS shows a whole amount with a decimal (docs/AWS.md D.13).
fn show(name: &str, budget: &Budget) -> Value {
    let amount = if budget.amount.contains('.') { budget.amount.clone() } else { format!("{}.0", budget.amount) };
    json!({
        "BudgetName": name,
        "BudgetLimit": { "Amount": amount, "Unit": budget.unit },
        "CostFilters": budget.filters,
        "CostTypes": budget.cost_types,
        "TimeUnit": budget.time_unit,
        "TimePeriod": budget.period,
        "CalculatedSpend": { "ActualSpend": { "Amount": "0.0", "Unit": budget.unit } },
        "BudgetType": budget.kind,
        "LastUpdatedTime": budget.changed.epoch_seconds(),
    })
}
