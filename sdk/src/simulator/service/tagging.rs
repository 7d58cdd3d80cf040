//! Resource Groups Tagging: the index of the tags of accounts, in the Region of Organizations.
//!
//! The index belongs to the account that owns what is tagged, here the management account, and has only what has ever had a tag. Other types
//! of resources, filters by tag, and reports are not simulated. `world::TagIndex` decides how far the index is behind.

use serde_json::{Value, json};

use super::{Operation, organizations, page, read};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::stored::{Tags, show_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[read("GetResources", get_resources)];

/// The Region whose index has accounts (docs/AWS.md 10.1).
const REGION: &str = "us-east-1";
/// The only supported type of resources.
const ACCOUNTS: &str = "organizations:account";
/// Most resources on a page (Resource Groups Tagging API, `GetResources`).
const PAGE_MAX: i64 = 100;

fn get_resources(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let types = params.texts("ResourceTypeFilters")?;
    if types != [ACCOUNTS] {
        return Err(Failure::not_implemented(format_args!("GetResources for the types [{}], only for [{ACCOUNTS}]", types.join(", "))));
    }
    let Some(size) = params.optional_integer("ResourcesPerPage", 1..=PAGE_MAX)? else {
        return Err(Failure::not_implemented("GetResources without ResourcesPerPage"));
    };
    let token = params.optional_text("PaginationToken")?.filter(|token| !token.is_empty());
    let page = page::Page::after(size, token).ok_or_else(|| params.invalid("PaginationToken", "The token is not valid"))?;
    let pass = call.authorize(world, params, Ask::new("tag:GetResources", "*"))?;
    let is_owner = world.organization.as_ref().is_some_and(|organization| call.account().is_ok_and(|own| *own == organization.management));
    let found = if is_owner && call.region == REGION { indexed(world) } else { Vec::new() };
    let cut = page.cut(found);
    Ok(pass.answer(json!({ "ResourceTagMappingList": cut.items, "PaginationToken": cut.next.unwrap_or_default() })))
}

/// Returns the accounts in the index, by their ids.
fn indexed(world: &World) -> Vec<(String, Value)> {
    let Some(organization) = &world.organization else { return Vec::new() };
    let shown = |(id, tags): (&String, &Tags)| {
        let arn = organizations::arn(organization, id);
        world.member(id).map(|_| (id.clone(), json!({ "ResourceARN": arn, "Tags": show_tags(tags) })))
    };
    world.indexed_tags().filter_map(shown).collect()
}
