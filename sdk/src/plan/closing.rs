//! Existing accounts that come under a policy against public access: what is public in them is closed, whoever made it. And existing
//! accounts whose default VPC is removed.
//!
//! landfall does not look into their buckets and images, so this is said of every account that may have some: not of those that AWS
//! made a short time ago, since a run that was killed must go on by itself.

use super::Input;
use crate::address::{Address, Scope};
use crate::desired::baseline::{EC2_SHARING, S3_PUBLIC_ACCESS};
use crate::id::AccountId;
use crate::kind::ec2::default_vpc::DefaultVpc;
use crate::kind::organizations::account;
use crate::kind::organizations::attachment::Attachment;
use crate::kind::setting::Present;
use crate::kind::{Hazard, HazardName, Kind, Observed};
use crate::name::UNIT_DEPTH_MAX;
use crate::ours::GUARDRAIL_PREFIX;

/// Returns the hazard of making an attachment, if its guardrail closes something and existing accounts come under it.
pub(super) fn hazard(input: &Input<'_>, attachment: &Address) -> Option<Hazard> {
    if attachment.kind() != Attachment::NAME {
        return None;
    }
    let attached = input.links.attached(attachment)?;
    let (what, key) = match attached.guardrail.name() {
        S3_PUBLIC_ACCESS => ("S3 buckets", "public_buckets"),
        EC2_SHARING => ("AMIs and EBS snapshots", "public_images"),
        _ => return None,
    };
    let organization: Vec<&Observed> = input.observation.of(&Scope::Organization).collect();
    let policy = format!("{GUARDRAIL_PREFIX}{}", attached.guardrail.name());
    let is_open = |observed: &Observed| match observed {
        Observed::Account(account) => account.id.is_some() && !account.is_new && !is_under(&organization, account, &policy),
        _ => false,
    };
    let accounts: Vec<&str> = input
        .desired
        .wanted
        .iter()
        .map(|wanted| (&wanted.address, input.observation.resolved(&wanted.thing)))
        .filter(|(account, _)| input.links.guarding(account).any(|guarding| guarding.address == attachment))
        .filter(|(_, thing)| organization.iter().any(|observed| is_open(observed) && thing.matches(observed)))
        .map(|(account, _)| account.name())
        .collect();
    let (first, others) = accounts.split_first()?;
    let names = match others {
        [] => format!("account {first}"),
        others => format!("accounts {first}, {}", others.join(", ")),
    };
    let text = format!(
        "{what} in {names} that everyone may read now are closed to them; to leave an account out, write `{key} = true` in \
         `[accounts.{first}.baseline]`"
    );
    Some(Hazard::new(HazardName::ClosePublicAccess, text))
}

/// Returns the hazard of removing the default VPC of an account that is not new.
pub(super) fn default_vpc(input: &Input<'_>, address: &Address, observed: &Observed) -> Option<Hazard> {
    let Observed::DefaultVpc(Present::Value(DefaultVpc::Present { id, .. })) = observed else { return None };
    let account = input.organization.accounts.get(address.scope().account()?)?;
    let is_new = input.observation.of(&Scope::Organization).any(|thing| match thing {
        Observed::Account(found) => {
            found.is_new
                && found.id.is_some()
                && input.observation.facts.find(&Address::organization("account", &account.key), "id")
                    == found.id.as_ref().map(AccountId::as_str)
        }
        _ => false,
    });
    let key = &account.key;
    (!is_new).then(|| {
        let text = format!(
            "the default VPC {id} of account {key}, in which nothing is, is deleted with its subnets; to keep it, write `default_vpcs = true` \
             in `[accounts.{key}.baseline]`"
        );
        Hazard::new(HazardName::RemoveNetwork, text)
    })
}

/// Returns whether a policy applies to an account now, by where the account is.
fn is_under(organization: &[&Observed], account: &account::Observed, policy: &str) -> bool {
    let parent_of = |id: &str| {
        organization.iter().find_map(|observed| match observed {
            Observed::Unit(unit) if unit.id == id => Some(unit.parent.as_str()),
            _ => None,
        })
    };
    let above: Vec<&str> = std::iter::successors(Some(account.parent.as_str()), |id| parent_of(id)).take(UNIT_DEPTH_MAX + 1).collect();
    organization.iter().any(|observed| match observed {
        Observed::Attachment(attachment) => {
            attachment.policy_name == policy && (above.contains(&attachment.target.as_str()) || attachment.target == account.id_text())
        }
        _ => false,
    })
}
