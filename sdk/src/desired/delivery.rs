//! Delivery: a bucket for Terraform's state in each account of an environment that is deployed to.
//!
//! `deployer` reads and writes it by what it may do anyway; nothing of another account does. A state may hold secrets, so who may not
//! deploy is not given the bucket's objects (`reader` shows no data).

use std::collections::BTreeMap;

use super::{DesiredState, audit, policies};
use crate::address::Address;
use crate::aws::tags;
use crate::kind::s3::bucket::{self, Bucket, Rule};
use crate::kind::{Desired, Kind, Text};
use crate::model::{Account, Organization};
use crate::ours::{self, DEPLOYER, TERRAFORM};

/// Days in which an overwritten or deleted state can be restored.
const OLD_STATE_DAYS: i32 = 90;

/// Wants the buckets, if the manifest does.
pub(super) fn delivery(organization: &Organization, state: &mut DesiredState) {
    if !organization.delivery.terraform {
        return;
    }
    let is_deployed_to = |account: &&Account| state.roles_of(account).any(|role| role.name == DEPLOYER);
    let accounts: Vec<&Account> = organization.accounts.values().filter(is_deployed_to).collect();
    for account in accounts {
        let address = Address::region(&account.key, &organization.region, Bucket::NAME, TERRAFORM);
        let id = Text::fact(&Address::organization("account", &account.key), "id");
        let name = ours::terraform_bucket(&organization.name, id.as_str(), &organization.region);
        let arn = format!("arn:{}:s3:::{name}", organization.partition);
        let old = Rule { noncurrent_days: Some(OLD_STATE_DAYS), ..Rule::of("") };
        let desired = bucket::Desired {
            name: Text::new(name),
            key: None,
            lifecycle: BTreeMap::from([("old-states".to_owned(), old), audit::leftovers()]),
            by_days: None,
            access_logs: None,
            policy: policies::text(&policies::document(&[audit::tls_only(&arn)])),
            tags: tags::ours(&organization.name, &address),
        };
        state.want(address, Desired::Bucket(desired));
    }
}
