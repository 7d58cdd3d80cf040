//! The lock on the simulator: several operators, in virtual time, over a connection that delays and loses calls.

mod line;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_types::SdkConfig;

use super::*;
use crate::name::literal;
use crate::simulator::{Clock, Options, Simulator};
use line::{Chance, Line};

const REGION: &str = "eu-west-1";
const BUCKET: &str = "acme-landfall-111111111111-eu-west-1";

fn simulator() -> Simulator {
    Simulator::new(Options::default(), Clock::tokio(UNIX_EPOCH + Duration::from_hours(498_744)))
}

fn process(host: &str, pid: u32) -> Holder {
    Holder::new("ada", host, Some(format!("machine of {host}")), pid, "1")
}

async fn lock_on(config: &SdkConfig, me: Holder, gone: &'static [u32]) -> Lock {
    let region = literal(REGION);
    let sessions = Sessions::open(config, &region).await.expect("a session");
    Lock::new(&sessions, &literal("acme"), &region, me, Arc::new(|holder| gone.contains(&holder.pid)))
}

async fn lock(simulator: &Simulator, host: &str, pid: u32) -> Lock {
    lock_on(&simulator.sdk_config(REGION), process(host, pid), &[]).await
}

#[track_caller]
fn taken(attempt: Result<Attempt, LockError>) -> Held {
    match attempt.expect("no error") {
        Attempt::Taken(held) => held,
        Attempt::Moved(seen) => panic!("moved: {seen:?}"),
    }
}

#[track_caller]
fn moved(attempt: Result<Attempt, LockError>) -> Seen {
    match attempt.expect("no error") {
        Attempt::Taken(held) => panic!("taken: {held:?}"),
        Attempt::Moved(seen) => seen,
    }
}

fn writes(simulator: &Simulator) -> usize {
    simulator.calls().iter().filter(|call| call.mutating).count()
}

#[tokio::test(start_paused = true)]
async fn taking_proves_that_nothing_happened_since_it_was_seen() {
    let simulator = simulator();
    let (ada, bob) = (lock(&simulator, "a", 1).await, lock(&simulator, "b", 2).await);
    let (by_ada, by_bob) = (ada.look().await.expect("seen"), bob.look().await.expect("seen"));
    assert_eq!((ada.standing(&by_ada), writes(&simulator)), (Standing::Free, 0));

    let held = taken(ada.take(&by_ada, Force::None).await);
    held.release().await.expect("released");
    // It is free again, but what Bob observed is older than what Ada did.
    let now = moved(bob.take(&by_bob, Force::None).await);
    assert_eq!(bob.standing(&now), Standing::Free);
    taken(bob.take(&now, Force::None).await).release().await.expect("released");
}

#[tokio::test(start_paused = true)]
async fn a_held_lock_reports_since_when_until_it_is_released() {
    let simulator = simulator();
    let (ada, bob) = (lock(&simulator, "a", 1).await, lock(&simulator, "b", 2).await);
    assert_eq!(bob.look().await.expect("seen").since(), None);
    let began = ada.object.clock().now();
    let held = taken(ada.take(&ada.look().await.expect("seen"), Force::None).await);
    let taken_at = bob.look().await.expect("seen").since().expect("a time");
    assert!(began.duration_since(taken_at).unwrap_or_default() < Duration::from_secs(1), "{began:?} {taken_at:?}");
    // Renewing it is not taking it.
    assert!(tokio::time::timeout(BEAT * 8, held.keep()).await.is_err());
    let seen = bob.look().await.expect("seen");
    assert_eq!((seen.since(), seen.found.map(|found| found.record.beat > 5)), (Some(taken_at), Some(true)));
    held.release().await.expect("released");
    assert_eq!(bob.look().await.expect("seen").since(), None);
}

/// Earlier versions wrote no time, and a time out of range counts as none.
#[test]
fn a_record_without_a_time_is_read() {
    let read =
        |text: &str| Seen { found: serde_json::from_str(text).ok().map(|record| Found { etag: "1".to_owned(), record }), silent: false };
    assert_eq!(read("{\"generation\":1,\"beat\":2,\"holder\":null}").since(), None);
    let odd = read("{\"generation\":1,\"beat\":2,\"holder\":null,\"since\":18446744073709551615}");
    assert!(odd.found.is_some() && odd.since().is_none(), "{odd:?}");
}

