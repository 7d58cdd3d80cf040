//! Notices about roles that the guardrails exempt by name, but that landfall did not create.

use std::collections::BTreeMap;

use super::{MANIFEST, find, planned};
use crate::address::Scope;
use crate::aws::tags::{self, Tags};
use crate::kind::Observed;
use crate::kind::iam::role;
use crate::observed::Observation;
use crate::plan::Plan;

/// A role that is not landfall's.
fn role(path: &str, name: &str, lets_in: &[&str]) -> Observed {
    Observed::IamRole(role::Observed {
        arn: format!("arn:aws:iam::222200000009:role{path}{name}"),
        name: name.to_owned(),
        path: path.to_owned(),
        detail: None,
        exposed: role::Exposed { lets_in: lets_in.iter().map(|who| (*who).to_owned()).collect(), ..role::Exposed::default() },
        tags: BTreeMap::new(),
    })
}

/// Returns text and hint of the notices about roles that no guardrail binds, which come before all others.
fn said(plan: &Plan) -> Vec<(&str, &str)> {
    let notices = plan.notices.iter().filter(|notice| notice.weighty && notice.text.contains("past every guardrail"));
    notices.map(|notice| (notice.text.as_str(), notice.hint.as_str())).collect()
}

/// An adopted account with its own access role may still have the role with the usual name: of a former organization, for example.
#[test]
fn a_role_with_the_name_of_other_accounts_access_roles_is_a_notice() {
    let adopted = MANIFEST.replace("[accounts.tooling]", "[accounts.tooling]\nid = \"222200000009\"\naccess_role = \"Ops\"");
    let usual = "OrganizationAccountAccessRole";
    for (account, path, name, lets_in, named) in [
        ("tooling", "/", usual, &["999999999999", "888888888888"][..], Some("999999999999, 888888888888")),
        ("tooling", "/", usual, &[], Some("no principal that could be named")),
        ("tooling", "/", "Ops", &[], None),
        ("tooling", "/", "Other", &[], None),
        ("tooling", "/team/", usual, &[], None),
        ("dev", "/", usual, &[], None),
    ] {
        let plan = planned(&adopted, |world| {
            let Observed::Account(tooling) = find(world, "account/tooling", "acme") else { panic!("an account") };
            tooling.id = Some(crate::name::literal("222200000009"));
            world.things.push((Scope::Account(account.parse().expect("valid")), role(path, name, lets_in)));
        });
        let found = said(&plan);
        assert_eq!(found.len(), usize::from(named.is_some()), "{name} on {path} of {account}: {found:?}");
        for ((text, hint), who) in found.into_iter().zip(named) {
            assert!(text.starts_with("arn:aws:iam::222200000009:role/OrganizationAccountAccessRole is past every guardrail: "), "{text}");
            assert!(text.contains(&format!("but the one of account/tooling is Ops. It lets in {who}; did")), "{text}");
            let delete = "`landfall exec tooling --role provisioner -- aws iam delete-role --role-name OrganizationAccountAccessRole`";
            assert!(hint.contains(delete), "{hint}");
        }
    }
}

/// The guardrails exempt it by its name, so it is past them until it goes.
#[test]
fn a_provisioner_that_landfall_did_not_make_is_a_notice() {
    let notices = |change: fn(&mut role::Observed)| {
        let plan = planned(MANIFEST, |world| {
            let Observed::IamRole(role) = find(world, "dev/iam-role/provisioner", "acme") else { panic!("a role") };
            change(role);
        });
        plan.notices.into_iter().map(|notice| notice.text).filter(|text| text.contains("the guardrails exempt it")).collect::<Vec<_>>()
    };
    let found = notices(|role| role.tags.clear());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("role/landfall/provisioner is not managed by landfall"), "{found:?}");
    assert!(found[0].contains("it lets in "), "{found:?}");
    assert!(!found[0].contains("it lets in ,"), "{found:?}");
    assert_eq!(notices(|_| {}), [""; 0]);
    // The account is blocked, and so is a change of the role: it is landfall's nevertheless.
    let own = |world: &mut Observation| {
        let Observed::Account(account) = find(world, "account/dev", "acme") else { panic!("an account") };
        account.tags.insert(tags::ORGANIZATION.to_owned(), "other".to_owned());
        let Observed::IamRole(role) = find(world, "dev/iam-role/provisioner", "acme") else { panic!("a role") };
        role.detail.as_mut().expect("landfall's path").session_seconds += 1;
    };
    let plan = planned(MANIFEST, own);
    assert!(plan.blocked.iter().any(|blocked| blocked.address.to_string() == "dev/iam-role/provisioner"), "{:?}", plan.blocked);
    assert!(plan.notices.iter().all(|notice| !notice.text.contains("the guardrails exempt it")), "{:?}", plan.notices);
    let elsewhere = notices(|role| (role.tags, role.path) = (Tags::new(), "/mine/".to_owned()));
    assert_eq!(elsewhere, [""; 0], "another path is not exempt");
}
