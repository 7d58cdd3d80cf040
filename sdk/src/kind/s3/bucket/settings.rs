//! A bucket's settings: what each is in plain data, and the calls that read and write them.

use std::fmt;

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketVersioningStatus, ExpirationStatus, LifecycleExpiration,
    LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, Tagging, VersioningConfiguration,
};

use super::super::{JUST_MADE, sdk_tags, unless_absent};
use super::{Edit, Observed};
use crate::aws::error::AwsError;
use crate::aws::patience::Patience;
use crate::aws::tags::Tags;
use crate::kind::{Context, StepError};

/// What of public access a bucket blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "S3 has these four switches")]
pub struct PublicAccess {
    /// New lists of access that are public are refused.
    pub block_acls: bool,
    /// Old ones do not count.
    pub ignore_acls: bool,
    /// New policies that are public are refused.
    pub block_policy: bool,
    /// Old ones let nobody in but the account and AWS services.
    pub restrict: bool,
}

/// How a bucket encrypts what comes without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encryption {
    /// S3's word for it: `AES256`, `aws:kms`.
    pub algorithm: String,
    /// The key, as it was named.
    pub key: Option<String>,
    /// Whether the bucket has a key of its own below that, which makes calls to KMS few.
    pub bucket_key: bool,
}

/// A rule of a bucket's lifecycle: when what lies under a prefix goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// The prefix; empty for everything.
    pub prefix: String,
    /// Days after which objects go.
    pub days: Option<i32>,
    /// Days after which versions go that were overwritten or deleted.
    pub noncurrent_days: Option<i32>,
    /// Days after which uploads are given up that nobody finished.
    pub abort_days: Option<i32>,
    /// Whether what deletion leaves behind goes when nothing else is left.
    pub delete_markers: bool,
}

impl PublicAccess {
    /// All of it is blocked.
    pub const BLOCKED: Self = Self { block_acls: true, ignore_acls: true, block_policy: true, restrict: true };
}

impl fmt::Display for PublicAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let switches = [
            ("BlockPublicAcls", self.block_acls),
            ("IgnorePublicAcls", self.ignore_acls),
            ("BlockPublicPolicy", self.block_policy),
            ("RestrictPublicBuckets", self.restrict),
        ];
        let off: Vec<&str> = switches.iter().filter(|(_, on)| !on).map(|(name, _)| *name).collect();
        match off.len() {
            0 => f.write_str("blocked"),
            4 => f.write_str("not blocked"),
            _ => write!(f, "blocked but {}", off.join(", ")),
        }
    }
}

impl Encryption {
    /// Returns encryption with a key of KMS by its ARN.
    #[must_use]
    pub fn with_key(arn: &str) -> Self {
        Self { algorithm: ServerSideEncryption::AwsKms.as_str().to_owned(), key: Some(arn.to_owned()), bucket_key: true }
    }
}

impl fmt::Display for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.algorithm)?;
        if let Some(key) = &self.key {
            write!(f, " {key}")?;
        }
        if self.bucket_key { f.write_str(", bucket key") } else { Ok(()) }
    }
}

impl Rule {
    /// Returns a rule about a prefix that does nothing yet.
    #[must_use]
    pub fn of(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    fn sdk(&self, id: &str) -> Result<LifecycleRule, StepError> {
        let expiration = match (self.days, self.delete_markers) {
            (Some(days), _) => Some(LifecycleExpiration::builder().days(days).build()),
            (None, true) => Some(LifecycleExpiration::builder().expired_object_delete_marker(true).build()),
            (None, false) => None,
        };
        LifecycleRule::builder()
            .id(id)
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().prefix(&self.prefix).build())
            .set_expiration(expiration)
            .set_noncurrent_version_expiration(
                self.noncurrent_days.map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build()),
            )
            .set_abort_incomplete_multipart_upload(
                self.abort_days.map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build()),
            )
            .build()
            .map_err(incomplete)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = |days: i32| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        let mut words = Vec::new();
        let what = if self.prefix.is_empty() { "everything" } else { &self.prefix };
        match self.days {
            Some(number) => words.push(format!("{what} for {}", days(number))),
            None => words.push(what.to_owned()),
        }
        words.extend(self.noncurrent_days.map(|number| format!("old versions for {}", days(number))));
        words.extend(self.abort_days.map(|number| format!("unfinished uploads for {}", days(number))));
        words.extend(self.delete_markers.then(|| "no lone delete markers".to_owned()));
        f.write_str(&words.join(", "))
    }
}

