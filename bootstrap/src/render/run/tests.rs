//! What runs come to, at several widths.

use landfall::event::{Event, STOPPED};
use serde_json::json;

use super::*;
use crate::render::fixture::{beginning, events, layout, progress, seen};
use crate::settings::Rerun;

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
    let (layout, progress) = (layout(None, width), progress(events));
    let end = End::of(&events.last().expect("an event").what);
    seen(&format!("{}{}", failures(&layout, &progress), summary(&layout, &progress, end)))
}

#[test]
fn failed_and_blocked() {
    for width in [110, 80, 60] {
        insta::assert_snapshot!(format!("partial_{width}"), drawn(&partial(), width));
    }
    let whole = Layout { whole: true, ..layout(None, 80) };
    assert!(seen(&failures(&whole, &progress(&partial()))).contains("AWS request id 1b2c"));
}

#[test]
fn stopped_given_up_or_cut_off() {
    let midway = progress(&stopped()[..3]);
    let text = [80, 60].map(|width| {
        let given_up = seen(&summary(&layout(None, width), &midway, End::Abandoned));
        let cut_off = seen(&summary(&layout(None, width), &midway, End::Unknown));
        format!("{}{given_up}{cut_off}", drawn(&stopped(), width))
    });
    insta::assert_snapshot!(text.join("----\n"));
}

/// A step that waits breaks off when a run is stopped, and nothing is wrong with it; hints keep the flags.
#[test]
fn what_was_waiting_when_a_run_was_stopped_did_not_fail() {
    let run = [&stopped()[..6], &events(&[(700, "run_finished", finished("interrupted", 130, 2))])].concat();
    let run_of = |count: usize| {
        let names: Vec<String> = (0..count).map(|index| format!("prod/eu-west-1/eip/nat-{index}")).collect();
        let mut told = vec![beginning(&names.iter().map(String::as_str).collect::<Vec<_>>())];
        told.extend(names.iter().map(|name| (0, "step_started", json!({ "address": name }))));
        told.extend(names.iter().map(|name| (9, "step_skipped", json!({ "address": name, "because": STOPPED }))));
        told.push((9, "run_finished", finished("interrupted", 130, count)));
        events(&told)
    };
    let sandbox = Layout { rerun: Rerun::sandbox(), ..layout(None, 200) };
    for (run, expected) in [
        (run, "stopped: 1 of 3 done, 1 was waiting for AWS (account/c), 1 not begun. Run `landfall apply --sandbox` again."),
        (run_of(3), "stopped: 0 of 3 done, 3 were waiting for AWS (prod/…/eip/nat-0 …). Run `landfall apply --sandbox` again."),
    ] {
        assert_eq!(seen(&failures(&sandbox, &progress(&run))), "");
        assert_eq!(seen(&summary(&sandbox, &progress(&run), End::Stopped)), format!("\n{expected}\n"));
    }
}

/// What the plan could not do is named at the end of the run as well, those that only need it as a number.
#[test]
fn what_was_blocked_is_named_in_the_last_lines() {
    let left = json!([
        { "what": "unit/Workloads", "reason": "a unit of this name exists that landfall did not make" },
        { "what": "unit/Workloads/Production", "reason": "it needs unit/Workloads", "needs": "unit/Workloads" },
        { "what": "attachment/Workloads/base", "reason": "it needs unit/Workloads", "needs": "unit/Workloads" },
    ]);
    let run = events(&[
        (0, "run_started", json!({ "steps": [{ "address": "unit/A", "action": "create" }], "left_out": left })),
        (0, "step_started", json!({ "address": "unit/A" })),
        (9, "step_done", json!({ "address": "unit/A" })),
        (9, "run_finished", finished("done", 0, 0)),
    ]);
    assert_eq!(
        seen(&summary(&layout(None, 80), &progress(&run), End::Ran)),
        "\n1 of 1 done, 3 blocked, in 0.0 s; 1,301 calls to AWS, 1 of them writes\n\
         blocked: unit/Workloads (a unit of this name exists that landfall did not make),\n\
         and 2 that need it; `landfall plan` says more\n"
    );
}

/// The hint of a failure is a command that can be copied.
#[test]
fn commands_in_hints_keep_the_flags_of_this_call() {
    let layout = Layout { rerun: Rerun::sandbox(), ..layout(None, 80) };
    for (hint, expected) in [
        ("correct it; then `landfall apply`", "correct it; then `landfall apply --sandbox`"),
        ("`landfall outputs --publish` and `landfall plan`", "`landfall outputs --sandbox --publish` and `landfall plan --sandbox`"),
        ("landfall has a bug", "landfall has a bug"),
        ("`landfall ", "`landfall  --sandbox"),
    ] {
        assert_eq!(layout.adapted(hint), expected);
    }
}

#[test]
fn done_on_aws_and_in_the_sandbox() {
    let all = [&events(&[beginning(&["account/a"]), (0, "step_started", json!({ "address": "account/a" }))])[..], &{
        events(&[(65_000, "step_done", json!({ "address": "account/a" })), (65_000, "run_finished", finished("done", 0, 0))])
    }]
    .concat();
    let progress = progress(&all);
    let sandbox = Layout { sandbox: true, aws: "the sandbox".to_owned(), ..layout(None, 80) };
    for (layout, expected) in [
        (layout(None, 80), "\n1 of 1 done in 1 min 5 s: 1 account; 1,301 calls to AWS, 1 of them writes\n"),
        (sandbox, "\n1 of 1 done in 1 min 5 s of virtual time: 1 account; 1,301 calls to the sandbox,\n1 of them writes\n"),
    ] {
        assert_eq!(seen(&summary(&layout, &progress, End::Ran)), expected);
    }
}

#[test]
fn a_signal_after_the_last_step_has_stopped_nothing() {
    for (skipped, expected) in [(0, End::Ran), (2, End::Stopped)] {
        let last = &events(&[(0, "run_finished", finished("interrupted", 130, skipped))])[0].what;
        assert_eq!(End::of(last), expected, "{skipped}");
    }
}
