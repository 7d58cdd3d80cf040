//! S3: buckets across accounts, their settings and policies, and objects under conditions.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, Tag, Tagging, Transition, TransitionStorageClass, VersioningConfiguration,
};
use serde_json::json;

use super::*;

fn here() -> CreateBucketConfiguration {
    CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build()
}

async fn bucket(clients: &Clients, name: &str) {
    let create = clients.s3.create_bucket().bucket(name).create_bucket_configuration(here());
    create.object_ownership(ObjectOwnership::BucketOwnerEnforced).send().await.expect("a bucket");
}

/// A bucket's policy of one statement on the bucket and everything in it.
fn bucket_policy(bucket: &str, effect: &str, principal: &str, action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Principal":{principal},"Action":"{action}","Resource":["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"]}}]}}"#
    )
}

#[tokio::test(start_paused = true)]
async fn names_are_global_and_regions_matter() {
    let simulator = Simulator::new(Options::default().with_bucket_name_taken("taken"), Clock::tokio(start()));
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let account = admin.account("logs").await;
    let member = admin.reach(&simulator, &account).await;
    bucket(&admin, "acme-logs").await;

    let create = |clients: &Clients, name: &str| clients.s3.create_bucket().bucket(name).create_bucket_configuration(here());
    assert_eq!(code(&create(&admin, "acme-logs").send().await.expect_err("it is there")), "BucketAlreadyOwnedByYou");
    for (clients, name) in [(&member, "acme-logs"), (&admin, "taken")] {
        assert_eq!(code(&create(clients, name).send().await.expect_err("another account has it")), "BucketAlreadyExists");
    }
    for name in ["ACME", "a_b", "x..y", "10.0.0.1", "acme-an"] {
        assert_eq!(code(&create(&admin, name).send().await.expect_err("no name")), "InvalidBucketName", "{name}");
    }
    let nowhere = admin.s3.create_bucket().bucket("other").send().await.expect_err("no place");
    assert_eq!(code(&nowhere), "IllegalLocationConstraintException");
    let first = Clients::in_region(&simulator, "us-east-1", Simulator::management_credentials());
    for _ in 0..2 {
        first.s3.create_bucket().bucket("acme-us").send().await.expect("also when it is there");
    }
    let location = first.s3.get_bucket_location().bucket("acme-us").send().await.expect("a place");
    assert_eq!(location.location_constraint().map(BucketLocationConstraint::as_str), Some(""), "the first Region has no name here");
    let location = first.s3.get_bucket_location().bucket("acme-logs").send().await.expect("a place");
    assert_eq!(location.location_constraint(), Some(&BucketLocationConstraint::EuWest1));
    assert_eq!(code(&first.s3.get_bucket_tagging().bucket("acme-logs").send().await.expect_err("elsewhere")), "PermanentRedirect");

    admin.s3.head_bucket().bucket("acme-logs").expected_bucket_owner("111111111111").send().await.expect("ours");
    assert!(admin.s3.head_bucket().bucket("none").send().await.expect_err("none").into_service_error().is_not_found());
    let foreign = admin.s3.head_bucket().bucket("acme-logs").expected_bucket_owner("222222222222").send().await.expect_err("not theirs");
    assert_eq!(foreign.raw_response().map(|response| response.status().as_u16()), Some(403));
    let foreign = admin.s3.get_bucket_policy().bucket("acme-logs").expected_bucket_owner("222222222222").send().await;
    assert_eq!(code(&foreign.expect_err("not theirs")), "AccessDenied");
    let listed = admin.s3.list_buckets().send().await.expect("buckets");
    let names: Vec<_> = listed.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(names, ["acme-logs", "acme-us"]);
    assert!(member.s3.list_buckets().send().await.expect("buckets").buckets().is_empty());

    admin.s3.delete_bucket().bucket("acme-logs").send().await.expect("deleted");
    assert_eq!(code(&admin.s3.get_bucket_policy().bucket("acme-logs").send().await.expect_err("gone")), "NoSuchBucket");
}