/// Reads a bucket; none where it is gone.
pub(super) async fn read(cx: &Context<'_>, name: &str, patience: &Patience) -> Result<Option<Observed>, AwsError> {
    match read_all(cx, name, patience).await {
        Ok(observed) => Ok(Some(observed)),
        Err(error) if error.is(&["NoSuchBucket"]) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn read_all(cx: &Context<'_>, name: &str, patience: &Patience) -> Result<Observed, AwsError> {
    let (client, owner) = (cx.session().s3(), cx.session().account().as_str());
    let tags = cx
        .call_with("s3:GetBucketTagging", patience, || client.get_bucket_tagging().bucket(name).expected_bucket_owner(owner).send())
        .await;
    let tags = unless_absent(tags, "NoSuchTagSet")?
        .map(|output| output.tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect());
    let ownership = cx
        .call_with("s3:GetBucketOwnershipControls", patience, || {
            client.get_bucket_ownership_controls().bucket(name).expected_bucket_owner(owner).send()
        })
        .await;
    let ownership = unless_absent(ownership, "OwnershipControlsNotFoundError")?
        .and_then(|output| output.ownership_controls?.rules.into_iter().next())
        .map(|rule| rule.object_ownership.as_str().to_owned());
    let access = cx
        .call_with("s3:GetPublicAccessBlock", patience, || {
            client.get_public_access_block().bucket(name).expected_bucket_owner(owner).send()
        })
        .await;
    let access = unless_absent(access, "NoSuchPublicAccessBlockConfiguration")?.and_then(|output| output.public_access_block_configuration);
    let versioning = cx
        .call_with("s3:GetBucketVersioning", patience, || client.get_bucket_versioning().bucket(name).expected_bucket_owner(owner).send())
        .await?;
    let encryption = cx
        .call_with("s3:GetBucketEncryption", patience, || client.get_bucket_encryption().bucket(name).expected_bucket_owner(owner).send())
        .await;
    let encryption = unless_absent(encryption, "ServerSideEncryptionConfigurationNotFoundError")?
        .and_then(|output| output.server_side_encryption_configuration?.rules.into_iter().next());
    let lifecycle = cx
        .call_with("s3:GetBucketLifecycleConfiguration", patience, || {
            client.get_bucket_lifecycle_configuration().bucket(name).expected_bucket_owner(owner).send()
        })
        .await;
    let lifecycle = unless_absent(lifecycle, "NoSuchLifecycleConfiguration")?;
    let policy =
        cx.call_with("s3:GetBucketPolicy", patience, || client.get_bucket_policy().bucket(name).expected_bucket_owner(owner).send()).await;
    Ok(Observed {
        name: name.to_owned(),
        arn: format!("arn:{}:s3:::{name}", cx.sessions().partition()),
        ownership,
        public_access: public_access(access.as_ref()),
        versioning: versioning.status().map_or_else(|| "never on".to_owned(), |status| status.as_str().to_ascii_lowercase()),
        encryption: encryption_of(encryption.as_ref()),
        lifecycle: lifecycle.map(|output| output.rules().iter().map(rule_of).collect()).unwrap_or_default(),
        policy: unless_absent(policy, "NoSuchBucketPolicy")?.and_then(|output| output.policy),
        tags: tags.unwrap_or_default(),
    })
}

fn public_access(access: Option<&PublicAccessBlockConfiguration>) -> PublicAccess {
    let switch = |of: fn(&PublicAccessBlockConfiguration) -> Option<bool>| access.and_then(of).unwrap_or(false);
    PublicAccess {
        block_acls: switch(PublicAccessBlockConfiguration::block_public_acls),
        ignore_acls: switch(PublicAccessBlockConfiguration::ignore_public_acls),
        block_policy: switch(PublicAccessBlockConfiguration::block_public_policy),
        restrict: switch(PublicAccessBlockConfiguration::restrict_public_buckets),
    }
}

fn encryption_of(rule: Option<&ServerSideEncryptionRule>) -> Encryption {
    let default = rule.and_then(|rule| rule.apply_server_side_encryption_by_default());
    Encryption {
        algorithm: default.map_or("none", |default| default.sse_algorithm().as_str()).to_owned(),
        key: default.and_then(|default| default.kms_master_key_id()).map(str::to_owned),
        bucket_key: rule.and_then(ServerSideEncryptionRule::bucket_key_enabled).unwrap_or(false),
    }
}

/// Puts a rule into words. One that is off, or does more than rules of ours do, says so and so equals none of ours.
fn rule_of(rule: &LifecycleRule) -> (String, String) {
    let filter = rule.filter();
    let expiration = rule.expiration();
    let noncurrent = rule.noncurrent_version_expiration();
    // S3 echoes the prefix in the filter, or beside it for rules of the older form.
    #[expect(deprecated, reason = "rules of the older form are told like others")]
    let prefix = filter.and_then(LifecycleRuleFilter::prefix).or(rule.prefix()).unwrap_or_default();
    let plain = Rule {
        prefix: prefix.to_owned(),
        days: expiration.and_then(LifecycleExpiration::days),
        noncurrent_days: noncurrent.and_then(NoncurrentVersionExpiration::noncurrent_days),
        abort_days: rule.abort_incomplete_multipart_upload().and_then(AbortIncompleteMultipartUpload::days_after_initiation),
        delete_markers: expiration.and_then(LifecycleExpiration::expired_object_delete_marker).unwrap_or(false),
    };
    let narrowed = filter.is_some_and(|filter| {
        filter.tag().is_some()
            || filter.and().is_some()
            || filter.object_size_greater_than().is_some()
            || filter.object_size_less_than().is_some()
    });
    let more = narrowed
        || !rule.transitions().is_empty()
        || !rule.noncurrent_version_transitions().is_empty()
        || expiration.is_some_and(|expiration| expiration.date().is_some())
        || noncurrent.is_some_and(|noncurrent| noncurrent.newer_noncurrent_versions().is_some_and(|kept| kept > 0));
    let mut words = plain.to_string();
    if more {
        words.push_str(", and more");
    }
    if *rule.status() != ExpirationStatus::Enabled {
        words.push_str(" (off)");
    }
    (rule.id().unwrap_or_default().to_owned(), words)
}

/// Carries out one edit: one upsert.
pub(super) async fn write(cx: &Context<'_>, name: &str, edit: &Edit) -> Result<(), StepError> {
    let (client, owner) = (cx.session().s3(), cx.session().account().as_str());
    let patience = cx.patience().just_made(JUST_MADE);
    match edit {
        Edit::Tag { from, to } => {
            // The call replaces all tags; those of AWS itself stay by themselves and must not be sent.
            let mut tags: Tags =
                from.iter().filter(|(key, _)| !key.starts_with("aws:")).map(|(key, value)| (key.clone(), value.clone())).collect();
            tags.extend(to.clone());
            let tagging = Tagging::builder().set_tag_set(Some(sdk_tags(&tags)?)).build().map_err(incomplete)?;
            cx.call_with("s3:PutBucketTagging", &patience, || {
                client.put_bucket_tagging().bucket(name).expected_bucket_owner(owner).tagging(tagging.clone()).send()
            })
            .await?;
        }
        Edit::Ownership { .. } => {
            let rule =
                OwnershipControlsRule::builder().object_ownership(ObjectOwnership::BucketOwnerEnforced).build().map_err(incomplete)?;
            let controls = OwnershipControls::builder().rules(rule).build().map_err(incomplete)?;
            cx.call_with("s3:PutBucketOwnershipControls", &patience, || {
                client.put_bucket_ownership_controls().bucket(name).expected_bucket_owner(owner).ownership_controls(controls.clone()).send()
            })
            .await?;
        }
        Edit::PublicAccess { .. } => {
            let all = PublicAccessBlockConfiguration::builder()
                .block_public_acls(true)
                .ignore_public_acls(true)
                .block_public_policy(true)
                .restrict_public_buckets(true)
                .build();
            cx.call_with("s3:PutPublicAccessBlock", &patience, || {
                client
                    .put_public_access_block()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .public_access_block_configuration(all.clone())
                    .send()
            })
            .await?;
        }
        Edit::Versioning { .. } => {
            let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
            cx.call_with("s3:PutBucketVersioning", &patience, || {
                client.put_bucket_versioning().bucket(name).expected_bucket_owner(owner).versioning_configuration(enabled.clone()).send()
            })
            .await?;
        }
        Edit::Encryption { to, .. } => {
            let default = ServerSideEncryptionByDefault::builder()
                .sse_algorithm(ServerSideEncryption::AwsKms)
                .kms_master_key_id(to.known()?)
                .build()
                .map_err(incomplete)?;
            let rule =
                ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).bucket_key_enabled(true).build();
            let encryption = ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(incomplete)?;
            cx.call_with("s3:PutBucketEncryption", &patience, || {
                client
                    .put_bucket_encryption()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .server_side_encryption_configuration(encryption.clone())
                    .send()
            })
            .await?;
        }
        Edit::Lifecycle { to, .. } => {
            let rules: Vec<LifecycleRule> = to.iter().map(|(id, rule)| rule.sdk(id)).collect::<Result<_, _>>()?;
            let lifecycle = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().map_err(incomplete)?;
            cx.call_with("s3:PutBucketLifecycleConfiguration", &patience, || {
                client
                    .put_bucket_lifecycle_configuration()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .lifecycle_configuration(lifecycle.clone())
                    .send()
            })
            .await?;
        }
        Edit::Policy { to, .. } => {
            let policy = to.known()?;
            cx.call_with("s3:PutBucketPolicy", &patience, || {
                client.put_bucket_policy().bucket(name).expected_bucket_owner(owner).policy(policy).send()
            })
            .await?;
        }
    }
    Ok(())
}

fn incomplete(error: impl fmt::Display) -> StepError {
    StepError::refused(error.to_string(), "please report this")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_survives_the_way_to_s3_and_back() {
        for rule in [
            Rule { days: Some(2555), noncurrent_days: Some(30), ..Rule::of("AWSLogs/") },
            Rule { abort_days: Some(7), delete_markers: true, ..Rule::of("") },
        ] {
            let sent = rule.sdk("x").expect("complete");
            assert_eq!(rule_of(&sent), ("x".to_owned(), rule.to_string()));
            let mut off = sent;
            off.status = ExpirationStatus::Disabled;
            assert_ne!(rule_of(&off).1, rule.to_string());
        }
    }

    #[test]
    fn what_is_blocked_is_told_by_what_is_not() {
        let none = PublicAccess { block_acls: false, ignore_acls: false, block_policy: false, restrict: false };
        assert_eq!(none.to_string(), "not blocked");
        assert_eq!(PublicAccess { restrict: false, ..PublicAccess::BLOCKED }.to_string(), "blocked but RestrictPublicBuckets");
        assert_eq!(public_access(None), none);
    }
}
