//! AWS IAM, of the account that calls.
//!
//! Reads show a write at once; what it allows or denies arrives later (see `propagated`). Groups, instance profiles, passwords
//! of users and SAML are not simulated; users only as far as tests want somebody to be refused.

mod account;
mod document;
mod managed;
mod page;
mod permissions;
mod policies;
mod providers;
mod roles;
mod root_access;
mod users;
mod versions;

pub(super) use document::unknown_principal;
pub(crate) use managed::{ADMINISTRATOR_ACCESS, managed_document};

use super::Operation;
use crate::simulator::authorize::{Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{Iam, Role, User, World, is_reserved};

/// Longest path (docs/AWS.md 3.1).
const PATH_MAX: usize = 512;
/// Longest name of a role, user or provider part (docs/AWS.md 3.1).
const NAME_MAX: usize = 64;
/// Longest name of a policy.
const POLICY_NAME_MAX: usize = 128;
const DESCRIPTION_MAX: usize = 1000;

pub(super) const OPERATIONS: &[&[Operation]] = &[
    roles::OPERATIONS,
    permissions::OPERATIONS,
    policies::OPERATIONS,
    versions::OPERATIONS,
    providers::OPERATIONS,
    users::OPERATIONS,
    root_access::OPERATIONS,
    account::OPERATIONS,
];

impl World {
    fn iam(&self, call: &Call<'_>) -> Result<&Iam, Failure> {
        Ok(&self.account(call.account()?)?.iam)
    }

    fn iam_mut(&mut self, call: &Call<'_>) -> Result<&mut Iam, Failure> {
        Ok(&mut self.account_mut(call.account()?)?.iam)
    }

    fn role(&self, call: &Call<'_>, name: &str) -> Result<&Role, Failure> {
        self.iam(call)?.role(name).ok_or_else(|| no_role(name))
    }

    /// Returns a role that may be changed.
    fn role_mut(&mut self, call: &Call<'_>, name: &str) -> Result<&mut Role, Failure> {
        let role = self.iam_mut(call)?.role_mut(name).ok_or_else(|| no_role(name))?;
        if is_reserved(&role.path) {
            let message =
                format!("Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS", role.name);
            return Err(Failure::new("UnmodifiableEntity", 400, message));
        }
        Ok(role)
    }

    fn user(&self, call: &Call<'_>, name: &str) -> Result<&User, Failure> {
        self.iam(call)?.user(name).ok_or_else(|| no_user(name))
    }

    fn user_mut(&mut self, call: &Call<'_>, name: &str) -> Result<&mut User, Failure> {
        self.iam_mut(call)?.user_mut(name).ok_or_else(|| no_user(name))
    }

    /// Returns a permission to ask for, about a role that may not exist.
    fn ask_about_role(&self, call: &Call<'_>, action: &'static str, name: &str) -> Result<Ask, Failure> {
        Ok(match self.iam(call)?.role(name) {
            Some(role) => Ask::new(action, role.arn.as_str()).resource_tags(&role.tags),
            None => Ask::new(action, format!("arn:aws:iam::{}:role/{name}", call.account()?)),
        })
    }

    /// Like [`World::ask_about_role`], for the actions that look at the role's boundary (docs/AWS.md 3.4).
    fn ask_about_bounded(&self, call: &Call<'_>, action: &'static str, name: &str) -> Result<Ask, Failure> {
        let ask = self.ask_about_role(call, action, name)?;
        let role = self.iam(call)?.role(name);
        Ok(match role.and_then(|role| role.permissions.latest().boundary.as_deref()) {
            Some(boundary) => ask.with("iam:PermissionsBoundary", boundary),
            None => ask,
        })
    }

    fn ask_about_user(&self, call: &Call<'_>, action: &'static str, name: &str) -> Result<Ask, Failure> {
        Ok(match self.iam(call)?.user(name) {
            Some(user) => Ask::new(action, user.arn.as_str()).resource_tags(&user.tags),
            None => Ask::new(action, format!("arn:aws:iam::{}:user/{name}", call.account()?)),
        })
    }
}

/// Reads a name in IAM's alphabet.
fn read_name<'a>(params: &Params<'a>, member: &str, longest: usize) -> Result<&'a str, Failure> {
    let name = params.text(member)?;
    let ok = !name.is_empty() && name.len() <= longest && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    if ok { Ok(name) } else { Err(params.invalid(member, "Member must satisfy regular expression pattern: [\\w+=,.@-]+")) }
}

/// Reads a path; absent is `/`.
fn read_path<'a>(params: &Params<'a>, member: &str) -> Result<&'a str, Failure> {
    let path = params.optional_text(member)?.unwrap_or("/");
    let ok = path.len() <= PATH_MAX && path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic());
    if ok { Ok(path) } else { Err(params.invalid(member, "it must begin with / and contain printable ASCII characters")) }
}

/// Reads the path of something new, which also ends with `/`.
fn read_new_path<'a>(params: &Params<'a>) -> Result<&'a str, Failure> {
    let path = read_path(params, "Path")?;
    if path.ends_with('/') { Ok(path) } else { Err(params.invalid("Path", "it must begin and end with /")) }
}

fn read_description<'a>(params: &Params<'a>) -> Result<Option<&'a str>, Failure> {
    let description = params.optional_text("Description")?;
    if description.is_some_and(|text| text.chars().count() > DESCRIPTION_MAX) {
        return Err(params.invalid("Description", "Member must have length less than or equal to 1000"));
    }
    Ok(description)
}

fn no_role(name: &str) -> Failure {
    Failure::no_such_entity(format!("The role with name {name} cannot be found."))
}

fn no_user(name: &str) -> Failure {
    Failure::no_such_entity(format!("The user with name {name} cannot be found."))
}
