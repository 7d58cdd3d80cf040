//! Users, as far as tests try to create one.

use serde_json::{Value, json};

use super::entities::{NAME_MAX, read_name, read_new_path};
use super::permissions::{known_boundary, show_boundary};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::stored::{read_tags, show_tags};
use crate::simulator::wire::Params;
use crate::simulator::world::{Credential, SECRET, User, Who, World};

/// Most access keys of a user (IAM quotas).
const KEYS_MAX: usize = 2;

pub(super) const OPERATIONS: &[Operation] =
    &[write("CreateUser", create_user), read("GetUser", get_user), write("CreateAccessKey", create_access_key)];

fn create_user(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let (name, path) = (read_name(&params, "UserName", NAME_MAX)?, read_new_path(&params)?);
    let boundary = params.optional_text("PermissionsBoundary")?;
    let tags = read_tags(&params, "Tags")?;
    let account = call.account()?.clone();
    let mut ask = Ask::new("iam:CreateUser", format!("arn:aws:iam::{account}:user{path}{name}")).request_tags(&tags);
    if let Some(boundary) = boundary {
        ask = ask.with("iam:PermissionsBoundary", boundary);
    }
    let pass = call.authorize(world, params, ask.clone())?;
    if !tags.is_empty() {
        call.may(world, ask.but("iam:TagUser"))?;
    }
    if let Some(boundary) = boundary {
        known_boundary(world, call, boundary)?;
    }
    if world.iam(call)?.user(name).is_some() {
        return Err(Failure::already_exists(format!("User with name {name} already exists.")));
    }
    let id = world.unique_id("AIDA");
    let mut user = User::new(&account, path, name, id, call.now);
    user.tags = tags;
    user.permissions.change(call.now, std::time::Duration::ZERO, |permissions| permissions.boundary = boundary.map(str::to_owned));
    let shown = show_user(&user);
    world.iam_mut(call)?.insert_user(user);
    Ok(pass.answer(json!({ "User": shown })))
}

fn get_user(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = match (params.optional_text("UserName")?, &call.credential()?.who) {
        (Some(_), _) => read_name(&params, "UserName", NAME_MAX)?.to_owned(),
        (None, Who::User { name, .. }) => name.clone(),
        (None, Who::Root { .. } | Who::Role { .. }) => {
            return Err(Failure::validation("Must specify userName when calling with non-User credentials"));
        }
    };
    let ask = world.ask_about_user(call, "iam:GetUser", &name)?;
    let pass = call.authorize(world, params, ask)?;
    let shown = show_user(world.user(call, &name)?);
    Ok(pass.answer(json!({ "User": shown })))
}

fn create_access_key(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let name = read_name(&params, "UserName", NAME_MAX)?;
    let ask = world.ask_about_user(call, "iam:CreateAccessKey", name)?;
    let pass = call.authorize(world, params, ask)?;
    let name = world.user(call, name)?.name.clone();
    let who = Who::User { account: call.account()?.clone(), name: name.clone() };
    if world.credentials.values().filter(|credential| credential.who == who).count() >= KEYS_MAX {
        return Err(Failure::limit_exceeded(format!("Cannot exceed quota for AccessKeysPerUser: {KEYS_MAX}")));
    }
    let key = world.keep_credential(call.now, "AKIA", Credential::lasting(who, call.now));
    let made = call.now.iso();
    Ok(pass.answer(json!({
        "AccessKey": { "UserName": name, "AccessKeyId": key, "Status": "Active", "SecretAccessKey": SECRET, "CreateDate": made },
    })))
}

fn show_user(user: &User) -> Value {
    let mut shown = json!({
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": user.made.iso(),
        "PermissionsBoundary": show_boundary(user.permissions.latest()),
    });
    if !user.tags.is_empty() {
        shown["Tags"] = show_tags(&user.tags);
    }
    shown
}
