//! Saved plans: when a later plan counts as the same.

use super::{MANIFEST, built, organization, planned_with};
use crate::desired::desired;
use crate::kind::{Hazard, HazardName, Observed};
use crate::observed::Observation;
use crate::plan::saved::{How, Saved};
use crate::plan::{Plan, PlanOptions, plan};

fn saved(plan: &Plan, options: &PlanOptions) -> Saved {
    Saved::parse(&plan.saved("sha256:0", options)).expect("just saved")
}

/// Returns where they differ, and how.
fn differences(saved: &Saved, plan: &Plan) -> Vec<(String, How)> {
    saved.differences(plan).into_iter().map(|difference| (difference.address, difference.how)).collect()
}

/// Removes dev's role `reader` from a built world.
fn without_reader(world: &mut Observation) {
    world.things.retain(|(scope, thing)| scope.to_string() != "dev" || !matches!(thing, Observed::IamRole(role) if role.name == "reader"));
}

#[test]
fn the_same_plan_is_the_same_and_has_its_options() {
    let options = PlanOptions { prune: true, only: vec!["dev".to_owned()], ..PlanOptions::default() };
    let plan = planned_with(MANIFEST, &options, without_reader);
    let saved = saved(&plan, &options);
    assert_eq!((saved.organization.as_str(), saved.management.as_str()), ("acme", "111111111111"));
    assert_eq!((saved.manifest.as_str(), &saved.options), ("sha256:0", &options));
    assert!(!plan.steps.is_empty());
    assert_eq!(differences(&saved, &planned_with(MANIFEST, &options, without_reader)), []);
}

#[test]
fn changes_since_are_named() {
    let options = PlanOptions::default();
    let (none, some) = (planned_with(MANIFEST, &options, |_| {}), planned_with(MANIFEST, &options, without_reader));
    let reader = some.steps[0].address.to_string();
    assert_eq!(reader, "dev/iam-role/reader");
    // Its account is not a step, so it is not reported.
    let of = |how| vec![(reader.clone(), how)];
    assert_eq!(differences(&saved(&some, &options), &none), of(How::Gone));
    assert_eq!(differences(&saved(&none, &options), &some), of(How::New));
    assert!(saved(&some, &options).is_carried_out(&none));
    assert!(!saved(&some, &options).is_carried_out(&some) && !saved(&none, &options).is_carried_out(&some));
}

#[test]
fn the_same_step_in_another_account_is_another() {
    let organization = organization(MANIFEST);
    let wanted = desired(&organization);
    let planned = |id: &str| {
        let mut world = built(&wanted);
        without_reader(&mut world);
        for (_, thing) in &mut world.things {
            if let Observed::Account(account) = thing
                && account.name == "acme-dev"
            {
                account.id = Some(crate::name::literal(id));
            }
        }
        world.learn(&wanted);
        plan(&organization, &wanted, &world, &PlanOptions::default()).expect("not refused")
    };
    let (one, other) = (planned("222200000001"), planned("222200000002"));
    assert_eq!(one.steps.iter().filter(|step| step.address.to_string() == "dev/iam-role/reader").count(), 1);
    let found = differences(&saved(&one, &PlanOptions::default()), &other);
    assert!(
        found.contains(&("account/dev".to_owned(), How::Account { saved: "222200000001".to_owned(), now: "222200000002".to_owned() })),
        "{found:?}"
    );
    assert_eq!(differences(&saved(&one, &PlanOptions::default()), &planned("222200000001")), []);
}

#[test]
fn another_value_is_named_with_its_field() {
    let options = PlanOptions::default();
    let with = |region: &'static str| {
        planned_with(MANIFEST, &options, move |world| {
            let Observed::Guardrail(base) = super::find(world, "guardrail/base", "acme") else { panic!("a guardrail") };
            base.content = base.content.replace("us-east-1", region);
        })
    };
    let found = differences(&saved(&with("us-east-2"), &options), &with("us-west-1"));
    let [(address, How::Field { name, saved, now })] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((address.as_str(), name.as_str()), ("guardrail/base", "rule LimitRegions Condition StringNotEquals aws:RequestedRegion"));
    assert!(saved.contains("us-east-2") && now.contains("us-west-1"), "{saved} and {now}");
}

