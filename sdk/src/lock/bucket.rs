//! The lock's bucket, created when it is first needed: private, without ACLs, over TLS only, versioned, with landfall's tag.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, ExpirationStatus,
    LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration, ObjectOwnership, PublicAccessBlockConfiguration, Tag, Tagging,
    VersioningConfiguration,
};
use aws_smithy_types::error::operation::BuildError;
use serde_json::json;

use super::error::LockError;
use super::object::Object;
use crate::aws::error::AwsError;
use crate::aws::retry::{NoObserver, RetryPolicy, send_with_retry};
use crate::aws::tags::{self, Tags};

/// The Region that must not be named when a bucket is created (docs/AWS.md D.4).
const UNNAMED_REGION: &str = "us-east-1";
/// How long an old version of the lock is kept: enough to see who held it when something went wrong.
const OLD_VERSION_DAYS: i32 = 30;
/// S3's error codes for a bucket created moments ago (docs/AWS.md D.4).
const JUST_MADE: &[&str] = &["NoSuchBucket"];

/// Creates the bucket, or finishes one that an earlier run began; several runs may do so at once.
pub(super) async fn make(object: &Object) -> Result<(), LockError> {
    match create(object).await {
        Ok(()) => {}
        Err(error) if error.is(&["BucketAlreadyExists"]) => return Err(LockError::NameTaken(object.bucket.clone())),
        Err(source) => return Err(LockError::Aws { doing: "make the bucket of", place: object.place(), source }),
    }
    settle(object).await.map_err(|source| LockError::Aws { doing: "close the bucket of", place: object.place(), source })
}

async fn create(object: &Object) -> Result<(), AwsError> {
    let client = object.client();
    let region = object.region.as_str();
    let place = (region != UNNAMED_REGION)
        .then(|| CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region)).build());
    let send = || {
        client
            .create_bucket()
            .bucket(&object.bucket)
            .object_ownership(ObjectOwnership::BucketOwnerEnforced)
            .set_create_bucket_configuration(place.clone())
            .send()
    };
    match send_with_retry(object.limiter(), &NoObserver, "s3:CreateBucket", &RetryPolicy::repeatable(), send).await {
        Ok(_) => Ok(()),
        // Created by an earlier run, by another one just now, or by this call if its answer was lost.
        Err(error) if error.is(&["BucketAlreadyOwnedByYou"]) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Writes every setting; each is one repeatable call.
async fn settle(object: &Object) -> Result<(), AwsError> {
    let (client, limiter, owner) = (object.client(), object.limiter(), object.owner());
    let (name, retry) = (object.bucket.as_str(), RetryPolicy::repeatable().until_visible(JUST_MADE));
    let all = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    send_with_retry(limiter, &NoObserver, "s3:PutPublicAccessBlock", &retry, || {
        client.put_public_access_block().bucket(name).expected_bucket_owner(owner).public_access_block_configuration(all.clone()).send()
    })
    .await?;
    // The call replaces all tags.
    let present = send_with_retry(limiter, &NoObserver, "s3:GetBucketTagging", &retry, || {
        client.get_bucket_tagging().bucket(name).expected_bucket_owner(owner).send()
    })
    .await;
    let mut tags: Tags = match present {
        Ok(output) => output.tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect(),
        Err(error) if error.is(&["NoSuchTagSet"]) => BTreeMap::new(),
        Err(error) => return Err(error),
    };
    tags.insert(tags::ORGANIZATION.to_owned(), object.organization.to_string());
    tags.retain(|key, _| !key.starts_with("aws:"));
    let tagging = tagging(&tags).map_err(|error| AwsError::not_sent("s3:PutBucketTagging", error.to_string()))?;
    send_with_retry(limiter, &NoObserver, "s3:PutBucketTagging", &retry, || {
        client.put_bucket_tagging().bucket(name).expected_bucket_owner(owner).tagging(tagging.clone()).send()
    })
    .await?;
    let rules = forgetting().map_err(|error| AwsError::not_sent("s3:PutBucketLifecycleConfiguration", error.to_string()))?;
    send_with_retry(limiter, &NoObserver, "s3:PutBucketLifecycleConfiguration", &retry, || {
        client.put_bucket_lifecycle_configuration().bucket(name).expected_bucket_owner(owner).lifecycle_configuration(rules.clone()).send()
    })
    .await?;
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    send_with_retry(limiter, &NoObserver, "s3:PutBucketVersioning", &retry, || {
        client.put_bucket_versioning().bucket(name).expected_bucket_owner(owner).versioning_configuration(versioning.clone()).send()
    })
    .await?;
    let policy = policy(object);
    send_with_retry(limiter, &NoObserver, "s3:PutBucketPolicy", &retry, || {
        client.put_bucket_policy().bucket(name).expected_bucket_owner(owner).policy(&policy).send()
    })
    .await?;
    Ok(())
}

/// Returns the rule that ends old versions of the lock: each renewal makes one.
fn forgetting() -> Result<BucketLifecycleConfiguration, BuildError> {
    let rule = LifecycleRule::builder()
        .id("old-locks")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .noncurrent_version_expiration(NoncurrentVersionExpiration::builder().noncurrent_days(OLD_VERSION_DAYS).build())
        .build()?;
    BucketLifecycleConfiguration::builder().rules(rule).build()
}

fn tagging(tags: &Tags) -> Result<Tagging, BuildError> {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect::<Result<Vec<_>, _>>()?;
    Tagging::builder().set_tag_set(Some(tags)).build()
}

fn policy(object: &Object) -> String {
    let arn = format!("arn:{}:s3:::{}", object.sessions.partition(), object.bucket);
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, format!("{arn}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }]})
    .to_string()
}
