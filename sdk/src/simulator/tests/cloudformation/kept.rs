//! Stacks in worlds that are kept, by their text and by their journal.

use std::sync::{Arc, Mutex};

use aws_smithy_async::rt::sleep::AsyncSleep as _;

use super::*;
use crate::simulator::{Journal, StackTrouble};

#[tokio::test(start_paused = true)]
async fn an_operation_goes_on_in_a_world_that_is_opened_again() {
    let simulator = realistic();
    let stacks = Stacks::administrator(&simulator);
    let texts = Arc::new(Mutex::new((String::new(), Journal::head(1))));
    let kept = Arc::clone(&texts);
    simulator.keep(move |change| {
        let (world, journal) = &mut *kept.lock().expect("no panic");
        if world.is_empty() {
            *world = change.world(1);
        } else {
            journal.push_str(&change.line());
        }
    });
    let wait = |seconds| tokio::time::sleep(Duration::from_secs(seconds));
    stacks.plan("CREATE", "one", &config("1"), &[]).await;
    wait(30).await;
    stacks.done("ExecuteChangeSet", &named("one")).await;
    wait(1).await;
    // Who looks when does not change what happens.
    assert_eq!(stacks.status().await, "CREATE_IN_PROGRESS");
    wait(30).await;
    assert_eq!(stacks.status().await, "CREATE_COMPLETE");
    simulator.trouble_stacks(StackTrouble::resource_fails("Config", "it broke"));
    stacks.plan("UPDATE", "two", &config("2"), &[]).await;
    wait(30).await;
    stacks.done("ExecuteChangeSet", &named("two")).await;
    let halfway = simulator.to_json();
    wait(2).await;
    assert_eq!(stacks.status().await, "UPDATE_IN_PROGRESS");

    let (world, journal) = texts.lock().expect("no panic").clone();
    let reopened = Simulator::reopen(&world, journal.as_bytes(), Clock::virtual_from).expect("the same course");
    assert!(reopened.journal.is_some(), "the journal was read");
    let opened = Simulator::from_json(&halfway, Clock::virtual_from).expect("a world");
    for again in [reopened.simulator, opened] {
        let admin = Clients::administrator(&again);
        let stacks = Stacks::new(&admin);
        assert_eq!(stacks.status().await, "UPDATE_IN_PROGRESS");
        again.clock().sleep_impl().sleep(Duration::from_secs(30)).await;
        assert_eq!(stacks.status().await, "UPDATE_ROLLBACK_COMPLETE");
        assert_eq!(stacks.reason("shop", "Config", "UPDATE_FAILED").await, "it broke");
        assert_eq!(value(&admin, "/shop/config").await.as_deref(), Some("1"));
    }
}
