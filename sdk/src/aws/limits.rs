//! Rates and concurrency: the one table of AWS's rates and of landfall's concurrency limits, with its sources.
//!
//! A rate is a token bucket: a burst, then calls per second. If AWS publishes no rate, the row notes that and is cautious;
//! `rate_limit` applies it to each call, and lowers it when AWS throttles. The concurrency limits are used by the
//! executor, by the observer and by the estimate of a run's duration. The simulator has its own copy of AWS's numbers, so that it can check
//! these;
//! `simulator/rates.rs` lists where the two differ.

use std::time::Duration;

/// Accounts read or changed at the same time (docs/AWS.md 10.3: 32 to 64).
pub const ACCOUNTS_AT_ONCE: usize = 64;
/// Account creations in flight; AWS's hard limit (docs/AWS.md 1.3).
pub const CREATIONS_IN_FLIGHT: usize = 5;
/// Steps on the organization itself at the same time, account creations aside: AWS accepts one write at a time (`calls_at_once`), and the
/// reads of other steps run beside it.
pub const ORGANIZATION_STEPS: usize = 8;
/// Steps at the same time in one account, outside of its Regions.
pub const ACCOUNT_STEPS: usize = 16;
/// Steps at the same time inside one Region of an account (docs/AWS.md 10.3).
pub const REGION_STEPS: usize = 32;
/// Calls of IAM in one account at the same time (docs/AWS.md 10.3).
pub const IAM_CALLS: usize = 2;
/// Accounts whose tags are read at the same time; Organizations is one service for the whole organization.
pub const TAGGED_ACCOUNTS_AT_ONCE: usize = 4;

/// Returns how many accounts AWS lets a caller create at once, and the pause before each further one (docs/AWS.md 1.5).
#[must_use]
pub fn account_creations() -> (u32, Duration) {
    let rate = rate("organizations:CreateAccount");
    (rate.burst, Duration::from_secs_f64(rate.interval))
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    /// Calls at once.
    pub(crate) burst: u32,
    /// Seconds until the next is allowed.
    pub(crate) interval: f64,
}

impl Rate {
    /// Returns the time between two calls at the sustained rate.
    pub(super) fn interval(self) -> Duration {
        Duration::from_secs_f64(self.interval * MARGIN)
    }
}

/// Factor on AWS's intervals: two clocks never agree, and a throttle costs more than a thousandth of the rate.
const MARGIN: f64 = 1.001;

/// A row: calls of these operations, per second and at once.
struct Row(&'static [&'static str], f64, u32);

/// AWS Organizations, per calling account (docs/AWS.md 1.4, from "Quotas for AWS Organizations").
#[rustfmt::skip]
const ORGANIZATIONS: &[Row] = &[
    Row(&["CreateAccount", "CreateGovCloudAccount"], 0.1, 3),
    Row(&["CloseAccount"], 0.05, 1),
    Row(&["DescribeCreateAccountStatus"], 2.0, 2),
    Row(&["ListCreateAccountStatus"], 5.0, 8),
    Row(&["DescribeAccount"], 20.0, 30),
    Row(&["ListAccounts"], 8.0, 12),
    Row(&["ListParents", "ListAccountsForParent", "ListOrganizationalUnitsForParent"], 5.0, 8),
    Row(&["ListChildren"], 6.0, 10),
    Row(&["ListRoots"], 1.0, 2),
    Row(&["CreateOrganization", "DeleteOrganization", "EnableAllFeatures"], 1.0, 1),
    Row(&["CreateOrganizationalUnit", "DescribeOrganization"], 1.0, 2),
    Row(&["MoveAccount", "UpdateOrganizationalUnit", "DeleteOrganizationalUnit"], 2.0, 3),
    Row(&["DescribeOrganizationalUnit", "DescribePolicy"], 2.0, 2),
    Row(&["CreatePolicy", "UpdatePolicy", "DeletePolicy", "AttachPolicy", "DetachPolicy"], 2.0, 3),
    Row(&["EnablePolicyType", "DisablePolicyType"], 1.0, 1),
    Row(&["ListPolicies", "ListPoliciesForTarget", "ListTargetsForPolicy"], 5.0, 8),
    Row(&["EnableAWSServiceAccess", "DisableAWSServiceAccess"], 1.0, 2),
    Row(&["RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator"], 1.0, 2),
    Row(&["ListAWSServiceAccessForOrganization", "ListDelegatedServicesForAccount"], 1.0, 3),
    Row(&["ListDelegatedAdministrators"], 5.0, 8),
    Row(&["TagResource", "UntagResource"], 4.0, 6),
    Row(&["ListTagsForResource"], 10.0, 15),
    // Not on the page: assumed (docs/AWS.md 1.4).
    Row(&[], 1.0, 1),
];

