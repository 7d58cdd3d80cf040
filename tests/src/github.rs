//! Tokens as GitHub gives them to a job, but for the signature, which the simulator does not check.

/// Returns a token of a subject (`repo:acme/shop:environment:prod`) for AWS that is valid until then, in seconds since 1970.
#[must_use]
pub fn token(subject: &str, expires: u64) -> String {
    let claims =
        format!(r#"{{"iss":"https://token.actions.githubusercontent.com","sub":"{subject}","aud":"sts.amazonaws.com","exp":{expires}}}"#);
    let encoded = aws_smithy_types::base64::encode(claims).replace('+', "-").replace('/', "_");
    format!("e30.{}.x", encoded.trim_end_matches('='))
}
