//! The data perimeter: resource control policies that keep principals of other organizations, plain HTTP, and services that act for
//! others away from S3, SQS, KMS and Secrets Manager.
//!
//! Principals, actions and conditions are those of AWS's sample (aws-samples/data-perimeter-policy-examples, of March 2026, "Enforce
//! organization identities" and "Enforce confused deputy protection"; docs/AWS.md 6.4). No action of STS is among them: calls with a token of an identity
//! provider have no `aws:PrincipalOrgID`, and the trust of a role says who may assume it.
//!
//! `data-perimeter` leaves reading objects to `s3-perimeter`, so that an account with public buckets is without that one only.

use serde_json::{Value, json};

use super::address::organization_address;
use crate::kind::Text;
use crate::model::Organization;

/// The guardrail on everything but reading objects of S3.
pub const DATA_PERIMETER: &str = "data-perimeter";
/// The guardrail on everything of S3.
pub const S3_PERIMETER: &str = "s3-perimeter";

/// Every action of S3 but `s3:GetObject`, by their beginnings: `NotAction` has no place in these policies. A beginning that S3 does not
/// use yet is still denied by the other guardrail.
const S3_BUT_READING: [&str; 23] = [
    "s3:A*",
    "s3:B*",
    "s3:C*",
    "s3:D*",
    "s3:GetA*",
    "s3:GetB*",
    "s3:GetD*",
    "s3:GetE*",
    "s3:GetI*",
    "s3:GetJ*",
    "s3:GetL*",
    "s3:GetM*",
    "s3:GetObject?*",
    "s3:GetR*",
    "s3:GetS*",
    "s3:I*",
    "s3:L*",
    "s3:O*",
    "s3:P*",
    "s3:R*",
    "s3:S*",
    "s3:T*",
    "s3:U*",
];

/// Returns the document of `data-perimeter`.
pub(super) fn data_perimeter(organization: &Organization) -> Value {
    let actions: Vec<&str> = ["kms:*", "secretsmanager:*", "sqs:*"].into_iter().chain(S3_BUT_READING).collect();
    document(organization, "", &json!(actions))
}

/// Returns the document of `s3-perimeter`.
pub(super) fn s3_perimeter(organization: &Organization) -> Value {
    document(organization, "InS3", &json!(["s3:*"]))
}

fn document(organization: &Organization, place: &str, actions: &Value) -> Value {
    let own = Text::fact(&organization_address(organization), "id").as_str().to_owned();
    let trusted = &organization.security.trusted_accounts;
    // Negated operators of one statement must all hold: neither of the organization nor of a trusted account.
    let outside = |of_organization: &str, of_account: &str| {
        let mut keys = json!({of_organization: own});
        if !trusted.is_empty() {
            keys[of_account] = json!(trusted);
        }
        keys
    };
    let deny = |sid: &str, condition: Value| json!({"Sid": format!("{sid}{place}"), "Effect": "Deny", "Principal": "*", "Action": actions, "Resource": "*", "Condition": condition});
    json!({"Version": "2012-10-17", "Statement": [
        deny("DenyOutsiders", json!({
            "StringNotEqualsIfExists": outside("aws:PrincipalOrgID", "aws:PrincipalAccount"),
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        })),
        deny("DenyPlainHttp", json!({"Bool": {"aws:SecureTransport": "false"}})),
        // A service that sends no `aws:SourceAccount` does not say for whom it acts.
        deny("DenyConfusedDeputy", json!({
            "StringNotEqualsIfExists": outside("aws:SourceOrgID", "aws:SourceAccount"),
            "Null": {"aws:SourceAccount": "false"},
            "Bool": {"aws:PrincipalIsAWSService": "true"},
        })),
    ]})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::policy::like;

    /// Actions of S3, one or more of each beginning (Service Authorization Reference, "Actions defined by Amazon S3").
    const OTHERS: &str = "AbortMultipartUpload AssociateAccessGrantsIdentityCenter BypassGovernanceRetention CreateBucket CreateJob \
                          DeleteBucketPolicy DeleteObject DescribeJob DissociateAccessGrantsIdentityCenter GetAccelerateConfiguration \
                          GetAccessPoint GetAnalyticsConfiguration GetBucketAcl GetBucketPolicy GetDataAccess GetEncryptionConfiguration \
                          GetIntelligentTieringConfiguration GetInventoryConfiguration GetJobTagging GetLifecycleConfiguration \
                          GetMetricsConfiguration GetMultiRegionAccessPoint GetObjectAcl GetObjectAttributes GetObjectVersion \
                          GetObjectVersionForReplication GetReplicationConfiguration GetStorageLensConfiguration InitiateReplication \
                          ListAllMyBuckets ListBucket ObjectOwnerOverrideToBucketOwner PauseReplication PutBucketPolicy PutObject \
                          ReplicateDelete RestoreObject SubmitMultiRegionAccessPointRoutes TagResource UntagResource UpdateJobStatus";

    #[test]
    fn only_reading_an_object_is_left_to_the_other_guardrail() {
        let covers = |action: &str| S3_BUT_READING.iter().any(|pattern| like(pattern, &format!("s3:{action}")));
        assert!(!covers("GetObject"));
        let missing: Vec<&str> = OTHERS.split_whitespace().filter(|action| !covers(action)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        for pattern in S3_BUT_READING {
            assert!(OTHERS.split_whitespace().any(|action| like(pattern, &format!("s3:{action}"))), "{pattern} is for no action");
        }
    }
}
