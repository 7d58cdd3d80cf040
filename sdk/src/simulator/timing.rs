//! How long things take in the simulated AWS: every duration in one place.
//!
//! The figures are observed values, not promises of AWS; each has its source.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A new organization refuses `CreateAccount` for this long (docs/AWS.md 1.1: "seconds to a few minutes").
pub const FINALIZING: Duration = Duration::from_mins(1);
/// From `CreateAccount` to `SUCCEEDED` (docs/AWS.md 1.5: 10 to 60 seconds are typical).
pub const CREATE_ACCOUNT: Duration = Duration::from_secs(30);
/// STS endpoints in Regions other than us-east-1 refuse a new account for this long (docs/AWS.md 1.5, 2.2).
pub const STS_REGION: Duration = Duration::from_secs(20);
/// The access role of a new account cannot be assumed for this long (docs/AWS.md 1.5).
pub const ACCESS_ROLE: Duration = Duration::from_secs(40);
/// A new account's own principals are unknown for this long (docs/AWS.md 1.5).
pub const IDENTITY: Duration = Duration::from_secs(50);
/// Services other than IAM and STS do not accept calls of a new account for this long; then it is ready (docs/AWS.md 1.5).
pub const READINESS: Duration = Duration::from_mins(1);
/// Roles, trust policies and permission policies take effect after this time (docs/AWS.md 2.4: 5 to 15 seconds).
pub const PROPAGATION: Duration = Duration::from_secs(10);
/// A new trail is not found for this long, except by another `CreateTrail` (docs/AWS.md 4.5).
pub const TRAIL: Duration = Duration::from_secs(10);
/// A new EC2 resource is not found by its id for this long (docs/AWS.md 5.8: seconds).
pub const NETWORK: Duration = Duration::from_secs(3);
/// From `CreateNatGateway` to `available` (docs/AWS.md 5.7: one to two minutes are typical).
pub const NAT_GATEWAY: Duration = Duration::from_secs(90);
/// From `DeleteNatGateway` to `deleted` (docs/AWS.md 5.7).
pub const NAT_GATEWAY_DELETION: Duration = Duration::from_secs(45);
/// From `CreateVpcEndpoint` of an interface endpoint, or a change of its subnets or its name, to `available` (docs/AWS.md 5.7: minutes).
pub const INTERFACE_ENDPOINT: Duration = Duration::from_mins(1);
/// From `DeleteVpcEndpoints` to its end, with its network interfaces (docs/AWS.md 5.7).
pub const INTERFACE_ENDPOINT_DELETION: Duration = Duration::from_secs(45);
/// From `EnablePolicyType` to `ENABLED` (docs/AWS.md 1.9: seconds).
pub const POLICY_TYPE: Duration = Duration::from_secs(20);
/// From `CreateChangeSet` to `CREATE_COMPLETE` or `FAILED` (docs/AWS.md D.17: not published).
pub const CHANGE_SET: Duration = Duration::from_secs(10);
/// How long each resource of a stack takes to be made, changed or removed (docs/AWS.md D.17: not published).
pub const STACK_RESOURCE: Duration = Duration::from_secs(5);
/// From `CloseAccount` to `CLOSED` (docs/AWS.md 1.6: minutes).
pub const CLOSING: Duration = Duration::from_mins(2);

/// How time passes in the simulated AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Preset {
    /// Nothing takes time, except that an account creation is `IN_PROGRESS` when it is accepted and done at the next call.
    #[default]
    Instant,
    /// The durations of this module.
    Realistic,
}

/// The durations of a preset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) finalizing: Duration,
    pub(crate) create_account: Duration,
    pub(crate) sts_region: Duration,
    pub(crate) access_role: Duration,
    pub(crate) identity: Duration,
    pub(crate) readiness: Duration,
    pub(crate) propagation: Duration,
    pub(crate) trail: Duration,
    pub(crate) network: Duration,
    pub(crate) nat_gateway: Duration,
    pub(crate) nat_gateway_deletion: Duration,
    pub(crate) interface_endpoint: Duration,
    pub(crate) interface_endpoint_deletion: Duration,
    pub(crate) policy_type: Duration,
    pub(crate) change_set: Duration,
    pub(crate) stack_resource: Duration,
    pub(crate) closing: Duration,
}

impl Preset {
    pub(crate) fn timing(self) -> Timing {
        let only_realistic = |duration: Duration| match self {
            Self::Instant => Duration::ZERO,
            Self::Realistic => duration,
        };
        Timing {
            finalizing: only_realistic(FINALIZING),
            create_account: only_realistic(CREATE_ACCOUNT),
            sts_region: only_realistic(STS_REGION),
            access_role: only_realistic(ACCESS_ROLE),
            identity: only_realistic(IDENTITY),
            readiness: only_realistic(READINESS),
            propagation: only_realistic(PROPAGATION),
            trail: only_realistic(TRAIL),
            network: only_realistic(NETWORK),
            nat_gateway: only_realistic(NAT_GATEWAY),
            nat_gateway_deletion: only_realistic(NAT_GATEWAY_DELETION),
            interface_endpoint: only_realistic(INTERFACE_ENDPOINT),
            interface_endpoint_deletion: only_realistic(INTERFACE_ENDPOINT_DELETION),
            policy_type: only_realistic(POLICY_TYPE),
            change_set: only_realistic(CHANGE_SET),
            stack_resource: only_realistic(STACK_RESOURCE),
            closing: only_realistic(CLOSING),
        }
    }
}
