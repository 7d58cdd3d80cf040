//! Who may assume the access roles: by default everyone in the management account; narrowed, only the administrators.

use super::*;
use crate::kind::iam::access_role;

const PLAIN: &str = r#"
schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1"]
[environments.dev]
tier = "development"
[accounts.tooling]
unit = "Infrastructure"
[access]
"#;

fn narrowed(state: &DesiredState) -> Vec<&access_role::Desired> {
    let roles = state.wanted.iter().filter_map(|wanted| match &wanted.thing {
        Desired::AccessRole(role) => Some(role),
        _ => None,
    });
    roles.collect()
}

fn noticed(state: &DesiredState, text: &str) -> bool {
    state.notices.iter().any(|notice| notice.text.contains(text))
}

#[test]
fn a_second_way_to_get_access_is_needed() {
    for (access, expect) in [
        ("", false),
        (r#"administrators = ["sso:Admins"]"#, false),
        (r#"administrators = ["sso:Admins", "sso:Others"]"#, false),
        (
            r#"administrators = ["sso:Admins", "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admins_0123456789abcdef"]"#,
            false,
        ),
        (r#"administrators = ["account/management/role/ci", "arn:aws:iam::111111111111:role/other"]"#, false),
        (r#"administrators = ["sso:Admins", "account/management/role/ci"]"#, true),
        (r#"administrators = ["sso:Admins", "arn:aws:iam::111111111111:user/ada"]"#, true),
        ("administrators = [\"sso:Admins\"]\nbreak_glass = [\"arn:aws:iam::111111111111:user/ada\"]", true),
        ("break_glass = [\"arn:aws:iam::111111111111:user/ada\"]", false),
    ] {
        let state = desired(&organization_of(&format!("{PLAIN}{access}")));
        assert_eq!(narrowed(&state).len(), if expect { 3 } else { 0 }, "{access}");
        // With administrators the notice comes from the plan, since it depends on the current roles.
        assert_eq!(noticed(&state, "past every guardrail"), !access.starts_with("administrators"), "{access}: {:?}", state.notices);
    }
}

#[test]
fn only_roles_of_accounts_that_landfall_created_are_narrowed() {
    let access = "administrators = [\"sso:Admins\", \"account/management/role/ci\"]\n[accounts.dev]\n";
    for (section, left) in
        [("id = \"222200000002\"", true), ("access_role = \"AWSControlTowerExecution\"", true), ("access_role = \"Entrance\"", false)]
    {
        let state = desired(&organization_of(&format!("{PLAIN}{access}{section}")));
        assert_eq!(noticed(&state, "of account/dev is left as it is"), left, "{section}: {:?}", state.notices);
        assert_eq!(narrowed(&state).len(), if left { 2 } else { 3 }, "{section}");
    }
}

#[test]
fn the_access_role_trusts_whom_provisioner_trusts() {
    let state = state();
    let roles = narrowed(&state);
    assert_eq!(roles.len(), 4);
    for wanted in &state.wanted {
        let Desired::AccessRole(access) = &wanted.thing else { continue };
        let key = wanted.address.scope().account().expect("in an account");
        let provisioner = role(&state, &format!("{key}/iam-role/provisioner"));
        assert_eq!(access.trust, provisioner.trust, "{key}");
        document(&access.trust).check_trust().expect("a trust policy");
    }
}

#[test]
fn a_permission_set_may_be_of_another_account() {
    let manifest = MANIFEST.replace(r#"operators = ["sso:PowerUserAccess"]"#, r#"operators = ["sso:Engineers@tooling"]"#);
    let state = state_of(&manifest);
    let trust = document(&role(&state, "dev/iam-role/deployer").trust);
    let everything = managed("x/AdministratorAccess");
    for (account, path, expect) in [(TOOLING, "", true), (TOOLING, "eu-west-1/", true), (MANAGEMENT, "", false), (DEV, "", false)] {
        let arn = format!("arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/{path}AWSReservedSSO_Engineers_0123456789abcdef");
        let request = Request::new(Caller::role(&arn, "ada"), "sts:AssumeRole", format!("arn:aws:iam::{DEV}:role/landfall/deployer"));
        let policies = Policies {
            identity: vec![&everything],
            resource: Some(&trust),
            resource_rule: ResourceRule::MustAllow,
            resource_account: DEV,
            ..Policies::default()
        };
        assert_eq!(evaluate(&request, &policies).is_allowed(), expect, "{arn}");
    }
}

#[test]
fn a_notice_names_a_job_function_that_may_assume_no_role() {
    for (set, expect) in [("SecurityAudit", true), ("ViewOnlyAccess", true), ("ReadOnlyAccess", true), ("Auditors", false)] {
        let state = desired(&organization_of(&format!("{PLAIN}auditors = [\"sso:{set}\"]")));
        assert_eq!(noticed(&state, "may assume no role"), expect, "{set}");
    }
}

/// Adopted accounts are named by their ids, so that a role with the same name elsewhere is not exempt; the names in accounts that
/// landfall creates, and the default, are exempt everywhere.
#[test]
fn an_access_role_of_an_adopted_account_is_exempt_there_only() {
    let arn = |account: &str, name: &str| format!("arn:aws:iam::{account}:role/{name}");
    let (default, adopted) = ("OrganizationAccountAccessRole", "222200000002");
    for (section, expected, absent) in [
        ("access_role = \"Ops\"", vec![arn("*", "Ops"), arn("*", default)], vec![]),
        ("id = \"222200000002\"", vec![arn("*", default)], vec![arn(adopted, default)]),
        ("id = \"222200000002\"\naccess_role = \"Ops\"", vec![arn(adopted, "Ops"), arn("*", default)], vec![arn("*", "Ops")]),
    ] {
        let state = desired(&organization_of(&format!("{PLAIN}[accounts.dev]\n{section}\n")));
        let base = state.wanted.iter().find_map(|wanted| match &wanted.thing {
            Desired::Guardrail(guardrail) if wanted.address.name() == "base" => Some(guardrail.content.as_str().to_owned()),
            _ => None,
        });
        let base = base.expect("every organization has it");
        assert!(expected.iter().all(|arn| base.contains(&format!("\"{arn}\""))), "{section}: {base}");
        assert!(!absent.iter().any(|arn| base.contains(&format!("\"{arn}\""))), "{section}: {base}");
    }
}
