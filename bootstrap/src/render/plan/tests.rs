//! Plans of worlds that differ from what is wanted in every way there is.

use landfall::address::Scope;
use landfall::aws::tags::Tags;
use landfall::kind::Observed;
use landfall::model::Organization;
use landfall::observed::ScopeState;
use landfall::plan::{Plan, PlanOptions, plan};
use landfall::simulator::Preset;

use super::*;
use crate::render::fixture::{Built, STARTUP, built, layout, organization, seen};

/// Draws the plan of a manifest for a world that was built and then changed.
fn drawn(built: &Built, manifest: &str, width: usize) -> String {
    let organization = organization(manifest);
    seen(&draw(&layout(Some(&organization), width), &planned(built, &organization).view()))
}

fn planned(built: &Built, organization: &Organization) -> Plan {
    plan(organization, &landfall::desired::desired(organization), &built.observation, &PlanOptions::default()).expect("not refused")
}

fn account(key: &str) -> Scope {
    Scope::Account(key.parse().expect("valid"))
}

#[tokio::test]
async fn everything_that_can_stand_in_the_way() {
    let manifest = format!("{STARTUP}\n[environments.qa]\ntier = \"staging\"\n[accounts.tooling]\nunit = \"Infrastructure\"\n");
    let mut target = built(&manifest, Preset::Instant).await;
    let denied = ScopeState::Unreadable {
        reason: "AWS refused sts:AssumeRole: AccessDenied, with an explicit deny in a service control policy".to_owned(),
        hint: "let role provisioner be assumed from the management account".to_owned(),
    };
    target.observation.scopes.insert(account("staging"), denied);
    target.observation.scopes.insert(account("qa"), ScopeState::NotReady("SubscriptionRequiredException".to_owned()));
    for (scope, thing) in &mut target.observation.things {
        match thing {
            // Another owner's unit of our name, with accounts in it: a hazard.
            Observed::Unit(unit) if unit.name == "Security" => {
                unit.tags = Tags::default();
                unit.accounts = vec!["acme-log-archive".to_owned(), "payroll".to_owned()];
            }
            // Another owner's role of our name: blocked.
            Observed::IamRole(role) if role.name.ends_with("reader") && *scope == account("dev") => role.tags = Tags::default(),
            // A longer session than is wanted: a change.
            Observed::IamRole(role) if role.name.ends_with("deployer") && *scope == account("prod") => {
                role.detail.as_mut().expect("ours").session_seconds = 43_200;
            }
            _ => {}
        }
    }
    // No longer wanted: an orphan.
    let less = format!("{manifest}\n[units.\"Security\"]\nadopt = true\n").replace("[accounts.tooling]\nunit = \"Infrastructure\"\n", "");
    for width in [110, 80, 60] {
        insta::assert_snapshot!(format!("troubled_{width}"), drawn(&target, &less, width));
    }
    drawn(&target, &less, 20);
}

/// What is taken out of the manifest goes on costing and goes on being open: the plan says so where there is nothing to do.
#[tokio::test]
async fn what_is_left_over_is_a_line_for_each_kind_and_is_never_nothing() {
    let qa = "[environments.qa]\ntier = \"development\"\n";
    let (with, without) = (format!("{STARTUP}\n{qa}network = {{ cidr = \"10.64.0.0/16\" }}\n"), format!("{STARTUP}\n{qa}"));
    let target = built(&with, Preset::Instant).await;
    let text = drawn(&target, &without, 80);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("; 1 NAT gateway billed ") && flat.contains("; 1 address billed "), "{text}");
    let sum = text.split("\n\n").last().unwrap_or_default().replace('\n', " ");
    assert!(sum.starts_with("nothing to do, ") && sum.contains(" things left over (1 NAT gateway, 1 address billed): "), "{text}");
    assert!(sum.trim_end().ends_with("landfall apply --prune"), "{text}");
    assert_eq!(text.matches("`--prune` removes it").count(), 1, "said once for all of an account: {text}");

    let organization = organization(&without);
    let mut view = planned(&target, &organization).view();
    view.orphans.retain(|orphan| orphan.address.name() == "main");
    view.orphans.iter_mut().for_each(|orphan| orphan.removable = false);
    let text = seen(&draw(&layout(Some(&organization), 80), &view));
    let sum = text.split("\n\n").last().unwrap_or_default();
    assert!(sum.contains(" things left over, which stay") && !sum.contains("--prune"), "{text}");

    let less = with.replace("network = { cidr = \"10.48.0.0/16\" }", "");
    assert_ne!(less, with);
    let text = drawn(&target, &less, 80);
    for line in [
        "  ? prod/eu-west-1/nat                3: a, b, c; 3 NAT gateways billed\n",
        "  ? prod/eu-west-1/subnet             9: isolated-a, isolated-b, isolated-c,\n",
        "nothing to do, 25 things left over (3 NAT gateways, 3 addresses billed):\nlandfall apply --prune",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}

/// Who may deploy is the most frequent change, and the same in every account: one block, in words.
#[tokio::test]
async fn a_changed_trust_is_said_once_and_in_words() {
    let engineers = STARTUP.replace("sso:AdministratorAccess", "sso:Engineers");
    assert_ne!(engineers, STARTUP);
    let target = built(&engineers, Preset::Instant).await;
    for width in [80, 120] {
        let text = drawn(&target, STARTUP, width);
        assert_eq!(text.matches("      may assume it  + sso:AdministratorAccess  - sso:Engineers\n").count(), 3, "{text}");
        assert!(text.contains("  ~ iam-role/config-shop              in dev, staging and prod\n"), "{text}");
        assert!(text.contains("\nseveral accounts\n"), "{text}");
        assert!(text.contains("  ~ iam-role/reader                   in dev, staging and prod\n"), "{text}");
        assert!(!text.contains("arn:aws") && !text.contains('…'), "{text}");
    }
}

/// Twenty things that wait for one blocked thing are a number.
#[tokio::test]
async fn what_waits_for_one_blocked_thing_is_a_number() {
    let mut target = built(STARTUP, Preset::Instant).await;
    for (_, thing) in &mut target.observation.things {
        match thing {
            Observed::Unit(unit) if unit.name == "Workloads" => unit.tags = Tags::default(),
            Observed::Attachment(attachment) => attachment.policy.push('x'),
            _ => {}
        }
    }
    let text = drawn(&target, STARTUP, 80);
    assert!(text.contains("  ! unit/Workloads"), "{text}");
    assert!(text.contains(" more wait for unit/Workloads\n"), "{text}");
}

#[tokio::test]
async fn nothing_to_do() {
    let target: Built = built(STARTUP, Preset::Instant).await;
    assert_eq!(target.wanted.wanted.len(), 197);
    let text = drawn(&target, STARTUP, 80);
    assert!(text.contains("nothing to do: all 197 things are as the manifest says"), "{text}");
    assert_eq!(target.organization.name.as_str(), "acme");

    let mut one = planned(&target, &organization(STARTUP)).view();
    one.settled = 1;
    let text = seen(&draw(&layout(None, 80), &one));
    assert!(text.contains("nothing to do: the one thing is as the manifest says"), "{text}");
}
