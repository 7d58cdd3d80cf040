//! AWS STS: the caller's identity, and sessions of roles.

mod assume_role;
mod assume_root;
mod session;
mod web_identity;

use serde_json::json;

use super::{Operation, read};
use crate::simulator::authorize::{Answer, Call, Pass};
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::World;

/// Quotas that landfall checks as well.
#[cfg(test)]
pub(super) const QUOTAS: &[(&str, usize)] = &[("session policies", session::PACKED_MAX), ("session policy ARNs", session::POLICY_ARNS_MAX)];

/// Sessions are not resources, so none of these counts as a change.
pub(super) const OPERATIONS: &[Operation] = &[
    read("GetCallerIdentity", get_caller_identity),
    read("AssumeRole", assume_role::assume_role),
    read("AssumeRoot", assume_root::assume_root),
    read("AssumeRoleWithWebIdentity", web_identity::assume_role_with_web_identity),
];

fn get_caller_identity(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    // It needs no permission, and even an explicit deny has no effect (docs/AWS.md 2.1).
    let pass = Pass::unchecked(params)?;
    let credential = call.credential()?;
    let caller = world.caller(credential);
    Ok(pass.answer(json!({
        "UserId": world.user_id(credential),
        "Account": credential.who.account(),
        "Arn": caller.shown_arn(),
    })))
}
