//! IAM: roles, boundaries, policies, providers, and their limits.

use aws_sdk_iam::types::Tag;

use super::*;
use crate::simulator::Principal;

async fn role(clients: &Clients, name: &str, principal: &str) -> String {
    let made = clients.iam.create_role().role_name(name).assume_role_policy_document(trust(principal)).send().await.expect("a role");
    made.role().expect("a role").arn().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_role_with_a_boundary_is_bounded() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let own = "111111111111";
    let boundary = admin
        .iam
        .create_policy()
        .path("/landfall/")
        .policy_name("boundary")
        .policy_document(policy("Allow", "iam:Get*"))
        .send()
        .await
        .expect("a policy");
    let boundary = boundary.policy().and_then(|policy| policy.arn()).expect("an ARN").to_owned();
    assert_eq!(boundary, format!("arn:aws:iam::{own}:policy/landfall/boundary"));
    let tag = Tag::builder().key("landfall:address").value("prod/iam-role/deployer").build().expect("a tag");
    let create = admin
        .iam
        .create_role()
        .path("/landfall/")
        .role_name("deployer")
        .assume_role_policy_document(trust(own))
        .permissions_boundary(&boundary)
        .max_session_duration(7200)
        .description("deploys & <more>")
        .tags(tag);
    create.clone().send().await.expect("a role");
    assert_eq!(code(&create.clone().role_name("Deployer").path("/").send().await.expect_err("names ignore case")), "EntityAlreadyExists");
    let attach = admin.iam.attach_role_policy().role_name("deployer");
    attach.clone().policy_arn("arn:aws:iam::aws:policy/AdministratorAccess").send().await.expect("attached");
    assert_eq!(code(&attach.policy_arn("arn:aws:iam::aws:policy/Nothing").send().await.expect_err("no such policy")), "NoSuchEntity");

    let read = admin.iam.get_role().role_name("deployer").send().await.expect("a role").role.expect("a role");
    assert_eq!(read.arn(), "arn:aws:iam::111111111111:role/landfall/deployer");
    assert_eq!(read.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn()), Some(boundary.as_str()));
    assert_eq!((read.max_session_duration(), read.description()), (Some(7200), Some("deploys & <more>")));
    assert_eq!(read.tags()[0].value(), "prod/iam-role/deployer");
    assert!(read.assume_role_policy_document().is_some_and(|document| document.starts_with("%7B%22Version%22%3A%222012-10-17%22")));
    let listed = admin.iam.list_roles().path_prefix("/landfall/").send().await.expect("roles");
    assert_eq!((listed.roles().len(), listed.roles()[0].tags().len()), (1, 0));
    assert!(listed.roles()[0].permissions_boundary().is_none());

    let deployer = Clients::with(&simulator, admin.assume(read.arn()).await.expect("its account is trusted"));
    deployer.iam.get_role().role_name("deployer").send().await.expect("inside of the boundary");
    let outside = deployer.iam.list_roles().send().await.expect_err("outside of the boundary");
    assert!(message(&outside).ends_with("because no permissions boundary allows the iam:ListRoles action"), "{}", message(&outside));

    let held = admin.iam.delete_policy().policy_arn(&boundary).send().await;
    assert_eq!(code(&held.expect_err("it bounds")), "DeleteConflict");
    let held = admin.iam.delete_role().role_name("deployer").send().await;
    assert_eq!(code(&held.expect_err("a policy is attached")), "DeleteConflict");
}

