//! The types of an organization's policies: what AWS calls each, and how a document tells which it is.
//!
//! AWS adds types; those whose syntax AWS has not published, or not yet long enough to rely on, are not here.

use std::fmt;

use serde::{Serialize, Serializer};

/// The type of a policy of AWS Organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PolicyType {
    /// What principals of an account may do at most.
    ServiceControl,
    /// Who may use the resources of an account at most.
    ResourceControl,
    /// What EC2 and VPC have as their settings (a declarative policy).
    Ec2,
    /// Whether buckets may be public.
    S3,
    /// Which tags resources have.
    Tag,
    /// What AWS Backup copies, and for how long.
    Backup,
    /// Whether AWS's AI services may keep and use content.
    AiOptOut,
    /// What chat applications may do.
    Chat,
    /// Where Security Hub is on.
    SecurityHub,
    /// Where Amazon Inspector scans.
    Inspector,
    /// In which order databases are upgraded.
    UpgradeRollout,
    /// Where Shield's network security director scans.
    NetworkSecurityDirector,
}

/// What there is to know of a type.
struct Row {
    policy_type: PolicyType,
    /// In addresses and on screens.
    name: &'static str,
    /// As AWS's API has it.
    aws: &'static str,
    /// What one is called in a sentence.
    noun: &'static str,
    /// The only key at the top of a document; `None` for documents in the language of IAM.
    key: Option<&'static str>,
    /// The service that has to be trusted before, by its principal.
    service: Option<&'static str>,
}

const fn row(
    policy_type: PolicyType,
    name: &'static str,
    aws: &'static str,
    noun: &'static str,
    key: &'static str,
    service: Option<&'static str>,
) -> Row {
    Row { policy_type, name, aws, noun, key: Some(key), service }
}

/// The types and the services they need (docs/AWS.md 1.9, D.8); the keys are those of each type's syntax page in the Organizations User Guide.
const ROWS: [Row; 12] = [
    Row {
        policy_type: PolicyType::ServiceControl,
        name: "service-control",
        aws: "SERVICE_CONTROL_POLICY",
        noun: "service control policy",
        key: None,
        service: None,
    },
    Row {
        policy_type: PolicyType::ResourceControl,
        name: "resource-control",
        aws: "RESOURCE_CONTROL_POLICY",
        noun: "resource control policy",
        key: None,
        service: None,
    },
    row(PolicyType::Ec2, "ec2", "DECLARATIVE_POLICY_EC2", "declarative policy for EC2", "ec2_attributes", Some("ec2.amazonaws.com")),
    row(PolicyType::S3, "s3", "S3_POLICY", "S3 policy", "s3_attributes", None),
    row(PolicyType::Tag, "tag", "TAG_POLICY", "tag policy", "tags", None),
    row(PolicyType::Backup, "backup", "BACKUP_POLICY", "backup policy", "plans", Some("backup.amazonaws.com")),
    row(PolicyType::AiOptOut, "ai-opt-out", "AISERVICES_OPT_OUT_POLICY", "AI services opt-out policy", "services", None),
    row(PolicyType::Chat, "chat", "CHATBOT_POLICY", "chat applications policy", "chatbot", None),
    row(
        PolicyType::SecurityHub,
        "security-hub",
        "SECURITYHUB_POLICY",
        "Security Hub policy",
        "securityhub",
        Some("securityhub.amazonaws.com"),
    ),
    row(PolicyType::Inspector, "inspector", "INSPECTOR_POLICY", "Inspector policy", "inspector", Some("inspector2.amazonaws.com")),
    row(PolicyType::UpgradeRollout, "upgrade-rollout", "UPGRADE_ROLLOUT_POLICY", "upgrade rollout policy", "upgrade_rollout", None),
    row(
        PolicyType::NetworkSecurityDirector,
        "network-security-director",
        "NETWORK_SECURITY_DIRECTOR_POLICY",
        "network security director policy",
        "network_security_director",
        None,
    ),
];

