//! AWS Organizations.
//!
//! Everything but `DescribeOrganization` is for the management account. Delegated administrators, invitations and policy
//! types other than service control policies are not simulated.

mod accounts;
mod organization;
mod page;
mod policies;
mod tags;
mod tree;

use serde_json::json;

use super::Operation;
use crate::id::AccountId;
use crate::simulator::authorize::{Ask, Call, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{Account, AccountState, Organization, World};

pub(super) const OPERATIONS: &[&[Operation]] =
    &[organization::OPERATIONS, tree::OPERATIONS, accounts::OPERATIONS, tags::OPERATIONS, policies::OPERATIONS];

/// Asks for permission, and then for being the management account of an organization.
fn enter(world: &World, call: &Call<'_>, params: Params<'_>, ask: Ask) -> Result<Pass, Failure> {
    let pass = call.authorize(world, params, ask)?;
    let organization = world.organization()?;
    let account = call.account()?;
    if *account == organization.management {
        return Ok(pass);
    }
    if world.account(account)?.parent.is_none() {
        return Err(Failure::organizations("AWSOrganizationsNotInUseException", "Your account is not a member of an organization."));
    }
    Err(Failure::organizations("AccessDeniedException", "You don't have permissions to access this resource."))
}

/// What an id of Organizations names.
enum Target<'a> {
    Root,
    Unit,
    Account(&'a Account),
    Policy,
}

impl World {
    fn target(&self, id: &str) -> Option<Target<'_>> {
        let organization = self.organization.as_ref()?;
        if organization.root == id {
            return Some(Target::Root);
        }
        if organization.units.contains_key(id) {
            return Some(Target::Unit);
        }
        if organization.policies.contains_key(id) {
            return Some(Target::Policy);
        }
        self.member(id).map(Target::Account)
    }

    fn member(&self, id: &str) -> Option<&Account> {
        let id: AccountId = id.parse().ok()?;
        self.accounts.get(&id).filter(|account| account.parent.is_some())
    }

    /// Returns a permission to ask for, about a root, unit, account or policy.
    fn ask_about(&self, action: &'static str, id: &str) -> Ask {
        let Some(organization) = &self.organization else { return Ask::new(action, "*") };
        let ask = Ask::new(action, arn(organization, id));
        match organization.tags.get(id) {
            Some(tags) => ask.resource_tags(tags),
            None => ask,
        }
    }
}

/// Returns the ARN of a root, unit, account or policy.
fn arn(organization: &Organization, id: &str) -> String {
    let management = &organization.management;
    let (kind, middle) = match id.split_once('-') {
        Some(("r", _)) => ("root", ""),
        Some(("ou", _)) => ("ou", ""),
        Some(("p", _)) => ("policy", "/service_control_policy"),
        _ => ("account", ""),
    };
    if organization.policies.get(id).is_some_and(|policy| policy.aws_managed) {
        return format!("arn:aws:organizations::aws:policy/service_control_policy/{id}");
    }
    let own = &organization.id;
    match middle {
        "" => format!("arn:aws:organizations::{management}:{kind}/{own}/{id}"),
        middle => format!("arn:aws:organizations::{management}:{kind}/{own}{middle}/{id}"),
    }
}

fn show_account(organization: &Organization, account: &Account) -> serde_json::Value {
    // `Status` is the older of the two and knows no closed accounts (docs/AWS.md 1.6).
    let (state, status) = match account.state {
        AccountState::Active => ("ACTIVE", "ACTIVE"),
        AccountState::PendingClosure { .. } => ("PENDING_CLOSURE", "PENDING_CLOSURE"),
        AccountState::Closed => ("CLOSED", "SUSPENDED"),
    };
    let parent = account.parent.as_deref().unwrap_or(&organization.root);
    json!({
        "Id": account.id,
        "Arn": arn(organization, account.id.as_str()),
        "Email": account.email,
        "Name": account.name,
        "State": state,
        "Status": status,
        "JoinedMethod": if account.is_management() { "INVITED" } else { "CREATED" },
        "JoinedTimestamp": account.joined.epoch_seconds(),
        "Paths": [format!("{}{}/", organization.path(parent), account.id)],
    })
}

fn show_unit(organization: &Organization, id: &str, name: &str) -> serde_json::Value {
    json!({ "Id": id, "Arn": arn(organization, id), "Name": name, "Path": organization.path(id) })
}
