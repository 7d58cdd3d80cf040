//! Finds the bucket of a call and authorizes the call on it.

use serde_json::Value;

use super::public;
use crate::aws::policy::ResourceRule;
use crate::id::AccountId;
use crate::simulator::authorize::{Ask, Call, Owned, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::stored::StoredDocument;
use crate::simulator::wire::Params;
use crate::simulator::world::{Bucket, Who, World};

/// Actions that the root user of a bucket's account may do, whatever the bucket's policy says (docs/AWS.md 4.2).
const UNLOCKING: [&str; 3] = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

/// Finds the bucket of a call, checks that all parameters were read, and authorizes the call on it.
pub(super) fn enter(world: &World, call: &Call<'_>, params: Params<'_>, action: &'static str) -> Result<(Pass, String), Failure> {
    enter_on(world, call, params, Ask::new(action, ""), None)
}

/// Like [`enter`], with more context, on an object if a key is given.
pub(super) fn enter_on(world: &World, call: &Call<'_>, params: Params<'_>, ask: Ask, key: Option<&str>) -> Result<(Pass, String), Failure> {
    let (name, owner) = (params.text("Bucket")?.to_owned(), params.optional_text("ExpectedBucketOwner")?);
    let arn = match key {
        Some(key) => format!("arn:aws:s3:::{name}/{key}"),
        None => format!("arn:aws:s3:::{name}"),
    };
    let ask = ask.about(arn);
    let Some(bucket) = world.buckets.get(&name) else {
        params.finish()?;
        call.may(world, ask)?;
        return Err(if world.options.bucket_names_taken.contains(&name) { call.denied("Access Denied") } else { no_bucket() });
    };
    if owner.is_some_and(|owner| owner != bucket.account.as_str()) {
        params.finish()?;
        return Err(call.denied("Access Denied"));
    }
    // Only the location of a bucket can be read from every Region.
    if bucket.region != call.region && !ask.is_for("s3:GetBucketLocation") {
        params.finish()?;
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint.";
        return Err(failure("PermanentRedirect", 301, message));
    }
    let pass = call.authorize_on(world, params, ask.clone(), owned(call, bucket, &ask)?)?;
    if (bucket.public_access.is_some_and(|access| access.restrict) || is_closed(world, &bucket.account))
        && *call.account()? != bucket.account
        && bucket.policy.latest().as_ref().is_some_and(|policy| public::is_public(policy.document()))
    {
        return Err(call.denied("Access Denied"));
    }
    Ok((pass, name))
}

/// Returns whether a policy of the organization forbids public buckets in an account.
pub(super) fn is_closed(world: &World, account: &AccountId) -> bool {
    let (Some(organization), Some(account)) = (&world.organization, world.accounts.get(account)) else { return false };
    organization.blocks_public_buckets(account)
}

pub(super) fn owned<'a>(call: &Call<'_>, bucket: &'a Bucket, ask: &Ask) -> Result<Owned<'a>, Failure> {
    let is_root = matches!(&call.credential()?.who, Who::Root { account } if *account == bucket.account);
    let unlocks = is_root && UNLOCKING.iter().any(|action| ask.is_for(action));
    let policy = bucket.policy.latest().as_ref().filter(|_| !unlocks).map(StoredDocument::document);
    Ok(Owned { account: &bucket.account, policy, rule: ResourceRule::Either })
}

impl World {
    pub(super) fn bucket(&self, name: &str) -> Result<&Bucket, Failure> {
        self.buckets.get(name).ok_or_else(no_bucket)
    }

    pub(super) fn bucket_mut(&mut self, name: &str) -> Result<&mut Bucket, Failure> {
        self.buckets.get_mut(name).ok_or_else(no_bucket)
    }
}

fn no_bucket() -> Failure {
    failure("NoSuchBucket", 404, "The specified bucket does not exist")
}

pub(super) fn malformed(problem: &str) -> Failure {
    let message = "The XML you provided was not well-formed or did not validate against our published schema";
    failure("MalformedXML", 400, format!("{message}: {problem}"))
}

/// Reads a text that must be one of a few.
pub(super) fn one_of<'a>(params: &Params<'a>, name: &str, allowed: &[&str]) -> Result<Option<&'a str>, Failure> {
    match params.optional_text(name)? {
        Some(text) if !allowed.contains(&text) => Err(malformed(&format!("{name} is {text}"))),
        other => Ok(other),
    }
}

pub(super) fn failure(code: &'static str, status: u16, message: impl Into<String>) -> Failure {
    Failure::new(code, status, message)
}

/// The answer of operations without a result.
pub(super) fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}