/// EC2, per account and Region (docs/AWS.md 5.8, from "Request throttling for the Amazon EC2 API").
#[rustfmt::skip]
const EC2: &[Row] = &[
    Row(&["CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints"], 0.3, 4),
    Row(&["CreateNatGateway", "DeleteNatGateway"], 1.0, 10),
    Row(&["CreateTags", "DeleteTags"], 10.0, 100),
    // Describes without a page and a filter have a smaller bucket than these; landfall's always have one of them.
    Row(&["DescribeNetworkInterfaces", "DescribeSecurityGroups"], 10.0, 50),
];
const EC2_READS: Row = Row(&[], 20.0, 100);
const EC2_WRITES: Row = Row(&[], 5.0, 50);

/// STS: 600 a second in one Region for the calls that landfall makes, counted against the caller's account only (docs/AWS.md 2.1).
const STS: Row = Row(&[], 300.0, 300);

/// IAM publishes nothing; writes are throttled "at a handful per second" (docs/AWS.md 3.1).
const IAM_READS: Row = Row(&[], 10.0, 20);
const IAM_WRITES: Row = Row(&[], 5.0, 10);

/// CloudTrail (docs/AWS.md 4.5: writes such as `CreateTrail` one a second, reads ten).
const CLOUDTRAIL_READS: Row = Row(&[], 10.0, 10);
const CLOUDTRAIL_WRITES: Row = Row(&[], 1.0, 1);

/// Parameter Store (docs/AWS.md 8.1): the reads of values, which AWS counts together, and everything else.
const SSM: &[Row] = &[Row(&["GetParameter", "GetParameters", "GetParametersByPath"], 40.0, 40), Row(&[], 3.0, 3)];

/// Secrets Manager (docs/AWS.md 8.2). The reads of one secret are a tenth of AWS's rate: an account's programs share it.
const SECRETS: &[Row] =
    &[Row(&["DescribeSecret", "GetSecretValue"], 1_000.0, 1_000), Row(&["ListSecrets"], 100.0, 100), Row(&[], 50.0, 50)];

/// KMS (KMS, "Request quotas"): five a second is the lowest that it has for a call that landfall makes, `CreateKey`.
const KMS: Row = Row(&[], 5.0, 5);

/// Account Management, per calling account (docs/AWS.md 1.8).
const ACCOUNT: &[Row] =
    &[Row(&["GetAlternateContact"], 10.0, 15), Row(&["PutAlternateContact"], 5.0, 8), Row(&["DeleteAlternateContact"], 1.0, 6)];

/// CloudFormation publishes nothing (docs/AWS.md D.17).
const CLOUDFORMATION_READS: Row = Row(&[], 5.0, 5);
const CLOUDFORMATION_WRITES: Row = Row(&[], 2.0, 2);

/// The index of tags (docs/AWS.md 10.1: assumed).
const TAGGING: Row = Row(&[], 15.0, 15);

/// Budgets publishes nothing (docs/AWS.md 8.3).
const BUDGETS: Row = Row(&[], 1.0, 1);

/// S3, of which landfall calls the control plane: AWS publishes no rates of it (docs/AWS.md C). And SNS, whose rates are higher
/// (docs/AWS.md D.11).
const OTHERS: Row = Row(&[], 5.0, 10);

/// Prefixes of operations that change nothing.
const READS: &[&str] = &["Describe", "List", "Get", "Assume", "Head", "Lookup", "Simulate"];

/// Returns whether an operation, given as `service:Operation`, may change something.
#[must_use]
pub fn is_mutating(call: &str) -> bool {
    let operation = call.rsplit(':').next().unwrap_or(call);
    !READS.iter().any(|word| operation.starts_with(word))
}

