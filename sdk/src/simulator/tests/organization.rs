//! Organizations: the tree, accounts, guardrails, pages, and refused callers.

use aws_sdk_organizations::types::{PolicyType, Tag};
use bytes::Bytes;

use super::*;
use crate::simulator::Principal;

#[tokio::test(start_paused = true)]
async fn an_organization_with_a_unit_and_an_account() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let before = admin.organizations.describe_organization().send().await.expect_err("there is none");
    assert_eq!(code(&before), "AWSOrganizationsNotInUseException");

    let root = admin.organize().await;
    let again = admin.organizations.create_organization().send().await.expect_err("there is one");
    assert_eq!(code(&again), "AlreadyInOrganizationException");
    let workloads = admin.unit(&root, "Workloads").await;
    let production = admin.unit(&workloads, "Production").await;
    let twice = admin.organizations.create_organizational_unit().parent_id(&root).name("Workloads").send().await;
    assert_eq!(code(&twice.expect_err("the name is taken")), "DuplicateOrganizationalUnitException");

    let account = admin.account("acme-prod").await;
    assert_eq!(account, "222200000001");
    let moved = admin.organizations.move_account().account_id(&account).source_parent_id(&root).destination_parent_id(&production);
    moved.clone().send().await.expect("moved");
    assert_eq!(code(&moved.send().await.expect_err("it is there")), "DuplicateAccountException");

    let described = admin.organizations.describe_account().account_id(&account).send().await.expect("an account");
    let described = described.account.expect("an account");
    let organization = admin.organizations.describe_organization().send().await.expect("one").organization.expect("one");
    let id = organization.id().expect("an id");
    assert_eq!(described.paths(), [format!("{id}/{root}/{workloads}/{production}/{account}/")]);
    assert_eq!(described.email(), Some("aws+acme-prod@acme.example"));
    let parents = admin.organizations.list_parents().child_id(&account).send().await.expect("parents");
    assert_eq!(parents.parents()[0].id(), Some(production.as_str()));
    let full = admin.organizations.delete_organizational_unit().organizational_unit_id(&production).send().await;
    assert_eq!(code(&full.expect_err("an account is in it")), "OrganizationalUnitNotEmptyException");
}

#[tokio::test(start_paused = true)]
async fn accounts_fail_as_aws_lets_them_fail() {
    let options = Options::default().with_account_quota(3).with_email_taken("taken@acme.example");
    let simulator = Simulator::new(options, Clock::tokio(start()));
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    admin.account("one").await;
    for email in ["AWS+ONE@acme.example", "Taken@Acme.example"] {
        let asked = admin.organizations.create_account().account_name("x").email(email).send().await.expect("accepted");
        let status = admin.status(asked.create_account_status().and_then(|status| status.id()).expect("an id")).await;
        assert_eq!(
            status.failure_reason().map(aws_sdk_organizations::types::CreateAccountFailureReason::as_str),
            Some("EMAIL_ALREADY_EXISTS"),
            "{email}"
        );
    }
    admin.account("two").await;
    let full = admin.organizations.create_account().account_name("three").email("three@acme.example").send().await;
    let full = full.expect_err("three accounts, management included").into_service_error();
    let aws_sdk_organizations::operation::create_account::CreateAccountError::ConstraintViolationException(violation) = full else {
        panic!("{full:?}");
    };
    assert_eq!(
        violation.reason().map(aws_sdk_organizations::types::ConstraintViolationExceptionReason::as_str),
        Some("ACCOUNT_NUMBER_LIMIT_EXCEEDED")
    );
    let bad = admin.organizations.create_account().account_name("four").email("no address").send().await;
    assert_eq!(code(&bad.expect_err("no address")), "InvalidInputException");
}

#[tokio::test(start_paused = true)]
async fn lists_come_in_pages_of_twenty() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let root = admin.organize().await;
    for number in 0..45 {
        admin.account(&format!("member-{number}")).await;
    }
    let first = admin.organizations.list_accounts().send().await.expect("a page");
    assert_eq!(first.accounts().len(), 20);
    let all = admin.organizations.list_accounts().into_paginator().send().collect::<Result<Vec<_>, _>>().await.expect("pages");
    assert_eq!(all.iter().map(|page| page.accounts().len()).collect::<Vec<_>>(), [20, 20, 6]);
    let below = admin.organizations.list_accounts_for_parent().parent_id(&root).max_results(7).into_paginator().send();
    assert_eq!(below.collect::<Result<Vec<_>, _>>().await.expect("pages").len(), 7);
    let requests = admin.organizations.list_create_account_status().into_paginator().send();
    assert_eq!(requests.collect::<Result<Vec<_>, _>>().await.expect("pages").len(), 3);
    let large = admin.organizations.list_accounts().max_results(21).send().await;
    assert_eq!(code(&large.expect_err("20 at most")), "InvalidInputException");
    let odd = admin.organizations.list_accounts().next_token("what").send().await;
    assert_eq!(code(&odd.expect_err("not a token")), "InvalidInputException");
}

