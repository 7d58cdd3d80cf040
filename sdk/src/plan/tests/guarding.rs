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
pub(super) fn pruned(from: &str, to: &str, change: impl FnOnce(&mut Observation)) -> Plan {
    let mut world = built(&desired(&organization(from)));
    change(&mut world);
    let organization = organization(to);
    plan(&organization, &desired(&organization), &world, &PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() })
        .expect("not refused")
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
    without_attachments(world, &["ec2-", "s3-public-"]);
}

fn without_attachments(world: &mut Observation, names: &[&str]) {
    world.things.retain(
        |(_, thing)| !matches!(thing, Observed::Attachment(attachment) if names.iter().any(|name| attachment.policy_name.contains(name))),
    );
}

/// A role of an account, which trusts these accounts.
fn trusting(world: &mut Observation, key: &str, accounts: &[&str]) {
    let role = role::Observed {
        arn: "arn:aws:iam::222200000001:role/team/vendor".to_owned(),
        name: "vendor".to_owned(),
        path: "/team/".to_owned(),
        detail: None,
        exposed: role::Exposed {
            accounts: accounts.iter().map(|account| account.parse().expect("valid")).collect(),
            ..role::Exposed::default()
        },
        tags: Tags::new(),
    };
    world.things.push((Scope::Account(key.parse().expect("valid")), Observed::IamRole(role)));
}

#[test]
fn closing_what_other_organizations_may_use_is_a_hazard_of_accounts_that_exist() {
    let dev = {
        let mut world = built(&desired(&organization(MANIFEST)));
        let Observed::Account(dev) = find(&mut world, "account/dev", "acme") else { panic!("an account") };
        dev.id_text().to_owned()
    };
    let trusted = MANIFEST.to_owned() + "[security]\ntrusted_accounts = [\"888888888888\"]\n";
    for (manifest, accounts, roles) in [
        (MANIFEST, vec!["999999999999"], Some("999999999999")),
        (MANIFEST, vec!["999999999999", "888888888888"], Some("888888888888, 999999999999")),
        (trusted.as_str(), vec!["999999999999", "888888888888"], Some("999999999999")),
        (trusted.as_str(), vec!["888888888888"], None),
        // The management account, and another account of the organization.
        (MANIFEST, vec!["111111111111", dev.as_str()], None),
        (MANIFEST, vec![], None),
    ] {
        let plan = pruned(manifest, manifest, |world| {
            without_attachments(world, &["-perimeter"]);
            trusting(world, "tooling", &accounts);
        });
        let roles = roles.map_or_else(String::new, |foreign| {
            format!(
                ". Accounts of others that roles there trust may still assume these roles, and are refused where they come in their own \
                 name: account/tooling/role/team/vendor ({foreign})"
            )
        });
        let asked = asked(&plan);
        let expected = [
            format!(
                "attachment/Infrastructure/data-perimeter close-foreign-access: what S3, SQS, KMS and Secrets Manager keep in account \
                 tooling is closed to other organizations and to plain HTTP, whatever its own policies allow{roles}. To let an account in, \
                 add its id to `trusted_accounts` in `[security]`"
            ),
            "attachment/Infrastructure/s3-perimeter close-foreign-access: S3 buckets in account tooling that other organizations, or anyone \
             by plain HTTP, may use now are closed to them; to leave an account out, write `public_buckets = true` in \
             `[accounts.tooling.baseline]`"
                .to_owned(),
        ];
        for expected in expected {
            assert!(asked.contains(&expected), "{expected}\n{asked:#?}");
        }
        assert!(asked.iter().all(|asked| asked.contains(" close-foreign-access: ")), "{asked:#?}");
        let others: Vec<&String> = asked.iter().filter(|asked| asked.contains("Workloads/data-perimeter")).collect();
        assert!(matches!(others[..], [one] if one.contains("in accounts dev, prod is closed")), "{others:?}");
    }
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
        without_attachments(world, &["-perimeter"]);
        for (_, thing) in &mut world.things {
            if let Observed::Account(account) = thing {
                account.is_new = true;
            }
        }
    });
    assert_eq!(asked(&plan), Vec::<String>::new());
    for guardrail in ["s3-public-access", "data-perimeter", "s3-perimeter"] {
        assert!(
            plan.steps.iter().any(|step| step.address.to_string().ends_with(&format!("/{guardrail}"))),
            "{guardrail} is still attached"
        );
    }
}

