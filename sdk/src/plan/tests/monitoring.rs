//! Plans of topics, subscriptions and budgets: what waits for whom, what a person still has to do, and what is left over.

use super::{MANIFEST, organization, shown};
use crate::address::{Address, Scope};
use crate::desired::desired;
use crate::kind::budgets::budget::{self, Notification};
use crate::kind::named::Found;
use crate::kind::sns::subscription;
use crate::kind::{Action, Desired, Observed};
use crate::observed::Observation;
use crate::plan::{Plan, PlanOptions, plan};

/// What plans here have beside the usual manifest.
const MONEY: &str = "
[monitoring]
money = [\"finance@acme.example\"]
[budgets]
prod = 100
organization = 500
";

/// Returns what would be observed if this had just been created, and confirmed; `None` for another kind.
pub(super) fn built(thing: &Desired, address: &Address) -> Option<Observed> {
    Some(match thing {
        Desired::Topic(thing) => Observed::Topic(Found {
            id: format!("arn:aws:sns:eu-west-1:111111111111:{}", thing.thing.name),
            thing: thing.thing.clone(),
            tags: thing.tags.clone(),
        }),
        Desired::Subscription(thing) => Observed::Subscription(subscription::Observed {
            topic: thing.topic.as_str().to_owned(),
            topic_tags: crate::aws::tags::ours(
                &"acme".parse().expect("valid"),
                &format!("{}/topic/money", address.scope()).parse().expect("valid"),
            ),
            email: thing.email.to_string(),
            arn: Some(format!("{}:1", thing.topic.as_str())),
        }),
        Desired::Budget(thing) => Observed::Budget(budget::Observed::Present(Box::new(budget::Present {
            address: address.clone(),
            name: thing.name.clone(),
            settings: budget::Settings::wanted(thing.amount, thing.accounts.as_deref()).expect("known"),
            notifications: Notification::WANTED.to_vec(),
            kept: budget::Kept::default(),
        }))),
        _ => return None,
    })
}

fn here() -> Scope {
    Scope::Region("management".parse().expect("valid"), "eu-west-1".parse().expect("valid"))
}

/// Plans a manifest against a world that was built from the one with `MONEY`, and then changed.
fn planned(manifest: &str, prune: bool, change: impl FnOnce(&mut Observation)) -> Plan {
    let mut world = super::built(&desired(&organization(&format!("{MANIFEST}{MONEY}"))));
    change(&mut world);
    let organization = organization(manifest);
    let options = PlanOptions { prune, ..PlanOptions::default() };
    plan(&organization, &desired(&organization), &world, &options).expect("not refused")
}

#[test]
fn what_is_built_is_settled_without_a_notice() {
    let plan = planned(&format!("{MANIFEST}{MONEY}"), false, |_| {});
    assert_eq!(shown(&plan), [""; 0]);
    assert!(!plan.notices.iter().any(|notice| notice.text.contains("confirmed")), "{:?}", plan.notices);
}

#[test]
fn a_budget_waits_for_its_accounts_and_for_the_topic() {
    let organization = organization(&format!("{MANIFEST}{MONEY}"));
    let nothing = Observation::nothing("111111111111".parse().expect("valid"));
    let plan = plan(&organization, &desired(&organization), &nothing, &PlanOptions::default()).expect("not refused");
    let after = |address: &str| -> Vec<String> {
        let step = plan.steps.iter().find(|step| step.address.to_string() == address).expect("a step");
        step.after.iter().map(ToString::to_string).collect()
    };
    let at = "management/eu-west-1";
    let topic = format!("{at}/topic/money");
    assert_eq!(after(&format!("{at}/budget/prod")), ["account/prod", "organization/acme", topic.as_str()]);
    assert_eq!(after(&format!("{at}/budget/organization")), ["organization/acme", topic.as_str()]);
    assert_eq!(after(&format!("{at}/subscription/money/finance@acme.example")), ["organization/acme", topic.as_str()]);
    assert_eq!(after(&topic), ["organization/acme"]);
}

#[test]
fn one_who_has_not_confirmed_is_a_notice_and_no_drift() {
    let plan = planned(&format!("{MANIFEST}{MONEY}"), false, |world| {
        for (_, thing) in &mut world.things {
            if let Observed::Subscription(subscription) = thing {
                subscription.arn = None;
            }
        }
    });
    assert!(plan.is_settled(), "{:?}", shown(&plan));
    let notices: Vec<&str> = plan.notices.iter().map(|notice| notice.text.as_str()).filter(|text| text.contains("confirmed")).collect();
    assert_eq!(notices, ["finance@acme.example on landfall-money has not confirmed yet: nothing is delivered"]);
}

#[test]
fn what_left_the_manifest_is_left_over_and_pruned_with_the_topic_last() {
    assert_eq!(
        shown(&planned(MANIFEST, false, |_| {})),
        ["budget/organization", "budget/prod", "subscription/money/finance@acme.example", "topic/money"]
            .map(|name| format!("? management/eu-west-1/{name}"))
    );
    let pruned = planned(MANIFEST, true, |_| {});
    let removed: Vec<&str> = pruned.steps.iter().map(|step| step.address.kind()).collect();
    assert!(pruned.steps.iter().all(|step| step.change.action() == Action::Remove), "{:?}", shown(&pruned));
    assert_eq!(removed, ["budget", "budget", "subscription", "topic"]);
}

/// AWS deletes no subscription that is not confirmed, but all of a topic's with the topic.
#[test]
fn one_that_is_not_confirmed_stays_until_its_topic_goes() {
    let unconfirmed = |world: &mut Observation| {
        for (_, thing) in &mut world.things {
            if let Observed::Subscription(subscription) = thing {
                subscription.arn = None;
            }
        }
    };
    let other = format!("{MANIFEST}{}", MONEY.replace("finance@", "bills@"));
    let stays = planned(&other, true, unconfirmed);
    let address = "management/eu-west-1/subscription/money";
    assert_eq!(shown(&stays), [format!("+ {address}/bills@acme.example []"), format!("? {address}/finance@acme.example")]);
    let hint = stays.orphans[0].hint.as_deref().unwrap_or_default();
    assert!(hint.contains("it drops this one 48 hours after it was made"), "{hint}");
    let gone = planned(MANIFEST, true, unconfirmed);
    assert!(shown(&gone).iter().any(|line| line.starts_with("- management/eu-west-1/topic/money")), "{:?}", shown(&gone));
}

#[test]
fn budgets_that_cannot_be_read_block_themselves_only() {
    let plan = planned(&format!("{MANIFEST}{MONEY}"), false, |world| {
        world.things.retain(|(_, thing)| !matches!(thing, Observed::Budget(_)));
        world.things.push((here(), Observed::Budget(budget::Observed::Denied { reason: "no".to_owned() })));
    });
    assert_eq!(
        shown(&plan),
        ["prod", "organization"].map(|name| format!("! management/eu-west-1/budget/{name}: budgets could not be read: no"))
    );
}
