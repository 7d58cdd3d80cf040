//! The last lines of a plan: how much it is, what it costs, how long it takes, and what else there is.

use std::time::Duration;

use landfall::aws::limits::account_creations;
use landfall::kind::Action;
use landfall::plan::view::PlanView;

use crate::format::{about, count, good, in_words, warned, wrapped};
use crate::render::cost;
use crate::render::estimate::{self, Open, Past};
use crate::render::layout::Layout;

/// Returns the sums.
pub(super) fn draw(layout: &Layout, view: &PlanView) -> String {
    if view.steps.is_empty() && view.blocked.is_empty() && view.unreadable.is_empty() && view.not_ready.is_empty() {
        return nothing(layout, view);
    }
    let number = |action| view.steps.iter().filter(|step| step.action == action).count();
    let mut text = format!(
        "Plan: {} to create, {} to change, {} to remove, {} blocked",
        number(Action::Create),
        number(Action::Change),
        number(Action::Remove),
        view.blocked.len()
    );
    for (scopes, words) in [(&view.unreadable, "not readable"), (&view.not_ready, "not ready yet")] {
        if !scopes.is_empty() {
            text.push_str(&format!(", {} {words}", count(scopes.len(), "scope")));
        }
    }
    if !view.orphans.is_empty() {
        text.push_str(&format!(", {} left over{}", view.orphans.len(), billed(view)));
    }
    text.push('.');
    let mut sentences = vec![text];
    sentences.extend(cost::sentences(view));
    let accounts = view.steps.iter().filter(|step| step.kind == "account" && step.action == Action::Create).count();
    if accounts > 0 {
        let (time, noun) = (about(duration_of(view)), count(accounts, "account"));
        let (at_once, pause) = account_creations();
        let place = if layout.sandbox { "; the sandbox is faster" } else { "" };
        sentences.push(format!(
            "AWS creates accounts at one every {} s after the first {}: {time} for {noun} and what is in them{place}.",
            pause.as_secs(),
            in_words(at_once),
        ));
    }
    sentences.iter().flat_map(|sentence| wrapped(sentence, layout.width)).fold(String::new(), |text, line| text + &line + "\n")
}

/// What is left over goes on costing, and goes on letting people in: that there is nothing to do is not all.
fn nothing(layout: &Layout, view: &PlanView) -> String {
    let settled = match view.settled {
        1 => "nothing to do: the one thing is as the manifest says".to_owned(),
        all => format!("nothing to do: all {} are as the manifest says", count(all, "thing")),
    };
    let left = view.orphans.len();
    if left == 0 {
        return format!("{}\n", good(settled));
    }
    let what = if view.orphans.iter().any(|orphan| orphan.removable) {
        format!(": {}", layout.rerun.line("apply", "--prune"))
    } else if left == 1 {
        ", which stays".to_owned()
    } else {
        ", which stay".to_owned()
    };
    let words = format!("nothing to do, {} left over{}{what}", count(left, "thing"), billed(view));
    wrapped(&words, layout.width).iter().fold(String::new(), |text, line| text + &format!("{}\n", warned(line)))
}

/// Returns what is billed of what is left over.
fn billed(view: &PlanView) -> String {
    cost::left_over(&view.orphans).map(|billed| format!(" ({billed} billed)")).unwrap_or_default()
}

/// Returns how long carrying it out takes, as far as AWS's pace decides that.
fn duration_of(view: &PlanView) -> Duration {
    let open: Vec<Open<'_>> = view.steps.iter().map(|step| Open { address: &step.address, action: step.action, running: None }).collect();
    estimate::left(&open, &Past { is_new: !view.exists, ..Past::default() })
}
