//! Change sets: what they show, when they can be executed, and what is refused.

use super::*;
use crate::simulator::{CHANGE_SET, STACK_RESOURCE};

#[tokio::test(start_paused = true)]
async fn a_stack_is_made_and_changed_by_change_sets() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let stacks = Stacks::new(&admin);
    let mut first = config("one");
    first["Description"] = "the shop".into();
    first["Parameters"] = json!({ "Tier": { "Type": "String", "Default": "dev" }, "Key": { "Type": "String", "NoEcho": true } });
    first["Outputs"] =
        json!({ "Name": { "Value": { "Ref": "Config" }, "Description": "where" }, "Value": { "Value": { "Fn::GetAtt": "Config.Value" } } });
    let given = [("Parameters.member.1.ParameterKey", "Key"), ("Parameters.member.1.ParameterValue", "hidden")];
    let more = [&given[..], &[("Description", "digest"), ("Tags.member.1.Key", "app"), ("Tags.member.1.Value", "shop")]].concat();
    let made = stacks.plan("CREATE", "one", &first, &more).await;
    let (set, stack) = (made.text("CreateChangeSetResult/Id").expect("an id"), made.text("CreateChangeSetResult/StackId").expect("an id"));
    assert!(stack.starts_with("arn:aws:cloudformation:eu-west-1:111111111111:stack/shop/"), "{stack}");
    assert!(set.starts_with("arn:aws:cloudformation:eu-west-1:111111111111:changeSet/one/"), "{set}");
    assert_eq!((stacks.status().await.as_str(), value(&admin, "/shop/config").await), ("REVIEW_IN_PROGRESS", None));
    for pairs in [named("one"), vec![("ChangeSetName", set.as_str())]] {
        let shown = stacks.done("DescribeChangeSet", &pairs).await.each("DescribeChangeSetResult").remove(0);
        for (path, expected) in [
            ("Status", "CREATE_COMPLETE"),
            ("ExecutionStatus", "AVAILABLE"),
            ("Description", "digest"),
            ("StackId", &stack),
            ("Changes/member/Type", "Resource"),
            ("Changes/member/ResourceChange/Action", "Add"),
            ("Changes/member/ResourceChange/LogicalResourceId", "Config"),
            ("Changes/member/ResourceChange/ResourceType", "AWS::SSM::Parameter"),
            ("Tags/member/Value", "shop"),
        ] {
            assert_eq!(shown.text(path).as_deref(), Some(expected), "{path}");
        }
        assert_eq!(shown.texts("Parameters/member/ParameterValue"), ["****", "dev"]);
    }

    stacks.done("ExecuteChangeSet", &named("one")).await;
    let shop = stacks.shop().await;
    assert_eq!(shop.text("StackStatus").as_deref(), Some("CREATE_COMPLETE"));
    assert_eq!(shop.texts("Outputs/member/OutputKey"), ["Name", "Value"]);
    assert_eq!(shop.texts("Outputs/member/OutputValue"), ["/shop/config", "one"]);
    assert_eq!((shop.text("ChangeSetId"), shop.text("Description").as_deref()), (Some(set), Some("the shop")));
    assert_eq!(value(&admin, "/shop/config").await.as_deref(), Some("one"));
    let tags =
        Caller::new(&admin, "ssm").done("ListTagsForResource", json!({ "ResourceType": "Parameter", "ResourceId": "/shop/config" })).await;
    assert_eq!(tags["TagList"], json!([{ "Key": "app", "Value": "shop" }]), "those of the stack");
    let got = stacks.done("GetTemplate", &[("StackName", "shop"), ("TemplateStage", "Original")]).await;
    assert_eq!(got.text("GetTemplateResult/TemplateBody"), Some(first.to_string()));
    let resources = stacks.done("DescribeStackResources", SHOP).await.each("DescribeStackResourcesResult/StackResources/member");
    assert_eq!(resources.len(), 1);
    assert_eq!(resources[0].text("PhysicalResourceId").as_deref(), Some("/shop/config"));
    let expected = [
        "shop REVIEW_IN_PROGRESS",
        "shop CREATE_IN_PROGRESS",
        "Config CREATE_IN_PROGRESS",
        "Config CREATE_COMPLETE",
        "shop CREATE_COMPLETE",
    ];
    assert_eq!(stacks.events("shop").await, expected);

    let previous = [("Parameters.member.1.ParameterKey", "Key"), ("Parameters.member.1.UsePreviousValue", "true")];
    let mut second = first.clone();
    second["Resources"] = json!({ "Config": parameter("/shop/config", "two"), "Other": parameter("/shop/other", "x") });
    assert_eq!(stacks.deploy("UPDATE", "two", &second, &previous).await, "UPDATE_COMPLETE");
    assert_eq!(value(&admin, "/shop/config").await.as_deref(), Some("two"));
    let events = stacks.events(&stack).await;
    let expected = [
        "shop UPDATE_IN_PROGRESS",
        "Config UPDATE_IN_PROGRESS",
        "Config UPDATE_COMPLETE",
        "Other CREATE_IN_PROGRESS",
        "Other CREATE_COMPLETE",
        "shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "shop UPDATE_COMPLETE",
    ];
    assert_eq!(events[5..], expected);
    assert_eq!(stacks.shop().await.texts("Outputs/member/OutputValue"), ["/shop/config", "two"]);

    let mut third = second.clone();
    third["Resources"] = json!({ "Config": parameter("/shop/renamed", "two") });
    let with_url = [("UsePreviousTemplate", "true")];
    let unchanged = [&named("same")[..], &with_url, &previous].concat();
    stacks.done("CreateChangeSet", &unchanged).await;
    let same = stacks.described("same").await;
    assert_eq!((same.text("Status").as_deref(), same.text("ExecutionStatus").as_deref()), (Some("FAILED"), Some("UNAVAILABLE")));
    assert!(same.text("StatusReason").is_some_and(|reason| reason.starts_with("The submitted information didn't contain changes.")));
    stacks.refused("ExecuteChangeSet", &named("same"), "InvalidChangeSetStatus").await;
    stacks.plan("UPDATE", "three", &third, &previous).await;
    let shown = stacks.described("three").await;
    assert_eq!(shown.texts("Changes/member/ResourceChange/Action"), ["Modify", "Remove"]);
    assert_eq!(shown.texts("Changes/member/ResourceChange/Replacement"), ["True"]);
    assert_eq!(shown.texts("Changes/member/ResourceChange/PolicyAction"), ["ReplaceAndDelete", "Delete"]);
    assert_eq!(shown.text("Changes/member/ResourceChange/Details/member/Target/Name").as_deref(), Some("Name"));
    stacks.done("ExecuteChangeSet", &named("three")).await;
    assert_eq!(stacks.status().await, "UPDATE_COMPLETE");
    for (name, expected) in [("/shop/config", None), ("/shop/other", None), ("/shop/renamed", Some("two"))] {
        assert_eq!(value(&admin, name).await.as_deref(), expected, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_set_is_executed_once_and_only_on_what_it_was_made_for() {
    let simulator = instant();
    let stacks = Stacks::administrator(&simulator);
    assert_eq!(stacks.deploy("CREATE", "one", &config("1"), &[]).await, "CREATE_COMPLETE");
    stacks.plan("UPDATE", "two", &config("2"), &[]).await;
    stacks.plan("UPDATE", "three", &config("3"), &[]).await;
    let execute = |set: &'static str, token: &'static str| [named(set), vec![("ClientRequestToken", token)]].concat();
    for _ in 0..2 {
        stacks.done("ExecuteChangeSet", &execute("two", "first")).await;
    }
    let message = stacks.refused("ExecuteChangeSet", &execute("two", "second"), "InvalidChangeSetStatus").await;
    assert!(message.ends_with("cannot be executed in its current execution status of [EXECUTE_COMPLETE]"), "{message}");
    stacks.refused("ExecuteChangeSet", &execute("three", "first"), "TokenAlreadyExistsException").await;
    let message = stacks.refused("ExecuteChangeSet", &execute("three", "second"), "InvalidChangeSetStatus").await;
    assert!(message.ends_with("[OBSOLETE]"), "{message}");
    assert_eq!(stacks.described("three").await.text("ExecutionStatus").as_deref(), Some("OBSOLETE"));
    let event = stacks.done("DescribeStackEvents", SHOP).await;
    assert_eq!(event.text("DescribeStackEventsResult/StackEvents/member/ClientRequestToken").as_deref(), Some("first"));

    // The same request with the same token is the same change set; any other with its name is refused.
    let body = config("4").to_string();
    let create = |token: &'static str, body: &str| {
        let pairs = [("TemplateBody", body.to_owned()), ("ClientToken", token.to_owned())];
        named("four").into_iter().map(|(name, text)| (name, text.to_owned())).chain(pairs).collect::<Vec<_>>()
    };
    let pairs = |owned: &[(&'static str, String)]| owned.iter().map(|(name, text)| (*name, text.clone())).collect::<Vec<_>>();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let owned = pairs(&create("a", &body));
        let borrowed: Vec<(&str, &str)> = owned.iter().map(|(name, text)| (*name, text.as_str())).collect();
        ids.push(stacks.done("CreateChangeSet", &borrowed).await.text("CreateChangeSetResult/Id"));
    }
    assert_eq!(ids[0], ids[1]);
    for (token, body) in [("b", body.clone()), ("a", config("5").to_string())] {
        let owned = pairs(&create(token, &body));
        let borrowed: Vec<(&str, &str)> = owned.iter().map(|(name, text)| (*name, text.as_str())).collect();
        stacks.refused("CreateChangeSet", &borrowed, "AlreadyExistsException").await;
    }
    for _ in 0..2 {
        stacks.done("DeleteChangeSet", &named("four")).await;
    }
    let message = stacks.refused("DescribeChangeSet", &named("four"), "ChangeSetNotFound").await;
    assert_eq!(message, "ChangeSet [four] does not exist");
}

#[tokio::test(start_paused = true)]
async fn what_no_change_set_can_be_is_refused() {
    let simulator = instant();
    let stacks = Stacks::administrator(&simulator);
    assert_eq!(stacks.deploy("CREATE", "one", &config("1"), &[]).await, "CREATE_COMPLETE");
    let role = template(json!({ "R": { "Type": "AWS::IAM::Role", "Properties": { "AssumeRolePolicyDocument": {} } } })).to_string();
    let named_role = role.replace("\"AssumeRole", "\"RoleName\":\"r\",\"AssumeRole");
    let other_type = template(json!({ "Config": { "Type": "AWS::Logs::LogGroup" } })).to_string();
    let unknown = template(json!({ "Q": { "Type": "AWS::SQS::Queue" } })).to_string();
    let untaught = template(json!({ "P": { "Type": "AWS::SSM::Parameter", "Properties": { "Policies": "[]" } } })).to_string();
    let one = config("1").to_string();
    let long = format!("{{{}", " ".repeat(51_200));
    for (pairs, code, words) in [
        (vec![("StackName", "new"), ("TemplateBody", one.as_str())], "ValidationError", "Stack [new] does not exist"),
        (vec![("ChangeSetType", "CREATE"), ("TemplateBody", &one)], "ValidationError", "already exists and cannot be created again"),
        (vec![("StackName", "a_b"), ("TemplateBody", &one)], "ValidationError", "stackName"),
        (vec![("ChangeSetName", "1x"), ("TemplateBody", &one)], "ValidationError", "changeSetName"),
        (vec![], "ValidationError", "Either Template URL or Template Body"),
        (vec![("TemplateBody", &one), ("UsePreviousTemplate", "true")], "ValidationError", "only one of"),
        (vec![("TemplateBody", &long)], "ValidationError", "51200"),
        (vec![("TemplateBody", "A: b")], "NotImplemented", "YAML"),
        (vec![("TemplateBody", &unknown)], "NotImplemented", "AWS::SQS::Queue"),
        (vec![("TemplateBody", &untaught)], "NotImplemented", "Policies"),
        (vec![("TemplateBody", &other_type)], "ValidationError", "resource type is not permitted"),
        (vec![("TemplateBody", &role)], "InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]"),
        (
            vec![("TemplateBody", &named_role), ("Capabilities.member.1", "CAPABILITY_IAM")],
            "InsufficientCapabilitiesException",
            "NAMED_IAM",
        ),
        (vec![("TemplateBody", &one), ("Capabilities.member.1", "CAPABILITY_ALL")], "ValidationError", "capabilities"),
        (vec![("TemplateBody", &one), ("OnStackFailure", "DELETE")], "ValidationError", "OnStackFailure"),
        (vec![("TemplateBody", &one), ("ImportExistingResources", "true")], "NotImplemented", "ImportExistingResources"),
        (vec![("TemplateBody", &one), ("ChangeSetType", "IMPORT")], "NotImplemented", "IMPORT"),
        (vec![("TemplateBody", &one), ("NotificationARNs.member.1", "arn:x")], "NotImplemented", "NotificationARNs"),
        (vec![("TemplateBody", &one), ("RollbackConfiguration.MonitoringTimeInMinutes", "181")], "ValidationError", "180"),
        (vec![("TemplateURL", "https://none.s3.amazonaws.com/x")], "ValidationError", "S3 error: The specified bucket does not exist"),
        (vec![("TemplateURL", "https://acme.example/x")], "ValidationError", "supported URL"),
        (
            vec![("TemplateBody", &one), ("Parameters.member.1.ParameterKey", "P"), ("Parameters.member.1.ParameterValue", "v")],
            "ValidationError",
            "Parameters: [P] do not exist",
        ),
    ] {
        let own: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
        let mut all: Vec<(&str, &str)> = named("bad").into_iter().filter(|(name, _)| !own.contains(name)).collect();
        all.extend(&pairs);
        let message = stacks.refused("CreateChangeSet", &all, code).await;
        assert!(message.contains(words), "{words}: {message}");
    }
    for (operation, pairs, code) in [
        ("DescribeChangeSet", vec![("ChangeSetName", "one")], "ValidationError"),
        ("DescribeChangeSet", vec![("StackName", "none"), ("ChangeSetName", "one")], "ValidationError"),
        ("ExecuteChangeSet", named("none"), "ChangeSetNotFound"),
        ("ExecuteChangeSet", [named("one"), vec![("DisableRollback", "true")]].concat(), "NotImplemented"),
        ("DescribeStacks", vec![("StackName", "none")], "ValidationError"),
        ("DescribeStackEvents", vec![("StackName", "none")], "ValidationError"),
        ("GetTemplate", vec![("StackName", "none")], "ValidationError"),
        ("CreateStack", SHOP.to_vec(), "NotImplemented"),
    ] {
        stacks.refused(operation, &pairs, code).await;
    }
    let listed = stacks.done("DescribeStacks", &[]).await;
    assert_eq!(listed.texts("DescribeStacksResult/Stacks/member/StackName"), ["shop"], "nothing was made");
}

#[tokio::test(start_paused = true)]
async fn change_sets_and_resources_take_their_time() {
    let simulator = realistic();
    let stacks = Stacks::administrator(&simulator);
    stacks.plan("CREATE", "one", &config("1"), &[]).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(stacks.described("one").await.text("Status").expect("a state"));
        tokio::time::sleep(CHANGE_SET / 2).await;
    }
    assert_eq!(seen, ["CREATE_PENDING", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]);
    stacks.done("ExecuteChangeSet", &named("one")).await;
    assert_eq!(stacks.described("one").await.text("ExecutionStatus").as_deref(), Some("EXECUTE_IN_PROGRESS"));
    stacks.refused("ExecuteChangeSet", &named("one"), "InvalidChangeSetStatus").await;
    stacks.refused("DeleteChangeSet", &named("one"), "InvalidChangeSetStatus").await;
    assert_eq!(stacks.events("shop").await.last().map(String::as_str), Some("Config CREATE_IN_PROGRESS"));
    let body = config("2").to_string();
    let message = stacks.refused("CreateChangeSet", &[&named("two")[..], &[("TemplateBody", &body)]].concat(), "ValidationError").await;
    assert!(message.ends_with("is in CREATE_IN_PROGRESS state and can not be updated."), "{message}");
    tokio::time::sleep(STACK_RESOURCE).await;
    assert_eq!(stacks.status().await, "CREATE_COMPLETE");

    // The stack is deleted; its id still finds it, and its name is free.
    let id = stacks.shop().await.text("StackId").expect("an id");
    stacks.done("UpdateTerminationProtection", &[("StackName", "shop"), ("EnableTerminationProtection", "true")]).await;
    let message = stacks.refused("DeleteStack", SHOP, "ValidationError").await;
    assert!(message.contains("TerminationProtection"), "{message}");
    stacks.done("UpdateTerminationProtection", &[("StackName", "shop"), ("EnableTerminationProtection", "false")]).await;
    stacks.done("DeleteStack", SHOP).await;
    assert_eq!(stacks.status().await, "DELETE_IN_PROGRESS");
    tokio::time::sleep(STACK_RESOURCE).await;
    let message = stacks.refused("DescribeStacks", SHOP, "ValidationError").await;
    assert_eq!(message, "Stack with id shop does not exist");
    assert_eq!(stacks.events(&id).await.last().map(String::as_str), Some("shop DELETE_COMPLETE"));
    stacks.done("DeleteStack", SHOP).await;
    stacks.plan("CREATE", "one", &config("1"), &[]).await;
}
