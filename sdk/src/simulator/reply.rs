//! The reply to a call.

use std::time::Duration;

use bytes::Bytes;

/// The reply to a call.
#[derive(Debug)]
pub(crate) enum Reply {
    /// It is answered.
    Answer(http::Response<Bytes>),
    /// It is answered after this time.
    Late(Duration, http::Response<Bytes>),
    /// The connection ends without an answer.
    Cut,
    /// It is never answered.
    Silence,
}