#[tokio::test(start_paused = true)]
async fn guardrails_bind_members_and_not_the_management_account() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let root = admin.organize().await;
    let account = admin.account("prod").await;
    let member = admin.reach(&simulator, &account).await;
    member.iam.list_roles().send().await.expect("nothing forbids it yet");

    let organizations = &admin.organizations;
    let guardrail = organizations
        .create_policy()
        .name("no-lists")
        .description("")
        .content(policy("Deny", "iam:ListRoles"))
        .r#type(PolicyType::ServiceControlPolicy)
        .tags(Tag::builder().key("landfall:address").value("guardrail/no-lists").build().expect("a tag"))
        .send()
        .await
        .expect("a policy");
    let guardrail = guardrail.policy().and_then(|policy| policy.policy_summary()).and_then(|summary| summary.id()).expect("an id");
    organizations.attach_policy().policy_id(guardrail).target_id(&root).send().await.expect("attached");
    let again = organizations.attach_policy().policy_id(guardrail).target_id(&root).send().await;
    assert_eq!(code(&again.expect_err("attached already")), "DuplicatePolicyAttachmentException");

    let denied = member.iam.list_roles().send().await.expect_err("the guardrail denies");
    assert_eq!(code(&denied), "AccessDenied");
    assert_eq!(
        message(&denied),
        format!(
            "User: arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/tests is not authorized to perform: iam:ListRoles \
             on resource: * with an explicit deny in a service control policy"
        )
    );
    member.iam.get_account_summary().send().await.expect("other calls go on");
    admin.iam.list_roles().send().await.expect("the management account is exempt");

    organizations.attach_policy().policy_id(guardrail).target_id(&account).send().await.expect("attached");
    organizations.detach_policy().policy_id("p-FullAWSAccess").target_id(&account).send().await.expect("another one is left");
    let nothing = member.iam.get_account_summary().send().await.expect_err("no level may lack an allow");
    assert!(message(&nothing).ends_with("because no service control policy allows the iam:GetAccountSummary action"));
    let last = organizations.detach_policy().policy_id(guardrail).target_id(&account).send().await;
    assert_eq!(code(&last.expect_err("one must stay")), "ConstraintViolationException");
    let used = organizations.delete_policy().policy_id(guardrail).send().await;
    assert_eq!(code(&used.expect_err("it is attached")), "PolicyInUseException");
    let targets = organizations.list_targets_for_policy().policy_id(guardrail).send().await.expect("targets");
    assert_eq!(targets.targets().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn policies_units_and_tags_have_their_limits() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let root = admin.organize().await;
    let organizations = &admin.organizations;
    let create = |name: &str, content: String| {
        organizations.create_policy().name(name).description("").content(content).r#type(PolicyType::ServiceControlPolicy)
    };
    let long = policy("Deny", "iam:ListRoles").replace("\"Effect\"", &format!("{}\"Effect\"", " ".repeat(10_200)));
    assert_eq!(code(&create("long", long).send().await.expect_err("white space counts")), "ConstraintViolationException");
    let broken = create("broken", "{".to_owned()).send().await;
    assert_eq!(code(&broken.expect_err("no JSON")), "MalformedPolicyDocumentException");
    for number in 0..9 {
        let made = create(&format!("p{number}"), policy("Deny", "a:b")).send().await.expect("a policy");
        let id = made.policy().and_then(|policy| policy.policy_summary()).and_then(|summary| summary.id()).expect("an id");
        organizations.attach_policy().policy_id(id).target_id(&root).send().await.expect("ten with FullAWSAccess");
    }
    let made = create("p9", policy("Deny", "a:b")).send().await.expect("a policy");
    let id = made.policy().and_then(|policy| policy.policy_summary()).and_then(|summary| summary.id()).expect("an id");
    let eleventh = organizations.attach_policy().policy_id(id).target_id(&root).send().await;
    assert_eq!(code(&eleventh.expect_err("ten at most")), "ConstraintViolationException");
    assert_eq!(code(&create("p9", policy("Deny", "a:b")).send().await.expect_err("taken")), "DuplicatePolicyException");

    let mut parent = root.clone();
    for level in ["1", "2", "3", "4", "5"] {
        parent = admin.unit(&parent, level).await;
    }
    let sixth = organizations.create_organizational_unit().parent_id(&parent).name("6").send().await;
    assert_eq!(code(&sixth.expect_err("five levels")), "ConstraintViolationException");

    let tag = |key: &str| Tag::builder().key(key).value("v").build().expect("a tag");
    let system = organizations.tag_resource().resource_id(&root).tags(tag("AWS:x")).send().await;
    assert_eq!(code(&system.expect_err("AWS's own")), "InvalidInputException");
    organizations.tag_resource().resource_id(&root).tags(tag("a")).tags(tag("b")).send().await.expect("tagged");
    organizations.untag_resource().resource_id(&root).tag_keys("a").send().await.expect("untagged");
    let tags = organizations.list_tags_for_resource().resource_id(&root).send().await.expect("tags");
    assert_eq!(tags.tags().iter().map(aws_sdk_organizations::types::Tag::key).collect::<Vec<_>>(), ["b"]);
}

