//! Values that stay current: by how many calls, what is served while that fails, and when it ends. In virtual time; calls are counted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use landfall::config::{Config, ConfigError, Kept, PERIOD_MIN, Removed, Secret};
use landfall::environments::Role;
use landfall::name::Store;
use landfall::simulator::{Fault, Trouble};
use landfall_tests::apps::World;
use landfall_tests::overheard::listen;

const PERIOD: Duration = Duration::from_mins(5);
/// A period with the longest jitter, and a second for the calls.
const ONE: Duration = Duration::from_secs(331);
const HOUR: Duration = Duration::from_hours(1);
/// Looks in an hour: of 330 s each at least, of 270 s at most.
const LOOKS: std::ops::RangeInclusive<usize> = 10..=13;

/// What a program asks for.
#[derive(Debug, serde::Deserialize)]
struct Wanted {
    max_items: u32,
    stripe_key: Secret<String>,
    note: Option<Secret<String>>,
}

impl Wanted {
    fn plain(&self) -> (u32, &str, Option<&str>) {
        (self.max_items, self.stripe_key.expose(), self.note.as_ref().map(|note| note.expose().as_str()))
    }
}

fn value(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

async fn set(config: &Config, key: &str, store: Store, text: &str) {
    config.set(key, store, &value(text)).await.expect("set");
}

async fn push(config: &Config, document: &str) {
    config.push(document).await.expect("pushed");
}

/// An app with a setting and a secret, kept; the calls so far are forgotten.
async fn kept(world: &World, config: &Config) -> Kept<Wanted> {
    push(config, r#"{"max_items":5}"#).await;
    set(config, "stripe_key", Store::Ssm, "SECRET-1").await;
    let kept = config.keep(PERIOD).await.expect("complete");
    world.simulator.forget_calls();
    kept
}

async fn shop(world: &World) -> Config {
    world.enter("config-shop").await.config("shop")
}

#[tokio::test]
async fn a_period_is_one_call_while_nothing_changes() {
    let world = World::built().await;
    let config = shop(&world).await;
    let settings: BTreeMap<String, u32> = (0..40).map(|n| (format!("key_{n}"), n)).collect();
    push(&config, &serde_json::to_string(&settings).expect("JSON")).await;
    world.simulator.forget_calls();
    let forty = config.keep::<BTreeMap<String, u32>>(PERIOD).await.expect("read");
    assert_eq!(world.calls(), ["GetParameter"], "one call reads forty settings");
    world.pass(HOUR).await;
    let calls = world.calls();
    assert!(LOOKS.contains(&(calls.len() - 1)) && calls.iter().all(|call| call == "GetParameter"), "{calls:?}");
    assert_eq!((*forty.current()).clone(), settings);
    drop(forty);

    // With a secret it is another call, and still one. `note` is in no store, and looked for by the same call.
    let mut kept = kept(&world, &config).await;
    world.pass(HOUR).await;
    let calls = world.calls();
    assert!(LOOKS.contains(&calls.len()) && calls.iter().all(|call| call == "GetParameters"), "{calls:?}");
    world.simulator.forget_calls();
    let readers: Vec<_> = (0..1_000)
        .map(|_| {
            let kept = kept.clone();
            tokio::spawn(async move { kept.current().max_items })
        })
        .collect();
    for reader in readers {
        assert_eq!(reader.await.expect("ran"), 5);
    }
    assert_eq!(world.calls(), [""; 0], "what is current costs no call");
    assert!(unchanged(&world, &mut kept, Duration::from_secs(1)).await);
}

/// Waits for a change for some time; the future is dropped then.
async fn unchanged(world: &World, kept: &mut Kept<Wanted>, time: Duration) -> bool {
    tokio::select! {
        biased;
        _ = kept.changed() => false,
        () = world.pass(time) => true,
    }
}

/// One call for the settings and nine secrets; ten secrets are two calls.
#[tokio::test]
async fn every_ten_secrets_more_are_one_call_more() {
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Nine {
        max_items: u32,
        a: Secret<String>,
        b: Secret<String>,
        c: Secret<String>,
        d: Secret<String>,
        e: Secret<String>,
        f: Secret<String>,
        g: Secret<String>,
        h: Secret<String>,
        i: Secret<String>,
        /// Present only in the second half.
        #[serde(default)]
        j: u32,
    }
    let world = World::built().await;
    let config = shop(&world).await;
    for key in ["a", "b", "c", "d", "e", "f", "g", "h", "i"] {
        set(&config, key, Store::Ssm, "SECRET").await;
    }
    for (document, calls) in [(r#"{"max_items":5,"j":1}"#, 1), (r#"{"max_items":5}"#, 2)] {
        push(&config, document).await;
        let kept = config.keep::<Nine>(PERIOD).await.expect("complete");
        world.simulator.forget_calls();
        world.pass(ONE).await;
        assert_eq!(world.calls(), vec!["GetParameters"; calls], "{document}");
        drop(kept);
    }
}

#[tokio::test]
async fn what_changes_is_seen_within_a_period() {
    let world = World::built().await;
    let config = shop(&world).await;
    let mut kept = kept(&world, &config).await;
    let mut other = kept.clone();
    assert!(unchanged(&world, &mut kept, HOUR).await);

    set(&config, "stripe_key", Store::Ssm, "SECRET-2").await;
    world.simulator.forget_calls();
    world.pass(ONE).await;
    assert_eq!(kept.current().plain(), (5, "SECRET-2", None));
    // Versions, then everything; `note` is looked for in both stores.
    assert_eq!(world.calls()[..4], ["GetParameters", "GetParameter", "GetParameters", "GetSecretValue"]);
    // It happened while nothing waited for it, and is not lost; each clone is told once.
    assert_eq!(kept.changed().await.expect("looks").plain(), (5, "SECRET-2", None));
    assert_eq!(other.changed().await.expect("looks").plain(), (5, "SECRET-2", None));
    assert!(unchanged(&world, &mut kept, HOUR).await);

    push(&config, r#"{"max_items":6}"#).await;
    assert_eq!(kept.changed().await.expect("looks").plain(), (6, "SECRET-2", None));
    // A parameter that is deleted and made again begins at version 1 again.
    let fresh = config.keep::<Wanted>(PERIOD).await.expect("complete");
    for text in ["SECRET-3", "SECRET-4"] {
        assert_eq!(config.unset("stripe_key", Store::Ssm).await.expect("removed"), Removed::ForGood);
        world.pass(Duration::from_secs(1)).await;
        set(&config, "stripe_key", Store::Ssm, text).await;
        world.pass(ONE).await;
        assert_eq!(fresh.current().plain(), (6, text, None));
    }
    // A field that had no value: in Parameter Store it is seen at once, in the other store when anything else changes.
    set(&config, "note", Store::Ssm, "SECRET-5").await;
    world.pass(ONE).await;
    assert_eq!(fresh.current().plain(), (6, "SECRET-4", Some("SECRET-5")));
    assert_eq!(config.unset("note", Store::Ssm).await.expect("removed"), Removed::ForGood);
    world.pass(ONE).await;
    assert_eq!(fresh.current().plain(), (6, "SECRET-4", None));
    set(&config, "note", Store::SecretsManager, "SECRET-6").await;
    world.pass(ONE).await;
    assert_eq!(fresh.current().plain(), (6, "SECRET-4", None));
    push(&config, r#"{"max_items":7}"#).await;
    world.pass(ONE).await;
    assert_eq!(fresh.current().plain(), (7, "SECRET-4", Some("SECRET-6")));
    // From then on it is one call more.
    drop((kept, other));
    world.simulator.forget_calls();
    world.pass(ONE).await;
    assert_eq!(world.calls()[..2], ["GetParameters", "GetSecretValue"]);
    set(&config, "note", Store::SecretsManager, "SECRET-7").await;
    world.pass(ONE).await;
    assert_eq!(fresh.current().plain(), (7, "SECRET-4", Some("SECRET-7")));
}

/// The last value is served, the failure is logged once, and a look makes few attempts.
#[tokio::test]
async fn an_hour_without_parameter_store_is_said_once() {
    let overheard = listen();
    let world = World::built().await;
    // Tests of one process share its log: this app is in no other.
    let config = world.enter("config-board").await.config("board");
    let mut kept = kept(&world, &config).await;
    let before = Arc::as_ptr(&kept.current());
    for trouble in
        [Trouble::Fail, Trouble::Throttle, Trouble::CutBefore, Trouble::Ignore, Trouble::Refuse("AccessDeniedException".into(), 400)]
    {
        let said = |words: &str| overheard.text().lines().filter(|line| line.contains("board") && line.contains(words)).count();
        let (failed, again) = (said("values could not be kept current"), said("values are current again"));
        world.simulator.forget_calls();
        world.simulator.inject(Fault::new(trouble.clone()).on("ssm"));
        assert!(unchanged(&world, &mut kept, HOUR).await, "{trouble:?}");
        let failing = kept.failing().expect("it fails");
        let is_expected = match trouble {
            Trouble::Refuse(..) => matches!(failing.error, ConfigError::Aws(_) | ConfigError::SecretDenied { .. }),
            _ => matches!(failing.error, ConfigError::Aws(_)),
        };
        assert!(is_expected, "{trouble:?}: {:?}", failing.error);
        let stale = world.simulator.clock().time_source().now().duration_since(failing.since).expect("earlier");
        assert!(stale > HOUR.saturating_sub(ONE) && stale <= HOUR + ONE, "{trouble:?}: {stale:?}");
        assert_eq!(Arc::as_ptr(&kept.current()), before, "{trouble:?}");
        // At most five attempts of one call in each look; a silent AWS makes a look a minute longer.
        let attempts = world.calls().len();
        assert!((9..=13 * 5).contains(&attempts), "{trouble:?}: {attempts}");
        assert_eq!((said("values could not be kept current"), said("values are current again")), (failed + 1, again), "{trouble:?}");

        world.simulator.revive();
        // A call that waits for its answer is given up first.
        world.pass(ONE * 2).await;
        assert!(kept.failing().is_none(), "{trouble:?}: {kept:?}");
        assert_eq!(said("values are current again"), again + 1, "{trouble:?}");
        assert!(unchanged(&world, &mut kept, Duration::from_secs(1)).await, "{trouble:?}");
    }
    set(&config, "stripe_key", Store::Ssm, "SECRET-2").await;
    assert_eq!(kept.changed().await.expect("looks").plain(), (5, "SECRET-2", None));
    overheard.holds_none_of(&["SECRET-1", "SECRET-2"], &[format!("{kept:?} {:?}", kept.current())]);
}

/// What a type does not take is no reason to stop: the program goes on with what it has.
#[tokio::test]
async fn values_that_do_not_fit_are_not_served() {
    let overheard = listen();
    let world = World::built().await;
    let config = shop(&world).await;
    let mut kept = kept(&world, &config).await;
    let mut shown = Vec::new();
    let shape = r#"{"max_items":"SECRET-2"}"#;
    for (document, secret, expected) in
        [(Some(shape), None, "`max_items` should be u32, and is a text"), (None, None, "secret `stripe_key` has no value in account")]
    {
        match document {
            Some(document) => push(&config, document).await,
            None => drop(config.unset("stripe_key", Store::Ssm).await.expect("removed")),
        }
        assert!(unchanged(&world, &mut kept, ONE).await, "{expected}");
        let failing = kept.failing().expect("it fails").error;
        assert!(failing.to_string().starts_with(expected), "{failing}");
        assert_eq!(kept.current().plain().0, 5);
        shown.push(format!("{kept:?} {failing:?} {failing}"));
        // As it was before, and a value more: what is in force is told only if it is another version.
        push(&config, r#"{"max_items":5}"#).await;
        set(&config, "stripe_key", Store::Ssm, secret.unwrap_or("SECRET-3")).await;
        assert_eq!(kept.changed().await.expect("looks").plain(), (5, "SECRET-3", None));
        assert!(kept.failing().is_none(), "{kept:?}");
    }
    overheard.holds_none_of(&["SECRET-1", "SECRET-2", "SECRET-3"], &shown);
}

#[tokio::test]
async fn the_last_one_dropped_ends_the_calls() {
    let world = World::built().await;
    let config = shop(&world).await;
    let kept = kept(&world, &config).await;
    let other = kept.clone();
    drop(kept);
    world.pass(HOUR).await;
    assert!(LOOKS.contains(&world.calls().len()), "a clone is enough: {:?}", world.calls());
    // In the middle of a look, too.
    world.simulator.inject(Fault::new(Trouble::Ignore).on("ssm"));
    world.simulator.forget_calls();
    while world.calls().is_empty() {
        world.pass(Duration::from_secs(1)).await;
    }
    drop(other);
    world.simulator.revive();
    world.simulator.forget_calls();
    world.pass(HOUR * 3).await;
    assert_eq!(world.calls(), [""; 0]);
}

/// Sessions last an hour, in production with a reason; AWS may end one earlier.
#[tokio::test]
async fn sessions_are_renewed_meanwhile() {
    let world = World::built().await;
    let prod = world.environments.get("prod").expect("there");
    assert!(prod.assume(Role::named("config-shop")).await.is_err(), "production asks for a reason");
    let session = prod.assume(Role::named("config-shop")).reason("release 42").await.expect("assumed");
    let config = session.config("shop");
    let mut kept = kept(&world, &config).await;
    for hour in 1..=5 {
        assert!(unchanged(&world, &mut kept, HOUR).await, "hour {hour}");
        assert!(kept.failing().is_none(), "hour {hour}: {kept:?}");
    }
    let renewed =
        |world: &World| world.simulator.calls().iter().filter(|call| call.operation == "AssumeRole" && call.error.is_none()).count();
    assert!((5..=7).contains(&renewed(&world)), "{}", renewed(&world));

    // It is renewed when a look finds that AWS ended it, in the same look.
    let before = renewed(&world);
    world.simulator.inject(Fault::new(Trouble::Expire).on("ssm").times(1));
    world.pass(ONE).await;
    assert!(kept.failing().is_none(), "{kept:?}");
    assert_eq!(world.simulator.calls().iter().filter(|call| call.error.as_deref() == Some("ExpiredTokenException")).count(), 1);
    assert!(renewed(&world) > before);
    // Where no new session is to be had, the old values are served until there is one.
    world.simulator.inject(Fault::new(Trouble::Refuse("AccessDenied".into(), 403)).on("sts"));
    world.pass(HOUR * 2).await;
    assert!(matches!(kept.failing().expect("it fails").error, ConfigError::Aws(_)), "{kept:?}");
    assert_eq!(kept.current().plain(), (5, "SECRET-1", None));
    world.simulator.revive();
    world.pass(ONE).await;
    assert!(kept.failing().is_none(), "{kept:?}");
    set(&config, "stripe_key", Store::Ssm, "SECRET-2").await;
    assert_eq!(kept.changed().await.expect("looks").plain(), (5, "SECRET-2", None));
}

#[tokio::test]
async fn what_cannot_begin_is_refused() {
    let world = World::built().await;
    let config = shop(&world).await;
    world.simulator.forget_calls();
    let short = config.keep::<Wanted>(PERIOD_MIN.saturating_sub(Duration::from_nanos(1))).await.expect_err("too short");
    assert!(matches!(short, ConfigError::Period { least: PERIOD_MIN, .. }), "{short:?}");
    assert_eq!(world.calls(), [""; 0]);
    let absent = config.keep::<Wanted>(PERIOD_MIN).await.expect_err("nothing is written yet");
    assert!(matches!(absent, ConfigError::NotDeployed { .. }), "{absent:?}");
    world.simulator.forget_calls();
    world.pass(HOUR).await;
    assert_eq!(world.calls(), [""; 0], "nothing looks after a first reading that failed");
}

/// The runtime of `keep` ends while the values are still held.
#[test]
fn values_whose_runtime_ended_say_so() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let first = runtime();
    let mut kept = first.block_on(async {
        let world = World::built().await;
        let config = shop(&world).await;
        kept(&world, &config).await
    });
    assert!(kept.failing().is_none());
    drop(first);
    assert!(matches!(kept.failing().expect("ended").error, ConfigError::Ended));
    assert_eq!(kept.current().plain(), (5, "SECRET-1", None));
    assert!(runtime().block_on(kept.changed()).is_none());
}
