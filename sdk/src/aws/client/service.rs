//! The services: names, endpoints and wire formats.
//!
//! Endpoints follow the rules of AWS's own clients; a test checks them against the cases of those clients' tests.

use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// A service's wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// JSON, with the operation in a header that begins with `target`.
    Json { version: &'static str, target: &'static str },
    /// JSON, with the operation in method and path.
    Rest,
    /// A form; the answer is XML. Lists are `Name.member.1`.
    Query { version: &'static str },
    /// EC2's form; the answer is XML. Lists are `Name.1`.
    Ec2 { version: &'static str },
}

/// The Regions with endpoints of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScopeSet {
    /// Every Region. `true`: in AWS `GovCloud` the usual hosts are the FIPS ones.
    Regions { fips_is_usual_in_govcloud: bool },
    /// Every Region. The usual hosts also have IPv6 addresses, except in the European partition, and with FIPS in China.
    DualIsUsual,
    /// One Region of each partition, with hosts like those of IAM.
    Partitions,
    /// One Region of each partition, which its hosts name.
    Homes,
    /// One Region of each partition, with hosts like those of Budgets.
    Billing,
}

/// One service of AWS.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its name in its clients' metadata and in a profile's `services` section.
    pub(super) id: &'static str,
    /// Its name in signatures and host names.
    pub(super) signing: &'static str,
    pub(super) wire: Wire,
    reach: ScopeSet,
}

/// The URL of a request, and the Region in its signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) url: String,
    pub(super) region: String,
}

#[cfg_attr(not(test), expect(dead_code, reason = "its kinds are to come"))]
pub(crate) static ACCESS_ANALYZER: Service = Service {
    id: "AccessAnalyzer",
    signing: "access-analyzer",
    wire: Wire::Rest,
    reach: ScopeSet::Regions { fips_is_usual_in_govcloud: true },
};
pub(crate) static ACCOUNT: Service = Service { id: "Account", signing: "account", wire: Wire::Rest, reach: ScopeSet::Homes };
pub(crate) static BACKUP: Service =
    Service { id: "Backup", signing: "backup", wire: Wire::Rest, reach: ScopeSet::Regions { fips_is_usual_in_govcloud: false } };
pub(crate) static BUDGETS: Service = Service {
    id: "Budgets",
    signing: "budgets",
    wire: Wire::Json { version: "1.1", target: "AWSBudgetServiceGateway" },
    reach: ScopeSet::Billing,
};
#[cfg_attr(not(any(test, feature = "simulator")), expect(dead_code, reason = "its calls are to come"))]
pub(crate) static CLOUDFORMATION: Service = Service {
    id: "CloudFormation",
    signing: "cloudformation",
    wire: Wire::Query { version: "2010-05-15" },
    reach: ScopeSet::Regions { fips_is_usual_in_govcloud: true },
};
pub(crate) static CLOUDTRAIL: Service = Service {
    id: "CloudTrail",
    signing: "cloudtrail",
    wire: Wire::Json { version: "1.1", target: "CloudTrail_20131101" },
    reach: ScopeSet::Regions { fips_is_usual_in_govcloud: true },
};
pub(crate) static EC2: Service = Service {
    id: "EC2",
    signing: "ec2",
    wire: Wire::Ec2 { version: "2016-11-15" },
    reach: ScopeSet::Regions { fips_is_usual_in_govcloud: true },
};
#[cfg_attr(not(test), expect(dead_code, reason = "its kinds are to come"))]
pub(crate) static GUARDDUTY: Service =
    Service { id: "GuardDuty", signing: "guardduty", wire: Wire::Rest, reach: ScopeSet::Regions { fips_is_usual_in_govcloud: true } };
pub(crate) static IAM: Service =
    Service { id: "IAM", signing: "iam", wire: Wire::Query { version: "2010-05-08" }, reach: ScopeSet::Partitions };
pub(crate) static KMS: Service = Service {
    id: "KMS",
    signing: "kms",
    wire: Wire::Json { version: "1.1", target: "TrentService" },
    reach: ScopeSet::Regions { fips_is_usual_in_govcloud: false },
};
pub(crate) static LOGS: Service = Service {
    id: "CloudWatch Logs",
    signing: "logs",
    wire: Wire::Json { version: "1.1", target: "Logs_20140328" },
    reach: ScopeSet::Regions { fips_is_usual_in_govcloud: true },
};
#[cfg_attr(not(test), expect(dead_code, reason = "its kinds are to come"))]
pub(crate) static OAM: Service =
    Service { id: "OAM", signing: "oam", wire: Wire::Rest, reach: ScopeSet::Regions { fips_is_usual_in_govcloud: false } };
#[cfg_attr(not(test), expect(dead_code, reason = "its kinds are to come"))]
pub(crate) static SCHEDULER: Service =
    Service { id: "Scheduler", signing: "scheduler", wire: Wire::Rest, reach: ScopeSet::Regions { fips_is_usual_in_govcloud: false } };
