//! The headers of a request.

use bytes::Bytes;

/// Returns a header that is text.
pub(super) fn header<'a>(request: &'a http::Request<Bytes>, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}
