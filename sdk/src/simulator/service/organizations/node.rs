//! The entities of Organizations by id, and how they are shown.

use serde_json::json;

use crate::id::AccountId;
use crate::simulator::authorize::{Ask, Call, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{Account, AccountState, Organization, World};

/// Authorizes the call, and then checks that the caller is in the management account of an organization.
pub(super) fn enter(world: &World, call: &Call<'_>, params: Params<'_>, ask: Ask) -> Result<Pass, Failure> {
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

/// An entity of Organizations, named by its id.
pub(super) enum Target<'a> {
    Root,
    Unit,
    Account(&'a Account),
    Policy,
}

impl World {
    pub(super) fn target(&self, id: &str) -> Option<Target<'_>> {
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

    pub(in crate::simulator::service) fn member(&self, id: &str) -> Option<&Account> {
        let id: AccountId = id.parse().ok()?;
        self.accounts.get(&id).filter(|account| account.parent.is_some())
    }

    /// Returns the action on a root, unit, account or policy.
    pub(super) fn ask_about(&self, action: &'static str, id: &str) -> Ask {
        let Some(organization) = &self.organization else { return Ask::new(action, "*") };
        let ask = Ask::new(action, arn(organization, id));
        match organization.tags.get(id) {
            Some(tags) => ask.resource_tags(tags),
            None => ask,
        }
    }
}

/// Returns the ARN of a root, unit, account or policy.
pub(in crate::simulator::service) fn arn(organization: &Organization, id: &str) -> String {
    let management = &organization.management;
    let kind = match id.split_once('-') {
        Some(("r", _)) => "root",
        Some(("ou", _)) => "ou",
        Some(("p", _)) => "policy",
        _ => "account",
    };
    let own = &organization.id;
    match organization.policies.get(id) {
        Some(policy) if policy.aws_managed => format!("arn:aws:organizations::aws:policy/{}/{id}", policy.policy_type.to_lowercase()),
        Some(policy) => format!("arn:aws:organizations::{management}:policy/{own}/{}/{id}", policy.policy_type.to_lowercase()),
        None => format!("arn:aws:organizations::{management}:{kind}/{own}/{id}"),
    }
}

pub(super) fn show_account(organization: &Organization, account: &Account) -> serde_json::Value {
    // `Status` is the older of the two and has no value for closed accounts (docs/AWS.md 1.6).
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

pub(super) fn show_unit(organization: &Organization, id: &str, name: &str) -> serde_json::Value {
    json!({ "Id": id, "Arn": arn(organization, id), "Name": name, "Path": organization.path(id) })
}
