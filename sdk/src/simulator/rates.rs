//! Throttling of the simulated AWS: every token bucket in one table, and the buckets themselves.
//!
//! A bucket belongs to the calling account and one API, for regional services also to one Region. AWS's limits for a whole
//! organization are left out: only the management account may make those calls here. `AssumeRoleWithWebIdentity` has no calling
//! account and no bucket. S3 publishes no rates of calls about buckets.
//!
//! Sources: ORG-Q "Quotas for AWS Organizations", EC2-THR "Request throttling for the Amazon EC2 API", CT-Q and KMS-Q the
//! quotas of CloudTrail and KMS, SSM-Q those of Parameter Store, SM-Q of Secrets
//! Manager, ACCT-Q of Account Management, SNS-API the pages of these calls in the SNS API, IAM-Q "IAM and STS quotas"; most of it is in docs/AWS.md 1.4,
//! 2.1, 4.5, 5.8, 8.1 and 8.2.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::clock::Timestamp;
use super::failure::Failure;
use super::service::{Effect, Service, throttled};
use super::timing::Preset;
use super::wire::Parsed;
use crate::id::AccountId;

/// Whether calls are throttled, and how hard.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Rates {
    /// At AWS's rates under [`Preset::Realistic`], not at all under [`Preset::Instant`].
    #[default]
    ByPreset,
    /// Not at all.
    Off,
    /// At AWS's rates times this factor, refill and burst: 0.5 halves them. A bucket always holds at least one call.
    Scaled(f64),
}

impl Rates {
    /// Returns whether calls are throttled.
    pub(crate) fn is_metered(self, preset: Preset) -> bool {
        self.scale(preset).is_some()
    }

    fn scale(self, preset: Preset) -> Option<f64> {
        match (self, preset) {
            (Self::ByPreset, Preset::Realistic) => Some(1.0),
            (Self::ByPreset, Preset::Instant) | (Self::Off, _) => None,
            (Self::Scaled(scale), _) => Some(scale),
        }
    }
}

/// One row: its calls, and the rate of their buckets.
struct Rate {
    service: Service,
    calls: Calls,
    /// Calls per second in the long run.
    refill: f64,
    /// Calls at once.
    burst: u32,
}

/// The calls of a row.
enum Calls {
    /// These operations, a bucket for each.
    Each(&'static [&'static str]),
    /// These operations, with one bucket for all.
    Together(&'static [&'static str]),
    /// Reads without a filter and a page size.
    Sweeping(&'static [&'static str]),
    /// All other reads, a bucket for each.
    Reads,
    /// All other writes, a bucket for each.
    Writes,
}

const fn rate(service: Service, calls: Calls, refill: f64, burst: u32) -> Rate {
    Rate { service, calls, refill, burst }
}

use Calls::{Each, Reads, Sweeping, Together, Writes};
use Service::{Account, CloudFormation, CloudTrail, Ec2, Iam, Kms, Organizations, SecretsManager, Sns, Ssm, Sts, Tagging};

