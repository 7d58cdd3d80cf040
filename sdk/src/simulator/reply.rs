//! What becomes of a call.

use std::time::Duration;

use bytes::Bytes;

/// What becomes of a call.
#[derive(Debug)]
pub(crate) enum Reply {
    /// It is answered.
    Answer(http::Response<Bytes>),
    /// It is answered after so long.
    Late(Duration, http::Response<Bytes>),
    /// The connection ends without an answer.
    Cut,
    /// Nothing ever comes.
    Silence,
}
