//! What a plan says about money, and the table of `status --cost`.

use landfall::cost::{Estimate, Payers};
use landfall::desired::desired;
use landfall::observed::{Observation, ScopeState};
use landfall::plan::{PlanOptions, plan};
use landfall::simulator::Preset;

use super::*;
use crate::render::fixture::{STARTUP, built, layout, organization, seen};

fn said(manifest: &str) -> Vec<String> {
    let organization = organization(manifest);
    let nothing = Observation::nothing("111111111111".parse().expect("an id"));
    let plan = plan(&organization, &desired(&organization), &nothing, &PlanOptions::default()).expect("not refused");
    sentences(&plan.view())
}

#[test]
fn a_plan_says_what_each_environment_adds() {
    assert_eq!(
        said(STARTUP),
        ["Adds about $190 a month before traffic and logs: prod $120 (3 NAT gateways, 3 addresses), dev $39 (1 NAT gateway, 1 address), \
          staging $39 (1 NAT gateway, 1 address), organization $1 (1 key); list prices of 2026-09-25, eu-west-1."]
    );
    let (head, _) = STARTUP.split_once("[environments.dev]").expect("an environment");
    assert_eq!(
        said(&format!("{head}[environments.dev]\ntier = \"development\"\n")),
        ["Adds about $1 a month before traffic and logs: organization (1 key); list prices of 2026-09-25, eu-west-1."]
    );
}

/// What is taken out of the manifest is billed until it is removed; only a plan that removes it says that this ends.
#[tokio::test]
async fn a_plan_says_what_it_ends() {
    let built = built(STARTUP, Preset::Instant).await;
    let less = organization(&STARTUP.replace("network = { cidr = \"10.48.0.0/16\" }", ""));
    let mut options = PlanOptions::default();
    let view = |options: &PlanOptions| plan(&less, &desired(&less), &built.observation, options).expect("not refused").view();
    assert_eq!(sentences(&view(&options)), [""; 0]);
    assert_eq!(left_over(&view(&options).orphans).as_deref(), Some("3 NAT gateways, 3 addresses"));
    options.prune = true;
    assert_eq!(
        sentences(&view(&options)),
        ["Ends about $120 a month: prod (3 NAT gateways, 3 addresses); list prices of 2026-09-25, eu-west-1."]
    );
}

#[test]
fn many_environments_are_one_sum() {
    let (head, _) = STARTUP.split_once("[environments.dev]").expect("an environment");
    let network = |number: usize| {
        format!("[environments.e{number}]\ntier = \"development\"\nnetwork = {{ cidr = \"10.{number}.0.0/16\", nat = \"per-az\" }}\n")
    };
    let many = |number: usize| format!("{head}{}", (1..=number).map(network).collect::<Vec<_>>().concat());
    let four = &said(&many(4))[0];
    assert!(four.contains("e4 $77 (2 NAT gateways, 2 addresses), organization $1 (1 key)"), "{four}");
    let five = &said(&many(5))[0];
    assert!(five.contains("e4 $77 (2 NAT gateways, 2 addresses), 2 more $78;"), "{five}");
}

#[test]
fn a_region_without_prices_has_no_sum_and_says_what_is_billed() {
    let frankfurt = STARTUP.replace("\"eu-west-1\"", "\"eu-central-1\"");
    assert_eq!(
        said(&frankfurt),
        ["Adds to the monthly bill: 5 NAT gateways, 5 addresses, 1 key, for which landfall has no prices in eu-central-1."]
    );
}

#[tokio::test]
async fn environments_are_side_by_side() {
    let built = built(STARTUP, Preset::Instant).await;
    let mut organization = built.organization.clone();
    let wanted = plan(&organization, &built.wanted, &built.observation, &PlanOptions::default()).expect("not refused");
    let payers = Payers { home: &organization.region, environments: &wanted.environments };
    let mut estimate = Estimate::of(&payers, &organization.name, &built.observation);
    let text = seen(&draw(&layout(None, 80), &["dev", "staging", "prod"], &estimate));
    insta::assert_snapshot!(text);
    let narrow = seen(&draw(&layout(None, 40), &[], &estimate));
    assert!(narrow.lines().all(|line| line.chars().count() <= 52), "{narrow}");

    // What could not be read is not free.
    estimate.unread = vec!["prod".to_owned()];
    assert!(seen(&draw(&layout(None, 80), &[], &estimate)).ends_with("not counted: prod, which could not be read\n"));

    // Nothing of it is the organization's any more.
    organization.name = "another".parse().expect("a name");
    let nothing = Estimate::of(&payers, &organization.name, &built.observation);
    assert_eq!(seen(&draw(&layout(None, 80), &[], &nothing)), "nothing that landfall has made is billed\n");
    let mut closed = built.observation.clone();
    for state in closed.scopes.values_mut() {
        *state = ScopeState::Unreadable { reason: "denied".to_owned(), hint: "allow it".to_owned() };
    }
    closed.things.clear();
    let unread = Estimate::of(&payers, &built.organization.name, &closed).unread;
    assert!(unread.iter().any(|scope| scope == "prod"), "{unread:?}");
}