/// Every rate; the first row that matches applies.
#[rustfmt::skip]
const RATES: &[Rate] = &[
    //   service       calls                                                                      refill/s  burst  source
    rate(Organizations, Each(&["CreateAccount"]),                                                      0.1,     3), // ORG-Q
    rate(Organizations, Each(&["CloseAccount"]),                                                      0.05,     1), // ORG-Q
    rate(Organizations, Each(&["DescribeCreateAccountStatus"]),                                        2.0,     2), // ORG-Q
    rate(Organizations, Each(&["ListCreateAccountStatus"]),                                            5.0,     8), // ORG-Q
    rate(Organizations, Each(&["DescribeAccount"]),                                                   20.0,    30), // ORG-Q
    rate(Organizations, Each(&["ListAccounts"]),                                                       8.0,    12), // ORG-Q
    rate(Organizations, Each(&["ListParents", "ListAccountsForParent"]),                               5.0,     8), // ORG-Q
    rate(Organizations, Each(&["ListOrganizationalUnitsForParent"]),                                   5.0,     8), // ORG-Q
    rate(Organizations, Each(&["ListChildren"]),                                                       6.0,    10), // ORG-Q
    rate(Organizations, Each(&["ListRoots"]),                                                          1.0,     2), // ORG-Q
    rate(Organizations, Each(&["CreateOrganization"]),                                                 1.0,     1), // ORG-Q
    rate(Organizations, Each(&["EnableAllFeatures"]),                                                  1.0,     1), // ORG-Q, inferred
    rate(Organizations, Each(&["CreateOrganizationalUnit", "DescribeOrganization"]),                   1.0,     2), // ORG-Q
    rate(Organizations, Each(&["MoveAccount", "UpdateOrganizationalUnit", "DeleteOrganizationalUnit"]), 2.0,    3), // ORG-Q
    rate(Organizations, Each(&["DescribeOrganizationalUnit", "DescribePolicy"]),                       2.0,     2), // ORG-Q
    rate(Organizations, Each(&["CreatePolicy", "UpdatePolicy", "DeletePolicy"]),                       2.0,     3), // ORG-Q
    rate(Organizations, Each(&["AttachPolicy", "DetachPolicy"]),                                       2.0,     3), // ORG-Q
    rate(Organizations, Each(&["EnablePolicyType", "DisablePolicyType"]),                              1.0,     1), // ORG-Q
    rate(Organizations, Each(&["ListPolicies", "ListPoliciesForTarget", "ListTargetsForPolicy"]),      5.0,     8), // ORG-Q
    rate(Organizations, Each(&["EnableAWSServiceAccess", "DisableAWSServiceAccess"]),                  1.0,     2), // ORG-Q
    rate(Organizations, Each(&["ListAWSServiceAccessForOrganization"]),                                1.0,     3), // ORG-Q
    rate(Organizations, Each(&["ListDelegatedAdministrators"]),                                        5.0,     8), // ORG-Q
    rate(Organizations, Each(&["TagResource", "UntagResource"]),                                       4.0,     6), // ORG-Q
    rate(Organizations, Each(&["ListTagsForResource"]),                                               10.0,    15), // ORG-Q
    rate(Organizations, Reads,                                                                         1.0,     1), // not published, assumed
    rate(Organizations, Writes,                                                                        1.0,     1), // not published, assumed

    rate(Sts, Together(&["AssumeRole", "GetCallerIdentity"]),                                        600.0,   600), // IAM-Q

    // "A handful per second" is all that is known about IAM's rates (docs/AWS.md 3.1).
    rate(Iam, Writes,                                                                                  5.0,    15), // not published, assumed
    rate(Iam, Reads,                                                                                  20.0,    50), // not published, assumed

    rate(Ec2, Each(&["CreateNatGateway", "DeleteNatGateway"]),                                         1.0,    10), // EC2-THR
    rate(Ec2, Each(&["CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints"]),                 0.3,     4), // EC2-THR
    rate(Ec2, Each(&["CreateTags", "DeleteTags"]),                                                    10.0,   100), // EC2-THR
    rate(Ec2, Sweeping(&["DescribeNetworkInterfaces", "DescribeSecurityGroups"]),                     10.0,    50), // EC2-THR
    rate(Ec2, Reads,                                                                                  20.0,   100), // EC2-THR
    rate(Ec2, Writes,                                                                                  5.0,    50), // EC2-THR

    rate(CloudTrail, Writes,                                                                           1.0,     1), // CT-Q
    rate(CloudTrail, Reads,                                                                           10.0,    10), // CT-Q

    rate(Kms, Each(&["CreateKey", "CreateAlias", "UpdateAlias", "EnableKey", "DisableKey"]),           5.0,     5), // KMS-Q
    rate(Kms, Each(&["TagResource", "UntagResource"]),                                                10.0,    10), // KMS-Q
    rate(Kms, Writes,                                                                                 15.0,    15), // KMS-Q
    rate(Kms, Reads,                                                                                 500.0,   500), // KMS-Q

    rate(Ssm, Together(&["GetParameter", "GetParameters", "GetParametersByPath"]),                    40.0,    40), // SSM-Q
    rate(Ssm, Reads,                                                                                   3.0,     3), // SSM-Q
    rate(Ssm, Writes,                                                                                  3.0,     3), // SSM-Q

    rate(SecretsManager, Each(&["DescribeSecret"]),                                                40_000.0, 40_000), // SM-Q
    rate(SecretsManager, Each(&["GetSecretValue"]),                                                10_000.0, 10_000), // SM-Q
    rate(SecretsManager, Each(&["ListSecrets"]),                                                     100.0,   100), // SM-Q
    rate(SecretsManager, Together(&["TagResource", "UntagResource"]),                                 50.0,    50), // SM-Q
    rate(SecretsManager, Reads,                                                                       50.0,    50), // SM-Q
    rate(SecretsManager, Writes,                                                                      50.0,    50), // SM-Q

    rate(CloudFormation, Reads,                                                                        5.0,     5), // not published, assumed
    rate(CloudFormation, Writes,                                                                       2.0,     2), // not published, assumed

    rate(Account, Each(&["GetAlternateContact"]),                                                     10.0,    15), // ACCT-Q
    rate(Account, Each(&["PutAlternateContact"]),                                                      5.0,     8), // ACCT-Q
    rate(Account, Each(&["DeleteAlternateContact"]),                                                   1.0,     6), // ACCT-Q

    rate(Tagging, Reads,                                                                              15.0,    15), // docs/AWS.md 10.1, assumed

    rate(Sns, Each(&["ListTopics", "ListSubscriptionsByTopic"]),                                      30.0,    30), // SNS-API
    rate(Sns, Each(&["Subscribe", "Unsubscribe"]),                                                   100.0,   100), // SNS-API
];

