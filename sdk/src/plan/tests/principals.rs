//! Notices about principals whose account only the plan knows.

use super::{built, organization};
use crate::address::Scope;
use crate::desired::desired;
use crate::kind::Observed;
use crate::kind::named::Found;
use crate::kind::organizations::account;
use crate::kind::organizations::trusted_access::TrustedAccess;
use crate::name::literal;
use crate::observed::ScopeState;
use crate::plan::{PlanOptions, plan};

const MANIFEST: &str = r#"
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
administrators = ["sso:AdministratorAccess"]
"#;

#[test]
fn an_arn_of_an_account_that_landfall_made_is_a_notice() {
    let world = built(&desired(&organization(MANIFEST)));
    let tooling = world.facts.ids().into_iter().find(|(_, address)| address.to_string() == "account/tooling").expect("built").0.to_owned();
    for (resource, account, expect) in [
        ("role/ci", tooling.as_str(), true),
        ("user/ci", &tooling, true),
        ("role/ci-*", &tooling, true),
        ("role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_*", &tooling, false),
        ("role/ci", "111111111111", false),
        ("role/ci", "999999999999", false),
    ] {
        let arn = format!("arn:aws:iam::{account}:{resource}");
        let organization = organization(&format!("{MANIFEST}operators = [\"{arn}\"]\n"));
        let plan = plan(&organization, &desired(&organization), &world, &PlanOptions::default()).expect("not refused");
        let said = format!("every administrator of account/tooling can become {arn}, and use it wherever the manifest names it");
        let notice = plan.notices.iter().find(|notice| notice.text.starts_with("every administrator of account/tooling"));
        assert_eq!(notice.map(|notice| notice.text.as_str()), expect.then_some(said.as_str()), "{arn}");
    }
}

#[test]
fn an_arn_of_an_account_that_the_manifest_does_not_have_is_a_notice() {
    let mut world = built(&desired(&organization(MANIFEST)));
    let mut other = world.things.iter().find_map(|(_, thing)| match thing {
        Observed::Account(account) => Some(account::Observed { id: Some(literal("888888888888")), ..account.clone() }),
        _ => None,
    });
    let mut other = other.take().expect("an account");
    "payroll".clone_into(&mut other.name);
    other.tags.clear();
    world.things.push((Scope::Organization, Observed::Account(other)));
    let of = |world: &_, list: &str, arn: &str| {
        let organization = organization(&format!("{MANIFEST}{list} = [\"{arn}\"]\n"));
        let plan = plan(&organization, &desired(&organization), world, &PlanOptions::default()).expect("not refused");
        let mut texts = plan.notices.into_iter().map(|notice| notice.text).filter(|text| text.contains("no guardrail protects it"));
        texts.next().unwrap_or_default()
    };
    for list in ["operators", "auditors", "pipelines"] {
        let said = of(&world, list, "arn:aws:iam::999999999999:role/ci");
        assert!(said.starts_with("arn:aws:iam::999999999999:role/ci is outside this organization;"), "{list}: {said}");
    }
    let said = of(&world, "operators", "arn:aws:iam::888888888888:role/ci");
    assert!(said.starts_with("arn:aws:iam::888888888888:role/ci is in account \"payroll\" (888888888888), which the manifest"), "{said}");
    assert_eq!(of(&world, "operators", "arn:aws:iam::111111111111:role/ci"), "");
    world.scopes.insert(Scope::Organization, ScopeState::Unreadable { reason: String::new(), hint: String::new() });
    assert_eq!(of(&world, "operators", "arn:aws:iam::999999999999:role/ci"), "", "nobody knows");
}

/// The guardrail `pipelines` protects principals of an account with an `id`.
#[test]
fn an_arn_of_an_account_with_an_id_in_the_manifest_is_no_notice() {
    let world = built(&desired(&organization(MANIFEST)));
    let id = world.facts.find(&"account/tooling".parse().expect("valid"), "id").expect("built").to_owned();
    let adopted = MANIFEST.replace("unit = \"Infrastructure\"", &format!("unit = \"Infrastructure\"\nid = \"{id}\""));
    let organization = organization(&format!("{adopted}operators = [\"arn:aws:iam::{id}:role/ci\"]\n"));
    let plan = plan(&organization, &desired(&organization), &world, &PlanOptions::default()).expect("not refused");
    assert!(plan.notices.iter().all(|notice| !notice.text.contains(":role/ci")), "{:?}", plan.notices);
}

/// An account that leaves the manifest is still known by its former key.
#[test]
fn an_arn_of_an_account_that_leaves_the_manifest_is_a_notice() {
    let world = built(&desired(&organization(MANIFEST)));
    let id = world.facts.find(&"account/tooling".parse().expect("valid"), "id").expect("built").to_owned();
    let arn = format!("arn:aws:iam::{id}:role/ci");
    let left = MANIFEST.replace("[accounts.tooling]\nunit = \"Infrastructure\"\n", "");
    let organization = organization(&format!("{left}operators = [\"{arn}\"]\n"));
    let plan = plan(&organization, &desired(&organization), &world, &PlanOptions::default()).expect("not refused");
    let said = format!("{arn} is in account \"acme-tooling\" ({id}), which the manifest does not have; no guardrail protects it:");
    assert!(plan.notices.iter().any(|notice| notice.text.starts_with(&said)), "{:?}", plan.notices);
}

#[test]
fn identity_center_may_be_administered_elsewhere() {
    let mut world = built(&desired(&organization(MANIFEST)));
    let said = |world: &_, manifest: &str| {
        let organization = organization(manifest);
        let plan = plan(&organization, &desired(&organization), world, &PlanOptions::default()).expect("not refused");
        plan.notices.into_iter().map(|notice| notice.text).find(|text| text.contains("administers Identity Center"))
    };
    let named = format!("{MANIFEST}operators = [\"sso:Engineers@tooling\"]\n");
    assert_eq!(said(&world, &named), None, "it has no access to accounts");
    let service = "sso.amazonaws.com".to_owned();
    let access = Found { id: service.clone(), thing: TrustedAccess { service }, tags: None };
    world.things.push((Scope::Organization, Observed::TrustedAccess(access)));
    let expected = "where a member account administers Identity Center, its administrators decide who is sso:AdministratorAccess, sso:Engineers@tooling";
    assert_eq!(said(&world, &named).as_deref(), Some(expected));
    let without = MANIFEST.replace("administrators = [\"sso:AdministratorAccess\"]", "");
    assert_eq!(said(&world, &without), None, "no principal has that name");
}
