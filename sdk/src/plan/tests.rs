//! Plans from worlds made by hand: what is created, changed, blocked, orphaned, and in which order.

mod answers;
mod archive;
mod entrusted;
mod exempt;
mod guarding;
mod hands;
mod identity;
mod layout;
mod leftovers;
mod monitoring;
mod network;
mod principals;
mod property;
mod routes;
mod saved;
mod settings;
mod way_in;
mod world;

use world::built;

use crate::address::{Address, Scope};
use crate::aws::tags;
use crate::desired::desired;
use crate::kind::organizations::account;
use crate::kind::{HazardName, Observed};
use crate::manifest::{Source, parse};
use crate::model::Organization;
use crate::observed::{Observation, ScopeState};
use crate::plan::{Plan, PlanOptions, plan};

const MANIFEST: &str = r#"
schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1", "us-east-1"]
[environments.dev]
tier = "development"
[environments.prod]
tier = "production"
[access]
operators = ["sso:PowerUserAccess"]
pipelines = ["account/tooling/role/ci"]
github = ["acme@1/shop@2"]
[accounts.tooling]
unit = "Infrastructure"
tags = { owner = "platform" }
"#;

fn organization(manifest: &str) -> Organization {
    let parsed = parse(&Source { name: "m".to_owned(), text: manifest.to_owned() }, &|_| Err("no files".to_owned()));
    assert_eq!(parsed.diagnostics, []);
    parsed.organization.expect("no diagnostics")
}

/// Plans the manifest against a world that was built from it and then changed.
fn planned(manifest: &str, change: impl FnOnce(&mut Observation)) -> Plan {
    planned_with(manifest, &PlanOptions::default(), change)
}

fn planned_with(manifest: &str, options: &PlanOptions, change: impl FnOnce(&mut Observation)) -> Plan {
    let mut world = built(&desired(&organization(MANIFEST)));
    change(&mut world);
    let organization = organization(manifest);
    plan(&organization, &desired(&organization), &world, options).expect("not refused")
}

/// Renders a plan, one line per resource.
fn shown(plan: &Plan) -> Vec<String> {
    let view = plan.view();
    let mut lines: Vec<String> = view
        .steps
        .iter()
        .map(|step| {
            let fields: Vec<String> = step.fields.iter().map(ToString::to_string).collect();
            format!("{} {} [{}]", step.action.sign(), step.address, fields.join("; "))
        })
        .collect();
    lines.extend(view.blocked.iter().map(|blocked| format!("! {}: {}", blocked.address, blocked.reason)));
    lines.extend(view.orphans.iter().map(|orphan| format!("? {}", orphan.address)));
    lines.extend(view.unreadable.iter().map(|closed| format!("unreadable {}: {}", closed.scope, closed.reason)));
    lines.extend(view.not_ready.iter().map(|closed| format!("not ready {}", closed.scope)));
    lines
}

fn find<'a>(world: &'a mut Observation, wanted: &str, organization: &str) -> &'a mut Observed {
    let address: Address = wanted.parse().expect("valid");
    let organization = organization.parse().expect("valid");
    let found = world.things.iter_mut().find(|(_, thing)| thing.owner(&organization) == tags::Owner::Ours(address.clone()));
    &mut found.unwrap_or_else(|| panic!("{wanted} does not exist")).1
}

#[test]
fn from_nothing_everything_is_created_in_order() {
    let organization = organization(MANIFEST);
    let nothing = Observation::nothing("111111111111".parse().expect("valid"));
    let plan = plan(&organization, &desired(&organization), &nothing, &PlanOptions::default()).expect("not refused");
    let text: Vec<String> = plan
        .steps
        .iter()
        .map(|step| {
            let after: Vec<String> = step.after.iter().map(ToString::to_string).collect();
            format!("{} {}  {}  after {}", step.change.action().sign(), step.address, step.change.summary(), after.join(", "))
        })
        .collect();
    insta::assert_snapshot!("from_nothing", text.join("\n"));
}

#[test]
fn what_was_built_is_settled() {
    let plan = planned(MANIFEST, |_| {});
    assert_eq!(shown(&plan), [""; 0]);
    assert!(plan.is_settled());
}

