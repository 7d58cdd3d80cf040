//! Worlds that are kept call by call: every change is in the journal, and a journal that was cut off lost only its end.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::simulator::{Fault, Journal, Principal, Reopened, Trouble, WorldError};

const NUMBER: u64 = 7;

/// The output of a keeper: the world after the first change, and a journal of the others.
#[derive(Clone, Default)]
struct Kept {
    text: String,
    journal: Vec<u8>,
    /// The length of the journal after each change, and the world at that time.
    states: Vec<(usize, serde_json::Value)>,
}

/// Keeps a world as files would keep it.
fn keeping(simulator: &Simulator) -> Arc<Mutex<Kept>> {
    let kept = Arc::new(Mutex::new(Kept::default()));
    let keeper = Arc::clone(&kept);
    simulator.keep(move |change| {
        let mut kept = keeper.lock().expect("no panic");
        if kept.text.is_empty() {
            kept.text = change.world(NUMBER);
            kept.journal = Journal::head(NUMBER).into_bytes();
        } else {
            kept.journal.extend(change.line().into_bytes());
        }
        let length = kept.journal.len();
        kept.states.push((length, world(&change.world(NUMBER))));
    });
    kept
}

fn reopen(text: &str, journal: &[u8]) -> Result<Reopened, WorldError> {
    Simulator::reopen(text, journal, Clock::virtual_from)
}

/// Only the world, since the time goes on between changes.
fn world(text: &str) -> serde_json::Value {
    let mut text: serde_json::Value = serde_json::from_str(text).expect("JSON");
    text["world"].take()
}

/// Calls that change something, and others in between: reads at which a change becomes due, refusals, faults, credentials without a
/// call.
async fn a_life() -> (Simulator, Kept) {
    let simulator = realistic();
    let kept = keeping(&simulator);
    let admin = Clients::administrator(&simulator);
    let root = admin.organize().await;
    admin.unit(&root, "Workloads").await;
    tokio::time::sleep(crate::simulator::FINALIZING).await;
    for name in ["prod", "dev"] {
        admin.ask_for_account(name).await;
        tokio::time::sleep(Duration::from_secs(7)).await;
        admin.root().await;
    }
    tokio::time::sleep(crate::simulator::CREATE_ACCOUNT).await;
    admin.organizations.list_accounts().send().await.expect("a read at which both are made");
    admin.organizations.create_organizational_unit().parent_id(&root).name("Workloads").send().await.expect_err("it is there");
    tokio::time::sleep(crate::simulator::READINESS).await;
    let member = admin.reach(&simulator, "222200000001").await;
    member.ec2("DescribeVpcs", &[]).await.expect("a read that makes the default VPC");
    member.iam.create_role().role_name("r").assume_role_policy_document(trust("111111111111")).send().await.expect("a role");
    json::store_secrets(&member).await;
    simulator.inject(Fault::new(Trouble::LoseAnswer).on("iam:CreateUser").times(1));
    simulator.inject(Fault::new(Trouble::Refuse("Busy".to_owned(), 400)).on("iam:CreateOpenIDConnectProvider").times(1));
    simulator.inject(Fault::new(Trouble::Expire).on("kms:ListKeys").times(1));
    member.iam.create_user().user_name("bob").send().await.expect_err("its answer is lost, and there is one at the second attempt");
    member.iam.create_open_id_connect_provider().url("https://example.com").send().await.expect_err("refused");
    member.kms.list_keys().send().await.expect_err("its session has ended");
    member.iam.list_roles().send().await.expect_err("for good");
    let ada = Principal::User(Simulator::management_account(), "ada".to_owned());
    let ada = Clients::with(&simulator, simulator.credentials_for(&ada).expect("credentials"));
    ada.iam.create_user().user_name("eve").send().await.expect_err("she may do nothing");
    admin.kms.create_key().send().await.expect("a key");
    let kept = kept.lock().expect("no panic").clone();
    (simulator, kept)
}

