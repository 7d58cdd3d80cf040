//! What resources become, through the services that have them.

use super::*;

#[tokio::test(start_paused = true)]
async fn roles_and_policies_are_those_of_iam() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let stacks = Stacks::new(&admin);
    let document = |action: &str| serde_json::from_str::<Value>(&policy("Allow", action)).expect("JSON");
    let whole = |action: &str, managed: &[&str], path: &str| {
        template(json!({
            "Role": { "Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": serde_json::from_str::<Value>(&trust("111111111111")).expect("JSON"),
                "ManagedPolicyArns": managed,
                "Path": path,
                "Policies": [{ "PolicyName": "own", "PolicyDocument": document(action) }],
                "Tags": [{ "Key": "a", "Value": action }],
            } },
            "Policy": { "Type": "AWS::IAM::Policy", "Properties": {
                "PolicyName": "more", "Roles": [{ "Ref": "Role" }], "PolicyDocument": document(action) } },
            "Name": { "Type": "AWS::SSM::Parameter", "Properties": { "Name": "/shop/role", "Type": "String", "Value": { "Fn::GetAtt": ["Role", "Arn"] } } },
        }))
    };
    let capability = [("Capabilities.member.1", "CAPABILITY_IAM")];
    let read = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert_eq!(stacks.deploy("CREATE", "one", &whole("s3:GetObject", &[read], "/"), &capability).await, "CREATE_COMPLETE");
    let arn = value(&admin, "/shop/role").await.expect("the parameter");
    let name = arn.rsplit('/').next().expect("a name").to_owned();
    assert!(arn.starts_with("arn:aws:iam::111111111111:role/shop-Role-"), "{arn}");
    let inline = |name: String| async {
        let name = name;
        admin.iam.list_role_policies().role_name(name).send().await.expect("policies").policy_names().to_vec()
    };
    assert_eq!(inline(name.clone()).await, ["more", "own"]);

    assert_eq!(stacks.deploy("UPDATE", "two", &whole("s3:PutObject", &[], "/"), &capability).await, "UPDATE_COMPLETE");
    assert_eq!(value(&admin, "/shop/role").await.as_ref(), Some(&arn), "changed in place");
    let attached = admin.iam.list_attached_role_policies().role_name(&name).send().await.expect("policies");
    assert!(attached.attached_policies().is_empty());
    let own = admin.iam.get_role_policy().role_name(&name).policy_name("own").send().await.expect("a policy");
    assert!(own.policy_document().contains("PutObject"), "{own:?}");

    // Another path is another role: what refers to it follows, and the old one goes.
    stacks.plan("UPDATE", "three", &whole("s3:PutObject", &[], "/apps/"), &capability).await;
    let shown = stacks.described("three").await;
    let change = |path: &str| shown.texts(&format!("Changes/member/ResourceChange/{path}"));
    assert_eq!(change("LogicalResourceId"), ["Role", "Name", "Policy"]);
    assert_eq!(change("Replacement"), ["True", "False", "False"]);
    assert_eq!(change("Details/member/Evaluation"), ["Static", "Dynamic", "Dynamic"]);
    stacks.done("ExecuteChangeSet", &named("three")).await;
    assert_eq!(stacks.status().await, "UPDATE_COMPLETE");
    let moved = value(&admin, "/shop/role").await.expect("the parameter");
    assert!(moved.starts_with("arn:aws:iam::111111111111:role/apps/shop-Role-"), "{moved}");
    let gone = admin.iam.get_role().role_name(&name).send().await.expect_err("gone");
    assert_eq!(code(&gone), "NoSuchEntity");
    stacks.done("DeleteStack", SHOP).await;
    stacks.refused("DescribeStacks", SHOP, "ValidationError").await;
    assert_eq!(value(&admin, "/shop/role").await, None);
    let left = admin.iam.list_roles().path_prefix("/apps/").send().await.expect("roles");
    assert!(left.roles().is_empty());
}