#[cfg_attr(not(test), expect(dead_code, reason = "its kinds are to come"))]
pub(crate) static SECURITY_HUB: Service =
    Service { id: "SecurityHub", signing: "securityhub", wire: Wire::Rest, reach: ScopeSet::Regions { fips_is_usual_in_govcloud: false } };
#[cfg_attr(not(any(test, feature = "simulator")), expect(dead_code, reason = "its calls are to come"))]
pub(crate) static SECRETS_MANAGER: Service = Service {
    id: "Secrets Manager",
    signing: "secretsmanager",
    wire: Wire::Json { version: "1.1", target: "secretsmanager" },
    reach: ScopeSet::DualIsUsual,
};
pub(crate) static SNS: Service = Service {
    id: "SNS",
    signing: "sns",
    wire: Wire::Query { version: "2010-03-31" },
    reach: ScopeSet::Regions { fips_is_usual_in_govcloud: true },
};
pub(crate) static SSM: Service = Service {
    id: "SSM",
    signing: "ssm",
    wire: Wire::Json { version: "1.1", target: "AmazonSSM" },
    reach: ScopeSet::Regions { fips_is_usual_in_govcloud: true },
};
pub(crate) static TAGGING: Service = Service {
    id: "Resource Groups Tagging API",
    signing: "tagging",
    wire: Wire::Json { version: "1.1", target: "ResourceGroupsTaggingAPI_20170126" },
    reach: ScopeSet::Regions { fips_is_usual_in_govcloud: false },
};

impl Service {
    /// Returns this service's endpoint in a configuration; `None` if it has no Region.
    pub(super) fn endpoint(&self, config: &SdkConfig) -> Option<Endpoint> {
        let region = config.region()?.as_ref();
        let usual = self.usual(region, config.use_fips().unwrap_or_default(), config.use_dual_stack().unwrap_or_default());
        Some(match self.given(config) {
            Some(url) => Endpoint { url, ..usual },
            None => usual,
        })
    }

    /// Returns the version of its API, if its requests are forms.
    #[cfg(feature = "simulator")]
    pub(super) fn version(&self) -> Option<&'static str> {
        match self.wire {
            Wire::Query { version } | Wire::Ec2 { version } => Some(version),
            Wire::Json { .. } | Wire::Rest => None,
        }
    }

    /// Returns the endpoint URL that is configured for this service, or for all. One that is set in the program comes first.
    fn given(&self, config: &SdkConfig) -> Option<String> {
        let for_all = || config.endpoint_url().map(str::to_owned);
        if config.get_origin("endpoint_url").is_client_config() {
            return for_all();
        }
        let key = ServiceConfigKey::builder().service_id(self.id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok()?;
        config.service_config().and_then(|settings| settings.load_config(key)).or_else(for_all)
    }

    fn usual(&self, region: &str, fips: bool, dual: bool) -> Endpoint {
        let partition = Partition::of(region);
        let suffix = if dual { partition.dual } else { partition.suffix };
        let (region, host) = match self.reach {
            ScopeSet::Regions { fips_is_usual_in_govcloud } => {
                let fips = fips && !(fips_is_usual_in_govcloud && partition == GOVERNMENT && !dual);
                (region, format!("{}{}.{region}.{suffix}", self.signing, if fips { "-fips" } else { "" }))
            }
            ScopeSet::DualIsUsual => {
                let suffix =
                    if dual && (partition == EUROPEAN || (partition == CHINA && fips)) { partition.dual } else { partition.suffix };
                (region, format!("{}{}.{region}.{suffix}", self.signing, if fips { "-fips" } else { "" }))
            }
            ScopeSet::Partitions => (partition.home, self.of_partition(partition, fips, dual)),
            ScopeSet::Homes => {
                (partition.billing, format!("{}{}.{}.{suffix}", self.signing, if fips { "-fips" } else { "" }, partition.billing))
            }
            ScopeSet::Billing => (partition.billing, self.of_billing(partition, fips, dual)),
        };
        Endpoint { url: format!("https://{host}"), region: region.to_owned() }
    }

    /// Returns the host of a service that has one for a whole partition.
    fn of_partition(&self, partition: Partition, fips: bool, dual: bool) -> String {
        let Partition { home, suffix, dual: dual_suffix, .. } = partition;
        let name = self.signing;
        match (partition, fips, dual) {
            (GOVERNMENT, _, false) => format!("{name}.us-gov.{suffix}"),
            (GOVERNMENT, _, true) => format!("{name}.us-gov.{dual_suffix}"),
            (AWS, true, true) => format!("{name}-fips.global.{dual_suffix}"),
            (_, true, true) => format!("{name}-fips.{dual_suffix}"),
            (_, true, false) => format!("{name}-fips.{suffix}"),
            (_, false, true) => format!("{name}.global.{dual_suffix}"),
            (AWS, false, false) => format!("{name}.{suffix}"),
            (_, false, false) => format!("{name}.{home}.{suffix}"),
        }
    }

    /// Returns the host of a service about the bill of a whole partition.
    fn of_billing(&self, partition: Partition, fips: bool, dual: bool) -> String {
        let Partition { billing, suffix, dual: dual_suffix, .. } = partition;
        let name = self.signing;
        match (partition, fips, dual) {
            (AWS, false, true) | (EUROPEAN, false, _) => format!("{name}.{billing}.{dual_suffix}"),
            (_, true, true) => format!("{name}-fips.{dual_suffix}"),
            (_, true, false) => format!("{name}-fips.{suffix}"),
            (_, false, true) => format!("{name}.{dual_suffix}"),
            (_, false, false) => format!("{name}.{suffix}"),
        }
    }
}

