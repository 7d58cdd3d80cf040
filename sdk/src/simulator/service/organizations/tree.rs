//! The tree: units, and the parents of accounts.

use serde_json::{Value, json};

use super::node::{Target, enter, show_account, show_unit};
use super::page::Page;
use crate::id::AccountId;
use crate::name::{UNIT_DEPTH_MAX, UNIT_NAME_MAX};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{add_tags, read_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::{Organization, Unit, World};

/// Most units of an organization (docs/AWS.md 1.3).
const UNITS_MAX: usize = 2000;

pub(super) const OPERATIONS: &[Operation] = &[
    read("ListOrganizationalUnitsForParent", list_units),
    read("DescribeOrganizationalUnit", describe_unit),
    write("CreateOrganizationalUnit", create_unit),
    write("UpdateOrganizationalUnit", update_unit),
    write("DeleteOrganizationalUnit", delete_unit),
    read("ListAccountsForParent", list_accounts),
    read("ListParents", list_parents),
    read("ListChildren", list_children),
    write("MoveAccount", move_account),
];

fn list_units(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, parent) = (Page::read(&params)?, params.text("ParentId")?);
    let ask = world.ask_about("organizations:ListOrganizationalUnitsForParent", parent);
    let pass = enter(world, call, params, ask)?;
    let organization = world.organization()?;
    known_parent(organization, parent)?;
    let units = children(organization, parent).map(|(id, unit)| (id.clone(), show_unit(organization, id, &unit.name)));
    Ok(pass.answer(page.cut("OrganizationalUnits", units)))
}

fn describe_unit(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("OrganizationalUnitId")?;
    let ask = world.ask_about("organizations:DescribeOrganizationalUnit", id);
    let pass = enter(world, call, params, ask)?;
    let organization = world.organization()?;
    let unit = organization.units.get(id).ok_or_else(no_unit)?;
    Ok(pass.answer(json!({ "OrganizationalUnit": show_unit(organization, id, &unit.name) })))
}

fn create_unit(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (parent, name, tags) = (params.text("ParentId")?, params.text("Name")?, read_tags(&params, "Tags")?);
    let ask = world.ask_about("organizations:CreateOrganizationalUnit", parent).request_tags(&tags);
    let pass = enter(world, call, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("organizations:TagResource"))?;
    }
    let organization = world.organization()?;
    known_parent(organization, parent)?;
    check_name(organization, parent, name, None)?;
    if organization.units.len() >= UNITS_MAX {
        return Err(Failure::constraint("OU_NUMBER_LIMIT_EXCEEDED", "You have exceeded the allowed number of organizational units."));
    }
    // The ancestors of a unit at the deepest allowed level are five: its parents and the root.
    if organization.ancestors(parent).len() > UNIT_DEPTH_MAX {
        return Err(Failure::constraint("OU_DEPTH_LIMIT_EXCEEDED", "You have exceeded the maximum depth of the organization tree."));
    }
    let prefix = format!("ou-{}-", organization.root.trim_start_matches("r-"));
    let id = world.lower_id(&prefix, 8);
    let organization = world.organization_mut()?;
    organization.units.insert(id.clone(), Unit { name: name.to_owned(), parent: parent.to_owned() });
    organization.begin_target(&id);
    add_tags(call.service, organization.tags.entry(id.clone()).or_default(), tags)?;
    Ok(pass.answer(json!({ "OrganizationalUnit": show_unit(organization, &id, name) })))
}

fn update_unit(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, name) = (params.text("OrganizationalUnitId")?, params.optional_text("Name")?);
    let ask = world.ask_about("organizations:UpdateOrganizationalUnit", id);
    let pass = enter(world, call, params, ask)?;
    let organization = world.organization_mut()?;
    let unit = organization.units.get(id).ok_or_else(no_unit)?;
    let name = name.unwrap_or(&unit.name).to_owned();
    check_name(organization, &unit.parent, &name, Some(id))?;
    if let Some(unit) = organization.units.get_mut(id) {
        unit.name.clone_from(&name);
    }
    Ok(pass.answer(json!({ "OrganizationalUnit": show_unit(organization, id, &name) })))
}

fn delete_unit(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("OrganizationalUnitId")?;
    let ask = world.ask_about("organizations:DeleteOrganizationalUnit", id);
    let pass = enter(world, call, params, ask)?;
    let has_accounts = world.members().any(|account| account.parent.as_deref() == Some(id));
    let organization = world.organization_mut()?;
    if !organization.units.contains_key(id) {
        return Err(no_unit());
    }
    if has_accounts || children(organization, id).next().is_some() {
        let message = "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.";
        return Err(Failure::organizations("OrganizationalUnitNotEmptyException", message));
    }
    organization.units.remove(id);
    organization.attachments.remove(id);
    organization.tags.remove(id);
    Ok(pass.answer(json!({})))
}

fn list_accounts(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, parent) = (Page::read(&params)?, params.text("ParentId")?);
    let ask = world.ask_about("organizations:ListAccountsForParent", parent);
    let pass = enter(world, call, params, ask)?;
    let organization = world.organization()?;
    known_parent(organization, parent)?;
    let accounts = world.members().filter(|account| account.parent.as_deref() == Some(parent));
    let accounts = accounts.map(|account| (account.id.to_string(), show_account(organization, account)));
    Ok(pass.answer(page.cut("Accounts", accounts)))
}

