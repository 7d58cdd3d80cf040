//! Secrets Manager: tokens, labels of versions, deletion, keys, and who may read what.

use serde_json::{Value, json};

use super::json::{Caller, role, with};
use super::*;

const NAME: &str = "landfall/apps/shop/key";

/// A token of 36 characters.
fn token(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn create(value: &str, number: u64) -> Value {
    json!({ "Name": NAME, "SecretString": value, "ClientRequestToken": token(number) })
}

fn put(value: &str, number: u64) -> Value {
    json!({ "SecretId": NAME, "SecretString": value, "ClientRequestToken": token(number) })
}

fn named() -> Value {
    json!({ "SecretId": NAME })
}

fn administrator(simulator: &Simulator) -> Caller {
    Caller::new(&Clients::administrator(simulator), "secretsmanager")
}

fn names(list: &Value) -> Vec<&str> {
    list["SecretList"].as_array().expect("a list").iter().map(|one| one["Name"].as_str().expect("a name")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_token_makes_one_version_of_one_value() {
    let simulator = instant();
    let secrets = administrator(&simulator);
    for (more, code, words) in [
        (json!({ "Name": "no spaces" }), "ValidationException", "Invalid name"),
        (json!({ "Name": "x".repeat(513) }), "ValidationException", "Invalid name"),
        (json!({ "SecretString": "" }), "ValidationException", "secretString"),
        (json!({ "SecretString": "ü".repeat(32_769) }), "ValidationException", "65536"),
        (json!({ "ClientRequestToken": "short" }), "ValidationException", "32 to 64"),
        (json!({ "ClientRequestToken": null }), "InvalidRequestException", "ClientRequestToken"),
        (json!({ "KmsKeyId": "alias/none" }), "InvalidParameterException", "is not found"),
        (json!({ "SecretBinary": "eA==" }), "NotImplemented", "SecretBinary"),
        (json!({ "AddReplicaRegions": [{ "Region": "eu-central-1" }] }), "NotImplemented", "AddReplicaRegions"),
    ] {
        let message = secrets.refused("CreateSecret", with(create("SECRET-one", 1), more.clone()), code).await;
        assert!(message.contains(words) && !message.contains("SECRET"), "{more}: {message}");
    }
    let made = secrets.done("CreateSecret", create("SECRET-one", 1)).await;
    let arn = made["ARN"].as_str().expect("an ARN");
    let end = arn.strip_prefix(&format!("arn:aws:secretsmanager:eu-west-1:111111111111:secret:{NAME}-")).expect(arn);
    assert!(end.len() == 6 && end.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{arn}");
    assert_eq!(made["VersionId"], token(1));
    assert_eq!(secrets.done("CreateSecret", create("SECRET-one", 1)).await, made, "asked again");
    for again in [create("SECRET-other", 1), create("SECRET-one", 2), json!({ "Name": NAME })] {
        let message = secrets.refused("CreateSecret", again, "ResourceExistsException").await;
        assert_eq!(message, format!("The operation failed because the secret {NAME} already exists."));
    }

    let second = secrets.done("PutSecretValue", put("SECRET-two", 2)).await;
    assert_eq!((&second["VersionId"], &second["VersionStages"]), (&token(2).into(), &json!(["AWSCURRENT"])));
    assert_eq!(secrets.done("PutSecretValue", put("SECRET-two", 2)).await, second, "asked again");
    let message = secrets.refused("PutSecretValue", put("SECRET-three", 2), "ResourceExistsException").await;
    assert!(message.contains(&token(2)) && !message.contains("SECRET"), "{message}");
    secrets.refused("PutSecretValue", with(put("x", 3), json!({ "ClientRequestToken": null })), "InvalidRequestException").await;
    secrets.refused("PutSecretValue", with(put("x", 3), json!({ "SecretString": null })), "InvalidRequestException").await;
    secrets.refused("PutSecretValue", with(put("x", 3), json!({ "SecretId": "none" })), "ResourceNotFoundException").await;
    let described = secrets.done("DescribeSecret", named()).await;
    assert_eq!(described["VersionIdsToStages"], json!({ token(1): ["AWSPREVIOUS"], token(2): ["AWSCURRENT"] }));
    assert!(described.get("KmsKeyId").is_none() && described.get("DeletedDate").is_none(), "{described}");
}

#[tokio::test(start_paused = true)]
async fn a_value_is_found_by_version_and_label_and_the_secret_by_every_name() {
    let simulator = instant();
    let secrets = administrator(&simulator);
    let made = secrets.done("CreateSecret", json!({ "Name": NAME })).await;
    let arn = made["ARN"].as_str().expect("an ARN");
    assert!(made.get("VersionId").is_none());
    let message = secrets.refused("GetSecretValue", named(), "ResourceNotFoundException").await;
    assert!(message.ends_with("staging label: AWSCURRENT"), "{message}");
    secrets.done("PutSecretValue", with(put("SECRET-one", 1), json!({ "VersionStages": ["BLUE"] }))).await;
    secrets.done("PutSecretValue", put("SECRET-two", 2)).await;
    secrets.done("PutSecretValue", with(put("SECRET-three", 3), json!({ "VersionStages": ["AWSPENDING", "BLUE"] }))).await;
    for (more, value) in [
        (json!({}), "SECRET-two"),
        (json!({ "VersionStage": "AWSPREVIOUS" }), "SECRET-one"),
        (json!({ "VersionStage": "BLUE" }), "SECRET-three"),
        (json!({ "VersionId": token(1) }), "SECRET-one"),
        (json!({ "VersionId": token(3), "VersionStage": "AWSPENDING" }), "SECRET-three"),
        (json!({ "SecretId": arn }), "SECRET-two"),
        (json!({ "SecretId": &arn[..arn.len() - 7] }), "SECRET-two"),
    ] {
        assert_eq!(secrets.done("GetSecretValue", with(named(), more.clone())).await["SecretString"], value, "{more}");
    }
    for (more, code) in [
        (json!({ "VersionId": token(9) }), "ResourceNotFoundException"),
        (json!({ "VersionId": token(2), "VersionStage": "BLUE" }), "InvalidRequestException"),
        (json!({ "SecretId": "landfall/apps/shop" }), "ResourceNotFoundException"),
        (json!({ "SecretId": arn.replace("eu-west-1", "eu-central-1") }), "ResourceNotFoundException"),
        (json!({ "SecretId": arn.replace("111111111111", "222222222222") }), "AccessDeniedException"),
    ] {
        secrets.refused("GetSecretValue", with(named(), more), code).await;
    }
    // A name that ends like an ARN is not found by an ARN without its own end.
    let odd = secrets.done("CreateSecret", with(create("SECRET-odd", 1), json!({ "Name": "odd-a1b2c3" }))).await;
    let whole = odd["ARN"].as_str().expect("an ARN");
    secrets.done("GetSecretValue", json!({ "SecretId": "odd-a1b2c3" })).await;
    secrets.done("GetSecretValue", json!({ "SecretId": whole })).await;
    secrets.refused("GetSecretValue", json!({ "SecretId": &whole[..whole.len() - 7] }), "ResourceNotFoundException").await;

    // Labels decide which versions are listed, and a hundred others are kept, all of them for a day.
    for number in 4..=110 {
        secrets.done("PutSecretValue", put("SECRET-many", number)).await;
    }
    let listed = secrets.done("ListSecretVersionIds", named()).await;
    let ids = |list: &Value| list["Versions"].as_array().map(Vec::len);
    assert_eq!(ids(&listed), Some(3), "{listed}");
    let all = with(named(), json!({ "IncludeDeprecated": true }));
    let first = secrets.done("ListSecretVersionIds", all.clone()).await;
    let rest = secrets.done("ListSecretVersionIds", with(all.clone(), json!({ "NextToken": first["NextToken"] }))).await;
    assert_eq!((ids(&first), ids(&rest)), (Some(100), Some(10)));
    tokio::time::advance(Duration::from_hours(24)).await;
    secrets.done("PutSecretValue", put("SECRET-many", 111)).await;
    let kept = secrets.done("ListSecretVersionIds", all).await;
    assert_eq!((ids(&kept), kept.get("NextToken")), (Some(100), None));
    assert_eq!(secrets.done("GetSecretValue", with(named(), json!({ "VersionStage": "BLUE" }))).await["VersionId"], token(3));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_can_be_undone_until_its_day() {
    let simulator = instant();
    let secrets = administrator(&simulator);
    let made = secrets.done("CreateSecret", create("SECRET-one", 1)).await;
    for days in [6, 31] {
        secrets.refused("DeleteSecret", with(named(), json!({ "RecoveryWindowInDays": days })), "InvalidParameterException").await;
    }
    let both = json!({ "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": true });
    secrets.refused("DeleteSecret", with(named(), both), "InvalidParameterException").await;
    let deleted = secrets.done("DeleteSecret", with(named(), json!({ "RecoveryWindowInDays": 7 }))).await;
    let seconds = |value: &Value| value.as_f64().map(|seconds| format!("{seconds:.0}"));
    let until = START + 7 * 24 * 3600;
    assert_eq!(seconds(&deleted["DeletionDate"]), Some(until.to_string()));
    assert_eq!(seconds(&secrets.done("DescribeSecret", named()).await["DeletedDate"]), Some(until.to_string()));
    let message = secrets.refused("GetSecretValue", named(), "InvalidRequestException").await;
    assert_eq!(message, "You can't perform this operation on the secret because it was marked for deletion.");
    let tags = json!({ "Tags": [{ "Key": "a", "Value": "b" }] });
    for (operation, parameters) in [
        ("PutSecretValue", put("SECRET-two", 2)),
        ("DeleteSecret", named()),
        ("TagResource", with(named(), tags)),
        ("UntagResource", with(named(), json!({ "TagKeys": ["a"] }))),
    ] {
        secrets.refused(operation, parameters, "InvalidRequestException").await;
    }
    let message = secrets.refused("CreateSecret", create("SECRET-one", 1), "InvalidRequestException").await;
    assert!(message.ends_with("already scheduled for deletion."), "{message}");
    assert_eq!(names(&secrets.done("ListSecrets", json!({})).await), Vec::<&str>::new());
    assert_eq!(names(&secrets.done("ListSecrets", json!({ "IncludePlannedDeletion": true })).await), [NAME]);

    tokio::time::advance(Duration::from_hours(24 * 7 - 1)).await;
    secrets.done("RestoreSecret", named()).await;
    assert_eq!(secrets.done("GetSecretValue", named()).await["SecretString"], "SECRET-one");
    secrets.done("DeleteSecret", named()).await;
    tokio::time::advance(Duration::from_hours(24 * 30)).await;
    secrets.refused("RestoreSecret", named(), "ResourceNotFoundException").await;
    let again = secrets.done("CreateSecret", create("SECRET-two", 1)).await;
    assert_ne!(again["ARN"], made["ARN"], "a new one, with the same name");
    secrets.refused("GetSecretValue", json!({ "SecretId": made["ARN"] }), "ResourceNotFoundException").await;
    let at_once = with(named(), json!({ "ForceDeleteWithoutRecovery": true }));
    assert_eq!(secrets.done("DeleteSecret", at_once.clone()).await["ARN"], again["ARN"]);
    secrets.refused("DescribeSecret", named(), "ResourceNotFoundException").await;
    secrets.done("DeleteSecret", at_once).await;
    secrets.refused("DeleteSecret", named(), "ResourceNotFoundException").await;
}

#[tokio::test(start_paused = true)]
async fn lists_are_filtered_by_beginnings_and_have_no_values() {
    let simulator = instant();
    let secrets = administrator(&simulator);
    for number in 0..101 {
        let many = json!({ "Name": format!("many/{number:03}"), "SecretString": "SECRET-many", "ClientRequestToken": token(number) });
        secrets.done("CreateSecret", many).await;
    }
    tokio::time::advance(Duration::from_secs(1)).await;
    let tagged = json!({ "Name": "landfall/apps/shop/a", "Description": "Of the shop", "Tags": [{ "Key": "team", "Value": "shop" }] });
    secrets.done("CreateSecret", with(create("SECRET-a", 1), tagged)).await;
    secrets.done("CreateSecret", with(create("SECRET-b", 1), json!({ "Name": "landfall/apps/shopping/b" }))).await;
    for (filters, expected) in [
        (json!([{ "Key": "name", "Values": ["landfall/apps/shop/"] }]), &["landfall/apps/shop/a"][..]),
        (json!([{ "Key": "name", "Values": ["landfall/apps/shop", "x"] }]), &["landfall/apps/shop/a", "landfall/apps/shopping/b"]),
        (json!([{ "Key": "name", "Values": ["Landfall"] }]), &[]),
        (json!([{ "Key": "name", "Values": ["!many/"] }, { "Key": "description", "Values": ["of the"] }]), &["landfall/apps/shop/a"]),
        (json!([{ "Key": "tag-key", "Values": ["te"] }, { "Key": "tag-value", "Values": ["shop"] }]), &["landfall/apps/shop/a"]),
    ] {
        assert_eq!(names(&secrets.done("ListSecrets", json!({ "Filters": filters })).await), expected, "{filters}");
    }
    secrets.refused("ListSecrets", json!({ "Filters": [{ "Key": "all", "Values": ["x"] }] }), "NotImplemented").await;
    secrets.refused("ListSecrets", json!({ "Filters": [{ "Key": "owner", "Values": ["x"] }] }), "ValidationException").await;
    secrets.refused("ListSecrets", json!({ "NextToken": "x" }), "InvalidNextTokenException").await;
    secrets.refused("ListSecrets", json!({ "SortOrder": "desc" }), "NotImplemented").await;
    let first = secrets.done("ListSecrets", json!({})).await;
    let rest = secrets.done("ListSecrets", json!({ "NextToken": first["NextToken"] })).await;
    assert_eq!((names(&first).len(), names(&rest).len()), (100, 3));
    assert!(![&first, &rest].iter().any(|page| page.to_string().contains("SECRET")), "values are not listed");
    assert!(rest["SecretList"][2]["SecretVersionsToStages"][token(1)] == json!(["AWSCURRENT"]), "{rest}");
}

#[tokio::test(start_paused = true)]
async fn permission_is_by_arn_and_kms_decides_as_well() {
    let simulator = instant();
    let (admin, secrets) = (Clients::administrator(&simulator), administrator(&simulator));
    secrets.done("CreateSecret", create("SECRET-shop", 1)).await;
    let policy = |key: &str, more: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"secretsmanager:*","Resource":"arn:aws:secretsmanager:*:*:secret:landfall/apps/shop/*"}}{}]}}"#,
            if more.is_empty() { String::new() } else { format!(r#",{{"Effect":"Allow","Action":{more},"Resource":"{key}"}}"#) }
        )
    };
    let shop = role(&simulator, "shop", &policy("", ""), "secretsmanager").await;
    assert_eq!(shop.done("GetSecretValue", named()).await["SecretString"], "SECRET-shop", "AWS's key is for everyone");
    shop.refused("ListSecrets", json!({}), "AccessDeniedException").await;
    shop.refused("GetSecretValue", json!({ "SecretId": "landfall/apps/other/key" }), "AccessDeniedException").await;
    shop.refused("CreateSecret", with(create("x", 1), json!({ "Name": "landfall/apps/other/key" })), "AccessDeniedException").await;
    shop.refused("GetSecretValue", json!({ "SecretId": "landfall/apps/shop/none" }), "ResourceNotFoundException").await;

    let key = admin.kms.create_key().send().await.expect("a key").key_metadata.expect("a key").arn.expect("an ARN");
    let under = |value: &str| with(create(value, 1), json!({ "Name": "landfall/apps/shop/own", "KmsKeyId": key }));
    let own = json!({ "SecretId": "landfall/apps/shop/own" });
    let message = shop.refused("CreateSecret", under("SECRET-own"), "AccessDeniedException").await;
    assert_eq!(message, "Access to KMS is not allowed");
    let half = role(&simulator, "half", &policy(&key, r#""kms:GenerateDataKey""#), "secretsmanager").await;
    half.refused("CreateSecret", under("SECRET-own"), "AccessDeniedException").await;
    let whole = role(&simulator, "whole", &policy(&key, r#"["kms:GenerateDataKey","kms:Decrypt"]"#), "secretsmanager").await;
    whole.done("CreateSecret", under("SECRET-own")).await;
    assert_eq!(whole.done("GetSecretValue", own.clone()).await["SecretString"], "SECRET-own");
    assert_eq!(whole.done("DescribeSecret", own.clone()).await["KmsKeyId"], key);
    shop.refused("GetSecretValue", own.clone(), "AccessDeniedException").await;
    let second = json!({ "SecretId": "landfall/apps/shop/own", "SecretString": "SECRET-second", "ClientRequestToken": token(2) });
    shop.refused("PutSecretValue", second.clone(), "AccessDeniedException").await;
    half.done("PutSecretValue", second.clone()).await;
    half.refused("PutSecretValue", second, "AccessDeniedException").await;
    half.refused("GetSecretValue", own.clone(), "AccessDeniedException").await;
    admin.kms.disable_key().key_id(&key).send().await.expect("off");
    let message = whole.refused("GetSecretValue", own, "DecryptionFailure").await;
    assert!(message.contains("is disabled"), "{message}");
    let third = json!({ "SecretId": "landfall/apps/shop/own", "SecretString": "SECRET-third", "ClientRequestToken": token(3) });
    whole.refused("PutSecretValue", third, "EncryptionFailure").await;
}

#[tokio::test(start_paused = true)]
async fn tags_decide_who_may_read() {
    let simulator = instant();
    let secrets = administrator(&simulator);
    secrets.done("CreateSecret", create("SECRET-one", 1)).await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"shop"}}}]}"#;
    let reader = role(&simulator, "reader", policy, "secretsmanager").await;
    reader.refused("GetSecretValue", named(), "AccessDeniedException").await;
    secrets.done("TagResource", with(named(), json!({ "Tags": [{ "Key": "team", "Value": "shop" }] }))).await;
    reader.done("GetSecretValue", named()).await;
    secrets.done("UntagResource", with(named(), json!({ "TagKeys": ["team", "none"] }))).await;
    reader.refused("GetSecretValue", named(), "AccessDeniedException").await;
}