#[tokio::test(start_paused = true)]
async fn a_journal_makes_the_world_that_it_was_written_for() {
    let (simulator, kept) = a_life().await;
    let reopened = reopen(&kept.text, &kept.journal).expect("what was written is read");
    assert_eq!(world(&reopened.simulator.to_json()), world(&simulator.to_json()));
    let journal = reopened.journal.expect("it goes on");
    assert_eq!((journal.number, journal.length), (NUMBER, kept.journal.len()));
    let admin = Clients::administrator(&reopened.simulator);
    assert_eq!(admin.unit(&admin.root().await, "More").await, Clients::administrator(&simulator).unit(&admin.root().await, "More").await);
}

#[tokio::test(start_paused = true)]
async fn calls_without_a_change_are_not_kept() {
    let simulator = instant();
    let admin = Clients::administrator(&simulator);
    admin.organize().await;
    let kept = keeping(&simulator);
    admin.sts.get_caller_identity().send().await.expect("an identity");
    admin.iam.list_roles().send().await.expect("roles");
    admin.organizations.list_accounts().send().await.expect("accounts");
    assert!(kept.lock().expect("no panic").states.is_empty());
    admin.iam.create_user().user_name("bob").send().await.expect("a user");
    assert_eq!(kept.lock().expect("no panic").states.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn damaged_journals_and_those_of_others_are_noticed() {
    let (_, kept) = a_life().await;
    let lines: Vec<&[u8]> = kept.journal.split_inclusive(|byte| *byte == b'\n').collect();
    let without = |lost: usize| [&lines[..lost], &lines[lost + 1..]].concat().concat();
    assert!(matches!(reopen(&kept.text, &without(1)), Err(WorldError::OtherCourse { line: 2, .. })), "a line is missing");
    let broken = [lines[0], b"{\"at\":1,\n", lines[1]].concat();
    assert!(matches!(reopen(&kept.text, &broken), Err(WorldError::DamagedJournal { line: 2, .. })));
    // A journal with another number belongs to a world that was written later, or earlier.
    let other = [Journal::head(NUMBER + 1).as_bytes(), &without(0)].concat();
    for other in [other.as_slice(), b"", b"{}\n", &without(0)] {
        let reopened = reopen(&kept.text, other).expect("it is the world as it was written whole");
        assert_eq!(reopened.journal, None);
        assert_eq!(world(&reopened.simulator.to_json()), world(&kept.text));
    }
    // A program without journals refuses a world that a journal continues, and reads one that was closed.
    assert!(kept.text.contains("\"landfall_sandbox\": 2"));
    let closed = reopen(&kept.text, &kept.journal).expect("reopened").simulator.to_json();
    assert!(closed.contains("\"landfall_sandbox\": 1") && !closed.contains("\"journal\""));
}

/// A series of calls, and what was kept of it.
fn lived() -> &'static Kept {
    static LIVED: std::sync::OnceLock<Kept> = std::sync::OnceLock::new();
    LIVED.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
        runtime.block_on(a_life()).1
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_journal_that_is_cut_anywhere_loses_its_end_only(at in any::<Index>(), noise in prop::collection::vec(any::<u8>().prop_filter("one line", |byte| *byte != b'\n'), 0..40)) {
        let kept = lived();
        let cut = at.index(kept.journal.len() + 1);
        let mut journal = kept.journal[..cut].to_vec();
        // What may be left after a power failure.
        journal.extend(&noise);
        let reopened = reopen(&kept.text, &journal).expect("it opens");
        let whole = kept.states.iter().rev().find(|(length, _)| *length <= cut);
        let (length, expected) = whole.unwrap_or(&kept.states[0]);
        prop_assert_eq!(&world(&reopened.simulator.to_json()), expected);
        if let Some(journal) = reopened.journal {
            prop_assert_eq!(journal.length, *length);
        }
    }

    #[test]
    fn a_world_that_is_cut_is_refused(at in any::<Index>()) {
        let kept = lived();
        let cut = at.index(kept.text.len());
        prop_assert!(matches!(reopen(&kept.text[..cut], &kept.journal), Err(WorldError::Damaged(_))));
    }
}
