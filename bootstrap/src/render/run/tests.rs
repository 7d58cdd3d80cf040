//! What runs come to, at several widths.

use landfall::event::Event;
use serde_json::json;

use super::*;
use crate::render::fixture::{beginning, events, page, seen, tally};

/// A run in which something failed, something was held up by it, and the rest was done.
fn partial() -> Vec<Event> {
    let step = |name: &str| json!({ "address": name });
    let run = ["account/prod", "prod/eu-west-1/eip/c", "prod/eu-west-1/nat/c", "prod/eu-west-1/route-table/private-c", "prod/iam-role/x"];
    events(&[
        beginning(&run),
        (0, "step_started", step(run[0])),
        (95_000, "step_done", step(run[0])),
        (95_000, "step_started", step(run[1])),
        (95_000, "step_started", step(run[4])),
        (
            96_000,
            "step_failed",
            json!({
                "address": run[1], "code": "AddressLimitExceeded", "message": "AWS: AddressLimitExceeded, 5 elastic IPs per Region are in use",
                "hint": "ask for more: aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-0263D0A3 --desired-value 8",
                "request_id": "1b2c", "account": "222233334444", "account_name": "acme-prod",
            }),
        ),
        (96_000, "step_skipped", json!({ "address": run[2], "because": "it needs prod/eu-west-1/eip/c" })),
        (96_000, "step_skipped", json!({ "address": run[3], "because": "it needs prod/eu-west-1/nat/c" })),
        (97_000, "step_done", step(run[4])),
        (97_000, "run_finished", finished("partial", 4, 2)),
    ])
}

fn finished(outcome: &str, exit: u8, skipped: usize) -> serde_json::Value {
    let calls = json!({ "organizations:CreateAccount": 1, "iam:GetRole": 1_300 });
    json!({ "outcome": outcome, "exit": exit, "done": 2, "failed": 1, "skipped": skipped, "calls": calls, "mutating": 1 })
}

/// A run that was asked to stop after its first step.
fn stopped() -> Vec<Event> {
    events(&[
        beginning(&["unit/A", "unit/B", "account/c"]),
        (0, "step_started", json!({ "address": "account/c" })),
        (0, "step_started", json!({ "address": "unit/A" })),
        (500, "step_done", json!({ "address": "unit/A" })),
        (700, "step_skipped", json!({ "address": "account/c", "because": STOPPED })),
        (700, "step_skipped", json!({ "address": "unit/B", "because": STOPPED })),
        (700, "run_finished", finished("interrupted", 130, 2)),
    ])
}

fn drawn(events: &[Event], width: usize) -> String {
    let (page, tally) = (page(None, width), tally(events));
    let end = End::of(&events.last().expect("an event").what);
    seen(&format!("{}{}", failures(&page, &tally), summary(&page, &tally, end)))
}

#[test]
fn failed_and_blocked() {
    for width in [110, 80, 60] {
        insta::assert_snapshot!(format!("partial_{width}"), drawn(&partial(), width));
    }
    let whole = Page { whole: true, ..page(None, 80) };
    assert!(seen(&failures(&whole, &tally(&partial()))).contains("AWS request id 1b2c"));
}

#[test]
fn stopped_given_up_or_cut_off() {
    let midway = tally(&stopped()[..3]);
    let text = [80, 60].map(|width| {
        let given_up = seen(&summary(&page(None, width), &midway, End::Abandoned));
        let cut_off = seen(&summary(&page(None, width), &midway, End::Unknown));
        format!("{}{given_up}{cut_off}", drawn(&stopped(), width))
    });
    insta::assert_snapshot!(text.join("----\n"));
}

#[test]
fn done_on_aws_and_in_the_sandbox() {
    let all = [&events(&[beginning(&["account/a"]), (0, "step_started", json!({ "address": "account/a" }))])[..], &{
        events(&[(65_000, "step_done", json!({ "address": "account/a" })), (65_000, "run_finished", finished("done", 0, 0))])
    }]
    .concat();
    let tally = tally(&all);
    let sandbox = Page { sandbox: true, aws: "the sandbox".to_owned(), ..page(None, 80) };
    for (page, expected) in [
        (page(None, 80), "\n1 of 1 done in 1 min 5 s: 1 account; 1,301 calls to AWS, 1 of them writes\n"),
        (sandbox, "\n1 of 1 done in 1 min 5 s of virtual time: 1 account; 1,301 calls to the sandbox,\n1 of them writes\n"),
    ] {
        assert_eq!(seen(&summary(&page, &tally, End::Ran)), expected);
    }
}

#[test]
fn a_signal_after_the_last_step_has_stopped_nothing() {
    for (skipped, expected) in [(0, End::Ran), (2, End::Stopped)] {
        let last = &events(&[(0, "run_finished", finished("interrupted", 130, skipped))])[0].what;
        assert_eq!(End::of(last), expected, "{skipped}");
    }
}