#[test]
fn an_account_with_public_buckets_is_left_out_and_the_others_of_its_unit_are_not() {
    let manifest = MANIFEST.to_owned() + "[accounts.tooling.baseline]\npublic_buckets = true\n";
    let closed = |manifest: &str| -> Vec<String> {
        let wanted = desired(&organization(manifest)).wanted.into_iter().map(|wanted| wanted.address.to_string());
        wanted
            .filter(|address| address.starts_with("attachment/Infrastructure/") || address.starts_with("attachment/account:tooling/"))
            .collect()
    };
    let left = |kept: &str| format!("attachment/Infrastructure/{kept}");
    for guardrail in ["s3-public-access", "s3-perimeter"] {
        assert!(closed(MANIFEST).contains(&left(guardrail)));
        assert!(closed(&manifest).iter().all(|address| !address.ends_with(&format!("/{guardrail}"))), "{:?}", closed(&manifest));
    }
    assert!(closed(&manifest).contains(&left("data-perimeter")), "what is no reading stays closed");
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

/// An account that moves out is named by its move, and those that stay by the removal.
#[test]
fn an_account_that_loses_a_guardrail_is_named_once() {
    let from = MANIFEST.replace("\"Infrastructure\"", "\"Workloads/Tools\"") + STRICT;
    let said = asked(&pruned(&from, MANIFEST, |_| {}));
    let [moved, removed] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(moved, "account/tooling remove-guardrail: acme-tooling is no longer under guardrail/strict");
    assert!(removed.ends_with(" remove-guardrail: guardrail/strict no longer guards acme-dev"), "{removed}");
}

/// A guardrail is to be attached to the unit below instead. While that unit is blocked it cannot be, and it stays where it is.
#[test]
fn a_guardrail_stays_until_its_new_place_can_be_guarded() {
    let to = format!("{MANIFEST}[units.\"Workloads/NonProduction\"]\nguardrails = [\"strict\"]\n");
    for is_blocked in [false, true] {
        let plan = pruned(&(MANIFEST.to_owned() + STRICT), &to, |world| {
            let Observed::Unit(unit) = find(world, "unit/Workloads/NonProduction", "acme") else { panic!("a unit") };
            if is_blocked {
                unit.tags.clear();
            }
        });
        let lines = shown(&plan);
        let removes = lines.iter().any(|line| line.starts_with("- attachment/") && line.ends_with("/strict []"));
        assert_eq!(removes, !is_blocked, "{lines:#?}");
        assert_eq!(lines.contains(&"+ attachment/Workloads/NonProduction/strict []".to_owned()), !is_blocked, "{lines:#?}");
        let waits = "! attachment/Workloads/NonProduction/strict: it needs unit/Workloads/NonProduction".to_owned();
        assert_eq!(lines.contains(&waits), is_blocked, "{lines:#?}");
    }
}

#[test]
fn an_account_that_may_come_back_keeps_what_guards_it() {
    for (state, goes) in [(account::State::Inactive("suspended".to_owned()), false), (account::State::Closed("closed".to_owned()), true)] {
        let plan = pruned(&(MANIFEST.to_owned() + STRICT), MANIFEST, |world| put(world, "dev", state.clone()));
        let removed = plan.steps.iter().any(|step| step.change.action() == Action::Remove && step.address.kind() == "attachment");
        assert_eq!(removed, goes, "{state:?}: {:#?}", shown(&plan));
    }
}

/// It is attached twice, to the account's unit and to the unit above: one may go, and then the other one stays.
#[test]
fn an_account_that_leaves_the_manifest_keeps_one_of_two_attachments() {
    let from =
        MANIFEST.replace("\"Infrastructure\"", "\"Workloads/Tools\"") + STRICT + "[units.\"Workloads/Tools\"]\nguardrails = [\"strict\"]\n";
    let (to, _) = MANIFEST.split_once("[accounts.tooling]").expect("the last account");
    let plan = pruned(&from, &to.replace("pipelines = [\"account/tooling/role/ci\"]\n", ""), |_| {});
    let is_strict = |address: &str| address.starts_with("attachment/") && address.ends_with("/strict");
    let removed = plan.steps.iter().filter(|step| step.change.action() == Action::Remove && is_strict(&step.address.to_string()));
    assert_eq!(removed.count(), 1, "{:#?}", shown(&plan));
    let kept: Vec<&str> =
        plan.orphans.iter().filter(|orphan| is_strict(&orphan.address.to_string())).filter_map(|orphan| orphan.hint.as_deref()).collect();
    assert!(matches!(kept[..], [hint] if hint.starts_with("it guards acme-tooling (2222")), "{kept:?}");
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
        let line = format!(
            r#"exempt the role in statement NoIam: "Condition": {{"ArnNotLike": {{"aws:PrincipalArn": ["arn:aws:iam::*:{locked}"]}}}}"#
        );
        assert_eq!(refused.hint(), line);
    }
}

