//! Notices about accounts that are taken over, leave the manifest, or may be others under a new key.

use super::guarding::pruned;
use super::hands::World;
use super::network::{DEV, manifest};
use super::{MANIFEST, built, find, organization, planned, shown};
use crate::desired::{Notice, desired};
use crate::kind::Observed;
use crate::observed::Observation;
use crate::plan::{PlanOptions, plan};

/// An existing account without landfall's tags is taken over by its e-mail: the plan says under which guardrails it comes, and what
/// is billed in it from then on.
#[test]
fn an_account_that_is_taken_over_is_a_notice_with_guardrails_and_costs() {
    let with_networks = manifest(DEV);
    for (key, expected) in [
        (
            "dev",
            Some(
                "base, data-perimeter, ec2-defaults, ec2-sharing, s3-perimeter and s3-public-access; 1 NAT gateway billed by the hour; 1 address billed by the hour",
            ),
        ),
        (
            "prod",
            Some(
                "base, daily-backup-prod, data-perimeter, ec2-defaults, ec2-sharing, s3-perimeter, s3-public-access and strict; 3 NAT gateways billed by the hour; 3 addresses billed by the hour",
            ),
        ),
        ("tooling", Some("base, data-perimeter, ec2-defaults, ec2-sharing, pipelines, s3-perimeter and s3-public-access")),
        ("", None),
    ] {
        let plan = pruned(&with_networks, &with_networks.replace("owner = \"platform\"", "owner = \"core\""), |world| {
            for (_, thing) in &mut world.things {
                if let Observed::Account(account) = thing
                    && account.name == format!("acme-{key}")
                {
                    account.tags.clear();
                }
            }
        });
        let said: Vec<&str> = plan
            .notices
            .iter()
            .map(|notice| notice.text.as_str())
            .filter(|text| text.contains("takes over the existing account"))
            .collect();
        match expected {
            Some(expected) => {
                assert_eq!(said.len(), 1, "{said:?}");
                assert!(said[0].starts_with(&format!("{key} takes over the existing account \"acme-{key}\" (2222")), "{said:?}");
                assert!(said[0].ends_with(&format!("); it comes under guardrails {expected}")), "{said:?}");
            }
            // The change of an account that is landfall's already is no adoption.
            None => assert_eq!((said, shown(&plan).len()), (vec![], 1), "{:?}", shown(&plan)),
        }
    }
}

/// An account that leaves the manifest stays, and may go on costing money: the notice says what is in it, and how that is removed.
#[test]
fn an_account_that_leaves_is_a_notice_with_what_stays_in_it() {
    let from = format!(
        "{MANIFEST}network = {{ cidr = \"10.0.0.0/24\", azs = 1, subnets = [\"public\", \"private\"], nat = \"single\" }}\n\
         [accounts.lab]\nunit = \"Infrastructure\"\n"
    );
    let (to, _) = MANIFEST.split_once("[accounts.tooling]").expect("the last account");
    let to = to.replace("pipelines = [\"account/tooling/role/ci\"]\n", "");
    let empty_lab = |world: &mut Observation| {
        world.things.retain(|(scope, _)| scope.account().is_none_or(|account| account.as_str() != "lab"));
    };
    let of = |notices: &[Notice], key: &str| {
        let found = notices.iter().find(|notice| notice.text.starts_with(&format!("acme-{key} (2222")));
        found.map_or_else(|| panic!("{key}: {notices:?}"), |notice| (notice.text.clone(), notice.hint.clone()))
    };
    let close = |key: &str| format!("close it in the AWS console, or write environment or accounts `{key}` again");

    let pruned = pruned(&from, &to, empty_lab);
    let (text, hint) = of(&pruned.notices, "tooling");
    assert!(text.contains(") leaves the manifest; this plan removes its network and roles, and the account stays"), "{text}");
    assert_eq!(hint, format!("once they are removed, {}", close("tooling")));
    let (text, hint) = of(&pruned.notices, "lab");
    assert!(text.ends_with(") leaves the manifest and stays as it is"), "{text}");
    assert_eq!(hint, close("lab"));

    let mut world = built(&desired(&organization(&from)));
    empty_lab(&mut world);
    let organization = organization(&to);
    let kept = plan(&organization, &desired(&organization), &world, &PlanOptions::default());
    let notices = kept.expect("not refused").notices;
    let (text, hint) = of(&notices, "tooling");
    assert!(text.contains(") leaves the manifest and stays as it is: ") && text.contains("NAT gateway"), "{text}");
    assert_eq!(hint, format!("`landfall apply --prune` removes its network and roles; then {}", close("tooling")));
    let (text, hint) = of(&notices, "lab");
    assert!(text.ends_with(") leaves the manifest and stays as it is"), "{text}");
    assert_eq!(hint, close("lab"));
}

