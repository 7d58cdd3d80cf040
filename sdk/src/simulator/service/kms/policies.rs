//! Key policies, and the check against locking oneself out.

use serde_json::json;

use super::place::{enter, failure, not_found};
use crate::aws::policy::ResourceRule;
use crate::id::AccountId;
use crate::simulator::authorize::{Answer, Ask, Call, Owned};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, iam, read, write};
use crate::simulator::stored::StoredDocument;
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[read("GetKeyPolicy", get_key_policy), write("PutKeyPolicy", put_key_policy)];

/// The only name of a key policy.
const POLICY_NAME: &str = "default";
/// Longest policy in bytes (docs/AWS.md 4.3).
pub(super) const POLICY_MAX: usize = 32 * 1024;

fn get_key_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (key, name) = (params.text("KeyId")?, params.optional_text("PolicyName")?.unwrap_or(POLICY_NAME));
    let (pass, place) = enter(world, call, params, "kms:GetKeyPolicy", key)?;
    if name != POLICY_NAME {
        return Err(not_found("No such policy exists"));
    }
    Ok(pass.answer(json!({ "Policy": world.key(&place)?.policy.latest().text(), "PolicyName": POLICY_NAME })))
}

fn put_key_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (key, text) = (params.text("KeyId")?, params.text("Policy")?);
    let name = params.optional_text("PolicyName")?.unwrap_or(POLICY_NAME);
    let unsafe_policy = params.optional_boolean("BypassPolicyLockoutSafetyCheck")?.unwrap_or(false);
    let (pass, place) = enter(world, call, params, "kms:PutKeyPolicy", key)?;
    if name != POLICY_NAME {
        return Err(not_found("No such policy exists"));
    }
    let arn = world.key(&place)?.arn.clone();
    let policy = check(world, call, text, &arn, &place.account, unsafe_policy)?;
    let delay = world.timing().propagation;
    world.key_mut(&place)?.policy.change(call.now, delay, |kept| *kept = policy);
    Ok(pass.answer(json!({})))
}

/// Reads a key's policy, and refuses one that the caller could not change again (docs/AWS.md 4.3).
pub(super) fn check(
    world: &World,
    call: &Call<'_>,
    text: &str,
    arn: &str,
    account: &AccountId,
    unsafe_policy: bool,
) -> Result<StoredDocument, Failure> {
    let malformed = |message: String| failure("MalformedPolicyDocumentException", message);
    if text.len() > POLICY_MAX {
        return Err(failure("LimitExceededException", format!("The policy is longer than {POLICY_MAX} bytes.")));
    }
    let policy: StoredDocument = text.parse().map_err(|error| malformed(format!("{error}")))?;
    policy.document().check_resource().map_err(|error| malformed(error.to_string()))?;
    if let Some(principal) = iam::unknown_principal(world, call.now, policy.document()) {
        return Err(malformed(format!("Policy contains a statement with one or more invalid principals: {principal}.")));
    }
    let owned = Owned { account, policy: Some(policy.document()), rule: ResourceRule::MustAllow };
    if !unsafe_policy && call.may_on(world, Ask::new("kms:PutKeyPolicy", arn), owned).is_err() {
        let message = "The new key policy will not allow you to update the key policy in the future.";
        return Err(malformed(message.to_owned()));
    }
    Ok(policy)
}