#[tokio::test(start_paused = true)]
async fn settings_come_back_as_they_were_put() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let (s3, name) = (&admin.s3, "acme-logs");
    bucket(&admin, name).await;
    assert_eq!(code(&s3.get_bucket_policy().bucket(name).send().await.expect_err("none")), "NoSuchBucketPolicy");
    assert_eq!(code(&s3.get_bucket_tagging().bucket(name).send().await.expect_err("none")), "NoSuchTagSet");
    let none = s3.get_bucket_lifecycle_configuration().bucket(name).send().await.expect_err("none");
    assert_eq!(code(&none), "NoSuchLifecycleConfiguration");

    let blocked = s3.get_public_access_block().bucket(name).send().await.expect("the default").public_access_block_configuration;
    let all = PublicAccessBlockConfiguration::builder();
    let all = all.block_public_acls(true).ignore_public_acls(true).block_public_policy(true).restrict_public_buckets(true).build();
    assert_eq!(blocked.as_ref(), Some(&all));
    s3.put_public_access_block().bucket(name).public_access_block_configuration(all).send().await.expect("put");
    s3.delete_public_access_block().bucket(name).send().await.expect("deleted");
    let none = s3.get_public_access_block().bucket(name).send().await.expect_err("none");
    assert_eq!(code(&none), "NoSuchPublicAccessBlockConfiguration");

    let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::BucketOwnerPreferred).build().expect("a rule");
    let controls = OwnershipControls::builder().rules(rule).build().expect("controls");
    s3.put_bucket_ownership_controls().bucket(name).ownership_controls(controls.clone()).send().await.expect("put");
    let got = s3.get_bucket_ownership_controls().bucket(name).send().await.expect("controls");
    assert_eq!(got.ownership_controls(), Some(&controls));
    s3.delete_bucket_ownership_controls().bucket(name).send().await.expect("deleted");
    let none = s3.get_bucket_ownership_controls().bucket(name).send().await.expect_err("none");
    assert_eq!(code(&none), "OwnershipControlsNotFoundError");

    assert_eq!(s3.get_bucket_versioning().bucket(name).send().await.expect("versioning").status(), None);
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket(name).versioning_configuration(enabled).send().await.expect("put");
    let versioning = s3.get_bucket_versioning().bucket(name).send().await.expect("versioning");
    assert_eq!(versioning.status(), Some(&BucketVersioningStatus::Enabled));

    let first = |configuration: Option<ServerSideEncryptionConfiguration>| configuration.expect("encryption").rules()[0].clone();
    let default = first(s3.get_bucket_encryption().bucket(name).send().await.expect("encryption").server_side_encryption_configuration);
    assert_eq!(
        default.apply_server_side_encryption_by_default().map(ServerSideEncryptionByDefault::sse_algorithm),
        Some(&ServerSideEncryption::Aes256)
    );
    let by_key = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKms);
    let by_key = by_key.kms_master_key_id("arn:aws:kms:eu-west-1:111111111111:key/x").build().expect("a default");
    let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(by_key).bucket_key_enabled(true).build();
    let encryption = ServerSideEncryptionConfiguration::builder().rules(rule.clone()).build().expect("encryption");
    s3.put_bucket_encryption().bucket(name).server_side_encryption_configuration(encryption).send().await.expect("put");
    let got = first(s3.get_bucket_encryption().bucket(name).send().await.expect("encryption").server_side_encryption_configuration);
    assert_eq!(got, rule);

    let rule = LifecycleRule::builder()
        .id("expire")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .transitions(Transition::builder().days(90).storage_class(TransitionStorageClass::StandardIa).build())
        .expiration(LifecycleExpiration::builder().days(2557).build())
        .build()
        .expect("a rule");
    let lifecycle = BucketLifecycleConfiguration::builder().rules(rule.clone()).build().expect("a lifecycle");
    s3.put_bucket_lifecycle_configuration().bucket(name).lifecycle_configuration(lifecycle).send().await.expect("put");
    let got = s3.get_bucket_lifecycle_configuration().bucket(name).send().await.expect("a lifecycle");
    assert_eq!(got.rules(), [rule]);

    let tags = [("a", "1"), ("landfall:address", "logs/eu-west-1/bucket/logs")]
        .map(|(key, value)| Tag::builder().key(key).value(value).build().expect("a tag"));
    let tagging = Tagging::builder().set_tag_set(Some(tags.to_vec())).build().expect("tags");
    s3.put_bucket_tagging().bucket(name).tagging(tagging).send().await.expect("put");
    assert_eq!(s3.get_bucket_tagging().bucket(name).send().await.expect("tags").tag_set(), tags);
    let odd = s3.get_bucket_cors().bucket(name).send().await.expect_err("not simulated");
    assert_eq!(code(&odd), "NotImplemented");
    let odd = s3.create_bucket().bucket("other").create_bucket_configuration(here()).object_lock_enabled_for_bucket(true).send().await;
    assert!(message(&odd.expect_err("not simulated")).contains("object-lock"));
}

