//! Tokens as GitHub gives them to a job, but for the signature, which the simulator does not check.

/// Returns a token of a subject (`repo:acme/shop:environment:prod`) for AWS that is valid until then, in seconds since 1970: of a job on
/// the branch of its subject, else on `main`, and with the repository's id where the subject has it.
#[must_use]
pub fn token(subject: &str, expires: u64) -> String {
    let git_ref = subject.split_once(":ref:").map_or("refs/heads/main", |(_, name)| name);
    let repository = subject.split(':').nth(1).and_then(|names| names.rsplit_once('@'));
    let id = repository.map(|(_, id)| format!(r#","repository_id":"{id}""#)).unwrap_or_default();
    let claims = format!(
        r#"{{"iss":"https://token.actions.githubusercontent.com","sub":"{subject}","aud":"sts.amazonaws.com","ref":"{git_ref}","exp":{expires}{id}}}"#
    );
    let encoded = aws_smithy_types::base64::encode(claims).replace('+', "-").replace('/', "_");
    format!("e30.{}.x", encoded.trim_end_matches('='))
}
