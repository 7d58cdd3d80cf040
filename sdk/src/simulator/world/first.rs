//! The first principals of every world: the management account and its administrator.

/// The management account of every simulated organization.
pub(crate) const MANAGEMENT: &str = "111111111111";
/// The administrator, a permission set of IAM Identity Center.
pub(crate) const ADMINISTRATOR_ROLE: &str = "AWSReservedSSO_AdministratorAccess_0123456789abcdef";
/// The path of roles that IAM Identity Center creates in eu-west-1.
pub(crate) const ADMINISTRATOR_PATH: &str = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
pub(crate) const ADMINISTRATOR_SESSION: &str = "admin";
pub(crate) const ADMINISTRATOR_KEY: &str = "ASIASIMULATEDADMIN00";
pub(crate) const ADMINISTRATOR_TOKEN: &str = "token-of-the-simulated-administrator";
/// The secret of every simulated key; no signature is ever checked.
pub(crate) const SECRET: &str = "simulated/secret/that/opens/nothing00000";