#[tokio::test(start_paused = true)]
async fn members_may_describe_their_organization_and_no_more() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let account = admin.account("dev").await;
    let member = admin.reach(&simulator, &account).await;
    member.organizations.describe_organization().send().await.expect("every member may");
    let refused = member.organizations.list_accounts().send().await.expect_err("not a member");
    assert_eq!(code(&refused), "AccessDeniedException");

    let root = Principal::Root(account.parse().expect("an id"));
    let root = Clients::with(&simulator, simulator.credentials_for(&root).expect("the account exists"));
    assert_eq!(root.sts.get_caller_identity().send().await.expect("who").arn(), Some(format!("arn:aws:iam::{account}:root").as_str()));
    assert_eq!(root.assume(&access_role(&account)).await.expect_err("roots assume nothing"), "AccessDenied");

    admin.organizations.close_account().account_id(&account).send().await.expect("closing");
    assert_eq!(code(&member.sts.get_caller_identity().send().await.expect_err("closed")), "InvalidClientTokenId");
    let closed = admin.organizations.describe_account().account_id(&account).send().await.expect("an account").account.expect("one");
    assert_eq!(closed.state().map(aws_sdk_organizations::types::AccountState::as_str), Some("CLOSED"));
}

#[tokio::test(start_paused = true)]
async fn what_it_does_not_know_it_says() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let unknown = admin.organizations.list_handshakes_for_account().send().await.expect_err("not simulated");
    assert_eq!(code(&unknown), "NotImplemented");
    assert!(message(&unknown).contains("the operation ListHandshakesForAccount of organizations"), "{}", message(&unknown));
    let unknown = admin.iam.list_groups().send().await.expect_err("not simulated");
    assert_eq!(code(&unknown), "NotImplemented");
    let parameter = admin.iam.list_policies().scope("Local".into()).only_attached(true).send().await.expect_err("not simulated");
    assert_eq!((code(&parameter).as_str(), message(&parameter).contains("OnlyAttached")), ("NotImplemented", true));

    let raw = http::Request::post("https://organizations.us-east-1.amazonaws.com/")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=ASIASIMULATEDADMIN00/20261124/us-east-1/organizations/aws4_request, x")
        .header("x-amz-security-token", "token-of-the-simulated-administrator")
        .header("x-amz-target", "AWSOrganizationsV20161128.ListRoots")
        .body(Bytes::from_static(br#"{"MaxResults": 5, "Colour": "red"}"#))
        .expect("a request");
    let response = simulator.handle(&raw).expect("nothing keeps it");
    assert_eq!(response.status(), 501);
    assert!(String::from_utf8_lossy(response.body()).contains("the parameter Colour of ListRoots"));

    let calls = simulator.calls();
    let last = calls.last().expect("calls came");
    assert_eq!((last.operation.as_str(), last.mutating, last.error.as_deref()), ("ListRoots", false, Some("NotImplemented")));
    let created = calls.iter().find(|call| call.operation == "CreateOrganization").expect("it came");
    assert!(created.mutating && created.error.is_none() && created.caller.ends_with("/admin"), "{created:?}");
}

#[tokio::test(start_paused = true)]
async fn services_are_trusted_by_name() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let enable = |principal: &str| admin.organizations.enable_aws_service_access().service_principal(principal);
    enable("cloudtrail.amazonaws.com").send().await.expect("known");
    enable("cloudtrail.amazonaws.com").send().await.expect("a repetition is not an error");
    assert_eq!(code(&enable("cloudtrial.amazonaws.com").send().await.expect_err("misspelt")), "InvalidInputException");
    let trusted = admin.organizations.list_aws_service_access_for_organization().send().await.expect("a list");
    assert_eq!(trusted.enabled_service_principals()[0].service_principal(), Some("cloudtrail.amazonaws.com"));
    let enabled = admin.organizations.enable_policy_type().root_id(admin.root().await).policy_type(PolicyType::ServiceControlPolicy);
    assert_eq!(code(&enabled.send().await.expect_err("on from the beginning")), "PolicyTypeAlreadyEnabledException");
}

#[tokio::test(start_paused = true)]
async fn billing_alone_brings_no_policies() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let create = admin.organizations.create_organization().feature_set("CONSOLIDATED_BILLING".into());
    create.send().await.expect("an organization");
    admin.account("dev").await;
    let described = admin.organizations.describe_organization().send().await.expect("one").organization.expect("one");
    assert_eq!(
        (described.feature_set().map(|set| set.as_str().to_owned()), described.available_policy_types().len()),
        (Some("CONSOLIDATED_BILLING".to_owned()), 0)
    );
    let enabled = admin.organizations.enable_policy_type().root_id(admin.root().await).policy_type(PolicyType::ServiceControlPolicy);
    assert_eq!(code(&enabled.send().await.expect_err("not all features")), "PolicyTypeNotAvailableForOrganizationException");
    let member = admin.reach(&simulator, "222200000001").await;
    member.iam.list_roles().send().await.expect("no guardrail binds");
}
