//! A budget of AWS Budgets and its notifications.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::simulator::clock::Timestamp;

/// A budget. The world has it by account and name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Budget {
    pub(crate) amount: String,
    pub(crate) unit: String,
    pub(crate) kind: String,
    pub(crate) time_unit: String,
    pub(crate) filters: BTreeMap<String, Vec<String>>,
    pub(crate) cost_types: Value,
    pub(crate) period: Value,
    pub(crate) changed: Timestamp,
    pub(crate) notifications: Vec<Notification>,
}

/// A notification, which is identified by all but its subscribers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Notification {
    pub(crate) kind: String,
    pub(crate) operator: String,
    pub(crate) threshold: f64,
    pub(crate) threshold_type: String,
    /// Type and address of each.
    pub(crate) subscribers: Vec<(String, String)>,
}

impl Notification {
    pub(crate) fn is(&self, other: &Self) -> bool {
        Self { subscribers: Vec::new(), ..self.clone() } == Self { subscribers: Vec::new(), ..other.clone() }
    }
}
