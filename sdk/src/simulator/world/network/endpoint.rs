//! Gateway endpoints and flow logs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::label::{Label, Token};
use crate::simulator::stored::StoredDocument;

/// A gateway endpoint; its routes are in the tables.
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
