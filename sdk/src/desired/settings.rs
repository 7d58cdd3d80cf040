//! Settings: what the organization has once, every member account once or once in each Region in use, and AWS leaves open.
//!
//! They have no keys in the manifest: no one would change them, and one that is stricter is left as it is. The Regions in use are those
//! that guardrail `limit-regions` allows, but for opt-in Regions: those refuse every call until the account's owner enables them.

use super::address::trusted;
use super::{DesiredState, Notice};
use crate::address::Address;
use crate::kind::Desired;
use crate::kind::account::contact::{self, ContactType, Details};
use crate::kind::ec2::default_vpc::DefaultVpc;
use crate::kind::ec2::ebs_encryption::EbsEncryption;
use crate::kind::iam::account_alias::Alias;
use crate::kind::iam::password_policy::{Character, PasswordPolicy};
use crate::kind::iam::root_access::{RootAccess, RootFeature};
use crate::kind::iam::service_role::{LinkedService, ServiceRole};
use crate::kind::logs::log_retention::LogRetention;
use crate::kind::named::{self, Named};
use crate::kind::setting::{Setting, Wanted};
use crate::kind::ssm::document_sharing::{self, DocumentSharing};
use crate::model::{Account, Contact, Organization, Purpose, region};
use crate::name::{AccountKey, Region, literal};

/// The principal of IAM.
const IAM: &str = "iam.amazonaws.com";
/// The name of something that a scope has one of.
const MAIN: &str = "main";
/// The shortest password, and how many former ones cannot be used again (CIS AWS Foundations 5.0, 1.7 and 1.8).
const PASSWORD_LENGTH: u8 = 14;
const PASSWORDS_REMEMBERED: u8 = 24;

pub(super) fn settings(organization: &Organization, state: &mut DesiredState) {
    root_access(state);
    contacts(organization, state);
    let is_opt_in = |region: &&Region| region::find(region).is_some_and(|known| known.opt_in);
    let (opt_in, in_use): (Vec<&Region>, Vec<&Region>) = organization.regions.iter().partition(is_opt_in);
    state.notices.extend(opt_in.into_iter().map(left_out));
    for account in organization.accounts.values() {
        let address = Address::account(&account.key, PasswordPolicy::NAME, MAIN);
        state.want(address, Desired::PasswordPolicy(Wanted::new(password_policy())));
        if account.purpose == Purpose::Environment || account.environment.is_some() {
            service_roles(&account.key, state);
        }
        if let Some(alias) = &account.alias {
            let address = Address::account(&account.key, Alias::NAME, MAIN);
            state.want(address, Desired::AccountAlias(Wanted::new(Alias::from(alias))));
        }
        for region in &in_use {
            let address = Address::region(&account.key, region, EbsEncryption::NAME, MAIN);
            state.want(address, Desired::EbsEncryption(Wanted::new(EbsEncryption::On)));
            let address = Address::region(&account.key, region, DocumentSharing::NAME, MAIN);
            state.want(address, Desired::DocumentSharing(Wanted::new(DocumentSharing::Blocked)));
            default_vpc(account, region, state);
            let address = Address::region(&account.key, region, LogRetention::NAME, MAIN);
            let retention = LogRetention::Of(account.baseline.log_group_retention);
            state.want(address, Desired::LogRetention(Wanted::new(retention)));
        }
    }
}

/// Wants no default VPC, unless the manifest keeps it.
fn default_vpc(account: &Account, region: &Region, state: &mut DesiredState) {
    if !account.baseline.default_vpcs {
        let address = Address::region(&account.key, region, DefaultVpc::NAME, MAIN);
        state.want(address, Desired::DefaultVpc(Wanted::new(DefaultVpc::Absent)));
    }
}

/// Wants no default VPC in the Regions that are not in use either. Guardrail `limit-regions` denies everything there, so it is looked at on
/// request only.
pub(super) fn elsewhere(organization: &Organization, state: &mut DesiredState) {
    let is_elsewhere = |known: &&region::KnownRegion| {
        known.partition == organization.partition
            && !known.opt_in
            && !organization.regions.iter().any(|region| region.as_str() == known.code)
    };
    let regions: Vec<Region> = region::REGIONS.iter().filter(is_elsewhere).map(|known| literal(known.code)).collect();
    for account in organization.accounts.values() {
        for region in &regions {
            default_vpc(account, region, state);
        }
    }
}

/// Wants the service-linked roles that the first release of most programs needs, in an account of an environment.
fn service_roles(account: &AccountKey, state: &mut DesiredState) {
    for service in LinkedService::ALL {
        let wanted = named::Wanted { thing: ServiceRole { service }, tags: None };
        state.want(Address::account(account, ServiceRole::NAME, service.as_str()), Desired::ServiceRole(wanted));
    }
}

/// Wants the manifest's contacts in every account, the management account included.
fn contacts(organization: &Organization, state: &mut DesiredState) {
    let contacts = &organization.contacts;
    let details = |contact: &Option<Contact>| {
        contact.as_ref().map(|contact| Details {
            name: contact.name.clone(),
            title: contact.title.clone(),
            email_address: contact.email.clone(),
            phone_number: contact.phone.clone(),
        })
    };
    let (security, billing, operations) = (details(&contacts.security), details(&contacts.billing), details(&contacts.operations));
    let address = |account: Option<&AccountKey>, kind| match account {
        Some(account) => Address::account(account, kind, MAIN),
        None => Address::organization(kind, MAIN),
    };
    for account in [None].into_iter().chain(organization.accounts.keys().map(Some)) {
        if security.is_some() {
            let value = contact::Contact::new(security.clone());
            state.want(address(account, contact::Security::NAME), Desired::SecurityContact(Wanted::new(value)));
        }
        if billing.is_some() {
            let value = contact::Contact::new(billing.clone());
            state.want(address(account, contact::Billing::NAME), Desired::BillingContact(Wanted::new(value)));
        }
        if operations.is_some() {
            let value = contact::Contact::new(operations.clone());
            state.want(address(account, contact::Operations::NAME), Desired::OperationsContact(Wanted::new(value)));
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
