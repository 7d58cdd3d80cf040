//! A bucket's settings as plain data, and the calls that read and write them.

use serde::Serialize;

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLoggingStatus, BucketVersioningStatus, LifecycleRule, LoggingEnabled, ObjectOwnership,
    OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tagging, VersioningConfiguration,
};

use super::super::{JUST_MADE, sdk_tags, unless_absent};
use super::lifecycle::rule_of;
use super::{AccessLogs, Edit, Observed, Versioning};
use crate::aws::error::AwsError;
use crate::aws::retry::RetryPolicy;
use crate::aws::tags::Tags;
use crate::kind::{Context, StepError, Text};

/// S3's code while the bucket of access logs, or its policy, is seconds old (docs/AWS.md 4.7).
const TARGET_JUST_MADE: &[&str] = &["InvalidTargetBucketForLogging"];

/// The public access that a bucket blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "S3 has these four switches")]
pub struct PublicAccess {
    /// New public ACLs are refused.
    pub block_acls: bool,
    /// Existing public ACLs are ignored.
    pub ignore_acls: bool,
    /// New public policies are refused.
    pub block_policy: bool,
    /// Existing public policies admit only the account and AWS services.
    pub restrict: bool,
}

/// A bucket's default encryption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Encryption {
    /// S3's word for it: `AES256`, `aws:kms`.
    pub algorithm: String,
    /// The key, as it was written.
    pub key: Option<String>,
    /// Whether the bucket uses a bucket key, which reduces calls to KMS.
    pub bucket_key: bool,
}

/// Where S3 writes the access logs of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogTarget {
    /// The bucket.
    pub bucket: String,
    /// What the names of the objects begin with.
    pub prefix: String,
}

impl LogTarget {
    /// Returns whether this is the wanted place.
    pub(super) fn is(&self, wanted: &AccessLogs) -> bool {
        self.bucket == wanted.bucket.as_str() && self.prefix == wanted.prefix
    }
}

