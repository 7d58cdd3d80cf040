//! Notices about access roles that the manifest does not narrow: as they are now, not as they were created.

use super::{built, organization};
use crate::desired::desired;
use crate::kind::Observed;
use crate::name::AccountKey;
use crate::observed::{Observation, ScopeState};
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
const SECOND: &str = "break_glass = [\"arn:aws:iam::111111111111:user/ada\"]\n";
const MADE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#;

/// Makes the access roles of these accounts as AWS creates them.
fn widen(world: &mut Observation, keys: &[&str]) {
    for (scope, thing) in &mut world.things {
        let Observed::AccessRole(role) = thing else { continue };
        if scope.account().is_some_and(|account| keys.contains(&account.as_str())) {
            role.trust = MADE.to_owned();
            role.tags.clear();
        }
    }
}

/// The notice about the access roles, planned without the second way in that the world was built with.
fn said(change: impl FnOnce(&mut Observation)) -> String {
    let mut world = built(&desired(&organization(&format!("{MANIFEST}{SECOND}"))));
    change(&mut world);
    let organization = organization(MANIFEST);
    let plan = plan(&organization, &desired(&organization), &world, &PlanOptions::default()).expect("not refused");
    let mut said = plan.notices.iter().filter(|notice| notice.hint.starts_with("add break_glass"));
    let notice = said.next().expect("a notice");
    assert_eq!(said.next(), None);
    notice.text.clone()
}

#[test]
fn only_roles_that_are_wide_are_called_wide() {
    let everyone = "in everyone who may assume roles in the management account, past every guardrail: access.administrators alone would \
                    be the only way in";
    let none = "access.administrators alone is the only way in that the manifest names; access roles that are narrow stay so";
    for (wide, expected) in [
        (&[][..], none.to_owned()),
        (&["tooling"], format!("the access role of account/tooling still lets {everyone}")),
        (&["tooling", "dev"], format!("the access roles of account/dev, account/tooling still let {everyone}")),
        (&["tooling", "dev", "log-archive"], format!("the access role of each account still lets {everyone}")),
    ] {
        assert_eq!(said(|world| widen(world, wide)), expected, "{wide:?}");
    }
    // Unreadable roles are not reported.
    let shut = |world: &mut Observation| {
        widen(world, &["tooling", "dev"]);
        let dev: AccountKey = "dev".parse().expect("valid");
        let state = ScopeState::Unreadable { reason: "refused".to_owned(), hint: String::new() };
        world.things.retain(|(scope, _)| scope.account() != Some(&dev));
        world.scopes.retain(|scope, _| scope.account() != Some(&dev));
        world.scopes.insert(crate::address::Scope::Account(dev), state);
    };
    assert_eq!(said(shut), format!("the access role of account/tooling still lets {everyone}"));
}

/// A notice names five accounts, and counts the others.
#[test]
fn wide_roles_beyond_five_are_counted() {
    let keys = ["a1", "a2", "a3", "a4", "a5", "a6", "a7"];
    let more = keys.map(|key| format!("[accounts.{key}]\nunit = \"Infrastructure\"\n")).concat();
    let manifest = MANIFEST.replace("[access]", &format!("{more}[access]"));
    for (wide, rest) in [(5, ""), (6, " and 1 more"), (7, " and 2 more")] {
        let mut world = built(&desired(&organization(&format!("{manifest}{SECOND}"))));
        widen(&mut world, &keys[..wide]);
        let organization = organization(&manifest);
        let plan = plan(&organization, &desired(&organization), &world, &PlanOptions::default()).expect("not refused");
        let start =
            format!("the access roles of account/a1, account/a2, account/a3, account/a4, account/a5{rest} still let in everyone who ");
        assert!(plan.notices.iter().any(|notice| notice.text.starts_with(&start)), "{wide}: {:?}", plan.notices);
    }
}

/// From nothing, each is as AWS creates it; with a second way in there is no notice.
#[test]
fn roles_that_are_still_to_be_created_are_wide() {
    for (manifest, expected) in [(MANIFEST.to_owned(), true), (format!("{MANIFEST}{SECOND}"), false)] {
        let organization = organization(&manifest);
        let world = Observation::nothing("111111111111".parse().expect("valid"));
        let plan = plan(&organization, &desired(&organization), &world, &PlanOptions::default()).expect("not refused");
        let said = plan.notices.iter().any(|notice| notice.text.starts_with("the access role of each account still lets in everyone"));
        assert_eq!(said, expected, "{:?}", plan.notices);
    }
}
