//! Policy documents and tags, which every service stores.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::failure::Failure;
use super::service::Service;
use super::wire::Params;
use crate::aws::policy::{Document, PolicyError};

/// A policy document in its original text, parsed once.
#[derive(Debug, Clone)]
pub(crate) struct StoredDocument {
    text: Arc<str>,
    document: Arc<Document>,
}

impl StoredDocument {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn document(&self) -> &Document {
        &self.document
    }

    /// Returns the length that IAM's quotas count: all white space is left out, inside of strings too.
    pub(crate) fn size(&self) -> usize {
        self.text.chars().filter(|c| !c.is_whitespace()).count()
    }
}

impl FromStr for StoredDocument {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Ok(Self { text: text.into(), document: Arc::new(Document::parse(text)?) })
    }
}

impl Serialize for StoredDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for StoredDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Parses a document that the simulator itself wrote; a test creates a world and an account with each.
pub(crate) fn own_document(text: &str) -> StoredDocument {
    text.parse().expect("documents written in this crate are valid")
}

/// The tags of one resource.
pub(crate) type Tags = BTreeMap<String, String>;

/// Most tags on one resource (docs/AWS.md D.7).
pub(crate) const TAGS_MAX: usize = 50;
const TAG_KEY_MAX: usize = 128;
/// EC2 alone allows one character less.
const EC2_TAG_KEY_MAX: usize = 127;
const TAG_VALUE_MAX: usize = 256;

