//! Answers: read into the operation's type, or told apart as a refusal, an answer that lacks something, and no answer at all.

use std::any::Any;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::operation::Operation;
use super::service::Wire;
use super::unread::Unread;
use super::xml;

/// What a service refused with, or what its answer lacked.
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

/// An answer that was read, of a type that its reader knows. What it says stays out of every log.
pub(super) struct Answer(pub(super) Box<dyn Any + Send + Sync>);

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }
}

/// What makes an answer of a text.
pub(super) type Reader = fn(&str) -> Result<Box<dyn Any + Send + Sync>, Unread>;

/// Takes a response: an answer, or what is wrong with it.
pub(super) fn receive(wire: Wire, response: &HttpResponse, read: Reader) -> Result<Answer, OrchestratorError<Refusal>> {
    let text = std::str::from_utf8(response.body().bytes().unwrap_or_default());
    if !response.status().is_success() {
        return Err(OrchestratorError::operation(Refusal(refusal(wire, response, text.unwrap_or_default()))));
    }
    let text = text.map_err(|error| OrchestratorError::other(Unread::Malformed(error.to_string())))?;
    read(text).map(Answer).map_err(|unread| match unread {
        Unread::Malformed(_) => OrchestratorError::other(unread),
        Unread::Unexpected(_) => OrchestratorError::operation(Refusal(ErrorMetadata::builder().message(unread.to_string()).build())),
    })
}

/// Reads an answer of an operation.
pub(super) fn read<O: Operation>(text: &str) -> Result<Box<dyn Any + Send + Sync>, Unread> {
    let read: O::Output = match O::SERVICE.wire {
        Wire::Json { .. } => json(text)?,
        Wire::Query { .. } => xml::result(text, O::NAME)?,
        Wire::Ec2 { .. } => xml::root(text, O::NAME)?,
    };
    Ok(Box::new(read))
}

/// Keeps an answer's text as it is.
#[cfg(feature = "simulator")]
#[expect(clippy::unnecessary_wraps, reason = "a reader among others")]
pub(super) fn whole(text: &str) -> Result<Box<dyn Any + Send + Sync>, Unread> {
    Ok(Box::new(text.to_owned()))
}

/// Reads JSON; an empty body is an answer without members.
fn json<T: DeserializeOwned>(text: &str) -> Result<T, Unread> {
    let text = if text.is_empty() { "{}" } else { text };
    serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Unread::unexpected(&error.to_string()),
        _ => Unread::Malformed("it is not JSON".to_owned()),
    })
}

/// An error as JSON services write it, each in its own letters.
#[derive(Default, Deserialize)]
struct JsonError {
    #[serde(default, rename = "__type", alias = "code", alias = "Code")]
    code: Option<String>,
    #[serde(default, alias = "Message", alias = "errorMessage")]
    message: Option<String>,
}

/// Reads what a service refused with; an answer that is no error of AWS's has neither code nor message.
fn refusal(wire: Wire, response: &HttpResponse, text: &str) -> ErrorMetadata {
    let mut meta = ErrorMetadata::builder();
    let (code, message, request) = match wire {
        Wire::Json { .. } => {
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