#[tokio::test(start_paused = true)]
async fn documents_are_checked_and_measured() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    role(&admin, "one", "111111111111").await;
    let create = |document: String| admin.iam.create_role().role_name("two").assume_role_policy_document(document);
    let github = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity"}]}"#;
    let malformed = [
        "{".to_owned(),
        policy("Allow", "sts:AssumeRole"),
        trust("arn:aws:iam::111111111111:role/nobody"),
        trust("arn:aws:iam::111111111111:role/*"),
        github.to_owned(),
    ];
    for document in malformed {
        assert_eq!(code(&create(document.clone()).send().await.expect_err(&document)), "MalformedPolicyDocument", "{document}");
    }
    assert_eq!(code(&create(trust("111111111111") + &" ".repeat(2048)).send().await.expect_err("too long")), "LimitExceeded");

    let put = admin.iam.put_role_policy().role_name("one");
    let spaced = format!("{}{}", policy("Allow", "a:b"), " ".repeat(20_000));
    put.clone().policy_name("a").policy_document(spaced.clone()).send().await.expect("white space does not count");
    let shown = admin.iam.get_role_policy().role_name("one").policy_name("a").send().await.expect("a policy");
    assert!(shown.policy_document().ends_with("%20%20"));
    let long = policy("Allow", &format!("a:{}", "b".repeat(10_200)));
    assert_eq!(code(&put.clone().policy_name("b").policy_document(long).send().await.expect_err("both together")), "LimitExceeded");

    let policies = &admin.iam;
    let made = policies.create_policy().policy_name("p").policy_document(policy("Allow", "a:b")).send().await.expect("a policy");
    let arn = made.policy().and_then(|policy| policy.arn()).expect("an ARN");
    let version = policies.create_policy_version().policy_arn(arn).set_as_default(true);
    for number in 2..=5 {
        version.clone().policy_document(policy("Allow", &format!("a:b{number}"))).send().await.expect("a version");
    }
    let sixth = version.policy_document(policy("Allow", "a:c")).send().await;
    assert_eq!(code(&sixth.expect_err("five versions")), "LimitExceeded");
    let default = policies.delete_policy_version().policy_arn(arn).version_id("v5").send().await;
    assert_eq!(code(&default.expect_err("it is the default")), "DeleteConflict");
    policies.set_default_policy_version().policy_arn(arn).version_id("v2").send().await.expect("set");
    let read = policies.get_policy_version().policy_arn(arn).version_id("v2").send().await.expect("a version");
    assert!(read.policy_version().is_some_and(aws_sdk_iam::types::PolicyVersion::is_default_version));
    assert_eq!(policies.list_policy_versions().policy_arn(arn).send().await.expect("versions").versions().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_role_made_again_is_another_role() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let one = role(&admin, "one", "111111111111").await;
    role(&admin, "two", &one).await;
    let session = Clients::with(&simulator, admin.assume(&one).await.expect("trusted"));
    admin.iam.delete_role().role_name("one").send().await.expect("deleted");
    role(&admin, "one", "111111111111").await;
    assert_eq!(code(&session.sts.get_caller_identity().send().await.expect_err("the role is gone")), "InvalidClientTokenId");
    let two = admin.iam.get_role().role_name("two").send().await.expect("a role").role.expect("a role");
    assert!(two.assume_role_policy_document().is_some_and(|document| document.contains("%22AWS%22%3A%22AROA")));
}

#[tokio::test(start_paused = true)]
async fn what_aws_made_stays_as_it_is() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let name = "AWSReservedSSO_AdministratorAccess_0123456789abcdef";
    let refused = admin.iam.delete_role().role_name(name).send().await;
    assert_eq!(code(&refused.expect_err("Identity Center made it")), "UnmodifiableEntity");
    let listed = admin.iam.list_roles().path_prefix("/aws-reserved/").send().await.expect("roles");
    assert_eq!(listed.roles()[0].arn(), format!("arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-west-1/{name}"));
    let policy = admin.iam.get_policy().policy_arn("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess").send().await.expect("known");
    assert_eq!(policy.policy().and_then(|policy| policy.path()), Some("/job-function/"));
    let users = Principal::User(Simulator::management_account(), "ada".to_owned());
    let ada = Clients::with(&simulator, simulator.credentials_for(&users).expect("made"));
    assert_eq!(code(&ada.iam.list_roles().send().await.expect_err("she has no policy")), "AccessDenied");
    admin.iam.attach_user_policy().user_name("ada").policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess").send().await.expect("attached");
    ada.iam.list_roles().send().await.expect("now she has");
    assert_eq!(code(&ada.iam.create_user().user_name("bob").send().await.expect_err("read only")), "AccessDenied");
    admin.iam.create_user().user_name("bob").send().await.expect("a user");
    let key = admin.iam.create_access_key().user_name("bob").send().await.expect("a key").access_key.expect("a key");
    let bob = Clients::with(&simulator, Credentials::new(key.access_key_id(), key.secret_access_key(), None, None, "tests"));
    let identity = bob.sts.get_caller_identity().send().await.expect("who");
    assert_eq!(identity.arn(), Some("arn:aws:iam::111111111111:user/bob"));
}

#[tokio::test(start_paused = true)]
async fn nothing_leaks_between_accounts() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let (dev, prod) = (admin.account("dev").await, admin.account("prod").await);
    let (dev, prod) = (admin.reach(&simulator, &dev).await, admin.reach(&simulator, &prod).await);
    role(&dev, "only-dev", "111111111111").await;
    assert_eq!(code(&prod.iam.get_role().role_name("only-dev").send().await.expect_err("elsewhere")), "NoSuchEntity");
    dev.iam
        .tag_role()
        .role_name("only-dev")
        .tags(Tag::builder().key("Team").value("a").build().expect("a tag"))
        .send()
        .await
        .expect("tagged");
    dev.iam
        .tag_role()
        .role_name("only-dev")
        .tags(Tag::builder().key("team").value("b").build().expect("a tag"))
        .send()
        .await
        .expect("tagged");
    let tags = dev.iam.list_role_tags().role_name("only-dev").send().await.expect("tags");
    assert_eq!(tags.tags().iter().map(|tag| (tag.key(), tag.value())).collect::<Vec<_>>(), [("team", "b")]);
    let summary = dev.iam.get_account_summary().send().await.expect("a summary");
    assert_eq!(summary.summary_map().and_then(|map| map.get(&"Roles".into())), Some(&3));
}

