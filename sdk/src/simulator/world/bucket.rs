//! A bucket of S3, its settings and the few small objects in it.

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
    /// `Enabled` or `Suspended`; nothing where it never was on.
    pub(crate) versioning: Option<String>,
    /// The configuration as it was put.
    pub(crate) encryption: Option<Value>,
    /// The configuration as it was put.
    pub(crate) lifecycle: Option<Value>,
    pub(crate) tags: Option<Tags>,
    pub(crate) objects: BTreeMap<String, Object>,
    /// Whether versions of objects are left that no listing shows.
    pub(crate) has_old_versions: bool,
}

/// What of public access a bucket blocks.
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
    /// Returns an empty bucket with the settings that S3 gives new ones: no public access, no lists of access, its own
    /// encryption (docs/AWS.md 4.4).
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
            objects: BTreeMap::new(),
            has_old_versions: false,
        }
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:s3:::{}", self.name)
    }

    /// Returns the key of KMS that encrypts what comes without one, as it was named.
    pub(crate) fn default_key(&self) -> Option<&str> {
        self.encryption_rule()?.get("ApplyServerSideEncryptionByDefault")?.get("KMSMasterKeyID")?.as_str()
    }

    /// Whether objects share a key of the bucket's, so that whoever writes must be able to read that key.
    pub(crate) fn has_bucket_key(&self) -> bool {
        let enabled = self.encryption_rule().and_then(|rule| rule.get("BucketKeyEnabled")).and_then(Value::as_str);
        enabled == Some("true")
    }

    fn encryption_rule(&self) -> Option<&Value> {
        self.encryption.as_ref()?.get("Rule")?.get(0)
    }
}