/// Reads a list of `Key` and `Value`, in KMS `TagKey` and `TagValue`; absent is empty.
pub(crate) fn read_tags(params: &Params<'_>, name: &str) -> Result<Tags, Failure> {
    let (key_name, value_name) = if params.service() == Service::Kms { ("TagKey", "TagValue") } else { ("Key", "Value") };
    let mut tags = Tags::new();
    for tag in params.structures(name)? {
        let key = tag.text(key_name)?;
        // A tag of EC2 without a value has an empty one (EC2 API, "Tag").
        let value =
            if params.service() == Service::Ec2 { tag.optional_text(value_name)?.unwrap_or_default() } else { tag.text(value_name)? };
        tag.finish()?;
        check_tag(params.service(), key, value)?;
        let taken = tags.keys().any(|known| is_same_key(params.service(), known, key));
        if taken {
            return Err(match params.service() {
                Service::Iam => Failure::invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive."),
                Service::CloudFormation => Failure::validation("Duplicate tag keys found."),
                Service::Sts => Failure::validation("Duplicate tag keys found. Please note that Tag keys are case insensitive."),
                Service::Organizations => Failure::invalid_argument("DUPLICATE_TAG_KEY", format!("The tag key {key} is given twice.")),
                Service::Kms => Failure::new("TagException", 400, "Duplicate tag keys"),
                Service::S3 => Failure::new("InvalidTag", 400, "Cannot provide multiple Tags with the same key"),
                Service::Ec2 => Failure::new("InvalidParameterValue", 400, format!("Duplicate tag key '{key}' specified.")),
                Service::CloudTrail => Failure::new("InvalidTagParameterException", 400, "Tag keys must be unique."),
                Service::Sns => Failure::new("InvalidParameter", 400, "Invalid parameter: Tags Reason: tag keys must be unique"),
                Service::Budgets | Service::SecretsManager => Failure::new("InvalidParameterException", 400, "Tag keys must be unique."),
                Service::Ssm => Failure::new("ValidationException", 400, "Tag keys must be unique."),
                Service::Account | Service::Backup | Service::Logs | Service::Tagging => untaught(params.service()),
            });
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    check_count(params.service(), &tags)?;
    Ok(tags)
}

/// Reads a map of tags; absent is empty.
pub(crate) fn read_tag_map(params: &Params<'_>, name: &str) -> Result<Tags, Failure> {
    let tags = params.texts_by_key(name)?;
    tags.iter().try_for_each(|(key, value)| check_tag(params.service(), key, value))?;
    check_count(params.service(), &tags)?;
    Ok(tags)
}

/// Returns whether a service takes two keys for one: in IAM letter case does not count.
fn is_same_key(service: Service, one: &str, other: &str) -> bool {
    if matches!(service, Service::Iam | Service::Sts) { one.eq_ignore_ascii_case(other) } else { one == other }
}

/// The answer about tags of a service that has none here, or takes them in another form.
fn untaught(service: Service) -> Failure {
    Failure::not_implemented(format_args!("such tags of {}", service.name()))
}

/// Adds tags to others; in IAM a key that differs in letter case only is the same key.
pub(crate) fn add_tags(service: Service, tags: &mut Tags, more: Tags) -> Result<(), Failure> {
    for (key, value) in more {
        let known = tags.keys().find(|known| is_same_key(service, known, &key)).cloned();
        if let Some(known) = known {
            tags.remove(&known);
        }
        tags.insert(key, value);
    }
    check_count(service, tags)
}

fn check_count(service: Service, tags: &Tags) -> Result<(), Failure> {
    if tags.len() <= TAGS_MAX {
        return Ok(());
    }
    Err(match service {
        Service::Iam => Failure::limit_exceeded("The number of tags has reached the maximum limit."),
        Service::Sts | Service::CloudFormation => Failure::validation("The number of tags has reached the maximum limit."),
        Service::Kms => Failure::new("LimitExceededException", 400, "Too many tags"),
        Service::Ec2 => Failure::new("TagLimitExceeded", 400, "The maximum number of tags has been reached."),
        Service::S3 => Failure::new("BadRequest", 400, "Bucket tag count cannot be greater than 50"),
        Service::Sns => Failure::new("TagLimitExceeded", 400, "Could not complete request: tag quota of per resource exceeded"),
        Service::Budgets => Failure::new("ServiceQuotaExceededException", 400, "A resource has at most 50 tags."),
        Service::SecretsManager => Failure::new("InvalidParameterException", 400, "A resource has at most 50 tags."),
        Service::Ssm => Failure::new("TooManyTagsError", 400, "A resource has at most 50 tags."),
        Service::Backup => Failure::new("LimitExceededException", 400, "A resource has at most 50 tags."),
        Service::Account | Service::Logs | Service::Tagging => untaught(service),
        Service::CloudTrail => Failure::new("TagsLimitExceededException", 400, "The number of tags per trail has exceeded the limit."),
        Service::Organizations => {
            Failure::constraint("MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the allowed number of tags for this resource.")
        }
    })
}

/// Removes keys as the service compares them.
pub(crate) fn remove_tags(service: Service, tags: &mut Tags, keys: &[&str]) {
    tags.retain(|known, _| !keys.iter().any(|key| is_same_key(service, known, key)));
}

/// Writes tags as a list of `Key` and `Value`.
pub(crate) fn show_tags(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

fn check_tag(service: Service, key: &str, value: &str) -> Result<(), Failure> {
    let alphabet = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
    let wrong = |what: String| match service {
        Service::Organizations => Failure::invalid_argument("INVALID_PATTERN", what),
        Service::Iam | Service::Sts | Service::CloudFormation => Failure::validation(what),
        Service::Kms => Failure::new("TagException", 400, what),
        Service::S3 => Failure::new("InvalidTag", 400, what),
        Service::Ec2 => Failure::new("InvalidParameterValue", 400, what),
        Service::CloudTrail => Failure::new("InvalidTagParameterException", 400, what),
        Service::Sns => Failure::new("InvalidParameter", 400, what),
        Service::Budgets | Service::SecretsManager => Failure::new("InvalidParameterException", 400, what),
        Service::Ssm => Failure::new("ValidationException", 400, what),
        Service::Account | Service::Logs | Service::Tagging => untaught(service),
        Service::Backup => Failure::new("InvalidParameterValueException", 400, what),
    };
    if service == Service::CloudTrail && value.is_empty() {
        // The only service here that requires a value (docs/AWS.md D.7).
        return Err(wrong(format!("The tag {key} has no value.")));
    }
    let longest = if service == Service::Ec2 { EC2_TAG_KEY_MAX } else { TAG_KEY_MAX };
    if key.is_empty() || key.chars().count() > longest {
        return Err(wrong(format!(
            "1 validation error detected: Value '{key}' at 'tags.1.member.key' must have 1 to {longest} characters"
        )));
    }
    if value.chars().count() > TAG_VALUE_MAX {
        return Err(wrong(format!("1 validation error detected: the value of tag '{key}' must have at most {TAG_VALUE_MAX} characters")));
    }
    if !alphabet(key) || !alphabet(value) {
        return Err(wrong(format!(
            "1 validation error detected: tag '{key}' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{{L}}\\p{{Z}}\\p{{N}}_.:/=+\\-@]*"
        )));
    }
    if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
        let message = "System tags cannot be added/updated/deleted by requester: tag keys must not begin with aws:.";
        return Err(if service == Service::Organizations {
            Failure::invalid_argument("INVALID_SYSTEM_TAGS_PARAMETER", message)
        } else {
            wrong(message.to_owned())
        });
    }
    Ok(())
}
