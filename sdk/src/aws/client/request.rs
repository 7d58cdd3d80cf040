//! A request as it is sent: written once, however often it is sent.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::{Map, Value};

use super::form::{Lists, form};
use super::operation::Operation;
use super::service::{Service, Wire};
use crate::aws::error::AwsError;
use crate::aws::rate_limit::RateLimiter;

/// A request of one operation.
pub(crate) struct Request<O> {
    body: Arc<str>,
    operation: PhantomData<fn() -> O>,
}

impl<O: Operation> Request<O> {
    /// Writes a request of a caller. Where the operation has a parameter that makes repeats harmless, and it is not given, it is this
    /// moment's: however often the request is sent, it is one.
    ///
    /// # Errors
    ///
    /// When a parameter cannot be written, which is landfall's own fault.
    pub(crate) fn new(parameters: &O, caller: &RateLimiter) -> Result<Self, AwsError> {
        let mut value = serde_json::to_value(parameters).map_err(|error| AwsError::not_sent(O::CALL, error.to_string()))?;
        if let (Some(name), Value::Object(members)) = (O::TOKEN, &mut value)
            && members.get(name).is_none_or(Value::is_null)
        {
            let token = token(caller, O::CALL, members);
            members.insert(name.to_owned(), Value::String(token));
        }
        let body = match O::SERVICE.wire {
            Wire::Json { .. } => {
                leave_out_absent(&mut value);
                value.to_string()
            }
            Wire::Query { version } => form(O::NAME, version, &value, Lists::Members),
            Wire::Ec2 { version } => form(O::NAME, version, &value, Lists::Plain),
        };
        Ok(Self { body: body.into(), operation: PhantomData })
    }

    /// Returns what is sent.
    pub(super) fn body(&self) -> Arc<str> {
        Arc::clone(&self.body)
    }
}

/// A body on its way.
pub(super) struct Body(pub(super) Arc<str>);

/// Without what it says: some parameters are secret.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request's body")
    }
}

/// Returns the HTTP request of an operation, without its signature.
pub(super) fn http(service: &Service, operation: &str, body: &str) -> Result<HttpRequest, BoxError> {
    let request = http::Request::builder().method("POST").uri("/").header(CONTENT_LENGTH, body.len());
    let request = match service.wire {
        Wire::Json { version, target } => request
            .header(CONTENT_TYPE, format!("application/x-amz-json-{version}"))
            .header("x-amz-target", format!("{target}.{operation}")),
        Wire::Query { .. } | Wire::Ec2 { .. } => request.header(CONTENT_TYPE, "application/x-www-form-urlencoded"),
    };
    Ok(request.body(SdkBody::from(body))?.try_into()?)
}

/// Returns a text that no other request of a caller has.
fn token(caller: &RateLimiter, call: &str, parameters: &Map<String, Value>) -> String {
    let now = caller.clock().now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut hash = DefaultHasher::new();
    (caller.account(), caller.region(), call, Value::from(parameters.clone()).to_string()).hash(&mut hash);
    format!("landfall-{now:x}-{:016x}", hash.finish())
}

/// Takes members out that are `null`: an absent parameter is not written.
fn leave_out_absent(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(leave_out_absent);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_absent),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
