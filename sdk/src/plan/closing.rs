//! Existing accounts that come under a policy against public access, or against access from other organizations: what is open in them
//! is closed, whoever made it. And existing accounts
//! whose default VPC is removed.
//!
//! landfall does not look into their buckets, keys and images, so this is said of every account that may have some: not of those that AWS
//! made a short time ago, since a run that was killed must go on by itself.

use super::Input;
use crate::address::{Address, Scope};
use crate::desired::baseline::{DATA_PERIMETER, EC2_SHARING, S3_PERIMETER, S3_PUBLIC_ACCESS};
use crate::id::AccountId;
use crate::kind::ec2::default_vpc::DefaultVpc;
use crate::kind::organizations::account;
use crate::kind::organizations::attachment::Attachment;
use crate::kind::setting::Present;
use crate::kind::{Hazard, HazardName, Kind, Observed};
use crate::model::{SubnetKind, VpcBlock, VpcBlockMode};
use crate::name::{AccountKey, UNIT_DEPTH_MAX};
use crate::ours::GUARDRAIL_PREFIX;

/// Returns the hazard of making an attachment, if its guardrail closes something and existing accounts come under it.
pub(super) fn hazard(input: &Input<'_>, attachment: &Address) -> Option<Hazard> {
    if attachment.kind() != Attachment::NAME {
        return None;
    }
    let attached = input.links.attached(attachment)?;
    let closes: Closes = match attached.guardrail.name() {
        S3_PUBLIC_ACCESS => |_, names, first| (HazardName::ClosePublicAccess, closed("S3 buckets", names, "public_buckets", first)),
        EC2_SHARING => |_, names, first| (HazardName::ClosePublicAccess, closed("AMIs and EBS snapshots", names, "public_images", first)),
        S3_PERIMETER => |_, names, first| {
            let text = format!(
                "S3 buckets in {} that other organizations, or anyone by plain HTTP, may use now are closed to them; {}",
                listed(names),
                leave_out("public_buckets", first)
            );
            (HazardName::CloseForeignAccess, text)
        },
        DATA_PERIMETER => |input, names, _| (HazardName::CloseForeignAccess, perimeter(input, names)),
        name if VpcBlock::is_policy(name) => |input, names, first| (HazardName::ClosePublicAccess, cut_off(input, names, first)),
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
    let first = accounts.first()?;
    let (name, text) = closes(input, &accounts, first);
    Some(Hazard::new(name, text))
}

/// What closing something does to accounts, by their names and the first of them.
type Closes = fn(&Input<'_>, &[&str], &str) -> (HazardName, String);

fn closed(what: &str, names: &[&str], key: &str, first: &str) -> String {
    format!("{what} in {} that everyone may read now are closed to them; {}", listed(names), leave_out(key, first))
}

/// Returns what VPC block public access cuts off; landfall looks at its own networks only, and the accounts may have others.
fn cut_off(input: &Input<'_>, names: &[&str], first: &str) -> String {
    let account = |name: &str| input.organization.accounts.get(&name.parse::<AccountKey>().ok()?);
    let mode = account(first).and_then(|account| account.baseline.vpc_block.as_ref()).map(|block| block.mode);
    let public: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| {
            account(name).and_then(|account| account.network.as_ref()).is_some_and(|network| network.subnets.contains(&SubnetKind::Public))
        })
        .collect();
    let own = if public.is_empty() { String::new() } else { format!(", also the public subnets of {}", public.join(", ")) };
    let what = match mode {
        Some(VpcBlockMode::Bidirectional) => "lose the internet in both directions, NAT gateways included",
        Some(VpcBlockMode::Ingress) | None => {
            "are no longer reached from the internet, load balancers included; NAT gateways go on working"
        }
    };
    format!(
        "VPCs of every Region in {} {what}{own}; to leave an account out, write `vpc_block_public_access = \"off\"` in \
         `[accounts.{first}.baseline]`",
        listed(names)
    )
}

fn leave_out(key: &str, first: &str) -> String {
    format!("to leave an account out, write `{key} = true` in `[accounts.{first}.baseline]`")
}

fn listed(names: &[&str]) -> String {
    format!("{} {}", if names.len() == 1 { "account" } else { "accounts" }, names.join(", "))
}

/// Returns what the data perimeter closes, and the roles that trust accounts outside it: those accounts may have access in their own
/// name as well, which landfall does not read.
fn perimeter(input: &Input<'_>, names: &[&str]) -> String {
    let mut roles = Vec::new();
    for key in names.iter().filter_map(|name| name.parse::<AccountKey>().ok()) {
        for observed in input.observation.of(&Scope::Account(key.clone())) {
            let Observed::IamRole(role) = observed else { continue };
            let foreign: Vec<&str> =
                role.exposed.accounts.iter().filter(|account| is_foreign(input, account)).map(AccountId::as_str).collect();
            if !foreign.is_empty() {
                roles.push(format!("account/{key}/role{}{} ({})", role.path, role.name, foreign.join(", ")));
            }
        }
    }
    roles.sort();
    let known = if roles.is_empty() {
        String::new()
    } else {
        format!(
            ". Accounts of others that roles there trust may still assume these roles, and are refused where they come in their own name: {}",
            roles.join(", ")
        )
    };
    format!(
        "what S3, SQS, KMS and Secrets Manager keep in {} is closed to other organizations and to plain HTTP, whatever its own policies \
         allow{known}. To let an account in, add its id to `trusted_accounts` in `[security]`",
        listed(names)
    )
}

/// Returns whether an account is neither of the organization nor trusted.
fn is_foreign(input: &Input<'_>, account: &AccountId) -> bool {
    let is_own = |observed: &Observed| matches!(observed, Observed::Account(own) if own.id.as_ref() == Some(account));
    !input.organization.security.trusted_accounts.contains(account)
        && input.observation.management != *account
        && !input.observation.of(&Scope::Organization).any(is_own)
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
