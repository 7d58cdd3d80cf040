//! A bucket of S3 with its settings and its small objects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::AccountId;
use crate::simulator::clock::Timestamp;
use crate::simulator::propagated::Propagated;
use crate::simulator::stored::{StoredDocument, Tags};

/// A bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) account: AccountId,
    pub(crate) region: String,
    pub(crate) made: Timestamp,
    pub(crate) policy: Propagated<Option<StoredDocument>>,
    pub(crate) ownership: Option<String>,
    pub(crate) public_access: Option<PublicAccess>,
    /// `Enabled` or `Suspended`; `None` if it was never enabled.
    pub(crate) versioning: Option<String>,
    /// The configuration as it was set.
    pub(crate) encryption: Option<Value>,
    /// The configuration as it was set.
    pub(crate) lifecycle: Option<Value>,
    pub(crate) tags: Option<Tags>,
    /// Where its access logs go: bucket and prefix. None are written here.
    #[serde(default)]
    pub(crate) access_logs: Option<(String, String)>,
    pub(crate) objects: BTreeMap<String, Object>,
    /// Whether there are noncurrent versions of objects, which listings do not show.
    pub(crate) has_old_versions: bool,
}

/// A bucket's block of public access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "S3 has these four switches")]
pub(crate) struct PublicAccess {
    pub(crate) block_acls: bool,
    pub(crate) ignore_acls: bool,
    pub(crate) block_policy: bool,
    pub(crate) restrict: bool,
}

/// An object; bodies are texts here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) body: String,
    pub(crate) content_type: Option<String>,
    /// In quotes.
    pub(crate) etag: String,
    pub(crate) made: Timestamp,
}

impl Bucket {
    /// Returns an empty bucket with the settings that S3 gives new ones: no public access, no ACLs, its own encryption (docs/AWS.md
    /// 4.4).
    pub(crate) fn new(name: &str, account: AccountId, region: &str, now: Timestamp) -> Self {
        let all = PublicAccess { block_acls: true, ignore_acls: true, block_policy: true, restrict: true };
        Self {
            name: name.to_owned(),
            account,
            region: region.to_owned(),
            made: now,
            policy: Propagated::new(None),
            ownership: Some("BucketOwnerEnforced".to_owned()),
            public_access: Some(all),
            versioning: None,
            encryption: None,
            lifecycle: None,
            tags: None,
            access_logs: None,
            objects: BTreeMap::new(),
            has_old_versions: false,
        }
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:s3:::{}", self.name)
    }

    /// Returns the KMS key of the default encryption, in the form in which it was set.
    pub(crate) fn default_key(&self) -> Option<&str> {
        self.encryption_rule()?.get("ApplyServerSideEncryptionByDefault")?.get("KMSMasterKeyID")?.as_str()
    }

    /// Whether objects use a bucket key, so that a writer must be able to decrypt that key.
    pub(crate) fn has_bucket_key(&self) -> bool {
        let enabled = self.encryption_rule().and_then(|rule| rule.get("BucketKeyEnabled")).and_then(Value::as_str);
        enabled == Some("true")
    }

    fn encryption_rule(&self) -> Option<&Value> {
        self.encryption.as_ref()?.get("Rule")?.get(0)
    }
}