impl fmt::Display for LogTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bucket, self.prefix)
    }
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
    /// Returns encryption with a key of KMS by its ARN, or with S3's own keys.
    #[must_use]
    pub fn by(key: Option<&str>) -> Self {
        let algorithm = if key.is_some() { ServerSideEncryption::AwsKms } else { ServerSideEncryption::Aes256 };
        Self { algorithm: algorithm.as_str().to_owned(), key: key.map(str::to_owned), bucket_key: key.is_some() }
    }

    /// Returns whether it is encryption with that key. A bucket key is one of KMS, so it means nothing with S3's own.
    pub(super) fn is_by(&self, key: Option<&Text>) -> bool {
        let wanted = Self::by(key.map(Text::as_str));
        *self == Self { bucket_key: if key.is_some() { wanted.bucket_key } else { self.bucket_key }, ..wanted }
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

/// Reads a bucket, and where its access logs go if that is asked for; `None` if it is gone. A denied read is recorded in it.
pub(super) async fn read(cx: &Context<'_>, name: &str, is_logged: bool, retry: &RetryPolicy) -> Result<Option<Observed>, AwsError> {
    match read_all(cx, name, is_logged, retry).await {
        Ok(observed) => Ok(Some(observed)),
        Err(error) if error.is(&["NoSuchBucket"]) => Ok(None),
        Err(error) if error.is_denied() => Ok(Some(Observed {
            name: name.to_owned(),
            arn: arn(cx, name),
            ownership: None,
            public_access: public_access(None),
            versioning: Versioning::NeverOn,
            encryption: encryption_of(None),
            lifecycle: BTreeMap::new(),
            access_logs: None,
            policy: None,
            tags: Tags::new(),
            refusal: Some(error.to_string()),
        })),
        Err(error) => Err(error),
    }
}

fn arn(cx: &Context<'_>, name: &str) -> String {
    format!("arn:{}:s3:::{name}", cx.sessions().partition())
}

async fn read_all(cx: &Context<'_>, name: &str, is_logged: bool, retry: &RetryPolicy) -> Result<Observed, AwsError> {
    let (client, owner) = (cx.session().s3(), cx.session().account().as_str());
    let tags =
        cx.call_with("s3:GetBucketTagging", retry, || client.get_bucket_tagging().bucket(name).expected_bucket_owner(owner).send()).await;
    let tags = unless_absent(tags, "NoSuchTagSet")?
        .map(|output| output.tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect());
    let ownership = cx
        .call_with("s3:GetBucketOwnershipControls", retry, || {
            client.get_bucket_ownership_controls().bucket(name).expected_bucket_owner(owner).send()
        })
        .await;
    let ownership = unless_absent(ownership, "OwnershipControlsNotFoundError")?
        .and_then(|output| output.ownership_controls?.rules.into_iter().next())
        .map(|rule| rule.object_ownership.as_str().to_owned());
    let access = cx
        .call_with("s3:GetPublicAccessBlock", retry, || client.get_public_access_block().bucket(name).expected_bucket_owner(owner).send())
        .await;
    let access = unless_absent(access, "NoSuchPublicAccessBlockConfiguration")?.and_then(|output| output.public_access_block_configuration);
    let versioning = cx
        .call_with("s3:GetBucketVersioning", retry, || client.get_bucket_versioning().bucket(name).expected_bucket_owner(owner).send())
        .await?;
    let encryption = cx
        .call_with("s3:GetBucketEncryption", retry, || client.get_bucket_encryption().bucket(name).expected_bucket_owner(owner).send())
        .await;
    let encryption = unless_absent(encryption, "ServerSideEncryptionConfigurationNotFoundError")?
        .and_then(|output| output.server_side_encryption_configuration?.rules.into_iter().next());
    let lifecycle = cx
        .call_with("s3:GetBucketLifecycleConfiguration", retry, || {
            client.get_bucket_lifecycle_configuration().bucket(name).expected_bucket_owner(owner).send()
        })
        .await;
    let lifecycle = unless_absent(lifecycle, "NoSuchLifecycleConfiguration")?;
    let logging = if is_logged {
        cx.call_with("s3:GetBucketLogging", retry, || client.get_bucket_logging().bucket(name).expected_bucket_owner(owner).send())
            .await?
            .logging_enabled
    } else {
        None
    };
    let policy =
        cx.call_with("s3:GetBucketPolicy", retry, || client.get_bucket_policy().bucket(name).expected_bucket_owner(owner).send()).await;
    Ok(Observed {
        name: name.to_owned(),
        arn: arn(cx, name),
        ownership,
        public_access: public_access(access.as_ref()),
        versioning: match versioning.status() {
            None => Versioning::NeverOn,
            Some(BucketVersioningStatus::Enabled) => Versioning::Enabled,
            Some(_) => Versioning::Suspended,
        },
        encryption: encryption_of(encryption.as_ref()),
        lifecycle: lifecycle.map(|output| output.rules().iter().map(rule_of).collect::<Result<_, _>>()).transpose()?.unwrap_or_default(),
        access_logs: logging.map(|logging| LogTarget { bucket: logging.target_bucket, prefix: logging.target_prefix }),
        policy: unless_absent(policy, "NoSuchBucketPolicy")?.and_then(|output| output.policy),
        tags: tags.unwrap_or_default(),
        refusal: None,
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

/// Writes tags. The call replaces all of them; AWS keeps its own, which must not be sent.
pub(super) async fn tag(cx: &Context<'_>, observed: &Observed, more: &Tags) -> Result<(), StepError> {
    let (client, owner) = (cx.session().s3(), cx.session().account().as_str());
    let mut tags = observed.tags.clone();
    tags.retain(|key, _| !key.starts_with("aws:"));
    tags.extend(more.clone());
    let tagging = Tagging::builder().set_tag_set(Some(sdk_tags(&tags)?)).build().map_err(incomplete)?;
    let retry = cx.retry().until_visible(JUST_MADE);
    cx.call_with("s3:PutBucketTagging", &retry, || {
        client.put_bucket_tagging().bucket(&observed.name).expected_bucket_owner(owner).tagging(tagging.clone()).send()
    })
    .await?;
    Ok(())
}

/// Applies one edit with one upsert.
pub(super) async fn write(cx: &Context<'_>, name: &str, edit: &Edit) -> Result<(), StepError> {
    let (client, owner) = (cx.session().s3(), cx.session().account().as_str());
    let retry = cx.retry().until_visible(JUST_MADE);
    match edit {
        Edit::Ownership { .. } => {
            let rule =
                OwnershipControlsRule::builder().object_ownership(ObjectOwnership::BucketOwnerEnforced).build().map_err(incomplete)?;
            let controls = OwnershipControls::builder().rules(rule).build().map_err(incomplete)?;
            cx.call_with("s3:PutBucketOwnershipControls", &retry, || {
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
            cx.call_with("s3:PutPublicAccessBlock", &retry, || {
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
            cx.call_with("s3:PutBucketVersioning", &retry, || {
                client.put_bucket_versioning().bucket(name).expected_bucket_owner(owner).versioning_configuration(enabled.clone()).send()
            })
            .await?;
        }
        Edit::Encryption { to, .. } => {
            let wanted = Encryption::by(to.as_ref().map(Text::known).transpose()?);
            let default = ServerSideEncryptionByDefault::builder()
                .sse_algorithm(ServerSideEncryption::from(wanted.algorithm.as_str()))
                .set_kms_master_key_id(wanted.key)
                .build()
                .map_err(incomplete)?;
            let rule = ServerSideEncryptionRule::builder()
                .apply_server_side_encryption_by_default(default)
                .bucket_key_enabled(wanted.bucket_key)
                .build();
            let encryption = ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(incomplete)?;
            cx.call_with("s3:PutBucketEncryption", &retry, || {
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
            cx.call_with("s3:PutBucketLifecycleConfiguration", &retry, || {
                client
                    .put_bucket_lifecycle_configuration()
                    .bucket(name)
                    .expected_bucket_owner(owner)
                    .lifecycle_configuration(lifecycle.clone())
                    .send()
            })
            .await?;
        }
        Edit::AccessLogs { to, .. } => {
            let target =
                LoggingEnabled::builder().target_bucket(to.bucket.known()?).target_prefix(&to.prefix).build().map_err(incomplete)?;
            let status = BucketLoggingStatus::builder().logging_enabled(target).build();
            cx.call_with("s3:PutBucketLogging", &retry.until_visible(TARGET_JUST_MADE), || {
                client.put_bucket_logging().bucket(name).expected_bucket_owner(owner).bucket_logging_status(status.clone()).send()
            })
            .await?;
        }
        Edit::Policy { to, .. } => {
            let policy = to.known()?;
            cx.call_with("s3:PutBucketPolicy", &retry, || {
                client.put_bucket_policy().bucket(name).expected_bucket_owner(owner).policy(policy).send()
            })
            .await?;
        }
    }
    Ok(())
}

pub(super) fn incomplete(error: impl fmt::Display) -> StepError {
    StepError::refused(error.to_string(), "please report this")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocked_access_is_shown_by_what_is_not_blocked() {
        let none = PublicAccess { block_acls: false, ignore_acls: false, block_policy: false, restrict: false };
        assert_eq!(none.to_string(), "not blocked");
        assert_eq!(PublicAccess { restrict: false, ..PublicAccess::BLOCKED }.to_string(), "blocked but RestrictPublicBuckets");
        assert_eq!(public_access(None), none);
    }
}
