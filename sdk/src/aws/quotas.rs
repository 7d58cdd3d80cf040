//! Lengths and counts that AWS accepts: every quota that landfall checks before AWS does, with its source.
//!
//! Rates are in [`limits`](super::limits); the lengths of landfall's own names follow from these and are in `name`.

use crate::id::PolicyType;

/// Returns the characters that a policy of a type may have, without white space (Organizations quotas, docs/AWS.md 1.3).
#[must_use]
pub const fn policy_characters(policy_type: PolicyType) -> usize {
    match policy_type {
        PolicyType::ServiceControl => 10_240,
        PolicyType::ResourceControl => 5_120,
        PolicyType::AiOptOut => 2_500,
        _ => 10_000,
    }
}

/// Returns how many policies of a type a unit or an account may have, AWS's own among them (docs/AWS.md 1.3).
#[must_use]
pub const fn policies_per_target(policy_type: PolicyType) -> usize {
    match policy_type {
        PolicyType::ResourceControl | PolicyType::AiOptOut | PolicyType::Chat => 5,
        _ => 10,
    }
}

/// Default quota of accounts in an organization (docs/AWS.md 1.3).
pub const ACCOUNTS: usize = 10;
/// Characters of an account's name (docs/AWS.md 1.5).
pub const ACCOUNT_NAME_CHARACTERS: usize = 50;

/// Characters of one managed policy (docs/AWS.md 3.1); no quota raises it.
pub const MANAGED_POLICY_CHARACTERS: usize = 6_144;
/// Characters of a role's inline policies together (docs/AWS.md 3.1); no quota raises it.
pub const INLINE_POLICIES_CHARACTERS: usize = 10_240;
/// Default quota of characters of a role's trust policy (docs/AWS.md 3.1).
pub const TRUST_POLICY_CHARACTERS: usize = 2_048;
/// Characters of a role's trust policy that AWS grants on request (docs/AWS.md 3.1).
pub const TRUST_POLICY_CHARACTERS_MOST: usize = 8_192;
/// Versions of one managed policy that AWS keeps (docs/AWS.md 3.1).
pub const POLICY_VERSIONS: usize = 5;
/// Default quota of managed policies on one role (docs/AWS.md 3.1).
pub const POLICIES_PER_ROLE: usize = 20;

/// Characters of the session policies of one `AssumeRole` together (docs/AWS.md 2.1).
pub const SESSION_POLICIES_CHARACTERS: usize = 2_048;
/// Managed policies that one `AssumeRole` names (docs/AWS.md 2.1).
pub const SESSION_POLICY_ARNS: usize = 10;
/// Tags of one session, and of most things (docs/AWS.md D.7).
pub const TAGS: usize = 50;
/// Characters of a tag's value (docs/AWS.md D.7).
pub const TAG_VALUE_CHARACTERS: usize = 256;

/// Bytes of a key's policy (KMS quotas).
pub const KEY_POLICY_BYTES: usize = 32 * 1024;
/// Bytes of a bucket's policy (S3 quotas).
pub const BUCKET_POLICY_BYTES: usize = 20 * 1024;
/// Event selectors of one trail (CloudTrail quotas).
pub const EVENT_SELECTORS: usize = 5;
/// Characters of a standard parameter's value (docs/AWS.md 8.1).
pub const PARAMETER_CHARACTERS: usize = 4_096;
