//! The reply to a call.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

/// The reply to a call.
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

/// Without bodies, which may have secrets.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(response) => f.debug_tuple("Answer").field(&response.status()).finish(),
            Self::Late(after, response) => f.debug_tuple("Late").field(after).field(&response.status()).finish(),
            Self::Cut => f.write_str("Cut"),
            Self::Silence => f.write_str("Silence"),
        }
    }
}
