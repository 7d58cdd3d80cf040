//! The part of the Budgets API that landfall uses, by its own names.

#![expect(clippy::struct_field_names, reason = "members have the names of AWS's API")]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::client::{Done, Paged, requests};

/// Items on a page, the most that AWS sends (docs/AWS.md D.13).
pub(super) const PAGE: i32 = 1000;

requests! { BUDGETS, "budgets":
    pub(super) CreateBudget { account_id: String, budget: Budget, notifications_with_subscribers: Vec<Subscribed> } -> Done,
    pub(super) CreateNotification {
        account_id: String, budget_name: String, notification: Notification, subscribers: [Subscriber; 1],
    } -> Done,
    pub(super) DeleteBudget { account_id: String, budget_name: String } -> Done,
    pub(super) DeleteNotification { account_id: String, budget_name: String, notification: Notification } -> Done,
    pub(super) DescribeBudgetNotificationsForAccount {
        account_id: String, max_results: i32, next_token: Option<String>,
    } -> NotificationsForAccount,
    pub(super) DescribeBudgets { account_id: String, max_results: i32, next_token: Option<String> } -> Budgets,
    pub(super) UpdateBudget { account_id: String, new_budget: Budget } -> Done,
}

impl Paged for DescribeBudgets {
    type Item = Budget;

    fn at(&mut self, token: String) {
        self.next_token = Some(token);
    }

    fn items(page: Budgets) -> (Vec<Budget>, Option<String>) {
        (page.budgets, page.next_token)
    }
}

impl Paged for DescribeBudgetNotificationsForAccount {
    type Item = NotificationsOfBudget;

    fn at(&mut self, token: String) {
        self.next_token = Some(token);
    }

    fn items(page: NotificationsForAccount) -> (Vec<NotificationsOfBudget>, Option<String>) {
        (page.budget_notifications_for_account, page.next_token)
    }
}

/// A page of budgets.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Budgets {
    #[serde(default)]
    budgets: Vec<Budget>,
    next_token: Option<String>,
}

/// A budget. What it counts and its period are kept as they are, and sent again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Budget {
    pub(super) budget_name: String,
    pub(super) budget_type: String,
    pub(super) time_unit: String,
    /// Absent where each month has a limit of its own.
    pub(super) budget_limit: Option<Limit>,
    #[serde(default)]
    pub(super) cost_filters: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cost_types: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time_period: Option<Value>,
}

/// The limit of a budget.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Limit {
    pub(super) amount: String,
    pub(super) unit: String,
}

/// A page of the notifications of all budgets.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NotificationsForAccount {
    #[serde(default)]
    budget_notifications_for_account: Vec<NotificationsOfBudget>,
    next_token: Option<String>,
}

/// The notifications of one budget; their subscribers are not in it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NotificationsOfBudget {
    #[serde(default)]
    pub(super) budget_name: String,
    #[serde(default)]
    pub(super) notifications: Vec<Notification>,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Notification {
    pub(super) notification_type: String,
    pub(super) comparison_operator: String,
    pub(super) threshold: f64,
    /// Absent is a percentage.
    pub(super) threshold_type: Option<String>,
}

/// A notification and who gets it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Subscribed {
    pub(super) notification: Notification,
    pub(super) subscribers: [Subscriber; 1],
}

/// Who gets a notification.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Subscriber {
    pub(super) subscription_type: &'static str,
    pub(super) address: String,
}
