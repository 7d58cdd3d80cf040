//! A topic of SNS and its subscriptions.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::simulator::clock::Timestamp;
use crate::simulator::stored::{StoredDocument, Tags};

/// A subscription that is not confirmed is dropped after this time (docs/AWS.md D.11).
const UNCONFIRMED_FOR: Duration = Duration::from_hours(48);

/// A topic. The world has it by its ARN.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Topic {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) account: AccountId,
    pub(crate) region: String,
    /// The policy as it was set; absent is SNS's default.
    pub(crate) policy: Option<StoredDocument>,
    pub(crate) key: Option<String>,
    pub(crate) display_name: String,
    pub(crate) tags: Tags,
    /// By ARN.
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
}

/// A subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) protocol: String,
    pub(crate) endpoint: String,
    pub(crate) requested: Timestamp,
    pub(crate) confirmed: bool,
}

impl Topic {
    /// Drops subscriptions that were not confirmed in time.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        self.subscriptions.retain(|_, subscription| subscription.confirmed || subscription.requested.plus(UNCONFIRMED_FOR) > now);
    }
}
