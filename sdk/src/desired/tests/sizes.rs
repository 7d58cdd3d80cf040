//! The size of each generated document against AWS's quotas; and that a document that is too long is reported.

use super::*;
use crate::desired::sizes::too_long;

#[test]
fn documents_keep_their_quotas() {
    let state = state();
    for wanted in &state.wanted {
        match &wanted.thing {
            Desired::Guardrail(guardrail) => println!("{}: {} of 10,240", wanted.address, guardrail.content.as_str().len()),
            Desired::IamPolicy(policy) => println!("{}: {} of 6,144", wanted.address, policy.document.as_str().len()),
            Desired::IamRole(role) => {
                let inline: usize = role.inline.values().map(|inline| inline.as_str().len()).sum();
                println!("{}: trust {} of 2,048, inline {inline} of 10,240", wanted.address, role.trust.as_str().len());
            }
            _ => {}
        }
    }
    assert_eq!(too_long(&organization(), &state), []);
}

/// Four permission sets, eight repositories. Both fit; longer lists are reported offline.
#[test]
fn documents_that_are_too_long_are_reported_offline() {
    let list = |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(|n| format!("\"{}\"", item(n))).collect::<Vec<_>>().join(", ");
    let sets = |count| list(count, &|n| format!("sso:PlatformEngineers{n}"));
    let repositories = |count| list(count, &|n| format!("acme@12345/service-{n}@{}", 67_890 + n));
    for (key, value, expected) in [
        ("operators", sets(4), &[][..]),
        ("operators", sets(40), &["access.operators", "access.operators"]),
        ("administrators", sets(40), &["access.administrators", "access.administrators"]),
        ("github", repositories(8), &[]),
        ("github", repositories(40), &["access.github"]),
        ("auditors", sets(40), &["access.auditors"]),
        ("protected_roles", list(100, &|n| format!("stacksets-execution-{n}-0123456789")), &["access.protected_roles"]),
    ] {
        let manifest = match key {
            "protected_roles" => MANIFEST.replace("[access]", &format!("[access]\nprotected_roles = [{value}]")),
            _ => MANIFEST
                .lines()
                .map(|line| if line.starts_with(&format!("{key} =")) { format!("{key} = [{value}]\n") } else { format!("{line}\n") })
                .collect(),
        };
        let manifest = if key == "auditors" { manifest.replace("[access]", &format!("[access]\nauditors = [{value}]")) } else { manifest };
        let organization = organization_of(&manifest);
        let found = too_long(&organization, &desired(&organization));
        let keys: Vec<&str> = found.iter().map(|found| found.key.as_str()).collect();
        assert_eq!(keys, expected, "{key}: {found:?}");
        assert!(found.iter().all(|found| found.size > found.most && !found.hint.is_empty()), "{found:?}");
        let raised = manifest.replace("[access]", "[access]\ntrust_policy_length = 8192");
        let organization = organization_of(&raised);
        let left = too_long(&organization, &desired(&organization));
        assert!(left.iter().all(|found| !found.document.starts_with("the trust")), "a raised quota is enough: {left:?}");
    }
}

/// One guardrail protects the roles in all lists, so lists that fit each trust policy may be too long for it.
#[test]
fn too_many_named_roles_are_reported_offline() {
    for (roles, expected) in [(5, &[][..]), (9, &["roles.r8.trust"])] {
        let mut manifest = MANIFEST.replace("[access]", "[access]\ntrust_policy_length = 8192");
        for role in 0..roles {
            let named: Vec<String> = (0..18).map(|n| format!("\"account/tooling/role/{}-{role}-{n:02}\"", "x".repeat(58))).collect();
            manifest += &format!(
                "[roles.r{role}]\nenvironments = [\"prod\"]\ntrust = [{}]\npolicies = [\"arn:aws:iam::aws:policy/PowerUserAccess\"]\n",
                named.join(", ")
            );
        }
        let organization = organization_of(&manifest);
        let found = too_long(&organization, &desired(&organization));
        let keys: Vec<&str> = found.iter().map(|found| found.key.as_str()).collect();
        assert_eq!(keys, expected, "{roles}: {found:?}");
        for found in found {
            assert!(found.document == "guardrail/pipelines" && found.hint.starts_with("name fewer roles of member accounts"), "{found:?}");
        }
    }
}

/// Each different access role adds to each statement; one name for many does not.
#[test]
fn too_many_access_roles_are_reported_offline() {
    for (count, is_shared, expected) in [(3, true, &[][..]), (60, true, &[]), (3, false, &[]), (30, false, &["accounts.a29.access_role"])] {
        let name = |n| if is_shared { "Ops".to_owned() } else { format!("Ops{n}") };
        let account =
            |n| format!("[accounts.a{n:02}]\nunit = \"Infrastructure\"\nid = \"4444000000{n:02}\"\naccess_role = \"{}\"\n", name(n));
        let organization = organization_of(&format!("{MANIFEST}{}", (0..count).map(account).collect::<String>()));
        let found = too_long(&organization, &desired(&organization));
        let keys: Vec<&str> = found.iter().map(|found| found.key.as_str()).collect();
        assert_eq!(keys, expected, "{count}, shared {is_shared}: {found:?}");
    }
}
