//! Whose permissions decide: the caller's for the calls and the template, the role's for the resources.

use super::*;

/// A bucket of the administrator with two templates, below `approved/` and `plans/`.
async fn bucket(admin: &Clients) {
    admin
        .s3
        .create_bucket()
        .bucket("delivery")
        .create_bucket_configuration(
            aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint("eu-west-1".into()).build(),
        )
        .send()
        .await
        .expect("a bucket");
    for key in ["approved/one.json", "plans/one.json"] {
        let body = config("1").to_string().into_bytes().into();
        admin.s3.put_object().bucket("delivery").key(key).body(body).send().await.expect("put");
    }
}

const APPROVED: &str = "https://delivery.s3.eu-west-1.amazonaws.com/approved/one.json";
const PLANNED: &str = "https://delivery.s3.eu-west-1.amazonaws.com/plans/one.json";
const BUILDER: &str = "arn:aws:iam::111111111111:role/builder";

/// Makes the role that CloudFormation assumes, with one policy.
async fn builder(admin: &Clients, name: &str, account: &str, document: &str) -> String {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": "cloudformation.amazonaws.com" }, "Condition": { "StringEquals": { "aws:SourceAccount": account } } }] });
    admin.iam.create_role().role_name(name).assume_role_policy_document(trust.to_string()).send().await.expect("a role");
    admin.iam.put_role_policy().role_name(name).policy_name("p").policy_document(document).send().await.expect("put");
    format!("arn:aws:iam::111111111111:role/{name}")
}

/// Makes a role for a person or a pipeline, and returns its caller.
async fn releaser(simulator: &Simulator, statements: Value) -> Stacks {
    let admin = Clients::administrator(simulator);
    let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    admin.iam.create_role().role_name("releaser").assume_role_policy_document(trust("111111111111")).send().await.expect("a role");
    admin.iam.put_role_policy().role_name("releaser").policy_name("p").policy_document(document).send().await.expect("put");
    let credentials = admin.assume("arn:aws:iam::111111111111:role/releaser").await.expect("assumed");
    Stacks::new(&Clients::with(simulator, credentials))
}

