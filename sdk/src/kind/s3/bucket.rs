//! Buckets for logs: private, versioned, encrypted with a managed key, with lifecycle rules and a restrictive policy.
//!
//! A bucket's name is its identity, and globally unique. It contains organization, account and Region, so a bucket of this name in this
//! account is managed even before it has its tags.

mod lifecycle;
mod settings;

use serde::Serialize;

use std::collections::BTreeMap;
use std::fmt;

pub use lifecycle::{ByDays, Present, Rule};
pub use settings::{Encryption, PublicAccess};

use super::JUST_MADE;
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Tags};
use crate::kind::change::document_fields;
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Hazard, HazardName, Kind, Made, ScopeSet, StepError, Text};
use crate::ours::audit_bucket;

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership};

/// The Region that must not be named when a bucket is created (docs/AWS.md D.4).
const UNNAMED_REGION: &str = "us-east-1";
/// The ownership of objects: the bucket's account, without ACLs.
const OWNERSHIP: &str = "BucketOwnerEnforced";

/// The kind `bucket`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Bucket;

/// What a bucket should be; it is always private and keeps versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its name.
    pub name: Text,
    /// The ARN of the key that encrypts what is put into it.
    pub key: Text,
    /// Its lifecycle rules, by id.
    pub lifecycle: BTreeMap<String, Rule>,
    /// The folders whose rules are kept when nothing is written there any more.
    pub by_days: ByDays,
    /// Who may do what with it: a policy document.
    pub policy: Text,
    /// Its tags.
    pub tags: Tags,
}

/// What a bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Who owns objects that others write; `None` if it is not set.
    pub ownership: Option<String>,
    /// The public access that it blocks.
    pub public_access: PublicAccess,
    /// Whether it keeps versions.
    pub versioning: Versioning,
    /// Its default encryption.
    pub encryption: Encryption,
    /// Its lifecycle rules, by id.
    pub lifecycle: BTreeMap<String, Present>,
    /// Its policy.
    pub policy: Option<String>,
    /// Its tags.
    pub tags: Tags,
    /// AWS's error if reading all of the above was denied.
    pub refusal: Option<String>,
}

/// Whether a bucket keeps versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Versioning {
    /// It keeps them.
    Enabled,
    /// It did once.
    Suspended,
    /// It never did.
    NeverOn,
}

impl fmt::Display for Versioning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enabled => "enabled",
            Self::Suspended => "suspended",
            Self::NeverOn => "never on",
        })
    }
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched by this kind only")]
pub enum Edit {
    /// ACLs are not disabled.
    Ownership {
        /// What it is.
        from: Option<String>,
    },
    /// Some public access is not blocked.
    PublicAccess {
        /// What is blocked.
        from: PublicAccess,
    },
    /// Versions are not kept.
    Versioning {
        /// What it is.
        from: Versioning,
    },
    /// Another key, or no key.
    Encryption {
        /// What it is.
        from: Encryption,
        /// The key's ARN.
        to: Text,
    },
    /// A lifecycle rule differs.
    Lifecycle {
        /// The present rules.
        from: BTreeMap<String, Present>,
        /// The wanted rules.
        to: BTreeMap<String, Rule>,
    },
    /// The policy has another meaning, or is missing.
    Policy {
        /// What it is.
        from: Option<String>,
        /// What it should be.
        to: Text,
    },
}

