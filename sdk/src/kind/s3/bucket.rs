//! Buckets for logs and for Terraform's state: private, versioned, encrypted, with lifecycle rules and a restrictive policy.
//!
//! The log archive has two: the audit bucket, and that of its access logs; another account may have one for Terraform's state. A bucket's
//! name is its identity, and globally unique. It contains organization, account and Region, so a bucket of this name in this
//! account is managed even before it has its tags.
//!
//! None is ever removed, so where none is wanted none is read.

mod lifecycle;
mod settings;

use serde::Serialize;

use std::collections::BTreeMap;
use std::fmt;

pub use lifecycle::{ByDays, Present, Rule};
pub use settings::{Encryption, LogTarget, PublicAccess};

use super::JUST_MADE;
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Tags};
use crate::kind::change::document_fields;
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Context, Facts, Field, Hazard, HazardName, Kind, Made, ScopeSet, StepError, Text};
use crate::name::AccountKey;
use crate::ours::{access_log_bucket, audit_bucket, audit_bucket_prefix, terraform_bucket, terraform_bucket_prefix};

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
    /// The ARN of the key that encrypts what is put into it; `None` for S3's own keys.
    pub key: Option<Text>,
    /// Its lifecycle rules, by id.
    pub lifecycle: BTreeMap<String, Rule>,
    /// The folders whose rules are kept when nothing is written there any more.
    pub by_days: Option<ByDays>,
    /// Where S3 writes who uses it; `None` if landfall leaves that alone.
    pub access_logs: Option<AccessLogs>,
    /// Who may do what with it: a policy document.
    pub policy: Text,
    /// Its tags.
    pub tags: Tags,
}

/// Where S3 writes the access logs of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a place in a bucket")]
pub struct AccessLogs {
    /// The name of the bucket.
    pub bucket: Text,
    /// What the names of the objects begin with.
    pub prefix: String,
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
    /// Where its access logs go; `None` if there are none, or if none are wanted.
    pub access_logs: Option<LogTarget>,
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
        /// The key's ARN; `None` for S3's own keys.
        to: Option<Text>,
    },
    /// A lifecycle rule differs.
    Lifecycle {
        /// The present rules.
        from: BTreeMap<String, Present>,
        /// The wanted rules.
        to: BTreeMap<String, Rule>,
    },
    /// S3 writes no access logs, or elsewhere.
    AccessLogs {
        /// Where it writes them.
        from: Option<LogTarget>,
        /// Where it should.
        to: AccessLogs,
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
    const SCOPES: ScopeSet = ScopeSet::Region;
    const IS_READ_WHERE_WANTED: bool = true;
    const SERVICE: &'static str = "S3";
    const IS_NOTABLE: bool = true;
    const REMOVAL_RANK: u8 = 41;
    const TAGS_FIRST: bool = true;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.name);
        desired.key.iter_mut().for_each(&mut *visit);
        desired.access_logs.iter_mut().for_each(|logs| visit(&mut logs.bucket));
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
        if !observed.encryption.is_by(desired.key.as_ref()) {
            edits.push(Edit::Encryption { from: observed.encryption.clone(), to: desired.key.clone() });
        }
        let mut wanted = desired.by_days.as_ref().map(|by_days| by_days.kept(&observed.lifecycle)).unwrap_or_default();
        wanted.extend(desired.lifecycle.clone());
        let rules: BTreeMap<String, Present> = wanted.iter().map(|(id, rule)| (id.clone(), Present::of(rule.clone()))).collect();
        if observed.lifecycle != rules {
            edits.push(Edit::Lifecycle { from: observed.lifecycle.clone(), to: wanted });
        }
        if let Some(logs) = desired.access_logs.as_ref().filter(|logs| !observed.access_logs.as_ref().is_some_and(|to| to.is(logs))) {
            edits.push(Edit::AccessLogs { from: observed.access_logs.clone(), to: logs.clone() });
        }
        // Last: it decides who may make the other changes.
        let present = observed.policy.as_deref();
        if present.is_none_or(|present| !document_fields("", present, desired.policy.as_str()).is_empty()) {
            edits.push(Edit::Policy { from: observed.policy.clone(), to: desired.policy.clone() });
        }
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        match edit {
            Edit::Encryption { to, .. } => to.iter_mut().for_each(visit),
            Edit::AccessLogs { to, .. } => visit(&mut to.bucket),
            Edit::Policy { to, .. } => visit(to),
            Edit::Ownership { .. } | Edit::PublicAccess { .. } | Edit::Versioning { .. } | Edit::Lifecycle { .. } => {}
        }
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Ownership { from } => vec![Field::of("ownership", from.clone(), Some(OWNERSHIP.to_owned()))],
            Edit::PublicAccess { from } => vec![Field::new("public access", from, PublicAccess::BLOCKED)],
            Edit::Versioning { from } => vec![Field::new("versioning", from, Versioning::Enabled)],
            Edit::Encryption { from, to } => vec![Field::new("encryption", from, Encryption::by(to.as_ref().map(Text::as_str)))],
            Edit::AccessLogs { from, to } => {
                let to = format!("{}/{}", to.bucket.as_str(), to.prefix);
                vec![Field::of("access logs", from.as_ref().map(ToString::to_string), Some(to))]
            }
            Edit::Lifecycle { from, to } => lifecycle_fields(from, to),
            Edit::Policy { from: Some(from), to } => document_fields("policy", from, to.as_str()),
            Edit::Policy { from: None, to } => document_fields("policy", r#"{"Version":"2012-10-17","Statement":[]}"#, to.as_str()),
        }
    }

    fn summary(desired: &Desired) -> String {
        let main = desired.lifecycle.get(MAIN_RULE).or_else(|| desired.lifecycle.values().find(|rule| rule.days.is_some()));
        main.map(ToString::to_string).unwrap_or_default()
    }

    fn display_name(observed: &Observed) -> String {
        observed.name.clone()
    }

    fn hazards(edit: &Edit) -> Vec<Hazard> {
        let Edit::Lifecycle { from, to } = edit else { return Vec::new() };
        lifecycle::shortened(from, to).into_iter().map(|text| Hazard::new(HazardName::ShortenRetention, text)).collect()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_s3_bucket", &observed.name)
    }

    fn check_removable(observed: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new(
            format!("{} keeps logs, or Terraform's state", observed.name),
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
        let (organization, account) = (cx.organization(), cx.session().account());
        // Whether logs are wanted of a bucket decides whether they are read: a call.
        let is_archive = cx.scope().account().is_some_and(AccountKey::is_log_archive);
        let (ours, prefix) = if is_archive {
            let logs = [(audit_bucket(organization, account, region), true), (access_log_bucket(organization, account, region), false)];
            (logs.to_vec(), audit_bucket_prefix(organization))
        } else {
            (vec![(terraform_bucket(organization, account, region), false)], terraform_bucket_prefix(organization))
        };
        let buckets = cx
            .listed(
                "s3:ListBuckets",
                |next| client.list_buckets().prefix(&prefix).set_continuation_token(next).send(),
                |page| (page.buckets.unwrap_or_default(), page.continuation_token),
            )
            .await?;
        let mut found = Vec::new();
        for (name, is_logged) in ours {
            if buckets.iter().any(|bucket| bucket.name() == Some(&name)) {
                found.extend(settings::read(cx, &name, is_logged, &cx.retry()).await?);
            }
        }
        Ok(found)
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
        let observed = settings::read(cx, name, desired.access_logs.is_some(), &retry).await?.ok_or_else(|| {
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
mod tests;