/// The hint names the line that caused the adoption.
#[test]
fn an_adoption_shows_how_to_undo_it() {
    let mut world = built(&desired(&organization(MANIFEST)));
    let Observed::Account(tooling) = find(&mut world, "account/tooling", "acme") else { panic!("an account") };
    let id = tooling.id_text().to_owned();
    for (line, expected) in [
        (String::new(), "if that is not meant, give tooling another e-mail: `[accounts.tooling]` with `email = \"…\"`"),
        (format!("id = \"{id}\"\n"), "if that is not meant, take `id` out of `[accounts.tooling]`"),
    ] {
        let plan = planned(&format!("{MANIFEST}{line}"), |world| {
            let Observed::Account(account) = find(world, "account/tooling", "acme") else { panic!("an account") };
            account.tags.clear();
        });
        let notice = plan.notices.iter().find(|notice| notice.text.starts_with("tooling takes over the existing account "));
        assert_eq!(notice.map(|notice| notice.hint.as_str()), Some(expected), "{:?}", plan.notices);
    }
}

/// An account whose key changed in the manifest is not taken over silently: its tags have the former key, and the hint has its id.
#[test]
fn a_changed_key_is_confirmed_by_the_accounts_id() {
    let (mut id, mut email) = (String::new(), String::new());
    let mut world = built(&desired(&organization(MANIFEST)));
    if let Observed::Account(tooling) = find(&mut world, "account/tooling", "acme") {
        (id, email) = (tooling.id_text().to_owned(), tooling.email.clone().unwrap_or_default());
    }
    let renamed = MANIFEST
        .replace("[accounts.tooling]", &format!("[accounts.tools]\nemail = \"{email}\""))
        .replace("account/tooling/role/ci", "account/tools/role/ci");
    let unconfirmed = pruned(MANIFEST, &renamed, |_| {});
    let blocked = unconfirmed.blocked.iter().find(|blocked| blocked.address.to_string() == "account/tools").expect("it is blocked");
    assert_eq!(blocked.blocked.reason, format!("acme-tooling ({id}) is tagged as account/tooling"));
    let hint = blocked.blocked.hint.clone().unwrap_or_default();
    assert!(hint.contains(&format!("write `id = \"{id}\"` in `[accounts.tools]`")), "{hint}");
    let confirmed = renamed.replace("[accounts.tools]", &format!("[accounts.tools]\nid = \"{id}\""));
    let organization = organization(&confirmed);
    let wanted = desired(&organization);
    let seen = World::of(&world).seen(&organization, &wanted);
    let lines = shown(
        &plan(&organization, &wanted, &seen, &PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() })
            .expect("not refused"),
    );
    let is_retagged = |line: &String| line.starts_with("~ account/tools [") && line.contains("account/tooling -> account/tools");
    assert!(lines.iter().any(is_retagged), "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains("? account/")), "it does not leave: {lines:#?}");
}

/// One account leaves and another is new: they may be the same, and then its id belongs in the manifest.
#[test]
fn a_new_account_may_be_the_one_that_leaves() {
    let renamed = MANIFEST.replace("[accounts.tooling]", "[accounts.tools]").replace("account/tooling/role/ci", "account/tools/role/ci");
    let plan = pruned(MANIFEST, &renamed, |_| {});
    let notice = plan.notices.iter().find(|notice| notice.text.starts_with("is tools the former tooling?")).expect("it is asked");
    assert!(notice.hint.starts_with("if it is, write `[accounts.tools]` with `id = \"2222"), "{notice:?}");
    let same = pruned(MANIFEST, MANIFEST, |_| {});
    assert!(same.notices.iter().all(|notice| !notice.text.contains("the former")), "{:?}", same.notices);
}