/// Trust policies name principals by their whole ARNs, so one of another account could enter every account.
#[test]
fn an_administrator_of_another_account_is_refused() {
    for (list, principal, refused) in [
        ("administrators", "arn:aws:iam::222222222222:role/admin", true),
        ("planners", "arn:aws:iam::222222222222:role/plans", true),
        ("break_glass", "arn:aws:iam::222222222222:user/ada", true),
        ("break_glass", "arn:aws:iam::111111111111:user/ada", false),
        ("operators", "arn:aws:iam::222222222222:role/operator", false),
    ] {
        let access = MANIFEST.replace("operators = [\"sso:PowerUserAccess\"]\n", "");
        let organization = organization(&access.replace("[access]", &format!("[access]\n{list} = [\"{principal}\"]")));
        let nothing = Observation::nothing("111111111111".parse().expect("valid"));
        let planned = plan(&organization, &desired(&organization), &nothing, &PlanOptions::default());
        assert_eq!(planned.is_err(), refused, "{list} {principal}");
        if let Err(refused) = planned {
            let said = format!("access.{list} names {principal}, which is not in the management account (111111111111)");
            assert!(refused.to_string().starts_with(&said), "{refused}");
            assert_eq!(refused.hint(), format!("name a principal of the management account in access.{list}, or take this one out"));
        }
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

/// An account of another organization says why for everything in it, whatever else is wrong there.
#[test]
fn what_is_in_a_blocked_account_says_so() {
    let plan = planned(MANIFEST, |world| {
        let Observed::Account(account) = find(world, "account/dev", "acme") else { panic!("an account") };
        account.tags.insert(tags::ORGANIZATION.to_owned(), "other".to_owned());
        for role in ["dev/iam-role/reader", "prod/iam-role/reader"] {
            let Observed::IamRole(role) = find(world, role, "acme") else { panic!("a role") };
            role.tags.clear();
        }
    });
    let lines = shown(&plan);
    assert!(lines.contains(&"! dev/iam-role/reader: it needs account/dev".to_owned()), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("! prod/iam-role/reader: the name is taken by ")), "{lines:?}");
}

/// Two roles that are both taken are both named, although one needs the other.
#[test]
fn what_is_blocked_by_itself_says_so() {
    let plan = planned(MANIFEST, |world| {
        let Observed::IamPolicy(boundary) = find(world, "dev/iam-policy/boundary", "acme") else { panic!("a policy") };
        boundary.tags.clear();
        let Observed::IamRole(role) = find(world, "dev/iam-role/deployer", "acme") else { panic!("a role") };
        role.tags.clear();
    });
    let lines = shown(&plan);
    for (address, kind) in [("dev/iam-policy/boundary", "iam-policy"), ("dev/iam-role/deployer", "iam-role")] {
        let line = format!("! {address}: the name is taken by another {kind}, which landfall did not make");
        assert!(lines.contains(&line), "{lines:#?}");
    }
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

/// The organization's tag is lost: what carries the address is blocked and named, and every other address is created.
#[test]
fn nothing_is_created_beside_what_has_its_address_alone() {
    for (carried, is_blocked) in [("dev/iam-role/reader", true), ("dev/iam-role/former", false)] {
        let plan = planned(MANIFEST, |world| {
            let Observed::IamRole(role) = find(world, "dev/iam-role/reader", "acme") else { panic!("a role") };
            role.name = "old-reader".to_owned();
            role.tags = Tags::from([(tags::ADDRESS.to_owned(), carried.to_owned())]);
        });
        let lines = shown(&plan);
        let [line] = lines.as_slice() else { panic!("{carried}: {lines:?}") };
        let blocked = " carries the tag landfall:address of dev/iam-role/reader, but not landfall:organization";
        assert_eq!(line.starts_with("! dev/iam-role/reader: arn:") && line.ends_with(blocked), is_blocked, "{carried}: {line}");
        assert_eq!(line == "+ dev/iam-role/reader []", !is_blocked, "{carried}: {line}");
    }
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

/// Cutting VPCs off is a hazard of accounts that exist, with the mode and landfall's own public subnets; and one of a mode that cuts off more.
#[test]
fn cutting_vpcs_off_from_the_internet_is_a_hazard_of_accounts_that_exist() {
    let with = |mode: &str| format!("{MANIFEST}[accounts.tooling.baseline]\nvpc_block_public_access = \"{mode}\"\n");
    let leave = "to leave an account out, write `vpc_block_public_access = \"off\"` in `[accounts.tooling.baseline]`";
    for (mode, lose) in [
        ("block-ingress", "are no longer reached from the internet, load balancers included; NAT gateways go on working"),
        ("block-bidirectional", "lose the internet in both directions, NAT gateways included"),
    ] {
        let plan = pruned(MANIFEST, &with(mode), |_| {});
        assert_eq!(
            asked(&plan),
            [format!(
                "attachment/Infrastructure/own-vpc-access-tooling close-public-access: VPCs of every Region in account tooling {lose}; {leave}"
            )]
        );
    }
    let lines = |from: &str, to: &str| asked(&pruned(&with(from), &with(to), |_| {}));
    assert_eq!(
        lines("block-ingress", "block-bidirectional"),
        [
            "guardrail/own-vpc-access-tooling close-public-access: what NAT gateways send no longer reaches the internet, in every VPC of every \
             account that has this policy"
        ]
    );
    assert_eq!(lines("block-bidirectional", "block-ingress"), [""; 0]);
    let opened = asked(&pruned(&with("block-ingress"), MANIFEST, |_| {}));
    assert!(opened.iter().any(|line| line.contains(" remove-guardrail: ")), "{opened:?}");
}

/// The policy is where baselines ask for it, on no unit without accounts, and the default is none.
#[test]
fn a_block_of_public_access_is_on_the_accounts_that_ask_for_it_only() {
    let of = |more: &str| -> Vec<String> {
        let wanted = desired(&organization(&format!("{MANIFEST}{more}"))).wanted.into_iter().map(|wanted| wanted.address.to_string());
        wanted.filter(|address| address.contains("vpc-access")).collect()
    };
    assert_eq!(of(""), [""; 0]);
    let own = "[accounts.tooling.baseline]\nvpc_block_public_access = \"block-ingress\"\n";
    assert_eq!(of(own), ["guardrail/own-vpc-access-tooling", "attachment/Infrastructure/own-vpc-access-tooling"]);
    let file = of("[baseline]\nvpc_block_public_access = \"block-ingress\"\n");
    assert!(file.contains(&"guardrail/vpc-access".to_owned()) && file.contains(&"guardrail/vpc-access-prod".to_owned()), "{file:?}");
    assert!(file.iter().all(|address| !address.contains("/Suspended/")), "{file:?}");
}