#[tokio::test(start_paused = true)]
async fn policies_bind_everybody_and_let_others_in() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let account = admin.account("logs").await;
    let member = admin.reach(&simulator, &account).await;
    let (s3, name) = (&member.s3, "acme-logs");
    bucket(&member, name).await;
    assert_eq!(code(&admin.s3.get_bucket_tagging().bucket(name).send().await.expect_err("another account's")), "AccessDenied");
    let put = |policy: String| s3.put_bucket_policy().bucket(name).policy(policy).send();
    let share = bucket_policy(name, "Allow", r#"{"AWS":"111111111111"}"#, "s3:GetObject");
    put(share.clone()).await.expect("put");
    assert_eq!(s3.get_bucket_policy().bucket(name).send().await.expect("a policy").policy(), Some(share.as_str()));
    s3.put_object().bucket(name).key("a/b c").body("text".as_bytes().to_vec().into()).send().await.expect("put");
    let got = admin.s3.get_object().bucket(name).key("a/b c").send().await.expect("shared");
    assert_eq!(got.body.collect().await.expect("a body").into_bytes(), "text");
    // A caller that may not list does not learn that the object is missing.
    assert_eq!(code(&admin.s3.get_object().bucket(name).key("none").send().await.expect_err("hidden")), "AccessDenied");
    assert_eq!(code(&s3.get_object().bucket(name).key("none").send().await.expect_err("none")), "NoSuchKey");

    let public = put(bucket_policy(name, "Allow", r#""*""#, "s3:GetObject")).await.expect_err("BlockPublicPolicy");
    assert_eq!(code(&public), "AccessDenied");
    let unknown = bucket_policy(name, "Allow", &format!(r#"{{"AWS":"arn:aws:iam::{account}:role/none"}}"#), "s3:GetObject");
    for bad in ["{}".to_owned(), unknown, bucket_policy("other", "Allow", r#"{"AWS":"111111111111"}"#, "s3:GetObject")] {
        assert_eq!(code(&put(bad.clone()).await.expect_err("no policy")), "MalformedPolicy", "{bad}");
    }
    put(bucket_policy(name, "Deny", r#""*""#, "s3:*")).await.expect("put");
    assert_eq!(code(&s3.delete_bucket_policy().bucket(name).send().await.expect_err("everyone is denied")), "AccessDenied");
    let root = simulator.credentials_for(&crate::simulator::Principal::Root(account.parse().expect("an id"))).expect("root");
    let root = Clients::with(&simulator, root);
    assert_eq!(code(&root.s3.get_bucket_tagging().bucket(name).send().await.expect_err("root too")), "AccessDenied");
    root.s3.delete_bucket_policy().bucket(name).send().await.expect("only root unlocks");
    s3.get_bucket_versioning().bucket(name).send().await.expect("unlocked");
}

#[tokio::test(start_paused = true)]
async fn keys_are_listed_as_folders() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let (s3, name) = (&admin.s3, "acme-logs");
    bucket(&admin, name).await;
    for key in ["a.txt", "logs/2026/1", "logs/2026/2", "logs/2027/1", "logs/index", "z z/1"] {
        s3.put_object().bucket(name).key(key).body(b"x".to_vec().into()).send().await.expect("put");
    }
    // Parameters like those of `aws s3 ls`: prefix, page size; and the expected pages.
    for (prefix, size, expected) in [
        ("", 1000, &["a.txt logs/ z%20z/"] as &[&str]),
        ("logs/", 1000, &["logs/2026/ logs/2027/ logs/index"]),
        ("logs/2026", 1000, &["logs/2026/"]),
        ("logs/2026/", 1000, &["logs/2026/1 logs/2026/2"]),
        ("none", 1000, &[""]),
        ("", 2, &["a.txt logs/", "z%20z/"]),
        ("logs/", 1, &["logs/2026/", "logs/2027/", "logs/index"]),
    ] {
        let mut pages = s3.list_objects_v2().bucket(name).prefix(prefix).delimiter("/").max_keys(size);
        pages = pages.encoding_type(aws_sdk_s3::types::EncodingType::Url);
        let mut shown = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = pages.clone().set_continuation_token(token).send().await.expect("a page");
            let keys = page.contents().iter().filter_map(|object| object.key());
            let mut all: Vec<&str> = keys.chain(page.common_prefixes().iter().filter_map(|common| common.prefix())).collect();
            assert_eq!(page.key_count().and_then(|count| usize::try_from(count).ok()), Some(all.len()));
            assert_eq!(page.delimiter(), Some("/"));
            all.sort_unstable();
            shown.push(all.join(" "));
            token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        assert_eq!(shown, expected, "{prefix} {size}");
    }
}

#[tokio::test(start_paused = true)]
async fn objects_are_written_under_conditions() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let (s3, name) = (&admin.s3, "acme-state");
    bucket(&admin, name).await;
    let put = |body: &str| s3.put_object().bucket(name).key("lock").body(body.as_bytes().to_vec().into());
    let first = put("one").if_none_match("*").send().await.expect("it is free");
    assert_eq!(code(&put("two").if_none_match("*").send().await.expect_err("it is taken")), "PreconditionFailed");
    let etag = first.e_tag().expect("a tag");
    let second = put("two").if_match(etag).send().await.expect("unchanged");
    assert_ne!(second.e_tag(), Some(etag));
    assert_eq!(code(&put("three").if_match(etag).send().await.expect_err("changed")), "PreconditionFailed");
    let listed = s3.list_objects_v2().bucket(name).prefix("lo").send().await.expect("a list");
    assert_eq!(listed.contents().iter().map(|one| (one.key(), one.size())).collect::<Vec<_>>(), [(Some("lock"), Some(3))]);
    assert_eq!(code(&s3.delete_bucket().bucket(name).send().await.expect_err("something is in it")), "BucketNotEmpty");
    let stale = s3.delete_object().bucket(name).key("lock").if_match(etag).send().await;
    assert_eq!(code(&stale.expect_err("changed")), "PreconditionFailed");
    s3.delete_object().bucket(name).key("lock").send().await.expect("deleted");
    assert!(s3.list_objects_v2().bucket(name).send().await.expect("a list").contents().is_empty());
    s3.delete_bucket().bucket(name).send().await.expect("it is empty");
}

/// A policy may take only what is written once, or only what replaces what was read.
#[tokio::test(start_paused = true)]
async fn a_policy_may_demand_a_condition() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let (s3, name) = (&admin.s3, "acme-releases");
    bucket(&admin, name).await;
    let put = |body: &str| s3.put_object().bucket(name).key("one").body(body.as_bytes().to_vec().into());
    let demand = |key: &str| {
        let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": format!("arn:aws:s3:::{name}/*"), "Condition": { "Null": { key: "true" } } }] });
        s3.put_bucket_policy().bucket(name).policy(policy.to_string()).send()
    };
    demand("s3:if-none-match").await.expect("put");
    assert_eq!(code(&put("a").send().await.expect_err("without a condition")), "AccessDenied");
    let tag = put("a").if_none_match("*").send().await.expect("once").e_tag().expect("a tag").to_owned();
    assert_eq!(code(&put("b").if_none_match("*").send().await.expect_err("twice")), "PreconditionFailed");
    assert_eq!(code(&put("b").if_match(&tag).send().await.expect_err("another condition")), "AccessDenied");
    demand("s3:if-match").await.expect("put");
    assert_eq!(code(&put("b").if_none_match("*").send().await.expect_err("another condition")), "AccessDenied");
    put("b").if_match(&tag).send().await.expect("what was read");
}

#[tokio::test(start_paused = true)]
async fn a_policy_of_the_organization_closes_public_buckets_and_the_nearest_decides() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let root = admin.organize().await;
    let account = admin.account("shop").await;
    let member = admin.reach(&simulator, &account).await;
    bucket(&member, "acme-shop").await;
    member.s3.delete_public_access_block().bucket("acme-shop").send().await.expect("its own block is off");
    let open = bucket_policy("acme-shop", "Allow", r#""*""#, "s3:ListBucket");
    let put = || member.s3.put_bucket_policy().bucket("acme-shop").policy(&open).send();
    let read = || admin.s3.head_bucket().bucket("acme-shop").send();
    put().await.expect("nothing forbids it yet");
    read().await.expect("everyone may");

    let organizations = &admin.organizations;
    let s3 = || aws_sdk_organizations::types::PolicyType::from("S3_POLICY");
    let create = async |name: &str, value: &str| {
        let content = format!(r#"{{"s3_attributes":{{"public_access_block_configuration":{{"@@assign":"{value}"}}}}}}"#);
        let made = organizations.create_policy().name(name).description("").content(content).r#type(s3()).send().await.expect("a policy");
        made.policy().and_then(|policy| policy.policy_summary()).and_then(|summary| summary.id()).expect("an id").to_owned()
    };
    let (closed, opened) = (create("closed", "all").await, create("opened", "none").await);
    let early = organizations.attach_policy().policy_id(&closed).target_id(&root).send().await;
    assert_eq!(code(&early.expect_err("the type is off")), "PolicyTypeNotEnabledException");
    organizations.enable_policy_type().root_id(&root).policy_type(s3()).send().await.expect("on");
    organizations.attach_policy().policy_id(&closed).target_id(&root).send().await.expect("attached");
    assert_eq!(code(&put().await.expect_err("closed")), "AccessDenied");
    let refused = read().await.expect_err("closed to other accounts");
    assert_eq!(refused.raw_response().map(|response| response.status().as_u16()), Some(403));
    member.s3.head_bucket().bucket("acme-shop").send().await.expect("its own account goes on");

    organizations.attach_policy().policy_id(&opened).target_id(&account).send().await.expect("nearer");
    put().await.expect("open again");
    read().await.expect("open again");
}

#[tokio::test(start_paused = true)]
async fn resource_control_policies_bind_whoever_uses_a_member_accounts_resources() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let root = admin.organize().await;
    let account = admin.account("shop").await;
    let member = admin.reach(&simulator, &account).await;
    bucket(&member, "acme-shop").await;
    member.s3.delete_public_access_block().bucket("acme-shop").send().await.expect("its own block is off");
    let open = bucket_policy("acme-shop", "Allow", r#""*""#, "s3:ListBucket");
    member.s3.put_bucket_policy().bucket("acme-shop").policy(&open).send().await.expect("put");
    bucket(&admin, "acme-management").await;
    let key = member.kms.create_key().send().await.expect("a key").key_metadata.expect("a key").arn.expect("an ARN");

    let organizations = &admin.organizations;
    let of_resources = || aws_sdk_organizations::types::PolicyType::ResourceControlPolicy;
    let create = async |name: &str, statement: &str| {
        let content = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        let made = organizations.create_policy().name(name).description("").content(content).r#type(of_resources()).send().await;
        made.map(|made| made.policy.and_then(|policy| policy.policy_summary).and_then(|summary| summary.id).expect("an id"))
    };
    let deny = |actions: &str, condition: &str| {
        format!(r#"{{"Sid":"Deny","Effect":"Deny","Principal":"*","Action":{actions},"Resource":"*","Condition":{condition}}}"#)
    };
    let allowing = create("allowing", &deny(r#""s3:*""#, "{}").replace(r#":"Deny","Principal"#, r#":"Allow","Principal"#)).await;
    assert_eq!(code(&allowing.expect_err("AWS's own alone allows")), "MalformedPolicyDocumentException");

    let described = organizations.describe_organization().send().await.expect("one").organization.expect("one");
    let organization = described.id().expect("an id").to_owned();
    let outsiders = |organization: &str| format!(r#"{{"StringNotEquals":{{"aws:PrincipalOrgID":"{organization}"}}}}"#);
    let ours = create("ours", &deny(r#"["s3:*","kms:*","sts:*"]"#, &outsiders(&organization))).await.expect("a policy");
    let others = create("others", &deny(r#"["s3:*","kms:*","sts:AssumeRole"]"#, &outsiders("o-another000"))).await.expect("a policy");
    let early = organizations.attach_policy().policy_id(&ours).target_id(&root).send().await;
    assert_eq!(code(&early.expect_err("the type is off")), "PolicyTypeNotEnabledException");
    organizations.enable_policy_type().root_id(&root).policy_type(of_resources()).send().await.expect("on");
    let later = admin.account("later").await;
    for target in [&root, &account, &later] {
        let attached = organizations.list_policies_for_target().target_id(target).filter(of_resources()).send().await.expect("a list");
        let names: Vec<_> = attached.policies().iter().filter_map(|policy| policy.name()).collect();
        assert_eq!(names, ["RCPFullAWSAccess"], "AWS attaches it to {target}");
    }
    let full = organizations.detach_policy().policy_id("p-RCPFullAWSAccess").target_id(&root).send().await;
    assert_eq!(code(&full.expect_err("it stays")), "InvalidInputException");

    let status = |sent: Result<(), u16>| sent.err();
    let list = async |clients: &Clients, name: &str| {
        let sent = clients.s3.list_objects_v2().bucket(name).send().await;
        sent.map(drop).map_err(|error| error.raw_response().map_or(0, |response| response.status().as_u16()))
    };
    let enter = async || admin.assume(&access_role(&account)).await.map(drop);
    organizations.attach_policy().policy_id(&ours).target_id(&root).send().await.expect("attached");
    for clients in [&member, &admin] {
        assert_eq!(status(list(clients, "acme-shop").await), None, "a principal of the organization");
    }
    member.kms.describe_key().key_id(&key).send().await.expect("a principal of the organization");
    enter().await.expect("a principal of the organization");

    organizations.attach_policy().policy_id(&others).target_id(&account).send().await.expect("attached");
    for clients in [&member, &admin] {
        assert_eq!(status(list(clients, "acme-shop").await), Some(403), "one level is enough, whoever asks");
    }
    let refused = member.kms.describe_key().key_id(&key).send().await.expect_err("a key of that account");
    assert!(message(&refused).ends_with("with an explicit deny in a resource control policy"), "{}", message(&refused));
    assert_eq!(enter().await.expect_err("a role of that account"), "AccessDenied");
    assert_eq!(status(list(&admin, "acme-management").await), None, "the management account's resources are not bound");
    member.iam.list_roles().send().await.expect("services without them go on");

    organizations.detach_policy().policy_id(&others).target_id(&account).send().await.expect("detached");
    assert_eq!(status(list(&member, "acme-shop").await), None);
    for number in 0..3 {
        let policy = create(&format!("p{number}"), &deny(r#""sqs:*""#, "{}")).await.expect("a policy");
        organizations.attach_policy().policy_id(policy).target_id(&root).send().await.expect("five with AWS's own");
    }
    let sixth = organizations.attach_policy().policy_id(&others).target_id(&root).send().await;
    assert_eq!(code(&sixth.expect_err("five at most")), "ConstraintViolationException");
}

/// Access logs go to a bucket of the same account and Region that lets S3 write them.
#[tokio::test(start_paused = true)]
async fn access_logs_go_where_the_policy_lets_them() {
    use aws_sdk_s3::types::{BucketLoggingStatus, LoggingEnabled};
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    for name in ["source", "target"] {
        bucket(&admin, name).await;
    }
    let s3 = &admin.s3;
    let put = async |target: Option<&str>| {
        let enabled = |target| LoggingEnabled::builder().target_bucket(target).target_prefix("a/").build().expect("complete");
        let status = BucketLoggingStatus::builder().set_logging_enabled(target.map(enabled)).build();
        s3.put_bucket_logging().bucket("source").bucket_logging_status(status).send().await.map(drop).map_err(|error| code(&error))
    };
    let shown = async || s3.get_bucket_logging().bucket("source").send().await.expect("read").logging_enabled;
    assert_eq!(shown().await, None);
    let refused = || Err("InvalidTargetBucketForLogging".to_owned());
    assert_eq!((put(Some("target")).await, put(Some("nowhere")).await), (refused(), refused()));
    let policy = |source: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"logging.s3.amazonaws.com"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::target/a/*","Condition":{{"StringEquals":{{"aws:SourceArn":"arn:aws:s3:::{source}"}}}}}}]}}"#
        )
    };
    for (source, answer) in [("another", refused()), ("source", Ok(()))] {
        s3.put_bucket_policy().bucket("target").policy(policy(source)).send().await.expect("put");
        assert_eq!(put(Some("target")).await, answer, "{source}");
    }
    let target = shown().await.expect("on");
    assert_eq!((target.target_bucket(), target.target_prefix()), ("target", "a/"));
    assert_eq!(put(None).await, Ok(()));
    assert_eq!(shown().await, None);
}
