//! `AssumeRoleWithWebIdentity`.
//!
//! The token is a JWT. Its claims are read and its expiry is checked, but **its signature is not checked**, so that tests can write
//! their own tokens.

use serde_json::{Map, Value};

use super::session::{Wanted, begin, check_policy_arns, find_role};
use crate::simulator::authorize::{Answer, Ask, Call, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{Session, Who, World};

/// Claims of any provider that are condition keys (IAM User Guide, "Available keys for AWS OIDC federation").
const COMMON_CLAIMS: &[&str] = &["amr", "aud", "azp", "oaud", "sub"];
/// GitHub's provider.
const GITHUB_HOST: &str = "token.actions.githubusercontent.com";
/// Claims of GitHub's tokens that are condition keys since January 2026 (docs/AWS.md 3.5).
const GITHUB_CLAIMS: &[&str] =
    &["actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository", "repository_id", "workflow"];

pub(super) fn assume_role_with_web_identity(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let wanted = Wanted::read(&params)?;
    let token = params.text("WebIdentityToken")?;
    let pass = Pass::unchecked(params)?;

    let invalid = |message: String| Failure::new("InvalidIdentityToken", 400, message);
    let claims = claims(token).ok_or_else(|| {
        invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)".to_owned())
    })?;
    let claim = |name: &str| claims.get(name).and_then(Value::as_str);
    let (Some(issuer), Some(subject), Some(audience)) = (claim("iss"), claim("sub"), claim("aud")) else {
        return Err(invalid("Missing a required claim: iss, sub or aud".to_owned()));
    };
    if claims.get("exp").and_then(Value::as_u64).is_none_or(|expires| expires <= call.now.0 / 1000) {
        return Err(Failure::new("ExpiredTokenException", 400, "Token expired: current date/time must be before the expiration date/time"));
    }

    let denied = || Failure::access_denied("Not authorized to perform sts:AssumeRoleWithWebIdentity");
    let Some((account, role)) = find_role(world, call, wanted.role_arn)? else { return Err(denied()) };
    let host = issuer.strip_prefix("https://").unwrap_or(issuer);
    let missing = || invalid(format!("No OpenIDConnect provider found in your account for {issuer}"));
    let provider = account.iam.providers.values().find(|provider| provider.url == host).ok_or_else(missing)?;
    if !provider.client_ids.iter().any(|id| id == audience) {
        return Err(invalid("Incorrect token audience".to_owned()));
    }
    let mut ask = Ask::new("sts:AssumeRoleWithWebIdentity", wanted.role_arn)
        .with("sts:RoleSessionName", wanted.name)
        .with("aws:FederatedProvider", provider.arn.as_str())
        .resource_tags(&role.tags);
    for (name, value) in &claims {
        // STS has no condition keys for most claims: a condition on one of those never matches.
        let is_key = COMMON_CLAIMS.contains(&name.as_str()) || (host == GITHUB_HOST && GITHUB_CLAIMS.contains(&name.as_str()));
        if let (true, Some(value)) = (is_key, value.as_str()) {
            ask = ask.with(&format!("{host}:{name}"), value);
        }
    }
    let trust = role.trust.effective(call.now, world.timing().propagation);
    if !call.may_federated(world, ask, &provider.arn, trust, &account.id) {
        return Err(denied());
    }
    check_policy_arns(account, &wanted.policy_arns)?;
    if wanted.duration > role.max_session {
        return Err(Failure::validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
    }
    let who = Who::Role { account: account.id.clone(), name: role.name.clone(), role_id: role.id.clone(), session: wanted.name.to_owned() };
    let provider = provider.arn.clone();
    let session = Session { policy: wanted.policy.clone(), policy_arns: wanted.policy_arns.clone(), ..Session::default() };
    let mut answer = begin(world, call, who, &wanted, session);
    answer["SubjectFromWebIdentityToken"] = subject.into();
    answer["Audience"] = audience.into();
    answer["Provider"] = provider.into();
    Ok(pass.answer(answer))
}

/// Reads the claims of a JWT.
fn claims(token: &str) -> Option<Map<String, Value>> {
    let payload = token.split('.').nth(1)?;
    // JWTs use URL-safe base64 without padding.
    let mut text = payload.replace('-', "+").replace('_', "/");
    while text.len() % 4 != 0 {
        text.push('=');
    }
    serde_json::from_slice(&aws_smithy_types::base64::decode(text).ok()?).ok()
}
