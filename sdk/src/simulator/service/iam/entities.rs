//! Roles and users by name, and the parameters that name them.

use crate::simulator::authorize::{Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{Iam, Role, User, World, is_reserved};

/// Longest path (docs/AWS.md 3.1).
const PATH_MAX: usize = 512;
/// Longest name of a role, user or provider part (docs/AWS.md 3.1).
pub(super) const NAME_MAX: usize = 64;
/// Longest name of a policy.
pub(super) const POLICY_NAME_MAX: usize = 128;
const DESCRIPTION_MAX: usize = 1000;

impl World {
    pub(super) fn iam(&self, call: &Call<'_>) -> Result<&Iam, Failure> {
        Ok(&self.account(call.account()?)?.iam)
    }

    pub(super) fn iam_mut(&mut self, call: &Call<'_>) -> Result<&mut Iam, Failure> {
        Ok(&mut self.account_mut(call.account()?)?.iam)
    }

    pub(super) fn role(&self, call: &Call<'_>, name: &str) -> Result<&Role, Failure> {
        self.iam(call)?.role(name).ok_or_else(|| no_role(name))
    }

    /// Returns a role for a change.
    pub(super) fn role_mut(&mut self, call: &Call<'_>, name: &str) -> Result<&mut Role, Failure> {
        let role = self.iam_mut(call)?.role_mut(name).ok_or_else(|| no_role(name))?;
        if is_reserved(&role.path) {
            let message =
                format!("Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS", role.name);
            return Err(Failure::new("UnmodifiableEntity", 400, message));
        }
        Ok(role)
    }

    pub(super) fn user(&self, call: &Call<'_>, name: &str) -> Result<&User, Failure> {
        self.iam(call)?.user(name).ok_or_else(|| no_user(name))
    }

    pub(super) fn user_mut(&mut self, call: &Call<'_>, name: &str) -> Result<&mut User, Failure> {
        self.iam_mut(call)?.user_mut(name).ok_or_else(|| no_user(name))
    }

    /// Returns the action on a role, which may not exist.
    pub(super) fn ask_about_role(&self, call: &Call<'_>, action: &'static str, name: &str) -> Result<Ask, Failure> {
        Ok(match self.iam(call)?.role(name) {
            Some(role) => Ask::new(action, role.arn.as_str()).resource_tags(&role.tags),
            None => Ask::new(action, format!("arn:aws:iam::{}:role/{name}", call.account()?)),
        })
    }

    /// Like [`World::ask_about_role`], for the actions that have the role's boundary as a condition key (docs/AWS.md 3.4).
    pub(super) fn ask_about_bounded(&self, call: &Call<'_>, action: &'static str, name: &str) -> Result<Ask, Failure> {
        let ask = self.ask_about_role(call, action, name)?;
        let role = self.iam(call)?.role(name);
        Ok(match role.and_then(|role| role.permissions.latest().boundary.as_deref()) {
            Some(boundary) => ask.with("iam:PermissionsBoundary", boundary),
            None => ask,
        })
    }

    pub(super) fn ask_about_user(&self, call: &Call<'_>, action: &'static str, name: &str) -> Result<Ask, Failure> {
        Ok(match self.iam(call)?.user(name) {
            Some(user) => Ask::new(action, user.arn.as_str()).resource_tags(&user.tags),
            None => Ask::new(action, format!("arn:aws:iam::{}:user/{name}", call.account()?)),
        })
    }
}

/// Reads a name in IAM's alphabet.
pub(super) fn read_name<'a>(params: &Params<'a>, member: &str, longest: usize) -> Result<&'a str, Failure> {
    let name = params.text(member)?;
    let ok = !name.is_empty() && name.len() <= longest && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    if ok { Ok(name) } else { Err(params.invalid(member, "Member must satisfy regular expression pattern: [\\w+=,.@-]+")) }
}

/// Reads a path; absent is `/`.
pub(super) fn read_path<'a>(params: &Params<'a>, member: &str) -> Result<&'a str, Failure> {
    let path = params.optional_text(member)?.unwrap_or("/");
    let ok = path.len() <= PATH_MAX && path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic());
    if ok { Ok(path) } else { Err(params.invalid(member, "it must begin with / and contain printable ASCII characters")) }
}

/// Reads the path of a new entity, which also ends with `/`.
pub(super) fn read_new_path<'a>(params: &Params<'a>) -> Result<&'a str, Failure> {
    let path = read_path(params, "Path")?;
    if path.ends_with('/') { Ok(path) } else { Err(params.invalid("Path", "it must begin and end with /")) }
}

pub(super) fn read_description<'a>(params: &Params<'a>) -> Result<Option<&'a str>, Failure> {
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