impl Kind for Bucket {
    const NAME: &'static str = "bucket";
    const SCOPES: ScopeSet = ScopeSet::LogArchive;
    const SERVICE: &'static str = "S3";
    const IS_NOTABLE: bool = true;
    const REMOVAL_RANK: u8 = 41;
    const TAGS_FIRST: bool = true;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.name);
        visit(&mut desired.key);
        visit(&mut desired.policy);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.name.as_str() == observed.name
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    /// A run that was killed between the bucket and its tags leaves one with S3's defaults: no call creates both.
    fn adoption(desired: &Desired, observed: &Observed) -> Adoption {
        let is_as_made = observed.tags.is_empty() && observed.policy.is_none() && observed.lifecycle.is_empty();
        if is_as_made || tags::still_carries_ours(&desired.tags, &observed.tags) {
            return Adoption::Adopt;
        }
        Adoption::Refuse(Blocked::new(
            format!("bucket {} exists, and landfall did not make it", observed.name),
            "empty and delete it, or write another `organization.name`",
        ))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        if let Some(refusal) = &observed.refusal {
            return Err(Blocked::new(
                format!("bucket {} cannot be read: {refusal}", observed.name),
                "allow the caller to read it; if the bucket's own policy forbids it, the root user of that account can still delete the \
                 policy \
                 (`aws s3api delete-bucket-policy`)",
            ));
        }
        let mut edits = Vec::new();
        if observed.ownership.as_deref() != Some(OWNERSHIP) {
            edits.push(Edit::Ownership { from: observed.ownership.clone() });
        }
        if observed.public_access != PublicAccess::BLOCKED {
            edits.push(Edit::PublicAccess { from: observed.public_access });
        }
        if observed.versioning != Versioning::Enabled {
            edits.push(Edit::Versioning { from: observed.versioning });
        }
        if observed.encryption != Encryption::with_key(desired.key.as_str()) {
            edits.push(Edit::Encryption { from: observed.encryption.clone(), to: desired.key.clone() });
        }
        let mut wanted = desired.by_days.kept(&observed.lifecycle);
        wanted.extend(desired.lifecycle.clone());
        let rules: BTreeMap<String, Present> = wanted.iter().map(|(id, rule)| (id.clone(), Present::of(rule.clone()))).collect();
        if observed.lifecycle != rules {
            edits.push(Edit::Lifecycle { from: observed.lifecycle.clone(), to: wanted });
        }
        // Last: it decides who may make the other changes.
        let present = observed.policy.as_deref();
        if present.is_none_or(|present| !document_fields("", present, desired.policy.as_str()).is_empty()) {
            edits.push(Edit::Policy { from: observed.policy.clone(), to: desired.policy.clone() });
        }
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        if let Edit::Encryption { to, .. } | Edit::Policy { to, .. } = edit {
            visit(to);
        }
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Ownership { from } => vec![Field::of("ownership", from.clone(), Some(OWNERSHIP.to_owned()))],
            Edit::PublicAccess { from } => vec![Field::new("public access", from, PublicAccess::BLOCKED)],
            Edit::Versioning { from } => vec![Field::new("versioning", from, Versioning::Enabled)],
            Edit::Encryption { from, to } => vec![Field::new("encryption", from, Encryption::with_key(to.as_str()))],
            Edit::Lifecycle { from, to } => lifecycle_fields(from, to),
            Edit::Policy { from: Some(from), to } => document_fields("policy", from, to.as_str()),
            Edit::Policy { from: None, to } => document_fields("policy", r#"{"Version":"2012-10-17","Statement":[]}"#, to.as_str()),
        }
    }

    fn summary(desired: &Desired) -> String {
        desired.lifecycle.get(MAIN_RULE).map(ToString::to_string).unwrap_or_default()
    }

    fn display_name(observed: &Observed) -> String {
        observed.name.clone()
    }

    fn hazards(edit: &Edit) -> Vec<Hazard> {
        let Edit::Lifecycle { from, to } = edit else { return Vec::new() };
        lifecycle::shortened(from, to).into_iter().map(|text| Hazard::new(HazardName::ShortenRetention, text)).collect()
    }

    fn check_removable(observed: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new(
            format!("{} keeps the audit log", observed.name),
            "landfall never removes it: empty and delete it in the Amazon S3 console",
        ))
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        let mut facts = Facts::one(address, "name", &observed.name);
        facts.learn(address, "arn", &observed.arn);
        facts
    }

    /// Other buckets of the account are not read: some would deny it.
    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let client = cx.session().s3();
        let Some(region) = cx.scope().region() else { return Ok(Vec::new()) };
        let name = audit_bucket(cx.organization(), cx.session().account(), region);
        let buckets = cx
            .listed(
                "s3:ListBuckets",
                |next| client.list_buckets().prefix(&name).set_continuation_token(next).send(),
                |page| (page.buckets.unwrap_or_default(), page.continuation_token),
            )
            .await?;
        if !buckets.iter().any(|bucket| bucket.name() == Some(&name)) {
            return Ok(Vec::new());
        }
        Ok(settings::read(cx, &name, &cx.retry()).await?.into_iter().collect())
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let client = cx.session().s3();
        let name = desired.name.known()?;
        let place = cx.scope().region().filter(|region| region.as_str() != UNNAMED_REGION).map(|region| {
            CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region.as_str())).build()
        });
        let sent = cx
            .call("s3:CreateBucket", || {
                client
                    .create_bucket()
                    .bucket(name)
                    .object_ownership(ObjectOwnership::BucketOwnerEnforced)
                    .set_create_bucket_configuration(place.clone())
                    .send()
            })
            .await;
        match sent {
            Ok(_) => {}
            // Created by an earlier run, or by this call if its answer was lost.
            Err(error) if error.is(&["BucketAlreadyOwnedByYou"]) => {}
            Err(error) if error.is(&["BucketAlreadyExists"]) => {
                return Err(StepError::refused(
                    format!("the bucket name {name} is taken by another AWS account; all AWS accounts share one namespace of bucket names"),
                    "ask AWS Support to have it released; or, while nothing else was made, begin again with another `name` in [organization]",
                ));
            }
            Err(error) => return Err(error.into()),
        }
        let retry = cx.retry().until_visible(JUST_MADE);
        let observed = settings::read(cx, name, &retry).await?.ok_or_else(|| {
            StepError::refused(format!("bucket {name} was removed while it was being created"), "run `landfall apply` again")
        })?;
        Ok(Made::Found(observed))
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        for edit in edits {
            settings::write(cx, &observed.name, edit).await?;
        }
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        settings::tag(cx, observed, tags).await
    }
}