#[test]
fn a_manifest_that_changes_shows_exactly_the_fields_that_change() {
    let changed = MANIFEST
        .replace("owner = \"platform\"", "owner = \"core\"")
        .replace("regions = [\"eu-west-1\", \"us-east-1\"]", "regions = [\"eu-west-1\", \"us-east-1\", \"eu-central-1\"]")
        .replace("unit = \"Infrastructure\"", "unit = \"Tools\"");
    assert_eq!(
        shown(&planned(&changed, |_| {})),
        [
            "~ organization/acme [tags.landfall:regions  + eu-central-1]",
            "+ unit/Tools []",
            "~ guardrail/base [rule LimitRegions Condition StringNotEquals aws:RequestedRegion  + eu-central-1]",
            "+ attachment/Tools/base []",
            "+ attachment/Tools/data-perimeter []",
            "+ attachment/Tools/ec2-defaults []",
            "+ attachment/Tools/ec2-sharing []",
            "+ attachment/Tools/s3-perimeter []",
            "+ attachment/Tools/s3-public-access []",
            "~ account/tooling [unit  unit/Infrastructure -> unit/Tools (to be made); tags.owner  platform -> core]",
            // Settings of the new Region, which this world has not read.
            "+ dev/eu-central-1/ebs-encryption/main []",
            "+ dev/eu-central-1/ssm-sharing/main []",
            "+ dev/eu-central-1/default-vpc/main []",
            "+ dev/eu-central-1/log-retention/main []",
            "+ log-archive/eu-central-1/ebs-encryption/main []",
            "+ log-archive/eu-central-1/ssm-sharing/main []",
            "+ log-archive/eu-central-1/default-vpc/main []",
            "+ log-archive/eu-central-1/log-retention/main []",
            "+ prod/eu-central-1/ebs-encryption/main []",
            "+ prod/eu-central-1/ssm-sharing/main []",
            "+ prod/eu-central-1/default-vpc/main []",
            "+ prod/eu-central-1/log-retention/main []",
            "+ tooling/eu-central-1/ebs-encryption/main []",
            "+ tooling/eu-central-1/ssm-sharing/main []",
            "+ tooling/eu-central-1/default-vpc/main []",
            "+ tooling/eu-central-1/log-retention/main []",
            "? attachment/ou-ab12-00000001/base",
            "? attachment/ou-ab12-00000001/data-perimeter",
            "? attachment/ou-ab12-00000001/ec2-defaults",
            "? attachment/ou-ab12-00000001/ec2-sharing",
            "? attachment/ou-ab12-00000001/s3-perimeter",
            "? attachment/ou-ab12-00000001/s3-public-access",
            "? unit/Infrastructure",
        ]
    );
}

#[test]
fn an_unmanaged_role_blocks_its_step_only() {
    let plan = planned(MANIFEST, |world| {
        let Observed::IamRole(role) = find(world, "prod/iam-role/deployer", "acme") else { panic!("a role") };
        role.tags.clear();
    });
    assert_eq!(shown(&plan), ["! prod/iam-role/deployer: the name is taken by another iam-role, which landfall did not make"]);
}

#[test]
fn a_role_of_the_same_name_on_another_path_blocks() {
    let plan = planned(MANIFEST, |world| {
        let Observed::IamRole(role) = find(world, "prod/iam-role/reader", "acme") else { panic!("a role") };
        role.arn = "arn:aws:iam::2:role/reader".to_owned();
        role.path = "/".to_owned();
        role.detail = None;
        role.tags.clear();
    });
    assert_eq!(shown(&plan), ["! prod/iam-role/reader: the name is taken by another iam-role, which landfall did not make"]);
}

/// An attachment has no name to change.
#[test]
fn an_unmanaged_guardrail_is_named_by_its_attachments() {
    let plan = planned(MANIFEST, |world| {
        let Observed::Guardrail(base) = find(world, "guardrail/base", "acme") else { panic!("a guardrail") };
        base.tags.clear();
        let id = base.id.clone();
        for (_, thing) in &mut world.things {
            if let Observed::Attachment(attachment) = thing
                && attachment.policy == id
            {
                attachment.policy_tags.clear();
            }
        }
    });
    let all = plan.view().blocked;
    assert!(all.len() > 2 && all[0].address.to_string() == "guardrail/base", "{all:?}");
    assert_eq!(all[0].reason, "the name is taken by another guardrail, which landfall did not make");
    for blocked in &all[1..] {
        let hint = blocked.hint.as_deref().unwrap_or_default();
        assert!(blocked.needs.is_some() || hint.contains("remove the policy "), "{blocked:?}");
        assert!(!hint.contains("put its tags back"), "it has no tags: {blocked:?}");
    }
}

#[test]
fn a_forged_tag_is_blocked_and_never_pruned() {
    let plan = planned_with(MANIFEST, &PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() }, |world| {
        let Observed::IamRole(role) = find(world, "prod/iam-role/reader", "acme") else { panic!("a role") };
        role.name = "somebody".to_owned();
    });
    let lines = shown(&plan);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("! prod/iam-role/reader: "), "{lines:?}");
}

