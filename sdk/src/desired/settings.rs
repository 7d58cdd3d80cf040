//! Settings: what the organization has once, every member account once or once in each Region in use, and AWS leaves open.
//!
//! They have no keys in the manifest: no one would change them, and one that is stricter is left as it is. The Regions in use are those
//! that guardrail `limit-regions` allows, but for opt-in Regions: those refuse every call until the account's owner enables them.

use super::address::trusted;
use super::{DesiredState, Notice};
use crate::address::Address;
use crate::kind::Desired;
use crate::kind::ec2::ebs_encryption::EbsEncryption;
use crate::kind::iam::password_policy::{Character, PasswordPolicy};
use crate::kind::iam::root_access::{RootAccess, RootFeature};
use crate::kind::setting::{Setting, Wanted};
use crate::kind::ssm::document_sharing::{self, DocumentSharing};
use crate::model::{Organization, region};
use crate::name::Region;

/// The principal of IAM.
const IAM: &str = "iam.amazonaws.com";
/// The name of something that a scope has one of.
const MAIN: &str = "main";
/// The shortest password, and how many former ones cannot be used again (CIS AWS Foundations 5.0, 1.7 and 1.8).
const PASSWORD_LENGTH: u8 = 14;
const PASSWORDS_REMEMBERED: u8 = 24;

pub(super) fn settings(organization: &Organization, state: &mut DesiredState) {
    root_access(state);
    let is_opt_in = |region: &&Region| region::find(region).is_some_and(|known| known.opt_in);
    let (opt_in, in_use): (Vec<&Region>, Vec<&Region>) = organization.regions.iter().partition(is_opt_in);
    state.notices.extend(opt_in.into_iter().map(left_out));
    for account in organization.accounts.values() {
        let address = Address::account(&account.key, PasswordPolicy::NAME, MAIN);
        state.want(address, Desired::PasswordPolicy(Wanted::new(password_policy())));
        for region in &in_use {
            let address = Address::region(&account.key, region, EbsEncryption::NAME, MAIN);
            state.want(address, Desired::EbsEncryption(Wanted::new(EbsEncryption::On)));
            let address = Address::region(&account.key, region, DocumentSharing::NAME, MAIN);
            state.want(address, Desired::DocumentSharing(Wanted::new(DocumentSharing::Blocked)));
        }
    }
}

/// Returns the notice on what is not set in an opt-in Region.
fn left_out(region: &Region) -> Notice {
    Notice::new(
        format!("{region} is an opt-in Region: landfall sets neither encryption of new volumes nor the block of public documents there"),
        format!(
            "in an account that has enabled it: `aws ec2 enable-ebs-encryption-by-default --region {region}`, and `aws ssm \
             update-service-setting --region {region} --setting-id {} --setting-value Disable`",
            document_sharing::SETTING
        ),
    )
}

/// Returns the least that a password has to be: what CIS AWS Foundations 5.0 asks for (1.7, 1.8), without expiry, and a character of every
/// kind (Security Hub, IAM.7), since a policy of one's own replaces AWS's demand of three kinds of four.
fn password_policy() -> PasswordPolicy {
    PasswordPolicy {
        length: PASSWORD_LENGTH,
        required: Character::ALL.into(),
        remembered: PASSWORDS_REMEMBERED,
        ..PasswordPolicy::of_aws()
    }
}

/// Wants central root access, which IAM offers once it is trusted. It is one for the organization, and all of it: members that are made
/// afterwards have no root password, and the last resort (docs/ACCESS.md) does not begin with turning it on.
fn root_access(state: &mut DesiredState) {
    let trusted = trusted(IAM, state);
    let wanted = Wanted::new(RootAccess { features: RootFeature::ALL.into() }).after(trusted);
    state.want(Address::organization(RootAccess::NAME, MAIN), Desired::RootAccess(wanted));
}