/// Returns an operation's bucket, by `service:Operation`.
pub(crate) fn rate(call: &str) -> Rate {
    let (service, operation) = call.split_once(':').unwrap_or((call, ""));
    let row = |rows: &'static [Row]| rows.iter().find(|Row(names, ..)| names.is_empty() || names.contains(&operation));
    let by_effect = |reads: &'static Row, writes: &'static Row| if is_mutating(call) { writes } else { reads };
    let Row(_, per_second, burst) = match service {
        "organizations" => row(ORGANIZATIONS).unwrap_or(&OTHERS),
        "ec2" => row(EC2).unwrap_or(by_effect(&EC2_READS, &EC2_WRITES)),
        "sts" => &STS,
        "cloudformation" => by_effect(&CLOUDFORMATION_READS, &CLOUDFORMATION_WRITES),
        "iam" => by_effect(&IAM_READS, &IAM_WRITES),
        "cloudtrail" => by_effect(&CLOUDTRAIL_READS, &CLOUDTRAIL_WRITES),
        "kms" => &KMS,
        "budgets" => &BUDGETS,
        "ssm" => row(SSM).unwrap_or(&OTHERS),
        "secretsmanager" => row(SECRETS).unwrap_or(&OTHERS),
        "account" => row(ACCOUNT).unwrap_or(&OTHERS),
        "tag" => &TAGGING,
        _ => &OTHERS,
    };
    Rate { burst: *burst, interval: 1.0 / per_second }
}

/// Returns how long AWS's rate lets so many calls of an operation wait in all: not at all while its burst is enough for them.
#[cfg(feature = "operate")]
pub(crate) fn waiting(call: &str, calls: usize) -> Duration {
    let rate = rate(call);
    rate.interval() * u32::try_from(calls).unwrap_or(u32::MAX).saturating_sub(rate.burst)
}

/// Returns whether a service counts each Region separately.
pub(super) fn is_regional(call: &str) -> bool {
    !["organizations:", "iam:", "account:", "budgets:"].iter().any(|service| call.starts_with(service))
}

/// Returns how many calls of this group an account may have in flight at once (docs/AWS.md 10.3); `None` if there is no limit.
///
/// The name identifies the group. An organization has one writer at a time: AWS refuses a second one with
/// `ConcurrentModificationException`.
pub(super) fn calls_at_once(call: &str) -> Option<(&'static str, usize)> {
    match call.split_once(':')?.0 {
        "organizations" if is_mutating(call) => Some(("organization", 1)),
        "iam" => Some(("iam", IAM_CALLS)),
        "ec2" => Some(("ec2", 4)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_the_rate_of_its_row() {
        for (call, per_second, burst) in [
            ("organizations:CreateAccount", 0.1, 3),
            ("organizations:ListParents", 5.0, 8),
            ("organizations:SomethingNew", 1.0, 1),
            ("ec2:CreateVpcEndpoint", 0.3, 4),
            ("ec2:CreateVpc", 5.0, 50),
            ("ec2:DescribeVpcs", 20.0, 100),
            ("iam:CreateRole", 5.0, 10),
            ("cloudtrail:CreateTrail", 1.0, 1),
            ("ssm:GetParametersByPath", 40.0, 40),
            ("ssm:GetParameters", 40.0, 40),
            ("ssm:DescribeParameters", 3.0, 3),
            ("ssm:PutParameter", 3.0, 3),
            ("secretsmanager:GetSecretValue", 1_000.0, 1_000),
            ("secretsmanager:PutSecretValue", 50.0, 50),
            ("tag:GetResources", 15.0, 15),
            ("s3:PutBucketPolicy", 5.0, 10),
            ("budgets:CreateBudget", 1.0, 1),
            ("sns:Subscribe", 5.0, 10),
        ] {
            let found = rate(call);
            assert_eq!((found.burst, found.interval.to_bits()), (burst, f64::to_bits(1.0 / per_second)), "{call}");
        }
    }

    #[test]
    fn calls_beyond_the_burst_wait() {
        const CALL: &str = "organizations:ListTagsForResource";
        let milliseconds = [0, 15, 16, 1000].map(|calls| waiting(CALL, calls).as_millis());
        assert_eq!(milliseconds, [0, 0, 100, 98_598]);
    }

    #[test]
    fn accounts_are_created_at_the_rate_of_their_call() {
        assert_eq!(account_creations(), (3, Duration::from_secs(10)));
    }

    #[test]
    fn reads_are_distinguished_from_writes() {
        for (call, mutating) in [
            ("organizations:ListAccounts", false),
            ("sts:AssumeRole", false),
            ("iam:GetRole", false),
            ("organizations:CreateAccount", true),
            ("iam:PutRolePolicy", true),
            ("iam:AttachRolePolicy", true),
        ] {
            assert_eq!(is_mutating(call), mutating, "{call}");
        }
    }
}
