//! Who calls, in the words of the manifest: an ARN as STS prints it is long, and the part that tells is in its middle.

/// How IAM Identity Center names the roles that it makes of permission sets.
const PERMISSION_SET: &str = "AWSReservedSSO_";
/// And what it puts behind the permission set's name: `_` and 16 hexadecimal digits.
const SUFFIX: usize = 17;

/// Returns a caller as people say it: `sso:AdministratorAccess/ada`, `role/ci in 222200000001`, `user/ada`.
pub(crate) fn word(arn: &str) -> String {
    let mut parts = arn.splitn(6, ':').skip(4);
    let (Some(account), Some(resource)) = (parts.next(), parts.next()) else { return arn.to_owned() };
    let Some((role, session)) = resource.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/')) else {
        return if resource == "root" { format!("the root user of {account}") } else { resource.to_owned() };
    };
    match permission_set(role) {
        Some(set) => format!("sso:{set}/{session}"),
        None => format!("role/{role} in {account}"),
    }
}

/// Returns what a caller's own session or user is called; `None` if AWS would not take it for another session's name.
pub(crate) fn session_name(arn: &str) -> Option<&str> {
    /// What AWS takes (docs/AWS.md 2.1).
    const LENGTH: std::ops::RangeInclusive<usize> = 2..=64;
    let name = arn.rsplit('/').next()?;
    let is_good = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    (arn.contains('/') && LENGTH.contains(&name.len()) && is_good).then_some(name)
}

/// Returns the permission set that a role was made for, if it was.
fn permission_set(role: &str) -> Option<&str> {
    let rest = role.strip_prefix(PERMISSION_SET)?;
    let (set, suffix) = rest.split_at_checked(rest.len().checked_sub(SUFFIX)?)?;
    (suffix.starts_with('_') && !set.is_empty()).then_some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_called_as_its_caller() {
        for (arn, expected) in [
            ("arn:aws:sts::111111111111:assumed-role/Admin/ada@acme.example", Some("ada@acme.example")),
            ("arn:aws:iam::111111111111:user/people/ada", Some("ada")),
            ("arn:aws:iam::111111111111:root", None),
            ("arn:aws:iam::111111111111:user/a", None),
            ("", None),
        ] {
            assert_eq!(session_name(arn), expected);
        }
    }

    #[test]
    fn callers_are_said_in_the_manifests_words() {
        for (arn, expected) in [
            (
                "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/ada",
                "sso:AdministratorAccess/ada",
            ),
            ("arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Ops_2_0123456789abcdef/a@b", "sso:Ops_2/a@b"),
            ("arn:aws:sts::222200000001:assumed-role/ci/build-7", "role/ci in 222200000001"),
            ("arn:aws:sts::222200000001:assumed-role/AWSReservedSSO_é/x", "role/AWSReservedSSO_é in 222200000001"),
            ("arn:aws:iam::111111111111:user/people/ada", "user/people/ada"),
            ("arn:aws:iam::111111111111:root", "the root user of 111111111111"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(word(arn), expected);
        }
    }
}