#[tokio::test(start_paused = true)]
async fn a_held_lock_is_taken_by_force_only_and_the_other_one_notices() {
    let simulator = simulator();
    let (ada, bob) = (lock(&simulator, "a", 1).await, lock(&simulator, "b", 2).await);
    let held = taken(ada.take(&ada.look().await.expect("seen"), Force::None).await);
    let seen = bob.look().await.expect("seen");
    assert_eq!(bob.standing(&seen), Standing::Held(&process("a", 1)));
    moved(bob.take(&seen, Force::None).await);
    let bobs = taken(bob.take(&seen, Force::Break).await);
    let lost = held.keep().await;
    assert_eq!(lost.to_string(), "the lock was taken over by ada on b (process 2)");
    assert!(matches!(held.release().await, Err(LockError::TakenOver(_))));
    bobs.release().await.expect("released");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_is_gone_is_taken_over_at_once_on_its_own_machine_only() {
    let simulator = simulator();
    let dead = lock(&simulator, "a", 1).await;
    drop(taken(dead.take(&dead.look().await.expect("seen"), Force::None).await));
    let config = simulator.sdk_config(REGION);

    let elsewhere = lock_on(&config, process("b", 2), &[1]).await;
    let seen = elsewhere.look().await.expect("seen");
    assert_eq!(elsewhere.standing(&seen), Standing::Held(&process("a", 1)));
    let unknown = lock_on(&config, Holder { machine: None, ..process("a", 3) }, &[1]).await;
    assert_eq!(unknown.standing(&seen), Standing::Held(&process("a", 1)));

    let here = lock_on(&config, process("a", 4), &[1]).await;
    assert_eq!(here.standing(&seen), Standing::Left(&process("a", 1), Death::Gone));
    let began = tokio::time::Instant::now();
    let seen = here.wait(seen).await.expect("seen");
    let held = taken(here.take(&seen, Force::None).await);
    assert_eq!(began.elapsed(), Duration::ZERO);
    held.release().await.expect("released");
}

#[tokio::test(start_paused = true)]
async fn another_machines_dead_holder_is_waited_for_until_it_was_silent_for_long_enough() {
    let simulator = simulator();
    let (dead, heir) = (lock(&simulator, "a", 1).await, lock(&simulator, "b", 2).await);
    let held = taken(dead.take(&dead.look().await.expect("seen"), Force::None).await);
    // It lives for a while first: each renewal restarts the wait.
    let living = tokio::spawn(async move { tokio::time::timeout(Duration::from_mins(10), held.keep()).await.is_err() });
    let seen = heir.look().await.expect("seen");
    let began = tokio::time::Instant::now();
    let seen = heir.wait(seen).await.expect("seen");
    assert!(living.await.expect("no panic"), "it was kept until its process died");
    let waited = began.elapsed();
    assert!(waited >= Duration::from_mins(10) + Duration::from_secs(45) && waited <= Duration::from_mins(12), "{waited:?}");
    assert_eq!(heir.standing(&seen), Standing::Left(&process("a", 1), Death::Silent));
    taken(heir.take(&seen, Force::None).await).release().await.expect("released");
}

#[tokio::test(start_paused = true)]
async fn a_released_lock_ends_the_wait() {
    let simulator = simulator();
    let (ada, bob) = (lock(&simulator, "a", 1).await, lock(&simulator, "b", 2).await);
    let held = taken(ada.take(&ada.look().await.expect("seen"), Force::None).await);
    let seen = bob.look().await.expect("seen");
    let working = tokio::spawn(async move {
        let _ = tokio::time::timeout(Duration::from_secs(100), held.keep()).await;
        held.release().await.expect("released");
    });
    let began = tokio::time::Instant::now();
    let seen = bob.wait(seen).await.expect("seen");
    working.await.expect("no panic");
    assert!(began.elapsed() <= Duration::from_secs(106), "{:?}", began.elapsed());
    assert_eq!(bob.standing(&seen), Standing::Free);
    taken(bob.take(&seen, Force::None).await).release().await.expect("released");
}

#[tokio::test(start_paused = true)]
async fn content_that_is_not_landfalls_counts_as_held() {
    let simulator = simulator();
    let ada = lock(&simulator, "a", 1).await;
    taken(ada.take(&ada.look().await.expect("seen"), Force::None).await).release().await.expect("released");
    let s3 = aws_sdk_s3::Client::new(&simulator.sdk_config(REGION));
    s3.put_object().bucket(BUCKET).key("lock.json").body(b"hands off".to_vec().into()).send().await.expect("written");
    let seen = ada.look().await.expect("seen");
    assert!(matches!(ada.standing(&seen), Standing::Held(_)));
    let seen = ada.wait(seen).await.expect("seen");
    assert!(matches!(ada.standing(&seen), Standing::Left(_, Death::Silent)));
    taken(ada.take(&seen, Force::None).await).release().await.expect("released");
}

#[tokio::test(start_paused = true)]
async fn its_bucket_is_created_once_private_and_tagged() {
    let simulator = simulator();
    let ada = lock(&simulator, "a", 1).await;
    for round in 0..2 {
        taken(ada.take(&ada.look().await.expect("seen"), Force::None).await).release().await.expect("released");
        let made = simulator.calls().iter().filter(|call| call.operation == "CreateBucket").count();
        assert_eq!(made, 1, "round {round}");
    }
    let s3 = aws_sdk_s3::Client::new(&simulator.sdk_config(REGION));
    let access = s3.get_public_access_block().bucket(BUCKET).send().await.expect("set");
    let access = access.public_access_block_configuration().expect("set");
    assert_eq!((access.block_public_policy(), access.restrict_public_buckets()), (Some(true), Some(true)));
    let policy = s3.get_bucket_policy().bucket(BUCKET).send().await.expect("set");
    assert!(policy.policy().is_some_and(|policy| policy.contains("aws:SecureTransport")), "{policy:?}");
    let tags = s3.get_bucket_tagging().bucket(BUCKET).send().await.expect("set");
    assert_eq!(tags.tag_set().iter().map(|tag| (tag.key(), tag.value())).collect::<Vec<_>>(), [("landfall:organization", "acme")]);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_name_that_is_taken_is_reported() {
    let simulator =
        Simulator::new(Options::default().with_bucket_name_taken(BUCKET), Clock::tokio(UNIX_EPOCH + Duration::from_hours(498_744)));
    let ada = lock(&simulator, "a", 1).await;
    assert!(matches!(ada.look().await, Err(LockError::Aws { doing: "read", .. })), "another account owns it");
    let none = Seen { found: None, silent: false };
    assert_eq!(ada.take(&none, Force::None).await.expect_err("taken"), LockError::NameTaken(BUCKET.to_owned()));
}

/// The result of one round of several operators.
#[derive(Default)]
struct Round {
    working: AtomicUsize,
    finished: Mutex<BTreeSet<u32>>,
}

/// Works under the lock a few times, as `landfall apply` does; may die once in the middle.
async fn operator(lock: Lock, pid: u32, chance: Chance, round: Arc<Round>, mortal: bool) {
    const TURNS: usize = 2;
    let sleep = async |seconds: u64| tokio::time::sleep(Duration::from_millis(chance.below(seconds * 1000))).await;
    sleep(2).await;
    let mut turns = 0;
    while turns < TURNS {
        let Ok(mut seen) = lock.look().await else { continue };
        let held = loop {
            if let Standing::Held(_) = lock.standing(&seen) {
                let Ok(now) = lock.wait(seen).await else { break None };
                seen = now;
            }
            // Observing and planning.
            sleep(3).await;
            match lock.take(&seen, Force::None).await {
                Ok(Attempt::Taken(held)) => break Some(held),
                Ok(Attempt::Moved(now)) => seen = now,
                Err(_) => break None,
            }
        };
        let Some(held) = held else { continue };
        assert_eq!(round.working.fetch_add(1, Ordering::SeqCst), 0, "two at once: {pid}");
        let dies = mortal && turns == 1;
        let lost = tokio::select! {
            lost = held.keep() => Some(lost),
            () = sleep(20) => None,
        };
        round.working.fetch_sub(1, Ordering::SeqCst);
        if dies {
            // Killed: neither released nor renewed.
            break;
        }
        if lost.is_none() {
            // A lock whose answer never came has been released, or will be silent.
            let _ = held.release().await;
        }
        turns += 1;
    }
    round.finished.lock().expect("no panic").insert(pid);
}

async fn race(seed: u64, trouble: u64) -> SystemTime {
    let simulator = simulator();
    let chance = Chance::new(seed);
    let round = Arc::new(Round::default());
    let mut operators = Vec::new();
    for pid in 1..=4 {
        let host = if pid <= 2 { "a" } else { "b" };
        let config = simulator.sdk_config(REGION).to_builder().http_client(Line::new(&simulator, &chance, trouble)).build();
        // The very first call is not under test here.
        let region = literal(REGION);
        let sessions = loop {
            if let Ok(sessions) = Sessions::open(&config, &region).await {
                break sessions;
            }
        };
        let dead = Arc::clone(&round);
        let is_gone: IsGone = Arc::new(move |holder| dead.finished.lock().expect("no panic").contains(&holder.pid));
        let lock = Lock::new(&sessions, &literal("acme"), &region, process(host, pid), is_gone);
        operators.push(tokio::spawn(operator(lock, pid, chance.clone(), Arc::clone(&round), pid % 2 == 0)));
    }
    for operator in operators {
        operator.await.expect("never two at once");
    }
    assert_eq!(round.finished.lock().expect("no panic").len(), 4, "every operator had a turn");
    simulator.clock().time.now()
}

#[tokio::test(start_paused = true)]
async fn never_two_holders_and_always_a_winner() {
    let mut ends = BTreeSet::new();
    for seed in 0..100 {
        // Every other time the connection is bad: a tenth of all calls is lost, half of those after they took effect.
        ends.insert(race(seed, if seed % 2 == 0 { 0 } else { 10 }).await);
    }
    assert!(ends.len() > 90, "the interleavings differ");
}
