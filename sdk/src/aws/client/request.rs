//! A request: written once, and then sent as often as needed.

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
use super::path;
use super::service::{Service, Wire};
use crate::aws::error::AwsError;
use crate::aws::rate_limit::RateLimiter;

/// A request of one operation.
pub(crate) struct Request<O> {
    written: Written,
    operation: PhantomData<fn() -> O>,
}

impl<O: Operation> Request<O> {
    /// Writes a request. If the operation has an idempotency token and the caller gave none, the token is generated here, so that
    /// every repetition of this request has the same one.
    ///
    /// # Errors
    ///
    /// Fails if a parameter cannot be written, or one that is part of the path is absent.
    pub(crate) fn new(parameters: &O, caller: &RateLimiter) -> Result<Self, AwsError> {
        let mut value = serde_json::to_value(parameters).map_err(|error| AwsError::not_sent(O::CALL, error.to_string()))?;
        if let (Some(name), Value::Object(members)) = (O::TOKEN, &mut value)
            && members.get(name).is_none_or(Value::is_null)
        {
            let token = token(caller, O::CALL, members);
            members.insert(name.to_owned(), Value::String(token));
        }
        let (method, path, has_body) = match &mut value {
            Value::Object(members) => {
                let (method, path) = path::fill(O::HTTP, members).map_err(|problem| AwsError::not_sent(O::CALL, problem))?;
                // The AWS crates send `{}` if all members of a body are absent, and no body if none is declared.
                (method, path, O::SERVICE.wire != Wire::Rest || !members.is_empty())
            }
            _ => return Err(AwsError::not_sent(O::CALL, "a request is a structure")),
        };
        let body = match O::SERVICE.wire {
            Wire::Json { .. } | Wire::Rest => {
                leave_out_absent(&mut value);
                value.to_string()
            }
            Wire::Query { version } => form(O::NAME, version, &value, Lists::Members),
            Wire::Ec2 { version } => form(O::NAME, version, &value, Lists::Plain),
        };
        let written = Written { method, path: path.into(), body: has_body.then(|| body.into()) };
        Ok(Self { written, operation: PhantomData })
    }

    /// Returns the request that is sent.
    pub(super) fn written(&self) -> Written {
        self.written.clone()
    }
}

/// A written request, of any operation.
#[derive(Clone)]
pub(super) struct Written {
    method: &'static str,
    path: Arc<str>,
    body: Option<Arc<str>>,
}

/// Shows none of its content: parameters may be secret.
impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request")
    }
}

impl Written {
    /// Returns a request that is written already.
    #[cfg(feature = "simulator")]
    pub(super) fn of_body(body: String) -> Self {
        Self { method: "POST", path: "/".into(), body: Some(body.into()) }
    }

    /// Returns a request by method and path, of which the parameters that are not in the path are the body.
    #[cfg(feature = "simulator")]
    pub(super) fn of_path(http: &'static str, parameters: Value) -> Result<Self, String> {
        let Value::Object(mut members) = parameters else { return Err("a request is a structure".to_owned()) };
        let (method, path) = path::fill(http, &mut members)?;
        let body = (!members.is_empty()).then(|| Value::Object(members).to_string().into());
        Ok(Self { method, path: path.into(), body })
    }

    /// Returns the HTTP request, without its signature.
    pub(super) fn http(&self, service: &Service, operation: &str) -> Result<HttpRequest, BoxError> {
        let request = http::Request::builder().method(self.method).uri(&*self.path);
        let Some(body) = self.body.as_deref() else { return Ok(request.body(SdkBody::from(""))?.try_into()?) };
        let request = request.header(CONTENT_LENGTH, body.len());
        let request = match service.wire {
            Wire::Json { version, target } => request
                .header(CONTENT_TYPE, format!("application/x-amz-json-{version}"))
                .header("x-amz-target", format!("{target}.{operation}")),
            Wire::Rest => request.header(CONTENT_TYPE, "application/json"),
            Wire::Query { .. } | Wire::Ec2 { .. } => request.header(CONTENT_TYPE, "application/x-www-form-urlencoded"),
        };
        Ok(request.body(SdkBody::from(body))?.try_into()?)
    }
}

/// Returns an idempotency token, unique among the caller's requests.
fn token(caller: &RateLimiter, call: &str, parameters: &Map<String, Value>) -> String {
    let now = caller.clock().now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut hash = DefaultHasher::new();
    (caller.account(), caller.region(), call, Value::from(parameters.clone()).to_string()).hash(&mut hash);
    format!("landfall-{now:x}-{:016x}", hash.finish())
}

/// Removes members that are `null`, which is how serde and some services write absent ones.
pub(super) fn leave_out_absent(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(leave_out_absent);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_absent),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