fn list_parents(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, child) = (Page::read(&params)?, params.text("ChildId")?);
    let ask = world.ask_about("organizations:ListParents", child);
    let pass = enter(world, call, params, ask)?;
    let organization = world.organization()?;
    let parent = match world.target(child) {
        Some(Target::Unit) => organization.units.get(child).map(|unit| unit.parent.clone()),
        Some(Target::Account(account)) => account.parent.clone(),
        Some(Target::Root | Target::Policy) | None => None,
    };
    let message = "You specified a child that doesn't exist.";
    let parent = parent.ok_or_else(|| Failure::organizations("ChildNotFoundException", message))?;
    let kind = if parent == organization.root { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    let shown = json!({ "Id": parent, "Type": kind });
    Ok(pass.answer(page.cut("Parents", [(parent, shown)])))
}

fn list_children(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (page, parent, kind) = (Page::read(&params)?, params.text("ParentId")?, params.text("ChildType")?);
    let ask = world.ask_about("organizations:ListChildren", parent);
    let pass = enter(world, call, params, ask)?;
    let organization = world.organization()?;
    known_parent(organization, parent)?;
    let ids: Vec<String> = match kind {
        "ACCOUNT" => {
            world.members().filter(|account| account.parent.as_deref() == Some(parent)).map(|account| account.id.to_string()).collect()
        }
        "ORGANIZATIONAL_UNIT" => children(organization, parent).map(|(id, _)| id.clone()).collect(),
        _ => return Err(Failure::invalid_argument("INVALID_ENUM", "ChildType must be ACCOUNT or ORGANIZATIONAL_UNIT.")),
    };
    let shown = ids.into_iter().map(|id| {
        let value: Value = json!({ "Id": id, "Type": kind });
        (id, value)
    });
    Ok(pass.answer(page.cut("Children", shown)))
}

fn move_account(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (id, source) = (params.text("AccountId")?, params.text("SourceParentId")?);
    let destination = params.text("DestinationParentId")?;
    let asks = [id, source, destination].map(|about| world.ask_about("organizations:MoveAccount", about));
    let [about_account, about_source, about_destination]: [Ask; 3] = asks;
    let pass = enter(world, call, params, about_account)?;
    call.may(world, about_source)?;
    call.may(world, about_destination)?;
    let missing = |code: &'static str, message: &str| Failure::organizations(code, message);
    let account = world.member(id).ok_or_else(no_account)?;
    let organization = world.organization()?;
    let is_parent = |node: &str| node == organization.root || organization.units.contains_key(node);
    if !is_parent(destination) {
        let message = "We can't find the destination container (a root or OU) with the ParentId that you specified.";
        return Err(missing("DestinationParentNotFoundException", message));
    }
    let parent = account.parent.as_deref();
    if parent != Some(source) {
        if parent == Some(destination) && is_parent(source) {
            return Err(missing("DuplicateAccountException", "That account is already present in the specified destination."));
        }
        return Err(missing("SourceParentNotFoundException", "We can't find a source root or OU with the ParentId that you specified."));
    }
    if source == destination {
        return Err(missing("DuplicateAccountException", "That account is already present in the specified destination."));
    }
    let id: AccountId = account.id.clone();
    world.account_mut(&id)?.parent = Some(destination.to_owned());
    Ok(pass.answer(json!({})))
}

fn children<'a>(organization: &'a Organization, parent: &'a str) -> impl Iterator<Item = (&'a String, &'a Unit)> {
    organization.units.iter().filter(move |(_, unit)| unit.parent == parent)
}

fn known_parent(organization: &Organization, parent: &str) -> Result<(), Failure> {
    if parent == organization.root || organization.units.contains_key(parent) {
        return Ok(());
    }
    Err(Failure::organizations("ParentNotFoundException", "We can't find a root or OU with the ParentId that you specified."))
}

fn check_name(organization: &Organization, parent: &str, name: &str, own: Option<&str>) -> Result<(), Failure> {
    if name.is_empty() || name.chars().count() > UNIT_NAME_MAX {
        let message = format!("The name must have 1 to {UNIT_NAME_MAX} characters.");
        return Err(Failure::invalid_argument("MAX_LENGTH_EXCEEDED", message));
    }
    // Names that look like scripts are refused (docs/AWS.md 1.2).
    if name.contains(['<', '>']) {
        return Err(Failure::invalid_argument("INVALID_PATTERN", "You provided a value that doesn't match the required pattern."));
    }
    if children(organization, parent).any(|(id, unit)| unit.name == name && own != Some(id)) {
        let message = "An OU with the same name already exists.";
        return Err(Failure::organizations("DuplicateOrganizationalUnitException", message));
    }
    Ok(())
}

fn no_unit() -> Failure {
    let message = "We can't find an OU with the OrganizationalUnitId that you specified.";
    Failure::organizations("OrganizationalUnitNotFoundException", message)
}

pub(super) fn no_account() -> Failure {
    let message = "You specified an account that doesn't exist.";
    Failure::organizations("AccountNotFoundException", message)
}
