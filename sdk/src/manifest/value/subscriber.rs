//! Subscribers in the manifest: e-mail addresses.

use crate::name::Email;
use crate::written::shorten;

/// Reads an e-mail address. A URL or a phone number is a subscriber for AWS, but not here.
pub(in crate::manifest) fn parse(text: &str) -> Result<Email, String> {
    let is_phone = text.strip_prefix('+').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b' '));
    if text.contains("://") || is_phone {
        return Err(format!(
            "`{}` is not an e-mail address, and landfall subscribes nothing else: subscribe it to the topic yourself, landfall leaves it \
             alone",
            shorten(text)
        ));
    }
    text.parse().map_err(|error: crate::name::NameError| error.to_string())
}
