//! At no time has an account that had a guardrail a chain without it: when units change in the manifest, with every
//! attachment failing, killed or losing its answer.

use std::time::{Duration, SystemTime};

use landfall::model::Organization;
use landfall::simulator::{Clock, Fault, Options, Simulator, Trouble};
use landfall_tests::watched::{Watch, guarded};
use landfall_tests::{applied, failures, organization, pruned};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const REGION: &str = "eu-west-1";

/// A change of the manifest that changes the chain of an account.
const CHANGES: [(&str, &str); 3] = [
    ("tier    = \"production\"", "tier    = \"production\"\nunit = \"Workloads/Live\""),
    ("tier    = \"production\"", "tier    = \"production\"\nunit = \"Live\""),
    ("tier    = \"development\"", "tier    = \"development\"\nunit = \"Trying/Out\""),
];

async fn built() -> String {
    let simulator = Simulator::new(Options::default(), Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)));
    let (report, events) = applied(&simulator.sdk_config(REGION), &organization(STARTUP)).await.expect("observed");
    assert_eq!((report.failed, failures(&events)), (0, Vec::new()));
    simulator.to_json()
}

/// One run with `--prune`; returns what failed or was skipped.
async fn wrong(config: &aws_types::SdkConfig, organization: &Organization) -> Vec<String> {
    failures(&pruned(config, organization).await.1)
}

#[tokio::test]
async fn an_account_that_moves_is_never_without_the_guardrails_it_had() {
    let start = built().await;
    let reopen = |text: &str| Simulator::from_json(text, Clock::virtual_from).expect("what was written is read");
    let mut tried = 0;
    for (from, to) in CHANGES {
        let text = STARTUP.replace(from, to);
        assert_ne!(text, STARTUP, "{from} is not in the example");
        let changed = organization(&text);
        let calm = reopen(&start);
        assert_eq!(wrong(&calm.sdk_config(REGION), &changed).await, [""; 0], "{to}");
        let attachments = calm.calls().iter().filter(|call| call.operation == "AttachPolicy").count() as u64;
        assert!(attachments > 0, "{to}: nothing to attach");
        let refused = || Trouble::Refuse("AccessDeniedException".to_owned(), 400);
        for (trouble, name) in [(refused as fn() -> Trouble, "refused"), (|| Trouble::Kill, "killed"), (|| Trouble::LoseAnswer, "lost")] {
            for nth in 1..=attachments {
                tried += 1;
                let simulator = reopen(&start);
                let watch = Watch::over(&simulator, &["guardrail/base", "guardrail/strict"]);
                simulator.inject(Fault::new(trouble()).on("organizations:AttachPolicy").from_the(nth).times(1));
                let config = watch.config(&simulator.sdk_config(REGION));
                tokio::select! {
                    wrong = wrong(&config, &changed) => {
                        if name == "refused" {
                            assert!(wrong.iter().any(|line| line.contains("skipped: it needs attachment/")), "{to}, {name} {nth}: {wrong:?}");
                        }
                    }
                    () = simulator.killed() => watch.look("the kill"),
                }
                // And the next run finishes, guarding all the while.
                simulator.revive();
                let wrong = wrong(&config, &changed).await;
                assert_eq!((wrong, watch.lost()), (Vec::new(), Vec::new()), "{to}, {name} at {nth}");
                assert_eq!(guarded(&simulator), guarded(&calm), "{to}, {name} at {nth}");
            }
        }
    }
    println!("guarded: {tried} points tried");
}
