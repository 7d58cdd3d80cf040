//! The notifications of a budget: at which part of its amount someone is told.

use std::fmt;

use serde::Serialize;

use super::super::api;

/// A notification.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Notification {
    /// What is compared.
    pub of: Of,
    /// How it is compared.
    pub operator: Operator,
    /// With how much.
    pub threshold: f64,
    /// Whether that is a percentage of the amount, and no sum.
    pub is_percentage: bool,
}

/// What is compared with a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "mirrors the Budgets API")]
pub enum Of {
    /// The costs so far.
    Actual,
    /// The costs that AWS expects for the whole month.
    Forecast,
}

/// How costs are compared with a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "mirrors the Budgets API")]
pub enum Operator {
    /// More than it.
    Above,
    /// Less than it.
    Below,
    /// The same.
    Equal,
}

const fn percent(of: Of, threshold: f64) -> Notification {
    Notification { of, operator: Operator::Above, threshold, is_percentage: true }
}

impl Notification {
    /// Those of every budget: a warning while something can be done, the fact, and what it comes to if it goes on like this.
    pub const WANTED: [Self; 3] = [percent(Of::Actual, 80.0), percent(Of::Actual, 100.0), percent(Of::Forecast, 100.0)];

    /// Reads AWS's; `None` for one of a type or an operator that landfall does not know.
    pub(super) fn read(given: &api::Notification) -> Option<Self> {
        let of = match given.notification_type.as_str() {
            "ACTUAL" => Of::Actual,
            "FORECASTED" => Of::Forecast,
            _ => return None,
        };
        let operator = match given.comparison_operator.as_str() {
            "GREATER_THAN" => Operator::Above,
            "LESS_THAN" => Operator::Below,
            "EQUAL_TO" => Operator::Equal,
            _ => return None,
        };
        let is_percentage = given.threshold_type.as_deref().is_none_or(|unit| unit == "PERCENTAGE");
        Some(Self { of, operator, threshold: given.threshold, is_percentage })
    }

    /// Returns it as it is sent.
    pub(super) fn written(&self) -> api::Notification {
        api::Notification {
            notification_type: match self.of {
                Of::Actual => "ACTUAL",
                Of::Forecast => "FORECASTED",
            }
            .to_owned(),
            comparison_operator: match self.operator {
                Operator::Above => "GREATER_THAN",
                Operator::Below => "LESS_THAN",
                Operator::Equal => "EQUAL_TO",
            }
            .to_owned(),
            threshold: self.threshold,
            threshold_type: Some(if self.is_percentage { "PERCENTAGE" } else { "ABSOLUTE_VALUE" }.to_owned()),
        }
    }
}

impl fmt::Display for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.of {
            Of::Actual => "costs",
            Of::Forecast => "forecast",
        };
        let operator = match self.operator {
            Operator::Above => "above",
            Operator::Below => "below",
            Operator::Equal => "at",
        };
        let threshold = self.threshold;
        if self.is_percentage { write!(f, "{of} {operator} {threshold} %") } else { write!(f, "{of} {operator} USD {threshold}") }
    }
}