/// The buckets that have been used.
#[derive(Debug, Default)]
pub(crate) struct Throttles(BTreeMap<Key, Bucket>);

/// Account, service, API or family, Region; global services have no Region.
type Key = (AccountId, Service, String, String);

#[derive(Debug)]
struct Bucket {
    /// In millionths of a call, so that no fraction is lost.
    tokens: u64,
    at: Timestamp,
}

/// One call, in the buckets' unit.
const CALL: u64 = 1_000_000;

impl Throttles {
    /// Takes a token from the bucket of a call, or returns the throttling error.
    pub(crate) fn take(
        &mut self,
        now: Timestamp,
        (rates, preset): (Rates, Preset),
        account: &AccountId,
        parsed: &Parsed,
        effect: Effect,
    ) -> Result<(), Failure> {
        let Some(scale) = rates.scale(preset) else { return Ok(()) };
        let Some((rate, family)) = find(parsed, effect) else { return Ok(()) };
        let region = match parsed.service {
            Service::Organizations | Service::Iam | Service::Account | Service::Budgets => "",
            Service::Sts
            | Service::Kms
            | Service::S3
            | Service::CloudTrail
            | Service::Ec2
            | Service::Ssm
            | Service::Backup
            | Service::Logs
            | Service::Tagging
            | Service::Sns
            | Service::CloudFormation
            | Service::SecretsManager => parsed.region.as_str(),
        };
        // Millionths per millisecond are thousandths per second.
        let (refill, most) = (thousandths(rate.refill * scale), thousandths(f64::from(rate.burst) * scale).max(1000) * (CALL / 1000));
        let key = (account.clone(), parsed.service, family.to_owned(), region.to_owned());
        let bucket = self.0.entry(key).or_insert(Bucket { tokens: most, at: now });
        let passed = u64::try_from(now.since(bucket.at).as_millis()).unwrap_or(u64::MAX);
        bucket.tokens = most.min(bucket.tokens.saturating_add(passed.saturating_mul(refill)));
        bucket.at = bucket.at.max(now);
        match bucket.tokens.checked_sub(CALL) {
            Some(rest) => bucket.tokens = rest,
            None => return Err(throttled(parsed.service)),
        }
        Ok(())
    }
}

/// Returns the row of a call, and the name of its bucket.
fn find(parsed: &Parsed, effect: Effect) -> Option<(&'static Rate, &str)> {
    let operation = parsed.operation.as_str();
    RATES.iter().filter(|rate| rate.service == parsed.service).find_map(|rate| {
        let family = match rate.calls {
            Each(names) => names.contains(&operation).then_some(operation),
            Together(names) => names.first().copied().filter(|_| names.contains(&operation)),
            Sweeping(names) => (names.contains(&operation) && is_sweeping(&parsed.params)).then_some(operation),
            Reads => (effect == Effect::Read).then_some(operation),
            Writes => (effect == Effect::Write).then_some(operation),
        };
        family.map(|family| (rate, family))
    })
}

