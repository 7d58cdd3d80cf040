//! Writing an app's values under trouble: a write that is cut off is made again, and nothing is written twice.

use std::collections::BTreeMap;

use landfall::config::{Config, ConfigError, Removed, Secret};
use landfall::name::Store;
use landfall::simulator::{Clock, Fault, Simulator, Trouble};
use landfall_tests::apps::World;

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

async fn shop(world: &World) -> Config {
    world.enter("config-shop").await.config("shop")
}

/// Killed, or its answer lost, at every changing call: the same end, and one version more at most.
#[tokio::test]
async fn a_secret_that_is_set_again_after_trouble_has_one_version_more_at_most() {
    let world = World::built().await;
    let config = shop(&world).await;
    let mut tried = 0;
    for (n, store) in Store::ALL.into_iter().enumerate() {
        for is_there in [false, true] {
            for (at, trouble) in [Trouble::Kill, Trouble::LoseAnswer, Trouble::CutBefore].into_iter().enumerate() {
                // A new secret of Secrets Manager takes two calls that change something.
                for point in 1..=2 {
                    let key = format!("key_{n}_{is_there}_{at}_{point}");
                    if is_there {
                        config.set(&key, store, &secret("SECRET-0")).await.expect("set");
                    }
                    world.simulator.forget_calls();
                    world.simulator.inject(Fault::new(trouble.clone()).on_mutating().from_the(point).times(1));
                    let value = secret("SECRET-1");
                    tokio::select! {
                        done = config.set(&key, store, &value) => drop(done.expect("tried again until it is set")),
                        () = world.simulator.killed() => {}
                    }
                    let is_hit = world.simulator.calls().iter().any(|call| !call.is_answered);
                    world.simulator.revive();
                    tried += usize::from(is_hit);
                    config.set(&key, store, &secret("SECRET-1")).await.expect("set again");
                    let name = format!("{key} in {}", store.as_str());
                    assert_eq!(config.values_of(&[&key]).await.expect("read")[&key].expose(), "SECRET-1", "{name}");
                    let versions = config.history(&key, store).await.expect("read").len();
                    // What was there, the write that was cut off, and the one after it.
                    let once = usize::from(is_there) + 2;
                    let most = if is_hit && trouble == Trouble::LoseAnswer && store == Store::Ssm { once + 1 } else { once };
                    assert!((once - 1..=most).contains(&versions), "{name}: {versions} versions");
                }
            }
        }
    }
    assert!(tried >= 15, "only {tried} writes were hit");
}

/// The settings, too.
#[tokio::test]
async fn settings_that_are_pushed_again_after_trouble_are_the_same() {
    for trouble in [Trouble::Kill, Trouble::LoseAnswer, Trouble::CutBefore] {
        let world = World::built().await;
        let config = shop(&world).await;
        world.simulator.inject(Fault::new(trouble.clone()).on_mutating().times(1));
        tokio::select! {
            done = config.push("{\"a\":1}") => drop(done.expect("tried again until it is written")),
            () = world.simulator.killed() => {}
        }
        world.simulator.revive();
        config.push("{\"a\":1}").await.expect("pushed");
        let document = config.document().await.expect("read").expect("written");
        assert!(document.text == "{\"a\":1}" && document.version <= 2, "{trouble:?}: version {}", document.version);
    }
}

/// What `config check` asks of an account: five calls at most, with the one that enters it and the one that finds it.
#[tokio::test]
async fn sixty_secrets_are_listed_by_three_calls() {
    let world = World::built().await;
    let config = shop(&world).await;
    for n in 0..60 {
        config.set(&format!("key_{n}"), Store::Ssm, &secret("SECRET")).await.expect("set");
    }
    world.simulator.forget_calls();
    assert_eq!(config.secrets(&Store::ALL).await.expect("listed").len(), 60);
    assert_eq!(world.calls(), ["DescribeParameters", "DescribeParameters", "ListSecrets"]);
}

/// A parameter of another type is no secret, and a refused key says which secret could not be read.
#[tokio::test]
async fn what_is_no_secret_or_may_not_be_decrypted_is_named() {
    let world = World::built().await;
    let config = shop(&world).await;
    config.set("stripe_key", Store::Ssm, &secret("SECRET-1")).await.expect("set");
    let text = world.simulator.to_json();
    assert_eq!(text.matches("\"secure_string\"").count(), 1, "one secret");
    let plain = Simulator::from_json(&text.replace("\"secure_string\"", "\"string\""), Clock::virtual_from).expect("a world");
    let plain = shop(&World::on(plain).await).await;
    let listed = plain.secrets(&Store::ALL).await.expect("listed");
    let problem = listed["stripe_key"].problem.clone().expect("a problem");
    assert!(problem.contains("type String, which is not encrypted"), "{problem}");
    let refused = format!("{:?}", plain.set("stripe_key", Store::Ssm, &secret("SECRET-2")).await.expect_err("of another type"));
    assert!(!refused.contains("SECRET"), "{refused}");
    assert_eq!(plain.unset("stripe_key", Store::Ssm).await.expect("removed"), Removed::ForGood);
    plain.set("stripe_key", Store::Ssm, &secret("SECRET-2")).await.expect("set");

    world.simulator.inject(Fault::new(Trouble::Refuse("AccessDeniedException".to_owned(), 400)).on("ssm:GetParameters").times(1));
    let refused = config.values_of(&["stripe_key"]).await.expect_err("the key refuses");
    assert!(matches!(&refused, ConfigError::SecretDenied { key, .. } if key == "stripe_key"), "{refused:?}");
    let read: BTreeMap<String, Secret<String>> = config.values_of(&["stripe_key"]).await.expect("read");
    assert_eq!(read["stripe_key"].expose(), "SECRET-1");
}
