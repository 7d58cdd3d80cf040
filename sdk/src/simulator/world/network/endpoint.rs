//! Endpoints and flow logs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::label::{Label, Token};
use crate::simulator::clock::Timestamp;
use crate::simulator::stored::StoredDocument;

/// An endpoint; the routes of a gateway endpoint are in the tables.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) label: Label,
    pub(crate) vpc: String,
    /// `com.amazonaws.REGION.s3`.
    pub(crate) service: String,
    /// The ids of the route tables.
    pub(crate) tables: BTreeSet<String>,
    pub(crate) policy: StoredDocument,
    pub(crate) token: Option<Token>,
    /// What an interface endpoint has; `None` if it is a gateway endpoint.
    #[serde(default)]
    pub(crate) interface: Option<InterfaceEndpoint>,
}

/// The part of an endpoint that gateway endpoints do not have.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InterfaceEndpoint {
    /// The network interface in each subnet.
    pub(crate) interfaces: BTreeMap<String, String>,
    pub(crate) groups: BTreeSet<String>,
    pub(crate) private_dns: bool,
    /// Since when it has its subnets and its name: it is pending for a while then.
    pub(crate) changed: Timestamp,
    /// When it was deleted; its interfaces go a while later.
    pub(crate) deleted: Option<Timestamp>,
}

impl Endpoint {
    /// Returns whether it is gone: deleted, and its interfaces with it.
    pub(crate) fn is_gone(&self, now: Timestamp, deletion: Duration) -> bool {
        self.interface.as_ref().and_then(|interface| interface.deleted).is_some_and(|at| at.plus(deletion) <= now)
    }
}

/// A flow log to a bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FlowLog {
    pub(crate) label: Label,
    /// The id of the VPC or subnet.
    pub(crate) resource: String,
    /// The ARN of the bucket, and the folder.
    pub(crate) destination: String,
    /// `ALL`, `ACCEPT` or `REJECT`.
    pub(crate) traffic: String,
    /// In seconds.
    pub(crate) interval: i64,
    /// The fields of a line.
    pub(crate) format: String,
    /// `plain-text` or `parquet`.
    pub(crate) file_format: String,
    pub(crate) hive_compatible: bool,
    pub(crate) per_hour: bool,
    pub(crate) token: Option<Token>,
}
