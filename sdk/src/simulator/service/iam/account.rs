//! What IAM says of the account as a whole.

use serde_json::{Value, json};

use super::page::Page;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read};
use crate::simulator::wire::Params;
use crate::simulator::world::World;

pub(super) const OPERATIONS: &[Operation] = &[read("GetAccountSummary", get_summary), read("ListAccountAliases", list_aliases)];

fn get_summary(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let pass = call.authorize(world, params, Ask::new("iam:GetAccountSummary", "*"))?;
    let iam = world.iam(call)?;
    let devices = iam.users.values().filter(|user| user.device.is_some()).count();
    let counts = [
        ("Users", iam.users.len()),
        ("Roles", iam.roles.len()),
        ("Policies", iam.policies.len()),
        ("Providers", iam.providers.len()),
        ("MFADevices", devices),
        ("MFADevicesInUse", devices),
        ("Groups", 0),
        ("AccountMFAEnabled", 0),
        ("AccountAccessKeysPresent", 0),
    ];
    let entries: Value = counts.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    Ok(pass.answer(json!({ "SummaryMap": { "entry": entries } })))
}

fn list_aliases(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let page = Page::read(&params)?;
    let pass = call.authorize(world, params, Ask::new("iam:ListAccountAliases", "*"))?;
    // There is no way to make one.
    Ok(pass.answer(page.cut("AccountAliases", [])))
}
