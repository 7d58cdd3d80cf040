//! Operations that fail, and what is left of them.

use super::*;
use crate::simulator::StackTrouble;

/// Three parameters in a row, the last of which fails.
fn chain(value: &str) -> Value {
    let mut whole = template(json!({
        "First": parameter("/shop/first", value), "Second": parameter("/shop/second", value), "Third": parameter("/shop/third", value) }));
    whole["Resources"]["Second"]["DependsOn"] = "First".into();
    whole["Resources"]["Third"]["DependsOn"] = json!(["Second"]);
    whole
}

fn breaks() -> StackTrouble {
    StackTrouble::resource_fails("Third", "ECS Deployment Circuit Breaker was triggered")
}

#[tokio::test(start_paused = true)]
async fn a_failed_creation_ends_as_it_was_asked_to() {
    for (on_failure, status, left, reason) in [
        (None, "ROLLBACK_COMPLETE", None, "The following resource(s) failed to create: [Third]. Rollback requested by user."),
        (Some("DELETE"), "DELETE_COMPLETE", None, "The following resource(s) failed to create: [Third]. Delete requested by user."),
        (Some("DO_NOTHING"), "CREATE_FAILED", Some("1"), "The following resource(s) failed to create: [Third]. "),
    ] {
        let simulator = instant();
        let admin = Clients::administrator(&simulator);
        let stacks = Stacks::new(&admin);
        simulator.trouble_stacks(breaks());
        let more: Vec<(&str, &str)> = on_failure.into_iter().map(|wanted| ("OnStackFailure", wanted)).collect();
        let made = stacks.plan("CREATE", "one", &chain("1"), &more).await;
        let id = made.text("CreateChangeSetResult/StackId").expect("an id");
        stacks.done("ExecuteChangeSet", &named("one")).await;
        let stack = stacks.done("DescribeStacks", &[("StackName", &id)]).await.each("DescribeStacksResult/Stacks/member").remove(0);
        assert_eq!(stack.text("StackStatus").as_deref(), Some(status));
        for name in ["/shop/first", "/shop/second"] {
            assert_eq!(value(&admin, name).await.as_deref(), left, "{status} {name}");
        }
        assert_eq!(stacks.reason(&id, "Third", "CREATE_FAILED").await, "ECS Deployment Circuit Breaker was triggered");
        let events = stacks.done("DescribeStackEvents", &[("StackName", &id)]).await;
        assert!(events.texts("DescribeStackEventsResult/StackEvents/member/ResourceStatusReason").iter().any(|found| found == reason));
        if on_failure.is_none() {
            let set = stacks.described("one").await;
            assert_eq!(set.text("ExecutionStatus").as_deref(), Some("EXECUTE_FAILED"));
            let body = chain("1").to_string();
            let pairs = [&named("two")[..], &[("TemplateBody", &body)]].concat();
            let message = stacks.refused("CreateChangeSet", &pairs, "ValidationError").await;
            assert!(message.ends_with("is in ROLLBACK_COMPLETE state and can not be updated."), "{message}");
            let removed = ["Second DELETE_IN_PROGRESS", "Second DELETE_COMPLETE", "First DELETE_IN_PROGRESS", "First DELETE_COMPLETE"];
            assert_eq!(stacks.events(&id).await[9..13], removed);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_gives_everything_back() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let stacks = Stacks::new(&admin);
    assert_eq!(stacks.deploy("CREATE", "one", &chain("1"), &[]).await, "CREATE_COMPLETE");
    let before = stacks.events("shop").await.len();
    simulator.trouble_stacks(breaks());
    let mut next = chain("2");
    next["Resources"]["Second"] = parameter("/shop/moved", "2");
    next["Resources"]["New"] = parameter("/shop/new", "2");
    next["Resources"]["Third"]["DependsOn"] = json!(["First", "Second", "New"]);
    assert_eq!(stacks.deploy("UPDATE", "two", &next, &[]).await, "UPDATE_ROLLBACK_COMPLETE");
    for (name, expected) in
        [("/shop/first", Some("1")), ("/shop/second", Some("1")), ("/shop/third", Some("1")), ("/shop/moved", None), ("/shop/new", None)]
    {
        assert_eq!(value(&admin, name).await.as_deref(), expected, "{name}");
    }
    let expected = [
        "shop UPDATE_IN_PROGRESS",
        "First UPDATE_IN_PROGRESS",
        "First UPDATE_COMPLETE",
        "New CREATE_IN_PROGRESS",
        "New CREATE_COMPLETE",
        "Second UPDATE_IN_PROGRESS",
        "Second UPDATE_COMPLETE",
        "Third UPDATE_IN_PROGRESS",
        "Third UPDATE_FAILED",
        "shop UPDATE_ROLLBACK_IN_PROGRESS",
        "Second UPDATE_COMPLETE",
        "First UPDATE_IN_PROGRESS",
        "First UPDATE_COMPLETE",
        "shop UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "New DELETE_IN_PROGRESS",
        "New DELETE_COMPLETE",
        "Second DELETE_IN_PROGRESS",
        "Second DELETE_COMPLETE",
        "shop UPDATE_ROLLBACK_COMPLETE",
    ];
    assert_eq!(stacks.events("shop").await[before..], expected);
    let got = stacks.done("GetTemplate", SHOP).await;
    assert_eq!(got.text("GetTemplateResult/TemplateBody"), Some(chain("1").to_string()));
    let resources = stacks.done("DescribeStackResources", SHOP).await;
    let states = resources.texts("DescribeStackResourcesResult/StackResources/member/ResourceStatus");
    assert_eq!(states, ["UPDATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE"]);
    // The stack can be updated again, and its trouble is over.
    assert_eq!(stacks.deploy("UPDATE", "three", &chain("3"), &[]).await, "UPDATE_COMPLETE");
    assert_eq!(value(&admin, "/shop/third").await.as_deref(), Some("3"));
}

#[tokio::test(start_paused = true)]
async fn what_is_retained_stays() {
    for (policy, retains, stays) in
        [("Delete", "false", false), ("Retain", "false", true), ("Retain", "true", false), ("RetainExceptOnCreate", "false", false)]
    {
        let simulator = instant();
        let admin = Clients::administrator(&simulator);
        let stacks = Stacks::new(&admin);
        let mut whole = chain("1");
        whole["Resources"]["First"]["DeletionPolicy"] = policy.into();
        simulator.trouble_stacks(breaks());
        stacks.plan("CREATE", "one", &whole, &[]).await;
        stacks.done("ExecuteChangeSet", &[&named("one")[..], &[("RetainExceptOnCreate", retains)]].concat()).await;
        assert_eq!(stacks.status().await, "ROLLBACK_COMPLETE");
        assert_eq!(value(&admin, "/shop/first").await.is_some(), stays, "{policy} {retains}, of a failed creation");
        stacks.done("DeleteStack", SHOP).await;
        if !stays {
            assert_eq!(stacks.deploy("CREATE", "two", &whole, &[]).await, "CREATE_COMPLETE");
            stacks.done("DeleteStack", SHOP).await;
            let is_kept = value(&admin, "/shop/first").await.is_some();
            assert_eq!(is_kept, policy != "Delete", "{policy}, of a stack that was there");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_given_back_or_removed_is_said() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let stacks = Stacks::new(&admin);
    let small = |value: String| template(json!({ "A": parameter("/shop/a", &value), "Third": parameter("/shop/third", &value) }));
    assert_eq!(stacks.deploy("CREATE", "one", &small("1".to_owned()), &[]).await, "CREATE_COMPLETE");
    // An advanced parameter is never a standard one again, which the earlier template says it is.
    let mut back = small("2".to_owned());
    for name in ["A", "Third"] {
        back["Resources"][name]["Properties"]["Tier"] = "Standard".into();
    }
    assert_eq!(stacks.deploy("UPDATE", "two", &back, &[]).await, "UPDATE_COMPLETE");
    simulator.trouble_stacks(breaks());
    assert_eq!(stacks.deploy("UPDATE", "three", &small("x".repeat(5000)), &[]).await, "UPDATE_ROLLBACK_FAILED");
    let reason = stacks.reason("shop", "A", "UPDATE_FAILED").await;
    assert!(reason.contains("can't downgrade"), "{reason}");
    assert_eq!(stacks.reason("shop", "shop", "UPDATE_ROLLBACK_FAILED").await, "The following resource(s) failed to update: [A]. ");
}
