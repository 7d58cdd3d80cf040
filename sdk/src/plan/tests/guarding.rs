//! How accounts are guarded and recognized: a step that removes a guardrail is named, the guardrails of an account in use stay, and
//! tags that belong to another resource never identify an account of the manifest.

use super::{MANIFEST, built, find, organization, planned, shown};
use crate::address::Scope;
use crate::aws::tags::{self, Tags};
use crate::desired::desired;
use crate::kind::iam::role;
use crate::kind::organizations::account;
use crate::kind::{Action, HazardName, Observed};
use crate::manifest::{Source, parse};
use crate::observed::{Observation, ScopeState};
use crate::plan::{Plan, PlanOptions, plan};

/// Guards everything under Workloads, far above its accounts.
const STRICT: &str = "[units.Workloads]\nguardrails = [\"strict\"]\n";

/// Plans one manifest, with removals, against a world that was built from another and then changed.
fn pruned(from: &str, to: &str, change: impl FnOnce(&mut Observation)) -> Plan {
    let mut world = built(&desired(&organization(from)));
    change(&mut world);
    let organization = organization(to);
    plan(&organization, &desired(&organization), &world, &PlanOptions { prune: true, only: Vec::new() }).expect("not refused")
}

fn asked(plan: &Plan) -> Vec<String> {
    plan.hazards(&[]).map(|(address, hazard)| format!("{address} {}: {}", hazard.name, hazard.text)).collect()
}

/// Changes an account's state, as AWS and `observe` show it.
fn put(world: &mut Observation, key: &str, state: account::State) {
    let Observed::Account(account) = find(world, &format!("account/{key}"), "acme") else { panic!("an account") };
    account.state = state.clone();
    world.things.retain(|(scope, _)| scope.account().is_none_or(|account| account.as_str() != key));
    let shut = match state {
        account::State::Closed(word) => ScopeState::Closed(word),
        _ => ScopeState::Unreadable { reason: "suspended".to_owned(), hint: String::new() },
    };
    world.scopes.retain(|scope, _| scope.account().is_none_or(|account| account.as_str() != key));
    world.scopes.insert(Scope::Account(key.parse().expect("valid")), shut);
}

/// Takes away the attachments of what an earlier landfall did not have.
fn before_the_baseline(world: &mut Observation) {
    world.things.retain(|(_, thing)| {
        !matches!(thing, Observed::Attachment(attachment) if ["ec2-", "s3-"].iter().any(|name| attachment.policy_name.contains(name)))
    });
}

#[test]
fn closing_what_may_be_public_is_a_hazard_of_accounts_that_exist() {
    let plan = pruned(MANIFEST, MANIFEST, before_the_baseline);
    let text = "that everyone may read now are closed to them; to leave an account out, write";
    let buckets = |unit: &str, accounts: &str, first: &str| {
        format!(
            "attachment/{unit}/s3-public-access close-public-access: S3 buckets in {accounts} {text} `public_buckets = true` in \
             `[accounts.{first}.baseline]`"
        )
    };
    let asked = asked(&plan);
    assert!(asked.contains(&buckets("Infrastructure", "account tooling", "tooling")), "{asked:#?}");
    assert!(
        asked.iter().any(|asked| asked.contains("Workloads/ec2-sharing close-public-access: AMIs and EBS snapshots in accounts dev, prod")),
        "{asked:#?}"
    );
    assert!(asked.iter().all(|asked| asked.contains("close-public-access") && !asked.contains("ec2-defaults")), "{asked:#?}");
}

#[test]
fn a_run_that_was_killed_closes_what_is_new_without_asking() {
    let plan = pruned(MANIFEST, MANIFEST, |world| {
        before_the_baseline(world);
        for (_, thing) in &mut world.things {
            if let Observed::Account(account) = thing {
                account.is_new = true;
            }
        }
    });
    assert_eq!(asked(&plan), Vec::<String>::new());
    assert!(plan.steps.iter().any(|step| step.address.to_string().ends_with("/s3-public-access")), "it is still attached");
}

#[test]
fn an_account_with_public_buckets_is_left_out_and_the_others_of_its_unit_are_not() {
    let manifest = MANIFEST.to_owned() + "[accounts.tooling.baseline]\npublic_buckets = true\n";
    let closed = |manifest: &str| -> Vec<String> {
        let wanted = desired(&organization(manifest)).wanted.into_iter().map(|wanted| wanted.address.to_string());
        wanted.filter(|address| address.ends_with("/s3-public-access") && address.starts_with("attachment/")).collect()
    };
    assert!(closed(MANIFEST).contains(&"attachment/Infrastructure/s3-public-access".to_owned()));
    assert!(closed(&manifest).iter().all(|address| !address.contains("Infrastructure")), "{:?}", closed(&manifest));
}

