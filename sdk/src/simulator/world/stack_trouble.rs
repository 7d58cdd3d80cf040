//! What goes wrong in stacks from outside of CloudFormation: a resource that fails, an alarm that rings.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::simulator::clock::Timestamp;

/// Something that goes wrong in a stack. Part of the world, unlike a [`Fault`](crate::simulator::Fault), since the calls that start an operation
/// have long been answered when it fails.
///
/// ```
/// use std::time::Duration;
/// use landfall::simulator::StackTrouble;
///
/// let fails = StackTrouble::resource_fails("Service", "ECS Deployment Circuit Breaker was triggered");
/// let rings = StackTrouble::alarm_rings("shop-health", Duration::from_mins(5));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum StackTrouble {
    /// The next resource with this logical id that is created or changed fails with this reason. Its rollback does not.
    ResourceFails {
        /// The name of the resource in its template.
        logical_id: String,
        /// The reason in the event.
        reason: String,
    },
    /// The alarm with this name, of any account and Region, is in alarm from this time on after now, for a moment.
    AlarmRings {
        /// The name of the alarm.
        name: String,
        /// How long from now.
        after: Duration,
    },
}

impl StackTrouble {
    /// Returns a resource that fails once.
    pub fn resource_fails(logical_id: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::ResourceFails { logical_id: logical_id.into(), reason: reason.into() }
    }

    /// Returns an alarm that rings once.
    pub fn alarm_rings(name: impl Into<String>, after: Duration) -> Self {
        Self::AlarmRings { name: name.into(), after }
    }
}

/// The trouble that is to come.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StackTroubles {
    /// Reasons by logical id.
    pub(crate) failing: BTreeMap<String, String>,
    /// When each alarm rings, by name.
    pub(crate) ringing: BTreeMap<String, Vec<Timestamp>>,
}

impl StackTroubles {
    /// Orders trouble.
    pub(crate) fn order(&mut self, now: Timestamp, trouble: StackTrouble) {
        match trouble {
            StackTrouble::ResourceFails { logical_id, reason } => {
                self.failing.insert(logical_id, reason);
            }
            StackTrouble::AlarmRings { name, after } => self.ringing.entry(name).or_default().push(now.plus(after)),
        }
    }
}