#[test]
fn a_resource_of_another_organization_is_left_alone() {
    let plan = planned(MANIFEST, |world| {
        let Observed::Guardrail(guardrail) = find(world, "guardrail/base", "acme") else { panic!("a guardrail") };
        guardrail.tags.insert(tags::ORGANIZATION.to_owned(), "other".to_owned());
    });
    assert_eq!(shown(&plan), ["! guardrail/base: landfall-base (p-14) belongs to organization other"]);
}

#[test]
fn a_suspended_account_blocks_what_is_in_it_and_nothing_else() {
    let plan = planned(MANIFEST, |world| {
        let Observed::Account(account) = find(world, "account/prod", "acme") else { panic!("an account") };
        account.state = account::State::Inactive("suspended".to_owned());
        let id = account.id_text().to_owned();
        world.things.retain(|(scope, _)| scope.account().is_none_or(|account| account.as_str() != "prod"));
        let reason = format!("account {id} is suspended");
        world.scopes.insert(Scope::Account("prod".parse().expect("valid")), ScopeState::Unreadable { reason, hint: String::new() });
    });
    assert_eq!(shown(&plan), ["! account/prod: account 222200000026 is suspended", "unreadable prod: account 222200000026 is suspended"]);
    assert!(!plan.is_clear());
}

#[test]
fn what_could_not_be_read_is_never_created() {
    let plan = planned(MANIFEST, |world| {
        world.things.retain(|(scope, _)| *scope != Scope::Organization);
        world.scopes.insert(Scope::Organization, ScopeState::Unreadable { reason: "denied".to_owned(), hint: String::new() });
    });
    let lines = shown(&plan);
    assert!(!lines.iter().any(|line| line.starts_with("+ unit") || line.starts_with("+ account")), "{lines:?}");
    assert!(lines.contains(&"unreadable organization: denied".to_owned()), "{lines:?}");
    // That is said once, not again for each resource in it.
    let inside = |line: &&String| line.starts_with("! unit/") || line.starts_with("! account/") || line.starts_with("! guardrail/");
    assert_eq!(lines.iter().find(inside), None, "{lines:?}");
}

#[test]
fn an_account_in_flight_is_awaited_and_its_content_planned_behind_it() {
    let plan = planned(MANIFEST, |world| {
        let Observed::Account(account) = find(world, "account/dev", "acme") else { panic!("an account") };
        account.state = account::State::Creating("car-1".to_owned());
        account.name = "acme-dev".to_owned();
        account.email = None;
        account.id = None;
        account.tags.clear();
        let scope = Scope::Account("dev".parse().expect("valid"));
        world.things.retain(|(place, _)| *place != scope);
        world.scopes.insert(scope, ScopeState::Absent);
        let facts = std::mem::take(&mut world.facts);
        world.facts.learn(&"organization/acme".parse().expect("valid"), "management", "111111111111");
        drop(facts);
        let wanted = desired(&organization(MANIFEST));
        world.learn(&wanted);
    });
    let lines = shown(&plan);
    assert_eq!(lines[0], "~ account/dev [state  being created (car-1) -> active]");
    assert!(plan.notices.iter().all(|notice| !notice.text.contains("takes over")), "landfall creates it: {:?}", plan.notices);
    assert!(lines[1..].iter().all(|line| line.starts_with("+ dev/")), "{lines:?}");
    assert!(plan.steps[1..].iter().all(|step| step.after.contains(&plan.steps[0].address)));
}

#[test]
fn prune_removes_in_an_order_that_works_and_never_accounts() {
    let smaller = MANIFEST
        .replace("[accounts.tooling]\nunit = \"Infrastructure\"\ntags = { owner = \"platform\" }\n", "")
        .replace("pipelines = [\"account/tooling/role/ci\"]\n", "")
        .replace("github = [\"acme@1/shop@2\"]\n", "");
    let options = PlanOptions { prune: true, only: Vec::new(), ..PlanOptions::default() };
    let plan = planned_with(&smaller, &options, |_| {});
    let lines = shown(&plan);
    assert!(lines.contains(&"- prod/iam-role/deployer []".to_owned()), "{lines:?}");
    // The account stays, so its guardrails, its units and its access role stay too.
    for kept in ["account/tooling", "attachment/ou-ab12-00000001/base", "unit/Infrastructure", "tooling/iam-role/provisioner"] {
        assert!(lines.contains(&format!("? {kept}")), "{kept}: {lines:?}");
    }
    let emptied = planned_with(&smaller, &options, |world| {
        let Observed::Account(account) = find(world, "account/tooling", "acme") else { panic!("an account") };
        account.parent = "r-ab12".to_owned();
    });
    let lines = shown(&emptied);
    let place = |needle: &str| lines.iter().position(|line| line.starts_with(needle)).unwrap_or_else(|| panic!("{needle}: {lines:?}"));
    assert!(place("- attachment/") < place("- unit/Infrastructure"), "{lines:?}");
    let listed = shown(&planned(&smaller, |_| {}));
    assert!(listed.iter().all(|line| !line.starts_with("- ")), "{listed:?}");
}

