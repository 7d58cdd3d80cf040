//! Policies of buckets.

use serde_json::json;

use super::entrance::is_closed;
use super::entrance::{enter, failure, nothing};
use super::public;
use crate::aws::policy::Resources;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, iam, read, write};
use crate::simulator::stored::StoredDocument;
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] =
    &[read("GetBucketPolicy", get_policy), write("PutBucketPolicy", put_policy), write("DeleteBucketPolicy", delete_policy)];

/// Longest policy in bytes (docs/AWS.md 5.5).
pub(super) const POLICY_MAX: usize = 20 * 1024;

fn get_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:GetBucketPolicy")?;
    let policy = world.bucket(&name)?.policy.latest();
    let policy = policy.as_ref().ok_or_else(|| failure("NoSuchBucketPolicy", 404, "The bucket policy does not exist"))?;
    Ok(pass.answer(json!({ "Policy": policy.text() })))
}

fn put_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let text = params.text("Policy")?;
    let (pass, name) = enter(world, call, params, "s3:PutBucketPolicy")?;
    let policy = check(world, call, &name, text)?;
    let bucket = world.bucket(&name)?;
    let blocks = bucket.public_access.is_some_and(|access| access.block_policy) || is_closed(world, &bucket.account);
    if blocks && public::is_public(policy.document()) {
        let message = "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.";
        return Err(call.denied(message));
    }
    let delay = world.timing().propagation;
    world.bucket_mut(&name)?.policy.change(call.now, delay, |kept| *kept = Some(policy));
    Ok(pass.answer(nothing()))
}

fn delete_policy(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:DeleteBucketPolicy")?;
    let delay = world.timing().propagation;
    world.bucket_mut(&name)?.policy.change(call.now, delay, |kept| *kept = None);
    Ok(pass.answer(nothing()))
}

fn check(world: &World, call: &Call<'_>, bucket: &str, text: &str) -> Result<StoredDocument, Failure> {
    let malformed = |message: String| failure("MalformedPolicy", 400, message);
    if text.len() > POLICY_MAX {
        return Err(malformed(format!("Policies must not exceed {POLICY_MAX} bytes")));
    }
    let policy: StoredDocument = text.parse().map_err(|error| malformed(format!("{error}")))?;
    policy.document().check_resource().map_err(|error| malformed(error.to_string()))?;
    if let Some(principal) = iam::unknown_principal(world, call.now, policy.document()) {
        return Err(malformed(format!("Invalid principal in policy: \"AWS\" : \"{principal}\"")));
    }
    let arn = format!("arn:aws:s3:::{bucket}");
    let own = |resource: &str| resource.strip_prefix(&arn).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*', '?']));
    for statement in &policy.document().statements {
        let Some(Resources::Only(resources) | Resources::Except(resources)) = &statement.resources else { continue };
        if let Some(resource) = resources.iter().map(crate::aws::policy::Pattern::as_str).find(|resource| !own(resource)) {
            return Err(malformed(format!("Policy has invalid resource: {resource}")));
        }
    }
    Ok(policy)
}