#[test]
fn a_move_names_every_guardrail_that_it_loses_however_far_above() {
    let from = MANIFEST.replace("\"Infrastructure\"", "\"Workloads/Tools\"") + STRICT;
    let plan = pruned(&from, &from.replace("\"Workloads/Tools\"", "\"Infrastructure\""), |_| {});
    assert_eq!(asked(&plan), ["account/tooling remove-guardrail: acme-tooling is no longer under guardrail/strict"]);
}

#[test]
fn a_move_waits_for_every_guardrail_of_the_place_that_it_goes_to() {
    let from = MANIFEST;
    let to =
        MANIFEST.replace("\"Infrastructure\"", "\"Workloads/Tools\"") + STRICT + "[units.\"Workloads/Tools\"]\nguardrails = [\"strict\"]\n";
    let plan = pruned(from, &to, |world| {
        // Its new guardrail does not exist yet.
        let workloads = world.facts.find(&"unit/Workloads".parse().expect("valid"), "id").expect("built").to_owned();
        world.things.retain(|(_, thing)| !matches!(thing, Observed::Attachment(attachment) if attachment.target == workloads));
    });
    let step = plan.steps.iter().find(|step| step.change.is_move()).expect("a move");
    let after: Vec<String> = step.after.iter().map(ToString::to_string).filter(|needed| needed.starts_with("attachment/")).collect();
    for needed in ["attachment/Workloads/base", "attachment/Workloads/strict", "attachment/Workloads/Tools/strict"] {
        assert!(after.contains(&needed.to_owned()), "{needed}: {after:?}");
    }
}

#[test]
fn a_removed_guardrail_names_every_account_that_loses_it_however_far_below() {
    let plan = pruned(&(MANIFEST.to_owned() + STRICT), MANIFEST, |_| {});
    let said = asked(&plan);
    assert_eq!(said.len(), 1, "{said:?}");
    // prod has it from its own tier.
    assert!(said[0].ends_with(" remove-guardrail: guardrail/strict no longer guards acme-dev"), "{said:?}");
    assert_eq!(plan.hazards(&[HazardName::RemoveGuardrail]).count(), 0);
}

#[test]
fn an_account_that_may_come_back_keeps_what_guards_it() {
    for (state, goes) in [(account::State::Inactive("suspended".to_owned()), false), (account::State::Closed("closed".to_owned()), true)] {
        let plan = pruned(&(MANIFEST.to_owned() + STRICT), MANIFEST, |world| put(world, "dev", state.clone()));
        let removed = plan.steps.iter().any(|step| step.change.action() == Action::Remove && step.address.kind() == "attachment");
        assert_eq!(removed, goes, "{state:?}: {:#?}", shown(&plan));
    }
}

#[test]
fn what_needs_something_in_a_closed_account_is_blocked() {
    let plan = planned(MANIFEST, |world| {
        put(world, "log-archive", account::State::Closed("closed".to_owned()));
        world.things.retain(|(_, thing)| !matches!(thing, Observed::Trail(_)));
    });
    let lines = shown(&plan);
    assert!(
        matches!(&lines[..], [line] if line.starts_with("! management/eu-west-1/trail/organization: it needs log-archive/")),
        "{lines:?}"
    );
}

/// The access role is not the only way in: a guardrail that exempts it alone locks the provisioner out, and vice versa.
#[test]
fn a_guardrail_that_denies_either_way_in_is_refused() {
    for (exempt, locked) in [
        ("role/OrganizationAccountAccessRole", "role/landfall/provisioner"),
        ("role/landfall/provisioner", "role/OrganizationAccountAccessRole"),
    ] {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"NoIam","Effect":"Deny","Action":"iam:*","Resource":"*",
            "Condition":{{"ArnNotLike":{{"aws:PrincipalArn":"arn:aws:iam::*:{exempt}"}}}}}}]}}"#
        );
        let text = format!("{MANIFEST}\n[units.Workloads]\nguardrails = [\"./lock.json\"]\n");
        let parsed = parse(&Source { name: "m".to_owned(), text }, &|_| Ok(document.clone()));
        let organization = parsed.organization.expect("no diagnostics");
        let nothing = Observation::nothing("111111111111".parse().expect("valid"));
        let refused = plan(&organization, &desired(&organization), &nothing, &PlanOptions::default()).expect_err(exempt);
        let crate::plan::check::Refused::LockOut { role, .. } = &refused else { panic!("{refused}") };
        assert_eq!(role, locked);
    }
}

