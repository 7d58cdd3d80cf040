//! The record of each call.

use std::time::SystemTime;

use crate::id::AccountId;

/// One call that reached a simulator.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallRecord {
    /// When it was received.
    pub at: SystemTime,
    /// The service, for example `iam`; empty if the request was not understood.
    pub service: String,
    /// The operation, for example `CreateRole`; empty if the request was not understood.
    pub operation: String,
    /// The Region that the request was signed for.
    pub region: String,
    /// The caller's account; `None` for calls without valid credentials.
    pub account: Option<AccountId>,
    /// The caller's ARN as `GetCallerIdentity` gives it; empty for calls without valid credentials.
    pub caller: String,
    /// Whether the operation changes something, even if it failed.
    pub mutating: bool,
    /// The error code of a call that failed.
    pub error: Option<String>,
    /// The request id.
    pub request_id: String,
    /// Whether an answer was sent; a [`Fault`](super::Fault) may have dropped it.
    pub is_answered: bool,
}

impl CallRecord {
    pub(crate) fn new(at: SystemTime, request_id: String) -> Self {
        Self {
            at,
            service: String::new(),
            operation: String::new(),
            region: String::new(),
            account: None,
            caller: String::new(),
            mutating: false,
            error: None,
            request_id,
            is_answered: true,
        }
    }
}
