//! Checks whether CloudTrail can write a trail's files: the policies of bucket and key, as CloudTrail sees them.
//!
//! The conditions are those that CloudTrail sends (docs/AWS.md 4.2, 4.3).

use super::place::{SERVICE, failure};
use crate::id::AccountId;
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::world::{Bucket, KeyState, Trail, World};

impl World {
    /// Returns the error with which CloudTrail refuses a trail.
    pub(super) fn check_delivery(&self, now: Timestamp, account: &AccountId, trail: &Trail) -> Result<(), Failure> {
        let bucket = self.bucket_for_services(now, &format!("arn:aws:s3:::{}", trail.bucket));
        let missing = || failure("S3BucketDoesNotExistException", format!("S3 bucket {} does not exist!", trail.bucket));
        let bucket = bucket.ok_or_else(missing)?;
        self.check_bucket(now, account, trail, bucket).map_err(|_| {
            let message = format!("Incorrect S3 bucket policy is detected for bucket: {}", trail.bucket);
            failure("InsufficientS3BucketPolicyException", message)
        })?;
        match &trail.key {
            Some(key) => self.check_key(now, account, trail, bucket, key),
            None => Ok(()),
        }
    }

    fn check_bucket(&self, now: Timestamp, account: &AccountId, trail: &Trail, bucket: &Bucket) -> Result<(), String> {
        let (arn, source) = (bucket.arn(), self.source_keys(account, &trail.arn));
        self.service_may_in_bucket(now, bucket, SERVICE, "s3:GetBucketAcl", &arn, &source)?;
        let organization = self.organization.as_ref().filter(|_| trail.of_organization).map(|organization| organization.id.as_str());
        let put = source.with("s3:x-amz-acl", "bucket-owner-full-control");
        let prefix = trail.prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
        // An organization's files are under its id; the account's own prefix is used if the trail is changed to a single account.
        for owner in organization.into_iter().chain([account.as_str()]) {
            let object = format!("{arn}/{prefix}AWSLogs/{owner}/x");
            self.service_may_in_bucket(now, bucket, SERVICE, "s3:PutObject", &object, &put)?;
        }
        Ok(())
    }

    fn check_key(&self, now: Timestamp, account: &AccountId, trail: &Trail, bucket: &Bucket, arn: &str) -> Result<(), Failure> {
        let missing = || failure("KmsKeyNotFoundException", format!("The KMS key {arn} was not found in the Region of the bucket."));
        let region = arn.split(':').nth(3);
        let key = self.key_by_arn(arn).filter(|_| region == Some(bucket.region.as_str())).ok_or_else(missing)?;
        match key.state {
            KeyState::Enabled if key.made.plus(self.timing().propagation) <= now => {}
            KeyState::Enabled | KeyState::PendingDeletion { .. } => return Err(missing()),
            KeyState::Disabled => return Err(failure("KmsException", format!("The KMS key {arn} is disabled."))),
        }
        let context = self.source_keys(account, &trail.arn).with("kms:EncryptionContext:aws:cloudtrail:arn", trail.arn.as_str());
        let context = context.with_all("kms:EncryptionContextKeys", ["aws:cloudtrail:arn"]);
        // If the bucket has its own key, S3 uses that key on behalf of the writer.
        let actions = ["kms:GenerateDataKey", "kms:DescribeKey"].into_iter().chain(bucket.has_bucket_key().then_some("kms:Decrypt"));
        for action in actions {
            self.service_may_use_key(now, arn, SERVICE, action, &context).map_err(|_| {
                let message = format!("Insufficient permissions to access S3 bucket {} or KMS key {arn}.", trail.bucket);
                failure("InsufficientEncryptionPolicyException", message)
            })?;
        }
        Ok(())
    }
}