/// An `id` in the manifest counts, but not if another key of the manifest has that account.
#[test]
fn an_id_does_not_take_an_account_from_another_key() {
    let mut world = built(&desired(&organization(MANIFEST)));
    let Observed::Account(dev) = find(&mut world, "account/dev", "acme") else { panic!("an account") };
    let id = dev.id_text().to_owned();
    let plan = planned(&format!("{MANIFEST}[accounts.legacy]\nunit = \"Infrastructure\"\nid = \"{id}\"\n"), |_| {});
    let lines = shown(&plan);
    assert!(lines.contains(&format!("! account/legacy: acme-dev ({id}) is tagged as account/dev")), "{lines:?}");
    assert!(plan.steps.iter().all(|step| step.address.to_string() != "account/legacy"), "{lines:?}");
}

/// Its remaining tags carry another address, so neither its e-mail nor its name makes it the desired one.
#[test]
fn what_has_half_the_tags_of_another_is_not_taken_over() {
    for (address, other, helps) in [
        ("account/dev", "account/former", "remove the tag landfall:address from it"),
        ("prod/iam-role/reader", "prod/iam-role/deployer", "remove the tag landfall:address from it"),
    ] {
        let plan = planned(MANIFEST, |world| {
            let tags = match find(world, address, "acme") {
                Observed::Account(account) => &mut account.tags,
                Observed::IamRole(role) => &mut role.tags,
                other => panic!("{other:?}"),
            };
            tags.remove(tags::ORGANIZATION);
            tags.insert(tags::ADDRESS.to_owned(), other.to_owned());
        });
        let lines = shown(&plan);
        let is_said = |line: &String| {
            line.starts_with(&format!("! {address}: ")) && line.ends_with(" carries the tag landfall:address of something else")
        };
        assert!(lines.iter().any(is_said), "{lines:?}");
        assert!(plan.steps.iter().all(|step| step.address.to_string() != address), "{lines:?}");
        let hint = plan.blocked.iter().find(|blocked| blocked.address.to_string() == address).and_then(|it| it.blocked.hint.clone());
        assert!(hint.as_deref().is_some_and(|hint| hint.contains(helps)), "{address}: {hint:?}");
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
    let elsewhere = notices(|role| (role.tags, role.path) = (Tags::new(), "/mine/".to_owned()));
    assert_eq!(elsewhere, [""; 0], "another path is not exempt");
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
    let plan = pruned(MANIFEST, &renamed, |_| {});
    let blocked = plan.blocked.iter().find(|blocked| blocked.address.to_string() == "account/tools").expect("it is blocked");
    assert_eq!(blocked.blocked.reason, format!("acme-tooling ({id}) is tagged as account/tooling"));
    let hint = blocked.blocked.hint.clone().unwrap_or_default();
    assert!(hint.contains(&format!("write `id = \"{id}\"` in `[accounts.tools]`")), "{hint}");
}

/// What carries the address, whole, but has another name or e-mail: the hint says how it becomes the desired one again.
#[test]
fn what_was_renamed_is_named_with_the_way_back() {
    type Change = fn(&mut Observed);
    let changes: [(&str, Change, &[&str]); 2] = [
        (
            "account/dev",
            |thing| {
                let Observed::Account(account) = thing else { panic!("{thing:?}") };
                account.email = Some("other@acme.example".to_owned());
            },
            &["write `id = \"2222", "` in `[accounts.dev]`; its e-mail is other@acme.example"],
        ),
        (
            "guardrail/base",
            |thing| {
                let Observed::Guardrail(guardrail) = thing else { panic!("{thing:?}") };
                guardrail.name.push_str("-old");
            },
            &["rename it back"],
        ),
    ];
    for (address, change, helps) in changes {
        let plan = planned(MANIFEST, |world| change(find(world, address, "acme")));
        let hint = plan.blocked.iter().find(|blocked| blocked.address.to_string() == address).and_then(|it| it.blocked.hint.clone());
        assert!(helps.iter().all(|text| hint.as_deref().is_some_and(|hint| hint.contains(text))), "{address}: {hint:?}");
    }
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