/// A partition's names: <https://docs.aws.amazon.com/general/latest/gr/rande.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Partition {
    prefix: &'static str,
    /// The Region of its partition-wide services.
    home: &'static str,
    /// The Region of its services about the bill.
    billing: &'static str,
    suffix: &'static str,
    /// The suffix of hosts that also have IPv6 addresses.
    dual: &'static str,
}

const AWS: Partition = Partition { prefix: "", home: "us-east-1", billing: "us-east-1", suffix: "amazonaws.com", dual: "api.aws" };
const CHINA: Partition = Partition {
    prefix: "cn-",
    home: "cn-north-1",
    billing: "cn-northwest-1",
    suffix: "amazonaws.com.cn",
    dual: "api.amazonwebservices.com.cn",
};
const GOVERNMENT: Partition =
    Partition { prefix: "us-gov-", home: "us-gov-west-1", billing: "us-gov-west-1", suffix: "amazonaws.com", dual: "api.aws" };
const EUROPEAN: Partition = Partition {
    prefix: "eusc-",
    home: "eusc-de-east-1",
    billing: "eusc-de-east-1",
    suffix: "amazonaws.eu",
    dual: "api.amazonwebservices.eu",
};

impl Partition {
    fn of(region: &str) -> Self {
        [CHINA, GOVERNMENT, EUROPEAN].into_iter().find(|partition| region.starts_with(partition.prefix)).unwrap_or(AWS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICES: [&Service; 18] = [
        &ACCESS_ANALYZER,
        &ACCOUNT,
        &BACKUP,
        &BUDGETS,
        &CLOUDFORMATION,
        &CLOUDTRAIL,
        &EC2,
        &GUARDDUTY,
        &IAM,
        &KMS,
        &LOGS,
        &OAM,
        &SCHEDULER,
        &SECRETS_MANAGER,
        &SECURITY_HUB,
        &SNS,
        &SSM,
        &TAGGING,
    ];

    /// Taken from the endpoint tests of the AWS crates (`config/endpoint.rs` of each, at the versions in the lock file), those of Account
    /// Management, Budgets, CloudFormation, Logs, Secrets Manager, SNS and `tagging` from botocore's rules (1.44.8): service, Region, variants, host, and the Region in the signature if it is another.
    const CASES: &str = include_str!("service/endpoints.txt");

    #[test]
    fn endpoints_are_those_of_awss_own_clients() {
        let mut count = 0;
        for line in CASES.lines() {
            let [name, region, variants, host, signed] = line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
            let service = SERVICES.into_iter().find(|service| service.signing == name).expect("known");
            let found = service.usual(region, variants.contains("fips"), variants.contains("dual"));
            assert_eq!((found.url, found.region), (format!("https://{host}"), signed.to_owned()), "{line}");
            count += 1;
        }
        assert_eq!(count, CASES.lines().count());
        let without = SERVICES.iter().find(|service| !CASES.lines().any(|line| line.split(' ').next() == Some(service.signing)));
        assert!(without.is_none(), "{without:?} has no case");
    }

    #[test]
    fn a_configured_endpoint_comes_first() {
        let config = |url: Option<&str>| {
            let mut config = SdkConfig::builder().region(aws_types::region::Region::new("eu-west-1"));
            config.set_endpoint_url(url.map(str::to_owned));
            config.build()
        };
        assert_eq!(EC2.endpoint(&config(None)).map(|usual| usual.url).as_deref(), Some("https://ec2.eu-west-1.amazonaws.com"));
        assert_eq!(EC2.endpoint(&SdkConfig::builder().build()), None, "no Region is guessed");
        let own = IAM.endpoint(&config(Some("http://127.0.0.1:4566")));
        assert_eq!(own, Some(Endpoint { url: "http://127.0.0.1:4566".to_owned(), region: "us-east-1".to_owned() }), "signed as ever");
    }
}
