//! What counts as a difference of a budget.

use serde_json::json;

use super::super::api;
use super::*;
use crate::kind::settle;
use crate::name::literal;

fn desired(amount: &str, accounts: Option<&[&str]>) -> Desired {
    Desired {
        name: "landfall-prod".to_owned(),
        amount: literal(amount),
        accounts: accounts.map(|ids| ids.iter().map(|id| Text::new(*id)).collect()),
        topic: Text::new("arn:aws:sns:eu-west-1:111111111111:landfall-money"),
    }
}

/// Reads a budget as AWS shows it.
fn observed(budget: &serde_json::Value, notifications: &[Notification]) -> Observed {
    let budget: api::Budget = serde_json::from_value(budget.clone()).expect("a budget");
    Observed::Present(Box::new(Present {
        address: "management/eu-west-1/budget/prod".parse().expect("valid"),
        name: budget.budget_name.clone(),
        settings: read::settings(&budget),
        notifications: notifications.to_vec(),
        kept: Kept::default(),
    }))
}

fn shown_edits(desired: &Desired, observed: &Observed) -> Vec<String> {
    let edits = settle::differences::<Budget>(desired, observed).expect("never blocked");
    edits.iter().flat_map(settle::Edit::fields).map(|field| field.to_string()).collect()
}

#[test]
fn amounts_compare_as_numbers_and_accounts_as_a_set() {
    let budget = |amount: &str, unit: &str, filters: serde_json::Value| {
        json!({ "BudgetName": "landfall-prod", "BudgetType": "COST", "TimeUnit": "MONTHLY",
            "BudgetLimit": { "Amount": amount, "Unit": unit }, "CostFilters": filters })
    };
    let both = json!({ "LinkedAccount": ["222222222222", "333333333333"] });
    let wanted = desired("1500", Some(&["333333333333", "222222222222"]));
    for (found, expected) in [
        (budget("1500.0", "USD", both.clone()), &[][..]),
        (budget("1500", "USD", both.clone()), &[]),
        (budget("9000.5", "USD", both.clone()), &["amount  USD 9000.50 -> USD 1500"]),
        (budget("1500.001", "USD", both.clone()), &["amount  USD 1500.001 -> USD 1500"]),
        (budget("1500", "EUR", both.clone()), &["amount  EUR 1500 -> USD 1500"]),
        (budget("1500", "USD", json!({})), &["accounts  + 333333333333", "accounts  + 222222222222"]),
        (
            budget("1500", "USD", json!({ "LinkedAccount": ["222222222222", "444444444444"], "Service": ["Amazon S3"] })),
            &["accounts  + 333333333333", "accounts  - 444444444444", "filter Service  - Amazon S3"],
        ),
    ] {
        assert_eq!(shown_edits(&wanted, &observed(&found, &Notification::WANTED)), expected, "{found}");
    }
    let all = desired("1500", None);
    assert_eq!(shown_edits(&all, &observed(&budget("1500.0", "USD", json!({})), &Notification::WANTED)), [""; 0]);
    assert_eq!(
        shown_edits(&all, &observed(&budget("1500.0", "USD", both), &Notification::WANTED)),
        ["accounts  - 222222222222", "accounts  - 333333333333"]
    );
    let planned = json!({ "BudgetName": "landfall-prod", "BudgetType": "USAGE", "TimeUnit": "QUARTERLY" });
    assert_eq!(
        shown_edits(&all, &observed(&planned, &Notification::WANTED)),
        ["amount  one for each month -> USD 1500", "type  USAGE -> COST", "period  QUARTERLY -> MONTHLY"]
    );
}

#[test]
fn one_notification_too_many_makes_room_for_one_that_is_missing() {
    let budget = json!({ "BudgetName": "landfall-prod", "BudgetType": "COST", "TimeUnit": "MONTHLY",
        "BudgetLimit": { "Amount": "5", "Unit": "USD" } });
    let other = Notification { threshold: 95.5, ..Notification::WANTED[0] };
    let sum = Notification { is_percentage: false, ..Notification::WANTED[1] };
    let found = [other, sum, Notification::WANTED[2]];
    assert_eq!(
        shown_edits(&desired("5", None), &observed(&budget, &found)),
        [
            "notification  - costs above 95.5 %",
            "notification  - costs above USD 100",
            "notification  + costs above 80 %",
            "notification  + costs above 100 %"
        ]
    );
}

#[test]
fn a_denied_read_blocks_budgets_and_nothing_else() {
    let denied = Observed::Denied { reason: "AWS refused DescribeBudgets".to_owned() };
    let wanted = desired("5", None);
    assert!(!Budget::matches(&wanted, &denied));
    assert_eq!(Budget::owner(&denied, &literal("acme")), Owner::Nobody);
    assert!(Budget::rival(&wanted, &denied).is_some_and(|blocked| blocked.reason.contains("DescribeBudgets")));
}

#[test]
fn the_summary_says_how_much_and_for_what() {
    for (accounts, expected) in [
        (None, "USD 99.90 a month for all accounts"),
        (Some(&["1"][..]), "USD 99.90 a month for one account"),
        (Some(&["1", "2"]), "USD 99.90 a month for 2 accounts"),
    ] {
        assert_eq!(Budget::summary(&desired("99.9", accounts)), expected);
    }
}
