//! Service-linked roles that a caller asks for. Their permissions are AWS's own and are not simulated: no service acts as one here.

use serde_json::json;

use super::roles::show_made;
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, write};
use crate::simulator::stored::own_document;
use crate::simulator::wire::Params;
use crate::simulator::world::{Role, World};

pub(super) const OPERATIONS: &[Operation] = &[write("CreateServiceLinkedRole", create)];

/// Principals and their roles (docs/AWS.md 3.6).
const ROLES: [(&str, &str); 4] = [
    ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling"),
    ("ecs.amazonaws.com", "AWSServiceRoleForECS"),
    ("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"),
    ("rds.amazonaws.com", "AWSServiceRoleForRDS"),
];

fn create(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let principal = params.text("AWSServiceName")?;
    let Some((_, name)) = ROLES.iter().find(|(known, _)| *known == principal) else {
        return Err(Failure::not_implemented(format_args!("a service-linked role of {principal}")));
    };
    let (account, path) = (call.account()?.clone(), format!("/aws-service-role/{principal}/"));
    let ask = Ask::new("iam:CreateServiceLinkedRole", format!("arn:aws:iam::{account}:role{path}{name}"));
    let pass = call.authorize(world, params, ask.with("iam:AWSServiceName", principal))?;
    if world.iam(call)?.role(name).is_some() {
        let message = format!("Service role name {name} has been taken in this account, please try a different suffix.");
        return Err(Failure::invalid_input(message));
    }
    let trust = own_document(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
    ));
    let role = Role::new(&account, &path, name, world.unique_id("AROA"), trust, call.now);
    let shown = show_made(&role);
    world.iam_mut(call)?.insert_role(role);
    Ok(pass.answer(json!({ "Role": shown })))
}