impl PolicyType {
    /// Every type that landfall knows.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.policy_type)
    }

    fn row(self) -> &'static Row {
        // Every type has a row, which a test holds.
        ROWS.iter().find(|row| row.policy_type == self).unwrap_or(&ROWS[0])
    }

    /// Returns its name in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    /// Returns its name in AWS's API.
    #[must_use]
    pub fn aws(self) -> &'static str {
        self.row().aws
    }

    /// Returns what one of them is called: `service control policy`.
    #[must_use]
    pub fn noun(self) -> &'static str {
        self.row().noun
    }

    /// Returns the only key at the top of its documents; `None` where they are in the language of IAM's policies.
    #[must_use]
    pub fn key(self) -> Option<&'static str> {
        self.row().key
    }

    /// Returns the principal of the service that needs trusted access before the type can be used, if one does.
    #[must_use]
    pub fn service(self) -> Option<&'static str> {
        self.row().service
    }

    /// Returns whether its documents are in the language of IAM's policies, and decide what is allowed.
    #[must_use]
    pub fn is_authorization(self) -> bool {
        self.key().is_none()
    }

    /// Returns the type with this name in AWS's API.
    #[must_use]
    pub fn of_aws(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.aws == name).map(|row| row.policy_type)
    }

    /// Returns the type of a document, by what is at its top; one statement with a principal makes it a resource control policy.
    #[must_use]
    pub fn of(document: &serde_json::Value) -> Option<Self> {
        let object = document.as_object()?;
        if let Some(statements) = object.get("Statement") {
            let statements = statements.as_array().map_or(std::slice::from_ref(statements), Vec::as_slice);
            let names_principals =
                |statement: &serde_json::Value| ["Principal", "NotPrincipal"].iter().any(|key| statement.get(key).is_some());
            let on_resources = statements.iter().any(names_principals);
            return Some(if on_resources { Self::ResourceControl } else { Self::ServiceControl });
        }
        let mut rows = ROWS.iter().filter(|row| row.key.is_some_and(|key| object.contains_key(key)));
        match (rows.next(), rows.next()) {
            (Some(row), None) => Some(row.policy_type),
            _ => None,
        }
    }
}

impl fmt::Display for PolicyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for PolicyType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.aws())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_type_is_one_row_with_names_of_its_own() {
        for (at, policy_type) in PolicyType::all().enumerate() {
            assert_eq!(PolicyType::of_aws(policy_type.aws()), Some(policy_type));
            let others = PolicyType::all().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
            for other in others {
                assert!(policy_type != other && policy_type.as_str() != other.as_str() && policy_type.noun() != other.noun());
                assert!(policy_type.key().is_none() || policy_type.key() != other.key());
            }
        }
        assert_eq!(PolicyType::of_aws("BEDROCK_POLICY"), None, "its syntax is not known here");
    }

    #[test]
    fn a_document_tells_its_type() {
        for (document, expected) in [
            (json!({"Statement": [{"Effect": "Deny", "Action": "a:b", "Resource": "*"}]}), Some(PolicyType::ServiceControl)),
            (
                json!({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}}),
                Some(PolicyType::ResourceControl),
            ),
            (
                json!({"Statement": [{"Effect": "Deny", "Action": "s3:*"}, {"Effect": "Deny", "NotPrincipal": "*", "Action": "s3:*"}]}),
                Some(PolicyType::ResourceControl),
            ),
            (json!({"ec2_attributes": {}}), Some(PolicyType::Ec2)),
            (json!({"tags": {}}), Some(PolicyType::Tag)),
            (json!({"plans": {}}), Some(PolicyType::Backup)),
            (json!({"services": {}}), Some(PolicyType::AiOptOut)),
            (json!({"services": {}, "plans": {}}), None),
            (json!({"bedrock": {}}), None),
            (json!([]), None),
        ] {
            assert_eq!(PolicyType::of(&document), expected, "{document}");
        }
    }
}
