//! Kinds of IAM, one account at a time. Everything of ours stands under the path `/landfall/`.

pub mod access_role;
pub mod caller;
mod details;
pub mod oidc_provider;
pub mod policy;
pub mod role;

use aws_sdk_iam::types::Tag;

use super::context::StepError;
use crate::aws::tags::Tags;

/// The path of everything that is ours.
pub const PATH: &str = "/landfall/";
/// The role by which landfall works in an account, once it is there.
pub const PROVISIONER: &str = "provisioner";
/// Most that IAM returns in one page of a list.
const PAGE: i32 = 1000;
/// What IAM answers about something made moments ago (aws-facts D.3).
const JUST_MADE: &[&str] = &["NoSuchEntity", "MalformedPolicyDocument~Invalid principal"];

/// Returns whether a trust policy lets in a caller, given as STS prints it.
pub(crate) fn admits(trust: &str, caller: &str) -> bool {
    role::trusted::admits(trust, caller)
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, StepError> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value).build().map_err(|error| StepError::refused(error.to_string(), "please report this"))
        })
        .collect()
}

fn plain_tags(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

/// Decodes a policy document as IAM returns it: percent-encoded (RFC 3986).
fn decoded(document: &str) -> String {
    let bytes = document.as_bytes();
    let mut text = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| document.get(at + 1..at + 3)).flatten().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        text.push(hex.unwrap_or(bytes[at]));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded() {
        assert_eq!(decoded("%7B%22A%22%3A%22%C3%A9%20b%22%7D"), r#"{"A":"é b"}"#);
        assert_eq!(decoded("100% plain %zz"), "100% plain %zz");
    }
}
