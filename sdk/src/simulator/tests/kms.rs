//! KMS: keys, their policies, aliases, and who may use them.

use aws_sdk_kms::types::{KeyState, Tag};

use super::*;

/// A key policy that allows a principal everything.
fn key_policy(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"kms:*","Resource":"*"}}]}}"#
    )
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().tag_key(key).tag_value(value).build().expect("a tag")
}

async fn key(clients: &Clients) -> aws_sdk_kms::types::KeyMetadata {
    clients.kms.create_key().description("logs").tags(tag("a", "b")).send().await.expect("a key").key_metadata.expect("a key")
}

#[tokio::test(start_paused = true)]
async fn a_key_is_found_by_every_name() {
    let simulator = instant();
    let kms = &Clients::administrator(&simulator).kms;
    let made = key(&Clients::administrator(&simulator)).await;
    let (id, arn) = (made.key_id(), made.arn().expect("an ARN"));
    assert_eq!(arn, format!("arn:aws:kms:eu-west-1:111111111111:key/{id}"));
    assert_eq!(id.len(), 36);
    kms.create_alias().alias_name("alias/logs").target_key_id(id).send().await.expect("an alias");
    let again = kms.create_alias().alias_name("alias/logs").target_key_id(id).send().await;
    assert_eq!(code(&again.expect_err("it is there")), "AlreadyExistsException");
    let odd = kms.create_alias().alias_name("alias/aws/logs").target_key_id(id).send().await;
    assert_eq!(code(&odd.expect_err("AWS's own")), "InvalidAliasNameException");
    for name in [id, arn, "alias/logs", "arn:aws:kms:eu-west-1:111111111111:alias/logs"] {
        let described = kms.describe_key().key_id(name).send().await.expect("a key").key_metadata.expect("a key");
        assert_eq!((described.key_id(), described.key_state()), (id, Some(&KeyState::Enabled)), "{name}");
    }
    let missing = kms.describe_key().key_id("alias/other").send().await;
    assert_eq!(code(&missing.expect_err("there is none")), "NotFoundException");
    let elsewhere = Clients::in_region(&simulator, "eu-central-1", Simulator::management_credentials());
    assert_eq!(code(&elsewhere.kms.describe_key().key_id(arn).send().await.expect_err("not here")), "NotFoundException");

    let other = key(&Clients::administrator(&simulator)).await;
    kms.update_alias().alias_name("alias/logs").target_key_id(other.key_id()).send().await.expect("moved");
    let aliases = kms.list_aliases().key_id(other.key_id()).send().await.expect("aliases");
    assert_eq!(aliases.aliases()[0].target_key_id(), Some(other.key_id()));
    assert!(kms.list_aliases().key_id(id).send().await.expect("aliases").aliases().is_empty());
    kms.delete_alias().alias_name("alias/logs").send().await.expect("deleted");
    assert_eq!(code(&kms.delete_alias().alias_name("alias/logs").send().await.expect_err("gone")), "NotFoundException");
    assert_eq!(kms.list_keys().send().await.expect("keys").keys().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn rotation_tags_and_the_life_of_a_key() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let (kms, made) = (&admin.kms, key(&admin).await);
    let id = made.key_id();
    let status = || async { kms.get_key_rotation_status().key_id(id).send().await.expect("a status") };
    assert!(!status().await.key_rotation_enabled());
    kms.enable_key_rotation().key_id(id).send().await.expect("on");
    assert_eq!((status().await.key_rotation_enabled(), status().await.rotation_period_in_days()), (true, Some(365)));
    kms.tag_resource().key_id(id).tags(tag("c", "d")).send().await.expect("tagged");
    kms.untag_resource().key_id(id).tag_keys("a").send().await.expect("untagged");
    assert_eq!(kms.list_resource_tags().key_id(id).send().await.expect("tags").tags(), [tag("c", "d")]);

    kms.disable_key().key_id(id).send().await.expect("off");
    assert_eq!(code(&kms.enable_key_rotation().key_id(id).send().await.expect_err("it is off")), "DisabledException");
    kms.enable_key().key_id(id).send().await.expect("on");
    kms.create_alias().alias_name("alias/a").target_key_id(id).send().await.expect("an alias");
    let scheduled = kms.schedule_key_deletion().key_id(id).pending_window_in_days(7).send().await.expect("scheduled");
    assert_eq!(scheduled.key_state(), Some(&KeyState::PendingDeletion));
    assert_eq!(code(&kms.enable_key().key_id(id).send().await.expect_err("it goes")), "KMSInvalidStateException");
    kms.cancel_key_deletion().key_id(id).send().await.expect("saved");
    let described = kms.describe_key().key_id(id).send().await.expect("a key").key_metadata.expect("a key");
    assert_eq!(described.key_state(), Some(&KeyState::Disabled));
    kms.schedule_key_deletion().key_id(id).pending_window_in_days(7).send().await.expect("scheduled");
    tokio::time::sleep(Duration::from_hours(24 * 7)).await;
    assert_eq!(code(&kms.describe_key().key_id(id).send().await.expect_err("gone")), "NotFoundException");
    assert!(kms.list_aliases().send().await.expect("aliases").aliases().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_key_policy_decides_and_cannot_lock_out_its_writer() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let account = admin.account("logs").await;
    let member = admin.reach(&simulator, &account).await;
    let role = access_role(&account);
    let made = member.kms.create_key().policy(key_policy(&role)).send().await.expect("a key").key_metadata.expect("a key");
    let (id, arn) = (made.key_id(), made.arn().expect("an ARN"));
    for bad in [
        "{}".to_owned(),
        "no policy".to_owned(),
        key_policy("111111111111"),
        key_policy(&access_role("222200000001").replace("Access", "X")),
    ] {
        let refused = member.kms.put_key_policy().key_id(id).policy(&bad).send().await.expect_err("locks out, or is not valid");
        assert_eq!(code(&refused), "MalformedPolicyDocumentException", "{bad}");
    }
    assert_eq!(member.kms.get_key_policy().key_id(id).send().await.expect("a policy").policy(), Some(key_policy(&role).as_str()));

    let other = simulator.credentials_for(&crate::simulator::Principal::Root(account.parse().expect("an id"))).expect("root");
    let root = Clients::with(&simulator, other);
    assert_eq!(code(&root.kms.describe_key().key_id(id).send().await.expect_err("the policy names a role")), "AccessDeniedException");
    let both = key_policy(&role).replace(&format!("\"{role}\""), &format!("[\"{role}\",\"111111111111\"]"));
    assert_eq!(code(&admin.kms.describe_key().key_id(arn).send().await.expect_err("not yet")), "AccessDeniedException");
    member.kms.put_key_policy().key_id(id).policy(both).send().await.expect("put");
    admin.kms.describe_key().key_id(arn).send().await.expect("shared");
    assert_eq!(code(&admin.kms.disable_key().key_id(arn).send().await.expect_err("not from elsewhere")), "AccessDeniedException");
    let odd = admin.kms.create_key().origin(aws_sdk_kms::types::OriginType::External).send().await;
    assert_eq!(code(&odd.expect_err("not simulated")), "NotImplemented");
}

#[tokio::test(start_paused = true)]
async fn the_aliases_of_a_key_are_in_the_context() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    let made = key(&admin).await;
    admin.kms.create_alias().alias_name("alias/logs").target_key_id(made.key_id()).send().await.expect("an alias");
    admin.iam.create_role().role_name("r").assume_role_policy_document(trust("111111111111")).send().await.expect("a role");
    let allow = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/logs"}}}]}"#;
    admin.iam.put_role_policy().role_name("r").policy_name("p").policy_document(allow).send().await.expect("put");
    let role = Clients::with(&simulator, admin.assume("arn:aws:iam::111111111111:role/r").await.expect("assumed"));
    role.kms.get_key_policy().key_id(made.key_id()).send().await.expect("by its alias");
    let other = key(&admin).await;
    assert_eq!(code(&role.kms.get_key_policy().key_id(other.key_id()).send().await.expect_err("no alias")), "AccessDeniedException");
}