/// An account that did not exist when the plan was saved, or does not exist now, is a step of its own: it has no other id.
#[test]
fn an_account_without_an_id_is_not_another_account() {
    let options = PlanOptions::default();
    let without_dev = |world: &mut Observation| {
        world.things.retain(|(scope, thing)| {
            scope.account().is_none_or(|account| account.as_str() != "dev")
                && !matches!(thing, Observed::Account(account) if account.name == "acme-dev")
        });
        world.facts = crate::kind::Facts::one(&"organization/acme".parse().expect("valid"), "management", "111111111111");
        world.learn(&desired(&organization(MANIFEST)));
    };
    let (missing, there) = (planned_with(MANIFEST, &options, without_dev), planned_with(MANIFEST, &options, without_reader));
    for (saved_plan, now, how) in [(&missing, &there, How::Gone), (&there, &missing, How::New)] {
        let found = differences(&saved(saved_plan, &options), now);
        let of_account: Vec<&How> = found.iter().filter(|(address, _)| address == "account/dev").map(|(_, how)| how).collect();
        assert_eq!(of_account, [&how], "{found:?}");
    }
}

type Change = fn(&mut Plan);

/// A review covers the resource, the order and the hazards, not the values alone.
#[test]
fn the_same_values_on_another_resource_or_with_another_hazard_are_not_the_same() {
    let options = PlanOptions::default();
    let changed = |world: &mut Observation| {
        let Observed::Guardrail(base) = super::find(world, "guardrail/base", "acme") else { panic!("a guardrail") };
        base.content = base.content.replace("us-east-1", "us-east-2");
    };
    let before = planned_with(MANIFEST, &options, changed);
    assert_eq!(before.steps.len(), 1, "{:?}", super::shown(&before));
    let another: Change = |plan| {
        let address = plan.steps[0].address.clone();
        plan.facts.learn(&address, "id", "p-another");
    };
    let hazardous: Change = |plan| plan.steps[0].hazards.push(Hazard::new(HazardName::NarrowRegions, "eu-west-1"));
    let later: Change = |plan| plan.steps[0].after.push("unit/Workloads".parse().expect("valid"));
    for change in [another, hazardous, later] {
        let mut now = before.clone();
        change(&mut now);
        assert_eq!(differences(&saved(&before, &options), &now), [("guardrail/base".to_owned(), How::Object)]);
    }
}

/// Whoever reviews the file reads its steps: they are those that are applied, or none is.
#[test]
fn a_file_that_shows_other_steps_is_another_plan() {
    type Edit = fn(&mut serde_json::Value);
    let options = PlanOptions::default();
    let plan = planned_with(MANIFEST, &options, without_reader);
    let text = plan.saved("sha256:0", &options);
    let edits: [(&str, Edit); 4] = [
        ("a step taken out", |steps| *steps = serde_json::json!([])),
        ("another action", |steps| steps[0]["action"] = "remove".into()),
        ("another summary", |steps| steps[0]["summary"] = "harmless".into()),
        ("a step put in", |steps| {
            let mut step = steps[0].clone();
            step["address"] = "dev/iam-role/mine".into();
            steps.as_array_mut().expect("a list").push(step);
        }),
    ];
    for (what, edit) in edits {
        let mut document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        edit(&mut document["plan"]["steps"]);
        let edited = Saved::parse(&document.to_string()).expect("still a plan");
        let found = differences(&edited, &plan);
        assert!(found.iter().any(|(_, how)| *how == How::Edited), "{what}: {found:?}");
    }
}
