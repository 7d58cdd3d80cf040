//! The library's way to an app's values: typed, by few calls, and as the app's role only.

use landfall::config::{ConfigError, Pushed, Secret};
use landfall::name::Store;
use landfall_tests::apps::World;

/// What a program asks for.
#[derive(Debug, serde::Deserialize)]
struct Wanted {
    max_items: u32,
    hosts: Vec<String>,
    stripe_key: Secret<String>,
    signing_key: Secret<String>,
    note: Option<String>,
    /// No key of a setting.
    #[serde(default, rename = "camelCase")]
    other: u8,
}

#[tokio::test]
async fn a_type_is_read_by_a_call_for_all_settings_and_one_for_its_secrets() {
    let world = World::built().await;
    let session = world.enter("config-shop").await;
    let config = session.config("shop");
    let read = config.read::<Wanted>().await.expect_err("nothing is written yet");
    assert!(matches!(read, ConfigError::NotDeployed { .. }), "{read:?}");

    let document = r#"{"hosts":["a","b"],"max_items":5}"#;
    assert_eq!(config.push(document).await.expect("pushed"), Pushed::Written(1));
    assert_eq!(config.push(document).await.expect("pushed"), Pushed::Unchanged);
    let read = config.read::<Wanted>().await.expect_err("no secrets");
    assert!(matches!(&read, ConfigError::SecretMissing { key, .. } if key == "stripe_key"), "{read:?}");

    let value = |text: &str| Secret::new(text.to_owned());
    assert_eq!(config.set("stripe_key", Store::Ssm, &value("SECRET-1")).await.expect("set"), "1");
    config.set("signing_key", Store::SecretsManager, &value("SECRET-2")).await.expect("set");
    world.simulator.forget_calls();
    let read: Wanted = config.read().await.expect("complete");
    assert_eq!((read.max_items, read.hosts.join(" "), read.note.as_deref(), read.other), (5, "a b".to_owned(), None, 0));
    assert_eq!((read.stripe_key.expose().as_str(), read.signing_key.expose().as_str()), ("SECRET-1", "SECRET-2"));
    // `note` is looked for in both stores, `signing_key` is in the second.
    assert_eq!(world.calls(), ["GetParameter", "GetParameters", "GetSecretValue", "GetSecretValue"]);
    assert!(!format!("{read:?} {config:?}").contains("SECRET"), "{read:?}");

    config.set("stripe_key", Store::Ssm, &value("SECRET-3")).await.expect("set");
    assert_eq!(config.read::<Wanted>().await.expect("complete").stripe_key.expose(), "SECRET-3");
    config.push(r#"{"hosts":"a","max_items":5}"#).await.expect("pushed");
    let wrong = config.read::<Wanted>().await.expect_err("a text").to_string();
    assert_eq!(wrong, "`hosts` should be a sequence, and is a text");
}

#[tokio::test]
async fn forty_settings_are_one_call() {
    let world = World::built().await;
    let config = world.enter("config-shop").await.config("shop");
    let settings: std::collections::BTreeMap<String, u32> = (0..40).map(|n| (format!("key_{n}"), n)).collect();
    config.push(&serde_json::to_string(&settings).expect("JSON")).await.expect("pushed");
    world.simulator.forget_calls();
    assert_eq!(config.read::<std::collections::BTreeMap<String, u32>>().await.expect("read"), settings);
    assert_eq!(world.calls(), ["GetParameter"]);
}

/// Not another app's, and no secret as a deployer.
#[tokio::test]
async fn each_role_reads_what_is_its_own() {
    let world = World::built().await;
    let shop = world.enter("config-shop").await;
    shop.config("shop").push(r#"{"hosts":[],"max_items":1}"#).await.expect("pushed");
    shop.config("shop").set("stripe_key", Store::Ssm, &Secret::new("SECRET-1".to_owned())).await.expect("set");
    let board = world.enter("config-board").await;
    let refused = board.config("shop").document().await.expect_err("another app's");
    assert!(matches!(&refused, ConfigError::Aws(error) if error.to_string().contains("AccessDenied")), "{refused:?}");
    assert!(board.config("shop").push("{}").await.is_err());
    let deployer = world.enter("deployer").await;
    let refused = deployer.config("shop").read::<Wanted>().await.expect_err("a secret");
    assert!(matches!(refused, ConfigError::SecretDenied { .. }), "{refused:?}");
    for bad in ["", "S", "a/b", "shop/../board"] {
        assert!(matches!(shop.config(bad).document().await, Err(ConfigError::App(_))), "{bad}");
    }
    assert!(matches!(shop.config("shop").set("../x", Store::Ssm, &Secret::new("x".to_owned())).await, Err(ConfigError::Key(_))));
}
