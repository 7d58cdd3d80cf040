//! `AssumeRole`.

use std::collections::BTreeSet;

use super::session::{Wanted, begin, check_alphabet, check_policy_arns, find_role};
use crate::id::AccountId;
use crate::simulator::authorize::{Answer, Ask, Call, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::stored::{TAGS_MAX, Tags, read_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::{Credential, Session, Who, World};

/// Longest session in role chaining, in seconds (docs/AWS.md 2.1).
const CHAINED_MAX: i64 = 3600;
/// Lengths of an external id (docs/AWS.md 2.1).
const EXTERNAL_ID: std::ops::RangeInclusive<usize> = 2..=1224;
/// Digits of a device's code.
const CODE_LENGTH: usize = 6;

pub(super) fn assume_role(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let wanted = Wanted::read(&params)?;
    let tags = read_tags(&params, "Tags")?;
    let transitive = params.texts("TransitiveTagKeys")?;
    let source_identity = params.optional_text("SourceIdentity")?;
    if let Some(identity) = source_identity {
        check_alphabet(&params, "SourceIdentity", identity)?;
    }
    let external_id = params.optional_text("ExternalId")?;
    if external_id
        .is_some_and(|id| !EXTERNAL_ID.contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b)))
    {
        return Err(params.invalid("ExternalId", "Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]{2,1224}"));
    }
    let (serial, code) = (params.optional_text("SerialNumber")?, params.optional_text("TokenCode")?);
    let pass = Pass::unchecked(params)?;

    let credential = call.credential()?;
    let denied = || {
        let caller = world.caller(credential);
        let (caller, role) = (caller.shown_arn(), wanted.role_arn);
        Failure::access_denied(format!("User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role}"))
    };
    if let Who::Root { .. } = credential.who {
        return Err(Failure::access_denied("Roles may not be assumed by root accounts."));
    }
    let proven = match (serial, code) {
        (None, None) => None,
        (serial, code) => {
            check_device(world, credential, serial, code)?;
            Some(call.now)
        }
    };
    let inherited = inherit(credential, &tags, &transitive, source_identity)?;
    let Some((account, role)) = find_role(world, call, wanted.role_arn)? else { return Err(denied()) };

    let mut ask =
        Ask::new("sts:AssumeRole", wanted.role_arn).with("sts:RoleSessionName", wanted.name).resource_tags(&role.tags).request_tags(&tags);
    for (key, value) in [("sts:ExternalId", external_id), ("sts:SourceIdentity", source_identity)] {
        if let Some(value) = value {
            ask = ask.with(key, value);
        }
    }
    if proven.is_some() {
        ask = ask.with("aws:MultiFactorAuthPresent", "true").with("aws:MultiFactorAuthAge", "0");
    }
    let trust = role.trust.effective(call.now, world.timing().propagation);
    let mut asks = vec![ask.clone()];
    if !tags.is_empty() || !transitive.is_empty() || !inherited.transitive.is_empty() {
        asks.push(ask.but("sts:TagSession"));
    }
    if inherited.source_identity.is_some() {
        asks.push(ask.but("sts:SetSourceIdentity"));
    }
    for ask in asks {
        if !call.may_with_trust(world, ask, trust, &account.id)? {
            return Err(denied());
        }
    }

    check_policy_arns(account, &wanted.policy_arns)?;
    if wanted.duration > role.max_session {
        return Err(Failure::validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
    }
    if matches!(credential.who, Who::Role { .. }) && wanted.duration > CHAINED_MAX {
        let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
        return Err(Failure::validation(message));
    }
    let who = Who::Role { account: account.id.clone(), name: role.name.clone(), role_id: role.id.clone(), session: wanted.name.to_owned() };
    let session = Session { policy: wanted.policy.clone(), policy_arns: wanted.policy_arns.clone(), mfa: proven, ..inherited };
    if let (Some(code), Who::User { account, name }) = (code, &credential.who) {
        use_code(world, account, name, code)?;
    }
    Ok(pass.answer(begin(world, call, who, &wanted, session)))
}

/// Returns the tags and source identity that the new session inherits from the caller's, together with the requested ones.
fn inherit(credential: &Credential, tags: &Tags, transitive: &[&str], source_identity: Option<&str>) -> Result<Session, Failure> {
    let old = &credential.session;
    let is_transitive = |key: &str| old.transitive.contains(&key.to_lowercase());
    if let Some(key) = tags.keys().find(|key| is_transitive(key)) {
        let message = format!(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session: {key}"
        );
        return Err(Failure::new("InvalidParameterValue", 400, message));
    }
    if let Some(key) = transitive.iter().find(|key| !tags.keys().any(|tag| tag.eq_ignore_ascii_case(key))) {
        return Err(Failure::validation(format!("The specified transitive tag key {key} must be included in the requested tags.")));
    }
    if transitive.len() > TAGS_MAX {
        return Err(Failure::validation("Member must have length less than or equal to 50"));
    }
    if let (Some(wanted), Some(given)) = (source_identity, &old.source_identity)
        && wanted != given
    {
        return Err(Failure::access_denied("The source identity of a session cannot be changed."));
    }
    let mut session = Session { tags: tags.clone(), ..Session::default() };
    session.tags.extend(old.tags.iter().filter(|(key, _)| is_transitive(key)).map(|(key, value)| (key.clone(), value.clone())));
    session.transitive = old.transitive.iter().cloned().chain(transitive.iter().map(|key| key.to_lowercase())).collect::<BTreeSet<_>>();
    session.source_identity = source_identity.map(str::to_owned).or_else(|| old.source_identity.clone());
    Ok(session)
}

/// Checks a device's code.
fn check_device(world: &World, credential: &Credential, serial: Option<&str>, code: Option<&str>) -> Result<(), Failure> {
    let (Some(serial), Some(code)) = (serial, code) else {
        return Err(Failure::validation("SerialNumber and TokenCode must be given together."));
    };
    let failed = || Failure::access_denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ");
    let Who::User { account, name } = &credential.who else { return Err(failed()) };
    let device = world.account(account)?.iam.user(name).and_then(|user| user.device.as_ref()).ok_or_else(failed)?;
    let well_formed = code.len() == CODE_LENGTH && code.bytes().all(|b| b.is_ascii_digit());
    if !well_formed || device.serial != serial || device.last_code.as_deref() == Some(code) {
        return Err(failed());
    }
    Ok(())
}

fn use_code(world: &mut World, account: &AccountId, name: &str, code: &str) -> Result<(), Failure> {
    if let Some(device) = world.account_mut(account)?.iam.user_mut(name).and_then(|user| user.device.as_mut()) {
        device.last_code = Some(code.to_owned());
    }
    Ok(())
}
