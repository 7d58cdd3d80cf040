//! Reading budgets: two lists of the whole account.

use std::collections::BTreeMap;

use super::super::api::{self, DescribeBudgetNotificationsForAccount, DescribeBudgets, PAGE};
use super::settings::{Settings, USD, shown};
use super::{Budget, Kept, Notification, Observed, Present};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::kind::{Context, Kind};
use crate::name::{AccountKey, Dollars};
use crate::ours::BUDGET_PREFIX;

/// Reads every budget with landfall's prefix. A denied read is blocked by itself, and does not hide what else is in the account: in a new
/// one, IAM roles see nothing of the bill until its root user allows that.
pub(super) async fn all(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
    match present(cx).await {
        Ok(budgets) => Ok(budgets.into_iter().map(|present| Observed::Present(Box::new(present))).collect()),
        Err(error) if error.is_denied() => Ok(vec![Observed::Denied { reason: error.to_string() }]),
        Err(error) => Err(error),
    }
}

async fn present(cx: &Context<'_>) -> Result<Vec<Present>, AwsError> {
    let account_id = cx.session().account().to_string();
    let budgets = cx.pages(DescribeBudgets { account_id: account_id.clone(), max_results: PAGE, next_token: None }).await?;
    let ours: Vec<api::Budget> = budgets.into_iter().filter(|budget| budget.budget_name.starts_with(BUDGET_PREFIX)).collect();
    if ours.is_empty() {
        return Ok(Vec::new());
    }
    let listed = cx.pages(DescribeBudgetNotificationsForAccount { account_id, max_results: PAGE, next_token: None }).await?;
    let mut notifications: BTreeMap<String, Vec<Notification>> = BTreeMap::new();
    for of_budget in listed {
        let known = of_budget.notifications.iter().filter_map(Notification::read);
        notifications.entry(of_budget.budget_name).or_default().extend(known);
    }
    let found = ours.into_iter().filter_map(|budget| {
        let address = address(cx, &budget.budget_name)?;
        let notifications = notifications.remove(&budget.budget_name).unwrap_or_default();
        let settings = settings(&budget);
        let kept = Kept { cost_types: budget.cost_types, time_period: budget.time_period };
        Some(Present { address, name: budget.budget_name, settings, notifications, kept })
    });
    Ok(found.collect())
}

/// Returns the address of a budget by its name; `None` outside of a Region, where none is read, and for a name that landfall would not
/// give: such a budget is somebody's own, and its name may have any characters.
fn address(cx: &Context<'_>, name: &str) -> Option<Address> {
    let (account, region) = (cx.scope().account()?, cx.scope().region()?);
    let key: AccountKey = name.strip_prefix(BUDGET_PREFIX)?.parse().ok()?;
    Some(Address::region(account, region, Budget::NAME, key))
}

/// Returns what landfall compares. The amount is a number, which AWS writes with decimals of its own.
pub(super) fn settings(budget: &api::Budget) -> Settings {
    let limit = budget.budget_limit.as_ref().map(|limit| match limit.amount.parse::<Dollars>() {
        Ok(amount) if limit.unit == USD => shown(amount),
        _ => format!("{} {}", limit.unit, limit.amount),
    });
    Settings {
        budget_type: budget.budget_type.clone(),
        time_unit: budget.time_unit.clone(),
        limit: limit.unwrap_or_else(|| "one for each month".to_owned()),
        filters: budget.cost_filters.iter().map(|(name, values)| (name.clone(), values.iter().cloned().collect())).collect(),
    }
}
