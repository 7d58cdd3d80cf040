//! Where the access logs of a bucket go. Nothing is written there.

use serde_json::json;

use super::entrance::{enter, failure, malformed, nothing};
use crate::aws::policy::Context;
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[read("GetBucketLogging", get_logging), write("PutBucketLogging", put_logging)];

/// The principal that writes access logs (docs/AWS.md 4.7).
const SERVICE: &str = "logging.s3.amazonaws.com";

fn get_logging(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (pass, name) = enter(world, call, params, "s3:GetBucketLogging")?;
    let target = world.bucket(&name)?.access_logs.as_ref();
    let enabled = target.map(|(bucket, prefix)| json!({ "TargetBucket": bucket, "TargetPrefix": prefix }));
    Ok(pass.answer(json!({ "BucketLoggingStatus": { "LoggingEnabled": enabled } })))
}

/// Turns access logs on, or off if the status is empty.
fn put_logging(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let status = params.structure("BucketLoggingStatus")?;
    let enabled = match &status {
        Some(status) => status.structure("LoggingEnabled")?,
        None => return Err(malformed("there is no BucketLoggingStatus")),
    };
    let target = match enabled {
        Some(enabled) => {
            if enabled.structure("TargetGrants")?.is_some() || enabled.structure("TargetObjectKeyFormat")?.is_some() {
                return Err(Failure::not_implemented("grants and other names of access logs"));
            }
            let target = (enabled.text("TargetBucket")?.to_owned(), enabled.optional_text("TargetPrefix")?.unwrap_or_default().to_owned());
            enabled.finish()?;
            Some(target)
        }
        None => None,
    };
    if let Some(status) = status {
        status.finish()?;
    }
    let (pass, name) = enter(world, call, params, "s3:PutBucketLogging")?;
    if let Some((bucket, prefix)) = &target {
        check_target(world, call, &name, bucket, prefix)?;
    }
    world.bucket_mut(&name)?.access_logs = target;
    Ok(pass.answer(nothing()))
}

/// The target is in the same account and Region, and lets S3 write (docs/AWS.md 4.7).
fn check_target(world: &World, call: &Call<'_>, source: &str, target: &str, prefix: &str) -> Result<(), Failure> {
    let refused = |message: &str| failure("InvalidTargetBucketForLogging", 400, message);
    let of = world.bucket(source)?;
    let bucket = world.bucket_for_services(call.now, &format!("arn:aws:s3:::{target}"));
    let bucket = bucket.ok_or_else(|| refused("The target bucket for logging does not exist"))?;
    if bucket.account != of.account {
        return Err(refused("The owner for the bucket to be logged and the target bucket must be the same."));
    }
    if bucket.region != of.region {
        return Err(failure("CrossLocationLoggingProhibitted", 403, "Cross S3 location logging not allowed."));
    }
    let context = Context::new().with("aws:SourceArn", of.arn().as_str()).with("aws:SourceAccount", of.account.as_str());
    let context = context.with_all("aws:SourceOrgID", world.organization.as_ref().map(|organization| organization.id.as_str()));
    let object = format!("{}/{prefix}x", bucket.arn());
    let may = world.service_may_in_bucket(call.now, bucket, SERVICE, "s3:PutObject", &object, &context);
    may.map_err(|_| refused("You must give the log-delivery service permission to write to the target bucket"))
}