#[test]
fn only_keeps_what_is_named_and_what_that_needs() {
    let organization = organization(MANIFEST);
    let nothing = Observation::nothing("111111111111".parse().expect("valid"));
    let options = PlanOptions { prune: false, only: vec!["dev/iam-role/reader".to_owned()], ..PlanOptions::default() };
    let plan = plan(&organization, &desired(&organization), &nothing, &options).expect("not refused");
    let addresses: Vec<String> = plan.steps.iter().map(|step| step.address.to_string()).collect();
    assert_eq!(addresses, ["organization/acme", "unit/Workloads", "unit/Workloads/NonProduction", "account/dev", "dev/iam-role/reader"]);
}

/// What could not be read matters to a part of the plan only if that part is in it.
#[test]
fn only_reports_what_could_not_be_read_of_the_accounts_that_it_names() {
    for (only, reported) in [("dev", "dev"), ("prod/iam-role/reader", "prod")] {
        let options = PlanOptions { prune: false, only: vec![only.to_owned()], ..PlanOptions::default() };
        let plan = planned_with(MANIFEST, &options, |world| {
            for key in ["dev", "prod"] {
                let scope = Scope::Account(key.parse().expect("valid"));
                world.things.retain(|(place, _)| *place != scope);
                world.scopes.insert(scope, ScopeState::Unreadable { reason: "denied".to_owned(), hint: String::new() });
            }
        });
        assert_eq!(shown(&plan), [format!("unreadable {reported}: denied")], "{only}");
    }
}

#[test]
fn an_untagged_unit_is_adopted_only_when_the_manifest_says_so() {
    let untag = |world: &mut Observation| {
        let Observed::Unit(unit) = find(world, "unit/Security", "acme") else { panic!("a unit") };
        unit.tags.clear();
        unit.accounts = vec!["audit (222299999999)".to_owned()];
    };
    let refused = planned(MANIFEST, untag);
    assert_eq!(refused.blocked.len(), 1);
    assert!(refused.blocked[0].blocked.hint.as_deref().is_some_and(|hint| hint.contains("adopt = true")));
    let adopting = format!("{MANIFEST}\n[units.Security]\nadopt = true\n");
    let plan = planned(&adopting, untag);
    assert_eq!(plan.hazards(&[]).count(), 1);
    assert_eq!(plan.hazards(&[HazardName::AdoptUnit]).count(), 0);
}

#[test]
fn a_guardrail_that_would_lock_landfall_out_is_refused() {
    let manifest = format!("{MANIFEST}\n[units.Workloads]\nguardrails = [\"./lock.json\"]\n");
    let source = Source { name: "m".to_owned(), text: manifest };
    let planned = |statement: &str| {
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Lock","Effect":"Deny",{statement},"Resource":"*"}}]}}"#);
        let parsed = parse(&source, &|_| Ok(document.clone()));
        assert_eq!(parsed.diagnostics, [], "{document}");
        let organization = parsed.organization.expect("no diagnostics");
        let nothing = Observation::nothing("111111111111".parse().expect("valid"));
        plan(&organization, &desired(&organization), &nothing, &PlanOptions::default())
    };
    // The second is a resource control policy. One with a condition is not judged: whom it spares is known on AWS only.
    for statement in [r#""Action":"iam:*""#, r#""Principal":"*","Action":["s3:PutObject","sts:AssumeRole"]"#] {
        let refused = planned(statement).expect_err(statement);
        let crate::plan::check::Refused::LockOut { guardrail, statement, .. } = &refused else { panic!("{refused}") };
        assert_eq!((guardrail.as_str(), statement.as_deref()), ("lock", Some("Lock")));
        assert!(refused.hint().contains("Lock"), "{}", refused.hint());
    }
    for statement in [
        r#""Principal":"*","Action":"s3:PutObject""#,
        r#""Principal":"*","Action":"sts:AssumeRole","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}"#,
    ] {
        assert!(planned(statement).is_ok(), "{statement}");
    }
}