#[tokio::test(start_paused = true)]
async fn other_types_are_kept_with_their_ids() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let stacks = Stacks::new(&admin);
    let mut whole = template(json!({
        "Logs": { "Type": "AWS::Logs::LogGroup", "Properties": { "LogGroupName": "/shop/web" } },
        "Errors": { "Type": "AWS::CloudWatch::Alarm", "Properties": { "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1 } },
        "Health": { "Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {
            "AlarmName": { "Fn::Sub": "${AWS::StackName}-health" }, "AlarmRule": { "Fn::Sub": "ALARM(${Errors})" } } },
        "Images": { "Type": "AWS::ECR::Repository", "Condition": "HasImages" },
        "Never": { "Type": "AWS::ECR::Repository", "Condition": "HasNone" },
    }));
    whole["Conditions"] = json!({ "HasImages": { "Fn::Equals": [1, "1"] }, "HasNone": { "Fn::Not": [{ "Condition": "HasImages" }] } });
    whole["Outputs"] = json!({
        "Logs": { "Value": { "Fn::GetAtt": "Logs.Arn" } },
        "Health": { "Value": { "Fn::GetAtt": "Health.Arn" } },
        "Images": { "Value": { "Fn::GetAtt": "Images.RepositoryUri" } },
        "Never": { "Value": "x", "Condition": "HasNone" },
    });
    assert_eq!(stacks.deploy("CREATE", "one", &whole, &[]).await, "CREATE_COMPLETE");
    let outputs = stacks.shop().await.texts("Outputs/member/OutputValue");
    assert_eq!(outputs[0], "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:shop-health");
    assert!(outputs[1].starts_with("111111111111.dkr.ecr.eu-west-1.amazonaws.com/shop-images-"), "{}", outputs[1]);
    assert_eq!(outputs[2..], ["arn:aws:logs:eu-west-1:111111111111:log-group:/shop/web:*"]);

    // A name that another stack has is refused by CloudFormation itself.
    let body = template(json!({ "L": { "Type": "AWS::Logs::LogGroup", "Properties": { "LogGroupName": "/shop/web" } } })).to_string();
    let other = [("StackName", "other"), ("ChangeSetName", "one")];
    stacks.done("CreateChangeSet", &[&other[..], &[("ChangeSetType", "CREATE"), ("TemplateBody", &body)]].concat()).await;
    stacks.done("ExecuteChangeSet", &other).await;
    let reason = stacks.reason("other", "L", "CREATE_FAILED").await;
    assert!(reason.starts_with("/shop/web already exists in stack arn:aws:cloudformation:"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn what_a_resource_cannot_be_fails_it() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let stacks = Stacks::new(&admin);
    Caller::new(&admin, "ssm").done("PutParameter", json!({ "Name": "/shop/there", "Value": "by hand", "Type": "String" })).await;
    for (number, (properties, words)) in [
        (
            json!({ "Name": "/shop/there", "Type": "String", "Value": "x" }),
            "Resource of type 'AWS::SSM::Parameter' with identifier '/shop/there' already exists.",
        ),
        (json!({ "Type": "String" }), "[#: required key [Value] not found]"),
        (json!({ "Type": "String", "Value": "x", "Colour": "red" }), "[#: extraneous key [Colour] is not permitted]"),
        (json!({ "Type": "SecureString", "Value": "x" }), "SecureString is not a valid enum value"),
        (json!({ "Type": "String", "Value": "x".repeat(4097), "Tier": "Standard" }), "4096"),
        (json!({ "Type": "String", "Value": "x", "DataType": "aws:ec2:image" }), "landfall's simulator does not support"),
    ]
    .into_iter()
    .enumerate()
    {
        let set = format!("set-{number}");
        let whole = template(json!({ "P": { "Type": "AWS::SSM::Parameter", "Properties": properties } }));
        assert_eq!(stacks.deploy("CREATE", &set, &whole, &[]).await, "ROLLBACK_COMPLETE", "{words}");
        let reason = stacks.reason("shop", "P", "CREATE_FAILED").await;
        assert!(reason.contains(words), "{words}: {reason}");
        stacks.done("DeleteStack", SHOP).await;
    }
    assert_eq!(value(&admin, "/shop/there").await.as_deref(), Some("by hand"));
}
