//! People in the management account, each with a permission set of IAM Identity Center.

use super::{ADMINISTRATOR_ROLE, ADMINISTRATOR_SESSION, MANAGEMENT, Role, Who, World};
use crate::name::literal;

impl World {
    /// Returns a person with this permission set in the management account, where it allows everything, like the administrator's;
    /// its role is created if it does not exist.
    pub(crate) fn with_permission_set(&mut self, set: &str) -> Option<Who> {
        let name = ADMINISTRATOR_ROLE.replace("AdministratorAccess", set);
        let management = literal(MANAGEMENT);
        if self.accounts.get(&management)?.iam.role(&name).is_none() {
            let id = self.unique_id("AROA");
            let iam = &mut self.accounts.get_mut(&management)?.iam;
            let like = iam.role(ADMINISTRATOR_ROLE)?.clone();
            iam.insert_role(Role { arn: like.arn.replace(ADMINISTRATOR_ROLE, &name), name: name.clone(), id, ..like });
        }
        let role_id = self.accounts.get(&management)?.iam.role(&name)?.id.clone();
        Some(Who::Role { account: management, name, role_id, session: ADMINISTRATOR_SESSION.to_owned() })
    }
}
