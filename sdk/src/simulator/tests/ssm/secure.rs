//! Secure strings: KMS decides, for AWS's key and for the customer's.

use super::*;

const CONFIG: &str = "/app/secret/key";

fn secure(value: &str, more: Value) -> Value {
    with(json!({ "Name": CONFIG, "Value": value, "Type": "SecureString" }), more)
}

fn decrypted(name: &str) -> Value {
    json!({ "Name": name, "WithDecryption": true })
}

/// A policy that allows everything of Systems Manager, and these statements.
fn everything_and(statements: &str) -> String {
    let comma = if statements.is_empty() { "" } else { "," };
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"ssm:*","Resource":"*"}}{comma}{statements}]}}"#)
}

async fn customer_key(simulator: &Simulator) -> String {
    let made = Clients::administrator(simulator).kms.create_key().send().await.expect("a key").key_metadata.expect("a key");
    made.arn().expect("an ARN").to_owned()
}

#[tokio::test(start_paused = true)]
async fn awss_key_is_for_everyone_in_the_account_but_through_the_service_only() {
    let simulator = instant();
    let (admin, ssm) = (Clients::administrator(&simulator), administrator(&simulator));
    assert_eq!(code(&admin.kms.describe_key().key_id("alias/aws/ssm").send().await.expect_err("not used yet")), "NotFoundException");
    ssm.done("PutParameter", secure("SECRET-one", json!({}))).await;
    let plain = ssm.done("GetParameter", json!({ "Name": CONFIG })).await;
    let shown = plain["Parameter"]["Value"].as_str().expect("a text");
    assert!(shown.starts_with("AQICAH") && !shown.contains("SECRET"), "{shown}");
    let again = ssm.done("GetParameterHistory", json!({ "Name": CONFIG })).await;
    assert_eq!(again["Parameters"][0]["Value"], shown, "it follows from name and version");
    assert_eq!(ssm.done("GetParameter", decrypted(CONFIG)).await["Parameter"]["Value"], "SECRET-one");

    let reader = role(&simulator, "reader", &everything_and(""), "ssm").await;
    assert_eq!(reader.done("GetParameter", decrypted(CONFIG)).await["Parameter"]["Value"], "SECRET-one");
    reader.done("PutParameter", secure("SECRET-two", json!({ "Overwrite": true, "Type": null }))).await;
    let denied = everything_and(r#"{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}"#);
    let denied = role(&simulator, "denied", &denied, "ssm").await;
    let message = denied.refused("GetParameter", decrypted(CONFIG), "AccessDeniedException").await;
    assert!(
        message.contains("kms:Decrypt") && message.ends_with("(Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException)"),
        "{message}"
    );
    denied.done("GetParameter", json!({ "Name": CONFIG })).await;

    let key = admin.kms.describe_key().key_id("alias/aws/ssm").send().await.expect("made at the first use").key_metadata.expect("a key");
    assert_eq!(key.key_manager().map(aws_sdk_kms::types::KeyManagerType::as_str), Some("AWS"));
    assert!(admin.kms.get_key_rotation_status().key_id(key.key_id()).send().await.expect("read").key_rotation_enabled());
    let refused = admin.kms.schedule_key_deletion().key_id(key.key_id()).send().await.expect_err("nobody's to delete");
    assert_eq!(code(&refused), "AccessDeniedException");
    let elsewhere = Caller::new(&Clients::in_region(&simulator, "eu-central-1", Simulator::management_credentials()), "ssm");
    elsewhere.refused("GetParameter", decrypted(CONFIG), "ParameterNotFound").await;
    let members = elsewhere.done("PutParameter", secure("SECRET-there", json!({}))).await;
    assert_eq!(members["Version"], 1, "each Region has its own");
}

#[tokio::test(start_paused = true)]
async fn a_customers_key_needs_its_permissions_through_the_service() {
    let simulator = instant();
    let (admin, ssm) = (Clients::administrator(&simulator), administrator(&simulator));
    let key = customer_key(&simulator).await;
    admin.kms.create_alias().alias_name("alias/app").target_key_id(&key).send().await.expect("an alias");
    ssm.done("PutParameter", secure("SECRET-one", json!({ "KeyId": "alias/app" }))).await;
    let found = ssm.done("DescribeParameters", json!({})).await;
    assert_eq!(found["Parameters"][0]["KeyId"], "alias/app");

    let without = role(&simulator, "without", &everything_and(""), "ssm").await;
    let may = |action: &str, condition: &str| {
        everything_and(&format!(
            r#"{{"Effect":"Allow","Action":"{action}","Resource":"{key}","Condition":{{"StringEquals":{{{condition}}}}}}}"#
        ))
    };
    let via = r#""kms:ViaService":"ssm.eu-west-1.amazonaws.com","kms:CallerAccount":"111111111111","aws:ViaAWSService":"true""#;
    let bound = format!(r#""kms:EncryptionContext:PARAMETER_ARN":"arn:aws:ssm:eu-west-1:111111111111:parameter{CONFIG}""#);
    let elsewhere = r#""kms:ViaService":"secretsmanager.eu-west-1.amazonaws.com""#;
    let reader = role(&simulator, "reader", &may("kms:Decrypt", via), "ssm").await;
    let narrow = role(&simulator, "narrow", &may("kms:Decrypt", &bound), "ssm").await;
    let other = role(&simulator, "other", &may("kms:*", elsewhere), "ssm").await;
    let writer = role(&simulator, "writer", &may("kms:Encrypt", via), "ssm").await;
    let several = json!({ "Names": [CONFIG, "/app/secret/none"], "WithDecryption": true });
    let path = json!({ "Path": "/app", "Recursive": true, "WithDecryption": true });
    for refused in [&without, &other, &writer] {
        for (operation, asked) in [
            ("GetParameter", decrypted(CONFIG)),
            ("GetParameters", several.clone()),
            ("GetParametersByPath", path.clone()),
            ("GetParameterHistory", decrypted(CONFIG)),
        ] {
            refused.refused(operation, asked, "AccessDeniedException").await;
        }
    }
    for allowed in [&reader, &narrow] {
        assert_eq!(allowed.done("GetParameter", decrypted(CONFIG)).await["Parameter"]["Value"], "SECRET-one");
        assert_eq!(allowed.done("GetParameters", several.clone()).await["Parameters"][0]["Value"], "SECRET-one");
        assert_eq!(allowed.done("GetParameterHistory", decrypted(CONFIG)).await["Parameters"][0]["Value"], "SECRET-one");
    }
    let message =
        reader.refused("PutParameter", secure("SECRET-two", json!({ "KeyId": key, "Overwrite": true })), "AccessDeniedException").await;
    assert!(message.contains("kms:Encrypt"), "{message}");
    writer.done("PutParameter", secure("SECRET-two", json!({ "KeyId": key, "Overwrite": true }))).await;
    let advanced = json!({ "KeyId": key, "Overwrite": true, "Tier": "Advanced" });
    let message = writer.refused("PutParameter", secure("SECRET-three", advanced.clone()), "AccessDeniedException").await;
    assert!(message.contains("kms:GenerateDataKey"), "{message}");
    role(&simulator, "data", &may("kms:GenerateDataKey", via), "ssm").await.done("PutParameter", secure("SECRET-three", advanced)).await;
    // Without a key it is AWS's again (docs/AWS.md 8.1).
    without.done("PutParameter", secure("SECRET-four", json!({ "Overwrite": true }))).await;
    assert_eq!(without.done("GetParameter", decrypted(CONFIG)).await["Parameter"]["Value"], "SECRET-four");
    without.refused("GetParameter", decrypted(&format!("{CONFIG}:1")), "AccessDeniedException").await;
}

#[tokio::test(start_paused = true)]
async fn a_key_that_cannot_be_used_is_named() {
    let simulator = instant();
    let (admin, ssm) = (Clients::administrator(&simulator), administrator(&simulator));
    for (given, words) in [
        ("alias/none", "Alias arn:aws:kms:eu-west-1:111111111111:alias/none is not found."),
        ("00000000-0000-0000-0000-000000000000", "does not exist"),
    ] {
        let message = ssm.refused("PutParameter", secure("SECRET-x", json!({ "KeyId": given })), "InvalidKeyId").await;
        assert!(message.contains(words) && message.contains("NotFoundException"), "{message}");
    }
    let key = customer_key(&simulator).await;
    ssm.done("PutParameter", secure("SECRET-x", json!({ "KeyId": key }))).await;
    admin.kms.disable_key().key_id(&key).send().await.expect("off");
    assert!(ssm.refused("GetParameter", decrypted(CONFIG), "InvalidKeyId").await.contains("DisabledException"));
    admin.kms.enable_key().key_id(&key).send().await.expect("on");
    admin.kms.schedule_key_deletion().key_id(&key).pending_window_in_days(7).send().await.expect("scheduled");
    assert!(ssm.refused("GetParameter", decrypted(CONFIG), "InvalidKeyId").await.contains("pending deletion"));
    tokio::time::advance(Duration::from_hours(24 * 7)).await;
    assert!(
        ssm.refused("GetParameter", decrypted(CONFIG), "InvalidKeyId").await.contains("does not exist"),
        "the value is lost with its key"
    );
    ssm.done("GetParameter", json!({ "Name": CONFIG })).await;
}
