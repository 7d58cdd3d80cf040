//! Checks whether an AWS service may write to a bucket, as CloudTrail and flow logs do when they are created.
//!
//! Services see buckets and policies only after [`crate::simulator::PROPAGATION`].

use crate::aws::policy::{Context, ResourceRule};
use crate::id::AccountId;
use crate::simulator::authorize::Owned;
use crate::simulator::clock::Timestamp;
use crate::simulator::stored::StoredDocument;
use crate::simulator::world::{Bucket, KeyState, World};

/// Why a service cannot write to a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Undeliverable {
    /// The bucket does not exist, as far as services see.
    NoBucket,
    /// The bucket's policy, or that of its encryption key, does not allow it; with AWS's message.
    Denied(String),
}

impl World {
    /// Returns why a service may not write objects below a prefix of a bucket for a resource, whose keys `source` are.
    ///
    /// # Errors
    ///
    /// Fails if the bucket does not exist, if its policy does not allow `s3:PutObject` with `bucket-owner-full-control`, or if the
    /// key of its default encryption does not allow `kms:GenerateDataKey`.
    pub(crate) fn may_deliver(
        &self,
        now: Timestamp,
        bucket_arn: &str,
        key_prefix: &str,
        service: &str,
        source: &Context,
    ) -> Result<(), Undeliverable> {
        let bucket = self.bucket_for_services(now, bucket_arn).ok_or(Undeliverable::NoBucket)?;
        // Any name below the prefix will do.
        let object = format!("{bucket_arn}/{}/x", key_prefix.trim_matches('/'));
        let put = source.clone().with("s3:x-amz-acl", "bucket-owner-full-control");
        self.service_may_in_bucket(now, bucket, service, "s3:PutObject", &object, &put).map_err(Undeliverable::Denied)?;
        if let Some(key) = bucket.default_key() {
            self.service_may_use_key(now, key, service, "kms:GenerateDataKey", source).map_err(Undeliverable::Denied)?;
        }
        Ok(())
    }

    /// Returns a bucket by ARN, if services already see it.
    pub(in crate::simulator::service) fn bucket_for_services(&self, now: Timestamp, arn: &str) -> Option<&Bucket> {
        let bucket = self.buckets.get(arn.strip_prefix("arn:aws:s3:::")?)?;
        (bucket.made.plus(self.timing().propagation) <= now).then_some(bucket)
    }

    /// Returns why the policy of a bucket does not allow a service's call, as far as the policy has propagated.
    pub(in crate::simulator::service) fn service_may_in_bucket(
        &self,
        now: Timestamp,
        bucket: &Bucket,
        service: &str,
        action: &str,
        resource: &str,
        context: &Context,
    ) -> Result<(), String> {
        let policy = bucket.policy.effective(now, self.timing().propagation).as_ref();
        let owned = Owned { account: &bucket.account, policy: policy.map(StoredDocument::document), rule: ResourceRule::MustAllow };
        self.service_may(now, service, action, resource, context, owned)
    }

    /// Returns why a service may not use a key by its ARN, as far as the key's policy has propagated.
    pub(in crate::simulator::service) fn service_may_use_key(
        &self,
        now: Timestamp,
        arn: &str,
        service: &str,
        action: &str,
        context: &Context,
    ) -> Result<(), String> {
        let missing = || format!("Key '{arn}' does not exist");
        let key = self.key_by_arn(arn).ok_or_else(missing)?;
        if key.state != KeyState::Enabled {
            return Err(format!("{arn} is not enabled."));
        }
        let account: AccountId = arn.split(':').nth(4).and_then(|account| account.parse().ok()).ok_or_else(missing)?;
        let policy = key.policy.effective(now, self.timing().propagation);
        let owned = Owned { account: &account, policy: Some(policy.document()), rule: ResourceRule::MustAllow };
        self.service_may(now, service, action, &key.arn, context, owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::Options;
    use crate::simulator::propagated::Propagated;
    use crate::simulator::stored::own_document;

    const FLOW_LOGS: &str = "delivery.logs.amazonaws.com";

    #[test]
    fn flow_logs_are_delivered_where_the_policy_lets_them() {
        let now = Timestamp(1_000_000);
        let mut world = World::new(Options::default(), now);
        let may = |world: &World, arn: &str, organization: Option<&str>| {
            let source = Context::new().with_all("aws:SourceOrgID", organization);
            world.may_deliver(now, arn, "flow/AWSLogs/222222222222/", FLOW_LOGS, &source)
        };
        assert_eq!(may(&world, "arn:aws:s3:::logs", None), Err(Undeliverable::NoBucket));
        let mut bucket = Bucket::new("logs", crate::name::literal("333333333333"), "eu-west-1", now);
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/flow/AWSLogs/*","Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceOrgID":"o-1"}}}]}"#;
        bucket.policy = Propagated::new(Some(own_document(policy)));
        world.buckets.insert("logs".to_owned(), bucket);
        assert_eq!(may(&world, "arn:aws:s3:::logs", Some("o-1")), Ok(()));
        assert!(matches!(may(&world, "arn:aws:s3:::logs", None), Err(Undeliverable::Denied(_))));
        // A missing key is noticed here, not when the encryption is set.
        let rule = serde_json::json!({ "Rule": [{ "ApplyServerSideEncryptionByDefault": { "KMSMasterKeyID": "arn:aws:kms:eu-west-1:333333333333:key/x" } }] });
        world.buckets.get_mut("logs").expect("it is there").encryption = Some(rule);
        assert!(matches!(may(&world, "arn:aws:s3:::logs", Some("o-1")), Err(Undeliverable::Denied(_))));
    }
}