fn is_sweeping(params: &Map<String, Value>) -> bool {
    !params.keys().any(|name| name.starts_with("Filter") || name.starts_with("MaxResults") || name.contains("Id"))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are small and positive; a negative scale stops all calls"
)]
fn thousandths(number: f64) -> u64 {
    (number * 1000.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::super::service::{find_operation, operations_of};
    use super::*;
    use crate::aws::limits;
    use crate::name::literal;
    use crate::simulator::wire::Protocol;

    fn call(service: Service, operation: &str, region: &str) -> Parsed {
        Parsed {
            is_global: false,
            protocol: Protocol::Json,
            service,
            operation: operation.to_owned(),
            params: Map::new(),
            region: region.to_owned(),
            access_key: None,
            token: None,
        }
    }

    struct Caller {
        throttles: Throttles,
        rates: Rates,
    }

    impl Caller {
        fn new(rates: Rates) -> Self {
            Self { throttles: Throttles::default(), rates }
        }

        /// Returns how many of 200 calls at one moment are not throttled.
        fn at(&mut self, second: u64, account: &str, call: &Parsed) -> usize {
            let effect = find_operation(call.service, &call.operation).expect("the call is simulated").effect;
            let (rates, account) = ((self.rates, Preset::Realistic), literal(account));
            (0..200).filter(|_| self.throttles.take(Timestamp(second * 1000), rates, &account, call, effect).is_ok()).count()
        }
    }

    #[test]
    fn buckets_hold_their_burst_and_refill() {
        let mut caller = Caller::new(Rates::ByPreset);
        let (create, vpc) = (call(Organizations, "CreateAccount", "us-east-1"), call(Ec2, "CreateVpc", "eu-west-1"));
        assert_eq!([0, 9, 10, 19, 20, 1000].map(|second| caller.at(second, "111111111111", &create)), [3, 0, 1, 0, 1, 3]);
        assert_eq!(caller.at(0, "111111111111", &vpc), 50);
        assert_eq!(caller.at(0, "111111111111", &call(Ec2, "CreateVpc", "eu-central-1")), 50, "Regions are separate");
        assert_eq!(caller.at(0, "222222222222", &vpc), 50, "accounts are separate");
        assert_eq!(caller.at(0, "111111111111", &call(Ec2, "CreateSubnet", "eu-west-1")), 50, "APIs are separate");
        assert_eq!(caller.at(2, "111111111111", &vpc), 10);
    }

    #[test]
    fn rates_are_scaled_or_off() {
        let create = call(Organizations, "CreateAccount", "us-east-1");
        let mut halved = Caller::new(Rates::Scaled(0.5));
        assert_eq!([0, 9, 10].map(|second| halved.at(second, "111111111111", &create)), [1, 0, 1]);
        assert_eq!(Caller::new(Rates::Off).at(0, "111111111111", &create), 200);
    }

    #[test]
    fn sweeping_reads_have_less() {
        let mut groups = call(Ec2, "DescribeSecurityGroups", "eu-west-1");
        assert_eq!(Caller::new(Rates::ByPreset).at(0, "111111111111", &groups), 50);
        groups.params.insert("MaxResults".to_owned(), 1000.into());
        assert_eq!(Caller::new(Rates::ByPreset).at(0, "111111111111", &groups), 100);
    }

    /// The simulator is the judge of landfall's rates, so it has a table of its own. Each difference is listed here, with its reason.
    #[test]
    fn landfalls_rates_differ_from_these_only_here() {
        let mut found: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
        for service in Service::ALL {
            for operation in operations_of(service) {
                let own = limits::rate(&format!("{}:{}", service.name(), operation.name));
                let own = (1.0 / own.interval, own.burst);
                let shown = |(refill, burst): (f64, u32)| format!("{refill:.1} a second, {burst} at once");
                let parsed = call(service, operation.name, "eu-west-1");
                let difference = match find(&parsed, operation.effect) {
                    None => format!("{}; AWS: not published", shown(own)),
                    Some((rate, _)) => {
                        let judge = (rate.refill, rate.burst);
                        assert!(own.0 <= judge.0 + 1e-9 && own.1 <= judge.1, "{}: faster than AWS allows", operation.name);
                        if (own.0 - judge.0).abs() < 1e-9 && own.1 == judge.1 {
                            continue;
                        }
                        format!("{}; AWS: {}", shown(own), shown(judge))
                    }
                };
                found.entry((service.name(), difference)).or_default().push(operation.name);
            }
        }
        let lines: Vec<String> =
            found.iter().map(|((service, difference), names)| format!("{service} {difference}: {}", names.join(" "))).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn every_name_is_a_call_that_is_simulated_or_will_be() {
        for rate in RATES {
            let (Each(names) | Together(names) | Sweeping(names)) = rate.calls else { continue };
            for name in names {
                let known = find_operation(rate.service, name).is_some() || ["EnableAllFeatures", "DisablePolicyType"].contains(name);
                assert!(known, "{name}");
            }
        }
    }
}