/// A caller that may create roles only under a boundary cannot evade it (docs/AWS.md 3.4).
#[tokio::test(start_paused = true)]
async fn conditions_see_the_boundary_and_the_tags() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    for name in ["boundary", "wider"] {
        admin.iam.create_policy().policy_name(name).policy_document(policy("Allow", "*")).send().await.expect("a policy");
    }
    let boundary = "arn:aws:iam::111111111111:policy/boundary";
    let maker = role(&admin, "maker", "111111111111").await;
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Action":["iam:CreateRole","iam:PutRolePolicy","iam:PutRolePermissionsBoundary"],"Resource":"arn:aws:iam::*:role/env/*","Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{boundary}"}}}}}},
            {{"Effect":"Allow","Action":"iam:TagRole","Resource":"*"}},
            {{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"ForAnyValue:StringLike":{{"aws:TagKeys":"landfall:*"}}}}}},
            {{"Effect":"Deny","Action":"iam:PutRolePolicy","Resource":"*","Condition":{{"StringEquals":{{"aws:ResourceTag/locked":"yes"}}}}}}]}}"#
    );
    admin.iam.put_role_policy().role_name("maker").policy_name("p").policy_document(document).send().await.expect("put");
    let maker = Clients::with(&simulator, admin.assume(&maker).await.expect("trusted"));

    let tag = |key: &str| Tag::builder().key(key).value("yes").build().expect("a tag");
    let create = maker.iam.create_role().path("/env/").assume_role_policy_document(trust("111111111111"));
    let refusals = [
        (create.clone().role_name("a"), "no boundary"),
        (create.clone().role_name("a").permissions_boundary("arn:aws:iam::111111111111:policy/wider"), "another boundary"),
        (create.clone().role_name("a").permissions_boundary(boundary).path("/landfall/"), "another path"),
        (create.clone().role_name("a").permissions_boundary(boundary).tags(tag("landfall:address")), "a landfall tag"),
    ];
    for (request, why) in refusals {
        assert_eq!(code(&request.send().await.expect_err(why)), "AccessDenied", "{why}");
    }
    create.clone().role_name("a").permissions_boundary(boundary).send().await.expect("as it should be");
    create.role_name("b").permissions_boundary(boundary).tags(tag("locked")).send().await.expect("with a tag");
    let put = |name: &str| maker.iam.put_role_policy().role_name(name).policy_name("p").policy_document(policy("Allow", "*"));
    put("a").send().await.expect("its boundary is the right one");
    assert_eq!(code(&put("b").send().await.expect_err("its tag forbids it")), "AccessDenied");
    let swap = maker.iam.put_role_permissions_boundary().role_name("a").permissions_boundary("arn:aws:iam::111111111111:policy/wider");
    assert_eq!(code(&swap.send().await.expect_err("for something wider")), "AccessDenied");
    let drop = maker.iam.delete_role_permissions_boundary().role_name("a").send().await;
    assert_eq!(code(&drop.expect_err("nor for nothing")), "AccessDenied");
}

#[tokio::test(start_paused = true)]
async fn the_details_of_an_account_are_roles_and_policies_page_by_page() {
    use aws_sdk_iam::types::EntityType;

    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    role(&admin, "reader", "111111111111").await;
    let access = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    admin.iam.attach_role_policy().role_name("reader").policy_arn(access).send().await.expect("attached");
    admin.iam.put_role_policy().role_name("reader").policy_name("own").policy_document(policy("Allow", "s3:*")).send().await.expect("put");
    let tag = Tag::builder().key("a").value("b").build().expect("a tag");
    let make = admin.iam.create_policy().policy_name("mine").policy_document(policy("Allow", "iam:*")).tags(tag);
    make.send().await.expect("a policy");

    let details = || admin.iam.get_account_authorization_details();
    let first = details().filter(EntityType::Role).filter(EntityType::LocalManagedPolicy).max_items(1).send().await.expect("a page");
    assert_eq!((first.policies().len(), first.role_detail_list().len(), first.is_truncated()), (1, 0, true), "one list, cut anywhere");
    let mine = &first.policies()[0];
    let version = &mine.policy_version_list()[0];
    assert_eq!((mine.policy_name(), version.is_default_version()), (Some("mine"), true));
    assert!(version.document().is_some_and(|document| document.contains("iam%3A%2A")), "{version:?}");
    let rest =
        details().filter(EntityType::Role).filter(EntityType::LocalManagedPolicy).set_marker(first.marker).send().await.expect("a page");
    assert!(rest.policies().is_empty() && !rest.is_truncated());
    let reader = rest.role_detail_list().iter().find(|role| role.role_name() == Some("reader")).expect("listed");
    assert_eq!(reader.attached_managed_policies()[0].policy_arn(), Some(access));
    assert_eq!(reader.role_policy_list()[0].policy_name(), Some("own"));

    let only = details().filter(EntityType::LocalManagedPolicy).send().await.expect("a page");
    assert_eq!((only.policies().len(), only.role_detail_list().len()), (1, 0));
    for sort in [None, Some(EntityType::User), Some(EntityType::Group), Some(EntityType::AwsManagedPolicy)] {
        let refused = details().set_filter(sort.map(|sort| vec![sort])).send().await.expect_err("it was not taught that");
        assert_eq!(code(&refused), "NotImplemented");
    }
    assert_eq!(code(&details().filter(EntityType::Role).marker("x").send().await.expect_err("not a valid marker")), "ValidationError");
}
