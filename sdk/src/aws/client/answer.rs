//! Reads an answer into its operation's type. A bad answer is an error of the service, an answer that lacks a member, or a lost
//! answer.

use std::any::Any;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::operation::Operation;
use super::request::leave_out_absent;
use super::service::Wire;
use super::unread::{Unread, is_id};
use super::xml;

/// The error of a service, or the member that its answer lacks.
#[derive(Debug)]
pub(crate) struct Refusal(ErrorMetadata);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

/// An answer of any type. Its `Debug` shows none of its content: answers may have secrets.
pub(super) struct Answer(pub(super) Box<dyn Any + Send + Sync>);

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }
}

/// Reads a text into an operation's type.
pub(super) type Reader = fn(&str) -> Result<Box<dyn Any + Send + Sync>, Unread>;

/// Reads a response: an answer, or an error.
pub(super) fn receive(wire: Wire, response: &HttpResponse, read: Reader) -> Result<Answer, OrchestratorError<Refusal>> {
    let text = std::str::from_utf8(response.body().bytes().unwrap_or_default());
    if !response.status().is_success() {
        return Err(OrchestratorError::operation(Refusal(refusal(wire, response, text.unwrap_or_default()))));
    }
    let text = text.map_err(|error| OrchestratorError::other(Unread::Malformed(error.to_string())))?;
    if is_refusal(wire, response, text) {
        return Err(OrchestratorError::operation(Refusal(refusal(wire, response, text))));
    }
    read(text).map(Answer).map_err(|unread| match unread {
        Unread::Malformed(_) => OrchestratorError::other(unread),
        Unread::Unexpected(_) => OrchestratorError::operation(Refusal(ErrorMetadata::builder().message(unread.to_string()).build())),
    })
}

/// Reads an answer of an operation.
pub(super) fn read<O: Operation>(text: &str) -> Result<Box<dyn Any + Send + Sync>, Unread> {
    let read: O::Output = match O::SERVICE.wire {
        Wire::Json { .. } | Wire::Rest => json(text)?,
        Wire::Query { .. } => xml::result(text, O::NAME)?,
        Wire::Ec2 { .. } => xml::root(text, O::NAME)?,
    };
    Ok(Box::new(read))
}

/// Returns the text unchanged.
#[cfg(feature = "simulator")]
#[expect(clippy::unnecessary_wraps, reason = "a reader among others")]
pub(super) fn whole(text: &str) -> Result<Box<dyn Any + Send + Sync>, Unread> {
    Ok(Box::new(text.to_owned()))
}

/// Reads JSON; an empty body is an answer without members, and a member that is `null` is absent, as for the AWS crates.
fn json<T: DeserializeOwned>(text: &str) -> Result<T, Unread> {
    let text = if text.is_empty() { "{}" } else { text };
    // Structures can also be read from lists, whose items would be taken as the members in order.
    if text.trim_start().starts_with('[') {
        return Err(Unread::Malformed("it is a JSON list".to_owned()));
    }
    let error = match serde_json::from_str(text) {
        Ok(read) if !text.contains("\"\"") => return Ok(read),
        Ok(read) => return check_ids::<T>(text).map(|()| read),
        Err(error) if error.classify() == serde_json::error::Category::Data => error,
        Err(_) => return Err(Unread::Malformed("it is not JSON".to_owned())),
    };
    let mut value = serde_json::from_str(text).map_err(|_| Unread::unexpected(&error.to_string()))?;
    leave_out_absent(&mut value);
    serde_json::from_value(value).map_err(|error| Unread::unexpected(&error.to_string()))
}

/// Removes empty ids, so that a required id is never empty. Other members stay as they are: a map, of tags for example, may have
/// any names.
fn check_ids<T: DeserializeOwned>(text: &str) -> Result<(), Unread> {
    let mut value = serde_json::from_str(text).map_err(|_| Unread::Malformed("it is not JSON".to_owned()))?;
    leave_out_empty_ids(&mut value);
    serde_json::from_value::<T>(value).map(drop).map_err(|error| Unread::unexpected(&error.to_string()))
}

fn leave_out_empty_ids(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, member| !(is_id(name) && member.as_str() == Some("")));
            members.values_mut().for_each(leave_out_empty_ids);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_empty_ids),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An error in JSON. Services spell its members differently.
#[derive(Default, Deserialize)]
struct JsonError {
    #[serde(default, rename = "__type", alias = "code", alias = "Code")]
    code: Option<String>,
    #[serde(default, alias = "Message", alias = "errorMessage")]
    message: Option<String>,
}

/// Returns whether an answer with a success status is an error document.
fn is_refusal(wire: Wire, response: &HttpResponse, text: &str) -> bool {
    /// Answers may have a `__type` too, and some have a message; errors have both.
    #[derive(Deserialize)]
    struct Error {
        #[serde(rename = "__type")]
        _code: IgnoredAny,
        #[serde(rename = "message", alias = "Message")]
        _message: IgnoredAny,
    }
    match wire {
        Wire::Json { .. } | Wire::Rest => {
            response.headers().get("x-amzn-errortype").is_some() || serde_json::from_str::<Error>(text).is_ok()
        }
        Wire::Query { .. } | Wire::Ec2 { .. } => xml::is_error(text),
    }
}

/// Reads an error. A response that AWS did not write has neither code nor message.
fn refusal(wire: Wire, response: &HttpResponse, text: &str) -> ErrorMetadata {
    let mut meta = ErrorMetadata::builder();
    let (code, message, request) = match wire {
        Wire::Json { .. } | Wire::Rest => {
            let JsonError { code, message } = serde_json::from_str(text).unwrap_or_default();
            (response.headers().get("x-amzn-errortype").map(str::to_owned).or(code), message, None)
        }
        Wire::Query { .. } | Wire::Ec2 { .. } => xml::error(text),
    };
    if let Some(code) = code.filter(|code| !code.is_empty()) {
        meta = meta.code(code);
    }
    if let Some(message) = message {
        meta = meta.message(message);
    }
    if let Some(request) = request {
        meta = meta.custom("aws_request_id", request);
    }
    meta.build()
}