/// The rule that a plan shows for a bucket that is to be created.
pub const MAIN_RULE: &str = "trail";

fn lifecycle_fields(from: &BTreeMap<String, Present>, to: &BTreeMap<String, Rule>) -> Vec<Field> {
    let mut fields = Vec::new();
    for (id, rule) in to {
        let (name, rule) = (format!("lifecycle {id}"), Present::of(rule.clone()));
        match from.get(id) {
            Some(present) if *present == rule => {}
            Some(present) => fields.push(Field::new(name, present, rule)),
            None => fields.push(Field::added(name, rule)),
        }
    }
    let gone = from.iter().filter(|(id, _)| !to.contains_key(*id));
    fields.extend(gone.map(|(id, rule)| Field::removed(format!("lifecycle {id}"), rule)));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desired() -> Desired {
        Desired {
            name: Text::new("acme-audit-1-eu-west-1"),
            key: Text::new("arn:aws:kms:eu-west-1:1:key/k"),
            lifecycle: BTreeMap::from([(MAIN_RULE.to_owned(), Rule { days: Some(10), ..Rule::of("AWSLogs/") })]),
            by_days: ByDays { folder: "flow-logs".to_owned(), noncurrent_days: 30 },
            policy: Text::new(
                r#"{"Statement":[{"Sid":"A","Effect":"Deny","Principal":"*","Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::acme-audit-1-eu-west-1"}]}"#,
            ),
            tags: tags::ours(&crate::name::literal("acme"), &"log-archive/eu-west-1/bucket/audit".parse().expect("valid")),
        }
    }

    fn observed() -> Observed {
        Observed {
            name: desired().name.as_str().to_owned(),
            arn: "arn:aws:s3:::acme-audit-1-eu-west-1".to_owned(),
            ownership: Some(OWNERSHIP.to_owned()),
            public_access: PublicAccess::BLOCKED,
            versioning: Versioning::Enabled,
            encryption: Encryption::with_key("arn:aws:kms:eu-west-1:1:key/k"),
            lifecycle: BTreeMap::from([(MAIN_RULE.to_owned(), Present::of(Rule { days: Some(10), ..Rule::of("AWSLogs/") }))]),
            policy: Some(desired().policy.as_str().replace(r#""s3:DeleteBucket""#, r#"["s3:DeleteBucket"]"#)),
            tags: desired().tags,
            refusal: None,
        }
    }

    #[test]
    fn a_shorter_retention_is_a_hazard_that_names_what_is_deleted() {
        let kept = |days: i32| BTreeMap::from([(MAIN_RULE.to_owned(), Present::of(Rule { days: Some(days), ..Rule::of("AWSLogs/") }))]);
        let hazards = |days: i32| {
            let edits = Bucket::diff(&desired(), &Observed { lifecycle: kept(days), ..observed() }).expect("open");
            edits.iter().flat_map(Bucket::hazards).map(|hazard| format!("{}: {}", hazard.name, hazard.text)).collect::<Vec<_>>()
        };
        assert_eq!(
            hazards(2555),
            ["shorten-retention: Amazon S3 deletes objects under AWSLogs/ that are older than 10 days, where it kept them for 2555"]
        );
        assert_eq!(hazards(5), [""; 0]);
    }

    #[test]
    fn a_bucket_that_cannot_be_read_blocks() {
        let closed = Observed { refusal: Some("AWS refused GetBucketTagging: AccessDenied: no".to_owned()), ..observed() };
        let blocked = Bucket::diff(&desired(), &closed).expect_err("unread");
        assert_eq!(blocked.reason, "bucket acme-audit-1-eu-west-1 cannot be read: AWS refused GetBucketTagging: AccessDenied: no");
    }

    #[test]
    fn differences() {
        assert_eq!(Bucket::diff(&desired(), &observed()), Ok(vec![]));
        let open = Observed {
            ownership: None,
            public_access: PublicAccess { block_policy: false, ..PublicAccess::BLOCKED },
            versioning: Versioning::Suspended,
            encryption: Encryption { algorithm: "AES256".to_owned(), key: None, bucket_key: false },
            lifecycle: BTreeMap::from([("sooner".to_owned(), Present::of(Rule { days: Some(1), ..Rule::of("") }))]),
            policy: None,
            ..observed()
        };
        let edits = Bucket::diff(&desired(), &open).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(Bucket::fields).map(|field| field.to_string()).collect();
        assert_eq!(
            shown,
            [
                "ownership  + BucketOwnerEnforced",
                "public access  blocked but BlockPublicPolicy -> blocked",
                "versioning  suspended -> enabled",
                "encryption  AES256 -> aws:kms arn:aws:kms:eu-west-1:1:key/k, bucket key",
                "lifecycle trail  + AWSLogs/ for 10 days",
                "lifecycle sooner  - everything for 1 day",
                r#"policy A  + {"Action":"s3:DeleteBucket","Effect":"Deny","Principal":{"AWS":"*"},"Resource":"arn:aws:s3:::acme-audit-1-eu-west-1","Sid":"A"}"#,
            ]
        );
    }
}
