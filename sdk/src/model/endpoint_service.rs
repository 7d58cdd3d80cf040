//! The services of AWS for which a network can have an interface endpoint.
//!
//! A closed list: a name that AWS does not have would fail in the middle of an apply, after a network was made. Left out are services that
//! callers use without credentials (`execute-api`) or by another port than 443 (`email-smtp`), and those whose gateway endpoint costs nothing
//! (`s3`, `dynamodb`).

use std::fmt;

use serde::{Serialize, Serializer};

/// A service with interface endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointService(&'static Row);

/// A line of the list.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Row {
    /// What follows `com.amazonaws.REGION.`.
    name: &'static str,
    policy: bool,
}

/// Declares the list, and its names for the schema of the manifest.
macro_rules! services {
    ($(($name:literal, $policy:literal)),+ $(,)?) => {
        const ROWS: &[Row] = &[$(Row { name: $name, policy: $policy }),+];

        impl EndpointService {
            /// The names, in order.
            pub const NAMES: &[&str] = &[$($name),+];
        }
    };
}

// Name, and whether the service's own page has endpoint policies (docs/AWS.md 5.10).
services![
    ("access-analyzer", true),
    ("acm-pca", true),
    ("appconfig", true),
    ("appconfigdata", true),
    ("application-autoscaling", true),
    ("athena", true),
    ("autoscaling", true),
    ("backup", true),
    ("batch", true),
    ("bedrock", true),
    ("bedrock-runtime", true),
    ("cloudformation", true),
    ("cloudtrail", true),
    ("codebuild", true),
    ("codedeploy", true),
    ("codepipeline", true),
    ("config", true),
    ("ec2", true),
    ("ec2messages", false),
    ("ecr.api", true),
    ("ecr.dkr", true),
    ("ecs", true),
    ("ecs-agent", false),
    ("ecs-telemetry", false),
    ("eks", true),
    ("eks-auth", true),
    ("elasticache", true),
    ("elasticfilesystem", true),
    ("elasticloadbalancing", true),
    ("events", true),
    ("glue", true),
    ("kinesis-firehose", true),
    ("kinesis-streams", true),
    ("kms", true),
    ("lambda", true),
    ("logs", true),
    ("monitoring", true),
    ("rds", true),
    ("rds-data", true),
    ("redshift-data", true),
    ("sagemaker.api", true),
    ("sagemaker.runtime", true),
    ("scheduler", true),
    ("secretsmanager", true),
    ("servicediscovery", true),
    ("sns", true),
    ("sqs", true),
    ("ssm", true),
    ("ssmmessages", false),
    ("states", true),
    ("sts", true),
    ("textract", true),
    ("xray", true),
];

impl EndpointService {
    /// Returns the service with a name, such as `ecr.api`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name == name).map(Self)
    }

    /// Returns its name, which the manifest, addresses and AWS's name of the service have.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0.name
    }

    /// Returns whether its endpoints can have a policy of their own. The others let everything pass.
    #[must_use]
    pub fn has_policy(self) -> bool {
        self.0.policy
    }
}

impl fmt::Display for EndpointService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for EndpointService {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name is part of an address, and so of a tag.
    #[test]
    fn each_name_is_once_in_the_list_and_leads_back_to_its_service() {
        assert!(EndpointService::NAMES.is_sorted() && ROWS.len() == EndpointService::NAMES.len());
        for name in EndpointService::NAMES {
            assert_eq!(EndpointService::named(name).map(EndpointService::as_str), Some(*name));
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)), "{name}");
        }
        assert_eq!(EndpointService::named("s3"), None, "its gateway endpoint costs nothing");
    }
}