#[tokio::test(start_paused = true)]
async fn only_approved_plans_with_the_builder_are_released() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    bucket(&admin).await;
    builder(&admin, "builder", "111111111111", &policy("Allow", "ssm:*")).await;
    builder(&admin, "other", "111111111111", &policy("Allow", "*")).await;
    let stack = "arn:aws:cloudformation:*:111111111111:stack/shop/*";
    let release = releaser(
        &simulator,
        json!([
            { "Effect": "Allow", "Action": "cloudformation:CreateChangeSet", "Resource": stack, "Condition": {
                "StringLike": { "cloudformation:TemplateUrl": "https://delivery.s3.eu-west-1.amazonaws.com/approved/*" },
                "StringEquals": { "cloudformation:RoleArn": BUILDER } } },
            { "Effect": "Allow", "Action": ["cloudformation:ExecuteChangeSet", "cloudformation:DeleteChangeSet", "cloudformation:DescribeChangeSet"],
                "Resource": stack, "Condition": { "StringLike": { "cloudformation:ChangeSetName": "landfall-*" } } },
            { "Effect": "Allow", "Action": ["cloudformation:DescribeStack*", "cloudformation:GetTemplate"], "Resource": stack },
            { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::delivery/*" },
            { "Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111111111111:role/*",
                "Condition": { "StringEquals": { "iam:PassedToService": "cloudformation.amazonaws.com" } } },
        ]),
    )
    .await;
    let body = config("1").to_string();
    let create = |more: &[(&'static str, &'static str)]| {
        [vec![("StackName", "shop"), ("ChangeSetName", "landfall-1"), ("ChangeSetType", "CREATE")], more.to_vec()].concat()
    };
    let (role, other) = (("RoleARN", BUILDER), ("RoleARN", "arn:aws:iam::111111111111:role/other"));
    for more in [
        vec![("TemplateURL", PLANNED), role],
        vec![("TemplateURL", APPROVED)],
        vec![("TemplateURL", APPROVED), other],
        vec![("UsePreviousTemplate", "true"), role],
        vec![("StackName", "shop2"), ("TemplateURL", APPROVED), role],
    ] {
        let own: Vec<&str> = more.iter().map(|(name, _)| *name).collect();
        let pairs: Vec<(&str, &str)> = create(&[]).into_iter().filter(|(name, _)| !own.contains(name)).chain(more.clone()).collect();
        let message = release.refused("CreateChangeSet", &pairs, "AccessDenied").await;
        assert!(message.contains("cloudformation:CreateChangeSet"), "{more:?}: {message}");
    }
    let pairs = [&create(&[role])[..], &[("TemplateBody", &body)]].concat();
    release.refused("CreateChangeSet", &pairs, "AccessDenied").await;

    release.done("CreateChangeSet", &create(&[("TemplateURL", APPROVED), role])).await;
    let administrator = Stacks::new(&admin);
    administrator.plan("CREATE", "by-hand", &config("2"), &[]).await;
    let message = release.refused("ExecuteChangeSet", &named("by-hand"), "AccessDenied").await;
    assert!(message.contains("cloudformation:ExecuteChangeSet"), "{message}");
    release.refused("DescribeChangeSet", &named("by-hand"), "AccessDenied").await;
    release.refused("DeleteChangeSet", &named("by-hand"), "AccessDenied").await;
    release.refused("DeleteStack", SHOP, "AccessDenied").await;
    release.done("ExecuteChangeSet", &named("landfall-1")).await;
    assert_eq!(release.status().await, "CREATE_COMPLETE", "the caller may not write parameters, the builder may");
    assert_eq!(value(&admin, "/shop/config").await.as_deref(), Some("1"));
    release.refused("DescribeStacks", &[], "AccessDenied").await;
}

#[tokio::test(start_paused = true)]
async fn a_role_has_to_be_passed_and_to_let_cloudformation_in() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    for (name, account) in [("builder", "111111111111"), ("foreign", "222222222222")] {
        builder(&admin, name, account, &policy("Allow", "ssm:*")).await;
    }
    let only = "arn:aws:iam::111111111111:role/";
    let release = releaser(
        &simulator,
        json!([
            { "Effect": "Allow", "Action": "cloudformation:*", "Resource": "*" },
            { "Effect": "Allow", "Action": "iam:PassRole", "Resource": [format!("{only}foreign"), format!("{only}none")] },
        ]),
    )
    .await;
    let body = config("1").to_string();
    for (role, code, words) in [
        (BUILDER.to_owned(), "AccessDenied", "iam:PassRole"),
        (format!("{only}foreign"), "ValidationError", "is invalid or cannot be assumed"),
        (format!("{only}none"), "ValidationError", "is invalid or cannot be assumed"),
        ("arn:aws:iam::222222222222:role/builder".to_owned(), "AccessDenied", "Cross-account"),
    ] {
        let pairs = [&named("one")[..], &[("ChangeSetType", "CREATE"), ("TemplateBody", &body), ("RoleARN", &role)]].concat();
        let message = release.refused("CreateChangeSet", &pairs, code).await;
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_role_may_not_do_fails_the_operation() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let document = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "ssm:*", "Resource": "arn:aws:ssm:*:*:parameter/shop/*" },
        { "Effect": "Allow", "Action": "iam:*", "Resource": "*" },
        { "Effect": "Deny", "Action": "iam:CreateRole", "Resource": "*", "Condition": { "Null": { "iam:PermissionsBoundary": "true" } } },
    ] });
    let role = builder(&admin, "builder", "111111111111", &document.to_string()).await;
    let stacks = Stacks::new(&admin);
    let (with_role, trusts) = (("RoleARN", role.as_str()), serde_json::from_str::<Value>(&trust("111111111111")).expect("JSON"));
    assert_eq!(stacks.deploy("CREATE", "one", &config("1"), &[with_role]).await, "CREATE_COMPLETE");

    // The role stays the stack's, although the administrator gives none: what it may not do is rolled back.
    let mut wider = config("2");
    wider["Resources"]["Elsewhere"] = parameter("/other/config", "2");
    wider["Resources"]["Elsewhere"]["DependsOn"] = "Config".into();
    assert_eq!(stacks.deploy("UPDATE", "two", &wider, &[]).await, "UPDATE_ROLLBACK_COMPLETE");
    let reason = stacks.reason("shop", "Elsewhere", "CREATE_FAILED").await;
    assert!(reason.contains("assumed-role/builder/AWSCloudFormation is not authorized to perform: ssm:PutParameter"), "{reason}");
    assert!(reason.ends_with("HandlerErrorCode: AccessDenied)"), "{reason}");
    assert_eq!(value(&admin, "/shop/config").await.as_deref(), Some("1"));

    for (number, (boundary, status)) in
        [(None, "UPDATE_ROLLBACK_COMPLETE"), (Some("arn:aws:iam::aws:policy/ReadOnlyAccess"), "UPDATE_COMPLETE")].into_iter().enumerate()
    {
        let mut whole = config("1");
        whole["Resources"]["Task"] =
            json!({ "Type": "AWS::IAM::Role", "Properties": { "RoleName": "task", "AssumeRolePolicyDocument": trusts } });
        if let Some(boundary) = boundary {
            whole["Resources"]["Task"]["Properties"]["PermissionsBoundary"] = boundary.into();
        }
        assert_eq!(stacks.deploy("UPDATE", &format!("role-{number}"), &whole, &[NAMED_IAM]).await, status, "{boundary:?}");
    }
    admin.iam.get_role().role_name("task").send().await.expect("made with its boundary");
    // A role that no longer lets CloudFormation in ends all operations of its stack.
    admin.iam.update_assume_role_policy().role_name("builder").policy_document(trust("111111111111")).send().await.expect("changed");
    stacks.plan("UPDATE", "last", &config("5"), &[]).await;
    stacks.refused("ExecuteChangeSet", &named("last"), "ValidationError").await;
}

#[tokio::test(start_paused = true)]
async fn boundary_and_guardrails_of_the_role_decide() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let account = admin.account("prod").await;
    let member = admin.reach(&simulator, &account).await;
    builder(&member, "builder", &account, &policy("Allow", "ssm:*")).await;
    let stacks = Stacks::new(&member);
    let role = format!("arn:aws:iam::{account}:role/builder");
    assert_eq!(stacks.deploy("CREATE", "one", &config("1"), &[("RoleARN", &role)]).await, "CREATE_COMPLETE");

    let boundary = member.iam.create_policy().policy_name("boundary").policy_document(policy("Allow", "s3:*")).send().await;
    let boundary = boundary.expect("a policy").policy.and_then(|policy| policy.arn).expect("an ARN");
    member.iam.put_role_permissions_boundary().role_name("builder").permissions_boundary(boundary).send().await.expect("bounded");
    assert_eq!(stacks.deploy("UPDATE", "two", &config("2"), &[]).await, "UPDATE_ROLLBACK_COMPLETE");
    let reason = stacks.reason("shop", "Config", "UPDATE_FAILED").await;
    assert!(reason.contains("permissions boundary"), "{reason}");
    member.iam.delete_role_permissions_boundary().role_name("builder").send().await.expect("unbounded");

    let types = aws_sdk_organizations::types::PolicyType::ServiceControlPolicy;
    let guardrail = admin.organizations.create_policy().name("none").description("").r#type(types);
    let made = guardrail.content(policy("Deny", "ssm:PutParameter")).send().await.expect("a guardrail");
    let id = made.policy.and_then(|policy| policy.policy_summary).and_then(|summary| summary.id).expect("an id");
    admin.organizations.attach_policy().policy_id(&id).target_id(&account).send().await.expect("attached");
    assert_eq!(stacks.deploy("UPDATE", "three", &config("3"), &[]).await, "UPDATE_ROLLBACK_COMPLETE");
    let reason = stacks.reason("shop", "Config", "UPDATE_FAILED").await;
    assert!(reason.contains("explicit deny in a service control policy"), "{reason}");
    assert_eq!(value(&member, "/shop/config").await.as_deref(), Some("1"));
}

#[tokio::test(start_paused = true)]
async fn without_a_role_the_caller_is_asked_via_cloudformation() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let release = releaser(
        &simulator,
        json!([
            { "Effect": "Allow", "Action": "cloudformation:*", "Resource": "*" },
            { "Effect": "Allow", "Action": "ssm:*", "Resource": "*",
                "Condition": { "ForAnyValue:StringEquals": { "aws:CalledVia": "cloudformation.amazonaws.com" } } },
        ]),
    )
    .await;
    assert_eq!(release.deploy("CREATE", "one", &config("1"), &[]).await, "CREATE_COMPLETE");
    let direct = Caller { config: release.config.clone(), service: "ssm" };
    let put = json!({ "Name": "/shop/x", "Value": "x", "Type": "String" });
    direct.refused("PutParameter", put, "AccessDeniedException").await;
    let logs = template(json!({ "Config": parameter("/shop/config", "1"), "Logs": { "Type": "AWS::Logs::LogGroup" } }));
    assert_eq!(release.deploy("UPDATE", "two", &logs, &[]).await, "UPDATE_ROLLBACK_COMPLETE");
    let reason = release.reason("shop", "Logs", "CREATE_FAILED").await;
    assert!(reason.contains("logs:CreateLogGroup"), "{reason}");
    assert_eq!(value(&admin, "/shop/config").await.as_deref(), Some("1"));
}

#[tokio::test(start_paused = true)]
async fn a_template_of_another_account_needs_the_bucket_and_the_caller_to_agree() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let account = admin.account("prod").await;
    bucket(&admin).await;
    let member = Stacks::new(&admin.reach(&simulator, &account).await);
    let create = [&named("one")[..], &[("ChangeSetType", "CREATE"), ("TemplateURL", APPROVED)]].concat();
    let message = member.refused("CreateChangeSet", &create, "ValidationError").await;
    assert!(message.starts_with("S3 error: ") && message.contains("s3:GetObject"), "{message}");
    let allows = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject",
        "Principal": { "AWS": format!("arn:aws:iam::{account}:root") }, "Resource": "arn:aws:s3:::delivery/approved/*" }] });
    admin.s3.put_bucket_policy().bucket("delivery").policy(allows.to_string()).send().await.expect("set");
    member.done("CreateChangeSet", &create).await;
    member.done("ExecuteChangeSet", &named("one")).await;
    assert_eq!(member.status().await, "CREATE_COMPLETE");
    let listed = Stacks::new(&admin).done("DescribeStacks", &[]).await;
    assert_eq!(listed.texts("DescribeStacksResult/Stacks/member/StackName"), [""; 0], "each account has its own");
}
